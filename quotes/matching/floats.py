"""Captions of a page, and what stands above or below them and is no prose: tables, pictures' labels, plots."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from quotes.matching.bytewise import count_digits, count_letters
from quotes.matching.pages import Line

CAPTION = re.compile(
    r"\s*(?:(?:supplementary |extended data )?"
    r"(?:fig(?:ure)?s?|tab(?:le|elle|leau)?|abb(?:ildung)?|algorithm|listing|scheme|exhibit|plate|chart"
    r"|figura|tabla|tabella|grafik|schéma|рис(?:унок)?|таблица)\b\.?\s*(?:[A-Z]\.?)?[\divxIVX]+(?:[.\-–]\d+)*[a-z]?"
    r"|(?:图|圖|表|図|그림|표)\s*\d+(?:[.\-–]\d+)*)(?P<mark>\s*[|:.．：—–-])?(?=\s|$|\w)",
    re.IGNORECASE,
)
TERMINAL = re.compile(r"[.!?。！？…:;][\"'”’»)\]]*\s*$")

HEADING = re.compile(r"\s*(?:\d{1,2}(?:\.\d{1,2})*\.?|[A-Z](?:\.\d{1,2})*\.|[IVX]+\.)\s+[^\W\d_a-z]")


@dataclass(slots=True)
class PageLine:
    """A line of a page with its words, and what it turned out to be."""

    line: Line
    text: str
    kind: str = ""


def mark_floats(sheet: list[PageLine], size: float) -> None:
    """Mark captions, and what stands above or below them and is no prose."""
    lines = [line for line in sheet if not line.kind]
    if not any(CAPTION.match(line.text) for line in lines):
        return
    columns = _columns(lines, size)
    typical = sorted(len(line.text) for line in lines)[len(lines) * 3 // 4] if lines else 0
    prose = [_is_prose(line, size, columns, typical) for line in lines]
    k = 0
    while k < len(lines):
        if not _is_caption(lines, k, size):
            k += 1
            continue
        end = _caption_end(lines, k, size)
        begin = k
        while begin and not prose[begin - 1] and not lines[begin - 1].kind:
            above = lines[begin - 1]
            drawn = bool(size) and above.line.size < size - 0.6 and above.line.bottom > lines[k].line.bottom
            if size and above.line.bottom < lines[begin].line.bottom - 2 and not drawn:
                break  # the foot of another column; what is drawn in a figure comes in any order
            if _is_full(above, size, columns) or _is_tail(lines, prose, begin - 1, size):
                break
            if _ends_text(above, lines[begin], lines[k], size):
                break
            begin -= 1
        while end < len(lines) and not prose[end] and not _is_caption(lines, end, size):
            if _starts_text(lines[end], size, columns) or _is_heading(lines, prose, end, size, columns):
                break
            if _resumes(lines[end - 1], lines[end], lines[k], size, columns):
                break
            if size and lines[end].line.bottom > lines[end - 1].line.bottom + 2:
                break
            end += 1
        for line in lines[begin:end]:
            line.kind = "float"
        k = end


@dataclass(slots=True)
class _Columns:
    """Where columns of text begin and end, in points; `ragged` if lines don't end at one edge."""

    lefts: list[float]
    rights: list[float]
    width: float
    ragged: bool


