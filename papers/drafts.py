"""What the server does for the texts that a browser keeps: it says which of them it has stored.

The keeping itself is `static/js/drafts.js`: the form's text is written into the browser while it is
typed. A form sends along, as `kept_text`, which records its text is from; where the save was accepted
they come back in a cookie, and the browser drops them. A refused save answers without it.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

COOKIE = "saved_texts"
# Records as a form names them: "id.writes", joined by "_".
SENT = re.compile(r"[0-9a-z]{8,40}\.[0-9]{1,9}(_[0-9a-z]{8,40}\.[0-9]{1,9}){0,7}")
LONGEST = 2000  # of the cookie: several saves can pass before a page with scripts reads it


class KeptTexts(admin.ModelAdmin):
    """Part of `ContentAdmin`."""

    class Media:
        js = [forms.Script("js/drafts.js", type="module")]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        version = getattr(request, "saved_version", None)
        if version is not None:
            tell_saved(request, response, str(version))
        return response

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        request.saved_version = form.instance.row_version


def tell_saved(request: HttpRequest, response: HttpResponse, version: str) -> None:
    """Name the records that the form was from in the cookie, each with the row's `version` now.

    It is "private" and the private text's version where only the body was kept, and nothing published.
    """
    sent = request.POST.get("kept_text", "")
    if not SENT.fullmatch(sent):
        return
    entries = [f"{record}.{version}" for record in sent.split("_")]
    before = request.COOKIES.get(COOKIE, "")
    if re.fullmatch(r"[0-9a-z._]+", before):
        entries = [*before.split("_"), *entries]
    while len("_".join(entries)) > LONGEST:
        entries.pop(0)
    # Read, and removed, by the script of the next page: so it can't be HttpOnly.
    response.set_cookie(COOKIE, "_".join(entries), secure=request.is_secure(), samesite="Lax")
