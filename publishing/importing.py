"""A parsed file → rows, in one change: all of it, or nothing.

Rows are found again by slug, anchor or key, and a renamed one by its former address, so that a
second import of the same file writes nothing. The file is the whole report: rows it lacks are
deleted (and listed), unless it is a copy for readers, which can't say what it lacks. Text that is
unchanged leaves no history, no new version, and the stamp where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from papers import addresses
from papers.changes import ContentModel, change
from papers.models import Paper, Picture, Report, Section, Source
from publishing import document as tree, formulas
from publishing.exchange.parsed import ERROR, NOTE, WARNING, Finding, Parsed, at
from quotes.models import Quote
from timeline import dates
from timeline.models import Evidence, Theory, TimelineEvent

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEWEST = 2**63  # a row that is not stored yet comes after all stored ones

Row = TypeVar("Row", bound=ContentModel)
Progress = Callable[[int, int], None]

# Our names for a field, where they are not the file's.
SAID = {
    "locator": "page",
    "proposed_by": "proposed-by",
    "in_summary": "listed",
    "copied_by": "copied-by",
    NON_FIELD_ERRORS: "",
}


@dataclass
class Result:
    """What an import did, or with `dry_run` would do. Names read like “section deepseek-r1”."""

    slug: str
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)
    version: int = 0
    dry_run: bool = False

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == ERROR]

    @property
    def touched(self) -> bool:
        return bool(self.created or self.changed or self.deleted)


class _RollBack(Exception):
    """Leaves the transaction: there are errors, or it was a dry run."""


def import_report(
    parsed: Parsed,
    who: User | None,
    *,
    note: str = "Imported",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Write the report `parsed` says, as one change by `who`, and say what was written.

    With an error among the findings nothing is written at all; every problem is listed, those of
    the file and those of the rows. `dry_run` does the same work and takes it back. `progress` is
    told how many parts of how many are done.
    """
    result = Result(parsed.document.slug, findings=list(parsed.findings), dry_run=dry_run)
    if result.errors:
        return result
    report = Report.objects.filter(slug=parsed.document.slug).first() or Report()
    result.version = report.version
    try:
        with transaction.atomic(), change(report, who, note, when=parsed.document.updated or timezone.now()):
            _Import(parsed, report, result, progress).run()
            if result.errors or dry_run:
                raise _RollBack
    except _RollBack:
        pass
    else:
        result.version = report.version
    result.findings = sorted(set(result.findings))
    return result


