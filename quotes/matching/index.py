"""A source made ready to be searched: its running text, its letters and digits, and where they stand."""

from __future__ import annotations

import json
import re
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from quotes.matching.folding import (
    JOINED,
    KEPT,
    LOST,
    NO_SPACES,
    QUICK_WORD,
    WORD,
    kept_letters,
    key_of,
    lossy_key,
    specials,
)
from quotes.matching.layout import asides_of, printed_labels
from quotes.matching.pages import Aside, Page
from quotes.matching.result import ENGINE_VERSION, Place

GRAM, SHORT_GRAM = 10, 5  # letters and digits in one seed; the short one where there are no spaces
MOST_PLACES = 64  # of one seed
BARRIER = "\x1e\n"  # between texts that no quotation runs across
QUICK_COMPOUND = re.compile(r"[^\W_]+(?:[-\u2011][^\W_]+)+")
COMPOUND = re.compile(r"(?:[^\W_]|\ufffd)+(?:[-\u2010\u2011](?:[^\W_]|\ufffd)+)+")
LOST_LETTER = re.compile(r"(?<=[a-z])\ufffd(?=[a-z\s])|(?<=\s)\ufffd(?=[a-z]{2})")
FEW_LIGATURES = 0.0004  # fi, fl and ff per letter: English, German and French have ten times as many


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
        i = bisect_right(self.starts, start) - 1
        while start < end:
            stop = min(end, self.starts[i + 1] if i + 1 < len(self.starts) else end)
            raw = self.raws[i] + start - self.starts[i]
            page = bisect_right(self.page_raws, raw) - 1
            first = raw - self.page_raws[page]
            last = first + stop - start
            if i + 1 < len(self.raws) and raw < self.raws[i + 1] < raw + stop - start:
                last = self.raws[i + 1] - self.page_raws[page]  # a ligature is shorter than its letters
            if found and found[-1].page == page and 0 <= first - found[-1].end <= 3:
                found[-1] = Place(page, found[-1].start, last)
            elif stop > start and not self.text[start:stop].isspace():
                found.append(Place(page, first, last))
            start, i = stop, i + 1
        return found

    def often(self, gram: str) -> int:
        """In how many places a seed stands."""
        high = zlib.crc32(gram.encode(self.encoding)) << 32
        i = bisect_left(self.grams, high)
        return bisect_left(self.grams, high + (1 << 32), i) - i

    def seeds(self, words: str, size: int) -> list[int]:
        """Where in `key` the first `size` letters of `words` stand; only where more of it does, if that is often."""
        high = zlib.crc32(words[:size].encode(self.encoding)) << 32
        grams, key = self.grams, self.key
        i = bisect_left(grams, high)
        if i == len(grams) or grams[i] >> 32 != high >> 32:
            return []
        j = bisect_left(grams, high + (1 << 32), i)
        while j - i > MOST_PLACES and size < len(words):
            size = min(size * 2, len(words))
            found = [at for at in (grams[k] - high for k in range(i, j)) if key.startswith(words[:size], at)]
            if len(found) <= MOST_PLACES:
                return found
        gram = words[:size]
        return [at for at in (grams[k] - high for k in range(i, j)) if key.startswith(gram, at)][:MOST_PLACES]

    @property
    def encoding(self) -> str:
        return "utf-16-le" if self.width == 2 else "utf-32-le"

    def beside(self, start: int, end: int) -> str:
        """The text of what stands aside between two places of the file (raw offsets)."""
        raws, begins, ends = self.asides
        i, j = bisect_left(raws, start), bisect_left(raws, end)
        return "\n".join(self.text[begins[k] : ends[k]] for k in range(i, j))

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
        (asides[0], asides[1], asides[2]), head["body"], lost, spaces, _width(key),
    )  # fmt: skip


def _width(key: str) -> int:
    return 2 if key.isascii() or max(key) <= "\uffff" else 4


