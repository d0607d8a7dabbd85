"""Which check speaks for some quoted words: of those that are kept, or why there is none.

The checks themselves are made by `quotes.verify`; nothing is checked while a page is written.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.dateformat import format as date_format

from papers.archive import digest
from papers.models import Report, SourceKind
from publishing import document as tree
from quotes.models import Check, Reason, Verdict


class Checks:
    """The checks of one report: one query, and one more for sources without their newest copy."""

    def __init__(self, report: Report, sources: Iterable[Any], only: Iterable[str] | None = None) -> None:
        """`only`: the words that will be asked about, where those are few."""
        self.sources = {source.id: source for source in sources}
        self.copies = {
            source.id: _Copy(source) for source in self.sources.values() if hasattr(source, "copy_sha256")
        }
        if len(self.copies) < len(self.sources):  # rows of an old version: today's copies speak for them
            for source in report.sources.with_newest_copy().filter(pk__in=self.sources):
                self.copies[source.id] = _Copy(source)
        self.rows: dict[tuple[str, str], list[Check]] = defaultdict(list)
        if self.sources:
            rows = Check.objects.filter(report=report)
            if only is not None:
                rows = rows.filter(words__in=[Check.name_of(words) for words in only])
            for row in rows.order_by("-checked_at", "-id"):
                self.rows[row.words, row.stated].append(row)

    def of(self, words: str, stated: str, source_id: int | None) -> tree.Check:
        """The check of `words`, said to stand on page `stated`, against the source's newest text."""
        source = self.sources.get(source_id)
        if source is None:
            return _unchecked(Reason.NO_SOURCE)
        rows = self.rows.get((Check.name_of(words), Check.place_of(stated)), [])
        mine = [row for row in rows if row.source_id == source_id]
        copy = self.copies.get(source_id)
        if copy is None or not copy.sha256:
            recorded = next((row for row in mine if row.recorded or row.from_passage), None)
            if recorded is not None:
                return self._check(recorded, rows)
            post = source.kind == SourceKind.POST
            return _unchecked(Reason.POST_NOT_ARCHIVED if post else Reason.NOT_ARCHIVED)
        here = [row for row in mine if row.sha256 == copy.sha256]
        # A record that was carried along never speaks where the file itself was looked at.
        own = [row for row in here if not (row.recorded or row.from_passage)]
        if own or here:
            return self._check((own or here)[0], rows)
        if copy.problem:
            return _unchecked(Reason.NO_TEXT)
        waits = _unchecked(Reason.SOURCE_CHANGED if mine else Reason.NOT_YET)
        return replace(waits, taken=copy.taken, earlier=_earlier(mine, copy.sha256))

    def of_paper(self, words: str, stated: str, paper_id: int | None) -> tuple[tree.Check, str]:
        """The best check of `words` among the sources of a cited paper, and that source's key."""
        found = [
            (self.of(words, stated, source.id), source.key)
            for source in self.sources.values()
            if paper_id is not None and source.paper_id == paper_id
        ]
        return min(found, key=lambda pair: RANK[pair[0].verdict], default=(_unchecked(Reason.NO_SOURCE), ""))

    def _check(self, row: Check, others: list[Check]) -> tree.Check:
        mine = (other for other in others if other.source_id == row.source_id)
        found = replace(_plain(row), earlier=_earlier(mine, row.sha256))
        if found.passes:
            return found
        for other in others:
            passes = other.verdict in (Verdict.VERBATIM, Verdict.EDITED) and other.pk != row.pk
            if passes and self._same_work(row, other):
                return replace(found, elsewhere=self._names(other))
        return found

    def _same_work(self, row: Check, other: Check) -> bool:
        """Whether two checks are against texts of one work: copies of a source, or sources of one paper."""
        one, two = self.sources.get(row.source_id), self.sources.get(other.source_id)
        if one is None or two is None:
            return False
        return bool(one.id == two.id or (one.paper_id and one.paper_id == two.paper_id))

    def _names(self, row: Check) -> str:
        source = self.sources.get(row.source_id)
        name = (source.title or source.key) if source else "another text"
        return f"{name}, copy of {date_format(row.taken_at, 'j F Y')}" if row.taken_at else name


