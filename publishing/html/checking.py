"""What a check found, as markup: the badge, the difference, the passage, the facts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from publishing import document as tree, verdicts
from publishing.html.differing import find
from publishing.html.markup import fragment, join, mark, safe_href, said, tag
from publishing.masthead import moment

if TYPE_CHECKING:
    from publishing.html.inlines import InlineWriter

SHORT = 12  # characters of a sha256 that are shown


def name_of(quotation: verdicts.Quotation) -> str:
    """The last part of the address of a quotation's own page."""
    return quotation.slug if isinstance(quotation, tree.Quote) else quotation.name


def own_page(document: tree.Document, quotation: verdicts.Quotation) -> str:
    """The address of a quotation's own page; within an edition its place there, since that page is today's."""
    if document.edition:
        return fragment(quotation.anchor)
    return reverse("quotation", args=[document.slug, name_of(quotation)])


def report_address(document: tree.Document) -> str:
    """The address of the report's page."""
    return reverse("report", args=[document.slug])


# --------------------------------------------------------------------------- the badge


def badge(check: tree.Check) -> SafeString:
    """The verdict in words, with its shape and colour."""
    shape = verdicts.shape(check)
    return tag(
        "span", mark(shape, f"v-{shape}"), tag("span", verdicts.badge(check)), class_=f"badge v-{shape}"
    )


def inline_badge(writer: InlineWriter, quotation: verdicts.Quotation) -> SafeString:
    """ "✓ verbatim, p. 1" behind words within a line: a link to their own page."""
    check = verdicts.check_of(quotation)
    shape = verdicts.shape(check)
    words = verdicts.badge(check)
    notes = verdicts.warnings(check, quotation.locator)
    text = join([words[:1].lower() + words[1:], *(f", {note}" for note in notes)])
    link = writer.anchor(
        own_page(writer.document, quotation) if writer.own_pages else "",
        join([mark(shape, f"v-{shape}"), " ", text]),
        class_=f"cite checked v-{shape}",
    )
    return join([link]) if link.startswith("<a") else tag("span", link, class_=f"cite checked v-{shape}")


# --------------------------------------------------------------------------- the difference


def gloss(check: tree.Check, limit: int = 12) -> SafeString:
    """A table of source words over quoted words, with one word on either side."""
    if not check.differences:
        return mark_safe("")
    where = verdicts.pages(check) if len(check.pages) == 1 else ""
    source = f"Source, {where}" if where else "Source"
    tables = []
    for number, d in enumerate(check.differences[:limit], 1):
        caption = "The difference" if len(check.differences) == 1 else f"Difference {number}"
        rows = [
            tag(
                "tr",
                tag("th", heading, scope="row"),
                tag("td", d.before),
                tag("td", tag("mark", words) if words else tag("span", "(nothing)", class_="nil")),
                tag("td", d.after),
                class_=kind,
            )
            for kind, heading, words in (("src", source, d.source), ("her", "Quoted here", d.quoted))
        ]
        tables.append(
            tag(
                "table",
                tag("caption", f"{caption}, with one word on each side", class_="vh"),
                tag("tbody", *rows),
                class_="gloss",
            )
        )
    more = len(check.differences) - limit
    rest = tag("p", f"And {verdicts.counted(more, 'more difference')}.", class_="quiet") if more > 0 else ""
    return join([*tables, rest])


def edits(check: tree.Check) -> SafeString:
    """What was edited, what an ellipsis leaves out, and what else is wrong, in words."""
    parts: list[str] = []
    if check.verdict == "edited" and check.edits:
        words = ", ".join(check.edits)
        parts.append(tag("p", tag("b", "Edited: "), f"{words}."))
    if over := verdicts.runs_over(check):
        parts.append(tag("p", over))
    parts += [tag("p", verdicts.FAULTS.get(fault, fault)) for fault in check.faults]
    if "omits_negation" in check.warnings:
        parts.append(
            tag("p", tag("b", "The words left out hold a negation: "), "the passage may say the opposite.")
        )
    for omitted in check.omitted:
        count = verdicts.counted(len(omitted.split()), "word")
        parts.append(
            tag("details", tag("summary", f"Left out: {count}"), tag("p", omitted), class_="left-out")
            if omitted
            else ""
        )
    return join(parts)


# --------------------------------------------------------------------------- the passage


def passage(writer: InlineWriter, quotation: verdicts.Quotation) -> SafeString:
    """The picture of the passage; where the file is not at hand, the recorded words of the source."""
    check = verdicts.check_of(quotation)
    return pictures(writer, quotation) or passage_text(check)


