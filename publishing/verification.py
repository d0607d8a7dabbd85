"""Check every quotation of a report, with a row or in the text: on each save, after a new copy, by command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from papers.changes import bump
from papers.models import Report
from publishing import assemble, passages
from publishing.document import Document, ProseQuote, Quote
from quotes import verify
from quotes.models import Verdict


@dataclass(frozen=True)
class Summary:
    """How many quotations there are by verdict, and how many checks had to be made for it."""

    counts: dict[str, int]
    made: int

    @property
    def failing(self) -> int:
        return self.counts.get(Verdict.ALTERED, 0) + self.counts.get(Verdict.NOT_FOUND, 0)


def verify_report(report: Report, progress: Callable[[int, int], None] | None = None) -> Summary:
    """Check what is not yet checked of `report`; moves the stamp if anything was found.

    `progress` is called with (done, of how many). Writes no content.
    """
    document = assemble.document(report, audience=assemble.EDITORS)
    quotations = document.every_quotation
    sources = {source.key: source for source in report.sources.select_related("paper")}
    made = 0
    for done, quotation in enumerate(quotations, 1):
        words = quotation.text if isinstance(quotation, Quote) else quotation.words
        for key in source_keys(document, quotation):
            made += len(verify.verify(report, sources[key], words, quotation.locator))
        if progress:
            progress(done, len(quotations))
    if made:
        bump(report)
        report.refresh_from_db(fields=["stamp"])
        document = assemble.document(report, audience=assemble.EDITORS)
        # Worked out now, so that the first reader's page need not read the copies' text for it.
        passages.shots(report, document)
    return Summary(counted(document), made)


def source_keys(document: Document, quotation: Quote | ProseQuote) -> list[str]:
    """What a quotation is checked against: its source and, where it fails, the other texts of the same paper.

    A quotation in the text names a paper, so all of that paper's texts are meant.
    """
    by_key = document.source_by_key
    if isinstance(quotation, Quote):
        own = by_key.get(quotation.source)
        if own is None:
            return []
        others = [s.key for s in document.sources if own.paper and s.paper == own.paper and s.key != own.key]
        return [own.key, *others]
    return [s.key for s in document.sources if quotation.key and s.paper == quotation.key]


def counted(document: Document) -> dict[str, int]:
    """The shown quotations of a document by verdict, in the order of `Verdict`."""
    verdicts = [q.check.verdict if q.check else Verdict.UNCHECKED for q in document.quotations]
    return {verdict: verdicts.count(verdict) for verdict in Verdict.values if verdict in verdicts}
