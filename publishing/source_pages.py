"""The page of one source: the archived page with its quotations marked, or what a reader may see of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from papers.passages import Sheet, Shot, sheet
from papers.pdftext import PdfText
from publishing import verdicts
from publishing.document import Document
from publishing.html import Writer, checking
from publishing.html.markup import join, safe_href, said, tag
from publishing.masthead import moment
from publishing.shelves import Copy, Shelf, stands_in
from publishing.verdicts import Quotation

MOST_WORDS = 24  # of a quotation in the list


@dataclass(frozen=True)
class Asked:
    """What is shown of a source: which copy, which file page (from 1), and the chosen quotation or ""."""

    copy: Copy | None
    page: int
    quote: str = ""


@dataclass(frozen=True)
class Entry:
    """A quotation of this source. `page` is the file page it begins on, 0 if it does not stand in this copy."""

    number: int
    name: str
    href: str
    own: str
    words: str
    badge: SafeString
    notes: str
    page: int
    here: bool
    chosen: bool
    gloss: SafeString
    pictures: SafeString
    passage: SafeString
    original: SafeString


def address(document_slug: str, row: int, **query: object) -> str:
    """The address of a source's page; what is empty is left out of the query."""
    given = urlencode({key: value for key, value in query.items() if value})
    return reverse("source", args=[document_slug, row]) + (f"?{given}" if given else "")


# --------------------------------------------------------------------------- what both views share


def _shared(
    document: Document,
    shelf: Shelf,
    asked: Asked,
    shelves: Mapping[int, Shelf],
    shots: Mapping[int, tuple[Shot, ...]],
    whole: bool,
) -> dict[str, Any]:
    writer = Writer(document, shots=shots, peeks=False)
    entries = [_entry(writer, shelf, asked, q) for q in document.quotations if q.source == shelf.key]
    placed = sorted((e for e in entries if e.page), key=lambda e: (e.page, e.number))
    source = writer.source_by_key[shelf.key]
    return {
        "document": document,
        "shelf": shelf,
        "asked": asked,
        "entries": entries,
        "placed": placed,
        "unplaced": [e for e in entries if not e.page],
        "count": verdicts.counted(len(entries), "quotation"),
        "facts": _facts(shelf, asked),
        "others": _others(document, shelf, asked, shelves, whole),
        "original": _original(writer, safe_href(source.url), asked),
        "address": address(document.slug, shelf.row),
        "claims": checking.what_it_says(),
    }


def _entry(writer: Writer, shelf: Shelf, asked: Asked, quotation: Quotation) -> Entry:
    check = verdicts.check_of(quotation)
    name = checking.name_of(quotation)
    words = verdicts.plain_words(quotation).split()
    sha256 = asked.copy.sha256 if asked.copy else ""
    there = stands_in(check, sha256)
    pages = {place[0] + 1 for place in check.places} if there else set()
    return Entry(
        number=quotation.number,
        name=name,
        href=address(writer.document.slug, shelf.row, quote=name) + "#here",
        own=checking.own_page(writer.document, quotation),
        words=" ".join(words[:MOST_WORDS]) + (" …" if len(words) > MOST_WORDS else ""),
        badge=checking.badge(check),
        notes=", ".join(verdicts.warnings(check, quotation.locator)),
        page=check.places[0][0] + 1 if there else 0,
        here=asked.page in pages,
        chosen=name == asked.quote,
        gloss=checking.gloss(check),
        pictures=checking.pictures(writer, quotation),
        passage=checking.passage_text(check),
        original=checking.original(writer, quotation),
    )


def _facts(shelf: Shelf, asked: Asked) -> tuple[SafeString, ...]:
    """Which file is shown: its day, its hash, how long it is, and whether a newer one stands beside it."""
    copy = asked.copy
    if copy is None:
        return (join(["The text of the post, as copied"]),) if shelf.kind == "post" else ()
    taken = moment(copy.taken)
    when = tag("time", taken["date"], datetime=taken["iso"]) if taken else ""
    facts = [join(["Copy of ", when]), join(["sha256 ", tag("code", copy.short + "…", title=copy.sha256)])]
    if copy.is_pdf and copy.pages:
        facts.append(join([verdicts.counted(copy.pages, "page")]))
    if len(shelf.copies) > 1:
        facts.append(join([tag("b", "the newest" if copy == shelf.copies[0] else "not the newest")]))
    return tuple(facts)


