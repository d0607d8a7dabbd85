"""The pages about quotations: all of a report with their verdicts, one by itself, and what a verdict means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from papers.passages import Shot
from publishing import document as tree, verdicts
from publishing.document import Document, walk
from publishing.html import Writer, checking, parts as html_parts
from publishing.html.differing import with_differences
from publishing.html.markup import breakable, fragment, join, safe_href, tag
from publishing.masthead import moment
from publishing.verdicts import Quotation
from quotes.models import Verdict

name_of = checking.name_of

MOST_WORDS = 40  # of a quotation in the list


@dataclass(frozen=True)
class Row:
    """A quotation in the list."""

    number: int
    href: str
    words: str
    badge: SafeString
    notes: str
    source: str
    place: str  # address in the report
    heading: str


def by_name(document: Document) -> dict[str, Quotation]:
    """The shown quotations by the last part of their address. A row keeps its name before all others."""
    shown = document.quotations
    # Of the same words, quoted twice, the first speaks.
    prose = {q.name: q for q in reversed(shown) if isinstance(q, tree.ProseQuote)}
    return prose | {q.slug: q for q in shown if isinstance(q, tree.Quote)}


def former_name(document: Document, name: str) -> Quotation | None:
    """The quotation that used to have this name."""
    for quotation in document.quotations:
        if isinstance(quotation, tree.Quote) and name in quotation.former_slugs:
            return quotation
    return None


# --------------------------------------------------------------------------- the list


def listing(document: Document, verdict: str = "") -> dict[str, Any]:
    """The template's context of the list; with `verdict` of those that have it."""
    found = verdicts.counts(document)
    total = sum(found.values())
    filters = [{"href": "", "words": "All", "number": total, "current": not verdict, "shape": ""}]
    for value, number in found.items():
        filters.append(
            {
                "href": f"?verdict={value}",
                "words": str(value.label),
                "number": number,
                "current": value == verdict,
                "shape": verdicts.shape(tree.Check(value)),
            }
        )
    writer = Writer(document)
    places = where_placed(document)
    rows = [
        _row(writer, quotation, places)
        for quotation in document.quotations
        if not verdict or verdicts.check_of(quotation).verdict == verdict
    ]
    return {
        "document": document,
        "filters": filters,
        "rows": rows,
        "verdict": str(Verdict(verdict).label) if verdict else "",
        "summary": verdicts.summary(document),
        "total": total,
    }


def _row(writer: Writer, quotation: Quotation, places: Mapping[str, tuple[str, str]]) -> Row:
    check = verdicts.check_of(quotation)
    words = verdicts.plain_words(quotation).split()
    anchor, heading = places.get(quotation.anchor, ("", ""))
    return Row(
        number=quotation.number,
        href=checking.own_page(writer.document, quotation),
        words=" ".join(words[:MOST_WORDS]) + (" …" if len(words) > MOST_WORDS else ""),
        badge=checking.badge(check),
        notes=", ".join(verdicts.warnings(check, quotation.locator)),
        source=source_name(writer, quotation),
        place=fragment(quotation.anchor),
        heading=heading or anchor,
    )


def source_name(writer: Writer, quotation: Quotation) -> str:
    """What the source is called in passing; "" if none is given."""
    if isinstance(quotation, tree.Quote):
        return html_parts.named(writer, quotation)
    paper = writer.paper_by_key.get(quotation.key)
    return html_parts.short_title(paper.title) if paper else quotation.key


def where_placed(document: Document) -> dict[str, tuple[str, str]]:
    """Where each quotation stands first: its anchor → (the part's anchor, its heading), in reading order."""
    found: dict[str, tuple[str, str]] = {}
    current = document.quote_by_slug

    def look(node: Any, anchor: str, heading: str) -> None:
        for item in walk(node):
            match item:
                case tree.QuoteBlock(slug=slug) | tree.QuoteWords(slug=slug):
                    quote = current.get(slug)
                    name = quote.anchor if quote else ""
                case tree.Evidence(quote=slug) if slug:
                    name = f"quote-{slug}"
                case tree.Quoted(prose=number) | tree.BlockQuote(prose=number) if number:
                    name = document.prose[number - 1].anchor if number <= len(document.prose) else ""
                case _:
                    continue
            if name:
                found.setdefault(name, (anchor, heading))

    look(document.summary, "summary", "Summary")
    for section in document.all_sections():
        look(section.body, section.anchor, section.heading)
    for theory in document.theories:
        look((theory.body, theory.evidence), f"theory-{theory.slug}", theory.title)
    for event in document.events:
        look(event.children, f"event-{event.slug}", "Timeline")
    look(document.acknowledgements, "acknowledgements", "Acknowledgements")
    return found


# --------------------------------------------------------------------------- one quotation


