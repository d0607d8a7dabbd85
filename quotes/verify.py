"""Check quoted words against what is archived of their source, and keep what was found.

Only what is not yet known is worked out: a check belongs to the words, the page they are said to
stand on, the source's bytes and the engine. Nothing here writes content.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from functools import lru_cache

from django.core.cache import cache
from django.db.models import Case, When

from papers import pdftext
from papers.archive import SourceFile, digest
from papers.models import Report, Source, SourceKind
from quotes.indexes import Indexes
from quotes.matching import ENGINE_VERSION, Index, Line, Page, Result, build, check
from quotes.matching.report import page_warnings, stated_numbers
from quotes.matching.result import NO_PAGE, OTHER_PAGE
from quotes.models import Check, Verdict

# A mended quotation is looked for in what earlier checks kept of a source; so many of them are read.
MOST_PASSAGES = 500
BATCH = 100  # checks written at once
KEY = ["report", "source", "words", "stated", "sha256", "engine"]


def pages_of(text: pdftext.PdfText) -> tuple[Page, ...]:
    """The pages of a PDF as the engine reads them."""
    return tuple(
        Page(
            page.text,
            page.label,
            tuple(Line(a.start, a.end, a.left, a.right, a.bottom, a.size) for a in page.lines),
            page.raised,
            page.spaces,
            page.height,
        )
        for page in text.pages
    )


INDEXES = Indexes()


def _index(copy: int, sha256: str) -> Index | None:
    """The index of an archived copy; None if it holds no text. Those used last are kept in memory."""

    def made() -> Index | None:
        packed = SourceFile.objects.get(pk=copy).get_text()
        return None if packed is None else build(pages_of(pdftext.unpack(packed)))

    return INDEXES.get((copy, sha256), made)


@lru_cache(maxsize=MOST_PASSAGES)
def _passage_index(passage: str) -> Index:
    return build([Page(passage)])


def labels_of(copy: int, sha256: str) -> tuple[str, ...]:
    """The printed label of each page of an archived copy, "" for a page that bears none; kept by its hash."""
    key = f"labels:{ENGINE_VERSION}:{sha256}"
    found: tuple[str, ...] | None = cache.get(key)
    if found is None:
        index = _index(copy, sha256)
        found = index.labels if index is not None else ()
        cache.set(key, found, 30 * 24 * 3600)
    return found


@dataclass(frozen=True)
class Copy:
    """One text of a source: an archived file (its row), or the `text` of a post."""

    sha256: str
    taken_at: dt.datetime | None = None
    row: int = 0
    text: str = ""

    def index(self) -> Index | None:
        """What is searched; None if the file holds no text."""
        return _index(self.row, self.sha256) if self.row else build([Page(self.text)])


def of_post(source: Source) -> list[Copy]:
    """The words of a post are its copy."""
    if source.kind != SourceKind.POST or not source.text.strip():
        return []
    return [Copy(digest(source.text.encode()), text=source.text)]


def texts_of(source: Source) -> Iterable[tuple[str, dt.datetime | None, Index | None]]:
    """What there is of a source, the newest first: (sha256, when it was taken, index)."""
    files = source.files.that_count().values_list("sha256", "taken_at", "pk")
    for copy in (*of_post(source), *(Copy(*row) for row in files)):
        yield copy.sha256, copy.taken_at, copy.index()


class Known:
    """What a report's sources hold and what earlier checks found: read once, in three queries.

    `verify` asks it instead of the database, so that a save in which nothing is new costs the same,
    however many quotations there are. What is found is stored in batches; `store` the last one.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self.sources = {source.key: source for source in report.sources.select_related("paper")}
        self._copies = {source.pk: of_post(source) for source in self.sources.values()}
        files = SourceFile.objects.that_count().filter(source__report=report)
        for source_id, sha256, taken_at, row in files.values_list("source_id", "sha256", "taken_at", "pk"):
            self._copies[source_id].append(Copy(sha256, taken_at, row))
        self._verdicts: dict[tuple[int, str, str, str], str] = {}
        self._from_passages: set[tuple[int, str, str]] = set()
        self._passages: dict[int, list[Check]] = {}
        self._found: list[Check] = []
        bare = Case(When(passage="", then=True), default=False)
        rows = Check.objects.filter(report=report).annotate(bare=bare).order_by()
        names = (
            "source_id",
            "words",
            "stated",
            "sha256",
            "engine",
            "verdict",
            "recorded",
            "from_passage",
            "bare",
        )
        for (
            source_id,
            words,
            stated,
            sha256,
            engine,
            verdict,
            recorded,
            from_passage,
            without,
        ) in rows.values_list(*names):
            if engine == ENGINE_VERSION and not recorded and not from_passage:
                self._verdicts[source_id, words, stated, sha256] = verdict
            if not without:
                self._from_passages.add((source_id, words, stated))

    def verify(self, source: Source, words: str, stated: str) -> list[Check]:
        """Check `words` against the newest text of `source`; if they fail there, against its older ones.

        Without any text at hand, the passages that earlier checks kept of this source stand in: words
        that are found in one get a check that says so. A record from elsewhere gives way to the file.
        Returns the checks that were made now.
        """
        made: list[Check] = []
        name, stated = Check.name_of(words), Check.place_of(stated)
        copies = self._copies[source.pk]
        for copy in copies:
            verdict = self._verdicts.get((source.pk, name, stated, copy.sha256))
            if verdict is None and (index := copy.index()) is not None:
                result = check(index, words, page=stated)
                made.append(self._keep(source, words, stated, copy.sha256, copy.taken_at, result))
                verdict = self._verdicts[source.pk, name, stated, copy.sha256] = result.verdict
            if verdict in (Verdict.VERBATIM, Verdict.EDITED):
                break
        if not copies and (source.pk, name, stated) not in self._from_passages:
            if source.pk not in self._passages:
                self._passages[source.pk] = passages_of(source)
            found = in_passages(self._passages[source.pk], words, stated)
            if found is not None:
                result, row = found
                made.append(self._keep(source, words, stated, row.sha256, row.taken_at, result, row))
                self._from_passages.add((source.pk, name, stated))
        return made

    def knows(self, source: Source, words: str, stated: str) -> bool:
        """Whether `words` have been looked for in the newest text of `source`, if there is one."""
        newest = self._copies[source.pk][:1]
        name, stated = Check.name_of(words), Check.place_of(stated)
        return all((source.pk, name, stated, copy.sha256) in self._verdicts for copy in newest)

    def _keep(
        self,
        source: Source,
        words: str,
        stated: str,
        sha256: str,
        taken_at: dt.datetime | None,
        result: Result,
        from_passage: Check | None = None,
    ) -> Check:
        row = Check(
            report=self.report,
            source=source,
            words=Check.name_of(words),
            stated=stated,
            sha256=sha256,
            engine=ENGINE_VERSION,
            verdict=result.verdict,
            reason=result.reason,
            edits=list(result.edits),
            faults=list(result.faults),
            warnings=list(result.warnings),
            pages=list(result.pages),
            labels=list(result.labels),
            places=[list(astuple(place)) for place in result.places],
            between=list(result.between),
            differences=[list(astuple(difference)) for difference in result.differences],
            omitted=list(result.omitted),
            matched=result.matched,
            passage=result.passage,
            taken_at=taken_at,
            from_passage=from_passage is not None,
        )
        self._found.append(row)
        if len(self._found) >= BATCH:
            self.store()
        return row

    def store(self) -> None:
        """Write what was found and is not written yet, in place of what stood under the same key."""
        found, self._found = self._found, []
        if found:
            names = [f.name for f in Check._meta.concrete_fields if f.name not in ("id", *KEY)]
            Check.objects.bulk_create(found, update_conflicts=True, unique_fields=KEY, update_fields=names)


