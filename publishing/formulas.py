"""Formulas: TeX to MathML for the page and to Typst math for the PDF, by pandoc.

All new formulas go through one call of pandoc for each format, in a sandbox and with limits of
time and memory; what comes out is checked against allow-lists before anybody may use it, and kept
in Django's cache by formula and pandoc version. One bad formula never affects another.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache as remembered

import nh3
import pypandoc
from django.core.cache import cache

from publishing.document import Formula
from publishing.formula_names import NAMES, PARAMETERS, current

RULES = "1"  # goes up when what stands below changes what a formula becomes
MAX_TEX = 5_000  # characters
MAX_DEPTH = 40  # braces within braces
MAX_SCRIPTS = 5  # indices within indices; pandoc's time doubles with each
BUDGET = 12.0  # seconds for all formulas of one call together
PATIENCE = 3.0  # seconds for one run of pandoc, however few formulas
HEAP = "-M256m"
SHORT = 3600  # seconds that a formula which took too long is not tried again

Wanted = tuple[str, bool]  # TeX, and whether it is displayed

MEND = "Mend the TeX; until then it is shown as written."


@dataclass(frozen=True)
class Written:
    """What pandoc made of a formula in one format, or why it did not."""

    text: str = ""
    error: str = ""
    final: bool = True  # False: it may do better another time


def typeset(wanted: Iterable[Wanted]) -> tuple[Formula, ...]:
    """The formulas in MathML and Typst, each once, in the order of their first mention.

    `wanted` holds pairs of TeX and whether it is displayed. Never raises for what a formula says:
    `Formula.error` tells what is wrong and how to mend it. It may be set with `mathml` there and
    only `typst` missing.
    """
    every = list(dict.fromkeys(wanted))
    try:
        _pandoc_version()
    except OSError:
        missing = "Formulas can't be typeset, pandoc is missing: run pip install -r requirements.txt again."
        return tuple(Formula(*formula, error=missing) for formula in every)
    keys = {formula: _key(formula) for formula in every}
    known = cache.get_many(keys.values())
    done = {formula: Formula(*formula, *known[keys[formula]]) for formula in every if keys[formula] in known}
    fresh = [formula for formula in every if formula not in done]
    if fresh:
        made, passing = _make(fresh)
        done |= made
        stored = {keys[f]: (made[f].mathml, made[f].typst, made[f].error) for f in fresh}
        cache.set_many({keys[f]: stored[keys[f]] for f in fresh if f not in passing}, None)
        cache.set_many({keys[f]: stored[keys[f]] for f in passing}, SHORT)
    return tuple(done[formula] for formula in every)


def _make(fresh: Sequence[Wanted]) -> tuple[dict[Wanted, Formula], set[Wanted]]:
    """Typeset what is not known yet; also which results are of this moment only."""
    deadline = time.monotonic() + BUDGET
    made: dict[Wanted, Formula] = {}
    for tex, display in fresh:
        if fault := _fault(tex):
            made[tex, display] = Formula(tex, display, error=fault)
    sound = [formula for formula in fresh if formula not in made]
    pages = dict(zip(sound, _run(sound, "html", deadline), strict=True))
    readable = [formula for formula in sound if pages[formula].text]
    prints = dict(zip(readable, _run(readable, "typst", deadline), strict=True))
    passing = set()
    for formula in sound:
        page, printed = pages[formula], prints.get(formula, Written())
        made[formula] = Formula(*formula, page.text, printed.text, page.error or printed.error)
        if not (page.final and printed.final):
            passing.add(formula)
    return made, passing


def _fault(tex: str) -> str:
    """What keeps a formula from pandoc, or ""."""
    if not tex.strip():
        return "This formula is empty: write TeX between the dollar signs, or delete them."
    if len(tex) > MAX_TEX:
        return f"This formula has {len(tex):,} characters, {MAX_TEX:,} are the most: divide it into several."
    depth = scripts = 0
    opened: list[bool] = []
    for mark in re.finditer(r"\\.|[\^_]\s*\{|[{}]", tex, re.DOTALL):
        if mark[0].endswith("{") and not mark[0].startswith("\\"):
            opened.append(len(mark[0]) > 1)
            depth, scripts = max(depth, len(opened)), max(scripts, sum(opened))
        elif mark[0] == "}" and opened:
            opened.pop()
        if depth > MAX_DEPTH or scripts > MAX_SCRIPTS:
            return (
                f"This formula is nested too deeply ({MAX_DEPTH} braces and {MAX_SCRIPTS} indices within "
                "each other are the most): give a part of it a name of its own."
            )
    return ""


# --------------------------------------------------------------------------- pandoc


def _key(formula: Wanted) -> str:
    tex, display = formula
    words = json.dumps([RULES, _pandoc_version(), display, tex])
    return "formula:" + hashlib.sha256(words.encode()).hexdigest()


@remembered
def _pandoc_version() -> str:
    return str(pypandoc.get_pandoc_version())


@remembered
def _pandoc_path() -> str:
    return str(pypandoc.get_pandoc_path())


def _run(formulas: Sequence[Wanted], to: str, deadline: float) -> list[Written]:
    """Each formula in the format `to`; where all together fail, by halves, until the culprit is alone."""
    if not formulas:
        return []
    patience = min(PATIENCE + 0.01 * len(formulas), deadline - time.monotonic())
    if patience <= 0.2:
        return [Written("", "Other formulas took all the time there is: mend those first.", False)] * len(
            formulas
        )
    pieces, complaints = _pandoc(formulas, to, patience)
    if len(pieces) == len(formulas):
        read = _mathml if to == "html" else _typst
        return [
            read(piece, _complaint(tex, complaints)) for piece, (tex, _) in zip(pieces, formulas, strict=True)
        ]
    if len(formulas) == 1:
        return [Written("", "This formula takes too long to typeset: divide it into simpler ones.", False)]
    middle = len(formulas) // 2
    return _run(formulas[:middle], to, deadline) + _run(formulas[middle:], to, deadline)


def _pandoc(formulas: Sequence[Wanted], to: str, patience: float) -> tuple[list[str], str]:
    """One run: what pandoc wrote for each formula, and its warnings; nothing if it did not finish."""
    border = "border" + secrets.token_hex(16)  # what no formula can hold
    blocks: list[object] = []
    for tex, display in formulas:
        kind = {"t": "DisplayMath" if display else "InlineMath"}
        blocks.append({"t": "Para", "c": [{"t": "Str", "c": border}]})
        blocks.append({"t": "Para", "c": [{"t": "Math", "c": [kind, tex]}]})
    tree = {"pandoc-api-version": [1, 23], "meta": {}, "blocks": blocks}
    command = [_pandoc_path(), "+RTS", HEAP, "-RTS", "--sandbox", "--from=json", f"--to={to}", "--wrap=none"]
    if to == "html":
        command.append("--mathml")
    try:
        done = subprocess.run(
            command, input=json.dumps(tree).encode(), capture_output=True, timeout=patience, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError, OSError):
        return [], ""
    return done.stdout.decode().split(border)[1:], done.stderr.decode(errors="replace")


def _complaint(tex: str, complaints: str) -> str:
    """Why pandoc could not read `tex`, from its warnings; "" if it says nothing."""
    begin = complaints.find(f"TeX math {tex}, rendering as TeX:")
    if begin < 0:
        return ""
    end = complaints.find("[WARNING] Could not convert", begin + len(tex))
    reason = re.search(
        r"^\s*(unexpected .*)$", complaints[begin + len(tex) : end if end > 0 else None], re.MULTILINE
    )
    return reason[1].strip()[:200] if reason else ""


# --------------------------------------------------------------------------- MathML

_COMMON = {"mathvariant", "dir"}
_LENGTHS = {"width", "height", "depth", "lspace", "voffset"}
MATHML: dict[str, set[str]] = {
    "math": {"display"},
    "semantics": set(),
    "annotation": {"encoding"},
    "mrow": set(),
    "mi": _COMMON,
    "mn": _COMMON,
    "mtext": _COMMON,
    "mo": _COMMON
    | {"form", "stretchy", "fence", "separator", "accent", "largeop", "movablelimits", "symmetric"}
    | {"lspace", "rspace", "minsize", "maxsize"},
    "mspace": {"width", "height", "depth"},
    "mfrac": {"linethickness"},
    "msqrt": set(),
    "mroot": set(),
    "msub": set(),
    "msup": set(),
    "msubsup": set(),
    "munder": {"accentunder"},
    "mover": {"accent"},
    "munderover": {"accent", "accentunder"},
    "mmultiscripts": set(),
    "mprescripts": set(),
    "mphantom": set(),
    "mpadded": _LENGTHS,
    "menclose": {"notation"},
    "mstyle": {"displaystyle", "scriptlevel", "mathvariant"},
    "mtable": {"columnalign", "rowspacing", "columnspacing", "displaystyle"},
    "mtr": set(),
    "mtd": {"columnalign"},
}


def _mathml(piece: str, complaint: str) -> Written:
    """Pandoc's paragraph as clean MathML, its TeX kept as annotation."""
    paragraph = piece.strip().removeprefix("</p>").strip().removesuffix("<p>").strip()
    found = re.fullmatch(r"<p>(<math\b.*</math>)</p>", paragraph, re.DOTALL)
    if not found:  # pandoc falls back to the TeX as text
        reason = complaint or "pandoc can't read it"
        return Written("", f"This formula can't be typeset: {reason}. {MEND}")
    clean = nh3.clean(
        found[1],
        tags=set(MATHML),
        attributes=MATHML,
        clean_content_tags=set(),
        link_rel=None,
        strip_comments=True,
    )
    return Written(clean)


