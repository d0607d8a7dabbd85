"""Read the text of one PDF, in a process of its own that papers/children.py starts.

FOLDER/job.json says which file and how much; FOLDER/result.json is the answer. This imports nothing
of the site, so that the process holds no settings, no secrets and no database.
"""

from __future__ import annotations

import ctypes
import json
import re
import unicodedata
from collections import Counter

TYPE_CHECKING = False  # what only a type checker reads need not be loaded for each file
if TYPE_CHECKING:
    from typing import Any

LINE = re.compile(r"[^\r\n\ufffe\x02]+[\ufffe\x02]?|[\ufffe\x02]")
# A figure or sign that may be a footnote mark: whether it is raised, its place says. The pattern begins with
# the mark and looks back from there, since only a set of characters in front is searched for quickly.
_BEFORE = r"(?:[^\W\d_]|[.,;:!?)\]”’\"'»%…。，、；])"
_SIGNS = "*∗†‡§¶∥"
MAYBE_RAISED = re.compile(
    rf"[\d{_SIGNS}](?:(?<={_BEFORE}.)|(?<={_BEFORE}[ ].)|(?<={_BEFORE}\r\n.)"
    rf"|(?<={_BEFORE}[ ]\r\n.)|(?<={_BEFORE}[ ][ ]\r\n.))"
    rf"(?:(?<=\d)\d{{0,2}}(?:[,–-]\d{{1,3}})*(?!\d)|(?<=[{_SIGNS}])[{_SIGNS}]*)"
)
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
# An accent that stands before no letter.
APART = re.compile(
    "[\u00a8\u00b4\u02c6\u02dc\u02dd\u02c7\u02da\u02d8\u02d9\u00af](?=\\s|$)|(?<=\\s)`(?=\\s|$)"
)
COMBINING = {
    "\u00a8": "\u0308", "\u00b4": "\u0301", "`": "\u0300", "\u02c6": "\u0302", "\u02dc": "\u0303", "\u02dd": "\u030b",
    "\u02c7": "\u030c", "\u02da": "\u030a", "\u02d8": "\u0306", "\u02d9": "\u0307", "\u00af": "\u0304",
}  # fmt: skip
MOST_RAISED = 300  # looked at on one page


class Handle(ctypes.c_void_p):
    """What PDFium gives for a document or a page; false if it gives none."""


class Matrix(ctypes.Structure):
    _fields_ = [(name, ctypes.c_float) for name in "abcdef"]


class Box(ctypes.Structure):
    _fields_ = [(name, ctypes.c_float) for name in ("left", "top", "right", "bottom")]


# What PDFium's functions give that give no int. Their arguments are left undeclared: handles, ints, bytes and
# references pass as they are, and twice as fast.
GIVES = {
    "FPDF_LoadDocument": Handle, "FPDF_LoadPage": Handle, "FPDFText_LoadPage": Handle,
    "FPDF_GetPageWidthF": ctypes.c_float, "FPDF_GetPageHeightF": ctypes.c_float,
    "FPDFText_GetFontSize": ctypes.c_double, "FPDF_GetPageLabel": ctypes.c_ulong, "FPDF_GetLastError": ctypes.c_ulong,
}  # fmt: skip
LOCKED = (4, 5)  # PDFium's errors for a password, and for a way of locking that it doesn't know


def library(path: str) -> Any:
    """PDFium. The bindings that come with it declare all of its functions, which takes longer than some pages."""
    pdfium = ctypes.CDLL(path)
    for name, kind in GIVES.items():
        getattr(pdfium, name).restype = kind
    return pdfium


