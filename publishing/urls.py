"""Addresses of everything that is public. They come last: a report's slug is the whole first part."""

from django.urls import path, re_path

from publishing import (
    capture,
    copies,
    edition_views,
    history_views,
    private_views,
    quotation_views,
    source_views,
    views,
)

urlpatterns = [
    path("", views.reports, name="reports"),
    path("robots.txt", views.robots),
    path("favicon.ico", views.favicon),
    path("media/<str:slug>/<str:name>", views.picture, name="picture"),
    re_path(r"^(?P<slug>[^/]+)\.(?P<format>pdf|md|json)$", views.export, name="export"),
    path("<str:slug>/preview/<str:signed>/", private_views.preview, name="private-preview"),
    path("capture/", capture.capture, name="capture"),
    path("methods/", quotation_views.methods, name="methods"),
    path("<str:slug>/", views.report, name="report"),
    path("<str:slug>/sources/<int:pk>/", source_views.source, name="source"),
    path(
        "<str:slug>/sources/<int:pk>/file/<str:sha256>/page-<int:number>.webp",
        source_views.page,
        name="source-page",
    ),
    path("<str:slug>/sources/<int:pk>/file", copies.source_file),
    path("<str:slug>/sources/<int:pk>/file/<str:sha256>", copies.source_file, name="source-file"),
    path("<str:slug>/editions/", edition_views.editions, name="editions"),
    path("<str:slug>/editions/<int:number>/", edition_views.edition, name="edition"),
    path("<str:slug>/editions/<int:number>/changes/", edition_views.edition_diff, name="edition-diff"),
    path(
        "<str:slug>/editions/<int:number>/changes.json", edition_views.edition_changed, name="edition-changes"
    ),
    path("<str:slug>/editions/<int:number>.<str:format>", edition_views.edition_file, name="edition-file"),
    path("<str:slug>/quotes/", quotation_views.quotations_list, name="quotations"),
    path("<str:slug>/quotes/<str:name>/", quotation_views.quotation, name="quotation"),
    path("<str:slug>/quotes/<str:name>/passage-<int:number>.webp", quotation_views.passage, name="passage"),
    path("<str:slug>/history/", history_views.report_history, name="history"),
    path("<str:slug>/at/<int:version>/", history_views.report_at, name="at"),
    path("<str:slug>/diff/", history_views.choose_diff, name="choose_diff"),
    path("<str:slug>/diff/<int:a>/<int:b>/", history_views.report_diff, name="diff"),
]
