"""What a newer file of a source changed: old and new verdict of each quotation, side by side.

Made from the tree alone: a check carries those against the source's older files with it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from publishing import document as tree, verdicts
from publishing.checks import RANK
from quotes.matching.result import NO_PAGE, OTHER_PAGE
from quotes.models import Reason

MOST_WORDS = 8  # of a quotation that is named in passing


@dataclass(frozen=True)
class Recheck:
    """A quotation that was checked against an older file, and its check against the newest one."""

    quotation: verdicts.Quotation
    old: tree.Check
    new: tree.Check

    @property
    def waits(self) -> bool:
        """Whether the newest file has not been looked into yet."""
        return self.new.reason == Reason.SOURCE_CHANGED

    @property
    def changed(self) -> bool:
        """Whether a reader is told something else of the words than before; their page aside."""
        return not self.waits and _told(self.old) != _told(self.new)

    @property
    def moved(self) -> bool:
        """Whether the same is told of them, on another page."""
        return not self.waits and not self.changed and verdicts.pages(self.old) != verdicts.pages(self.new)

    @property
    def pages(self) -> str:
        """ "p. 8, now p. 9"."""
        return f"{verdicts.pages(self.old) or 'no page'}, now {verdicts.pages(self.new) or 'no page'}"

    @property
    def words(self) -> str:
        words = verdicts.plain_words(self.quotation).split()
        return " ".join(words[:MOST_WORDS]) + (" …" if len(words) > MOST_WORDS else "")

    def __str__(self) -> str:
        old, new = verdicts.badge(self.old), verdicts.badge(self.new)
        return f"“{self.words}”: was {_lower(old)}; now {_lower(new)}"


@dataclass(frozen=True)
class Newer:
    """A source with a newer file: what changed with it, the worst first; what only moved; the rest counted."""

    source: tree.Source
    changed: tuple[Recheck, ...]
    moved: tuple[Recheck, ...]
    same: int
    waiting: int
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.source.title or self.source.key

    def __str__(self) -> str:
        """ "2 verdicts changed with the newer file of DeepSeek-R1, 5 did not"."""
        count, stayed = len(self.changed), len(self.moved) + self.same
        if self.waiting and not count:
            rest = f", {stayed} checked with the same verdict" if stayed else ""
            many = verdicts.counted(self.waiting, "quotation")
            return f"{many} not yet checked against the newer file of {self.name}{rest}"
        parts = [f"{verdicts.counted(count, 'verdict') if count else 'No verdict'} changed"]
        parts[0] += f" with the newer file of {self.name}"
        if stayed and count:
            parts.append(f"{stayed} did not")
        if self.waiting:
            parts.append(f"{self.waiting} still to be checked")
        return ", ".join(parts)


def of(document: tree.Document) -> list[Newer]:
    """For each source with a newer file, what that changed; sources in their own order.

    A quotation counts if it was checked before the newest file was taken. Posts have no files.
    """
    by_source: dict[str, list[Recheck]] = defaultdict(list)
    for quotation in document.every_quotation:
        check = quotation.check
        since = (check.taken or check.checked) if check else None
        if check is None or since is None:
            continue
        # An older file that was looked into later, for words that fail in the newest, tells of no change.
        old = next((each for each in check.earlier if each.checked and each.checked <= since), None)
        if old is not None:
            by_source[quotation.source].append(Recheck(quotation, old, check))
    found = []
    for source in document.sources:
        if source.kind == "post" or source.key not in by_source:
            continue
        rechecks = by_source[source.key]
        changed = tuple(sorted((each for each in rechecks if each.changed), key=_worst))
        moved = tuple(each for each in rechecks if each.moved)
        waiting = sum(each.waits for each in rechecks)
        sha256 = next((each.new.sha256 for each in rechecks if each.new.sha256), "")
        same = len(rechecks) - len(changed) - len(moved) - waiting
        found.append(Newer(source, changed, moved, same, waiting, sha256))
    return found


def _told(check: tree.Check) -> tuple[Any, ...]:
    # That the stated page is another one goes with the page.
    warnings = set(check.warnings) - {OTHER_PAGE, NO_PAGE}
    return check.verdict, check.reason, check.edits, check.faults, check.differences, warnings


def _worst(recheck: Recheck) -> int:
    return RANK[recheck.old.verdict] - RANK[recheck.new.verdict]


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
