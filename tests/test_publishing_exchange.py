"""The exchange format: what is written is read back, whatever the words; what can't be read says why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from papers import models as papers_models
from publishing import markdown
from publishing.document import (
    Body,
    Check,
    Difference,
    Document,
    Event,
    Evidence,
    Paper,
    ProseQuote,
    Quote,
    Section,
    Source,
    Theory,
)
from publishing.exchange import parsed, read, read_json, to_json, to_markdown
from timeline import dates, models as timeline_models

# --------------------------------------------------------------------------- generated reports

NASTY = [
    "```",
    "~~~~ python",
    "## x {#y}",
    "## Summary {#summary}",
    "### Sub {#sub state=done}",
    "### Sub",
    "::: quote {#z source=nobody}",
    ":::: theory {#z}",
    ":::",
    "::::::",
    "::: text",
    "::: evidence {for url=https://example.org/}",
    "---",
    "+++",
    "title: x",
    "{#x}",
    "words {#x}",
    "two spaces  ",
    "\ttab\t",
    " ",
    "",
    "",
    "| a | b |",
    "> cited",
    "[[timeline]]",
    "[[theories]]",
    "\\",
    "“curly” 'straight' \"double\"",
    "🚨 你好 こんにちは Привет ς",
    "a\u2028b\u0085c\x0bd",
    "TODO: more",
    "$x_1$ costs $5 and $6",
    "[^1] [@k, p. 5] @k",
]
# The same marks as they may stand in a stored body: within code, where they are no structure.
TAME = [
    "```\n## x {#y}\n### z {#z}\n::: quote {#q}\n:::\n---\n```",
    "~~~~\n```\n:::: theory {#t}\n~~~~",
    "- item\n  ```\n  ## x\n  ```",
    "### Sub {#sub state=done}\n\nwords",
    "::: quote {#z source=nobody}\nwords\n:::",
    "::::::",
    "{#x}",
    "two spaces  ",
    "> cited\n> [@k, p. 5]",
    "[[timeline]]",
    "[[theories]]",
    "“curly” \"double\" 'straight' \\",
    "🚨 你好 こんにちは Привет ς",
    "a\u2028b\u0085c\x0bd",
    "TODO: more",
    "$x_1$ costs $5 and $6",
    "words[^1]\n\n[^1]: a note",
]

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)
line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
filled = words.filter(str.strip)
name = st.from_regex(r"\A[^\W_]([\w.-]{0,8}\w)?\Z").filter(
    lambda slug: slug not in papers_models.RESERVED_ANCHORS and not papers_models.RESERVED_ANCHOR.match(slug)
)
address = st.sampled_from(
    ["", "https://x.com/a/status/1", "https://example.org/?a=b&c=%22d%22#e", "http://example.org/é_(x)"]
)
moment = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC))
DATES = ["", "2025", "2025-01", "2024~", "2022-10-07?", "2022-10/2023-10", "/2025-01-20", "-0043"]


def bodies(wild: bool, slugs: list[str]) -> st.SearchStrategy[Body]:
    """Bodies of nasty lines; tame ones are as they are stored, and nothing in them is refused."""
    placed = [f"[[quote:{slug}]]" for slug in slugs] or [""]
    if wild:
        lines = st.lists(st.one_of(st.sampled_from(NASTY + placed), words), max_size=8)
        return lines.map("\n".join).map(Body)
    parts = st.lists(st.one_of(st.sampled_from(TAME + placed), line), max_size=6)
    texts = parts.map(lambda found: "\n\n".join(found).strip("\n"))
    return texts.filter(lambda text: not markdown.refusals(text)).map(markdown.parse)


@st.composite
def documents(draw: Any, wild: bool = False) -> Document:
    """A whole report. Tame ones keep to what the database accepts."""
    text = words if wild else line
    full = filled if wild else line.filter(str.strip)
    stored = words if wild else line.map(lambda found: found.strip("\n"))
    handles = draw(st.lists(name, min_size=12, max_size=12, unique_by=str))
    olds = draw(st.lists(name.map(lambda old: f"{old}-old"), min_size=6, max_size=6, unique=True))
    olds = [old for old in olds if old not in handles]
    dois = st.sampled_from(["", "10.1000/182", "10.1/ä_(b);c"])
    count = st.integers(0, 3)
    papers = [
        Paper(key, draw(full), draw(text), draw(line.map(lambda y: y[:20])), draw(address), draw(text))
        for key in handles[: draw(count)]
    ]
    papers = [
        replace(paper, doi=draw(text if wild else dois), in_summary=draw(st.booleans())) for paper in papers
    ]
    keys = st.sampled_from(["", *(paper.key for paper in papers)])
    sources = [
        Source(
            key,
            draw(st.sampled_from(parsed.SOURCE_KINDS)),
            draw(text),
            draw(address),
            draw(keys),
            draw(text),
            draw(text),
            draw(words).strip("\n"),
            draw(text),
            draw(text),
        )
        for key in handles[: draw(count)]
    ]
    source_keys = st.sampled_from(["", *(source.key for source in sources)])
    quotes = [
        Quote(
            slug,
            draw(
                (words if wild else st.lists(full, min_size=1, max_size=2).map("\n\n".join)).filter(str.strip)
            ),
            (),
            draw(source_keys),
            draw(text),
            draw(text),
            draw(address),
            draw(text),
            tuple(olds[:1]) if not index else (),
        )
        for index, slug in enumerate(handles[: draw(count)])
    ]
    slugs = [quote.slug for quote in quotes]
    events = [
        Event(slug, draw(full), date=draw(st.sampled_from(DATES)), former_slugs=tuple(olds[:index]))
        for index, slug in enumerate(handles[: draw(st.integers(0, 2))])
    ]
    targets = [{"quote": slug} for slug in slugs] + [{"paper": paper.key} for paper in papers]
    targets += [{"event": event.slug} for event in events] + [{"url": "https://example.org/a"}]
    theories = [
        Theory(
            slug,
            draw(full),
            draw(st.sampled_from(parsed.THEORY_STATES)),
            draw(text),
            draw(bodies(wild, slugs)),
            tuple(
                Evidence(draw(st.sampled_from(parsed.STANCES)), draw(stored), **target)
                for target in draw(st.lists(st.sampled_from(targets), max_size=3))
            ),
        )
        for slug in handles[: draw(st.integers(0, 2))]
    ]
    body = bodies(wild, slugs)

    def section(anchor: str, children: tuple[Section, ...] = ()) -> Section:
        return Section(
            anchor,
            draw(full),
            draw(st.sampled_from(parsed.KINDS)),
            draw(st.sampled_from(parsed.STATES)),
            draw(st.sampled_from(parsed.VISIBILITIES)),
            draw(keys),
            draw(body),
            children,
        )

    split = draw(st.integers(6, 12))
    sections = [section(anchor) for anchor in handles[6:split]]
    if sections and draw(st.booleans()):
        children = tuple(section(anchor) for anchor in handles[: draw(count)])
        sections[-1] = replace(sections[-1], children=children, former_anchors=tuple(olds))
    return Document(
        slug=draw(name),
        title=draw(full),
        subtitle=draw(text),
        people=draw(text),
        notice=draw(words).strip("\n"),
        language=draw(st.sampled_from(["en", "de", "pt-BR"])),
        visibility=draw(st.sampled_from(parsed.VISIBILITIES)),
        audience="editors",
        updated=draw(moment),
        summary=draw(body),
        acknowledgements=draw(body),
        papers=tuple(papers),
        sources=tuple(sorted(sources, key=lambda source: source.key)),
        sections=tuple(sections),
        quotes=tuple(quotes),
        events=tuple(sorted(events, key=_when)),
        theories=tuple(theories),
    )


def _when(event: Event) -> tuple[bool, int, bool, int]:
    date = dates.parse(event.date) if event.date else None
    lower, upper = (date.lower, date.upper) if date else (None, None)
    return lower is None, lower or 0, upper is None, upper or 0


def written(document: Document) -> Document:
    """`document` without what is computed: parsed blocks, numbers, words for dates."""

    def bare(node: Any) -> Any:
        if isinstance(node, Body):
            return Body(node.source)
        if isinstance(node, tuple):
            return tuple(bare(item) for item in node)
        if not dataclasses.is_dataclass(node):
            return node
        computed = {"blocks", "children", "number", "when", "machine", "lower", "upper", "label"}
        if isinstance(node, Section):
            computed -= {"children"}
        if isinstance(node, Document):
            computed |= {"timeline_after", "theories_after", "prose"}
        values = {}
        for field in dataclasses.fields(node):
            if field.name in computed:
                values[field.name] = field.default
            else:
                values[field.name] = bare(getattr(node, field.name))
        return type(node)(**values)

    found = bare(document)
    return replace(
        found,
        sources=tuple(sorted(found.sources, key=lambda source: source.key)),
        quotes=tuple(sorted(found.quotes, key=lambda quote: quote.slug)),
    )


# A failing report is shown as it was found: making it small would take minutes.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(documents(wild=True))
def test_markdown_gives_back_every_report_whatever_its_words(document: Document) -> None:
    text = to_markdown(document)
    assert written(read(text).document) == written(document)
    assert to_markdown(read(text).document) == to_markdown(read(to_markdown(read(text).document)).document)


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(documents(wild=False))
def test_a_report_as_it_is_stored_is_read_back_without_an_error(document: Document) -> None:
    found = read(to_markdown(document))
    assert written(found.document) == written(document)
    assert not found.errors


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(documents(wild=True))
def test_json_gives_back_every_report(document: Document) -> None:
    assert written(read_json(to_json(document)).document) == written(document)


# --------------------------------------------------------------------------- the form of the file


def full() -> Document:
    """A report in which every field is filled, so that a forgotten one is missed."""
    body = markdown.parse("Placed: [[quote:q]].\n\n[[timeline]]\n\n[[theories]]")
    return Document(
        slug="full",
        title="Full: a report",
        subtitle="with everything",
        people="Edda, for Minna",
        notice="Come back.\n\nLater.",
        language="de",
        visibility="editors",
        audience="readers",
        updated=dt.datetime(2025, 1, 28, 19, 20, 59, tzinfo=dt.UTC),
        summary=Body("What it says."),
        acknowledgements=Body("Thanks."),
        papers=(
            Paper(
                "p", "Title", "Aho, B.", "2024", "https://example.org/p", "Venue", "10.1/x", "2401.1", False
            ),
        ),
        sources=(
            Source(
                "s",
                "post",
                "Post",
                "https://x.com/a",
                "p",
                "a",
                "2025-01-28",
                "The text:\n\n  all of it",
                "Edda",
                "CC0",
            ),
        ),
        sections=(
            Section(
                "a",
                "First",
                "inbox",
                "done",
                "editors",
                "p",
                body,
                (Section("b", "Second"),),
                former_anchors=("old", "older"),
            ),
        ),
        quotes=(
            Quote("q", "Words", (), "s", "6–7", "A speaker", "https://example.org/q", 'edited "so"', ("r",)),
        ),
        events=(Event("e", "It began.", date="2024~", former_slugs=("f",)),),
        theories=(
            Theory(
                "t",
                "They say",
                "contested",
                "Edda",
                Body("Because."),
                (
                    Evidence("against", "so", quote="q"),
                    Evidence("neutral", paper="p"),
                    Evidence("for", event="e"),
                ),
                ("u",),
            ),
        ),
    )


def test_no_field_is_forgotten() -> None:
    """A field that a dataclass gains fails here until the formats know it."""
    computed = set(
        "version stamp formulas problems timeline_after theories_after row number blocks footnotes "
        "line when machine lower upper label prose check edition".split()
    )
    document = full()
    parts = [
        document,
        document.papers[0],
        document.sources[0],
        document.sections[0],
        document.quotes[0],
        document.events[0],
        document.theories[0],
    ]
    for part in parts:
        for field in dataclasses.fields(part):
            empty = field.default if field.default is not dataclasses.MISSING else ""
            derived = field.name in computed or (field.name == "children" and not isinstance(part, Section))
            if not derived and not (isinstance(part, Document) and field.name == "audience"):
                assert getattr(part, field.name) != empty, (type(part), field.name)
    assert written(read(to_markdown(document)).document) == written(document)
    assert written(read_json(to_json(document)).document) == written(document)


def test_the_file_is_readable() -> None:
    assert to_markdown(full()) == FULL
    assert not read(FULL).errors


FULL = """\
---
format: digestsite 1
title: 'Full: a report'
slug: full
subtitle: with everything
people: Edda, for Minna
language: de
visibility: editors
audience: readers
updated: 2025-01-28T19:20:59+00:00
notice: |-
  Come back.

  Later.
