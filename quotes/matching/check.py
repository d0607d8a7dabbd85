"""One quotation against one source: `check(index, words, page="6–7")`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import partial

from quotes.matching.align import ENOUGH, Alignment, Block, alignments
from quotes.matching.edges import judge_edges
from quotes.matching.explain import Verdict, explain, holes
from quotes.matching.folding import LOST, NO_SPACES, WORD, key_of, words_of
from quotes.matching.gaps import CHANGED, Walk, walk
from quotes.matching.hole import Hole
from quotes.matching.index import GRAM, SHORT_GRAM, Index
from quotes.matching.ligatures import differing_words, filled, restore, whole_words
from quotes.matching.one_difference import one_difference
from quotes.matching.quotation import ACUTE, Quotation, count_words, of_text, read
from quotes.matching.report import report, stated_pages
from quotes.matching.result import (
    ALTERED,
    CAPITAL_FITTED,
    EDITED,
    EMPTY,
    LETTER_CASE,
    LINE_END_HYPHEN,
    NO_TEXT,
    NOT_FOUND,
    TOO_SHORT,
    UNCHECKED,
    VERBATIM,
    Result,
)
from quotes.matching.seeds import Seeds
from quotes.matching.words import COMMON, ONE_WORD

LINE_END_COPIED = re.compile(r"(?<=[^\W\d_])- (?=[^\W\d_])")
RANK = {verdict: rank for rank, verdict in enumerate((VERBATIM, EDITED, ALTERED, UNCHECKED, NOT_FOUND))}
FEWEST_WORDS = 3
MOST_PLACES = 12  # exact finds that are compared in full
MOST_ALIGNED = 3  # near finds that are explained in full
RARE_TRIES = 12  # seeds of which the rarest is looked up
FEW_ENOUGH = 4  # places of a seed for which no rarer one is sought
RECOGNISABLE = 0.5  # share of the letters that must agree for "altered" rather than "not found"


def check(index: Index, quotation: str, *, page: str = "") -> Result:
    """The verdict on `quotation` (its words, with or without quotation marks around them).

    `page` is where it is said to stand, as printed ("6", "pp. 6–7", "ii") or by file page; it decides between
    several places and is noted if it is wrong, but never makes a quotation fail. Never raises.
    """
    found = _checked(index, read(quotation), page)
    if found.verdict in (VERBATIM, EDITED) or not ACUTE.search(quotation):
        return found
    # "l´eau" and "´Ciri´c" are both met with: the reading counts that is nearest to the source.
    others = [_checked(index, read(quotation, acute), page) for acute in ("'", "\u00b4")]
    return min(
        (found, *others), key=lambda one: (RANK[one.verdict], one.verdict == ALTERED and len(one.differences))
    )


def _checked(index: Index, read_: Quotation, page: str) -> Result:
    if not read_.key:
        return Result(UNCHECKED, reason=EMPTY, stated=page)
    if not index.key:
        return Result(UNCHECKED, reason=NO_TEXT, stated=page)
    if LOST in read_.text and not index.lost_ligatures and read_.key not in index.key:
        read_ = of_text(filled(read_.text, index.text), read_.marked)
    if index.lost_ligatures:
        read_ = read_.for_lossy()
        if not read_.key:
            return Result(UNCHECKED, reason=TOO_SHORT, stated=page)
    stated = stated_pages(index, page) if page else ()
    near = _key_of_page(index, stated[0]) if stated else -1
    short = _is_short(read_)
    seeds = Seeds(index)
    exact = _exact(index, seeds, read_, stated, near)
    # Where all the letters agree, only brackets or an ellipsis can be read in another way.
    if exact and (exact[0] < 2 or not read_.marked):
        best: Judged | None = exact
    else:
        best = _best([exact, *_near(index, seeds, read_, near)], index, stated)
    if best is None:
        return Result(UNCHECKED, reason=TOO_SHORT, stated=page) if short else Result(NOT_FOUND, stated=page)
    rank, alignment, verdict = best
    result = report(index, read_, alignment, verdict, (VERBATIM, EDITED, ALTERED)[rank], page, stated)
    if short or rank < 2 and _is_common(index, read_, alignment):
        in_place = bool(stated) and any(number - 1 in stated for number in result.pages)
        if not in_place or rank == 2:
            return Result(UNCHECKED, reason=TOO_SHORT, stated=page)
    return result


Judged = tuple[int, Alignment, Verdict]  # 0 verbatim, 1 edited, 2 altered


def _key_of_page(index: Index, page: int) -> int:
    """The letter of the key with which a page begins."""
    from_raw, starts, raws = index.page_raws[page], index.starts, index.raws
    # The running text comes in the order of the file; the stretch before may go on into this page.
    i = bisect_left(raws, from_raw, 0, bisect_left(starts, index.body))
    offset = starts[i] if i < len(starts) else index.body
    if i:
        offset = min(offset, starts[i - 1] + from_raw - raws[i - 1])
    return bisect_left(index.at, min(offset, index.body))


def _is_short(quotation: Quotation) -> bool:
    return len(quotation.key) < 40 and count_words(quotation.text) < FEWEST_WORDS


def _is_common(index: Index, quotation: Quotation, alignment: Alignment) -> bool:
    """Whether the words are too common to say where they are from."""
    if len(quotation.key) > 40:
        return False
    words = words_of(quotation.text)
    return len(words) < 7 and all(word.lower() in COMMON for word in words)


def _exact(
    index: Index, seeds: Seeds, quotation: Quotation, stated: tuple[int, ...], near: int
) -> Judged | None:
    """The best of the places where exactly these letters stand."""
    key = quotation.key
    size = SHORT_GRAM if NO_SPACES.match(key) else GRAM
    if len(key) >= 2 * size and seeds.often(key[:size]) > MOST_PLACES:
        # A common beginning: the rarest of some seeds further on tells the places sooner.
        cuts = [cut for cut in quotation.cuts() if cut + size <= len(key)][:RARE_TRIES]
        # A cut that the source has nowhere may be one of the quotation's own: a hyphen copied along.
        at, fewest = 0, 1 << 30
        for cut in cuts:
            times = seeds.often(key[cut : cut + size])
            if 0 < times < fewest:
                at, fewest = cut, times
                if times <= FEW_ENOUGH:
                    break
        places = [
            p - at for p in seeds.places(key[at:], size) if p >= at and index.key.startswith(key, p - at)
        ]
    elif len(key) >= size:
        places = [p for p in seeds.places(key, size) if index.key.startswith(key, p)]
    else:
        places, p = [], index.key.find(key)
        while p >= 0 and len(places) < 200:
            places.append(p)
            p = index.key.find(key, p + 1)
    if stated and len(places) >= MOST_PLACES:  # a common phrase: it may stand there and be none of those
        end = stated[-1] + 1
        high = _key_of_page(index, end) if end < len(index.page_raws) else len(index.key)
        there = index.key.find(key, max(0, near - len(key)), high)
        if there >= 0 and there not in places:
            places.insert(0, there)
    if not places:
        return None
    if len(places) > 1:
        if near >= 0:
            places.sort(key=lambda p: (index.page(index.at[p]) not in stated, abs(p - near)))
        del places[MOST_PLACES:]
    found = []
    for p in places:
        judged = judge(index, quotation, Alignment([Block(0, p, len(key))]), None, False)
        if judged[0] == 0:
            return judged
        found.append(judged)
    return _best(found, index, stated)


def _near(index: Index, seeds: Seeds, quotation: Quotation, near: int) -> list[Judged]:
    """Alignments that are not exact: brackets as the editor's (or the source's, one by one), else as the source's.

    That all of them are the source's own has been tried before: then the letters agree.
    """
    out: list[Judged] = []
    at = quotation.offsets()
    if (
        not quotation.marked
        and not quotation.lossy
        and (simple := one_difference(index, seeds, quotation.key, at, quotation.cuts(), near))
    ):
        return [judge(index, quotation, simple, at, False)]
    for brackets in (True, False) if "[" in quotation.text else (False,):
        parts = quotation.parts(brackets)
        judged_letters = sum(part.last - part.first for part in parts if part.kind == "text")
        for alignment in alignments(index, seeds, quotation, parts, near, MOST_ALIGNED):
            if alignment.matched() < RECOGNISABLE * judged_letters and not alignment.faults:
                continue
            judged = judge(index, quotation, alignment, at, brackets)
            out.append(judged)
            if judged[0] == 0:
                return out
        if any(judged[0] < 2 or judged[1].matched() >= judged_letters - ENOUGH for judged in out):
            break
    return out


def _best(found: Sequence[Judged | None], index: Index, stated: tuple[int, ...]) -> Judged | None:
    def order(judged: Judged) -> tuple[int, int, int]:
        rank, alignment, verdict = judged
        page = index.page(index.at[alignment.blocks[0].s])
        away = min((abs(page - number) for number in stated), default=0)
        wrong = len(verdict.edits)
        if rank == 2:  # how much differs, in characters
            holes_ = verdict.changed
            wrong = sum(hole.q_end - hole.q_start + hole.s_end - hole.s_start for hole in holes_)
            wrong += 5 * len(holes_) + 40 * len(verdict.faults)
        return rank, wrong, away

    judged_ = [judged for judged in found if judged]
    return judged_[0] if len(judged_) == 1 else min(judged_, key=order, default=None)


def judge(
    index: Index, quotation: Quotation, alignment: Alignment, at: list[int] | None, brackets: bool
) -> Judged:
    """Compare what lies between the letters of each block, between the blocks, and at both ends."""
    out = Verdict(faults=list(alignment.faults))
    text, source = quotation.text, index.text
    if at is None and len(alignment.blocks) == 1:
        at_first = WORD.search(text)
        assert at_first  # the key is not empty
        first, last = at_first.start(), _last_word_end(text)
        if quotation.lossy:
            at = quotation.offsets()
            first, last = at[0], at[-1] + 1
    else:
        at = at or quotation.offsets()
        first, last = at[alignment.blocks[0].q], at[alignment.blocks[-1].q_end - 1] + 1
    for number, block in enumerate(alignment.blocks):
        s1, s2 = index.at[block.s], index.at[block.s_end - 1] + 1
        q1, q2 = (first, last) if at is None else (at[block.q], at[block.q_end - 1] + 1)
        if quotation.lossy:
            s1, s2 = whole_words(source, s1, s2)
            q1, q2 = whole_words(text, q1, q2)
            quoted = text[q1:q2]
            restored = restore(source[s1:s2], quoted)
            if restored is None and "- " in quoted:
                restored = restore(source[s1:s2], plain := LINE_END_COPIED.sub("", quoted))
                if restored is not None:
                    out.warnings.add(LINE_END_HYPHEN)
                    quoted = plain
            if restored is None:
                out.changed.extend(differing_words(source, text, (s1, s2), (q1, q2)))
                continue
            walked = walk(restored, quoted, partial(_spaced, index))
            for gap in walked.gaps:  # their places in the source are near enough for the words around them
                moved = len(restored) - (s2 - s1)
                gap.source = (max(0, gap.source[0] - moved), max(0, gap.source[1] - moved))
        else:
            walked = walk(source[s1:s2], text[q1:q2], partial(_spaced, index))
        _take(walked, s1, q1, out)
        if number and CAPITAL_FITTED in walked.edits and not _after_mark(text, q1):
            out.edits.add(LETTER_CASE)
            out.edits.discard(CAPITAL_FITTED)
    if len(alignment.blocks) > 1:
        assert at is not None
        for hole in holes(index, quotation, at, alignment):
            explain(index, quotation, hole, brackets, out)
    judge_edges(index, quotation, alignment, (first, last), brackets, out)
    rank = 2 if out.changed or out.faults else 1 if out.edits else 0
    return rank, alignment, out


def _last_word_end(text: str) -> int:
    end = len(text)
    while not text[end - 1].isalnum():
        end -= 1
    return end


def _after_mark(text: str, start: int) -> bool:
    """Whether a piece begins behind an ellipsis or a bracket, where a capital may be fitted."""
    return text[:start].rstrip()[-1:] in (".", "]", ")")


def _take(walked: Walk, s: int, q: int, out: Verdict) -> None:
    out.edits |= walked.edits
    out.warnings |= walked.warnings
    for gap in walked.gaps:
        hole = Hole(q + gap.quoted[0], q + gap.quoted[1], s + gap.source[0], s + gap.source[1])
        (out.changed if gap.kind == CHANGED else out.shown).append(hole)


def _spaced(index: Index, left: str, right: str, word: str) -> bool:
    """Whether the file itself shows that its text layer parts a word, or joins two, by mistake."""
    if not word:
        # "exceedsthe": the halves are words of this file, the whole is no word of it but here.
        whole = left + right
        if index.lost_spaces or len(whole) < 7 or whole.lower() in ONE_WORD:
            return index.lost_spaces
        return _times(index, whole) < 2 and min(_times(index, left), _times(index, right)) > 2
    # "compu tation", where the file has "computation" elsewhere, and more often than one of the halves.
    times = _times(index, word)
    return times > 0 and min(_times(index, left), _times(index, right)) < max(2, times)


def _times(index: Index, word: str) -> int:
    """How often a word stands in the source, or in the first 400,000 characters of it."""
    key = key_of(word)
    if not index.lost_ligatures and len(key) == len(word) > 0 and LOST not in word:
        text, at = index.text, index.at
        times, n = 0, len(key)
        p = index.key.find(key)
        while p >= 0:
            start, end = at[p], at[p + n - 1] + 1
            if end > 400_000:
                break
            whole = end - start == n and not text[start - 1 : start].isalnum()
            if whole and not text[end : end + 1].isalnum():
                times += 1
                p = index.key.find(key, p + n)
            else:
                p = index.key.find(key, p + 1)
        return times
    found = re.findall(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", index.text[:400_000], re.IGNORECASE)
    return len(found)
