"""What only the finished tree can tell an editor: formulas that fail, pictures that are missing,
characters that the PDF can't draw. Each fault is named by the text and the line it stands in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Any

from publishing import document as tree
from publishing.typst.glyphs import drawable
from publishing.typst.text import CONTROL

MOST = 8  # characters that one message names
# Fields that hold no words of their own: sources of what is parsed, names, and addresses.
UNREAD = {"source", "slug", "anchor", "key", "href", "src", "kind", "state", "visibility", "url", "former"}


@dataclass(frozen=True)
class Written:
    """A text of the report: what it is called, its anchor on the page, what it consists of, and where it is
    written: in the row of a kind ("section"), or in a `field` of the report itself.
    """

    name: str
    anchor: str
    node: Any
    kind: str = ""
    row: int | None = None
    field: str = ""


def texts(document: tree.Document) -> Iterator[Written]:
    """Each text of the report, in the order of the page."""
    own = tuple(tree.Text(words) for words in (document.title, document.subtitle, document.people))
    yield Written("Title and people", "", own)
    yield Written("Notice", "", tree.Text(document.notice), field="notice")
    yield Written("Summary", "summary", document.summary, field="summary")
    for section in document.all_sections():
        parts = tree.Text(section.heading), section.body
        yield Written(section.heading, section.anchor, parts, "section", section.row)
    yield Written("Acknowledgements", "acknowledgements", document.acknowledgements, field="acknowledgements")
    for quote in document.quotes:
        yield Written(f"Quotation {quote.slug}", f"quote-{quote.slug}", quote, "quote", quote.row)
    for event in document.events:
        yield Written("Timeline", f"event-{event.slug}", event, "event", event.row)
    for theory in document.theories:
        yield Written(theory.title, f"theory-{theory.slug}", theory, "theory", theory.row)
    for paper in document.papers:
        yield Written(paper.title or paper.key, f"paper-{paper.key}", paper, "paper", paper.row)
    for source in document.sources:
        node = tree.Text(source.title + source.author)
        yield Written(source.title or source.key, f"source-{source.key}", node, "source", source.row)


def with_lines(node: Any) -> Iterator[tuple[Any, int]]:
    """Each node below `node` with the line of the last block before it."""
    line = 0
    for item in tree.walk(node):
        if isinstance(item, tree.Block) and item.line:
            line = item.line
        yield item, line


def of(document: tree.Document, pictures: Collection[str]) -> Iterator[tree.Problem]:
    """The faults of `document`, which has its formulas; `pictures` are the addresses of those there are."""
    formulas = document.formula_by_tex
    for text in texts(document):
        where, anchor, node = text.name, text.anchor, text.node
        undrawn: dict[str, int] = {}
        for item, line in with_lines(node):
            for character in _characters(item):
                undrawn[character] = undrawn.get(character) or line
            match item:
                case tree.Math() | tree.MathBlock():
                    display = isinstance(item, tree.MathBlock) or item.display
                    formula = formulas.get((item.tex, display))
                    if formula and formula.error:
                        message = f"The formula ${item.tex}$: {formula.error}"
                        yield tree.Problem(where, line, message, anchor)
                case tree.Image(src=src) if src.startswith("/media/") and src not in pictures:
                    message = f"The picture {src} isn't there. Upload it again, or take it out."
                    yield tree.Problem(where, line, message, anchor)
        if undrawn:
            first = min(filter(None, undrawn.values()), default=0)
            yield tree.Problem(where, first, _say(sorted(undrawn)), anchor)


def _characters(node: Any) -> set[str]:
    """The characters of a node's own words that the PDF can't show as they are."""
    found: set[str] = set()
    for field in fields(node):
        value = getattr(node, field.name)
        if (
            isinstance(value, str)
            and field.name not in UNREAD
            and not (value.isascii() and value.isprintable())
        ):
            found.update(c for c in set(value) if CONTROL.match(c) or (c > "~" and not drawable(c)))
    return found


def _say(characters: list[str]) -> str:
    named = [_name(character) for character in characters[:MOST]]
    more = len(characters) - MOST
    return (
        f"The PDF can't draw {', '.join(named)}{f' and {more} more' if more > 0 else ''}: a box stands for a "
        "character that no font has, a control character is left out. Write it in another way."
    )


def _name(character: str) -> str:
    code = f"U+{ord(character):04X}"
    words = unicodedata.name(character, "").lower()
    shown = f"“{character}” " if character.isprintable() else ""
    return f"{shown}({code}{', ' if words else ''}{words})" if shown else f"{code} {words}".strip()
