"""Check words that are not stored: while somebody types, pastes, or picks. Nothing is written here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from papers.models import Report, Source, SourceKind
from quotes import mends
from quotes.matching import Result, check
from quotes.matching.result import NOT_FOUND, UNCHECKED
from quotes.models import Reason
from quotes.verify import in_passages, passages_of, texts_of

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
    found = in_passages(passages_of(source), words, stated)
    if found is not None:
        result, row = found
        return Look(source, result, row.sha256, row.taken_at, from_passage=True)
    reason = Reason.POST_NOT_ARCHIVED if source.kind == SourceKind.POST else Reason.NOT_ARCHIVED
    return Look(source, Result(UNCHECKED, reason=reason))


def search(report: Report, words: str) -> tuple[Look | None, int]:
    """The source of `report` in which `words` stand best, and how many sources could be searched.

    Sources of which there is neither a text nor a kept passage are not counted.
    """
    best: Look | None = None
    short: Look | None = None
    searched = 0
    for source in report.sources.select_related("paper"):
        found = look(source, words)
        if found.result.reason in (Reason.NO_TEXT, Reason.NOT_ARCHIVED, Reason.POST_NOT_ARCHIVED):
            continue
        searched += 1
        if found.result.reason == Reason.TOO_SHORT:
            short = short or found
        if found.result.verdict in (NOT_FOUND, UNCHECKED):
            continue
        if best is None or RANK[found.result.verdict] < RANK[best.result.verdict]:
            best = found
    return best or short, searched
