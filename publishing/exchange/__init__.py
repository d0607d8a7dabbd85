"""Tree ↔ one readable Markdown file, tree ↔ JSON.

The Markdown file:

- YAML front matter: `format`, title, slug, subtitle, people, language, visibility, updated, notice,
  and the lists `papers` and `sources`. What is empty or the default is not written. A copy for
  readers says `audience: readers`: reading it back deletes nothing.
- `## Heading {#anchor state=todo kind=inbox paper=key visibility=editors former="old older"}` begins
  a section, `###` with `{#…}` one of the second level; `{#summary}` and `{#acknowledgements}` are the
  report's own texts. A state is left out where it is `draft` and there is text.
- Bodies stand as they are stored. One that holds what would be read as structure (a `##` line, a
  `::: quote` line, a code fence without an end) stands between `::: text` and `:::`.
- Quotations, events and theories are fenced divs at the end of the section that first places them,
  those that nothing places at the end of the file:
  `::: quote {#slug source=key page=6 attribution="…" url=… note="edited" former="…"}`,
  `::: event {#slug date=2024~}`, `::: theory {#slug state=rumour proposed-by="…"}` with the title as
  its first line (`### Title`) and its evidence as divs within, `::: evidence {for quote=slug}`.
- A div ends at a line of just as many colons as it began with; there are more where its text has such
  lines itself. In an attribute, \\" \\\\ \\n \\r \\t \\{ \\} stand for the characters.
- The order of the file is the order of the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from publishing.document import (
    Body,
    Document,
    Event,
    Evidence,
    Quote,
    QuoteBlock,
    QuoteWords,
    Section,
    TheoriesBlock,
    Theory,
    TimelineBlock,
    walk,
)
from publishing.exchange import frontmatter, plain
from publishing.exchange.json_form import read_json, to_json
from publishing.exchange.parsed import ERROR, NOTE, WARNING, Finding, Parsed
from publishing.exchange.reading import FORMAT, read_exchange
from publishing.exchange.structure import INNER, HeadingPiece, cut, div, is_text, write_attributes

__all__ = [
    "ERROR",
    "NOTE",
    "WARNING",
    "Finding",
    "NotText",
    "Parsed",
    "decode",
    "read",
    "read_json",
    "to_json",
    "to_markdown",
]


# --------------------------------------------------------------------------- reading


class NotText(ValueError):
    """A file is not UTF-8; `line` is where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def decode(data: bytes) -> str:
    """The text of a file. Raises `NotText` where it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText(
            f"This file is not UTF-8 text (byte {error.start + 1} is 0x{data[error.start]:02x}): "
            "save it with the encoding UTF-8.",
            data.count(b"\n", 0, error.start) + 1,
        ) from error


def read(text: str, *, slug: str = "", title: str = "", name: str = "") -> Parsed:
    """Read a Markdown file of either kind: the exchange format, or plain Markdown as people have it.

    It is the former if its front matter says so (`format: digestsite 1`) or a heading has `{#…}`.
    `slug` and `title` stand in where the file has none, `name` (of the file) for the slug after that.
    Nothing is raised: what is wrong, and what was made of plain Markdown, is in `Parsed.findings`.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if "\0" in line:
            return _nothing(number, "This line holds a NUL character: delete it, or type the line anew.")
    if not text.strip():
        return _nothing(1, "The file is empty: write a title and a section, or choose another file.")
    try:
        front, rest, first = frontmatter.split(text)
    except ValueError as error:
        return _nothing(1, str(error))
    lines = rest.split("\n")
    values, findings = frontmatter.read(front)
    if "format" in values or _has_structure(lines):
        for field, given in (("slug", slug), ("title", title)):
            if given and not values.get(field):
                values[field], values.lines[field] = given, 1
        return read_exchange(values, findings, lines, first)
    return plain.read(values, findings, lines, first, slug=slug, title=title, name=name)


def _nothing(line: int, message: str) -> Parsed:
    return Parsed(Document(slug="", title=""), findings=(Finding(line, message),))


def _has_structure(lines: list[str]) -> bool:
    pieces = cut(lines).pieces
    return any(isinstance(piece, HeadingPiece) and piece.attributes for piece in pieces)


# --------------------------------------------------------------------------- writing


def to_markdown(document: Document) -> str:
    """The file described above; `read` gives the same tree back, blocks and numbers aside."""
    return _Writing(document).text()


