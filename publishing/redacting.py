"""Taking a text out of everything for good: a secret that was pasted, a passage that has to go.

This is the one way in which the past is changed. A marker stays in each place, the history says when and
by whom, and an edition says that something is missing. Slugs, anchors and keys stay, since the text leads
to its rows by them; where one holds the words, `Found.names` says so.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, models, transaction
from django.utils import timezone
from django.utils.text import slugify

from papers.archive import SourceFile, digest
from papers.changes import ChangeSet, ContentModel, bump, change, lf
from papers.links import AddressCheck
from papers.models import Paper, PrivateText, Report, Scrap, Section, Source
from publishing import document as tree, markdown, prose
from publishing.models import Edition
from publishing.swapping import PIECES, SHORTER, Swap, dumped, from_document
from quotes.models import Check, Quote
from timeline.models import Evidence, Theory, TimelineEvent

CONTENT: tuple[type[ContentModel], ...] = (
    Report, Section, Paper, Source, Quote, TimelineEvent, Theory, Evidence,
)  # fmt: skip
HANDLES = frozenset({"slug", "anchor", "key"})
SHORTEST = 4  # characters: shorter ones would hit words that nobody meant
# The database looks for so much of the text; a longer pattern SQLite refuses. The rest is compared here.
NEAR = 1000
# Names in the text of a report that hold words: its blocks may quote.
BODIES: dict[type[ContentModel], tuple[str, ...]] = {
    Report: ("summary", "acknowledgements"),
    Section: ("body",),
    Theory: ("body",),
}


@dataclass(frozen=True)
class Found:
    """Where the text stands: in how many rows as they are now, past versions, editions, and other places.

    `names` are slugs, anchors and keys that hold it, or its words; they are not changed.
    """

    rows: int
    past: int
    editions: int
    others: int
    names: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.rows + self.past + self.editions + self.others


def marker(when: Any) -> str:
    return f"[redacted on {when:%Y-%m-%d}]"


def find(report: Report, text: str) -> Found:
    """Count the places of `text`. Raises `ValidationError` if it is too short to be meant."""
    swap = _swap(report, text)
    slug = slugify(swap.text, allow_unicode=True)
    return Found(
        rows=sum(len(_swapped_rows(_now(report, model), model, swap)) for model in CONTENT),
        past=sum(len(_swapped_rows(_history(report, model), model, swap)) for model in CONTENT),
        editions=sum(bool(_swap_edition(row, swap)) for row in Edition.objects.of(report)),
        others=sum(1 for _ in _others(report, swap)) + len(_checks(report, swap)),
        names=tuple(
            sorted(n for n in swap.handles if swap.text in n or (len(slug) >= SHORTEST and slug in n.lower()))
        ),
    )


def redact(report: Report, text: str, why: str, who: Any) -> Found:
    """Replace `text` by a marker in the report's rows, its history, editions, notes, scraps and private texts.

    Checks that quote it are dropped and made anew, and no page that was made before is kept. Raises
    `ValidationError` without a reason, if the text stands nowhere, or if an edition could not be read
    without it; then nothing is changed.
    """
    swap, why = _swap(report, text), why.strip()
    if not why:
        raise ValidationError({"why": "Say why: the history and the editions show it."})
    if not find(report, text).total:
        raise ValidationError({"text": "This text stands nowhere in the report or its past. Is it exact?"})
    why = swap.words(why)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # what is deleted is overwritten in the file, too
            cursor.execute("PRAGMA secure_delete = ON")
    with transaction.atomic():
        with change(report, who, f"A text was redacted: {why}"):
            found = find(report, text)
            for check in _checks(report, swap):
                check.delete()
            # The text goes from the past first, so that the change below leaves it in no older version.
            for model in CONTENT:
                for row in _swapped_rows(_history(report, model), model, swap):
                    names = [*_fields(model), *(("lower", "upper") if model is TimelineEvent else ())]
                    model.history.filter(pk=row.pk).update(  # type: ignore[attr-defined]
                        **{name: getattr(row, name) for name in names}
                    )
                for row in _swapped_rows(_now(report, model), model, swap):
                    row.save()
        for edition in Edition.objects.of(report).select_for_update():
            _redact_edition(edition, swap, why, who)
        for row, fields in _others(report, swap):
            # Only the words: whoever files or drops a scrap at this moment is not undone. A form that was
            # opened before finds another version.
            count = {"version": models.F("version") + 1} if isinstance(row, PrivateText | Scrap) else {}
            type(row)._base_manager.filter(pk=row.pk).update(**fields, **count)
        # What addresses answered names hosts; a button asks them anew.
        AddressCheck.objects.filter(report=report).delete()
        bump(report)
        # Pages that were kept have the text in them, if under names that nobody asks for any more.
        transaction.on_commit(cache.clear)
        transaction.on_commit(_empty_log)
    return found


def _empty_log() -> None:
    """SQLite keeps the pages of before beside the database until its log is written back.

    Who reads at that moment can be in the way: then the server's end, or the next large change, does it.
    """
    if connection.vendor == "sqlite":
        with contextlib.suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _swap(report: Report, text: str) -> Swap:
    text = lf(text).strip()
    if len(text) < SHORTEST:
        raise ValidationError(
            {"text": f"Give at least {SHORTEST} characters, just as they stand in the text."}
        )
    now = timezone.now()
    if text in marker(now) or any(text in short for short in SHORTER):
        raise ValidationError(
            {"text": "This is a part of the marker that would take its place. Give more of the text."}
        )
    return Swap(text, marker(now), f"{now:%Y-%m-%d}", _handles(report))


def _handles(report: Report) -> frozenset[str]:
    """All slugs, anchors and keys that rows of the report have, or had."""
    found: set[str] = set()
    for model in CONTENT:
        for name in HANDLES & {f.name for f in model._meta.concrete_fields}:
            found.update(_now(report, model).values_list(name, flat=True))
            found.update(_history(report, model).order_by().values_list(name, flat=True).distinct())
    return frozenset(found)


# --------------------------------------------------------------------------- rows


def _fields(model: type[models.Model]) -> list[str]:
    """The fields that hold words; slugs, anchors and keys are none, nor is a code or a choice."""
    return [
        f.attname
        for f in model._meta.concrete_fields
        if isinstance(f, models.CharField | models.TextField)
        and f.name not in HANDLES | {"language"}
        and not f.choices
    ]


def _now(report: Report, model: type[ContentModel]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = (
        Report.objects.filter(pk=report.pk) if model is Report else model.objects.of(report)
    )
    return rows


def _history(report: Report, model: type[ContentModel]) -> models.QuerySet[Any]:
    past: models.QuerySet[Any] = model.history.filter(changeset__report=report)  # type: ignore[attr-defined]
    return past


def _holding(rows: models.QuerySet[Any], model: type[models.Model], text: str) -> Iterator[Any]:
    """The rows that hold the text in one of their fields, compared to the letter."""
    names = _fields(model)
    near = models.Q()
    for name in names:
        near |= models.Q(**{f"{name}__contains": text[:NEAR]})
    for row in rows.filter(near):
        if any(text in (getattr(row, name) or "") for name in names):
            yield row


def _swapped_rows(rows: models.QuerySet[Any], model: type[models.Model], swap: Swap) -> list[Any]:
    """The rows that change, each with the marker in it, not stored yet."""
    found = []
    for row in _holding(rows, model, swap.text):
        before = [getattr(row, name) for name in _fields(model)]
        for name in _fields(model):
            f = model._meta.get_field(name)
            setattr(row, name, _value(f, getattr(row, name) or "", swap))
        if model is TimelineEvent and not row.date:
            row.lower = row.upper = None
        if before != [getattr(row, name) for name in _fields(model)]:
            found.append(row)
    return found


def _value(f: Any, value: str, swap: Swap) -> str:
    if isinstance(f, models.URLField):
        return swap.address(value, f.max_length)
    if f.name in ("date", "doi", "arxiv") and swap.text in value:
        return ""  # a part of one is none
    return swap.words(value, f.max_length)


# --------------------------------------------------------------------------- editions


def _swap_edition(edition: Edition, swap: Swap) -> bool:
    """Put the marker into an edition, not stored yet; whether anything changed."""
    before = (
        edition.document, edition.name, edition.note, edition.withdrawn_why, edition.reasons, edition.redactions
    )  # fmt: skip
    value = json.loads(edition.document)
    swapped = from_document(swap, value)
    _requote(value, swapped, swap)
    if swapped != value:
        edition.document = dumped(swapped)
    edition.name = swap.words(edition.name, 120)
    edition.note = swap.words(edition.note)
    edition.withdrawn_why = swap.words(edition.withdrawn_why, 500)
    edition.reasons = [
        kept | {name: swap.words(kept[name]) for name in ("words", "reason")} for kept in edition.reasons
    ]
    edition.redactions = [entry | {"why": swap.words(entry["why"])} for entry in edition.redactions]
    return before != (
        edition.document, edition.name, edition.note, edition.withdrawn_why, edition.reasons, edition.redactions
    )  # fmt: skip


def _requote(value: Any, swapped: Any, swap: Swap) -> None:
    """Take the text out of what a frozen document says of its checks, which know quotations by plain words.

    In these, lines run on and emphasis is gone: the text may stand there otherwise than in what was parsed.
    """
    now: dict[str, str] = {}
    for old, new in _changed_texts(value, swapped):
        was, after = _said(old, swap), _said(new, swap)
        for at, words in enumerate(was):
            if words not in after:
                now[words] = after[at] if len(was) == len(after) else swap.gone
    blocks: Any = markdown.parse(swap.text, keys=swap.handles).blocks
    plain = _flat(" ".join(tree.plain((block,)) for block in blocks))
    forms = [form for form in {_flat(swap.text), plain} if len(form) >= SHORTEST]
    for before, entry in zip(value.get("checks", ()), swapped.get("checks", ()), strict=True):
        words = now.get(_flat(before["words"]), entry["words"])
        for form in forms:
            if form in _flat(words):
                words = _flat(words).replace(form, swap.gone)
        pieces = [*entry["differences"], *entry["omitted"], entry["matched"], entry["passage"]]
        if words != entry["words"] or any(_in(form, _flattened(pieces)) for form in forms):
            entry |= {"words": words} | PIECES


def _changed_texts(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """The texts of a document's JSON that are not what they were."""
    if isinstance(old, dict):
        for name in old:
            yield from _changed_texts(old[name], new[name])
    elif isinstance(old, list):
        for one, other in zip(old, new, strict=False):  # the pieces of a check are gone by now
            yield from _changed_texts(one, other)
    elif isinstance(old, str) and old != new:
        yield old, new


