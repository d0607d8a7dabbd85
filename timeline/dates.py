"""Dates as people know them: EDTF (the Extended Date/Time Format, ISO 8601-2) to bounds, order and words.

Supported: level 0 without times of day, level 1, and of level 2 unknown digits at the ends of an interval
and a year of which only the first digit is known. Years are astronomical, as EDTF has them: 0000 is 1 BCE,
-0043 is 44 BCE.

The `edtf` package reads plain dates, years with unknown digits, and long years. The rest is read here, since
the package (5.0.2) gets it wrong: it invents an end ten years away for `/2025-01-20` and `2025-01-20/`, takes
29 February in any year, lets an interval run backwards, turns `-0043-XX` round, ends winter on 31 December,
and refuses `Y-12000~`, `2024-21~` and long years in intervals, all of which EDTF allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import edtf  # noqa: F401  (gives the classes below their grammar)
from edtf.parser import parser_classes

HOW = (
    "Write a year, year-month or year-month-day, such as 2025, 2025-01, 2025-01-20; "
    "add ~ for about, ? for uncertain"
)
# The column's length; the longest date there is, two long years with marks, has 37 characters.
MAX_LENGTH = 60
# The last year whose 31 December fits into a signed 8-byte integer; the first one is as far from 0.
MAX_YEAR = (2**63 - 1 - 1231) // 10_000

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SEASONS = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}

# The package is untyped: each of these gives an object with lower_strict() and upper_strict().
_read_date: Callable[[str], Any] = parser_classes.Date.parse
_read_unknown_digits: Callable[[str], Any] = parser_classes.Unspecified.parse
_read_long_year: Callable[[str], Any] = parser_classes.LongYear.parse


class DateError(ValueError):
    """A text that is no date; the message says what is wrong and how to mend it."""


@dataclass(frozen=True)
class Date:
    """An uncertain date.

    `edtf`: the text, normalised: no white space, capital X and Y.
    `lower`, `upper`: the earliest and the latest day it can mean, each as year*10000 + month*100 + day; None
        where the start or end is open or unknown. Month and day are added, not subtracted, in years before 0
        too, so that the integers sort as the days do: 15 March 44 BCE is -43*10000 + 315 = -429685, which
        lies between 1 January (-429899) and 31 December (-428769) of that year. `divmod(n, 10000)` gives the
        year back. Both fit into a signed 8-byte integer.
        `~`, `?` and `%` do not widen the bounds: nobody has said by how much.
        A season counts as that of the northern half of the world, in whole months, winter from December of
        the year named to the end of February. EDTF leaves this open; here it serves order alone, never words.
    `words`: English for readers: "about 2024", "by 20 January 2025". No day or month that is not in the text.
    `machine`: for `<time datetime>`: a plain year, month or day from the year 1 on, else "".
    """

    edtf: str
    lower: int | None
    upper: int | None
    words: str
    machine: str


@dataclass(frozen=True)
class _Point:
    """One date of an interval, or a date alone. `words` stand alone, `inner` follow "from", "to", "by"."""

    edtf: str
    lower: int
    upper: int
    words: str
    inner: str
    machine: str


def parse(text: str) -> Date:
    """Read one EDTF date or interval; white space around it is ignored. Raises DateError for all else."""
    text = text.strip()
    if not text:
        raise DateError(f"There is no date. {HOW}.")
    if len(text) > MAX_LENGTH:
        raise DateError(f"A date has at most {MAX_LENGTH} characters, this has {len(text):,}. {HOW}.")
    return _parse(text)


def sort_key(
    lower: int | None, upper: int | None, position: int, slug: str
) -> tuple[bool, int, bool, int, int, str]:
    """The one order of events: by lower bound (upper if the start is unknown), then upper (an open or unknown
    end after any known one), position, slug; events without a date last."""
    first = upper if lower is None else lower
    return (first is None, first or 0, upper is None, upper or 0, position, slug)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Date:
    for at, character in enumerate(text, 1):
        if not character.isprintable():
            raise DateError(
                f"Character {at} of the date is invisible (U+{ord(character):04X}): delete it. {HOW}."
            )
    if "/" not in text:
        point = _point(text)
        return Date(point.edtf, point.lower, point.upper, point.words, point.machine)
    if text.count("/") > 1:
        raise _error(text, "more than one slash", "Write one between start and end, such as 2022-10/2023-10")
    first, last = (half.strip() for half in text.split("/"))
    if first in ("", "..") and last in ("", ".."):
        raise _error(text, "neither start nor end is given", "Leave the date empty if nothing is known")
    start = None if first in ("", "..") else _point(first)
    end = None if last in ("", "..") else _point(last)
    if start and end and start.lower > end.upper:
        raise _error(
            text, f"it ends ({end.inner}) before it starts ({start.inner})", f"Write {end.edtf}/{start.edtf}"
        )
    return Date(
        f"{start.edtf if start else first}/{end.edtf if end else last}",
        start.lower if start else None,
        end.upper if end else None,
        _interval_words(start, end, unknown=not first or not last),
        "",
    )


def _interval_words(start: _Point | None, end: _Point | None, unknown: bool) -> str:
    """`unknown`: the missing start or end exists but isn't known (EDTF writes nothing); else open (`..`)."""
    if start and end:
        if start.edtf == end.edtf and start.words == start.inner and "X" not in start.edtf:
            # A day that is its own start and end is that day; a longer stretch only holds both.
            return start.words if start.lower == start.upper else f"within {start.words}"
        return f"from {start.inner} to {end.inner}"
    if end:
        return f"by {end.inner}" if unknown else f"until {end.inner}"
    assert start
    return f"from {start.inner} (end unknown)" if unknown else f"since {start.inner}"


