"""A difference of two texts in paragraphs, those without a change folded. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from papers.comparing import Piece

# Blocks of Markdown are divided by blank lines.
_BREAK = re.compile(r"(\n[^\S\n]*(?:\n[^\S\n]*)+)")
# A stretch without a change that is longer than this, within a paragraph with one, is cut short.
LONG, AROUND = 900, 220


@dataclass(frozen=True)
class Run:
    """A stretch as it is shown; "cut" is the same in both, and folded."""

    kind: Literal["same", "out", "in", "cut"]
    text: str
    moved: bool = False

    @property
    def parts(self) -> tuple[str, str, str]:
        """The blanks before, the words, the blanks behind: a mark stands on the words alone."""
        words = self.text.strip()
        if not words:
            return "", self.text, ""
        before, _, behind = self.text.partition(words)
        return before, words, behind


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of both texts: `pieces` in the order of reading both at once."""

    pieces: tuple[Run, ...]

    @property
    def old(self) -> tuple[Run, ...]:
        return tuple(piece for piece in self.pieces if piece.kind != "in")

    @property
    def new(self) -> tuple[Run, ...]:
        return tuple(piece for piece in self.pieces if piece.kind != "out")

    @property
    def changed(self) -> bool:
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(frozen=True)
class Stretch:
    """Either one paragraph that differs, or `same` paragraphs without a change, folded."""

    paragraph: Paragraph | None = None
    same: tuple[Paragraph, ...] = ()


def paragraphs(pieces: Sequence[Piece]) -> Iterator[Paragraph]:
    """The pieces in paragraphs, wherever the old text, the new one, or both have a blank line."""
    row: list[Run] = []
    for place, piece in enumerate(pieces):
        for n, part in enumerate(_BREAK.split(piece.text)):
            if n % 2 == 0:
                if part:
                    row.append(Run(piece.kind, part, piece.moved))
                continue
            if _divides(row, pieces, place):
                row.append(Run(piece.kind, "¶"))
            if row:
                yield Paragraph(tuple(row))
            row = []
    if row:
        yield Paragraph(tuple(row))


def _divides(row: Sequence[Run], pieces: Sequence[Piece], place: int) -> bool:
    """Whether a blank line alone is new, or gone, between words that are the same."""
    if pieces[place].kind == "same" or not pieces[place].text.isspace():
        return False
    before = next((run.kind for run in reversed(row) if not run.text.isspace()), None)
    after = next((piece.kind for piece in pieces[place + 1 :] if not piece.text.isspace()), None)
    return before == after == "same"


def folded(rows: Iterable[Paragraph]) -> Iterator[Stretch]:
    """Each paragraph that differs, and between them those that do not, together."""
    same: list[Paragraph] = []
    for row in rows:
        if not row.changed:
            same.append(row)
            continue
        if same:
            yield Stretch(same=tuple(same))
            same = []
        yield Stretch(paragraph=_shortened(row))
    if same:
        yield Stretch(same=tuple(same))


def _shortened(row: Paragraph) -> Paragraph:
    """With its long stretches without a change cut short, a few lines around each change left."""
    last = len(row.pieces) - 1
    found: list[Run] = []
    for n, piece in enumerate(row.pieces):
        head, tail = (AROUND if n else 0), (AROUND if n < last else 0)
        start = piece.text.find(" ", head) if head else 0
        end = piece.text.rfind(" ", 0, len(piece.text) - tail) + 1 if tail else len(piece.text)
        if piece.kind != "same" or len(piece.text) <= LONG or not 0 <= start < end:
            found.append(piece)
            continue
        parts = (
            Run("same", piece.text[:start]),
            Run("cut", piece.text[start:end]),
            Run("same", piece.text[end:]),
        )
        found += [part for part in parts if part.text]
    return Paragraph(tuple(found))
