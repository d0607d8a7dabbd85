"""The one tree: what a report says, ready for every output.

The database is turned into a `Document` once (`assemble.document`), and the page, the
PDF, Markdown, JSON and whatever comes later are written from it alone. Everything here is
immutable and knows neither Django nor any format. Sequences are tuples, absent text is "".
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

# The nodes belong to the tree: `tree.Paragraph` reads as it should.
from publishing.nodes import (
    Block as Block,
    BlockQuote as BlockQuote,
    Body as Body,
    Break as Break,
    Citation as Citation,
    CiteItem as CiteItem,
    Code as Code,
    CodeBlock as CodeBlock,
    DefinitionItem as DefinitionItem,
    DefinitionList as DefinitionList,
    Emphasis as Emphasis,
    Footnote as Footnote,
    FootnoteRef as FootnoteRef,
    Heading as Heading,
    Image as Image,
    Inline as Inline,
    Link as Link,
    List as List,
    ListItem as ListItem,
    Math as Math,
    MathBlock as MathBlock,
    Paragraph as Paragraph,
    QuoteBlock as QuoteBlock,
    Quoted as Quoted,
    QuoteWords as QuoteWords,
    Rule as Rule,
    Strike as Strike,
    Strong as Strong,
    Table as Table,
    Target as Target,
    Text as Text,
    TheoriesBlock as TheoriesBlock,
    TimelineBlock as TimelineBlock,
    Todo as Todo,
)

# --------------------------------------------------------------------------- the report


@dataclass(frozen=True)
class Paper:
    """`number` is its number in the list of papers and, the same, among the references; 0 if neither."""

    key: str
    title: str
    authors: str = ""
    year: str = ""
    url: str = ""
    venue: str = ""
    doi: str = ""
    arxiv: str = ""
    in_summary: bool = True
    number: int = 0
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Source:
    """What a quotation was taken from. `kind` is "pdf", "web" or "post"; `paper` a paper's key."""

    key: str
    kind: str
    title: str = ""
    url: str = ""
    paper: str = ""
    author: str = ""
    published: str = ""
    text: str = ""
    copied_by: str = ""
    licence: str = ""
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Difference:
    """Source words against quoted words ("" where one side has none), and a word on either side."""

    source: str
    quoted: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Check:
    """What is known about some quoted words: a verdict, and for "unchecked" always the reason.

    `pages` are file pages from 1, `labels` the printed ones. `sha256` and `taken` name the text
    that was checked by `engine`; with `recorded` the file was not at hand here, with `from_passage` the words
    were compared with the passage that an earlier check kept. `elsewhere` names another text of
    the same work in which the words do pass; `because` says why an edition holds words that fail.
    `earlier` are the checks against older files of the same source, the newest first. `between` names
    what the words run over ("table"). `places` are the matched words in that text: page from 0, first
    character, end. `row` is the database id of the check.
    """

    verdict: str
    reason: str = ""
    edits: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    omitted: tuple[str, ...] = ()
    matched: str = ""
    passage: str = ""
    checked: dt.datetime | None = None
    sha256: str = ""
    engine: str = ""
    taken: dt.datetime | None = None
    recorded: bool = False
    from_passage: bool = False
    elsewhere: str = ""
    because: str = ""
    earlier: tuple[Check, ...] = ()
    between: tuple[str, ...] = ()
    places: tuple[tuple[int, int, int], ...] = ()
    row: int | None = None

    @property
    def passes(self) -> bool:
        return self.verdict in ("verbatim", "edited")


