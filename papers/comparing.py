"""Two texts, word by word: what was taken out, what was set in, what was only moved. No Django."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz.distance import LCSseq

# Chinese and Japanese are written without spaces: there, each character is a word of its own.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"\n+|[^\S\n]+|[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’.,][^\W_{_UNSPACED}]+)*|.", re.DOTALL
)

# The longest common subsequence takes len(old) × len(new) bits. Beyond this (100 MB), lines are compared.
CELLS = 800_000_000
# Signs that end a sentence.
ENDS = frozenset(".!?:…”")
# A paragraph of so many words that was taken out here and set in there was moved.
MOVED_WORDS = 8
# A line of so many words is known again where it stands in both texts.
KNOWN_WORDS = 3


@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same" in both, "out" (in the old text only) or "in" (in the new one only)."""

    kind: Literal["same", "out", "in"]
    text: str
    moved: bool = False


@dataclass(frozen=True)
class Comparison:
    """The pieces in order; `simplified` if the texts were too long to be compared word by word."""

    pieces: tuple[Piece, ...]
    simplified: bool = False

    @property
    def words_in(self) -> int:
        return sum(count_words(piece.text) for piece in self.pieces if piece.kind == "in" and not piece.moved)

    @property
    def words_out(self) -> int:
        return sum(
            count_words(piece.text) for piece in self.pieces if piece.kind == "out" and not piece.moved
        )


# (first and last + 1 in old, first and last + 1 in new): these tokens are the same.
Match = tuple[int, int, int, int]


def tokens(text: str) -> list[str]:
    """Words, signs, blanks and line breaks, each a token; joined they are the text."""
    return _TOKEN.findall(text)


def count_words(text: str) -> int:
    return sum(_is_word(token) for token in tokens(text))


def _is_word(token: str) -> bool:
    return token[0].isalnum()


def aligned(old: list[str], new: list[str]) -> list[Match]:
    """What is the same in two lists of tokens, as a reader would see it.

    It comes from the longest common subsequence, without the matches that are mere chance, and with
    insertions that begin where a line, a sentence or a word begins. In long texts, lines that stand in
    both are found first, which takes a small part of the time and memory.
    """
    long = len(old) * len(new) > CELLS // 8
    found = _by_lines_then_words(old, new)[0] if long else matches(old, new)
    return _slid(_readable(found, old), old, new)


def matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """The longest common subsequence of two lists of tokens, as runs that are the same."""
    return [
        (op.src_start, op.src_end, op.dest_start, op.dest_end)
        for op in LCSseq.opcodes(old, new)
        if op.tag == "equal"
    ]


def compare(old: str, new: str) -> Comparison:
    """Return what leads from `old` to `new`.

    The "same" and "out" pieces joined are `old`, the "same" and "in" pieces `new`. Lines that stand in
    both are found first, so that words are compared within what was really rewritten. A lone sign or
    blank between two changes counts as changed too, since a change is read in words.
    """
    before, after = tokens(old), tokens(new)
    found, simplified = _by_lines_then_words(before, after)
    return Comparison(tuple(_moved(list(_pieces(before, after, found)))), simplified)


# --------------------------------------------------------------------------- lines, then words


def _by_lines_then_words(old: list[str], new: list[str]) -> tuple[list[Match], bool]:
    """The runs of tokens that are the same, and whether some stretch was too long for its words."""
    lines, there = _lines(old), _lines(new)
    same = matches([_joined(old, line) for line in lines], [_joined(new, line) for line in there])
    anchors: list[Match] = []
    for start, end, at, _ in same:
        anchors += [(*lines[start + n], *there[at + n]) for n in range(end - start)]
    # A line that was moved matches nothing where it was, nor where it is: it is told as a whole.
    left = _left(old, lines, [(a, b) for a, b, _, _ in anchors])
    come = _left(new, there, [(c, d) for _, _, c, d in anchors])
    moved = {text for text in left.keys() & come.keys() if count_words(text) >= MOVED_WORDS}
    barred = _barred(old, left, moved, "out"), _barred(new, come, moved, "in")

    found: list[Match] = []
    simplified = False
    a = c = 0
    for start, end, at, at_end in [*anchors, (len(old), len(old), len(new), len(new))]:
        gap, gap_there = barred[0][a:start], barred[1][c:at]
        if len(gap) * len(gap_there) > CELLS:
            simplified = True
            inner = _by_lines(gap, gap_there)
        else:
            inner = matches(gap, gap_there)
        for match in inner:
            _add(found, (match[0] + a, match[1] + a, match[2] + c, match[3] + c))
        if start < end:
            _add(found, (start, end, at, at_end))
        a, c = end, at_end
    return found, simplified


def _add(found: list[Match], match: Match) -> None:
    """Append a run, or lengthen the last one if it goes on from there."""
    if found and found[-1][1] == match[0] and found[-1][3] == match[2]:
        match = (found[-1][0], match[1], found[-1][2], match[3])
        found.pop()
    found.append(match)


Line = tuple[int, int]  # first token and last + 1


def _lines(text: list[str]) -> list[Line]:
    """The lines that say enough to be known again."""
    found, start = [], 0
    for place, token in enumerate([*text, "\n"]):
        if token[0] == "\n":
            if sum(_is_word(word) for word in text[start:place]) >= KNOWN_WORDS:
                found.append((start, place))
            start = place + 1
    return found


