"""The preview beside a text: what the page will show, made by the page's own functions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from papers.editing import editors_post, refused
from papers.models import Report, Section
from publishing import assemble, document as tree, html, markdown
from quotes.models import Quote
from timeline.models import Evidence, Theory, TimelineEvent

MODELS = {
    "report": Report,
    "section": Section,
    "quote": Quote,
    "event": TimelineEvent,
    "theory": Theory,
    "evidence": Evidence,
}
REPORT_TEXTS = ("summary", "acknowledgements")


@editors_post
def preview(request: HttpRequest) -> HttpResponse:
    """POST `model`, `object` (id, or "" for a new row), `report` (id), `field`, `text`.

    Returns {"html", "problems": [{"line", "message"}]}; line 0 is the whole text. What can't be
    previewed comes back as {"error": reason}: 403 without the right to change such rows, 404 if
    report or row is not there. Nothing is written.
    """
    name, field = request.POST.get("model", ""), request.POST.get("field", "")
    model = MODELS.get(name)
    if model is None or (model is Report and field not in REPORT_TEXTS):
        return refused("There is no preview for this field.")
    rights = (f"{model._meta.app_label}.{verb}_{model._meta.model_name}" for verb in ("change", "add"))
    if not any(request.user.has_perm(right) for right in rights):
        return refused("Your account may not edit this. Ask whoever runs this site.", 403)
    report = Report.objects.filter(pk=_id(request, "report") or 0).first()
    if report is None:
        return refused("The report of this text isn't there any more. Copy your text before you leave.", 404)
    row = _id(request, "object")
    if model is not Report and request.POST.get("object") and not _stored(model, report, row):
        return refused(f"This {name} isn't there any more. Copy your text before you leave.", 404)
    text = markdown.normalise(request.POST.get("text", ""))
    shown, problems = render(report, name, row, field, text)
    listed = [{"line": problem.line, "message": problem.message} for problem in problems]
    return JsonResponse({"html": shown, "problems": listed})


def render(
    report: Report, name: str, row: int | None, field: str, text: str
) -> tuple[str, list[tree.Problem]]:
    """One text in its place in the report, as HTML, and what is to mend in it.

    `name` is a key of `MODELS`; `row` its id, None for a new one; `field` matters for the report only.
    """
    if name == "report":
        document = _document(report, {(field, report.pk): text})
        body = getattr(document, field)
        return html.body(body, document), _problems(document, field)
    if name == "evidence":  # one line, read in the same way as an event
        name, row = "event", None
    document = _document(report, {(name, row): text})
    if name == "section":
        section = next(s for s in document.all_sections() if s.row == row)
        return html.body(section.body, document), _problems(document, section.anchor)
    if name == "theory":
        theory = next(t for t in document.theories if t.row == row)
        return html.body(theory.body, document), _problems(document, f"theory-{theory.slug}")
    if name == "event":
        event = next(e for e in document.events if e.row == row)
        return html.inlines(event.children, document), _problems(document, f"event-{event.slug}")
    quote = next(q for q in document.quotes if q.row == row)
    return html.quote(quote, document), _problems(document, f"quote-{quote.slug}")


def _document(report: Report, drafts: assemble.Drafts) -> tree.Document:
    return assemble.document(report, audience=assemble.EDITORS, drafts=drafts)


def _problems(document: tree.Document, anchor: str) -> list[tree.Problem]:
    """What there is to mend in the text that has this anchor, in the order of its lines."""
    return sorted((p for p in document.problems if p.anchor == anchor), key=lambda problem: problem.line)


def _stored(model: Any, report: Report, row: int | None) -> bool:
    return row is not None and bool(model.objects.of(report).filter(pk=row).exists())


def _id(request: HttpRequest, name: str) -> int | None:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else None
