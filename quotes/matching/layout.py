"""Which parts of a page stand aside from its running text: heads, page numbers, footnotes, floats, marks.

Where the lines come with their boxes, type size and position decide; else the text alone. A part that is
wrongly set aside is no loss: a quotation that runs through it is still recognised by the order of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from quotes.matching.floats import CAPTION, HEADING, TERMINAL, PageLine, mark_floats
from quotes.matching.pages import Aside, Line, Page

NUMBER_LINE = re.compile(
    r"\s*(?:[-–—|(\[·]\s*)?(?:page|seite|p\.|s\.|第)?\s*(?P<n>\d{1,4}|(?a:[ivxlc]{1,8}))\s*(?:页|頁|ページ)?"
    r"(?:\s*(?:of|von|sur|de|/|共)\s*\d{1,4}\s*(?:页|頁)?)?\s*(?:[-–—|)\]·]\s*)?",
    re.IGNORECASE,
)
STAMP = re.compile(r"arXiv:\d{4}\.\d{4,5}(?:v\d+)?\s*\[")
NOTE_START = re.compile(r"\s*(?:\d{1,3}|[*∗†‡§¶∥#])[.)]?\s*(?:\S|$)")
PLAIN_NOTE = re.compile(r"\s*(?:\d{1,3}|[*∗†‡§¶])\s?(?=[A-Z“\"'(]|https?:|www)")
MARK = re.compile(r"\s*(?:\d{1,3}|[a-e])(?:\s*[,–-]\s*\d{1,3})*,?\s*|[*∗†‡§¶∥\s]+")
UNITS = frozenset("m km cm mm nm dm ft in mi s ms min h kg ha px Å µm μm".split())
LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\u2028\u2029]|[\ufffe\x02][ \t]*(?:\r\n|\n)?")
DIGITS = re.compile(r"\d+")
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def asides_of(pages: Sequence[Page]) -> list[list[Aside]]:
    """For each page, in order, what stands aside; no two overlap."""
    sheets = [_lines(page) for page in pages]
    size = _body_size(sheets)
    _furniture(pages, sheets, size)
    _notes(sheets, size)
    for sheet in sheets:
        mark_floats(sheet, size)
    if size:
        _watermarks(sheets, size)
    return [_joined(page, sheet) for page, sheet in zip(pages, sheets, strict=True)]


def _lines(page: Page) -> list[PageLine]:
    if page.lines:
        return [PageLine(line, page.text[line.start : line.end]) for line in page.lines]
    found, start = [], 0
    for broken in LINE_BREAK.finditer(page.text):
        end = broken.end() if broken[0][0] in "\ufffe\x02" else broken.start()
        if end > start:
            found.append(PageLine(Line(start, end), page.text[start:end]))
        start = broken.end()
    if start < len(page.text):
        found.append(PageLine(Line(start, len(page.text)), page.text[start:]))
    return [line for line in found if line.text.strip()]


def _body_size(sheets: Sequence[list[PageLine]]) -> float:
    """The type size of most characters, 0 if sizes are not known."""
    sizes: Counter[float] = Counter()
    for sheet in sheets:
        for line in sheet:
            sizes[round(line.line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def _edges(sheet: list[PageLine], placed: bool) -> tuple[list[PageLine], list[PageLine]]:
    """The lines at the head (top first) and at the foot (bottom first) of a page."""
    lines = sorted(sheet, key=lambda line: -line.line.bottom) if placed else sheet
    many = 3 if len(lines) > 6 else max(1, len(lines) // 2) if len(lines) > 1 else 0
    return lines[:many], lines[::-1][:many]


def _furniture(pages: Sequence[Page], sheets: Sequence[list[PageLine]], size: float) -> None:
    """Mark what repeats at the edges of pages, and the numbers that count them."""
    placed = size > 0
    edges = [_edges(sheet, placed) for sheet in sheets]
    signs: Counter[tuple[int, str, int]] = Counter()
    offsets: Counter[tuple[bool, int]] = Counter()
    for i, (head, foot) in enumerate(edges):
        seen = set()
        for side, lines in enumerate((head, foot)):
            for line in lines:
                seen.add((side, _sign(line.text), _level(line)))
                if number := NUMBER_LINE.fullmatch(line.text):
                    offsets[number["n"].isdigit(), _value(number["n"]) - i] += 1
                elif (ends := _end_numbers(line.text)) and len(line.text) < 160:
                    offsets.update({(True, n - i) for n in ends})
        signs.update(seen)
    heights: Counter[tuple[int, int, int]] = Counter()
    few = len(pages) < 3
    for i, (head, foot) in enumerate(edges):
        for side, lines in enumerate((head, foot)):
            for rank, line in enumerate(lines):
                if line.kind or (
                    rank and not (lines[rank - 1].kind or _same_height(lines[rank - 1], line, placed))
                ):
                    break
                if CAPTION.match(line.text) or _heads_section(line, size):
                    break
                number = NUMBER_LINE.fullmatch(line.text)
                counted = number and (
                    offsets[number["n"].isdigit(), _value(number["n"]) - i] > 1
                    or (few and len(sheets[i]) > 3)
                )
                sign = _sign(line.text)
                times = sum(signs[side, sign, _level(line) + d] for d in (-1, 0, 1))
                repeated = times > 1 and len(sign) > 1 and (len(line.text) < 160)
                if repeated and times < 3 and not few and len(sign) > (90 if len(pages) < 20 else 45):
                    repeated = False
                runs = any(offsets[True, n - i] > 2 for n in _end_numbers(line.text)) and len(line.text) < 120
                if counted or repeated or (runs and placed and _apart(line, sheets[i], side, size)):
                    line.kind = "furniture"
                    heights[side, round(line.line.bottom / 2), round(line.line.size)] += 1
    for sheet, (head, foot) in zip(sheets, edges, strict=True):
        for side, lines in enumerate((head, foot)):
            for line in lines[:2]:
                level = round(line.line.bottom / 2)
                # In its type too: a chapter's heading may stand where a table's head is repeated.
                known = sum(heights[side, level + d, round(line.line.size)] for d in (-1, 0, 1))
                if _heads_section(line, size):
                    break
                if placed and not line.kind and known > 1 and _apart(line, sheet, side, size):
                    line.kind = "furniture"
        for line in sheet:
            if STAMP.match(line.text):
                line.kind = "furniture"


def _watermarks(sheets: Sequence[list[PageLine]], size: float) -> None:
    """Mark what is printed across pages: the same words in another size at one place of most of them."""
    seen: Counter[tuple[str, int, int]] = Counter()
    for sheet in sheets:
        seen.update({_stamped(line) for line in sheet if abs(line.line.size - size) > 1})
    least = max(3, len(sheets) // 2)
    if not any(times >= least for times in seen.values()):
        return
    for sheet in sheets:
        for line in sheet:
            if not line.kind and abs(line.line.size - size) > 1 and seen[_stamped(line)] >= least:
                line.kind = "furniture"


def _stamped(line: PageLine) -> tuple[str, int, int]:
    return line.text.strip(), round(line.line.left), round(line.line.bottom)


def _level(line: PageLine) -> int:
    return round(line.line.bottom / 3)


def _sign(text: str) -> str:
    """What a running head has in common from page to page."""
    plain = DIGITS.sub("#", " ".join(text.split()))
    return "#" if re.fullmatch(r"[-–— |#]*|[ivxlc]+", plain) else plain.strip("# |·–-")


def _heads_section(line: PageLine, size: float) -> bool:
    """Whether a line at the top of a page is a numbered heading: larger than the text, as no running head is."""
    return 0 < size < line.line.size - 0.8 and bool(HEADING.match(line.text))


def _end_numbers(text: str) -> set[int]:
    """The page numbers that a running head may begin or end with."""
    found = re.match(r"\s*(\d{1,4})\s", text), re.search(r"\s(\d{1,4})\s*$", text)
    return {int(number[1]) for number in found if number}


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    values = [ROMAN[letter] for letter in number.lower()]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def _same_height(a: PageLine, b: PageLine, placed: bool) -> bool:
    return placed and abs(a.line.bottom - b.line.bottom) < 4


def _apart(line: PageLine, sheet: list[PageLine], side: int, size: float) -> bool:
    """Whether more room than between two lines lies between an edge line and the text."""
    y = line.line.bottom
    others = [o.line.bottom for o in sheet if not o.kind and abs(o.line.bottom - y) > 4]
    nearest = [abs(y - o) for o in others if (o < y if side == 0 else o > y)]
    beyond = [o for o in others if (o > y if side == 0 else o < y)]
    return bool(nearest) and not beyond and min(nearest) > max(size * 1.55, 1.25 * _step(sheet))


def _step(sheet: list[PageLine]) -> float:
    """How far apart the lines of a page's text usually are."""
    steps = sorted(
        a.line.bottom - b.line.bottom
        for a, b in zip(sheet, sheet[1:], strict=False)
        if 4 < a.line.bottom - b.line.bottom < 60 and a.line.size == b.line.size
    )
    return steps[len(steps) // 2] if len(steps) > 5 else 0


def _notes(sheets: Sequence[list[PageLine]], size: float) -> None:
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
                if end > start and lines[end].line.bottom > lines[end - 1].line.bottom + 2 * size:
                    break  # another column
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


def _notes_by_text(lines: list[PageLine], following: list[PageLine]) -> None:
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


def _joined(page: Page, sheet: list[PageLine]) -> list[Aside]:
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