class FrozenChecks:
    """The checks that were kept with a document, as `exchange.to_json` writes them."""

    def __init__(self, records: Iterable[Mapping[str, Any]], keys: Mapping[int, str]) -> None:
        self.keys = keys
        self.rows: dict[tuple[bool, str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for record in records:
            self.rows[bool(record["quote"]), record["words"], record["stated"]].append(record)

    def of(self, words: str, stated: str, source_id: int | None) -> tree.Check:
        key = self.keys.get(source_id or 0, "")
        for record in self.rows.get((True, words, stated), ()):
            if record["source"] == key:
                return _of_record(record)
        return _unchecked(Reason.NOT_YET)

    def of_paper(self, words: str, stated: str, paper_id: int | None) -> tuple[tree.Check, str]:
        for record in self.rows.get((False, words, stated), ()):
            return _of_record(record), record["source"]
        return _unchecked(Reason.NO_SOURCE), ""


def _of_record(record: Mapping[str, Any]) -> tree.Check:
    values: dict[str, Any] = {}
    for name in "verdict reason matched passage sha256 engine recorded from_passage elsewhere".split():
        values[name] = record[name]
    for name in "edits faults warnings pages labels omitted".split():
        values[name] = tuple(record[name])
    for name in ("checked", "taken"):
        values[name] = dt.datetime.fromisoformat(record[name]) if record[name] else None
    values["between"] = tuple(record.get("between", ()))  # older ones have none
    values["differences"] = tuple(tree.Difference(**parts) for parts in record["differences"])
    return tree.Check(**values)


def _plain(row: Check) -> tree.Check:
    return tree.Check(
        verdict=row.verdict,
        reason=row.reason,
        edits=tuple(row.edits),
        faults=tuple(row.faults),
        warnings=tuple(row.warnings),
        pages=tuple(row.pages),
        labels=tuple(row.labels),
        differences=tuple(tree.Difference(*parts) for parts in row.differences),
        omitted=tuple(row.omitted),
        matched=row.matched,
        passage=row.passage,
        checked=row.checked_at,
        sha256=row.sha256,
        engine=row.engine,
        taken=row.taken_at,
        recorded=row.recorded,
        from_passage=row.from_passage,
        places=tuple((page, start, end) for page, start, end in row.places),
        between=tuple(row.between),
        row=row.pk,
    )


def _earlier(rows: Iterable[Check], sha256: str) -> tuple[tree.Check, ...]:
    """The last check against each other file, of `rows` with the newest check first; newest file first."""
    found: dict[str, Check] = {}
    for row in rows:
        if row.sha256 != sha256:
            found.setdefault(row.sha256, row)
    rows = sorted(found.values(), key=lambda row: row.taken_at or row.checked_at, reverse=True)
    return tuple(_plain(row) for row in rows)


# The best first: what the words do pass in speaks for them.
RANK: dict[str, int] = {
    Verdict.VERBATIM: 0,
    Verdict.EDITED: 1,
    Verdict.ALTERED: 2,
    Verdict.NOT_FOUND: 3,
    Verdict.UNCHECKED: 4,
}


class _Copy:
    """What there is of a source: the newest archived file, or the copied text of a post."""

    def __init__(self, source: Any) -> None:
        self.sha256: str = source.copy_sha256 or ""
        self.problem: str = source.copy_problem or ""
        self.taken: dt.datetime | None = source.copy_taken_at
        if source.kind == SourceKind.POST and source.text.strip():
            self.sha256, self.problem = digest(source.text.encode()), ""


def _unchecked(reason: Reason) -> tree.Check:
    return tree.Check(verdict=Verdict.UNCHECKED, reason=reason)
