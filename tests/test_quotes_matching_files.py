"""Quotations against real files: set here with Typst, and the papers of the first report where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typst

from papers.pdftext import pdf_text
from quotes.matching import Index, Line, Page, build, check

SOURCES = Path(os.environ.get("BENCH_SOURCES", Path(__file__).parents[2] / "shared" / "sources"))


def index_of(file: bytes | Path) -> Index:
    return build(
        [
            Page(
                page.text,
                page.label,
                tuple(Line(o.start, o.end, o.left, o.right, o.bottom, o.size) for o in page.lines),
                page.raised,
                page.spaces,
                page.height,
            )
            for page in pdf_text(file).pages
        ]
    )


SENTENCES = [
    f"Sentence {word} of this paper claims that the {adjective} approach needs no further support from its readers."
    for word in "one two three four five six seven eight nine ten eleven twelve".split()
    for adjective in "simple careful robust".split()
]


@pytest.fixture(scope="module", params=[1, 2])
def typeset(request: pytest.FixtureRequest) -> Index:
    """A paper in one or two columns with running heads, footnotes and floats in mid-sentence."""
    parts = []
    for number, sentence in enumerate(SENTENCES):
        if number % 4 == 1:
            sentence = sentence.replace("approach", f"approach#footnote[Remark {number} stands aside.]")
        parts.append(sentence)
        if number % 7 == 3:
            parts.append(
                f"#figure(placement: auto, caption: [Results of run {number} in all of their detail.], "
                "rect(height: 1cm)[axis])"
            )
    source = (
        f'#set page(width: 13cm, height: 10cm, columns: {request.param}, header: [Journal of Tests], numbering: "1")\n'
        '#set par(justify: true)\n#set text(size: 9pt, lang: "en", hyphenate: true)\n' + "\n".join(parts)
    )
    made = typst.compile(source.encode(), ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return index_of(made)


def test_every_sentence_of_a_paper_is_verbatim(typeset: Index) -> None:
    for sentence in SENTENCES:
        result = check(typeset, sentence)
        assert (result.verdict, result.edits, result.warnings) == ("verbatim", (), ()), sentence
        assert result.matched == sentence


def test_sentences_run_on_over_pages_columns_footnotes_and_floats(typeset: Index) -> None:
    for first, second in zip(SENTENCES, SENTENCES[1:], strict=False):
        assert check(typeset, f"{first} {second}").verdict == "verbatim", first
    pages = {check(typeset, f"{a} {b}").pages for a, b in zip(SENTENCES, SENTENCES[1:], strict=False)}
    assert any(len(two) == 2 for two in pages)


def test_what_lies_between_the_parts_of_the_words_is_named(
    typeset: Index, request: pytest.FixtureRequest
) -> None:
    found = {}
    for first, second in zip(SENTENCES, SENTENCES[1:], strict=False):
        result = check(typeset, f"{first} {second}")
        found[first] = result.between
        # What an ellipsis leaves out is no part of the words.
        cut = check(typeset, f"{first[:-1]} … {second.split(' ', 3)[3]}")
        assert cut.verdict == "edited" and set(cut.between) <= set(result.between), first
    kinds = {name for between in found.values() for name in between}
    # Where a figure lies between, a footnote beside it is not named; in one column each page has both.
    columns = request.node.callspec.params["typeset"]
    assert kinds == ({"figure"} if columns == 1 else {"figure", "footnote"})
    assert list(found.values()).count(()) > len(found) / 2  # most sentences run over nothing


def test_a_changed_word_is_the_only_difference(typeset: Index) -> None:
    for sentence in SENTENCES:
        result = check(typeset, sentence.replace("claims", "denies"))
        assert result.verdict == "altered"
        assert [(d.source, d.quoted) for d in result.differences] == [("claims", "denies")]


@pytest.fixture(scope="module")
def r1() -> Index:
    file = SOURCES / "DeepSeek_R1.pdf"
    if not file.exists():
        pytest.skip("the paper of the first report is not at hand")
    return index_of(file)


def test_the_first_quotation_of_the_report(r1: Index) -> None:
    result = check(
        r1,
        "“The findings reveal that RL empower DeepSeek-R1-Zero to attain robust reasoning capabilities without the"
        " need for any supervised fine-tuning data. This is a noteworthy achievement, as it underscores the model’s"
        " ability to learn and generalize effectively through RL alone.”",
    )
    assert (result.verdict, result.pages, result.labels) == ("altered", (6, 7), ("6", "7"))
    assert [(d.source, d.quoted, d.before, d.after) for d in result.differences] == [
        ("empowers", "empower", "RL", "DeepSeek-R1-Zero")
    ]
    assert "Table 2 |" not in result.matched
    assert check(r1, result.matched).verdict == "verbatim"


def test_the_third_quotation_of_the_report(r1: Index) -> None:
    result = check(
        r1, "by leveraging extended test-time compu- tation. This computation ranges from generating"
    )
    assert (result.verdict, result.warnings, result.pages) == ("verbatim", ("line_end_hyphen",), (8,))


def test_the_others_are_verbatim(r1: Index) -> None:
    for words in (
        "The self-evolution process of DeepSeek-R1-Zero is a fascinating demonstration of how RL can drive a model"
        " to improve its reasoning capabilities autonomously.",
        "rather than explicitly teaching the model on how to solve a problem, we simply provide it with the right"
        " incentives, and it autonomously develops advanced problem-solving strategies.",
        "Through RL, DeepSeek-R1-Zero naturally emerges with numerous powerful and intriguing reasoning behaviors."
        " However, it encounters challenges such as poor readability, and language mixing.",
    ):
        result = check(r1, words)
        assert (result.verdict, result.differences) == ("verbatim", ())


def test_compounds_at_line_ends_are_never_run_together(r1: Index) -> None:
    result = check(r1, "depicts the performance trajectory of DeepSeek-R1-Zero on the AIME 2024 benchmark")
    assert result.verdict == "verbatim"
    assert "DeepSeekR1" not in r1.text
    assert check(r1, "RL … without the need for any supervised fine-tuning data").edits == ("ellipsis",)
