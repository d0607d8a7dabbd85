"""A quotation that stands in a text: where its words are in the Markdown, and the text with them mended.

Pure: no Django. What is changed are the words and the locator of their citation, and only where they stand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from publishing import markdown, prose
from publishing.document import ProseQuote
from quotes.mends import PAGE, Found, Mend, offered

EDGE = r"[*_`~]*"
GAP = rf"{EDGE}\s+(?:>\s*)*"
MARKS = '“”„"«»「」『』'
CLOSING = {
    "“": "”", '"': '"', "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』",
    "‘": "’", "‚": "‘’", "'": "'", "‹": "›", "›": "‹",
}  # fmt: skip
BLANK = r"\s*(?:>\s*)*"
WITHIN = r"[^\[\]]*?"  # of a citation: its other works, and what is said before them


def span(text: str, quote: ProseQuote) -> tuple[int, int] | None:
    """Where the words of `quote` stand in the Markdown `text`, as a span; None unless that is in exactly one place.

    Only words that are a quotation there count: in quotation marks, or in a block with `>`, and directly
    followed by their citation. Lines may end within them, emphasis may stand around and between their
    letters, and a sign may have a backslash before it.
    """
    place = _place(text, quote)
    return place.span("words") if place else None


def _place(text: str, quote: ProseQuote) -> re.Match[str] | None:
    tokens = quote.words.split()
    if not tokens or not quote.key:
        return None
    words = GAP.join("".join(map(_letter, token)) for token in tokens)
    locator = rf"\s*,\s*{re.escape(quote.locator)}" if quote.locator else ""
    cited = rf"\[{WITHIN}(?P<item>@{re.escape(quote.key)}{locator})(?=\s*[;\]])"
    opening, closing = "".join(CLOSING), "".join(CLOSING.values())
    in_marks = (
        rf"(?P<opening>[{opening}]){EDGE}(?P<words>{words}){EDGE}(?P<closing>[{closing}]){EDGE}{BLANK}{cited}"
    )
    in_block = rf"^[^\n\w]{{0,40}}>[^\n\w]{{0,40}}?(?P<words>{words}){EDGE}{BLANK}{cited}"
    found = [m for m in re.finditer(in_marks, text) if m["closing"] in CLOSING[m["opening"]]]
    found += re.finditer(in_block, text, re.MULTILINE)
    if len(found) != 1 or text[: found[0].start("words")].count("\n") + 1 < quote.line:
        return None
    return found[0]


def _letter(letter: str) -> str:
    """A letter as Markdown may have it."""
    if letter.isalnum():
        return EDGE + letter
    return rf"\\?{re.escape(letter)}" if letter in "*_`~" else rf"{EDGE}\\?{re.escape(letter)}"


def _quotations(text: str) -> tuple[ProseQuote, ...]:
    return prose.mark(markdown.parse(text), 1)[1]


def _only_changes(text: str, after: str, quote: ProseQuote) -> bool:
    """Whether of all quotations in `text` only `quote` is another one `after`wards."""
    old, new = _quotations(text), _quotations(after)
    changed = [(a, b) for a, b in zip(old, new, strict=False) if replace(a, line=0) != replace(b, line=0)]
    if len(old) != len(new) or len(changed) != 1:
        return False
    ((was, now),) = changed
    keys = [item.key for item in was.cited], was.key
    return was.words == quote.words and keys == ([item.key for item in now.cited], now.key)


def mends(text: str, quote: ProseQuote, found: Found, *, paged: bool = True) -> tuple[Mend, ...]:
    """The mends for `quote` within `text`: their words are those that would stand there."""
    place = span(text, quote)
    if place is None:
        return ()
    raw = text[slice(*place)]
    possible = offered(raw, quote.locator, found, cited=True, paged=paged)
    return tuple(mend for mend in possible if _fits(raw, mend) and mended(text, quote, mend) is not None)


def mended(text: str, quote: ProseQuote, mend: Mend) -> str | None:
    """`text` with `mend` put in the place of the quotation's words, or of its page; None if there is no one place."""
    place = _place(text, quote)
    if place is None:
        return None
    if mend.kind != PAGE:
        start, end = place.span("words")
        after = text[:start] + mend.words + text[end:]
    else:
        start, end = place.span("item")
        after = f"{text[:start]}@{quote.key}, {mend.page}{text[end:]}"
    return after if _only_changes(text, after, quote) else None


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
