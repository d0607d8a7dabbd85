"""What there is of each source: its archived copies, the quotations taken from it, and where these stand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from papers import reading
from papers.archive import SourceFile
from papers.licences import is_open
from papers.models import Report
from publishing import document as tree
from publishing.document import Check, Document
from publishing.html import parts as html_parts
from publishing.html.checking import name_of, was_here


@dataclass(frozen=True)
class Copy:
    """One archived copy. `sha256` is whole, `pages` counts those of a PDF, `problem` says why it has no text."""

    row: int
    sha256: str
    taken: dt.datetime
    kind: str
    pages: int
    problem: str
    aside: bool = False

    @property
    def short(self) -> str:
        return self.sha256[:12]

    @property
    def is_pdf(self) -> bool:
        return self.kind == reading.PDF


@dataclass(frozen=True)
class Shelf:
    """A source with its copies, the newest first, and the first file page (from 1) of each quotation in
    `current`, the copy that quotations are checked against: 0 for one that does not stand there.
    """

    row: int
    key: str
    kind: str
    title: str
    paper: str
    open: bool
    copies: tuple[Copy, ...]
    current: Copy | None
    pages: dict[str, int] = field(default_factory=dict)


def shelves(report: Report, document: Document) -> dict[int, Shelf]:
    """Every source of the document by its row. One query, however many there are."""
    copies: dict[int, list[Copy]] = defaultdict(list)
    rows = SourceFile.objects.filter(source__report=report).defer("text").order_by("-id")
    for row in rows:
        copies[row.source_id].append(
            Copy(row.pk, row.sha256, row.taken_at, row.kind, row.page_count or 0, row.problem, row.aside)
        )
    papers = document.paper_by_key
    found: dict[int, Shelf] = {}
    for source in document.sources:
        if source.row is None:
            continue
        mine = tuple(copies[source.row])
        # As for checks: one without text stands back behind an older one with text.
        counting = [copy for copy in mine if not copy.aside]
        current = next((copy for copy in counting if not copy.problem), counting[0] if counting else None)
        sha256 = current.sha256 if current else ""
        found[source.row] = Shelf(
            row=source.row,
            key=source.key,
            kind=source.kind,
            title=_title(source, papers),
            paper=source.paper,
            open=is_open(source.licence),
            copies=mine,
            current=current,
            pages={
                name_of(q): (q.check.places[0][0] + 1 if q.check and stands_in(q.check, sha256) else 0)
                for q in document.quotations
                if q.source == source.key
            },
        )
    return found


def _title(source: tree.Source, papers: dict[str, tree.Paper]) -> str:
    paper = papers.get(source.paper)
    if source.title or paper is None:
        who = f"Post by {source.author}" if source.kind == "post" and source.author else source.key
        return source.title or who
    return html_parts.short_title(paper.title)


def stands_in(check: Check, sha256: str) -> bool:
    """Whether the check says where its words stand in the text with this hash (of a post, "" is its own)."""
    return was_here(check) and (check.sha256 == sha256 or not sha256)
