"""Text of which all letters and digits are Latin-1's, whatever its marks are: read as bytes, which is quicker."""

from __future__ import annotations

import re
from itertools import accumulate, compress

# What may be in such text beside Latin-1: dashes, quotation marks, the ellipsis, the minus sign, and the marks
# of a line's end and of a formula. None of them is a letter or a digit.
OTHER = re.compile(r"[^\x00-\xff\u2010-\u2027\u2212\ufdd0\ufffe\uffff]")
COMMON = "’“”–—\u2212\ufffe\uffff"  # of these; to replace each is quicker than to search for any
_LETTERS = bytes(code for code in range(256) if chr(code).isalnum())
_MARKS = bytes(code for code in range(256) if code not in _LETTERS)
_LOWER = bytes(ord(chr(code).lower()) for code in range(256))
_SPACED = bytes(code if code in _LETTERS else 32 for code in range(256))
_NO_ALPHA = bytes(code for code in range(256) if not chr(code).isalpha())
_NO_DIGIT = bytes(code for code in range(256) if not chr(code).isdigit())
_IS_LETTER = bytes(code in _LETTERS for code in range(256))


def as_bytes(text: str) -> bytes | None:
    """`text` with "?" for each mark that Latin-1 lacks, as long as it; None if another letter is in it."""
    if text.isascii():
        return text.encode()
    for mark in COMMON:
        text = text.replace(mark, "?")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None if OTHER.search(text) else text.encode("latin-1", "replace")


def key(text: bytes) -> str:
    """The letters and digits in lower case."""
    return text.translate(_LOWER, _MARKS).decode("latin-1")


def letters(text: bytes) -> bytes:
    """The letters and digits in the case they have."""
    return text.translate(None, _MARKS)


def offsets(text: bytes) -> list[int]:
    """Where the letters and digits stand."""
    return list(compress(range(len(text)), text.translate(_IS_LETTER)))


def cuts(text: bytes) -> list[int]:
    """Where words begin among the letters and digits, and their number."""
    return list(accumulate(map(len, text.translate(_SPACED).split()), initial=0))


def count_words(text: bytes) -> int:
    return len(text.translate(_SPACED).split())


def count_letters(text: str) -> int:
    """How many characters of any text are letters."""
    plain = as_bytes(text)
    return sum(map(str.isalpha, text)) if plain is None else len(plain.translate(None, _NO_ALPHA))


def count_digits(text: str) -> int:
    """How many characters of any text are digits."""
    plain = as_bytes(text)
    return sum(map(str.isdigit, text)) if plain is None else len(plain.translate(None, _NO_DIGIT))