class _Writing:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.quotes = {quote.slug: quote for quote in document.quotes}
        self.current = {old: quote.slug for quote in document.quotes for old in quote.former_slugs}
        self.events = list(document.events)
        self.theories = list(document.theories)

    def text(self) -> str:
        document = self.document
        parts = [frontmatter.write(_front(document)).rstrip("\n")]
        if document.summary.source:
            parts += ["## Summary {#summary}", *self.body(document.summary)]
        for section in document.sections:
            parts += self.section(section, "##")
        if document.acknowledgements.source:
            parts += ["## Acknowledgements {#acknowledgements}", *self.body(document.acknowledgements)]
        parts += self.all_theories()
        parts += self.all_events()
        for slug in list(self.quotes):
            parts += self.quote(slug)
        return "\n\n".join(parts) + "\n"

    def section(self, section: Section, mark: str) -> Iterator[str]:
        heading = " ".join(section.heading.split())
        exact = heading == section.heading and not heading.endswith("#")
        state = "" if section.state == "draft" and section.body else section.state
        attributes = [
            ("state", state),
            ("kind", _unless(section.kind, "article")),
            ("paper", section.paper),
            ("visibility", _unless(section.visibility, "public")),
            ("heading", "" if exact else section.heading),
            ("former", " ".join(section.former_anchors)),
        ]
        yield " ".join(filter(None, (mark, heading, write_attributes(section.anchor, attributes))))
        yield from self.body(section.body)
        for child in section.children:
            yield from self.section(child, "###")

    def body(self, body: Body) -> Iterator[str]:
        if body.source:
            yield body.source if is_text(body.source) else div("text", "", body.source)
        yield from self.placed(body)

    def placed(self, node: Any) -> Iterator[str]:
        """The definitions of what `node` places and nothing before it has."""
        for item in walk(node):
            if isinstance(item, QuoteBlock | QuoteWords):
                yield from self.quote(item.slug)
            elif isinstance(item, TimelineBlock):
                yield from self.all_events()
            elif isinstance(item, TheoriesBlock):
                yield from self.all_theories()

    def quote(self, slug: str) -> Iterator[str]:
        quote = self.quotes.pop(self.current.get(slug, slug), None)
        if quote is not None:
            yield _quote(quote)
            yield from self.placed(quote.blocks)

    def all_events(self) -> Iterator[str]:
        events, self.events = self.events, []
        for event in events:
            yield _event(event)
        yield from self.placed(tuple(event.children for event in events))

    def all_theories(self) -> Iterator[str]:
        theories, self.theories = self.theories, []
        for theory in theories:
            yield _theory(theory)
            yield from self.placed(theory.body)
            for item in theory.evidence:
                yield from self.quote(item.quote)
                yield from self.placed(item.children)


def _front(document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {
        "format": FORMAT,
        "title": document.title,
        "slug": document.slug,
        "subtitle": document.subtitle,
        "people": document.people,
        "language": _unless(document.language, "en"),
        "visibility": _unless(document.visibility, "public"),
        "audience": _unless(document.audience, "editors"),
        "updated": document.updated.isoformat() if document.updated else "",
        "notice": document.notice,
        "papers": [
            _filled(
                key=paper.key,
                title=paper.title,
                authors=paper.authors,
                year=paper.year,
                venue=paper.venue,
                doi=paper.doi,
                arxiv=paper.arxiv,
                url=paper.url,
                listed="" if paper.in_summary else "false",
            )
            for paper in document.papers
        ],
        "sources": [
            _filled(
                key=source.key,
                kind=source.kind,
                title=source.title,
                url=source.url,
                paper=source.paper,
                author=source.author,
                published=source.published,
                text=source.text,
                copied_by=source.copied_by,
                licence=source.licence,
            )
            for source in document.sources
        ],
    }
    return {name: value for name, value in values.items() if value}


def _filled(**values: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in values.items() if value}


def _unless(value: str, default: str) -> str:
    return "" if value == default else value


def _quote(quote: Quote) -> str:
    attributes = [
        ("source", quote.source),
        ("page", quote.locator),
        ("attribution", quote.attribution),
        ("url", quote.url),
        ("note", quote.note),
        ("former", " ".join(quote.former_slugs)),
    ]
    return div("quote", write_attributes(quote.slug, attributes), quote.text)


def _event(event: Event) -> str:
    attributes = [("date", event.date), ("former", " ".join(event.former_slugs))]
    return div("event", write_attributes(event.slug, attributes), event.text)


def _theory(theory: Theory) -> str:
    exact = " ".join(theory.title.split()) == theory.title
    attributes = [
        ("state", theory.state),
        ("proposed-by", theory.proposed_by),
        ("title", "" if exact else theory.title),
        ("former", " ".join(theory.former_slugs)),
    ]
    parts = [f"### {theory.title}"] if exact else []
    if source := theory.body.source:
        parts.append(source if is_text(source, INNER) else div("text", "", source))
    parts += [_evidence(item) for item in theory.evidence]
    return div("theory", write_attributes(theory.slug, attributes), "\n\n".join(parts))


def _evidence(item: Evidence) -> str:
    target = [("quote", item.quote), ("paper", item.paper), ("event", item.event), ("url", item.url)]
    return div("evidence", write_attributes("", target, flags=[item.stance]), item.note)
