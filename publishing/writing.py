"""What waits for a section beside its text: quotations, scraps and notes, each ready to be inserted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from papers.models import Scrap, Section
from publishing import assemble, document as tree, faults, filing, verdicts
from publishing.jobs import at, form, listed, short

SHOWN = 20  # of each kind; the rest is counted, and a click away
LONGEST = 20_000  # characters of a scrap that the form carries


@dataclass(frozen=True)
class Piece:
    """One thing that waits. `insert` is what one click puts into the text ("" if nothing), `words` what it says.

    `field` is the box that, ticked, counts a scrap as filed when the form is saved, and `version` its value.
    """

    words: str
    insert: str = ""
    where: str = ""
    badge: str = ""
    shape: str = ""
    link: str = ""
    act: str = ""
    line: int = 0
    field: str = ""
    version: str = ""
    ticked: bool = False


@dataclass(frozen=True)
class Pieces:
    """Those of one kind; `rest` are more, to be found at `more`."""

    name: str
    title: str
    shown: tuple[Piece, ...]
    rest: int = 0
    more: str = ""


def waiting_for(section: Section, sent: Mapping[str, str] | None = None) -> list[Pieces]:
    """All that waits for `section`, by kind; kinds of which there is nothing are left out.

    `sent` is the form as it came back from a save that was refused: what was ticked stays so. Takes the
    queries of one document, and three.
    """
    document = assemble.document(section.report, audience=assemble.EDITORS)
    mine = next((s for s in document.all_sections() if s.row == section.pk), None)
    kinds = [
        _quotations(document, section, mine),
        _scraps(section, sent or {}),
        _notes(document, section, mine),
        _paper(document, section, mine),
    ]
    return [kind for kind in kinds if kind.shown]


def _placed_in(document: tree.Document) -> dict[str, tuple[int | None, str]]:
    """Of each quotation that the text places, by slug: the section (its row and heading) that does so first."""
    found: dict[str, tuple[int | None, str]] = {}
    by_slug = document.quote_by_slug
    bodies: list[tuple[int | None, str, tree.Body]] = [(None, "the summary", document.summary)]
    bodies += [(s.row, f"“{s.heading}”", s.body) for s in document.all_sections()]
    bodies += [(None, f"“{theory.title}”", theory.body) for theory in document.theories]
    for row, name, body in bodies:
        for node in tree.walk(body):
            if isinstance(node, tree.QuoteBlock | tree.QuoteWords) and node.slug in by_slug:
                found.setdefault(by_slug[node.slug].slug, (row, name))
    return found


def _quotations(document: tree.Document, section: Section, mine: tree.Section | None) -> Pieces:
    """Those of the section's paper that its text does not have, then those that nothing places."""
    here = (
        {node.slug for node in tree.walk(mine.body) if isinstance(node, tree.QuoteBlock | tree.QuoteWords)}
        if mine
        else set()
    )
    paper = mine.paper if mine else ""
    titles = {source.key: source.title or source.key for source in document.sources}
    papers = {source.key: source.paper for source in document.sources}
    placed = _placed_in(document)
    own: list[Piece] = []
    others: list[Piece] = []
    for quote in document.quotes:
        if here & {quote.slug, *quote.former_slugs}:
            continue
        of_paper = bool(paper) and papers.get(quote.source) == paper
        if not of_paper and quote.number:
            continue
        check = verdicts.check_of(quote)
        where = [titles.get(quote.source, "no source"), f"p. {quote.locator}" if quote.locator else ""]
        where.append(f"stands in {placed[quote.slug][1]}" if quote.slug in placed else "")
        piece = Piece(
            words=f"“{_said(quote)}”",
            insert=f"[[quote:{quote.slug}]]",
            where=", ".join(filter(None, where)),
            badge=verdicts.badge(check),
            shape=verdicts.shape(check),
            link=form("quotes_quote", quote.row),
            act="Open",
        )
        (own if of_paper else others).append(piece)
    every = (*own, *others)
    return Pieces(
        "quotations", "Quotations", every[:SHOWN], len(every) - SHOWN, listed("quotes_quote", section.report)
    )


