"""Uncertain dates: what each form of EDTF means, says and sorts as, and what is said of other texts."""

from __future__ import annotations

import datetime
import re
import time

import pytest
from edtf import parse_edtf
from hypothesis import assume, given, settings, strategies as st

from timeline import dates
from timeline.dates import Date, DateError, parse, sort_key

MEANINGS = [
    # text, lower, upper, words, machine
    ("2025", 20250101, 20251231, "2025", "2025"),
    ("2025-01", 20250101, 20250131, "January 2025", "2025-01"),
    ("2024-02", 20240201, 20240229, "February 2024", "2024-02"),
    ("2025-01-20", 20250120, 20250120, "20 January 2025", "2025-01-20"),
    ("1582-10-07", 15821007, 15821007, "7 October 1582", "1582-10-07"),
    # marks: about, uncertain, both; they never widen the bounds
    ("2024~", 20240101, 20241231, "about 2024", ""),
    ("2024-03~", 20240301, 20240331, "about March 2024", ""),
    ("2022-10-07?", 20221007, 20221007, "7 October 2022 (uncertain)", ""),
    ("2024%", 20240101, 20241231, "about 2024 (uncertain)", ""),
    # intervals
    ("2022-10/2023-10", 20221001, 20231031, "from October 2022 to October 2023", ""),
    ("2024-02-01/2025", 20240201, 20251231, "from 1 February 2024 to 2025", ""),
    ("2024?/2025~", 20240101, 20251231, "from perhaps 2024 to about 2025", ""),
    ("2024/2025?", 20240101, 20251231, "from 2024 to perhaps 2025", ""),
    ("2024-21/2024-23", 20240301, 20241130, "from spring 2024 to autumn 2024", ""),
    ("2025/2025", 20250101, 20251231, "within 2025", ""),
    ("2025-01-20/2025-01-20", 20250120, 20250120, "20 January 2025", ""),
    ("2025/2025-03", 20250101, 20250331, "from 2025 to March 2025", ""),
    # the start or end exists but isn't known
    ("/2025-01-20", None, 20250120, "by 20 January 2025", ""),
    ("2025-01-20/", 20250120, None, "from 20 January 2025 (end unknown)", ""),
    ("/2024~", None, 20241231, "by about 2024", ""),
    # the start or end is open
    ("../2025-01-20", None, 20250120, "until 20 January 2025", ""),
    ("2025-01-20/..", 20250120, None, "since 20 January 2025", ""),
    ("2025/..", 20250101, None, "since 2025", ""),
    # unknown digits, months, days
    ("202X", 20200101, 20291231, "the 2020s", ""),
    ("202X~", 20200101, 20291231, "about the 2020s", ""),
    ("190X", 19000101, 19091231, "some year between 1900 and 1909", ""),
    ("19XX", 19000101, 19991231, "some year between 1900 and 1999", ""),
    ("1XXX?", 10000101, 19991231, "some year between 1000 and 1999 (uncertain)", ""),
    ("01XX", 1000101, 1991231, "some year between 100 and 199 CE", ""),
    ("000X", 101, 91231, "some year between 1 BCE and 9 CE", ""),
    ("-004X", -489899, -398769, "some year between 50 and 41 BCE", ""),
    ("-00XX", -989899, 1231, "some year between 100 and 1 BCE", ""),
    (
        "19XX/20XX",
        19000101,
        20991231,
        "from some year between 1900 and 1999 to some year between 2000 and 2099",
        "",
    ),
    ("2024-XX", 20240101, 20241231, "some month in 2024", ""),
    ("2024-XX-XX", 20240101, 20241231, "some day in 2024", ""),
    ("2024-02-XX", 20240201, 20240229, "some day in February 2024", ""),
    ("2024-02-XX%", 20240201, 20240229, "some day in February 2024 (approximate, uncertain)", ""),
    ("-0043-XX", -429899, -428769, "some month in 44 BCE", ""),
    ("2004-06-XX/2004-07-03", 20040601, 20040703, "from some day in June 2004 to 3 July 2004", ""),
    # seasons: bounds by the northern ones, words without a month
    ("2024-21", 20240301, 20240531, "spring 2024", ""),
    ("2024-22", 20240601, 20240831, "summer 2024", ""),
    ("2024-23~", 20240901, 20241130, "about autumn 2024", ""),
    ("2024-24", 20241201, 20250228, "winter 2024", ""),
    ("2023-24", 20231201, 20240229, "winter 2023", ""),
    ("-0001-24", -8799, 229, "winter 2 BCE", ""),
    # before, around and after the years of four digits
    ("0843", 8430101, 8431231, "843 CE", "0843"),
    ("0001-01-01", 10101, 10101, "1 January 1 CE", "0001-01-01"),
    ("0000", 101, 1231, "1 BCE", ""),
    ("-0043", -429899, -428769, "44 BCE", ""),
    ("-0043-03-15", -429685, -429685, "15 March 44 BCE", ""),
    ("-0004-02-29", -39771, -39771, "29 February 5 BCE", ""),
    ("-0043/0010", -429899, 101231, "from 44 BCE to 10 CE", ""),
    ("Y12000", 120000101, 120001231, "12,000 CE", "12000"),
    ("Y-12000", -119999899, -119998769, "12,001 BCE", ""),
    ("Y-12000~/-0043", -119999899, -428769, "from about 12,001 BCE to 44 BCE", ""),
]