def pictures(writer: InlineWriter, quotation: verdicts.Quotation) -> SafeString:
    """The pictures of a passage, page by page; "" if there are none."""
    check = verdicts.check_of(quotation)
    shots = writer.shots.get(check.row or 0, ())
    name = name_of(quotation)
    parts: list[SafeString] = []
    for number, shot in enumerate(shots, 1):
        label = page_label(check, shot.page + 1)
        if number > 1:
            before = page_label(check, shots[number - 2].page + 1)
            goes_on = "the passage goes on" if before != label else "further on, on the same page"
            gap = [tag("b", before), tag("span"), goes_on, tag("span"), tag("b", label)]
            parts.append(tag("div", *gap, class_="gap"))
        address = reverse("passage", args=[writer.document.slug, name, number])
        picture = tag(
            "img",
            src=f"{address}?v={shot.name(check.sha256)[:10]}",
            width=shot.width,
            height=shot.height,
            alt=alt(label, shot.words, outlined=bool(shot.outlined)),
            loading="lazy",
        )
        # On a phone it scrolls, beginning at the words that differ where these stand at the end.
        late = shot.outlined and len(shots) > 1 and number == 1
        named = f"Picture of {label}"
        parts.append(
            tag(
                "div",
                picture,
                class_="shot end" if late else "shot",
                tabindex=0,
                role="group",
                aria_label=named,
            )
        )
    return tag("div", *parts, class_="passage") if parts else mark_safe("")


def page_label(check: tree.Check, page: int) -> str:
    """ "p. 6" for a page of the file, as printed."""
    if page in check.pages:
        place = check.pages.index(page)
        if place < len(check.labels) and check.labels[place]:
            return f"p. {check.labels[place]}"
    return f"file page {page}"


def alt(label: str, words: str, *, outlined: bool) -> str:
    """A few words for those who can't see the picture."""
    first = words.split()
    start = " ".join(first[:8]) + (" …" if len(first) > 8 else "")
    mark_words = " The word that differs is outlined." if outlined else ""
    return f"{label[:1].upper()}{label[1:]} of the source, marked: {start}.{mark_words}"


def passage_text(check: tree.Check) -> SafeString:
    """The source's own words, those that were quoted marked."""
    if not check.passage:
        return mark_safe("")
    pieces = [part for part in re.split(r" … ", check.matched) if part]
    spans = find(check.passage, [("", part, "") for part in pieces])
    differing = find(check.passage, [(d.before, d.source, d.after) for d in check.differences if d.source])
    parts: list[str] = []
    done = 0
    for low, high in spans:
        parts += [check.passage[done:low], _marked(check.passage, low, high, differing)]
        done = high
    parts.append(check.passage[done:])
    return tag("blockquote", tag("p", *parts), class_="passage-text")


def _marked(text: str, low: int, high: int, differing: list[tuple[int, int]]) -> SafeString:
    parts: list[str] = []
    done = low
    for a, b in differing:
        if low <= a < b <= high and a >= done:
            parts += [text[done:a], tag("b", text[a:b])]
            done = b
    return tag("mark", *parts, text[done:high])


# --------------------------------------------------------------------------- the facts


def against(check: tree.Check) -> SafeString:
    """When it was checked and against what, to follow the word "checked"; "" if it was not."""
    if check.checked is None:
        return mark_safe("")
    when = _day(check.checked)
    sha = tag("code", check.sha256[:SHORT] + "…", title=check.sha256) if check.sha256 else ""
    taken = moment(check.taken)
    copy = join([" of ", tag("time", taken["date"], datetime=taken["iso"])]) if taken else ""
    file = join(["the copy", copy, ", sha256 " if sha else "", sha])
    if check.from_passage:
        return join([when, " against the recorded passage, not the whole file (", file, ")"])
    if check.recorded:
        return join([when, " against ", file, ". The record was carried along; the file is not here"])
    return join([when, " against ", file])


def earlier(check: tree.Check) -> SafeString:
    """The verdicts against older files of the source, a line for each; "" if there are none."""
    lines = []
    for old in check.earlier:
        words = verdicts.badge(old)
        taken = moment(old.taken)
        copy = join([" of ", tag("time", taken["date"], datetime=taken["iso"])]) if taken else ""
        differing = [d for d in old.differences[:3] if not old.passes]
        there = [
            f"; the source had “{' '.join(filter(None, (d.before, d.source, d.after)))}”" for d in differing
        ]
        sha = tag("code", old.sha256[:SHORT] + "…", title=old.sha256)
        when = join([", checked ", _day(old.checked)]) if old.checked else ""
        record = ", as recorded" if old.recorded else ""
        said_ = f": {words[:1].lower()}{words[1:]}"
        lines.append(
            tag("li", "Against the earlier copy", copy, said_, *there, " (sha256 ", sha, when, record, ")")
        )
    return tag("ul", *lines, class_="earlier") if lines else mark_safe("")


