"""The exchange format, read: one Markdown file → `Parsed`. How it is written says `exchange`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from publishing.document import Body, Document, Event, Evidence, Paper, Quote, Section, Source, Theory
from publishing.exchange import frontmatter
from publishing.exchange.parsed import NOTE, WARNING, Finding, Parsed, checked, moment, suggestion
from publishing.exchange.structure import (
    INNER,
    OUTER,
    AttributeFault,
    Attributes,
    DivPiece,
    HeadingPiece,
    TextPiece,
    cut,
    read_attributes,
)
from publishing.markdown import slugify

FORMAT = "digestsite 1"
TEXT_FIELDS = ("title", "slug", "subtitle", "people", "language", "visibility", "audience", "notice")
FIELDS = ("format", *TEXT_FIELDS, "updated", "papers", "sources")
PAPER_FIELDS = ("key", "title", "authors", "year", "venue", "doi", "arxiv", "url", "listed")
SOURCE_FIELDS = "key kind title url paper author published text copied-by licence".split()
SECTION_KEYS = ("state", "kind", "paper", "visibility", "former", "heading")
QUOTE_KEYS = ("source", "page", "attribution", "url", "note", "former")
EVENT_KEYS = ("date", "former")
THEORY_KEYS = ("state", "proposed-by", "title", "former")
EVIDENCE_KEYS = ("quote", "paper", "event", "url")
REPORT_TEXTS = ("summary", "acknowledgements")


@dataclass
class _Text:
    """A body while it is read: pieces of text with the line of the first."""

    parts: list[str] = field(default_factory=list)
    line: int = 0

    def add(self, text: str, line: int) -> None:
        if not self.parts:
            self.line = line
        self.parts.append(text)

    def source(self) -> str:
        return "\n\n".join(self.parts)


@dataclass
class _Section:
    heading: str
    attributes: Attributes
    line: int
    body: _Text = field(default_factory=_Text)
    children: list[_Section] = field(default_factory=list)


class Reading:
    """One pass over a file. What is wrong is gathered; reading goes on as far as it can."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.findings: list[Finding] = []
        self.quotes: list[Quote] = []
        self.events: list[Event] = []
        self.theories: list[Theory] = []

    def say(self, line: int, message: str, severity: str = "error") -> None:
        self.findings.append(Finding(line, message, severity))

    # ----------------------------------------------------------------- front matter

    def front(self, values: frontmatter.Mapped) -> dict[str, Any]:
        """The fields of a `Document` that the front matter gives."""
        self.unknown(values, FIELDS, "field")
        found: dict[str, Any] = {}
        for name in (*TEXT_FIELDS, "updated", "format"):
            if name in values:
                self.lines[name] = values.lines[name]
                found[name] = self.text(values, name)
        if (made_by := found.pop("format", FORMAT)) != FORMAT:
            self.say(
                values.lines["format"], f"This format is not known: “{made_by}”. It should be “{FORMAT}”."
            )
        if "updated" in found:
            found["updated"] = self.time(found["updated"], values.lines["updated"])
        found["papers"] = tuple(
            self.paper(item, number) for number, item in enumerate(self.mappings(values, "papers"))
        )
        found["sources"] = tuple(
            self.source(item, number) for number, item in enumerate(self.mappings(values, "sources"))
        )
        return found

    def paper(self, item: frontmatter.Mapped, number: int) -> Paper:
        self.lines[f"papers/{number}"] = item.line
        self.unknown(item, PAPER_FIELDS, "field of a paper")
        texts: dict[str, Any] = {name: self.text(item, name) for name in PAPER_FIELDS if name in item}
        listed = texts.pop("listed", "true").lower()
        if listed not in ("true", "false"):
            self.say(item.lines["listed"], f"listed: “{listed}” is not known: use true or false.")
        return Paper(**{"key": "", "title": "", **texts}, in_summary=listed != "false")

    def source(self, item: frontmatter.Mapped, number: int) -> Source:
        self.lines[f"sources/{number}"] = item.line
        self.unknown(item, SOURCE_FIELDS, "field of a source")
        names = [name for name in SOURCE_FIELDS if name in item]
        texts: dict[str, Any] = {name.replace("-", "_"): self.text(item, name) for name in names}
        return Source(**{"key": "", "kind": "pdf", **texts})

    def mappings(self, values: frontmatter.Mapped, name: str) -> list[frontmatter.Mapped]:
        listed = values.get(name) or []
        if isinstance(listed, list) and all(isinstance(item, frontmatter.Mapped) for item in listed):
            return listed
        self.say(values.lines[name], f"{name} must be a list of entries such as “- key: deepseek-r1”.")
        return []

    def text(self, values: frontmatter.Mapped, name: str) -> str:
        value = values[name]
        if isinstance(value, str):
            return value
        self.say(values.lines[name], f"{name} must be one text: put it into quotation marks.")
        return ""

    def time(self, text: str, line: int) -> dt.datetime | None:
        found = moment(text)
        if found is None:
            self.say(line, f"updated: “{text}” is not a time: write it as 2025-01-28T19:20:59+00:00.")
            return None
        if not found[1]:
            self.say(line, f"updated: “{text}” names no time zone, so it is taken as UTC.", NOTE)
        return found[0]

    def unknown(self, values: frontmatter.Mapped, known: Any, what: str) -> None:
        for name in values:
            if name not in known:
                self.say(
                    values.lines[name],
                    f"“{name}” is no {what} of this format{suggestion(name, known)}: "
                    f"take it out, or use one of {', '.join(known)}.",
                )

    # ----------------------------------------------------------------- sections

    def sections(self, lines: list[str], first: int) -> tuple[str, list[_Section]]:
        """The title of a `# Title` line before the first section ("" if none), and the sections."""
        found = cut(lines, first)
        if found.open_fence:
            self.say(
                found.open_fence,
                "The code block that begins here is never closed, so what follows would be lost in it: "
                "put ``` on a line of its own after its last line.",
            )
        title = ""
        tops: list[_Section] = []
        current: _Section | None = None
        for piece in found.pieces:
            if isinstance(piece, HeadingPiece):
                current = self.heading(piece, tops)
            elif isinstance(piece, DivPiece):
                body = current.body if current else None
                self.div(piece, body)
            elif current is None:
                title = self.before(piece, title)
            else:
                _take(current.body, piece)
        return title, tops

    def before(self, piece: TextPiece, title: str) -> str:
        for number, line in enumerate(piece.lines, piece.line):
            if line.startswith("# ") and not title:
                title = line[2:].strip()
                self.lines.setdefault("title", number)
            elif line.strip():
                self.say(
                    number,
                    "This text stands before the first section: put it under a heading, such as "
                    "“## Summary {#summary}”, or make it the notice: in the front matter.",
                )
                break
        return title

    def heading(self, piece: HeadingPiece, tops: list[_Section]) -> _Section:
        attributes = self.attributes(piece.attributes, piece.line, SECTION_KEYS)
        if not piece.attributes:
            attributes = Attributes(slugify(piece.heading))
            self.say(
                piece.line,
                f"The section “{piece.heading}” has no anchor and gets {{#{attributes.name}}}: write "
                "it down, so that links stay when the heading changes.",
                WARNING,
            )
        section = _Section(attributes.values.get("heading", piece.heading), attributes, piece.line)
        if piece.level == 3 and not tops:
            self.say(piece.line, "A section of the second level (###) needs one of the first (##) before it.")
        if piece.level == 2 or not tops:
            tops.append(section)
        else:
            if tops[-1].attributes.name in REPORT_TEXTS:
                self.say(
                    piece.line,
                    f"“{tops[-1].heading}” can't have sections of its own: take out "
                    f"“{{#{attributes.name} …}}”, so that this is a heading within its text.",
                )
            tops[-1].children.append(section)
        return section

    def section(self, part: _Section, path: str) -> Section:
        values = part.attributes.values
        self.lines[path] = part.line
        self.lines[f"{path}/body"] = part.body.line or part.line
        source = part.body.source()
        return Section(
            anchor=part.attributes.name,
            heading=part.heading,
            kind=values.get("kind", "article"),
            state=values.get("state", "draft" if source.strip() else "todo"),
            visibility=values.get("visibility", "public"),
            paper=values.get("paper", ""),
            body=Body(source),
            children=tuple(
                self.section(child, f"{path}/children/{number}") for number, child in enumerate(part.children)
            ),
            former_anchors=tuple(values.get("former", "").split()),
        )

    # ----------------------------------------------------------------- divs

    def div(self, piece: DivPiece, body: _Text | None) -> None:
        if not piece.closed:
            self.say(
                piece.line,
                f"The block “::: {piece.name}” that begins here is never closed: put a line of just as "
                "many colons after its last line.",
            )
        if piece.name == "text":
            if body is None:
                self.say(piece.line, "This text stands before the first section: put it under a heading.")
            else:
                body.add(piece.content, piece.line + 1)
        elif piece.name == "quote":
            self.quote(piece)
        elif piece.name == "event":
            self.event(piece)
        elif piece.name == "theory":
            self.theory(piece)
        elif piece.name == "evidence":
            self.say(piece.line, "Evidence belongs within a theory: put this block before its last line.")
        else:
            hint = suggestion(piece.name, OUTER)
            self.say(piece.line, f"“::: {piece.name}” is not known{hint}: use quote, event or theory.")

    def quote(self, piece: DivPiece) -> None:
        given = self.attributes(piece.attributes, piece.line, QUOTE_KEYS)
        self.lines[f"quotes/{len(self.quotes)}"] = piece.line
        values = given.values
        self.quotes.append(
            Quote(
                slug=given.name,
                text=piece.content,
                source=values.get("source", ""),
                locator=values.get("page", ""),
                attribution=values.get("attribution", ""),
                url=values.get("url", ""),
                note=values.get("note", ""),
                former_slugs=tuple(values.get("former", "").split()),
            )
        )

    def event(self, piece: DivPiece) -> None:
        given = self.attributes(piece.attributes, piece.line, EVENT_KEYS)
        self.lines[f"events/{len(self.events)}"] = piece.line
        self.events.append(
            Event(
                slug=given.name,
                text=piece.content,
                date=given.values.get("date", ""),
                former_slugs=tuple(given.values.get("former", "").split()),
            )
        )

    def theory(self, piece: DivPiece) -> None:
        given = self.attributes(piece.attributes, piece.line, THEORY_KEYS)
        path = f"theories/{len(self.theories)}"
        self.lines[path] = piece.line
        lines = piece.content.split("\n")
        first, title = piece.line + 1, given.values.get("title", "")
        start = next((number for number, line in enumerate(lines) if line.strip()), 0)
        if not title and lines[start].startswith("### "):
            title = lines[start][4:].strip(" \t")
            lines, first = lines[start + 1 :], first + start + 1
        body = _Text()
        evidence: list[Evidence] = []
        inner = cut(lines, first, INNER)
        if inner.open_fence:
            self.say(inner.open_fence, "The code block that begins here is never closed: close it with ```.")
        for part in inner.pieces:
            if isinstance(part, TextPiece):
                _take(body, part)
            elif isinstance(part, DivPiece) and part.name == "evidence":
                self.lines[f"{path}/evidence/{len(evidence)}"] = part.line
                evidence.append(self.evidence(part))
            elif isinstance(part, DivPiece):
                if part.name == "text":
                    body.add(part.content, part.line + 1)
                else:
                    self.say(
                        part.line, f"“::: {part.name}” can't stand within a theory: put it after its end."
                    )
        self.lines[f"{path}/body"] = body.line or piece.line
        self.theories.append(
            Theory(
                slug=given.name,
                title=title,
                state=given.values.get("state", "rumour"),
                proposed_by=given.values.get("proposed-by", ""),
                body=Body(body.source()),
                evidence=tuple(evidence),
                former_slugs=tuple(given.values.get("former", "").split()),
            )
        )

    def evidence(self, piece: DivPiece) -> Evidence:
        given = self.attributes(piece.attributes, piece.line, EVIDENCE_KEYS, flags=1, named=False)
        if not piece.closed:
            self.say(piece.line, "This evidence is never closed: put a line ::: after its note.")
        names: dict[str, Any] = {name: given.values.get(name, "") for name in EVIDENCE_KEYS}
        return Evidence(stance=given.flags[0] if given.flags else "for", note=piece.content, **names)

    def attributes(
        self, text: str, line: int, known: tuple[str, ...], flags: int = 0, named: bool = True
    ) -> Attributes:
        """Read `{…}`, and say what in it has no meaning here."""
        try:
            given = read_attributes(text) if text else Attributes()
        except AttributeFault as fault:
            self.say(line, str(fault))
            # A name that nothing else has: one fault, and not also a missing or a repeated name.
            return Attributes(f"line-{line}" if named else "")
        for name in given.values:
            if name not in known:
                hint = suggestion(name, known)
                self.say(line, f"“{name}” is not known here{hint}: use one of {', '.join(known)}.")
        if given.flags[flags:]:
            extra = given.flags[flags]
            self.say(line, f"“{extra}” has no meaning in {{…}}: write it as key=word, or take it out.")
        if given.name and not named:
            self.say(line, f"#{given.name} has no meaning here: evidence has no address of its own.")
        return given


