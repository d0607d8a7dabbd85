"""Restoring in the admin: what it would do is shown first, and confirmed; deleted rows are listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from papers.changes import Conflict
from papers.models import Report
from publishing import assemble, differences, history, restoring
from publishing.assemble import UnknownVersion
from publishing.kinds import BY_NAME, KINDS, label

PER_PAGE = 100  # deleted rows


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, report_id: int, version: int, kind: str = "", pk: int = 0) -> HttpResponse:
    """GET shows what restoring the report, or one row, would do; POST does it, if the report has not moved.

    `?quotes=1`: a section with the quotations in its text.
    """
    user: Any = request.user
    report = get_object_or_404(Report, pk=report_id)
    if kind and kind not in BY_NAME:
        raise Http404("no such kind")
    if not user.has_perm("papers.restore_report"):
        raise PermissionDenied
    with_quotes = kind == "section" and request.GET.get("quotes") == "1"
    try:
        plan = (
            restoring.plan_row(report, kind, pk, version, with_quotes=with_quotes)
            if kind
            else restoring.plan_report(report, version)
        )
        if not user.has_perms(plan.permissions()):
            raise PermissionDenied
        if request.method == "POST":
            return _restored(request, report, version, kind, pk, with_quotes)
    except UnknownVersion as error:
        raise Http404(str(error)) from error
    except ValidationError as error:
        messages.error(request, f"Not restored. {error.messages[0]}")
        return redirect("admin:deleted", report.pk)
    except (Conflict, IntegrityError) as conflict:
        said = (
            str(conflict) if isinstance(conflict, Conflict) else "Another change came in between. Try again."
        )
        messages.error(request, f"Nothing is restored yet. {said}")
        return redirect(request.get_full_path())
    return TemplateResponse(request, "admin/restore.html", _question(request, plan, kind, pk, with_quotes))


def _restored(
    request: HttpRequest, report: Report, version: int, kind: str, pk: int, with_quotes: bool
) -> HttpResponse:
    user: Any = request.user
    asked = request.POST.get("expected", "")
    expected = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else -1
    note = request.POST.get("change_note", "").replace("\0", "").strip()
    do: Callable[[], bool] = (
        (
            lambda: restoring.restore_row(
                report, kind, pk, version, user, expected, with_quotes=with_quotes, note=note
            )
        )
        if kind
        else (lambda: restoring.restore_report(report, version, user, expected, note))
    )
    if not do():
        return redirect(request.get_full_path())  # which says that there is nothing to restore
    messages.success(request, f"Restored, as version {report.version}.")
    return redirect("diff", report.slug, report.version - 1, report.version)


def _question(
    request: HttpRequest, plan: restoring.Plan, kind: str, pk: int, with_quotes: bool
) -> dict[str, Any]:
    report, version = plan.report, plan.version
    now = assemble.document(report, audience=assemble.EDITORS)
    then = assemble.document(report, version, assemble.EDITORS)
    found = differences.differences(now, then)
    if kind:
        keys: set[tuple[str, int | None]] = {*plan.keys}
        if kind == "report":
            keys |= {(name, None) for name in ("report", "summary", "acknowledgements")}
        found = found.only(keys)
    what = restoring.named(kind, plan, pk) if kind else "the whole report"
    return {
        **admin.site.each_context(request),
        "title": f"Restore version {version}" if not kind else f"Restore {what[:1].lower()}{what[1:]}",
        "report": report,
        "plan": plan,
        "version": version,
        "kind": kind,
        "what": what,
        "differences": found,
        "with_quotes": with_quotes,
        "since": history.since(report, version) if not kind else None,
        "removed": sorted(f"{BY_NAME[k].noun} {label(k, row)}" for (k, _), row in plan.delete.items()),
        "step": report.changesets.filter(version=version).first(),
        "address": "",
        "restoring": True,
    }


@require_safe
def deleted(request: HttpRequest, report_id: int) -> HttpResponse:
    """The rows of a report that were deleted, the last first, each with a link to restore it."""
    report = get_object_or_404(Report, pk=report_id)
    user: Any = request.user
    if not user.has_perm("papers.view_report") and not user.has_perm("papers.change_report"):
        raise PermissionDenied
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        newest = (
            kind.model.history.filter(changeset__report=report)  # type: ignore[attr-defined]
            .order_by()
            .values("id")
            .annotate(newest=Max("history_id"))
            .values("newest")
        )
        gone = kind.model.history.filter(history_id__in=newest, history_type="-")  # type: ignore[attr-defined]
        rows += [
            {
                "noun": kind.noun,
                "label": label(kind.name, row),
                "step": row.changeset,
                "href": reverse(
                    "admin:restore_row", args=[report.pk, row.changeset.version - 1, kind.name, row.id]
                ),
                "with_quotes": kind.name == "section",
            }
            for row in gone.select_related("changeset")
        ]
    rows.sort(key=lambda row: row["step"].version, reverse=True)
    context = {
        **admin.site.each_context(request),
        "title": f"Deleted from “{report}”",
        "report": report,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
    }
    return TemplateResponse(request, "admin/deleted.html", context)
