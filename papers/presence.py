"""Who has a form open at this moment: said by the browsers that show it, and kept in the cache alone.

A page says every 20 s that it is there, and once that it is left. Two that say so in the same instant can
write over each other's word; the next one mends that, so nothing is locked, and nothing reaches the database.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

GONE = 50.0  # seconds without a word after which a page counts as left: two words may be missed
AGAIN = 5.0  # seconds in which a page that says the same once more costs no write
LONGEST = 7 * 24 * 3600.0  # seconds that a form can have been open for
EACH, MOST = 8, 40  # pages of one person, and of all, that are kept for one form; older ones go
TAB = re.compile(r"[0-9a-z]{8,40}")


@dataclass(frozen=True)
class Page:
    """One page with the form. `since` and `seen` are seconds since 1970, by the server's clock."""

    user: int
    tab: str
    name: str
    since: float
    seen: float


@dataclass(frozen=True)
class Here:
    """What a page is told: since when it counts, the others, each once, and the same person's other page."""

    since: float
    others: tuple[Page, ...]
    own: Page | None


def arrive(
    kind: str, pk: int, user: Any, tab: str, *, since: float = 0, instead: str = "", now: float | None = None
) -> Here:
    """Note that `user` has the form of the row open in the page `tab`; who else has?

    `since` is what an earlier page of the same tab was told, `instead` its name: it is gone now.
    """
    now = time.time() if now is None else now
    before = _pages(kind, pk, now)
    mine = next((page for page in before if (page.user, page.tab) == (user.pk, tab)), None)
    if mine is None:
        known = since if now - LONGEST < since <= now else now
        mine = Page(user.pk, tab, _name(user), known, now)
    rest = [page for page in before if page.user != user.pk or page.tab not in (tab, instead)]
    kept = _fewest([*rest, Page(mine.user, mine.tab, mine.name, mine.since, now)])
    if now - mine.seen >= AGAIN or len(kept) != len(before) or mine not in before:
        _keep(kind, pk, kept)
    others: dict[int, Page] = {}
    for page in sorted(rest, key=lambda page: page.since):
        others.setdefault(page.user, page)
    return Here(mine.since, tuple(p for p in others.values() if p.user != user.pk), others.get(user.pk))


def leave(kind: str, pk: int, user: Any, tab: str, *, now: float | None = None) -> None:
    """Forget the page."""
    before = _pages(kind, pk, time.time() if now is None else now)
    rest = [page for page in before if (page.user, page.tab) != (user.pk, tab)]
    if len(rest) != len(before):
        _keep(kind, pk, rest)


def _fewest(pages: list[Page]) -> list[Page]:
    """Without those that nobody could need: whoever sends names without end pushes out their own."""
    kept: list[Page] = []
    for page in sorted(pages, key=lambda page: page.seen, reverse=True):
        if sum(other.user == page.user for other in kept) < EACH and len(kept) < MOST:
            kept.append(page)
    return kept


def _name(user: Any) -> str:
    return (user.get_full_name() or user.get_username())[:150]


def _key(kind: str, pk: int) -> str:
    return f"open:{kind}:{pk}"


def _pages(kind: str, pk: int, now: float) -> list[Page]:
    kept = [Page(*fields) for fields in cache.get(_key(kind, pk), ())]
    return [page for page in kept if page.seen > now - GONE]


def _keep(kind: str, pk: int, pages: list[Page]) -> None:
    fields = [(page.user, page.tab, page.name, page.since, page.seen) for page in pages]
    cache.set(_key(kind, pk), fields, GONE)