def _said(quote: tree.Quote) -> str:
    """The words as one reads them, without their Markdown."""
    words: Any = quote.blocks
    return " ".join(filter(None, (tree.plain((block,)) for block in words))) or quote.text


def _scraps(section: Section, sent: Mapping[str, str]) -> Pieces:
    """Scraps of the section's paper first, then the others, the oldest first."""
    waiting = Scrap.objects.of(section.report).waiting().select_related("source__paper")
    # One that was used in a form that came back stays in sight, though others came before it.
    kept = [name.rpartition("-")[2] for name in sent if name.startswith(f"{FIELD}-")]
    rows = list(waiting.filter(pk__in=[int(pk) for pk in kept if pk.isdecimal() and len(pk) < 19]))
    if section.paper_id:
        rows += waiting.filter(source__paper=section.paper_id)[: SHOWN + 1]
    rows += waiting[: SHOWN + 1]
    rows = list({row.pk: row for row in rows}.values())[:SHOWN]
    inbox = reverse("admin:inbox", query={"report": section.report.slug, "section": section.pk})
    pieces = []
    for row in rows:
        where = [row.title or row.origin, row.captured_by, f"{row.captured_at:%-d %B}"]
        carried = len(row.text) <= LONGEST
        pieces.append(
            Piece(
                words=row.text if carried else short(row.text, 400),
                insert=filing.as_prose(row) if carried else "",
                where=", ".join(filter(None, where)),
                badge=row.get_kind_display() if row.kind != Scrap.Kind.SCRAP else "",
                link=f"{inbox}#scrap-{row.pk}",
                act="File it from the inbox",
                field=f"{FIELD}-{row.pk}" if carried else "",
                version=str(row.version),
                ticked=f"{FIELD}-{row.pk}" in sent,
            )
        )
    rest = waiting.count() - len(pieces) if len(pieces) == SHOWN else 0
    return Pieces("scraps", "Scraps", tuple(pieces), rest, inbox)


FIELD = Scrap.USED


def _notes(document: tree.Document, section: Section, mine: tree.Section | None) -> Pieces:
    """Notes of what is to be added: in this text, and those elsewhere that name this section or its paper."""
    pieces = []
    for text in faults.texts(document):
        is_mine = text.kind == "section" and text.row == section.pk
        for node in tree.walk(text.node):
            if not isinstance(node, tree.Todo) or not (is_mine or mine and _names(node, mine)):
                continue
            words = tree.plain(node.children)
            if is_mine:
                pieces.append(Piece(words, where=f"line {node.line}", line=node.line))
            else:
                kind = {"section": "papers_section", "theory": "timeline_theory"}.get(text.kind, "")
                link = at(form(kind, text.row), node.line) if kind else ""
                pieces.append(Piece(words, where=f"in “{text.name}”", link=link, act="Go to it"))
    return Pieces("notes", "Notes", tuple(pieces[:SHOWN]), len(pieces) - SHOWN)


def _names(node: tree.Todo, section: tree.Section) -> bool:
    """Whether a note speaks of a section: by a link to it, or by citing its paper."""
    return any(
        (isinstance(n, tree.Target) and (n.kind, n.slug) in _handles(section))
        or (isinstance(n, tree.CiteItem) and n.key == section.paper and n.key)
        for n in tree.walk(node)
    )


def _handles(section: tree.Section) -> Iterator[tuple[str, str]]:
    yield from (("section", name) for name in (section.anchor, *section.former_anchors))
    if section.paper:
        yield "paper", section.paper


def _paper(document: tree.Document, section: Section, mine: tree.Section | None) -> Pieces:
    """The section's paper, to be cited, until the text does so."""
    paper = document.paper_by_key.get(mine.paper) if mine else None
    if paper is None or mine is None:
        return Pieces("paper", "", ())
    if any(isinstance(node, tree.CiteItem) and node.key == paper.key for node in tree.walk(mine.body)):
        return Pieces("paper", "", ())
    who = ", ".join(filter(None, [paper.authors, paper.year]))
    return Pieces("paper", "Its paper", (Piece(paper.title, insert=f"[@{paper.key}]", where=who),))