papers:
  - key: p
    title: Title
    authors: Aho, B.
    year: 2024
    venue: Venue
    doi: 10.1/x
    arxiv: 2401.1
    url: https://example.org/p
    listed: false
sources:
  - key: s
    kind: post
    title: Post
    url: https://x.com/a
    paper: p
    author: a
    published: 2025-01-28
    text: |-
      The text:

        all of it
    copied-by: Edda
    licence: CC0
---

## Summary {#summary}

What it says.

## First {#a state=done kind=inbox paper=p visibility=editors former="old older"}

Placed: [[quote:q]].

[[timeline]]

[[theories]]

::: quote {#q source=s page=6–7 attribution="A speaker" url=https://example.org/q note="edited \\"so\\"" former=r}
Words
:::

::: event {#e date=2024~ former=f}
It began.
:::

:::: theory {#t state=contested proposed-by=Edda former=u}
### They say

Because.

::: evidence {against quote=q}
so
:::

::: evidence {neutral paper=p}
:::

::: evidence {for event=e}
:::
::::

### Second {#b state=todo}

## Acknowledgements {#acknowledgements}

Thanks.
"""


def test_what_nothing_places_stands_at_the_end() -> None:
    document = replace(full(), sections=(), audience="editors")
    text = to_markdown(document)
    assert text.index("{#acknowledgements}") < text.index("theory {#t") < text.index("event {#e")
    assert written(read(text).document) == written(document)


def test_a_body_that_looks_like_structure_is_fenced_and_comes_back() -> None:
    source = "## x {#y}\n\n::: quote {#z}\n\n::::: text"
    section = Section("a", "A", state="draft", body=Body(source))
    text = to_markdown(Document("s", "T", audience="editors", sections=(section,)))
    assert f":::::: text\n{source}\n::::::\n" in text
    assert read(text).document.sections[0].body.source == source


def test_people_leave_out_what_can_be_told() -> None:
    text = (
        "---\nformat: digestsite 1\nslug: s\n---\n# The title\n\n## A {#a}\n\nwords\n\n## B {#b}\n\n## C d\n"
    )
    found = read(text)
    assert found.document.title == "The title"
    assert [(s.anchor, s.state) for s in found.document.sections] == [
        ("a", "draft"),
        ("b", "todo"),
        ("c-d", "todo"),
    ]
    assert [(f.line, f.severity) for f in found.findings] == [(13, "warning")]


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert read("\ufeff" + FULL.replace("\n", "\r\n")).document == read(FULL).document


def test_evidence_may_have_as_many_colons_as_its_theory() -> None:
    assert read(FULL.replace("::::", ":::")).document == read(FULL).document


def test_json_says_what_it_is_and_keeps_its_order() -> None:
    value = json.loads(to_json(full()))
    assert (value["schema"], value["schema_version"]) == ("digestsite/report", 1)
    assert list(value) == sorted(value)
    assert value["sections"][0]["body"].startswith("Placed:")
    assert "blocks" not in to_json(full())


def test_json_carries_the_check_of_each_quotation_and_does_not_read_it_back() -> None:
    check = Check(
        "altered",
        pages=(6, 7),
        labels=("6", "7"),
        differences=(Difference("empowers", "empower", "RL", "it"),),
        warnings=("line_end_hyphen",),
        checked=dt.datetime(2025, 1, 28, 19, 20, tzinfo=dt.UTC),
        sha256="ab" * 32,
        engine="1",
        recorded=True,
    )
    first, *rest = full().quotes
    prose = ProseQuote("in the text", "a", "p. 1", number=2, check=Check("unchecked", "not_archived"))
    quotes = (dataclasses.replace(first, number=3, check=check), *rest)
    document = dataclasses.replace(full(), quotes=quotes, prose=(prose,))
    text = to_json(document)
    said = json.loads(text)["checks"]
    assert [(c["quote"], c["verdict"], c["reason"]) for c in said] == [
        ("", "unchecked", "not_archived"),
        (first.slug, "altered", ""),
    ]
    assert said[0]["words"] == "in the text" and said[0]["stated"] == "p. 1"
    assert said[1]["differences"] == [
        {"source": "empowers", "quoted": "empower", "before": "RL", "after": "it"}
    ]
    assert (said[1]["pages"], said[1]["labels"]) == ([6, 7], ["6", "7"])
    assert (said[1]["checked"], said[1]["sha256"]) == ("2025-01-28T19:20:00+00:00", "ab" * 32)
    assert said[1]["recorded"] is True and said[1]["warnings"] == ["line_end_hyphen"]
    back = read_json(text)
    assert back.findings == ()
    assert written(back.document) == written(full())
    assert all(quote.check is None for quote in back.document.quotes)


def test_the_words_of_the_formats_are_those_of_the_models() -> None:
    models = [
        (parsed.KINDS, papers_models.SectionKind),
        (parsed.STATES, papers_models.SectionState),
        (parsed.VISIBILITIES, papers_models.Visibility),
        (parsed.SOURCE_KINDS, papers_models.SourceKind),
        (parsed.THEORY_STATES, timeline_models.TheoryState),
        (parsed.STANCES, timeline_models.EvidenceStance),
    ]
    for words_of_ours, choices in models:
        assert list(words_of_ours) == choices.values


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "a\n",
        "\na",
        " a",
        "a ",
        "a\n b",
        " a\nb",
        "a \nb",
        "\u2028",
        "\x85",
        "\x14",
        "yes",
        "1.10",
        "null",
    ],
)
@pytest.mark.parametrize("text_after", ["", "#", ": x", "'", '"', "🚨", "\n\n", "---", "\n---\nb"])
def test_front_matter_keeps_every_text_as_it_is(text: str, text_after: str) -> None:
    source = Source("s", "post", text=text + text_after, licence=text_after + text)
    document = Document("s", text + text_after, people=text, sources=(source,))
    found = read(to_markdown(document)).document
    assert (found.title, found.people, found.sources) == (document.title, text, (source,))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from([*NASTY, "---", "format: digestsite 1", "## A {#a}"]), words), max_size=12
    )
)
def test_no_file_makes_it_raise(lines: list[str]) -> None:
    found = read("\n".join(lines))
    assert found.errors or found.document.title
    assert all(finding.message for finding in found.findings)
    read_json("\n".join(lines))


def test_a_large_report_is_written_and_read_in_seconds() -> None:
    section = full().sections[0]
    body = markdown.parse("words " * 200 + "\n\n" + "\n\n".join(f"[[quote:q{n}]]" for n in range(500)))
    document = replace(
        full(),
        sections=tuple(
            replace(section, anchor=f"s{n}", body=body, children=(), former_anchors=()) for n in range(20)
        ),
        quotes=tuple(Quote(f"q{n}", "Words " * 40, source="s") for n in range(500)),
        theories=(),
    )
    begun = time.perf_counter()
    assert written(read(to_markdown(document)).document) == written(document)
    assert time.perf_counter() - begun < 60  # one second on an idle machine; beyond, it blew up
