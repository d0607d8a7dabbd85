"""The obvious alternative, to compare with: letters and digits contained, else a fuzzy ratio of 60 or more."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

MARK = re.compile(r"…|\.\.\.|\[[^\]]*\]")


def obvious(text: str, quotation: str) -> str:
    """`text` is the source's, in lower case with its letters and digits alone."""
    key = re.sub(r"[\W_]+", "", quotation).lower()
    if key in text:
        return "verbatim"
    if MARK.search(quotation):
        plain = re.sub(r"[\W_]+", "", MARK.sub("", quotation)).lower()
        return "edited" if fuzz.partial_ratio(plain, text) >= 60 else "not_found"
    return "altered" if fuzz.partial_ratio(key, text) >= 60 else "not_found"
