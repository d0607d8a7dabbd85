"""Quotations, events and theories as HTML: what has rows of its own, and where it came from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.safestring import SafeString, mark_safe

from publishing import document as tree, verdicts
from publishing.document import Document, plain
from publishing.html import checking
from publishing.html.differing import with_differences
from publishing.html.markup import breakable, fragment, join, mark, safe_href, tag

if TYPE_CHECKING:
    from publishing.html import Writer
    from publishing.html.inlines import InlineWriter

PAGE_IDS = "main contents summary acknowledgements references timeline theories notice".split()

# What the ids of quotations, references and the like begin with.
PART_ID = re.compile(r"(quote|quotation|event|theory|paper|ref|fn|fnref|cite|todo)-")

STATES = {
    "rumour": "Rumour",
    "plausible": "Plausible",
    "contested": "Contested",
    "supported": "Supported",
    "refuted": "Refuted",
}
STANCES = {"for": "For", "against": "Against", "neutral": "Neutral"}


def reserved_ids(document: Document) -> frozenset[str]:
    """The ids that parts of this report have on its page, whatever else is written first."""
    return frozenset(
        [
            *PAGE_IDS,
            *(s.anchor for s in document.all_sections()),
            *(f"quote-{q.slug}" for q in document.quotes),
            *(q.anchor for q in document.prose if q.number),
            *(f"event-{e.slug}" for e in document.events),
            *(f"theory-{t.slug}" for t in document.theories),
            *(f"paper-{p.key}" for p in document.papers),
        ]
    )


def short_title(title: str) -> str:
    """What a paper is called in passing: the words before its colon, or the first few."""
    head, colon, _ = title.partition(": ")
    if colon and len(head) <= 40:
        return head
    if len(title) <= 60:
        return title
    return title[:57].rsplit(" ", 1)[0].rstrip(",;:–—-") + "…"


def details(paper: tree.Paper) -> str:
    """Who, when and where, in one line without a full stop at its end."""
    who = ", ".join(part for part in (paper.authors, paper.year) if part)
    where = f"arXiv:{paper.arxiv}" if paper.arxiv else f"doi:{paper.doi}" if paper.doi else ""
    return ". ".join(part.rstrip(".") for part in (who, paper.venue, where) if part)


def resolve(writer: InlineWriter, kind: str, slug: str) -> tuple[str, str | None]:
    """Where a link within the report leads, and what it is called; None if nothing has that name."""
    match kind:
        case "section":
            section = writer.section_by_anchor.get(slug)
            return (fragment(section.anchor), section.heading) if section else ("", None)
        case "paper":
            paper = writer.paper_by_key.get(slug)
            return (paper_href(paper), short_title(paper.title)) if paper else ("", None)
        case "event":
            event = writer.event_by_slug.get(slug)
            return (
                (fragment(f"event-{event.slug}"), plain(event.children) or event.text)
                if event
                else ("", None)
            )
        case "theory":
            theory = writer.theory_by_slug.get(slug)
            return (fragment(f"theory-{theory.slug}"), theory.title) if theory else ("", None)
    return "", None


def paper_href(paper: tree.Paper) -> str:
    """A paper's place on the page, else its address, else ""."""
    if paper.in_summary:
        return fragment(f"paper-{paper.key}")
    return f"#ref-{paper.number}" if paper.number else safe_href(paper.url)


# --------------------------------------------------------------------------- quotations


def quote_blocks(quote: tree.Quote) -> tuple[tree.Block, ...]:
    return quote.blocks or (tree.Paragraph((tree.Text(quote.text),)),)


def in_marks(blocks: tuple[tree.Block, ...]) -> tuple[tree.Block, ...]:
    """The same words between “ and ”."""
    first, last = blocks[0], blocks[-1]
    if isinstance(first, tree.Paragraph):
        blocks = (replace(first, children=(tree.Text("“"), *first.children)), *blocks[1:])
    else:
        blocks = (tree.Paragraph((tree.Text("“"),)), *blocks)
    last = blocks[-1]
    if isinstance(last, tree.Paragraph):
        return (*blocks[:-1], replace(last, children=(*last.children, tree.Text("”"))))
    return (*blocks, tree.Paragraph((tree.Text("”"),)))


