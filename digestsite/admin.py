"""The AdminSite. Its front page is the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path

from papers.models import Report, Scrap
from papers.pictures import upload
from publishing import (
    capture,
    desk,
    edition_views,
    inbox,
    mending,
    picking,
    private_views,
    quoting,
    rechecking,
    redaction_views,
)
from publishing.preview import preview


class DeskSite(admin.AdminSite):
    site_header = "digestsite"
    site_title = "digestsite"
    index_title = "Desk"
    # The strip on the desk leads to every list; a second menu on each page would say the same.
    enable_nav_sidebar = False

    def get_urls(self) -> Any:
        """What scripts and the desk's buttons post to stands before the stock addresses."""
        return [
            path("preview/", preview, name="preview"),
            path("upload/", upload, name="upload"),
            path("verdict/", quoting.verdict, name="verdict"),
            path("find-quotation/", quoting.find, name="find_quotation"),
            path("keep-quotation/", quoting.keep, name="keep_quotation"),
            path("pick/<int:source_id>/", self.admin_view(picking.pick), name="pick"),
            path("mend/<int:report_id>/", self.admin_view(mending.mend), name="mend"),
            path("publish/<int:report_id>/", self.admin_view(edition_views.publish), name="publish"),
            path("inbox/", self.admin_view(inbox.inbox), name="inbox"),
            path("inbox/<int:pk>/", self.admin_view(inbox.act), name="inbox_act"),
            path("capture-token/", self.admin_view(capture.token), name="capture_token"),
            path("redact/<int:report_id>/", self.admin_view(redaction_views.redact), name="redact"),
            path("private/<int:pk>/", self.admin_view(private_views.private), name="private"),
            path("withdraw/<int:edition_id>/", self.admin_view(edition_views.withdraw), name="withdraw"),
            path("newer/<int:source_id>/", self.admin_view(rechecking.seen), name="newer_seen"),
            path("check/<int:report_id>/", self.admin_view(rechecking.check_now), name="check_now"),
            path("post/<int:source_id>/", self.admin_view(mending.keep_post), name="keep_post"),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """What is to do in one report (`?report=slug`, else the one that moved last), above the stock list."""
        return super().index(request, {**self.desk(request), **(extra_context or {})})

    def desk(self, request: HttpRequest) -> dict[str, Any]:
        user: Any = request.user
        if not (user.has_perm("papers.view_report") or user.has_perm("papers.change_report")):
            return {}
        reports = Report.objects.order_by("-content_updated_at", "pk")
        asked = request.GET.get("report", "").replace("\0", "")
        report = reports.filter(slug=asked).first() or reports.first()
        others = list(reports.exclude(pk=report.pk)[:50]) if report else []
        return {
            "report": report,
            "other_reports": others,
            "desk": desk.of(report, user) if report else None,
            "scraps": Scrap.objects.of(report).waiting().count() if report else 0,
            "private": report.private_texts.all() if report else (),
            "recent": report.changesets.all()[:8] if report else (),
        }
