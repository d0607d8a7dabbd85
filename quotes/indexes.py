"""The indexes of sources that were searched lately, kept in memory up to a size."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields

from quotes.matching import Index

MOST_BYTES = 64 * 1024**2


def weight(index: Index | None) -> int:
    """The bytes of memory an index takes, but for a few hundred."""
    if index is None:
        return 0
    parts = [getattr(index, field.name) for field in fields(index)]
    return sum(sys.getsizeof(part) for part in (*parts, *index.asides, *index.labels))


class Indexes:
    """Indexes by name, those that were used last; together no heavier than `most` bytes, or one alone.

    By size and not by number: a report may quote forty short papers, which weigh less than one book. May be
    used by threads; two that need the same one at the same moment both make it.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Index | None, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: Hashable, make: Callable[[], Index | None]) -> Index | None:
        """The index of that name, made if it is not here."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name][0]
        made = make()
        heavy = weight(made)
        with self._lock:
            if name in self._kept:
                self.bytes -= self._kept.pop(name)[1]
            self._kept[name] = made, heavy
            self.bytes += heavy
            # So many bear no text that their number counts too.
            while (self.bytes > self.most or len(self._kept) > 4096) and len(self._kept) > 1:
                self.bytes -= self._kept.popitem(last=False)[1][1]
        return made

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._kept.clear()
            self.bytes = 0