class _Import:
    def __init__(self, parsed: Parsed, report: Report, result: Result, progress: Progress | None) -> None:
        self.parsed, self.document = parsed, parsed.document
        self.report, self.result = report, result
        self.progress = progress
        self.done, self.total = 0, _count(self.document)
        self.doomed: list[ContentModel] = []

    def run(self) -> None:
        document = self.document
        if not self.write_report():
            return
        self.look_at_names()
        self.papers = self.write_all(Paper, "papers", document.papers, _paper)
        self.sources = self.write_all(Source, "sources", document.sources, self.source)
        self.write_sections()
        self.quotes = self.write_all(Quote, "quotes", document.quotes, self.quote)
        self.events = self.write_all(TimelineEvent, "events", document.events, _event)
        self.theories = self.write_all(Theory, "theories", document.theories, _theory)
        for number, theory in enumerate(document.theories):
            if row := self.theories.get(theory.slug):
                self.write_evidence(row, theory, f"theories/{number}/evidence")
        if not self.result.errors:
            self.delete_missing()
        self.look_for_pictures()
        self.try_formulas()
        self.say_about_time()

    # ----------------------------------------------------------------- one row

    def keep(self, row: ContentModel, values: dict[str, Any], path: str) -> bool:
        """Give `row` its values and store it if that changes anything. False if it is not valid."""
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)
        for attribute, value in values.items():
            setattr(row, attribute, value)
        row.normalise()
        stored = row.stored()
        if stored is not None and not row.differing(stored):
            self.result.unchanged += 1
            return True
        try:
            row.full_clean()
        except ValidationError as error:
            self.refuse(row, error, path)
            return False
        row.save()
        (self.result.created if stored is None else self.result.changed).append(_name(row))
        return True

    def refuse(self, row: ContentModel, error: ValidationError, path: str) -> None:
        for attribute, messages in error.message_dict.items():
            said = SAID.get(attribute, attribute)
            place = attribute if isinstance(row, Report) and attribute in self.parsed.lines else path
            for message in messages:
                self.say(place, f"{_name(row)}: {said + ': ' if said else ''}{message}")

    def say(self, path: str, message: str, severity: str = ERROR) -> None:
        self.result.findings.append(at(self.parsed.lines, path, message, severity))

    # ----------------------------------------------------------------- kinds of rows

    def write_report(self) -> bool:
        document = self.document
        names = ("slug", "title", "subtitle", "people", "notice", "language", "visibility")
        values = {name: getattr(document, name) for name in names}
        values |= {"summary": document.summary.source, "acknowledgements": document.acknowledgements.source}
        return self.keep(self.report, values, "title")

    def write_all(
        self, model: type[Row], name: str, items: Sequence[Any], values: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Row]:
        """Write the rows of one model; returns those that are valid by their slug or key."""
        handle = model.handle or "key"
        rows = self.matched(model, items)
        places: dict[str, int] = {}
        if model is not Quote and model is not Source:
            places = _places([(getattr(item, handle), rows[getattr(item, handle)]) for item in items])
        if model is TimelineEvent:
            places = _event_places(items, rows)
        kept: dict[str, Row] = {}
        for number, item in enumerate(items):
            key = getattr(item, handle)
            given = values(item) | ({"position": places[key]} if key in places else {})
            if self.keep(rows[key], given | self.former(rows[key], item), f"{name}/{number}"):
                kept[key] = rows[key]
        return kept

    def matched(self, model: type[Row], items: Sequence[Any]) -> dict[str, Row]:
        """The row of each item: the stored one of that name, one renamed from or to it, or a new one."""
        handle = model.handle or "key"
        names = {getattr(item, handle) for item in items}
        stored: dict[str, Row] = {getattr(row, handle): row for row in model.objects.of(self.report)}
        free = {name: row for name, row in stored.items() if name not in names}
        found: dict[str, Row] = {}
        for item in items:
            name = getattr(item, handle)
            row = stored.get(name)
            if row is None and model.former:
                before = [old for old in getattr(item, model.former) if old in free]
                after = [now for now, other in free.items() if name in getattr(other, model.former)]
                row = next((free.pop(other) for other in (*before, *after)), None)
            found[name] = row or model(report=self.report)
        self.doomed += free.values()
        return found

    def former(self, row: ContentModel, item: Any) -> dict[str, Any]:
        """An address that once led here leads here for ever, unless the file gives it to another."""
        if not row.former:
            return {}
        said, taken = list(getattr(item, row.former)), self.names(type(row))
        return {row.former: [*said, *(old for old in getattr(row, row.former) if old not in {*said, *taken})]}

    def names(self, model: type[ContentModel]) -> set[str]:
        """Every address that the file gives to something of this kind, now or formerly."""
        document = self.document
        items: dict[type[ContentModel], Iterable[Any]] = {
            Section: document.all_sections(),
            Quote: document.quotes,
            TimelineEvent: document.events,
            Theory: document.theories,
        }
        return {
            name
            for item in items[model]
            for name in (getattr(item, model.handle), *getattr(item, model.former))
        }

    def source(self, item: tree.Source) -> dict[str, Any]:
        names = ("key", "kind", "title", "url", "author", "published", "text", "copied_by", "licence")
        values = {name: getattr(item, name) for name in names} | {"paper": self.papers.get(item.paper)}
        if self.parsed.partial:  # a copy for readers lacks these two
            values = {name: value for name, value in values.items() if value or name not in names[-3:-1]}
        return values

    def quote(self, item: tree.Quote) -> dict[str, Any]:
        names = ("slug", "text", "locator", "attribution", "url", "note")
        return {name: getattr(item, name) for name in names} | {"source": self.sources.get(item.source)}

    def write_sections(self) -> None:
        rows = self.matched(Section, list(self.document.all_sections()))
        self.free_children(rows)
        self.write_level(rows, self.document.sections, None, "sections")

    def free_children(self, rows: dict[str, Section]) -> None:
        """Put on top, for a moment, what stands under a section that goes, or goes under another."""
        tops = {rows[section.anchor].pk for section in self.document.sections}
        for row in rows.values():
            if row.pk and row.parent_id and row.parent_id not in tops:
                row.parent = None
                row.save()

    def write_level(
        self, rows: dict[str, Section], sections: Sequence[tree.Section], parent: Section | None, path: str
    ) -> None:
        # A row that comes from another level has no place in this one yet.
        level = [(item.anchor, rows[item.anchor]) for item in sections]
        places = _places(level, parent.pk if parent else None)
        for number, item in enumerate(sections):
            names = ("anchor", "heading", "kind", "state", "visibility")
            values = {name: getattr(item, name) for name in names}
            values |= {
                "parent": parent,
                "paper": self.papers.get(item.paper),
                "body": item.body.source,
                "position": places[item.anchor],
            }
            row = rows[item.anchor]
            if self.keep(row, values | self.former(row, item), f"{path}/{number}"):
                self.write_level(rows, item.children, row, f"{path}/{number}/children")

    def write_evidence(self, theory: Theory, item: tree.Theory, path: str) -> None:
        left = list(Evidence.objects.filter(theory=theory).order_by("position", "id"))
        wanted = []
        for piece in item.evidence:
            values = {
                "stance": piece.stance,
                "note": piece.note.strip("\n"),
                "quote": self.quotes.get(piece.quote),
                "paper": self.papers.get(piece.paper),
                "event": self.events.get(piece.event),
                "url": piece.url,
            }
            # The same piece, or the same target seen anew.
            row = _like(left, values, tuple(values)) or _like(left, values, Evidence.TARGETS)
            if row is not None:
                left.remove(row)
            wanted.append((row or Evidence(theory=theory), values))
        self.doomed += left
        places = _places([(str(number), row) for number, (row, _) in enumerate(wanted)])
        for number, (row, values) in enumerate(wanted):
            if any(values[name] for name in Evidence.TARGETS):
                self.keep(row, values | {"position": places[str(number)]}, f"{path}/{number}")

    # ----------------------------------------------------------------- what the file lacks

    def delete_missing(self) -> None:
        if self.parsed.partial:
            for row in self.doomed:
                self.say("audience", f"{_name(row)} is not in this copy for readers, and is kept.", NOTE)
            return
        theories = [row for row in self.doomed if isinstance(row, Theory)]
        evidence = [row for theory in theories for row in theory.evidence.all()]
        # What points to others goes before what it points to.
        order = (Evidence, Theory, TimelineEvent, Quote, Section, Source, Paper)
        doomed = [*evidence, *self.doomed]
        doomed.sort(key=lambda row: (order.index(type(row)), not getattr(row, "parent_id", None)))
        for row in doomed:
            name = _name(row)
            try:
                row.delete()
            except ProtectedError as error:
                # Archived copies are never deleted, so neither is their source, nor the paper it is of.
                users = ", ".join(sorted({str(user) for user in error.protected_objects})[:5])
                self.say(
                    "missing", f"{name} is not in the file, and is kept: it is needed by {users}.", WARNING
                )
            else:
                self.result.deleted.append(name)

    # ----------------------------------------------------------------- what remains to be said

    def look_at_names(self) -> None:
        """Say which papers' arXiv ids and DOIs are none: they are left out, and the rest is kept."""
        for number, paper in enumerate(self.document.papers):
            for field_name, message in Paper.wrong_names(paper.arxiv, paper.doi).items():
                said = f"paper {paper.key}: {field_name}: {message} It is not stored."
                self.say(f"papers/{number}", said, WARNING)

    def look_for_pictures(self) -> None:
        there = {picture.get_absolute_url() for picture in Picture.objects.filter(report=self.report)}
        for src, path, offset in self.parsed.images:
            if src.startswith("/media/") and src not in there:
                message = f"The picture {src} isn’t there: upload it to this report, or take it out."
            elif not src.startswith("/"):
                message = f"The picture {src} is on another site and shown as a link: upload it to show it."
            else:
                continue
            self.result.findings.append(at(self.parsed.lines, path, message, WARNING, offset))

    def try_formulas(self) -> None:
        made = formulas.typeset(formula for formula, _, _ in self.parsed.formulas)
        failed = {(formula.tex, formula.display): formula.error for formula in made if formula.error}
        for formula, path, offset in self.parsed.formulas:
            if formula in failed:
                message = f"The formula ${formula[0]}$: {failed[formula]}"
                self.result.findings.append(at(self.parsed.lines, path, message, WARNING, offset))

    def say_about_time(self) -> None:
        updated = self.document.updated
        if updated and not self.result.touched and updated != self.report.content_updated_at:
            kept = self.report.content_updated_at.isoformat()
            self.say("updated", f"Nothing else has changed, so “last updated” stays {kept}.", NOTE)


