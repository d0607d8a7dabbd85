"""Check quoted words against what is archived of their source, and keep what was found.

Only what is not yet known is worked out: a check belongs to the words, the page they are said to
stand on, the source's bytes and the engine. Nothing here writes content.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from functools import lru_cache
from typing import Any

from papers import pdftext
from papers.archive import SourceFile, digest
from papers.models import Report, Source, SourceKind
from quotes.matching import ENGINE_VERSION, Index, Line, Page, Result, build, check
from quotes.models import Check, Verdict

# A mended quotation is looked for in what earlier checks kept of a source; so many of them are read.
MOST_PASSAGES = 500


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


@lru_cache(maxsize=4)
def _index(copy: int, sha256: str) -> Index | None:
    """The index of an archived copy; None if it holds no text. The last few are kept in memory."""
    packed = SourceFile.objects.get(pk=copy).get_text()
    return None if packed is None else build(pages_of(pdftext.unpack(packed)))


def texts_of(source: Source) -> Iterable[tuple[str, Any, Index | None]]:
    """What there is of a source, the newest first: (sha256, when it was taken, index)."""
    if source.kind == SourceKind.POST and source.text.strip():
        yield digest(source.text.encode()), None, build([Page(source.text)])
    for copy in source.files.defer("text"):
        yield copy.sha256, copy.taken_at, _index(copy.pk, copy.sha256)


def verify(report: Report, source: Source, words: str, stated: str) -> list[Check]:
    """Check `words` against the newest text of `source`; if they fail there, against its older ones.

    Without any text at hand, the passages that earlier checks kept of this source stand in: words
    that are found in one get a check that says so. Returns the checks that were made now.
    """
    made: list[Check] = []
    nothing = True
    for sha256, taken_at, index in texts_of(source):
        nothing = False
        found = _known(report, source, words, stated, sha256)
        if found is None and index is not None:
            found = _keep(report, source, words, stated, sha256, taken_at, check(index, words, page=stated))
            made.append(found)
        if found is not None and found.verdict in (Verdict.VERBATIM, Verdict.EDITED):
            break
    return _against_passages(report, source, words, stated) if nothing else made


def _known(report: Report, source: Source, words: str, stated: str, sha256: str) -> Check | None:
    """The check by this engine that is already there. A record from elsewhere gives way to the file."""
    rows = Check.objects.filter(
        report=report, source=source, words=Check.name_of(words), stated=stated, sha256=sha256
    )
    return rows.filter(engine=ENGINE_VERSION, recorded=False, from_passage=False).first()


def _against_passages(report: Report, source: Source, words: str, stated: str) -> list[Check]:
    kept = Check.objects.filter(report=report, source=source).exclude(passage="")
    name = Check.name_of(words)
    if kept.filter(words=name, stated=stated).exists():
        return []
    rows = list(kept.filter(recorded=True).order_by("id")[:MOST_PASSAGES])
    best: tuple[Result, Check] | None = None
    for row in rows:
        result = check(build([Page(row.passage)]), words)
        if result.verdict in (Verdict.UNCHECKED, Verdict.NOT_FOUND):
            continue
        if best is None or RANK[result.verdict] < RANK[best[0].verdict]:
            best = result, row
    if best is None:
        return []
    result, row = best
    made = _keep(report, source, words, stated, row.sha256, row.taken_at, result, from_passage=row)
    return [made]


RANK = {str(Verdict.VERBATIM): 0, str(Verdict.EDITED): 1, str(Verdict.ALTERED): 2}


def _keep(
    report: Report,
    source: Source,
    words: str,
    stated: str,
    sha256: str,
    taken_at: Any,
    result: Result,
    from_passage: Check | None = None,
) -> Check:
    """Store what was found. Pages of a passage are those of the check that kept it."""
    pages = from_passage.pages if from_passage else list(result.pages)
    labels = from_passage.labels if from_passage else list(result.labels)
    row, _ = Check.objects.update_or_create(
        report=report,
        source=source,
        words=Check.name_of(words),
        stated=stated,
        sha256=sha256,
        engine=ENGINE_VERSION,
        defaults={
            "verdict": result.verdict,
            "reason": result.reason,
            "edits": list(result.edits),
            "faults": list(result.faults),
            "warnings": [w for w in result.warnings if not (from_passage and w == "other_page")],
            "pages": pages,
            "labels": labels,
            "places": [] if from_passage else [list(astuple(place)) for place in result.places],
            "differences": [list(astuple(difference)) for difference in result.differences],
            "omitted": list(result.omitted),
            "matched": result.matched,
            "passage": result.passage,
            "taken_at": taken_at,
            "recorded": False,
            "from_passage": from_passage is not None,
        },
    )
    return row