@dataclass(frozen=True)
class ProseQuote:
    """A quotation that stands in the text without a row. `key` and `locator` are its citation's, or "".

    Where the citation names several works, `cited` are all of them, and `key` is the one that the words
    suit best.
    """

    words: str
    key: str = ""
    locator: str = ""
    source: str = ""
    number: int = 0
    where: str = ""
    line: int = 0
    cited: tuple[CiteItem, ...] = ()
    check: Check | None = field(default=None, compare=False)

    @property
    def anchor(self) -> str:
        return f"quotation-{self.number}"

    @property
    def name(self) -> str:
        """The last part of its own address: made of its words and source, wherever it stands."""
        said = f"{' '.join(self.words.split())}\0{self.key}"
        return f"words-{hashlib.sha256(said.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Quote:
    """A quotation. `text` is stored without the outer quotation marks; `blocks` is what it parses to."""

    slug: str
    text: str
    blocks: tuple[Block, ...] = ()
    source: str = ""
    locator: str = ""
    attribution: str = ""
    url: str = ""
    note: str = ""
    former_slugs: tuple[str, ...] = ()
    number: int = 0
    row: int | None = field(default=None, compare=False)
    check: Check | None = field(default=None, compare=False)

    @property
    def anchor(self) -> str:
        return f"quote-{self.slug}"


@dataclass(frozen=True)
class Event:
    """`date` is EDTF or "" (undated), `when` the same in words, `machine` for `<time datetime>` or ""."""

    slug: str
    text: str
    children: tuple[Inline, ...] = ()
    date: str = ""
    when: str = ""
    machine: str = ""
    lower: int | None = None
    upper: int | None = None
    former_slugs: tuple[str, ...] = ()
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Evidence:
    """One piece for, against or neutral; at most one of quote, paper, event, url is set."""

    stance: str
    note: str = ""
    children: tuple[Inline, ...] = ()
    quote: str = ""
    paper: str = ""
    event: str = ""
    url: str = ""
    label: str = ""
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Theory:
    slug: str
    title: str
    state: str
    proposed_by: str = ""
    body: Body = Body()
    evidence: tuple[Evidence, ...] = ()
    former_slugs: tuple[str, ...] = ()
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Section:
    """`state` is "todo", "draft" or "done"; `kind` "article" or "inbox"; `row` is the database id."""

    anchor: str
    heading: str
    kind: str = "article"
    state: str = "todo"
    visibility: str = "public"
    paper: str = ""
    body: Body = Body()
    children: tuple[Section, ...] = ()
    former_anchors: tuple[str, ...] = ()
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Formula:
    """MathML for the page, Typst math for the PDF; `error` says why there is neither."""

    tex: str
    display: bool
    mathml: str = ""
    typst: str = ""
    error: str = ""


@dataclass(frozen=True)
class Problem:
    """Something an editor should mend: where, in which line, what and how."""

    where: str
    line: int
    message: str
    anchor: str = ""


Slugged = TypeVar("Slugged", "Quote", "Event", "Theory")


