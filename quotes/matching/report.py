"""A judged alignment as the plain result that is shown and kept."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial

from quotes.matching.align import Alignment
from quotes.matching.explain import Verdict, shown
from quotes.matching.floats import CAPTION
from quotes.matching.folding import NO_SPACES, canonical
from quotes.matching.hole import Hole
from quotes.matching.index import Index
from quotes.matching.layout import PLAIN_NOTE
from quotes.matching.quotation import ELLIPSIS, TEX, Quotation
from quotes.matching.result import NO_PAGE, OTHER_PAGE, Difference, Place, Result

NOT_A_PAGE = re.compile(
    r"§|\b(?:sec|section|fig|figure|tab|table|ch|chap|chapter|eq|abb|kap|app|line|para)\b", re.IGNORECASE
)
NUMBER = re.compile(
    r"\b([A-Za-z]?-?\d+|[ivxlcIVXLC]+)\b(?:\s*[-–—]\s*([A-Za-z]?-?\d+|[ivxlcIVXLC]+)\b|\s*(ff?)\b)?"
)
PAGE_NAMED = re.compile(r"\s*(?:pp?\.|pages?\b|S\.|Seiten?\b)", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?]['\"’”)\]]*\s+(?=[^\Wa-z_])|[。！？][」』”]?|\n\s*\n|\x1e\n?")
SENTENCE_MARKS = (". ", ".\n", "? ", "! ", "。", "\x1e")
SENTENCE_REACH = 500
FINAL = re.compile(r"[.,;:!?。，；：！？)\]”’»]+")


def stated_numbers(page: str) -> list[str]:
    """The page labels that "pp. 6–7" or "S. ii" names."""
    if NOT_A_PAGE.search(page):
        return []
    numbers: list[str] = []
    for found in NUMBER.finditer(page):
        first, last, following = found.groups()
        numbers.append(first)
        if following and first.isdigit():
            numbers.append(str(int(first) + 1))
        elif last:
            if first.isdigit() and last.isdigit():
                full = last if len(last) >= len(first) else first[: len(first) - len(last)] + last
                numbers.extend(str(n) for n in range(int(first) + 1, min(int(full), int(first) + 50) + 1))
            else:
                numbers.append(last)
    return numbers


def page_warnings(page: str, right: bool) -> list[str]:
    """What is to be said of the stated page; `right`: it is one of those on which the words stand."""
    if stated_numbers(page):
        return [] if right else [OTHER_PAGE]
    return [NO_PAGE] if PAGE_NAMED.match(page) and not NOT_A_PAGE.search(page) else []


def stated_pages(index: Index, page: str) -> tuple[int, ...]:
    """The pages (from 0) that a statement names: by printed label, else by their place in the file."""
    pages: list[int] = []
    for number in stated_numbers(page):
        if number in index.labels:
            pages.extend(i for i, label in enumerate(index.labels) if label == number)
        elif number.lower() in index.labels:
            pages.append(index.labels.index(number.lower()))
        elif number.isdigit() and 0 < int(number) <= len(index.labels):
            pages.append(int(number) - 1)
    return tuple(dict.fromkeys(pages))


def report(
    index: Index,
    quotation: Quotation,
    alignment: Alignment,
    verdict: Verdict,
    name: str,
    page: str,
    stated: Sequence[int],
) -> Result:
    """The result named `name`; what describes it is worked out when it is read."""
    pages = _pages(index, alignment)
    warnings = sorted(verdict.warnings)
    if page:
        warnings += page_warnings(page, bool(set(stated) & set(pages)))
    return Result.told_later(
        partial(_description, index, quotation, alignment, verdict),
        verdict=name,
        edits=tuple(sorted(verdict.edits)),
        faults=tuple(dict.fromkeys(verdict.faults)),
        warnings=tuple(warnings),
        pages=tuple([number + 1 for number in pages]),
        labels=tuple([index.labels[number] for number in pages]),
        omitted=tuple(verdict.omitted),
        stated=page,
    )


def _pages(index: Index, alignment: Alignment) -> list[int]:
    """The pages (from 0) on which the words stand, in order."""
    blocks = alignment.blocks
    first, last = index.at[blocks[0].s], index.at[blocks[-1].s_end - 1]
    if last < index.body and (page := index.page(first)) == index.page(last):
        return [page]  # the running text comes in the order of the file
    return sorted({place.page for place in _places(index, alignment)})


def _places(index: Index, alignment: Alignment) -> list[Place]:
    places: list[Place] = []
    for block in alignment.blocks:
        for place in index.places(index.at[block.s], index.at[block.s_end - 1] + 1):
            if places and places[-1].page == place.page and 0 <= place.start - places[-1].end <= 3:
                place = Place(place.page, places.pop().start, place.end)
            places.append(place)
    return places


def _description(
    index: Index, quotation: Quotation, alignment: Alignment, verdict: Verdict
) -> dict[str, object]:
    """What `Result` tells later, by the names of its fields."""
    blocks = alignment.blocks
    start, end = index.at[blocks[0].s], index.at[blocks[-1].s_end - 1] + 1
    for hole in verdict.changed:
        start, end = min(start, hole.s_start), max(end, hole.s_end)
    return {
        "places": tuple(_places(index, alignment)),
        "between": _between(index, quotation, alignment),
        "differences": _differences(index, quotation, verdict),
        "matched": _matched(index, quotation, alignment, start, _with_stop(index, quotation, end)),
        "passage": _passage(index, start, end),
    }


def _between(index: Index, quotation: Quotation, alignment: Alignment) -> tuple[str, ...]:
    """What stands aside in the midst of the words, by its captions: "table", "figure"; else "footnote".

    What an ellipsis leaves out is no part of the words.
    """
    blocks = alignment.blocks
    spans = [(block.s, block.s_end) for block in blocks]
    if not quotation.marked:
        spans = [(blocks[0].s, blocks[-1].s_end)]
    found: list[str] = []
    notes = False
    for first, end in spans:
        start, stop = index.at[first], index.at[end - 1] + 1
        if stop <= index.body and not index.has_beside(index.raw(start), index.raw(stop - 1)):
            continue  # as nearly always
        i = bisect_right(index.starts, start)
        while i < len(index.starts) and index.starts[i] < stop:
            left = index.raws[i - 1] + index.starts[i] - index.starts[i - 1]
            if index.raws[i] > left:
                for line in index.beside(left, index.raws[i]).splitlines():
                    if caption := CAPTION.match(line):
                        found.append(_float(caption[0]))
                    notes = notes or bool(PLAIN_NOTE.match(line)) and len(line.split()) > 2
            i += 1
    # Without a caption the numbers at the beginning of lines are those of notes, not of a table's rows.
    return tuple(found) if found else ("footnote",) if notes else ()


def _float(caption: str) -> str:
    """What a caption is of: "Tab. 3" of a table."""
    words = caption.split()
    kind = next(
        (word for word in words if not word.lower().startswith(("supplementary", "extended", "data"))), ""
    )
    kind = kind.lower()
    if kind.startswith(("tab", "表", "табл")):
        return "table"
    return next((name for name in ("algorithm", "listing") if kind.startswith(name)), "figure")


def _with_stop(index: Index, quotation: Quotation, end: int) -> int:
    """The end of the words, with the stop that both sides have behind them."""
    found = FINAL.match(index.text, end)
    return found.end() if found and quotation.text.rstrip("\"'*_`")[-1:] in found[0] else end


def _matched(index: Index, quotation: Quotation, alignment: Alignment, start: int, end: int) -> str:
    """The source's words for the quotation; an ellipsis stays where the quotation has one."""
    if not quotation.marked or len(alignment.blocks) == 1:
        return shown(index.text[start:end])
    at = quotation.offsets()
    parts = []
    for a, b in zip(alignment.blocks, alignment.blocks[1:], strict=False):
        between = quotation.text[at[a.q_end - 1] + 1 : at[b.q]]
        if ELLIPSIS.search(between):
            stop = index.at[a.s_end - 1] + 1
            if stop > start:
                parts.append(shown(index.text[start:stop]))
            start = index.at[b.s]
    parts.append(shown(index.text[start:end]))
    return " … ".join(part for part in parts if part)


