"""The one Markdown dialect: text in, the blocks and inlines of `publishing.document` out.

CommonMark with tables, footnotes, strikethrough, task lists, definition lists and `$math$`, plus
citations (`[@key, p. 5]`), placed parts (`[[quote:slug]]`, `[[timeline]]`), links within the report
(`[[section:slug|label]]`) and inline todos. Raw HTML is text. No words are lost: what a rule can't
take, a link that is not allowed, a footnote that nothing refers to, is shown as it was typed.

Whatever the text, nothing here raises. What an editor must mend before the text may be saved is in
`Parsed.refusals`, what they should know of in `Parsed.warnings`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from publishing.document import (
    Block,
    Body,
    Footnote,
    Inline,
    Math,
    MathBlock,
    Paragraph,
    Problem,
    Text,
    walk,
)
from publishing.markdown import rules
from publishing.markdown.notes import Notes
from publishing.markdown.tree import TreeBuilder, slugify

__all__ = [
    "Parsed",
    "normalise",
    "parse",
    "parse_inline",
    "parse_quotation",
    "read",
    "read_inline",
    "refusals",
    "slugify",
    "warnings",
]

# What one text may hold. Far more than a section needs, and little enough that no text, however it
# is built, takes more than about two seconds; beyond, a text is refused, and shown as typed.
MAX_LENGTH = 200_000
MAX_FORMULAS = 2_000  # in one text; each is typeset twice, for the page and for the PDF
KEPT_LENGTH = 20_000  # characters; what a longer text parses to is not kept in memory
MAX_LINES = 10_000
MAX_BRACKETS = 10_000

_body_parser = cache(rules.body_parser)
_line_parser = cache(rules.line_parser)
_quotation_parser = cache(rules.quotation_parser)


@dataclass(frozen=True)
class Parsed:
    """A body with what there is to say about it; lines count from 1 within its source."""

    body: Body
    refusals: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def normalise(text: str) -> str:
    """The text with LF as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(
    source: str, *, keys: Collection[str] = (), first_footnote: int = 1, anchor_prefix: str = ""
) -> Body:
    """Parse a body. `keys` are those of the report's papers; footnotes count from `first_footnote`.

    Headings get the slug of their words as anchor, unique within the body, after `anchor_prefix`
    and a hyphen if there is one. `Body.source` is `source` as given.
    """
    return read(source, keys=keys, first_footnote=first_footnote, anchor_prefix=anchor_prefix).body


def refusals(source: str, *, where: str = "") -> tuple[Problem, ...]:
    """What must be mended before the text may be saved; `where` is copied into each problem."""
    return read(source, where=where).refusals


def warnings(source: str, *, keys: Collection[str] = (), where: str = "") -> tuple[Problem, ...]:
    """What is shown, but probably not as meant: unknown keys, footnotes without a partner."""
    return read(source, keys=keys, where=where).warnings


def read(
    source: str,
    *,
    keys: Collection[str] = (),
    first_footnote: int = 1,
    anchor_prefix: str = "",
    where: str = "",
) -> Parsed:
    """Parse a body as `parse` does, and say what is wrong with it."""
    reading = _read if len(source) <= KEPT_LENGTH else _read.__wrapped__
    return reading(source, frozenset(keys), first_footnote, anchor_prefix, where)


# A report is assembled anew for each save and preview, and most of its texts are as they were.
@lru_cache(maxsize=1000)
def _read(source: str, keys: frozenset[str], first_footnote: int, anchor_prefix: str, where: str) -> Parsed:
    text = normalise(source)
    notes = Notes(keys=keys)
    blocks: tuple[Block, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if "\0" in line:
            notes.refuse(number, "This line holds a NUL character: delete it, or type the line anew.")
    if too_much := _too_much(text):
        notes.refuse(1, f"This text has {too_much} are the most: divide it into several.")
        blocks = (_as_typed(text),)
    else:
        try:
            env: dict[str, object] = {"notes": notes}
            tokens = _body_parser().parse(text, env)
            builder = TreeBuilder(env, notes, first_footnote, anchor_prefix)
            blocks, footnotes = builder.build(tokens)
        except Exception as error:  # a fault of the parser must not take the page or the words away
            notes.refuse(
                1,
                f"This text can't be read as Markdown ({type(error).__name__}) and is shown as typed: "
                "simplify it, beginning with what was added last.",
            )
            blocks, footnotes = (_as_typed(text),), ()
    formulas = sum(isinstance(node, (Math, MathBlock)) for node in walk((blocks, footnotes)))
    if formulas > MAX_FORMULAS:
        notes.refuse(
            1, f"This text has {formulas:,} formulas, {MAX_FORMULAS:,} are the most: divide it into several."
        )
    return Parsed(
        Body(source, blocks, footnotes),
        tuple(Problem(where, line, message) for line, message in sorted(notes.refusals)),
        tuple(Problem(where, line, message) for line, message in sorted(notes.warnings)),
    )


def parse_inline(source: str, *, keys: Collection[str] = ()) -> tuple[Inline, ...]:
    """Parse a text that is all one line of Markdown (an event, a note); a line end becomes a Break."""
    return read_inline(source, keys=keys)[0]


def read_inline(
    source: str, *, keys: Collection[str] = (), where: str = ""
) -> tuple[tuple[Inline, ...], tuple[Problem, ...]]:
    """Parse as `parse_inline` does; also what is shown, but probably not as meant."""
    text = normalise(source).strip()
    notes = Notes(keys=frozenset(keys))
    children = _inlines(_line_parser(), text, notes)
    return children, tuple(Problem(where, line, message) for line, message in sorted(notes.warnings))


def parse_quotation(source: str) -> tuple[Block, ...]:
    """Parse a quotation's own words into paragraphs of text, emphasis, code and math, no more."""
    found: list[Block] = []
    run: list[str] = []
    for number, line in enumerate([*normalise(source).split("\n"), ""], 1):
        if line.strip():
            run.append(line)
        elif run:
            words = _inlines(_quotation_parser(), "\n".join(run).strip(), Notes())
            found.append(Paragraph(words, line=number - len(run)))
            run = []
    return tuple(found)


def _inlines(parser: MarkdownIt, text: str, notes: Notes) -> tuple[Inline, ...]:
    if not text:
        return ()
    if _too_much(text):
        return (Text(text),)
    try:
        env: dict[str, object] = {"notes": notes}
        tokens: list[Token] = parser.inline.parse(text.replace("\0", "\ufffd"), parser, env, [])
        return TreeBuilder(env, notes).inlines(tokens)
    except Exception:  # as in `read`
        return (Text(text),)


def _too_much(text: str) -> str:
    """What a text has too much of, or ""."""
    for count, most, what in (
        (len(text), MAX_LENGTH, "characters"),
        (text.count("\n"), MAX_LINES, "lines"),
        (text.count("["), MAX_BRACKETS, "square brackets"),
    ):
        if count > most:
            return f"{count:,} {what}, {most:,}"
    return ""


def _as_typed(text: str) -> Paragraph:
    return Paragraph((Text(text),), line=1)
