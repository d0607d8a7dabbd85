"""What the checks found, as nodes: badges, differences, the row of marks, and the note at the end.

The words are those of the page (`publishing.verdicts`); here they only get their places.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from django.urls import reverse

from publishing import document as d, verdicts
from publishing.html.differing import with_differences

if TYPE_CHECKING:
    from publishing.typst.nodes import Node, Nodes, Writer

T = TypeVar("T")

MOST_DIFFERENCES = 12  # below a quotation; the words of all are at the report's own address
MOST_BESIDE = 2  # differences told within a line
MOST_MARKS = 96  # three lines of the title block
MOST_LEFT_OUT = 40  # words behind an ellipsis that are printed in full
MOST_TOGETHER = 900  # characters, about twelve lines
TORN = re.compile(r"\b(pp?\.|pages?|not(?= checked| found)) (?=\S)", re.IGNORECASE)  # at the end of a line
CLAIM = "The check says that the words stand in the source, not that they are true."


def badge(writer: Writer, quotation: verdicts.Quotation) -> dict[str, Any]:
    """The line below a quotation: shape, word, what it needs beside it, and the differences."""
    check, words, notes = said(writer, quotation)
    if between := verdicts.lies_between(check):
        notes = (*notes, between)
    notes = (*notes, *(f"left out: “{shortened(omitted)}”" for omitted in check.omitted if omitted))
    label = whole(verdicts.label(check))
    return {
        "shape": verdicts.shape(check),
        "word": label,
        "rest": writer.text(words.removeprefix(label)),
        "notes": [writer.text(note) for note in notes],
        "gloss": gloss(writer, check),
    }


def beside(writer: Writer, quotation: verdicts.Quotation, *, label: str = "") -> Node:
    """A small badge behind words within a line: "✓ verbatim, p. 1"; where they differ, the source's words."""
    check, words, notes = said(writer, quotation)
    parts = [words[:1].lower() + words[1:], *notes]
    if check.verdict == "altered":
        for each in check.differences[:MOST_BESIDE]:
            there = " ".join(filter(None, (each.before, each.source, each.after)))
            parts.append(f"the source has “{there}”")
        if (more := len(check.differences) - MOST_BESIDE) > 0:
            parts.append(f"and {verdicts.counted(more, 'more difference')}")
    return {
        "t": "badge",
        "shape": verdicts.shape(check),
        "label": label,
        "c": writer.text(whole("; ".join(parts))),
    }


def quoted(writer: Writer, node: d.Quoted, depth: int) -> Nodes:
    """Words in quotation marks with their badge; the marks are in `node`."""
    quotation = in_text(writer, node.prose)
    out = writer.inlines(marked(node.children, quotation), depth + 1)
    if quotation:
        out.extend([" ", beside(writer, quotation, label=writer.mark(quotation.anchor))])
    return out


def block_quote(writer: Writer, block: d.BlockQuote, depth: int) -> Node:
    """A block quotation of the text; with a badge if it is a quotation of its own."""
    quotation = in_text(writer, block.prose)
    inner = writer.blocks(marked(block.blocks, quotation), depth + 1)
    return {
        "t": "blockquote",
        "c": inner,
        "label": writer.mark(quotation.anchor) if quotation else "",
        "badge": badge(writer, quotation) if quotation else None,
        "keep": bool(quotation and keep(quotation.words)),
    }


def in_text(writer: Writer, number: int) -> d.ProseQuote | None:
    """The quotation that stands in the text as its `number`th, if it counts."""
    found = writer.document.prose[number - 1 : number] if number else ()
    return found[0] if found and found[0].number else None


def marked(nodes: T, quotation: verdicts.Quotation | None) -> T:
    """`nodes` with the words marked that differ in silence; marked edits show themselves."""
    check = quotation.check if quotation else None
    return with_differences(nodes, check.differences if check and check.verdict == "altered" else ())


