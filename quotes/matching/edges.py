"""Where a quotation begins and ends: whole words, whole numbers, and what may be fitted there."""

from __future__ import annotations

import re
from os.path import commonprefix

from quotes.matching.align import Alignment
from quotes.matching.explain import Verdict, copied_along
from quotes.matching.folding import JOINED, KEPT, NO_SPACES, WORD, canonical, key_of, words_of
from quotes.matching.gaps import sign_of, unit_of
from quotes.matching.hole import Hole
from quotes.matching.index import Index
from quotes.matching.quotation import BRACKET, ELLIPSIS, TEX, Quotation, may_hold_ellipsis
from quotes.matching.result import (
    BRACKETS,
    CITATION_DROPPED,
    ELLIPSIS as ELLIPSIS_EDIT,
    FINAL_STOP,
    PUNCTUATION,
)
from quotes.matching.words import TURNED, TURNING, without_citations

# Marks around a quotation that say nothing: quotation marks, emphasis, the bullet of a list.
SURROUND = str.maketrans("", "", "\"'*_~`|•▪◦●■‣†‡\x1e\ufffd" + TEX)
CLOSING = re.compile(r"[)\]}|⟩\s]*")
APOSTROPHES = frozenset("'’‘ʼ′")
STOPS = frozenset({".", "。", "．", "｡"})


def judge_edges(
    index: Index,
    quotation: Quotation,
    alignment: Alignment,
    span: tuple[int, int],
    brackets: bool,
    out: Verdict,
) -> None:
    """Judge what stands before the first and after the last letter that agrees."""
    first, last = alignment.blocks[0], alignment.blocks[-1]
    start, end = index.at[first.s], index.at[last.s_end - 1] + 1
    _head(index, quotation.text, span[0], start, brackets, out)
    _tail(index, quotation.text, span[1], end, brackets, out)


def _marked(outside: str, brackets: bool, out: Verdict) -> str:
    """What is left of the quotation's edge without its ellipsis and its editor's brackets."""
    if may_hold_ellipsis(outside):
        plain = ELLIPSIS.sub("", outside)
        if plain != outside:
            out.edits.add(ELLIPSIS_EDIT)
            outside = plain
    if brackets and "[" in outside:
        plain = BRACKET.sub("", outside)
        if plain != outside:
            out.edits.add(BRACKETS)
            outside = plain
    return outside


def _head(index: Index, text: str, q: int, s: int, brackets: bool, out: Verdict) -> None:
    outside = text[:q]
    source = index.text
    gap_start = s
    while gap_start > 0 and s - gap_start < 60 and not source[gap_start - 1].isalnum():
        gap_start -= 1
    gap = source[gap_start:s]
    if outside:
        plain = _marked(outside, brackets, out)
        if key_of(plain):
            hole = Hole(0, q, s, s)
            if not copied_along(index, hole, plain, out):
                words = len(words_of(plain))
                out.changed.append(Hole(0, q, _back(source, s, words), s))
            return
        marks = _only_marks(plain)
        if marks == "[" and "]" in text[q : q + 40]:
            out.edits.add(BRACKETS)  # [t]he
        elif marks and not _only_marks(gap).endswith(marks) and not source[s].isdigit():
            out.edits.add(PUNCTUATION)
            out.shown.append(Hole(0, q, s - len(gap.lstrip()), s))
    else:
        plain = ""
    if text[q : q + 1].isdigit():
        if sign_of(gap if gap else "") != sign_of(plain) or (
            gap_start and source[gap_start - 1].isdigit() and gap in (".", ",", "/", ":")
        ):
            out.changed.append(Hole(0, q, s - len(gap.lstrip()) if gap.strip() else s, s))
        return
    if not gap and s > 0:
        if not (NO_SPACES.match(source[s]) or NO_SPACES.match(source[s - 1])):
            out.changed.append(Hole(0, q, s, s))
    elif gap == JOINED:
        out.changed.append(Hole(0, q, s, s))
    elif gap.replace(KEPT, "-").strip("\n") in ("-", "\u2010", "\u2011"):
        word = re.search(r"[^\W_]*$", source[max(0, gap_start - 20) : gap_start])
        if word and TURNING.fullmatch(word[0]):
            out.changed.append(Hole(0, q, s, s))


