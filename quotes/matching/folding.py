"""Characters that are typography, not words: folded alike in a source and in a quotation.

Folding keeps the words readable (a passage of the source is shown from folded text), but lets two ways of
printing the same letters meet: ligatures, compatibility forms, letters of mathematical alphabets, accents
printed beside their letter, ligatures that an old TeX encoding left as control characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from quotes.matching import bytewise

# A hyphen that a line break put there, and one that a line break only follows; both are in a source's
# folded text alone, and neither can stand in a file (Unicode says they are no characters).
JOINED, KEPT = "\ufffe", "\uffff"
LOST = "\ufffd"  # a letter or sign for which the file gives no character

# How PDFium, and text pasted from elsewhere, say "hyphen, then the line breaks". It is PDFium's U+FFFE,
# its raw code U+0002, a soft hyphen, or a plain hyphen at the end of a line between two words.
_IN_WORD = r"[\w\x0b-\x0f\x1b-\x1f\ufb00-\ufb06\ufffd]"  # letters, and what stands for some
LINE_END = re.compile(
    rf"(?<={_IN_WORD})(?:[\ufffe\x02]|\u00ad|[-\u2010\u00ac][ \t]*\r?\n)[ \t\r\n]*(?={_IN_WORD})|[\ufffe\x02]\s*"
)
ZERO_WIDTH = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
    "\u2066\u2067\u2068\u2069\ufe0e\ufe0f"
)

# Accents that a font prints beside the letter they belong to, and the combining ones they stand for.
ACCENTS = {
    "\u0060": "\u0300", "\u00b4": "\u0301", "\u02ca": "\u0301", "\u02cb": "\u0300", "\u02c6": "\u0302",
    "\u02dc": "\u0303", "\u00af": "\u0304", "\u02c9": "\u0304", "\u02d8": "\u0306", "\u02d9": "\u0307",
    "\u00a8": "\u0308", "\u02da": "\u030a", "\u02dd": "\u030b", "\u02c7": "\u030c", "\u00b8": "\u0327",
    "\u02db": "\u0328",
}  # fmt: skip
# The ligatures of TeX's OT1 and T1 encodings, where a file gives the code for the character.
CONTROL_LIGATURES = {
    "\x0b": "ff", "\x0c": "fi", "\x0d": "fl", "\x0e": "ffi", "\x0f": "ffl",
    "\x1b": "ff", "\x1c": "fi", "\x1d": "fl", "\x1e": "ffi", "\x1f": "ffl",
}  # fmt: skip
SPACING = "".join(mark for mark in ACCENTS if mark != "`")

# Everything that may have to change: all but the letters and marks of everyday text.
_PLAIN = (
    r"\n !-~\u00a1-\u00a7\u00a9\u00ab\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bb\u00bf-\u012f\u0131\u0134-\u013e"
    r"\u0141-\u0148\u014a-\u017e\u0180-\u01c3\u0386-\u03cf\u0400-\u04ff\u2010\u2012-\u2016\u2018-\u201e\u2020-\u2023"
    r"\u3001\u3002\u3005-\u3015\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff\uac00-\ud7a3"
)
SPECIAL = re.compile(
    rf"[^\W_]?[\u0300-\u036f]+|[{SPACING}][ ]?(?=[A-Za-z\u0131\u0237])[A-Za-z\u0131\u0237]"
    # A control character is a ligature only beside a letter; a carriage return only where no line can end.
    r"|(?P<ligature>(?<=\w)[\x0b\x0c\x0e\x0f\x1b-\x1f]|[\x0b\x0c\x0e\x0f\x1b-\x1f](?=\w)"
    rf"|(?<=\w)\r(?=[a-z{SPACING}\u00df-\u00ff])|(?<=\s)\r(?=[a-z]{{2}}))"
    rf"|\r\n|[^{_PLAIN}\ufffe\uffff]"
)
_DOTLESS = {"\u0131": "i", "\u0237": "j"}
_known: dict[str, str] = {}


def _fold(found: str) -> str:
    """The folded form of one find of SPECIAL."""
    if found in "\t\x0b\x0c\r\n\x85\u2028\u2029":
        return " " if found == "\t" else "\n"
    if found[0] in ACCENTS and len(found) > 1 and found[-1].isalpha():
        letter = _DOTLESS.get(found[-1], found[-1])
        composed = unicodedata.normalize("NFC", letter + ACCENTS[found[0]])
        return composed if len(composed) == 1 else found
    if len(found) > 1:
        return unicodedata.normalize("NFC", found)
    if found in ZERO_WIDTH:
        return ""
    if found in "\u00b4\u02ca":
        return "'"
    if found in ACCENTS:
        return found
    if found == "\ufffd" or "\ue000" <= found <= "\uf8ff":  # a font's own code: the letter is lost
        return "\ufffd"
    if found == "\u22ef":
        return "..."
    if found == "\u0130":  # its lower case is two characters long
        return "I"
    if found in "\u00aa\u00ba":
        return found
    if found == "\u2044":
        return "/"
    if found == "\ufdd0":  # the mark between a formula's letters
        return found
    if unicodedata.category(found) == "Cc":
        return "\ufffd"
    folded = unicodedata.normalize("NFKC", found)
    # NFKC of a spacing mark is a space with an accent, which is no better than what was there.
    return found if folded != " " and folded[:1] == " " else folded


def fold_one(found: str) -> str:
    folded = _known.get(found)
    if folded is None:
        if len(_known) > 20_000:
            _known.clear()
        folded = _known[found] = _fold(found)
    return folded


# Where something may have to be folded: a plain search for these is much quicker than one for SPECIAL.
_HYPHENS = r"-\u2010\u00ac"
_NO_HYPHENS = _PLAIN.replace("!-~", r"!-,.-~").replace(r"\u00ab\u00ac", r"\u00ab").replace(r"\u2010", "")
# One set of characters in front, which is searched for quickly, then what a hyphen needs besides.
SUSPECT = re.compile(rf"[^{_NO_HYPHENS}\uffff](?:(?<=[^{_HYPHENS}])|(?=[ \t]*\r?\n))")
SOURCE_SPECIAL = re.compile(f"(?P<end>{LINE_END.pattern})|{SPECIAL.pattern}")


def specials(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, folded) of each stretch of a source's text that is folded into something else."""
    at = 0
    for suspect in SUSPECT.finditer(text):
        i = suspect.start()
        if i < at:
            continue
        if text.startswith("\r\n", i):  # the end of nearly every line
            at = i + 2
            yield i, at, "\n"
            continue
        found = None
        if "\u0300" <= text[i] <= "\u036f" and i > at:
            found = SOURCE_SPECIAL.match(text, i - 1)  # an accent that follows its letter
        found = found or SOURCE_SPECIAL.match(text, i)
        if found:
            if found.lastgroup:
                new = JOINED if found.lastgroup == "end" else CONTROL_LIGATURES[found[0]]
            else:
                new = fold_one(found[0])
            at = found.end()
            if new != found[0]:
                yield found.start(), at, new


