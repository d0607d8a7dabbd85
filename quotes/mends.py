"""One-click mends of a quotation that differs from its source. Text in, text out; no Django, no database.

A mend is offered only if the engine accepts what it gives: it is checked against the passage in which the
quotation was found, before anybody can click it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from quotes.matching import Index, Page, build, check
from quotes.matching.folding import NO_SPACES, SPECIAL, fold, fold_one, key_of
from quotes.matching.quotation import ELLIPSIS
from quotes.matching.result import (
    ALTERED,
    EDITED,
    LINE_END_HYPHEN,
    NO_PAGE,
    OMITS_NEGATION,
    OTHER_PAGE,
    VERBATIM,
)
from quotes.matching.words import numbers

SOURCE, BRACKETS, HYPHENS, PAGE = "source", "brackets", "hyphens", "page"

# A word that was parted where a line ended, and copied with the hyphen and the gap.
PARTED = re.compile(r"([^\W_]+)(?:-\s+(?:>\s*)?|-?[\u00ad\ufffe\x02]\s*)([^\W\d_]+)")
MARKS = "*_~`"  # emphasis around a word stays where the word is replaced
STEM = 3  # letters that two forms of a word share, so that only the ending is put in brackets
MOST_OUT, MOST_IN = 8, 25  # words that one difference may take out of a quotation, and bring in
AROUND = 4  # words shown on either side of a difference


class Differs(Protocol):
    """A difference as the engine, a stored check and the tree have it."""

    @property
    def source(self) -> str: ...
    @property
    def quoted(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


class Found(Protocol):
    """What a check found, whoever keeps it."""

    @property
    def verdict(self) -> str: ...
    @property
    def warnings(self) -> Sequence[str]: ...
    @property
    def pages(self) -> Sequence[int]: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def differences(self) -> Sequence[Differs]: ...
    @property
    def matched(self) -> str: ...
    @property
    def passage(self) -> str: ...


@dataclass(frozen=True)
class Mend:
    """`words` and `page` are what the quotation has afterwards; `label` is for the button."""

    kind: str
    label: str
    words: str
    page: str

    @property
    def done(self) -> str:
        """What was done, for the history."""
        said = {
            SOURCE: "the source’s words used",
            BRACKETS: "marked as edited",
            HYPHENS: "line-end hyphen closed up",
        }
        return said.get(self.kind, f"page set to {self.page}")

    @property
    def gives(self) -> str:
        """A short name of the outcome: the button carries it, so that nobody gets another mend than was shown."""
        return hashlib.sha256(f"{self.words}\0{self.page}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Shown:
    """One difference with some words of the quotation around it, and the gaps between, for display."""

    left: str
    quoted: str
    source: str
    right: str


def offered(
    words: str, page: str, found: Found, *, cited: bool = False, paged: bool = True
) -> tuple[Mend, ...]:
    """The mends for `words`, said to stand on `page`, the likely one first; () if nothing can be mended.

    `cited`: the page is the locator of a citation ("pp. 6–7") rather than a field ("6–7"). `paged` is False
    for a text that has no pages, such as a post.
    """
    mends: list[Mend] = []
    if not found.passage:
        return ()
    index = build([Page(found.passage)])
    negated = OMITS_NEGATION in found.warnings
    if found.differences and found.verdict in (ALTERED, EDITED) and _is_small(found.differences):
        one = len(found.differences) == 1 and len(found.differences[0].source.split()) < 2
        taken = use_source(words, found.differences)
        if taken != words and _accepted(index, taken, negated):
            mends.append(Mend(SOURCE, f"Use the source’s word{'' if one else 's'}", taken, page))
        # Another number in brackets would look like a pass: it is never offered.
        same_numbers = all(numbers(d.source) == numbers(d.quoted) for d in found.differences)
        if (
            found.verdict == ALTERED
            and same_numbers
            and (marked := _marked(index, words, found.differences, negated))
        ):
            said, piece = marked
            label = f"Mark as edited: {piece}" if piece else "Mark as edited with […]"
            mends.append(Mend(BRACKETS, label, said, page))
    if LINE_END_HYPHEN in found.warnings:
        closed = close_hyphens(words, found.matched)
        if closed != words:
            mends.append(Mend(HYPHENS, "Close it up", closed, page))
    if paged and ({OTHER_PAGE, NO_PAGE} & set(found.warnings) or not page.strip()):
        stands = pages_in_words(found.pages, found.labels)
        if cited:
            stands = f"pp. {stands}" if re.search("[–,]", stands) else f"p. {stands}"
        if stands and stands != page:
            mends.append(Mend(PAGE, f"Set page to {stands.lstrip('p. ')}", words, stands))
    return tuple(mends)


def _is_small(differences: Sequence[Differs]) -> bool:
    """Whether the differences are slips of words. Pieces that are out of order, or half a sentence more, are
    not mended by one click: too much of what somebody wrote would go."""
    if any(ELLIPSIS.search(difference.quoted) for difference in differences):
        return False
    return all(len(d.quoted.split()) <= MOST_OUT and len(d.source.split()) <= MOST_IN for d in differences)


def _accepted(index: Index, words: str, negated: bool, wanted: Iterable[str] = (VERBATIM, EDITED)) -> bool:
    """Whether the engine passes `words`, and they leave out no negation that was there before."""
    result = check(index, words)
    return result.verdict in wanted and (negated or OMITS_NEGATION not in result.warnings)


# ------------------------------------------------------------------ where a difference stands


def locate(words: str, difference: Differs, start: int = 0) -> tuple[int, int] | None:
    """The one place in `words` from `start` on where the difference's quoted words stand, as a span.

    The word before and after decide between several places. Where the quotation lacks words, the span is
    empty. None if no place, or no single one, fits.
    """
    folded, at = _folded(words)
    found: list[tuple[int, int, int]] = []  # how well it fits, start, end
    for a, b in _candidates(folded, difference):
        if at[a] < start:
            continue
        before = not difference.before or _ends_with(folded[:a], difference.before)
        after = not difference.after or _begins_with(folded[b:], difference.after)
        fits = 2 * before * after + before + after
        if difference.quoted or (before and after):
            found.append((fits, at[a], at[b]))
    best = max((fits for fits, _, _ in found), default=0)
    places = [(a, b) for fits, a, b in found if fits == best]
    return places[0] if len(places) == 1 else None


def _folded(words: str) -> tuple[str, list[int]]:
    """`words` as the engine reads them, and where each character of that stands in `words`."""
    parts: list[str] = []
    at: list[int] = []
    done = 0
    for found in SPECIAL.finditer(words):
        parts.append(words[done : found.start()])
        at.extend(range(done, found.start()))
        folded = fold_one(found[0])
        parts.append(folded)
        at.extend([found.start()] * len(folded))
        done = found.end()
    parts.append(words[done:])
    at.extend(range(done, len(words) + 1))
    return "".join(parts), at


def _candidates(folded: str, difference: Differs) -> Iterable[tuple[int, int]]:
    quoted = fold(difference.quoted)
    if quoted:
        pattern = r"\s+".join(re.escape(token) for token in quoted.split())
        head = r"(?<![^\W_])" if quoted[0].isalnum() and not NO_SPACES.match(quoted[0]) else ""
        tail = r"(?![^\W_])" if quoted[-1].isalnum() and not NO_SPACES.match(quoted[-1]) else ""
        for found in re.finditer(f"{head}(?={pattern}{tail})", folded):
            inner = re.compile(pattern).match(folded, found.start())
            if inner:
                yield inner.span()
        return
    dense = bool(NO_SPACES.search(difference.before[-1:] + difference.after[:1]))
    for found in re.finditer("" if dense else r"(?<=\s)(?=\S)", folded):
        yield found.span()


def _letters(word: str) -> str:
    """A pattern for a word of the source: its letters, whatever marks stand between them."""
    key = key_of(fold(word))
    return r"[\W_]*".join(map(re.escape, key)) if key else re.escape(fold(word))


def _ends_with(text: str, word: str) -> bool:
    border = "" if NO_SPACES.match(word[:1]) else r"(?<![^\W_])"
    near = text[-4 * len(word) - 40 :]
    return bool(re.search(rf"{border}{_letters(word)}[\W_]*\Z", near, re.IGNORECASE))


def _begins_with(text: str, word: str) -> bool:
    border = "" if NO_SPACES.match(word[-1:]) else r"(?![^\W_])"
    near = text[: 4 * len(word) + 40]
    return bool(re.match(rf"[\W_]*{_letters(word)}{border}", near, re.IGNORECASE))


def shown(words: str, difference: Differs) -> Shown:
    """The difference with a few words of the quotation on either side; with the source's own if need be."""
    place = locate(words, difference)
    if place is None:
        return Shown(f"{difference.before} ", difference.quoted, difference.source, f" {difference.after}")
    return around(words, *place, difference.source)


