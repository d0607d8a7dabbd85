"""What a check says. Plain data: no database and no wording of the page."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Result:
    """One quotation against one source.

    `pages` are file pages from 1, `labels` the printed ones; `places` are the matched words in the text of
    the pages, in reading order; `between` names what the words run over there ("table", "figure", "footnote");
    `omitted` are the words that each ellipsis leaves out; `matched` are the
    source's words and `passage` the sentences they stand in, against which a quotation can be checked again.
    """

    verdict: str
    reason: str = ""
    edits: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    between: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    omitted: tuple[str, ...] = ()
    matched: str = ""
    passage: str = ""
    stated: str = ""

    @property
    def passes(self) -> bool:
        return self.verdict in (VERBATIM, EDITED)