# --------------------------------------------------------------------------- Typst

_TOKEN = re.compile(
    r"""
    (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<escape>\\.)
    | \#h\((?P<space>-?\d{1,2})em\)
    | \#scale\(x:\ \d+%,\ y:\ \d+%\)\[(?P<scaled>\\?[^\]\\"\#])\]
    | \#scale\(x:\ \d+%,\ y:\ \d+%\)\[(?P<bracket>\\[\[\]\\"])\]
    | (?P<word>[^\W\d_](?:[^\W_]|\.(?=[^\W\d_]))*)
    | (?P<code>\#\w*|\$|"|`|//|/\*)
    """,
    re.VERBOSE | re.DOTALL,
)


def _typst(piece: str, complaint: str) -> Written:
    """Pandoc's paragraph as Typst math without dollar signs: known names only, and no code."""
    found = re.fullmatch(r"\$(.*)\$(?:<[^<>]*>)?", piece.strip(), re.DOTALL)
    if not found:
        reason = complaint or "pandoc can't write it for Typst"
        return Written("", f"This formula can't be printed: {reason}. {MEND}")
    text, parts, end = found[1], [], 0
    for token in _TOKEN.finditer(text):
        parts.append(text[end : token.start()])
        end = token.end()
        word = current(token["word"] or "")
        named = word in PARAMETERS and text[end : end + 1] == ":"
        unknown = len(word) > 1 and not named and word.split(".")[0] not in NAMES
        if token["code"] or unknown:
            return Written(
                "",
                f"This formula is on the page, but can't be printed: it needs “{word or token['code']}” in "
                "Typst, which is not allowed. Write it without \\phantom, \\boxed and the like.",
            )
        if token["space"]:
            parts.append(_space(int(token["space"])))
        else:
            parts.append(word or token["scaled"] or token["bracket"] or token[0])
    parts.append(text[end:])
    return Written("".join(parts).strip() or '""')


def _space(ems: int) -> str:
    """Pandoc writes a space of TeX in whole ems, rounded down: `\\;` is 0, `\\!` is -1."""
    return "thick" if ems == 0 else " ".join(["quad"] * min(ems, 10))
