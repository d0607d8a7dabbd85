"""One thing to do, and a group of them: what the desk consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from papers.models import Report

# Of each group so many are shown, and the rest counted: a desk is read, not scrolled.
SHOWN = 20


@dataclass(frozen=True)
class Job:
    """One thing to do. `say` are words of the report, `what` and `where` ours."""

    mark: str
    link: str
    act: str
    what: str = ""
    say: str = ""
    where: str = ""
    # An address to post to at once, and what the button for it says.
    post: str = ""
    press: str = ""
    # More of it, each on a line of its own.
    lines: tuple[str, ...] = ()


@dataclass
class Group:
    """The things of one kind; `more` is the list in which those beyond the first stand."""

    name: str
    title: str
    one: str
    many: str
    more: str
    said: str = ""
    # One button for all of them: an address to post the report's id to, and what it says.
    post: str = ""
    press: str = ""
    jobs: list[Job] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.jobs)

    @property
    def shown(self) -> list[Job]:
        return self.jobs[:SHOWN]

    @property
    def rest(self) -> int:
        return max(0, len(self.jobs) - SHOWN)


def form(name: str, row: int | None) -> str:
    """The address of a row's form."""
    return reverse(f"admin:{name}_change", args=[row])


def at(link: str, line: int) -> str:
    """The form with the caret put on a line, where scripts run."""
    if not line:
        return link
    address, _, field = link.partition("#")
    return f"{address}?line={line}#{field or 'id_body'}"


def listed(name: str, report: Report, **filters: Any) -> str:
    """The address of the list of a report's rows."""
    query = urlencode({"report__id__exact": report.pk, **filters})
    return f"{reverse(f'admin:{name}_changelist')}?{query}"


def short(text: str, most: int = 90) -> str:
    """The first words of a text."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[:most].rsplit(" ", 1)[0] + " …"


@require_safe
def edit_here(request: HttpRequest, slug: str, anchor: str) -> HttpResponse:
    """Leads from a place on the page to the form it is written in; to the desk, where it has none of its own."""
    report = get_object_or_404(Report, slug=slug)
    if anchor in ("summary", "acknowledgements"):
        return HttpResponseRedirect(f"{form('papers_report', report.pk)}#id_{anchor}")
    for row in report.sections.only("anchor", "former_anchors"):
        if anchor == row.anchor or anchor in row.former_anchors:
            return HttpResponseRedirect(f"{form('papers_section', row.pk)}#id_body")
    return HttpResponseRedirect(f"{reverse('admin:index')}?{urlencode({'report': slug})}")