def _paper(item: tree.Paper) -> dict[str, Any]:
    names = ("key", "title", "authors", "year", "venue", "doi", "arxiv", "url", "in_summary")
    values = {name: getattr(item, name) for name in names}
    return values | {"doi": addresses.doi(item.doi), "arxiv": addresses.arxiv_id(item.arxiv)}


def _event(item: tree.Event) -> dict[str, Any]:
    date = dates.parse(item.date) if item.date.strip() else None
    return {
        "slug": item.slug,
        "text": item.text,
        "date": date.edtf if date else "",
        "lower": date.lower if date else None,
        "upper": date.upper if date else None,
    }


def _theory(item: tree.Theory) -> dict[str, Any]:
    names = ("slug", "title", "state", "proposed_by")
    return {name: getattr(item, name) for name in names} | {"body": item.body.source}


def _name(row: ContentModel) -> str:
    """“section deepseek-r1”, as results and messages name a row."""
    if isinstance(row, Evidence):
        target = row.quote or row.paper or row.event
        word = getattr(target, target.handle or "key") if target else row.url
        return f"evidence {word} of theory {row.theory.slug}"
    return f"{row._meta.verbose_name} {getattr(row, row.handle or ('slug' if isinstance(row, Report) else 'key'))}"


def _like(rows: list[Evidence], values: dict[str, Any], names: Sequence[str]) -> Evidence | None:
    return next((row for row in rows if all(getattr(row, name) == values[name] for name in names)), None)


