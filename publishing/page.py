"""The reader's page: what `templates/report.html` shows, made from the document alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as percent

from django.urls import reverse
from django.utils.safestring import SafeString

from papers.passages import Shot
from publishing import document as tree, verdicts
from publishing.document import Document, walk
from publishing.html import Writer, checking, parts as html_parts
from publishing.html.markup import fragment, join, safe_href, said, tag
from publishing.masthead import counted, description, moment, section_words
from publishing.standing import Control

MOST_MARKS = 40  # sections that the masthead shows one mark each of
MOST_QUOTATIONS = 120  # quotations that it shows one mark each of
MOST_NAMED = 12  # links in one sentence of the notice

STATE_WORDS = {"todo": "to do", "draft": "draft", "done": "written", "inbox": "inbox"}


@dataclass(frozen=True)
class Part:
    """A section as the template needs it. `state` is todo, draft, done or inbox."""

    anchor: str
    heading: str
    level: int
    state: str
    empty: bool  # neither words nor sections of its own
    content: bool  # words, its own or below it
    hidden: bool
    former: SafeString
    body: SafeString
    todo: SafeString
    edit: SafeString
    control: Control | None = None
    outline: tuple[tuple[str, str], ...] = ()  # address and words of the headings within
    children: tuple[Part, ...] = ()

    @property
    def href(self) -> str:
        return fragment(self.anchor)

    @property
    def words(self) -> str:
        return STATE_WORDS[self.state]


@dataclass(frozen=True)
class Listed:
    """A paper in the summary's list."""

    key: str
    number: int
    title: str
    href: str
    details: str
    section: Part | None


@dataclass(frozen=True)
class Reference:
    """A work among the references, with the places it was cited at."""

    number: int
    key: str
    html: SafeString
    back: SafeString


def page(
    document: Document,
    *,
    report_row: int | None = None,
    sizes: Mapping[str, tuple[int, int]] | None = None,
    shots: Mapping[int, tuple[Shot, ...]] | None = None,
    own_pages: bool = True,
    controls: Mapping[int, Control] | None = None,
) -> dict[str, Any]:
    """The template's context.

    `report_row` is the report's database id: with it the page has links to the forms. `sizes`
    holds width and height in pixels of our own pictures, by address, and `shots` the pictures of
    passages by the id of their check. `own_pages`: whether quotations and sources are linked to their own pages.
    `controls` are the small forms of an editor's page, by the section's database id.
    """
    writer = Writer(
        document, edit=report_row is not None, sizes=sizes or {}, shots=shots or {}, own_pages=own_pages
    )
    # In reading order: ids go to what is written first, and the references know where each work was cited.
    writer.place = "Summary"
    summary = writer.body(document.summary)
    sections = tuple(_part(writer, section, 2, controls or {}) for section in document.sections)
    writer.place, writer.level = "Timeline", 2
    timeline = writer.timeline() if document.timeline_after else ""
    writer.place = "Theories"
    theories = writer.theories() if document.theories_after else ""
    writer.place = "Acknowledgements"
    acknowledgements = writer.body(document.acknowledgements)
    by_anchor = {part.anchor: part for part in _every(sections)}
    return {
        "document": document,
        "editing": writer.edit,
        "files": {name: reverse("export", args=[document.slug, name]) for name in ("pdf", "md", "json")},
        "description": description(document),
        "updated": moment(document.updated),
        "summary": summary,
        "summary_edit": writer.edit_link("report", report_row, "the summary", "#id_summary"),
        "title_edit": writer.edit_link("report", report_row, "the title"),
        "papers": _listed(writer, by_anchor),
        "sections": sections,
        "marks": _marks(document, sections),
        "section_words": section_words(document),
        "quotations": verdicts.summary(document),
        "verdicts": quotation_marks(document, writer.ids),
        "left": _left(document, sections),
        "first": _first_content(sections),
        "timeline": timeline,
        "theories": theories,
        "acknowledgements": acknowledgements,
        "thanks_edit": writer.edit_link("report", report_row, "the acknowledgements", "#id_acknowledgements"),
        "references": tuple(_reference(writer, paper) for paper in document.references),
    }


# --------------------------------------------------------------------------- sections


def _state(section: tree.Section) -> str:
    return "inbox" if section.kind == "inbox" else section.state


def _has_text(section: tree.Section) -> bool:
    return bool(section.body) or any(_has_text(child) for child in section.children)


def _part(writer: Writer, section: tree.Section, level: int, controls: Mapping[int, Control]) -> Part:
    anchor = writer.claim(section.anchor) or writer.free(section.anchor)
    former = writer.former("", section.former_anchors)
    writer.place = section.heading
    empty = not section.body and not section.children
    writer.outline = []
    body = writer.body(section.body, level)
    outline = tuple((fragment(name), words) for at, name, words in writer.outline if at == level + 1)
    todo = _still_to_write(writer, section) if empty else SafeString("")
    return Part(
        anchor=anchor,
        heading=section.heading,
        level=level,
        state=_state(section),
        empty=empty,
        content=_has_text(section),
        hidden=section.visibility != "public",
        former=former,
        body=body,
        todo=todo,
        edit=writer.edit_link("section", section.row, f"“{section.heading}”"),
        control=controls.get(section.row or 0),
        outline=outline,
        children=tuple(_part(writer, child, level + 1, controls) for child in section.children),
    )


