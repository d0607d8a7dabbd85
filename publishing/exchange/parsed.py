"""What a file says, read but not yet stored, and what is wrong with it.

Every reader (Markdown, JSON, plain Markdown) ends in a `Parsed`: the same tree that outputs are
written from, its bodies not yet parsed, with the line each part stands in. `check` looks at what
all of them have in common, so that each fault has one wording.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publishing import markdown
from publishing.document import (
    Block,
    Document,
    Image,
    Math,
    MathBlock,
    QuoteBlock,
    QuoteWords,
    Section,
    Target,
    walk,
)
from timeline import dates

KINDS = ("article", "inbox")
STATES = ("todo", "draft", "done")
VISIBILITIES = ("public", "editors")
AUDIENCES = ("readers", "editors")
SOURCE_KINDS = ("pdf", "web", "post")
THEORY_STATES = ("rumour", "plausible", "contested", "supported", "refuted")
STANCES = ("for", "against", "neutral")

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True, order=True)
class Finding:
    """Something to say about a file: an error stops the import, a warning or a note does not.

    `line` counts from 1, or is 0 where there is none (JSON); `where` names the place then.
    """

    line: int
    message: str
    severity: str = ERROR
    where: str = ""


@dataclass(frozen=True)
class Parsed:
    """A file as read: `document` has sources for bodies, but no blocks; `lines` tells where each
    part stands, by path ("sections/0/children/1", "quotes/3", "title"). `images` are the addresses
    of pictures in its texts, and `formulas` the TeX with whether it is displayed, each with its place:
    the path of the text, and how many lines further down. With `partial`, what the file lacks is not to be
    deleted: it was written for readers, without what editors alone see.
    """

    document: Document
    lines: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    images: tuple[tuple[str, str, int], ...] = ()
    formulas: tuple[tuple[tuple[str, bool], str, int], ...] = ()
    partial: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == ERROR)

    def finding(self, path: str, message: str, severity: str = ERROR) -> Finding:
        return at(self.lines, path, message, severity)


def at(lines: Mapping[str, int], path: str, message: str, severity: str = ERROR, offset: int = 0) -> Finding:
    """A finding about the part at `path`, `offset` lines further down; JSON has paths, but no lines.

    Where a text is not in the file as it is stored, `lines` tells of each line ("sections/0/body:3").
    """
    line = lines.get(f"{path}:{offset}") or lines.get(path, 0) + offset
    found = path in lines
    return Finding(line if found else 0, message, severity, "" if found else path)


def moment(text: str) -> tuple[dt.datetime, bool] | None:
    """An ISO time in UTC, and whether it named its zone (else UTC is taken); None if it is no time."""
    try:
        found = dt.datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC), bool(
            found.tzinfo
        )
    except (ValueError, OverflowError):
        return None


def suggestion(word: str, known: Collection[str]) -> str:
    """ " (did you mean “x”?)" if something known is close, else ""."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean “{close[0]}”?)" if close else ""


def checked(parsed: Parsed) -> Parsed:
    """`parsed` with what `check` finds, in the order of the lines."""
    check = _Check(parsed.document, parsed.lines)
    check.all()
    findings = tuple(sorted({*parsed.findings, *check.findings}))
    return replace(parsed, findings=findings, images=tuple(check.images), formulas=tuple(check.formulas))


def sections(document: Document) -> Iterator[tuple[str, Section]]:
    """Every section of both levels with its path, in reading order."""
    for index, section in enumerate(document.sections):
        yield f"sections/{index}", section
        for number, child in enumerate(section.children):
            yield f"sections/{index}/children/{number}", child


