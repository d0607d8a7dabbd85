"""Which parts of a page stand aside from its running text: heads, page numbers, footnotes, floats, marks.

Where the lines come with their boxes, type size and position decide; else the text alone. A part that is
wrongly set aside is no loss: a quotation that runs through it is still recognised by the order of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from quotes.matching.pages import Aside, Line, Page

CAPTION = re.compile(
    r"\s*(?:(?:supplementary |extended data )?"
    r"(?:fig(?:ure)?s?|tab(?:le|elle|leau)?|abb(?:ildung)?|algorithm|listing|scheme|exhibit|plate|chart"
    r"|figura|tabla|tabella|grafik|schéma|рис(?:унок)?|таблица)\b\.?\s*(?:[A-Z]\.?)?[\divxIVX]+(?:[.\-–]\d+)*[a-z]?"
    r"|(?:图|圖|表|図|그림|표)\s*\d+(?:[.\-–]\d+)*)(?P<mark>\s*[|:.．：—–-])?(?=\s|$|\w)",
    re.IGNORECASE,
)
NUMBER_LINE = re.compile(
    r"\s*(?:[-–—|(\[·]\s*)?(?:page|seite|p\.|s\.|第)?\s*(?P<n>\d{1,4}|(?a:[ivxlc]{1,8}))\s*(?:页|頁|ページ)?"
    r"(?:\s*(?:of|von|sur|de|/|共)\s*\d{1,4}\s*(?:页|頁)?)?\s*(?:[-–—|)\]·]\s*)?",
    re.IGNORECASE,
)
STAMP = re.compile(r"arXiv:\d{4}\.\d{4,5}(?:v\d+)?\s*\[")
NOTE_START = re.compile(r"\s*(?:\d{1,3}|[*∗†‡§¶∥#])[.)]?\s*\S")
PLAIN_NOTE = re.compile(r"\s*(?:\d{1,3}|[*∗†‡§¶])\s?(?=[A-Z“\"'(]|https?:|www)")
MARK = re.compile(r"\s*(?:\d{1,3}|[a-e])(?:\s*[,–-]\s*\d{1,3})*,?\s*|[*∗†‡§¶∥\s]+")
UNITS = frozenset("m km cm mm nm dm ft in mi s ms min h kg ha px Å µm μm".split())
TERMINAL = re.compile(r"[.!?。！？…:;][\"'”’»)\]]*\s*$")
LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\u2028\u2029]|[\ufffe\x02][ \t]*(?:\r\n|\n)?")
DIGITS = re.compile(r"\d+")
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(slots=True)
class _Line:
    """A line of a page with its words, and what it turned out to be."""

    line: Line
    text: str
    kind: str = ""


def asides_of(pages: Sequence[Page]) -> list[list[Aside]]:
    """For each page, in order, what stands aside; no two overlap."""
    sheets = [_lines(page) for page in pages]
    size = _body_size(sheets)
    _furniture(pages, sheets, size)
    _notes(sheets, size)
    for sheet in sheets:
        _floats(sheet, size)
    return [_joined(page, sheet) for page, sheet in zip(pages, sheets, strict=True)]


def _lines(page: Page) -> list[_Line]:
    if page.lines:
        return [_Line(line, page.text[line.start : line.end]) for line in page.lines]
    found, start = [], 0
    for broken in LINE_BREAK.finditer(page.text):
        end = broken.end() if broken[0][0] in "\ufffe\x02" else broken.start()
        if end > start:
            found.append(_Line(Line(start, end), page.text[start:end]))
        start = broken.end()
    if start < len(page.text):
        found.append(_Line(Line(start, len(page.text)), page.text[start:]))
    return [line for line in found if line.text.strip()]


def _body_size(sheets: Sequence[list[_Line]]) -> float:
    """The type size of most characters, 0 if sizes are not known."""
    sizes: Counter[float] = Counter()
    for sheet in sheets:
        for line in sheet:
            sizes[round(line.line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def _edges(sheet: list[_Line], placed: bool) -> tuple[list[_Line], list[_Line]]:
    """The lines at the head (top first) and at the foot (bottom first) of a page."""
    lines = sorted(sheet, key=lambda line: -line.line.bottom) if placed else sheet
    many = 3 if len(lines) > 6 else max(1, len(lines) // 2) if len(lines) > 1 else 0
    return lines[:many], lines[::-1][:many]


def _furniture(pages: Sequence[Page], sheets: Sequence[list[_Line]], size: float) -> None:
    """Mark what repeats at the edges of pages, and the numbers that count them."""
    placed = size > 0
    edges = [_edges(sheet, placed) for sheet in sheets]
    signs: Counter[tuple[int, str]] = Counter()
    offsets: Counter[tuple[bool, int]] = Counter()
    for i, (head, foot) in enumerate(edges):
        seen = set()
        for side, lines in enumerate((head, foot)):
            for line in lines:
                seen.add((side, _sign(line.text)))
                if number := NUMBER_LINE.fullmatch(line.text):
                    offsets[number["n"].isdigit(), _value(number["n"]) - i] += 1
                elif (ends := _end_numbers(line.text)) and len(line.text) < 160:
                    offsets.update({(True, n - i) for n in ends})
        signs.update(seen)
    heights: Counter[tuple[int, int]] = Counter()
    few = len(pages) < 3
    for i, (head, foot) in enumerate(edges):
        for side, lines in enumerate((head, foot)):
            for rank, line in enumerate(lines):
                if line.kind or (
                    rank and not (lines[rank - 1].kind or _same_height(lines[rank - 1], line, placed))
                ):
                    break
                if CAPTION.match(line.text):
                    break
                number = NUMBER_LINE.fullmatch(line.text)
                counted = number and (
                    offsets[number["n"].isdigit(), _value(number["n"]) - i] > 1
                    or (few and len(sheets[i]) > 3)
                )
                sign = _sign(line.text)
                repeated = signs[side, sign] > 1 and len(sign) > 1 and (len(line.text) < 160)
                if repeated and signs[side, sign] < 3 and not few and len(sign) > 90:
                    repeated = False
                runs = any(offsets[True, n - i] > 2 for n in _end_numbers(line.text)) and len(line.text) < 120
                if counted or repeated or (runs and placed and _apart(line, sheets[i], side, size)):
                    line.kind = "furniture"
                    heights[side, round(line.line.bottom / 2)] += 1
    for sheet, (head, foot) in zip(sheets, edges, strict=True):
        for side, lines in enumerate((head, foot)):
            for line in lines[:2]:
                level = round(line.line.bottom / 2)
                known = sum(heights[side, level + d] for d in (-1, 0, 1))
                if placed and not line.kind and known > 1 and _apart(line, sheet, side, size):
                    line.kind = "furniture"
        for line in sheet:
            if STAMP.match(line.text):
                line.kind = "furniture"


def _sign(text: str) -> str:
    """What a running head has in common from page to page."""
    plain = DIGITS.sub("#", " ".join(text.split()))
    return "#" if re.fullmatch(r"[-–— |#]*|[ivxlc]+", plain) else plain.strip("# |·–-")


def _end_numbers(text: str) -> set[int]:
    """The page numbers that a running head may begin or end with."""
    found = re.match(r"\s*(\d{1,4})\s", text), re.search(r"\s(\d{1,4})\s*$", text)
    return {int(number[1]) for number in found if number}


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    values = [ROMAN[letter] for letter in number.lower()]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def _same_height(a: _Line, b: _Line, placed: bool) -> bool:
    return placed and abs(a.line.bottom - b.line.bottom) < 4


def _apart(line: _Line, sheet: list[_Line], side: int, size: float) -> bool:
    """Whether more room than between two lines lies between an edge line and the text."""
    y = line.line.bottom
    others = [o.line.bottom for o in sheet if not o.kind and abs(o.line.bottom - y) > 4]
    nearest = [abs(y - o) for o in others if (o < y if side == 0 else o > y)]
    beyond = [o for o in others if (o > y if side == 0 else o < y)]
    return bool(nearest) and not beyond and min(nearest) > size * 1.55


def _notes(sheets: Sequence[list[_Line]], size: float) -> None:
    """Mark footnotes: small lines with no line of the text below them in their column."""
    for i, sheet in enumerate(sheets):
        lines = [line for line in sheet if not line.kind]
        if not size:
            _notes_by_text(lines, sheets[i + 1] if i + 1 < len(sheets) else [])
            continue
        small = [bool(line.line.size) and line.line.size < size - 0.6 for line in lines]
        if sum(len(line.text) for line, is_small in zip(lines, small, strict=True) if is_small) > 0.6 * sum(
            len(line.text) for line in lines
        ):
            continue
        start = 0
        while start < len(lines):
            if not small[start]:
                start += 1
                continue
            end = start
            while end < len(lines) and small[end]:
                end += 1
            run = lines[start:end]
            left, right = min(o.line.left for o in run), max(o.line.right for o in run)
            low = min(o.line.bottom for o in run)
            below = any(
                o.line.bottom < low - 1 and o.line.left < right and o.line.right > left
                for o, is_small in zip(lines, small, strict=True)
                if not is_small
            )
            first = next((k for k, o in enumerate(run) if NOTE_START.match(o.text)), None)
            if not below and first is not None and not any(CAPTION.match(o.text) for o in run):
                for line in run[first:]:
                    line.kind = "note"
            start = end


def _notes_by_text(lines: list[_Line], following: list[_Line]) -> None:
    """Without type sizes: lines after an unfinished sentence that goes on at the top of the next page."""
    starts = [line.text.lstrip()[:1] for line in following if not line.kind][:1]
    if len(lines) < 4 or not starts or not starts[0].islower():
        return
    if not TERMINAL.search(lines[-1].text):
        return
    for k in range(len(lines) - 1, max(1, len(lines) - 9), -1):
        if PLAIN_NOTE.match(lines[k].text) and not TERMINAL.search(lines[k - 1].text):
            for line in lines[k:]:
                line.kind = "note"
            return


def _floats(sheet: list[_Line], size: float) -> None:
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
            if size and above.line.bottom < lines[begin].line.bottom - 2:
                break  # the foot of another column
            if _is_full(above, size, columns) or _is_tail(lines, prose, begin - 1, size):
                break
            begin -= 1
        while end < len(lines) and not prose[end] and not _is_caption(lines, end, size):
            if _starts_text(lines[end], size, columns):
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


def _columns(lines: list[_Line], size: float) -> _Columns:
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


def _is_prose(line: _Line, size: float, columns: _Columns, typical: int) -> bool:
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
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    return letters > 0.76 * inked and digits < 0.18 * inked


def _is_full(line: _Line, size: float, columns: _Columns) -> bool:
    """A line that fills its column from edge to edge, though half of it may be figures and marks."""
    if not size or not columns.lefts or abs(line.line.size - size) > 0.3:
        return False
    inked = len("".join(line.text.split()))
    return (
        sum(map(str.isalpha, line.text)) > 0.55 * inked
        and any(abs(line.line.left - x) < 2 for x in columns.lefts)
        and any(abs(line.line.right - x) < 5 for x in columns.rights)
    )


def _starts_text(line: _Line, size: float, columns: _Columns) -> bool:
    """Whether a line below a caption begins where text does: the text goes on there, or a heading stands."""
    if not size or abs(line.line.size - size) > 0.3:
        return False
    full = line.line.right - line.line.left > 0.7 * columns.width
    if not _wordy(line.text) and not (full and sum(map(str.isalpha, line.text)) > 0.5 * len(line.text)):
        return False
    return (full or len(line.text) > 30) and any(abs(line.line.left - x) < 2 for x in columns.lefts)


def _is_tail(lines: list[_Line], prose: list[bool], k: int, size: float) -> bool:
    """Whether a line that is not full is the end of a paragraph."""
    if not k or not prose[k - 1] or not TERMINAL.search(lines[k].text):
        return False
    if not size:
        return True
    a, b = lines[k - 1].line, lines[k].line
    return abs(a.size - b.size) < 0.5 and 0 < a.bottom - b.bottom < size * 2 and abs(a.left - b.left) < 26


def _is_caption(lines: list[_Line], k: int, size: float) -> bool:
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


def _caption_end(lines: list[_Line], k: int, size: float) -> int:
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


def _joined(page: Page, sheet: list[_Line]) -> list[Aside]:
    """The asides of a page in the order of its text, with the footnote marks of its running text."""
    found = [Aside(line.line.start, line.line.end, line.kind) for line in sheet if line.kind]
    for start, end in page.raised:
        if MARK.fullmatch(page.text[start:end]) and _is_mark(page.text, start):
            found.append(Aside(start, end, "mark"))
    found.sort(key=lambda part: (part.start, part.kind == "mark"))
    kept: list[Aside] = []
    for part in found:
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
    return kept


def _is_mark(text: str, start: int) -> bool:
    """Whether a raised figure is a footnote mark, and no exponent."""
    before = re.search(r"([^\W\d_]+|\S)\s*$", text[max(0, start - 40) : start])
    if not before:
        return False
    word = before[1]
    if word[0].isalpha():
        return len(word) > 1 and word not in UNITS and word.isalpha() or ord(word[-1]) > 0x3000
    return word in ".,;:!?)]”’\"'»。，；：！？）」』…%"


def printed_labels(pages: Sequence[Page], asides: Sequence[Sequence[Aside]]) -> tuple[str, ...]:
    """The label of each page: the file's own, else the number printed on it, else its place in the file."""
    plain = [str(i + 1) for i in range(len(pages))]
    given = [page.label or plain[i] for i, page in enumerate(pages)]
    if any(page.label for page in pages) and given != plain:
        return tuple(given)
    votes: Counter[tuple[bool, int]] = Counter()
    read: list[list[tuple[bool, int]]] = []
    for i, (page, aside) in enumerate(zip(pages, asides, strict=True)):
        here: list[tuple[bool, int]] = []
        for part in aside:
            if part.kind == "furniture":
                text = page.text[part.start : part.end]
                if number := NUMBER_LINE.fullmatch(text):
                    here.append((number["n"].isdigit(), _value(number["n"]) - i))
                else:
                    here.extend((True, n - i) for n in _end_numbers(text))
        read.append(here)
        votes.update(set(here))
    for i, here in enumerate(read):
        good = [vote for vote in here if votes[vote] > 1 or len(pages) < 3]
        if good:
            arabic, offset = max(good, key=lambda vote: votes[vote])
            given[i] = str(i + offset) if arabic else _roman(i + offset)
    arabics = [(n, offset) for (arabic, offset), n in votes.items() if arabic and n > 1]
    if arabics:  # a page that shows no number counts on, from the first that shows one
        most, offset = max(arabics)
        first = next(i for i, here in enumerate(read) if (True, offset) in here)
        romans = [i for i, here in enumerate(read) if any(not arabic for arabic, _ in here)]
        for i in range(max(romans, default=-1) + 1, len(pages)):
            if (
                not any(votes[vote] > 1 for vote in read[i])
                and (i + offset > 0)
                and (i > first or most * 2 > len(pages))
            ):
                given[i] = str(i + offset)
    return tuple(given)


def _roman(value: int) -> str:
    out = ""
    for letters, worth in (
        ("c", 100),
        ("xc", 90),
        ("l", 50),
        ("xl", 40),
        ("x", 10),
        ("ix", 9),
        ("v", 5),
        ("iv", 4),
        ("i", 1),
    ):
        while value >= worth:
            out, value = out + letters, value - worth
    return out
