"""What lies between two blocks of an alignment: an edit that is marked or customary, or a change."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from quotes.matching.align import Alignment
from quotes.matching.floats import CAPTION
from quotes.matching.folding import JOINED, KEPT, LIGATURES, LOST, WORD, key_of, lossy_key
from quotes.matching.gaps import CHANGED, compare, differing, walk
from quotes.matching.hole import Hole
from quotes.matching.index import Index
from quotes.matching.layout import NUMBER_LINE
from quotes.matching.ligatures import between_words, restore
from quotes.matching.quotation import BRACKET, ELLIPSIS, TEX, Quotation, count_words, may_hold_ellipsis
from quotes.matching.result import (
    BRACKETS,
    CITATION_DROPPED,
    ELLIPSIS as ELLIPSIS_EDIT,
    OMITS_NEGATION,
    PIECES_APART,
    PIECES_REVERSED,
    PUNCTUATION,
    REPLACES_NUMBER,
)
from quotes.matching.words import INSERTED, YEAR_ALONE, negates, numbers, without_citations

IN_BRACKETS = re.compile(r"\[[^\[\]]+\]")
PART_OF_WORD = re.compile(r"[^\W\d_]{2}|\d\d")
AUTHOR = re.compile(r"(?<![^\W\d_])[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*['’]?$|\bal\.$")
MONTH = re.compile(r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mär|Mai|Okt|Dez)")
MOST_OMITTED = 400  # words, or a page
MOST_IN_BRACKETS = 8  # words
MOST_REPLACED = 25  # words of the source that brackets may stand for


@dataclass(slots=True)
class Verdict:
    """What holes and gaps come to."""

    edits: set[str] = field(default_factory=set)
    warnings: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)
    changed: list[Hole] = field(default_factory=list)
    shown: list[Hole] = field(default_factory=list)  # edits of punctuation, which are shown too


def holes(index: Index, quotation: Quotation, at: list[int], alignment: Alignment) -> list[Hole]:
    """The holes of an alignment from its first block to its last."""
    found = []
    for a, b in zip(alignment.blocks, alignment.blocks[1:], strict=False):
        q, s = (at[a.q_end - 1] + 1, at[b.q]), (index.at[a.s_end - 1] + 1, index.at[b.s])
        if quotation.lossy:  # letters that a lossy key lacks belong to the words beside the hole
            q, s = between_words(quotation.text, *q), between_words(index.text, *s)
        found.append(Hole(*q, *s))
    return found


def explain(index: Index, quotation: Quotation, hole: Hole, brackets: bool, out: Verdict) -> None:
    """Judge one hole between two blocks; `brackets` says whether brackets are the editor's."""
    quoted = quotation.text[hole.q_start : hole.q_end]
    source = index.text[hole.s_start : hole.s_end]
    ellipsis = may_hold_ellipsis(quoted) and bool(ELLIPSIS.search(quoted))
    plain = ELLIPSIS.sub(" ", quoted) if ellipsis else quoted
    inserted: list[re.Match[str]] = []
    if brackets and "[" in plain:
        inserted = list(BRACKET.finditer(plain))
        plain = BRACKET.sub(" ", plain)
    rest = key_of(plain)
    if not rest:
        if inserted and _literal(inserted, source, ellipsis):
            return
        if ellipsis or inserted:
            _marked(index, hole, source, inserted, ellipsis, out)
            return
        if _dropped(index, hole, source, quoted, out):
            return
    elif not (left_out := key_of(source)) and not inserted:
        if copied_along(index, hole, plain, out):
            return
    elif not (inserted or ellipsis) and (
        _mark_copied(index, hole, rest, left_out) or _same_letters(index, plain, source, rest, left_out, out)
    ):
        return
    out.changed.append(hole)


def _literal(inserted: list[re.Match[str]], source: str, ellipsis: bool) -> bool:
    """Whether the brackets stand in the source: [12]."""
    said = "".join(key_of(found[0]) for found in inserted)
    return not ellipsis and bool(said) and said == key_of(source) and source.count("[") == len(inserted)


