"""PDFs for tests: typeset here, and the same files damaged in ways that files are."""

from __future__ import annotations

import functools
import random
import zlib
from collections.abc import Callable, Iterator

import typst

WORDS = "the model learns to reason by trial and reward without any example set before it".split()


@functools.cache
def typeset(source: str) -> bytes:
    """A PDF from Typst markup; the same markup gives the same bytes."""
    return bytes(typst.compile(source.encode(), timestamp=0))


def paper(pages: int = 3, seed: int = 1) -> bytes:
    """A paper of so many pages, each with its number and its own words."""
    chance = random.Random(seed)
    parts = [f"= Page {n}\n" + " ".join(chance.choices(WORDS, k=120)) + "." for n in range(1, pages + 1)]
    return typeset('#set page(numbering: "1")\n' + "\n#pagebreak()\n".join(parts))


def scan(pages: int = 1) -> bytes:
    """Pages that are pictures, as a scanner makes them."""
    return typeset("\n#pagebreak()\n".join(["#rect(width: 100%, height: 90%, fill: luma(230))"] * pages))


def by_hand(*objects: bytes, root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, with a table of where they are."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer <</Size %d /Root %d 0 R %s>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, root, trailer, len(out))
    )


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d %s>>\nstream\n%s\nendstream" % (len(data), more, data)


CATALOG = b"<</Type /Catalog /Pages 2 0 R>>"
FONT = b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>"
PAGE = (
    b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>>"
)


def one_page(contents: bytes) -> bytes:
    """A page with this stream object as its contents."""
    return by_hand(CATALOG, b"<</Type /Pages /Kids [3 0 R] /Count 1>>", PAGE, contents, FONT)


def many_pages(count: int) -> bytes:
    """So many pages, by naming one page again and again."""
    kids = b"[" + b"3 0 R " * count + b"]"
    words = stream(b"BT /F 12 Tf 20 100 Td (A page of many.) Tj ET")
    return by_hand(CATALOG, b"<</Type /Pages /Kids %s /Count %d>>" % (kids, count), PAGE, words, FONT)


def locked() -> bytes:
    """A file that wants a password that nobody gave (standard security handler, wrong keys)."""
    lock = (
        b"/Encrypt <</Filter /Standard /V 2 /R 3 /Length 128 /P -3904 /O <%s> /U <%s>>> /ID [<%s> <%s>]"
        % (b"ab" * 32, b"cd" * 32, b"01" * 16, b"01" * 16)
    )
    words = stream(b"BT /F 12 Tf 20 100 Td (Secret.) Tj ET")
    return by_hand(CATALOG, b"<</Type /Pages /Kids [3 0 R] /Count 1>>", PAGE, words, FONT, trailer=lock)


def no_pages() -> bytes:
    return by_hand(CATALOG, b"<</Type /Pages /Kids [] /Count 0>>")


WORD = stream(b"BT /F 12 Tf 20 100 Td (x) Tj ET")
KIDS = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"


def letters_by_the_million() -> bytes:
    shown = b"BT /F 1 Tf " + b"(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 400_000 + b"ET"
    return one_page(stream(zlib.compress(shown, 9), b"/Filter /FlateDecode"))


def packed_twice() -> bytes:
    data = zlib.compress(zlib.compress(b" " * 200_000_000, 9), 9)
    return one_page(stream(data, b"/Filter [/FlateDecode /FlateDecode]"))


def draws_itself() -> bytes:
    named = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X 4 0 R>>>>"
    return by_hand(CATALOG, KIDS, PAGE, stream(b"/X Do /X Do", named), FONT)


# Small files that ask for much: memory, time, depth or pages.
BOMBS: dict[str, Callable[[], bytes]] = {
    "a stream of 400 MB in 400 kB": lambda: one_page(
        stream(zlib.compress(b"\0" * 400_000_000, 9), b"/Filter /FlateDecode")
    ),
    "a stream packed twice": packed_twice,
    "twelve million letters on a page": letters_by_the_million,
    "pages that are their own parents": lambda: by_hand(
        CATALOG, b"<</Type /Pages /Kids [2 0 R 2 0 R] /Count 2>>"
    ),
    "brackets 200,000 deep": lambda: one_page(b"[" * 200_000 + b"]" * 200_000),
    "a drawing that draws itself": draws_itself,
    "two billion pages by its own word": lambda: by_hand(
        CATALOG, KIDS.replace(b"/Count 1", b"/Count 2147483647"), PAGE, WORD, FONT
    ),
    "a page of 700 km": lambda: by_hand(
        CATALOG, KIDS, PAGE.replace(b"200 200", b"2000000000 2000000000"), WORD, FONT
    ),
    "3,000 pages": lambda: many_pages(3000),
    "a length that is a lie": lambda: one_page(b"<</Length 999999999>>\nstream\nBT ET\nendstream"),
    "a table of places that goes round": lambda: paper().replace(b"startxref\n", b"startxref\n1"),
}


def damaged(file: bytes, seed: int) -> bytes:
    """The file, damaged in one of the ways that files are, chosen by the seed."""
    chance = random.Random(seed)
    data = bytearray(file)
    way = chance.randrange(6)
    if way == 0:  # cut short
        del data[chance.randrange(len(data)) :]
    elif way == 1:  # bits flipped here and there
        for _ in range(chance.choice((1, 10, 200, 3000))):
            at = chance.randrange(len(data))
            data[at] ^= 1 << chance.randrange(8)
    elif way == 2:  # a piece missing
        at = chance.randrange(len(data))
        del data[at : at + chance.randrange(1, max(2, len(data) // 4))]
    elif way == 3:  # a piece overwritten with noise
        at = chance.randrange(len(data))
        noise = chance.randbytes(chance.randrange(1, 5000))
        data[at : at + len(noise)] = noise
    elif way == 4:  # pieces in another order
        at, other = sorted(chance.randrange(len(data)) for _ in range(2))
        data = data[other:] + data[at:other] + data[:at]
    else:  # every figure another one: lengths, places, counts
        for at in range(len(data)):
            if 48 <= data[at] <= 57 and chance.random() < 0.02:
                data[at] = 48 + chance.randrange(10)
    return bytes(data)


def noise(seed: int) -> bytes:
    """Bytes by chance that say they are a PDF, or not even that."""
    chance = random.Random(seed)
    body = chance.randbytes(chance.randrange(20_000))
    return chance.choice((b"%PDF-1.7\n", b"%PDF-1.4\n", b"")) + body + chance.choice((b"", b"\n%%EOF\n"))


def hostile(count: int, seed: int, originals: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """`count` damaged and random files, reproducible, made from the originals: (what it is, bytes)."""
    for number in range(count):
        if number % 5 == 4:
            yield f"noise {seed + number}", noise(seed + number)
        else:
            original = originals[number % len(originals)]
            yield f"damaged {seed + number}", damaged(original, seed + number)