def figure(writer: Writer, quote: tree.Quote, *, small: bool = False) -> SafeString:
    """`<figure class="quote">`: the words stand clear; what a check found, and their source, are below."""
    source = writer.source_by_key.get(quote.source)
    address = safe_href(quote.url or (source.url if source else ""))
    former = writer.former("quote-", quote.former_slugs)
    differences = quote.check.differences if quote.check else ()
    marked = with_differences(in_marks(quote_blocks(quote)), differences)
    words = tag("blockquote", writer.blocks(marked), cite=address if "//" in address else None)
    post = source is not None and source.kind == "post" and not small
    said_of_it = [
        origin(writer, quote),
        tag("span", quote.attribution, class_="by")
        if quote.attribution and quote.attribution != named(writer, quote)
        else "",
        tag("span", f"author’s note: {quote.note}", class_="by") if quote.note else "",
    ]
    line = join((part for part in said_of_it if part), between=" · ")
    edit = writer.edit_link("quote", quote.row, "this quotation")
    check = checking.details(writer, quote) if quote.check else ""
    below = join([line, " " if line and edit else "", edit])
    if check and below:
        below = tag("span", below, class_="origin")
    caption = tag("figcaption", check, below) if check or below else ""
    name = writer.claim(f"quote-{quote.slug}")
    return tag("figure", former, words, caption, class_="quote post" if post else "quote", id=name)


def prose_figure(writer: Writer, quote: tree.ProseQuote, blocks: tuple[tree.Block, ...]) -> SafeString:
    """A block quotation that stands in the text without a row, with its check below."""
    differences = quote.check.differences if quote.check else ()
    words = tag("blockquote", writer.blocks(with_differences(blocks, differences)))
    caption = tag("figcaption", checking.details(writer, quote))
    return tag("figure", words, caption, class_="quote", id=writer.claim(quote.anchor))


def source_name(quote: tree.Quote, source: tree.Source | None, paper: tree.Paper | None) -> str:
    """What the source is called in the line below a quotation; "" if it has none. `paper` is the source's."""
    if source is None:
        return host(quote.url)
    if paper is not None:
        return short_title(paper.title)
    if source.title:
        return source.title
    if source.kind == "post":
        return f"Post by {source.author}" if source.author else quote.attribution or "Post"
    return host(source.url) or source.key


def named(writer: InlineWriter, quote: tree.Quote) -> str:
    """`source_name` of a quotation of the writer's document."""
    source = writer.source_by_key.get(quote.source)
    return source_name(quote, source, writer.paper_by_key.get(source.paper) if source else None)


def host(url: str) -> str:
    """The name of the site in an address of the web, or ""."""
    try:
        return urlsplit(url).hostname or "" if safe_href(url) else ""
    except ValueError:
        return ""


def origin(writer: InlineWriter, quote: tree.Quote, *, brief: bool = False) -> SafeString:
    """Where a quotation was taken from: source (a link), place in it, number among the references.

    `brief` is for words within a line: the reference's number with the place, in brackets.
    """
    source = writer.source_by_key.get(quote.source)
    paper = writer.paper_by_key.get(source.paper) if source else None
    counted = source is None or source.kind == "pdf"
    locator = verdicts.locator_words(quote.locator) if counted else quote.locator.strip()
    if not brief and quote.check and quote.check.passes and locator == verdicts.pages(quote.check):
        locator = ""  # the badge beside it says so
    name = named(writer, quote)
    if not name:
        return tag("span", locator, class_="from") if locator else mark_safe("")
    href = safe_href(quote.url or (source.url if source else ""))
    number = paper.number if paper else 0
    if brief and number:
        return writer.cite(tree.CiteItem(paper.key if paper else "", locator=locator), "[", "]")
    linked = writer.anchor(href, join([name]), title=paper.title if paper and paper.title != name else None)
    if brief:
        return tag("span", "(", linked, f", {locator}" if locator else "", ")", class_="cite")
    version = ""
    if paper and source and source.title not in ("", name, paper.title):
        # Which text of the work it is matters where there are several.
        several = sum(s.paper == paper.key for s in writer.document.sources) > 1
        version = f", {source.title}" if several else ""
    when = f", {source.published}" if source and source.kind == "post" and source.published else ""
    ref = writer.anchor(f"#ref-{number}", f"[{number}]", class_="cite") if number else ""
    return tag(
        "span",
        linked,
        version,
        f", {locator}" if locator else "",
        when,
        " " if ref else "",
        ref,
        class_="from",
    )


