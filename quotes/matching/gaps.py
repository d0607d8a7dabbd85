"""What stands between the letters: the same letters are the same words only if this agrees too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from quotes.matching import bytewise
from quotes.matching.align import common
from quotes.matching.folding import JOINED, KEPT, LOST, NO_SPACES, WORD, canonical, words_of
from quotes.matching.quotation import ELLIPSIS as ELLIPSIS_MARK, NEGATED, RELATIONS, TEX
from quotes.matching.result import (
    BRACKETS,
    CAPITAL_FITTED,
    ELLIPSIS,
    LETTER_CASE,
    LINE_END_HYPHEN,
    PUNCTUATION,
)

SAME, CHANGED, SPACED = "", "changed", "spaced"
EMPHASIS = str.maketrans("", "", "*_~`")
ORNAMENTS = str.maketrans("", "", "*_~`†‡§¶•▪◦●■∗∥‖◆▶►→|\x1e\ufffd\u00b7#")
SIGN_BEFORE = re.compile(r"(?:^|[\s(\[{<=>≤≥×/^~±\"'])([-+±~≈<>≤≥=$€£¥]+)\s?$")
MINUS = re.compile(r"\u2212\s?$")
CURRENCY = re.compile(r"([$€£¥≈~<>≤≥±=]+)\s?$")
UNIT_AFTER = re.compile(r"\s?([%‰°€£¥$+]+)")
POINT_BEFORE = re.compile(r"(?:^|\s)[.,]$")
NEGATING = frozenset("-¬" + NEGATED)
SIGNS = frozenset("-+±∓≤≥" + RELATIONS + NEGATED)
SIGNS_ALIKE = str.maketrans("⩽⩾∗⋅~−", "≤≥··∼-")
DASHES = re.compile("-{2,3}")


@dataclass(slots=True)
class Gap:
    """One place where the marks between two letters differ: offsets in the source's text and the quotation's."""

    source: tuple[int, int]
    quoted: tuple[int, int]
    kind: str


@dataclass(slots=True)
class Walk:
    """What a comparison of two texts with the same letters found."""

    gaps: list[Gap] = field(default_factory=list)
    edits: set[str] = field(default_factory=set)
    warnings: set[str] = field(default_factory=set)


def walk(source: str, quoted: str, spaced: Callable[[str, str, str], bool]) -> Walk:
    """Compare two texts of which the letters and digits agree but for case, from letter to letter.

    `spaced(left, right, word)` says whether the source's text layer is known to part (or join) words wrongly:
    left and right are the source's letters there, `word` the quotation's where that has no space, else "".
    """
    out = Walk()
    if source == quoted:
        return out
    a, b = canonical(source), canonical(quoted)
    if a == b:
        return out
    if a.lower() == b.lower():
        out.edits.add(case_of(source, quoted))
        return out
    if not _same_letters(source, quoted):
        out.edits.add(case_of(source, quoted))
    for (s1, s2), (q1, q2) in differing(source, quoted):
        kind = compare(source, quoted, (s1, s2), (q1, q2))
        if kind == SPACED:
            left = re.search(r"[^\W_]*$", source[max(0, s1 - 40) : s1])
            right = re.match(r"[^\W_]*", source[s2 : s2 + 40])
            ahead, behind = (
                re.search(r"[^\W_]*$", quoted[max(0, q1 - 40) : q1]),
                re.match(r"[^\W_]*", quoted[q2 : q2 + 40]),
            )
            assert left and right and ahead and behind  # each matches the empty word
            word = ahead[0] + behind[0] if s2 > s1 else ""
            kind = SAME if spaced(left[0], right[0], word) else CHANGED
        if kind == LINE_END_HYPHEN:
            out.warnings.add(kind)
        elif kind in (ELLIPSIS, BRACKETS):
            out.edits.add(kind)
        elif kind:
            out.gaps.append(Gap((s1, s2), (q1, q2), kind))
            if kind == PUNCTUATION:
                out.edits.add(kind)
    return out


def case_of(source: str, quoted: str) -> str:
    """Whether only the first letter has another case, or others too."""
    a, b = "".join(words_of(source)), "".join(words_of(quoted))
    return CAPITAL_FITTED if a[1:] == b[1:] else LETTER_CASE


def _same_letters(a: str, b: str) -> bool:
    """Whether the letters and digits agree in their case too."""
    plain_a, plain_b = bytewise.as_bytes(a), bytewise.as_bytes(b)
    if plain_a is None or plain_b is None:
        return "".join(words_of(a)) == "".join(words_of(b))
    return bytewise.letters(plain_a) == bytewise.letters(plain_b)


def differing(source: str, quoted: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The gaps that differ, as spans in the source and the quotation; a span may be empty."""
    a, b = source.replace("\n", " ").lower(), quoted.replace("\n", " ").lower()
    if LOST in a or LOST in b or len(a) != len(source) or len(b) != len(quoted):
        yield from _differing_by_words(source, quoted)
        return
    s, q = _next_letter(a, 0), _next_letter(b, 0)
    while s < len(a) and q < len(b):
        # At least one letter agrees, if in two small forms.
        same = common(a, s, b, q, min(len(a) - s, len(b) - q)) or 1
        s, q = s + same, q + same
        s1, q1 = s, q
        while not a[s1 - 1].isalnum():
            s1, q1 = s1 - 1, q1 - 1
        s, q = _next_letter(a, s), _next_letter(b, q)
        if s < len(a) and q < len(b) and a[s1:s] != b[q1:q]:
            yield (s1, s), (q1, q)


