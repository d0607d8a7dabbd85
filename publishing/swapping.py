"""One text taken out of others, and a marker put in its place. No Django."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

# So many letters of a text, where a label was cut short, are still that text.
KNOWN_AGAIN = 8
# What names a row in a text: `[[quote:slug]]`, `[@key]`, `@key`.
_NAMED = re.compile(r"\[\[(?:quote|section|paper|event|theory):([^\]|\n]+)|@([\w.:/-]*\w)")
# Where the whole marker has no room. The last is shorter than any text that is taken out.
SHORTER = ("[redacted]", "[…]")


@dataclass(frozen=True)
class Swap:
    """`text` is what goes, `gone` the marker; `handles` are slugs, anchors and keys, which stay."""

    text: str
    gone: str
    day: str
    handles: Set[str] = frozenset()

    def words(self, value: str, most: int | None = None) -> str:
        """`value` without the text; a place in it that names a row stays, or it would lead nowhere.

        With `most`, the marker is as short as it takes for nothing else to be cut off.
        """
        if self.text not in value:
            return value
        for marker in (self.gone, *SHORTER):
            found = self._swapped(value, marker)
            if most is None or len(found) <= most:
                return found
        return found[:most]

    def _swapped(self, value: str, marker: str) -> str:
        kept = [
            match.span(n)
            for match in _NAMED.finditer(value)
            for n in (1, 2)
            if match[n] is not None and match[n].strip() in self.handles
        ]
        parts, at, over = [], 0, 0
        place = value.find(self.text)
        while place >= 0:
            end = place + len(self.text)
            inside = any(start <= place and end <= stop for start, stop in kept)
            if not inside:
                # Of two places that overlap, one marker stands for both.
                parts += [value[at:place], marker] if place >= over else []
                at = over = end
            place = value.find(self.text, place + 1)
        return "".join(parts) + value[at:]

    def address(self, value: str, most: int | None = None) -> str:
        """A web address without the text: still an address, and one that leads nowhere if its beginning is gone."""
        if self.text not in value:
            return value
        found = value.replace(self.text, f"redacted-{self.day}")
        whole = re.match(r"https?://[^/\s]+", found) and (most is None or len(found) <= most)
        return found if whole else f"https://redacted.invalid/{self.day}"

    def label(self, value: str, most: int | None = None) -> str:
        """A label or note, which may hold the text on one line, or its beginning before an ellipsis."""
        found = self.words(value, most)
        flat = " ".join(self.text.split())
        found = Swap(flat, self.gone, self.day).words(found, most)
        ends = [match.start() for match in re.finditer("…", found)]
        if most is not None and len(value) >= most:
            ends.append(len(found))
        for end in reversed(ends):
            before = found[:end].rstrip()
            for size in range(min(len(flat), len(before)), KNOWN_AGAIN - 1, -1):
                if before.endswith(flat[:size].rstrip()) and len(flat[:size].rstrip()) >= KNOWN_AGAIN:
                    room = before[: len(before) - len(flat[:size].rstrip())]
                    marker = self.gone if most is None or len(room) + len(self.gone) <= most else SHORTER[1]
                    found = room + marker + found[end:]
                    break
        return found

    def everywhere(self, value: Any, words: Callable[[str], str] | None = None) -> Any:
        """A value of JSON with the text taken out of every text in it; names in objects stay."""
        words = words or self.words
        if isinstance(value, str):
            return words(value)
        if isinstance(value, list):
            return [self.everywhere(item, words) for item in value]
        if isinstance(value, dict):
            return {name: self.everywhere(item, words) for name, item in value.items()}
        return value


# --------------------------------------------------------------------------- a frozen document

# In the JSON of a document: texts; addresses; what is of no use in parts. All else are names and numbers.
TEXTS = frozenset(
    "title subtitle people notice summary acknowledgements authors year venue author published text copied_by "
    "licence heading body locator attribution note proposed_by words stated matched passage elsewhere".split()
)
LISTS = frozenset("edits faults warnings labels differences omitted".split())
WHOLE = frozenset("date doi arxiv".split())
# What a check says of words, piece by piece: where the words are no more, neither are the pieces.
PIECES: dict[str, Any] = {"differences": [], "omitted": [], "matched": "", "passage": ""}


def from_document(swap: Swap, value: Any) -> Any:
    """The parsed JSON of a frozen document (`exchange.to_json`) without the text."""
    if isinstance(value, list):
        return [from_document(swap, item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, item in value.items():
        if isinstance(item, str):
            if name in TEXTS:
                item = swap.words(item)
            elif name == "url":
                item = swap.address(item)
            elif name in WHOLE and swap.text in item:
                item = ""
        elif name in LISTS:
            item = swap.everywhere(item)
        else:
            item = from_document(swap, item)
        found[name] = item
    if "verdict" in found and found["words"] != value["words"]:
        found |= PIECES
    return found


def dumped(value: Any) -> str:
    """JSON in the form of `exchange.to_json`."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