# --------------------------------------------------------------------------- timeline, theories


def event(writer: Writer, number: int, event: tree.Event) -> SafeString:
    """One row of the list. `number` is that of its disc on the drawn line, 0 if there is none."""
    when: str = event.when[:1].upper() + event.when[1:] or "No date yet"
    if event.machine:
        when = tag("time", when, datetime=event.machine)
    counted = tag("span", str(number), class_="n") if number else ""
    words = writer.inlines(event.children) if event.children else join([event.text])
    edit = writer.edit_link("event", event.row, "this event")
    return tag(
        "li",
        tag("span", counted, when, class_="when"),
        tag("span", writer.former("event-", event.former_slugs), words, " " if edit else "", edit),
        id=writer.claim(f"event-{event.slug}"),
    )


def theory(writer: Writer, theory: tree.Theory) -> SafeString:
    """A theory: what it is, its state in words, and each side that has evidence."""
    level = min(5, writer.level + 1)
    edit = writer.edit_link("theory", theory.row, f"“{theory.title}”")
    state = tag("span", mark(theory.state), STATES.get(theory.state, theory.state), class_="badge state")
    head = tag("header", tag(f"h{level}", theory.title), join([state, edit], between=" "))
    by = tag("p", f"Proposed by {theory.proposed_by}", class_="proposed") if theory.proposed_by else ""
    body = writer.body(theory.body, level)
    about = tag("div", by, body, class_="about") if by or body else ""
    sides = []
    for stance, label in STANCES.items():
        pieces = [e for e in theory.evidence if e.stance == stance]
        if pieces:
            title = tag(f"h{level + 1}", label, " ", tag("span", str(len(pieces)), class_="num"))
            found = (evidence(writer, piece) for piece in pieces)
            sides.append(tag("div", title, *found, class_="neutral" if stance == "neutral" else None))
    return tag(
        "article",
        writer.former("theory-", theory.former_slugs),
        head,
        about,
        tag("div", *sides, class_="sides one" if len(sides) == 1 else "sides") if sides else "",
        class_="theory",
        id=writer.claim(f"theory-{theory.slug}"),
    )


def evidence(writer: Writer, piece: tree.Evidence) -> SafeString:
    """One piece of evidence, then what the author says it shows."""
    shown: str = ""
    if piece.quote and (quote := writer.quote_by_slug.get(piece.quote)):
        shown = figure(writer, quote, small=True)
    elif piece.paper and (paper := writer.paper_by_key.get(piece.paper)):
        name = writer.anchor(paper_href(paper), join([short_title(paper.title)]))
        cite = writer.cite(tree.CiteItem(paper.key), "[", "]") if paper.number else ""
        shown = tag("p", name, " " if cite else "", cite)
    elif piece.event and (found := writer.event_by_slug.get(piece.event)):
        words = writer.anchor(fragment(f"event-{found.slug}"), join([plain(found.children) or found.text]))
        shown = tag("p", words, f" ({found.when})" if found.when else "")
    elif piece.url:
        shown = tag(
            "p",
            writer.anchor(
                safe_href(piece.url),
                join([piece.label]) or breakable(piece.url),
                class_=None if piece.label else "address",
            ),
        )
    note = writer.inlines(piece.children) if piece.children else join([piece.note])
    return tag("div", shown, tag("p", note, class_="shows") if note else "", class_="evidence")
