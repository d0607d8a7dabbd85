# Every target is one line of what it does; `make` alone prints them.
.DEFAULT_GOAL := help
.PHONY: help run venv test lint format bench clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install, set up and serve at http://127.0.0.1:8000 (HOST=... PORT=... change that)
	@exec bin/run

venv: ## make .venv with all that testing and linting take
	@bin/venv dev

# A file's tests stay in one process (loadfile), so that what they share is started once.
test: venv ## the whole suite on SQLite, then on PostgreSQL (ARGS="-k name" narrows it)
	@echo "== The suite on SQLite"
	@.venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)
	@echo "== The suite on PostgreSQL"
	@.venv/bin/python tests/postgres.py .venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: export DIGEST_DATA_DIR = $(CURDIR)/.venv/lint-data
lint: venv ## format, lint, types, the one direction of imports, missing migrations
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/python manage.py makemigrations --check --dry-run

bench: venv ## check some 2,700 labelled quotations and print the figures (ARGS=--small is a tenth)
	.venv/bin/python bench/quotations.py $(ARGS)

format: venv ## put the code into shape
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

clean: ## remove .venv and caches; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
