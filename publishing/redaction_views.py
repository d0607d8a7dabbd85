"""The page on which an administrator takes a text out for good."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from papers.models import Report
from publishing import redacting


@require_http_methods(["GET", "HEAD", "POST"])
def redact(request: HttpRequest, report_id: int) -> HttpResponse:
    """POST `text` and `why`: shows where it stands; with `sure`, takes it out. Administrators only."""
    user: Any = request.user
    if not user.is_superuser:
        raise PermissionDenied
    report = get_object_or_404(Report, pk=report_id)
    text, why = request.POST.get("text", "").replace("\0", ""), request.POST.get("why", "").replace("\0", "")
    found, problem = None, ""
    if request.method == "POST":
        try:
            if "sure" in request.POST:
                done = redacting.redact(report, text, why, user)
                messages.success(request, f"Taken out of {done.total} places, for good.")
                return HttpResponseRedirect(f"{reverse('admin:index')}?report={report.slug}")
            found = redacting.find(report, text)
            if not found.total:
                problem = "This text stands nowhere in the report or its past. Is it exact?"
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {
        **admin.site.each_context(request),
        "title": "Take a text out for good",
        "report": report,
        "text": text,
        "why": why,
        "found": found,
        "problem": problem,
    }
    return TemplateResponse(request, "admin/redact.html", context)
