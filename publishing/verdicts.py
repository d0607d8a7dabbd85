"""What a check found, in words: the same on the page, in lists and in the masthead.

No markup here. Pages are given as printed labels with the pages of the file beside them, counts as
numbers, and whatever is not checked with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publishing.document import Check, Document, ProseQuote, Quote
from quotes.matching.folding import NO_SPACES
from quotes.models import Reason, Verdict

Quotation = Quote | ProseQuote

# The name of a verdict's shape and colour; whatever is new here can't look like a pass.
SHAPES = {
    Verdict.VERBATIM: "verbatim",
    Verdict.EDITED: "edited",
    Verdict.ALTERED: "altered",
    Verdict.NOT_FOUND: "missing",
}

MEANINGS = {
    Verdict.VERBATIM: "The same words, order and punctuation.",
    Verdict.EDITED: "Changed, and every change is marked or customary: an ellipsis, [brackets], letter case.",
    Verdict.ALTERED: "The passage is there, but words or numbers differ without a mark.",
    Verdict.NOT_FOUND: "Nothing in this source comes near.",
    Verdict.UNCHECKED: "It can’t be judged yet. The reason stands beside it.",
}

FAULTS = {
    "pieces reversed": "The pieces around the ellipsis stand in another order in the source.",
    "pieces too far apart": "The pieces around the ellipsis stand more than a page or 400 words apart.",
}

SAYS = "That these words stand in the source, on that page. Not that they are true."


def check_of(quotation: Quotation) -> Check:
    """Its check. Without one it counts as not checked, whatever the cause."""
    return quotation.check or Check(Verdict.UNCHECKED, Reason.NOT_YET)


def shape(check: Check) -> str:
    """The symbol and the colour of a verdict."""
    return SHAPES.get(Verdict(check.verdict), "unchecked") if check.verdict in Verdict.values else "unchecked"


def label(check: Check) -> str:
    """ "Verbatim", "Edited", "Differs", "Not found", "Not checked"."""
    return str(Verdict(check.verdict).label if check.verdict in Verdict.values else Verdict.UNCHECKED.label)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# --------------------------------------------------------------------------- pages


def _run(numbers: Sequence[int], names: Sequence[str]) -> str:
    """Names of pages, those that follow one another as a range: "6–7, 9"."""
    runs: list[list[int]] = []
    for place, number in enumerate(numbers):
        if runs and number == numbers[runs[-1][-1]] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(names[run[0]] + (f"–{names[run[-1]]}" if len(run) > 1 else "") for run in runs)


def pages(check: Check) -> str:
    """ "p. 8", "pp. 6–7": as printed, or as pages of the file where none is printed; "" if unknown."""
    if not check.pages:
        return ""
    labels = check.labels if len(check.labels) == len(check.pages) and all(check.labels) else ()
    names = labels or tuple(map(str, check.pages))
    kind = ("p. ", "pp. ") if labels else ("file page ", "file pages ")
    return kind[len(names) > 1] + _run(check.pages, names)


_PAGE = re.compile(r"(?:\d+|[ivxlcdm]+|[A-Z]?\d+)", re.IGNORECASE)
_PAGES = re.compile(rf"({_PAGE.pattern})(?:\s*[-–—,]\s*({_PAGE.pattern}))+", re.IGNORECASE)


def locator_words(locator: str) -> str:
    """A bare page number gets its "p.", several their "pp."; all else stays as the author wrote it.

    >>> [locator_words(t) for t in ("6", "6-7", "ii", "§ 4.2", "p. 3")]
    ['p. 6', 'pp. 6–7', 'p. ii', '§ 4.2', 'p. 3']
    """
    text = locator.strip()
    if _PAGE.fullmatch(text):
        return f"p. {text}"
    if _PAGES.fullmatch(text):
        return "pp. " + re.sub(r"\s*[-–—]\s*", "–", text)
    return text


def file_pages(check: Check) -> str:
    """ "file page 2", "file pages 6–7"; "" if unknown, or if `pages` says so already."""
    if not check.pages or pages(check).startswith("file"):
        return ""
    noun = "file page " if len(check.pages) == 1 else "file pages "
    return noun + _run(check.pages, tuple(map(str, check.pages)))


def lies_between(check: Check) -> str:
    """What lies between the parts of the words: "a table and a figure lie between"; or ""."""
    return f"{_listed(check.between)} lie{'s' * (len(check.between) == 1)} between" if check.between else ""


def runs_over(check: Check) -> str:
    """The same as a sentence, with the pages: "Runs over pp. 6–7; a table and a figure lie between."; or ""."""
    if not check.between:
        return ""
    where = f"runs over {pages(check)}; " if len(check.pages) > 1 else ""
    words = f"{where}{lies_between(check)}."
    return words[:1].upper() + words[1:]


def _listed(names: Sequence[str]) -> str:
    """ "a table and 2 figures": each kind once, in the order in which they come."""
    kinds = [
        f"{names.count(name)} {name}s"
        if names.count(name) > 1
        else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
        for name in dict.fromkeys(names)
    ]
    return " and ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]])) if kinds else ""


# --------------------------------------------------------------------------- the badge


def _dense(check: Check) -> bool:
    """Whether the words that differ are written without spaces, so that nobody can count them."""
    return any(NO_SPACES.search(d.source + d.quoted) for d in check.differences)


def changed(check: Check) -> str:
    """How much differs: "1 word", "3 words"; of Chinese and Japanese "1 place"."""
    if _dense(check):
        return counted(len(check.differences), "place")
    return counted(changed_words(check), "word")


def changed_words(check: Check) -> int:
    """How many words differ: of each difference the longer side."""
    return sum(max(len(d.source.split()), len(d.quoted.split())) for d in check.differences)


def particulars(check: Check) -> str:
    """What the verdict needs beside its name: the edits, how many words differ, why it is not checked."""
    if check.verdict == Verdict.EDITED:
        return ", ".join(check.edits)
    if check.verdict == Verdict.ALTERED:
        words = [changed(check)] if check.differences else []
        return ", ".join([*words, *check.faults])
    if check.verdict == Verdict.UNCHECKED:
        return reason(check)
    return ""


def reason(check: Check) -> str:
    """Why it is not checked: "post not archived"."""
    known = check.reason in Reason.values
    return str(Reason(check.reason).label) if known else check.reason or str(Reason.NOT_YET.label)


def badge(check: Check) -> str:
    """ "Verbatim, p. 8", "Edited: ellipsis, p. 3", "Differs: 1 word, pp. 6–7", "Not checked: post not archived"."""
    if check.verdict == Verdict.NOT_FOUND:
        return f"{label(check)} in the source"
    if check.verdict == Verdict.UNCHECKED and check.reason in ("", Reason.NOT_YET):
        return f"{label(check)} yet"
    more = particulars(check)
    where = pages(check) if check.verdict != Verdict.UNCHECKED else ""
    return label(check) + (f": {more}" if more else "") + (f", {where}" if where else "")


def warnings(check: Check, locator: str = "") -> tuple[str, ...]:
    """What readers are told beside the badge, in a few words each. `locator` is the page as stated."""
    found = []
    for warning in check.warnings:
        if warning == "omits_negation":
            found.append("the ellipsis leaves out a negation")
        elif warning == "replaces_number":
            found.append("the brackets give another number than the source")
        elif warning == "line_end_hyphen":
            found.append("line-end hyphen copied along")
        elif warning == "other_page":
            found.append(
                f"the report says {locator_words(locator)}" if locator else "the report says another page"
            )
        elif warning == "no_page":
            found.append(f"“{locator}” names no page" if locator else "the stated page can’t be read")
        else:
            found.append(warning.replace("_", " "))
    if check.because:
        found.append(f"published all the same: {check.because}")
    return tuple(found)


def sentence(check: Check, words: str) -> str:
    """The verdict as a sentence, for the page of one quotation. `words` are the quoted ones."""
    total = len(words.split())
    match check.verdict:
        case Verdict.VERBATIM:
            return "The words stand in the source as they are quoted."
        case Verdict.EDITED:
            return f"The words are the source’s but for marked or customary edits: {', '.join(check.edits)}."
        case Verdict.ALTERED:
            number = changed_words(check)
            parts = [FAULTS.get(fault, fault) for fault in check.faults]
            if check.differences:
                much = changed(check)
                differ = "differs" if much.startswith("1 ") else "differ"
                of = f"{number} of {counted(total, 'word')}" if number < total and not _dense(check) else much
                parts.insert(0, f"{of} {differ} from the source, without a mark.")
            return " ".join(parts)
        case Verdict.NOT_FOUND:
            return "No passage of the source comes near these words."
    return f"Nobody has checked these words here: {reason(check)}."


# --------------------------------------------------------------------------- all of them


def counts(document: Document) -> dict[Verdict, int]:
    """How many of the shown quotations have each verdict, without the verdicts that none has."""
    found = dict.fromkeys(Verdict, 0)
    for quotation in document.quotations:
        verdict = check_of(quotation).verdict
        found[Verdict(verdict) if verdict in Verdict.values else Verdict.UNCHECKED] += 1
    return {verdict: number for verdict, number in found.items() if number}


def summary(document: Document) -> tuple[str, str]:
    """("8 quotations", "4 verbatim, 1 differs, 3 not checked"); ("", "") where there is none."""
    found = counts(document)
    if not found:
        return "", ""
    words = (
        f"{number} {'differ' if verdict == Verdict.ALTERED and number > 1 else str(verdict.label).lower()}"
        for verdict, number in found.items()
    )
    return counted(sum(found.values()), "quotation"), ", ".join(words)


def plain_words(quotation: Quotation) -> str:
    """The quoted words without the marks of emphasis, on one line."""
    if isinstance(quotation, ProseQuote):
        return quotation.words
    from_blocks = _PLAIN.sub("", quotation.text)
    return " ".join(from_blocks.split())


_PLAIN = re.compile(r"(?<!\w)[*_]{1,3}(?=\w)|(?<=\w)[*_]{1,3}(?!\w)|`")
