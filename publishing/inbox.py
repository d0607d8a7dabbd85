"""The inbox: what was captured and waits, read one by one and filed with one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from papers.changes import Conflict
from papers.models import Report, Scrap, Section
from papers.scraps import ScrapState
from publishing import filing
from publishing.capture import LONGEST_CHECKED
from publishing.quoting import Said, pages_of, said
from quotes import trial

# What each key does; the same words stand on the buttons.
ACTIONS = (
    ("quote", "q", "Quotation"),
    ("prose", "p", "Prose"),
    ("event", "e", "Event"),
    ("theory", "t", "Theory"),
    ("split", "s", "Split"),
    ("join", "j", "Join with the next"),
    ("drop", "x", "Throw away"),
)
NEEDS = {"quote": "quotes.add_quote", "event": "timeline.add_timelineevent", "theory": "timeline.add_theory"}
SHOWN, UNDOABLE = 50, 10


@dataclass(frozen=True)
class Waiting:
    """A scrap and what a check says of it, where its source is known."""

    scrap: Scrap
    said: Said | None = None


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first, and what was done last, each with its undo."""
    if not request.user.has_perm("papers.change_section"):
        raise PermissionDenied
    reports = Report.objects.order_by("-content_updated_at", "pk")
    asked = request.GET.get("report", "").replace("\0", "")
    report = reports.filter(slug=asked).first() or reports.first()
    scraps = Scrap.objects.of(report) if report else Scrap.objects.none()
    page = Paginator(scraps.waiting().select_related("source"), SHOWN).get_page(request.GET.get("p"))
    done = scraps.exclude(state=ScrapState.WAITING).filter(done_at__isnull=False)
    context = {
        **admin.site.each_context(request),
        "title": "Inbox",
        "report": report,
        "page": page,
        "waiting": [_look(scrap, first=number == 0) for number, scrap in enumerate(page)],
        "done": done.order_by("-done_at", "-id")[:UNDOABLE],
        "sections": Section.objects.of(report).order_by("parent__position", "position") if report else (),
        "actions": ACTIONS,
    }
    return TemplateResponse(request, "admin/inbox.html", context)


def _look(scrap: Scrap, first: bool) -> Waiting:
    """The verdict on a selection from a known source. Only the first of a page costs a check of its own."""
    if scrap.source is None or len(scrap.text) > LONGEST_CHECKED or not (first or scrap.kind == "quote"):
        return Waiting(scrap)
    found = trial.look(scrap.source, scrap.text.strip())
    return Waiting(scrap, said(found, scrap.text, pages_of(found)))


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do` (a name of `ACTIONS`, or "undo"), `version`, and `section` (its id) where it is to stand."""
    user: Any = request.user
    scrap = get_object_or_404(Scrap.objects.select_related("report", "source"), pk=pk)
    do = request.POST.get("do", "")
    if not user.has_perm("papers.change_section") or not user.has_perm(
        NEEDS.get(do, "papers.change_section")
    ):
        raise PermissionDenied
    version = _number(request.POST.get("version", ""))
    chosen = _number(request.POST.get("section", ""))
    section = Section.objects.of(scrap.report).filter(pk=chosen).first() if chosen else None
    try:
        if chosen and section is None:
            raise Conflict("The section has been deleted meanwhile. Choose another.")
        message = _done(scrap, do, section, user, version)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, message)
    query = {"report": scrap.report.slug} | ({"section": str(chosen)} if chosen else {})
    # On to the one that comes next, so that the next key is meant for it.
    waiting = Scrap.objects.of(scrap.report).waiting()
    follows = Q(captured_at__gt=scrap.captured_at) | Q(captured_at=scrap.captured_at, pk__gte=scrap.pk)
    goes_on = waiting.filter(follows).first() or waiting.last()
    place = f"#scrap-{goes_on.pk}" if goes_on else ""
    return HttpResponseRedirect(reverse("admin:inbox", query=query) + place)


def _done(scrap: Scrap, do: str, section: Section | None, user: Any, version: int) -> str:
    """Do it, and say in words what was done."""
    match do:
        case "quote" | "event" | "theory" | "prose":
            where = f", placed in “{section}”" if section and do in ("quote", "prose") else ""
            filing.file(scrap, do, section, user, version)
            return f"Filed as {do}{where}: “{scrap}”"
        case "split":
            return f"Split into {len(scrap.split(user, version))} scraps."
        case "join":
            later = Scrap.objects.of(scrap.report).waiting()
            follows = [row for row in later if (row.captured_at, row.pk) > (scrap.captured_at, scrap.pk)][:1]
            if not follows:
                raise ValidationError("This is the last scrap: there is none to join it with.")
            scrap.join(follows, user, version)
            return "Two scraps are one."
        case "drop":
            scrap.drop(user, version)
            return f"Thrown away: “{scrap}”. Undo brings it back."
        case "undo":
            more = filing.undo(scrap, user, version)
            return f"It waits again: “{scrap}” {more}".strip()
    raise ValidationError("Press one of the buttons: that is nothing one can do with a scrap.")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
