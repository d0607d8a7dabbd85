"""Is this quotation in this source? Text in, verdict out; no Django, no files, no network.

    index = build([Page("The text of page one."), Page("And of page two.", label="ii")])
    check(index, "the text of … two", page="ii")

The definitions of the verdicts are those of the methods page: the check says that words are present in a
source, not that they are true.
"""

from __future__ import annotations

from quotes.matching.building import build
from quotes.matching.check import check
from quotes.matching.index import Index, load
from quotes.matching.pages import Aside, Line, Page
from quotes.matching.result import ENGINE_VERSION, VERDICTS, Difference, Place, Result

__all__ = [
    "ENGINE_VERSION", "VERDICTS", "Aside", "Difference", "Index", "Line", "Page", "Place", "Result",
    "build", "check", "load",
]  # fmt: skip