def _joined(text: list[str], line: Line) -> str:
    return "".join(text[line[0] : line[1]])


def _left(text: list[str], lines: list[Line], anchors: list[Line]) -> dict[str, list[Line]]:
    """The lines that are no anchor, by their words."""
    taken = set(anchors)
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line not in taken:
            found.setdefault(_joined(text, line), []).append(line)
    return found


def _barred(text: list[str], left: dict[str, list[Line]], moved: set[str], side: str) -> list[str]:
    barred = list(text)
    for words in moved:
        for start, end in left[words]:
            barred[start:end] = [f"\0{side}"] * (end - start)
    return barred


def _by_lines(old: list[str], new: list[str]) -> list[Match]:
    """The runs of whole lines that are the same, each with its line end."""
    pieces, there = _ended(old), _ended(new)
    found = matches([_joined(old, line) for line in pieces], [_joined(new, line) for line in there])
    return [(pieces[a][0], pieces[b - 1][1], there[c][0], there[d - 1][1]) for a, b, c, d in found]


def _ended(text: list[str]) -> list[Line]:
    found, start = [], 0
    for place, token in enumerate(text, 1):
        if token[0] == "\n" or place == len(text):
            found.append((start, place))
            start = place
    return found


def _pieces(old: list[str], new: list[str], found: list[Match]) -> Iterator[Piece]:
    a = b = 0
    found = _slid(_readable(found, old), old, new)
    for start, end, there, there_end in [*found, (len(old), len(old), len(new), len(new))]:
        if a < start:
            yield Piece("out", "".join(old[a:start]))
        if b < there:
            yield Piece("in", "".join(new[b:there]))
        if start < end:
            yield Piece("same", "".join(old[start:end]))
        a, b = end, there_end


def _readable(found: list[Match], old: list[str]) -> list[Match]:
    """Without the matches that say nothing: a blank or a single short word between two changes."""
    kept = []
    for n, match in enumerate(found):
        same = old[match[0] : match[1]]
        inner = 0 < n < len(found) - 1 or (n == 0 and match[0] + match[2] > 0)
        words = sum(_is_word(token) for token in same)
        says_little = words == 0 or (words == 1 and _apart(found, n) >= 8)
        if not (inner and says_little and not any(token[0] == "\n" for token in same)):
            kept.append(match)
    return kept


def _slid(found: list[Match], old: list[str], new: list[str]) -> list[Match]:
    """Where the same words could be cut out in several ways, cut before the beginning of a line or a word."""
    slid: list[Match] = []
    for match in found:
        if not slid:
            slid.append(match)
            continue
        a, a_end, b, b_end = slid[-1]
        start, end, there, there_end = match
        if a_end == start or b_end == there:  # words of one text only: they may slide along
            text, first, last = (new, b_end, there) if a_end == start else (old, a_end, start)
            left = 0
            while left < a_end - a and text[first - left - 1] == text[last - left - 1]:
                left += 1
            right = 0
            while right < end - start and text[first + right] == text[last + right]:
                right += 1
            by = max(range(-left, right + 1), key=lambda n: (_begins(text, first + n), -abs(n)))
            slid[-1] = (a, a_end + by, b, b_end + by)
            match = (start + by, end, there + by, there_end)
        slid.append(match)
    return slid


def _begins(text: list[str], place: int) -> int:
    before = text[place - 1][0] if place else "\n"
    if before == "\n":
        return 3
    if not before.isspace():
        return 0
    return 2 if place > 1 and text[place - 2] in ENDS else 1


def _apart(found: list[Match], n: int) -> int:
    """How many tokens were changed around match `n`, on the side where fewer were."""
    match = found[n]
    before = found[n - 1] if n else (0, 0, 0, 0)
    left = match[0] - before[1] + match[2] - before[3]
    if n + 1 == len(found):
        return left
    after = found[n + 1]
    return min(left, after[0] - match[1] + after[2] - match[3])


def _moved(pieces: list[Piece]) -> Iterator[Piece]:
    """Mark the paragraphs that stand as they were in another place."""
    gone = Counter(_paragraphs(pieces, "out"))
    come = Counter(_paragraphs(pieces, "in"))
    moved = {text for text in gone.keys() & come.keys() if count_words(text) >= MOVED_WORDS}
    for piece in pieces:
        if piece.kind == "same" or not moved or not any(text in piece.text for text in moved):
            yield piece
            continue
        for part in re.split(r"(\n+)", piece.text):
            if part:
                yield replace(piece, text=part, moved=part.strip() in moved)


def _paragraphs(pieces: Sequence[Piece], kind: str) -> Iterator[str]:
    for piece in pieces:
        if piece.kind == kind:
            yield from (part.strip() for part in piece.text.split("\n"))


def passed(old: Sequence[int], new: Sequence[int]) -> set[int]:
    """Of ids that stand in both orders, as few as can be that must have moved."""
    before, after = set(old), set(new)
    was, now = [n for n in old if n in after], [n for n in new if n in before]
    stayed = {
        n
        for start, end, _, _ in matches([str(n) for n in was], [str(n) for n in now])
        for n in was[start:end]
    }
    return set(now) - stayed