def said(writer: Writer, quotation: verdicts.Quotation) -> tuple[d.Check, str, tuple[str, ...]]:
    """The check, the badge in words, and what is told behind it."""
    check = verdicts.check_of(quotation)
    source = writer.sources.get(quotation.source)
    if source and source.kind != "pdf":  # a post or a web page has no pages
        check = replace(check, pages=(), labels=())
    words = verdicts.badge(check)
    notes = list(verdicts.warnings(check, quotation.locator))
    pages = verdicts.pages(check)
    if pages and words.endswith(pages) and check.labels != tuple(map(str, check.pages)):
        words = ", ".join(filter(None, (words, verdicts.file_pages(check))))
    if check.elsewhere:
        notes.append(f"the words do stand in another text of the work, {check.elsewhere}")
    if check.from_passage:
        notes.append("checked against the recorded passage")
    elif check.recorded and check.verdict != "unchecked":
        words += ", as recorded"
    return check, whole(words), tuple(map(whole, notes))


def whole(words: str) -> str:
    """`words` with each number kept beside its "p.", and "not" beside "checked"."""
    return TORN.sub("\\1\u00a0", words)


def shortened(words: str) -> str:
    """`words`, or of more than forty the first and the last."""
    all_words = words.split()
    if len(all_words) <= MOST_LEFT_OUT:
        return " ".join(all_words)
    half = MOST_LEFT_OUT // 4
    cut = len(all_words) - 2 * half
    return f"{' '.join(all_words[:half])} [{cut} more words] {' '.join(all_words[-half:])}"


def keep(words: str) -> bool:
    """Whether a quotation is short enough to stay on one page with its badge."""
    return len(words) <= MOST_TOGETHER


def gloss(writer: Writer, check: d.Check) -> dict[str, Any] | None:
    """Source words over quoted words, with one word on either side; None if nothing differs."""
    if not check.differences:
        return None
    kept, writer.room = writer.room, max(6.0, writer.room / 2)
    rows = [
        {name: writer.text(getattr(each, name)) for name in ("before", "source", "quoted", "after")}
        for each in check.differences[:MOST_DIFFERENCES]
    ]
    writer.room = kept
    more = len(check.differences) - MOST_DIFFERENCES
    return {
        "rows": rows,
        "more": f"And {verdicts.counted(more, 'more difference')}." if more > 0 else "",
    }


def ledger(writer: Writer) -> dict[str, Any] | None:
    """A mark for each quotation, and how many have which verdict; None where nothing is quoted."""
    many, words = verdicts.summary(writer.document)
    if not many:
        return None
    quotations = writer.document.quotations
    marks = [
        {
            "shape": verdicts.shape(verdicts.check_of(quotation)),
            "alt": f"{verdicts.label(verdicts.check_of(quotation))}: quotation {quotation.number}",
            "to": quotation.anchor,
        }
        for quotation in quotations
    ]
    return {"marks": marks if len(marks) <= MOST_MARKS else [], "words": f"{many}: {words}"}


def colophon(writer: Writer) -> Nodes:
    """What a check says and what not; when and by what the newest was made. Empty where nothing is quoted."""
    checks = [verdicts.check_of(quotation) for quotation in writer.document.quotations]
    if not checks:
        return []
    made = [check for check in checks if check.checked is not None and check.verdict != "unchecked"]
    words = [CLAIM]
    if made:
        newest = max(made, key=_moment)
        engine = f", engine {newest.engine}" if newest.engine else ""
        words.append(f" Newest check: {_day(_moment(newest))}{engine}.")
    else:
        words.append(" No quotation of this report has been checked yet.")
    if any(check.recorded for check in made):
        words.append(" “As recorded”: the check came with the report, and the source’s file is not here.")
    if any(check.from_passage for check in made):
        words.append(
            " “Checked against the recorded passage”: compared with the words that an earlier check kept"
            " of the source, not with the whole file."
        )
    methods = writer.url(reverse("methods"))
    if not methods:
        return writer.text("".join(words))
    words.append(" How checking works: ")
    return [*writer.text("".join(words)), writer.link(methods, writer.text(methods)), "."]


def _moment(check: d.Check) -> dt.datetime:
    when = check.checked or dt.datetime.min
    return when.astimezone(dt.UTC) if when.tzinfo else when.replace(tzinfo=dt.UTC)


def _day(when: dt.datetime) -> str:
    return f"{when.day} {MONTHS[when.month]} {when.year}"


# Not from the locale: the same report gives the same bytes on every machine.
MONTHS = (
    *("", "January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
