"""Quoting while one writes: the verdict on words that are typed or pasted, and a quotation made of them.

The two addresses that answer to typing write nothing; `keep` makes one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from papers.changes import change
from papers.editing import editors_post, refused
from papers.forms import propose_handle
from papers.models import Report, Section, Source
from publishing import document as tree, in_text, verdicts
from quotes import trial
from quotes.mends import Mend, Shown, around, pages_in_words, parted, shown
from quotes.models import Quote, Verdict

MOST_WORDS = 100_000  # characters; a quotation is shorter than a book
MOST_SHOWN = 5  # differences


@dataclass(frozen=True)
class Said:
    """A verdict for a template: the check as the page has it, and what one click can do."""

    check: tree.Check
    source: Source | None = None
    mends: tuple[Mend, ...] = ()
    shown: tuple[Shown, ...] = ()
    page: str = ""

    @property
    def shape(self) -> str:
        return verdicts.shape(self.check)

    @property
    def badge(self) -> str:
        return verdicts.badge(self.check)

    @property
    def notes(self) -> list[str]:
        """What else an editor should know, in words."""
        found = [verdicts.FAULTS.get(fault, fault) for fault in self.check.faults]
        found += [f"{note[:1].upper()}{note[1:]}." for note in verdicts.warnings(self.check, self.page)]
        if self.check.from_passage:
            found.append("Checked against the recorded passage; the file is not here.")
        return found


def said(look: trial.Look, words: str, page: str) -> Said:
    """`look` as a template shows it. `words` and `page` are what was checked."""
    result = look.result
    paged = look.paged and bool(result.pages)
    check = tree.Check(
        verdict=result.verdict,
        reason=result.reason,
        edits=result.edits,
        faults=result.faults,
        warnings=result.warnings,
        pages=result.pages if paged else (),
        labels=result.labels if paged else (),
        differences=tuple(tree.Difference(d.source, d.quoted, d.before, d.after) for d in result.differences),
        omitted=result.omitted,
        matched=result.matched,
        passage=result.passage,
        sha256=look.sha256,
        taken=look.taken,
        from_passage=look.from_passage,
    )
    parts = [shown(words, difference) for difference in check.differences[:MOST_SHOWN]]
    if "line_end_hyphen" in check.warnings:
        found = parted(words, check.matched)[:MOST_SHOWN]
        parts += [around(words, start, end, whole) for start, end, whole in found]
    return Said(check, look.source, look.mends(words, page), tuple(parts), page)


def pages_of(look: trial.Look) -> str:
    """The page to write beside the words: "6–7"; "" where the source has none."""
    return pages_in_words(look.result.pages, look.result.labels) if look.paged else ""


# ------------------------------------------------------------------ what scripts ask


@editors_post
def verdict(request: HttpRequest) -> HttpResponse:
    """POST `report`, `source` (its id or key), `words`, `page`: {"html"}, the verdict with its mends.

    With `any_page`, the page is the one where the words are found.
    """
    report, problem = _report(request, "quotes.change_quote", "quotes.add_quote")
    if report is None:
        return problem
    words, page = _words(request), request.POST.get("page", "")[:60]
    if not words:
        return JsonResponse({"html": ""})
    look = trial.look(_source(report, request.POST.get("source", "")), words, page)
    found = said(look, words, pages_of(look) if request.POST.get("any_page") else page)
    return JsonResponse({"html": render_to_string("admin/verdict.html", {"said": found})})


@editors_post
def find(request: HttpRequest) -> HttpResponse:
    """POST `report`, `words`: {"html"}, in which of the report's sources they stand, ready to be inserted."""
    report, problem = _report(request, "papers.change_section", "papers.add_section", "quotes.add_quote")
    if report is None:
        return problem
    words = _words(request)
    if not words:
        return JsonResponse({"html": ""})
    look, searched = trial.search(report, words)
    context: dict[str, Any] = {"searched": searched, "unsearched": report.sources.count() - searched}
    if look is not None and look.source is not None:
        page = pages_of(look)
        key = look.source.paper.key if look.source.paper else ""
        context["said"] = said(look, words, page)
        judged = look.result.verdict != Verdict.UNCHECKED
        context["insert"] = in_text.as_citation(words, key, page) if key and judged else ""
        context["row"] = {"source": look.source.key, "page": page}
        context["may_keep"] = look.result.passes and request.user.has_perm("quotes.add_quote")
    return JsonResponse({"html": render_to_string("admin/found.html", context)})


@editors_post
def keep(request: Any) -> HttpResponse:
    """POST `report`, `source` (key), `words`: a new quotation of words that pass, with their page.

    {"insert": "[[quote:slug]]", "said": the verdict}; else what the check says, and nothing is kept.
    """
    report, problem = _report(request, "quotes.add_quote")
    if report is None:
        return problem
    source = _source(report, request.POST.get("source", ""))
    if source is None:
        return refused("The source isn't there any more. Search again.", 404)
    words = _words(request)
    if not words:
        return refused("Nothing was quoted: paste the words first.")
    # What was shown is an hour old, or was typed over since: the words are looked for again.
    look = trial.look(source, words)
    page = pages_of(look)
    badge = said(look, words, page).badge
    if not look.result.passes:
        say = f"Nothing was quoted. The check says: {badge}. Take the source’s words, or paste them again."
        return refused(say)
    try:
        quote = quote_this(source, words, page, request.user)
    except ValidationError as error:
        return refused(" ".join(error.messages))
    return JsonResponse({"insert": f"[[quote:{quote.slug}]]", "slug": quote.slug, "said": badge})


# ------------------------------------------------------------------ a quotation made


def quote_this(source: Source, words: str, page: str, who: Any, section: Section | None = None) -> Quote:
    """A new quotation of `source`; with `section`, it is placed at the end of its text, in the same change.

    Raises `ValidationError` for words that can't be a quotation.
    """
    report = source.report
    note = f"Quoted from {source}: “{' '.join(words.split()[:6])} …”"
    quote = Quote(report=report, source=source, text=words, locator=page)
    with change(report, who, note):
        quote.slug = propose_handle(Quote, report, words)  # under the lock: nobody takes it in between
        quote.full_clean()
        quote.save()
        if section is not None:
            placed = section.stored()
            if placed is None:
                raise ValidationError(f"“{section}” has been deleted meanwhile. Choose another section.")
            placed.write(f"{placed.body}\n\n[[quote:{quote.slug}]]".strip("\n"))
            placed.full_clean()
            placed.save()
    return quote


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "").replace("\0", "").replace("\r\n", "\n").strip()[:MOST_WORDS]


def _source(report: Report, name: str) -> Source | None:
    """The source with this id or key. A list of choices sends ids, a typed field keys."""
    rows = report.sources.select_related("paper", "report")
    found: Source | None = rows.filter(key=name.replace("\0", "")).first()
    if found is None and name.isdecimal() and len(name) < 19:
        found = rows.filter(pk=int(name)).first()
    return found


def _report(request: Any, *rights: str) -> tuple[Report | None, HttpResponse]:
    """The report that was named, for somebody who has one of `rights`; else the refusal."""
    if not any(request.user.has_perm(right) for right in rights):
        return None, refused("Your account may not do this. Ask whoever runs this site.", 403)
    name = request.POST.get("report", "")
    report = Report.objects.filter(pk=int(name)).first() if name.isdecimal() and len(name) < 19 else None
    return report, refused("The report isn't there any more. Copy your text before you leave.", 404)
