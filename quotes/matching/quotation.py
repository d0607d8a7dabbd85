"""A quotation as it was typed, made ready to be compared: its words, its marks, its TeX."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate

from quotes.matching import bytewise
from quotes.matching.folding import (
    JOINED,
    KEPT,
    LOSABLE,
    LOST,
    NO_SPACES,
    QUICK_WORD,
    WORD,
    fold,
    kept_letters,
    key_of,
    lossy_key,
)

BLANK = " \t\r\n\u00a0\u2003\u2009\u3000"  # not all that strip() takes: a control character may be a ligature
TEX = "\ufdd0"  # stands between the letters of a formula, whose marks are not compared
PAIRS = {
    "“": "”", '"': '"', "„": "“”", "«": "»", "»": "«", "‘": "’", "‚": "‘’", "'": "'", "「": "」", "『": "』", "”": "”",
}  # fmt: skip
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?!\d)|\\\((.+?)\\\)", re.DOTALL)
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~|$<>&\"'])")
ELLIPSIS = re.compile(r"\[\s*(?:\.\s?){2,6}\]|\(\s*(?:\.\s?){2,6}\)|(?:\.\s?){2,5}\.(?!\w\.)|。{3,6}")
# What keyboards and word processors put for an apostrophe: an acute accent, a letter that looks like one.
TYPED_APOSTROPHE = re.compile("[\u00b4\u02ca\u02bc\u02bb\ua78c](?:(?<![\u00b4\u02ca])|(?![aeiouyAEIOUY]))")
ACUTE = re.compile("[\u00b4\u02ca]")
BRACKET = re.compile(r"([^\W_]*)\[([^\[\]]*)\]([^\W_]*)")
NEGATED = "\u0338"  # strikes the sign beside it through
RELATIONS = "=<>~≈≡≅≃∼∝∈∋⊂⊃⊆⊇∪∩⊥∥∧∨→←↔⇒⇐⇔↦×÷·≪≫¬"
TEX_PART = re.compile(rf"\\([A-Za-z]+)\*?|(\d+(?:[.,]\d+)*)|([^\W\d_]+)|([-+±∓−/%≠≤≥⩽⩾∉≮≯{RELATIONS}]|\\%)")
TEX_SIGNS = {
    "ne": "≠", "neq": "≠", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥",
    "lt": "<", "gt": ">", "ll": "≪", "gg": "≫", "approx": "≈", "equiv": "≡", "cong": "≅", "simeq": "≃",
    "sim": "∼", "propto": "∝", "in": "∈", "ni": "∋", "notin": "∉", "subset": "⊂", "supset": "⊃",
    "subseteq": "⊆", "supseteq": "⊇", "cup": "∪", "cap": "∩", "perp": "⊥", "parallel": "∥", "wedge": "∧",
    "land": "∧", "vee": "∨", "lor": "∨", "to": "→", "rightarrow": "→", "gets": "←", "leftarrow": "←",
    "leftrightarrow": "↔", "Rightarrow": "⇒", "implies": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔",
    "iff": "⇔", "mapsto": "↦", "times": "×", "div": "÷", "cdot": "·", "neg": "¬", "lnot": "¬",
    "pm": "±", "mp": "∓", "not": NEGATED,
}  # fmt: skip
TEX_LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "varpi": "π", "rho": "ρ", "varrho": "ρ", "sigma": "σ", "varsigma": "ς", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ",
    "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "Upsilon": "Υ", "ell": "l", "hbar": "ħ", "Re": "R", "Im": "I", "aleph": "א",
}  # fmt: skip
TEX_NAMES = frozenset(
    "log ln exp sin cos tan max min sup inf lim arg det dim ker gcd Pr argmax argmin tanh sinh cosh mod deg".split()
)


# Within a word, before and behind each character of a script without spaces.
DENSE_CUT = re.compile(rf"(?<={NO_SPACES.pattern})(?!$)|(?<=.)(?={NO_SPACES.pattern})")


def may_hold_ellipsis(text: str) -> bool:
    """Whether there are dots enough for ELLIPSIS, for which it takes long to search."""
    return text.count(".") > 1 or text.count("。") > 2


@dataclass(slots=True)
class Part:
    """A stretch of the quotation: "text", "ellipsis" or "bracket"; offsets in its text and in its key."""

    kind: str
    start: int
    end: int
    first: int
    last: int


@dataclass(slots=True)
class Quotation:
    """`text` is folded, without quotation marks around the whole; `key` its letters and digits."""

    text: str
    key: str
    marked: bool  # holds an ellipsis or brackets
    lossy: bool = False  # the key is without ligatures, as that of the source is
    plain: bytes | None = field(default=None, repr=False, compare=False)  # bytewise.as_bytes of the text
    _at: list[int] | None = field(default=None, repr=False, compare=False)
    _cuts: list[int] | None = field(default=None, repr=False, compare=False)

    def for_lossy(self) -> Quotation:
        """The same for a source that has lost its ligatures."""
        return Quotation(self.text, lossy_key(self.text), self.marked, True, self.plain)

    def offsets(self) -> list[int]:
        """Where each character of the key stands in the text."""
        if self._at is None:
            self._at = self._offsets()
        return self._at

    def _offsets(self) -> list[int]:
        if not self.lossy and self.plain is not None:
            return bytewise.offsets(self.plain)
        at: list[int] = []
        for found in WORD.finditer(self.text):
            if self.lossy and LOSABLE.search(found[0]):
                at.extend(found.start() + i for i in kept_letters(found[0]))
            else:
                at.extend(range(*found.span()))
        return at

    def cuts(self) -> list[int]:
        """Where words begin in the key, and its end; each character is a word where there are no spaces."""
        if self._cuts is None:
            self._cuts = self._begins()
        return self._cuts

    def _begins(self) -> list[int]:
        if not self.lossy and self.plain is not None:
            return bytewise.cuts(self.plain)
        if not self.lossy and LOST not in self.text and not NO_SPACES.search(self.text):
            return list(accumulate(map(len, QUICK_WORD.findall(self.text)), initial=0))
        cuts: list[int] = []
        length = 0
        for found in WORD.finditer(self.text):
            cuts.append(length)
            word = found[0]
            if NO_SPACES.search(word):
                cuts.extend(length + cut.start() for cut in DENSE_CUT.finditer(word))
            length += len(kept_letters(word)) if self.lossy else len(word)
        cuts.append(length)
        return cuts

    def parts(self, brackets: bool) -> list[Part]:
        """The stretches in order; without `brackets`, what stands in brackets is part of the text."""
        cuts: list[tuple[int, int, str]] = []
        if may_hold_ellipsis(self.text):
            cuts.extend((*found.span(), "ellipsis") for found in ELLIPSIS.finditer(self.text))
        if brackets:
            for found in BRACKET.finditer(self.text):
                if not any(a < found.end() and found.start() < b for a, b, _ in cuts):
                    cuts.append((*found.span(), "bracket"))
        cuts.sort()
        parts: list[Part] = []
        at = first = 0
        plain = None if self.lossy else self.plain
        for start, end, kind in [*cuts, (len(self.text), len(self.text), "")]:
            for a, b, what in ((at, start, "text"), (start, end, kind)):
                if a == b:
                    continue
                if plain is not None:
                    size = len(bytewise.letters(plain[a:b]))
                else:
                    size = len(lossy_key(self.text[a:b]) if self.lossy else key_of(self.text[a:b]))
                if what and (size or what != "text"):
                    parts.append(Part(what, a, b, first, first + size))
                first += size
            at = end
        return parts


def read(words: str, acute: str = "") -> Quotation:
    """The quotation in `words`. Markdown emphasis stays: the comparison passes over it.

    `acute` is what an acute accent beside a letter stands for: an apostrophe, the letter's accent, or
    (if empty) whichever the letter behind it makes likelier.
    """
    text = words.strip(BLANK)
    if "$" in text or "\\" in text:
        text = FORMULA.sub(lambda found: _letters(found[1] or found[2] or found[3]), text)
        text = ESCAPED.sub(r"\1", text)
    text = _unquoted(text)
    if not (text.isascii() and text.isprintable()):
        if acute == "'":
            text = ACUTE.sub(acute, text)
        if not acute and TYPED_APOSTROPHE.search(text):
            text = TYPED_APOSTROPHE.sub("'", text)
        text = fold(text)
        if JOINED in text or KEPT in text:
            text = text.replace(JOINED, "- ").replace(KEPT, "- ")
    marked = "[" in text or ".." in text or ". ." in text or "。。" in text
    return of_text(text, marked)


def of_text(text: str, marked: bool) -> Quotation:
    """The quotation of a folded text."""
    plain = bytewise.as_bytes(text)
    key = key_of(text) if plain is None else bytewise.key(plain)
    return Quotation(text, key, marked, plain=plain)


def _unquoted(text: str) -> str:
    """Without the quotation marks around the whole, emphasis around those, and a block's `> `."""
    if text.startswith(">"):
        text = re.sub(r"(?m)^> ?", "", text).strip(BLANK)
    while len(text) > 2:
        a, b = text[0], text[-1]
        if a in "*_`~" and a == b:
            text = text[1:-1].strip(BLANK)
            continue
        if b not in PAIRS.get(a, "") or (a == b and text.count(a) % 2) or not _whole(text, a, b):
            return text
        text = text[1:-1].strip(BLANK)
    return text