def _tail(index: Index, text: str, q: int, s: int, brackets: bool, out: Verdict) -> None:
    outside = text[q:]
    source = index.text
    gap_end = s
    most = min(len(source), s + 60)
    while gap_end < most and not source[gap_end].isalnum():
        gap_end += 1
    gap = source[s:gap_end]
    plain = _marked(outside, brackets, out) if outside else ""
    if key_of(plain):
        if not copied_along(index, Hole(q, len(text), s, min(gap_end, len(source) - 1)), plain, out):
            words = len(words_of(plain))
            out.changed.append(Hole(q, len(text), s, _ahead(source, s, words)))
        return
    marks = _only_marks(plain)
    if marks and marks not in ("-",):
        closing = CLOSING.match(gap) if TEX in plain else None  # a formula's own brackets are not compared
        _judge_marks(index, marks, gap[closing.end() :] if closing else gap, q, len(text), s, out)
    before = source[s - 1]
    if before.isdigit():
        cut = gap in (".", ",", "/", ":") and source[gap_end : gap_end + 1].isdigit()
        if cut or unit_of(canonical(gap) if gap.strip() else "") != unit_of(
            canonical(plain) if plain.strip() else ""
        ):
            out.changed.append(Hole(q, len(text), s, gap_end if cut else s + len(gap.rstrip())))
        elif not gap and source[s : s + 1].isalnum():
            out.changed.append(Hole(q, len(text), s, s))
        return
    if s >= len(source):
        return
    if not gap:
        if not (NO_SPACES.match(source[s]) or NO_SPACES.match(before)):
            out.changed.append(Hole(q, len(text), s, s))
    elif gap == JOINED or (gap in APOSTROPHES and source[gap_end : gap_end + 1].isalpha()):
        out.changed.append(Hole(q, len(text), s, s))
    elif gap.replace(KEPT, "-").strip("\n") in ("-", "\u2010", "\u2011"):
        word = re.match(r"[^\W_]*", source[gap_end : gap_end + 20])
        if word and TURNED.fullmatch(word[0]):
            out.changed.append(Hole(q, len(text), s, s))


def _judge_marks(index: Index, marks: str, gap: str, q: int, q_end: int, s: int, out: Verdict) -> None:
    """The quotation's last marks against the source's."""
    theirs = _only_marks(gap)
    if theirs.startswith(marks):
        return
    ahead = index.text[s : s + 240]
    plain = without_citations(ahead)
    if plain != ahead and not plain[:1].isalnum() and _only_marks(_leading(plain)).startswith(marks):
        out.edits.add(CITATION_DROPPED)
        return
    same = len(commonprefix([marks, theirs]))
    if set(marks[same:]) & set("%‰°$€£+=<>±×"):
        out.changed.append(Hole(q, q_end, s, s))
        return
    out.edits.add(FINAL_STOP if marks in STOPS else PUNCTUATION)
    out.shown.append(Hole(q, q_end, s, s + len(gap.rstrip())))


def _leading(text: str) -> str:
    found = WORD.search(text)
    return text[: found.start()] if found else text


def _only_marks(text: str) -> str:
    return canonical(text).replace(" ", "").translate(SURROUND)


def _back(source: str, s: int, words: int) -> int:
    """Where the words before `s` begin."""
    found = list(WORD.finditer(source, max(0, s - 20 * words - 20), s))
    return found[-words].start() if len(found) >= words else s


def _ahead(source: str, s: int, words: int) -> int:
    end = s
    for number, found in enumerate(WORD.finditer(source, s, s + 20 * words + 20)):
        if number == words:
            break
        end = found.end()
    return end
