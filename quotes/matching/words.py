"""Words that the engine knows by heart."""

from __future__ import annotations

import re

WORD_ALONE = re.compile(r"[^\W_]+")

# Leaving one of these out may turn a sentence round: English, German, French, Spanish, Italian, Portuguese,
# Dutch; and what stands for them in Chinese, Japanese and Korean.
NEGATIONS = frozenset(
    (
        "not no never nor neither none nothing nobody nowhere cannot without hardly scarcely barely rarely seldom"
        " unlikely fail fails failed lack lacks except unless"
        " nicht nichts nie niemals niemand kein keine keinen keinem keiner keines ohne weder kaum nirgends außer"
        " ne pas jamais rien aucun aucune sans guère null nulle sauf"
        " nunca jamás nada nadie sin tampoco ningun ninguno ninguna ningún non mai niente nessun nessuno nessuna"
        " senza não nem sem niet geen nooit zonder"
    ).split()
)
SHORTENED_NOT = re.compile(r"(?<![^\W_])[a-z]+n['’]t(?![^\W_])", re.IGNORECASE)
DENSE_NEGATIONS = re.compile(r"[不没沒非无無未莫勿别別않없못]|ない|なかった|ません|ずに|ぬ(?=[。、])|아니")


def negates(text: str) -> bool:
    """Whether words of a folded text say no."""
    if not NEGATIONS.isdisjoint(WORD_ALONE.findall(text.lower())):
        return True
    if ("'" in text or "’" in text) and SHORTENED_NOT.search(text):
        return True
    return not text.isascii() and bool(DENSE_NEGATIONS.search(text))


# Words that say nothing of where they stand: a quotation of these alone is not distinctive.
COMMON = frozenset(
    (
        "the a an of to in on at by for with from as is are was were be been it its this that these those and or but"
        " if then than so we our you they their he she his her i not no do does did have has had can could may might"
        " will would should also more most such case fact terms order which who what when where how all some any each"
        " other one two same"
        " der die das den dem des ein eine einen einem einer und oder aber ist sind war im zu von mit für auf als auch"
        " nicht es sich le la les un une du de et ou est sont dans pour par sur au aux que qui ce cette il"
        " elle se ne pas"
    ).split()
)

# What an editor inserts and never puts in the place of the source's words.
INSERTED = re.compile(
    r"\s*(?:sic!?|!|\?|recte.*|(?:my |our |original |the author's )?(?:emphas[ie]s|italics)\b.*"
    r"|.*\b(?:emphasis|italics) (?:added|mine|ours|in (?:the )?original)|hervorhebung.*|herv\. .*"
    r"|(?:footnotes?|citations?|fn\.?) omitted)\s*",
    re.IGNORECASE,
)
# A prefix that turns its word round: a quotation can't begin behind it.
TURNING = re.compile(
    r"(?:non|un|anti|in|counter|pseudo|quasi|semi|sub|over|under|ex|pre|post|de|dis|mis|no|not|never|less|nicht|un|il|ir|im|a)",
    re.IGNORECASE,
)
TURNED = re.compile(r"(?:free|less|like|based|proof|averse|avoiding|frei|los)", re.IGNORECASE)

