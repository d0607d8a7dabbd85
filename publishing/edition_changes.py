"""What an edition changed since the one before it: made from the two frozen documents alone.

A frozen document has no database ids, and the rows of each count from 1. So the rows of the newer one are
given the ids of those they go on from: by their address, or one they used to have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.cache import cache
from django.utils.safestring import SafeString

from publishing import document as tree, verdicts
from publishing.cached import KEPT, build
from publishing.differences import Change, Differences, differences
from publishing.html.checking import badge
from publishing.kinds import LABEL_LENGTH
from publishing.masthead import counted
from publishing.models import Edition

MANY = {"theory": "theories", "evidence": "evidence"}
MOST = 40  # lines that the edition's page has; all stand in the full comparison


@dataclass(frozen=True)
class Line:
    """What became of one thing. `said` are the ways in which it changed, in words; `badges` what its check
    found before and finds now, where that differs; `anchor` its place on the newer edition's page, or "".
    """

    noun: str
    heading: str
    said: tuple[str, ...]
    anchor: str = ""
    badges: tuple[SafeString, SafeString] | None = None
    verdict: tuple[str, str] | None = None


@dataclass(frozen=True)
class Changed:
    """All of it, and how much: words set in and taken out."""

    lines: tuple[Line, ...]
    words_in: int
    words_out: int

    @property
    def shown(self) -> tuple[Line, ...]:
        return self.lines[:MOST]

    @property
    def rest(self) -> int:
        return max(0, len(self.lines) - MOST)

    @property
    def found(self) -> tuple[Line, ...]:
        """Those that no comparison of texts shows by itself: other verdicts on the same words."""
        return tuple(line for line in self.lines if line.badges)

    @property
    def summary(self) -> str:
        """Such as "3 sections, 1 quotation; 120 words in, 4 out"."""
        counts: dict[str, int] = {}
        for line in self.lines:
            counts[line.noun] = counts.get(line.noun, 0) + 1
        things = ", ".join(counted(count, noun, MANY.get(noun, "")) for noun, count in counts.items())
        words = f"{counted(self.words_in, 'word')} in, {self.words_out} out"
        return f"{things}; {words}" if self.words_in or self.words_out else things


def before(edition: Edition) -> Edition | None:
    """The edition before this one, withdrawn or not."""
    return (
        Edition.objects.filter(report=edition.report, number__lt=edition.number).order_by("-number").first()
    )


def changed(old: Edition, new: Edition) -> Changed:
    """What `new` changed since `old`. Kept for these very two texts: editions never change."""
    name = f"edition-changes:{old.pk}:{old.sha256}:{new.pk}:{new.sha256}:{build()}"
    found: Changed | None = cache.get(name)
    if found is None:
        found = _changed(old.tree(), new.tree())
        cache.set(name, found, KEPT)
    return found


def since(last: Edition, document: tree.Document) -> Changed:
    """What an edition of `document` would change since the `last` one."""
    return _changed(last.tree(), document)


def compared(old: tree.Document, new: tree.Document) -> Differences:
    """Every difference between two documents whose rows are known by their addresses alone."""
    return differences(old, rematched(old, new))


def _changed(old: tree.Document, new: tree.Document) -> Changed:
    new = rematched(old, new)
    found = differences(old, new)
    lines = [_line(change) for change in found.changes]
    told = {change.row for change in found.changes if change.kind == "quote"}
    place = max(
        (n for n, line in enumerate(lines, 1) if line.noun in ("section", "text", "quotation")), default=0
    )
    lines[place:place] = [*_verdicts(old, new, told), *_in_the_text(old, new)]
    return Changed(tuple(lines), found.words_in, found.words_out)


# --------------------------------------------------------------------------- lines


def _line(change: Change) -> Line:
    said: list[str] = [change.what] if change.what in ("new", "removed") else []
    names = {"heading": "renamed", "title": "renamed"}
    if change.moved or change.what == "moved":
        said.append(change.moved or "moved")
    if not said or change.moved:
        for text in change.texts:
            if text.name in names and change.kind in ("section", "theory", "paper", "source"):
                old = "".join(p.text for p in text.comparison.pieces if p.kind != "in")
                said.append(f"renamed, was “{_short(old)}”")
    words_in = sum(text.comparison.words_in for text in change.texts if text.name not in names)
    words_out = sum(text.comparison.words_out for text in change.texts if text.name not in names)
    if change.what == "new" and words_in:
        said.append(counted(words_in, "word"))
    elif change.what != "removed" and (words_in or words_out):
        said.append(f"{counted(words_in, 'word')} in, {words_out} out")
    if change.what not in ("new", "removed"):
        said += [
            f"{fact.name}: {fact.old or 'none'} → {fact.new or 'none'}"
            for fact in change.facts
            if fact.name not in ("anchor", "slug")
        ]
        if not said and change.texts:
            said.append("signs or spaces changed")
        if not said:
            said.append("its address changed")
    found = change.checks
    return Line(
        change.noun,
        change.heading,
        tuple(said),
        change.anchor,
        change.badges,
        (verdicts.badge(found[0]), verdicts.badge(found[1])) if found else None,
    )


def _verdicts(old: tree.Document, new: tree.Document, told: set[int | None]) -> Iterator[Line]:
    """Quotations with the same words, of which the check found something else."""
    rows = {quote.row: quote for quote in old.quotes}
    for quote in new.quotes:
        if quote.row in rows and quote.row not in told:
            anchor = quote.anchor if quote.number else ""
            yield from _verdict(rows[quote.row], quote, f"“{_short(quote.text)}”", anchor)


def _in_the_text(old: tree.Document, new: tree.Document) -> Iterator[Line]:
    """Quotations that stand in the text without a row, known by their words and the work they cite."""
    was: dict[str, list[tree.ProseQuote]] = {}
    for quote in old.prose:
        if quote.number:
            was.setdefault(quote.name, []).append(quote)
    for quote in new.prose:
        if not quote.number:
            continue
        heading = f"“{_short(quote.words)}”"
        if before := was.get(quote.name):  # the same words can stand in several places
            yield from _verdict(before.pop(0), quote, heading, quote.anchor)
        else:
            yield Line("quotation", heading, ("new, in the text",), quote.anchor)
    for quote in (quote for left in was.values() for quote in left):
        yield Line("quotation", f"“{_short(quote.words)}”", ("removed from the text",))


def _verdict(old: Any, new: Any, heading: str, anchor: str) -> Iterator[Line]:
    first, then = verdicts.check_of(old), verdicts.check_of(new)
    words = verdicts.badge(first), verdicts.badge(then)
    if words[0] != words[1]:
        yield Line("quotation", heading, (), anchor, (badge(first), badge(then)), words)


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LABEL_LENGTH else words[: LABEL_LENGTH - 1].rsplit(" ", 1)[0] + "…"


# --------------------------------------------------------------------------- the rows of both


def rematched(old: tree.Document, new: tree.Document) -> tree.Document:
    """`new` with the row ids of `old` where a row goes on, and ids of its own where it is new."""
    sections = _ids(list(old.all_sections()), list(new.all_sections()), "anchor", "former_anchors")
    given = iter(sections)
    rows = []
    for section in new.sections:
        row = next(given)
        children = tuple(replace(child, row=next(given)) for child in section.children)
        rows.append(replace(section, row=row, children=children))
    quotes = _with(old.quotes, new.quotes, "slug", "former_slugs")
    events = _with(old.events, new.events, "slug", "former_slugs")
    theories = _with(old.theories, new.theories, "slug", "former_slugs")
    whole = replace(
        new,
        sections=tuple(rows),
        quotes=quotes,
        events=events,
        theories=theories,
        papers=_with(old.papers, new.papers, "key", ""),
        sources=_with(old.sources, new.sources, "key", ""),
    )
    return replace(whole, theories=tuple(_evidence(old, whole)))


def _evidence(old: tree.Document, new: tree.Document) -> Iterator[tree.Theory]:
    """The theories of `new`; evidence has no address, so it is known by what it points to, and what it says."""
    known = {
        piece.row or 0: _sign(old, theory, piece) for theory in old.theories for piece in theory.evidence
    }
    free = max([*known, 0])
    for theory in new.theories:
        pieces = []
        for piece in theory.evidence:
            sign = _sign(new, theory, piece)
            same = [row for row, other in known.items() if other == sign]
            if any(sign[1]):  # the same thing with another note, or speaking for another side
                same += [row for row, other in known.items() if other[:2] == sign[:2]]
            if not same:
                free += 1
            row = same[0] if same else free
            known.pop(row, None)
            pieces.append(replace(piece, row=row))
        yield replace(theory, evidence=tuple(pieces))


def _sign(document: tree.Document, theory: tree.Theory, piece: tree.Evidence) -> tuple[Any, ...]:
    """What evidence is known by: its theory, what it points to, its stance and its note."""
    quote = document.quote_by_slug.get(piece.quote)
    event = document.event_by_slug.get(piece.event)
    to = (quote and quote.row, piece.paper, event and event.row, piece.url)
    return theory.row, to, piece.stance, piece.note


def _with(old: Sequence[Any], new: Sequence[Any], name: str, former: str) -> tuple[Any, ...]:
    return tuple(replace(item, row=row) for item, row in zip(new, _ids(old, new, name, former), strict=True))


def _ids(old: Sequence[Any], new: Sequence[Any], name: str, former: str) -> list[int]:
    """For each of `new` the id of the one of `old` with its address, or with one that it had; else a new id."""
    by_name = {getattr(item, name): item.row for item in old}
    ids: list[int | None] = [by_name.pop(getattr(item, name), None) for item in new]
    free = max([item.row or 0 for item in old] + [0])
    found = []
    for item, row in zip(new, ids, strict=True):
        if row is None and former:
            gone = [past for past in getattr(item, former) if past in by_name]
            row = by_name.pop(gone[-1]) if gone else None
        if row is None:
            free += 1
            row = free
        found.append(row)
    return found