def _whole(text: str, opening: str, closing: str) -> bool:
    """Whether the last mark closes the first: “A” and “B” is no quotation in marks."""
    if opening == closing:
        inner = text[1:-1]
        if opening == "'":
            return not re.search(r"\w'(?=\W)", inner) or bool(re.search(r"\W'\w", inner))
        return (
            inner.count(opening) == 0 or not inner.lstrip().startswith(opening) and _straight(inner, opening)
        )
    depth = 0
    for i, char in enumerate(text):
        if char == opening:
            depth += 1
        elif char == closing and not (char == "’" and text[i + 1 : i + 2].isalpha()):
            depth -= 1
            if depth <= 0 and i < len(text) - 1:
                return False
    return True


def _straight(inner: str, mark: str) -> bool:
    """Whether the first straight mark within opens (so that the outer ones belong together)."""
    at = inner.find(mark)
    return at == 0 or not inner[at - 1].strip() or inner[at - 1] in "([-–—"


def _letters(tex: str) -> str:
    """The letters, digits and signs that a formula prints."""
    parts: list[str] = []
    for found in TEX_PART.finditer(tex):
        command, number, letters, sign = found.groups()
        if command:
            if command in TEX_LETTERS:
                parts.append(TEX_LETTERS[command])
            elif command in TEX_SIGNS:
                parts.append(TEX_SIGNS[command])
            elif command in TEX_NAMES:
                parts.append(command)
        elif sign:
            parts.append(sign.replace("\\", ""))
            continue
        else:
            parts.append(number or letters)
    out = TEX
    for part in parts:
        out += f"{part}{TEX}" if part[0].isalnum() else part
    return out


def count_words(text: str) -> float:
    """Words; where there are no spaces, two characters are a word."""
    if (plain := bytewise.as_bytes(text)) is not None:
        return bytewise.count_words(plain)
    if LOST not in text and not NO_SPACES.search(text):
        return len(QUICK_WORD.findall(text))
    dense = len(NO_SPACES.findall(text))
    return dense / 2 + sum(1 for _ in WORD.finditer(NO_SPACES.sub(" ", text) if dense else text))
