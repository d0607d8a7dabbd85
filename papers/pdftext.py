"""The text of a PDF, page by page, read by PDFium in a process of its own with limits.

PDFium is not thread-safe and the file is anyone's, so no part of it is opened here. What comes back is
plain data: the words in the order of the file, and for each line its box and the size of its type.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from papers.children import TooSlow, run

HERE = Path(__file__).parent


class PdfTextError(Exception):
    """No text could be read; the message says why and what to do, in words for an editor.

    `reason` is one of "encrypted", "damaged", "empty", "scanned", "too_many_pages", "too_large",
    "too_slow", "memory".
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TextLine:
    """Characters start..end of a page's text; its box in points, y upwards from the foot of the page
    as it is shown; its type size."""

    start: int
    end: int
    left: float
    right: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True)
class PageText:
    """One page. `text` is PDFium's own, so that character i of it is PDFium's character i: lines end with
    CR LF, U+FFFE stands for a hyphen at which a line breaks, and U+2060 follows each character beyond U+FFFF,
    which PDFium counts twice. `label` is the file's own label for the page, "" if it has none; `raised` are
    spans of small raised figures; `spaces` are the characters before which a space is printed that the text
    lacks; sizes are in points.
    """

    text: str
    label: str
    width: float
    height: float
    lines: tuple[TextLine, ...]
    raised: tuple[tuple[int, int], ...] = ()
    spaces: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfText:
    """All pages in order; `warnings` are for editors, such as pages that are pictures only."""

    pages: tuple[PageText, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What one file may cost: its bytes, pages, seconds, bytes of address space, characters in all."""

    bytes: int = 200 * 1024**2
    pages: int = 1_500
    seconds: float = 60
    memory: int = 1024**3
    characters: int = 3_000_000


MESSAGES = {
    "encrypted": "This PDF is locked with a password. Upload a copy without one.",
    "damaged": "This file can't be read as a PDF: it is damaged, cut short, or of another kind."
    " Download it again, or save it anew as PDF.",
    "empty": "This PDF has no pages.",
    "scanned": "This PDF has pictures of pages and no text, as scans do. Upload a copy with a text layer"
    " (any OCR program adds one); until then its quotations can't be checked.",
    "memory": "This PDF needed more memory than it may use, and was not read. Save it anew as PDF, or split it.",
    "broken": "PDFium failed on this file: it is damaged in a way that stops the reader. Save it anew as PDF.",
}


def pdf_text(file: bytes | Path, *, limits: Limits = Limits()) -> PdfText:  # noqa: B008 (frozen, without state)
    """The text of a PDF, given as bytes or as the path of a file.

    Raises PdfTextError for a file that is encrypted, damaged, empty, scanned or beyond a limit.
    """
    size = len(file) if isinstance(file, bytes) else file.stat().st_size
    if size > limits.bytes:
        raise PdfTextError(
            "too_large",
            f"This file has {size / 1e6:.0f} MB; at most {limits.bytes / 1e6:.0f} MB are read."
            " Split it, or save it smaller.",
        )
    with tempfile.TemporaryDirectory(prefix="pdftext-") as name:
        folder = Path(name)
        path = file
        if isinstance(path, bytes):
            data, path = path, folder / "in.pdf"
            path.write_bytes(data)
        job = {
            "library": _library(),
            "file": str(path.absolute()),
            "pages": limits.pages,
            "characters": limits.characters,
        }
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        _run(folder, limits)
        return _result(folder, limits)


@cache
def _library() -> str:
    """The file that is PDFium: the one in its package, else the system's."""
    package = find_spec("pypdfium2_raw")
    folders = package.submodule_search_locations if package else None
    names = ("libpdfium.so", "libpdfium.dylib", "pdfium.dll")
    found = [file for folder in folders or () for name in names if (file := Path(folder, name)).exists()]
    return str(found[0]) if found else find_library("pdfium") or names[0]


def _run(folder: Path, limits: Limits) -> None:
    try:
        run(
            HERE / "pdftext_child.py",
            folder,
            seconds=limits.seconds,
            memory=limits.memory,
            output=512 * 1024**2,
        )
    except TooSlow:
        raise PdfTextError(
            "too_slow",
            f"This PDF was not read after {limits.seconds:g} seconds, and the reader was stopped."
            " Save it anew as PDF, or split it.",
        ) from None


def _result(folder: Path, limits: Limits) -> PdfText:
    try:
        result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8", "surrogatepass"))
    except (FileNotFoundError, ValueError):
        # PDFium ends the process when it can't allocate, and where a file leads it astray.
        result = {"error": "broken"}
    if error := result.get("error"):
        if error == "too_many_pages":
            raise PdfTextError(
                error,
                f"This PDF has {result['pages']:,} pages; at most {limits.pages:,} are read. Split it, or cut out"
                " the part that is quoted.",
            )
        if error == "too_large":
            raise PdfTextError(
                error,
                f"This PDF holds more than {limits.characters:,} characters, the most that are read. Split it, or cut"
                " out the part that is quoted.",
            )
        raise PdfTextError("damaged" if error == "broken" else error, MESSAGES[error])
    pages = tuple(_page(*page) for page in result["pages"])
    blank = [number for number, page in enumerate(pages, 1) if not page.text.strip()]
    if len(blank) == len(pages):
        raise PdfTextError("scanned", MESSAGES["scanned"])
    warnings = []
    if blank:
        some = ", ".join(map(str, blank[:10])) + (" and more" if len(blank) > 10 else "")
        warnings.append(f"These pages of the file hold no text, only pictures or nothing: {some}.")
    if result["failed"]:
        some = ", ".join(map(str, result["failed"][:10]))
        warnings.append(f"These pages of the file are damaged and could not be read: {some}.")
    return PdfText(pages, tuple(warnings))


def _page(
    text: str,
    label: str,
    width: float,
    height: float,
    lines: Sequence[Sequence[float]],
    raised: Sequence[Sequence[int]] = (),
    spaces: Sequence[int] = (),
) -> PageText:
    return PageText(
        text,
        label,
        width,
        height,
        tuple(TextLine(int(line[0]), int(line[1]), *line[2:]) for line in lines),
        tuple((first, last) for first, last in raised),
        tuple(spaces),
    )


def pack(text: PdfText) -> bytes:
    """The pages as bytes to be kept, for `unpack`; compressing them is the keeper's business."""
    pages = [
        [p.text, p.label, p.width, p.height, [_numbers(line) for line in p.lines], p.raised, p.spaces]
        for p in text.pages
    ]
    # Lone surrogates, which damaged files hold, can't be UTF-8: JSON writes them as escapes.
    return json.dumps([pages, list(text.warnings)], separators=(",", ":")).encode("ascii")


def unpack(data: bytes) -> PdfText:
    """The pages that `pack` gave."""
    pages, warnings = json.loads(data)
    return PdfText(tuple(_page(*page) for page in pages), tuple(warnings))


def _numbers(line: TextLine) -> list[float]:
    return [line.start, line.end, line.left, line.right, line.bottom, line.size]
