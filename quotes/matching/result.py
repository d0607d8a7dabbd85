"""What a check says. Plain data: no database and no wording of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

# Moves with everything that can change a verdict, so that kept verdicts are known to be old.
ENGINE_VERSION = "4"

VERBATIM, EDITED, ALTERED = "verbatim", "edited", "altered"
NOT_FOUND, UNCHECKED = "not_found", "unchecked"
VERDICTS = (VERBATIM, EDITED, ALTERED, NOT_FOUND, UNCHECKED)

# Reasons of `unchecked` that the words and the text alone can give.
EMPTY, NO_TEXT, TOO_SHORT = "empty", "no_text", "too_short"

# Warnings beside a verdict.
OMITS_NEGATION, LINE_END_HYPHEN, OTHER_PAGE = "omits_negation", "line_end_hyphen", "other_page"
NO_PAGE = "no_page"  # "p. banana" tells no page
REPLACES_NUMBER = "replaces_number"  # brackets with another number than the source's

# The edits that `edited` may have, in the words that are shown.
ELLIPSIS, BRACKETS, CITATION_DROPPED = "ellipsis", "brackets", "citation dropped"
CAPITAL_FITTED, LETTER_CASE = "capital fitted", "letter case"
FINAL_STOP, PUNCTUATION = "final stop", "punctuation"

# What is wrong with an `altered`, beyond the words that differ.
PIECES_REVERSED, PIECES_APART = "pieces reversed", "pieces too far apart"


@dataclass(frozen=True)
class Difference:
    """Source words against quoted words, "" where one side has none, and one word on either side."""

    source: str
    quoted: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Place:
    """Offsets of characters in one page's text (page: 0 for the first page of the file)."""

    page: int
    start: int
    end: int


Value = TypeVar("Value")


class _Described:
    """A field of a Result that is worked out when it is first read, with all others of its kind."""

    def __init__(self, default: object) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, result: Result | None, owner: type | None = None) -> object:
        if result is None:  # a dataclass asks its class for the default
            return self.default
        # What is known of a result stands in its __dict__, and is read from there without coming here.
        known = result.__dict__
        later = known.get("_later")
        if later is not None:
            known.update(later())
            known.pop("_later", None)  # the source is held no longer than it is needed
        return known.get(self.name, self.default)


def _described(default: Value) -> Value:
    return cast(Value, _Described(default))


@dataclass(frozen=True)
class Result:
    """One quotation against one source.

    `pages` are file pages from 1, `labels` the printed ones; `places` are the matched words in the text of
    the pages, in reading order; `between` names what the words run over there ("table", "figure", "footnote");
    `omitted` are the words that each ellipsis leaves out; `matched` are the
    source's words and `passage` the sentences they stand in, against which a quotation can be checked again.

    A search through many sources needs the verdicts alone, so where and what was found may be told later:
    the first look at `places`, `between`, `differences`, `matched` or `passage` works out all of them. Until
    then the result holds its source; whoever keeps results reads one of these, compares, copies or pickles it.
    """

    verdict: str
    reason: str = ""
    edits: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    places: tuple[Place, ...] = _described(())
    between: tuple[str, ...] = _described(())
    differences: tuple[Difference, ...] = _described(())
    omitted: tuple[str, ...] = ()
    matched: str = _described("")
    passage: str = _described("")
    stated: str = ""

    @classmethod
    def told_later(cls, later: Callable[[], dict[str, Any]], **known: object) -> Result:
        """A result of which `later` gives the fields that describe it, by name."""
        result = cls.__new__(cls)
        result.__dict__.update(known, _later=later)
        return result

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def passes(self) -> bool:
        return self.verdict in (VERBATIM, EDITED)
