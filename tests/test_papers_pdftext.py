"""Text out of PDFs: each fault of a file has its own plain message, and nothing reaches the server but data."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest
import typst

from papers.pdftext import Limits, PdfTextError, pdf_text


def typeset(source: str) -> bytes:
    made = typst.compile(source.encode(), ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


@pytest.fixture(scope="module")
def paper() -> bytes:
    return typeset(
        """#set page(width: 12cm, height: 9cm, numbering: "i")
        #set par(justify: true)
        #set text(lang: "en", hyphenate: true)
        The first page has one marked#footnote[A small remark.] word and says that extraordinarily
        uncharacteristic internationalisation misunderstandings notwithstanding counterrevolutionaries
        happen.
        #set page(numbering: "1")
        #counter(page).update(1)
        #pagebreak()
        The second page is short."""
    )


def test_pages_lines_labels_and_raised_marks(paper: bytes) -> None:
    found = pdf_text(paper)
    first, second = found.pages
    assert found.warnings == ()
    assert (first.label, second.label) == ("i", "1")
    assert "The second page is short." in second.text
    assert [first.text[start:end] for start, end in first.raised if start < first.text.index("small")][
        :1
    ] == ["1"]
    body = next(line for line in first.lines if "The first page" in first.text[line.start : line.end])
    note = next(line for line in first.lines if "A small remark" in first.text[line.start : line.end])
    assert body.size > note.size and body.bottom > note.bottom
    assert body.left == pytest.approx(min(line.left for line in first.lines), abs=20)
    assert "\ufffe" in first.text  # a hyphen at which a line breaks


def test_a_path_is_read_as_the_bytes_are(paper: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a file.pdf"
    file.write_bytes(paper)
    assert pdf_text(file) == pdf_text(paper)


@pytest.mark.parametrize("data", [b"", b"no PDF at all", b"%PDF-1.7\nand then nothing", b"PK\x03\x04 a zip"])
def test_what_is_no_pdf_is_damaged(data: bytes) -> None:
    with pytest.raises(PdfTextError, match="can't be read as a PDF") as error:
        pdf_text(data)
    assert error.value.reason == "damaged"


def test_a_scan_has_no_text() -> None:
    with pytest.raises(PdfTextError, match="pictures of pages and no text") as error:
        pdf_text(typeset("#rect(width: 4cm, height: 3cm)"))
    assert error.value.reason == "scanned"


def test_a_page_without_text_is_a_warning() -> None:
    found = pdf_text(typeset("words #pagebreak() #rect() #pagebreak() words"))
    assert found.warnings == ("These pages of the file hold no text, only pictures or nothing: 2.",)


def test_a_locked_file_says_so() -> None:
    with pytest.raises(PdfTextError, match="locked with a password") as error:
        pdf_text(LOCKED)
    assert error.value.reason == "encrypted"


def test_limits_of_pages_bytes_text_and_time(paper: bytes) -> None:
    for limits, reason, words in (
        (Limits(pages=1), "too_many_pages", "has 2 pages; at most 1 are read"),
        (Limits(bytes=100), "too_large", "at most 0 MB are read"),
        (Limits(characters=10), "too_large", "more than 10 characters, the most that are read"),
        (Limits(seconds=0.001), "too_slow", "not read after 0.001 seconds"),
    ):
        with pytest.raises(PdfTextError, match=words) as error:
            pdf_text(paper, limits=limits)
        assert error.value.reason == reason


def test_a_bomb_ends_within_its_memory() -> None:
    """A page of 120 MB that is 120 kB in the file."""
    packed = zlib.compress(b" " * 120_000_000, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream",
    ]
    with pytest.raises(PdfTextError) as error:
        pdf_text(written(objects), limits=Limits(memory=100 * 1024**2, seconds=20))
    assert error.value.reason in ("memory", "damaged", "scanned")


def test_broken_files_end_in_text_or_a_message(paper: bytes) -> None:
    chance = random.Random(7)
    for number in range(24):
        data = bytearray(paper)
        if number % 3 == 0:
            data = data[: chance.randrange(len(data))]
        else:
            for _ in range(chance.choice([1, 20, 400])):
                data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert pdf_text(bytes(data), limits=Limits(seconds=20)).pages
        except PdfTextError as error:
            assert error.reason in ("damaged", "empty", "scanned", "encrypted", "memory", "too_slow")
            assert "Traceback" not in str(error)


def written(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of them the catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, data in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + data + b"endobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R%s>>startxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        trailer,
        start,
    )


# A file whose password nobody knows: made-up keys, so that the empty password fails.
LOCKED = written(
    [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32),
    ],
    b"/Encrypt 4 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]",
)