class Characters:
    """Places and sizes of the characters of one page, each asked for only where it is needed.

    Places are those of the page as it is shown: from its lower left corner, turned and cut as the file says.
    """

    def __init__(self, pdfium: Any, sheet: Any, page: Any) -> None:
        self.page = page
        self.turns, self.edges = shown(pdfium, sheet)
        self.as_it_is = not self.turns and self.edges[:2] == (0, 0)
        self.get_box, self.get_origin = pdfium.FPDFText_GetCharBox, pdfium.FPDFText_GetCharOrigin
        self.get_size, self.get_matrix = pdfium.FPDFText_GetFontSize, pdfium.FPDFText_GetMatrix
        self.numbers = [ctypes.c_double() for _ in range(4)]
        self.places = [ctypes.byref(number) for number in self.numbers]
        self.matrix = Matrix()
        self.matrix_place = ctypes.byref(self.matrix)

    def box(self, i: int) -> tuple[float, float, float, float]:
        """left, right, bottom, top"""
        left, right, bottom, top = self.numbers
        self.get_box(self.page, i, *self.places)
        if self.as_it_is:
            return left.value, right.value, bottom.value, top.value
        (ax, ay), (bx, by) = self.moved(left.value, bottom.value), self.moved(right.value, top.value)
        return min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)

    def origin(self, i: int) -> tuple[float, float]:
        x, y, _, _ = self.numbers
        self.get_origin(self.page, i, self.places[0], self.places[1])
        return (x.value, y.value) if self.as_it_is else self.moved(x.value, y.value)

    def moved(self, x: float, y: float) -> tuple[float, float]:
        """A point of the file's own page, as it is shown."""
        left, bottom, right, top = self.edges
        if self.turns == 1:
            return y - bottom, right - x
        if self.turns == 2:
            return right - x, top - y
        if self.turns == 3:
            return top - y, x - left
        return x - left, y - bottom

    def size(self, i: int) -> float:
        """The size of the type as printed: some files set it to 1 and scale the text."""
        size: float = self.get_size(self.page, i)
        matrix = self.matrix
        if self.get_matrix(self.page, i, self.matrix_place):
            scale = (matrix.c**2 + matrix.d**2) ** 0.5
            size *= scale or 1
        return size


def shown(pdfium: Any, sheet: Any) -> tuple[int, tuple[float, float, float, float]]:
    """How a page is shown: quarter turns clockwise, and left, bottom, right, top of the part that is."""
    box = Box()
    if not pdfium.FPDF_GetPageBoundingBox(sheet, ctypes.byref(box)):
        return 0, (0, 0, 0, 0)
    return pdfium.FPDFPage_GetRotation(sheet) % 4, (box.left, box.bottom, box.right, box.top)


