"""Taking a text out of everything for good: a secret that was pasted, a passage that has to go.

This is the one way in which the past is changed. A marker stays in each place, the history says when and
by whom, and an edition says that something is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from papers.archive import digest
from papers.changes import ChangeSet, ContentModel, bump, change, lf
from papers.models import Paper, PrivateText, Report, Scrap, Section, Source
from publishing.models import Edition
from quotes.models import Check, Quote
from timeline.models import Evidence, Theory, TimelineEvent

CONTENT: tuple[type[ContentModel], ...] = (
    Report, Section, Paper, Source, Quote, TimelineEvent, Theory, Evidence,
)  # fmt: skip
SHORTEST = 4  # characters: shorter ones would hit words that nobody meant


@dataclass(frozen=True)
class Found:
    """Where the text stands: in how many rows as they are now, past versions, editions, and other places."""

    rows: int
    past: int
    editions: int
    others: int

    @property
    def total(self) -> int:
        return self.rows + self.past + self.editions + self.others


def marker(when: Any) -> str:
    return f"[redacted on {when:%Y-%m-%d}]"


def find(report: Report, text: str) -> Found:
    """Count the places of `text`. Raises `ValidationError` if it is too short to be meant."""
    text = _meant(text)
    return Found(
        rows=sum(len(_holding(_now(report, model), model, text)) for model in CONTENT),
        past=sum(len(_holding(_history(report, model), model, text)) for model in CONTENT),
        editions=sum(_escaped(text) in edition.document for edition in Edition.objects.of(report)),
        others=sum(1 for _ in _others(report, text)),
    )


def redact(report: Report, text: str, why: str, who: Any) -> Found:
    """Replace `text` by a marker in the report's rows, its history, editions, notes, scraps and private texts.

    Checks that quote it are dropped and made anew. Raises `ValidationError` without a reason, or if the
    text stands nowhere; then nothing is changed.
    """
    text, why = _meant(text), why.strip()
    if not why:
        raise ValidationError({"why": "Say why: the history and the editions show it."})
    if not find(report, text).total:
        raise ValidationError({"text": "This text stands nowhere in the report or its past. Is it exact?"})
    gone = marker(timezone.now())
    with transaction.atomic():
        # The text goes from the past first, so that the change below leaves it in no older version.
        with change(report, who, f"A text was redacted: {why}"):
            found = find(report, text)
            for model in CONTENT:
                for row in _holding(_history(report, model), model, text):
                    _replaced(row, model, text, gone)
                    model.history.filter(pk=row.pk).update(  # type: ignore[attr-defined]
                        **{name: getattr(row, name) for name in _fields(model)}
                    )
                for row in _holding(_now(report, model), model, text):
                    _replaced(row, model, text, gone)
                    row.save()
            # What the change has just written as its past holds the marker alone.
        for edition in Edition.objects.of(report).select_for_update():
            if _escaped(text) in edition.document:
                edition.document = edition.document.replace(_escaped(text), _escaped(gone))
                entry = {"date": f"{timezone.now():%Y-%m-%d}", "why": why[:500], "who": who.get_username()}
                entry |= {"what": "A text was taken out of this edition", "sha256": edition.sha256}
                edition.redactions = [*edition.redactions, entry]
                edition.reasons = json.loads(
                    json.dumps(edition.reasons, ensure_ascii=False).replace(_escaped(text), _escaped(gone))
                )
                edition.sha256 = digest(edition.document.encode())
                edition.save()
        for row, names in _others(report, text):
            if isinstance(row, Check):
                row.delete()
                continue
            for name in names:
                setattr(row, name, getattr(row, name).replace(text, gone))
            row.save()
        bump(report)
    return found


def _meant(text: str) -> str:
    text = lf(text).strip()
    if len(text) < SHORTEST:
        raise ValidationError(
            {"text": f"Give at least {SHORTEST} characters, just as they stand in the text."}
        )
    return text


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _fields(model: type[models.Model]) -> list[str]:
    """The fields that hold words; addresses in the text (slugs, anchors, keys) are none."""
    handles = {"slug", "anchor", "key"}
    return [
        f.attname
        for f in model._meta.concrete_fields
        if isinstance(f, models.CharField | models.TextField) and f.name not in handles and not f.choices
    ]


def _now(report: Report, model: type[ContentModel]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = (
        Report.objects.filter(pk=report.pk) if model is Report else model.objects.of(report)
    )
    return rows


def _history(report: Report, model: type[ContentModel]) -> models.QuerySet[Any]:
    past: models.QuerySet[Any] = model.history.filter(changeset__report=report)  # type: ignore[attr-defined]
    return past


def _holding(rows: models.QuerySet[Any], model: type[models.Model], text: str) -> list[Any]:
    """The rows that hold the text in one of their fields, compared to the letter."""
    names = _fields(model)
    near = models.Q()
    for name in names:
        near |= models.Q(**{f"{name}__contains": text})
    return [row for row in rows.filter(near) if any(text in (getattr(row, name) or "") for name in names)]


def _replaced(row: Any, model: type[models.Model], text: str, gone: str) -> None:
    for name in _fields(model):
        value = getattr(row, name) or ""
        if text in value:
            most = getattr(model._meta.get_field(name), "max_length", None)
            setattr(row, name, value.replace(text, gone)[:most])


def _others(report: Report, text: str) -> Any:
    """(row, names of its fields) of what is no content: notes, private texts, scraps, checks."""
    kinds: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
        (ChangeSet, ("note",)),
        (PrivateText, ("body", "heading")),
        (Scrap, ("text", "title")),
        (Check, ("matched", "passage")),
    )
    for model, names in kinds:
        for row in model._default_manager.filter(report=report):
            holding = [name for name in names if text in getattr(row, name)]
            if holding:
                yield row, holding