def _passage(index: Index, start: int, end: int) -> str:
    """The sentences in which the words stand."""
    text = index.text
    low, high = max(0, start - SENTENCE_REACH), min(len(text), end + SENTENCE_REACH)
    begin = low
    at = start
    while at > low:
        at = max([text.rfind(mark, low, at) for mark in SENTENCE_MARKS])
        if at < 0:
            break
        found = SENTENCE_END.match(text, at, start + 1)
        if found and found.end() <= start:
            begin = found.end()
            break
    if begin == low and low:  # no sentence begins near: begin with a word
        begin = text.find(" ", begin, start) + 1 or start
    found = SENTENCE_END.search(text, max(start, end - 1), high)
    stop = found.end() if found else high
    if not found and stop < len(text):
        stop = max(end, text.rfind(" ", end, stop))
    return shown(text[begin:stop])


def _differences(index: Index, quotation: Quotation, verdict: Verdict) -> tuple[Difference, ...]:
    holes = sorted([*verdict.changed, *verdict.shown], key=lambda hole: (hole.q_start, hole.q_end))
    found: list[Difference] = []
    for hole in holes:
        difference = _difference(index.text, quotation.text, hole)
        if difference.source != difference.quoted and (not found or found[-1] != difference):
            found.append(difference)
    return tuple(found)


