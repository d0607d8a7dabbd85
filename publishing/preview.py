"""The preview beside a text: what the page will show, made by the page's own functions."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from papers.editing import editors_post, refused
from papers.models import Report, Section, Source
from publishing import assemble, document as tree, html, markdown, verdicts
from publishing.quoting import said
from publishing.verification import asked
from quotes import trial
from quotes.models import Quote, Reason, Verdict
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
SECONDS = 1.5  # for the checks of one preview


@editors_post
def preview(request: HttpRequest) -> HttpResponse:
    """POST `model`, `object` (id, or "" for a new row), `report` (id), `field`, `text`.

    Returns {"parts": [[line, html]], "problems": [{"line", "message"}]}; a part is a block of the text with
    the line it begins on; line 0 is the whole text, or what has no place in it. What can't be
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
    parts, problems = render(report, name, row, field, text)
    listed = [{"line": problem.line, "message": problem.message} for problem in problems]
    return JsonResponse({"parts": parts, "problems": listed})


def render(
    report: Report, name: str, row: int | None, field: str, text: str
) -> tuple[list[tuple[int, str]], list[tree.Problem]]:
    """One text in its place in the report, as HTML by blocks, and what is to mend in it.

    `name` is a key of `MODELS`; `row` its id, None for a new one; `field` matters for the report only.
    """
    if name == "evidence":  # one line, read in the same way as an event
        name, row = "event", None
    key = (field, report.pk) if name == "report" else (name, row)
    document = assemble.document(report, audience=assemble.EDITORS, drafts={key: text})
    match name:
        case "report":
            anchor = field
        case "section":
            anchor = next(s.anchor for s in document.all_sections() if s.row == row)
        case _:
            by_name: dict[str, tuple[Any, ...]] = {
                "theory": document.theories, "event": document.events, "quote": document.quotes,
            }  # fmt: skip
            found: Any = next(part for part in by_name[name] if part.row == row)
            anchor = f"{name}-{found.slug}"
    document = _checked(document, report, anchor)
    problems = sorted((p for p in document.problems if p.anchor == anchor), key=lambda problem: problem.line)
    match name:
        case "report":
            return html.pieces(getattr(document, field), document), problems
        case "section":
            return html.pieces(document.section_by_anchor[anchor].body, document), problems
        case "theory":
            return html.pieces(found.body, document), problems
        case "event":
            return [(0, html.inlines(found.children, document))], problems
    return [(0, html.quote(next(q for q in document.quotes if q.row == row), document))], problems


def _checked(document: tree.Document, report: Report, anchor: str) -> tree.Document:
    """`document` with a verdict on each quotation of one text that no check was kept of: it is not saved yet.

    As many as may be waited for while somebody types; the others say that they are not checked yet.
    """
    sources: dict[str, Source] = {}
    began = time.monotonic()

    def looked(quotation: Any) -> Any:
        check = verdicts.check_of(quotation)
        here = quotation.anchor if isinstance(quotation, tree.Quote) else quotation.where
        waits = check.reason in ("", Reason.NOT_YET) and check.verdict == Verdict.UNCHECKED
        if here != anchor or not waits or time.monotonic() - began > SECONDS:
            return quotation
        if not sources:
            sources.update((source.key, source) for source in report.sources.select_related("paper"))
        words = quotation.text if isinstance(quotation, tree.Quote) else quotation.words
        pairs = [(sources[key], stated) for key, stated in asked(document, quotation) if key in sources]
        looks = [said(trial.look(source, words, stated), words, stated).check for source, stated in pairs]
        return replace(quotation, check=min(looks, key=lambda c: trial.RANK[c.verdict], default=check))

    return replace(
        document,
        quotes=tuple(map(looked, document.quotes)),
        prose=tuple(map(looked, document.prose)),
    )


def _stored(model: Any, report: Report, row: int | None) -> bool:
    return row is not None and bool(model.objects.of(report).filter(pk=row).exists())


def _id(request: HttpRequest, name: str) -> int | None:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else None