def one(
    document: Document, quotation: Quotation, shots: Mapping[int, tuple[Shot, ...]], address: str
) -> dict[str, Any]:
    """The template's context of one quotation's page. `address` is its permanent one."""
    writer = Writer(document, shots=shots, peeks=False)
    check = verdicts.check_of(quotation)
    shown = document.quotations
    place = shown.index(quotation)
    anchor, heading = where_placed(document).get(quotation.anchor, ("", ""))
    source = writer.source_by_key.get(quotation.source)
    pictures = checking.pictures(writer, quotation)
    words = verdicts.plain_words(quotation)
    return {
        "document": document,
        "quotation": quotation,
        "check": check,
        "shape": verdicts.shape(check),
        "label": verdicts.label(check),
        "title": f"Quotation {quotation.number}: {verdicts.badge(check)}",
        "count": verdicts.counted(len(shown), "quotation"),
        "words": _large(writer, quotation, check),
        "cited_at": safe_href(source.url) if source and "//" in source.url else "",
        "badge": checking.badge(check),
        "sentence": verdicts.sentence(check, words),
        "notes": verdicts.warnings(check, quotation.locator),
        "gloss": checking.gloss(check, limit=100),
        "edits": checking.edits(check),
        "elsewhere": checking.elsewhere(check),
        "pictures": pictures,
        "passage": checking.passage_text(check),
        "original": checking.original(writer, quotation),
        "in_source": checking.in_source(writer, quotation),
        "pages": _pages(check),
        "facts": _facts(writer, quotation, check, anchor, heading),
        "claims": checking.what_it_says(),
        "cite": _citation(writer, quotation, check),
        "address": address,
        "verdicts": verdict_list(),
        "before": _neighbour(document, shown[place - 1]) if place else None,
        "after": _neighbour(document, shown[place + 1]) if place + 1 < len(shown) else None,
    }


def _large(writer: Writer, quotation: Quotation, check: tree.Check) -> SafeString:
    if isinstance(quotation, tree.Quote):
        return writer.blocks(
            with_differences(html_parts.in_marks(html_parts.quote_blocks(quotation)), check.differences)
        )
    text = with_differences((tree.Text(f"“{quotation.words}”"),), check.differences)
    return tag("p", writer.inlines(text))


def _pages(check: tree.Check) -> str:
    printed, of_file = verdicts.pages(check), verdicts.file_pages(check)
    if not of_file:
        return printed
    return f"{printed} as printed, {of_file}"


def _facts(
    writer: Writer, quotation: Quotation, check: tree.Check, anchor: str, heading: str
) -> tuple[tuple[str, str], ...]:
    """What is known of where the words come from: (name, markup)."""
    source = writer.source_by_key.get(quotation.source)
    paper = writer.paper_by_key.get(source.paper if source and source.paper else _cited(quotation))
    facts: list[tuple[str, str]] = []
    if paper is not None:
        who = f"{paper.authors}{f' ({paper.year})' if paper.year else ''}, " if paper.authors else ""
        version = f", {source.title}" if source and source.title not in ("", paper.title) else ""
        facts.append(("Source", join([who, tag("i", paper.title), version])))
    elif source is not None:
        facts.append(("Source", join([source_name(writer, quotation)])))
    locator = verdicts.locator_words(quotation.locator)
    if locator:
        facts.append(("Page as stated", join([locator])))
    href = safe_href(source.url) if source else ""
    if href:
        facts.append(("Taken from", tag("a", breakable(href), href=href, class_="address")))
    if source and source.author and paper is None:
        facts.append(("By", join([source.author, f", {source.published}" if source.published else ""])))
    if isinstance(quotation, tree.Quote):
        if quotation.attribution:
            facts.append(("Attributed to", join([quotation.attribution])))
        if quotation.note:
            facts.append(("Author’s note", join([f"“{quotation.note}”"])))
    if heading:
        report = f"{checking.report_address(writer.document)}{fragment(quotation.anchor)}"
        facts.append(("Used in", tag("a", heading, href=report)))
    if against := checking.against(check):
        facts.append(("Checked", against))
    if earlier := checking.earlier(check):
        facts.append(("Earlier", earlier))
    return tuple((name, SafeString(value)) for name, value in facts)


def _cited(quotation: Quotation) -> str:
    return quotation.key if isinstance(quotation, tree.ProseQuote) else ""


def _citation(writer: Writer, quotation: Quotation, check: tree.Check) -> str:
    """How to cite the words as this report quotes them."""
    document = writer.document
    source = writer.source_by_key.get(quotation.source)
    paper = writer.paper_by_key.get(source.paper if source and source.paper else _cited(quotation))
    where = verdicts.pages(check) if check.passes else verdicts.locator_words(quotation.locator)
    if paper is not None:
        who = f"{paper.authors}{f' ({paper.year})' if paper.year else ''}, " if paper.authors else ""
        work = f"{who}{html_parts.short_title(paper.title)}"
    else:
        work = source_name(writer, quotation)
    how = {
        Verdict.VERBATIM: "as quoted",
        Verdict.EDITED: f"as quoted with edits ({', '.join(check.edits)})",
        Verdict.ALTERED: f"as quoted with differences ({verdicts.particulars(check)})",
        Verdict.NOT_FOUND: "as quoted, but not found in the source,",
    }.get(Verdict(check.verdict), "as quoted, not checked,")
    updated = moment(document.updated)
    when = f", {updated['date']}" if updated else ""
    begun = ", ".join(part for part in (work, where, how) if part)
    return f"{begun[:1].upper()}{begun[1:]} in “{document.title}”, version {document.version}{when}."


def _neighbour(document: Document, quotation: Quotation) -> dict[str, str]:
    label = verdicts.label(verdicts.check_of(quotation))
    return {
        "href": checking.own_page(document, quotation),
        "words": f"{quotation.number}, {label[:1].lower()}{label[1:]}",
    }


# --------------------------------------------------------------------------- what verdicts mean


def verdict_list() -> list[dict[str, str]]:
    """The five verdicts with their shapes and what each means in a sentence."""
    return [
        {
            "label": str(verdict.label),
            "shape": verdicts.shape(tree.Check(verdict)),
            "meaning": verdicts.MEANINGS[verdict],
        }
        for verdict in Verdict
    ]
