"""What is to do in a report: each thing with the one form that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from papers.models import Report, Source
from publishing import assemble, document as tree, faults, quotation_jobs, rechecking
from publishing.faults import Written
from publishing.jobs import SHOWN, Group, Job, at, form, listed, short

WORDS = "No One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve".split()


@dataclass(frozen=True)
class Kind:
    """One entry of the strip: a kind of row, how many there are, its list, and the form for a new one."""

    title: str
    count: int | None
    link: str
    add: str = ""


@dataclass(frozen=True)
class Desk:
    groups: tuple[Group, ...]
    strip: tuple[Kind, ...]
    inbox: tuple[Job, ...]
    drafts: tuple[Job, ...]

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def title(self) -> str:
        count = WORDS[self.count] if self.count < len(WORDS) else f"{self.count:,}"
        return "Nothing to do" if not self.count else f"{count} thing{'s' * (self.count > 1)} to do"


def of(report: Report, user: Any) -> Desk:
    """The desk of `report`. It takes as many queries as one document, however much there is to do."""
    document = assemble.document(report, audience=assemble.EDITORS)
    texts = list(faults.texts(document))
    groups = (
        quotation_jobs.group(document, report, user),
        rechecking.group(document, report, user),
        _sections(document, report),
        _todos(texts, report),
        _undated(document, report),
        _unplaced(document, report),
        _sources(document, report),
        _copies(report, user),
        _problems(document, texts, report),
    )
    return Desk(
        groups=groups,
        strip=_strip(document, report, user),
        inbox=_of_sections(document, "inbox", lambda s: s.kind == "inbox"),
        drafts=_of_sections(document, "draft", lambda s: s.kind == "article" and s.state == "draft"),
    )


FORMS = {
    "section": "papers_section",
    "quote": "quotes_quote",
    "event": "timeline_timelineevent",
    "theory": "timeline_theory",
    "paper": "papers_paper",
    "source": "papers_source",
}


def written_in(text: Written, report: Report) -> str:
    """The form that a text is written in."""
    if text.kind:
        return form(FORMS[text.kind], text.row)
    here = reverse("admin:papers_report_change", args=[report.pk])
    return f"{here}#id_{text.field}" if text.field else here


def _sections(document: tree.Document, report: Report) -> Group:
    group = Group(
        "todo",
        "Sections to do",
        "section to do",
        "sections to do",
        listed("papers_section", report, state__exact="todo"),
        f"{document.todo_count} of {document.section_count}",
    )
    papers = document.paper_by_key
    if not document.summary:
        link = reverse("admin:papers_report_change", args=[report.pk]) + "#id_summary"
        group.jobs.append(Job("todo", link, "Write", what="Summary", where="stands first on the page"))
    for section in document.all_sections():
        if section.state == "todo":
            where = papers[section.paper].title if section.paper in papers else "about no paper in particular"
            where = "only editors see it" if section.visibility != "public" else where
            link = form("papers_section", section.row) + "#id_body"
            group.jobs.append(Job("todo", link, "Write", what=section.heading, where=where))
    return group


def _todos(texts: list[Written], report: Report) -> Group:
    group = Group(
        "inline",
        "Notes in the text",
        "note in the text",
        "notes in the text",
        listed("papers_section", report, q="TODO"),
    )
    for text in texts:
        for node in tree.walk(text.node):
            if isinstance(node, tree.Todo):
                say = f"TODO: {short(tree.plain(node.children), 140)}"
                link, where = at(written_in(text, report), node.line), f"{text.name}, line {node.line}"
                group.jobs.append(Job("todo", link, "Go to it", say=say, where=where))
    return group


def _undated(document: tree.Document, report: Report) -> Group:
    group = Group(
        "dates",
        "Events without a date",
        "event without a date",
        "events without a date",
        listed("timeline_timelineevent", report, date__isempty=1),
    )
    for event in document.events:
        if not event.date:
            link = form("timeline_timelineevent", event.row) + "#id_date"
            where = "A year is enough; “2022~” means about 2022"
            group.jobs.append(
                Job("date", link, "Set date", say=short(tree.plain(event.children)), where=where)
            )
    return group


def _unplaced(document: tree.Document, report: Report) -> Group:
    group = Group(
        "unplaced",
        "Quotations that nothing places",
        "quotation to place",
        "quotations to place",
        listed("quotes_quote", report),
    )
    for quote in document.quotes:
        if not quote.number:
            link = form("quotes_quote", quote.row)
            where = f"Readers don’t see it. Write [[quote:{quote.slug}]] where it belongs"
            group.jobs.append(Job("unchecked", link, "Open", say=f"“{short(quote.text)}”", where=where))
    return group


def _sources(document: tree.Document, report: Report) -> Group:
    group = Group(
        "sources",
        "Missing sources",
        "missing source",
        "missing sources",
        listed("quotes_quote", report, source__isempty=1),
    )
    quoted = {quote.source for quote in document.quotes}
    for source in document.sources:
        if source.kind == "post" and not source.text.strip() and source.key not in quoted:
            link = form("papers_source", source.row) + "#id_text"
            where = f"Its post isn’t kept yet: {source.url or 'it has no address either'}"
            group.jobs.append(
                Job("unchecked", link, "Add the text", what=source.title or source.key, where=where)
            )
    return group


def _copies(report: Report, user: Any) -> Group:
    """Sources whose file is not kept, or holds no text: nothing can be checked against them."""
    group = Group(
        "copies",
        "Sources to archive",
        "source to archive",
        "sources to archive",
        listed("papers_source", report, missing="copy"),
    )
    may = user.has_perm("papers.change_source")
    for source in report.sources.with_newest_copy().exclude(kind=Source.Kind.POST).order_by("key"):
        if source.copy_sha256 and not source.copy_problem:
            continue
        link, what = form("papers_source", source.pk) + "#id_upload", str(source)
        if source.copy_problem:
            group.jobs.append(Job("unchecked", link, "Upload another", what=what, where=source.copy_problem))
        elif source.url and may:
            fetch = reverse("admin:papers_source_fetch", args=[source.pk])
            where = source.url
            group.jobs.append(Job("unchecked", link, "Upload", what, "", where, fetch, "Fetch"))
        else:
            where = source.url or "It has no address: write one, or upload the file"
            group.jobs.append(Job("unchecked", link, "Upload", what=what, where=where))
    if any(job.post for job in group.jobs):
        group.post, group.press = reverse("admin:papers_source_fetch_all"), "Fetch the sources"
    return group


def _problems(document: tree.Document, texts: list[Written], report: Report) -> Group:
    """What the document itself complains of, each at the form it is written in."""
    group = Group(
        "problems", "To mend in the text", "place to mend", "places to mend", listed("papers_section", report)
    )
    by_anchor = {text.anchor: text for text in texts if text.anchor}
    for problem in document.problems:
        text = by_anchor.get(problem.anchor) or Written(problem.where, "", None)
        what = f"{text.name}, line {problem.line}" if problem.line else text.name
        link = at(written_in(text, report), problem.line)
        group.jobs.append(Job("mend", link, "Mend", what=what, where=problem.message))
    return group


def _strip(document: tree.Document, report: Report, user: Any) -> tuple[Kind, ...]:
    """Every kind this user may see, with a list and a form for a new one."""
    counts = {
        "papers.section": ("Sections", sum(1 for _ in document.all_sections())),
        "papers.paper": ("Papers", len(document.papers)),
        "papers.source": ("Sources", len(document.sources)),
        "quotes.quote": ("Quotations", len(document.quotes)),
        "timeline.timelineevent": ("Events", len(document.events)),
        "timeline.theory": ("Theories", len(document.theories)),
        "papers.picture": ("Pictures", None),
        "papers.changeset": ("Changes", report.version),
    }
    strip = []
    for label, (title, count) in counts.items():
        app, model = label.split(".")
        if not (user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")):
            continue
        add = ""
        if model not in ("picture", "changeset") and user.has_perm(f"{app}.add_{model}"):
            add = reverse(f"admin:{app}_{model}_add") + f"?report={report.pk}"
        strip.append(Kind(title, count, listed(f"{app}_{model}", report), add))
    return tuple(strip)


def _of_sections(document: tree.Document, mark: str, wanted: Any) -> tuple[Job, ...]:
    found = [section for section in document.all_sections() if wanted(section)]
    return tuple(Job(mark, form("papers_section", s.row), "Open", what=s.heading) for s in found[:SHOWN])
