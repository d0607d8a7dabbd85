"""Quotations as people type them: what stands in quotation marks, and who said it.

Works on one paragraph of Markdown at a time. Straight marks open before a word and close after one,
so that marks within marks are told apart; what does not add up is no quotation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from publishing.document import Source
from publishing.markdown import slugify

MAX_PARAGRAPHS = 50  # of one quotation; beyond, a mark was forgotten

MARKS = re.compile(r'["“”]')
OPENS_AFTER = frozenset("([{—–-/*_")
ADDRESS = r"https?://[^\s<>()\[\]\"“”]+(?:\([^\s<>()]*\)[^\s<>()\[\]\"“”]*)*"
# - [X Post Source](https://…)  ·  source [X Post](https://…)  ·  (https://…)
LINKED = re.compile(
    rf"\s*(?P<dash>[-–—]{{1,2}}\s*)?(?P<lead>(?:[\w.&]+:?[ \t]+){{0,4}})"
    rf"(?:\[(?P<label>[^\[\]]+)\]\(\s*<?(?P<url>{ADDRESS})>?\s*\)|<?(?P<bare>{ADDRESS})>?)\s*\Z"
)
LINKED_AFTER_DASH = re.compile(r"\s*[-–—]{1,2}\s*(?:[\w.&]+:?[ \t]+){0,4}\[")
IN_BRACKETS = re.compile(r"\s*(?:[-–—]{1,2}\s*)?\((?P<inner>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*\Z")
# — Richard Sutton
SAID_BY = re.compile(r"\s*(?:[—–]|--?)\s*(?P<name>[^\W\d_][^\[\]()\"“”\n]{1,80}?)\s*\Z")
SOURCE_LINE = re.compile(
    rf"(?:quote|quotation|citation)s?(?: from|[ -]sources?)\s*:\s*"
    rf"(?:\[(?P<label>[^\[\]]+)\]\(\s*(?P<url>{ADDRESS})\s*\)|<?(?P<bare>{ADDRESS})>?)"
    r"\s*(?:\((?P<note>[^()]+)\))?\s*\.?\s*\Z",
    re.IGNORECASE,
)
POST_HOSTS = frozenset(
    "x.com twitter.com mobile.twitter.com bsky.app threads.net threads.com mastodon.social "
    "linkedin.com facebook.com reddit.com old.reddit.com news.ycombinator.com t.me weibo.com".split()
)


@dataclass(frozen=True)
class Said:
    """A quotation that ends a text: the words `before` it, its own `words`, and where they are from."""

    before: str
    words: str
    attribution: str = ""
    url: str = ""


@dataclass(frozen=True)
class SourceLine:
    """“Quotes source: https://… (edited)”."""

    url: str
    note: str


def source_line(text: str) -> SourceLine | None:
    found = SOURCE_LINE.match(" ".join(text.split()))
    return SourceLine(found["url"] or found["bare"], found["note"] or "") if found else None


def spans(text: str) -> tuple[list[tuple[int, int]], int]:
    """The outermost quotations as (start, end), marks included; and where one begins that never ends.

    The second is -1 if all of them end.
    """
    found: list[tuple[int, int]] = []
    depth, start = 0, -1
    for mark in MARKS.finditer(text):
        at = mark.start()
        if _opens(text, at):
            if not depth:
                start = at
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                found.append((start, at + 1))
    return found, start if depth else -1


def _opens(text: str, at: int) -> bool:
    if text[at] != '"':
        return text[at] == "“"
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(after.strip()) and (not before.strip() or before in OPENS_AFTER or before in '"“')


def begins(text: str) -> bool:
    """Whether the text begins with a quotation that goes on after its end."""
    return text[:1] in ("“", '"') and _opens(text, 0) and spans(text)[1] == 0


def across(paragraphs: Sequence[str]) -> tuple[Said, int] | None:
    """The quotation that begins with the first paragraph, and of how many it is.

    Many repeat the opening mark at each paragraph of a long quotation; it is no word of it.
    """
    text = paragraphs[0]
    if said := whole(text):
        return said, 1
    if not begins(text):
        return None
    for count, paragraph in enumerate(paragraphs[1:MAX_PARAGRAPHS], 2):
        repeated = paragraph[:1] in ("“", '"') and _opens(paragraph, 0)
        for more in (paragraph, paragraph[1:]) if repeated else (paragraph,):
            if said := whole(f"{text}\n\n{more}"):
                return said, count
        text += "\n\n" + (paragraph[1:] if repeated and begins(paragraph) else paragraph)
        if spans(text)[1] != 0:
            return None
    return None


def whole(text: str) -> Said | None:
    """The text as one quotation with the source that may follow it, or None."""
    said = ending(text, sourced=False)
    return said if said and not said.before else None


def ending(text: str, sourced: bool = True) -> Said | None:
    """The quotation that the text ends with; with `sourced`, only if a dash and a link follow it."""
    found, unclosed = spans(text)
    if unclosed != -1:
        return None
    for start, end in found:
        tail = LINKED_AFTER_DASH.match(text, end) if sourced else None
        said = None if sourced and not tail else _tail(text[end:])
        words = text[start + 1 : end - 1].strip()
        before = text[:start].rstrip()
        if said and words and not before.endswith(("[", "(")):
            return Said(before, words, *said)
    return None


def _tail(text: str) -> tuple[str, str] | None:
    """(attribution, url) of what follows a quotation; None if that is more than its source."""
    if not text.strip():
        return "", ""
    brackets = IN_BRACKETS.match(text)
    if found := LINKED.match(text) or (LINKED.match(brackets["inner"]) if brackets else None):
        label = " ".join(f"{found['lead']} {found['label'] or ''}".split())
        return label, found["url"] or found["bare"]
    if named := SAID_BY.match(text):
        return named["name"], ""
    return None


def source_of(url: str) -> Source:
    """A source for an address: its kind, key and title are read off it."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    path = PurePosixPath(unquote(parts.path))
    if host in POST_HOSTS:
        words = [host.split(".")[0], *(part for part in path.parts if part not in ("/", "status"))]
        return Source(_key("-".join(words)), "post", url=url)
    if path.suffix.lower() == ".pdf" or (host == "arxiv.org" and path.parts[1:2] == ("pdf",)):
        return Source(_key(f"{path.stem}-pdf"), "pdf", title=path.name, url=url)
    return Source(_key(f"{host}-{path.stem}"), "web", url=url)


def _key(words: str) -> str:
    return slugify(words)[:60].strip("-") or "source"
