"""Quotations in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse

from papers.editing import ContentAdmin
from quotes import trial
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
    change_form_template = "admin/quote_form.html"
    fieldsets = (
        (None, {"fields": ["text"], "classes": ["text-row"]}),
        (None, {"fields": [("source", "locator")]}),
        (None, {"fields": [("attribution", "url"), "note"]}),
        ("Slug", {"fields": ["slug"], "classes": ["collapse"]}),
    )

    def before_save(self, request: HttpRequest, row: Any, form: Any) -> None:
        """A mend, pressed where no scripts run: of the words as they are in the form, and only as promised."""
        if "_mend" not in request.POST:
            return
        possible = trial.look(row.source, row.text, row.locator).mends(row.text, row.locator)
        for mend in possible:
            if f"{mend.kind}:{mend.gives}" == request.POST["_mend"]:
                row.text, row.locator = mend.words, mend.page
                return
        messages.warning(request, "Your words are saved as you wrote them: that mend was for others.")

    def response_change(self, request: Any, obj: Any) -> HttpResponse:
        """After a mend one looks at what it gave."""
        if "_mend" in request.POST:
            request.POST = request.POST.copy()
            request.POST["_continue"] = "1"
        return super().response_change(request, obj)
