"""Editions: their list, their pages and files for readers; publishing and withdrawing for publishers."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from papers.changes import Conflict
from papers.links import AddressCheck
from papers.models import Report
from publishing import assemble, cached, citing, desk, edition_changes, exports, links, page, typst, verdicts
from publishing.document import Document, Quote
from publishing.edition_changes import Changed
from publishing.masthead import counted, moment
from publishing.models import Edition, failing
from publishing.views import find, for_ever, fresh, picture_size, viewer

log = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"
FILES = {"pdf": "PDF", "json": "JSON", "md": "Markdown"}
CITATIONS = {"bib": "BibTeX", "ris": "RIS", "csl": "CSL JSON", "txt": "Plain text"}


def address_of(edition: Edition) -> str:
    """The permanent address, whole where the site knows its own name."""
    return str(settings.SITE_URL) + edition.get_absolute_url()


def _edition(request: HttpRequest, slug: str, number: int) -> tuple[Report, Edition]:
    report = find(viewer(request), slug)
    edition = Edition.objects.filter(report=report, number=number).first()
    if edition is None:
        raise Http404("no such edition")
    edition.report = report
    return report, edition


@require_safe
@for_ever
def editions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All editions of a report, the newest first."""
    report = find(viewer(request), slug)

    def written() -> bytes:
        listed = Edition.objects.of(report).defer("document")
        context = {
            "report": report,
            "address": str(settings.SITE_URL) + request.path,
            "editions": [(edition, moment(edition.published_at)) for edition in listed],
        }
        return render_to_string("editions.html", context).encode()

    return cached.answer(request, report, "editions", written, HTML)