@dataclass(frozen=True)
class Document:
    """A report as `audience` ("readers" or "editors") may see it, at `version`.

    `edition` is the name of the frozen copy that this is, or "".
    """

    slug: str
    title: str
    subtitle: str = ""
    people: str = ""
    notice: str = ""
    language: str = "en"
    visibility: str = "public"
    audience: str = "readers"
    version: int = field(default=0, compare=False)
    stamp: int = field(default=0, compare=False)
    edition: str = field(default="", compare=False)
    updated: dt.datetime | None = None
    summary: Body = Body()
    acknowledgements: Body = Body()
    papers: tuple[Paper, ...] = ()
    sources: tuple[Source, ...] = ()
    sections: tuple[Section, ...] = ()
    quotes: tuple[Quote, ...] = ()
    prose: tuple[ProseQuote, ...] = field(default=(), compare=False)
    events: tuple[Event, ...] = ()
    theories: tuple[Theory, ...] = ()
    timeline_after: bool = False
    theories_after: bool = False
    formulas: tuple[Formula, ...] = field(default=(), compare=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    # Look-ups, former addresses included. Built on demand: a renderer keeps what it needs often.

    @property
    def paper_by_key(self) -> dict[str, Paper]:
        return {paper.key: paper for paper in self.papers}

    @property
    def source_by_key(self) -> dict[str, Source]:
        return {source.key: source for source in self.sources}

    @property
    def quote_by_slug(self) -> dict[str, Quote]:
        return _by_any_slug(self.quotes)

    @property
    def event_by_slug(self) -> dict[str, Event]:
        return _by_any_slug(self.events)

    @property
    def theory_by_slug(self) -> dict[str, Theory]:
        return _by_any_slug(self.theories)

    @property
    def section_by_anchor(self) -> dict[str, Section]:
        old = {name: section for section in self.all_sections() for name in section.former_anchors}
        return old | {section.anchor: section for section in self.all_sections()}

    @property
    def formula_by_tex(self) -> dict[tuple[str, bool], Formula]:
        return {(formula.tex, formula.display): formula for formula in self.formulas}

    @property
    def every_quotation(self) -> tuple[Quote | ProseQuote, ...]:
        """All quotations there are, placed or not: those with a row first."""
        every: list[Quote | ProseQuote] = [*self.quotes]
        every.extend(self.prose)
        return tuple(every)

    @property
    def quotations(self) -> tuple[Quote | ProseQuote, ...]:
        """Every quotation that is shown, with a row or without, in reading order."""
        shown = [quotation for quotation in self.every_quotation if quotation.number]
        return tuple(sorted(shown, key=lambda quotation: quotation.number))

    @property
    def references(self) -> tuple[Paper, ...]:
        """The papers that are listed in the summary, cited or quoted, by number."""
        return tuple(sorted((p for p in self.papers if p.number), key=lambda p: p.number))

    def all_sections(self) -> Iterator[Section]:
        """Every section of both levels, in reading order."""
        for section in self.sections:
            yield section
            yield from section.children

    # What the masthead counts. The summary counts as a section, second-level ones do not.

    @property
    def section_count(self) -> int:
        return len(self.sections) + 1

    @property
    def todo_sections(self) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.state == "todo")

    @property
    def todo_count(self) -> int:
        return len(self.todo_sections) + (not self.summary)

    @property
    def inbox_count(self) -> int:
        return sum(section.kind == "inbox" for section in self.sections)

    @property
    def unfinished(self) -> bool:
        """Whether the notice is shown: something is to do, a draft, an inbox, or an inline todo."""
        return (
            not self.summary
            or any(s.state != "done" or s.kind == "inbox" for s in self.all_sections())
            or bool(self.todos)
        )

    @property
    def todos(self) -> tuple[Todo, ...]:
        """The inline todos in reading order; the page numbers them `todo-1`, `todo-2`, …"""
        return tuple(node for node in walk(self) if isinstance(node, Todo))


def _by_any_slug(rows: Iterable[Slugged]) -> dict[str, Slugged]:
    """Rows by slug, and by the slugs they used to have where no other row has them now."""
    rows = tuple(rows)
    found = {row.slug: row for row in rows}
    for row in rows:
        for slug in row.former_slugs:
            found.setdefault(slug, row)
    return found


def walk(node: Any) -> Iterator[Any]:
    """Yield every dataclass below `node` (itself included), depth first, in reading order.

    For a `Document` that is summary, sections, then acknowledgements; quotes, events and
    theories are visited where the tree keeps them, not where they are placed.
    """
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(reversed(item))
            continue
        kind: Any = type(item)
        if names := _below(kind):
            yield item
            stack.extend(getattr(item, name) for name in names)


@cache
def _below(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that hold more nodes, last first; () for what is no node."""
    if kind is Document:
        return ("theories", "events", "quotes", "acknowledgements", "sections", "summary")
    return tuple(reversed([f.name for f in fields(kind)])) if is_dataclass(kind) else ()


def plain(children: tuple[Inline, ...]) -> str:
    """The words of inlines, for titles, alt texts and search."""
    words = []
    for node in walk(children):
        match node:
            case Text(text=text) | Code(text=text):
                words.append(text)
            case Break():
                words.append(" ")
            case Math(tex=tex):
                words.append(tex)
            case Image(alt=alt):
                words.append(alt)
            case Target(label=label, slug=slug):
                words.append(label or slug)
    return "".join(words)