def _difference(source: str, quoted: str, hole: Hole) -> Difference:
    """The words of a hole: without marks that both sides share, out to the edges of words."""
    s1, s2, q1, q2 = hole.s_start, hole.s_end, hole.q_start, hole.q_end
    while s1 < s2 and q1 < q2 and not source[s1].isalnum() and _alike(source[s1], quoted[q1]):
        s1, q1 = s1 + 1, q1 + 1
    while s1 < s2 and q1 < q2 and not source[s2 - 1].isalnum() and _alike(source[s2 - 1], quoted[q2 - 1]):
        s2, q2 = s2 - 1, q2 - 1
    if _inside(source, s1, s2, s1) or _inside(quoted, q1, q2, q1):
        s1, q1 = _left(source, s1), _left(quoted, q1)
    if _inside(source, s1, s2, s2) or _inside(quoted, q1, q2, q2):
        s2, q2 = _right(source, s2), _right(quoted, q2)
    before = source[max(0, s1 - 60) : s1].split()
    after = source[s2 : s2 + 60].split()
    dense = bool(NO_SPACES.search(source[max(0, s1 - 1) : s2 + 1]))
    return Difference(
        shown(source[s1:s2]),
        " ".join(quoted[q1:q2].replace(TEX, "").split()),
        shown(before[-1][-4:] if dense else before[-1]) if before else "",
        shown(after[0][:4] if dense else after[0]) if after else "",
    )


def _alike(a: str, b: str) -> bool:
    return a == b or (a.isspace() and b.isspace()) or canonical(a) == canonical(b) != ""


def _inside(text: str, start: int, end: int, edge: int) -> bool:
    """Whether an edge of a difference cuts a word: letters or marks on both sides."""
    if not 0 < edge < len(text) or text[edge - 1].isspace() or text[edge].isspace():
        return False
    return not (NO_SPACES.match(text[edge - 1]) or NO_SPACES.match(text[edge]))


def _left(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace() and not NO_SPACES.match(text[at - 1]):
        at -= 1
    return at


def _right(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace() and not NO_SPACES.match(text[at]):
        at += 1
    return at
