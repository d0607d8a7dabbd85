"""What an archived file is, by its bytes, and the text in it, in pages."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from importlib.metadata import version

from papers.pdftext import PageText, PdfText, PdfTextError, pdf_text
from papers.webtext import WebTextError, web_text

PDF, HTML, PLAIN = "application/pdf", "text/html", "text/plain"

# Files that people take for a source's: how they begin, and what to do about them.
OTHERS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a packed file, as .docx, .epub and .zip are"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"%!PS", "a PostScript file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"version https://git-lfs", "a pointer to a file that lies elsewhere (Git LFS)"),
)
MOST_CHARACTERS = 3_000_000  # of one text: what indexing it costs grows with them
UTF16 = (b"\xff\xfe", b"\xfe\xff")
TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|article|main|div|p|h1)\b[^<]*>", re.IGNORECASE
)


@dataclass(frozen=True)
class Reading:
    """The text of a file, read by `extractor`. Where there is none, `problem` says why."""

    text: PdfText | None
    extractor: str
    problem: str = ""

    @property
    def pages(self) -> tuple[PageText, ...]:
        return self.text.pages if self.text else ()


def media_type(data: bytes) -> str:
    """`PDF`, `HTML`, `PLAIN`, or "" for what is none of them. The bytes decide, whatever the name."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if head.startswith(b"%PDF-"):
        return PDF
    if any(head.startswith(mark) for mark, _ in OTHERS):
        return ""
    text = _is_text(data)
    # Two bytes a letter: the marks of a page are then found once the other bytes are gone.
    start = data[:8192].replace(b"\0", b"") if data[:2] in UTF16 else data[:4096]
    if text and TAG.search(start):
        return HTML
    if b"%PDF-" in data[:1024]:  # some servers put a line before it, and readers forgive that
        return PDF
    return PLAIN if text else ""


def named(data: bytes) -> str:
    """What the bytes are, in words that go on after "what came is"."""
    found = media_type(data)
    if found:
        return {PDF: "a PDF", HTML: "a web page", PLAIN: "plain text"}[found]
    head = data[:64].lstrip()
    return next((name for mark, name in OTHERS if head.startswith(mark)), "neither a PDF nor a web page")


def _is_text(data: bytes) -> bool:
    if data[:2] in UTF16:
        return True
    return bool(data.strip()) and not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", data[:65536])


def read(data: bytes, kind: str, charset: str = "") -> Reading:
    """The text of a file of that media type. Reads in a child process, for seconds; raises nothing.

    A text of more than `MOST_CHARACTERS` is not read.
    """
    found = _read(data, kind, charset)
    length = sum(len(page.text) for page in found.pages)
    if length > MOST_CHARACTERS:
        return Reading(
            None,
            found.extractor,
            f"This file holds {length:,} characters; at most {MOST_CHARACTERS:,} are read. Split it, or cut out "
            "the part that is quoted.",
        )
    return found


def _read(data: bytes, kind: str, charset: str) -> Reading:
    if kind == PDF:
        extractor = f"pdfium {version('pypdfium2')}"
        try:
            return Reading(pdf_text(data), extractor)
        except PdfTextError as error:
            return Reading(None, extractor, str(error))
    if kind == HTML:
        extractor = f"trafilatura {version('trafilatura')}"
        try:
            return Reading(one_page(web_text(data, charset)), extractor)
        except WebTextError as error:
            return Reading(None, extractor, str(error))
    text = _plain(data, charset)
    if not text.strip():
        return Reading(None, "plain", "This file holds no text.")
    return Reading(one_page(text), "plain")


def encoding(name: str) -> str:
    """The encoding of a text that goes by this name, as Python calls it; "" for a name of none.

    Python's list also holds packings of bytes, encodings of host names, and one that always fails.
    """
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # LookupError for what is no encoding of text, UnicodeError for "undefined"
    except (LookupError, ValueError):
        return ""
    return "" if found.name in ("idna", "punycode") else found.name


def _plain(data: bytes, charset: str) -> str:
    for name in ("utf-16" if data[:2] in UTF16 else "utf-8-sig", encoding(charset)):
        try:
            return data.decode(name) if name else data.decode("cp1252", "replace")
        except UnicodeError:
            continue
    return data.decode("cp1252", "replace")


def one_page(text: str) -> PdfText:
    """A text that knows no pages, as one page without a label."""
    return PdfText((PageText(text=text, label="", width=0, height=0, lines=(), raised=()),), ())
