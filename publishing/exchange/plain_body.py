"""One section of plain Markdown: its blocks become its body, and what they hold parts of the report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from publishing.document import Event, Evidence, Paper, Quote, Source, Theory
from publishing.exchange import quotations
from publishing.exchange.parsed import NOTE, Finding
from publishing.exchange.plain_blocks import ATX, HEADING, LIST, PARAGRAPH, Block, Item, Line, blocks, items
from publishing.markdown import slugify
from timeline import dates

DATED = re.compile(r"[*_]{0,2}([\d/~?.-]{4,30})[*_]{0,2}(?:\s*[:–—]|\s+-)?[*_]{0,2}\s+(?=\S)")


@dataclass
class Part:
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


class Gathering:
    """What has been found in a file so far, and what there is to say about it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        self.lines: dict[str, int] = {}
        self.papers: list[Paper] = []
        self.sources: dict[str, Source] = {}
        self.quotes: list[Quote] = []
        self.events: list[Event] = []
        self.theories: list[Theory] = []

    def say(self, line: int, message: str, severity: str = NOTE) -> None:
        self.findings.append(Finding(line, message, severity))

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


def topic_of(heading: str) -> str:
    """ "timeline" or "theories" if that is what a list under this heading holds."""
    words = slugify(heading).split("-")
    if words[-1:] == ["timeline"] or words == ["chronology"]:
        return "timeline"
    return "theories" if {"theories", "rumours", "rumors"} & set(words) else ""


class BodyReading:
    """One part's blocks, turned into its body: quotations are placed, everything else is kept."""

    def __init__(self, gathered: Gathering, part: Part) -> None:
        self.gathered, self.part = gathered, part
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
                topic = topic_of((heading[2] or "") if heading else "")
                self.put(block.lines)
            elif block.kind == LIST:
                self.listing(block, topic)
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
            self.unsourced.append(len(self.gathered.quotes))
        return self.gathered.quote(said, line)

    def source_above(self, named: quotations.SourceLine, line: int) -> None:
        """“Quotes source: …” is the source of the quotations before it that have none."""
        for index in self.unsourced:
            quote = self.gathered.quotes[index]
            self.gathered.quotes[index] = replace(
                quote, source=self.gathered.source(named.url), note=quote.note or named.note
            )
        if self.unsourced:
            count = len(self.unsourced)
            which = "the quotation" if count == 1 else f"the {count} quotations"
            self.gathered.say(
                line, f"Read as the source of {which} above: {named.url}; the line is kept, too."
            )
        self.unsourced = []

    # ----------------------------------------------------------------- lists

    def listing(self, block: Block, topic: str) -> None:
        listed = items(block)
        if topic == "timeline" and not self.gathered.events and self.events(listed):
            self.put([Line(block.line, "[[timeline]]")])
            return
        if topic == "theories" and not self.gathered.theories and self.theories(listed):
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
            events = self.gathered.events
            slug = self.gathered.slug(text, (event.slug for event in events), "event")
            self.gathered.lines[f"events/{len(events)}"] = item.line
            events.append(Event(slug, text, date=date))
            self.gathered.say(
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
            theories = self.gathered.theories
            slug = self.gathered.slug(title, (theory.slug for theory in theories), "theory")
            path = f"theories/{len(theories)}"
            self.gathered.lines[path] = item.line
            self.gathered.say(
                item.line, f"Read as the theory {slug}, a rumour; what it quotes speaks for it."
            )
            evidence = []
            for number, (quotation, nested) in enumerate(zip(said, beneath, strict=True)):
                self.gathered.lines[f"{path}/evidence/{number}"] = nested.line
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
