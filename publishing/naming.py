"""What things are called in passing, the same in every output: a paper, a page, a quotation's source."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from publishing.document import Document, Quote

_PAGE = re.compile(r"(?:\d+|[ivxlcdm]+|[A-Z]?\d+)", re.IGNORECASE)
_PAGES = re.compile(rf"({_PAGE.pattern})(?:\s*[-–—,]\s*({_PAGE.pattern}))+", re.IGNORECASE)


def locator_words(locator: str) -> str:
    """A bare page number gets its "p.", several their "pp."; all else stays as the author wrote it."""
    text = locator.strip()
    if _PAGE.fullmatch(text):
        return f"p. {text}"
    if _PAGES.fullmatch(text):
        return "pp. " + re.sub(r"\s*[-–—]\s*", "–", text)
    return text


def short_title(title: str) -> str:
    """What a paper is called in passing: the words before its colon, or the first few."""
    head, colon, _ = title.partition(": ")
    if colon and len(head) <= 40:
        return head
    if len(title) <= 60:
        return title
    return title[:57].rsplit(" ", 1)[0].rstrip(",;:–—-") + "…"


def source_name(document: Document, quote: Quote) -> str:
    """What the source is called in the line below a quotation; "" if it has none."""
    source = document.source_by_key.get(quote.source)
    if source is None:
        return _host(quote.url)
    if paper := document.paper_by_key.get(source.paper):
        return short_title(paper.title)
    if source.title:
        return source.title
    if source.kind == "post":
        return f"Post by {source.author}" if source.author else "Post"
    return _host(source.url) or source.key


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
