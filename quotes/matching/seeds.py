"""The seeds of an index, as one check looks them up."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Sequence

from quotes.matching.index import MOST_PLACES, Index


class Seeds:
    """Where seeds stand in the key of `index`. Made for one check, which asks for many of them several times."""

    def __init__(self, index: Index) -> None:
        self.grams, self.key, self.encoding = index.grams, index.key, index.encoding
        self._spans: dict[str, tuple[int, int]] = {}
        self._places: dict[str, tuple[int, ...]] = {}

    def often(self, gram: str) -> int:
        """In how many places a seed stands."""
        i, j = self._spans.get(gram) or self._span(gram)
        return j - i

    def places(self, words: str, size: int) -> Sequence[int]:
        """Where in `key` the first `size` letters of `words` stand; only where more of it does, if that is often."""
        gram = words[:size]
        known = self._places.get(gram)
        if known is not None:
            return known
        key = self.key
        i, j = self._spans.get(gram) or self._span(gram)
        found = [at & 0xFFFFFFFF for at in self.grams[i:j]]
        if len(found) <= MOST_PLACES:
            places = self._places[gram] = tuple([at for at in found if key.startswith(gram, at)])
            return places
        while len(found) > MOST_PLACES and size < len(words):
            size = min(size * 2, len(words))
            gram = words[:size]
            found = [at for at in found if key.startswith(gram, at)]
        return [at for at in found if key.startswith(gram, at)][:MOST_PLACES]

    def _span(self, gram: str) -> tuple[int, int]:
        """Which of the index's `grams` are of this one."""
        grams = self.grams
        high = zlib.crc32(gram.encode(self.encoding)) << 32
        past = high + (1 << 32)
        i = j = bisect_left(grams, high)
        most = len(grams)
        while j < most and grams[j] < past:  # nearly every seed stands in few places
            j += 1
            if j - i == 8:
                j = bisect_left(grams, past, j)
                break
        self._spans[gram] = i, j
        return i, j
