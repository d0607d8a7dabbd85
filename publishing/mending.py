"""Mending quotations from the desk: one button, one change of the one text the words stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from papers.changes import Conflict, change
from papers.models import Report, Section, Source
from publishing import assemble, document as tree, in_text, verdicts
from publishing.jobs import at, form
from quotes.mends import HYPHENS, PAGE, Mend, offered
from quotes.models import Check, Quote
from timeline.models import Theory

# The row a quotation's words stand in: model, and the field that holds them. "" of a report: as the name says.
HOLDERS: dict[str, tuple[type[models.Model], str]] = {
    "quote": (Quote, "text"),
    "section": (Section, "body"),
    "theory": (Theory, "body"),
    "summary": (Report, "summary"),
    "acknowledgements": (Report, "acknowledgements"),
}


@dataclass(frozen=True)
class Place:
    """Where a quotation is written: a key of `HOLDERS` and the row's id, the form, the text, what it is called."""

    kind: str
    row: int
    link: str
    text: str
    name: str

    @property
    def right(self) -> str:
        """The permission that mending here needs."""
        meta = HOLDERS[self.kind][0]._meta
        return f"{meta.app_label}.change_{meta.model_name}"


def places(document: tree.Document, report: Report) -> dict[str, Place]:
    """The places of a report in which quotations are written, by anchor."""
    here = form("papers_report", report.pk)
    found = {
        "summary": Place("summary", report.pk, f"{here}#id_summary", document.summary.source, "Summary"),
        "acknowledgements": Place(
            "acknowledgements",
            report.pk,
            f"{here}#id_acknowledgements",
            document.acknowledgements.source,
            "Acknowledgements",
        ),
    }
    for section in document.all_sections():
        link, row = form("papers_section", section.row), section.row or 0
        found[section.anchor] = Place("section", row, link, section.body.source, section.heading)
    for theory in document.theories:
        link, row = form("timeline_theory", theory.row), theory.row or 0
        found[f"theory-{theory.slug}"] = Place("theory", row, link, theory.body.source, theory.title)
    for quote in document.quotes:
        link, row = form("quotes_quote", quote.row), quote.row or 0
        found[quote.anchor] = Place("quote", row, link, quote.text, "")
    return found


def everything(document: tree.Document) -> tuple[verdicts.Quotation, ...]:
    """Every quotation of a report: those that are shown in reading order, then those that nothing places."""
    return (*document.quotations, *(quote for quote in document.quotes if not quote.number))


def place_of(quotation: verdicts.Quotation, known: dict[str, Place]) -> Place | None:
    """Where `quotation` is written; with its line, if it stands in a text."""
    if isinstance(quotation, tree.Quote):
        return known.get(quotation.anchor)
    place = known.get(quotation.where)
    if place is None or not quotation.line:
        return place
    return Place(place.kind, place.row, at(place.link, quotation.line), place.text, place.name)


def name_of(quotation: verdicts.Quotation) -> str:
    """What a button names the words by."""
    return Check.name_of(quotation.text if isinstance(quotation, tree.Quote) else quotation.words)


def mends_of(quotation: verdicts.Quotation, place: Place, paged: bool) -> tuple[Mend, ...]:
    """What one click can do for `quotation`, as its check stands."""
    check = quotation.check
    if check is None:
        return ()
    if isinstance(quotation, tree.Quote):
        return offered(quotation.text, quotation.locator, check, paged=paged)
    return in_text.mends(place.text, quotation, check, paged=paged)


def is_paged(document: tree.Document, quotation: verdicts.Quotation) -> bool:
    """Whether the source of a quotation has pages."""
    source = document.source_by_key.get(quotation.source)
    return source is not None and source.kind == "pdf"


# ------------------------------------------------------------------ the buttons


