"""Files that have lost their ligatures: "e\ufffdective", or "eective", for "effective".

Both sides are searched without ligatures; then the source's words are made whole by the quotation's, if each
of them is that word but for ligatures.
"""

from __future__ import annotations

import re

from quotes.matching.folding import JOINED, LIGATURES, LOST, WORD
from quotes.matching.hole import Hole

# What a single glyph without a character may have been: the ligatures of all common fonts, and no letter.
ONE_GLYPH = re.compile(r"ffi|ffl|ff|fi|fl|ft|tt|ti|tf|fj|th|ct|st")


def restore(source: str, quoted: str) -> str | None:
    """`source` with the quotation's letters where it lost them; None if a word is another."""
    theirs, mine = WORD.findall(source.replace(JOINED, "")), WORD.findall(quoted)
    if len(theirs) != len(mine):
        return None
    for a, b in zip(theirs, mine, strict=True):
        if a != b and not same_but_ligatures(b.lower(), a.lower()):
            return None
    words = iter(zip(theirs, mine, strict=True))

    def whole(_: object) -> str:
        a: str
        b: str
        a, b = next(words)
        if len(a) == len(b) and LOST not in a:
            return a
        # The letters are the quotation's, their case the source's.
        seen = a.replace(LOST, "")
        return b.lower() if seen.islower() else b.upper() if seen.isupper() and len(seen) > 1 else b

    return WORD.sub(whole, source.replace(JOINED, ""))


def filled(quoted: str, source: str) -> str:
    """A quotation that was copied with its ligatures lost, with the letters that a word of the source has there."""

    def whole(found: re.Match[str]) -> str:
        parts = [re.escape(part) for part in found[0].split(LOST)]
        if len(parts) == 1:
            return found[0]
        pattern = rf"(?<![^\W_]){f'({ONE_GLYPH.pattern})'.join(parts)}(?![^\W_])"
        there = re.search(pattern, source, re.IGNORECASE)
        lost = iter(there.groups()) if there else iter(())
        return "".join(next(lost, LOST).lower() if char == LOST else char for char in found[0])

    return WORD.sub(whole, quoted)


def same_but_ligatures(mine: str, theirs: str) -> bool:
    """Whether `theirs` is `mine` with some of its ligatures missing, or U+FFFD in the place of a letter."""
    ends: dict[int, set[int]] = {0: {0}}  # by how much of `mine` is read: how much of `theirs` may be
    for i in range(len(mine)):
        lost = LIGATURES.match(mine, i)
        for j in ends.get(i, ()):
            if j < len(theirs) and theirs[j] == mine[i]:
                ends.setdefault(i + 1, set()).add(j + 1)
            if j < len(theirs) and theirs[j] == LOST:
                if any_lost := ONE_GLYPH.match(mine, i):
                    ends.setdefault(any_lost.end(), set()).add(j + 1)
            elif lost:
                ends.setdefault(lost.end(), set()).add(j)
    return len(theirs) in ends.get(len(mine), ())


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch of text out to the letters that belong to its first and last word."""
    while start > 0 and _letter(text[start - 1]):
        start -= 1
    while end < len(text) and _letter(text[end]):
        end += 1
    return start, end


def between_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch between two words, without the letters at its ends that belong to them."""
    first, last = start, end
    while start < last and _letter(text[start]):
        start += 1
    while end > start and _letter(text[end - 1]):
        end -= 1
    return (start, end) if start < last or first == last else (first, last)


def _letter(char: str) -> bool:
    return char.isalnum() or char == LOST


def differing_words(source: str, quoted: str, s: tuple[int, int], q: tuple[int, int]) -> list[Hole]:
    """The words that are not the same, pair by pair; the whole stretch if they can't be paired."""
    theirs, mine = list(WORD.finditer(source, *s)), list(WORD.finditer(quoted, *q))
    if len(theirs) != len(mine):
        return [Hole(*q, *s)]
    return [
        Hole(*b.span(), *a.span())
        for a, b in zip(theirs, mine, strict=True)
        if a[0] != b[0] and not same_but_ligatures(b[0].lower(), a[0].lower())
    ]