class _Text:
    """Folded text as it grows, with the way back to the characters of the file."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.starts, self.raws = array("I"), array("I")

    def mark(self, raw: int) -> None:
        if self.starts and self.starts[-1] == self.length:
            self.raws[-1] = raw
        else:
            self.starts.append(self.length)
            self.raws.append(raw)

    def add(self, text: str, raw: int) -> None:
        self.mark(raw)
        last = 0
        for begin, end, new in specials(text):
            self.put(text[last:begin] + new)
            last = end
            if len(new) != end - begin:
                self.mark(raw + end)
        self.put(text[last:])

    def put(self, text: str) -> None:
        if not text:
            return
        self.parts.append(text)
        self.length += len(text)


def build(pages: Sequence[Page]) -> Index:
    """The index of a source: its pages in order. An empty source gives an index that finds nothing."""
    asides = asides_of(pages)
    labels = printed_labels(pages, asides)
    text = _Text()
    page_raws = array("I")
    raw = 0
    for page, aside in zip(pages, asides, strict=True):
        page_raws.append(raw)
        at = 0
        for part in aside:
            if part.start > at:
                _add(text, page, at, part.start, raw)
            if part.kind != "mark" and not text_ends_line(text):
                text.put("\n")
            at = max(at, part.end)
        _add(text, page, at, len(page.text), raw)
        if not text_ends_line(text):
            text.put("\n")
        raw += len(page.text) + 1
    body = text.length
    table = (array("I"), array("I"), array("I"))
    raw = 0
    for page, aside in zip(pages, asides, strict=True):
        _add_asides(text, page, aside, raw, table)
        raw += len(page.text) + 1
    whole = _resolve_hyphens("".join(text.parts))
    key = key_of(whole)
    letters = max(1, len(key))
    gone = len(LOST_LETTER.findall(whole)) if LOST in whole else 0
    ligatures = sum(key.count(pair) for pair in ("fi", "fl", "ff"))
    lost = gone > max(3, 0.0005 * letters) or (
        letters > 3000 and ligatures / letters < FEW_LIGATURES and key.count("e") > letters * 0.05
    )
    if lost:
        key = lossy_key(whole)
    width = _width(key)
    offsets, grams = _places(whole, key, width, lost)
    long, words = 0, 0
    for word in QUICK_WORD.findall(whole):
        words += 1
        long += len(word) > 21
    spaces = words > 50 and long > 0.015 * words and not NO_SPACES.search(key)
    return Index(
        whole,
        key,
        offsets,
        grams,
        text.starts,
        text.raws,
        page_raws,
        labels,
        table,
        body,
        lost,
        spaces,
        width,
    )


def _add(text: _Text, page: Page, start: int, end: int, raw: int) -> None:
    """Add a stretch of a page, with the spaces that its text lacks."""
    if text.parts and text.parts[-1].endswith(JOINED):  # the word goes on below what stands aside
        while start < end and page.text[start].isspace():
            start += 1
    for space in page.spaces:
        if start < space < end:
            text.add(page.text[start:space], raw + start)
            text.put(" ")
            start = space
    text.add(page.text[start:end], raw + start)


def text_ends_line(text: _Text) -> bool:
    return not text.parts or not text.parts[-1] or text.parts[-1][-1] in f"\n{JOINED}"


def _add_asides(
    text: _Text,
    page: Page,
    aside: Sequence[Aside],
    raw: int,
    table: tuple[array[int], array[int], array[int]],
) -> None:
    """What stands aside, each run of lines of one kind behind a barrier, so that it can be quoted too."""
    last: Aside | None = None
    for part in aside:
        if part.kind == "mark" or last is None or part.kind != last.kind or part.start > last.end + 2:
            text.put(BARRIER)
        begin = text.length
        _add(text, page, part.start, part.end, raw)
        table[0].append(raw + part.start)
        table[1].append(begin)
        table[2].append(text.length)
        if not text_ends_line(text):
            text.put("\n")
        last = part


def _resolve_hyphens(text: str) -> str:
    """Each hyphen at the end of a line as one that the line break made (JOINED), or one of the word (KEPT).

    The file itself is asked first: how does it write the word within a line? Else a capital or a digit
    beside the hyphen says that it belongs to the word.
    """
    if JOINED not in text:
        return text
    lost = LOST in text
    words = Counter((WORD if lost else QUICK_WORD).findall(text.lower()))
    compounds = Counter((COMPOUND if lost else QUICK_COMPOUND).findall(text.lower().replace("\u2010", "-")))
    halves: Counter[tuple[str, str]] = Counter()
    for compound, times in compounds.items():
        parts = compound.replace("\u2011", "-").split("-")
        for pair in zip(parts, parts[1:], strict=False):
            halves[pair] += times

    def resolve(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        if not left or not right:
            return f"{left}{KEPT}{right}"
        kept, joined = halves[left.lower(), right.lower()], words[(left + right).lower()]
        if kept != joined:
            return f"{left}{KEPT if kept > joined else JOINED}{right}"
        # A capital within a word, or a digit, says a compound: DeepSeek-R1, top-1, non-Abelian.
        own = not (right[0].islower() or right[0] == LOST) and not left.isupper() or left[-1].isdigit()
        return f"{left}{KEPT if own else JOINED}{right}"

    return re.sub(
        rf"((?:[^\W_]|{LOST})*){JOINED}(?=((?:[^\W_]|{LOST})*))", lambda m: resolve(m)[: len(m[1]) + 1], text
    )


def _places(text: str, key: str, width: int, lost: bool) -> tuple[array[int], array[int]]:
    """(where each character of the key stands, the sorted seeds)."""
    at = array("I")
    begins: list[int] = []
    length = 0
    for found in (WORD if LOST in text else QUICK_WORD).finditer(text):
        begin, end = found.span()
        begins.append(length)
        if lost:
            kept = kept_letters(found[0])
            at.extend(begin + i for i in kept)
            length += len(kept)
        else:
            at.extend(range(begin, end))
            length += end - begin
    encoded = key.encode("utf-16-le" if width == 2 else "utf-32-le", "surrogatepass")
    size, crc = GRAM * width, zlib.crc32
    most = len(key) - GRAM
    grams = [crc(encoded[k * width : k * width + size]) << 32 | k for k in begins if k <= most]
    if NO_SPACES.search(key):
        size = SHORT_GRAM * width
        grams += [
            crc(encoded[k * width : k * width + size]) << 32 | k
            for k in (found.start() for found in NO_SPACES.finditer(key))
        ]
    grams.sort()
    return at, array("Q", grams)