@require_POST
def mend(request: HttpRequest, report_id: int) -> HttpResponse:
    """POST `place` ("quote:5", "section:3"), `version` of that row, `words` (name of the quoted words), and
    `mend` ("source:NAME", the kind and the name of the outcome that the button promised).

    Writes only that outcome, and only over that version; else it says why, and what to do.
    """
    report = get_object_or_404(Report, pk=report_id)
    kind, _, row = request.POST.get("place", "").partition(":")
    wanted, _, gives = request.POST.get("mend", "").partition(":")
    version = request.POST.get("version", "")
    if kind not in HOLDERS or not row.isdecimal() or not version.isdecimal() or len(row + version) > 18:
        messages.error(
            request, "Nothing was mended: the button didn't say what. Reload the desk and try again."
        )
        return _back(report)
    document = assemble.document(report, audience=assemble.EDITORS)
    known = places(document, report)
    found = [
        (quotation, place)
        for quotation in everything(document)
        if (place := place_of(quotation, known))
        and (place.kind, place.row) == (kind, int(row))
        and name_of(quotation) == request.POST.get("words")
    ]
    place = next((place for place in known.values() if (place.kind, place.row) == (kind, int(row))), None)
    if place is not None and not request.user.has_perm(place.right):
        raise PermissionDenied
    for quotation, stands in found[:1]:
        possible = mends_of(quotation, stands, is_paged(document, quotation))
        chosen = next((m for m in possible if (m.kind, m.gives) == (wanted, gives)), None)
        if chosen is not None:
            return _mend(request, report, quotation, stands, chosen, int(version))
    link = format_html(' <a href="{}">Open its form</a>.', place.link) if place else ""
    say = "Nothing was mended: the text or its check has changed meanwhile. Look at what is shown now."
    messages.error(request, format_html("{}{}", say, link))
    return _back(report)


def _mend(
    request: Any, report: Report, quotation: verdicts.Quotation, place: Place, chosen: Mend, version: int
) -> HttpResponse:
    try:
        if isinstance(quotation, tree.Quote):
            Quote.objects.select_related("report").get(pk=place.row).mend(chosen, request.user, version)
        else:
            _write(place, quotation, chosen, request.user, version)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, f"Nothing was mended: {' '.join(error.messages)}")
    else:
        messages.success(request, _said(report, quotation, chosen))
    return _back(report)


def _write(place: Place, quotation: tree.ProseQuote, chosen: Mend, who: Any, version: int) -> None:
    """Replace the words in the text where they stand, under the lock, over the version that was shown only."""
    model, field = HOLDERS[place.kind]
    row: Any = model._default_manager.get(pk=place.row)
    note = f"“{' '.join(quotation.words.split()[:6])} …”: {chosen.done}"
    with change(row.content_report, who, note, minor=chosen.kind in (HYPHENS, PAGE)):
        stored = row.stored()
        text = in_text.mended(getattr(stored, field), quotation, chosen) if stored else None
        if stored is None or stored.row_version != version or text is None:
            raise Conflict(f"“{place.name}” has been changed meanwhile. Look at it again before you mend it.")
        setattr(stored, field, text)
        stored.full_clean()
        stored.save()


def _said(report: Report, before: verdicts.Quotation, chosen: Mend) -> str:
    """What a mend did, and the verdict now."""
    words = Check.name_of(chosen.words)
    document = assemble.document(report, audience=assemble.EDITORS)
    for quotation in everything(document):
        same_row = isinstance(quotation, tree.Quote) and quotation.anchor == before.anchor
        if same_row or (not isinstance(before, tree.Quote) and name_of(quotation) == words):
            check = verdicts.check_of(quotation)
            how = " (checked against the recorded passage)" if check.from_passage else ""
            return f"Mended: {chosen.done}. {verdicts.badge(check)}{how}."
    return f"Mended: {chosen.done}."


@require_POST
def keep_post(request: Any, source_id: int) -> HttpResponse:
    """POST `text` and `version`: the text of a post, kept as its copy; the editor's name is kept with it."""
    source = get_object_or_404(Source.objects.select_related("report"), pk=source_id, kind=Source.Kind.POST)
    if not request.user.has_perm("papers.change_source"):
        raise PermissionDenied
    text = request.POST.get("text", "").replace("\0", "").strip()
    if not text:
        messages.error(request, "Nothing was kept: paste the post's text first.")
        return _back(source.report)
    try:
        with change(source.report, request.user, f"Text of the post “{source}” kept"):
            stored = source.stored()
            if stored is None or str(stored.row_version) != request.POST.get("version"):
                raise Conflict(
                    f"“{source}” has been changed meanwhile. Your text was not kept; look at it again."
                )
            stored.text = text
            stored.copied_by = stored.copied_by or request.user.get_full_name() or request.user.get_username()
            stored.full_clean()
            stored.save()
    except Conflict as conflict:
        link = form("papers_source", source.pk)
        messages.error(request, format_html('{} <a href="{}">Open it</a>.', conflict, link))
    except ValidationError as error:
        messages.error(request, f"Nothing was kept: {' '.join(error.messages)}")
    else:
        messages.success(
            request, f"The post's text is kept. The copy rests on who made it: {stored.copied_by}."
        )
    return _back(source.report)


def _back(report: Report) -> HttpResponse:
    address = reverse("admin:index", query={"report": report.slug})
    return HttpResponseRedirect(f"{address}#k-quotes")
