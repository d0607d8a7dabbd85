"""What leads from one document to another: rows set in, taken out, moved, and the words that differ.

Made from two trees alone. Rows are matched by their database ids, never by their addresses, so that a
renamed or moved section is the same section.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.utils.safestring import SafeString

from papers.comparing import Comparison, compare, passed
from publishing import document as tree, verdicts
from publishing.html.checking import badge
from publishing.kinds import BY_NAME, Kind, item_id, label
from publishing.paragraphs import Stretch, folded, paragraphs

FACT_WORDS: dict[str, str] = {
    "todo": "to do",
    "done": "written",
    "article": "article",
    "inbox": "inbox",
    "editors": "editors only",
    "public": "public",
    "True": "yes",
    "False": "no",
}


@dataclass(frozen=True)
class Text:
    """A text that differs; `name` is "" for the main one of its row."""

    name: str
    comparison: Comparison
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Fact:
    """A field that is compared as a whole; "" where it was, or is, empty."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """What became of one row. `what` is "new", "removed", "moved" or "" for changed words and facts."""

    kind: str
    row: int | None
    noun: str
    heading: str
    where: str
    what: Literal["new", "removed", "moved", ""]
    texts: tuple[Text, ...] = ()
    facts: tuple[Fact, ...] = ()
    moved: str = ""  # from where, in words
    checks: tuple[tree.Check, tree.Check] | None = None
    anchor: str = ""  # its address on the page of the newer document, or ""

    @property
    def badges(self) -> tuple[SafeString, SafeString] | None:
        """What became of a quotation's verdict, if it is another one now."""
        return (badge(self.checks[0]), badge(self.checks[1])) if self.checks else None

    @property
    def id(self) -> str:
        return item_id(self.kind, self.row) if self.row is not None else self.kind


@dataclass(frozen=True)
class Differences:
    """All of it, in reading order."""

    changes: tuple[Change, ...] = ()

    @property
    def words_in(self) -> int:
        return sum(text.comparison.words_in for change in self.changes for text in change.texts)

    @property
    def words_out(self) -> int:
        return sum(text.comparison.words_out for change in self.changes for text in change.texts)

    @property
    def moved_text(self) -> bool:
        pieces = (p for change in self.changes for text in change.texts for p in text.comparison.pieces)
        return any(piece.moved for piece in pieces)

    @property
    def simplified(self) -> bool:
        return any(text.comparison.simplified for change in self.changes for text in change.texts)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def only(self, keys: Collection[tuple[str, int | None]]) -> Differences:
        """Those of some rows, by kind and id."""
        return Differences(tuple(c for c in self.changes if (c.kind, c.row) in keys))


def differences(old: tree.Document, new: tree.Document) -> Differences:
    """What leads from `old` to `new`, two documents of one report."""
    return Differences(tuple(_Comparing(old, new).changes()))


@dataclass(frozen=True)
class _Place:
    """A row in a tree: `item` its node, `within` what it stands in (a row id, or None), `where` in words."""

    item: Any
    within: int | None = None
    where: str = ""


Rows = dict[int, _Place]


class _Comparing:
    def __init__(self, old: tree.Document, new: tree.Document) -> None:
        self.old, self.new = old, new

    def changes(self) -> Iterator[Change]:
        yield from self.of_report()
        for kind, rows in (
            ("section", _sections),
            ("quote", _quotes),
            ("theory", _theories),
            ("evidence", _evidence),
            ("event", _events),
            ("paper", _papers),
            ("source", _sources),
        ):
            yield from self.of_rows(BY_NAME[kind], rows(self.old), rows(self.new))

    def of_report(self) -> Iterator[Change]:
        """The report's own fields; its two long texts stand for themselves."""
        kind = BY_NAME["report"]
        own, long = [], {}
        for name, words in kind.words:
            if (text := _text(words, self.old, self.new, name)) is not None:
                if name in ("summary", "acknowledgements"):
                    long[name] = replace(text, name="")
                else:
                    own.append(text)
        facts = _facts(kind, self.old, self.new)
        if own or facts:
            yield Change("report", None, "report", "The report itself", "", "", tuple(own), facts)
        for name, text in long.items():
            yield Change(name, None, "text", name.capitalize(), "", "", (text,), anchor=name)

    def of_rows(self, kind: Kind, old: Rows, new: Rows) -> Iterator[Change]:
        moved = _moved(kind.name, old, new)
        for key in _in_order(list(old), list(new)):
            before, after = old.get(key), new.get(key)
            change = self.of_row(kind, key, before, after, key in moved)
            if change is not None:
                yield change

    def of_row(
        self, kind: Kind, key: int, old: _Place | None, new: _Place | None, moved: bool
    ) -> Change | None:
        place = new or old
        assert place is not None
        a, b = old.item if old else None, new.item if new else None
        texts = [t for name, words in kind.words if (t := _text(words, a, b, name)) is not None]
        facts = _facts(kind, a, b)
        if old and new and not (texts or facts or moved):
            return None
        if len(kind.words) == 1 or kind.name in ("section", "quote"):
            main = {"section": "text", "quote": "words"}.get(kind.name, kind.words[0][1])
            texts = [replace(text, name="") if text.name == main else text for text in texts]
        return Change(
            kind=kind.name,
            row=key,
            noun=kind.noun,
            heading=label(kind.name, place.item) or kind.noun.capitalize(),
            where=place.where,
            what="moved"
            if old and new and not (texts or facts)
            else ""
            if old and new
            else "new"
            if new
            else "removed",
            texts=tuple(texts),
            facts=facts,
            moved=_from_where(old, new) if moved and old and new else "",
            checks=_checks(a, b),
            anchor=_anchor(kind.name, b),
        )


