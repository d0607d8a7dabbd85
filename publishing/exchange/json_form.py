"""The tree as JSON: what was written, and nothing that is computed from it.

One object, keys sorted, two spaces deep. `schema` and `schema_version` say what it is. Texts are
Markdown sources as stored; what is empty is written all the same, so that every object of a kind has
the same keys. Numbers, parsed blocks, versions and row ids are left out: they come from the rest.
The one exception is `checks`, what the quotations' checks say today: for whoever reads the file, and
not read back, since a verdict is found and never imported with the words.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any, TypeVar

from publishing.document import (
    Body,
    Check,
    Document,
    Event,
    Evidence,
    Paper,
    ProseQuote,
    Quote,
    Section,
    Source,
    Theory,
)
from publishing.exchange.parsed import Finding, Parsed, checked, moment, suggestion

SCHEMA, SCHEMA_VERSION = "digestsite/report", 1

REPORT = ("slug", "title", "subtitle", "people", "notice", "language", "visibility", "audience")
PAPER = ("key", "title", "authors", "year", "url", "venue", "doi", "arxiv")
SOURCE = ("key", "kind", "title", "url", "paper", "author", "published", "text", "copied_by", "licence")
SECTION = ("anchor", "heading", "kind", "state", "visibility", "paper")
QUOTE = ("slug", "text", "source", "locator", "attribution", "url", "note")
EVENT = ("slug", "text", "date")
THEORY = ("slug", "title", "state", "proposed_by")
DIFFERENCE = ("source", "quoted", "before", "after")
EVIDENCE = ("stance", "note", "quote", "paper", "event", "url")

T = TypeVar("T")


def to_json(document: Document) -> str:
    """The whole report as JSON text; `read_json` gives the same tree back, blocks and numbers aside."""
    value = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        **_fields(document, REPORT),
        "updated": document.updated.isoformat() if document.updated else None,
        "summary": document.summary.source,
        "acknowledgements": document.acknowledgements.source,
        "papers": [{**_fields(paper, PAPER), "listed": paper.in_summary} for paper in document.papers],
        "sources": [_fields(source, SOURCE) for source in document.sources],
        "sections": [_section(section) for section in document.sections],
        "checks": _checks(document),
        "quotes": [
            {**_fields(quote, QUOTE), "former_slugs": list(quote.former_slugs)} for quote in document.quotes
        ],
        "events": [
            {**_fields(event, EVENT), "former_slugs": list(event.former_slugs)} for event in document.events
        ],
        "theories": [
            {
                **_fields(theory, THEORY),
                "body": theory.body.source,
                "former_slugs": list(theory.former_slugs),
                "evidence": [_fields(item, EVIDENCE) for item in theory.evidence],
            }
            for theory in document.theories
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _checks(document: Document) -> list[dict[str, Any]]:
    """The check of each quotation, those in the text too, in reading order; last those that nothing places."""
    placed = document.quotations
    loose = [quote for quote in document.quotes if not quote.number]
    return [_check(item, item.check) for item in (*placed, *loose) if item.check is not None]


def _check(quotation: Quote | ProseQuote, check: Check) -> dict[str, Any]:
    """`quote` is the row's slug, "" for words that stand in the text; pages of the file count from 1."""
    return {
        "quote": quotation.slug if isinstance(quotation, Quote) else "",
        "words": quotation.text if isinstance(quotation, Quote) else quotation.words,
        "source": quotation.source,
        "stated": quotation.locator,
        "verdict": check.verdict,
        "reason": check.reason,
        "edits": list(check.edits),
        "faults": list(check.faults),
        "warnings": list(check.warnings),
        "pages": list(check.pages),
        "labels": list(check.labels),
        "differences": [_fields(difference, DIFFERENCE) for difference in check.differences],
        "omitted": list(check.omitted),
        "matched": check.matched,
        "passage": check.passage,
        "checked": check.checked.isoformat() if check.checked else None,
        "sha256": check.sha256,
        "engine": check.engine,
        "taken": check.taken.isoformat() if check.taken else None,
        "recorded": check.recorded,
        "from_passage": check.from_passage,
        "elsewhere": check.elsewhere,
        "between": list(check.between),
    }


