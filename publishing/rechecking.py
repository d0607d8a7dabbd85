"""After a newer file of a source: what of it an editor has not seen yet, on the desk and in commands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from papers.archive import SourceFile
from papers.models import Report, Source
from publishing import document as tree, newer, verdicts, verification
from publishing.jobs import Group, Job, form, listed

MOST_SAID = 3  # verdicts that the desk names; the rest stand at the source
SECONDS = 25  # for the button: a proxy waits for 60 or so


def unseen(document: tree.Document) -> list[newer.Newer]:
    """What newer files changed, or what waits to be checked against them, until somebody puts it away."""
    found = [each for each in newer.of(document) if each.changed or each.waiting]
    if not found:
        return []
    rows = SourceFile.objects.filter(source__in=[each.source.row for each in found], changes_seen=True)
    seen = set(rows.values_list("source_id", "sha256"))
    return [each for each in found if each.waiting or (each.source.row, each.sha256) not in seen]


def group(document: tree.Document, report: Report, user: Any) -> Group:
    """Sources whose newer file changed verdicts: what, where to see all of it, and a button to put it away."""
    found = Group(
        "newer",
        "Newer files of sources",
        "newer file to look at",
        "newer files to look at",
        listed("papers_source", report),
    )
    may = user.has_perm("papers.change_source")
    for each in unseen(document):
        link = f"{form('papers_source', each.source.row)}#newer"
        if each.waiting:
            post, press = reverse("admin:check_now", args=[report.pk]), "Check now"
        else:
            post, press = reverse("admin:newer_seen", args=[each.source.row]), "Put away"
        parts = [str(recheck) for recheck in each.changed[:MOST_SAID]]
        if (more := len(each.changed) - MOST_SAID) > 0:
            parts.append(f"and {more} more")
        mark = "mend" if each.changed else "unchecked"
        found.jobs.append(
            Job(
                mark,
                link,
                "Compare",
                what=str(each),
                post=post if may else "",
                press=press,
                lines=tuple(parts),
            )
        )
    return found


@require_POST
def seen(request: Any, source_id: int) -> HttpResponse:
    """POST: what the newest file of a source changed has been seen. It leaves the desk, not the source."""
    source = get_object_or_404(Source.objects.with_newest_copy().select_related("report"), pk=source_id)
    if not request.user.has_perm("papers.change_source"):
        raise PermissionDenied
    SourceFile.objects.filter(source=source, sha256=source.copy_sha256 or "").update(changes_seen=True)
    messages.success(request, f"Put away. Both verdicts still stand at “{source}”.")
    return _back(request, source.report)


@require_POST
def check_now(request: Any, report_id: int) -> HttpResponse:
    """POST: check what still waits, as much as the time of one request allows."""
    report = get_object_or_404(Report, pk=report_id)
    if not request.user.has_perm("papers.change_source"):
        raise PermissionDenied
    summary = verification.verify_report(report, seconds=SECONDS)
    done = f"{verdicts.counted(summary.made, 'check')} made."
    if summary.waiting:
        done += f" {verdicts.counted(summary.waiting, 'quotation')} still to be looked at: press “Check now” again."
    messages.add_message(request, messages.WARNING if summary.waiting else messages.SUCCESS, done)
    return _back(request, report)


def _back(request: HttpRequest, report: Report) -> HttpResponse:
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return HttpResponseRedirect(came_from)
    return HttpResponseRedirect(reverse("admin:index", query={"report": report.slug}))