# --------------------------------------------------------------------------- recorded passages


def passages_of(source: Source) -> list[Check]:
    """The records of checks that kept a passage of this source."""
    rows = Check.objects.filter(source=source, recorded=True).exclude(passage="")
    return list(rows.order_by("id")[:MOST_PASSAGES])


def in_passages(rows: Iterable[Check], words: str, stated: str) -> tuple[Result, Check] | None:
    """`words` in the passage that suits them best, and the check that kept it; None if none comes near.

    The pages are those of that check. Whether `stated` is another one is judged by them.
    """
    best: tuple[Result, Check] | None = None
    for row in rows:
        result = check(_passage_index(row.passage), words)
        if result.verdict in RANK and (best is None or RANK[result.verdict] < RANK[best[0].verdict]):
            best = result, row
    if best is None:
        return None
    result, row = best
    labels = tuple(label or str(page) for page, label in zip(row.pages, row.labels, strict=False))
    warnings = [w for w in result.warnings if w not in (OTHER_PAGE, NO_PAGE)]
    if row.pages and stated:
        warnings += page_warnings(stated, bool(set(stated_numbers(stated)) & {*labels, *map(str, row.pages)}))
    # Places are offsets in the passage, not in the file.
    result = replace(
        result, pages=tuple(row.pages), labels=labels, places=(), warnings=tuple(warnings), stated=stated
    )
    return result, row


RANK = {str(Verdict.VERBATIM): 0, str(Verdict.EDITED): 1, str(Verdict.ALTERED): 2}