# --------------------------------------------------------------------------- one date

_POINT = re.compile(
    r"(?P<year>-?[0-9X]{4}|Y-?[0-9]+)(?:-(?P<month>[0-9X]{2})(?:-(?P<day>[0-9X]{2}))?)?(?P<mark>[?~%]?)"
)
_YEAR = re.compile(r"-?(?:[0-9]{4}|[0-9]{3}X|[0-9]{2}XX|[0-9]XXX)")


def _point(text: str) -> _Point:
    normal = text.translate({ord("x"): "X", ord("y"): "Y"})
    match = _POINT.fullmatch(normal)
    if not match:
        raise _error(text, *_mend(text))
    year, month, day, mark = match.group("year", "month", "day", "mark")
    _check_year(text, year, month)
    if month and (problem := _month_or_day_problem(year, month, day)):
        raise _error(text, *problem)
    plain = normal.removesuffix(mark) if mark else normal
    lower, upper = _bounds(plain, year, month, day)
    words, whole = _words(year, month, day, lower, upper)
    exact = whole and not mark and "X" not in plain and (month is None or int(month) <= 12)
    return _Point(
        normal,
        lower,
        upper,
        _marked(words, mark, whole),
        _marked(words, mark, whole, inner=True),
        plain.removeprefix("Y") if exact and lower > 10_000 else "",
    )


def _check_year(text: str, year: str, month: str | None) -> None:
    """Raise DateError for a year that EDTF or the column doesn't have."""
    if year.startswith("Y"):
        digits = year.lstrip("Y-")
        if digits.startswith("0") or len(digits) < 5:
            raise _error(
                text,
                "Y is for years of five digits or more",
                "Write other years with four digits: 0843, 2025",
            )
        if int(digits) > MAX_YEAR:
            raise _error(text, "this year is too far away", f"The furthest are Y{MAX_YEAR} and Y-{MAX_YEAR}")
        if month:
            raise _error(text, "a year with Y can't have a month or day", f"Write {year}")
    elif not _YEAR.fullmatch(year):
        problem = (
            "X stands for unknown digits at the end of a year"
            if set(year) - {"X", "-"}
            else "no digit of the year is known"
        )
        raise _error(
            text, problem, "Write 202X for a decade, 19XX for a century, nothing if the year isn't known"
        )
    elif year == "-0000":
        raise _error(text, "year -0000 doesn't exist", "Write 0000 for 1 BCE, -0001 for 2 BCE")
    elif month and "X" in year:
        raise _error(text, "no month or day can follow a year with unknown digits", f"Write {year}")


