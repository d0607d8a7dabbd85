"""What the documents name exists: commands, targets, files, links, variables."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
names = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))

# Folders that a path in backticks may begin with; anything else in backticks is not taken for a path.
CODE = ("bench", "bin", "digestsite", "docs", "examples", "papers", "publishing", "quotes", "static")
CODE += ("templates", "tests", "timeline")


def code(path: Path) -> str:
    """What stands in backticks and in fences: words in prose ("make a field") are no commands."""
    text = path.read_text()
    fences = re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*fences, *re.findall(r"`([^`\n]+)`", prose)])


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def test_there_are_documents_to_check() -> None:
    assert {"CONTRIBUTING.md", "install.md"} <= {path.name for path in DOCUMENTS}
    assert {"run", "test", "lint"} <= targets()


@names
def test_make_targets_exist(path: Path) -> None:
    # Words after `make` on a command line, settings (NAME=value) and options aside.
    lines = re.findall(r"(?:^|[\s;&|])make((?: +[\w./$=\"' -]+)?)", code(path), flags=re.MULTILINE)
    words = [line.split() for line in lines]
    named = {parts[0] for parts in words if parts and "=" not in parts[0] and not parts[0].startswith("-")}
    assert named <= targets(), f"{path.name} names targets that the Makefile has not"


@names
def test_management_commands_exist(path: Path) -> None:
    named = set(re.findall(r"manage\.py +([a-z_]\w*)", code(path)))
    assert named <= set(get_commands()), f"{path.name} names commands that manage.py has not"


@names
def test_named_files_exist(path: Path) -> None:
    spans = re.findall(r"`([\w./-]+)`", path.read_text())
    files = {span for span in spans if "/" in span and span.split("/")[0] in CODE}
    missing = {file for file in files if not (ROOT / file).exists()}
    assert not missing, f"{path.name} names files that are not there"


@names
def test_links_within_the_repository_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text()) + re.findall(
        r'(?:src|href)="([^"#]+)"', path.read_text()
    )
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing, f"{path.name} has dead links"


def test_every_variable_that_is_read_is_described_and_the_reverse() -> None:
    sources = [ROOT / "gunicorn.conf.py", *(ROOT / "digestsite").rglob("*.py")]
    text = "\n".join(path.read_text() for path in sources)
    read = set(re.findall(r'(?:environ\.get\(|environ\[|env_bool\()"([A-Z_]+)"', text))
    read -= {"DJANGO_SETTINGS_MODULE"}
    table = re.findall(r"^\|([^|]+)\|", (ROOT / "docs" / "install.md").read_text(), flags=re.MULTILINE)
    described = {name for cell in table for name in re.findall(r"`([A-Z_]{4,})`", cell)}
    assert described == read


def test_make_alone_lists_the_targets() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make (\S+)", listed, flags=re.MULTILINE)) == targets()
