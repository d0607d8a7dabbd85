"""What the engine reads: pages of text with the place of each line. Made from a file by someone else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: characters start..end of the page's text, and its box in points.

    y grows upwards from the foot of the page; `size` is the size of its type, 0 if not known.
    """

    start: int
    end: int
    left: float = 0
    right: float = 0
    bottom: float = 0
    size: float = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its text, the label that its file gives it ("" if none), its lines in the order of the text.

    `raised` are the spans of small raised characters (footnote marks, exponents); `spaces` are the characters
    before which a space is printed that the text lacks. Without `lines` the
    text's own line breaks are used. `height` is that of the page in points, 0 if not known.
    """

    text: str
    label: str = ""
    lines: tuple[Line, ...] = ()
    raised: tuple[tuple[int, int], ...] = ()
    spaces: tuple[int, ...] = ()
    height: float = 0


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of a page that is not its running text. kind: "furniture", "note", "float" or "mark"."""

    start: int
    end: int
    kind: str