def around(words: str, start: int, end: int, source: str) -> Shown:
    """The span start..end of the quotation, what the source says there, and a few words on either side."""
    left, right = words[:start], words[end:]
    before = " ".join(left.split()[-AROUND:]) + (" " if left[-1:].isspace() else "")
    after = (" " if right[:1].isspace() else "") + " ".join(right.split()[:AROUND])
    return Shown(before, words[start:end].strip(), source, after)


# ------------------------------------------------------------------ the mends


def use_source(words: str, differences: Sequence[Differs]) -> str:
    """`words` with each difference put right; unchanged if one of them can't be placed for certain."""
    return _replaced(words, differences, [difference.source for difference in differences])


def in_brackets(words: str, differences: Sequence[Differs], care: int = 0) -> str:
    """`words` with each difference marked as the editor's: empower[s], [enable], […].

    `care` 0 marks the ending of a word alone where its stem is the source's, 1 the whole word.
    """
    return _replaced(words, differences, [_piece(difference, care) for difference in differences])


def _replaced(words: str, differences: Sequence[Differs], pieces: Sequence[str]) -> str:
    out: list[str] = []
    done = 0
    for difference, piece in zip(differences, pieces, strict=True):
        place = locate(words, difference, done)
        if place is None:
            return words
        a, b = place
        before, after = words[done:a], words[b:]
        if a == b:  # words that are lacking: with a gap, where words have gaps
            gap = "" if NO_SPACES.match(piece[-1:]) and NO_SPACES.match(after[:1]) else " "
            out += [before, piece, gap if after and not after[0].isspace() else ""]
        elif not piece:  # words too many: with one of the gaps around them
            out.append(before)
            if after[:1].isspace():
                b += 1
            elif not after:
                out[-1] = before.rstrip()
        else:
            old = words[a:b]
            marks = re.match(f"[{MARKS}]*", old)
            around = marks[0] if marks and len(old) > 2 * marks.end() else ""
            around = around if around and old.endswith(around[::-1]) else ""
            out += [before, around, piece, around[::-1]]
        done = b
    return "".join(out) + words[done:]


