"""The whole report as one dictionary for the Typst template, from title block to references."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from publishing import document as d
from publishing.html.parts import STANCES, STATES, short_title, source_name
from publishing.masthead import counted, section_words
from publishing.typst import verdicts
from publishing.typst.front import Front
from publishing.typst.nodes import ROOM, Node, Nodes, join
from publishing.typst.svg import ready
from publishing.typst.text import label, short
from publishing.verdicts import locator_words

MAX_CHARACTERS = 8_000_000


class TooLarge(Exception):
    """The document holds more text than is set in one PDF; the message says how much."""


class Tree(Front):
    """`build()` gives the dictionary; `warnings` tells what could not be shown as written."""

    def build(self) -> dict[str, Any]:
        """Raises TooLarge."""
        doc = self.document
        size = sum(len(n.text) for n in d.walk(doc) if isinstance(n, d.Text | d.Code | d.CodeBlock))
        if size > MAX_CHARACTERS:
            raise TooLarge(
                f"This report holds {size:,} characters; one PDF may hold {MAX_CHARACTERS:,}. "
                "Split the report, or export it as Markdown."
            )
        title = label(doc.title) or "Untitled"
        self.room = 11.0  # the title is set at 31 points
        front: dict[str, Any] = {"title": self.text(title)}
        self.room = ROOM
        front |= {"subtitle": self.text(doc.subtitle), "people": self.text(doc.people)}
        summary = self.summary()
        sections = [self.section(section, 2) for section in doc.sections]
        after: Nodes = []
        if doc.timeline_after and doc.events:
            self.where = "the timeline"
            after.append(self.part("Timeline", "timeline", self.timeline()))
        if doc.theories_after and doc.theories:
            after.append(self.part("Theories", "theories", self.all_theories()))
        if doc.acknowledgements:
            self.where = "the acknowledgements"
            after.append(
                self.part("Acknowledgements", "acknowledgements", self.body(doc.acknowledgements, 3))
            )
        if doc.references:
            self.where = "the references"
            references = [self.reference(paper) for paper in doc.references]
            after.append(self.part("References", "references", [{"t": "references", "items": references}]))
        language = doc.language.split("-")[0].lower()
        updated = doc.updated.astimezone(dt.UTC) if doc.updated and doc.updated.tzinfo else doc.updated
        address = re.sub("^https?://", "", self.address)
        self.where = "the notice"
        return front | {
            "title_text": title,
            "running": self.text(short(title, 26)),
            "authors": [label(doc.people)] if doc.people.strip() else [],
            "language": language if re.fullmatch("[a-z]{2,3}", language) else "en",
            "date": [updated.year, updated.month, updated.day, updated.hour, updated.minute, updated.second]
            if updated
            else None,
            "state": self.state(),
            "editors": doc.audience == "editors",
            "marks": self.marks(),
            "counts": section_words(doc),
            "quotations": verdicts.ledger(self),
            "colophon": self.colophon(),
            "address": {
                "url": self.url(self.address),
                "c": self.text(address),
                "short": self.text(short(address, 37)),
            }
            if self.address
            else None,
            "notice": self.notice(),
            "sections": [summary, *sections, *after],
            "formulas": list(self.formulas.values()),
            "labels": sorted(self.labels),
            "heads": self.heads,
        }

    # ------------------------------------------------------------------ sections

    def part(self, heading: str, anchor: str, blocks: Nodes, **more: Any) -> Node:
        words = label(heading) or "Untitled"
        return {
            "label": more.get("label") or self.head(f"in-{anchor}", words),
            "level": 2,
            "c": self.text(heading) or ["Untitled"],
            "short": self.text(short(words, 18)),
            "state": "",
            "inbox": False,
            "private": False,
            "empty": [],
            "lead": "To do.",
            "blocks": blocks,
            "children": [],
        } | more

    def summary(self) -> Node:
        doc = self.document
        self.where = "the summary"
        blocks = self.body(doc.summary, 3)
        papers = [self.paper(paper) for paper in doc.references if paper.in_summary]
        if papers:
            blocks.append({"t": "papers", "items": papers})
        empty: Nodes = [] if doc.summary else ["Not written yet."]
        return self.part("Summary", "summary", blocks, state="done" if doc.summary else "todo", empty=empty)

    def paper(self, paper: d.Paper) -> Node:
        title = self.text(paper.title or paper.key)
        small = join([self.text(w) for w in (paper.authors, paper.year) if w], ", ")
        waiting: Nodes = []
        for section in self.document.all_sections():
            if section.paper == paper.key and section.state == "todo":
                waiting = ["section ", self.to(f"in-{section.anchor}", ["to do"])]
                break
        return {
            "n": str(paper.number),
            "c": [self.link(self.paper_url(paper), title) | {"ink": True}],
            "small": join([small, self.text(paper.venue), waiting], " · "),
        }

    def section(self, section: d.Section, level: int) -> Node:
        self.where = f"section “{label(section.heading)}”"
        name = self.head(f"in-{section.anchor}", label(section.heading) or "Untitled")
        blocks = self.body(section.body, level + 1)
        children = [self.section(child, 3) for child in section.children] if level == 2 else []
        if level > 2 and section.children:
            self.warn("Sections below {where} are deeper than two levels; they are left out")
        empty: Nodes = []
        if not section.body and not section.children:
            empty = self.still_to_write(section)
        part = self.part(section.heading, "", blocks, label=name, level=level)
        return part | {
            "state": section.state,
            "inbox": section.kind == "inbox",
            "private": section.visibility != "public",
            "empty": empty,
            "lead": "To do." if section.state == "todo" else "Empty.",
            "children": children,
        }

    def still_to_write(self, section: d.Section) -> Nodes:
        """What a section without words says: that it is empty, what it will cover, what there is for it."""
        out: Nodes = ["Not written yet."]
        if paper := self.papers.get(section.paper):
            words = [f"paper {paper.number}"] if paper.number else self.text(f"“{short_title(paper.title)}”")
            out += [" It will cover ", self.to(f"ref-{paper.number}", words), "."]
            sources = {source.key for source in self.document.sources if source.paper == paper.key}
            quotes = [quote for quote in self.document.quotes if quote.number and quote.source in sources]
            if quotes:
                link = self.to(f"quote-{quotes[0].slug}", [counted(len(quotes), "quotation")])
                out += [" Collected for it so far: ", link, "."]
        return out

    # ------------------------------------------------------------------ quotations, events, theories

    def quote(self, slug: str, depth: int) -> Node:
        quote = self.quotes.get(slug)
        if not quote:
            self.warn(f"[[quote:{slug}]] in {{where}} names no quotation of this report")
            return {"t": "p", "c": self.text(f"[quote: {slug}]")}
        marked = verdicts.marked(quote.blocks, quote)
        blocks = self.blocks(marked, depth + 1) or [{"t": "p", "c": self.text(quote.text)}]
        if blocks[0]["t"] != "p":
            blocks.insert(0, {"t": "p", "c": []})
        if blocks[-1]["t"] != "p":
            blocks.append({"t": "p", "c": []})
        blocks[0]["open"] = True
        blocks[-1]["c"] = [*blocks[-1]["c"], "”"]
        source = self.sources.get(quote.source)
        return {
            "t": "quote",
            "label": self.mark(f"quote-{slug}"),
            "post": bool(source and source.kind == "post"),
            "c": blocks,
            "line": self.quote_line(quote, source),
            "badge": verdicts.badge(self, quote) if quote.number else None,
            "keep": verdicts.keep(quote.text),
        }

    def colophon(self) -> Nodes:
        self.where = "the note on the verdicts"
        return verdicts.colophon(self)

    def quote_line(self, quote: d.Quote, source: d.Source | None) -> Nodes:
        """Where the words are from: source, its text, place, number; speaker; the author's note."""
        paper = self.papers.get(source.paper) if source else None
        name = source_name(quote, source, paper)
        href = quote.url or (source.url if source else "") or (self.paper_url(paper) if paper else "")
        counted = source is None or source.kind == "pdf"
        place = locator_words(quote.locator) if counted else quote.locator.strip()
        parts: list[Nodes] = [[self.link(href, self.text(name))]] if name else []
        if paper and source and source.title not in ("", name, paper.title):
            parts.append(self.text(source.title))
        parts.append(self.text(place))
        if source and source.kind == "post":
            parts.append(self.text(source.published))
        origin = join(parts, ", ")
        if source and (number := self.number(source.paper)):
            origin += ["\u00a0", number]
        by = quote.attribution or (source.author if source and source.kind == "post" else "")
        said = [] if by in (name, name.removeprefix("Post by ")) else self.text(by)
        note = ["author’s note: ", *self.text(quote.note)] if quote.note else []
        return join([origin, said, note], " · ")

    def timeline(self) -> Nodes:
        """All events, once; a second place gets a link to the first."""
        if "timeline" in self.labels:
            return [{"t": "p", "c": [self.to("timeline", ["The timeline stands further up."])]}]
        if not self.document.events:
            return []
        drawn, numbered = self.drawing
        node: dict[str, Any] = {"t": "timeline", "label": self.mark("timeline"), "alt": ""}
        if drawn:
            try:
                svg, node["alt"] = ready(drawn)
                (self.folder / "timeline.svg").write_text(svg, "utf-8")
            except ValueError as error:
                self.warn(f"The timeline in {{where}} is printed as a list alone: {error}")
                numbered = False
        rows = []
        for number, event in enumerate(self.document.events, start=1):
            children = self.inlines(event.children) or self.text(event.text)
            self.room = 9.0
            when = self.text(event.when or event.date) or ["No date yet"]
            self.room = ROOM
            dated = bool(event.when or event.date)
            if numbered:
                when = [f"{number}\u2002", *when]
            rows.append(
                {"label": self.mark(f"event-{event.slug}"), "when": when, "dated": dated, "c": children}
            )
        return [node | {"numbered": numbered, "items": rows}]

    def all_theories(self) -> Nodes:
        """All theories, once; a second place gets a link to the first."""
        theories = self.document.theories
        if theories and f"theory-{theories[0].slug}" in self.labels:
            words = ["The theories stand further up."]
            return [{"t": "p", "c": [self.to(f"theory-{theories[0].slug}", words)]}]
        return [self.theory(theory) for theory in theories]

    def theory(self, theory: d.Theory) -> Node:
        kept = self.where, self.heading_base, self.heading_last
        self.where = f"theory “{label(theory.title)}”"
        name = self.head(f"theory-{theory.slug}", label(theory.title) or "Untitled")
        level = min(max(kept[1], 3), 5)
        body = self.body(theory.body, level + 1)
        sides = []
        self.room = ROOM / 2  # for and against share the column
        for stance, word in STANCES.items():
            items = [self.evidence(piece) for piece in theory.evidence if piece.stance == stance]
            if items:
                sides.append({"word": word, "items": items})
        odd = [p for p in theory.evidence if p.stance not in STANCES]
        if odd:
            sides.append({"word": "Other", "items": [self.evidence(piece) for piece in odd]})
        self.room = ROOM
        node = {
            "t": "theory",
            "label": name,
            "level": level,
            "c": self.text(theory.title),
            "state": theory.state,
            "word": STATES.get(theory.state) or label(theory.state).capitalize(),
            "by": self.text(theory.proposed_by),
            "body": body,
            "sides": sides,
        }
        self.where, self.heading_base, self.heading_last = kept
        self.heading_last = max(self.heading_last, level)
        return node

    def evidence(self, piece: d.Evidence) -> Node:
        """A quotation, paper, event or address, with the author's note below."""
        head: Nodes = []
        if piece.quote:
            head = [self.quote(piece.quote, 1) | {"tight": True, "post": False}]
        elif piece.paper:
            number = self.number(piece.paper)
            target = self.target(d.Target("paper", piece.paper, piece.label))
            head = [{"t": "p", "c": [target, *(["\u00a0", number] if number else [])]}]
        elif piece.event:
            event = self.events.get(piece.event)
            when = [" (", *self.text(event.when), ")"] if event and event.when else []
            head = [{"t": "p", "c": [self.target(d.Target("event", piece.event, piece.label)), *when]}]
        elif piece.url:
            words = self.text(piece.label or re.sub("^https?://", "", piece.url))
            head = [{"t": "p", "c": [self.link(piece.url, words)]}]
        elif piece.label:
            head = [{"t": "p", "c": self.text(piece.label)}]
        return {"c": head, "note": self.inlines(piece.children) or self.text(piece.note)}

    # ------------------------------------------------------------------ references

    def paper_url(self, paper: d.Paper) -> str:
        if paper.url:
            return paper.url
        if paper.doi:
            return f"https://doi.org/{paper.doi}"
        return f"https://arxiv.org/abs/{paper.arxiv}" if paper.arxiv else ""

    def reference(self, paper: d.Paper) -> Node:
        """Authors (year). Title. Venue, identifiers, address."""
        who = self.text(paper.authors)
        year = [f" ({label(paper.year)})" if who else label(paper.year)] if paper.year else []
        head: Nodes = [*who, *year]
        if head and not (isinstance(head[-1], str) and head[-1].endswith(".")):
            head.append(".")
        title = {"t": "em", "c": self.text(paper.title or paper.key)}
        rest: list[Nodes] = [self.text(paper.venue)] if paper.venue else []
        if paper.arxiv:
            rest.append(
                [self.link(f"https://arxiv.org/abs/{paper.arxiv}", self.text(f"arXiv:{paper.arxiv}"))]
            )
        if paper.doi:
            rest.append([self.link(f"https://doi.org/{paper.doi}", self.text(f"doi:{paper.doi}"))])
        if paper.url:
            rest.append([self.link(paper.url, self.text(re.sub("^https?://", "", paper.url)))])
        tail = join(rest, ", ")
        return {
            "n": str(paper.number),
            "label": self.mark(f"ref-{paper.number}"),
            "c": [
                *head,
                *([" "] if head else []),
                title,
                ". ",
                *tail,
                *(["."] if tail and not paper.url else []),
            ],
        }
