"""Rows → the one tree. Every output, and every old version, comes through `document()`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

from papers.changes import ContentModel
from papers.models import Picture, Report, Section
from publishing import document as tree, exchange, faults, formulas, markdown, prose, rows
from publishing.checks import RANK, Checks, FrozenChecks
from publishing.rows import UnknownVersion as UnknownVersion
from quotes.models import Quote, Verdict
from timeline import dates
from timeline.models import Theory, TimelineEvent

Q = TypeVar("Q", tree.Quote, tree.ProseQuote)

READERS, EDITORS = "readers", "editors"

# A text that is not stored yet, by model name and row id (None: a new row).
Drafts = Mapping[tuple[str, int | None], str]
# The field of each model that a draft replaces; the report's two texts are named themselves.
REPORT_TEXTS = ("summary", "acknowledgements")
DRAFT_FIELDS = {"section": "body", "quote": "text", "event": "text", "theory": "body"}


def document(
    report: Report, version: int | None = None, audience: str = READERS, drafts: Drafts | None = None
) -> tree.Document:
    """Return the report as `audience` may see it, at `version` (default: as it stands).

    Takes 7 queries, whatever the size; an old version takes as many over the history, and
    one for today's visibility, which holds for the past too. `drafts` puts texts that are
    not stored yet in the place of the stored ones, for the preview. Raises `UnknownVersion`.
    """
    found = rows.stored(report) if version is None else rows.as_of(report, version)
    _put_drafts(found, report, drafts or {})
    checks = Checks(report, found.sources)
    return _Assembly(report, found, checks, version or report.version, audience).document()


def frozen(
    report: Report, text: str, version: int, reasons: Iterable[Mapping[str, str]] = ()
) -> tree.Document:
    """The tree of a document that was kept as JSON (`exchange.to_json`), with the checks of its time.

    Takes no query. `version` is the report's at that time; each of `reasons` says why a "quotation" (its
    anchor) was published all the same. Raises `ValueError` if `text` can't be read.
    """
    read = exchange.read_json(text)
    if read.errors:
        raise ValueError("; ".join(finding.message for finding in read.errors))
    found = rows.frozen(read.document)
    checks = FrozenChecks(json.loads(text)["checks"], {row.id: row.key for row in found.sources})
    whole = _Assembly(report, found, checks, version, read.document.audience).document()
    because = {kept["quotation"]: kept["reason"] for kept in reasons}
    return replace(
        whole,
        slug=read.document.slug,
        quotes=tuple(_because(quote, because) for quote in whole.quotes),
        prose=tuple(_because(quote, because) for quote in whole.prose),
    )


def _because(quotation: Q, reasons: Mapping[str, str]) -> Q:
    if quotation.anchor not in reasons or quotation.check is None:
        return quotation
    return replace(quotation, check=replace(quotation.check, because=reasons[quotation.anchor]))


class _Assembly:
    """One pass over the rows in reading order, which numbers footnotes, quotations and papers."""

    def __init__(
        self,
        report: Report,
        found: rows.Rows,
        checks: Checks | FrozenChecks,
        version: int,
        audience: str,
    ) -> None:
        self.report, self.version, self.audience = report, version, audience
        self.row, self.updated, self.checks = found.row, found.updated, checks
        self.papers, self.sections, self.sources = found.papers, found.sections, found.sources
        self.quotes, self.events = found.quotes, found.events
        self.theories, self.evidence = found.theories, found.evidence
        self.hidden = self._hidden(found.hidden)
        self.keys = {paper.key for paper in self.papers}
        self.footnotes = 0
        self.placed: dict[str, int] = {}
        self.prose: list[tree.ProseQuote] = []
        self.problems: list[tree.Problem] = []
        self.theory_nodes: tuple[tree.Theory, ...] | None = None
        self.quote_slugs = {old: quote.slug for quote in self.quotes for old in quote.former_slugs}
        self.quote_slugs |= {quote.slug: quote.slug for quote in self.quotes}

    def _hidden(self, hidden: set[int | None]) -> set[int | None]:
        """Ids of the sections this audience may not see, those within them too."""
        if self.audience == EDITORS:
            return set()
        return hidden | {s.id for s in self.sections if s.parent_id in hidden}

    # ----------------------------------------------------------------- text

    def _body(self, source: str, where: str, anchor: str) -> tree.Body:
        read = markdown.read(
            source, keys=self.keys, first_footnote=self.footnotes + 1, anchor_prefix=anchor, where=where
        )
        self.footnotes += len(read.body.footnotes)
        body, found = prose.mark(read.body, len(self.prose) + 1)
        self.prose += [replace(quote, where=anchor) for quote in found]
        self._look_through(body, where, anchor)
        self.problems += [replace(problem, anchor=anchor) for problem in (*read.refusals, *read.warnings)]
        return body

    def _line(self, source: str, where: str, anchor: str) -> tuple[tree.Inline, ...]:
        """The text of an event, or a note: what it names and does not exist is said as of a body."""
        children, warnings = markdown.read_inline(source, keys=self.keys, where=where)
        self._look_through(children, where, anchor)
        # Such a text is one line to whoever edits it.
        self.problems += [replace(problem, anchor=anchor, line=0) for problem in warnings]
        return children

    def _look_through(self, node: Any, where: str, anchor: str) -> None:
        """Note what a text places, in reading order, and what it names that does not exist."""
        for item, line in faults.with_lines(node):
            match item:
                case tree.QuoteBlock(slug=slug) | tree.QuoteWords(slug=slug):
                    if slug in self.quote_slugs:
                        self._place(self.quote_slugs[slug])
                    else:
                        self._problem(where, line, anchor, f"There is no quotation “{slug}”.", "[[quote:…]]")
                case tree.Quoted(prose=number) | tree.BlockQuote(prose=number) if number:
                    self._place(f"prose:{number}")
                case tree.TheoriesBlock():
                    self._read_theories()
                case tree.Target(kind=kind, slug=slug) if slug not in self._names(kind):
                    self._problem(where, line, anchor, f"There is no {kind} “{slug}”.", f"[[{kind}:…]]")

    def _problem(self, where: str, line: int, anchor: str, message: str, form: str) -> None:
        mend = f"Correct the name in {form}, or make it first."
        self.problems.append(tree.Problem(where, line, f"{message} {mend}", anchor))

    def _names(self, kind: str) -> set[str]:
        rows = {"section": self.sections, "event": self.events, "theory": self.theories}.get(kind)
        if rows is None:
            return self.keys
        return {
            name for row in rows for name in (getattr(row, row_handle(kind)), *getattr(row, row_former(kind)))
        }

    def _place(self, slug: str) -> None:
        self.placed.setdefault(slug, len(self.placed) + 1)

    def _read_theories(self) -> None:
        """Theories are read where they are first placed, so that their footnotes and quotations count there."""
        if self.theory_nodes is not None:
            return
        self.theory_nodes = ()
        self.theory_nodes = tuple(self._theory(row) for row in self.theories)

    # ----------------------------------------------------------------- nodes

    def _theory(self, row: Any) -> tree.Theory:
        body = self._body(row.body, row.title, f"theory-{row.slug}")
        quotes = {q.id: q.slug for q in self.quotes}
        papers = {p.id: p.key for p in self.papers}
        events = {e.id: e.slug for e in self.events}
        evidence = []
        for piece in self.evidence:
            if piece.theory_id != row.id:
                continue
            children = self._line(piece.note, row.title, f"theory-{row.slug}")
            if slug := quotes.get(piece.quote_id, ""):
                self._place(slug)
            evidence.append(
                tree.Evidence(
                    stance=piece.stance,
                    note=piece.note,
                    row=piece.id,
                    children=children,
                    quote=slug,
                    paper=papers.get(piece.paper_id, ""),
                    event=events.get(piece.event_id, ""),
                    url=piece.url,
                )
            )
        return tree.Theory(
            slug=row.slug,
            title=row.title,
            state=row.state,
            proposed_by=row.proposed_by,
            body=body,
            evidence=tuple(evidence),
            former_slugs=tuple(row.former_slugs),
            row=row.id,
        )

    def _event(self, row: Any) -> tree.Event:
        date = dates.parse(row.date) if row.date else None
        children = self._line(row.text, "Timeline", f"event-{row.slug}")
        return tree.Event(
            slug=row.slug,
            text=row.text,
            children=children,
            date=row.date,
            when=date.words if date else "",
            machine=date.machine if date else "",
            lower=row.lower,
            upper=row.upper,
            former_slugs=tuple(row.former_slugs),
            row=row.id,
        )

    def _quote(self, row: Any, sources: Mapping[int, str]) -> tree.Quote:
        return tree.Quote(
            slug=row.slug,
            text=row.text,
            blocks=markdown.parse_quotation(row.text),
            source=sources.get(row.source_id, ""),
            locator=row.locator,
            attribution=row.attribution,
            url=row.url,
            note=row.note,
            former_slugs=tuple(row.former_slugs),
            number=self.placed.get(row.slug, 0),
            row=row.id,
            check=self.checks.of(row.text, row.locator, row.source_id),
        )

    def _prose(self, number: int, quote: tree.ProseQuote) -> tree.ProseQuote:
        """A quotation in the text is checked against the newest texts of the papers that it cites."""
        papers = {paper.key: paper.id for paper in self.papers}
        items = quote.cited or (tree.CiteItem(quote.key, locator=quote.locator),)
        found = [
            (item, *self.checks.of_paper(quote.words, item.locator, papers.get(item.key))) for item in items
        ]
        # "Not found" says least of several works: one that can't be looked into may have the words.
        missing = Verdict.NOT_FOUND
        item, check, source = min(found, key=lambda one: (one[1].verdict == missing, RANK[one[1].verdict]))
        number = self.placed.get(f"prose:{number}", 0)
        return replace(quote, key=item.key, locator=item.locator, number=number, check=check, source=source)

    def _section(self, row: Any, papers: Mapping[int, str]) -> tree.Section:
        body = self._body(row.body, row.heading, row.anchor)
        return tree.Section(
            anchor=row.anchor,
            heading=row.heading,
            kind=row.kind,
            state=row.state,
            visibility=row.visibility,
            paper=papers.get(row.paper_id, ""),
            body=body,
            children=tuple(
                self._section(child, papers)
                for child in self.sections
                if child.parent_id is not None and child.parent_id == row.id and child.id not in self.hidden
            ),
            former_anchors=tuple(row.former_anchors),
            row=row.id,
        )

    # ----------------------------------------------------------------- the whole

    def document(self) -> tree.Document:
        papers = {paper.id: paper.key for paper in self.papers}
        summary = self._body(self.row.summary, "Summary", "summary")
        sections = tuple(
            self._section(row, papers)
            for row in self.sections
            if row.parent_id is None and row.id not in self.hidden
        )
        acknowledgements = self._body(self.row.acknowledgements, "Acknowledgements", "acknowledgements")
        timeline_placed = _places(sections, tree.TimelineBlock)
        theories_placed = _places(sections, tree.TheoriesBlock)
        # What stands only in a section that this audience may not see is hidden with it.
        hidden = tuple(markdown.parse(row.body) for row in self.sections if row.id in self.hidden)
        show_events = timeline_placed or not _places(hidden, tree.TimelineBlock)
        show_theories = theories_placed or not _places(hidden, tree.TheoriesBlock)
        if show_theories:
            self._read_theories()
        events = tuple(self._event(row) for row in self.events) if show_events else ()
        theories = self.theory_nodes or ()
        if not show_events:
            theories = tuple(
                replace(t, evidence=tuple(e for e in t.evidence if not e.event)) for t in theories
            )
        sources = {source.id: source.key for source in self.sources}
        quotes = sorted(
            (self._quote(row, sources) for row in self.quotes if self._shows(row.slug)),
            key=lambda quote: (quote.number == 0, quote.number),
        )
        whole = tree.Document(
            slug=self.report.slug,
            title=self.row.title,
            subtitle=self.row.subtitle,
            people=self.row.people,
            notice=self.row.notice,
            language=self.row.language,
            visibility=self.report.visibility,
            audience=self.audience,
            version=self.version,
            stamp=self.report.stamp,
            updated=self.updated,
            summary=summary,
            acknowledgements=acknowledgements,
            papers=tuple(_paper(row) for row in self.papers),
            sources=tuple(self._source(row, papers) for row in self.sources),
            sections=sections,
            quotes=tuple(quotes),
            prose=tuple(self._prose(number, quote) for number, quote in enumerate(self.prose, 1)),
            events=events,
            theories=theories,
            timeline_after=bool(events) and not timeline_placed,
            theories_after=bool(theories) and not theories_placed,
        )
        whole = self._only_what_shows(_number_papers(whole))
        wanted = dict.fromkeys(_formulas(whole))
        whole = replace(whole, formulas=formulas.typeset(wanted) if wanted else ())
        if self.audience == EDITORS:
            whole = replace(whole, problems=(*self.problems, *self._faults(whole)))
        return whole

    def _shows(self, slug: str) -> bool:
        return self.audience == EDITORS or slug in self.placed

    def _source(self, row: Any, papers: Mapping[int, str]) -> tree.Source:
        return tree.Source(
            key=row.key,
            kind=row.kind,
            title=row.title,
            url=row.url,
            paper=papers.get(row.paper_id, ""),
            author=row.author,
            published=row.published,
            # The whole copy of somebody's post is for editors; readers see what is quoted.
            text=row.text if self.audience == EDITORS else "",
            copied_by=row.copied_by if self.audience == EDITORS else "",
            licence=row.licence,
            row=row.id,
        )

    def _only_what_shows(self, whole: tree.Document) -> tree.Document:
        """Readers get no paper or source that nothing they may see leads to."""
        if self.audience == EDITORS:
            return whole
        quoted = {quote.source for quote in whole.every_quotation}
        named = {section.paper for section in whole.all_sections()}
        named |= {t.slug for t in tree.walk(whole) if isinstance(t, tree.Target) and t.kind == "paper"}
        return replace(
            whole,
            sources=tuple(source for source in whole.sources if source.key in quoted),
            papers=tuple(paper for paper in whole.papers if paper.number or paper.key in named),
        )

    def _faults(self, whole: tree.Document) -> Iterator[tree.Problem]:
        shown = {node.src for node in tree.walk(whole) if isinstance(node, tree.Image)}
        there: set[str] = set()
        if any(src.startswith("/media/") for src in shown):
            there = {picture.get_absolute_url() for picture in Picture.objects.filter(report=self.report)}
        return faults.of(whole, there)


def row_handle(kind: str) -> str:
    return "anchor" if kind == "section" else "slug"


def row_former(kind: str) -> str:
    return f"former_{row_handle(kind)}s"


def _put_drafts(found: rows.Rows, report: Report, drafts: Drafts) -> None:
    """Put texts that are not stored yet in the place of the stored ones; a new row of a kind comes last."""
    if not drafts:
        return
    kinds: dict[str, tuple[type[ContentModel], list[Any]]] = {
        "section": (Section, found.sections),
        "quote": (Quote, found.quotes),
        "event": (TimelineEvent, found.events),
        "theory": (Theory, found.theories),
    }
    for (name, row_id), text in drafts.items():
        if name in REPORT_TEXTS:
            found.row = copy(found.row)
            setattr(found.row, name, text)
            continue
        model, listed = kinds[name]
        if row_id is None:
            listed.append(_new_row(model, report, DRAFT_FIELDS[name], text))
        for row in listed:
            if row.id == row_id:
                setattr(row, DRAFT_FIELDS[name], text)


def _new_row(model: type[ContentModel], report: Report, field: str, text: str) -> Any:
    """A row that was never stored, so that its preview is made like any other."""
    names = {"report": report, field: text}
    if model is Section:
        names |= {"anchor": "preview", "heading": "Preview"}
    else:
        names |= {"slug": "preview"}
    return model(**names)


def _paper(row: Any) -> tree.Paper:
    return tree.Paper(
        key=row.key,
        title=row.title,
        authors=row.authors,
        year=row.year,
        url=row.url,
        venue=row.venue,
        doi=row.doi,
        arxiv=row.arxiv,
        in_summary=row.in_summary,
        row=row.id,
    )


def _places(texts: Iterable[Any], block: type[tree.Block]) -> bool:
    return any(isinstance(node, block) for node in tree.walk(tuple(texts)))


def _formulas(whole: tree.Document) -> Iterator[tuple[str, bool]]:
    for node in tree.walk(whole):
        if isinstance(node, tree.MathBlock):
            yield node.tex, True
        elif isinstance(node, tree.Math):
            yield node.tex, node.display


def _number_papers(whole: tree.Document) -> tree.Document:
    """Number the papers that are listed, cited or quoted, in the report's own order.

    A paper has one number everywhere: in the summary's list, in citations, among references.
    """
    used = {paper.key for paper in whole.papers if paper.in_summary}
    used |= {item.key for item in tree.walk(whole) if isinstance(item, tree.CiteItem)}
    used |= {piece.paper for theory in whole.theories for piece in theory.evidence}
    sources = whole.source_by_key
    used |= {sources[q.source].paper for q in whole.quotes if q.number and q.source in sources}
    number, papers = 0, []
    for paper in whole.papers:
        if paper.key in used:
            number += 1
            paper = replace(paper, number=number)
        papers.append(paper)
    return replace(whole, papers=tuple(papers))