# --------------------------------------------------------------------------- the rows of a tree


def _sections(document: tree.Document) -> Rows:
    found: Rows = {}
    for section in document.sections:
        found[section.row or 0] = _Place(section)
        for child in section.children:
            found[child.row or 0] = _Place(child, section.row, section.heading)
    return found


def _quotes(document: tree.Document) -> Rows:
    titles = {source.key: label("source", source) for source in document.sources}
    return {q.row or 0: _Place(q, None, titles.get(q.source, "")) for q in document.quotes}


def _theories(document: tree.Document) -> Rows:
    return {theory.row or 0: _Place(theory) for theory in document.theories}


def _evidence(document: tree.Document) -> Rows:
    return {
        piece.row or 0: _Place(piece, theory.row, f"on “{theory.title}”")
        for theory in document.theories
        for piece in theory.evidence
    }


def _events(document: tree.Document) -> Rows:
    return {event.row or 0: _Place(event, None, event.when) for event in document.events}


def _papers(document: tree.Document) -> Rows:
    return {paper.row or 0: _Place(paper) for paper in document.papers}


def _sources(document: tree.Document) -> Rows:
    return {source.row or 0: _Place(source) for source in document.sources}


def _anchor(kind: str, item: Any) -> str:
    match kind, item:
        case _, None:
            return ""
        case "section", _:
            return str(item.anchor)
        case "quote", _:
            return str(item.anchor) if item.number else ""
        case (("event" | "theory"), _):
            return f"{kind}-{item.slug}"
        case "paper", _:
            return f"paper-{item.key}" if item.number else ""
    return ""


def _in_order(old: Sequence[int], new: Sequence[int]) -> list[int]:
    """All of both: those of `new` as they stand, those that are gone behind what they stood behind."""
    order = list(new)
    there = set(new)
    for place, key in enumerate(old):
        if key not in there:
            before = next((k for k in reversed(old[:place]) if k in there), None)
            order.insert(order.index(before) + 1 if before is not None else 0, key)
            there.add(key)
    return order


# Where the order of rows is no matter of their own: quotations stand where the text has them, events
# by their dates, sources by their keys.
ORDERED = {"section", "theory", "evidence", "paper"}


def _moved(kind: str, old: Rows, new: Rows) -> set[int]:
    """The rows of both that stand in another place: under another parent, or passed by the others."""
    if kind not in ORDERED:
        return set()
    both = [key for key in new if key in old]
    moved = {key for key in both if old[key].within != new[key].within}
    for level in {new[key].within for key in both}:
        stayed = [key for key in both if new[key].within == level and key not in moved]
        moved |= passed([key for key in old if key in set(stayed)], stayed)
    return moved


def _from_where(old: _Place, new: _Place) -> str:
    if old.within != new.within:
        return f"moved from “{old.where}”" if old.where else "moved from the first level"
    return "moved"


# --------------------------------------------------------------------------- one row


def _string(item: Any, name: str) -> str:
    value = getattr(item, name, "") if item is not None else ""
    return value.source if isinstance(value, tree.Body) else str(value)


def _text(words: str, old: Any, new: Any, name: str) -> Text | None:
    before, after = _string(old, name), _string(new, name)
    if before == after:
        return None
    found = compare(before, after)
    return Text(words, found, tuple(folded(paragraphs(found.pieces))))


def _facts(kind: Kind, old: Any, new: Any) -> tuple[Fact, ...]:
    """The facts that differ; of a row that is new or gone those that say something."""
    found = []
    for name, words in kind.facts:
        before, after = _string(old, name), _string(new, name)
        if (old is None or new is None) and (name in QUIET or (after or before) in QUIET_VALUES):
            continue
        if before != after:
            found.append(Fact(words, FACT_WORDS.get(before, before), FACT_WORDS.get(after, after)))
    return tuple(found)


# Of a row that is new or gone, these are told by its place, or go without saying.
QUIET = {"anchor", "slug", "in_summary", "language"}
QUIET_VALUES = {"article", "public"}


def _checks(old: Any, new: Any) -> tuple[tree.Check, tree.Check] | None:
    """Of a quotation, what its check finds before and after, where that differs."""
    if not (isinstance(old, tree.Quote) and isinstance(new, tree.Quote)):
        return None
    before, after = verdicts.check_of(old), verdicts.check_of(new)
    return (before, after) if verdicts.badge(before) != verdicts.badge(after) else None
