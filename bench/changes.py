"""What people do to a quotation, honest or not: each change takes a sentence and gives words and their label."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

NEGATION = re.compile(
    r"\b(?:not|never|no|neither|nor|without|unless|fails?|kein|nicht|ne|sans|rien)\b|n't|[没不无未]|ない",
    re.I,
)
DENSE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
STAND_INS = "granite harbour violet seventeen lantern quickly orchard marble distant copper".split()
DENSE_STAND_INS = "山河花鳥風月海雲星雪"


@dataclass(frozen=True)
class Case:
    """The words of a quotation, and what a careful reader says of them.

    `changed` is (source words, quoted words) that a difference must show; `warning` one that must be given.
    """

    kind: str
    words: str
    verdicts: tuple[str, ...]
    changed: tuple[str, str] | None = None
    warning: str = ""
    edit: str = ""


@dataclass(frozen=True)
class Spot:
    """A sentence with the ones before and after it, its reference, and a sentence far away."""

    text: str
    following: str
    reference: str
    far: str
    language: str


Change = Callable[[Spot, random.Random], Case | None]
CHANGES: dict[str, Change] = {}


def change(function: Change) -> Change:
    CHANGES[function.__name__] = function
    return function


def dense(spot: Spot) -> bool:
    return bool(DENSE.search(spot.text))


def _words(text: str) -> list[str]:
    return text.split(" ")


def _inner(spot: Spot, chance: random.Random, pattern: str = r"[^\W\d_]{4,}[,;]?") -> int | None:
    """A word that can be changed: not the first or last, no part of a reference."""
    words = _words(spot.text)
    held = set(_words(spot.reference))
    found = [
        i
        for i, word in enumerate(words)
        if 2 <= i < len(words) - 2 and re.fullmatch(pattern, word) and word not in held
    ]
    return chance.choice(found) if found else None


@change
def plain(spot: Spot, chance: random.Random) -> Case | None:
    return Case("plain", spot.text, ("verbatim",))


@change
def two_sentences(spot: Spot, chance: random.Random) -> Case | None:
    if not spot.following:
        return None
    glue = "" if dense(spot) else " "
    return Case("two_sentences", f"{spot.text}{glue}{spot.following}", ("verbatim",))


@change
def fragment(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        n = len(spot.text)
        start, end = n // 5, n - n // 5
        while start < n and not (DENSE.match(spot.text[start]) and DENSE.match(spot.text[start - 1])):
            start += 1
        while end < n and not (DENSE.match(spot.text[end]) and DENSE.match(spot.text[end - 1])):
            end += 1
        return Case("fragment", spot.text[start:end], ("verbatim",)) if end - start > 8 else None
    words = _words(spot.text)
    if len(words) < 9:
        return None
    start = chance.randint(1, 3)
    return Case("fragment", " ".join(words[start:-2]).rstrip(",;"), ("verbatim",))


@change
def typography(spot: Spot, chance: random.Random) -> Case | None:
    text = (
        spot.text.replace("“", '"').replace("”", '"').replace("’", "'").replace("—", " -- ").replace("–", "-")
    )
    text = text.replace("−", "-").replace("« ", '"').replace(" »", '"')
    text = text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ")
    if chance.random() < 0.5:
        text = text.replace(" ", "\u00a0", 2).replace(" ", "  ", 1)
    return Case("typography", f"“{text}”", ("verbatim",))


@change
def markdown(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance, r"[^\W\d_]{4,}")
    if at is None:
        return None
    words = _words(spot.text)
    mark = chance.choice(["*", "**", "_", "`"])
    words[at] = f"{mark}{words[at]}{mark}"
    return Case("markdown", " ".join(words), ("verbatim",))


@change
def line_end_copied(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance, r"[a-zäöüéè]{8,}")
    if at is None:
        return None
    words = _words(spot.text)
    words[at] = f"{words[at][:4]}- {words[at][4:]}"
    return Case("line_end_copied", " ".join(words), ("verbatim",), warning="line_end_hyphen")


@change
def ellipsis(spot: Spot, chance: random.Random) -> Case | None:
    mark = chance.choice(["…", "...", "[…]", "[...]", ". . .", "(…)"])
    if dense(spot):
        n = len(spot.text)
        a, b = n // 3, n // 3 + 4
        if n < 24:
            return None
        left_out = spot.text[a:b]
        words = f"{spot.text[:a]}{mark if mark != '. . .' else '……'}{spot.text[b:]}"
    else:
        items = _words(spot.text)
        if len(items) < 11:
            return None
        a = chance.randint(3, len(items) - 6)
        b = a + chance.randint(1, 3)
        left_out = " ".join(items[a:b])
        words = " ".join([*items[:a], mark, *items[b:]])
    return Case(
        "ellipsis",
        words,
        ("edited",),
        edit="ellipsis",
        warning="omits_negation" if NEGATION.search(left_out) else "",
    )


@change
def ellipsis_far(spot: Spot, chance: random.Random) -> Case | None:
    """From one sentence into the next."""
    if not spot.following:
        return None
    if dense(spot):
        return Case(
            "ellipsis_far",
            f"{spot.text[: len(spot.text) * 2 // 3]}……{spot.following[len(spot.following) // 3 :]}",
            ("edited",),
            edit="ellipsis",
        )
    first, second = _words(spot.text), _words(spot.following)
    if len(first) < 8 or len(second) < 8:
        return None
    return Case("ellipsis_far", " ".join([*first[:6], "…", *second[-6:]]), ("edited",), edit="ellipsis")


@change
def ellipsis_thrice(spot: Spot, chance: random.Random) -> Case | None:
    words = _words(spot.text)
    if dense(spot) or len(words) < 14:
        return None
    return Case(
        "ellipsis_thrice",
        " ".join([*words[:4], "[…]", *words[5:8], "…", *words[9:]]),
        ("edited",),
        edit="ellipsis",
    )


@change
def sic(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance)
    if at is None:
        return None
    words = _words(spot.text)
    words.insert(at + 1, chance.choice(["[sic]", "[emphasis added]", "[that is, the second one]"]))
    return Case("sic", " ".join(words), ("edited",), edit="brackets")


@change
def bracket_replaces(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance, r"[^\W\d_]{3,}")
    if at is None or NEGATION.search(_words(spot.text)[at]):
        return None
    words = _words(spot.text)
    words[at] = chance.choice(["[these]", "[the system]", "[such a thing]"])
    return Case("bracket_replaces", " ".join(words), ("edited",), edit="brackets")


@change
def bracket_letter(spot: Spot, chance: random.Random) -> Case | None:
    first = re.match(r"[A-Za-zÀ-ÿ]", spot.text)
    if not first:
        return None
    return Case("bracket_letter", f"[{first[0].swapcase()}]{spot.text[1:]}", ("edited",), edit="brackets")


@change
def bracket_ending(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance, r"[a-z]{5,}s")
    if at is None:
        return None
    words = _words(spot.text)
    words[at] = f"{words[at][:-1]}[{chance.choice(['ed', 'ing', 'es'])}]"
    return Case("bracket_ending", " ".join(words), ("edited",), edit="brackets")


@change
def citation_dropped(spot: Spot, chance: random.Random) -> Case | None:
    if not spot.reference:
        return None
    return Case(
        "citation_dropped",
        spot.text.replace(f" {spot.reference}", "", 1),
        ("edited",),
        edit="citation dropped",
    )


@change
def citation_kept(spot: Spot, chance: random.Random) -> Case | None:
    return Case("citation_kept", spot.text, ("verbatim",)) if spot.reference else None


@change
def capital(spot: Spot, chance: random.Random) -> Case | None:
    if spot.text[0] == spot.text[0].swapcase():
        return None
    return Case("capital", spot.text[0].swapcase() + spot.text[1:], ("edited",), edit="capital fitted")


@change
def final_stop(spot: Spot, chance: random.Random) -> Case | None:
    words = _words(spot.text)
    if dense(spot) or len(words) < 10 or not re.fullmatch(r"[^\W\d_]{3,}", words[-4]):
        return None
    return Case("final_stop", " ".join(words[:-3]) + ".", ("edited",), edit="final stop")


@change
def upper(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance, r"[a-z]{5,}")
    if at is None:
        return None
    words = _words(spot.text)
    words[at] = words[at].upper()
    return Case("upper", " ".join(words), ("edited",))


@change
def comma_lost(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        at = spot.text.find("，")
        if at < 3:
            return None
        return Case("comma_lost", spot.text[:at] + spot.text[at + 1 :], ("edited",))
    at = _inner(spot, chance, r"[^\W\d_]{3,},")
    if at is None:
        return None
    words = _words(spot.text)
    words[at] = words[at][:-1]
    return Case("comma_lost", " ".join(words), ("edited",), changed=(f"{words[at]},", words[at]))


@change
def word_changed(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        at = chance.choice(
            [i for i, char in enumerate(spot.text) if DENSE.match(char) and 3 < i < len(spot.text) - 3]
        )
        new = chance.choice([char for char in DENSE_STAND_INS if char != spot.text[at]])
        return Case(
            "word_changed",
            spot.text[:at] + new + spot.text[at + 1 :],
            ("altered",),
            changed=(spot.text[at], new),
        )
    at = _inner(spot, chance)
    if at is None:
        return None
    words = _words(spot.text)
    old, new = words[at].rstrip(",;"), chance.choice(STAND_INS)
    words[at] = words[at].replace(old, new)
    return Case("word_changed", " ".join(words), ("altered",), changed=(old, new))


@change
def ending_changed(spot: Spot, chance: random.Random) -> Case | None:
    """The fault of the first report: empower for empowers."""
    at = _inner(spot, chance, r"[a-z]{4,}s")
    if at is None:
        return None
    words = _words(spot.text)
    old, words[at] = words[at], words[at][:-1]
    return Case("ending_changed", " ".join(words), ("altered",), changed=(old, words[at]))


@change
def word_added(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        at = len(spot.text) // 2
        if not (DENSE.match(spot.text[at]) and DENSE.match(spot.text[at - 1])):
            return None
        return Case("word_added", f"{spot.text[:at]}山{spot.text[at:]}", ("altered",), changed=("", "山"))
    at = _inner(spot, chance)
    if at is None:
        return None
    words = _words(spot.text)
    new = chance.choice(["not", "clearly", "almost", "never"])
    words.insert(at, new)
    return Case("word_added", " ".join(words), ("altered",), changed=("", new))


@change
def word_lost(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        at = len(spot.text) // 2
        if (
            not all(map(DENSE.match, spot.text[at - 1 : at + 2]))
            or spot.text[at] in spot.text[at - 1] + spot.text[at + 1]
        ):
            return None
        return Case(
            "word_lost", spot.text[:at] + spot.text[at + 1 :], ("altered",), changed=(spot.text[at], "")
        )
    at = _inner(spot, chance, r"[^\W\d_]{2,}")
    if at is None:
        return None
    words = _words(spot.text)
    old = words.pop(at)
    return Case("word_lost", " ".join(words), ("altered",), changed=(old, ""))


@change
def clause_lost(spot: Spot, chance: random.Random) -> Case | None:
    words = _words(spot.text)
    if dense(spot) or len(words) < 13 or spot.reference:
        return None
    at = chance.randint(3, len(words) - 8)
    return Case(
        "clause_lost",
        " ".join(words[:at] + words[at + 4 :]),
        ("altered",),
        changed=(" ".join(words[at : at + 4]), ""),
    )


@change
def swapped(spot: Spot, chance: random.Random) -> Case | None:
    words = _words(spot.text)
    if dense(spot):
        return None
    pairs = [
        i
        for i in range(2, len(words) - 3)
        if words[i].isalpha() and words[i + 1].isalpha() and words[i].lower() != words[i + 1].lower()
    ]
    if not pairs:
        return None
    i = chance.choice(pairs)
    words[i], words[i + 1] = words[i + 1], words[i]
    return Case("swapped", " ".join(words), ("altered",))


@change
def digit_changed(spot: Spot, chance: random.Random) -> Case | None:
    text = spot.text.replace(spot.reference, " " * len(spot.reference)) if spot.reference else spot.text
    found = [m.start() for m in re.finditer(r"\d", text) if 3 < m.start() < len(text) - 2]
    if not found:
        return None
    at = chance.choice(found)
    new = str((int(text[at]) + chance.randint(1, 9)) % 10)
    return Case(
        "digit_changed", spot.text[:at] + new + spot.text[at + 1 :], ("altered",), changed=(text[at], new)
    )


@change
def point_lost(spot: Spot, chance: random.Random) -> Case | None:
    found = re.search(r"(?<=\d)[.,](?=\d)", spot.text)
    if not found or found.start() < 3:
        return None
    return Case("point_lost", spot.text[: found.start()] + spot.text[found.end() :], ("altered",))


@change
def percent_lost(spot: Spot, chance: random.Random) -> Case | None:
    found = re.search(r"(?<=\d)\s?%", spot.text)
    if not found:
        return None
    return Case("percent_lost", spot.text[: found.start()] + spot.text[found.end() :], ("altered",))


@change
def sign_lost(spot: Spot, chance: random.Random) -> Case | None:
    found = re.search(r"(?<=\s)[−$](?=\d)", spot.text)
    if not found:
        return None
    return Case("sign_lost", spot.text[: found.start()] + spot.text[found.end() :], ("altered",))


@change
def unit_changed(spot: Spot, chance: random.Random) -> Case | None:
    found = re.search(r"(?<=\d )(ms|hours|items|million)\b", spot.text)
    if not found:
        return None
    new = {"ms": "s", "hours": "minutes", "items": "users", "million": "billion"}[found[0]]
    return Case(
        "unit_changed",
        spot.text[: found.start()] + new + spot.text[found.end() :],
        ("altered",),
        changed=(found[0], new),
    )


@change
def apostrophe_lost(spot: Spot, chance: random.Random) -> Case | None:
    found = re.search(r"(?<=[^\W\d_])['’](?=[^\W\d_]|s?\s)", spot.text)
    if not found or found.start() < 3:
        return None
    return Case("apostrophe_lost", spot.text[: found.start()] + spot.text[found.end() :], ("altered",))


@change
def hyphen_lost(spot: Spot, chance: random.Random) -> Case | None:
    found = re.search(r"(?<=[a-z])-(?=[a-z])", spot.text)
    if not found:
        return None
    # "verbatim" where the source breaks its line just there: nobody can tell.
    return Case("hyphen_lost", spot.text[: found.start()] + spot.text[found.end() :], ("altered",))


@change
def letter_swapped(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance, r"[a-z]{5,}")
    if at is None:
        return None
    words = _words(spot.text)
    old = words[at]
    words[at] = old[:2] + ("x" if old[2] != "x" else "y") + old[3:]
    return Case("letter_swapped", " ".join(words), ("altered",), changed=(old, words[at]))


@change
def ellipsis_and_change(spot: Spot, chance: random.Random) -> Case | None:
    words = _words(spot.text)
    if dense(spot) or len(words) < 13:
        return None
    choices = [i for i in range(6, len(words) - 2) if re.fullmatch(r"[^\W\d_]{4,}", words[i])]
    if not choices:
        return None
    at = chance.choice(choices)
    old, new = words[at], chance.choice(STAND_INS)
    words[at] = new
    return Case(
        "ellipsis_and_change", " ".join([*words[:3], "…", *words[5:]]), ("altered",), changed=(old, new)
    )


@change
def sic_and_change(spot: Spot, chance: random.Random) -> Case | None:
    words = _words(spot.text)
    choices = [i for i in range(6, len(words) - 2) if re.fullmatch(r"[^\W\d_]{4,}", words[i])]
    if dense(spot) or not choices:
        return None
    at = chance.choice(choices)
    old, words[at] = words[at], chance.choice(STAND_INS)
    new = words[at]
    words.insert(4, "[sic]")
    return Case("sic_and_change", " ".join(words), ("altered",), changed=(old, new))


@change
def long_brackets(spot: Spot, chance: random.Random) -> Case | None:
    at = _inner(spot, chance)
    if at is None:
        return None
    words = _words(spot.text)
    words.insert(at, "[which is what all of us had been saying for many long years]")
    return Case("long_brackets", " ".join(words), ("altered",))


@change
def reversed_pieces(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        n = len(spot.text)
        return (
            Case("reversed_pieces", f"{spot.text[n // 2 :].strip('。')}……{spot.text[: n // 2]}", ("altered",))
            if n > 40
            else None
        )
    words = _words(spot.text)
    if len(words) < 14:
        return None
    return Case("reversed_pieces", " ".join([*words[-6:], "…", *words[:6]]), ("altered",))


@change
def far_pieces(spot: Spot, chance: random.Random) -> Case | None:
    if not spot.far:
        return None
    if dense(spot):
        return Case("far_pieces", f"{spot.text.strip('。')}……{spot.far}", ("altered",))
    return Case("far_pieces", f"{spot.text.rstrip('.')} … {spot.far}", ("altered",))


@change
def short(spot: Spot, chance: random.Random) -> Case | None:
    if dense(spot):
        return (
            Case("short", spot.text[2:5], ("unchecked",)) if all(map(DENSE.match, spot.text[2:5])) else None
        )
    words = [word for word in _words(spot.text) if word.isalpha()]
    return (
        Case("short", " ".join(words[2:4][: chance.randint(1, 2)]), ("unchecked",))
        if len(words) > 4 and " ".join(words[2:4]) in spot.text
        else None
    )
