"""The history of a report as lines, one for each change set: what was changed, by whom, when and why.

The rows are replayed from the oldest change set of a page to its newest, so a page takes the same
number of queries whatever the length of the history. For readers, a row counts only where they could
see it before or after the change: the rules are those of `assemble.document`, and a test holds the
two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.urls import reverse

from papers.archive import digest
from papers.changes import ChangeSet
from papers.comparing import compare, passed
from papers.models import Report, Section, Visibility
from publishing import document as tree, markdown, prose
from publishing.assemble import EDITORS
from publishing.cached import KEPT
from publishing.kinds import BY_NAME, KINDS, Kind, item_id, label
from publishing.masthead import moment
from publishing.rows import hidden_sections, newest_rows
from timeline.models import Theory

PER_PAGE = 50  # change sets
MOST_NAMED = 6  # rows that a line names
# Fields that no reader sees, though they see the row.
FOR_EDITORS = {"source": {"text", "copied_by"}}
COUNTERS = {"id", "row_version", "lower", "upper", "former_anchors", "former_slugs"}

Key = tuple[str, int]


@dataclass(frozen=True)
class Touched:
    """A row that a change set wrote. `what` is "added", "removed", "moved" or "" (changed)."""

    noun: str
    label: str
    what: str
    href: str


@dataclass(frozen=True)
class Line:
    """One change set, as much of it as the audience may see."""

    version: int
    when: dict[str, str]
    who: str
    note: str
    minor: bool
    touched: tuple[Touched, ...]
    more: int  # rows beyond those named
    words_in: int
    words_out: int

    @property
    def href(self) -> str:
        return self.touched[0].href.partition("#")[0] if self.touched else ""


@dataclass(frozen=True)
class HistoryPage:
    """Newest first. `older` and `newer` are the values of `?before=` for the next pages, or None."""

    lines: tuple[Line, ...]
    older: int | None
    newer: int | None


def page(report: Report, audience: str, before: int | None = None) -> HistoryPage:
    """The lines of the versions below `before` (default: the newest). 10 queries, whatever the history."""
    top = report.version + 1
    before = min(before, top) if before else top
    steps = list(report.changesets.filter(version__lt=before).order_by("-version")[: PER_PAGE + 1])
    shown = steps[:PER_PAGE]
    return HistoryPage(
        lines=tuple(reversed(list(_lines(report, audience, shown[::-1])))),
        older=shown[-1].version if len(steps) > PER_PAGE else None,
        newer=min(before + PER_PAGE, top) if before < top else None,
    )


def line(report: Report, audience: str, version: int) -> Line | None:
    """The line of one change set; None if there is none that the audience may see."""
    return next(_lines(report, audience, list(report.changesets.filter(version=version))), None)


def since(report: Report, version: int) -> HistoryPage:
    """What was changed after `version`, for editors: the newest lines, and in `older` if there are more."""
    steps = list(report.changesets.filter(version__gt=version).order_by("-version")[: PER_PAGE + 1])
    shown = steps[:PER_PAGE]
    older = shown[-1].version if len(steps) > PER_PAGE else None
    return HistoryPage(tuple(reversed(list(_lines(report, EDITORS, shown[::-1])))), older, None)


def _lines(report: Report, audience: str, steps: list[ChangeSet]) -> Iterator[Line]:
    """The lines of change sets that follow one another, oldest first."""
    if not steps:
        return
    replay = _Replay(report, steps, audience)
    for step in steps:
        if (line := replay.line(step)) is not None:
            yield line


# --------------------------------------------------------------------------- step by step


@dataclass
class _Replay:
    """The rows of a report as they were at one version after the other."""

    report: Report
    steps: list[ChangeSet]
    audience: str
    now: dict[Key, Any] = field(default_factory=dict)
    written: dict[int, dict[Key, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first, last = self.steps[0].version, self.steps[-1].version
        versions = {step.pk: step.version for step in self.steps}
        for kind in KINDS:
            history = kind.model.history  # type: ignore[attr-defined]
            before = newest_rows(kind.model, self.report, first - 1).order_by().values("history_id")
            within = Q(changeset__report=self.report, changeset__version__range=(first, last))
            for row in history.filter(Q(history_id__in=before) | within).order_by("history_id"):
                key = (kind.name, row.id)
                version = versions.get(row.changeset_id)
                if version is not None:  # of several rows of one change the last one counts
                    self.written.setdefault(version, {})[key] = row
                elif row.history_type != "-":
                    self.now[key] = row
        self.hidden: set[int | None] = set()
        if self.audience != EDITORS:
            self.hidden = hidden_sections(self.report)
        self.seen = self._seen()

    def _seen(self) -> set[Key]:
        return set(self.now) if self.audience == EDITORS else reach(self.now, self.hidden)

    def line(self, step: ChangeSet) -> Line | None:
        """One step forward; None if the audience could see nothing of it."""
        written = self.written.get(step.version, {})
        before, seen = dict(self.now), self.seen
        for key, row in written.items():
            if row.history_type == "-":
                self.now.pop(key, None)
            else:
                self.now[key] = row
        self.seen = self._seen()
        touched, words_in, words_out, unseen = [], 0, 0, False
        for key, row in written.items():
            old = before.get(key) if key in seen else None
            new = self.now.get(key) if key in self.seen else None
            fields = self._fields(key, old, new)
            if fields == {"position"} and key[1] not in self._passed(key[0], before, seen):
                continue  # it only made room
            if not fields and self.audience != EDITORS:
                unseen = True
                continue
            kind = BY_NAME[key[0]]
            given, taken = _words(kind, old, new, self.audience)
            words_in, words_out = words_in + given, words_out + taken
            href = reverse("diff", args=[self.report.slug, step.version - 1, step.version])
            touched += [
                Touched(noun, label(kind.name, row) if noun == kind.noun else "", what, f"{href}#{place}")
                for noun, what, place in _parts(kind, row, old, new, fields)
            ]
        if not touched:
            return None
        return Line(
            version=step.version,
            when=moment(step.when),
            who=step.who_name,
            # A note may speak of what is hidden, where the change wrote such rows too.
            note="" if unseen and self.audience != EDITORS else step.note,
            minor=step.minor,
            touched=tuple(touched[:MOST_NAMED]),
            more=max(0, len(touched) - MOST_NAMED),
            words_in=words_in,
            words_out=words_out,
        )

    def _fields(self, key: Key, old: Any, new: Any) -> set[str]:
        """The fields in which the audience can tell `old` from `new`; all of them if there is but one."""
        row = new or old
        if row is None:
            return set()
        fields = [f for f in row.tracked_fields if f.name not in COUNTERS]
        if old is not None and new is not None:
            fields = [f for f in fields if getattr(old, f.attname) != getattr(new, f.attname)]
        hidden = FOR_EDITORS.get(key[0], set()) if self.audience != EDITORS else set()
        return {f.name for f in fields} - hidden

    def _passed(self, kind: str, before: dict[Key, Any], seen: set[Key]) -> set[int]:
        return passed(_order(kind, before, seen), _order(kind, self.now, self.seen))


def _order(kind: str, rows: dict[Key, Any], seen: set[Key]) -> list[int]:
    """The ids of a kind that the audience sees, as they stand among their likes."""
    mine = [rows[key] for key in rows if key[0] == kind and key in seen]
    within = "parent_id" if kind == "section" else "theory_id"
    return [row.id for row in sorted(mine, key=lambda r: (getattr(r, within, None) or 0, r.position, r.id))]


def _parts(kind: Kind, row: Any, old: Any, new: Any, fields: set[str]) -> Iterator[tuple[str, str, str]]:
    """What to name of a row: (noun, what became of it, its place on the page of the difference)."""
    if old is None or new is None:
        yield kind.noun, "removed" if new is None else "added", item_id(kind.name, row.id)
    elif kind.name == "report":
        for name in ("summary", "acknowledgements"):
            if name in fields:
                yield name, "", name
        if fields - {"summary", "acknowledgements"} or not fields:
            yield kind.noun, "", item_id(kind.name, row.id)
    else:
        moved = bool(fields) and fields <= {"position", "parent"}
        yield kind.noun, "moved" if moved else "", item_id(kind.name, row.id)


def _words(kind: Kind, old: Any, new: Any, audience: str) -> tuple[int, int]:
    """How many words were set in and taken out."""
    hidden = FOR_EDITORS.get(kind.name, set()) if audience != EDITORS else set()
    given = taken = 0
    for name, _ in kind.words:
        if name not in hidden:
            counts = words_between(getattr(old, name, ""), getattr(new, name, ""))
            given, taken = given + counts[0], taken + counts[1]
    return given, taken


def words_between(old: str, new: str) -> tuple[int, int]:
    """Words in, words out. Kept, since a history page compares the same texts again after each change."""
    if old == new:
        return 0, 0
    name = "words:" + digest(f"{digest(old.encode())}{digest(new.encode())}".encode())
    found: tuple[int, int] | None = cache.get(name) if len(old) + len(new) > 2000 else None
    if found is None:
        comparison = compare(old, new)
        found = comparison.words_in, comparison.words_out
        if len(old) + len(new) > 2000:
            cache.set(name, found, KEPT)
    return found


# --------------------------------------------------------------------------- what readers could see


def ever_named(report: Report, words: str) -> bool:
    """Whether `words` stand in a text that readers can see in some version: an old page shows its pictures."""
    hidden = hidden_sections(report)
    public = Section.history.filter(visibility=Visibility.PUBLIC).exclude(id__in=hidden)
    texts: list[tuple[Any, tuple[str, ...]]] = [
        (public.exclude(parent_id__in=hidden), ("body",)),
        (Report.history.all(), ("summary", "acknowledgements")),
        (Theory.history.all(), ("body",)),
    ]
    return any(
        rows.filter(changeset__report=report, **{f"{name}__contains": words}).exists()
        for rows, names in texts
        for name in names
    )


@dataclass(frozen=True)
class _Marks:
    """What a text leads to."""

    quotes: frozenset[str] = frozenset()
    cited: frozenset[str] = frozenset()
    quoted: frozenset[str] = frozenset()  # keys of papers that the text quotes from
    papers: frozenset[str] = frozenset()
    timeline: bool = False
    theories: bool = False


@lru_cache(maxsize=1024)
def _marks(text: str, keys: frozenset[str], line: bool = False) -> _Marks:
    if not text.strip():
        return _Marks()
    if line:
        nodes: Any = markdown.parse_inline(text, keys=keys)
        found: tuple[tree.ProseQuote, ...] = ()
    else:
        nodes, found = prose.mark(markdown.parse(text, keys=keys), 1)
    every = list(tree.walk(nodes))
    return _Marks(
        quotes=frozenset(n.slug for n in every if isinstance(n, tree.QuoteBlock | tree.QuoteWords)),
        cited=frozenset(n.key for n in every if isinstance(n, tree.CiteItem)),
        quoted=frozenset(quote.key for quote in found if quote.key),
        papers=frozenset(n.slug for n in every if isinstance(n, tree.Target) and n.kind == "paper"),
        timeline=any(isinstance(n, tree.TimelineBlock) for n in every),
        theories=any(isinstance(n, tree.TheoriesBlock) for n in every),
    )


def reach(rows: dict[Key, Any], hidden_for_ever: set[int | None]) -> set[Key]:
    """Of the rows as they were at one version, those that readers may see in the tree of that version.

    Where a text quotes a paper that has several sources, none of them counts: which one the tree
    shows is the checks' business.
    """
    by_kind: dict[str, list[Any]] = {kind.name: [] for kind in KINDS}
    for (kind, _), row in rows.items():
        by_kind[kind].append(row)
    keys = frozenset(paper.key for paper in by_kind["paper"])
    sections = by_kind["section"]
    hidden = hidden_for_ever | {s.id for s in sections if s.visibility != Visibility.PUBLIC}
    hidden |= {s.id for s in sections if s.parent_id in hidden}
    shown = [s for s in sections if s.id not in hidden]

    in_sections = [_marks(s.body, keys) for s in shown]
    around = [_marks(text, keys) for r in by_kind["report"] for text in (r.summary, r.acknowledgements)]
    secret = [_marks(s.body, keys) for s in sections if s.id in hidden]
    events = _any(in_sections, "timeline") or not _any(secret, "timeline")
    theories = _any([*in_sections, *around], "theories") or not _any(secret, "theories")

    marks = [*in_sections, *around]
    evidence = []
    if events:
        marks += [_marks(e.text, keys, line=True) for e in by_kind["event"]]
    if theories:
        marks += [_marks(t.body, keys) for t in by_kind["theory"]]
        evidence = [e for e in by_kind["evidence"] if events or e.event_id is None]
        marks += [_marks(e.note, keys, line=True) for e in by_kind["evidence"]]

    names = {name for mark in marks for name in mark.quotes}
    placed = {q.id for q in by_kind["quote"] if q.slug in names or names & set(q.former_slugs)}
    if theories:
        placed |= {e.quote_id for e in by_kind["evidence"] if e.quote_id is not None}
    quotes = [q for q in by_kind["quote"] if q.id in placed]

    sources = {source.id: source for source in by_kind["source"]}
    quoted = {name for mark in marks for name in mark.quoted}
    texts = _only_texts(by_kind["paper"], by_kind["source"], quoted)
    seen_sources = {q.source_id for q in quotes if q.source_id in sources} | texts
    cited = {name for mark in marks for name in (*mark.cited, *mark.papers)}
    papers = {p.id for p in by_kind["paper"] if p.in_summary or p.key in cited}
    papers |= {s.paper_id for s in shown} | {e.paper_id for e in evidence}
    papers |= {sources[q.source_id].paper_id for q in quotes if q.source_id in sources}

    found: set[Key] = {("report", r.id) for r in by_kind["report"]}
    found |= {("section", s.id) for s in shown} | {("quote", q.id) for q in quotes}
    found |= {("event", e.id) for e in by_kind["event"] if events}
    found |= {("theory", t.id) for t in by_kind["theory"] if theories}
    found |= {("evidence", e.id) for e in evidence}
    found |= {("source", pk) for pk in seen_sources}
    return found | {("paper", p.id) for p in by_kind["paper"] if p.id in papers}


def _any(marks: Iterable[_Marks], name: str) -> bool:
    return any(getattr(mark, name) for mark in marks)


def _only_texts(papers: list[Any], sources: list[Any], quoted: set[str]) -> set[int]:
    """The sources of quoted papers that have just one."""
    found = set()
    for paper in papers:
        texts = [source.id for source in sources if source.paper_id == paper.id]
        if paper.key in quoted and len(texts) == 1:
            found.add(texts[0])
    return found
