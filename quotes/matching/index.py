"""A source made ready to be searched: its running text, its letters and digits, and where they stand."""

from __future__ import annotations

import json
import zlib
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from quotes.matching.folding import key_of, lossy_key
from quotes.matching.result import ENGINE_VERSION, Place

GRAM, SHORT_GRAM = 10, 5  # letters and digits in one seed; the short one where there are no spaces
MOST_PLACES = 64  # of one seed


@dataclass
class Index:
    """`text` is the running text, then what stands aside from it; `key` its letters and digits in lower
    case, of which character k stands at `text[at[k]]`; `grams` are seeds: crc32 << 32 | place in `key`.

    `starts` and `raws` map the text to the pages' own characters, counted through the file; pages begin at
    `page_raws`. `asides` are (raw start, text start, text end), in the order of the file.
    """

    text: str
    key: str
    at: array[int]
    grams: array[int]
    starts: array[int]
    raws: array[int]
    page_raws: array[int]
    labels: tuple[str, ...]
    asides: tuple[array[int], array[int], array[int]]
    body: int
    lost_ligatures: bool = False  # then the key has none of its ligatures, and no U+FFFD
    lost_spaces: bool = False
    width: int = 2

    def raw(self, offset: int) -> int:
        """Where a character of `text` stands in the file."""
        i = bisect_right(self.starts, offset) - 1
        return self.raws[i] + offset - self.starts[i]

    def page(self, offset: int) -> int:
        """The page (from 0) of a character of `text`."""
        return bisect_right(self.page_raws, self.raw(offset)) - 1

    def places(self, start: int, end: int) -> list[Place]:
        """The pages' own characters of `text[start:end]`."""
        found: list[Place] = []
        starts, raws, page_raws = self.starts, self.raws, self.page_raws
        known = len(starts)
        i = bisect_right(starts, start) - 1
        page, page_first, page_last = -1, 0, -1  # of the raw offsets of the page
        at = -1, 0, 0  # page, start and end of the place that may go on
        while start < end:
            stop = starts[i + 1] if i + 1 < known else end
            if stop > end:
                stop = end
            raw = raws[i] + start - starts[i]
            if not page_first <= raw < page_last:
                page = bisect_right(page_raws, raw) - 1
                page_first = page_raws[page]
                page_last = page_raws[page + 1] if page + 1 < len(page_raws) else raw + 1
            first = raw - page_first
            last = first + stop - start
            if i + 1 < known and raw < raws[i + 1] < raw + stop - start:
                last = raws[i + 1] - page_first  # a ligature is shorter than its letters
            if at[0] == page and 0 <= first - at[2] <= 3:
                at = page, at[1], last
            elif stop > start and not self.text[start:stop].isspace():
                if at[0] >= 0:
                    found.append(Place(*at))
                at = page, first, last
            start, i = stop, i + 1
        if at[0] >= 0:
            found.append(Place(*at))
        return found

    @property
    def encoding(self) -> str:
        return "utf-16-le" if self.width == 2 else "utf-32-le"

    def beside(self, start: int, end: int) -> str:
        """The text of what stands aside between two places of the file (raw offsets)."""
        raws, begins, ends = self.asides
        i, j = bisect_left(raws, start), bisect_left(raws, end)
        return "\n".join(self.text[begins[k] : ends[k]] for k in range(i, j))

    def has_beside(self, start: int, end: int) -> bool:
        """Whether something stands aside between two places of the file."""
        raws = self.asides[0]
        return bisect_left(raws, start) < bisect_left(raws, end)

    def memory(self) -> int:
        """Bytes held."""
        arrays = (self.at, self.grams, self.starts, self.raws, self.page_raws, *self.asides)
        width = 1 if self.text.isascii() else 4 if max(self.text, default="") > "\uffff" else 2
        key = 1 if self.key.isascii() else self.width
        return (
            len(self.text) * width + len(self.key) * key + sum(len(a) * a.itemsize for a in arrays)
            + sum(60 + len(label) for label in self.labels)
        )  # fmt: skip

    def dump(self) -> bytes:
        """The index as bytes, for `load`."""
        arrays = (self.at, self.grams, self.starts, self.raws, self.page_raws, *self.asides)
        text = self.text.encode("utf-8", "surrogatepass")
        head = {
            "engine": ENGINE_VERSION, "labels": self.labels, "body": self.body,
            "lost": (self.lost_ligatures, self.lost_spaces),
            "sizes": [len(text), *(len(a) * a.itemsize for a in arrays)],
        }  # fmt: skip
        start = json.dumps(head).encode()
        return zlib.compress(
            len(start).to_bytes(4, "little") + start + text + b"".join(a.tobytes() for a in arrays), 1
        )


def load(data: bytes) -> Index:
    """The index that `dump` gave. Raises ValueError if it is of another engine, or damaged."""
    try:
        plain = zlib.decompress(data)
        begin = 4 + int.from_bytes(plain[:4], "little")
        head = json.loads(plain[4:begin])
    except (zlib.error, ValueError, IndexError):
        raise ValueError("This index is damaged; build it again.") from None
    if head["engine"] != ENGINE_VERSION:
        raise ValueError("This index was made by another version of the engine; build it again.")
    parts = []
    for size in head["sizes"]:
        parts.append(plain[begin : begin + size])
        begin += size
    text = parts[0].decode("utf-8", "surrogatepass")
    lost, spaces = head["lost"]
    arrays = [array(kind) for kind in "IQIIIIII"]
    for numbers, part in zip(arrays, parts[1:], strict=True):
        numbers.frombytes(part)
    at, grams, starts, raws, page_raws, *asides = arrays
    key = lossy_key(text) if lost else key_of(text)
    return Index(
        text, key, at, grams, starts, raws, page_raws, tuple(head["labels"]),
        (asides[0], asides[1], asides[2]), head["body"], lost, spaces, width_of(key),
    )  # fmt: skip


def width_of(key: str) -> int:
    return 2 if key.isascii() or max(key) <= "\uffff" else 4