class _Check:
    def __init__(self, document: Document, lines: Mapping[str, int]) -> None:
        self.document, self.lines = document, lines
        self.findings: list[Finding] = []
        self.images: list[tuple[str, str, int]] = []
        self.formulas: list[tuple[tuple[str, bool], str, int]] = []
        self.papers = {paper.key for paper in document.papers}
        self.sources = {source.key for source in document.sources}
        self.targets = {
            "quote": {slug for quote in document.quotes for slug in (quote.slug, *quote.former_slugs)},
            "event": {slug for event in document.events for slug in (event.slug, *event.former_slugs)},
            "theory": {slug for item in document.theories for slug in (item.slug, *item.former_slugs)},
            "section": {
                name for _, part in sections(document) for name in (part.anchor, *part.former_anchors)
            },
            "paper": self.papers,
        }

    def say(self, path: str, message: str, severity: str = ERROR, offset: int = 0) -> None:
        self.findings.append(at(self.lines, path, message, severity, offset))

    def all(self) -> None:
        document = self.document
        self.choice("visibility", "visibility", document.visibility, VISIBILITIES)
        self.choice("audience", "audience", document.audience, AUDIENCES)
        kinds: dict[str, tuple[Any, ...]] = {
            "papers": document.papers,
            "sources": document.sources,
            "quotes": document.quotes,
            "events": document.events,
            "theories": document.theories,
        }
        for name, items in kinds.items():
            handle = "key" if name in ("papers", "sources") else "slug"
            self.unique(handle, [(f"{name}/{n}", getattr(item, handle)) for n, item in enumerate(items)])
            if handle == "slug":
                self.former([(f"{name}/{n}", item.slug, item.former_slugs) for n, item in enumerate(items)])
        parts = list(sections(document))
        self.unique("anchor", [(path, section.anchor) for path, section in parts])
        self.former([(path, section.anchor, section.former_anchors) for path, section in parts])
        for number, source in enumerate(document.sources):
            self.choice(f"sources/{number}", "kind", source.kind, SOURCE_KINDS)
            self.known(f"sources/{number}", "paper", source.paper, self.papers)
        for path, section in sections(document):
            self.section(path, section)
        for number, quote in enumerate(document.quotes):
            path = f"quotes/{number}"
            self.known(path, "source", quote.source, self.sources)
            if not quote.text.strip():
                self.say(path, f"The quotation “{quote.slug}” has no words: write them, or delete it.")
            self.walk(path, markdown.parse_quotation(quote.text))
        self.events_and_theories()
        self.body("summary", document.summary.source)
        self.body("acknowledgements", document.acknowledgements.source)

    def section(self, path: str, section: Section) -> None:
        self.choice(path, "state", section.state, STATES)
        self.choice(path, "kind", section.kind, KINDS)
        self.choice(path, "visibility", section.visibility, VISIBILITIES)
        self.known(path, "paper", section.paper, self.papers)
        if not section.heading.strip():
            self.say(path, "This section has no heading: write one before {#…}.")
        if path.count("children") and section.children:
            self.say(path, "Sections have two levels: make the sections within this one headings (###).")
        self.body(f"{path}/body", section.body.source)

    def events_and_theories(self) -> None:
        for number, event in enumerate(self.document.events):
            path = f"events/{number}"
            if event.date.strip():
                try:
                    dates.parse(event.date)
                except dates.DateError as error:
                    self.say(path, f"date: {error}")
            self.line_of_markdown(path, event.text)
            if not event.text.strip():
                self.say(path, f"The event “{event.slug}” has no words: write them, or delete it.")
        for number, theory in enumerate(self.document.theories):
            path = f"theories/{number}"
            self.choice(path, "state", theory.state, THEORY_STATES)
            if not theory.title.strip():
                self.say(path, "This theory has no title: begin it with a line “### Title”.")
            self.body(f"{path}/body", theory.body.source)
            for index, item in enumerate(theory.evidence):
                place = f"{path}/evidence/{index}"
                self.choice(place, "stance", item.stance, STANCES)
                self.known(place, "quote", item.quote, {quote.slug for quote in self.document.quotes})
                self.known(place, "paper", item.paper, self.papers)
                self.known(place, "event", item.event, {event.slug for event in self.document.events})
                if sum(map(bool, (item.quote, item.paper, item.event, item.url))) != 1:
                    self.say(place, "Evidence points to one thing: give it one of quote, paper, event, url.")
                self.line_of_markdown(place, item.note)

    def choice(self, path: str, name: str, value: str, known: tuple[str, ...]) -> None:
        if value not in known:
            self.say(
                path, f"{name}: “{value}” is not known{suggestion(value, known)}: use {', '.join(known)}."
            )

    def known(self, path: str, name: str, value: str, known: Collection[str]) -> None:
        if value and value not in known:
            hint = suggestion(value, known)
            self.say(
                path, f"{name}: there is no {name} “{value}” in this file{hint}: define it, or mend this."
            )

    def unique(self, handle: str, items: list[tuple[str, str]]) -> None:
        first: dict[str, str] = {}
        for path, value in items:
            if not value:
                self.say(path, f"This has no {handle}: give it one, such as “deepseek-r1”.")
            elif value in first:
                line = self.lines.get(first[value])
                before = f"line {line}" if line else first[value]
                self.say(path, f"The {handle} “{value}” is taken already ({before}): choose another.")
            else:
                first[value] = path

    def former(self, items: list[tuple[str, str, tuple[str, ...]]]) -> None:
        """An old address leads to one place."""
        owner = {name: name for _, name, _ in items}
        for path, name, olds in items:
            for old in olds:
                if owner.setdefault(old, name) != name:
                    self.say(path, f"former: “{old}” leads to “{owner[old]}” already: take it out here.")

    def body(self, path: str, source: str) -> None:
        if not source:
            return
        read = markdown.read(source, keys=self.papers)
        for problem in read.refusals:
            self.say(path, problem.message, offset=problem.line - 1)
        for problem in read.warnings:
            self.say(path, problem.message, WARNING, offset=problem.line - 1)
        self.walk(path, read.body)

    def line_of_markdown(self, path: str, source: str) -> None:
        if source:
            self.walk(path, markdown.parse_inline(source, keys=self.papers))

    def walk(self, path: str, tree: Any) -> None:
        """Warn of links that lead nowhere, and gather pictures and formulas."""
        line = 1
        for node in walk(tree):
            if isinstance(node, Block):
                line = node.line or line
            if isinstance(node, Image):
                self.images.append((node.src, path, line - 1))
            elif isinstance(node, Math | MathBlock):
                display = isinstance(node, MathBlock) or node.display
                self.formulas.append(((node.tex, display), path, line - 1))
            elif isinstance(node, QuoteBlock | QuoteWords):
                self.target(path, "quote", node.slug, line - 1)
            elif isinstance(node, Target):
                self.target(path, node.kind, node.slug, line - 1)

    def target(self, path: str, kind: str, slug: str, offset: int) -> None:
        if slug not in self.targets[kind]:
            hint = suggestion(slug, self.targets[kind])
            self.say(
                path,
                f"[[{kind}:{slug}]] leads nowhere{hint}: define this {kind}, or mend the name.",
                WARNING,
                offset,
            )