def _every(parts: Iterable[Part]) -> Iterable[Part]:
    for part in parts:
        yield part
        yield from _every(part.children)


def _still_to_write(writer: Writer, section: tree.Section) -> SafeString:
    """What a section without words says: that it is empty, what it will cover, what there is for it."""
    lead = tag("strong", "To do." if section.state == "todo" else "Empty.")
    words: list[str] = [lead, " Not written yet."]
    paper = writer.paper_by_key.get(section.paper)
    if paper is not None:
        name = html_parts.short_title(paper.title)
        href = html_parts.paper_href(paper)
        what = f"paper {paper.number}" if paper.number else f"“{name}”"
        words += [" It will cover ", writer.anchor(href, what), "."]
        sources = {s.key for s in writer.document.sources if s.paper == paper.key}
        quotes = [q for q in writer.document.quotes if q.number and q.source in sources]
        if quotes:
            number = counted(len(quotes), "quotation")
            link = tag("a", number, href=fragment(f"quote-{quotes[0].slug}"))
            words += [" Collected for it so far: ", link, "."]
    words += [" ", writer.write_link(section.row, section.heading)]
    return tag("p", *words)


def _marks(document: Document, sections: tuple[Part, ...]) -> tuple[dict[str, str], ...]:
    """One mark for the summary and each section of the first level, in reading order."""
    if len(sections) + 1 > MOST_MARKS:
        return ()
    state = "done" if document.summary else "todo"
    first = {"href": "#summary", "heading": "Summary", "state": state, "words": STATE_WORDS[state]}
    rest = ({"href": p.href, "heading": p.heading, "state": p.state, "words": p.words} for p in sections)
    return (first, *rest)


def quotation_marks(document: Document, ids: Collection[str]) -> tuple[dict[str, str], ...]:
    """One mark for each quotation in reading order, good or bad, each a link to it.

    `ids` are those that the page has; what has none there is reached on its own page.
    """
    if len(document.quotations) > MOST_QUOTATIONS:
        return ()
    found = []
    for quotation in document.quotations:
        check = verdicts.check_of(quotation)
        here = quotation.anchor in ids
        found.append(
            {
                "href": fragment(quotation.anchor) if here else checking.own_page(document, quotation),
                "shape": verdicts.shape(check),
                "words": f"{quotation.number}: {verdicts.badge(check)[:1].lower()}{verdicts.badge(check)[1:]}",
            }
        )
    return tuple(found)


def _first_content(sections: tuple[Part, ...]) -> Part | None:
    """The first section with words, if empty ones stand before it."""
    for place, part in enumerate(sections):
        if part.content:
            return part if place else None
    return None


def _left(document: Document, sections: tuple[Part, ...]) -> SafeString:
    """The notice's second paragraph: how much is still to do, each a link."""
    sentences: list[str] = []
    if document.todo_count:
        links = [] if document.summary else [tag("a", "Summary", href="#summary")]
        todo = {section.anchor for section in document.todo_sections}
        links += [tag("a", p.heading, href=p.href) for p in sections if p.anchor in todo]
        sentences.append(
            join(
                [
                    f"{document.todo_count} of {counted(document.section_count, 'section')} still to do: ",
                    _listing(links),
                    ".",
                ]
            )
        )
    drafts = [tag("a", p.heading, href=p.href) for p in sections if p.state == "draft"]
    if drafts:
        sentences.append(join(["Draft: " if len(drafts) == 1 else "Drafts: ", _listing(drafts), "."]))
    inbox = [tag("a", p.heading, href=p.href) for p in sections if p.state == "inbox"]
    if inbox:
        sentences.append(join(["Not yet organised: ", _listing(inbox), "."]))
    todos = range(1, len(document.todos) + 1)
    if todos:
        notes = [tag("a", str(n), said(". note to do"), href=f"#todo-{n}") for n in todos]
        one = tag("a", "one note", href="#todo-1")
        listing = join(["In the text: ", one, " of what is to be added."])
        many = join([f"In the text: {len(notes)} notes of what is to be added (", _listing(notes), ")."])
        sentences.append(listing if len(notes) == 1 else many)
    return join(sentences, between=" ")


def _listing(links: list[SafeString]) -> SafeString:
    more = len(links) - MOST_NAMED
    if more > 1:
        return join([join(links[:MOST_NAMED], between=", "), f" and {more} more"])
    return join(links, between=", ")


# --------------------------------------------------------------------------- papers


