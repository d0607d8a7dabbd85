"""The public addresses of a report's past: its history, the report as it was, two versions compared."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from papers.models import Report
from publishing import assemble, cached, differences, document as tree, history, page
from publishing.masthead import moment
from publishing.views import find, for_ever, fresh, picture_size, viewer

HTML = "text/html; charset=utf-8"


def audience_of(user: Any) -> str:
    return assemble.EDITORS if user.is_staff else assemble.READERS


def may_restore(user: Any) -> bool:
    """Staff alone: what is made for anybody else is kept for everybody."""
    return bool(user.is_staff and user.has_perm("papers.restore_report"))


def number(text: str) -> int | None:
    """A version as it was typed or sent; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def unknown_version(report: Report, asked: int | str) -> HttpResponse:
    """404, in words: which versions there are."""
    context = {"report": report, "asked": asked}
    response = HttpResponse(render_to_string("no_version.html", context), status=404)
    response["Cache-Control"] = "no-cache"
    return response


def old(response: HttpResponseBase) -> HttpResponseBase:
    """What search engines should not keep: it repeats, or precedes, what stands on the report's page."""
    response["X-Robots-Tag"] = "noindex"
    return response


# --------------------------------------------------------------------------- history


@require_safe
@for_ever
def report_history(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who changed what, when and why: one line a change. `?before=N` shows those below version N."""
    user = viewer(request)
    found = find(user, slug)
    before = number(request.GET.get("before", ""))
    if before is not None and not 1 < before <= found.version:
        before = None

    def written() -> bytes:
        context = {
            "report": found,
            "page": history.page(found, audience_of(user), before),
            "editing": user.is_staff,
            "may_restore": may_restore(user),
            "before": before,
            "address": settings.SITE_URL + reverse("history", args=[found.slug]),
        }
        return render_to_string("history.html", context).encode()

    if user.is_staff:
        return fresh(HttpResponse(written()))
    return cached.answer(request, found, f"history-{before or ''}", written, HTML)


# --------------------------------------------------------------------------- as it was


@require_safe
@for_ever
def report_at(request: HttpRequest, slug: str, version: int) -> HttpResponseBase:
    """The whole report as it was at a version, marked as old. Verdicts are today's for that text."""
    user = viewer(request)
    found = find(user, slug)
    if not 1 <= version <= found.version:
        return unknown_version(found, version)

    def written() -> bytes:
        document = assemble.document(found, version, audience_of(user))
        sizes = {src: size for src in page.own_pictures(document) if (size := picture_size(src))}
        context = page.page(document, sizes=sizes, own_pages=False)
        context |= {
            "address": settings.SITE_URL + found.get_absolute_url(),
            "at": version,
            "newest": found.version,
            "staff": user.is_staff,
            "may_restore": may_restore(user),
            "row": found.pk,
        }
        return render_to_string("at.html", context).encode()

    if user.is_staff:
        return old(fresh(HttpResponse(written())))
    return old(cached.answer(request, found, f"at-{version}", written, HTML))


# --------------------------------------------------------------------------- two versions


@require_safe
@for_ever
def choose_diff(request: HttpRequest, slug: str) -> HttpResponseBase:
    """From the form with two versions, `?a=13&b=14`, to the address of their difference."""
    user = viewer(request)
    found = find(user, slug)
    chosen = [request.GET.get(name, "").strip() for name in ("a", "b")]
    versions = [number(text) for text in chosen]
    for text, version in zip(chosen, versions, strict=True):
        if version is None or version > found.version:
            return unknown_version(found, text[:20])
    response = redirect("diff", found.slug, *sorted(v for v in versions if v is not None))
    if request.GET.get("side") == "1":
        response["Location"] += "?side=1"
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@for_ever
def report_diff(request: HttpRequest, slug: str, a: int, b: int) -> HttpResponseBase:
    """What leads from version `a` to `b`, word by word; `?side=1` shows both side by side. 0 is the empty page."""
    user = viewer(request)
    found = find(user, slug)
    for version in (a, b):
        if version > found.version:
            return unknown_version(found, version)
    side = request.GET.get("side") == "1"
    if a > b:
        response = redirect("diff", found.slug, b, a)
        if side:
            response["Location"] += "?side=1"
        response["Cache-Control"] = "no-cache"
        return response

    def written() -> bytes:
        context = diff_context(found, audience_of(user), a, b)
        context |= {"side": side, "editing": user.is_staff, "may_restore": may_restore(user)}
        if user.is_staff:  # whose page is made for them alone: restoring leads here
            context["told"] = messages.get_messages(request)
        return render_to_string("diff.html", context).encode()

    if user.is_staff:
        return old(fresh(HttpResponse(written())))
    return old(cached.answer(request, found, f"diff-{a}-{b}{'-side' if side else ''}", written, HTML))


def diff_context(report: Report, audience: str, a: int, b: int) -> dict[str, Any]:
    """What the page of a difference shows."""
    older, newer = (version_of(report, audience, version) for version in (a, b))
    return {
        "report": report,
        "a": a,
        "b": b,
        "line": history.line(report, audience, b) if b == a + 1 else None,
        "since": moment(older.updated),
        "until": moment(newer.updated),
        "differences": differences.differences(older, newer),
        "address": report.get_absolute_url() if b == report.version else reverse("at", args=[report.slug, b]),
    }


def version_of(report: Report, audience: str, version: int) -> tree.Document:
    """The tree of a version; of version 0, before anything was written, an empty one."""
    if version == 0:
        return tree.Document(slug=report.slug, title="", language=report.language, audience=audience)
    newest = version == report.version
    return assemble.document(report, None if newest else version, audience)
