"""Plain Markdown as people have it: what is understood is placed, what is not stays, no word is lost."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from publishing.document import Document
from publishing.exchange import quotations, read
from publishing.exchange.parsed import Parsed

LINK = "https://x.com/someone/status/123"


def section(text: str, heading: str = "Notes", **options: str) -> Parsed:
    found = read(f"# T\n\n## {heading}\n\n{text}\n", slug="t", **options)
    assert not found.errors, found.errors
    return found


def body(text: str, heading: str = "Notes") -> str:
    return section(text, heading).document.sections[0].body.source


# --------------------------------------------------------------------------- quotations


@pytest.mark.parametrize(
    ("text", "words", "attribution", "url"),
    [
        ('- "The words."', "The words.", "", ""),
        ("- “The words.”", "The words.", "", ""),
        ("* “The words.”", "The words.", "", ""),
        ("  • “The words.”", "The words.", "", ""),
        ('"The words."', "The words.", "", ""),
        (f'- "The words." - [X Post Source]({LINK})', "The words.", "X Post Source", LINK),
        (f'- "The words." source [X Post]({LINK})', "The words.", "source X Post", LINK),
        (f"“The words.” — [Someone on X]({LINK})", "The words.", "Someone on X", LINK),
        (f"“The words.” ([X]({LINK}))", "The words.", "X", LINK),
        (f"“The words.” ({LINK})", "The words.", "", LINK),
        (f"“The words.” {LINK}", "The words.", "", LINK),
        ("“The words.” — Richard Sutton", "The words.", "Richard Sutton", ""),
        ('"They say "words", and so on."', 'They say "words", and so on.', "", ""),
        ("“They say “words”, and so on.”", "They say “words”, and so on.", "", ""),
        ('"One.\n\nTwo."', "One.\n\nTwo.", "", ""),
        (f'"One.\n\nTwo.\n\nThree." - [X]({LINK})', "One.\n\nTwo.\n\nThree.", "X", LINK),
        ("“One.\n\n“Two.”", "One.\n\nTwo.", "", ""),
        ("- “One\n  more line.”", "One\nmore line.", "", ""),
    ],
)
def test_what_stands_wholly_in_quotation_marks_is_a_quotation(
    text: str, words: str, attribution: str, url: str
) -> None:
    document = section(text).document
    (quote,) = document.quotes
    assert (quote.text, quote.attribution) == (words, attribution)
    assert document.sections[0].body.source == f"[[quote:{quote.slug}]]"
    source = document.source_by_key.get(quote.source)
    assert (source.url if source else "") == url
    if url:
        assert source and (source.kind, source.key) == ("post", "x-someone-123")


def test_a_paragraph_that_ends_in_a_sourced_quotation_is_split_there() -> None:
    document = section(f'As I said: "Words, "so", and more." - [X Post Source]({LINK})').document
    assert document.quotes[0].text == 'Words, "so", and more.'
    assert document.sections[0].body.source == f"As I said:\n\n[[quote:{document.quotes[0].slug}]]"


@pytest.mark.parametrize(
    "text",
    [
        '"Yes," he said, "no."',
        "He said “yes” and went.",
        f"He said “yes” see [this]({LINK}).",
        f"He said “yes” see [this]({LINK})",
        "“It never ends.",
        'A 12" disk and a 14" one',
        '"A 12" disk',
        "“[x](javascript:alert(1))” and more",
        "> “A block quotation stays one.”",
        "    “code”",
        "```\n“code”\n```",
        "| “a” | b |\n|---|---|",
        "“One.\n\n- a list\n\nTwo.”",
        "“ ”",
        "- “words”, and more\n- others",
    ],
)
def test_what_is_not_wholly_a_quotation_stays_as_it_is(text: str) -> None:
    found = section(text).document
    assert not found.quotes
    assert found.sections[0].body.source == text


def test_a_script_is_no_source() -> None:
    found = section("“Words.” - [X](javascript:alert(1))").document
    assert not found.sources and "javascript" in found.sections[0].body.source


def test_a_list_of_which_some_items_are_quotations_stays_a_list() -> None:
    found = section("- “Words.”\n- others\n  - below").document
    assert found.sections[0].body.source == "- [[quote:words]]\n- others\n  - below"


def test_a_line_names_the_source_of_the_quotations_above_it() -> None:
    url = "https://example.org/R1.pdf"
    text = f'- "One two."\n- "Three." - [X]({LINK})\n\nSo it is.\n\nQuotes source: {url} (edited)\n\n"Four."'
    document = section(text).document
    by = {quote.text: (quote.source, quote.note) for quote in document.quotes}
    assert by == {"One two.": ("r1-pdf", "edited"), "Three.": ("x-someone-123", ""), "Four.": ("", "")}
    assert f"Quotes source: {url} (edited)" in document.sections[0].body.source
    assert document.source_by_key["r1-pdf"].kind == "pdf"


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://twitter.com/a/status/1", "post", "twitter-a-1"),
        ("https://bsky.app/profile/a/post/1", "post", "bsky-profile-a-post-1"),
        ("https://arxiv.org/pdf/2402.03300", "pdf", "2402-pdf"),
        ("https://example.org/a/Paper.PDF", "pdf", "paper-pdf"),
        ("https://www.example.org/blog/post.html", "web", "example-org-post"),
    ],
)
def test_the_kind_of_a_source_is_read_off_its_address(url: str, kind: str, key: str) -> None:
    made = quotations.source_of(url)
    assert made.kind == kind
    if "arxiv" not in url:
        assert made.key == key


# --------------------------------------------------------------------------- the rest of a post


def test_headings_are_sections_and_todo_is_a_state() -> None:
    text = "# Title\n\n## A\n\ntodo\n\n## B\n\n*TODO*.\n\n## C\n\n## D\n\nwords\n\nE\n---\n\nmore\n"
    found = read(text, slug="t").document
    assert [(s.anchor, s.heading, s.state, s.body.source) for s in found.sections] == [
        ("a", "A", "todo", ""),
        ("b", "B", "todo", ""),
        ("c", "C", "todo", ""),
        ("d", "D", "draft", "words"),
        ("e", "E", "draft", "more"),
    ]


def test_headings_in_code_are_none() -> None:
    assert body("```\n## x\n```") == "```\n## x\n```"


def test_same_and_reserved_headings_get_anchors_of_their_own() -> None:
    found = read("# T\n\n## A\n\nx\n\n## A\n\ny\n\n## Timeline\n\nz\n\n## 🚨\n\nw\n", slug="t")
    assert [s.anchor for s in found.document.sections] == ["a", "a-2", "section-timeline", "section"]
    assert not found.errors


def test_rules_between_sections_are_left_out_and_listed_others_stay() -> None:
    found = read("# T\n\n## A\n\nx\n\n---\n\ny\n\n***\n\n## B\n\nz\n", slug="t")
    assert [s.body.source for s in found.document.sections] == ["x\n\n---\n\ny", "z"]
    assert [f.line for f in found.findings if "rule" in f.message] == [11]


def test_the_lines_before_the_first_heading() -> None:
    found = read(
        "Last Updated: 2025-01-28T19:20:59+0000\n\nCome back later!\n\n## A\n\nx\n", slug="t", title="T"
    )
    assert found.document.updated and found.document.updated.isoformat() == "2025-01-28T19:20:59+00:00"
    assert found.document.notice == "Come back later!"
    longer = read("One.\n\nTwo.\n\n## Summary\n\nThree.\n", slug="t", title="T").document
    assert (longer.notice, longer.summary.source) == ("", "One.\n\nTwo.\n\nThree.")
    assert read("Only words.\n", slug="t", title="T").document.summary.source == "Only words."


def test_front_matter_of_a_static_blog() -> None:
    text = "---\ntitle: T\ndate: 2025-01-01\nlastmod: 2025-01-28\nauthors: [A, B]\ntags: [x]\n"
    text += "draft: true\n---\n\nwords\n"
    found = read(text, name="2025-01-01-My Post")
    document = found.document
    assert (document.slug, document.title, document.people) == ("my-post", "T", "A, B")
    assert document.updated and document.updated.day == 28 and document.visibility == "editors"
    assert [(f.line, f.severity) for f in found.findings if "left out" in f.message] == [
        (3, "warning"),
        (6, "warning"),
    ]
    toml = read('+++\ntitle = "T"\ndate = 2025-01-28T00:00:00Z\nslug = "s"\n+++\n\nwords\n').document
    assert (toml.slug, toml.title, toml.updated) == ("s", "T", document.updated)


def test_title_and_slug_come_from_the_file_then_from_who_asks() -> None:
    assert read("# One\n\nwords\n", slug="s", title="Two").document.title == "One"
    assert read("words\n", slug="s", title="Two").document.title == "Two"
    assert read("---\nslug: one\n---\n# T\n", slug="two", name="three").document.slug == "one"
    assert read("# T\n", slug="two", name="three").document.slug == "two"
    assert read("# T\n", name="three").document.slug == "three"
    assert [e.message.split(":")[0] for e in read("words\n").errors] == [
        "The report has no slug",
        "The report has no title",
    ]


def test_a_numbered_list_of_linked_titles_is_the_papers() -> None:
    text = (
        "# T\n\n## Summary\n\nOf these:\n\n1. [Alpha: on it](https://arxiv.org/abs/2501.12948)\n"
        "2. [A Long Title of Another Paper](https://example.org/b.pdf)\n\nAnd so on.\n\n## Alpha\n\ntodo\n"
    )
    document = read(text, slug="t").document
    assert [(p.key, p.title, p.arxiv) for p in document.papers] == [
        ("alpha", "Alpha: on it", "2501.12948"),
        ("a-long-title-of-another-paper", "A Long Title of Another Paper", ""),
    ]
    assert document.sections[0].paper == "alpha"
    assert document.summary.source == "Of these:\n\nAnd so on."


def test_a_list_under_timeline_is_the_events() -> None:
    document = section(
        "### Timeline\n\n- 2022-10: Chips are sanctioned.\n- **2024~** Later.\n- Undated."
    ).document
    assert [(e.date, e.text) for e in document.events] == [
        ("2022-10", "Chips are sanctioned."),
        ("2024~", "Later."),
        ("", "Undated."),
    ]
    assert document.sections[0].body.source == "### Timeline\n\n[[timeline]]"


def test_a_list_under_theories_is_theories_with_evidence() -> None:
    document = section(
        f'- They pretend:\n  - "It is so." source [X Post]({LINK})', "Other theories:"
    ).document
    (theory,) = document.theories
    assert (theory.title, theory.state) == ("They pretend", "rumour")
    assert [(e.stance, e.quote) for e in theory.evidence] == [("for", document.quotes[0].slug)]
    assert document.sections[0].body.source == "[[theories]]"
    assert document.sections[0].heading == "Other theories"


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Timeline", "- one\n  - nested"),
        ("Theories", "- no colon\n  - “words”"),
        ("Theories", "- colon:\n  - no quotation"),
        ("Theories", "- colon:"),
    ],
)
def test_a_list_that_is_more_than_that_stays_a_list(heading: str, text: str) -> None:
    found = section(text, heading).document
    assert (found.events, found.theories) == ((), ())
    assert found.sections[0].body.source == text


def test_every_reading_is_noted_with_its_line() -> None:
    found = section('- "One."\n- "Two."')
    assert [(f.line, f.severity) for f in found.findings] == [(5, "note"), (6, "note")]


def test_problems_are_told_with_the_line_of_the_file() -> None:
    found = read('# T\n\n## A\n\n"One.\n\nTwo."\n\n![a](/media/t/x.png) and [[section:none]]\n', slug="t")
    assert [f.line for f in found.findings if "none" in f.message] == [9]
    assert found.images[0][2] >= 0
    unclosed = read("# T\n\n## A\n\n“One.”\n\n```\n## B\n", slug="t")
    assert [error.line for error in unclosed.errors] == [7]


# --------------------------------------------------------------------------- no word is lost

PIECES = [
    "## {}",
    "### {}",
    "### Timeline",
    "## Other theories",
    "- {}",
    "  - {}",
    "  - “{}”",
    "- {}:",
    "1. {}",
    "1. [{}](https://example.org/{})",
    '"{}"',
    '- "{}"',
    "“{}",
    "{}”",
    '{} "{}" - [{}](https://x.com/{})',
    "- “{}” source [{}](https://x.com/{})",
    "“{}” — {}",
    "Quotes source: https://example.org/{} ({})",
    "> {}",
    "```",
    "    {}",
    "{}",
    "{}\n{}",
    "| {} | {} |",
    "---",
    "{}\n---",
    "{}\n===",
    "TODO: {}",
    "",
]


@st.composite
def posts(draw: Any) -> str:
    """A post in which every word is another, so that each can be looked for."""
    number = 0
    lines = []
    for piece in draw(st.lists(st.sampled_from(PIECES), max_size=14)):
        while "{}" in piece:
            number += 1
            piece = piece.replace("{}", f"w{number}ord", 1)
        lines.append(piece)
        if draw(st.booleans()):
            lines.append("")
    return "# Title\n\n" + "\n".join(lines) + "\n"


def all_words(document: Document) -> Counter[str]:
    found: Counter[str] = Counter()

    def look(node: Any) -> None:
        if isinstance(node, str):
            found.update(re.findall(r"w\d+ord", node))
        elif isinstance(node, tuple):
            for item in node:
                look(item)
        elif dataclasses.is_dataclass(node):
            for field in dataclasses.fields(node):
                if field.name not in ("slug", "anchor", "key"):
                    look(getattr(node, field.name))

    look(document)
    return found


@settings(max_examples=300, deadline=None)
@given(posts())
def test_no_word_is_lost(text: str) -> None:
    found = all_words(read(text, slug="t").document)
    missing = set(re.findall(r"w\d+ord", text)) - set(found)
    assert not missing
