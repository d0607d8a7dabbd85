"""Check words that are not stored: while somebody types, pastes, or picks. Nothing is written here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from papers.models import Report, Source, SourceKind
from quotes import mends
from quotes.matching import Index, Page, Result, build, check
from quotes.matching.report import stated_numbers
from quotes.matching.result import NOT_FOUND, OTHER_PAGE, UNCHECKED
from quotes.models import Check, Reason
from quotes.verify import MOST_PASSAGES, texts_of

# The best first; words that are in no source are tried in all of them.
RANK = {"verbatim": 0, "edited": 1, "altered": 2, "not_found": 3, "unchecked": 4}


@dataclass(frozen=True)
class Look:
    """What a check of some words against one source gives now, and against which text of it.

    `from_passage`: no text is at hand, so the passages that earlier checks kept were tried.
    """

    source: Source | None
    result: Result
    sha256: str = ""
    taken: dt.datetime | None = None
    from_passage: bool = False

    @property
    def paged(self) -> bool:
        """Whether the source has pages that can be cited."""
        return self.source is not None and self.source.kind == SourceKind.PDF

    def mends(self, words: str, page: str, *, cited: bool = False) -> tuple[mends.Mend, ...]:
        return mends.offered(words, page, self.result, cited=cited, paged=self.paged)


def look(source: Source | None, words: str, stated: str = "") -> Look:
    """Check `words` against the newest text of `source`, else against the passages kept of it."""
    if source is None:
        return Look(None, Result(UNCHECKED, reason=Reason.NO_SOURCE))
    for sha256, taken, index in texts_of(source):
        if index is None:
            return Look(source, Result(UNCHECKED, reason=Reason.NO_TEXT), sha256, taken)
        return Look(source, check(index, words, page=stated), sha256, taken)
    found = _in_passages(source, words, stated)
    if found is not None:
        return found
    reason = Reason.POST_NOT_ARCHIVED if source.kind == SourceKind.POST else Reason.NOT_ARCHIVED
    return Look(source, Result(UNCHECKED, reason=reason))


def search(report: Report, words: str) -> tuple[Look | None, int]:
    """The source of `report` in which `words` stand best, and how many sources could be searched.

    Sources of which there is neither a text nor a kept passage are not counted.
    """
    best: Look | None = None
    searched = 0
    for source in report.sources.select_related("paper"):
        found = look(source, words)
        if found.result.reason in (Reason.NO_TEXT, Reason.NOT_ARCHIVED, Reason.POST_NOT_ARCHIVED):
            continue
        searched += 1
        if found.result.verdict in (NOT_FOUND, UNCHECKED):
            continue
        if best is None or RANK[found.result.verdict] < RANK[best.result.verdict]:
            best = found
    return best, searched


def _in_passages(source: Source, words: str, stated: str) -> Look | None:
    """`words` in what earlier checks kept of `source`; None where nothing was kept or nothing comes near."""
    best: tuple[Result, Check] | None = None
    for row in _kept(source):
        result = check(_passage_index(row.passage), words)
        if result.verdict in (UNCHECKED, NOT_FOUND):
            continue
        if best is None or RANK[result.verdict] < RANK[best[0].verdict]:
            best = result, row
    if best is None:
        return None
    result, row = best
    labels = tuple(label or str(page) for page, label in zip(row.pages, row.labels, strict=False))
    numbers = stated_numbers(stated) if stated else []
    elsewhere = bool(numbers) and not set(numbers) & {*labels, *map(str, row.pages)}
    warnings = [w for w in result.warnings if w != OTHER_PAGE] + [OTHER_PAGE] * elsewhere
    result = replace(
        result,
        pages=tuple(row.pages),
        labels=labels,
        places=(),
        warnings=tuple(warnings),
        stated=stated,
    )
    return Look(source, result, row.sha256, row.taken_at, from_passage=True)


def _kept(source: Source) -> Iterable[Check]:
    rows = Check.objects.filter(source=source, recorded=True).exclude(passage="")
    return rows.order_by("id")[:MOST_PASSAGES]


@lru_cache(maxsize=MOST_PASSAGES)
def _passage_index(passage: str) -> Index:
    return build([Page(passage)])
