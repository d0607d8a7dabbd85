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
from collections.abc import Sequence
from typing import Any

from papers.models import RESERVED_ANCHOR, RESERVED_ANCHORS
from publishing.document import Body, Document, Paper, Section
from publishing.exchange import quotations
from publishing.exchange.frontmatter import Mapped
from publishing.exchange.parsed import ERROR, WARNING, Finding, Parsed, checked, moment
from publishing.exchange.plain_blocks import (
    ATX,
    HEADING,
    LIST,
    PARAGRAPH,
    RULED,
    Block,
    Line,
    blocks,
    items,
)
from publishing.exchange.plain_body import BodyReading, Gathering, Part, topic_of
from publishing.exchange.structure import closes, opens
from publishing.markdown import slugify

NOTICE_LENGTH = 300  # a longer text before the first heading is no notice, but the summary's beginning

TODO = re.compile(r"[*_]{0,2}(?:todo|to do|tbd)[*_]{0,2}[.:…!]?", re.IGNORECASE)
UPDATED = re.compile(
    r"[*_]{0,2}(?:last[ -])?(?:updated|modified)(?: on)?:?[*_]{0,2}:?\s*(.+?)[*_]{0,2}", re.IGNORECASE
)
TITLE_LINK = re.compile(rf"\[([^\[\]]+)\]\(\s*<?({quotations.ADDRESS})>?\s*\)\.?\Z")
ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5}(?:v\d+)?)(?:\.pdf)?/?\Z")
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


class _Reading(Gathering):
    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings)
        self.fields: dict[str, str] = {}
        self.updated: dt.datetime | None = None
        self.before: list[Line] = []
        self.parts: list[Part] = []
        self.taken: set[str] = set()

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
        found = moment(text)
        if found is None:
            message = f"“{text}” is not a time, and is left out: write 2025-01-28T19:20:59+00:00."
            self.say(line, message, severity)
        return found[0] if found else None

    def name(self, slug: str, title: str, name: str) -> None:
        """Find a title and a slug: the file's, then those given, then the file's name."""
        if not self.fields.get("title"):
            self.fields["title"] = title
        broken = any(finding.severity == ERROR for finding in self.findings)  # it may well hold both
        if not self.fields["title"] and not broken:
            message = "The report has no title: write “# Title” on the first line, or give it with --title."
            self.say(1, message, "error")
        if not self.fields.get("slug"):
            self.fields["slug"] = slug or slugify(FILE_DATE.sub("", name))
        if not self.fields["slug"] and not broken:
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
                part = Part(heading, line.number)
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
            time = moment(found[1]) if found else None
            if time and block.kind == PARAGRAPH:
                self.updated = time[0]
                self.say(block.line, f"Read as the time of the last update: {time[0].isoformat()}.")
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
            summary = Part("Summary", kept[0].line)
            self.parts.insert(0, summary)
        summary.lines[:0] = lines

    def separators(self, part: Part) -> None:
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

    def report_text(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.anchor == name), None)

    def body(self, part: Part) -> None:
        """Turn the lines of a part into its body, and what it holds into quotations, events, theories."""
        found = blocks(part.lines)
        if not found:
            part.state = "todo"
            return
        if len(found) == 1 and TODO.fullmatch(" ".join(found[0].text.split())):
            part.state = "todo"
            self.say(found[0].line, f"“{part.heading}” is read as a section to do.")
            return
        BodyReading(self, part).read(found, topic_of(part.heading))

    # ----------------------------------------------------------------- papers

    def find_papers(self, summary: Part) -> None:
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

    def part_of(self, title: str) -> Part | None:
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

    # ----------------------------------------------------------------- the result

    def parsed(self) -> Parsed:
        texts: dict[str, Any] = {}
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
        texts |= {name: value for name, value in self.fields.items() if value}
        document = Document(
            **{"slug": "", "title": "", **texts},
            audience="editors",
            updated=self.updated,
            papers=tuple(self.papers),
            sources=tuple(self.sources.values()),
            sections=tuple(sections),
            quotes=tuple(self.quotes),
            events=tuple(self.events),
            theories=tuple(self.theories),
        )
        return Parsed(document, self.lines, tuple(self.findings))


def _without_empty(lines: list[Line]) -> list[Line]:
    start = next((index for index, line in enumerate(lines) if line.text), len(lines))
    return lines[start:]