def _others(
    document: Document, shelf: Shelf, asked: Asked, shelves: Mapping[int, Shelf], whole: bool
) -> list[dict[str, Any]]:
    """The other copies of this source, and the other texts of the same work."""
    found: list[dict[str, Any]] = []
    if whole:
        for copy in shelf.copies:
            if copy != asked.copy:
                taken = moment(copy.taken)
                found.append(
                    {
                        "href": address(document.slug, shelf.row, file=copy.short),
                        "words": f"Copy of {taken['date'] if taken else copy.short}",
                        "sha256": copy.short,
                        "newest": copy == shelf.copies[0],
                    }
                )
    for other in shelves.values():
        if shelf.paper and other.paper == shelf.paper and other.row != shelf.row:
            found.append(
                {
                    "href": address(document.slug, other.row),
                    "words": other.title,
                    "sha256": other.current.short if other.current else "",
                    "newest": False,
                }
            )
    return found


def _original(writer: Writer, href: str, asked: Asked) -> SafeString:
    if "//" not in href:
        return SafeString("")
    if asked.page and checking.is_pdf_address(href):
        return join(
            [writer.anchor(f"{href.partition('#')[0]}#page={asked.page}", "Open the original at this page")]
        )
    return join([writer.anchor(href, "Open the original")])


# --------------------------------------------------------------------------- for those who may have the file


def marked_on(document: Document, shelf: Shelf, sha256: str) -> list[tuple[Quotation, Any]]:
    """The quotations that stand in this text, with their checks."""
    return [
        (q, q.check)
        for q in document.quotations
        if q.source == shelf.key and q.check and stands_in(q.check, sha256)
    ]


def sheet_of(document: Document, shelf: Shelf, copy: Copy, text: PdfText, page: int) -> Sheet | None:
    """The picture of file page `page` (from 1) with all of its quotations marked."""
    found = marked_on(document, shelf, copy.sha256)
    return sheet(
        text,
        page - 1,
        [
            (q.number, verdicts.shape(c), c.places, [d.source for d in c.differences if d.source])
            for q, c in found
        ],
    )


def whole_page(
    document: Document,
    shelf: Shelf,
    asked: Asked,
    shelves: Mapping[int, Shelf],
    text: PdfText | None,
    labels: Sequence[str] = (),
) -> dict[str, Any]:
    """The template's context for a whole page of a PDF, or the whole text of a web page or post.

    `labels` are those that the pages bear, in the order of the file.
    """
    context = _shared(document, shelf, asked, shelves, {}, whole=True)
    context |= {"whole": True, "steps": _steps(context["placed"], asked), "problem": ""}
    copy = asked.copy
    if text is None or not text.pages:
        context["problem"] = copy.problem if copy and copy.problem else _nothing(shelf)
        return context
    is_pdf = copy is not None and copy.is_pdf
    sha256 = copy.sha256 if copy else ""
    paper = text.pages[asked.page - 1] if is_pdf else text.pages[0]
    number = asked.page - 1 if is_pdf else 0
    spans = [
        (start, end, q)
        for q, check in marked_on(document, shelf, sha256)
        for page, start, end in check.places
        if page == number
    ]
    context["text"] = marked_text(paper.text, spans, "" if is_pdf else asked.quote)
    context["mark_here"] = not is_pdf and bool(asked.quote)
    if copy is None or not is_pdf:
        return context
    drawn = sheet_of(document, shelf, copy, text, asked.page)
    label = _label(labels, asked.page)
    of_file = f"file page {asked.page} of {copy.pages}"
    context |= {
        "label": label,
        "caption": of_file if label.startswith("file") else f"{label}, {of_file}",
        "last": copy.pages,
        "turns": _turns(document, shelf, asked, labels),
        "sheet": drawn,
        "src": f"{_sheet_address(document, shelf, copy, asked.page)}?v={drawn.name(copy.sha256)[:10]}"
        if drawn
        else "",
        "alt": _alt(label, shelf.title, [(e.number, e.badge, e.words) for e in context["entries"] if e.here]),
        "older": copy != shelf.current,
    }
    return context


