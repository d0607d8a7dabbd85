"""A quotation that stands in a text: where its words are in the Markdown, and the text with them mended.

Pure: no Django. What is changed are the words and the locator of their citation, and only where they stand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from publishing.document import ProseQuote
from quotes.mends import PAGE, Found, Mend, offered

EDGE = r"[*_`~]*"
GAP = rf"{EDGE}\s+(?:>\s*)*{EDGE}"
MARKS = '“”„"«»「」『』'
CITED = rf"(?P<lead>{EDGE}[{MARKS}]?\s*(?:>\s*)*)\[@"


def span(text: str, words: str) -> tuple[int, int] | None:
    """Where `words` stand in the Markdown `text`, as a span; None unless that is in exactly one place.

    Lines may end within them, and emphasis may stand around each word.
    """
    tokens = words.split()
    if not tokens:
        return None
    pattern = re.compile(GAP.join(map(re.escape, tokens)))
    found = [match.span() for match in pattern.finditer(text)]
    return found[0] if len(found) == 1 else None


def mends(text: str, quote: ProseQuote, found: Found, *, paged: bool = True) -> tuple[Mend, ...]:
    """The mends for `quote` within `text`: their words are those that would stand there."""
    place = span(text, quote.words)
    if place is None:
        return ()
    raw = text[slice(*place)]
    possible = offered(raw, quote.locator, found, cited=True, paged=paged)
    return tuple(mend for mend in possible if _fits(raw, mend) and mended(text, quote, mend) is not None)


def mended(text: str, quote: ProseQuote, mend: Mend) -> str | None:
    """`text` with `mend` put in the place of the quotation's words, or of its page; None if there is no one place."""
    place = span(text, quote.words)
    if place is None:
        return None
    start, end = place
    if mend.kind != PAGE:
        return text[:start] + mend.words + text[end:]
    locator = rf"(?P<locator>\s*,\s*{re.escape(quote.locator)})?" if quote.locator else "(?P<locator>)"
    cited = re.compile(rf"{CITED}{re.escape(quote.key)}{locator}\]").match(text, end)
    if not quote.key or cited is None or (quote.locator and not cited["locator"]):
        return None
    return f"{text[:end]}{cited['lead']}[@{quote.key}, {mend.page}]{text[cited.end() :]}"


def _fits(raw: str, mend: Mend) -> bool:
    """Whether the new words leave the quotation marks as they are, and so the quotation one quotation."""
    return _marks(raw) == _marks(mend.words)


def _marks(words: str) -> Counter[str]:
    return Counter(character for character in words if character in MARKS)


def as_citation(words: str, key: str, pages: str) -> str:
    """Markdown for a quotation within a line: “words” [@key, p. 6]. `pages` as cited, without "p."; may be ""."""
    inner = " ".join(words.split())
    # Marks within marks: the outer pair is double, so what is double within becomes single.
    inner = re.sub("[“„]", "‘", inner)
    inner = inner.replace("”", "’")
    inner = _single(inner)
    several = bool(re.search("[–,]", pages))
    where = f", pp. {pages}" if several else f", p. {pages}" if pages else ""
    return f"“{inner}” [@{key}{where}]"


def _single(words: str) -> str:
    """Straight double marks as single ones, by turns."""
    parts: Sequence[str] = words.split('"')
    return "".join(part + ("" if n == len(parts) - 1 else "‘’"[n % 2]) for n, part in enumerate(parts))