@require_safe
@for_ever
def edition(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """An edition's page: the frozen text, and what has become of it since."""
    report, found = _edition(request, slug, number)
    return cached.answer(request, report, f"edition-{number}", lambda: written(report, found), HTML)


def written(report: Report, edition: Edition) -> bytes:
    """The page as bytes, the same for everybody."""
    document = replace(edition.tree(), slug=report.slug)  # whose links lead to what it is called today
    sizes = {src: size for src in page.own_pictures(document) if (size := picture_size(src))}
    context = page.page(document, sizes=sizes)
    names = {**FILES, **CITATIONS}
    args = [report.slug, edition.number]
    context |= {
        "address": address_of(edition),
        "edition": edition,
        "published": moment(edition.published_at),
        "withdrawn": moment(edition.withdrawn_at),
        "files": {name: reverse("edition-file", args=[*args, name]) for name in names},
        "citations": CITATIONS,
        "citation": citing.plain(edition, document.title, document.people, address_of(edition)),
        "newest": Edition.objects.of(report).filter(number__gt=edition.number, withdrawn_at=None).first(),
        "report": report,
        "before": (before := edition_changes.before(edition)),
        "changed": edition_changes.changed(before, edition) if before else None,
    }
    return render_to_string("edition.html", context).encode()


@require_safe
@for_ever
def edition_diff(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """What an edition changed since the one before it, word by word; `?side=1` shows both side by side."""
    report, found = _edition(request, slug, number)
    before = edition_changes.before(found)
    if before is None:
        raise Http404("the first edition has none before it")
    side = request.GET.get("side") == "1"

    def made() -> bytes:
        context = {
            "report": report,
            "edition": found,
            "before": before,
            "since": moment(before.published_at),
            "until": moment(found.published_at),
            "changed": edition_changes.changed(before, found),
            "differences": edition_changes.compared(before.tree(), found.tree()),
            "address": found.get_absolute_url(),
            "side": side,
        }
        return render_to_string("edition_diff.html", context).encode()

    answer = cached.answer(request, report, f"edition-{number}-diff{'-side' if side else ''}", made, HTML)
    answer["X-Robots-Tag"] = "noindex"  # it repeats what stands in the editions
    return answer


@require_safe
@for_ever
def edition_changed(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The same as a list in JSON. The first edition has an empty one, and `since` null."""
    report, found = _edition(request, slug, number)

    def made() -> bytes:
        before = edition_changes.before(found)
        return changes_json(before, found).encode()

    return cached.answer(request, report, f"edition-{number}-changes", made, "application/json")


def changes_json(before: Edition | None, edition: Edition) -> str:
    """The list of what changed as JSON: `since` names the edition before, with its sha256."""
    changed = edition_changes.changed(before, edition) if before else None
    since = before and {
        "edition": before.number,
        "name": before.name,
        "sha256": before.sha256,
        "withdrawn": before.withdrawn_at is not None,
    }
    whole = {
        "edition": edition.number,
        "name": edition.name,
        "sha256": edition.sha256,
        "since": since,
        "words_in": changed.words_in if changed else 0,
        "words_out": changed.words_out if changed else 0,
        "changes": [
            {"kind": line.noun, "what": line.heading, "said": list(line.said), "anchor": line.anchor}
            | ({"verdict": list(line.verdict)} if line.verdict else {})
            for line in (changed.lines if changed else ())
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


@require_safe
@for_ever
def edition_file(request: HttpRequest, slug: str, number: int, format: str) -> HttpResponseBase:
    """The edition as PDF, JSON (the very bytes that its sha256 is of) or Markdown, or its citation."""
    report, found = _edition(request, slug, number)
    kind = exports.CONTENT_TYPES.get(format) or citing.FORMATS.get(format)
    if kind is None:
        raise Http404("no such format")
    what = f"edition-{number}-{format}"
    try:
        response = cached.answer(
            request, report, what, lambda: _file(found, format), kind, compress=format != "pdf"
        )
    except typst.PdfError as error:
        log.error("PDF of %s, edition %s: %s", slug, number, error)
        return fresh(HttpResponse(render_to_string("no_pdf.html", {"report": report}), status=503))
    suffix = "csl.json" if format == "csl" else format
    response["Content-Disposition"] = f'inline; filename="{slug}-edition-{number}.{suffix}"'
    return response


def _file(edition: Edition, format: str) -> bytes:
    if format == "json":
        return edition.document.encode()
    document = edition.tree()
    address = address_of(edition)
    if format in citing.FORMATS:
        return citing.cite(edition, format, document.title, document.people, address).encode()
    return exports.export(document, format, address=address).data


# --------------------------------------------------------------------------- publishing


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """What an edition would hold and what is amiss in it; POST `name`, `note`, `version` and the reasons."""
    report = get_object_or_404(Report, pk=report_id)
    if not request.user.has_perm("publishing.add_edition"):
        raise PermissionDenied
    problems: dict[str, list[str]] = {}
    if request.method == "POST" and "_check_links" in request.POST:
        # Without scripts: what was typed stays in the form, and as many are asked as a request may wait for.
        asked, left = links.ask_all(report, links.outside(report, assemble.document(report)))
        more = f" {left} are left: press it again for them." if left else ""
        messages.info(request, f"{counted(asked, 'address', 'addresses')} asked.{more}")
    elif request.method == "POST":
        reasons = {
            name.removeprefix("reason-"): str(value).replace("\0", "")
            for name, value in request.POST.items()
            if name.startswith("reason-")
        }
        sent = request.POST.get("version", "")
        try:
            made = Edition.objects.publish(
                report,
                request.user,  # type: ignore[arg-type]
                request.POST.get("name", "").replace("\0", "")[:120],
                request.POST.get("note", "").replace("\0", "")[:5000],
                reasons,
                int(sent) if sent.isdecimal() and len(sent) < 10 else 0,
            )
        except Conflict as conflict:
            messages.error(request, str(conflict))
            report.refresh_from_db()
        except ValidationError as error:
            problems = error.message_dict
            messages.error(request, "Nothing is published yet: see what is missing below.")
        else:
            messages.success(
                request,
                format_html('{} is published: <a href="{}">look at it</a>.', made, made.get_absolute_url()),
            )
            return HttpResponseRedirect(reverse("admin:publishing_edition_change", args=[made.pk]))
    return TemplateResponse(request, "admin/publish.html", _checklist(request, report, problems))


def _checklist(request: HttpRequest, report: Report, problems: dict[str, list[str]]) -> dict[str, Any]:
    document = assemble.document(report)
    jobs = desk.of(report, request.user)
    outside = links.outside(report, document)
    return {
        **admin.site.each_context(request),
        "title": "Publish an edition",
        "report": report,
        "site_url": settings.SITE_URL,
        "version": report.version,
        "next": Edition.objects.of(report).next_number(),
        "groups": [group for group in jobs.groups if group.count],
        "failing": [
            {
                "anchor": quotation.anchor,
                "words": quotation.text if isinstance(quotation, Quote) else quotation.words,
                "shape": verdicts.shape(verdicts.check_of(quotation)),
                "badge": verdicts.badge(verdicts.check_of(quotation)),
                "reason": request.POST.get(f"reason-{quotation.anchor}", ""),
                "problem": " ".join(problems.get(quotation.anchor, [])),
            }
            for quotation in failing(document)
        ],
        "counted": verdicts.summary(document),
        "dead_ends": links.within(report, document, assemble.document(report, audience=assemble.EDITORS)),
        "outside": outside,
        "recorded": links.recorded(report, outside),
        "addresses": json.dumps(
            [
                {"address": address, "where": text.name, "form": desk.written_in(text, report)}
                for address, text in outside.addresses.items()
            ]
        ),
        "changed": _since_last(report, document),
        "name": request.POST.get("name", ""),
        "note": request.POST.get("note", ""),
        "problem": " ".join(problems.get("name", [])),
    }


def _since_last(report: Report, document: Document) -> tuple[Edition, Changed] | None:
    """What the edition would change since the last one, that one first."""
    last = Edition.objects.of(report).first()
    return (last, edition_changes.since(last, document)) if last else None


@require_POST
def check_link(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """POST `address`, one that readers of the report can follow: {"state", "said", "checked"}. It is asked now."""
    report = get_object_or_404(Report, pk=report_id)
    if not request.user.has_perm("publishing.add_edition"):
        raise PermissionDenied
    address = request.POST.get("address", "")
    named = cached.kept(
        report, "addresses", lambda: frozenset(links.outside(report, assemble.document(report)).addresses)
    )
    if address not in named:
        return JsonResponse(
            {"error": "The report doesn’t name this address any more. Reload the page."}, status=404
        )
    check = AddressCheck.objects.ask(report, address)
    return JsonResponse({"state": check.state, "named": check.get_state_display(), "said": check.said})


@require_POST
def withdraw(request: HttpRequest, edition_id: int) -> HttpResponseBase:
    """POST `why`: the edition stays readable, and says that it was withdrawn."""
    found = get_object_or_404(Edition.objects.select_related("report"), pk=edition_id)
    if not request.user.has_perm("publishing.change_edition"):
        raise PermissionDenied
    try:
        found.withdraw(request.user, request.POST.get("why", "").replace("\0", ""))  # type: ignore[arg-type]
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{found} is withdrawn. It stays readable, and says so.")
    return HttpResponseRedirect(reverse("admin:publishing_edition_changelist"))
