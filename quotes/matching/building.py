"""Build the index of a source from its pages."""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import add

from quotes.matching.folding import (
    JOINED,
    KEPT,
    LOST,
    NO_SPACES,
    QUICK_WORD,
    WORD,
    kept_letters,
    lossy_key,
    specials,
)
from quotes.matching.index import GRAM, SHORT_GRAM, Index, width_of
from quotes.matching.layout import asides_of, printed_labels
from quotes.matching.margins import mended
from quotes.matching.pages import Aside, Page

BETWEEN_WORDS = re.compile(r"([\W_]+)")
BARRIER = "\x1e\n"  # between texts that no quotation runs across
# Patterns begin with the one character they are about, and look back from there: that is searched for quickly.
AT_LINE_END = re.compile(rf"{JOINED}(?=((?:[^\W_]|{LOST})*))")
WITHIN_LINE = re.compile(rf"[-\u2010\u2011](?=((?:[^\W_]|{LOST})+))")
LOST_LETTER = re.compile(rf"{LOST}(?:(?<=[a-z]{LOST})(?=[a-z\s])|(?<=\s{LOST})(?=[a-z]{{2}}))")
LOST_BESIDE = re.compile(rf"{LOST}(?:(?<=[A-Za-z]{LOST})|(?=[A-Za-z]))")
STAND_IN = "\ua66e"  # a letter that hardly a text has, and that has no upper case
LAST_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010] ?$")
FEW_LIGATURES = 0.0004  # fi, fl and ff per letter: English, German and French have ten times as many


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
    pages = mended(pages)
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
                _end_line(text)
            at = max(at, part.end)
        _add(text, page, at, len(page.text), raw)
        if not text_ends_line(text):
            _end_line(text)
        raw += len(page.text) + 1
    body = text.length
    table = (array("I"), array("I"), array("I"))
    raw = 0
    for page, aside in zip(pages, asides, strict=True):
        _add_asides(text, page, aside, raw, table)
        raw += len(page.text) + 1
    plain = "".join(text.parts)
    words, begins = _words(plain)
    whole = _resolve_hyphens(plain, words)
    key = "".join(words).lower()
    letters = max(1, len(key))
    gone = len(LOST_LETTER.findall(whole)) if LOST in whole else 0
    ligatures = sum(key.count(pair) for pair in ("fi", "fl", "ff"))
    lost = gone > max(3, 0.0005 * letters) or (
        letters > 3000 and ligatures / letters < FEW_LIGATURES and key.count("e") > letters * 0.05
    )
    if lost:
        key = lossy_key(whole)
    width = width_of(key)
    offsets, grams = _places(whole, words, begins, key, width, lost)
    lengths = list(map(len, QUICK_WORD.findall(whole) if LOST in whole else words))
    long = sum(map((21).__lt__, lengths))
    spaces = len(lengths) > 50 and long > 0.015 * len(lengths) and not NO_SPACES.search(key)
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


def _end_line(text: _Text) -> None:
    """End a line that no line break ended; the hyphen of a word that goes on elsewhere becomes JOINED."""
    if found := LAST_HYPHEN.search(text.parts[-1]):
        text.parts[-1] = f"{text.parts[-1][: found.start()]}{JOINED}"
        text.length -= len(found[0]) - 1
    else:
        text.put("\n")


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


def _words(text: str) -> tuple[list[str], list[int]]:
    """Its runs of letters and digits, as WORD finds them, and where each begins."""
    searched = text
    if LOST in text:
        if STAND_IN in text:
            found = list(WORD.finditer(text))
            return [match[0] for match in found], [match.start() for match in found]
        # WORD looks around itself at each character: a letter in the place of the lost ones spares it that.
        searched = LOST_BESIDE.sub(STAND_IN, text)
    # Words and what stands between them in turn; before the first and behind the last stands the empty word.
    parts = BETWEEN_WORDS.split(searched)
    words, begins = parts[::2], list(accumulate(map(len, parts), initial=0))[:-1:2]
    if not words[-1]:
        words.pop(), begins.pop()
    if words and not words[0]:
        words.pop(0), begins.pop(0)
    if searched is not text:
        words = "\n".join(words).replace(STAND_IN, LOST).split("\n")
    return words, begins


def _resolve_hyphens(text: str, all_words: list[str]) -> str:
    """Each hyphen at the end of a line as one that the line break made (JOINED), or one of the word (KEPT).

    The file itself is asked first: how does it write the word within a line? Else a capital or a digit
    beside the hyphen says that it belongs to the word.
    """
    if JOINED not in text:
        return text
    broken = [
        (found.start(), _letters_before(text, found.start()), found[1])
        for found in AT_LINE_END.finditer(text)
    ]
    words = Counter(map(str.lower, all_words))
    halves = Counter(_compounds(text, {right.lower() for _, _, right in broken}))
    parts: list[str] = []
    at = 0
    for start, left, right in broken:
        kept, joined = halves[left.lower(), right.lower()], words[(left + right).lower()]
        if not left or not right:
            own = True
        elif kept != joined:
            own = kept > joined
        else:  # A capital within a word, or a digit, says a compound: DeepSeek-R1, top-1, non-Abelian.
            own = not (right[0].islower() or right[0] == LOST) and not left.isupper() or left[-1].isdigit()
        parts += text[at:start], KEPT if own else JOINED
        at = start + 1
    return "".join(parts) + text[at:]


def _compounds(text: str, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """What stands before and after each hyphen within a line, in lower case, where the latter is wanted."""
    for found in WITHIN_LINE.finditer(text):
        right = found[1].lower()
        if right in wanted and (left := _letters_before(text, found.start())):
            yield left.lower(), right


def _letters_before(text: str, end: int) -> str:
    start = end
    while start and (text[start - 1].isalnum() or text[start - 1] == LOST):
        start -= 1
    return text[start:end]


def _places(
    text: str, words: list[str], in_text: list[int], key: str, width: int, lost: bool
) -> tuple[array[int], array[int]]:
    """(where each character of the key stands, the sorted seeds); the words begin at `in_text`."""
    at = array("I")
    if lost:
        begins = []
        for begin, word in zip(in_text, words, strict=True):
            begins.append(len(at))
            at.extend(begin + i for i in kept_letters(word))
    else:
        lengths = list(map(len, words))
        begins = list(accumulate(lengths, initial=0))[:-1]
        # Slices of all places, joined: far quicker than a place at a time.
        places, size = array("I", range(len(text))).tobytes(), at.itemsize
        starts = [size * k for k in in_text]
        ends = [size * k for k in map(add, in_text, lengths)]
        at.frombytes(b"".join(map(places.__getitem__, map(slice, starts, ends))))
    encoded = key.encode("utf-16-le" if width == 2 else "utf-32-le", "surrogatepass")
    grams = _grams(encoded, begins[: bisect_right(begins, len(key) - GRAM)], GRAM, width)
    if NO_SPACES.search(key):
        grams += _grams(encoded, [found.start() for found in NO_SPACES.finditer(key)], SHORT_GRAM, width)
    grams.sort()
    return at, array("Q", grams)


def _grams(encoded: bytes, begins: list[int], size: int, width: int) -> list[int]:
    starts = [k * width for k in begins]
    ends = [k + size * width for k in starts]
    checks = map(zlib.crc32, map(encoded.__getitem__, map(slice, starts, ends)))
    return [check << 32 | k for check, k in zip(checks, begins, strict=True)]
