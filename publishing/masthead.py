"""What a report says of itself at its head: how old, how finished, how many quotations."""

from __future__ import annotations

import datetime as dt

from django.utils.dateformat import format as date_format

from publishing import document as tree
from publishing.document import Document, plain


def counted(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def moment(when: dt.datetime | None) -> dict[str, str]:
    """A point in time: `iso` with its offset, `words` to the minute in UTC, `date` alone."""
    if when is None:
        return {}
    utc = when.astimezone(dt.UTC)
    return {
        "iso": utc.isoformat(timespec="seconds"),
        "words": date_format(utc, "j F Y, H:i") + " UTC",
        "date": date_format(utc, "j F Y"),
    }


def description(document: Document) -> str:
    """One or two sentences for search engines and previews of links: the summary's first words."""
    for block in document.summary.blocks:
        if isinstance(block, tree.Paragraph) and (words := " ".join(plain(block.children).split())):
            return words if len(words) <= 200 else words[:199].rsplit(" ", 1)[0] + "…"
    return document.subtitle or document.title


def section_words(document: Document) -> str:
    """ "3 of 7 sections to do, 2 not yet organised": how finished the report is."""
    total, todo = document.section_count, document.todo_count
    drafts = sum(s.state == "draft" and s.kind != "inbox" for s in document.sections)
    words = [f"{todo} of {counted(total, 'section')} to do" if todo else counted(total, "section")]
    if drafts:
        words.append(counted(drafts, "draft"))
    if document.inbox_count:
        words.append(f"{document.inbox_count} not yet organised")
    return ", ".join(words) if len(words) > 1 or todo else f"{words[0]}, all written"
