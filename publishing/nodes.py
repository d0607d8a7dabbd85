"""What a text consists of: the blocks and inlines that Markdown is parsed to, and outputs are made from.

Immutable, and knows neither Django nor any format. Sequences are tuples, absent text is "".
"""

from __future__ import annotations

from dataclasses import dataclass, field

# --------------------------------------------------------------------------- inline


@dataclass(frozen=True)
class Inline:
    """A run of text within a block."""


@dataclass(frozen=True)
class Text(Inline):
    text: str


@dataclass(frozen=True)
class Break(Inline):
    """A line end in the source; `hard` if the author asked for a new line."""

    hard: bool = False


@dataclass(frozen=True)
class Emphasis(Inline):
    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Strong(Inline):
    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Strike(Inline):
    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Code(Inline):
    text: str


@dataclass(frozen=True)
class Link(Inline):
    """`href` has passed the allow-list of schemes: http, https, mailto, or same-site."""

    href: str
    children: tuple[Inline, ...]
    title: str = ""


@dataclass(frozen=True)
class Image(Inline):
    """`src` is an address of our own media (`/media/…`) or http(s); `alt` may be ""."""

    src: str
    alt: str
    title: str = ""


@dataclass(frozen=True)
class Math(Inline):
    """A formula in TeX. What it looks like stands in `Document.formulas`."""

    tex: str
    display: bool = False


@dataclass(frozen=True)
class CiteItem:
    """One work within a citation: `[see @key, p. 5]` has prefix "see", locator "p. 5"."""

    key: str
    prefix: str = ""
    locator: str = ""


@dataclass(frozen=True)
class Citation(Inline):
    """`[@a, p. 5; @b]`; `in_text` for a bare `@key`. Numbers stand in `Document.references`."""

    items: tuple[CiteItem, ...]
    in_text: bool = False


@dataclass(frozen=True)
class Quoted(Inline):
    """Words in quotation marks (the marks included) that are a quotation without a row.

    They are directly followed by a citation, or long enough to want one. `prose` is their
    place in `Document.prose`, from 1.
    """

    children: tuple[Inline, ...]
    prose: int


@dataclass(frozen=True)
class QuoteWords(Inline):
    """`[[quote:slug]]` within a line: the quotation's words in quotation marks."""

    slug: str


@dataclass(frozen=True)
class Target(Inline):
    """`[[section:slug|label]]`: a link to a section, paper, event or theory of this report."""

    kind: str
    slug: str
    label: str = ""


@dataclass(frozen=True)
class FootnoteRef(Inline):
    """`number` counts through the whole document; `again` is 0 for the first reference."""

    number: int
    again: int = 0


# --------------------------------------------------------------------------- blocks


@dataclass(frozen=True)
class Block:
    """`line` is the line of the body's source it begins on, from 1; no part of equality."""

    line: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True)
class Paragraph(Block):
    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Heading(Block):
    """A heading inside a body: `level` 3 to 6, as it stood in Markdown."""

    level: int
    children: tuple[Inline, ...]
    anchor: str


@dataclass(frozen=True)
class ListItem:
    blocks: tuple[Block, ...]
    checked: bool | None = None


@dataclass(frozen=True)
class List(Block):
    items: tuple[ListItem, ...]
    ordered: bool = False
    start: int = 1
    tight: bool = True


@dataclass(frozen=True)
class DefinitionItem:
    term: tuple[Inline, ...]
    definitions: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class DefinitionList(Block):
    items: tuple[DefinitionItem, ...]


@dataclass(frozen=True)
class CodeBlock(Block):
    text: str
    language: str = ""


@dataclass(frozen=True)
class BlockQuote(Block):
    """`prose` is its place in `Document.prose`, from 1; 0 if it is not a quotation of its own."""

    blocks: tuple[Block, ...]
    prose: int = 0


@dataclass(frozen=True)
class Table(Block):
    """`align` holds "", "left", "center" or "right" for each column; a cell is inlines."""

    align: tuple[str, ...]
    head: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]


@dataclass(frozen=True)
class Rule(Block):
    """A thematic break."""


@dataclass(frozen=True)
class MathBlock(Block):
    tex: str


@dataclass(frozen=True)
class Todo(Block):
    """A paragraph that begins with TODO; `children` are the words after that mark."""

    children: tuple[Inline, ...]


@dataclass(frozen=True)
class QuoteBlock(Block):
    """`[[quote:slug]]` on a line of its own."""

    slug: str


@dataclass(frozen=True)
class TimelineBlock(Block):
    """`[[timeline]]`: all events stand here."""


@dataclass(frozen=True)
class TheoriesBlock(Block):
    """`[[theories]]`: all theories stand here."""


@dataclass(frozen=True)
class Footnote:
    number: int
    label: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Body:
    """A Markdown text: `source` exactly as stored, and what it parses to."""

    source: str = ""
    blocks: tuple[Block, ...] = ()
    footnotes: tuple[Footnote, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.source.strip())