# A reference in the running text that a quotation may leave out: [12, 13], [Hug86], (Smith et al., 2020).
_YEAR = r"(?:(?:1[6-9]|20)\d\d[a-z]?|in press|forthcoming|n\.d\.)"
_LOCATOR = (
    r"(?:\s*[,:]\s*(?:(?:pp?|S|ch|chap|sec|fig|tab|thm|§)\.?\s*)?[\divxlc]+(?:\s*[–-]\s*\d+)?\s*(?:ff?\.?)?)?"
)
_NUMBERS = rf"\[\s*\d{{1,3}}(?:\s*[,;–-]\s*\d{{1,3}})*{_LOCATOR}\s*\]"
_KEY = r"[A-Z][A-Za-z+]{0,8}['’]?\d{2}[a-z]?\+?"
_KEYS = rf"\[\s*{_KEY}(?:\s*[,;]\s*{_KEY})*{_LOCATOR}\s*\]"
_PARTICLE = r"(?:(?:van|von|de|den|der|di|da|del|la|le|el|al|bin|ten|ter)\s+)*"
_NAME = rf"{_PARTICLE}(?:[dlDLO]['’])?[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:[-–'’\u00ad\ufffe\uffff][^\W\d_]+)*\.?"
_FULL = rf"{_NAME}(?:\s+{_NAME}){{0,5}}"
_AND = r"\s*,?\s*(?:and|und|et|&|y|e)\s+"
_NAMES = rf"{_FULL}(?:\s*,\s*{_FULL})*(?:{_AND}{_FULL})?(?:\s*,?\s*(?:et\s+al\.?|u\.\s?a\.|and\s+others|等))?"
_LEAD = r"(?:(?:see|see also|cf\.?|e\.g\.?,?|i\.e\.?,?|siehe|vgl\.|voir|also|in|by|from|following)\s+)*"
_WORK = rf"{_LEAD}{_NAMES}\s*,?\s*\(?{_YEAR}\)?(?:\s*,\s*(?:{_YEAR}|[a-z]\b))*{_LOCATOR}"
_AUTHOR_YEAR = rf"[(（\[]\s*{_WORK}(?:\s*[;,；]\s*(?:{_WORK}|{_YEAR}))*\s*[)）\]]"
CITATION = re.compile(rf"{_NUMBERS}|{_KEYS}|{_AUTHOR_YEAR}")
# Behind a name, a year alone is a reference too: "as Rossi (1998, p. 4) has it".
YEAR_ALONE = re.compile(rf"\s*\(\s*{_YEAR}(?:\s*[,;]\s*(?:{_YEAR}|[a-z]\b))*{_LOCATOR}\s*\)")
# A parenthesis of this form says when, and is no reference: (March 2024), (AIME 2024), (Version 2020).
_NO_REFERENCE = re.compile(
    r"[(\[]\s*(?:(?:in|since|by|from|early|late|mid)\s+)*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|februar|märz|mai|juni|juli"
    r"|okt|dez|janvier|février|mars|avril|juin|juillet|août|spring|summer|autumn|fall|winter|version|edition|year|since|until"
    r"|[A-Z][A-Z0-9-]+)[a-z]*\.?\s+\d{4}\s*[)\]]",
    re.IGNORECASE,
)


def without_citations(text: str) -> str:
    """`text` without the references in it; unchanged if there are none."""
    if "(" not in text and "[" not in text and "（" not in text:
        return text
    return CITATION.sub(lambda found: "" if is_citation(found[0]) else found[0], text)


def is_citation(text: str) -> bool:
    return not _NO_REFERENCE.fullmatch(text) or "et al" in text


# One word that is also two: "everyday" is not "every day".
_FIRST = "any every some no all when what where how who here there over under out up down in on now"
_SECOND = (
    "one body thing where time times day way how ever more most all together ready after to in on of by for from"
    " with line come look take turn put set go side standing stand whelming head load flow fit"
)
_OTHERS = "maybe cannot therefore whereas nowhere become because itself themselves meanwhile worldwide offset notable"
ONE_WORD = frozenset(a + b for a in _FIRST.split() for b in _SECOND.split()) | frozenset(_OTHERS.split())


NUMBER_WORDS = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundreds?|thousands?|millions?|"
    r"billions?|trillions?|percent|half|twice|once|double[sd]?|triple[sd]?|dozens?)\b",
    re.IGNORECASE,
)
DIGITS = re.compile(r"[-−]?\d+(?:[.,]\d+)*\s?[%‰]?")


def numbers(text: str) -> list[str]:
    """The numbers that a text gives, in digits or in words, in their order."""
    found = [*DIGITS.finditer(text), *NUMBER_WORDS.finditer(text)]
    return [match[0].lower() for match in sorted(found, key=lambda match: match.start())]
