"""Restoring: rows, or the whole report, as they were at a version, written as one new change.

A `Plan` says beforehand what would be written; `restore_report` and `restore_row` make it anew under
the report's lock and carry it out. Deleted rows come back with their old ids, so that whatever led to
them leads to them again. What the past can't decide stays as it is today: a report's address and
visibility, a section that is for editors only, and a source whose copies are archived.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from papers.changes import Conflict, ContentModel, change
from papers.models import Report, SourceFile, Visibility
from publishing import markdown
from publishing.document import QuoteBlock, QuoteWords, walk
from publishing.kinds import BY_MODEL, BY_NAME, KINDS, Kind, label
from publishing.rows import UnknownVersion, hidden_sections, newest_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Key = tuple[str, int]
# Of the report's own row, these are decided today.
OF_TODAY = {"slug", "visibility"}


@dataclass
class Plan:
    """What a restore would do. `write` are rows to be put back as they were, `delete` rows that go."""

    report: Report
    version: int
    write: dict[Key, ContentModel] = field(default_factory=dict)
    new: set[Key] = field(default_factory=set)  # those of `write` that are not there today
    delete: dict[Key, ContentModel] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)  # what stays as it is, in sentences
    hides: bool = False  # whether a section that is public today would be for editors only

    def __bool__(self) -> bool:
        return bool(self.write or self.delete)

    @property
    def keys(self) -> set[Key]:
        return {*self.write, *self.delete}

    def permissions(self) -> set[str]:
        """What one must be allowed to do for it, in Django's names."""
        found = {"papers.restore_report"} | ({"papers.set_visibility"} if self.hides else set())
        for action, keys in (
            ("add", self.new),
            ("change", set(self.write) - self.new),
            ("delete", set(self.delete)),
        ):
            for kind, _ in keys:
                meta = BY_NAME[kind].model._meta
                found.add(f"{meta.app_label}.{action}_{meta.model_name}")
        return found


def plan_report(report: Report, version: int) -> Plan:
    """The whole report as it was. Raises `UnknownVersion`."""
    then, now = _Rows.at(report, version), _Rows.today(report)
    plan = Plan(report, version)
    for key in then.rows:
        _put(plan, key, then, now)
    for key, row in now.rows.items():
        if key not in then.rows:
            plan.delete[key] = row
    _keep_archived(plan, now)
    _keep_hidden(plan, now)
    return plan


def plan_row(report: Report, kind: str, pk: int, version: int, *, with_quotes: bool = False) -> Plan:
    """One row as it was, with what it can't do without; a theory with its evidence.

    `with_quotes`: of a section, also the quotations that stood in its text. Raises `UnknownVersion`,
    also if there was no such row at that version, and `ValidationError` if its address is taken today.
    """
    then, now = _Rows.at(report, version), _Rows.today(report)
    key = (kind, pk)
    if key not in then.rows:
        raise UnknownVersion(
            f"Version {version} has no such {BY_NAME[kind].noun if kind in BY_NAME else 'row'}."
        )
    plan = Plan(report, version)
    _put(plan, key, then, now)
    if kind == "theory" and key not in now.rows:
        for piece, row in then.rows.items():
            if piece[0] == "evidence" and row.theory_id == pk:
                _put(plan, piece, then, now)
    if kind == "section" and with_quotes:
        for quote in _quotes_in(then, then.rows[key].body):
            _put(plan, quote, then, now)
    _put_needed(plan, then, now)
    _keep_hidden(plan, now)
    _refuse_taken(plan, now)
    _refuse_deep(plan, now)
    return plan


def restore_report(report: Report, version: int, who: User | None, expected: int, note: str = "") -> bool:
    """Write the whole report as it was at `version`, as one change; False if nothing differs.

    Raises `Conflict` if the report is no longer at version `expected`, `UnknownVersion` if it never
    had that one.
    """
    with change(report, who, note or f"Restored version {version}"):
        _expect(report, expected)
        plan = plan_report(report, version)
        _carry_out(plan)
    return bool(plan)


def restore_row(
    report: Report,
    kind: str,
    pk: int,
    version: int,
    who: User | None,
    expected: int,
    *,
    with_quotes: bool = False,
    note: str = "",
) -> bool:
    """Write one row as it was at `version`, also a deleted one; else as `restore_report`."""
    with change(report, who, note) as opened:
        _expect(report, expected)
        plan = plan_row(report, kind, pk, version, with_quotes=with_quotes)
        if not opened.note:
            opened.note = f"{named(kind, plan, pk)} restored from version {version}"
        _carry_out(plan)
    return bool(plan)