@pytest.mark.parametrize(
    ("text", "lower", "upper", "words", "machine"), MEANINGS, ids=[row[0] for row in MEANINGS]
)
def test_a_date_means(text: str, lower: int | None, upper: int | None, words: str, machine: str) -> None:
    assert parse(text) == Date(text, lower, upper, words, machine)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  2025-01\n", "2025-01"),
        ("202x", "202X"),
        ("2024-xx-xx?", "2024-XX-XX?"),
        ("y-12000", "Y-12000"),
        (" 2022-10 / 2023-10 ", "2022-10/2023-10"),
        ("2025 / ..", "2025/.."),
        ("2025 /", "2025/"),
    ],
)
def test_a_date_is_stored_in_one_spelling(text: str, normal: str) -> None:
    assert parse(text) == parse(normal)
    assert parse(text).edtf == normal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2025-13-45",
            '"2025-13-45": month 13 doesn\'t exist. Write a year, year-month or year-month-day, such as '
            "2025, 2025-01, 2025-01-20; add ~ for about, ? for uncertain.",
        ),
        ("2025-00", "month 00 doesn't exist"),
        ("2025-01-00", "day 00 doesn't exist"),
        ("2025-02-30", "day 30 doesn't exist: February 2025 has 28 days. Write a year"),
        ("2023-02-29", "day 29 doesn't exist: February 2023 has 28 days"),
        ("1900-02-29", "day 29 doesn't exist: February 1900 has 28 days"),
        ("-0043-02-29", "day 29 doesn't exist: February 44 BCE has 28 days"),
        ("2025-04-31", "day 31 doesn't exist: April 2025 has 30 days"),
        ("2025/2024", '"2025/2024": it ends (2024) before it starts (2025). Write 2024/2025.'),
        ("2025-01-20/2025-01-19", "Write 2025-01-19/2025-01-20."),
        ("-0043/-0044", "Write -0044/-0043."),
        ("2025/2025-13", '"2025-13": month 13'),
        ("2025/2026/2027", "more than one slash. Write one between start and end"),
        ("../..", "Leave the date empty"),
        ("/", "Leave the date empty"),
        ("../", "Leave the date empty"),
        ("/..", "Leave the date empty"),
        ("", "There is no date. Write a year"),
        (" \n ", "There is no date. Write a year"),
        ("-0000", "Write 0000 for 1 BCE, -0001 for 2 BCE."),
        ("XXXX", "no digit of the year is known"),
        ("2X25", "Write 202X for a decade"),
        ("202X-03", "Write 202X."),
        ("2024-1X", "Write XX for a month that isn't known."),
        ("2024-01-2X", "Write XX for a day that isn't known."),
        ("2024-XX-03", "a day can't be known without its month. Write 2024-XX"),
        ("2024-21-03", "a season can't have a day. Write 2024-21."),
        ("2024-25", "Seasons are 21 spring, 22 summer, 23 autumn, 24 winter."),
        ("2025-1-2", "Write 2025-01-02."),
        ("2025-1", "Write 2025-01."),
        ("20250120", "Write 2025-01-20."),
        ("43", "Write 0043 for 43 CE."),
        ("-43", "Write -0043 for 44 BCE."),
        ("12000", "Write Y12000."),
        ("Y2024", "Write other years with four digits"),
        ("Y012000", "Write other years with four digits"),
        ("Y12000-01", "Write Y12000."),
        ("44 BCE", "Write -0043."),
        ("1 bc", "Write 0000."),
        ("2022\u20132023", "this dash isn't the one on the keyboard"),
        ("\u22120043", "this dash isn't the one on the keyboard"),
        ("2022-2023", "Write 2022/2023."),
        ("2022..2023", "Write 2022/2023."),
        ("2024..", "Write 2025/.. or ../2025."),
        ("~2024", "Write 2024~."),
        ("2024?~", "Write % for both"),
        ("2024~-03", "belong at the end"),
        ("2024-01-01T10:00:00Z", "a time of day isn't kept. Write 2024-01-01."),
        ("[2023,2024]", "Write the span they lie in"),
        ("Y17E7", "this is no date. Write a year"),
        ("\u0662\u0660\u0662\u0665", "this is no date. Write a year"),
        ("January 2025", "this is no date. Write a year"),
        ("2025-01-20\0", "Character 11 of the date is invisible (U+0000): delete it."),
        ("20\u200b25", "Character 3 of the date is invisible (U+200B): delete it."),
        ("2025\ud800", "(U+D800)"),
        ("Y" + "9" * 40, "The furthest are Y922337203685477 and Y-922337203685477."),
    ],
)
def test_what_is_no_date_is_refused_with_its_mend(text: str, message: str) -> None:
    with pytest.raises(DateError) as caught:
        parse(text)
    assert message in str(caught.value)
    # The message can be shown, logged and stored anywhere: no NUL, no half of a character.
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text", ["2" * 1_000_000, "2025/" * 200_000, "\0" * 1_000_000, "[" * 1_000_000, "-" * 61]
)
def test_a_huge_text_is_refused_at_once_and_not_repeated(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(DateError, match="A date has at most 60 characters") as caught:
        parse(text)
    assert time.perf_counter() - begin < 20  # at once; beyond, it blew up
    assert len(str(caught.value)) < 300


def test_a_mend_that_is_a_date_is_accepted() -> None:
    for text in [
        "2025/2024",
        "2025-1-2",
        "43",
        "-43",
        "12000",
        "44 BCE",
        "1 bc",
        "~2024",
        "2022..2023",
        "20250120",
    ]:
        with pytest.raises(DateError) as caught:
            parse(text)
        mend = re.search(r"Write (\S+?)(?: for .*)?\.$", str(caught.value))
        assert mend, str(caught.value)
        parse(mend[1])


def test_the_furthest_years_fit_into_eight_bytes() -> None:
    last = parse(f"Y-{dates.MAX_YEAR}/Y{dates.MAX_YEAR}")
    assert last.lower is not None and last.lower >= -(2**63)
    assert last.upper is not None and last.upper <= 2**63 - 1
    for sign in ("", "-"):
        with pytest.raises(DateError, match="too far away"):
            parse(f"Y{sign}{dates.MAX_YEAR + 1}")


def test_events_stand_in_the_documented_order() -> None:
    ordered = [
        ("Y-12000", 0, "a"),
        ("-0044-12-31", 0, "a"),
        ("-0043-01-01", 0, "a"),
        ("-0043-03-15", 0, "a"),
        ("-0043-12-31", 0, "a"),
        ("0000", 0, "a"),
        ("0001", 0, "a"),
        ("2024-21", 0, "a"),
        ("/2025-01-01", 0, "a"),  # start unknown: by its end
        ("2025-01-01", 0, "b"),  # the same bounds: by slug
        ("2025-01-01", 1, "a"),  # the position comes before the slug
        ("2025-01", 0, "a"),
        ("2025", 0, "a"),
        ("2025/2026", 0, "a"),
        ("2025-01-01/..", 0, "a"),  # no known end: after those that have one
        ("2025-01-02", 0, "a"),
        ("", 0, "z"),  # undated ones last
        ("", 1, "a"),
    ]
    keys = []
    for text, position, slug in ordered:
        date = parse(text) if text else None
        keys.append(sort_key(date.lower if date else None, date.upper if date else None, position, slug))
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


# --------------------------------------------------------------------------- properties

YEARS = st.one_of(st.integers(1, 2200), st.integers(-9999, 9999))


@st.composite
def points(draw: st.DrawFn) -> str:
    """One date of any form, its mark included."""
    year = draw(YEARS)
    written = f"{year:05}" if year < 0 else f"{year:04}"
    day = draw(st.dates())
    form = draw(
        st.sampled_from(
            ["year", "month", "day", "season", "decade", "century", "millennium"]
            + ["XX", "XX-XX", "day-XX", "long"]
        )
    )
    text = {
        "year": written,
        "month": f"{written}-{day.month:02}",
        "day": f"{written}-{day.month:02}-{min(day.day, 28):02}",
        "season": f"{written}-{draw(st.integers(21, 24))}",
        "decade": written[:-1] + "X",
        "century": written[:-2] + "XX",
        "millennium": written[:-3] + "XXX",
        "XX": f"{written}-XX",
        "XX-XX": f"{written}-XX-XX",
        "day-XX": f"{written}-{day.month:02}-XX",
        "long": f"Y{draw(st.sampled_from(['', '-']))}{draw(st.integers(10_000, dates.MAX_YEAR))}",
    }[form]
    return text + draw(st.sampled_from(["", "", "~", "?", "%"]))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A date or an interval that parses."""
    first = draw(points())
    shape = draw(st.sampled_from(["point", "point", "interval", "/{}", "{}/", "../{}", "{}/.."]))
    if shape == "point":
        return first
    if shape != "interval":
        return shape.format(first)
    second = draw(points())
    one, other = parse(first), parse(second)
    assert one.lower is not None and other.upper is not None
    return f"{first}/{second}" if one.lower <= other.upper else f"{second}/{first}"


@settings(max_examples=150, deadline=None)
@given(texts())
def test_a_stored_date_reads_as_the_date_it_was(text: str) -> None:
    date = parse(text)
    assert parse(date.edtf) == date
    assert len(date.edtf) <= dates.MAX_LENGTH
    for bound in (date.lower, date.upper):
        if bound is not None:
            year, day = divmod(bound, 10_000)
            assert 101 <= day <= 1231
            assert -dates.MAX_YEAR <= year <= dates.MAX_YEAR
    assert date.lower is None or date.upper is None or date.lower <= date.upper


@settings(max_examples=200, deadline=None)
@given(texts())
def test_words_hold_no_day_and_no_month_that_is_not_in_the_text(text: str) -> None:
    words = parse(text).words
    said = [dates.MONTHS.index(month) + 1 for month in re.findall("|".join(dates.MONTHS), words)]
    written = [int(month) for month in re.findall(r"(?:^|/)-?[0-9]{4}-(0[1-9]|1[0-2])(?![0-9])", text)]
    # A day that is both ends of an interval is said once.
    assert said == written or (len(written) == 2 and said == written[:1] and written[0] == written[1])
    days_said = [int(day) for day in re.findall(r"\b([0-9]{1,2}) (?:" + "|".join(dates.MONTHS) + ")", words)]
    days_written = [int(day) for day in re.findall(r"[0-9]-[0-9]{2}-([0-9]{2})", text)]
    assert days_said == days_written or (len(days_written) == 2 and days_said == days_written[:1])


@settings(max_examples=100, deadline=None)
@given(texts())
def test_a_machine_date_is_valid_html_and_says_what_the_text_says(text: str) -> None:
    date = parse(text)
    if date.machine:
        assert re.fullmatch(r"[0-9]{4,}(-[0-9]{2}(-[0-9]{2})?)?", date.machine)
        assert int(date.machine.split("-")[0]) > 0
        assert date.edtf.removeprefix("Y") == date.machine
    else:
        assert re.search(r"[X?~%/]|^-|^Y-|^0000|-2[1-4]$", date.edtf)


@settings(max_examples=100, deadline=None)
@given(st.dates(), st.dates())
def test_full_dates_sort_as_the_calendar_does(one: datetime.date, other: datetime.date) -> None:
    first, second = parse(one.isoformat()), parse(other.isoformat())
    assert first.lower == first.upper == one.year * 10_000 + one.month * 100 + one.day
    assert (first.lower < (second.lower or 0)) == (one < other)
    assert first.words == f"{one.day} {one:%B} {dates.parse(f'{one.year:04}').words}"
    assert first.machine == one.isoformat()


@settings(max_examples=100, deadline=None)
@given(st.tuples(st.integers(-9999, -1), st.dates()), st.tuples(st.integers(-9999, -1), st.dates()))
def test_days_in_years_before_0_sort_as_days_do(
    one: tuple[int, datetime.date], other: tuple[int, datetime.date]
) -> None:
    (year, month, day), (year2, month2, day2) = ((y, d.month, min(d.day, 28)) for y, d in (one, other))
    first, second = parse(f"{year:05}-{month:02}-{day:02}"), parse(f"{year2:05}-{month2:02}-{day2:02}")
    assert first.lower is not None and second.lower is not None
    assert (first.lower < second.lower) == ((year, month, day) < (year2, month2, day2))
    whole_year = parse(f"{year:05}")
    assert whole_year.lower is not None and whole_year.upper is not None
    assert whole_year.lower <= first.lower <= whole_year.upper


@settings(max_examples=60, deadline=None)
@given(points())
def test_bounds_agree_with_the_edtf_package_where_it_is_right(text: str) -> None:
    assume(not re.search(r"-2[1-4]|^-.*-XX|^-0000|^Y.*[?~%]|^XXXX", text))
    theirs, ours = parse_edtf(text), parse(text)
    assert (ours.lower, ours.upper) == tuple(
        year * 10_000 + month * 100 + day
        for year, month, day in (theirs.lower_strict()[:3], theirs.upper_strict()[:3])
    )


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=70),
        st.text("0123456789-/.XxYyE?~%T: []{},S", max_size=24),
        st.builds(
            lambda text, at, extra: text[:at] + extra + text[at:],
            texts(),
            st.integers(0, 20),
            st.text(max_size=3),
        ),
    )
)
def test_any_text_is_a_date_or_a_date_error(text: str) -> None:
    try:
        date = parse(text)
    except DateError as error:
        assert str(error).endswith(".")
        assert len(str(error)) < 400
        str(error).encode()
    else:
        assert parse(date.edtf) == date
