"""What a form shows that began from an older row: both texts, and how they were brought together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from papers.merging import Agreed, Clash

# So much of a stretch that both have alike is shown on either side of a change.
AROUND = 160


@dataclass(frozen=True)
class Shown:
    """A piece of a merged text as it is shown; `number` counts the clashes from 1."""

    kind: Literal["same", "mine", "theirs", "both", "clash", "cut"]
    text: str = ""
    base: str = ""
    mine: str = ""
    theirs: str = ""
    number: int = 0


@dataclass(frozen=True)
class FieldConflict:
    """One field that somebody else has written meanwhile.

    "theirs": only they changed it, and it was taken over; "merged": both did, word by word in `pieces`;
    "choose": both did and it can't be merged: `mine` is in the field, `theirs` beside it.
    """

    name: str
    label: str
    kind: Literal["theirs", "merged", "choose"]
    mine: str
    theirs: str
    pieces: tuple[Shown, ...] = ()

    @property
    def clashes(self) -> int:
        return sum(piece.kind == "clash" for piece in self.pieces)


@dataclass(frozen=True)
class Meanwhile:
    """Who wrote the row after the form was opened, and each field's conflict. `base` is a row version."""

    who: str
    when: dt.datetime | None
    note: str
    fields: tuple[FieldConflict, ...]
    base: int | None = None

    @property
    def clashes(self) -> int:
        return sum(field.clashes for field in self.fields)

    def __str__(self) -> str:
        if self.base is None:
            lead = (
                "This form didn't say which version it began from, so that saving it could overwrite another. "
                "Your words are in the fields, and what is stored now is shown for comparison."
            )
        else:
            when = f" at {timezone.localtime(self.when):%H:%M on %d %B %Y}" if self.when else ""
            note = f" (“{self.note}”)" if self.note else ""
            lead = f"{self.who or 'Somebody'} changed this{when}{note}, after you had opened it."
        return f"{lead} Nothing is saved yet: look it over, and save."

    def needs(self) -> str:
        """In a sentence, what is left for a person to decide."""
        choose = sum(field.kind == "choose" for field in self.fields)
        places = f"{self.clashes} place{'s' if self.clashes != 1 else ''}" if self.clashes else ""
        fields = f"{choose} field{'s' if choose != 1 else ''}" if choose else ""
        left = " and ".join(part for part in (places, fields) if part)
        if left:
            return f"All is merged but {left} that both of you changed."
        return "Both are merged; nothing clashes."


def shown(pieces: Iterable[Agreed | Clash], first: int = 1) -> tuple[Shown, ...]:
    """The pieces for the page, with long stretches that are the same cut short. Clashes count from `first`."""
    found: list[Shown] = []
    for piece in pieces:
        if isinstance(piece, Clash):
            found.append(Shown("clash", "", piece.base, piece.mine, piece.theirs, first))
            first += 1
        elif piece.by:
            found.append(Shown(piece.by, piece.text, piece.base))
        else:
            found.append(Shown("same", piece.text))
    return tuple(part for n, piece in enumerate(found) for part in _cut(piece, n == 0, n == len(found) - 1))


def _cut(piece: Shown, first: bool, last: bool) -> Iterator[Shown]:
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    if piece.kind != "same" or len(piece.text) <= head + tail + AROUND:
        yield piece
        return
    start = _gap(piece.text, head) if head else 0
    end = len(piece.text) - _gap(piece.text[::-1], tail) if tail else len(piece.text)
    if not 0 <= start < end:
        yield piece
        return
    if start:
        yield Shown("same", piece.text[:start])
    yield Shown("cut", piece.text[start:end])
    if end < len(piece.text):
        yield Shown("same", piece.text[end:])


def _gap(text: str, place: int) -> int:
    """The end of a line soon after `place`, or else of a word."""
    line = text.find("\n", place, place + AROUND)
    return line if line >= 0 else text.find(" ", place)