def named(kind: str, plan: Plan, pk: int) -> str:
    """ "Section “Alpha”"."""
    noun = BY_NAME[kind].noun.capitalize()
    row = plan.write.get((kind, pk))
    words = label(kind, row).strip("“”") if row is not None else ""
    return f"{noun} “{words}”" if words else noun


def _expect(report: Report, expected: int) -> None:
    if report.version != expected:
        raise Conflict(
            f"The report has been changed meanwhile: it is at version {report.version} now. "
            "Look at what a restore would do today, and confirm it again."
        )


# --------------------------------------------------------------------------- rows


@dataclass
class _Rows:
    """All rows of a report by kind and id, in the order in which they can be made."""

    rows: dict[Key, Any]

    @classmethod
    def today(cls, report: Report) -> _Rows:
        found: dict[Key, Any] = {}
        for kind in KINDS:
            mine = Report._base_manager.filter(pk=report.pk)
            rows = mine if kind.model is Report else kind.model.objects.of(report)
            found |= {(kind.name, row.pk): row for row in rows}
        return cls(found)

    @classmethod
    def at(cls, report: Report, version: int) -> _Rows:
        if not 1 <= version <= report.version:
            raise UnknownVersion(f"There is no version {version}; the newest is {report.version}.")
        found: dict[Key, Any] = {}
        for kind in KINDS:
            rows = newest_rows(kind.model, report, version).exclude(history_type="-")
            found |= {(kind.name, row.id): row for row in rows.order_by("id")}
        return cls(found)


def _put(plan: Plan, key: Key, then: _Rows, now: _Rows) -> None:
    """Plan to write a row as it was, unless it is so today."""
    was, is_now = then.rows[key], now.rows.get(key)
    model: Any = BY_NAME[key[0]].model
    if is_now is None:
        row = model(id=was.id)
        plan.new.add(key)
    else:
        row = model._base_manager.get(pk=key[1]) if key[0] == "report" else _copy(is_now)
    for f in was.tracked_fields:
        if f.name not in model.counters() and not (key[0] == "report" and f.name in OF_TODAY):
            setattr(row, f.attname, getattr(was, f.attname))
    if model.former and is_now is not None:
        # Addresses that it had since then go on leading to it.
        handle, former = getattr(row, model.handle), list(getattr(row, model.former))
        since = [getattr(is_now, model.handle), *getattr(is_now, model.former)]
        setattr(row, model.former, former + [n for n in since if n != handle and n not in former])
    if hasattr(row, "report_id"):
        row.report = plan.report
    if is_now is None or row.differing(is_now):
        plan.write[key] = row


def _copy(row: Any) -> Any:
    return type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})


def _links(row: Any) -> list[tuple[str, Key]]:
    """What a row points to: (field, key)."""
    found = []
    for f in row._meta.concrete_fields:
        related = f.related_model
        if related in BY_MODEL and related is not Report and getattr(row, f.attname) is not None:
            found.append((f.attname, (BY_MODEL[related].name, getattr(row, f.attname))))
    return found


def _put_needed(plan: Plan, then: _Rows, now: _Rows) -> None:
    """What the rows of the plan point to, and is gone, comes back with them."""
    waiting = list(plan.write)
    while waiting:
        for _, key in _links(plan.write[waiting.pop()]):
            if key not in now.rows and key not in plan.write:
                _put(plan, key, then, now)
                waiting.append(key)


def _quotes_in(then: _Rows, body: str) -> list[Key]:
    names = {n.slug for n in walk(markdown.parse(body)) if isinstance(n, QuoteBlock | QuoteWords)}
    return [
        key
        for key, row in then.rows.items()
        if key[0] == "quote" and (row.slug in names or names & set(row.former_slugs))
    ]


# --------------------------------------------------------------------------- what stays


def _keep_archived(plan: Plan, now: _Rows) -> None:
    """A source with archived copies is never deleted; it lets go of a paper that is."""
    sources = [pk for kind, pk in plan.delete if kind == "source"]
    archived = set(SourceFile.objects.filter(source__in=sources).values_list("source_id", flat=True))
    keys = {row.key for key, row in plan.write.items() if key[0] == "source"}  # type: ignore[attr-defined]
    for pk in sorted(archived):
        row = plan.delete.pop(("source", pk))
        plan.kept.append(f"The source “{row}” stays: a copy of it is archived, and no copy is thrown away.")
        kept = _copy(row)
        if ("paper", kept.paper_id) in plan.delete:
            kept.paper_id = None
        if kept.key in keys:
            kept.key = f"{kept.key[:70]}-{pk}"
        if kept.differing(row):
            plan.write["source", pk] = kept