def _take(body: _Text, piece: TextPiece) -> None:
    """Add a piece of text without the empty lines around it."""
    source = "\n".join(piece.lines)
    inner = source.strip("\n")
    if inner:
        body.add(inner, piece.line + len(source) - len(source.lstrip("\n")))


def read_exchange(front: frontmatter.Mapped, findings: list[Finding], lines: list[str], first: int) -> Parsed:
    """Read a file whose front matter is `front` and whose other lines begin with line `first`."""
    reading = Reading()
    reading.findings += findings
    fields = reading.front(front)
    title, parts = reading.sections(lines, first)
    fields.setdefault("title", title)
    sections: list[Section] = []
    for part in parts:
        name = part.attributes.name
        if name in REPORT_TEXTS:
            _report_text(reading, fields, name, part)
        else:
            sections.append(reading.section(part, f"sections/{len(sections)}"))
    for name in ("title", "slug"):
        if not fields.get(name) and not findings:  # what can't be read may well hold it
            reading.say(1, f"The report has no {name}: write a line “{name}: …” into the front matter.")
    partial = fields.get("audience") == "readers"
    document = Document(
        **{
            "slug": "",
            "audience": "editors",
            **fields,
            "sections": tuple(sections),
            "quotes": tuple(reading.quotes),
            "events": tuple(reading.events),
            "theories": tuple(reading.theories),
        }
    )
    parsed = Parsed(document, reading.lines, tuple(reading.findings), partial=partial)
    return checked(parsed)


def _report_text(reading: Reading, fields: dict[str, Any], name: str, part: _Section) -> None:
    if part.attributes.values:
        words = ", ".join(part.attributes.values)
        reading.say(part.line, f"{{#{name}}} is the report's own text and takes no {words}: take it out.")
    if name in fields:
        reading.say(part.line, f"There is a second {{#{name}}}: put both texts under one heading.")
    reading.lines[name] = part.body.line or part.line
    fields[name] = Body(part.body.source())
