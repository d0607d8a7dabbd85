"""How content is written: inside `change()`, and nowhere else.

One change is one transaction, one `ChangeSet`, one step of `Report.version`. Every row it
writes leaves a history row that points to the change set, so the report at version N is
the newest history row of each object up to N.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F
from django.dispatch import receiver
from django.utils import timezone
from simple_history.signals import pre_create_historical_record

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from papers.models import Report


class ChangeError(RuntimeError):
    """Content was written outside `change()`, in bulk, or for another report than the open change's."""


class Conflict(Exception):
    """What was to be written started from an older state than the stored one."""


class ChangeSet(models.Model):
    """One step of a report's version: who changed what, when and why."""

    report = models.ForeignKey("papers.Report", models.PROTECT, related_name="changesets")
    version = models.PositiveIntegerField()
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    who_name = models.CharField("who", max_length=150, blank=True)
    when = models.DateTimeField(db_index=True)
    note = models.CharField(max_length=500, blank=True)
    minor = models.BooleanField(default=False)

    class Meta:
        ordering = ["-when", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["report", "version"], name="changeset_version_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.report} version {self.version}"


class HistoryRow(models.Model):
    """What every history table carries besides the row itself."""

    changeset = models.ForeignKey(ChangeSet, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


@dataclass
class Change:
    """An open change. `changeset` is made by the first row that is really written."""

    report: Report
    who: User | None
    note: str
    minor: bool
    when: dt.datetime
    changeset: ChangeSet | None = None
    made_within: tuple[str | None, ...] = ()

    def begun(self) -> ChangeSet:
        """The change set, made on first need; anew if a savepoint that held it was rolled back."""
        if not self.is_there():
            self.made_within = tuple(connection.savepoint_ids)
            self.changeset = ChangeSet.objects.create(
                report=self.report,
                version=self.report.version + 1,
                who=self.who,
                who_name=self.who.get_username() if self.who else "",
                when=timezone.now(),
                note=self.note[:500],
                minor=self.minor,
            )
        assert self.changeset is not None
        return self.changeset

    def is_there(self) -> bool:
        """Whether anything was written that still stands."""
        if self.changeset is None:
            return False
        if tuple(connection.savepoint_ids)[: len(self.made_within)] == self.made_within:
            return True  # no savepoint since then is closed: it can't have been rolled back
        return ChangeSet.objects.filter(pk=self.changeset.pk).exists()


# What follows on a change once it is committed: `publishing` checks the quotations here. A plain
# list and not a signal, so that one can read who is in it.
followers: list[Callable[[Report], object]] = []


def follow_on_commit(report: Report) -> None:
    """Call the followers once the transaction is committed.

    A fault there is logged, and never looks as if the words were not saved.
    """
    for follow in followers:
        # No partial(): Django logs a fault by the function's __qualname__, and a partial has none.
        def called(follow: Callable[[Report], object] = follow) -> None:
            follow(report)

        transaction.on_commit(called, robust=True)


_open: ContextVar[Change | None] = ContextVar("open_change", default=None)


@contextmanager
def change(
    report: Report,
    who: User | None,
    note: str = "",
    *,
    minor: bool = False,
    when: dt.datetime | None = None,
) -> Iterator[Change]:
    """Open the one transaction in which content of `report` may be written.

    `report` may be new; save it first inside. `when` is the content's own time, for an
    import that carries one (default: now). A change within a change of the same report
    joins it; of another report it raises `ChangeError`. If nothing was written, no change
    set is made and the version stays.
    """
    outer = _open.get()
    if outer is not None:
        if outer.report.pk != report.pk:
            raise ChangeError(f"A change of “{outer.report}” is open; finish it before changing “{report}”.")
        with transaction.atomic():  # a savepoint: what fails in here leaves nothing of itself
            yield outer
        return
    with transaction.atomic():
        if report.pk:
            # The lock orders two editors; the counters are read under it.
            stored = type(report)._base_manager.select_for_update().get(pk=report.pk)
            report.version, report.stamp = stored.version, stored.stamp
        opened = Change(report, who, note, minor, when or timezone.now())
        token = _open.set(opened)
        try:
            yield opened
            if opened.is_there():
                report.count_change(opened.when)
                follow_on_commit(report)
        finally:
            _open.reset(token)


@receiver(pre_create_historical_record)
def link_changeset(sender: type, instance: models.Model, history_instance: Any, **kwargs: Any) -> None:
    """Tie each history row to the open change; there is no other way to write one."""
    opened = _require(instance)
    history_instance.changeset = opened.begun()
    history_instance.history_user = opened.who


def _require(instance: Any) -> Change:
    opened = _open.get()
    if opened is None:
        raise ChangeError(
            f"{instance._meta.verbose_name} was to be written outside a change. "
            "Write it inside `with change(report, who, note):`."
        )
    if instance.content_report.pk != opened.report.pk:
        raise ChangeError(f"{instance} belongs to another report than the open change.")
    return opened


def lf(text: str) -> str:
    """Text as it is stored: LF line ends, no blank lines around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


class ContentQuerySet(models.QuerySet[Any]):
    """No bulk writes on content: they would leave no history."""

    def update(self, **kwargs: Any) -> int:
        raise ChangeError("No update() on content: save each row inside change().")

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        raise ChangeError("No bulk_create() on content: save each row inside change().")

    def bulk_update(self, *args: Any, **kwargs: Any) -> Any:
        raise ChangeError("No bulk_update() on content: save each row inside change().")

    def delete(self) -> Any:
        raise ChangeError("No delete() of many rows of content: delete each inside change().")

    def of(self, report: Report) -> ContentQuerySet:
        return self.filter(report=report)


class ContentModel(models.Model):
    """A row of a report's content: versioned, with history, written only inside `change()`.

    `row_version` counts the writes of this row and is its conflict token. A subclass that
    has an address in the text names the field in `handle`; when it is changed, the old
    value is kept in `former`, so that no link breaks.
    """

    handle: ClassVar[str] = ""
    former: ClassVar[str] = ""

    row_version = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[Any] = ContentQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def content_report(self) -> Report:
        return self.report  # type: ignore[attr-defined]

    def stored(self) -> Any:
        """This row as the database has it, or None."""
        return type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None

    def as_of(self, row_version: int) -> Any:
        """This row as it was at its `row_version`, from its history, or None."""
        rows = self.history.filter(row_version=row_version).exclude(history_type="-")  # type: ignore[attr-defined]
        past = rows.first()
        return past.instance if past else None

    def last_change(self) -> str:
        """In a sentence, who wrote this row last, when and why."""
        newest = self.history.select_related("changeset").first()  # type: ignore[attr-defined]
        if newest is None:
            return f"“{self}” was changed meanwhile."
        step = newest.changeset
        note = f" (“{step.note}”)" if step.note else ""
        when = f"{timezone.localtime(step.when):%H:%M on %d %B %Y}"
        return f"{step.who_name or 'Somebody'} changed “{self}” at {when}{note}, after you had opened it."

    def differing(self, other: Any) -> list[str]:
        """The names of the fields in which this row and `other` differ, counters aside."""
        names = [f.attname for f in self._meta.concrete_fields if f.attname not in self.counters()]
        return [name for name in names if getattr(self, name) != getattr(other, name)]

    @classmethod
    def counters(cls) -> set[str]:
        return {"id", "row_version"}

    def clean(self) -> None:
        """Refuse a link into another report, and an address that another row has or had."""
        super().clean()
        problems: dict[str, str] = {}
        for f in self._meta.concrete_fields:
            if isinstance(f, models.ForeignKey) and issubclass(f.related_model, ContentModel):
                other = getattr(self, f.name, None) if getattr(self, f.attname) else None
                if other is not None and other.content_report.pk != self.content_report.pk:
                    problems[f.name] = f"“{other}” belongs to another report. Choose one of this report's."
        if self.handle and self.former and getattr(self, "report_id", None):
            mine = getattr(self, self.handle)
            others = type(self).objects.of(self.content_report).exclude(pk=self.pk)
            # Few rows were ever renamed; the many others need not be loaded.
            renamed = others.exclude(**{self.former: []}).values_list(self.handle, self.former)
            for handle, former in renamed:
                if mine in former:
                    problems[self.handle] = (
                        f"“{mine}” used to be the address of “{handle}”, and old links lead there. Choose another."
                    )
        if problems:
            raise ValidationError(problems)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row and its history; an unchanged row writes nothing. Needs an open change.

        Raises `Conflict` if the row was read before another wrote or deleted it: an object that was
        kept too long never overwrites, nor brings back, anything.
        """
        _require(self)
        self.normalise()
        stored = self.stored()
        if stored is not None:
            self._keep_former(stored)
            if not self.differing(stored):
                return
        if not self._state.adding and (stored is None or stored.row_version != self.row_version):
            raise Conflict(f"“{self}” has been {'changed' if stored else 'deleted'} meanwhile.")
        self.row_version = (stored.row_version if stored else self._last_version()) + 1
        if fields := kwargs.get("update_fields"):
            kwargs["update_fields"] = {*fields, "row_version", *([self.former] if self.former else [])}
        super().save(*args, **kwargs)

    def put_back(self) -> None:
        """Write the row just as it stands, as a restore does: also one that was deleted, under its old id.

        Unlike `save()` it neither computes nor compares anything. Needs an open change.
        """
        _require(self)
        self.row_version = self._last_version() + 1
        stored = self.stored()
        if stored is None:
            self._state.adding = True
            models.Model.save(self, force_insert=True)
        else:
            if stored.content_report.pk != self.content_report.pk:
                raise Conflict(f"“{self}” can't come back: its number is taken by a row of another report.")
            self._state.adding = False
            names = {f.name for f in self._meta.concrete_fields} - self.counters() | {"row_version"}
            models.Model.save(self, update_fields=sorted(names))

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        _require(self)
        return super().delete(*args, **kwargs)

    def _last_version(self) -> int:
        """A row that comes back after it was deleted counts on: no version of it is there twice."""
        rows = self.history.filter(id=self.pk) if self.pk else None  # type: ignore[attr-defined]
        return rows.aggregate(last=models.Max("row_version"))["last"] or 0 if rows is not None else 0

    def normalise(self) -> None:
        """Text is stored with LF line ends and without trailing blank lines."""
        for f in self._meta.concrete_fields:
            if isinstance(f, models.TextField):
                value = getattr(self, f.attname)
                setattr(self, f.attname, lf(value))

    def _keep_former(self, stored: Any) -> None:
        if not (self.handle and self.former):
            return
        old, new = getattr(stored, self.handle), getattr(self, self.handle)
        if old != new:
            kept = [name for name in getattr(self, self.former) if name != new]
            setattr(self, self.former, [*kept, *([old] if old not in kept else [])])


def bump(report: Report) -> None:
    """Move the report's stamp: something that is shown has changed, but no content."""
    type(report)._base_manager.filter(pk=report.pk).update(stamp=F("stamp") + 1)