def fold(text: str) -> str:
    """`text` with its typography folded; lengths may change. A line-end hyphen becomes JOINED."""
    if not SUSPECT.search(text):
        return text
    parts, at = [], 0
    for start, end, new in specials(text):
        parts.append(text[at:start])
        parts.append(new)
        at = end
    return "".join(parts) + text[at:]


# What is compared after folding: one shape for each kind of mark. Double and single marks stay apart,
# because an apostrophe belongs to a word.
_SHAPES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2035`\u00b4\u02ca\u02bb\u02bc\u2039\u203a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u226a\u226b", '"'),
    **dict.fromkeys("\u300c\u300d\u300e\u300f\u301d\u301e\u301f\u300a\u300b", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\u2e3a\u2e3b\u2043", "-"),
    **dict.fromkeys("\u22c5\u2219", "\u00b7"),
    "\u2217": "*", "\u223c": "~", "\u2215": "/", "\u2236": ":", "\u2026": "...",
    JOINED: "", KEPT: "-",
}  # fmt: skip
SHAPED = re.compile(f"[{re.escape(''.join(_SHAPES))}]")
# U+FFFD beside a Latin letter counts as a letter: one that the file has lost.
WORD = re.compile(r"(?:[^\W_]|(?<=[A-Za-z])\ufffd|\ufffd(?=[A-Za-z]))+")
QUICK_WORD = re.compile(r"[^\W_]+")  # the same, where no letter is lost
NOT_KEY = re.compile(r"[\W_]+")


def canonical(folded: str) -> str:
    """One shape for each mark, one space for white space: equal strings are verbatim."""
    if not folded.isascii():
        folded = SHAPED.sub(lambda found: _SHAPES[found[0]], folded)
    return " ".join(folded.split())


def key_of(folded: str) -> str:
    """The letters and digits alone, in lower case; as long as the letters and digits of `folded`."""
    plain = bytewise.as_bytes(folded)
    if plain is not None:
        return bytewise.key(plain)
    if LOST in folded:
        return "".join(WORD.findall(folded)).lower()
    return NOT_KEY.sub("", folded).lower()


def words_of(folded: str) -> list[str]:
    """The words, without what stands between them."""
    return (WORD if LOST in folded else QUICK_WORD).findall(folded)


def lossy_key(folded: str) -> str:
    """The key without the letters that are lost where a file loses its ligatures."""
    return "".join(LOSABLE.sub("", word) for word in WORD.findall(folded)).lower()


# The letters that are lost where a file loses its ligatures.
LIGATURES = re.compile(r"ffi|ffl|ff|fi|fl", re.IGNORECASE)
LOSABLE = re.compile(r"ffi|ffl|ff|fi|fl|\ufffd", re.IGNORECASE)


def kept_letters(word: str) -> list[int]:
    """The places of a word's characters that `lossy_key` leaves."""
    if not LOSABLE.search(word):
        return list(range(len(word)))
    kept: list[int] = []
    at = 0
    for found in LOSABLE.finditer(word):
        kept.extend(range(at, found.start()))
        at = found.end()
    return [*kept, *range(at, len(word))]


# Scripts that are written without spaces: here a boundary between words is not printed.
NO_SPACES = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
