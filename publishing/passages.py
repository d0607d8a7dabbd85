"""Which pictures of passages a document has: worked out once for each check and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.core.cache import cache

from papers import passages, pdftext
from papers.models import Report, SourceFile
from papers.passages import Shot
from publishing.document import Check, Document

KEPT = 30 * 24 * 3600  # seconds


def shots(report: Report, document: Document) -> dict[int, tuple[Shot, ...]]:
    """The pictures of the document's quotations by the id of their check.

    Takes no query where they are known already, one for each archived file where they are not. No
    file is opened: a picture is drawn when somebody asks for it.
    """
    wanted = {_key(q.check): q.check for q in document.every_quotation if q.check and has_picture(q.check)}
    known: dict[str, tuple[Shot, ...]] = cache.get_many(wanted)
    missing = [check for key, check in wanted.items() if key not in known]
    if missing:
        found = _work_out(report, missing)
        cache.set_many(found, KEPT)
        known |= found
    return {check.row or 0: known[key] for key, check in wanted.items() if known.get(key)}


def has_picture(check: Check) -> bool:
    """Whether the words of this check can be shown on their page: it was made on a file that is here."""
    return (
        bool(check.places and check.row)
        and not check.recorded
        and not check.from_passage
        and passages.at_hand(check.sha256)
    )


def _key(check: Check) -> str:
    what = repr((passages.DRAWING, check.sha256, check.places, [d.source for d in check.differences]))
    return "passage:" + hashlib.sha256(what.encode()).hexdigest()[:40]


def _work_out(report: Report, checks: Iterable[Check]) -> dict[str, tuple[Shot, ...]]:
    """The shots of these checks; () for one that can't be drawn."""
    by_file: dict[str, list[Check]] = {}
    for check in checks:
        by_file.setdefault(check.sha256, []).append(check)
    found: dict[str, tuple[Shot, ...]] = {}
    for sha256, those in by_file.items():
        copy = SourceFile.objects.filter(source__report=report, sha256=sha256, text__isnull=False).first()
        packed = copy.get_text() if copy is not None and copy.media_type == "application/pdf" else None
        text = pdftext.unpack(packed) if packed is not None else None
        for check in those:
            words = [d.source for d in check.differences if d.source]
            found[_key(check)] = passages.shots(text, check.places, words) if text is not None else ()
    return found
