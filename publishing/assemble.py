"""Rows → the one tree. Every output, and every old version, comes through `document()`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from django.db.models import Max, QuerySet

from papers.changes import ContentModel
from papers.models import Paper, Picture, Report, Section, Source, Visibility
from publishing import document as tree, faults, formulas, markdown, prose
from publishing.checks import Checks
from quotes.models import Quote
from timeline import dates
from timeline.models import Evidence, Theory, TimelineEvent

READERS, EDITORS = "readers", "editors"

# A text that is not stored yet, by model name and row id (None: a new row).
Drafts = Mapping[tuple[str, int | None], str]
# The field of each model that a draft replaces; the report's two texts are named themselves.
DRAFT_FIELDS = {"section": "body", "quote": "text", "event": "text", "theory": "body"}


class UnknownVersion(LookupError):
    """The report has no such version."""


def document(
    report: Report, version: int | None = None, audience: str = READERS, drafts: Drafts | None = None
) -> tree.Document:
    """Return the report as `audience` may see it, at `version` (default: as it stands).

    Takes 7 queries, whatever the size; an old version takes as many over the history, and
    one for today's visibility, which holds for the past too. `drafts` puts texts that are
    not stored yet in the place of the stored ones, for the preview. Raises `UnknownVersion`.
    """
    return _Assembly(report, version, audience, drafts or {}).document()


class _Assembly:
    """One pass over the rows in reading order, which numbers footnotes, quotations and papers."""

    def __init__(self, report: Report, version: int | None, audience: str, drafts: Drafts) -> None:
        if version is not None and not 1 <= version <= report.version:
            raise UnknownVersion(
                f"Version {version} of “{report}” doesn't exist; the newest is {report.version}."
            )
        self.report, self.version, self.audience = report, version, audience
        self.drafts = drafts
        self.row = self._rows_of(Report).get() if version is not None else report
        self.papers = self._fetch(Paper)
        self.sections = self._fetch(Section)
        self.sources = self._fetch(Source)
        self.quotes = self._fetch(Quote)
        self.events = sorted(
            self._fetch(TimelineEvent), key=lambda e: dates.sort_key(e.lower, e.upper, e.position, e.slug)
        )
        self.theories, self.evidence = self._fetch_theories()
        self.checks = Checks(report, self.sources)
        self.keys = {paper.key for paper in self.papers}
        self.footnotes = 0
        self.placed: dict[str, int] = {}
        self.prose: list[tree.ProseQuote] = []
        self.problems: list[tree.Problem] = []
        self.theory_nodes: tuple[tree.Theory, ...] | None = None
        self.quote_slugs = {old: quote.slug for quote in self.quotes for old in quote.former_slugs}
        self.quote_slugs |= {quote.slug: quote.slug for quote in self.quotes}

    # ----------------------------------------------------------------- rows

    def _rows_of(self, model: type[ContentModel]) -> QuerySet[Any]:
        """The rows of `model` as they were at the version: the newest history row of each."""
        history = model.history.filter(  # type: ignore[attr-defined]
            changeset__report=self.report, changeset__version__lte=self.version
        )
        newest = history.order_by().values("id").annotate(newest=Max("history_id")).values("newest")
        rows: QuerySet[Any] = model.history.filter(history_id__in=newest).exclude(history_type="-")  # type: ignore[attr-defined]
        return rows.order_by(*(model._meta.ordering or ()))

    def _fetch(self, model: type[ContentModel]) -> list[Any]:
        if self.version is not None:
            rows = list(self._rows_of(model))
        elif model is Source:
            rows = list(Source.objects.with_newest_copy().of(self.report))
        else:
            rows = list(model.objects.of(self.report))
        return self._with_drafts(model, rows)

    def _fetch_theories(self) -> tuple[list[Any], list[Any]]:
        """Theories and evidence: in one query where the page is made from the newest rows."""
        if self.version is not None:
            return self._fetch(Theory), self._fetch(Evidence)
        names = [f.attname for f in Theory._meta.concrete_fields]
        parts = [f.attname for f in Evidence._meta.concrete_fields]
        theories: dict[int, Any] = {}
        evidence = []
        rows = Theory.objects.of(self.report).order_by("position", "id", "evidence__position", "evidence__id")
        for row in rows.values_list(*names, *(f"evidence__{part}" for part in parts)):
            theory = SimpleNamespace(**dict(zip(names, row[: len(names)], strict=True)))
            theories.setdefault(theory.id, theory)
            piece = SimpleNamespace(**dict(zip(parts, row[len(names) :], strict=True)))
            if piece.id is not None:
                evidence.append(piece)
        return self._with_drafts(Theory, list(theories.values())), evidence

    def _with_drafts(self, model: type[ContentModel], rows: list[Any]) -> list[Any]:
        name = "event" if model is TimelineEvent else model._meta.model_name or ""
        if field := DRAFT_FIELDS.get(name):
            for row in rows:
                if (name, row.id) in self.drafts:
                    setattr(row, field, self.drafts[name, row.id])
            if (name, None) in self.drafts:
                rows.append(_new_row(model, self.report, field, self.drafts[name, None]))
        return rows

    def _text(self, name: str) -> str:
        return self.drafts.get((name, self.report.pk), getattr(self.row, name))

    def _hidden(self) -> set[int | None]:
        """Ids of the sections this audience may not see. What is hidden now is hidden in the past."""
        if self.audience == EDITORS:
            return set()
        hidden = {s.id for s in self.sections if s.visibility != Visibility.PUBLIC}
        if self.version is not None:
            now = Section.objects.of(self.report).exclude(visibility=Visibility.PUBLIC)
            hidden |= set(now.values_list("pk", flat=True))
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
            children = markdown.parse_inline(piece.note, keys=self.keys)
            self._look_through(children, row.title, f"theory-{row.slug}")
            if slug := quotes.get(piece.quote_id, ""):
                self._place(slug)
            evidence.append(
                tree.Evidence(
                    stance=piece.stance,
                    note=piece.note,
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
        children = markdown.parse_inline(row.text, keys=self.keys)
        self._look_through(children, "Timeline", f"event-{row.slug}")
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
        """A quotation in the text is checked against the newest texts of the paper that it cites."""
        paper = next((paper.id for paper in self.papers if paper.key == quote.key), None)
        check, source = self.checks.of_paper(quote.words, quote.locator, paper)
        return replace(quote, number=self.placed.get(f"prose:{number}", 0), check=check, source=source)

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
        self.hidden = self._hidden()
        papers = {paper.id: paper.key for paper in self.papers}
        summary = self._body(self._text("summary"), "Summary", "summary")
        sections = tuple(
            self._section(row, papers)
            for row in self.sections
            if row.parent_id is None and row.id not in self.hidden
        )
        acknowledgements = self._body(self._text("acknowledgements"), "Acknowledgements", "acknowledgements")
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
            version=self.version or self.report.version,
            stamp=self.report.stamp,
            updated=self._updated(),
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

    def _updated(self) -> Any:
        if self.version is None or self.version == self.report.version:
            return self.report.content_updated_at
        return self.report.changesets.get(version=self.version).when

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
