"""The lines that give an exchange file its shape: headings with `{#anchor …}`, and fenced divs.

A file is cut into text, headings and divs, and nothing else is decided here. What looks like
structure within a code fence is text. A div ends at a line of just as many colons as it began
with, and nothing within it is structure to the outside, so that any text survives in a div whose
colons are longer than its own. Attributes are `{#name flag key=word key="any \\"text\\""}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\Z", re.DOTALL)
LARGE_HEADING = re.compile(r" {0,3}##(?![#\S])[ \t]*(.*?)[ \t]*\Z", re.DOTALL)
DIV = re.compile(r"(:{3,})[ \t]*(\w+)[ \t]*(\{.*\})?[ \t]*\Z", re.DOTALL)
NAMED = re.compile(r"[^\s{}\"]+")
PAIR = re.compile(r"([A-Za-z_-]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s{}\"]*))(?=[\s}])", re.DOTALL)
BARE = re.compile(r"[^\s{}\"'\\]+\Z")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "{": "\\{", "}": "\\}"}
UNESCAPES = {"n": "\n", "r": "\r", "t": "\t"}

# What may be defined in a section, and what within a theory.
OUTER = frozenset({"quote", "event", "theory", "text"})
INNER = frozenset({"evidence", "text"})


class AttributeFault(ValueError):
    """What stands in `{…}` can't be read; the message says where and how to mend it."""


@dataclass(frozen=True)
class Attributes:
    """`{#name flag key=value}`; `name` is "" if there is no `#name`."""

    name: str = ""
    flags: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)


def read_attributes(text: str) -> Attributes:
    """Read `{…}`, braces included. Raises `AttributeFault`."""
    position, name, flags, values = 1, "", [], {}
    end = len(text) - 1
    while position < end:
        if text[position].isspace():
            position += 1
            continue
        if pair := PAIR.match(text, position):
            key = pair[1].replace("_", "-").lower()
            if key in values:
                raise AttributeFault(f"“{key}” is given twice in {_shown(text)}: keep one.")
            values[key] = _unescape(pair[2]) if pair[2] is not None else pair[3]
            position = pair.end()
            continue
        word = NAMED.match(text, position)
        if word is None or "=" in word[0]:
            raise AttributeFault(
                f"{_shown(text)} can't be read from “{text[position : position + 20]}” on: write "
                'key=word, or key="more words" in straight quotation marks, with \\" for a mark within.'
            )
        if word[0].startswith("#"):
            if name:
                raise AttributeFault(f"{_shown(text)} has two names, #{name} and {word[0]}: keep one.")
            name = word[0][1:]
        else:
            flags.append(word[0])
        position = word.end()
    return Attributes(name, tuple(flags), values)


def write_attributes(name: str, values: Sequence[tuple[str, str]], flags: Sequence[str] = ()) -> str:
    """`{#name flag key=value}`; a pair whose value is "" is left out."""
    parts = [f"#{name}"] if name else []
    parts += flags
    parts += [f"{key}={_word(value)}" for key, value in values if value]
    return "{" + " ".join(parts) + "}"


def _word(value: str) -> str:
    if BARE.match(value):
        return value
    return '"' + "".join(ESCAPES.get(char, char) for char in value) + '"'


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: UNESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


# --------------------------------------------------------------------------- cutting a file up


@dataclass(frozen=True)
class TextPiece:
    lines: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class HeadingPiece:
    """`attributes` is the text of `{…}`, or "" for a `##` without one."""

    level: int
    heading: str
    attributes: str
    line: int


@dataclass(frozen=True)
class DivPiece:
    """A fenced div: its `content` exactly as it stands; `closed` is False if its end is missing."""

    name: str
    attributes: str
    content: str
    line: int
    closed: bool = True


Piece = TextPiece | HeadingPiece | DivPiece


@dataclass(frozen=True)
class Cut:
    """The pieces in their order; `open_fence` is the line of a code fence that never ends, or 0."""

    pieces: tuple[Piece, ...]
    open_fence: int = 0


