"""The drawn line of the timeline. The list below it on the page says the same in words.

Events that would touch are stacked in lanes; when there are too many even for that, the line
becomes a row of bars that count events. Everything is coloured by class (`look.css`), since the
page's security policy allows no style attribute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from publishing.document import Event
from publishing.html.markup import join, tag

WIDTH = 480
LEFT, RIGHT = 24, 456  # where the first and the last day stand
RADIUS = 8.5
LANE = 21  # height of one lane
GAP = 3  # between two dots of one lane
MOST_LANES = 6
MOST_UNDATED = 8
BARS = 56
FADE = "timeline:fade"  # an id that no anchor of a report can be

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True)
class Mark:
    """An event on the line: `x` where its disc stands, `left` to `right` what it may cover (None: open)."""

    number: int
    x: float
    left: float | None
    right: float | None
    vague: bool
    lane: int = 0


def day(number: int) -> float:
    """A bound (year·10000 + month·100 + day) as a number of years, near enough to draw."""
    year, rest = divmod(number, 10_000)
    month, date = divmod(rest, 100)
    return year + (max(month, 1) - 1) / 12 + (max(date, 1) - 1) / 372


def line(events: Sequence[Event]) -> tuple[SafeString, bool]:
    """The drawing as `<svg>`, or "" where fewer than two events have a date; and whether it has numbers.

    An event's number is its place in `events`, from 1, as in the list.
    """
    dated = [(n, e) for n, e in enumerate(events, 1) if e.lower is not None or e.upper is not None]
    undated = [n for n, e in enumerate(events, 1) if e.lower is None and e.upper is None]
    if len(dated) < 2:
        return SafeString(""), False
    known = [day(b) for _, e in dated for b in (e.lower, e.upper) if b is not None]
    first, last = min(known), max(known)
    span = (last - first) or 1 / 12

    def at(bound: int) -> float:
        return LEFT + (day(bound) - first) / span * (RIGHT - LEFT)

    marks = [_mark(number, event, at) for number, event in dated]
    stacked = _lanes(marks)
    top = 28.0 if undated else 6.0
    if stacked is None:
        height = 56.0
        drawn = _bars(marks, top + height)
    else:
        height = LANE * (1 + max(m.lane for m in stacked)) + 8
        drawn = join(_draw(m, top + height - RADIUS - 6 - m.lane * LANE) for m in stacked)
    base = top + height
    ticks = _ticks(first, span)
    drawing = tag(
        "svg",
        tag(
            "defs",
            tag(
                "linearGradient",
                *(tag("stop", offset=o, class_=c) for o, c in (("0", "out"), (".5", "in"), ("1", "out"))),
                id=FADE,
            ),
        ),
        *(tag("path", d=f"M{_n(x)} {_n(top - 2)}V{_n(base)}", class_="grid") for x, _ in ticks),
        tag("path", d=f"M0 {_n(base)}H{WIDTH}", class_="axis"),
        *(
            tag(
                "text",
                label,
                x=_n(min(max(x, 3.2 * len(label)), WIDTH - 3.2 * len(label))),
                y=_n(base + 15),
                class_="tick",
            )
            for x, label in ticks
        ),
        _undated(undated),
        drawn,
        viewBox=f"0 0 {WIDTH} {math.ceil(base + 21)}",
        role="img",
        aria_label=_label(len(dated), len(undated), dated[0][1].when, dated[-1][1].when),
    )
    return drawing, stacked is not None


def _label(dated: int, undated: int, first: str, last: str) -> str:
    rest = f", and {_count(undated, 'event')} without a date" if undated else ""
    return f"{_count(dated, 'event')} on a line, the first {first}, the last {last}{rest}. The list says the same."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _mark(number: int, event: Event, at: Callable[[int], float]) -> Mark:
    left = at(event.lower) if event.lower is not None else None
    right = at(event.upper) if event.upper is not None else None
    ends = [end for end in (left, right) if end is not None]
    return Mark(number, sum(ends) / len(ends), left, right, any(c in event.date for c in "~?%X"))


def _reach(mark: Mark) -> tuple[float, float]:
    """What a mark takes up of its lane."""
    left = mark.x - RADIUS - 14 if mark.left is None else min(mark.left, mark.x - RADIUS)
    right = mark.x + RADIUS + 14 if mark.right is None else max(mark.right, mark.x + RADIUS)
    return left, right


def _lanes(marks: Iterable[Mark]) -> list[Mark] | None:
    """Each mark in the lowest lane that has room for it; None if they don't fit into the drawing."""
    ends: list[float] = []
    placed = []
    for mark in sorted(marks, key=lambda m: (_reach(m)[0], m.number)):
        left, right = _reach(mark)
        lane = next((i for i, end in enumerate(ends) if left >= end + GAP), len(ends))
        if lane == MOST_LANES:
            return None
        if lane == len(ends):
            ends.append(right)
        ends[lane] = right
        placed.append(Mark(mark.number, mark.x, mark.left, mark.right, mark.vague, lane))
    return placed


