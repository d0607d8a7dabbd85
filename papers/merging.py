"""Two texts that grew from one: merged word by word, and what clashes shown as both. No Django.

The method is diff3 (Khanna, Kunal and Pierce, "A formal investigation of diff3", 2007), over words
instead of lines: two edits in one paragraph do not clash unless they touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from papers.comparing import aligned, count_words, tokens

# Changes with fewer words than this between them are one: a person settles what two made of one place.
APART = 2


@dataclass(frozen=True)
class Agreed:
    """Text that needs nobody: the same for both, or changed by one alone ("mine" or "theirs")."""

    text: str
    by: Literal["", "mine", "theirs", "both"] = ""
    base: str = ""


@dataclass(frozen=True)
class Clash:
    """What both changed, each in another way."""

    base: str
    mine: str
    theirs: str


def merge(base: str, mine: str, theirs: str) -> tuple[Agreed | Clash, ...]:
    """Return the pieces of the merged text in order.

    What one side alone changed is taken over; what both changed alike, too. Joined with each clash's
    `mine` (or `theirs`), the pieces hold every word that this side has set in.
    """
    chunks = list(_chunks(tokens(base), tokens(mine), tokens(theirs)))
    return tuple(_judged(chunk) for chunk in _together(chunks))


@dataclass
class _Chunk:
    base: str
    mine: str
    theirs: str
    stable: bool = False

    def add(self, other: _Chunk) -> None:
        self.base, self.mine, self.theirs = (
            self.base + other.base,
            self.mine + other.mine,
            self.theirs + other.theirs,
        )


def _chunks(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Chunk]:
    """Stable stretches, which all three have, and between them what at least one has not."""
    in_mine, in_theirs = _places(base, mine), _places(base, theirs)
    b = m = t = 0
    at = 0
    while at <= len(base):
        if at < len(base) and (in_mine[at] is None or in_theirs[at] is None):
            at += 1
            continue
        m_end = len(mine) if at == len(base) else in_mine[at]
        t_end = len(theirs) if at == len(base) else in_theirs[at]
        assert m_end is not None and t_end is not None
        if b < at or m < m_end or t < t_end:
            yield _Chunk("".join(base[b:at]), "".join(mine[m:m_end]), "".join(theirs[t:t_end]))
        if at == len(base):
            return
        start = at
        while at < len(base) and in_mine[at] == m_end + at - start and in_theirs[at] == t_end + at - start:
            at += 1
        text = "".join(base[start:at])
        yield _Chunk(text, text, text, stable=True)
        b, m, t = at, m_end + at - start, t_end + at - start


def _places(base: list[str], other: list[str]) -> list[int | None]:
    """For each token of `base`, where `other` has it."""
    places: list[int | None] = [None] * len(base)
    for start, end, there, _ in aligned(base, other):
        places[start:end] = range(there, there + end - start)
    return places


def _together(chunks: list[_Chunk]) -> Iterator[_Chunk]:
    """Join changes that stand so close that they are read as one, and are settled as one if they clash."""
    held: _Chunk | None = None
    between: _Chunk | None = None
    for chunk in chunks:
        if chunk.stable:
            if held is not None and between is None and _close(chunk.base):
                between = chunk
                continue
            if held is not None:
                yield held
            if between is not None:
                yield between
            held = between = None
            yield chunk
            continue
        if held is None:
            held = chunk
        elif between is not None:
            held.add(between)
            held.add(chunk)
            between = None
        else:
            yield held
            held = chunk
    if held is not None:
        yield held
    if between is not None:
        yield between


def _close(text: str) -> bool:
    return "\n" not in text and count_words(text) < APART


def _judged(chunk: _Chunk) -> Agreed | Clash:
    if chunk.stable:
        return Agreed(chunk.base)
    if chunk.mine == chunk.theirs:
        return Agreed(chunk.mine, "both", chunk.base)
    if chunk.mine == chunk.base:
        return Agreed(chunk.theirs, "theirs", chunk.base)
    if chunk.theirs == chunk.base:
        return Agreed(chunk.mine, "mine", chunk.base)
    return Clash(chunk.base, chunk.mine, chunk.theirs)


# --------------------------------------------------------------------------- clashes in a text field

# A clash stands in the text between marks on lines of their own, so that it can be settled there, too.
_MARKED = re.compile(
    r"(?:\A|\n)<<<<<<< (?P<n>\d+) yours\n(?P<mine>.*?)\n?"
    r"======= (?P=n)\n(?P<theirs>.*?)\n?>>>>>>> (?P=n) theirs(?:\n|\Z)",
    re.DOTALL,
)
_MARK = re.compile(r"^(?:<<<<<<< \d+ yours|======= \d+|>>>>>>> \d+ theirs)$", re.MULTILINE)


def marked(pieces: tuple[Agreed | Clash, ...], first: int = 1) -> str:
    """The merged text, with both texts of each clash between marks that are numbered from `first`."""
    parts, number = [], first - 1
    for piece in pieces:
        if isinstance(piece, Agreed):
            parts.append(piece.text)
        else:
            number += 1
            parts.append(
                f"\n<<<<<<< {number} yours\n{piece.mine}\n======= {number}\n{piece.theirs}\n>>>>>>> {number} theirs\n"
            )
    return "".join(parts)


def settle(text: str, choices: Mapping[int, str]) -> str:
    """Put "mine", "theirs" or "both" in the place of each clash that `choices` names by its number."""

    def chosen(found: re.Match[str]) -> str:
        mine, theirs = found["mine"], found["theirs"]
        texts = {"mine": mine, "theirs": theirs, "both": _both(mine, theirs)}
        return texts.get(choices.get(int(found["n"]), ""), found[0])

    return _MARKED.sub(chosen, text)


def _both(mine: str, theirs: str) -> str:
    apart = mine[-1:].isspace() or theirs[:1].isspace() or not mine or not theirs
    return mine + ("" if apart else " ") + theirs


def next_number(text: str) -> int:
    """The first number that no mark in `text` has."""
    return max((int(found[0].split()[1]) for found in _MARK.finditer(text)), default=0) + 1


def marks_left(text: str) -> list[int]:
    """The lines (from 1) on which marks of a merge still stand."""
    return [text.count("\n", 0, found.start()) + 1 for found in _MARK.finditer(text)]
