"""The verdicts in the PDF: in words and shapes, beside the quotations and in the title block."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from publishing import document as d, verdicts
from publishing.document import Check, Difference, Quote, QuoteBlock, Source
from publishing.typst import Pdf, pdf
from tests.test_publishing_pdf import body, ink_outside, links, p, pages, report, words

WHEN = dt.datetime(2025, 2, 3, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
EMPOWER = Difference("empowers", "empower", "RL", "it")
RED, GREEN = (0xA6, 0x3A, 0x12), (0x1A, 0x68, 0x47)


def found(verdict: str = "verbatim", page: int = 6, **more: Any) -> Check:
    known: dict[str, Any] = {"pages": (page,), "labels": (str(page),), "checked": WHEN, "engine": "1"}
    return Check(verdict, **(known | more))


def unchecked(reason: str) -> Check:
    return Check("unchecked", reason)


def quoting(check: Check | None, text: str = "RL empower it well", **more: Any) -> d.Document:
    """One block quotation with this check."""
    known: dict[str, Any] = {"source": "r1", "locator": "6", "number": 1}
    quote = Quote("q", text, (p(text),), check=check, **(known | more))
    sources = (Source("r1", "pdf", "R1"), Source("post", "post", "A post"))
    return report(QuoteBlock("q"), quotes=(quote,), sources=sources)


def beside(check: Check | None, text: str = "RL empower it well") -> d.Document:
    """The same words within a paragraph, with a citation, and no row."""
    quoted = d.Quoted((d.Text(f"“{text}”"),), 1)
    prose = (d.ProseQuote(text, "r1", "p. 1", "r1", number=1, check=check),)
    paper = d.Paper("r1", "R1", number=1)
    line = p("They say ", quoted, " ", d.Citation((d.CiteItem("r1", locator="p. 1"),)), " and so on.")
    return report(line, prose=prose, papers=(paper,), sources=(Source("r1", "pdf", paper="r1"),))


@cache
def health() -> d.Document:
    """One quotation of each verdict, and one in the text."""
    checks = {
        "a": found("altered", differences=(EMPOWER,)),
        "b": found(),
        "c": found("edited", edits=("ellipsis",), warnings=("omits_negation",)),
        "d": found("not_found", pages=(), labels=()),
        "e": unchecked("post_not_archived"),
    }
    quotes = tuple(
        Quote(slug, "RL empower it", (p("RL empower it"),), "r1", "6", number=number, check=check)
        for number, (slug, check) in enumerate(checks.items(), start=1)
    )
    prose = (d.ProseQuote("as they say", "", "", "r1", number=6, check=found(page=1)),)
    blocks = [*map(QuoteBlock, checks), p("So, ", d.Quoted((d.Text("“as they say”"),), 1), ".")]
    return report(*blocks, quotes=quotes, prose=prose, sources=(Source("r1", "pdf", "R1"),))


@cache
def made() -> Pdf:
    return pdf(health())


def coloured(made: Pdf, colour: tuple[int, int, int], page: int = 0) -> int:
    """How many dots of a page have just this colour."""
    image = pypdfium2.PdfDocument(made.data)[page].render(scale=3).to_pil().convert("RGB")
    return sum(count for count, value in image.getcolors(1 << 24) or () if value == colour)


def alternatives(made: Pdf) -> list[str]:
    """The alternative texts of the tagged figures, in reading order."""
    out: list[str] = []

    def walk(element: Any) -> None:
        size = pdfium.FPDF_StructElement_GetAltText(element, None, 0)
        if size > 2:
            buffer = pdfium.create_string_buffer(size)
            pdfium.FPDF_StructElement_GetAltText(element, buffer, size)
            out.append(buffer.raw[: size - 2].decode("utf-16-le"))
        for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
            if child := pdfium.FPDF_StructElement_GetChildAtIndex(element, index):
                walk(child)

    for page in pypdfium2.PdfDocument(made.data):
        tree = pdfium.FPDF_StructTree_GetForPage(page)
        for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            walk(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index))
        pdfium.FPDF_StructTree_Close(tree)
    return list(dict.fromkeys(out))


# ------------------------------------------------------------------ below a quotation


def test_words_quoted_in_the_text_are_printed() -> None:
    quoted = d.Quoted((d.Text("“as the "), d.Emphasis((d.Text("authors"),)), d.Text(" say”")), 1)
    made = pdf(report(p("This is so, ", quoted, " ", d.Citation((d.CiteItem("r1"),)), ".")))
    assert "This is so, “as the authors say” [" in words(made)
    assert not any("Quoted" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (found(), "well” R1, p. 6 Verbatim, p. 6 About"),
        (found(pages=(6, 7), labels=("6", "7")), "Verbatim, pp. 6–7 About"),
        (found(pages=(2,), labels=("ii",)), "Verbatim, p. ii, file page 2 About"),
        (found(pages=(2,), labels=("",)), "Verbatim, file page 2 About"),
        (found("edited", edits=("ellipsis", "final stop")), "Edited: ellipsis, final stop, p. 6 About"),
        (
            found("altered", pages=(6, 7), labels=("6", "7"), differences=(EMPOWER,)),
            "Differs: 1 word, pp. 6–7 In the source RL empowers it Quoted here RL empower it About",
        ),
        (found("altered", faults=("pieces reversed",)), "Differs: pieces reversed, p. 6 About"),
        (
            found("altered", differences=(Difference("not", "", "is", "so"),)),
            "In the source is not so Quoted here is (nothing) so About",
        ),
        (found("not_found", pages=(), labels=()), "Not found in the source About"),
        (unchecked("post_not_archived"), "Not checked: post not archived About"),
        (None, "Not checked yet About"),
        (Check("a verdict of tomorrow"), "Not checked"),
        (found(warnings=("line_end_hyphen",)), "Verbatim, p. 6 · line-end hyphen copied along About"),
        (found("edited", edits=("ellipsis",), warnings=("omits_negation",)), "leaves out a negation About"),
        (found(page=8, warnings=("other_page",)), "Verbatim, p. 8 · the report says p. 6 About"),
        (found(recorded=True), "Verbatim, p. 6, as recorded About"),
        (found(from_passage=True), "Verbatim, p. 6 · checked against the recorded passage About"),
        (
            found("not_found", elsewhere="r1 of 2025-01-20"),
            "another text of the work, r1 of 2025-01-20 About",
        ),
    ],
)
def test_below_a_quotation_stands(check: Check | None, said: str) -> None:
    made = pdf(quoting(check))
    assert said in words(made)
    assert made.standard == "ua-1" and made.warnings == ()


def test_a_post_has_no_pages() -> None:
    made = pdf(quoting(found(page=1), source="post", locator=""))
    assert "Verbatim About" in words(made)


@pytest.mark.parametrize("verdict", ["altered", "not_found", "unchecked", "nonsense"])
def test_only_a_pass_is_green(verdict: str) -> None:
    made = pdf(quoting(Check(verdict, pages=(6,), labels=("6",), differences=())))
    assert coloured(made, GREEN) == 0
    assert coloured(pdf(quoting(found())), GREEN) > 100


def test_the_word_that_differs_has_a_wavy_line_where_it_stands() -> None:
    altered = found("altered", differences=(EMPOWER,))
    elsewhere = found("altered", differences=(Difference("empowers", "enables", "RL", "it"),))
    lines = {
        name: coloured(pdf(quoting(check)), RED) for name, check in (("in", altered), ("not", elsewhere))
    }
    assert lines["in"] > lines["not"]  # one line in the words themselves, one in the gloss
    for made in (pdf(quoting(altered)), pdf(beside(altered))):
        assert "“RL empower it well”" in words(made)
        assert made.standard == "ua-1"


def test_many_differences_are_told_and_the_rest_counted() -> None:
    many = tuple(Difference(f"old{i}", f"new{i}", "a", "b") for i in range(40))
    text = words(pdf(quoting(found("altered", differences=many))))
    assert "Differs: 40 words" in text
    assert text.count("In the source") == 12 and "And 28 more differences." in text


def test_long_and_strange_differences_stay_within_the_page() -> None:
    long = Difference("x" * 300, "Ж" * 300, "字" * 40, "#panic()")
    text = "Words " * 60 + "字" * 40 + " " + "Ж" * 300 + " #panic() end"
    for document in (
        quoting(found("altered", differences=(long,)), text),
        beside(found("altered", differences=(long,)), text),
    ):
        made = pdf(document)
        assert ink_outside(made) == []
        assert made.standard == "ua-1"


def test_a_short_quotation_stays_on_one_page_with_its_badge() -> None:
    check = found("altered", differences=(EMPOWER,))
    text = "RL empower it well, say these words over some three lines. " * 4
    for before in range(18, 30):
        first = quoting(check, text)
        section = d.Section("one", "One", state="done", body=body(*[p("Line.")] * before, QuoteBlock("q")))
        made = pdf(d.Document("s", "S", sections=(section,), quotes=first.quotes, sources=first.sources))
        (holding,) = [page for page in pages(made) if "In the source" in page]
        assert "“RL empower" in holding.replace("\n", " ")


def test_a_quotation_that_is_torn_keeps_all_its_words() -> None:
    text = " ".join(f"w{i}" for i in range(1500))
    made = pdf(quoting(found(), text))
    assert all(f"w{i}" in words(made) for i in range(1500))


# ------------------------------------------------------------------ in the text


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (found(page=1), "“RL empower it well” verbatim, p. 1 [1, p. 1] and so on."),
        (found(page=1, recorded=True), "verbatim, p. 1, as recorded [1, p. 1]"),
        (
            found("altered", 1, differences=(EMPOWER,)),
            "differs: 1 word, p. 1; the source has “RL empowers it” [1, p. 1]",
        ),
        (
            found("altered", 1, differences=(EMPOWER,) * 4),
            "the source has “RL empowers it”; and 2 more differences [1, p. 1]",
        ),
        (unchecked("not_archived"), "not checked: source not archived [1, p. 1]"),
        (None, "not checked yet [1, p. 1]"),
    ],
)
def test_behind_words_in_the_text_stands(check: Check | None, said: str) -> None:
    made = pdf(beside(check))
    assert said in words(made)
    assert made.standard == "ua-1" and made.warnings == ()


def test_a_block_quotation_in_the_text_has_its_badge() -> None:
    cited = p("Words as written. ", d.Citation((d.CiteItem("r1", locator="p. 6"),)))
    plain = d.BlockQuote((p("No quotation of its own."),))
    made = pdf(
        report(
            d.BlockQuote((cited,), prose=1),
            plain,
            prose=(d.ProseQuote("Words as written.", "r1", "p. 6", "r1", number=1, check=found()),),
            papers=(d.Paper("r1", "R1", number=1),),
        )
    )
    assert "Words as written. [1, p. 6] Verbatim, p. 6 No quotation of its own. References" in words(made)
    assert words(made).count("Verbatim,") == 1


# ------------------------------------------------------------------ title block and end


def test_the_title_block_counts_them_with_a_mark_each() -> None:
    said = "6 quotations: 2 verbatim, 1 edited, 1 differs, 1 not found, 1 not checked"
    assert f"Quotations {said}" in " ".join(pages(made())[0].split())
    assert ": ".join(verdicts.summary(health())) == said
    assert alternatives(made()) == [
        "Differs: quotation 1",
        "Verbatim: quotation 2",
        "Edited: quotation 3",
        "Not found: quotation 4",
        "Not checked: quotation 5",
        "Verbatim: quotation 6",
    ]
    assert links(made())[1] >= 6


def test_each_verdict_has_a_shape_of_its_own() -> None:
    template = (pdf.__globals__["HERE"] / "templates" / "verdicts.typ").read_text("utf-8")
    shapes = dict(re.findall(r"^  (\w+): `(<.+>)`\.text,$", template, re.MULTILINE))
    assert set(shapes) == {*verdicts.SHAPES.values(), "unchecked"}
    assert len(set(shapes.values())) == len(shapes)


def test_of_very_many_quotations_only_the_numbers_are_given() -> None:
    quotes = tuple(
        Quote(f"q{i}", f"words {i}", (p(f"words {i}"),), "r1", number=i, check=found()) for i in range(1, 201)
    )
    made = pdf(report(*[QuoteBlock(quote.slug) for quote in quotes], quotes=quotes))
    assert "Quotations 200 quotations: 200 verbatim" in words(made)
    assert alternatives(made) == []


def test_the_end_says_what_a_check_says_and_when_and_by_what() -> None:
    said = "About the verdicts. The check says that the words stand in the source, not that they are true."
    text = words(made())
    assert f"{said} Newest check: 4 February 2025, engine 1." in text
    assert "As recorded" not in text
    text = words(pdf(quoting(found(recorded=True))))
    assert "“As recorded”: the check came with the report, and the source’s file is not here." in text
    text = words(pdf(quoting(unchecked("no_source"))))
    assert f"{said} No quotation of this report has been checked yet." in text


def test_without_quotations_nothing_is_said_of_them() -> None:
    text = words(pdf(report(p("Text."))))
    assert "uotation" not in text and "verdicts" not in text


def test_the_same_verdicts_give_the_same_accessible_bytes() -> None:
    assert made().standard == "ua-1" and made().warnings == ()
    assert pdf(health()).data == made().data
    assert ink_outside(made()) == []


def test_the_words_that_an_ellipsis_leaves_out_are_printed() -> None:
    made = pdf(quoting(found("edited", edits=("ellipsis",), omitted=("under no circumstances ever",))))
    assert "left out: “under no circumstances ever”" in words(made)


def test_of_many_words_left_out_the_first_and_the_last_are_printed() -> None:
    omitted = " ".join(f"w{number}" for number in range(1, 61))
    made = pdf(quoting(found("edited", edits=("ellipsis",), omitted=(omitted,))))
    assert "w9 w10 [40 more words] w51 w52" in words(made)
    assert "w11 " not in words(made) and "w50" not in words(made)


def test_what_the_words_run_over_is_printed() -> None:
    check = found(pages=(6, 7), labels=("6", "7"), between=("table", "figure"))
    assert "Verbatim, pp. 6–7 · a table and a figure lie between" in words(pdf(quoting(check)))


def test_the_note_at_the_end_leads_to_how_checking_works() -> None:
    made = pdf(quoting(found()), address="https://digest.example.org/r/")
    assert "How checking works: https://digest.example.org/methods/." in words(made)
    assert b"https://digest.example.org/methods/" in made.data
    assert "How checking works" not in words(pdf(quoting(found())))  # the site doesn't know its own name
