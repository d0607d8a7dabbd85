"""Addresses that are cited, and stay good when their report gets another slug."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from papers.models import Report
from publishing.views import viewer


def for_ever(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An address from before the report got another slug leads to the one that it has now."""

    @wraps(view)
    def found(request: HttpRequest, slug: str, **rest: Any) -> HttpResponseBase:
        try:
            return view(request, slug, **rest)
        except Http404:
            past = Report.history.filter(slug=slug).order_by("-history_id").values_list("id", flat=True)[:1]
            now = Report.objects.visible_to(viewer(request)).filter(pk__in=list(past)).first()
            if now is None or Report.objects.filter(slug=slug).exists():
                raise
        assert request.resolver_match is not None
        response = redirect(str(request.resolver_match.url_name), slug=now.slug, **rest)
        response["Cache-Control"] = "no-cache"
        return response

    return found
