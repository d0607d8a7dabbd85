"""Private texts: compared with what is public, shared by a link that ends, or thrown away."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from papers.comparing import compare
from papers.models import PrivateText, Section, Visibility
from papers.private import LINK_DAYS, BadLink
from publishing import assemble, page
from publishing.views import fresh, picture_size


@require_http_methods(["GET", "HEAD", "POST"])
def private(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Private against public, word by word; POST `do`: "revoke" the links, or "drop" the text (`version`)."""
    if not request.user.has_perm("papers.change_section"):
        raise PermissionDenied
    kept = get_object_or_404(PrivateText.objects.select_related("report", "section"), pk=pk)
    if request.method == "POST":
        if request.POST.get("do") == "revoke":
            kept.take_back()
            messages.success(request, "The links made so far show nothing any more.")
        elif request.POST.get("do") == "drop":
            if kept.published(_number(request.POST.get("version", ""))):
                messages.success(request, f"{kept} is thrown away.")
                return HttpResponseRedirect(reverse("admin:index"))
            messages.error(request, "Nothing is thrown away: somebody has gone on with it. Look at it again.")
        return HttpResponseRedirect(reverse("admin:private", args=[pk]))
    section = kept.section
    hidden = section is None or not _public(section)
    context = {
        **admin.site.each_context(request),
        "title": str(kept),
        "kept": kept,
        "section": section,
        "comparison": compare(section.body if section else "", kept.body),
        "moved": section is not None and section.row_version != kept.started_from,
        "days": LINK_DAYS,
        "link": ""
        if hidden
        else str(settings.SITE_URL or f"{request.scheme}://{request.get_host()}")
        + reverse("private-preview", args=[kept.report.slug, kept.link()]),
    }
    return TemplateResponse(request, "admin/private.html", context)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _public(section: Section) -> bool:
    parent = section.parent
    hidden = {section.report.visibility, section.visibility, parent.visibility if parent else ""}
    return Visibility.EDITORS not in hidden


@require_safe
def preview(request: HttpRequest, slug: str, signed: str) -> HttpResponseBase:
    """The report as readers would see it with a private text in its place, for whoever has the link."""
    try:
        kept = PrivateText.of_link(signed)
    except BadLink:
        kept = None
    if kept is None or kept.report.slug != slug or kept.section is None or not _public(kept.section):
        response = HttpResponse(render_to_string("private_gone.html"), status=410)
    else:
        document = assemble.document(kept.report, drafts={("section", kept.section.pk): kept.body})
        sizes = {src: size for src in page.own_pictures(document) if (size := picture_size(src))}
        context = page.page(document, sizes=sizes)
        context |= {"kept": kept, "address": str(settings.SITE_URL) + kept.report.get_absolute_url()}
        response = HttpResponse(render_to_string("private.html", context))
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return fresh(response)
