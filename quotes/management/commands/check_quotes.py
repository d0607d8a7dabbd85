"""Check quotations of PDF files outside the database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from papers import pdftext
from quotes.matching import Index, Result, build, check
from quotes.matching.result import NO_TEXT, UNCHECKED
from quotes.verify import pages_of


class Command(BaseCommand):
    help = (
        'Reads lines {"id", "source_pdf", "quote"} (and "page", if stated) from standard input, and writes for '
        'each a line {"id", "verdict", "page", "pages", "page_label", "diff", "context", "warnings", "reason"}. '
        'A line that can\'t be checked gives {"id", "error"}, and the next is read. Needs no database.'
    )
    requires_system_checks: Any = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jsonl", action="store_true", required=True, help="lines of JSON in and out")

    def handle(self, *args: Any, **options: Any) -> None:
        for number, line in enumerate(sys.stdin.buffer, 1):
            if line.strip():
                print(_written(answer(line, number)), flush=True)


def answer(line: bytes, number: int) -> dict[str, Any]:
    """The answer to one line; `error` says what is wrong with it."""
    name: Any = None
    try:
        asked = json.loads(line)
        if not isinstance(asked, dict):
            raise TypeError
        name = asked.get("id")
        source, quote, page = asked["source_pdf"], asked["quote"], asked.get("page") or ""
        if not (isinstance(source, str) and isinstance(quote, str)):
            raise TypeError
        json.dumps(name)  # an id may be nested deeper than can be written
    except (ValueError, TypeError, KeyError, RecursionError):
        name = name if isinstance(name, (str, int, float)) else None
        wanted = '{"id": …, "source_pdf": "file.pdf", "quote": "words"}'
        return {"id": name, "error": f"line {number} is not of the form {wanted}"}
    try:
        return {"id": name, **_fields(check(index_of(source), quote, page=str(page)))}
    except pdftext.PdfTextError as error:
        if error.reason in ("scanned", "empty"):  # nothing is wrong with the line: it can't be judged
            return {"id": name, **_fields(Result(UNCHECKED, reason=NO_TEXT))}
        return {"id": name, "error": f"{source}: {error}"}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return {"id": name, "error": f"{source} can't be read: {reason}"}
    except Exception as error:  # whatever one line meets, the next ones are answered
        return {"id": name, "error": f"line {number} can't be checked: {type(error).__name__}: {error}"}


def _written(found: dict[str, Any]) -> str:
    """The answer as a line of JSON; with escapes where standard output can't take its letters."""
    line = json.dumps(found, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, or a terminal that knows no UTF-8
        return json.dumps(found)
    return line


def index_of(path: str) -> Index:
    """The index of a PDF file; the last few are kept, and what could not be read is not tried again.

    Raises PdfTextError or OSError.
    """
    file = Path(path).stat()
    version = file.st_mtime_ns, file.st_size
    if (failed := _failed.get((path, *version))) is not None:
        raise pdftext.PdfTextError(failed.reason, str(failed))
    try:
        return _index(path, *version)
    except pdftext.PdfTextError as error:
        _failed[path, *version] = pdftext.PdfTextError(error.reason, str(error))
        raise


_failed: dict[tuple[str, int, int], pdftext.PdfTextError] = {}


@lru_cache(maxsize=8)
def _index(path: str, changed: int, size: int) -> Index:
    return build(pages_of(pdftext.pdf_text(Path(path))))


def _fields(result: Result) -> dict[str, Any]:
    return {
        "verdict": result.verdict,
        "page": result.pages[0] if result.pages else None,
        "pages": list(result.pages),
        "page_label": result.labels[0] if result.labels else None,
        "diff": [{"source": d.source, "quote": d.quoted} for d in result.differences],
        "context": result.passage,
        "warnings": list(result.warnings),
        "reason": result.reason or ", ".join(result.faults or result.edits),
    }
