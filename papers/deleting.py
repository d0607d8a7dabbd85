"""Deleting in the admin: it asks, and asks again where another has edited the row meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from papers.changes import Conflict, ContentModel, change
from papers.models import Report, Section

KINDS = {
    "quote": "quote",
    "timelineevent": "event",
    "theory": "theory",
    "section": "section",
    "paper": "paper",
}


def named_in(row: Any) -> list[Section]:
    """The sections whose text places, links or cites the row, and will lack it."""
    kind = KINDS.get(row._meta.model_name)
    if kind is None:
        return []
    handle = next(name for name in ("slug", "anchor", "key") if hasattr(row, name))
    names = [getattr(row, handle), *getattr(row, f"former_{handle}s", ())]
    either = "|".join(map(re.escape, names))
    found = re.compile(
        rf"\[\[{kind}:(?:{either})[\]|]" + (rf"|@(?:{either})(?![\w-])" if kind == "paper" else "")
    )
    others = Section.objects.of(row.content_report).exclude(pk=row.pk if kind == "section" else None)
    return [section for section in others if found.search(section.body)]


class AskingToDelete(admin.ModelAdmin):
    """Part of `ContentAdmin`. The version of each row travels with the question and its answer."""

    delete_confirmation_template = "admin/delete_confirmation.html"
    delete_selected_confirmation_template = "admin/delete_selected.html"

    def delete_model(self, request: Any, obj: Any) -> None:
        with change(obj.content_report, request.user, f"{named(obj)} deleted"):
            _recheck([obj])
            obj.delete()

    def delete_queryset(self, request: Any, queryset: models.QuerySet[Any]) -> None:
        """Row by row, for the history; one change for each report."""
        by_report: dict[Report, list[ContentModel]] = {}
        for row in queryset:
            by_report.setdefault(row.content_report, []).append(row)
        for report, rows in by_report.items():
            names = ", ".join(named(row) for row in rows)
            with change(report, request.user, f"{names if len(rows) < 4 else f'{len(rows)} rows'} deleted"):
                _recheck(rows)
                for row in rows:
                    row.delete()

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Asks first; and once more if another has edited the row since it was asked."""
        row = self.get_object(request, unquote(object_id))
        context = {
            "asked_about": self.asked_about([row] if row else []),
            "named_in": named_in(row) if row else [],
            **(extra_context or {}),
        }
        if request.method == "POST" and row is not None and self._edited_since(request, [row]):
            request.method, request.POST = "GET", QueryDict()
        try:
            return super().delete_view(request, object_id, context)
        except ProtectedError as error:
            users = ", ".join(named(row) for row in list(error.protected_objects)[:5])
            messages.error(request, f"Not deleted: it is still used by {users}.")
        except Conflict as conflict:
            messages.error(request, f"Not deleted: {conflict}")
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
        )

    def get_actions(self, request: HttpRequest) -> Any:
        """The stock “delete selected”, which asks again where another has edited a row meanwhile."""
        actions = super().get_actions(request)
        if found := actions.get("delete_selected"):
            stock, name, words = found

            def asking(model_admin: Any, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
                if request.POST.get("post") and self._edited_since(request, list(queryset)):
                    answered = request.POST.copy()
                    answered.pop("post")
                    request.POST = answered  # type: ignore[assignment]
                try:
                    answer = stock(model_admin, request, queryset)
                except Conflict as conflict:
                    messages.error(request, f"Not deleted: {conflict}")
                    return None
                if isinstance(answer, TemplateResponse) and answer.context_data is not None:
                    answer.context_data["asked_about"] = self.asked_about(queryset)
                return answer

            actions["delete_selected"] = (asking, name, words)
        return actions

    def asked_about(self, rows: Iterable[Any]) -> str:
        """What a question is about, as it travels with the answer: each row and its version."""
        return " ".join(f"{row.pk}:{row.row_version}" for row in rows)

    def _edited_since(self, request: HttpRequest, rows: list[Any]) -> bool:
        """Whether a row is not as it was when the question was shown; says so."""
        asked = set(request.POST.get("asked_about", "").split())
        moved = [row for row in rows if f"{row.pk}:{row.row_version}" not in asked]
        for row in moved[:5]:
            messages.error(request, f"Nothing is deleted yet. {row.last_change()} Is it still to go?")
        return bool(moved)


def _recheck(rows: Iterable[Any]) -> None:
    """Under the lock: raise `Conflict` if a row is not as it was read."""
    for row in rows:
        stored = row.stored()
        if stored is None or stored.row_version != row.row_version:
            raise Conflict(f"“{row}” has been changed meanwhile.")


def named(row: Any) -> str:
    words = str(row).strip("“”")
    return f"{row._meta.verbose_name} “{words}”"
