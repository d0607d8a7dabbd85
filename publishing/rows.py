"""The rows that a tree is made of: as they stand, as they were at a version, or out of a frozen document."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db.models import Max, QuerySet

from papers.changes import ContentModel
from papers.models import Paper, Report, Section, Source, Visibility
from publishing import document as tree
from quotes.models import Quote
from timeline import dates
from timeline.models import Evidence, Theory, TimelineEvent


class UnknownVersion(LookupError):
    """The report has no such version."""


@dataclass
class Rows:
    """What a report consists of; each list in the order of its kind, events by date.

    `updated` is when the content last changed; `row` has the report's own fields. `hidden` are the ids of
    sections that are for editors only: today's visibility holds for the past, too. The rows may be models,
    history rows, or stand-ins with their fields.
    """

    row: Any
    updated: dt.datetime | None
    papers: list[Any]
    sections: list[Any]
    sources: list[Any]
    quotes: list[Any]
    events: list[Any]
    theories: list[Any]
    evidence: list[Any]
    hidden: set[int | None]


def by_date(events: list[Any]) -> list[Any]:
    return sorted(events, key=lambda e: dates.sort_key(e.lower, e.upper, e.position, e.slug))


def stored(report: Report) -> Rows:
    """The rows as they stand, in six queries."""
    theories, evidence = _theories(report)
    sections = list(Section.objects.of(report))
    return Rows(
        row=report,
        updated=report.content_updated_at,
        papers=list(Paper.objects.of(report)),
        sections=sections,
        sources=list(Source.objects.with_newest_copy().of(report)),
        quotes=list(Quote.objects.of(report)),
        events=by_date(list(TimelineEvent.objects.of(report))),
        theories=theories,
        evidence=evidence,
        hidden={section.id for section in sections if section.visibility != Visibility.PUBLIC},
    )


def _theories(report: Report) -> tuple[list[Any], list[Any]]:
    """Theories and evidence in one query."""
    names = [f.attname for f in Theory._meta.concrete_fields]
    parts = [f.attname for f in Evidence._meta.concrete_fields]
    theories: dict[int, Any] = {}
    evidence = []
    rows = Theory.objects.of(report).order_by("position", "id", "evidence__position", "evidence__id")
    for row in rows.values_list(*names, *(f"evidence__{part}" for part in parts)):
        theory = SimpleNamespace(**dict(zip(names, row[: len(names)], strict=True)))
        theories.setdefault(theory.id, theory)
        piece = SimpleNamespace(**dict(zip(parts, row[len(names) :], strict=True)))
        if piece.id is not None:
            evidence.append(piece)
    return list(theories.values()), evidence


def as_of(report: Report, version: int) -> Rows:
    """The rows at `version`: the newest history row of each object up to it. Raises `UnknownVersion`."""
    if not 1 <= version <= report.version:
        raise UnknownVersion(
            f"Version {version} of “{report}” doesn't exist; the newest is {report.version}."
        )
    sections = list(_past(report, Section, version))
    hidden = {section.id for section in sections if section.visibility != Visibility.PUBLIC}
    return Rows(
        row=_past(report, Report, version).get(),
        updated=_when(report, version),
        papers=list(_past(report, Paper, version)),
        sections=sections,
        sources=list(_past(report, Source, version)),
        quotes=list(_past(report, Quote, version)),
        events=by_date(list(_past(report, TimelineEvent, version))),
        theories=list(_past(report, Theory, version)),
        evidence=list(_past(report, Evidence, version)),
        hidden=hidden | hidden_sections(report),
    )


def _when(report: Report, version: int) -> dt.datetime:
    if version == report.version:
        return report.content_updated_at  # which an import may have brought along
    when: dt.datetime = report.changesets.get(version=version).when
    return when


def newest_rows(model: type[ContentModel], report: Report, version: int) -> QuerySet[Any]:
    """The newest history row of each row of `model` up to `version`, those that say "deleted" included."""
    history = model.history  # type: ignore[attr-defined]
    until = history.filter(changeset__report=report, changeset__version__lte=version)
    newest = until.order_by().values("id").annotate(newest=Max("history_id")).values("newest")
    rows: QuerySet[Any] = history.filter(history_id__in=newest)
    return rows


def _past(report: Report, model: type[ContentModel], version: int) -> QuerySet[Any]:
    rows = newest_rows(model, report, version).exclude(history_type="-")
    return rows.order_by(*(model._meta.ordering or ()))


def hidden_sections(report: Report) -> set[int | None]:
    """Ids of the sections that readers may not see in any version: hidden now, or when they were deleted."""
    rows = newest_rows(Section, report, report.version).order_by()
    last = list(rows.values_list("id", "parent_id", "visibility"))
    hidden: set[int | None] = {pk for pk, _, visibility in last if visibility != Visibility.PUBLIC}
    return hidden | {pk for pk, parent, _ in last if parent in hidden}


# --------------------------------------------------------------------------- out of a frozen document


def frozen(document: tree.Document) -> Rows:
    """The rows of a document that was read from its JSON. Their ids count from 1, in order."""
    papers = _numbered(document.papers, "key title authors year url venue doi arxiv in_summary")
    paper_ids = {paper.key: paper.id for paper in papers}
    sources = _numbered(document.sources, "key kind title url author published text copied_by licence")
    for row, source in zip(sources, document.sources, strict=True):
        row.paper_id = paper_ids.get(source.paper)
    source_ids = {source.key: source.id for source in sources}
    quotes = _numbered(document.quotes, "slug text locator attribution url note former_slugs")
    for row, quote in zip(quotes, document.quotes, strict=True):
        row.source_id = source_ids.get(quote.source)
    events = _numbered(document.events, "slug text date former_slugs")
    for row in events:
        date = dates.parse(row.date) if row.date else None
        row.lower, row.upper = (date.lower, date.upper) if date else (None, None)
    theories = _numbered(document.theories, "slug title state proposed_by former_slugs")
    evidence: list[Any] = []
    quote_ids, event_ids = {q.slug: q.id for q in quotes}, {e.slug: e.id for e in events}
    for row, theory in zip(theories, document.theories, strict=True):
        row.body = theory.body.source
        pieces = _numbered(theory.evidence, "stance note url", len(evidence))
        for piece, given in zip(pieces, theory.evidence, strict=True):
            piece.theory_id = row.id
            piece.quote_id, piece.paper_id = quote_ids.get(given.quote), paper_ids.get(given.paper)
            piece.event_id = event_ids.get(given.event)
        evidence += pieces
    return Rows(
        row=SimpleNamespace(
            title=document.title,
            subtitle=document.subtitle,
            people=document.people,
            notice=document.notice,
            language=document.language,
            summary=document.summary.source,
            acknowledgements=document.acknowledgements.source,
        ),
        updated=document.updated,
        papers=papers,
        sections=_sections(document, paper_ids),
        sources=sources,
        quotes=quotes,
        events=events,  # they were frozen in their order
        theories=theories,
        evidence=evidence,
        hidden=set(),  # what was for editors only was not frozen
    )


def _sections(document: tree.Document, paper_ids: dict[str, int]) -> list[Any]:
    every = tuple(document.all_sections())
    rows = _numbered(every, "anchor heading kind state visibility former_anchors")
    ids = {section.anchor: row.id for section, row in zip(every, rows, strict=True)}
    parents = {
        child.anchor: ids[section.anchor] for section in document.sections for child in section.children
    }
    for row, section in zip(rows, every, strict=True):
        row.body, row.paper_id = section.body.source, paper_ids.get(section.paper)
        row.parent_id = parents.get(section.anchor)
    return rows


def _numbered(items: tuple[Any, ...], names: str, after: int = 0) -> list[Any]:
    """A stand-in for a row of each item, with the fields `names`, an id and its position."""
    return [
        SimpleNamespace(id=number, position=number, **{name: getattr(item, name) for name in names.split()})
        for number, item in enumerate(items, after + 1)
    ]
