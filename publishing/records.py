"""Checks carried along with a report: verdict, page, difference, and the source's own passage.

Where the file itself is not at hand, a record stands in for the check, and says so; a mended
quotation is then compared with the passage that it kept.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from papers.changes import bump
from papers.models import Report, Source
from publishing import assemble
from publishing.document import Quote
from publishing.verification import asked
from quotes.models import Check

FORMAT = "digestsite checks 1"
FOUND = tuple(
    "verdict reason edits faults warnings pages labels places between differences omitted matched passage".split()
)
SLACK = dt.timedelta(days=1)  # clocks differ
BETWEEN = {"table", "figure", "footnote", "algorithm", "listing"}
LISTS = ("edits", "faults", "warnings", "pages", "labels", "places", "between", "differences", "omitted")


class RecordError(ValueError):
    """The file holds no records that can be read; the message says what and how to mend it."""


def write(report: Report) -> str:
    """The checks that speak for the report's quotations now, as JSON, in reading order."""
    document = assemble.document(report, audience=assemble.EDITORS)
    rows = {row.pk: row for row in Check.objects.filter(report=report).select_related("source")}
    records = []
    for quotation in document.quotations:
        row = rows.get(quotation.check.row) if quotation.check and quotation.check.row else None
        if row is None:
            continue
        record: dict[str, Any] = {
            "source": row.source.key,
            "words": quotation.text if isinstance(quotation, Quote) else quotation.words,
            "stated": row.stated,
        }
        record |= {name: value for name in (*FOUND, "sha256", "engine") if (value := getattr(row, name))}
        record["checked"] = row.checked_at.isoformat(timespec="seconds")
        if row.taken_at:
            record["taken"] = row.taken_at.isoformat(timespec="seconds")
        records.append(record)
    return json.dumps({"format": FORMAT, "checks": records}, ensure_ascii=False, indent=1) + "\n"


def load(report: Report, text: str) -> int:
    """Keep the records of `text` that the report has no check of its own for. Returns how many.

    A record counts only for a quotation and source that the report has. Raises `RecordError`.
    """
    try:
        data = json.loads(text)
        records = data["checks"] if data["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError, RecursionError):
        records = None
    if not isinstance(records, list):
        raise RecordError(
            f"These are no records of checks: a JSON object with format “{FORMAT}” is expected."
        )
    sources = {source.key: source for source in report.sources.all()}
    known = _known_quotations(report)
    own = Check.objects.filter(report=report, recorded=False, from_passage=False)
    checked = set(own.values_list("source_id", "words", "stated", "sha256"))
    rows = []
    for number, record in enumerate(records, 1):
        try:
            row = _row(report, sources, known, record)
        except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
            raise RecordError(
                f"Record {number} can't be read ({error}). Export the records again."
            ) from error
        if row is not None and (row.source_id, row.words, row.stated, row.sha256) not in checked:
            rows.append(row)
    made = Check.objects.filter(report=report).count()
    Check.objects.bulk_create(rows, ignore_conflicts=True)
    kept = Check.objects.filter(report=report).count() - made
    if kept:
        bump(report)
    return kept


def _row(
    report: Report, sources: dict[str, Source], known: set[tuple[str, str, str]], record: Any
) -> Check | None:
    """A record as a row, not yet stored; None if the report has no such quotation."""
    source, words, stated = sources.get(record["source"]), record["words"], record["stated"]
    if not isinstance(words, str):
        raise TypeError("its words are no text")
    if source is None or (source.key, words, stated) not in known:
        return None
    row = Check(
        report=report,
        source=source,
        words=Check.name_of(words),
        stated=Check.place_of(stated),
        sha256=record["sha256"],
        engine=record["engine"],
        checked_at=_moment(record["checked"]),
        taken_at=_moment(record["taken"]) if record.get("taken") else None,
        recorded=True,
        **{name: record[name] for name in FOUND if name in record},
    )
    row.clean_fields(exclude=LISTS)
    for name in LISTS:
        _is_list(name, getattr(row, name))
    if len(row.labels) != len(row.pages):
        raise ValueError("there must be one label for each page")
    if row.checked_at > timezone.now() + SLACK:
        raise ValueError("it was made in the future")
    return row


def _is_list(name: str, value: Any) -> None:
    """Raise `TypeError` unless a list holds just what the tree will read from it."""
    kinds: dict[str, tuple[type, int]] = {"pages": (int, 0), "places": (int, 3), "differences": (str, 4)}
    kind, size = kinds.get(name, (str, 0))
    if not isinstance(value, list):
        raise TypeError(f"{name} is no list")
    for item in value:
        parts = item if size else [item]
        good = isinstance(parts, list) and (not size or len(parts) == size)
        if not good or not all(type(part) is kind for part in parts):
            raise TypeError(f"{name} holds {item!r}")
        if kind is int and not all(0 <= part < 10_000_000 for part in parts):
            raise TypeError(f"{name} holds {item!r}")
    if name == "between" and not set(value) <= BETWEEN:
        raise TypeError(f"{name} holds {value!r}")


def _known_quotations(report: Report) -> set[tuple[str, str, str]]:
    document = assemble.document(report, audience=assemble.EDITORS)
    return {
        (key, quotation.text if isinstance(quotation, Quote) else quotation.words, stated)
        for quotation in document.quotations
        for key, stated in asked(document, quotation)
    }


def _moment(text: str) -> dt.datetime:
    when = dt.datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"the time {text} has no time zone")
    return when
