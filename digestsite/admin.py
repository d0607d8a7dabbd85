"""The AdminSite. Its front page is the desk."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse

from digestsite.refused import form_of, texts_sent
from papers.models import Report, Scrap
from papers.pictures import upload
from publishing import (
    capture,
    desk,
    edition_views,
    inbox,
    jobs,
    mending,
    naming,
    picking,
    private_views,
    quoting,
    rechecking,
    redaction_views,
    restore_views,
    visits,
)
from publishing.preview import preview
from publishing.standing import set_standing


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
            path("names/<int:report_id>/", self.admin_view(naming.names), name="names"),
            path("standing/<int:report_id>/<int:pk>/", self.admin_view(set_standing), name="standing"),
            path("pick/<int:source_id>/", self.admin_view(picking.pick), name="pick"),
            path("edit/<slug:slug>/<str:anchor>/", self.admin_view(jobs.edit_here), name="edit_here"),
            path("mend/<int:report_id>/", self.admin_view(mending.mend), name="mend"),
            path("publish/<int:report_id>/", self.admin_view(edition_views.publish), name="publish"),
            path("seen/", self.admin_view(visits.mark_seen), name="mark_seen"),
            path("check-link/<int:report_id>/", self.admin_view(edition_views.check_link), name="check_link"),
            path("inbox/", self.admin_view(inbox.inbox), name="inbox"),
            path("inbox/<int:pk>/", self.admin_view(inbox.act), name="inbox_act"),
            path("capture-token/", self.admin_view(capture.token), name="capture_token"),
            path("redact/<int:report_id>/", self.admin_view(redaction_views.redact), name="redact"),
            path("private/<int:pk>/", self.admin_view(private_views.private), name="private"),
            path("withdraw/<int:edition_id>/", self.admin_view(edition_views.withdraw), name="withdraw"),
            path("newer/<int:source_id>/", self.admin_view(rechecking.seen), name="newer_seen"),
            path("check/<int:report_id>/", self.admin_view(rechecking.check_now), name="check_now"),
            path("post/<int:source_id>/", self.admin_view(mending.keep_post), name="keep_post"),
            path("deleted/<int:report_id>/", self.admin_view(restore_views.deleted), name="deleted"),
            path(
                "restore/<int:report_id>/<int:version>/",
                self.admin_view(restore_views.restore),
                name="restore",
            ),
            path(
                "restore/<int:report_id>/<int:version>/<str:kind>/<int:pk>/",
                self.admin_view(restore_views.restore),
                name="restore_row",
            ),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As the stock one; but a form with text in it, sent after the session ended, is not thrown away."""
        checked = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (
                request.method == "POST"
                and "started_from" in request.POST
                and not self.has_permission(request)
            ):
                return self.sign_in_first(request)
            return checked(request, *args, **kwargs)

        return update_wrapper(inner, view)

    def sign_in_first(self, request: HttpRequest) -> HttpResponse:
        """The sign-in page, with what was sent: signing in leads back to the form."""
        request.method = "GET"
        context = {"app_path": reverse("admin:login"), "next": form_of(request), "sent": texts_sent(request)}
        response = self.login(request, context)
        response.status_code = 403
        return response

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
            "news": visits.news(user),
            "recent": report.changesets.all()[:8] if report else (),
        }
