"""Plain Markdown as people have it, such as a static blog's post → `Parsed`.

What is understood becomes part of the report: headings are sections, a body that says only “todo” is
a section to do, a list item or paragraph wholly in quotation marks is a quotation with the link that
follows it as its source, a numbered list of linked titles in the summary is the list of papers, a
list under “Timeline” is the events, one under “… theories” the theories. Everything else stays as
the Markdown it is. No word is dropped; each reading is noted with its line, so that it can be mended.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from papers.models import RESERVED_ANCHOR, RESERVED_ANCHORS
from publishing import quotations
from publishing.document import Body, Document, Event, Evidence, Paper, Quote, Section, Source, Theory
from publishing.frontmatter import Mapped
from publishing.markdown import slugify
from publishing.parsed import NOTE, WARNING, Finding, Parsed, checked
from publishing.plain_blocks import (
    ATX,
    HEADING,
    LIST,
    PARAGRAPH,
    RULED,
    Block,
    Item,
    Line,
    blocks,
    items,
)
from publishing.structure import closes, opens
from timeline import dates

NOTICE_LENGTH = 300  # a longer text before the first heading is no notice, but the summary's beginning

TODO = re.compile(r"[*_]{0,2}(?:todo|to do|tbd)[*_]{0,2}[.:…!]?", re.IGNORECASE)
UPDATED = re.compile(
    r"[*_]{0,2}(?:last[ -])?(?:updated|modified)(?: on)?:?[*_]{0,2}:?\s*(.+?)[*_]{0,2}", re.IGNORECASE
)
TITLE_LINK = re.compile(rf"\[([^\[\]]+)\]\(\s*<?({quotations.ADDRESS})>?\s*\)\.?\Z")
ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5}(?:v\d+)?)(?:\.pdf)?/?\Z")
DATED = re.compile(r"[*_]{0,2}([\d/~?.-]{4,30})[*_]{0,2}(?:\s*[:–—]|\s+-)?[*_]{0,2}\s+(?=\S)")
FILE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-(?=.)")

# Front matter that static blogs have, and what it is here.
NAMES = {
    "title": "title",
    "slug": "slug",
    "subtitle": "subtitle",
    "description": "subtitle",
    "author": "people",
    "authors": "people",
    "people": "people",
    "lang": "language",
    "language": "language",
    "notice": "notice",
    "visibility": "visibility",
}
TIMES = ("updated", "lastmod", "last-modified-at", "last-updated", "modified", "date")


@dataclass
class _Part:
    """A section while it is read: its lines as they come, then the lines of its body."""

    heading: str
    line: int
    lines: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    anchor: str = ""
    state: str = "draft"
    paper: str = ""

    def source(self) -> str:
        return "\n".join(line.text for line in self.body).strip("\n")


def read(
    front: Mapped,
    findings: Sequence[Finding],
    lines: Sequence[str],
    first: int,
    *,
    slug: str = "",
    title: str = "",
    name: str = "",
) -> Parsed:
    """Read plain Markdown whose front matter is `front` and whose text begins at line `first`."""
    reading = _Reading(list(findings))
    reading.front(front)
    reading.divide([Line(number, text) for number, text in enumerate(lines, first)])
    reading.name(slug, title, name)
    return checked(reading.parsed())


class _Reading:
    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.fields: dict[str, str] = {}
        self.updated: dt.datetime | None = None
        self.lines: dict[str, int] = {}
        self.before: list[Line] = []
        self.parts: list[_Part] = []
        self.papers: list[Paper] = []
        self.sources: dict[str, Source] = {}
        self.quotes: list[Quote] = []
        self.events: list[Event] = []
        self.theories: list[Theory] = []
        self.taken: set[str] = set()

    def say(self, line: int, message: str, severity: str = NOTE) -> None:
        self.findings.append(Finding(line, message, severity))

    # ----------------------------------------------------------------- the head of the file

    def front(self, front: Mapped) -> None:
        times: dict[str, str] = {}
        for name, value in front.items():
            line = front.lines.get(name, 1)
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                value = ", ".join(value)
            if name in NAMES and isinstance(value, str):
                field_name = NAMES[name]
                if field_name in self.fields:
                    self.say(line, f"“{name}” is left out: there is a {field_name} already.", WARNING)
                else:
                    self.fields[field_name], self.lines[field_name] = value.strip(), line
            elif name in TIMES and isinstance(value, str):
                times[name], self.lines[name] = value, line
            elif name == "draft" and value == "true":
                self.fields["visibility"] = "editors"
                self.say(line, "A draft: the report is for editors only until you make it public.")
            elif not (name == "draft" and value == "false"):
                self.say(line, f"“{name}” has no place in a report, and is left out.", WARNING)
        used = next((name for name in TIMES if name in times), "")
        for name, value in times.items():
            if name == used:
                self.updated = self.time(value, self.lines[name], WARNING)
            else:
                self.say(self.lines[name], f"“{name}” is left out: {used} says when it was updated.", WARNING)

    def time(self, text: str, line: int, severity: str) -> dt.datetime | None:
        try:
            moment = dt.datetime.fromisoformat(text.strip())
        except ValueError:
            self.say(
                line, f"“{text}” is not a time, and is left out: write 2025-01-28T19:20:59+00:00.", severity
            )
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)

    def name(self, slug: str, title: str, name: str) -> None:
        """Find a title and a slug: the file's, then those given, then the file's name."""
        if not self.fields.get("title"):
            self.fields["title"] = title
        if not self.fields["title"]:
            message = "The report has no title: write “# Title” on the first line, or give it with --title."
            self.say(1, message, "error")
        if not self.fields.get("slug"):
            self.fields["slug"] = slug or slugify(FILE_DATE.sub("", name))
        if not self.fields["slug"]:
            self.say(
                1,
                "The report has no slug: write “slug: …” in the front matter, or give it with --slug.",
                "error",
            )

    # ----------------------------------------------------------------- sections

    def divide(self, lines: list[Line]) -> None:
        """Cut the text at its headings of the first two levels."""
        fence, current = "", self.before
        for index, line in enumerate(lines):
            if fence:
                fence = "" if closes(line.text, fence) else fence
            elif opened := opens(line.text):
                fence = opened
            elif (heading := self.heading(lines, index, current)) is not None:
                if current and current[-1].number == line.number - 1 and self.underlined(lines, index):
                    current.pop()
                if self.is_title(lines, index, heading):
                    self.fields["title"] = heading
                    self.lines.setdefault("title", line.number)
                    continue
                part = _Part(heading, line.number)
                self.parts.append(part)
                current = part.lines
                continue
            current.append(line)
        self.understand()

    def heading(self, lines: list[Line], index: int, current: list[Line]) -> str | None:
        found = ATX.match(lines[index].text)
        if found and len(found[1]) < 3:
            return (found[2] or "").strip()
        if self.underlined(lines, index) and current:
            return lines[index - 1].text.strip()
        return None

    def underlined(self, lines: list[Line], index: int) -> bool:
        """Whether this line underlines the one before it, which alone is a paragraph."""
        text = lines[index].text.rstrip()
        if index < 1 or not text or text.strip("=") and text.strip("-"):
            return False
        above = lines[index - 1].text
        if not above.strip() or (index > 1 and lines[index - 2].text.strip()):
            return False
        return [block.kind for block in blocks([lines[index - 1]])] == [PARAGRAPH]

    def is_title(self, lines: list[Line], index: int, heading: str) -> bool:
        """Whether a heading of the first level is the title, or the front matter's title once more."""
        if self.parts or not lines[index].text.lstrip().startswith(("# ", "=")):
            return False
        return bool(heading) and self.fields.get("title", "") in ("", heading)

    def understand(self) -> None:
        """Look at the parts one by one, the summary first, since it names the papers."""
        self.preamble()
        for part in self.parts:
            self.separators(part)
        for part in self.parts:
            part.anchor = self.anchor(part.heading)
        summary = self.report_text("summary")
        if summary:
            self.find_papers(summary)
        for part in self.parts:
            self.body(part)

    def preamble(self) -> None:
        """The lines before the first heading: when it was updated, a notice; a longer text is the summary."""
        kept: list[Block] = []
        for block in blocks(self.before):
            found = UPDATED.fullmatch(" ".join(block.text.split()))
            moment = self.time_of(found[1]) if found else None
            if moment and block.kind == PARAGRAPH:
                self.updated = moment
                self.say(block.line, f"Read as the time of the last update: {moment.isoformat()}.")
            elif block.kind == RULED:
                self.say(block.line, "This rule only separates: it is left out.")
            else:
                kept.append(block)
        if not kept:
            return
        short = len(kept) == 1 and kept[0].kind == PARAGRAPH and len(kept[0].text) <= NOTICE_LENGTH
        if self.parts and short and "notice" not in self.fields:
            self.fields["notice"], self.lines["notice"] = kept[0].text, kept[0].line
            self.say(kept[0].line, "Read as the notice, shown while anything is unfinished.")
            return
        self.say(kept[0].line, "This text before the first heading is read as the beginning of the summary.")
        lines = [line for block in kept for line in (*block.lines, Line(block.lines[-1].number, ""))]
        summary = next((part for part in self.parts if slugify(part.heading) == "summary"), None)
        if summary is None:
            summary = _Part("Summary", kept[0].line)
            self.parts.insert(0, summary)
        summary.lines[:0] = lines

    def time_of(self, text: str) -> dt.datetime | None:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)

    def separators(self, part: _Part) -> None:
        """Leave out rules that stand before a heading: they separate, and the headings do so too."""
        found = blocks(part.lines)
        dropped = set()
        for index, block in enumerate(found):
            last = index + 1 == len(found)
            if block.kind == RULED and (last or found[index + 1].kind == HEADING):
                dropped.add(block.line)
                self.say(block.line, "This rule only separates sections: it is left out.")
        part.lines = [line for line in part.lines if line.number not in dropped]

    def anchor(self, heading: str) -> str:
        name = slugify(heading)[:70].strip("-") or "section"
        name = {"acknowledgments": "acknowledgements"}.get(name, name)
        if name in ("summary", "acknowledgements", "references") and name not in self.taken:
            self.taken.add(name)
            return name
        if name in RESERVED_ANCHORS or RESERVED_ANCHOR.match(name):
            name = f"section-{name}"
        return self.free(name)

    def free(self, name: str) -> str:
        found, number = name, 1
        while found in self.taken:
            number += 1
            found = f"{name}-{number}"
        self.taken.add(found)
        return found

    def report_text(self, name: str) -> _Part | None:
        return next((part for part in self.parts if part.anchor == name), None)

    def body(self, part: _Part) -> None:
        """Turn the lines of a part into its body, and what it holds into quotations, events, theories."""
        found = blocks(part.lines)
        if not found:
            part.state = "todo"
            return
        if len(found) == 1 and TODO.fullmatch(" ".join(found[0].text.split())):
            part.state = "todo"
            self.say(found[0].line, f"“{part.heading}” is read as a section to do.")
            return
        _Quotations(self, part).read(found, self.topic(part.heading))

    def topic(self, heading: str) -> str:
        """ "timeline" or "theories" if that is what a list under this heading holds."""
        words = slugify(heading).split("-")
        if words[-1:] == ["timeline"] or words == ["chronology"]:
            return "timeline"
        return "theories" if {"theories", "rumours", "rumors"} & set(words) else ""

    # ----------------------------------------------------------------- papers

    def find_papers(self, summary: _Part) -> None:
        """A numbered list of linked titles is the list of papers."""
        for block in blocks(summary.lines):
            if block.kind != LIST:
                continue
            listed = items(block)
            links = [
                TITLE_LINK.match(" ".join(" ".join(line.text for line in item.lines).split()))
                for item in listed
            ]
            if not all(item.mark[0].isdigit() for item in listed) or not all(links):
                continue
            for item, link in zip(listed, links, strict=True):
                if link:
                    self.paper(link[1].strip(), link[2], item.line)
            gone = {line.number for line in block.lines}
            summary.lines = [line for line in summary.lines if line.number not in gone]
            return

    def paper(self, title: str, url: str, line: int) -> None:
        part = self.part_of(title)
        key = part.anchor if part else slugify(title)[:60].strip("-") or "paper"
        taken = {paper.key for paper in self.papers}
        number, base = 1, key
        while key in taken:
            number += 1
            key = f"{base}-{number}"
        if part and not part.paper:
            part.paper = key
        arxiv = ARXIV.search(url)
        self.lines[f"papers/{len(self.papers)}"] = line
        self.papers.append(Paper(key, title, url=url, arxiv=arxiv[1] if arxiv else ""))
        about = f", which the section “{part.heading}” is about" if part else ""
        self.say(line, f"Read as a paper with the key {key}{about}; the list itself is made from the papers.")

    def part_of(self, title: str) -> _Part | None:
        """The section whose heading is the beginning of this title."""
        fitting = [
            part
            for part in self.parts
            if part.heading
            and part.anchor not in ("summary", "acknowledgements", "references")
            and title.lower().startswith(part.heading.lower())
            and not title[len(part.heading) :][:1].isalnum()
        ]
        return max(fitting, key=lambda part: len(part.heading), default=None)

    # ----------------------------------------------------------------- what quotations need

    def source(self, url: str) -> str:
        """The key of the source with this address, made if there is none yet."""
        if url not in self.sources:
            made = quotations.source_of(url)
            keys = {source.key for source in self.sources.values()}
            key, number = made.key, 1
            while key in keys:
                number += 1
                key = f"{made.key}-{number}"
            paper = next((paper.key for paper in self.papers if paper.url == url), "")
            self.sources[url] = replace(made, key=key, paper=paper)
        return self.sources[url].key

    def slug(self, words: str, used: Iterable[str], fallback: str) -> str:
        base = "-".join(slugify(words).split("-")[:6])[:60].strip("-") or fallback
        found, number, taken = base, 1, set(used)
        while found in taken:
            number += 1
            found = f"{base}-{number}"
        return found

    def quote(self, said: quotations.Said, line: int) -> Quote:
        """Keep a quotation; its source is the link that followed it."""
        slug = self.slug(said.words, (quote.slug for quote in self.quotes), "quotation")
        source = self.source(said.url) if said.url else ""
        quote = Quote(slug, said.words, source=source, attribution=said.attribution)
        self.lines[f"quotes/{len(self.quotes)}"] = line
        self.quotes.append(quote)
        self.say(line, f"Read as the quotation {slug}" + (f" from {said.url}." if source else "."))
        return quote

    # ----------------------------------------------------------------- the result

    def parsed(self) -> Parsed:
        texts: dict[str, Body] = {}
        sections: list[Section] = []
        for part in self.parts:
            source = part.source()
            if part.anchor in ("summary", "acknowledgements"):
                path = part.anchor
                texts[path] = Body(source)
                if part.state == "todo" and part.lines and not source:
                    self.say(part.line, f"“{part.heading}” is empty, which says that it is to do.")
            elif part.anchor == "references" and not source:
                self.say(part.line, "The references are made from what is cited: this heading is left out.")
                continue
            else:
                path = f"sections/{len(sections)}/body"
                self.lines[f"sections/{len(sections)}"] = part.line
                anchor = "section-references" if part.anchor == "references" else part.anchor
                heading = part.heading.rstrip(":").rstrip() or part.heading or "Untitled"
                if heading != part.heading:
                    self.say(part.line, f"The heading reads “{heading}”: its last mark is left out.")
                sections.append(
                    Section(anchor, heading, state=part.state, paper=part.paper, body=Body(source))
                )
            self.lines[path] = part.line + 1
            kept = _without_empty(part.body)
            self.lines |= {f"{path}:{offset}": line.number for offset, line in enumerate(kept)}
        document = Document(
            **{
                "language": "en",
                **{name: value for name, value in self.fields.items() if value},
                "slug": self.fields["slug"],
                "title": self.fields["title"],
            },
            audience="editors",
            updated=self.updated,
            papers=tuple(self.papers),
            sources=tuple(self.sources.values()),
            sections=tuple(sections),
            quotes=tuple(self.quotes),
            events=tuple(self.events),
            theories=tuple(self.theories),
            **texts,
        )
        return Parsed(document, self.lines, tuple(self.findings))