def _fields(item: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def _section(section: Section) -> dict[str, Any]:
    return {
        **_fields(section, SECTION),
        "body": section.body.source,
        "former_anchors": list(section.former_anchors),
        "children": [_section(child) for child in section.children],
    }


# --------------------------------------------------------------------------- reading


def read_json(text: str) -> Parsed:
    """Read what `to_json` writes. Nothing is raised; what is wrong is in `Parsed.findings`."""
    reading = _Reading()
    text = text.removeprefix("\ufeff")
    value: Any = None
    try:
        value = json.loads(text, object_pairs_hook=reading.pairs)
    except json.JSONDecodeError as error:
        reading.findings.append(
            Finding(
                error.lineno, f"This is not valid JSON (column {error.colno}: {error.msg}): mend it there."
            )
        )
    except (RecursionError, ValueError) as error:
        reading.findings.append(Finding(1, f"This JSON can't be read ({error}): it is no report of ours."))
    if reading.findings:
        return Parsed(Document(slug="", title=""), findings=tuple(reading.findings))
    return reading.report(value)


class _Reading:
    """Checks every type, so that no value of a wrong one comes into the tree."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def say(self, path: str, message: str) -> None:
        self.findings.append(Finding(0, message, where=path))

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                self.say(name, f"“{name}” is given twice in one object: keep one.")
            found[name] = value
        return found

    def report(self, value: Any) -> Parsed:
        lists = ("papers", "sources", "sections", "quotes", "events", "theories")
        known = (
            "schema",
            "schema_version",
            "checks",
            "updated",
            "summary",
            "acknowledgements",
            *REPORT,
            *lists,
        )
        given = self.object(value, "report", known)
        if given.get("schema") != SCHEMA:
            self.say("schema", f"This is no report: “schema” should be “{SCHEMA}”.")
        elif given.get("schema_version") != SCHEMA_VERSION:
            version = given.get("schema_version")
            self.say(
                "schema_version",
                f"Version {version!r} of the format is not known, {SCHEMA_VERSION} is: export it anew.",
            )
        texts = self.texts(given, "", REPORT)
        document = Document(
            **{"slug": "", "title": "", "audience": "editors", **texts},
            updated=self.time(given),
            summary=Body(self.text(given, "", "summary")),
            acknowledgements=Body(self.text(given, "", "acknowledgements")),
            papers=self.all(given, "papers", self.paper),
            sources=self.all(given, "sources", self.source),
            sections=self.all(given, "sections", self.section),
            quotes=self.all(given, "quotes", self.quote),
            events=self.all(given, "events", self.event),
            theories=self.all(given, "theories", self.theory),
        )
        for name in ("title", "slug"):
            if not getattr(document, name):
                self.say(name, f"The report has no {name}: give it one.")
        parsed = Parsed(document, {}, tuple(self.findings), partial=document.audience == "readers")
        return checked(parsed)

    # ----------------------------------------------------------------- values

    def object(self, value: Any, path: str, known: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.say(path, "This should be an object {…}.")
            return {}
        for name in value:
            if name not in known:
                hint = suggestion(name, known)
                self.say(f"{path}/{name}", f"“{name}” is not known here{hint}: take it out.")
        return value

    def all(
        self, given: dict[str, Any], name: str, read: Callable[[Any, str], T], path: str = ""
    ) -> tuple[T, ...]:
        path = f"{path}/{name}" if path else name
        value = given.get(name, [])
        if not isinstance(value, list):
            self.say(path, "This should be a list […].")
            return ()
        return tuple(read(item, f"{path}/{number}") for number, item in enumerate(value))

    def text(self, given: dict[str, Any], path: str, name: str) -> str:
        value = given.get(name, "")
        if not isinstance(value, str):
            self.say(f"{path}/{name}" if path else name, "This should be a text in quotation marks.")
            return ""
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            self.say(f"{path}/{name}" if path else name, "This text holds a character that can't be stored.")
            return ""
        return value.replace("\r\n", "\n").replace("\r", "\n") if name in ("body", "text") else value

    def texts(self, given: dict[str, Any], path: str, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: self.text(given, path, name) for name in names if name in given}

    def words(self, given: dict[str, Any], path: str, name: str) -> tuple[str, ...]:
        value = given.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.say(f"{path}/{name}", "This should be a list of texts.")
            return ()
        return tuple(value)

    def time(self, given: dict[str, Any]) -> dt.datetime | None:
        text = self.text(given, "", "updated") if given.get("updated") is not None else ""
        if not text:
            return None
        found = moment(text)
        if found is None:
            self.say("updated", f"“{text}” is not a time: write it as 2025-01-28T19:20:59+00:00.")
        return found[0] if found else None

    # ----------------------------------------------------------------- parts

    def paper(self, value: Any, path: str) -> Paper:
        given = self.object(value, path, (*PAPER, "listed"))
        listed = given.get("listed", True)
        if not isinstance(listed, bool):
            self.say(f"{path}/listed", "This should be true or false.")
        return Paper(**{"key": "", "title": "", **self.texts(given, path, PAPER)}, in_summary=bool(listed))

    def source(self, value: Any, path: str) -> Source:
        given = self.object(value, path, SOURCE)
        return Source(**{"key": "", "kind": "pdf", **self.texts(given, path, SOURCE)})

    def section(self, value: Any, path: str) -> Section:
        given = self.object(value, path, (*SECTION, "body", "former_anchors", "children"))
        if path.count("children") > 1:
            self.say(path, "Sections have two levels: move this one up.")
            given = {**given, "children": []}
        return Section(
            **{"anchor": "", "heading": "", **self.texts(given, path, SECTION)},
            body=Body(self.text(given, path, "body")),
            former_anchors=self.words(given, path, "former_anchors"),
            children=self.all(given, "children", self.section, path),
        )

    def quote(self, value: Any, path: str) -> Quote:
        given = self.object(value, path, (*QUOTE, "former_slugs"))
        texts = {"slug": "", "text": "", **self.texts(given, path, QUOTE)}
        return Quote(**texts, former_slugs=self.words(given, path, "former_slugs"))

    def event(self, value: Any, path: str) -> Event:
        given = self.object(value, path, (*EVENT, "former_slugs"))
        texts = {"slug": "", "text": "", **self.texts(given, path, EVENT)}
        return Event(**texts, former_slugs=self.words(given, path, "former_slugs"))

    def theory(self, value: Any, path: str) -> Theory:
        given = self.object(value, path, (*THEORY, "body", "former_slugs", "evidence"))
        return Theory(
            **{"slug": "", "title": "", "state": "rumour", **self.texts(given, path, THEORY)},
            body=Body(self.text(given, path, "body")),
            former_slugs=self.words(given, path, "former_slugs"),
            evidence=self.all(given, "evidence", self.evidence, path),
        )

    def evidence(self, value: Any, path: str) -> Evidence:
        given = self.object(value, path, EVIDENCE)
        return Evidence(**{"stance": "for", **self.texts(given, path, EVIDENCE)})
