"""What waits for a section beside its text: quotations, scraps and notes, each ready to be inserted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from papers.models import Scrap, Section
from publishing import document as tree, filing, markdown, verdicts
from publishing.checks import Checks
from publishing.jobs import at, form, listed, short
from publishing.markdown.inlines import EMBED
from quotes.models import Quote
from timeline.models import Evidence, Theory, TimelineEvent

SHOWN = 20  # of each kind; the rest is counted, and a click away
LONGEST = 20_000  # characters of a scrap that the form carries
FIELD = Scrap.USED


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


def waiting_for(
    section: Section, sent: Mapping[str, str] | None = None, body: str | None = None
) -> list[Pieces]:
    """All that waits for `section`, by kind; kinds of which there is nothing are left out.

    `sent` is the form as it came back from a save that was refused: what was ticked stays so. `body` is the
    text in the form, where that is not the stored one. The texts of the report are searched, not parsed: what
    a form costs does not grow with the report, but for their length. Some 12 queries, whatever the size.
    """
    mine = _Mine(section, section.body if body is None else body)
    texts = list(_texts(section))
    kinds = [_quotations(mine, texts), _scraps(section, sent or {}), _notes(mine, texts), _paper(mine)]
    return [kind for kind in kinds if kind.shown]


class _Mine:
    """The section and the text in its form, parsed."""

    def __init__(self, section: Section, body: str) -> None:
        self.section, self.paper = section, section.paper
        self.key = self.paper.key if self.paper else ""
        self.body = markdown.parse(body, keys={self.key} if self.key else ())


@dataclass(frozen=True)
class _Text:
    """A text of the report: its form, its name, and its Markdown. `section` is the row of one."""

    name: str
    body: str
    link: str
    section: int | None = None


def _texts(section: Section) -> Iterator[_Text]:
    """The texts in which a quotation can be placed, those that readers see first on top."""
    report = section.report
    own = form("papers_report", report.pk)
    yield _Text("the summary", report.summary, f"{own}#id_summary")
    for pk, heading, body in Section.objects.of(report).values_list("pk", "heading", "body"):
        yield _Text(f"“{heading}”", body, form("papers_section", pk), pk)
    yield _Text("the acknowledgements", report.acknowledgements, f"{own}#id_acknowledgements")
    for pk, title, body in Theory.objects.of(report).values_list("pk", "title", "body"):
        yield _Text(f"“{title}”", body, form("timeline_theory", pk))
    for pk, text in TimelineEvent.objects.of(report).filter(text__contains="[[").values_list("pk", "text"):
        yield _Text("the timeline", text, form("timeline_timelineevent", pk))
    notes = Evidence.objects.filter(theory__report=report).filter(
        Q(note__contains="[[") | Q(quote__isnull=False)
    )
    for pk, title, note, slug in notes.values_list("theory", "theory__title", "note", "quote__slug"):
        placed = f"{note}\n[[quote:{slug}]]" if slug else note
        yield _Text(f"“{title}”", placed, form("timeline_theory", pk))


def _quotations(mine: _Mine, texts: Iterable[_Text]) -> Pieces:
    """Those of the section's paper that its text does not have, then those that nothing places."""
    report = mine.section.report
    placed: dict[str, str] = {}
    for text in texts:
        if text.section != mine.section.pk:
            for found in EMBED.finditer(text.body):
                if found["kind"] == "quote":
                    placed.setdefault(found["slug"], text.name)
    here = {n.slug for n in tree.walk(mine.body) if isinstance(n, tree.QuoteBlock | tree.QuoteWords)}
    own: list[int] = []
    others: list[int] = []
    where: dict[int, str] = {}
    rows = Quote.objects.of(report).values_list("pk", "slug", "former_slugs", "source__paper")
    for pk, slug, former, paper in rows:
        names = [slug, *former]
        if here.intersection(names):
            continue
        where[pk] = next((placed[name] for name in names if name in placed), "")
        if mine.paper and paper == mine.paper.pk:
            own.append(pk)
        elif not where[pk]:
            others.append(pk)
    every = [*own, *others]
    quotes = {q.pk: q for q in Quote.objects.filter(pk__in=every[:SHOWN]).select_related("source")}
    shown = [quotes[pk] for pk in every[:SHOWN]]
    used = {q.source_id for q in shown if q.source_id}
    of_works = Q(pk__in=used) | Q(paper__in={q.source.paper_id for q in shown if q.source})
    sources = report.sources.with_newest_copy().filter(of_works) if used else ()
    checks = Checks(report, sources, only=[quote.text for quote in shown])
    pieces = tuple(_quotation(quote, checks, where[quote.pk]) for quote in shown)
    return Pieces("quotations", "Quotations", pieces, len(every) - SHOWN, listed("quotes_quote", report))


def _quotation(quote: Quote, checks: Checks, stands: str) -> Piece:
    check = checks.of(quote.text, quote.locator, quote.source_id)
    parts = [str(quote.source or "no source"), f"p. {quote.locator}" if quote.locator else ""]
    parts.append(f"stands in {stands}" if stands else "")
    blocks: Any = markdown.parse_quotation(quote.text)
    words = " ".join(filter(None, (tree.plain((block,)) for block in blocks))) or quote.text
    return Piece(
        words=f"“{words}”",
        insert=f"[[quote:{quote.slug}]]",
        where=", ".join(filter(None, parts)),
        badge=verdicts.badge(check),
        shape=verdicts.shape(check),
        link=form("quotes_quote", quote.pk),
        act="Open",
    )


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


def _notes(mine: _Mine, texts: Iterable[_Text]) -> Pieces:
    """Notes of what is to be added: in this text, and those elsewhere that name this section or its paper."""
    pieces = [
        Piece(tree.plain(node.children), where=f"line {node.line}", line=node.line)
        for node in tree.walk(mine.body)
        if isinstance(node, tree.Todo)
    ]
    names = {("section", name) for name in (mine.section.anchor, *mine.section.former_anchors)}
    names |= {("paper", mine.key)} if mine.key else set()
    for text in texts:
        # Parsed is only what can have such a note: the word, and a name.
        may = "todo" in text.body.lower() and any(name in text.body for _, name in names)
        if text.section == mine.section.pk or not may:
            continue
        for node in tree.walk(markdown.parse(text.body, keys={mine.key} if mine.key else ())):
            if isinstance(node, tree.Todo) and _speaks_of(node, names, mine.key):
                link = at(text.link, node.line)
                pieces.append(
                    Piece(tree.plain(node.children), where=f"in {text.name}", link=link, act="Go to it")
                )
    return Pieces("notes", "Notes", tuple(pieces[:SHOWN]), len(pieces) - SHOWN)


def _speaks_of(node: tree.Todo, names: Collection[tuple[str, str]], key: str) -> bool:
    """Whether a note links to one of `names`, or cites the paper `key`."""
    return any(
        (isinstance(n, tree.Target) and (n.kind, n.slug) in names)
        or (isinstance(n, tree.CiteItem) and bool(key) and n.key == key)
        for n in tree.walk(node)
    )


def _paper(mine: _Mine) -> Pieces:
    """The section's paper, to be cited, until the text does so."""
    cited = {node.key for node in tree.walk(mine.body) if isinstance(node, tree.CiteItem)}
    if mine.paper is None or mine.key in cited:
        return Pieces("paper", "", ())
    who = ", ".join(filter(None, [mine.paper.authors, mine.paper.year]))
    return Pieces("paper", "Its paper", (Piece(mine.paper.title, insert=f"[@{mine.key}]", where=who),))