def _piece(difference: Differs, care: int) -> str:
    source, quoted = difference.source, difference.quoted.strip(MARKS)
    if not quoted:
        return "[…]"
    if not source:
        return f"[{quoted}]"
    # Marks that both have stay outside the brackets.
    head, tail = _same_marks(source, quoted), _same_marks(source[::-1], quoted[::-1])[::-1]
    source = source[len(head) : len(source) - len(tail)]
    quoted = quoted[len(head) : len(quoted) - len(tail)]
    if care == 0 and source.isalpha() and quoted.isalpha():
        stem = _shared(source, quoted)
        if stem >= STEM:
            if stem == len(quoted):
                return f"{head}{quoted}[{source[stem:]}]{tail}"
            return f"{head}{quoted[:stem]}[{quoted[stem:]}]{tail}"
    return f"{head}[{quoted}]{tail}"


def _shared(a: str, b: str) -> int:
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _same_marks(a: str, b: str) -> str:
    """The marks, no letters, with which both begin."""
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n] and not a[n].isalnum():
        n += 1
    return a[:n]


def _marked(
    index: Index, words: str, differences: Sequence[Differs], negated: bool
) -> tuple[str, str] | None:
    """The first way of marking that the engine accepts, and the one piece it comes to ("" if several)."""
    for care in (0, 1):
        said = in_brackets(words, differences, care)
        if said != words and _accepted(index, said, negated, (EDITED,)):
            piece = _piece(differences[0], care)
            return said, piece if len(differences) == 1 and len(piece) <= 30 else ""
    return None


def parted(words: str, matched: str) -> tuple[tuple[int, int, str], ...]:
    """The words of the quotation that a line end parted, as spans, and what the source's words say there.

    "pre- and post-training" is left alone: the source's words (`matched`) have it, too.
    """
    said = fold(matched).casefold()
    found = []
    for part in PARTED.finditer(words):
        left, right = part[1], part[2]
        for whole in (f"{left}{right}", f"{left}-{right}"):
            if re.search(rf"(?<![^\W_]){re.escape(fold(whole).casefold())}(?![^\W_])", said):
                found.append((part.start(), part.end(), whole))
                break
    return tuple(found)


def close_hyphens(words: str, matched: str) -> str:
    """`words` with the words closed up that a line end parted, as the source has them."""
    out, done = [], 0
    for start, end, whole in parted(words, matched):
        out += [words[done:start], whole]
        done = end
    return "".join(out) + words[done:]


def pages_in_words(pages: Sequence[int], labels: Sequence[str]) -> str:
    """Pages as they are cited: "6", "6–7", "6–7, 12". Printed labels; the file's number where there is none."""
    names = [label or str(page) for page, label in zip(pages, labels, strict=True)]
    runs: list[list[int]] = []
    for place, page in enumerate(pages):
        if runs and page == pages[runs[-1][-1]] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(names[r[0]] if len(r) == 1 else f"{names[r[0]]}–{names[r[-1]]}" for r in runs)