def _places(rows: Sequence[tuple[str, Any]], parent: int | None = None) -> dict[str, int]:
    """A position for each row in this order; a stored one is kept where it is in order already."""
    places: dict[str, int] = {}
    last = (0, 0)
    for name, row in rows:
        here = (row.position, row.pk or 0)
        if not row.pk or here <= last or getattr(row, "parent_id", None) != parent:
            here = (last[0] + 1, row.pk or NEWEST)
        places[name], last = here[0], here
    return places


def _event_places(items: Sequence[tree.Event], rows: dict[str, Any]) -> dict[str, int]:
    """As `_places`, but events are ordered by date; position and slug only tell those of one date apart."""
    places: dict[str, int] = {}
    last: dict[tuple[int | None, int | None], tuple[int, str]] = {}
    for item in items:
        date = dates.parse(item.date) if item.date.strip() else None
        bounds = (date.lower, date.upper) if date else (None, None)
        row, before = rows[item.slug], last.get(bounds, (0, ""))
        here = (row.position, item.slug)
        if not row.pk or here <= before:
            here = (before[0] + 1, item.slug)
        places[item.slug], last[bounds] = here[0], here
    return places


def _count(document: tree.Document) -> int:
    parts = (document.papers, document.sources, document.quotes, document.events, document.theories)
    evidence = sum(len(theory.evidence) for theory in document.theories)
    return 1 + sum(map(len, parts)) + len(list(document.all_sections())) + evidence
