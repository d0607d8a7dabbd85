"""Quotations in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from papers.editing import ContentAdmin
from quotes.models import Quote


@admin.register(Quote)
class QuoteAdmin(ContentAdmin):
    list_display = ("__str__", "slug", "source", "locator", "attribution", "on_page")
    list_filter = ("report", ("source", admin.EmptyFieldListFilter))
    list_select_related: ClassVar[Any] = ("report", "source")
    search_fields = ("text", "slug", "attribution", "note", "source__title", "source__key")
    ordering = ("report__title", "report_id", "slug")
    markdown: ClassVar[dict[str, bool]] = {"text": False}
    proposed_from = "text"
    fieldsets = (
        (None, {"fields": ["text"], "classes": ["text-row"]}),
        (None, {"fields": [("source", "locator")]}),
        (None, {"fields": [("attribution", "url"), "note"]}),
        ("Slug", {"fields": ["slug"], "classes": ["collapse"]}),
    )
