"""The commonest fault, found without a search: all but one stretch of a quotation stands in one place."""

from __future__ import annotations

from collections.abc import Sequence

from quotes.matching.align import ENOUGH, FEW_PLACES, RARE, Alignment, Block, common, common_back
from quotes.matching.folding import JOINED
from quotes.matching.index import GRAM, Index
from quotes.matching.seeds import Seeds

FARTHEST = 400  # letters that may lie between the two halves beyond the quotation's own


def one_difference(
    index: Index, seeds: Seeds, key: str, at: Sequence[int], cuts: Sequence[int], near: int
) -> Alignment | None:
    """The quotation's beginning and end, where they stand close together and miss few letters between them.

    None if there is no such place, or there are many; then it has to be searched for in earnest.
    """
    length = len(key)
    if length < 3 * GRAM or key[0] > "\u0e00" or key[-1] > "\u0e00":
        return None
    source = index.key
    pairs: list[tuple[int, int]] = []  # where the whole begins and ends in the source
    times = seeds.often(key[:GRAM])
    if not times:
        return None
    heads = seeds.places(key, GRAM) if times <= 2 * FEW_PLACES else _begun(seeds, key, cuts)
    if heads:
        last = length - GRAM
        while last > GRAM and at[last] - at[last - 1] == 1:
            last -= 1
        tail_key = key[last:]
        for s in heads:
            t = source.find(tail_key, s, s + length + FARTHEST)
            while t >= 0:
                pairs.append((s, t + length - last))
                t = source.find(tail_key, t + 1, s + length + FARTHEST)
    elif times > 2 * FEW_PLACES:
        first = GRAM
        while first < length - GRAM and at[first] - at[first - 1] == 1:
            first += 1
        head_key = key[:first]
        for end in _ended(seeds, key, cuts):
            low = max(0, end - length - FARTHEST)
            s = source.rfind(head_key, low, end)
            while s >= 0:
                pairs.append((s, end))
                s = source.rfind(head_key, low, s + first - 1)
    best: tuple[int, int, int, int, int] | None = None
    for s, end in pairs:
        missed = length - common(key, 0, source, s, length) - common_back(key, length, source, end, length)
        rank = (max(0, missed), abs(end - s - length), abs(s - near) if near >= 0 else 0)
        if missed <= ENOUGH and (best is None or rank < best[:3]):
            best = (*rank, s, end)
    if best is None:
        return None
    _, _, _, s, end = best
    head = common(key, 0, source, s, min(length, end - s))
    if head == length:
        return None  # all letters agree there: what differs is between them, and was found before
    while head and not (_begins(at, head) and _cut(index, s + head)):
        head -= 1
    tail = common_back(key, length, source, end, min(length - head, end - s - head))
    while tail and not (_begins(at, length - tail) and _cut(index, end - tail)):
        tail -= 1
    if not head or not tail or head + tail < length - 2 * ENOUGH:
        return None
    return Alignment([Block(0, s, head), Block(length - tail, end - tail, tail)])


def _begun(seeds: Seeds, key: str, cuts: Sequence[int]) -> Sequence[int]:
    """Where a quotation with a common beginning may begin: as far as a seed that stands in few places."""
    for cut in cuts[1:RARE]:
        if cut + GRAM > len(key):
            break
        if 0 < seeds.often(key[cut : cut + GRAM]) <= FEW_PLACES:
            places = seeds.places(key[cut : cut + GRAM], GRAM)
            return [p - cut for p in places if p >= cut and seeds.key.startswith(key[:cut], p - cut)]
    return []


def _ended(seeds: Seeds, key: str, cuts: Sequence[int]) -> list[int]:
    """Where it may end: from a seed on that stands in few places."""
    for cut in reversed(cuts[-RARE:]):
        if cut + GRAM <= len(key) and 0 < seeds.often(key[cut : cut + GRAM]) <= FEW_PLACES:
            places = seeds.places(key[cut : cut + GRAM], GRAM)
            return [p - cut + len(key) for p in places if seeds.key.startswith(key[cut:], p)]
    return []


def _begins(at: Sequence[int], k: int) -> bool:
    """Whether a word of the quotation begins at letter k of its key."""
    return at[k] - at[k - 1] > 1


def _cut(index: Index, k: int) -> bool:
    """Whether a word of the source begins at letter k of its key."""
    a, b = index.at[k - 1], index.at[k]
    return b - a > 1 and index.text[a + 1 : b] != JOINED
