"""Rows that are edited in the form of the row they belong to."""

from __future__ import annotations

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


class ContentFormSet(BaseInlineFormSet):
    """Inline rows, a page at a time; what was sent is read back whatever page it is on by now."""

    page = "1"
    shown: Any = None

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

    def short_list(self, db_field: Any, rows: models.QuerySet[Any]) -> bool:
        return False  # fifty rows with three lists each would be a page of megabytes