def cut(lines: Sequence[str], first: int = 1, within: frozenset[str] = OUTER) -> Cut:
    """Cut `lines` (without their line ends, the first one numbered `first`) into pieces."""
    pieces: list[Piece] = []
    text: list[str] = []
    # The last line of each number of colons: a div beyond it needs no search for its end.
    last = {line.rstrip(" \t"): number for number, line in enumerate(lines) if line.startswith(":::")}
    fence, fence_line, number = "", 0, 0

    def flush() -> None:
        if text:
            pieces.append(TextPiece(tuple(text), first + number - len(text)))
            text.clear()

    while number < len(lines):
        line = lines[number]
        if fence:
            if closes(line, fence):
                fence = ""
        elif opened := opens(line):
            fence, fence_line = opened, first + number
        elif within is OUTER and (heading := _heading(line, first + number)):
            flush()
            pieces.append(heading)
            number += 1
            continue
        elif div := _div(line, within):
            flush()
            inner = INNER if div[2] == "theory" else frozenset()
            end, closed = _end(lines, number + 1, div[1], inner, last.get(div[1], -1))
            content = "\n".join(lines[number + 1 : end])
            pieces.append(DivPiece(div[2], div[3] or "", content, first + number, closed))
            number = end + closed
            continue
        text.append(line)
        number += 1
    flush()
    return Cut(tuple(pieces), fence_line if fence else 0)


def opens(line: str) -> str:
    """The mark of the code fence that begins in this line, or ""."""
    found = FENCE.match(line)
    return found[1] if found and not (found[1][0] == "`" and "`" in found[2]) else ""


def closes(line: str, fence: str) -> bool:
    """Whether this line ends the code fence that began with the mark `fence`."""
    found = FENCE.match(line)
    return bool(found and found[1].startswith(fence) and not found[2].strip(" \t"))


def _heading(line: str, number: int) -> HeadingPiece | None:
    stripped = line.rstrip(" \t")
    if stripped.endswith("}") and (line.startswith("## ") or line.startswith("### ")):
        at = stripped.rfind(" {#")
        level = 2 if line.startswith("## ") else 3
        if at >= level:
            return HeadingPiece(level, stripped[level:at].strip(" \t"), stripped[at + 1 :], number)
    if found := LARGE_HEADING.match(line):
        return HeadingPiece(2, re.sub(r"(?:^|[ \t]+)#+\Z", "", found[1]), "", number)
    return None


def _div(line: str, within: frozenset[str]) -> re.Match[str] | None:
    # A div of a name that we don't know is text, unless it is named like ours: {#…} is a slip then.
    found = DIV.match(line)
    if found and (found[2] in within or (found[3] or "").startswith("{#")):
        return found
    return None


def _end(lines: Sequence[str], start: int, colons: str, inner: frozenset[str], last: int) -> tuple[int, bool]:
    """The index of the line that ends the div, and True; or of the next section's heading, and False.

    People write a div within a theory with as many colons as the theory's own; we write fewer. Any
    other that begins before this one ends shows that its end was forgotten.
    """
    depth = 1
    for index in range(start, last + 1):
        if not lines[index].startswith(colons):
            continue
        if lines[index].rstrip(" \t") == colons:
            depth -= 1
            if not depth:
                return index, True
        elif (found := DIV.match(lines[index])) and found[1] == colons:
            if found[2] in inner:
                depth += 1
            elif found[2] in OUTER | INNER:
                return index, False
    for index in range(start, len(lines)):
        heading = _heading(lines[index], 0)
        if heading and heading.attributes:
            return index, False
    return len(lines), False


def is_text(source: str, within: frozenset[str] = OUTER) -> bool:
    """Whether a body can stand in the file as it is: nothing in it would be taken for structure."""
    if source != source.strip("\n"):
        return False
    found = cut(source.split("\n"), within=within)
    return not found.open_fence and all(isinstance(piece, TextPiece) for piece in found.pieces)


def div(name: str, attributes: str, content: str) -> str:
    """A fenced div whose colons are longer than any run of them that begins a line of `content`."""
    runs = [len(line) - len(line.lstrip(":")) for line in content.split("\n")]
    colons = ":" * max(3, *(run + 1 for run in runs))
    head = f"{colons} {name} {attributes}".rstrip()
    return f"{head}\n{content}\n{colons}" if content else f"{head}\n{colons}"