def _draw(mark: Mark, y: float) -> SafeString:
    x, left, right = mark.x, mark.left, mark.right
    parts = []
    if left is None or right is None:
        # Open at one end: an arrow that leads away from the disc.
        way = -1 if left is None else 1
        tip = x + way * (RADIUS + 12)
        parts.append(
            tag(
                "path", d=f"M{_n(x)} {_n(y)}H{_n(tip)}m{-4 * way} -4l{4 * way} 4l{-4 * way} 4", class_="range"
            )
        )
    elif mark.vague and right - left > 2 * RADIUS:
        parts.append(
            tag(
                "rect",
                x=_n(left),
                y=_n(y - 5),
                width=_n(right - left),
                height=10,
                rx=5,
                fill=f"url(#{FADE})",
            )
        )
    elif right - left > 2 * RADIUS + 4:
        parts.append(
            tag(
                "path",
                d=f"M{_n(left)} {_n(y - 4)}v8M{_n(right)} {_n(y - 4)}v8M{_n(left)} {_n(y)}H{_n(right)}",
                class_="range",
            )
        )
    parts.append(tag("circle", cx=_n(x), cy=_n(y), r=RADIUS, class_="vague" if mark.vague else "known"))
    parts.append(tag("text", str(mark.number), x=_n(x), y=_n(y + 3.7), class_="n" if mark.vague else "n inv"))
    return join(parts)


def _undated(numbers: Sequence[int]) -> SafeString:
    """Somewhere on the line: a dashed one of their own, above."""
    if not numbers:
        return SafeString("")
    parts = [tag("path", d=f"M0 13H{WIDTH}", class_="somewhere")]
    shown = numbers if len(numbers) <= MOST_UNDATED else ()
    for place, number in enumerate(shown):
        x = 9.5 + place * 22
        parts.append(tag("circle", cx=_n(x), cy=13, r=RADIUS, class_="unknown"))
        parts.append(tag("text", str(number), x=_n(x), y=16.7, class_="n"))
    words = "no date yet" if shown else f"{len(numbers)} events without a date yet"
    x = 9.5 + len(shown) * 22 - (4 if shown else 9.5)
    width = 5.3 * len(words) + 10
    parts.append(tag("rect", x=_n(x), y=5, width=_n(width), height=16, class_="blank"))
    parts.append(tag("text", words, x=_n(x + 4), y=17, class_="words"))
    return join(parts)


def _bars(marks: Sequence[Mark], base: float) -> SafeString:
    """How many events each stretch of the line has."""
    step = (RIGHT - LEFT) / BARS
    counts = [0] * (BARS + 1)
    for mark in marks:
        counts[min(BARS, max(0, int((mark.x - LEFT) / step)))] += 1
    most = max(counts)
    drawn = [
        tag(
            "rect",
            x=_n(LEFT + place * step + 0.5),
            y=_n(base - 40 * count / most),
            width=_n(step - 1),
            height=_n(40 * count / most),
            class_="bar-of",
        )
        for place, count in enumerate(counts)
        if count
    ]
    highest = counts.index(most)
    x = min(max(LEFT + (highest + 0.5) * step, 20), WIDTH - 20)
    return join([*drawn, tag("text", str(most), x=_n(x), y=_n(base - 44), class_="tick")])


def _ticks(first: float, span: float) -> list[tuple[float, str]]:
    """At most seven marks on whole years, months or, on a short line, days of a month."""

    def place(years: float) -> float:
        return LEFT + (years - first) / span * (RIGHT - LEFT)

    if span > 1.6:
        step = next(s for e in range(19) for s in (10**e, 2 * 10**e, 5 * 10**e) if span / s <= 7)
        begun = math.ceil(first / step) * step
        years = [begun + i * step for i in range(8) if begun + i * step <= first + span]
        return [(place(y), _year(y)) for y in years]
    if span < 0.2:
        return [(place(at), label) for at, label in _days(first, span)]
    step = next(s for s in (1, 2, 3, 6, 12) if span * 12 / s <= 7)
    begun = math.ceil(first * 12 / step) * step
    months = [begun + i * step for i in range(8) if (begun + i * step) / 12 <= first + span]
    labels = []
    for i, m in enumerate(months):
        year, month = divmod(m, 12)
        labels.append((place(m / 12), MONTHS[month] + (f" {_year(year)}" if i == 0 or month == 0 else "")))
    return [(max(x, LEFT), label) for x, label in labels]


def _days(first: float, span: float) -> list[tuple[float, str]]:
    """Days of a month, the same ones in each: every one, or the 1st, 3rd, 5th …, or the 1st, 11th, 21st."""
    step = next(s for s in (1, 2, 5, 10) if span * 372 / s <= 7 or s == 10)
    found: list[tuple[float, str]] = []
    month = math.floor(first * 12)
    while month / 12 <= first + span:
        year, number = divmod(month, 12)
        for date in range(1, 31, step):
            at = month / 12 + (date - 1) / 372
            if first - 1e-6 <= at <= first + span + 1e-6:
                found.append((at, f"{date} {MONTHS[number]}" + ("" if found else f" {_year(year)}")))
        month += 1
    return found


def _year(year: int) -> str:
    return str(year) if year > 0 else f"{1 - year} BCE"
