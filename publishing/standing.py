"""What a section counts as, and who may see it, changed on the report's page itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from papers.changes import Conflict
from papers.models import Report, Section, SectionState, Visibility
from publishing.models import Edition


@dataclass(frozen=True)
class Control:
    """One section's small form. `visibilities` is empty for those who may not say who sees it."""

    address: str
    version: int
    state: str
    visibility: str
    states: Sequence[tuple[str, str]]
    visibilities: Sequence[tuple[str, str]]
    said: tuple[Message, ...] = ()

    @property
    def refused(self) -> bool:
        return any(message.level_tag == "error" for message in self.said)


@dataclass(frozen=True)
class Steering:
    """What an editor's page has beside the readers': forms by section, their token, and what is to be said."""

    controls: Mapping[int, Control] = field(default_factory=lambda: MappingProxyType({}))
    token: str = ""
    told: tuple[Message, ...] = ()


NONE = Steering()


def steering(request: HttpRequest, report: Report) -> Steering:
    """The forms of this report's sections for whoever asks, in one query. Takes what waits to be said to them."""
    told = list(messages.get_messages(request)) if request.method == "GET" else []
    if not request.user.has_perm("papers.change_section"):
        return Steering(told=tuple(told))
    visibilities = Visibility.choices if request.user.has_perm("papers.set_visibility") else []
    controls = {}
    for row in Section.objects.of(report).values("pk", "row_version", "state", "visibility"):
        said = tuple(message for message in told if message.extra_tags == _tag(row["pk"]))
        controls[row["pk"]] = Control(
            address=reverse("admin:standing", args=[report.pk, row["pk"]]),
            version=row["row_version"],
            state=row["state"],
            visibility=row["visibility"],
            states=SectionState.choices,
            visibilities=visibilities,
            said=said,
        )
    elsewhere = tuple(m for m in told if not any(m in control.said for control in controls.values()))
    return Steering(controls, get_token(request) if controls else "", elsewhere)


def _tag(pk: int) -> str:
    return f"section-{pk}"


@require_http_methods(["GET", "HEAD", "POST"])
def set_standing(request: HttpRequest, report_id: int, pk: int) -> HttpResponse:
    """POST `version`, and `state`, `visibility` or both: one step, and back to the section on the page.

    A GET, to which signing in again leads, says that nothing was changed.
    """
    if not request.user.has_perm("papers.change_section"):
        raise PermissionDenied
    report = get_object_or_404(Report, pk=report_id)
    section = Section.objects.of(report).filter(pk=pk).first()
    if section is None:
        messages.error(request, "That section has been deleted meanwhile, so nothing was changed.")
        return redirect(report)
    section.report = report
    chosen = {name: request.POST[name] for name in ("state", "visibility") if name in request.POST}
    if "visibility" in chosen and not request.user.has_perm("papers.set_visibility"):
        raise PermissionDenied
    version = request.POST.get("version", "")
    try:
        if not chosen or not (version.isascii() and version.isdecimal() and len(version) < 10):
            raise ValidationError("The choice was lost on the way, perhaps since you had to sign in.")
        words = section.set_standing(request.user, int(version), **chosen)
    except Conflict as conflict:
        _say(request, messages.ERROR, section, f"{conflict} Nothing was changed: look, and choose again.")
    except ValidationError as error:
        _say(
            request, messages.ERROR, section, f"{' '.join(error.messages)} Nothing was changed: choose again."
        )
    else:
        _say(request, messages.SUCCESS, section, f"Set: {words}." if words else "It was so already.")
        if chosen.get("visibility") == Visibility.EDITORS and (still := Edition.objects.showing(section)):
            numbers = ", ".join(str(edition.number) for edition in still)
            _say(
                request,
                messages.WARNING,
                section,
                f"Edition {numbers} still shows it, and never changes: withdraw it, or take the text out for good.",
            )
    return redirect(section)


def _say(request: HttpRequest, level: int, section: Section, words: str) -> None:
    messages.add_message(request, level, words, extra_tags=_tag(section.pk))
