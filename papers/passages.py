"""Pictures of passages: a few lines cropped from a page of an archived PDF, with the quoted words marked.

What a picture will show is worked out from the text that was extracted when the file came; the file
itself is opened only when the picture is asked for, by a process of its own with limits.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from papers.archive import archive
from papers.children import TooSlow, run
from papers.pdftext import PageText, PdfText, TextLine

HERE = Path(__file__).parent
DRAWING = "3"  # moves with whatever changes how a picture looks

SHEETS = "sheet 2"  # the same for pictures of whole pages

WIDTH = 1140  # pixels of a picture, where that is no more than MOST_SCALE
MOST_SCALE = 3.5  # pixels for one point
MARGIN = 8.0  # points at the left and right
SHEET_WIDTH, SHEET_PIXELS = 1400, 4_000_000
MOST_OF_PAGE = 0.6  # of its height: a passage, never the page
MOST_SHOTS = 4
NEAR = 2.2  # lines further apart than so many times their type size are no neighbours

SECONDS = 15
MEMORY = 1024**3
MOST_BYTES = 4 * 1024**2

Place = tuple[int, int, int]  # page from 0, first character, end


@dataclass(frozen=True)
class Shot:
    """One picture: a box of a page in points (y upwards), the characters to mark, its size in pixels.

    `words` are those characters as text; `outlined` are the source's words that the quotation has
    otherwise, looked for close to the marked ones.
    """

    page: int
    left: float
    bottom: float
    right: float
    top: float
    spans: tuple[tuple[int, int], ...]
    outlined: tuple[tuple[int, int], ...]
    width: int
    height: int
    words: str

    def name(self, sha256: str) -> str:
        """What this picture is kept as; another file, place or way of drawing has another name."""
        made = json.dumps([DRAWING, sha256, asdict(self)], sort_keys=True)
        return hashlib.sha256(made.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Mark:
    """Quoted words on a whole page: characters start..end, the name of the verdict's shape ("verbatim",
    "edited", "altered"), the quotation's number, and where its sign stands, in points, beside its first line.
    """

    start: int
    end: int
    shape: str
    number: int
    left: float
    bottom: float
    size: float


@dataclass(frozen=True)
class Sheet:
    """The picture of a whole page: its size in points and in pixels, and all that is marked on it.

    For those only who may have the file: what a reader may see of any source is a `Shot`.
    """

    page: int
    right: float
    top: float
    width: int
    height: int
    marks: tuple[Mark, ...] = ()
    outlined: tuple[tuple[int, int], ...] = ()
    left: float = 0.0
    bottom: float = 0.0
    spans: tuple[tuple[int, int], ...] = ()
    whole: bool = True

    def name(self, sha256: str) -> str:
        """What this picture is kept as."""
        made = json.dumps([SHEETS, sha256, asdict(self)], sort_keys=True)
        return hashlib.sha256(made.encode()).hexdigest()[:32]


class PassageError(Exception):
    """No picture could be made; the message says why."""


# --------------------------------------------------------------------------- what will be shown


def shots(text: PdfText, places: Iterable[Place], differing: Sequence[str] = ()) -> tuple[Shot, ...]:
    """The pictures of a passage, in reading order; () where the places are not in this text."""
    by_page: dict[int, list[tuple[int, int]]] = {}
    for page, start, end in places:
        if 0 <= page < len(text.pages) and 0 <= start < end <= len(text.pages[page].text):
            by_page.setdefault(page, []).append((start, end))
    found: list[Shot] = []
    for number, spans in by_page.items():
        paper = text.pages[number]
        outlined = _outlined(paper.text, spans, differing)
        for lines in _clusters(paper, [*spans, *outlined]):
            if shot := _shot(number, paper, lines, spans, outlined):
                found.append(shot)
    return tuple(found[:MOST_SHOTS])


def _outlined(text: str, spans: list[tuple[int, int]], differing: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words that differ stand: beside or between the matched ones, never inside them."""
    found: list[tuple[int, int]] = []
    for words in differing:
        parts = [re.escape(part) for part in words.split()]
        if not parts:
            continue
        # A line may end anywhere between words, and a hyphen with it within one.
        pattern = re.compile(r"[\s\ufffe\x02]+".join(parts))
        for start, end in spans:
            near = [*pattern.finditer(text, end, end + len(words) + 80)]
            before = [*pattern.finditer(text, max(0, start - len(words) - 80), start)]
            hits = [m.span() for m in (*near[:1], *before[-1:])]
            hits = [h for h in hits if all(h[1] <= a or b <= h[0] for a, b in [*spans, *found])]
            if hits:
                found.append(min(hits, key=lambda h: min(abs(h[0] - end), abs(start - h[1]))))
                break
    return found


def _box(line: TextLine) -> tuple[float, float]:
    """Foot and head of a line; its `bottom` is the line that the letters stand on."""
    return line.bottom - 0.3 * line.size, line.bottom + 0.85 * line.size


