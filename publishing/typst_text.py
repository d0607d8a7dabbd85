"""Text on its way into the PDF: what can't be drawn is named, and long words may break.

A run of text becomes a list of pieces: a plain string, `{"t": "seg", "v": [...]}` for a word that may
break between its parts, or `{"t": "missing", "v": "U+…"}` for a character that no font of ours has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from publishing.typst_fonts import drawable

Piece = Any

# Controls and overrides of direction could make the page show other words than the text holds.
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]"
)
# East Asian text breaks between any two characters by itself.
EAST = "\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
AFTER = re.compile(r"(?<=[/._\-?&=:#%+~,;@|\\])(?!/)")
# Beyond this a word's parts are joined by U+200B, which costs Typst a hundredth of a box each.
HUGE = 2000


def name(character: str) -> str:
    """ "U+1F9FF" """
    return f"U+{ord(character):04X}"


def glued(before: str, after: str) -> bool:
    """Whether a break between two characters would split what is drawn as one."""
    if before == "\u200d" or after in "\u200d\ufe0e\ufe0f" or 0x1F3FB <= ord(after) <= 0x1F3FF:
        return True
    if 0x1F1E6 <= ord(before) <= 0x1F1FF and 0x1F1E6 <= ord(after) <= 0x1F1FF:
        return True
    return unicodedata.category(after) in {"Mn", "Mc", "Me"}


def parts(word: str, most: int) -> list[str]:
    """Cut `word` into parts of at most about `most` characters, after punctuation where there is any."""
    found: list[str] = []
    for piece in AFTER.split(word):
        start = 0
        while len(piece) - start > most:
            end = start + most
            while end < len(piece) and end - start < most + 12 and glued(piece[end - 1], piece[end]):
                end += 1
            found.append(piece[start:end])
            start = end
        if start == 0 and found and len(found[-1]) + len(piece) <= max(4, most // 3):
            found[-1] += piece  # no single letters between two breaks
        elif piece[start:]:
            found.append(piece[start:])
    return found


def pieces(text: str, most: int, warn: Callable[[str], None]) -> list[Piece]:
    """Turn `text` into pieces; words longer than `most` characters may break. `warn` gets a sentence."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if CONTROL.search(text):
        for character in sorted(set(CONTROL.findall(text))):
            warn(f"{name(character)} in {{where}} is a control character and was left out")
        text = CONTROL.sub("", text)
    text = re.sub(r"[\t\r\n]+", " ", text)
    out: list[Piece] = []
    if text.isascii():
        _words(text, most, out)
        return out
    start = 0
    for at, character in enumerate(text):
        if character > "~" and not drawable(character):
            _words(text[start:at], most, out)
            out.append({"t": "missing", "v": name(character)})
            warn(f"{name(character)} in {{where}} is in none of our fonts; a box stands in its place")
            start = at + 1
    _words(text[start:], most, out)
    return out


def _words(text: str, most: int, out: list[Piece]) -> None:
    if len(text) <= most:
        if text:
            out.append(text)
        return
    start = 0
    for word in re.finditer(rf"[^\s{EAST}]{{{most + 1},}}", text):
        if word.start() > start:
            out.append(text[start : word.start()])
        cut = parts(word.group(), max(1, most * 2 // 3))
        out.append("\u200b".join(cut) if len(word.group()) > HUGE else {"t": "seg", "v": cut})
        start = word.end()
    if text[start:]:
        out.append(text[start:])


def code(text: str, warn: Callable[[str], None]) -> str:
    """Text for code: one string, with what can't be drawn spelt out as [U+…]."""
    out = []
    for character in text.replace("\r\n", "\n").expandtabs(4):
        if character != "\n" and (CONTROL.match(character) or not drawable(character)):
            warn(f"{name(character)} in {{where}} can't be drawn in code and is spelt out there")
            out.append(f"[{name(character)}]")
        else:
            out.append(character)
    return re.sub(
        r"[^\s\u200b]{61,}", lambda word: "\u200b".join(parts(word.group(), 40)), "".join(out)
    )


def label(text: str) -> str:
    """Text for metadata, bookmarks and alternative texts: one line, without controls, not too long."""
    words = " ".join(CONTROL.sub("", text).split())
    words = "".join(c for c in words if not 0xD800 <= ord(c) <= 0xDFFF)
    return words if len(words) <= 1000 else words[:999] + "…"
