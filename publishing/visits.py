"""What colleagues changed since an editor last looked at the desk.

Looking writes nothing: a visit is recorded when its changes are marked as seen. Until somebody has done
so for a report, all counts that colleagues changed since their account was made; not what commands did,
which set the report up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from papers.models import ChangeSet, Report
from publishing.models import DeskVisit

REPORTS, PEOPLE = 20, 12  # so many are looked at, those that moved last first


@dataclass(frozen=True)
class Colleague:
    """What one person changed in one report: how often, and the note of the last time."""

    name: str
    count: int
    last: dt.datetime
    note: str


@dataclass(frozen=True)
class News:
    """What others changed in a report after version `seen`, that is `since` then."""

    report: Report
    seen: int
    since: dt.datetime
    marked: bool  # whether that was marked as seen; else it is when the account was made
    people: tuple[Colleague, ...]
    count: int

    @property
    def more(self) -> int:
        """Changes by people beyond those named."""
        return self.count - sum(colleague.count for colleague in self.people)

    def get_absolute_url(self) -> str:
        """Then against now."""
        return reverse("diff", args=[self.report.slug, self.seen, self.report.version])


def news(user: Any) -> list[News]:
    """What is new to `user`, by report, the one that moved last first. Three queries, whatever there is."""
    steps = ChangeSet.objects.filter(report=OuterRef("pk")).order_by("-version")
    visits = DeskVisit.objects.filter(report=OuterRef("pk"), user=user)
    reports = Report.objects.annotate(
        marked=Subquery(visits.values("version")[:1]),
        marked_at=Subquery(visits.values("seen_at")[:1]),
        before=Subquery(steps.filter(when__lt=user.date_joined).values("version")[:1]),
        seen=Coalesce("marked", "before", 0),
    )
    unseen_of_others = ChangeSet.objects.filter(report=OuterRef("pk"), version__gt=OuterRef("seen"))
    by_colleagues = ~Q(who_name="") | Q(version__gt=OuterRef("marked"))
    moved = list(
        reports.filter(Exists(unseen_of_others.exclude(who=user).filter(by_colleagues))).order_by(
            "-content_updated_at", "pk"
        )[:REPORTS]
    )
    if not moved:
        return []
    unseen = Q()
    for report in moved:
        counted = Q() if report.marked is not None else ~Q(who_name="")
        unseen |= Q(report=report, version__gt=report.seen) & counted
    others = ChangeSet.objects.filter(unseen).exclude(who=user).order_by()
    grouped = list(
        others.values("report_id", "who_id", "who_name").annotate(
            n=Count("pk"), first=Min("version"), last=Max("version")
        )
    )
    found: dict[int, list[Any]] = {}
    for row in grouped:
        found.setdefault(row["report_id"], []).append(row)
    wanted = Q()
    for report in moved:
        rows = found.get(report.pk, [])
        rows.sort(key=lambda row: -row["last"])
        versions = {row["last"] for row in rows[:PEOPLE]}
        wanted |= Q(report=report, version__in=versions)
    named = {(step.report_id, step.version): step for step in ChangeSet.objects.filter(wanted)}
    return [_of(report, found[report.pk], named, user) for report in moved if report.pk in found]


def _of(report: Any, rows: list[Any], steps: Mapping[tuple[int, int], ChangeSet], user: Any) -> News:
    people = []
    for row in rows[:PEOPLE]:
        step = steps[report.pk, row["last"]]
        people.append(Colleague(row["who_name"] or "A command", row["n"], step.when, step.note))
    return News(
        report=report,
        seen=report.seen if report.marked is not None else min(row["first"] for row in rows) - 1,
        since=report.marked_at or user.date_joined,
        marked=report.marked is not None,
        people=tuple(people),
        count=sum(row["n"] for row in rows),
    )


@require_POST
def mark_seen(request: HttpRequest) -> HttpResponse:
    """POST `seen-ID`=VERSION for each report that was shown; with `report`=ID that one alone.

    What came after the version that was shown stays new.
    """
    user: Any = request.user
    if not (user.has_perm("papers.view_report") or user.has_perm("papers.change_report")):
        raise PermissionDenied
    only = request.POST.get("report", "")
    shown: dict[int, int] = {}
    for name, version in request.POST.dict().items():
        field, _, pk = name.partition("-")
        fits = field == "seen" and all(n.isascii() and n.isdecimal() and len(n) < 10 for n in (pk, version))
        if fits and (not only or pk == only):
            shown[int(pk)] = int(version)
    reports = Report.objects.filter(pk__in=shown)
    with transaction.atomic():
        for report in reports:
            DeskVisit.objects.see(user, report, shown[report.pk])
    if not reports:
        messages.error(request, "Nothing was marked: the desk didn’t say which report. Reload it.")
    back = request.POST.get("desk", "").replace("\0", "")
    return HttpResponseRedirect(reverse("admin:index", query={"report": back} if back else None))