def _day(when: object) -> SafeString:
    found = moment(when)  # type: ignore[arg-type]
    return tag("time", found["date"], datetime=found["iso"], title=found["words"])


def original(writer: InlineWriter, quotation: verdicts.Quotation) -> SafeString:
    """The way to the original, at the page where its address allows that."""
    check = verdicts.check_of(quotation)
    source = writer.source_by_key.get(quotation.source)
    href = safe_href(source.url) if source else ""
    if not source or "//" not in href:
        return mark_safe("")
    if source.kind != "pdf":
        return join([writer.anchor(href, "Open the source")])
    if not check.pages or not is_pdf_address(href):
        places = verdicts.file_pages(check) or verdicts.pages(check)
        where = f" and go to {places}" if places else ""
        return join([writer.anchor(href, "Open the source"), where])
    base = href.partition("#")[0]
    links = [
        writer.anchor(
            f"{base}#page={page}",
            f"Open the source at {page_label(check, page)}" if not n else f"at {page_label(check, page)}",
        )
        for n, page in enumerate(check.pages[:3])
    ]
    return join(links, between=" ")


def was_here(check: tree.Check) -> bool:
    """Whether the check found the words in a text that this site has itself."""
    return bool(check.places) and not check.recorded and not check.from_passage


def in_source(writer: InlineWriter, quotation: verdicts.Quotation) -> SafeString:
    """The way to the passage in the archived source; "" where no copy was checked here, or the page is an old one."""
    check = verdicts.check_of(quotation)
    source = writer.source_by_key.get(quotation.source)
    if source is None or source.row is None or not (was_here(check) and writer.own_pages):
        return mark_safe("")
    address = reverse("source", args=[writer.document.slug, source.row])
    query = urlencode({"quote": name_of(quotation)})
    return join([writer.anchor(f"{address}?{query}#here", "See it in the source")])


def is_pdf_address(href: str) -> bool:
    """Whether a browser that goes there opens a PDF, and so understands `#page=`."""
    parts = urlsplit(href)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path.lower()
    if host == "arxiv.org":
        return path.startswith("/pdf/")
    return path.endswith(".pdf") and not (host in ("github.com", "gitlab.com") and "/blob/" in path)


def elsewhere(check: tree.Check) -> SafeString:
    """That the words do stand in another text of the same work."""
    if not check.elsewhere:
        return mark_safe("")
    return tag("p", tag("b", "In another text of the same work these words pass: "), f"{check.elsewhere}.")


def what_it_says() -> SafeString:
    """What a check claims, and no more."""
    link = tag("a", "How checking works", href=reverse("methods"))
    return join(
        [
            tag("b", "What a check says: "),
            "that these words stand in the source, not that they are true. ",
            link,
        ]
    )


# --------------------------------------------------------------------------- below a block


def details(writer: InlineWriter, quotation: verdicts.Quotation) -> SafeString:
    """The line below a block quotation that opens to all a check found; a bare badge if it found nothing."""
    check = verdicts.check_of(quotation)
    notes = verdicts.warnings(check, quotation.locator)
    line = join([badge(check), *(tag("span", note, class_="warning") for note in notes)], between=" ")
    page = own_page(writer.document, quotation) if writer.own_pages else reverse("methods")
    if check.verdict == "unchecked" or check.checked is None:
        about = tag("a", "What this means", said(f" for quotation {quotation.number}"), href=page)
        return tag("p", line, " ", about, class_="check bare")
    where = ", ".join(part for part in (verdicts.pages(check), verdicts.file_pages(check)) if part)
    there, within = original(writer, quotation), in_source(writer, quotation)
    facts = [
        tag("span", within) if within else "",
        tag("span", there) if there else "",
        join([writer.anchor(page, "This quotation")]) if writer.own_pages else "",
        tag("span", where[:1].upper() + where[1:]) if where else "",
        tag("span", "Checked ", against(check)),
    ]
    inner = [
        gloss(check),
        edits(check),
        elsewhere(check),
        passage(writer, quotation),
        tag("p", join(facts, between=" "), class_="facts"),
        tag("p", what_it_says(), class_="claims"),
    ]
    summary = tag("summary", line, " ", tag("span", class_="more"))
    return tag("details", summary, tag("div", *inner), class_="check", open=check.verdict == "altered")
