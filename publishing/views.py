"""What is public: the reports, their pages, exports and pictures."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe
from PIL import Image

from papers.models import Picture, Report
from publishing import assemble, cached, exports, history, page, passages, standing, typst

log = logging.getLogger(__name__)

# The formats that pictures are re-encoded to; what a file really holds decides.
PICTURE_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


def viewer(request: HttpRequest) -> Any:
    """Who asks. Whoever has no session cookie is anonymous, and their session is never touched."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return request.user
    return AnonymousUser()


def find(user: Any, slug: str) -> Report:
    """The report if this user may see it. One query; raises `Http404` alike for hidden and for none."""
    report: Report | None = Report.objects.visible_to(user).filter(slug=slug).first()
    if report is None:
        raise Http404("no such report")
    return report


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
        address = reverse(str(request.resolver_match.url_name), kwargs={"slug": now.slug, **rest})
        response = redirect(f"{address}?{query}" if (query := request.META["QUERY_STRING"]) else address)
        response["Cache-Control"] = "no-cache"
        return response

    return found


def fresh(response: HttpResponseBase) -> HttpResponseBase:
    """For signed-in staff: never kept by anybody."""
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def reports(request: HttpRequest) -> HttpResponseBase:
    """The list of reports, or straight to the only one."""
    user = viewer(request)
    found = list(Report.objects.visible_to(user))
    if len(found) == 1:
        response: HttpResponseBase = redirect(found[0])
    else:
        context = {"reports": found, "staff": user.is_staff}
        response = HttpResponse(render_to_string("reports.html", context))
    if user.is_staff:
        return fresh(response)
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@for_ever
def report(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The report's page."""
    user = viewer(request)
    found = find(user, slug)
    if user.is_staff:
        return fresh(HttpResponse(written(request, found, editor=True)))
    return cached.answer(
        request, found, "page", lambda: written(request, found, editor=False), "text/html; charset=utf-8"
    )


def written(request: HttpRequest, report: Report, *, editor: bool) -> bytes:
    """The page as bytes. For editors with links to the forms, and what they chose last answered."""
    # Before the tree is read: a section that moves in between is refused, not overwritten.
    steering = standing.steering(request, report) if editor else standing.NONE
    document = assemble.document(report, audience=assemble.EDITORS if editor else assemble.READERS)
    sizes = {src: size for src in page.own_pictures(document) if (size := picture_size(src))}
    shots = passages.shots(report, document)
    context = page.page(
        document,
        report_row=report.pk if editor else None,
        sizes=sizes,
        shots=shots,
        controls=steering.controls,
    )
    context |= {"csrf_token": steering.token, "told": steering.told}
    # Without SITE_URL the site doesn't know its own name, and a kept page must not take a visitor's word for it.
    context["address"] = settings.SITE_URL + report.get_absolute_url()
    return render_to_string("report.html", context).encode()


@require_safe
@for_ever
def export(request: HttpRequest, slug: str, format: str) -> HttpResponseBase:
    """The report as PDF, Markdown or JSON: the readers' text for readers, the editors' for staff."""
    user = viewer(request)
    found = find(user, slug)
    try:
        if user.is_staff:
            made = exports.export(assemble.document(found, audience=assemble.EDITORS), format)
            response = fresh(HttpResponse(made.data, content_type=made.content_type))
            filename = made.filename
        else:
            # Type and name belong to the bytes and are kept with them.
            kind, filename = cached.kept(found, f"{format}-about", lambda: _export(found, format)[:2])
            response = cached.answer(
                request, found, format, lambda: _export(found, format)[2], kind, compress=format != "pdf"
            )
    except typst.PdfError as error:
        log.error("PDF of %s: %s", found.slug, error)
        context = {"report": found, "reason": str(error) if user.is_staff else ""}
        return fresh(HttpResponse(render_to_string("no_pdf.html", context), status=503))
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    return response


def _export(report: Report, format: str) -> tuple[str, str, bytes]:
    """Type, name and bytes for readers, the bytes kept. A PDF that failed is not tried again for a minute."""
    failed = cached.key(report, f"{format}-failed")
    if reason := cache.get(failed):
        raise typst.PdfError(reason)
    try:
        made = exports.export(assemble.document(report), format)
    except typst.PdfError as error:
        cache.set(failed, str(error), 60)
        raise
    return made.content_type, made.filename, cached.kept(report, format, lambda: made.data)


# --------------------------------------------------------------------------- pictures


@require_safe
def picture(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """A picture of a report. Readers get those that the report shows them now, staff all."""
    user = viewer(request)
    for found in _pictures(slug, name):
        if user.is_staff or _is_shown(found, request.path):
            return _sent(found)
    raise Http404("no such picture")


def _pictures(slug: str, name: str) -> list[Picture]:
    """The picture of that address, of today or of the time before its report was renamed."""
    rows = Picture.objects.select_related("report").filter(
        Q(report__slug=slug) | Q(file__startswith=f"{slug}/"), name=name
    )
    return sorted(rows, key=lambda row: row.report.slug != slug)


def _is_shown(picture: Picture, path: str) -> bool:
    report = picture.report
    if not Report.objects.visible_to(AnonymousUser()).filter(pk=report.pk).exists():
        return False
    shown = cached.kept(report, "pictures", lambda: page.own_pictures(assemble.document(report)))
    addresses = {unquote(src) for src in shown}
    if path in addresses or unquote(picture.get_absolute_url()) in addresses:
        return True
    # A version of the past, which anybody may read, shows the pictures it had.
    name = f"picture-{hashlib.sha256(picture.name.encode()).hexdigest()[:20]}"
    written = {f"/{picture.name}", "/" + picture.get_absolute_url().rpartition("/")[2]}
    return cached.kept(report, name, lambda: any(history.ever_named(report, words) for words in written))


def _sent(picture: Picture) -> HttpResponseBase:
    try:
        with picture.file.open("rb") as file, Image.open(file) as image:
            kind = PICTURE_TYPES.get(image.format or "")
        if kind is None:
            raise Http404("not a picture that is shown")
        opened = default_storage.open(str(picture.file.name), "rb")
    except (OSError, Image.DecompressionBombError) as error:
        raise Http404("the file is not there") from error
    response = FileResponse(opened, content_type=kind, filename=picture.name)
    response["X-Content-Type-Options"] = "nosniff"
    # A picture is never changed, only made anew under another name. Whoever has seen it may keep it.
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def picture_size(src: str) -> tuple[int, int] | None:
    """Width and height in pixels of one of our own pictures, from its file: no query. None if it isn't there."""
    name = unquote(src.removeprefix(settings.MEDIA_URL))
    if not src.startswith(settings.MEDIA_URL):
        return None
    try:
        with default_storage.open(name, "rb") as file, Image.open(file) as image:
            return image.size
    except (OSError, ValueError, SuspiciousFileOperation, Image.DecompressionBombError):
        return None


# --------------------------------------------------------------------------- for machines


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything may be read but the desk."""
    return HttpResponse("User-agent: *\nDisallow: /admin/\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponseBase:
    """For programs that ask without reading the page."""
    return redirect(static("img/icon.svg"))