def _month_or_day_problem(year: str, month: str, day: str | None) -> tuple[str, str] | None:
    """What is wrong with month and day, and how to mend it."""
    for part, name in ((month, "month"), (day or "", "day")):
        if "X" in part and part != "XX":
            return f"one digit of a {name} can't be unknown alone", f"Write XX for a {name} that isn't known"
    if month == "XX":
        if day in (None, "XX"):
            return None
        return "a day can't be known without its month", f"Write {year}-XX, or {year} for the whole year"
    number = int(month)
    if not 1 <= number <= 12:
        if day is None and number in SEASONS:
            return None
        if day and number in SEASONS:
            return "a season can't have a day", f"Write {year}-{month}"
        if 25 <= number <= 41:
            return (
                f"{month} is no season known here",
                "Seasons are 21 spring, 22 summer, 23 autumn, 24 winter",
            )
        return f"month {month} doesn't exist", HOW
    last = _last_day(int(year), number)
    if day and day != "XX" and not 1 <= int(day) <= last:
        return f"day {day} doesn't exist: {MONTHS[number - 1]} {_year_words(int(year))} has {last} days", HOW
    return None


def _bounds(plain: str, year: str, month: str | None, day: str | None) -> tuple[int, int]:
    """The first and last day of a checked date without its mark, as integers."""
    if month and month != "XX" and int(month) in SEASONS:
        begin = 3 * (int(month) - 20)
        after, end = divmod(begin + 1, 12)
        last_year = int(year) + after
        return _integer(int(year), begin, 1), _integer(last_year, end + 1, _last_day(last_year, end + 1))
    if year.startswith("Y"):
        read = _read_long_year(plain)
    elif "X" in year:
        read = _read_unknown_digits(plain)
    else:
        # An unknown month or day has the bounds of the year or month that holds it.
        read = _read_date("-".join(part for part in (year, month, day) if part and part != "XX"))
    lower, upper = read.lower_strict(), read.upper_strict()
    return _integer(*lower[:3]), _integer(*upper[:3])


def _integer(year: int, month: int, day: int) -> int:
    return year * 10_000 + month * 100 + day


