"""What a text can name: the works that `[@` cites, and the parts that `[[` links or places.

One small list for a report, which the editor's script searches by itself while somebody types.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from papers.editing import refused
from papers.models import Paper, Picture, Report, Section, Source
from papers.pictures import described
from publishing.preview import MODELS
from quotes.models import Quote
from timeline.models import Theory, TimelineEvent

MOST_WORDS = 160  # characters of a quotation or event that are sent: enough to know and to find it
MOST_PICTURES = 200  # the newest; older ones are named by copying


@require_safe
def names(request: HttpRequest, report_id: int) -> HttpResponse:
    """GET: {"names": [{"kind", "name", "title", "more"}]} of a report; 304 where `If-None-Match` still holds.

    403 and 404 come with {"error": reason}. The answer is never stored: what is for editors only is in it.
    """
    if not may_write(request.user):
        return refused("Your account may not write here. Ask whoever runs this site.", 403)
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        return refused("The report of this text isn't there any more.", 404)
    pictures = Picture.objects.filter(report=report).aggregate(last=Max("pk"), count=Count("pk"))
    etag = f'"{report.pk}-{report.stamp}-{pictures["last"]}-{pictures["count"]}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = JsonResponse({"names": names_of(report)})
    response["ETag"] = etag
    return response


def may_write(user: Any) -> bool:
    """Whether the user may change or add any row with a text in it."""
    rights = (
        f"{m._meta.app_label}.{do}_{m._meta.model_name}" for m in MODELS.values() for do in ("change", "add")
    )
    return any(user.has_perm(right) for right in rights)


def names_of(report: Report) -> list[dict[str, str]]:
    """Every name a text of this report can use, in the order of the page. Seven queries, whatever the size.

    `kind` is that of `[[kind:name]]`, or "picture", whose name is its address. `more` is what else it is
    found by: of a paper its authors, year and the texts it has; of a quotation its source.
    """
    sources = {row["pk"]: row for row in Source.objects.of(report).values("pk", "key", "title", "paper")}
    texts: dict[int, list[str]] = {}
    for source in sources.values():
        texts.setdefault(source["paper"], []).append(f"{source['title']} ({source['key']})".strip())
    found = []
    for row in Paper.objects.of(report).values("pk", "key", "title", "authors", "year"):
        more = [row["authors"], row["year"], *texts.get(row["pk"], ())]
        found.append(_name("paper", row["key"], row["title"], *more))
    # As they stand on the page: each before its own second level.
    sections = list(Section.objects.of(report).values("pk", "parent", "anchor", "heading"))
    for above in (row for row in sections if row["parent"] is None):
        found.append(_name("section", above["anchor"], above["heading"]))
        below = (row for row in sections if row["parent"] == above["pk"])
        found += [_name("section", row["anchor"], row["heading"], above["heading"]) for row in below]
    for row in Quote.objects.of(report).values("slug", "text", "attribution", "source"):
        source = sources.get(row["source"], {})
        more = [row["attribution"], source.get("title") or source.get("key") or ""]
        found.append(_name("quote", row["slug"], row["text"], *more))
    for row in TimelineEvent.objects.of(report).values("slug", "text", "date"):
        found.append(_name("event", row["slug"], row["text"], row["date"]))
    for row in Theory.objects.of(report).values("slug", "title"):
        found.append(_name("theory", row["slug"], row["title"]))
    found += [_name("timeline", "", "All events"), _name("theories", "", "All theories")]
    for picture in Picture.objects.filter(report=report).order_by("-pk")[:MOST_PICTURES]:
        picture.report = report  # its address has the report's, which is at hand
        found.append(_name("picture", picture.get_absolute_url(), described(picture.name), picture.name))
    return found


def _name(kind: str, name: str, title: str, *more: str) -> dict[str, str]:
    words = " ".join(title.split())
    if len(words) > MOST_WORDS:
        words = f"{words[: MOST_WORDS - 1]}…"
    return {"kind": kind, "name": name, "title": words, "more": ", ".join(part for part in more if part)}