def _keep_hidden(plan: Plan, now: _Rows) -> None:
    """What was taken from the readers does not come back to them by a restore."""
    hidden = hidden_sections(plan.report)
    plan.hides = any(
        key[0] == "section" and key in now.rows and row.visibility != now.rows[key].visibility  # type: ignore[attr-defined]
        for key, row in plan.write.items()
        if key[1] not in hidden
    )
    for key, row in list(plan.write.items()):
        if key[0] != "section" or key[1] not in hidden or row.visibility == Visibility.EDITORS:  # type: ignore[attr-defined]
            continue
        if row.parent_id in hidden:  # type: ignore[attr-defined]
            continue  # it is hidden with what it stands in
        row.visibility = Visibility.EDITORS  # type: ignore[attr-defined]
        plan.kept.append(f"The section “{row}” stays for editors only.")
        if key in now.rows and not row.differing(now.rows[key]):
            del plan.write[key]


def _refuse_taken(plan: Plan, now: _Rows) -> None:
    """Raise `ValidationError` where another row has the address of one that would come back."""
    for (kind, pk), row in plan.write.items():
        name = _handle(BY_NAME[kind])
        for (other_kind, other), theirs in now.rows.items():
            if other_kind == kind and other != pk and name and getattr(theirs, name) == getattr(row, name):
                raise ValidationError(
                    f"“{getattr(row, name)}” is the {name} of another {BY_NAME[kind].noun} today: "
                    f"“{theirs}”. Give that one another {name}, or delete it, and restore again."
                )


def _refuse_deep(plan: Plan, now: _Rows) -> None:
    """Raise `ValidationError` where a section would stand on a third level."""
    sections = {pk: row for (kind, pk), row in {**now.rows, **plan.write}.items() if kind == "section"}
    for row in sections.values():
        above = sections.get(row.parent_id)
        if above is not None and above.parent_id is not None:
            raise ValidationError(
                f"“{row}” would stand below “{above}”, which stands below another section today, and sections "
                "have two levels. Move one of them first, or restore the whole report."
            )


def _handle(kind: Kind) -> str:
    """The field that no two rows of a report may share, or ""."""
    return (
        ""
        if kind.name == "report"
        else kind.model.handle or ("key" if kind.name in ("paper", "source") else "")
    )


# --------------------------------------------------------------------------- carrying it out

ORDER = {kind.name: place for place, kind in enumerate(KINDS)}


def _carry_out(plan: Plan) -> None:
    """Write and delete, inside the open change, so that no link and no address is ever in the way."""
    _free_addresses(plan)
    # What is pointed to comes first: papers before sections, a section before those below it.
    for _, row in sorted(
        plan.write.items(), key=lambda item: (ORDER[item[0][0]], _depth(item[1]), item[0][1])
    ):
        row.put_back()
        if isinstance(row, Report):  # who holds the report goes on with what is stored
            for f in row._meta.concrete_fields:
                if f.name not in Report.counters() - {"row_version"}:
                    setattr(plan.report, f.attname, getattr(row, f.attname))
    # By now nothing that stays points to what goes.
    for _, row in sorted(
        plan.delete.items(), key=lambda item: (-ORDER[item[0][0]], -_depth(item[1]), item[0][1])
    ):
        row.delete()


def _depth(row: Any) -> int:
    return int(getattr(row, "parent_id", None) is not None)


def _free_addresses(plan: Plan) -> None:
    """Two rows may have changed their addresses, or a newer one may hold that of one that comes back.

    Those in the way are set aside without a history row: each of them is written or deleted right
    after, by a row in memory that knows its right address.
    """
    for kind in KINDS:
        if not (name := _handle(kind)):
            continue
        wanted = {getattr(row, name): key for key, row in plan.write.items() if key[0] == kind.name}
        rows = kind.model._base_manager.filter(
            pk__in=[pk for k, pk in plan.keys if k == kind.name and (k, pk) not in plan.new],
            **{f"{name}__in": list(wanted)},
        )
        for pk, taken in list(rows.values_list("pk", name)):
            if wanted[taken] != (kind.name, pk):
                kind.model._base_manager.filter(pk=pk).update(**{name: f"{pk} is being restored"})
