"""Check every quotation of a report, with a row or in the text: on each save, after a new copy, by command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from papers.changes import bump
from papers.models import Report
from publishing import assemble, passages
from publishing.document import CiteItem, Document, ProseQuote, Quote
from quotes import verify
from quotes.models import Verdict

# In the request of a save: a proxy waits for 60 seconds or so, and a long source takes some to be read.
SECONDS_AT_ONCE = 15


@dataclass(frozen=True)
class Summary:
    """How many quotations there are by verdict, how many checks had to be made for it, and how many
    quotations had to wait, since time was up.
    """

    counts: dict[str, int]
    made: int
    waiting: int = 0

    @property
    def failing(self) -> int:
        return self.counts.get(Verdict.ALTERED, 0) + self.counts.get(Verdict.NOT_FOUND, 0)


def follow(report: Report) -> None:
    """After a change: check what is new, as much as a request may wait for. The rest says that it waits."""
    verify_report(report, seconds=SECONDS_AT_ONCE)


def verify_report(
    report: Report, progress: Callable[[int, int], None] | None = None, seconds: float | None = None
) -> Summary:
    """Check what is not yet checked of `report`; moves the stamp if anything was found.

    `progress` is called with (done, of how many). After `seconds` nothing new is begun. Writes no content.
    """
    document = assemble.document(report, audience=assemble.EDITORS)
    # Source by source, so that the text of each is made ready once.
    work = sorted(
        ((asked(document, quotation), quotation) for quotation in document.every_quotation),
        key=lambda each: each[0],
    )
    known = verify.Known(report)
    began = time.monotonic()
    made = waiting = 0
    for done, (pairs, quotation) in enumerate(work, 1):
        words = quotation.text if isinstance(quotation, Quote) else quotation.words
        if seconds is not None and time.monotonic() - began > seconds:
            waiting += not all(known.knows(known.sources[key], words, stated) for key, stated in pairs[:1])
            continue
        for key, stated in pairs:
            made += len(known.verify(known.sources[key], words, stated))
        if progress:
            progress(done, len(work))
    known.store()
    if made:
        bump(report)
        report.refresh_from_db(fields=["stamp"])
        document = assemble.document(report, audience=assemble.EDITORS)
        # Worked out now, so that the first reader's page need not read the copies' text for it.
        passages.shots(report, document)
    return Summary(counted(document), made, waiting)


def asked(document: Document, quotation: Quote | ProseQuote) -> list[tuple[str, str]]:
    """What a quotation is checked against, and the page it is said to stand on there: (source's key, page).

    That is its source and, where it fails, the other texts of the same paper. A quotation in the text names
    papers, so all texts of each are meant.
    """
    by_key = document.source_by_key
    if isinstance(quotation, Quote):
        own = by_key.get(quotation.source)
        if own is None:
            return []
        others = [s.key for s in document.sources if own.paper and s.paper == own.paper and s.key != own.key]
        return [(key, quotation.locator) for key in (own.key, *others)]
    items = quotation.cited or (CiteItem(quotation.key, locator=quotation.locator),)
    return [
        (s.key, item.locator) for item in items for s in document.sources if item.key and s.paper == item.key
    ]


def counted(document: Document) -> dict[str, int]:
    """The shown quotations of a document by verdict, in the order of `Verdict`."""
    verdicts = [q.check.verdict if q.check else Verdict.UNCHECKED for q in document.quotations]
    return {verdict: verdicts.count(verdict) for verdict in Verdict.values if verdict in verdicts}
