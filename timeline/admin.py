"""Events, and theories with their evidence, in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from papers.editing import ContentAdmin
from papers.inlines import ContentInline
from timeline import dates
from timeline.models import Evidence, Theory, TimelineEvent


@admin.register(TimelineEvent)
class TimelineEventAdmin(ContentAdmin):
    list_display = ("__str__", "when", "position", "on_page")
    list_filter = ("report", ("date", admin.EmptyFieldListFilter))
    search_fields = ("text", "slug", "date")
    ordering: ClassVar[Any] = ("report__title", "report_id", *(TimelineEvent._meta.ordering or ()))
    markdown: ClassVar[dict[str, bool]] = {"text": False}
    proposed_from = "text"
    fieldsets = (
        (None, {"fields": ["text"], "classes": ["text-row"]}),
        (None, {"fields": [("date", "position")]}),
        ("Address", {"fields": ["slug"], "classes": ["collapse"]}),
    )

    @admin.display(description="when", ordering="lower", empty_value="no date")
    def when(self, obj: TimelineEvent) -> str | None:
        return dates.parse(obj.date).words if obj.date else None


class EvidenceInline(ContentInline):
    model = Evidence
    markdown: ClassVar[dict[str, bool]] = {"note": False}
    fields = (("stance", "position"), ("quote", "paper", "event", "url"), "note", "started_from")


@admin.register(Theory)
class TheoryAdmin(ContentAdmin):
    list_display = ("title", "state", "proposed_by", "position", "on_page")
    list_filter = ("report", "state")
    search_fields = ("title", "slug", "proposed_by", "body")
    ordering = ("report__title", "report_id", "position", "id")
    markdown: ClassVar[dict[str, bool]] = {"body": True}
    proposed_from = "title"
    inlines = (EvidenceInline,)
    fieldsets = (
        (None, {"fields": [("title", "state"), ("proposed_by", "position")]}),
        (None, {"fields": ["body"], "classes": ["text-row"]}),
        ("Address", {"fields": ["slug"], "classes": ["collapse"]}),
    )
