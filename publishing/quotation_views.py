"""The public addresses of quotations: all of a report, one by itself, the picture of its passage."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from papers import passages as drawing
from papers.models import Report
from papers.passages import PassageError, Sheet, Shot
from publishing import assemble, cached, document as tree, passages, quotations
from publishing.views import find, for_ever, fresh, viewer
from quotes.models import Verdict

log = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"
FAILED_FOR = 600  # seconds in which a picture that could not be drawn is not tried again


def _document(user: Any, report: Report) -> tree.Document:
    return assemble.document(report, audience=assemble.EDITORS if user.is_staff else assemble.READERS)


def _address(request: HttpRequest) -> str:
    # Without SITE_URL the site doesn't know its own name, and a kept page must not take a visitor's word for it.
    return str(settings.SITE_URL) + request.path


@require_safe
@for_ever
def quotations_list(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every quotation of a report with its verdict; `?verdict=altered` those of one verdict."""
    user = viewer(request)
    found = find(user, slug)
    verdict = request.GET.get("verdict", "")
    if verdict and verdict not in Verdict.values:
        raise Http404("no such verdict")

    def written() -> bytes:
        context = quotations.listing(_document(user, found), verdict)
        return render_to_string("quotations.html", context | {"address": _address(request)}).encode()

    if user.is_staff:
        return fresh(HttpResponse(written()))
    return cached.answer(request, found, f"quotations-{verdict}", written, HTML)


@require_safe
@for_ever
def quotation(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """One quotation: the words, what a check found, the passage. A former name leads to today's."""
    user = viewer(request)
    found = find(user, slug)
    if user.is_staff:
        document = _document(user, found)
        here = name in quotations.by_name(document)
    else:
        here = name in cached.kept(found, "quotation-names", lambda: _names(_document(user, found)))
    if not here:
        if user.is_staff:
            former = _former_names(document)
        else:
            former = cached.kept(
                found, "quotation-former-names", lambda: _former_names(_document(user, found))
            )
        if name not in former:
            raise Http404("no such quotation")
        return redirect("quotation", slug, former[name])

    def written() -> bytes:
        document = _document(user, found)
        wanted = quotations.by_name(document)[name]
        shots = passages.shots(found, document)
        context = quotations.one(document, wanted, shots, _address(request))
        return render_to_string("quotation.html", context).encode()

    if user.is_staff:
        return fresh(HttpResponse(written()))
    # A name is anyone's text, and a key of the cache may not be.
    key = hashlib.sha256(name.encode()).hexdigest()[:20]
    return cached.answer(request, found, f"quotation-{key}", written, HTML)


def _names(document: tree.Document) -> frozenset[str]:
    return frozenset(quotations.by_name(document))


def _former_names(document: tree.Document) -> dict[str, str]:
    """Former name → today's; the first quotation that had it."""
    found: dict[str, str] = {}
    for quotation in document.quotations:
        if isinstance(quotation, tree.Quote):
            for former in quotation.former_slugs:
                found.setdefault(former, quotations.name_of(quotation))
    return found


# --------------------------------------------------------------------------- the picture of a passage


@require_safe
def passage(request: HttpRequest, slug: str, name: str, number: int) -> HttpResponseBase:
    """A few lines of the source, for who may see the quotation: never a whole page, drawn on first request."""
    user = viewer(request)
    found = find(user, slug)
    if user.is_staff:
        known = _shots(found, _document(user, found))
    else:
        known = cached.kept(found, "passages", lambda: _shots(found, _document(user, found)))
    sha256, shots = known.get(name, ("", ()))
    if not 0 < number <= len(shots):
        raise Http404("no such passage")
    try:
        data = drawn(sha256, shots[number - 1])
    except PassageError as error:
        log.warning("passage %s of %s in %s: %s", number, name, slug, error)
        raise Http404("no picture of this passage") from error
    response = HttpResponse(data, content_type="image/webp")
    response["X-Content-Type-Options"] = "nosniff"
    # The page names it with its content (?v=…). Whoever has seen it may keep it.
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _shots(report: Report, document: tree.Document) -> dict[str, tuple[str, tuple[Shot, ...]]]:
    """The pictures that a document shows: name of the quotation → (sha256 of the file, shots)."""
    by_check = passages.shots(report, document)
    return {
        name: (q.check.sha256, by_check[q.check.row])
        for name, q in quotations.by_name(document).items()
        if q.check and q.check.row in by_check
    }


def drawn(sha256: str, shot: Shot | Sheet) -> bytes:
    """The picture. One that failed is not tried again for a while: each try is a process."""
    failed = f"passage-failed:{shot.name(sha256)}"
    if reason := cache.get(failed):
        raise PassageError(reason)
    try:
        return drawing.picture(sha256, shot)
    except PassageError as error:
        cache.set(failed, str(error), FAILED_FOR)
        raise


# --------------------------------------------------------------------------- what verdicts mean


@require_safe
def methods(request: HttpRequest) -> HttpResponseBase:
    """What is claimed of a quotation, and what is not."""
    etag = f'"methods-{cached.build()}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        context = {"verdicts": quotations.verdict_list()}
        response = HttpResponse(render_to_string("methods.html", context))
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    return response