def _listed(writer: Writer, parts: Mapping[str, Part]) -> tuple[Listed, ...]:
    sections = {s.paper: s for s in reversed(list(writer.document.all_sections())) if s.paper}
    found = []
    for paper in writer.document.papers:
        if not paper.in_summary:
            continue
        writer.claim(f"paper-{paper.key}")
        section = sections.get(paper.key)
        found.append(
            Listed(
                key=paper.key,
                number=paper.number,
                title=paper.title,
                href=safe_href(paper.url),
                details=html_parts.details(paper),
                section=parts.get(section.anchor) if section else None,
            )
        )
    return tuple(found)


def _reference(writer: Writer, paper: tree.Paper) -> Reference:
    who = f"{paper.authors} " if paper.authors else ""
    year = f"({paper.year}). " if paper.year else ""
    full_stop = "" if paper.title.endswith((".", "?", "!")) else "."
    parts: list[str] = [
        who + year if year else (who.strip() + ". " if who and not who.strip().endswith(".") else who),
        tag("i", paper.title + full_stop),
    ]
    if paper.venue:
        parts.append(f" {paper.venue.rstrip('.')}.")
    links = []
    if paper.arxiv:
        href = safe_href(f"https://arxiv.org/abs/{percent(paper.arxiv)}")
        links.append(writer.anchor(href, f"arXiv:{paper.arxiv}"))
    if paper.doi:
        links.append(writer.anchor(safe_href(f"https://doi.org/{percent(paper.doi)}"), f"doi:{paper.doi}"))
    if paper.url:
        links.append(writer.anchor(safe_href(paper.url), join([_short_address(paper.url)])))
    if links:
        parts += [" ", join(links, between=", "), "."]
    if archived := _archived(writer, paper):
        parts += [" ", archived]
    mark = "" if paper.in_summary else writer.former("", [])
    if not paper.in_summary and (name := writer.claim(f"paper-{paper.key}")):
        mark = tag("span", id=name)
    edit = writer.edit_link("paper", paper.row, f"“{html_parts.short_title(paper.title)}”")
    html = join([mark, *parts, " " if edit else "", edit])
    return Reference(paper.number, paper.key, html, _back(writer, paper))


def _archived(writer: Writer, paper: tree.Paper) -> SafeString:
    """The ways to the archived texts of a work: those that a quotation was checked against here."""
    if not writer.own_pages:
        return SafeString("")  # which of them readers may see is today's business
    quoted = {q.source for q in writer.document.quotations if q.check and checking.was_here(q.check)}
    links = [
        writer.anchor(
            reverse("source", args=[writer.document.slug, source.row]),
            f"Archived source: {source.title}" if source.title else "Archived source",
        )
        for source in writer.document.sources
        if source.paper == paper.key and source.row is not None and source.key in quoted
    ]
    return join([join(links, between=", "), "."]) if links else SafeString("")


def _short_address(url: str) -> str:
    """`example.org/…/DeepSeek_R1.pdf`: enough to know the place; the link has the whole."""
    bare = url.split("://", 1)[-1].split("?")[0].rstrip("/")
    host, _, path = bare.partition("/")
    last = path.rpartition("/")[2]
    return bare if len(bare) <= 50 else f"{host}/…/{last}" if len(last) <= 40 else host


def _back(writer: Writer, paper: tree.Paper) -> SafeString:
    """The way back from a reference: where it was cited, and that it was quoted or listed."""
    places: dict[str, list[str]] = {}
    for name, heading in writer.cited.get(paper.key, ()):
        places.setdefault(heading, []).append(name)
    links = []
    for heading, names in places.items():
        more = (tag("a", str(n), href=f"#{name}") for n, name in enumerate(names[1:MOST_NAMED], 2))
        links.append(
            join([tag("a", heading.rstrip(" :") or "text", href=f"#{names[0]}"), *more], between=" ")
        )
    facts: list[str] = []
    if links:
        facts.append(join(["Cited at ", join(links, between=", ")]))
    if paper.in_summary:
        facts.append(join(["named in the ", tag("a", "summary", href=fragment(f"paper-{paper.key}"))]))
    sources = {s.key for s in writer.document.sources if s.paper == paper.key}
    quotes = [q for q in writer.document.quotes if q.number and q.source in sources]
    if quotes:
        times = "once" if len(quotes) == 1 else f"{len(quotes)} times"
        facts.append(join(["quoted ", tag("a", times, href=fragment(f"quote-{quotes[0].slug}"))]))
    line = join(facts, between=" · ")
    return SafeString(line[:1].upper() + line[1:]) if line else line


def own_pictures(document: Document) -> tuple[str, ...]:
    """The addresses of pictures on this site that the document shows."""
    shown = (node.src for node in walk(document) if isinstance(node, tree.Image))
    return tuple(dict.fromkeys(src for src in shown if src.startswith("/") and not src.startswith("//")))