def _next_letter(text: str, at: int) -> int:
    while at < len(text) and not text[at].isalnum():
        at += 1
    return at


def _differing_by_words(source: str, quoted: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The same where a letter may be lost, so that what is a letter depends on those beside it."""
    a = [found.span() for found in WORD.finditer(source)]
    b = [found.span() for found in WORD.finditer(quoted)]
    i = j = 0
    s, q = a[0][0], b[0][0]
    while True:
        step = min(a[i][1] - s, b[j][1] - q)
        s, q = s + step, q + step
        ends = s == a[i][1], q == b[j][1]
        s2, q2 = s, q
        if ends[0]:
            i += 1
            s2 = a[i][0] if i < len(a) else s
        if ends[1]:
            j += 1
            q2 = b[j][0] if j < len(b) else q
        if i >= len(a) or j >= len(b):
            return
        if source[s:s2] != quoted[q:q2]:
            yield (s, s2), (q, q2)
        s, q = s2, q2


def compare(source: str, quoted: str, s: tuple[int, int], q: tuple[int, int]) -> str:
    """How one gap differs: SAME, SPACED, CHANGED, a warning or an edit."""
    gs, gq = source[s[0] : s[1]], quoted[q[0] : q[1]]
    if "." in gq or "\u3002" in gq:
        plain = ELLIPSIS_MARK.sub("", gq)
        if plain != gq and not ELLIPSIS_MARK.search(gs):
            return ELLIPSIS  # of nothing: what it parts stands together in the source
    if ("[" in gq or "]" in gq) and "[" not in gs and "]" not in gs:
        return BRACKETS  # "[t]he", or brackets around words that the source has
    a, b = source[s[0] - 1 : s[0]], source[s[1] : s[1] + 1]
    if LOST in gs and not (a.isdigit() or b.isdigit()):
        return SAME  # a mark that the file has no letter for
    if TEX in gq:
        return _in_formula(gs, gq.replace(TEX, ""), a, b)
    if JOINED in gs or KEPT in gs:
        kind = _line_end(gs, gq)
        if kind is not None:
            return kind
    gs = gs.replace(JOINED, "").replace(KEPT, "-")
    if "*" in gq or "_" in gq or "`" in gq or "~" in gq:
        gq_plain = gq.translate(EMPHASIS)
        if not (a.isdigit() and b.isdigit()) or gq_plain == gs:
            gq = gq_plain
            gs = (
                gs.translate(EMPHASIS)
                if not b.isdigit()
                else gs.replace("*", "").replace("_", "").replace("`", "")
            )
    ps, pq = _marks(gs), _marks(gq)
    space_s, space_q = _has_space(gs), _has_space(gq)
    if ps != pq:
        ps, pq = ps.replace("''", '"'), pq.replace("''", '"')
        if ps != pq and (len(ps) != len(pq) or ps.replace('"', "'") != pq.replace('"', "'")):
            plain_s = _marks(gs.translate(ORNAMENTS)) if not b.isdigit() else ps
            if plain_s != _marks(gq.translate(ORNAMENTS)) or b.isdigit():
                return _marks_differ(source, quoted, s, q, gs, gq, ps, pq)
            ps = pq
    return _spacing(ps, space_s, space_q, a, b, gs, gq)


def _marks(gap: str) -> str:
    marks = canonical(gap).replace(" ", "")
    return DASHES.sub("-", marks) if "--" in marks else marks


def _has_space(gap: str) -> bool:
    return any(map(str.isspace, gap))


def _in_formula(gs: str, gq: str, a: str, b: str) -> str:
    """Within TeX what changes a number counts, its point and its sign, and what one thing is to another.

    A source's text may have lost a formula's marks or hold them elsewhere, for how a formula is set; so a sign
    that only one side has is no change, unless it negates or takes away.
    """
    ps, pq = _marks(gs), _marks(gq)
    if a.isdigit() and b.isdigit() and ps != pq and (set(ps) | set(pq)) & set(".,"):
        return CHANGED
    if b.isdigit() and ps.endswith("-") != pq.endswith("-"):
        return CHANGED
    if a.isdigit() and ps.startswith("%") != pq.startswith("%"):
        return CHANGED
    signs_s, signs_q = _signs(ps), _signs(pq)
    if signs_s != signs_q and (signs_s and signs_q or (signs_s ^ signs_q) & NEGATING):
        return CHANGED
    return SAME


def _signs(marks: str) -> set[str]:
    """The relations and operators among the marks, in the simplest of the shapes that a font has for each."""
    return set(unicodedata.normalize("NFD", marks.translate(SIGNS_ALIKE))) & SIGNS


def _line_end(gs: str, gq: str) -> str | None:
    """A hyphen at the end of a line of the source may be left out, kept, or copied along with the break."""
    if gs.replace(JOINED, "").replace(KEPT, "").strip():
        return None
    marks = _marks(gq)
    if marks == "-":
        return LINE_END_HYPHEN if JOINED in gs or _has_space(gq) else SAME
    if marks:
        return None
    if _has_space(gq):
        return CHANGED if JOINED in gs else PUNCTUATION
    return SAME if JOINED in gs else LINE_END_HYPHEN


def _spacing(p: str, space_s: bool, space_q: bool, a: str, b: str, gs: str, gq: str) -> str:
    """The marks agree; does the space?"""
    if space_s == space_q:
        return SAME
    if p:
        # "3, 5" are two numbers, "3,5" is one.
        if p == "-" and not space_s and gq[:1] in "-\u2010" and a.isalpha() and b.isalnum():
            return LINE_END_HYPHEN  # "DeepSeek- R1"
        return CHANGED if a.isdigit() and b.isdigit() and p in ".,:" else SAME
    if NO_SPACES.match(a) or NO_SPACES.match(b):
        return SAME
    if a.isdigit() and b.isdigit():
        return CHANGED
    if a.isdigit() or b.isdigit():
        return SAME
    return SPACED


def _marks_differ(
    source: str, quoted: str, s: tuple[int, int], q: tuple[int, int], gs: str, gq: str, ps: str, pq: str
) -> str:
    a, b = source[s[0] - 1 : s[0]], source[s[1] : s[1] + 1]
    space_s, space_q = _has_space(gs), _has_space(gq)
    if (
        not space_s
        and not ps
        and pq == "-"
        and space_q
        and gq[:1] in "-\u2010"
        and a.isalpha()
        and b.islower()
    ):
        return LINE_END_HYPHEN  # "compu- tation": no word is written so
    if (a.isdigit() or b.isdigit()) and _number_changes(gs, gq, a, b):
        return CHANGED
    letters = a.isalpha() and b.isalpha()
    if _symbols(ps, letters) != _symbols(pq, letters):
        return CHANGED
    dense = bool(NO_SPACES.match(a) or NO_SPACES.match(b))
    if dense:
        return PUNCTUATION
    if not space_s and not space_q:
        if not ps or not pq:
            return _joins(ps or pq, source, quoted, s, a, b)
        return CHANGED if ("'" in ps) != ("'" in pq) else PUNCTUATION
    if space_s != space_q:
        tight = pq if space_s else ps
        loose = ps if space_s else pq
        if not tight:
            return CHANGED  # two words became one, or one two
        return CHANGED if tight == "'" or (tight == "-" and loose == "-") else PUNCTUATION
    # A possessive: the models' outputs.
    if ps.startswith("'") != pq.startswith("'") and ps.lstrip("'") == pq.lstrip("'") and a in "sxzSXZ":
        text, at = (source, s[0]) if ps.startswith("'") else (quoted, q[0])
        if not _closes(text, at):
            return CHANGED
    return PUNCTUATION


def _joins(mark: str, source: str, quoted: str, s: tuple[int, int], a: str, b: str) -> str:
    """One side has a mark within a word that the other lacks."""
    if set(mark) <= set('"()[]{}<>,;:!?'):
        return PUNCTUATION
    initial = re.search(r"(?:^|[^\w])[^\W\d_]$", source[max(0, s[0] - 2) : s[0]])
    return PUNCTUATION if mark == "." and initial else CHANGED


def _closes(text: str, at: int) -> bool:
    """Whether the single mark at `at` closes a quotation rather than a word."""
    before = text[max(0, at - 300) : at].replace("\u2019", "'").replace("\u2018", "'")
    return len(re.findall(r"(?:^|[\s(\[\"-])'(?=\w)", before)) > len(
        re.findall(r"[\w.,;:!?)]'(?=\W|$)", before)
    )


def _number_changes(gs: str, gq: str, a: str, b: str) -> bool:
    """Whether a mark that belongs to a number differs: point, sign, unit, range, relation."""
    cs, cq = canonical(gs), canonical(gq)
    space_s, space_q = _has_space(gs), _has_space(gq)
    if a.isdigit() and b.isdigit():
        if not space_s and not space_q:
            return cs != cq
        if space_s != space_q:
            # One number on the one side, two on the other; "2020).5" and "2020). 5" have been told apart before.
            return True
    if a.isdigit() and unit_of(cs) != unit_of(cq):
        return True
    if b.isdigit():
        if sign_of(gs) != sign_of(gq):
            return True
        if bool(POINT_BEFORE.search(gs)) != bool(POINT_BEFORE.search(gq)):
            return True
    return False


def unit_of(gap: str) -> str:
    """The unit right behind a number: %, a degree, a currency."""
    found = UNIT_AFTER.match(gap)
    return found[1] if found else ""


def sign_of(gap: str) -> str:
    """The sign or relation right before a number."""
    if MINUS.search(gap):
        return "-"
    gap = canonical(gap.replace("\n", " ")) if gap.strip() else ""
    found = SIGN_BEFORE.search(f" {gap}" if gap[:1] != "-" else f"\0{gap}") or CURRENCY.search(gap)
    return found[1] if found else ""


def _symbols(marks: str, letters: bool) -> str:
    """The signs in a gap that are no punctuation, and accents that found no letter."""
    out = ""
    for mark in marks:
        if mark in "|`^~*_<>•#" and (letters or mark in "|`*_#") or mark == "\ufffd":
            continue
        if mark in "%‰&@\\" or unicodedata.category(mark)[0] in "SM":
            out += mark
    return out