def _said(body: str, swap: Swap) -> list[str]:
    _, quotations = prose.mark(markdown.parse(body, keys=swap.handles), 1)
    return [_flat(quotation.words) for quotation in quotations]


def _flat(words: str) -> str:
    return " ".join(words.split())


def _flattened(value: Any) -> Any:
    return _flat(value) if isinstance(value, str) else [_flattened(item) for item in value]


def _redact_edition(edition: Edition, swap: Swap, why: str, who: Any) -> None:
    before = edition.sha256
    if not _swap_edition(edition, swap):
        return
    entry = {"date": swap.day, "why": why[:500], "who": who.get_username()}
    entry |= {"what": "A text was taken out of this edition", "sha256": before}
    edition.redactions = [*edition.redactions, entry]
    edition.sha256 = digest(edition.document.encode())
    try:
        edition.tree()
    except (ValueError, KeyError, TypeError) as error:
        raise ValidationError(
            {"text": f"{edition} could not be read any more without it ({error}). Nothing is taken out."}
        ) from error
    edition.save()


# --------------------------------------------------------------------------- what is no content


def _others(report: Report, swap: Swap) -> Iterator[tuple[Any, dict[str, str]]]:
    """Notes, private texts, scraps, copies' names and the admin's log that change, each with its new fields."""
    labels: tuple[tuple[models.QuerySet[Any], tuple[str, ...]], ...] = (
        (ChangeSet.objects.filter(report=report), ("note",)),
        (PrivateText.objects.filter(report=report), ("body", "heading")),
        (Scrap.objects.filter(report=report), ("text", "title", "address", "origin")),
        (SourceFile.objects.filter(source__report=report).defer("text"), ("name", "taken_from", "problem")),
        # It keeps what rows were called; of which report they were is not said there.
        (LogEntry.objects.all(), ("object_repr", "change_message")),
    )
    for rows, names in labels:
        for row in rows:
            fields = {}
            for name in names:
                before = getattr(row, name) or ""
                after = _other(row._meta.get_field(name), before, swap)
                if after != before:
                    fields[name] = after
            if fields:
                yield row, fields