def _columns(lines: list[PageLine], size: float) -> _Columns:
    lefts: Counter[int] = Counter()
    rights: Counter[int] = Counter()
    widths: list[float] = []
    length = sorted(len(line.text) for line in lines)[len(lines) * 3 // 4] / 3 if lines else 0
    for line in lines:
        if abs(line.line.size - size) < 0.4 and len(line.text) > length:
            lefts[round(line.line.left / 3)] += 1
            rights[round(line.line.right / 3)] += 1
            widths.append(line.line.right - line.line.left)
    few = max(3, len(widths) // 8)
    ends = [x for x, n in rights.items() if n >= few]
    even = sum(n for x, n in rights.items() if any(abs(x - end) < 2 for end in ends))
    width = sorted(widths)[len(widths) * 3 // 4] if widths else 0
    return _Columns(
        [3.0 * x for x, n in lefts.items() if n >= few],
        [3.0 * x for x in ends],
        width,
        even < 0.5 * len(widths),
    )


def _is_prose(line: PageLine, size: float, columns: _Columns, typical: int) -> bool:
    """Whether a line is one of a paragraph: words from one edge of a column to the other."""
    text = line.text
    if not _wordy(text):
        return False
    if not size or not columns.lefts:
        return len(text) > 0.6 * typical
    if line.line.size and abs(line.line.size - size) > 0.5:
        return False
    at_left = any(-4 <= line.line.left - x <= 26 for x in columns.lefts)
    if columns.ragged:
        return at_left and line.line.right - line.line.left > 0.7 * columns.width
    return at_left and any(abs(line.line.right - x) < 5 for x in columns.rights)


def _wordy(text: str) -> bool:
    inked = len("".join(text.split()))
    letters, digits = count_letters(text), count_digits(text)
    return letters > 0.76 * inked and digits < 0.18 * inked


def _is_full(line: PageLine, size: float, columns: _Columns) -> bool:
    """A line that fills its column from edge to edge, though half of it may be figures and marks."""
    if not size or not columns.lefts or abs(line.line.size - size) > 0.3:
        return False
    inked = len("".join(line.text.split()))
    return (
        count_letters(line.text) > 0.5 * inked
        and any(abs(line.line.left - x) < 2 for x in columns.lefts)
        and any(abs(line.line.right - x) < 5 for x in columns.rights)
    )


def _starts_text(line: PageLine, size: float, columns: _Columns) -> bool:
    """Whether a line below a caption begins where text does: the text goes on there, or a heading stands."""
    if not size or abs(line.line.size - size) > 0.3:
        return False
    full = line.line.right - line.line.left > 0.7 * columns.width
    if _opens_paragraph(line, columns):
        return True
    if not _wordy(line.text) and not (
        full and (count_letters(line.text) > 0.5 * len(line.text) or _is_full(line, size, columns))
    ):
        return False
    return (full or len(line.text) > 30) and any(abs(line.line.left - x) < 2 for x in columns.lefts)


def _is_heading(lines: list[PageLine], prose: list[bool], k: int, size: float, columns: _Columns) -> bool:
    """Whether a line below a caption is the numbered or larger heading of the text that goes on below it."""
    if not size or not k or k + 1 >= len(lines) or not prose[k + 1]:
        return False
    above, line = lines[k - 1].line, lines[k].line
    stands_out = HEADING.match(lines[k].text) and line.size > size - 0.3 or line.size > size + 0.5
    at_edge = any(abs(line.left - x) < 2 for x in columns.lefts)
    return bool(stands_out) and at_edge and above.bottom - line.bottom > 1.7 * size


def _ends_text(line: PageLine, below: PageLine, caption: PageLine, size: float) -> bool:
    """Whether a line above a float is the end of a sentence of the text: in its type, and with room below it."""
    if not size or abs(line.line.size - size) > 0.3 or abs(caption.line.size - size) < 0.5:
        return False
    room = line.line.bottom - below.line.bottom > 1.7 * size
    return room and line.text.count(" ") > 2 and _wordy(line.text) and bool(TERMINAL.search(line.text))


def _resumes(above: PageLine, line: PageLine, caption: PageLine, size: float, columns: _Columns) -> bool:
    """Whether the text goes on at a line below a float, if only for a few words: in its type, at its edge."""
    if not size or abs(line.line.size - size) > 0.3 or abs(caption.line.size - size) < 0.5:
        return False
    room = above.line.bottom - line.line.bottom > 1.7 * size and above.line.size < size - 0.5
    return room and any(abs(line.line.left - x) < 2 for x in columns.lefts)


def _opens_paragraph(line: PageLine, columns: _Columns) -> bool:
    """Whether a line is the indented first one of a paragraph, figures in it or not."""
    text = line.text.lstrip("“„«»\"'( ")
    inked = len("".join(text.split()))
    return (
        text[:1].isupper()
        and text.count(" ") > 4
        and count_letters(text) > 0.55 * inked
        and any(-2 < line.line.left - x < 26 for x in columns.lefts)
        and any(abs(line.line.right - x) < 5 for x in columns.rights)
    )


def _is_tail(lines: list[PageLine], prose: list[bool], k: int, size: float) -> bool:
    """Whether a line that is not full is the end of a paragraph."""
    if not k or not TERMINAL.search(lines[k].text):
        return False
    if not prose[k - 1] and not (k > 1 and prose[k - 2] and _continues(lines, k - 1, size)):
        return False
    if not size:
        return True
    a, b = lines[k - 1].line, lines[k].line
    return abs(a.size - b.size) < 0.5 and 0 < a.bottom - b.bottom < size * 2 and abs(a.left - b.left) < 26


def _continues(lines: list[PageLine], k: int, size: float) -> bool:
    """Whether a line with many figures in it is the paragraph's next after the one before."""
    a, b = lines[k - 1].line, lines[k].line
    return bool(size) and abs(a.size - b.size) < 0.3 and 0 < a.bottom - b.bottom < size * 1.7


def _is_caption(lines: list[PageLine], k: int, size: float) -> bool:
    found = CAPTION.match(lines[k].text)
    if not found or lines[k].kind:
        return False
    line, before = lines[k].line, lines[k - 1] if k else None
    if size and line.size and abs(line.size - size) > 0.5:
        return True
    gap = before.line.bottom - line.bottom if before and size else 0
    apart = bool(size) and not 0 < gap < size * 1.7
    if not found["mark"]:  # "Table 2 Results", with room above it; "Table 2 shows" is text
        after = lines[k].text[found.end() :].lstrip()[:1]
        return apart and (after.isupper() or after > "\u2e80")
    if before is None or TERMINAL.search(before.text):
        return True
    return apart if size else len(before.text) < 40


def _caption_end(lines: list[PageLine], k: int, size: float) -> int:
    """The line after a caption that begins at line `k`."""
    end = k + 1
    step = 0.0
    while end < len(lines) and end - k < 14:
        a, b = lines[end - 1].line, lines[end].line
        if size:
            gap = a.bottom - b.bottom
            if not 0 < gap < size * 1.75 or abs(a.size - b.size) > 0.5 or (step and gap > step * 1.2):
                break
            step = step or gap
            full = a.right > max(o.line.right for o in lines[k:end]) - 30
            if TERMINAL.search(lines[end - 1].text) and not full and b.left < a.left - 3:
                break
        elif TERMINAL.search(lines[end - 1].text):
            break
        if _is_caption(lines, end, size):
            break
        end += 1
    return end
