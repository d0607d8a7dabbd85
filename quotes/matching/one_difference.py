"""The commonest fault, found without a search: all but one stretch of a quotation stands in one place."""

from __future__ import annotations

from collections.abc import Sequence

from quotes.matching.align import ENOUGH, FEW_PLACES, Alignment, Block, common, common_back
from quotes.matching.folding import JOINED
from quotes.matching.index import GRAM, Index

FARTHEST = 400  # letters that may lie between the two halves beyond the quotation's own


def one_difference(index: Index, key: str, at: Sequence[int], near: int) -> Alignment | None:
    """The quotation's beginning and end, where they stand close together and miss few letters between them.

    None if there is no such place, or there are many; then it has to be searched for in earnest.
    """
    length = len(key)
    if length < 3 * GRAM or key[0] > "\u0e00" or key[-1] > "\u0e00":
        return None
    last = length - GRAM
    while last > GRAM and at[last] - at[last - 1] == 1:
        last -= 1
    if index.often(key[:GRAM]) > 2 * FEW_PLACES:
        return None
    heads = index.seeds(key, GRAM)
    if not 0 < len(heads) <= 2 * FEW_PLACES:
        return None
    tail_key = key[last:]
    source = index.key
    best: tuple[int, int, int, int, int] | None = None
    for s in heads:
        ahead = common(key, 0, source, s, length)
        high = s + length + FARTHEST
        t = source.find(tail_key, s, high)
        while t >= 0:
            end = t + length - last
            behind = length - last + common_back(key, last, source, t, last)
            missed = length - ahead - behind
            rank = (max(0, missed), abs(end - s - length), abs(s - near) if near >= 0 else 0)
            if missed <= ENOUGH and (best is None or rank < best[:3]):
                best = (*rank, s, end)
            t = source.find(tail_key, t + 1, high)
    if best is None:
        return None
    _, _, _, s, end = best
    head = common(key, 0, source, s, min(length, end - s))
    while head and not (_begins(at, head) and _cut(index, s + head)):
        head -= 1
    tail = common_back(key, length, source, end, min(length - head, end - s - head))
    while tail and not (_begins(at, length - tail) and _cut(index, end - tail)):
        tail -= 1
    if not head or not tail or head + tail < length - 2 * ENOUGH:
        return None
    return Alignment([Block(0, s, head), Block(length - tail, end - tail, tail)])


def _begins(at: Sequence[int], k: int) -> bool:
    """Whether a word of the quotation begins at letter k of its key."""
    return at[k] - at[k - 1] > 1


def _cut(index: Index, k: int) -> bool:
    """Whether a word of the source begins at letter k of its key."""
    a, b = index.at[k - 1], index.at[k]
    return b - a > 1 and index.text[a + 1 : b] != JOINED