def _label(labels: Sequence[str], page: int) -> str:
    """ "p. 6", as printed; "file page 6" where nothing is."""
    known = labels[page - 1] if page <= len(labels) else ""
    return f"p. {known}" if known else f"file page {page}"


def _nothing(shelf: Shelf) -> str:
    if shelf.kind == "post":
        return "The text of this post is not archived. Editors can paste it into the form of the source."
    return "No copy of this source is archived. Editors can fetch or upload one in the form of the source."


def _sheet_address(document: Document, shelf: Shelf, copy: Copy, page: int) -> str:
    return reverse("source-page", args=[document.slug, shelf.row, copy.sha256, page])


def _alt(label: str, title: str, marked: Sequence[tuple[int, str, str]]) -> str:
    """Page and the words quoted on it, for those who can't see the picture."""
    start = f"{label[:1].upper()}{label[1:]} of {title}."
    if not marked:
        return f"{start} Nothing on it is quoted."
    said_of = (f"quotation {number}, “{words}”" for number, _, words in marked)
    return f"{start} Marked: {'; '.join(said_of)}."


def _steps(placed: Sequence[Entry], asked: Asked) -> dict[str, Any]:
    """The quotations before and after the chosen one, or before and after this page."""
    chosen = next((n for n, e in enumerate(placed) if e.chosen), None)
    if chosen is not None:
        return {
            "before": placed[chosen - 1] if chosen else None,
            "after": placed[chosen + 1] if chosen + 1 < len(placed) else None,
            "at": chosen + 1,
        }
    before = [e for e in placed if e.page < asked.page]
    after = [e for e in placed if e.page >= asked.page]
    return {"before": before[-1] if before else None, "after": after[0] if after else None, "at": 0}


def _turns(document: Document, shelf: Shelf, asked: Asked, labels: Sequence[str]) -> dict[str, Any]:
    """The pages before and after."""
    copy = asked.copy
    file = copy.short if copy and copy != shelf.current else ""

    def turn(page: int) -> dict[str, str] | None:
        if copy is None or not 1 <= page <= copy.pages:
            return None
        return {
            "href": address(document.slug, shelf.row, file=file, page=page) + "#here",
            "words": _label(labels, page),
        }

    return {"before": turn(asked.page - 1), "after": turn(asked.page + 1), "file": file}


def marked_text(text: str, spans: Iterable[tuple[int, int, Quotation]], chosen: str = "") -> SafeString:
    """The text as it reads, quoted words within `<mark>`, each followed by its number for those who listen."""
    parts: list[str] = []
    done, anchored = 0, False
    for start, end, quotation in sorted(spans, key=lambda s: (s[0], s[1])):
        start, end = max(start, done), min(end, len(text))
        if start >= end:
            continue
        check = verdicts.check_of(quotation)
        first = bool(chosen) and checking.name_of(quotation) == chosen and not anchored
        anchored = anchored or first
        about = said(f" (quotation {quotation.number}: {verdicts.badge(check)}) ")
        parts += [
            _readable(text[done:start]),
            tag(
                "mark",
                _readable(text[start:end]),
                about,
                class_=f"w-{verdicts.shape(check)}",
                id="here" if first else None,
            ),
        ]
        done = end
    parts.append(_readable(text[done:]))
    return join(parts)


def _readable(text: str) -> str:
    """Lines stay lines, but a word that a line's end broke is whole; no signs that only the reader put in."""
    joined = re.sub(r"[\ufffe\x02]\s*", "", text).replace("\r\n", "\n").replace("\u2060", "")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", joined)


# --------------------------------------------------------------------------- for all others


def passages_only(
    document: Document,
    shelf: Shelf,
    asked: Asked,
    shelves: Mapping[int, Shelf],
    shots: Mapping[int, tuple[Shot, ...]],
) -> dict[str, Any]:
    """The template's context for readers who may not have the file: its quotations, each with its passage."""
    return _shared(document, shelf, asked, shelves, shots, whole=False) | {"whole": False}
