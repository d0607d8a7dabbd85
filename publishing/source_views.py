"""The public addresses of sources: the page of one, and the picture of a whole archived page."""

from __future__ import annotations

import functools
import hashlib
import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from papers import pdftext
from papers.archive import SourceFile
from papers.models import Report, Source
from papers.passages import PassageError, Sheet
from papers.pdftext import PdfText
from papers.reading import one_page
from publishing import assemble, cached, document as tree, passages, source_pages
from publishing.quotation_views import HTML, drawn
from publishing.shelves import Copy, Shelf, shelves
from publishing.source_pages import Asked
from publishing.views import find, for_ever, fresh, viewer
from quotes.verify import labels_of

log = logging.getLogger(__name__)


class NotThere(Exception):
    """What was asked for is no part of this source; the message says what is."""


def _document(user: Any, report: Report) -> tree.Document:
    return assemble.document(report, audience=assemble.EDITORS if user.is_staff else assemble.READERS)


@require_safe
@for_ever
def source(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """A source at a page. `?page=` is a file page, `?quote=` one of its quotations, `?file=` a copy.

    Whole pages are for staff, and for everyone where the recorded licence allows it; others get the
    passages that are quoted. What this reader is shown nothing of is not there.
    """
    user = viewer(request)
    report = find(user, slug)

    @functools.cache
    def document() -> tree.Document:
        return _document(user, report)

    if user.is_staff:
        every = shelves(report, document())
    else:
        every = cached.kept(report, "shelves", lambda: shelves(report, document()))
    shelf = every.get(pk)
    if shelf is None:
        raise Http404("no such source")
    # Without a file there is nothing whole to show: the recorded passages say more.
    whole = user.is_staff or (shelf.open and bool(shelf.copies or shelf.kind == Source.Kind.POST))
    try:
        asked = _asked(request, shelf, whole)
    except NotThere as error:
        context = {"report": report, "shelf": shelf, "reason": str(error), "whole": whole}
        return fresh(HttpResponse(render_to_string("source_missing.html", context), status=404))

    def written() -> bytes:
        if whole:
            text = _text(shelf, asked.copy)
            labels = labels_of(asked.copy.row, asked.copy.sha256) if asked.page and asked.copy else ()
            context = source_pages.whole_page(document(), shelf, asked, every, text, labels)
        else:
            shots = passages.shots(report, document())
            context = source_pages.passages_only(document(), shelf, asked, every, shots)
        context |= {"editing": user.is_staff, "canonical": str(settings.SITE_URL) + context["address"]}
        return render_to_string("source.html", context).encode()

    if user.is_staff:
        response: HttpResponseBase = fresh(HttpResponse(written()))
    else:
        what = repr((pk, asked.copy and asked.copy.sha256, asked.page, asked.quote))
        name = f"source-{hashlib.sha256(what.encode()).hexdigest()[:20]}"
        response = cached.answer(request, report, name, written, HTML)
    if whole:
        response["X-Robots-Tag"] = "noindex"
    return response


def _asked(request: HttpRequest, shelf: Shelf, whole: bool) -> Asked:
    """What the address asks for. Raises NotThere with a sentence for what this source does not have."""
    quote = request.GET.get("quote", "")
    if quote and quote not in shelf.pages:
        raise NotThere("No quotation of this name is taken from this source.")
    if not whole:
        return Asked(shelf.current, 0, quote)
    copy = _copy(request.GET.get("file", ""), shelf)
    if copy is None or not copy.is_pdf or not copy.pages:
        return Asked(copy, 0, quote)
    typed = request.GET.get("page", "").strip()
    # A quotation's own page is one of the copy that it was checked against.
    page = (shelf.pages.get(quote, 0) if copy == shelf.current else 0) or 1
    if typed:
        page = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
        if not 1 <= page <= copy.pages:
            shown = typed if len(typed) < 30 else f"{typed[:30]}…"
            raise NotThere(
                f"There is no page “{shown}” in this file: it has the file pages 1 to {copy.pages}."
                if copy.pages > 1
                else f"There is no page “{shown}” in this file: it has one page."
            )
    return Asked(copy, page, quote)


def _copy(file: str, shelf: Shelf) -> Copy | None:
    if not file:
        return shelf.current
    found = next((c for c in shelf.copies if len(file) >= 12 and c.sha256.startswith(file)), None)
    if found is None:
        raise NotThere("No archived copy of this source has this sha256.")
    return found


def _text(shelf: Shelf, copy: Copy | None) -> PdfText | None:
    """The text of a copy, or of the post itself; None if there is none. One query."""
    if copy is not None:
        packed = SourceFile.objects.get(pk=copy.row).get_text()
        return pdftext.unpack(packed) if packed is not None else None
    if shelf.kind != Source.Kind.POST:
        return None
    words = Source.objects.filter(pk=shelf.row).values_list("text", flat=True).first() or ""
    return one_page(words) if words.strip() else None


# --------------------------------------------------------------------------- the picture of a page


@require_safe
def page(request: HttpRequest, slug: str, pk: int, sha256: str, number: int) -> HttpResponseBase:
    """A whole page as WebP with its quotations marked, for who may have the file; drawn on first request."""
    user = viewer(request)
    report = find(user, slug)
    sheet: Sheet | tuple[()] | None
    if user.is_staff:
        document = _document(user, report)
        sheet = _sheet(document, shelves(report, document).get(pk), sha256, number)
    else:
        every = cached.kept(report, "shelves", lambda: shelves(report, _document(user, report)))
        shelf = every.get(pk)
        if shelf is None or not shelf.open or not _has(shelf, sha256, number):
            raise Http404("no such page")
        what = f"sheet-{pk}-{sha256[:12]}-{number}"
        sheet = cached.kept(
            report, what, lambda: _sheet(_document(user, report), shelf, sha256, number) or ()
        )
    if not sheet:
        raise Http404("no such page")
    try:
        data = drawn(sha256, sheet)
    except PassageError as error:
        log.warning("page %s of source %s in %s: %s", number, pk, slug, error)
        raise Http404("no picture of this page") from error
    response = HttpResponse(data, content_type="image/webp")
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _has(shelf: Shelf, sha256: str, number: int) -> bool:
    return any(c.sha256 == sha256 and c.is_pdf and 1 <= number <= c.pages for c in shelf.copies)


def _sheet(document: tree.Document, shelf: Shelf | None, sha256: str, number: int) -> Sheet | None:
    if shelf is None or not _has(shelf, sha256, number):
        return None
    copy = next(copy for copy in shelf.copies if copy.sha256 == sha256)
    text = _text(shelf, copy)
    return source_pages.sheet_of(document, shelf, copy, text, number) if text else None
