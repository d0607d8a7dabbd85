"""Which of the quoted words differ from the source: found in the tree, so that they can be marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from publishing.document import Break, Code, Difference, Inline, Math, Text

T = TypeVar("T")

# Signs that the same word may be written with; each is one character, so that places stay.
FOLD = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—−\u00a0\u202f\u2009", '\'\'\'\'""""""------   ')
OTHER = "\ufffc"


@dataclass(frozen=True)
class Said(Inline):
    """Words that the source does not have like this; `lack` where the source has words and these have none."""

    text: str
    lack: bool = False


def with_differences(nodes: T, differences: Sequence[Difference]) -> T:
    """The same blocks or inlines, in which the words that differ are `Said`.

    What can't be found again in the text (a formula, say) stays as it was: the table beside it shows it.
    """
    if not differences:
        return nodes
    leaves = list(_leaves(nodes))
    flat = "".join(_words(leaf) for leaf in leaves)
    spans = find(flat, [(d.before, d.quoted, d.after) for d in differences])
    if not spans:
        return nodes
    starts: list[int] = []
    at = 0
    for leaf in leaves:
        starts.append(at)
        at += len(_words(leaf))
    rewritten: T = _Rewriter(iter(starts), spans).rewrite(nodes)
    return rewritten


def find(text: str, wanted: Iterable[tuple[str, str, str]]) -> list[tuple[int, int]]:
    """Where (before, words, after) stand in `text`, in that order; for no words, the blank between."""
    folded = text.translate(FOLD)
    found: list[tuple[int, int]] = []
    start = 0
    for before, words, after in wanted:
        for pattern in _patterns(before, words, after):
            match = pattern.search(folded, start) or pattern.search(folded)
            if match is None:
                continue
            span = match.span(1)
            if all(span[1] <= a or b <= span[0] for a, b in found):
                found.append(span)
                start = span[1]
            break
    return sorted(found)


def _patterns(before: str, words: str, after: str) -> Iterator[re.Pattern[str]]:
    """The strictest first: with the words on both sides, on one, alone, and alone within a word."""
    middle, left, right = _spaced(words), _spaced(_bare(before)), _spaced(_bare(after))
    between = r"[^\w]{0,6}?"
    if not middle:
        if left and right:
            yield _compiled(rf"(?<!\w){left}([^\w]{{1,6}}){right}(?!\w)")
        return
    edged = rf"({_edge(words[0], before=True)}{middle}{_edge(words[-1], before=False)})"
    if left and right:
        yield _compiled(left + between + edged + between + right)
    if left:
        yield _compiled(left + between + edged)
    if right:
        yield _compiled(edged + between + right)
    yield _compiled(edged)
    if left:
        yield _compiled(f"{left}{between}({middle})")


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _bare(word: str) -> str:
    return re.sub(r"^\W+|\W+$", "", word)


def _spaced(words: str) -> str:
    return r"\s+".join(re.escape(part) for part in words.translate(FOLD).split())


def _edge(character: str, *, before: bool) -> str:
    if not (character.isalnum() or character == "_"):
        return ""
    return r"(?<!\w)" if before else r"(?!\w)"


def _leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        for item in node:
            yield from _leaves(item)
    elif isinstance(node, Text | Code | Break | Math):
        yield node
    elif is_dataclass(node):
        inner = [getattr(node, f.name) for f in fields(node)]
        below = [value for value in inner if isinstance(value, tuple)]
        if not below:
            yield node
        for value in below:
            yield from _leaves(value)


def _words(leaf: Any) -> str:
    match leaf:
        case Text(text=text) | Code(text=text):
            return text
        case Break():
            return " "
        case Math(tex=tex):
            return tex
        case str():
            return ""
    return OTHER


@dataclass
class _Rewriter:
    starts: Iterator[int]
    spans: list[tuple[int, int]]

    def rewrite(self, node: Any) -> Any:
        if isinstance(node, tuple):
            out: list[Any] = []
            for item in node:
                made = self.rewrite(item)
                out.extend(made if isinstance(item, Text) else (made,))
            return tuple(out)
        if isinstance(node, Text):
            return self.cut(node, next(self.starts))
        if isinstance(node, Code | Break | Math):
            next(self.starts)
            return node
        if is_dataclass(node) and not isinstance(node, type):
            changes: dict[str, Any] = {}
            leaf = True
            for f in fields(node):
                value = getattr(node, f.name)
                if isinstance(value, tuple):
                    leaf = False
                    changes[f.name] = self.rewrite(value)
            if leaf:
                next(self.starts)
                return node
            return replace(node, **changes)
        return node

    def cut(self, node: Text, start: int) -> tuple[Inline, ...]:
        """A text in pieces, those within a span as `Said`."""
        out: list[Inline] = []
        done, end = start, start + len(node.text)
        for low, high in self.spans:
            low, high = max(low, start), min(high, end)
            if low >= high:
                continue
            if low > done:
                out.append(Text(node.text[done - start : low - start]))
            words = node.text[low - start : high - start]
            out.append(Said(words, lack=not any(c.isalnum() for c in words) and not words.strip()))
            done = high
        if done < end or not out:
            out.append(Text(node.text[done - start :]))
        return tuple(out)