def text_of(pdfium: Any, page: Any) -> str:
    """The page's text, one character for each of PDFium's."""
    count = pdfium.FPDFText_CountChars(page)
    if count <= 0:
        return ""
    buffer = ctypes.create_string_buffer(2 * (2 * count + 2))
    written = pdfium.FPDFText_GetText(page, 0, count, buffer)
    text = buffer.raw[: 2 * max(0, written - 1)].decode("utf-16-le", "replace")
    if len(text) != count:
        text = ASTRAL.sub(with_filler, text)
    if len(text) != count:
        codes = [pdfium.FPDFText_GetUnicode(page, i) for i in range(count)]
        text = "".join(chr(code) if 0 < code < 0x10000 else "\ufffd" for code in codes)
        text = PAIR.sub(
            lambda pair: with_filler(pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")), text
        )
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text.replace("\x00", "\ufffd")


def with_filler(char: re.Match[str] | str) -> str:
    """A character that is two of PDFium's, with an invisible one behind it, so that the places still agree."""
    return (char if isinstance(char, str) else char[0]) + "\u2060"


def with_accents(text: str, characters: Characters) -> str:
    """The text with each accent that was set apart from its letter put back on it, as long as before.

    Old TeX fonts have accents as signs of their own, printed over the letter; PDFium gives some of them at
    the end of the line, or between spaces that are not printed.
    """
    apart = [found.start() for found in APART.finditer(text)]
    if not apart or len(apart) > MOST_RAISED:
        return text
    out = list(text)
    for i in apart:
        left, right, bottom, _ = characters.box(i)
        middle, size = (left + right) / 2, characters.size(i)
        best: tuple[float, int] | None = None
        for k in range(max(0, i - 160), min(len(text), i + 40)):
            if not text[k].isalpha() or len(text[k]) > 1 or out[k] != text[k]:
                continue
            a, b, low, high = characters.box(k)
            away = abs((a + b) / 2 - middle)
            if away < 0.3 * size and low <= bottom < high + 0.4 * size and (best is None or away < best[0]):
                best = away, k
        if best is None:
            continue
        letter = {"ı": "i", "ȷ": "j"}.get(text[best[1]], text[best[1]])
        whole = unicodedata.normalize("NFC", letter + COMBINING[text[i]])
        if len(whole) > 1:
            continue
        out[best[1]], out[i] = whole, " "
        start, end = i, i + 1
        while start and text[start - 1] == " ":
            start -= 1
        while end < len(text) and text[end] == " ":
            end += 1
        if (
            start
            and end < len(text)
            and text[start - 1].isalpha()
            and (text[end].isalpha() or text[end] in COMBINING)
        ):
            gap = characters.box(end)[0] - characters.box(start - 1)[1]
            if -size < gap < 0.12 * size:  # one word, printed without a space
                out[start:end] = "\u2060" * (end - start)
    return "".join(out)


def lines_of(text: str, characters: Characters) -> list[list[float]]:
    """[start, end, left, right, bottom, size] of each printed line."""
    lines: list[list[float]] = []
    for found in LINE.finditer(text):
        start, end = found.span()
        words = found[0].rstrip(" \t\u00a0\ufffe\x02")
        last = start + len(words) - 1
        first = start + len(words) - len(words.lstrip())
        if last < first:
            continue
        # A space may be one that PDFium puts between words, without a size or a place of its own.
        length = len(words)
        tried = (start + length // 4, start + length // 2, start + length * 3 // 4)
        inked = [max(first, i - 1) if text[i].isspace() else i for i in tried]
        size = characters.size(inked[0])
        if size != (second := characters.size(inked[1])):  # else it is the one in the middle of the three
            size = sorted((size, second, characters.size(inked[2])))[1]
        left, _ = characters.origin(first)
        right = characters.box(last)[1]
        _, bottom = characters.origin(inked[1])
        lines.append([start, end, round(left, 1), round(right, 1), round(bottom, 1), round(size, 1)])
    return lines


def raised_in(text: str, characters: Characters) -> list[tuple[int, int]]:
    """Spans of figures that stand higher and smaller than the character before them."""
    spans: list[tuple[int, int]] = []
    for number, found in enumerate(MAYBE_RAISED.finditer(text)):
        if number > MOST_RAISED:
            break
        start, end = found.span()
        before = start - 1
        if text[before] == " ":
            before -= 1
        elif text[before] == "\n":  # a mark that begins a line is compared with what follows it
            if end < len(text) and not text[end].isspace():
                before = end
            else:  # it is a line of its own
                while before > 0 and text[before].isspace():
                    before -= 1
        height = characters.origin(before)[1]
        lift = characters.origin(start)[1] - height
        figure = text[start].isdigit()
        if figure and lift <= 0 and characters.box(start)[2] <= height:
            continue  # most figures: they are on the line in every way, and their size says no more
        size = characters.size(before)
        own = characters.size(start)
        if 0.12 * size < lift < size and own < (0.92 if lift < 0.3 * size else 1.02) * size:
            spans.append((start, end))
        elif figure and drawn_high(start, before, size, characters):
            spans.append(
                (start, end)
            )  # raised figures of the font: no smaller and on the line, but drawn above it
        elif text[start] in "*∗†‡§¶" and own < 0.92 * size:
            spans.append((start, end))
    return spans


def drawn_high(i: int, before: int, size: float, characters: Characters) -> bool:
    """Whether a figure is drawn small and above the line."""
    _, _, bottom, top = characters.box(i)
    return 0.15 * size < bottom - characters.origin(before)[1] < size and top - bottom < 0.55 * size


LONG = re.compile(r"[^\s\ufffe\u2060]{6,60}")
WORDS, LETTER = re.compile(r"[^\W\d_]{2,}"), re.compile(r"[^\W\d_]")


class LostSpaces:
    """Words between which PDFium saw no space, because a justified line is set tight.

    A word that stands in the file once, but falls into words that stand there elsewhere, is measured letter
    by letter. The words are those of the pages read so far.
    """

    MANY = 3  # on one page
    WAITING = 24  # pages that are kept open, so that the first ones can be compared too

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.tight = False

    def learn(self, text: str) -> list[str]:
        """The words of a page, for `found`."""
        words = WORDS.findall(text)
        self.seen.update(map(str.lower, words))
        return words

    def found(self, text: str, words: list[str], characters: Characters) -> list[int]:
        """Offsets of the characters before which a space is printed."""
        at: list[int] = []
        end = 0
        for word in words:
            low = word.lower()
            if len(low) < 4 or self.seen[low] > 2 or not self.falls_apart(low):
                continue
            start, end = place_of(word, text, end)
            at += wide_gaps(start, end, characters, 0.11)
        if len(at) >= self.MANY:
            self.tight = True
        if not self.tight:
            return at
        # A file that is set so tight: here words that stand nowhere else may have run together too.
        for found in LONG.finditer(text):
            at += wide_gaps(*found.span(), characters, 0.2)
        return sorted(set(at))

    def falls_apart(self, word: str) -> bool:
        """Whether the word is made of two words of the file, or begins and ends with one."""
        seen = self.seen
        heads = [i for i in range(2, len(word) - 1) if word[:i] in seen]
        return any(word[i:] in seen for i in heads) or (
            bool(heads) and len(word) > 8 and any(word[i:] in seen for i in range(4, len(word) - 1))
        )


def place_of(word: str, text: str, start: int) -> tuple[int, int]:
    """Where a word of `text` next stands as a whole, and not as a part of another: (start, end)."""
    while True:
        start = text.index(word, start)
        end = start + len(word)
        if not LETTER.match(text, end) and not (start and LETTER.match(text, start - 1)):
            return start, end
        start += 1


def wide_gaps(start: int, end: int, characters: Characters, least: float) -> list[int]:
    """Offsets in a word before which the gap is wider than usual by `least` of the type size."""
    size = characters.size(start)
    boxes = [characters.box(i) for i in range(start, end)]
    gaps = [after[0] - before[1] for before, after in zip(boxes, boxes[1:], strict=False)]
    usual = sorted(gaps)[len(gaps) // 2]
    return [start + i + 1 for i, gap in enumerate(gaps) if gap - usual > least * size]


def label_of(pdfium: Any, document: Any, number: int) -> str:
    length = pdfium.FPDF_GetPageLabel(document, number, None, ctypes.c_ulong(0))
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDF_GetPageLabel(document, number, buffer, ctypes.c_ulong(length))
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")[:40].strip()


def read(job: dict[str, Any]) -> dict[str, Any]:
    """All pages of the file, or {"error": reason}."""
    pdfium = library(job["library"])  # after the limits are set: they hold for it too
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadDocument(job["file"].encode(), None)
    if not document:
        return {"error": "encrypted" if pdfium.FPDF_GetLastError() in LOCKED else "damaged"}
    count = pdfium.FPDF_GetPageCount(document)
    if count <= 0:
        return {"error": "empty"}
    if count > job["pages"]:
        return {"error": "too_many_pages", "pages": count}
    pages: list[Any] = []
    failed: list[int] = []
    characters = 0
    lost = LostSpaces()
    waiting: list[tuple[Any, list[str], Any, Any]] = []

    def finish() -> None:
        row, seen, page, words = waiting.pop(0)
        row[6] = lost.found(row[0], seen, Characters(pdfium, page, words))
        pdfium.FPDFText_ClosePage(words)
        pdfium.FPDF_ClosePage(page)

    for number in range(count):
        label = label_of(pdfium, document, number)
        page = pdfium.FPDF_LoadPage(document, number)
        if not page:
            failed.append(number + 1)
            pages.append(["", label, 0, 0, [], [], []])
            continue
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        words = pdfium.FPDFText_LoadPage(page)
        if not words:
            failed.append(number + 1)
            pages.append(["", label, width, height, [], [], []])
            pdfium.FPDF_ClosePage(page)
            continue
        places = Characters(pdfium, page, words)
        text = with_accents(text_of(pdfium, words), places)
        characters += len(text)
        if characters > job["characters"]:
            return {"error": "too_large"}
        seen = lost.learn(text)
        pages.append([text, label, width, height, lines_of(text, places), raised_in(text, places), []])
        waiting.append((pages[-1], seen, page, words))
        if len(waiting) > lost.WAITING:
            finish()
    while waiting:
        finish()
    if len(failed) == count:
        return {"error": "damaged"}
    return {"pages": pages, "failed": failed}


def main(place: str) -> None:
    with open(f"{place}/job.json", encoding="utf-8") as file:
        job = json.load(file)
    try:
        result = read(job)
    except MemoryError:
        result = {"error": "memory"}
    except (ImportError, OSError) as error:
        short = "map segment" in str(error) or "allocate" in str(error)
        result = {"error": "memory" if short else "broken"}
    with open(f"{place}/result.json", "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(json.dumps(result, ensure_ascii=False))