def _clusters(page: PageText, spans: list[tuple[int, int]]) -> list[list[TextLine]]:
    """The lines that hold the words, those close together in one picture."""
    touched = [line for line in page.lines if any(s < line.end and line.start < e for s, e in spans)]
    groups: list[list[TextLine]] = []
    for line in touched:
        if groups and _near(groups[-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _near(group: list[TextLine], line: TextLine) -> bool:
    low = min(_box(other)[0] for other in group)
    high = max(_box(other)[1] for other in group)
    foot, head = _box(line)
    across = min(o.left for o in group) < line.right and line.left < max(o.right for o in group)
    beside = abs(line.bottom - group[-1].bottom) < 0.5 * line.size
    return beside or (across and foot < high + NEAR * line.size and low - NEAR * line.size < head)


def _shot(
    number: int,
    page: PageText,
    lines: list[TextLine],
    spans: list[tuple[int, int]],
    outlined: list[tuple[int, int]],
) -> Shot | None:
    """The picture of some lines, with one more above and below where they stand close."""
    size = max(line.size for line in lines)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    foot, head = min(_box(line)[0] for line in lines), max(_box(line)[1] for line in lines)
    first, last = min(line.start for line in lines), max(line.end for line in lines)
    around = [
        line
        for line in page.lines
        if line not in lines
        and line.left < right + size
        and left - size < line.right
        and (0 < line.bottom - head < size or 0 < foot - _box(line)[1] < 0.8 * size)
    ]
    for line in around:
        left, right = min(left, line.left), max(right, line.right)
        foot, head = min(foot, _box(line)[0]), max(head, _box(line)[1])
    left, right = max(0.0, left - MARGIN), min(page.width, right + MARGIN)
    foot, head = max(0.0, foot - 0.12 * size), min(page.height, head + 0.12 * size)
    foot = max(foot, head - MOST_OF_PAGE * page.height)
    if right - left < 1 or head - foot < 1:
        return None
    scale = min(MOST_SCALE, WIDTH / (right - left))
    inside = tuple((max(s, first), min(e, last)) for s, e in spans if s < last and first < e)
    return Shot(
        page=number,
        left=round(left, 1),
        bottom=round(foot, 1),
        right=round(right, 1),
        top=round(head, 1),
        spans=inside,
        outlined=tuple(span for span in outlined if first <= span[0] < last),
        width=round((right - left) * scale),
        height=round((head - foot) * scale),
        words=" ".join(_readable(page.text[s:e]) for s, e in inside),
    )


def _readable(text: str) -> str:
    """The text of a page as it reads: a hyphen at a line's end joins, blanks are one."""
    return " ".join(re.sub(r"[\ufffe\x02]\s*", "", text).split())


# A quotation's number, its verdict's shape, its places, and the source's words that it has otherwise.
Marked = tuple[int, str, Sequence[Place], Sequence[str]]


def sheet(text: PdfText, number: int, marked: Iterable[Marked]) -> Sheet | None:
    """The whole page `number` (from 0) with what is marked on it; None for a page without an extent."""
    paper = text.pages[number]
    if paper.width < 1 or paper.height < 1:
        return None
    scale = min(SHEET_WIDTH / paper.width, (SHEET_PIXELS / (paper.width * paper.height)) ** 0.5)
    marks: list[Mark] = []
    outlined: list[tuple[int, int]] = []
    beside: dict[float, int] = {}  # signs that stand at a line already
    for name, shape, places, differing in marked:
        spans = [(a, b) for page, a, b in places if page == number and 0 <= a < b <= len(paper.text)]
        outlined += _outlined(paper.text, spans, differing)
        for place, (start, end) in enumerate(spans):
            line = next((line for line in paper.lines if start < line.end), None)
            if line is None:
                continue
            before = beside.get(line.bottom, 0)
            beside[line.bottom] = before + (place == 0)
            size = min(max(line.size, 7.0), 14.0)
            left = max(2.2 * size, line.left - 0.7 * size - 2.6 * size * before)
            # One sign for each quotation, at its first line on the page.
            sign = size if place == 0 else 0.0
            marks.append(Mark(start, end, shape, name, round(left, 1), round(line.bottom, 1), round(sign, 1)))
    return Sheet(
        page=number,
        right=round(paper.width, 2),
        top=round(paper.height, 2),
        width=max(1, round(paper.width * scale)),
        height=max(1, round(paper.height * scale)),
        marks=tuple(marks),
        outlined=tuple(outlined),
    )


# --------------------------------------------------------------------------- the picture itself


def folder() -> Path:
    """Where pictures are kept; it can be deleted at any time."""
    return Path(settings.DATA_DIR) / "cache" / "passages"


def at_hand(sha256: str) -> bool:
    """Whether the archived file is on this machine."""
    return bool(sha256) and archive.exists(f"{sha256[:2]}/{sha256}")


def picture(sha256: str, shot: Shot | Sheet) -> bytes:
    """The picture as WebP, drawn now if it isn't kept. Raises PassageError."""
    kept = folder() / f"{shot.name(sha256)}.webp"
    try:
        return kept.read_bytes()
    except OSError:
        pass
    with tempfile.TemporaryDirectory(prefix="passage-") as name:
        work = Path(name)
        try:
            with archive.open(f"{sha256[:2]}/{sha256}", "rb") as file:
                (work / "in.pdf").write_bytes(file.read())
        except OSError as error:
            raise PassageError("The archived file is not here.") from error
        (work / "job.json").write_text(json.dumps(asdict(shot)), "utf-8")
        _run(work)
        data = _result(work)
    with contextlib.suppress(OSError):  # a full disk costs the keeping, not the picture
        kept.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: two threads may draw the same picture at once.
        with tempfile.NamedTemporaryFile(dir=kept.parent, suffix=".part", delete=False) as fresh:
            try:
                fresh.write(data)
                fresh.flush()
                os.replace(fresh.name, kept)
            except BaseException:
                os.unlink(fresh.name)
                raise
    return data


def _run(work: Path) -> None:
    try:
        run(HERE / "passages_child.py", work, seconds=SECONDS, memory=MEMORY, output=64 * 1024**2)
    except TooSlow:
        raise PassageError(f"The page was not drawn after {SECONDS} seconds.") from None


def _result(work: Path) -> bytes:
    out = work / "out.webp"
    try:
        if out.stat().st_size > MOST_BYTES:
            raise PassageError("The picture is too large.")
        data = out.read_bytes()
    except FileNotFoundError:
        raise PassageError("PDFium could not draw this page.") from None
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise PassageError("PDFium could not draw this page.")
    return data
