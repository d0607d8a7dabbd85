"""Editions in the admin: to be looked at, and withdrawn. They are published from the desk."""

from __future__ import annotations

from django.contrib import admin

from papers.editing import ReadOnlyAdmin
from publishing.models import Edition


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "report", "version", "published_at", "published_by", "withdrawn_at")
    list_filter = ("report",)
    list_select_related = ("report",)
    fields = (
        "report",
        "number",
        "name",
        "note",
        "version",
        "published_at",
        "published_by",
        "sha256",
        "withdrawn_at",
        "withdrawn_by",
        "withdrawn_why",
    )
    readonly_fields = fields
    change_form_template = "admin/edition_form.html"

    def view_on_site(self, obj: Edition) -> str:
        return obj.get_absolute_url()
