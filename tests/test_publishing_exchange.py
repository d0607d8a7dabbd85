"""The exchange format: what is written is read back, whatever the words; what can't be read says why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from papers import models as papers_models
from publishing import exchange, markdown, parsed
from publishing.document import (
    Body,
    Document,
    Event,
    Evidence,
    Paper,
    Quote,
    Section,
    Source,
    Theory,
)
from publishing.exchange import read, read_json, to_json, to_markdown
from timeline import dates
from timeline import models as timeline_models

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
    count = st.integers(0, 3)
    papers = [
        Paper(key, draw(full), draw(text), draw(line.map(lambda y: y[:20])), draw(address), draw(text))
        for key in handles[: draw(count)]
    ]
    papers = [replace(paper, doi=draw(text), in_summary=draw(st.booleans())) for paper in papers]
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
            computed |= {"timeline_after", "theories_after"}
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
