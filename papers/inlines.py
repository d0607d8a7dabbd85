"""Rows that are edited in the form of the row they belong to."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.forms import BaseInlineFormSet

from papers.editing import ReportKnown
from papers.forms import ContentForm

# Rows on one page: 50 rows of 12 fields stay below the 1,000 that Django accepts.
INLINE_ROWS = 50
# What a row's form holds beside its words.
TECHNICAL = frozenset({"id", "started_from", "change_note", "minor", "report", "DELETE"})


class ContentFormSet(BaseInlineFormSet):
    """Inline rows, a page at a time; what was sent is read back whatever page it is on by now."""

    model: Any
    prefix: Any
    data: Any
    queryset: Any
    form: Any
    page = "1"
    shown: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken_up: list[str] = []
        if self.is_bound and self.instance.pk:
            self._take_up_deleted()

    def initial_form_count(self) -> int:
        # As many as Django takes at most, whatever number was sent.
        return min(super().initial_form_count(), self.absolute_max)

    def _take_up_deleted(self) -> None:
        """Where another has deleted a row meanwhile, what was typed into it becomes a new one.

        Without this it has no form to come back in. A row that was left as it was stays deleted.
        """
        total, initial = (self._sent_count(name) for name in ("TOTAL", "INITIAL"))
        ids = [str(self.data.get(f"{self.prefix}-{n}-id", "")) for n in range(min(initial, total))]
        numbers = [int(pk) for pk in ids if pk.isdecimal() and len(pk) < 19]
        there = {str(pk) for pk in self.queryset.filter(pk__in=numbers).values_list("pk", flat=True)}
        gone = [n for n, pk in enumerate(ids) if pk and pk not in there]
        if not gone:
            return
        typed = [n for n in gone if self._is_typed_in(n, ids[n])]
        kept = [n for n in range(len(ids)) if n not in gone]
        places = {old: new for new, old in enumerate([*kept, *typed, *range(len(ids), total)])}
        field = re.compile(rf"((?:mine-|clash-)?{re.escape(self.prefix)})-(\d+)-(.+)")
        data = self.data.copy()
        for key in self.data:
            if found := field.fullmatch(key):
                del data[key]
        for key in self.data:
            found = field.fullmatch(key)
            number = int(found[2]) if found and len(found[2]) < 9 else -1
            if found and number in places and not (number in typed and found[3] in TECHNICAL):
                data[f"{found[1]}-{places[number]}-{found[3]}"] = self.data[key]
        data[f"{self.prefix}-TOTAL_FORMS"] = str(len(places))
        data[f"{self.prefix}-INITIAL_FORMS"] = str(len(kept))
        self.data = data

    def _sent_count(self, name: str) -> int:
        sent = str(self.data.get(f"{self.prefix}-{name}_FORMS", ""))
        return min(int(sent), self.absolute_max) if sent.isdecimal() and len(sent) < 9 else 0

    def _is_typed_in(self, number: int, pk: str) -> bool:
        """Whether a row that is gone is another than it was when it was deleted; notes who deleted it."""
        lead = f"{self.prefix}-{number}"
        if self.data.get(f"{lead}-DELETE"):
            return False
        rows = self.model.history.filter(id=pk) if pk.isdecimal() and len(pk) < 19 else None
        last = rows.select_related("changeset").first() if rows is not None else None
        row = last.instance if last is not None else self.model()
        setattr(row, self.fk.name, self.instance)
        form = self.form(self.data, prefix=lead, instance=row)
        if last is not None and not set(form.changed_data) - TECHNICAL:
            return False
        self.taken_up.append(last.changeset.who_name if last is not None else "")
        return True

    def get_queryset(self) -> Any:
        if not hasattr(self, "_queryset"):
            rows = super().get_queryset()
            if self.is_bound:
                sent = (self.data.get(f"{self.prefix}-{n}-id", "") for n in range(self.initial_form_count()))
                rows = rows.filter(pk__in=[int(pk) for pk in sent if pk.isdecimal() and len(pk) < 19])
                self._queryset = rows
            else:
                page = Paginator(rows, INLINE_ROWS).get_page(self.page)
                self.shown = page
                self._queryset = rows.filter(pk__in=[row.pk for row in page.object_list])
        return self._queryset

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        # A new row knows its parent before that is stored, so that it can be checked against its report.
        setattr(form.instance, self.fk.name, self.instance)
        return form

    def clean(self) -> None:
        """Django looks no further at a row that is to be deleted; whether another has just edited it counts."""
        super().clean()
        if self.taken_up:
            who = self.taken_up[0] or "Somebody"
            raise ValidationError(
                f"{who} deleted a row meanwhile that you have written in. Nothing is saved yet: your words "
                "stand in a new row below. Save again to add it anew, or empty it."
            )
        for form in self.initial_forms:
            if form.meanwhile is not None and self._should_delete_form(form):  # type: ignore[attr-defined]
                raise ValidationError(
                    f"{form.instance.last_change()} Nothing is saved yet; save again to delete it all the same."
                )


class ContentInline(ReportKnown, admin.StackedInline):
    """Rows that belong to another row, each guarded like a form of its own."""

    form = ContentForm
    formset = ContentFormSet
    extra = 1
    template = "admin/content_inline.html"

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.page = request.GET.get("rows", "1")
        return formset

    def get_extra(self, request: Any, obj: Any = None, **kwargs: Any) -> int:
        extra: int = super().get_extra(request, obj, **kwargs)
        return len(self.typed_rows(request)) + extra

    def typed_rows(self, request: Any) -> list[dict[str, str]]:
        """The rows of a form that was sent for something deleted, as they were typed: each field by its name."""
        sent: dict[str, str] = getattr(request, "typed", {})
        (link,) = (to for to in self.parent_model._meta.related_objects if to.related_model is self.model)
        prefix = str(link.get_accessor_name())
        rows: dict[int, dict[str, str]] = {}
        for key, value in sent.items():
            found = re.fullmatch(rf"{re.escape(prefix)}-(\d{{1,4}})-(\w+)", key)
            if found and f"{prefix}-{found[1]}-DELETE" not in sent:
                rows.setdefault(int(found[1]), {})[found[2]] = value
        names = {f.name for f in self.model._meta.concrete_fields} - TECHNICAL - {link.field.name}
        usual = {f.name: str(f.get_default()) for f in self.model._meta.concrete_fields if f.has_default()}
        typed = [{name: row[name] for name in names & row.keys()} for _, row in sorted(rows.items())]
        return [
            row for row in typed if any(value and value != usual.get(name) for name, value in row.items())
        ]

    def short_list(self, db_field: Any, rows: models.QuerySet[Any]) -> bool:
        return False  # fifty rows with three lists each would be a page of megabytes
