"""Links of a report that lead nowhere: within it, which can be told at once, and outside, as was recorded.

All of it is about what readers see: that is what an edition freezes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from papers.links import AddressCheck, AddressState
from papers.models import Picture, Report, Visibility
from publishing import desk, document as tree, faults, page
from publishing.faults import Written
from publishing.jobs import at

SECONDS_FOR_ALL = 25  # that a request without scripts waits
ID = re.compile(r"\sid=\"([^\"]+)\"")


@dataclass(frozen=True)
class DeadEnd:
    """A link that leads nowhere, or may: `target` as written, `why` in words, `link` the form it stands in."""

    target: str
    why: str
    where: str
    link: str
    check: AddressCheck | None = None

    @property
    def dead(self) -> bool:
        return self.check is None or self.check.state == AddressState.DEAD


@dataclass(frozen=True)
class Outside:
    """The addresses outside that a report names, each with the first text that does, and what is known."""

    addresses: dict[str, Written]
    known: dict[str, AddressCheck]

    @property
    def checked(self) -> int:
        return len(self.known)

    @property
    def oldest(self) -> Any:
        """When the one that was asked longest ago was asked, or None."""
        return min((check.checked_at for check in self.known.values()), default=None)


# --------------------------------------------------------------------------- within


def within(report: Report, document: tree.Document, whole: tree.Document) -> list[DeadEnd]:
    """Links of `document` to what it, or this site, doesn’t have. `whole` is the document for editors:
    what it has and readers can’t see is said so.
    """
    return list(_within(report, document, whole))


def _within(report: Report, document: tree.Document, whole: tree.Document) -> Iterator[DeadEnd]:
    names, all_names = _names(document), _names(whole)
    ids: set[str] | None = None
    for text in faults.texts(document):
        for node, line in faults.with_lines(text.node):
            match node:
                case tree.Target(kind=kind, slug=slug):
                    target, key = f"[[{kind}:{slug}]]", (kind, slug)
                case tree.QuoteBlock(slug=slug) | tree.QuoteWords(slug=slug):
                    target, key = f"[[quote:{slug}]]", ("quote", slug)
                case tree.Link(href=href) if (local := _local(href)) is not None:
                    if local.startswith("#") and ids is None:
                        ids = anchors(report, document)
                    if why := _why(report, local, ids or set()):
                        yield _dead(report, text, href, why, line)
                    continue
                case _:
                    continue
            if key not in names:
                hidden = key in all_names
                why = (
                    "It is for editors only: readers see the words, and no link."
                    if hidden
                    else f"There is no {NOUNS.get(key[0], key[0])} “{key[1]}”."
                )
                yield _dead(report, text, target, why, line)


NOUNS = {"quote": "quotation"}


def _dead(report: Report, text: Written, target: str, why: str, line: int) -> DeadEnd:
    where = f"{text.name}, line {line}" if line else text.name
    return DeadEnd(target, why, where, at(desk.written_in(text, report), line))


def _names(document: tree.Document) -> set[tuple[str, str]]:
    """All that `[[kind:name]]` can lead to."""
    found = {("section", name) for name in document.section_by_anchor}
    found |= {("paper", key) for key in document.paper_by_key}
    found |= {("quote", slug) for slug in document.quote_by_slug}
    found |= {("event", slug) for slug in document.event_by_slug}
    return found | {("theory", slug) for slug in document.theory_by_slug}


def anchors(report: Report, document: tree.Document) -> set[str]:
    """Every place on the page of `document` that a `#` can lead to: the page is made, and looked at."""
    context = page.page(document) | {"address": report.get_absolute_url()}
    return {unescape(name) for name in ID.findall(render_to_string("report.html", context))}


def _local(href: str) -> str | None:
    """An address on this site, from its `/` or `#` on; None for one outside."""
    site = settings.SITE_URL
    if site and (href == site or href.startswith((f"{site}/", f"{site}#"))):
        href = href.removeprefix(site) or "/"
    return href if href.startswith(("/", "#")) else None


def _why(report: Report, local: str, ids: set[str]) -> str:
    """Why an address on this site leads nowhere, or ""."""
    if local.startswith("#"):
        name = unquote(local[1:])
        return "" if name in ids or name in ("", "top") else f"The page has no place called “{name}”."
    path = unquote(urlsplit(local).path)
    try:
        found = resolve(path)
    except Resolver404:
        return "There is no page at this address of the site."
    slug = found.kwargs.get("slug")
    if found.url_name == "picture":
        there = Picture.objects.filter(report__slug=slug, name=found.kwargs["name"]).exists()
        return "" if there else "There is no such picture."
    if slug is not None:
        other = Report.objects.filter(slug=slug).first()
        if other is None and not Report.history.filter(slug=slug).exists():  # old ones lead on
            return f"There is no report “{slug}”."
        if other and other.visibility != Visibility.PUBLIC and other.pk != report.pk:
            return f"The report “{other}” is for editors only."
    return ""


# --------------------------------------------------------------------------- outside


def outside(report: Report, document: tree.Document) -> Outside:
    """The addresses outside that readers can follow, and what each answered last. One query."""
    addresses: dict[str, Written] = {}
    for text in faults.texts(document):
        for address in _addresses(text.node):
            if address.startswith(("http://", "https://")) and _local(address) is None:
                addresses.setdefault(address, text)
    for source in document.sources:
        if source.url:
            text = Written(source.title or source.key, f"source-{source.key}", source, "source", source.row)
            addresses.setdefault(source.url, text)
    known = AddressCheck.objects.of(report)
    names = {address: AddressCheck.name_of(address) for address in addresses}
    return Outside(addresses, {a: known[name] for a, name in names.items() if name in known})


def _addresses(node: Any) -> Iterable[str]:
    for item in tree.walk(node):
        match item:
            case tree.Link(href=address):
                yield address
            case tree.Paper(url=address) | tree.Quote(url=address) | tree.Evidence(url=address):
                yield address


def recorded(report: Report, found: Outside) -> list[DeadEnd]:
    """Addresses that did not answer well when they were asked last, the dead ones first."""
    bad = [
        DeadEnd(
            address, found.known[address].said, text.name, desk.written_in(text, report), found.known[address]
        )
        for address, text in found.addresses.items()
        if address in found.known and found.known[address].state != AddressState.GOOD
    ]
    return sorted(bad, key=lambda end: not end.dead)


def ask_all(report: Report, found: Outside, seconds: float = SECONDS_FOR_ALL) -> tuple[int, int]:
    """Ask the addresses, those never asked or longest ago first, as many as time allows: (asked, left)."""
    known = found.known
    waiting = sorted(
        found.addresses, key=lambda a: (a in known, known[a].checked_at.timestamp() if a in known else 0)
    )
    began, asked = time.monotonic(), 0
    for address in waiting:
        if asked and time.monotonic() - began >= seconds:
            break
        AddressCheck.objects.ask(report, address)
        asked += 1
    return asked, len(waiting) - asked
