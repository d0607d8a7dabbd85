"""Text on its way into the PDF: what can't be drawn is named, and long words may break.

A run of text becomes a list of pieces: a plain string, `{"t": "seg", "v": [...]}` for a word that may
break between its parts, or `{"t": "missing", "v": "U+…"}` for a character that no font of ours has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from publishing.typst.glyphs import drawable

Piece = Any

# Controls and overrides of direction could make the page show other words than the text holds.
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]"
)
# East Asian text breaks between any two characters by itself.
EAST = "\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
# Not after a full stop: "github." at the end of a line looks like the end of a sentence.
AFTER = re.compile(r"(?<=[/_\-?&=:#%+~,;@|\\])(?<!://)(?!/)")
# Breaks a line wherever it stands, but is copied along with the text.
ZERO = "\u200b"
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


def wide(character: str) -> float:
    """About how many ems `character` takes; on the safe side."""
    if character.isascii():
        if character in "mwMW@%":
            return 0.95
        return 0.7 if character.isupper() or character == "&" else 0.56
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 1.3 if character > "\uffff" else 0.95 if character.isupper() else 0.75


def parts(word: str, most: float) -> list[str]:
    """Cut `word` into parts of about `most` ems, after punctuation where there is any.

    A part begins with punctuation only where a run of it is too long: a line should not, and U+200B,
    which such a break takes, would be copied along.
    """
    found: list[str] = []
    for piece in AFTER.split(word):
        start, width = 0, 0.0
        here = 2 * most if "://" in piece else most  # scheme and host stay together
        if found and piece and not piece[0].isalnum() and sum(map(wide, found[-1] + piece)) <= most + 2:
            found[-1] += piece
            continue
        for at, character in enumerate(piece):
            width += wide(character)
            fair = character.isalnum() or width > here + 2
            if width > here and fair and at > start and not glued(piece[at - 1], character):
                found.append(piece[start:at])
                start, width = at, wide(character)
        rest = piece[start:]
        if start and len(rest) == 1 and rest.isalnum():
            found[-1] += rest  # no single letter between two breaks
        elif rest:
            found.append(rest)
    return found


def joints(cut: list[str]) -> list[str]:
    """Add U+200B where the template's empty box would not let a line break: before closing punctuation."""
    return cut[:1] + [
        after if after[0].isalnum() and before[-1] not in "([{“‘«\u00a0" else ZERO + after
        for before, after in zip(cut, cut[1:], strict=False)
    ]


def pieces(text: str, room: float, warn: Callable[[str], None]) -> list[Piece]:
    """Turn `text` into pieces; words wider than `room` ems may break. `warn` gets a sentence."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if CONTROL.search(text):
        for character in sorted(set(CONTROL.findall(text))):
            warn(f"{name(character)} in {{where}} is a control character and was left out")
        text = CONTROL.sub("", text)
    text = re.sub(r"[\t\r\n]+", " ", text)
    out: list[Piece] = []
    if text.isascii():
        _words(text, room, out)
        return out
    start = 0
    for at, character in enumerate(text):
        if character > "~" and not drawable(character):
            _words(text[start:at], room, out)
            out.append({"t": "missing", "v": name(character)})
            warn(f"{name(character)} in {{where}} is in none of our fonts; a box stands in its place")
            start = at + 1
    _words(text[start:], room, out)
    return out


def _words(text: str, room: float, out: list[Piece]) -> None:
    least = int(room / 2) + 1  # no character is much wider than an em
    start = 0
    if len(text) >= least:
        for found in re.finditer(rf"[^\s{EAST}]{{{least},}}", text):
            word = found.group()
            # Of an address Typst would break off "https://github."; give it the breaks we want.
            if sum(map(wide, word)) <= (room / 2 if "://" in word else room):
                continue
            if found.start() > start:
                out.append(text[start : found.start()])
            cut = parts(word, max(1.2, room * 0.5))
            out.append(ZERO.join(cut) if len(word) > HUGE else {"t": "seg", "v": joints(cut)})
            start = found.end()
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
    return re.sub(r"[^\s\u200b]{61,}", lambda word: ZERO.join(parts(word.group(), 8)), "".join(out))


def label(text: str) -> str:
    """Text for metadata, bookmarks and alternative texts: one line, without controls, not too long."""
    words = " ".join(CONTROL.sub("", text).split())
    words = "".join(c for c in words if not 0xD800 <= ord(c) <= 0xDFFF)
    return words if len(words) <= 1000 else words[:999] + "…"


def short(text: str, room: float) -> str:
    """`text` for a running head: cut to about `room` ems."""
    words, width = label(text), 0.0
    for at, character in enumerate(words):
        width += wide(character)
        if width > room:
            return words[:at].rstrip() + "…"
    return words
