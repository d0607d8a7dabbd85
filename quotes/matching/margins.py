"""What has to be put right in the pages' characters before anything is read: each page keeps its length.

Numbers of lines, as printed for reviewers, stand in the text of each line; files of old TeX give the codes of
its own encoding for the characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from quotes.matching.pages import Page

AT_START = re.compile(r"\s*(\d{1,4})(?=\s|$)")
AT_END = re.compile(r"(?<=\s)(\d{1,4})\s*$")
LINE = re.compile(r"[^\r\n\ufffe\x02]+")
HYPHEN_BEFORE = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad][ \t]*$")
FEWEST_LINES = 8  # numbered ones on a page
COVERED = 0.6  # of a page's lines that are numbered

TEX_LIGATURE = re.compile(r"[\x0b\x0c\x0e\x0f](?:(?<=[A-Za-z].)|(?=[a-z]))")
FEWEST_LIGATURES = 3
TEX_CODES = {
    "\x10": "ı", "\x11": "ȷ", "\x12": "`", "\x13": "´", "\x14": "ˇ", "\x15": "˘", "\x16": "¯", "\x17": "˚",
    "\x18": "¸", "\x19": "ß", "\x1a": "æ", "\x1b": "œ", "\x1c": "ø", "\x1d": "Æ", "\x1e": "Œ", "\x1f": "Ø",
    "\x7f": "¨", "}": "˝", "^": "ˆ", "~": "˜", "{": "–", "|": "—", "\\": "“",
}  # fmt: skip
# A grave accent before its letter: where it can't be the opening of words in quotation marks.
GRAVE = re.compile(r"(?:(?<=[^\W\d_])|(?<=[^\W\d_]['’])|(?<!\S)(?=`[aA][\s\ufffe]))`([aeuAEU])")
FEWEST_GRAVES = 2
# Signs of plain text too: here only where the encoding's meaning fits.
TEX_CODE = re.compile(
    r"[\x10-\x1a\x7f]|[\x1b-\x1f](?=\w)|[}^~](?=[A-Za-z\x10])|(?<=\w)[{|](?=\w)|(?<!\S)\\(?=\w)"
)


def mended(pages: Sequence[Page]) -> list[Page]:
    """The pages without line numbers, and with the characters that an old encoding meant."""
    out = list(pages)
    chains = [_numbered(page) for page in out]
    long = [page for page in out if page.text.count("\n") >= FEWEST_LINES]
    if any(chains) and 2 * sum(map(bool, chains)) >= len(long):
        out = [_without(page, chain) if chain else page for page, chain in zip(out, chains, strict=True)]
    if sum(len(GRAVE.findall(page.text)) for page in out if "`" in page.text) >= FEWEST_GRAVES:
        out = [replace(page, text=GRAVE.sub(_graved, page.text)) for page in out]
    found = 0
    for page in out:
        found += len(TEX_LIGATURE.findall(page.text))
        if found >= FEWEST_LIGATURES:
            return [
                replace(page, text=TEX_CODE.sub(lambda code: TEX_CODES[code[0]], page.text)) for page in out
            ]
    return out


def _graved(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", f"{found[1]}\u0300") + "\u2060"


def _spans(page: Page) -> list[tuple[int, int]]:
    if page.lines:
        return [(line.start, line.end) for line in page.lines]
    return [found.span() for found in LINE.finditer(page.text)]


def _numbered(page: Page) -> list[tuple[int, int]]:
    """Spans of numbers that count the lines of a page one by one; empty if its lines are not numbered."""
    lines = _spans(page)
    chains: list[tuple[int, int, tuple[int, int]]] = []  # number, how many it is the last of, span
    text = page.text
    if sum(text[a:b].strip()[:1].isdigit() or text[a:b].strip()[-1:].isdigit() for a, b in lines) < 0.5 * len(
        lines
    ):
        return []
    links: list[int] = []  # of each candidate, the one before it in its chain
    last: dict[int, int] = {}  # by number: the candidate with the longest chain
    for a, b in lines:
        line = text[a:b]
        for found in {m.span(1): m for m in (AT_START.match(line), AT_END.search(line)) if m}.values():
            number = int(found[1])
            before = last.get(number - 1, -1)
            length = chains[before][1] + 1 if before >= 0 else 1
            chains.append((number, length, (a + found.start(1), a + found.end(1))))
            links.append(before)
            if number not in last or chains[last[number]][1] <= length:
                last[number] = len(chains) - 1
    if not chains:
        return []
    at = max(range(len(chains)), key=lambda k: chains[k][1])
    length = chains[at][1]
    bare = sum(text[a:b].strip().isdigit() for a, b in lines)  # numbers that are lines of their own
    if length < FEWEST_LINES or length < COVERED * max(len(lines) - bare, length / 2):
        return []
    spans = []
    while at >= 0:
        spans.append(chains[at][2])
        at = links[at]
    return spans[::-1]


def _without(page: Page, spans: Sequence[tuple[int, int]]) -> Page:
    parts, at = [], 0
    for start, end in sorted(spans):
        before = page.text[at:start]
        ends_line = page.text[end : end + 1] in ("", "\r", "\n")
        if ends_line and (hyphen := HYPHEN_BEFORE.search(before)):
            before = f"{before[: hyphen.start()]}\ufffe{before[hyphen.start() + 1 :]}"
        parts += [before, " " * (end - start)]
        at = end
    return replace(page, text="".join(parts) + page.text[at:])