def _without_empty(lines: list[Line]) -> list[Line]:
    start = next((index for index, line in enumerate(lines) if line.text), len(lines))
    return lines[start:]


class _Quotations:
    """One part's blocks, turned into its body: quotations are placed, everything else is kept."""

    def __init__(self, reading: _Reading, part: _Part) -> None:
        self.reading, self.part = reading, part
        self.unsourced: list[int] = []

    def put(self, lines: Iterable[Line]) -> None:
        """Add a block to the body, with an empty line before it."""
        kept = list(lines)
        if self.part.body and kept:
            self.part.body.append(Line(kept[0].number, ""))
        self.part.body += kept

    def read(self, found: list[Block], topic: str) -> None:
        index = 0
        while index < len(found):
            block = found[index]
            if block.kind == HEADING:
                heading = ATX.match(block.lines[0].text)
                topic = self.reading.topic((heading[2] or "") if heading else "")
                self.put(block.lines)
            elif block.kind == LIST:
                self.list(block, topic)
            elif block.kind == PARAGRAPH:
                index = self.paragraph(found, index)
                continue
            else:
                self.put(block.lines)
            index += 1

    # ----------------------------------------------------------------- paragraphs

    def paragraph(self, found: list[Block], index: int) -> int:
        """Place the quotation a paragraph is or ends with; returns the index of the next block."""
        block = found[index]
        text = block.text.strip()
        if named := quotations.source_line(text):
            self.source_above(named, block.line)
            self.put(block.lines)
            return index + 1
        run = [text]
        for block_after in found[index + 1 : index + quotations.MAX_PARAGRAPHS]:
            if block_after.kind != PARAGRAPH:
                break
            run.append(block_after.text.strip())
        if across := quotations.across(run):
            self.place(across[0], block)
            return index + across[1]
        if said := quotations.ending(text):
            self.put(_lines(said.before, block.line))
            self.place(said, block)
        else:
            self.put(block.lines)
        return index + 1

    def place(self, said: quotations.Said, block: Block) -> None:
        quote = self.keep(said, block.line)
        self.put([Line(block.line, f"[[quote:{quote.slug}]]")])

    def keep(self, said: quotations.Said, line: int) -> Quote:
        if not said.url:
            self.unsourced.append(len(self.reading.quotes))
        return self.reading.quote(said, line)

    def source_above(self, named: quotations.SourceLine, line: int) -> None:
        """“Quotes source: …” is the source of the quotations before it that have none."""
        for index in self.unsourced:
            quote = self.reading.quotes[index]
            self.reading.quotes[index] = replace(
                quote, source=self.reading.source(named.url), note=quote.note or named.note
            )
        if self.unsourced:
            count = len(self.unsourced)
            which = "the quotation" if count == 1 else f"the {count} quotations"
            self.reading.say(
                line, f"Read as the source of {which} above: {named.url}; the line is kept, too."
            )
        self.unsourced = []

    # ----------------------------------------------------------------- lists

    def list(self, block: Block, topic: str) -> None:
        listed = items(block)
        if topic == "timeline" and not self.reading.events and self.events(listed):
            self.put([Line(block.line, "[[timeline]]")])
            return
        if topic == "theories" and not self.reading.theories and self.theories(listed):
            self.put([Line(block.line, "[[theories]]")])
            return
        said = [_said(item) for item in listed]
        if not any(said):
            self.put(block.lines)
        elif all(said):
            for item, quotation in zip(listed, said, strict=True):
                if quotation:
                    quote = self.keep(quotation, item.line)
                    self.put([Line(item.line, f"[[quote:{quote.slug}]]")])
        else:
            self.put(self.mixed(listed, said))

    def mixed(self, listed: list[Item], said: list[quotations.Said | None]) -> list[Line]:
        """A list of which some items are quotations stays a list."""
        lines: list[Line] = []
        for item, quotation in zip(listed, said, strict=True):
            mark = "-" if item.mark == "•" else item.mark
            if quotation:
                quote = self.keep(quotation, item.line)
                lines.append(Line(item.line, f"{mark} [[quote:{quote.slug}]]"))
                continue
            indent = " " * (len(mark) + 1)
            for number, line in enumerate(item.lines):
                lead = f"{mark} " if not number else indent
                lines.append(Line(line.number, f"{lead}{line.text}" if line.text.strip() else ""))
        return lines

    def events(self, listed: list[Item]) -> bool:
        """Read a list as the events of the timeline. False if an item is more than a line of text."""
        if any([block.kind for block in blocks(item.lines)] != [PARAGRAPH] for item in listed):
            return False
        for item in listed:
            text = " ".join(line.text.strip() for line in item.lines)
            date = ""
            if (found := DATED.match(text)) and _is_date(found[1]):
                date, text = found[1], text[found.end() :]
            events = self.reading.events
            slug = self.reading.slug(text, (event.slug for event in events), "event")
            self.reading.lines[f"events/{len(events)}"] = item.line
            events.append(Event(slug, text, date=date))
            self.reading.say(
                item.line, f"Read as the event {slug}, " + (f"date {date}." if date else "undated.")
            )
        return True

    def theories(self, listed: list[Item]) -> bool:
        """Read a list of “name:” with quotations beneath as theories. False if it is something else."""
        made: list[tuple[str, list[quotations.Said], Item, list[Item]]] = []
        for item in listed:
            parts = blocks(item.lines)
            if [part.kind for part in parts] != [PARAGRAPH, LIST] or not parts[0].text.rstrip().endswith(":"):
                return False
            beneath = items(parts[1])
            said = [quotation for quotation in map(_said, beneath) if quotation]
            if len(said) != len(beneath):
                return False
            title = " ".join(parts[0].text.split()).rstrip(":").rstrip()
            if not title:
                return False
            made.append((title, said, item, beneath))
        for title, said, item, beneath in made:
            theories = self.reading.theories
            slug = self.reading.slug(title, (theory.slug for theory in theories), "theory")
            path = f"theories/{len(theories)}"
            self.reading.lines[path] = item.line
            self.reading.say(item.line, f"Read as the theory {slug}, a rumour; what it quotes speaks for it.")
            evidence = []
            for number, (quotation, nested) in enumerate(zip(said, beneath, strict=True)):
                self.reading.lines[f"{path}/evidence/{number}"] = nested.line
                evidence.append(Evidence("for", quote=self.keep(quotation, nested.line).slug))
            theories.append(Theory(slug, title, "rumour", evidence=tuple(evidence)))
        return True


def _said(item: Item) -> quotations.Said | None:
    """An item that is wholly a quotation, of one or more paragraphs."""
    parts = blocks(item.lines)
    if any(part.kind != PARAGRAPH for part in parts):
        return None
    across = quotations.across([part.text.strip() for part in parts])
    return across[0] if across and across[1] == len(parts) else None


def _is_date(text: str) -> bool:
    try:
        return dates.parse(text).edtf == text
    except dates.DateError:
        return False


def _lines(text: str, first: int) -> list[Line]:
    return [Line(number, line) for number, line in enumerate(text.split("\n"), first)]
