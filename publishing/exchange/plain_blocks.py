"""Plain Markdown, cut into the blocks that `plain` looks at. Lines keep their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from publishing.exchange.structure import closes, opens

ITEM = re.compile(r"( {0,3})([-*+•]|\d{1,9}[.)])([ \t]+)(?=\S)")
RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}\Z")
ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
OTHER = re.compile(r" {0,3}[>|<]|    |\t|\[\^[^\]]+\]:|\$\$|:::")

PARAGRAPH, LIST, RULED, HEADING, AS_IT_IS = "paragraph", "list", "rule", "heading", "other"


@dataclass(frozen=True)
class Line:
    number: int
    text: str


@dataclass(frozen=True)
class Block:
    kind: str
    lines: tuple[Line, ...]

    @property
    def line(self) -> int:
        return self.lines[0].number

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class Item:
    """An item of a list: its own lines without mark and indentation."""

    mark: str
    lines: tuple[Line, ...]

    @property
    def line(self) -> int:
        return self.lines[0].number


def blocks(lines: Sequence[Line]) -> list[Block]:
    """Cut lines into blocks; empty lines only stand between them, or within a list or code."""
    found: list[Block] = []
    index = 0
    while index < len(lines):
        text = lines[index].text
        if not text.strip():
            index += 1
            continue
        kind, end = _extent(lines, index)
        found.append(Block(kind, tuple(lines[index:end])))
        index = end
    return found


def _extent(lines: Sequence[Line], start: int) -> tuple[str, int]:
    text = lines[start].text
    if fence := opens(text):
        for index in range(start + 1, len(lines)):
            if closes(lines[index].text, fence):
                return AS_IT_IS, index + 1
        return AS_IT_IS, len(lines)
    if RULE.match(text):
        return RULED, start + 1
    if ATX.match(text):
        return HEADING, start + 1
    if ITEM.match(text):
        return LIST, _list_end(lines, start)
    kind = AS_IT_IS if OTHER.match(text) else PARAGRAPH
    index = start + 1
    while index < len(lines) and lines[index].text.strip():
        text = lines[index].text
        if kind == PARAGRAPH and (opens(text) or ATX.match(text) or ITEM.match(text) or RULE.match(text)):
            # Under text, a line of hyphens makes a heading of it: that is not ours to decide.
            if not RULE.match(text) or "-" not in text:
                break
            kind = AS_IT_IS
        index += 1
    return kind, index


def _list_end(lines: Sequence[Line], start: int) -> int:
    index, fence = start + 1, ""
    while index < len(lines):
        text = lines[index].text
        if fence:
            fence = "" if text.strip() and closes(text.strip(), fence) else fence
        elif not text.strip():
            while index + 1 < len(lines) and not lines[index + 1].text.strip():
                index += 1
            after = lines[index + 1].text if index + 1 < len(lines) else ""
            if not (after.startswith(("  ", "\t")) or (ITEM.match(after) and not RULE.match(after))):
                return index
        elif RULE.match(text) or ATX.match(text):
            return index
        elif text.startswith((" ", "\t")):
            fence = opens(text.strip())
        elif opens(text):
            return index
        index += 1
    return index


def items(block: Block) -> list[Item]:
    """The items of a list. One that is nested stands in its item's lines, indented or not."""
    found: list[tuple[str, list[Line]]] = []
    first = ITEM.match(block.lines[0].text)
    assert first is not None
    indent, width = len(first[1]), len(first[0])
    for line in block.lines:
        mark = ITEM.match(line.text)
        if mark and len(mark[1]) <= indent + 1:
            width = len(mark[0])
            found.append((mark[2], [Line(line.number, line.text[width:])]))
        else:
            lead = len(line.text) - len(line.text.lstrip(" "))
            found[-1][1].append(Line(line.number, line.text[min(lead, width) :].lstrip("\t")))
    return [Item(mark, tuple(_trimmed(lines))) for mark, lines in found]


def _trimmed(lines: list[Line]) -> list[Line]:
    end = len(lines)
    while end > 1 and not lines[end - 1].text.strip():
        end -= 1
    return lines[:end]
