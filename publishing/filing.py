"""A scrap becomes a quotation, an event, a theory or prose, in one change; and back again."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError

from papers.changes import Conflict, ContentModel, change
from papers.forms import propose_handle
from papers.merging import marks_left
from papers.models import Report, Scrap, Section, Source
from papers.scraps import ScrapState
from publishing import markdown
from publishing.in_text import as_citation
from publishing.quoting import pages_of
from quotes import trial
from quotes.models import Quote
from timeline.models import Evidence, Theory, TimelineEvent

QUOTE, EVENT, THEORY, PROSE = "quote", "event", "theory", "prose"
MODELS: dict[str, type[ContentModel]] = {QUOTE: Quote, EVENT: TimelineEvent, THEORY: Theory}
HANDLE = re.compile(r"x\.com/([A-Za-z0-9_]{1,15})/|twitter\.com/([A-Za-z0-9_]{1,15})/")


def file(scrap: Scrap, kind: str, section: Section | None, who: Any, expected: int) -> Scrap:
    """Make `kind` of the scrap; with `section`, it is placed at the end of its text.

    `expected` is the scrap's version as it was looked at. Raises `Conflict` if it has moved, and
    `ValidationError` if it can't become that. Nothing is written then.
    """
    if kind not in (*MODELS, PROSE):
        raise ValidationError(f"A scrap can’t be filed as “{kind}”.")
    if kind == PROSE and section is None:
        raise ValidationError("Choose the section that the prose is to stand in.")
    report = scrap.report
    with transaction.atomic():
        # The report's lock first, as a form takes them that files scraps with its text.
        with change(report, who, f"Scrap from {scrap.origin or 'the inbox'} filed as {kind}: “{scrap}”"):
            row = scrap.locked(expected)
            if kind == PROSE:
                made, placed = "prose", _with_origin(row)
            else:
                thing: Any = {QUOTE: _quote, EVENT: _event, THEORY: _theory}[kind](report, row, who)
                made = f"{kind}:{thing.slug}"
                placed = f"[[quote:{thing.slug}]]" if kind == QUOTE else ""
            if section is not None and placed:
                _place(section, placed)
        row.done(ScrapState.FILED, who, filed_as=made, filed_in=section if placed else None)
    return row


def _place(section: Section, text: str) -> None:
    stored = section.stored()
    if stored is None:
        raise ValidationError(f"“{section}” has been deleted meanwhile. Choose another section.")
    body = f"{stored.body}\n\n{text}" if stored.body.strip() else text
    if not _refused(stored.body):
        _refuse_unfit(body, f"“{section}”")
    stored.write(body)
    stored.save()


def _refused(body: str) -> str:
    """What the form would refuse in a text, in words."""
    if lines := marks_left(body):
        return f"line {lines[0]}: both texts of a merge stand between marks."
    return next((f"line {problem.line}: {problem.message}" for problem in markdown.refusals(body)), "")


def _refuse_unfit(body: str, where: str) -> None:
    if problem := _refused(body):
        raise ValidationError(
            f"As it is, the scrap can’t stand in {where}, {problem} Open the form and insert it there, mended."
        )


def _with_origin(scrap: Scrap) -> str:
    """The text as prose, with the way to where it was found behind it."""
    return f"{scrap.text}\n\n{scrap.way_back()}" if scrap.address else scrap.text


def _saved(row: Any, words: str) -> Any:
    row.slug = propose_handle(type(row), row.report, words)  # under the lock: nobody takes it in between
    row.full_clean()
    row.save()
    return row


def _quote(report: Report, scrap: Scrap, who: Any) -> Quote:
    """A quotation of its source: the known one, the one its words are found in, or a new one."""
    words = scrap.text.strip()
    source, page = scrap.source, ""
    if source is not None:
        page = pages_of(trial.look(source, words))
    elif scrap.kind != Scrap.Kind.POST:
        found, _ = trial.search(report, words)
        if found is not None and found.result.passes:
            source, page = found.source, pages_of(found)
    if source is None and scrap.address:
        source = _new_source(report, scrap, who)
    return _saved(Quote(report=report, text=words, source=source, locator=page), words)


def as_prose(scrap: Scrap) -> str:
    """The Markdown that a scrap becomes in a text, its source kept: as a citation where the report has the
    source's paper (a quotation with its page), else as the way to where it was found.
    """
    paper = scrap.source.paper if scrap.source else None
    text = scrap.text.strip()
    if paper is None or scrap.source is None:
        return _with_origin(scrap)
    if scrap.kind == Scrap.Kind.QUOTE:
        return as_citation(text, paper.key, pages_of(trial.look(scrap.source, text)))
    # Behind a fence, a table or a formula a citation would be a part of it.
    last = text.rpartition("\n")[2].strip()
    between = "\n\n" if last.startswith(("`", "~", "|", "$")) else " "
    return f"{text}{between}[@{paper.key}]"


def _new_source(report: Report, scrap: Scrap, who: Any) -> Source:
    post = scrap.kind == Scrap.Kind.POST
    handle = HANDLE.search(scrap.address) if post else None
    source = Source(
        report=report,
        kind=Source.Kind.POST if post else Source.Kind.PDF if ".pdf" in scrap.address else Source.Kind.WEB,
        title=scrap.title or scrap.origin,
        url=scrap.address[:1000],
        author=f"@{handle[1] or handle[2]}" if handle else "",
        # What was captured of a post is its copy; who captured it vouches for it.
        text=scrap.text if post else "",
        copied_by=scrap.captured_by if post else "",
    )
    source.key = propose_handle(Source, report, source.title or "source")
    source.full_clean()
    source.save()
    return source


def _event(report: Report, scrap: Scrap, who: Any) -> TimelineEvent:
    text = " ".join(scrap.text.split())
    if scrap.address:
        text += f" ([{scrap.origin or 'source'}](<{scrap.address}>))"
    return _saved(TimelineEvent(report=report, text=text), scrap.text)


def _theory(report: Report, scrap: Scrap, who: Any) -> Theory:
    first, _, rest = scrap.text.strip().partition("\n")
    title = first.strip().lstrip("# ")
    body = rest.strip() if len(title) <= 200 else scrap.text.strip().lstrip("# ")
    if scrap.address:
        body = f"{body}\n\n[{scrap.origin or 'Source'}](<{scrap.address}>)".strip()
    _refuse_unfit(body, "a theory")
    return _saved(Theory(report=report, title=title[:200], body=body), title)


def undo(scrap: Scrap, who: Any, expected: int) -> str:
    """The scrap waits again, and what was made of it goes. `Conflict` if that was gone on with since.

    Prose that does not stand in its text any more as it was filed is left to its author: what is said of it
    is returned, else "".
    """
    if scrap.state != ScrapState.FILED:
        scrap.undo(who, expected)
        return ""
    said = ""
    with transaction.atomic():
        with change(scrap.report, who, f"Filing undone: “{scrap}”"):
            row = scrap.locked(expected, ScrapState.FILED)
            kind, _, slug = row.filed_as.partition(":")
            if row.filed_in is not None and kind == QUOTE:
                _take_out(row.filed_in, f"[[quote:{slug}]]")
            if row.filed_in is not None and kind == PROSE:
                stored = row.filed_in.stored()
                body = stored.body if stored is not None else ""
                # A block of its own, as it was placed: not letters in the middle of somebody's words.
                block = next(
                    (text for text in (as_prose(row), _with_origin(row)) if _stands_once(text, body)), ""
                )
                if block:
                    _take_out(row.filed_in, block)
                else:
                    said = (
                        f"The text of “{row.filed_in}” stays: the words don’t stand there as they were filed."
                    )
            if kind in MODELS:
                _delete(kind, row.report, slug)
        row.waits_again()
    return said


def _stands_once(text: str, body: str) -> bool:
    whole = re.findall(rf"(?:\A|(?<=\n)){re.escape(text)}(?=\n|\Z)", body)
    return len(whole) == 1 and body.count(text) == 1


def _take_out(section: Section, text: str) -> None:
    stored = section.stored()
    parts = stored.body.split(text) if stored is not None else []
    if len(parts) != 2:
        raise Conflict(f"The text of “{section}” has changed there since. Take the words out in its form.")
    before, behind = parts
    if before[-1:] in ("", "\n") and behind[:1] in ("", "\n"):  # a block of its own, as it was placed
        stored.body = "\n\n".join(part for part in (before.rstrip("\n"), behind.lstrip("\n")) if part)
    else:
        stored.body = before + behind
    if not stored.body.strip() and stored.state == Section.State.DRAFT:
        stored.state = Section.State.TODO
    stored.save()


def _delete(kind: str, report: Report, slug: str) -> None:
    """What was made of a scrap goes, and the source that was made for it alone."""
    made: Any = MODELS[kind].objects.of(report).filter(slug=slug).first()
    if made is None or made.row_version > 1:
        raise Conflict(f"“{slug}” has been edited or deleted since. Look at it in its own form.")
    if where := _named_in(report, f"[[{kind}:{slug}"):
        raise Conflict(f"“{made}” is placed in “{where}” by now. Take [[{kind}:{slug}]] out there first.")
    source = made.source if kind == QUOTE else None
    step = made.history.earliest().changeset_id
    try:
        made.delete()
    except ProtectedError as error:
        raise Conflict(f"“{made}” is used elsewhere by now. Look at it in its own form.") from error
    if source is None or source.row_version > 1 or source.history.earliest().changeset_id != step:
        return
    if not source.scraps.exists():
        with suppress(ProtectedError):  # it has a copy, or another quotation, since: then it stays
            source.delete()


def _named_in(report: Report, words: str) -> str:
    """What holds a text of the report that names a row: `words` is "[[kind:slug"."""
    stored = Report.objects.get(pk=report.pk)
    texts = [("Summary", stored.summary), ("Acknowledgements", stored.acknowledgements)]
    for model, name in ((Section, "body"), (Theory, "body"), (TimelineEvent, "text"), (Evidence, "note")):
        rows = model.objects.of(report).filter(**{f"{name}__contains": words})
        texts += [(str(row), getattr(row, name)) for row in rows]
    named = re.compile(re.escape(words) + r"\s*[\]|]")
    return next((title for title, text in texts if named.search(text)), "")