def _marked(
    index: Index, hole: Hole, source: str, inserted: list[re.Match[str]], ellipsis: bool, out: Verdict
) -> None:
    for own in [found for found in inserted if found[0] in source]:  # brackets that the source has too
        inserted.remove(own)
        source = source.replace(own[0], " ", 1)
    if not inserted and not ellipsis:
        if key_of(source):
            out.changed.append(hole)
        return
    if any(_other_reference(f"[{found[2]}]", source) for found in inserted):
        out.changed.append(hole)
        return
    if any(count_words(found[2]) > MOST_IN_BRACKETS for found in inserted):
        out.changed.append(hole)
        return
    if ellipsis:
        out.edits.add(ELLIPSIS_EDIT)
        pages = index.page(hole.s_end) - index.page(hole.s_start - 1)
        aside = hole.s_start <= index.body < hole.s_end  # one piece stands in a footnote, caption or table
        if aside and index.raw(hole.s_end) < index.raw(hole.s_start - 1):
            out.faults.append(PIECES_REVERSED)
            return
        if pages > 1 and (aside or _too_many(source)):
            out.faults.append(PIECES_APART)
            return
    words = count_words(source)
    if ellipsis and words and not aside:
        out.omitted.append(shown(source))
    if inserted:
        out.edits.add(BRACKETS)
        if words and not ellipsis:
            plain = without_citations(source)
            if plain != source:
                out.edits.add(CITATION_DROPPED)
                words = count_words(plain)
                source = plain
            only_inserted = all(INSERTED.fullmatch(found[2]) for found in inserted)
            if words and (only_inserted or words > MOST_REPLACED or not _stems(inserted, plain)):
                out.changed.append(hole)
                return
            if words:
                out.shown.append(hole)
                said = " ".join(found[0] for found in inserted)
                if numbers(said) != numbers(shown(plain)):
                    out.warnings.add(REPLACES_NUMBER)
    if words and negates(source.replace(JOINED, "")):
        # Brackets that say the negation themselves leave nothing out: "[did not]" for "never".
        if inserted and not ellipsis and any(negates(found[2]) for found in inserted):
            return
        out.warnings.add(OMITS_NEGATION)


def _too_many(source: str) -> bool:
    """Whether an ellipsis leaves out more words than it may."""
    beginning = source[: 12 * MOST_OMITTED]  # which tells nearly always
    return count_words(beginning) > MOST_OMITTED or (
        len(source) > len(beginning) and count_words(source) > MOST_OMITTED
    )


def _other_reference(bracket: str, source: str) -> bool:
    """Whether brackets give a reference of the same form as the source, but another one: [15] for [12]."""
    if without_citations(bracket):
        return False
    numeric = bracket[1:].lstrip()[:1].isdigit()
    return any(numeric == found[0][1:].lstrip()[:1].isdigit() for found in IN_BRACKETS.finditer(source))


def _stems(inserted: list[re.Match[str]], source: str) -> bool:
    """A word that is bracketed in part, "empower[ed]", must share the rest with the source's word."""
    words = [lossy_key(word) for word in WORD.findall(source.replace(JOINED, "").replace(KEPT, "-"))]
    for found in inserted:
        before, after = lossy_key(found[1]), lossy_key(found[3])
        if not before and not after:
            continue
        if not any(word.startswith(before) and word.endswith(after) for word in words):
            return False
        if len(inserted) == 1 and len(words) != 1:
            return False
    return True


def _dropped(index: Index, hole: Hole, source: str, quoted: str, out: Verdict) -> bool:
    """Words of the source that a quotation leaves out without a mark: a citation, or what stands aside."""
    if not key_of(source).strip(LOST) and not index.text[hole.s_end].isdigit():
        return True  # a sign that the file has no letter for: a bullet, a symbol
    plain = without_citations(source)
    if plain == source and (year := YEAR_ALONE.match(source)) and _names(index, hole.s_start):
        plain = source[year.end() :]
    if plain != source and not key_of(plain):
        out.edits.add(CITATION_DROPPED)
        before, after = index.text[hole.s_start - 1], index.text[hole.s_end]
        text = before + plain + after
        said = before + quoted + after
        kind = compare(text, said, (1, len(text) - 1), (1, len(said) - 1))
        if kind == PUNCTUATION:
            out.edits.add(PUNCTUATION)
        return kind != CHANGED
    return _stands_aside(index, hole, source, quoted)