def _last_day(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


# --------------------------------------------------------------------------- words


def _words(year: str, month: str | None, day: str | None, lower: int, upper: int) -> tuple[str, bool]:
    """The date in words without its mark, and whether "about" may stand before them."""
    if "X" in year:
        return _unknown_digits_words(year, lower // 10_000, upper // 10_000)
    in_year = _year_words(int(year.removeprefix("Y")))
    if month is None:
        return in_year, True
    if month == "XX":
        return f"some {'day' if day else 'month'} in {in_year}", False
    if int(month) in SEASONS:
        return f"{SEASONS[int(month)]} {in_year}", True
    in_month = f"{MONTHS[int(month) - 1]} {in_year}"
    if day == "XX":
        return f"some day in {in_month}", False
    return (f"{int(day)} {in_month}" if day else in_month), True


def _unknown_digits_words(year: str, first: int, last: int) -> tuple[str, bool]:
    # "the 1900s" may be ten years or a hundred, "the 20th century" begins in 1901, "the 40s BCE" are not
    # -004X: where a name would say something else, the years themselves are given.
    if first >= 1000 and year[2:] != "0X" and not year.endswith("XX"):
        return f"the {first}s", True
    if last <= 0:
        return f"some year between {1 - first:,} and {_year_words(last)}", False
    if first <= 0 or last < 1000:
        begin = _year_words(first) if first <= 0 else str(first)
        return f"some year between {begin} and {last} CE", False
    return f"some year between {first} and {last}", False


def _year_words(year: int) -> str:
    """44 BCE, 12,001 BCE, 843 CE, 2025, 12,000 CE: bare only where it can't be taken for another number."""
    if year <= 0:
        return f"{1 - year:,} BCE" if year <= -9999 else f"{1 - year} BCE"
    if year < 1000:
        return f"{year} CE"
    return str(year) if year < 10_000 else f"{year:,} CE"


def _marked(words: str, mark: str, whole: bool, inner: bool = False) -> str:
    """Words with their mark. Within an interval "(uncertain)" could be taken to speak of both ends."""
    about, uncertain = mark in ("~", "%"), mark in ("?", "%")
    notes = []
    if about and whole:
        words = f"about {words}"
    elif about:
        notes.append("approximate")
    if uncertain and inner:
        words = f"perhaps {words}"
    elif uncertain:
        notes.append("uncertain")
    return f"{words} ({', '.join(notes)})" if notes else words


# --------------------------------------------------------------------------- errors


def _error(text: str, problem: str, mend: str) -> DateError:
    return DateError(f'"{text}": {problem}. {mend}.')


def _mend(text: str) -> tuple[str, str]:
    """What is wrong with a text that hasn't the shape of a date, and how to mend it, if that can be told."""
    if re.search(r"[‐‑‒–—−]", text):
        return "this dash isn't the one on the keyboard", "Write - within a date, and / between start and end"
    if re.fullmatch(r"[?~%].*", text):
        return (
            f"{text[0]} belongs at the end, where it speaks of the whole date",
            f"Write {text[1:]}{text[0]}",
        )
    if re.search(r"[?~%]{2,}$", text):
        return "one sign at the end is enough", "Write % for both about and uncertain"
    if re.search(r"[?~%].", text):
        return "?, ~ and % belong at the end, where they speak of the whole date", HOW
    if match := re.fullmatch(r"(-?[0-9]{4}-[0-9]{2}-[0-9]{2})[T ].*", text):
        return "a time of day isn't kept", f"Write {match[1]}"
    if re.search(r"[][{},]", text):
        return "lists and choices of dates aren't known here", "Write the span they lie in, such as 2022/2023"
    if match := re.fullmatch(r"(.+)\.\.(.+)", text):
        return "start and end are parted by a slash", f"Write {match[1]}/{match[2]}"
    if re.fullmatch(r".+\.\.|\.\..+", text):
        return "an open end needs a slash before it, an open start one behind", "Write 2025/.. or ../2025"
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{4})", text):
        return "start and end are parted by a slash", f"Write {match[1]}/{match[2]}"
    if match := re.fullmatch(r"(-?[0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?", text):
        padded = "-".join([match[1], *(part.zfill(2) for part in match.groups()[1:] if part)])
        return "month and day have two digits", f"Write {padded}"
    if match := re.fullmatch(r"(-?)([0-9]{1,3})", text):
        year = int(match[1] + match[2])
        meant = f"{year:05}" if match[1] else f"{year:04}"
        return "a year has four digits", f"Write {meant} for {_year_words(year)}"
    if match := re.fullmatch(r"([0-9]{4})(0[1-9]|1[0-2])([0-3][0-9])", text):
        return "year, month and day are parted by -", f"Write {match[1]}-{match[2]}-{match[3]}"
    if re.fullmatch(r"-?[1-9][0-9]{4,}", text):
        return "a year of more than four digits begins with Y", f"Write Y{text}"
    if match := re.fullmatch(r"([1-9][0-9]{0,3}) ?(?:BCE?|B\.C\.(?:E\.)?)", text, re.IGNORECASE):
        year = int(match[1]) - 1
        return (
            "a year BCE is written with a minus, one less, since 0000 is 1 BCE",
            f"Write {-year:05}" if year else "Write 0000",
        )
    return "this is no date", HOW