def _other(f: Any, value: str, swap: Swap) -> str:
    if isinstance(f, models.URLField):
        return swap.address(value, f.max_length)
    if f.name == "change_message":
        try:
            return json.dumps(swap.everywhere(json.loads(value), swap.label))
        except ValueError:
            return swap.label(value)
    if isinstance(f, models.CharField):
        return swap.label(value, f.max_length)
    return swap.label(value) if f.name == "object_repr" else swap.words(value)


def _checks(report: Report, swap: Swap) -> list[Check]:
    """Those of words that hold the text, and those that found it: their pieces are pieces of it."""
    names = _names_of_words(report, swap)
    texts = ("edits", "faults", "warnings", "labels", "differences", "omitted", "matched", "passage")
    return [
        row
        for row in Check.objects.filter(report=report)
        if row.words in names or any(_in(swap.text, getattr(row, name)) for name in texts)
    ]


def _in(text: str, value: Any) -> bool:
    if isinstance(value, str):
        return text in value
    return isinstance(value, list) and any(_in(text, item) for item in value)


def _names_of_words(report: Report, swap: Swap) -> set[str]:
    """By what names checks know the quotations that are others, or none, without the text."""
    keys = frozenset(swap.handles)
    found: set[str] = set()
    blocks: set[str] = set()
    for rows in (_now, _history):
        for row in _holding(rows(report, Quote), Quote, swap.text):
            found.add(Check.name_of(row.text))
            found.discard(Check.name_of(swap.words(row.text)))
        for model, names in BODIES.items():
            for row in _holding(rows(report, model), model, swap.text):
                for name in names:
                    blocks.update(_blocks(getattr(row, name), swap.text))
    for block in blocks:
        found |= _quoted(block, keys) - _quoted(swap.words(block), keys)
    return found


def _blocks(body: str, text: str) -> Iterator[str]:
    """The paragraphs that hold the text: of a long past, few are ever different, and only they are parsed."""
    place = body.find(text)
    while place >= 0:
        end = body.find("\n\n", place + len(text))
        end = len(body) if end < 0 else end
        yield body[body.rfind("\n\n", 0, place) + 1 : end].strip("\n")
        place = body.find(text, end)


def _quoted(body: str, keys: frozenset[str]) -> set[str]:
    _, quotations = prose.mark(markdown.parse(body, keys=keys), 1)
    return {Check.name_of(quotation.words) for quotation in quotations}