def _names(index: Index, end: int) -> bool:
    """Whether the word before a place may be an author's name."""
    found = AUTHOR.search(index.text[max(0, end - 40) : end])
    return found is not None and not MONTH.match(found[0])


def _stands_aside(index: Index, hole: Hole, source: str, quoted: str) -> bool:
    """Whole lines that the layout did not tell from the text: a page number, a caption that breaks a sentence."""
    if "\n" not in source[:3] or "\n" not in source[-2:]:
        return False
    lines = [line for line in source.split("\n") if line.strip()]
    if all(NUMBER_LINE.fullmatch(line) for line in lines):
        return index.page(hole.s_start - 1) != index.page(hole.s_end) and bool(quoted.strip() in ("", "-"))
    found = CAPTION.match(lines[0])
    broken = index.text[hole.s_start - 1].isalpha() and index.text[hole.s_end].islower()
    return bool(found and found["mark"] and broken and len(lines) <= 6 and lines[-1].rstrip().endswith("."))


def copied_along(index: Index, hole: Hole, quoted: str, out: Verdict) -> bool:
    """Words that the quotation has from what stands aside just there: a page number, a running head."""
    if not 0 < hole.s_start <= hole.s_end < index.body:
        return False
    start, end = index.raw(hole.s_start - 1), index.raw(hole.s_end)
    if not start < end or end - start > 6_000:
        return False
    rest, beside = key_of(quoted), index.beside(start, end)
    key = key_of(beside)
    at = 0 if key.startswith(rest) else len(key) - len(rest) if key.endswith(rest) else -1
    if at < 0 or (len(rest) < 3 and rest != key):
        return False
    offsets = [k for found in WORD.finditer(beside) for k in range(*found.span())]
    words = list(WORD.finditer(quoted))
    first, last = words[0].start(), words[-1].end()
    a, b = offsets[at], offsets[at + len(rest) - 1] + 1
    if PART_OF_WORD.match(beside, a - 1, a + 1) or PART_OF_WORD.match(beside, b - 1, b + 1):
        return False
    walked = walk(
        beside[a:b],
        quoted[first:last],
        lambda left, right, word: False,
    )
    out.edits |= walked.edits
    out.warnings |= walked.warnings
    return all(gap.kind != CHANGED for gap in walked.gaps)


def _mark_copied(index: Index, hole: Hole, rest: str, left_out: str) -> bool:
    """A word with the footnote mark that is printed behind it: "the1" for "the"."""
    mark = rest[len(left_out) :]
    if not rest.startswith(left_out) or not mark.isdigit():
        return False
    words = list(WORD.finditer(index.text, hole.s_start, hole.s_end))
    raw = index.raw(words[-1].end() - 1) if words else 0
    return bool(words) and key_of(index.beside(raw, raw + 6)) == mark


def _same_letters(index: Index, plain: str, source: str, rest: str, left_out: str, out: Verdict) -> bool:
    """The same words, of which the file has lost letters or prints them its own way."""
    if TEX in plain and _bare(rest) == _bare(left_out):
        return True
    if not (index.lost_ligatures or LOST in source) or not (LIGATURES.search(rest) or LOST in source):
        return False
    restored = restore(source.replace(JOINED, "").replace(KEPT, "-"), plain)
    if restored is None:
        return False
    # With its letters put back, the source's marks are compared as anywhere else.
    if not restored.strip() or not plain.strip():
        return True
    for s, q in differing(f"x{restored}x", f"x{plain}x"):
        kind = compare(f"x{restored}x", f"x{plain}x", s, q)
        if kind == PUNCTUATION:
            out.edits.add(kind)
        elif kind:
            return False
    return True


def _bare(key: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", key) if not unicodedata.combining(char))


def shown(text: str) -> str:
    """A stretch of the source's text as readers see it: hyphens at line ends resolved, white space single."""
    plain = text.replace(JOINED, "").replace(f"{KEPT}\n", "-").replace(KEPT, "-").replace("\x1e", " ")
    return " ".join(plain.split())
