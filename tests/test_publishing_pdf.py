"""The PDF: what stands in it, what it never does, and what it says when something can't be shown."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import time
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image as Picture

from papers.pdftext import pdf_text
from publishing import document as d, markdown
from publishing.document import (
    Block,
    Body,
    Citation,
    CiteItem,
    Document,
    Evidence,
    Footnote,
    FootnoteRef,
    Formula,
    Heading,
    Image,
    Inline,
    Link,
    List,
    ListItem,
    Math,
    Paper,
    Paragraph,
    Quote,
    QuoteBlock,
    Section,
    Source,
    Table,
    Target,
    Text,
)
from publishing.html import timeline_svg
from publishing.typst import Limits, Pdf, PdfError, glyphs, pdf, text as typst_text

ADDRESS = "https://reports.example.org/sample/"
LONG = "https://example.org/" + "a1b2c3d4e5" * 16
POSTER = "https://social.example/post/1"
NOTE_LINK = Link("https://example.org", (Text("a link"),))
INTEGRAL = r"\int_0^\infty e^{-x^2} dx = \frac{\sqrt{\pi}}{2}"


def p(*children: Inline | str) -> Paragraph:
    return Paragraph(tuple(Text(c) if isinstance(c, str) else c for c in children))


def body(*blocks: Block, notes: tuple[Footnote, ...] = ()) -> Body:
    return Body("text", tuple(blocks), notes)


def report(*blocks: Block, notes: tuple[Footnote, ...] = (), **more: Any) -> Document:
    """A report of one written section that holds `blocks`."""
    section = Section("one", "One", state="done", body=body(*blocks, notes=notes))
    known: dict[str, Any] = {"title": "A sample", "summary": body(p("Summary.")), "sections": (section,)}
    return Document("sample", **(known | more))


def wide_table(columns: int = 14) -> Table:
    head = tuple((Text(f"Column {i}"),) for i in range(columns))
    row = tuple((Text("measurement" if i % 3 else f"{i * 1234.5:.1f}"),) for i in range(columns))
    return Table(("left",) * (columns - 1) + ("right",), head, (row, row))


@cache
def sample() -> Document:
    """A report with everything in it."""
    table = Table(
        ("left", "right", "center"),
        ((Text("Model"),), (Text("Score"),), (Text("Year"),)),
        (
            ((Text("R1"),), (Text("97.3"),), (Text("2025"),)),
            ((d.Strong((Text("V3"),)),), (Text("90.2"),), (Math("x^2"),)),
        ),
    )
    method = body(
        p(
            "Words with ", d.Emphasis((Text("emphasis"),)), ", ", d.Strong((Text("weight"),)), ", ",
            d.Strike((Text("a line"),)), ", ", d.Code("code()"), " and a formula ", Math("E = mc^2"),
            ". A claim", FootnoteRef(1), " with a reference ",
            Citation((CiteItem("r1", "see", "p. 5"), CiteItem("v3"))), ". ",
            Citation((CiteItem("v3"),), in_text=True), " says more, and ",
            Citation((CiteItem("nobody"),)), " does not. See ", Target("section", "results"), ", ",
            Target("theory", "psyop", "the theory"), ", ", Target("event", "chips"), " and ",
            Target("section", "gone", "a lost part"), ".",
        ),
        Heading(3, (Text("A closer look"),), "closer"),
        p("Said in passing, ", d.QuoteWords("rl"), ", in the text.", FootnoteRef(2)),
        Heading(6, (Text("A heading that skips levels"),), "skips"),
        d.MathBlock(INTEGRAL),
        List((ListItem((p("First"), List((ListItem((p("Inner"),)),)))), ListItem((p("Second"),)))),
        List((ListItem((p("Third"),)), ListItem((p("Fourth"),))), ordered=True, start=3),
        List((ListItem((p("Done"),), True), ListItem((p("Open"),), False))),
        d.DefinitionList((d.DefinitionItem((Text("MCTS"),), ((p("Monte Carlo Tree Search"),),)),)),
        d.CodeBlock("def f(x):\n    return x  # twice", "python"),
        d.BlockQuote((p("A block quotation without a row of its own."),)),
        table,
        d.Rule(),
        d.Todo((Text("add the figure."),)),
        p(Image("/media/graph.png", "A graph of the scores", "Scores of both models")),
        notes=(
            Footnote(1, "", (p("The first note, with ", NOTE_LINK, "."),)),
            Footnote(2, "b", (p("The second note."),)),
        ),
    )  # fmt: skip
    inside = body(Heading(3, (Text("Inside"),), "inside"), p("Text."))
    return Document(
        "sample",
        "Recent research, sampled",
        "Key insights & perspectives",
        "A. Author, for Professor B.",
        "Under construction!",
        version=14,
        updated=dt.datetime(2025, 1, 28, 19, 20, 59, tzinfo=dt.UTC),
        summary=body(p("In this article we cover two papers:")),
        acknowledgements=body(p("Thank you!")),
        papers=(
            Paper("r1", "DeepSeek-R1: Incentivizing Reasoning", "DeepSeek-AI", "2025",
                  "https://example.org/r1.pdf", venue="Nature", doi="10.1000/1", number=1),
            Paper("v3", "DeepSeek-V3 Technical Report", "Shao et al.", "2024", arxiv="2412.19437", number=2),
        ),
        sources=(
            Source("r1", "pdf", "DeepSeek-R1", "https://example.org/r1.pdf", "r1"),
            Source("post", "post", "X Post", POSTER, author="N. Poster", published="23 January 2025"),
        ),
        quotes=(
            Quote("rl", "RL empowers it", (p("RL empowers it"),), "r1", "6", "The authors", note="edited", number=1,
                  check=d.Check("verbatim", pages=(6,), labels=("6",))),
            Quote("post", "🚨Again.🚨\n\nTwo", (p("🚨Again.🚨"), p("Two paragraphs.")), "post", number=2,
                  check=d.Check("unchecked", "post_not_archived")),
        ),
        events=(
            d.Event("paper", "The paper appears.", (Text("The paper appears."),), "2025-01", "January 2025"),
            d.Event("chips", "Sanctions on chips.", (Text("Sanctions on chips."),)),
        ),
        theories=(
            d.Theory("psyop", "PsyOp theory", "rumour", "someone", body(p("What it says.")), (
                Evidence("for", "A single post.", (Text("A single post."),), quote="post"),
                Evidence("against", paper="v3"),
                Evidence("against", event="paper"),
                Evidence("neutral", url="https://example.org/thread", label="A thread"),
            )),
        ),
        sections=(
            Section("empty", "Not begun", paper="r1"),
            Section("empty2", "Nor this"),
            Section("method", "Method", state="draft", body=method),
            Section("inbox", "Scraps", "inbox", "draft",
                    body=body(QuoteBlock("rl"), QuoteBlock("post"), d.TimelineBlock())),
            Section("results", "Results", state="done",
                    body=body(wide_table(), p("Address: ", Link(LONG, (Text(LONG),))),
                              p("中文字体、日本語の文字、한국어, Кириллица, ελληνικά ✓ 👩🏽‍🚀 🇩🇪")),
                    children=(Section("sub", "A part of it", state="done", body=inside),)),
            Section("theories", "Theories", state="done", body=body(d.TheoriesBlock())),
        ),
        formulas=(
            Formula("E = mc^2", False, typst="E = m c^2"),
            Formula("x^2", False, typst="x^2"),
            Formula(INTEGRAL, True, typst="integral_0^oo e^(- x^2) d x = sqrt(pi)/2"),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("media")
    Picture.new("RGB", (300, 150), "#1d4e86").save(folder / "graph.png")
    return {"/media/graph.png": folder / "graph.png"}


@pytest.fixture(scope="module")
def made(pictures: Mapping[str, Path]) -> Pdf:
    return pdf(sample(), address=ADDRESS, pictures=pictures)


def pages(made: Pdf) -> list[str]:
    opened = pypdfium2.PdfDocument(made.data)
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in opened]


def words(made: Pdf) -> str:
    """All text, with one space for each run of white space: a line may end anywhere."""
    return " ".join(" ".join(pages(made)).split())


def links(made: Pdf) -> tuple[set[str], int]:
    """Addresses linked to, and how many links lead to a place in the PDF."""
    opened = pypdfium2.PdfDocument(made.data)
    out, inside = set(), 0
    for page in opened:
        position, link = pdfium.c_int(0), pdfium.FPDF_LINK()
        while pdfium.FPDFLink_Enumerate(page, position, link):
            action = pdfium.FPDFLink_GetAction(link)
            if action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_URI:
                size = pdfium.FPDFAction_GetURIPath(opened, action, None, 0)
                buffer = pdfium.create_string_buffer(size)
                pdfium.FPDFAction_GetURIPath(opened, action, buffer, size)
                out.add(buffer.value.decode())
            else:
                inside += 1
    return out, inside


def ink_outside(made: Pdf, side: float = 39, top: float = 14, bottom: float = 14) -> list[int]:
    """Numbers of pages with ink in the margins (mm), apart from running head and foot above and below."""
    bad = []
    for number, page in enumerate(pypdfium2.PdfDocument(made.data), start=1):
        image = page.render(scale=2).to_pil().convert("L")
        dot = image.width / 210
        edge = int(side * dot) - 2
        strips = (
            (0, 0, edge, image.height),
            (image.width - edge, 0, image.width, image.height),
            (0, 0, image.width, int(top * dot)),
            (0, image.height - int(bottom * dot), image.width, image.height),
        )
        if any(image.crop(strip).getextrema()[0] < 250 for strip in strips):
            bad.append(number)
    return bad


# ------------------------------------------------------------------ what stands in it


def test_a_report_with_everything_in_it_is_accessible_pdf(made: Pdf) -> None:
    assert made.standard == "ua-1"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made.data
    assert made.warnings == (
        "The citation “nobody” in section “Method” names no paper of this report.",
        "[[section:gone]] in section “Method” leads nowhere.",
    )


@pytest.mark.parametrize(
    "said",
    [
        "Recent research, sampled Key insights & perspectives A. Author, for Professor B.",
        "Version 14, last updated 28 January 2025, 19:20 UTC",
        "2 of 7 sections to do, 1 draft, 1 not yet organised",
        "2 quotations: 1 verbatim, 1 not checked",
        "reports.example.org/sample/",
        "Under construction! 2 of 7 sections still to do: Not begun and Nor this. Draft: Method. "
        "Not yet organised: Scraps. In the text: one note of what is to be added. What is here",
        "can be read and cited as version 14.",
        "To do. Not written yet. It will cover paper 1. Collected for it so far: 1 quotation.",
        "Inbox: public, not yet organised",
        "DeepSeek-AI, 2025 · Nature · section to do",
        "with a reference [see 1, p. 5; 2]. Shao et al. [2] says more, and [nobody] does not.",
        "See Results, the theory, Sanctions on chips. and a lost part.",
        "Said in passing, “RL empowers it”[1] verbatim, p. 6, in the text.2",
        "“RL empowers it” DeepSeek-R1, p. 6 [1] · The authors · author’s note: edited Verbatim, p. 6",
        "Two paragraphs.” X Post, 23 January 2025 · N. Poster Not checked: post not archived",
        "January 2025 The paper appears. No date yet Sanctions on chips.",
        "PsyOp theory Rumour · proposed by someone What it says.",
        "A single post.",
        "Neutral 1 A thread",
        "To do: add the figure.",
        "1The first note, with a link.",
        "Scores of both models",
        "1 DeepSeek-AI (2025). DeepSeek-R1: Incentivizing Reasoning. Nature, doi:10.1000/1, "
        "example.org/r1.pdf",
        "2 Shao et al. (2024). DeepSeek-V3 Technical Report. arXiv:2412.19437.",
        "中文字体、日本語の文字、한국어, Кириллица, ελληνικά ✓",
        "🚨Again.🚨",
    ],
)
def test_it_says(made: Pdf, said: str) -> None:
    assert said in words(made)


def test_contents_give_states_and_page_numbers(made: Pdf) -> None:
    first = pages(made)[0]
    contents = " ".join(first[first.index("Contents") : first.index("In this article")].split())
    assert "Summary 1 Not begun to do 1" in contents
    assert "Scraps inbox" in contents and "Method draft" in contents and "A part of it" in contents


def test_footnotes_stand_at_the_foot_of_their_page(made: Pdf) -> None:
    for text in pages(made):
        if "A claim" in text:
            assert text.index("add the figure") < text.index("The first note")


def test_every_page_after_the_first_has_a_running_head_and_all_have_numbers(made: Pdf) -> None:
    texts = pages(made)
    for number, text in enumerate(texts, start=1):
        assert f"page {number} of {len(texts)}" in text
        assert (number == 1) or text.lstrip().startswith("Recent research, sampled")


def test_metadata_bookmarks_and_language(made: Pdf) -> None:
    opened = pypdfium2.PdfDocument(made.data)
    data = opened.get_metadata_dict()
    assert data["Title"] == "Recent research, sampled"
    assert data["Author"] == "A. Author, for Professor B."
    assert data["CreationDate"].startswith("D:20250128192059")
    marks = [(mark.level, mark.get_title()) for mark in opened.get_toc()]
    assert marks[:5] == [
        (0, "Summary"),
        (0, "Not begun"),
        (0, "Nor this"),
        (0, "Method"),
        (1, "A closer look"),
    ]
    assert (2, "A heading that skips levels") in marks and (1, "PsyOp theory") in marks
    assert b"/Lang (en)" in made.data or b"/Lang(en)" in made.data


def test_links_lead_out_and_within(made: Pdf) -> None:
    out, inside = links(made)
    assert {ADDRESS, LONG, POSTER, "https://example.org", "https://arxiv.org/abs/2412.19437"} <= out
    assert inside > 20


def test_the_same_report_gives_the_same_bytes(made: Pdf, pictures: Mapping[str, Path]) -> None:
    assert pdf(sample(), address=ADDRESS, pictures=pictures).data == made.data


def test_no_ink_outside_of_the_margins(made: Pdf) -> None:
    assert ink_outside(made) == []


def test_the_emptiest_report_is_a_pdf() -> None:
    made = pdf(Document("x", ""))
    assert made.standard == "ua-1"
    assert "Untitled" not in words(made) or "To do. Not written yet." in words(made)
    assert "page 1 of 1" in words(made)


def test_headings_with_more_than_words_stay_accessible(pictures: Mapping[str, Path]) -> None:
    children = (
        Text("Linked "),
        Link("https://example.org", (Text("words"),)),
        FootnoteRef(1),
        Math("a"),
        Image("/media/graph.png", "Graph"),
    )
    twice = Heading(3, children, "same"), Heading(3, children, "same")
    inner = List((ListItem((Heading(3, children, "inner"),)),))
    made = pdf(
        report(
            *twice,
            inner,
            notes=(Footnote(1, "a", (p("The note."),)),),
            formulas=(Formula("a", False, typst="a"),),
        ),
        pictures=pictures,
    )
    assert made.standard == "ua-1" and made.warnings == ()
    assert words(made).count("The note.") == 1
    assert [mark.level for mark in pypdfium2.PdfDocument(made.data).get_toc()] == [0, 0, 1, 1]


def test_the_drawn_timeline_of_the_page_stands_above_the_list() -> None:
    events = (
        d.Event("a", "First.", when="about 2023", date="2023~", lower=20230101, upper=20231231),
        d.Event("b", "Second.", when="5 February 2024", date="2024-02-05", lower=20240205, upper=20240205),
        d.Event("c", "Third."),
    )
    document = report(d.TimelineBlock(), d.TimelineBlock(), events=events)
    made = pdf(document, timeline=timeline_svg.line(events))
    assert made.standard == "ua-1" and made.warnings == ()
    text = words(made)
    assert "1 about 2023 First. 2 5 February 2024 Second. 3 No date yet Third." in text
    assert "no date yet" in text.split("1 about 2023")[0]  # a word of the drawing
    assert text.endswith("The timeline stands further up. page 1 of 1")
    assert ink_outside(made) == []
    made = pdf(document, timeline=("<p>no drawing</p>", True))
    assert made.standard == "ua-1" and "printed as a list alone" in made.warnings[0]


def test_old_slugs_still_lead_to_their_places() -> None:
    quote = Quote("new", "Words", (p("Words"),), former_slugs=("old",))
    target = Section("now", "Now", state="done", body=body(p("x")), former_anchors=("then",))
    made = pdf(
        report(
            QuoteBlock("old"), p(Target("section", "then")), quotes=(quote,), sections=(
                Section("one", "One", state="done", body=body(QuoteBlock("old"), p(Target("section", "then")))),
                target,
            ),
        )
    )  # fmt: skip
    assert "“Words”" in words(made) and made.warnings == ()
    assert "One 1 Now 1" in words(made)


# ------------------------------------------------------------------ wide and long


@pytest.mark.parametrize("columns", [1, 6, 14, 24])
def test_a_table_stays_within_the_margins(columns: int) -> None:
    made = pdf(report(wide_table(columns)))
    assert ink_outside(made) == []
    assert made.standard == "ua-1"


def test_a_table_of_too_many_columns_is_printed_as_lists() -> None:
    made = pdf(report(wide_table(60)))
    assert ink_outside(made) == []
    assert "Row 2" in words(made) and "Column 59" in words(made)
    assert any("more than 24 columns" in warning for warning in made.warnings)


@pytest.mark.parametrize("long", [LONG, "W" * 180, "Ж" * 180, "字" * 400, "👩🏽‍🚀" * 60, "a" * 30 + "." * 90])
def test_a_long_word_breaks_and_is_copied_whole(long: str) -> None:
    quote = Quote("q", long, (p(long),), "s", long)
    made = pdf(
        report(
            p(long, d.Code(long)),
            Heading(3, (Text(long),), "h"),
            QuoteBlock("q"),
            d.CodeBlock(long),
            Table(("", ""), ((Text(long),), (Text("b"),)), (((Text("a"),), (Text(long),)),)),
            title=long,
            people=long,
            subtitle=long,
            quotes=(quote,),
            sources=(Source("s", "web", long, "https://example.org/"),),
        ),
        address="https://example.org/" + "x" * 180,
    )
    assert ink_outside(made) == []
    if long.isascii():
        opened = pypdfium2.PdfDocument(made.data)
        text = "".join("".join(page.get_textpage().get_text_range() for page in opened).split())
        assert long in (text if "..." not in long else text.replace("\u200b", ""))


def test_a_wide_formula_is_made_smaller() -> None:
    tex = "+".join("abcdefgh" * 8)
    formula = Formula(tex, True, typst=" + ".join("abcdefgh" * 8))
    assert ink_outside(pdf(report(d.MathBlock(tex), formulas=(formula,)))) == []


# ------------------------------------------------------------------ what can't be shown is said


def test_a_character_that_no_font_has_is_named_and_drawn_as_a_box() -> None:
    made = pdf(report(p("Cuneiform 𒀀 here"), d.CodeBlock("𒀀")))
    assert "Cuneiform U+12000 here" in words(made)
    assert "[U+12000]" in words(made)
    assert "U+12000 in section “One” is in none of our fonts; a box stands in its place." in made.warnings
    assert made.standard == "ua-1"


def test_what_our_fonts_cover_is_read_from_the_fonts() -> None:
    for character in "aé—ЖΩἀ中の한🚨→✓☐א":
        assert glyphs.drawable(character), character
    for character in "𒀀\U0001f9ff\ue000"[::2]:
        assert not glyphs.drawable(character), character
    assert sum(path.stat().st_size for path in glyphs.FONTS.iterdir()) < 30 * 1024**2


def test_a_picture_that_is_missing_broken_or_elsewhere_becomes_a_note(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 90)
    (tmp_path / "page.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    sources = ("/media/none.png", "/media/broken.png", "/media/page.png", "https://elsewhere.example/a.png")
    found = {f"/media/{name}.png": tmp_path / f"{name}.png" for name in ("broken", "page")}
    made = pdf(report(*[p(Image(src, f"Alt of {src}")) for src in sources]), pictures=found)
    for src in sources:
        assert f"Picture not shown: Alt of {src}" in words(made)
        assert any(src in warning for warning in made.warnings), made.warnings
    assert "https://elsewhere.example/a.png" in links(made)[0]
    assert made.standard == "ua-1"


def test_pictures_are_turned_upright_and_kept_within_the_page(tmp_path: Path) -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6
    Picture.new("RGB", (3000, 600), "#1d4e86").save(tmp_path / "tall.jpg", exif=exif)
    Picture.new("P", (40, 40)).save(
        tmp_path / "move.gif", save_all=True, append_images=[Picture.new("P", (40, 40))]
    )
    made = pdf(
        report(p(Image("/t", "Tall")), p("Inline ", Image("/g", ""), " here")),
        pictures={"/t": tmp_path / "tall.jpg", "/g": tmp_path / "move.gif"},
    )
    assert made.warnings == () and made.standard == "ua-1"
    assert ink_outside(made) == []
    sizes = []
    for page in pypdfium2.PdfDocument(made.data):
        for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=9):
            sizes.append(item.get_px_size())
    assert any(height > width for width, height in sizes)


def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path) -> None:
    Picture.new("1", (9000, 9000)).save(tmp_path / "bomb.png")
    made = pdf(report(p(Image("/b", "Bomb"))), pictures={"/b": tmp_path / "bomb.png"})
    assert any("more than 50 million pixels" in warning for warning in made.warnings)


def test_formulas_that_typst_cannot_read_are_shown_as_their_tex() -> None:
    good = Formula("a", False, typst="a")
    bad = [Formula(rf"\bad{i}", bool(i % 2), typst="frac(" + str(i)) for i in range(3)]
    code = Formula(r"\code", False, typst='#read("/etc/passwd")')
    failed = Formula(r"\failed", False, error="pandoc could not read it")
    formulas = (good, *bad, code, failed)
    made = pdf(report(*[p("F: ", Math(f.tex, f.display)) for f in formulas], formulas=formulas))
    text = words(made)
    for formula in (*bad, code, failed):
        assert f"F: {formula.tex}" in text
        assert any(formula.tex in warning for warning in made.warnings)
    assert "root:" not in text
    assert made.standard == "ua-1"


def test_what_pdf_ua_refuses_is_made_without_it_and_said() -> None:
    # A private-use character within a formula: no font has it, and formulas are not looked into.
    formula = Formula("x", False, typst='"\U000f1234"')
    made = pdf(report(p(Math("x")), formulas=(formula,)))
    assert made.standard == "1.7"
    assert any(warning.startswith("The PDF is tagged, but is not PDF/UA-1: ") for warning in made.warnings)


# ------------------------------------------------------------------ no word is lost


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from([2.0, 8.0, 16.0]))
def test_every_character_is_kept_or_named(text: str, room: float) -> None:
    told: list[str] = []
    kept = ""
    for piece in typst_text.pieces(text, room, told.append):
        if isinstance(piece, str):
            kept += piece
        elif piece["t"] == "seg":
            kept += "".join(piece["v"])
        else:
            kept += chr(int(piece["v"][2:], 16))
            assert any(warning.startswith(piece["v"]) for warning in told)
    for character in unicodedata.normalize("NFC", text):
        if character.isspace():
            continue
        if character in kept:
            kept = kept[kept.index(character) + 1 :]
        else:
            assert any(warning.startswith(typst_text.name(character)) for warning in told)


# ------------------------------------------------------------------ hostile text

HOSTILE = (
    '#read("/etc/passwd") #panic("x") #{ while true {} } $ x $ @ref <label> *b* _i_ `c` \\ // no comment '
    "/* nor this */ [] {} ~ -- --- ... ' \" = + - 1."
)


def test_text_that_looks_like_typst_is_text() -> None:
    heading = Heading(3, (Text(HOSTILE),), '"><x')
    made = pdf(
        report(
            p(HOSTILE), heading, d.CodeBlock(HOSTILE, HOSTILE), p(d.Code(HOSTILE)), QuoteBlock("q"),
            title=HOSTILE, people=HOSTILE, notice=HOSTILE, language="#x",
            quotes=(Quote("q", HOSTILE, (p(HOSTILE),), note=HOSTILE),),
        ),
        address="https://example.org/#read(1)",
    )  # fmt: skip
    assert made.standard == "ua-1"
    assert words(made).count('#read("/etc/passwd") #panic("x") #{ while true {} } $ x $ @ref <label>') >= 7
    assert "root:" not in words(made)
    assert pypdfium2.PdfDocument(made.data).get_metadata_dict()["Title"].startswith('#read("/etc/passwd")')


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//[", "#gone", ""]
)
def test_a_link_of_another_kind_is_only_its_words(href: str) -> None:
    made = pdf(report(p(Link(href, (Text("words"),)))))
    assert "words" in words(made)
    assert links(made)[0] == set()


def test_controls_and_overrides_are_left_out_and_said() -> None:
    made = pdf(report(p("a\0b\x07c \u202egnp.exe\u202c d\ud800e")))
    text = words(made)
    assert "abc gnp.exe d" in text and "U+D800" in text
    for name in ("U+0000", "U+0007", "U+202E", "U+202C"):
        assert any(warning.startswith(f"{name} in section “One”") for warning in made.warnings)


def test_deep_nesting_is_printed_flat_and_said() -> None:
    deep: Block = p("the innermost words")
    inline: Inline = Text("the deepest word")
    for _ in range(400):
        deep = d.BlockQuote((deep,)) if random.random() < 0.5 else List((ListItem((deep,)),))
        inline = d.Emphasis((inline,))
    made = pdf(report(deep, p(inline)))
    assert "the innermost words" in words(made) and "the deepest word" in words(made)
    assert any("nested too deeply" in warning for warning in made.warnings)


def test_a_megabyte_in_one_word_and_ten_thousand_paragraphs_are_set() -> None:
    patient = Limits(seconds=120)  # measured at 1 and 2 s; a busy machine is no failure
    assert len(pages(pdf(report(p("x" * 1_000_000)), limits=patient))) > 50
    made = pdf(report(*[p(f"Paragraph {i}.") for i in range(10_000)]), limits=patient)
    assert "Paragraph 9999." in pages(made)[-1]


# ------------------------------------------------------------------ limits


def test_too_much_text_is_refused_in_plain_words() -> None:
    with pytest.raises(PdfError, match="8,000,009 characters"):
        pdf(report(p("x" * 8_000_001)))


def test_time_and_memory_are_limited() -> None:
    long = report(*[p("Words " * 80) for _ in range(4000)])
    start = time.monotonic()
    with pytest.raises(PdfError, match="not ready after 0.4 seconds"):
        pdf(long, limits=Limits(seconds=0.4))
    assert time.monotonic() - start < 60
    with pytest.raises(PdfError, match="memory or time"):
        pdf(report(*[p("Words " * 80) for _ in range(400)]), limits=Limits(memory=90 * 1024**2))


def test_a_process_that_is_stopped_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(PdfError):
        pdf(report(*[p("Words " * 80) for _ in range(4000)]), limits=Limits(seconds=0.3))
    assert list(tmp_path.iterdir()) == []
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in left


def test_the_process_gets_no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    started: list[dict[str, Any]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            started.append(options)
            super().__init__(*arguments, **options)

    monkeypatch.setattr("subprocess.Popen", Watched)
    assert "One" in words(pdf(report(p("Text"))))
    assert len(started) == 1
    assert "do not tell" not in started[0]["env"].values()
    assert started[0]["start_new_session"]


NESTED = {
    **{f"{n} quotations": "> " * n + "deepest words" for n in (6, 12, 24, 200)},
    "a cited one": "> " * 15 + "deepest words [@k, p. 1]",
    "a quotation in lists": "\n".join("  " * n + "- item" for n in range(12))
    + "\n"
    + "  " * 12
    + "> deepest words",
    "lists in quotations": "> - " * 10 + "deepest words",
    "quotations in lists": "- > " * 12 + "deepest words",
}


@pytest.mark.parametrize("source", NESTED.values(), ids=NESTED.keys())
def test_no_nesting_takes_the_pdf_away_or_its_words(source: str) -> None:
    document = d.Document(
        slug="deep",
        title="Deep",
        sections=(d.Section(anchor="a", heading="A", state="done", body=markdown.parse(source)),),
    )
    made = pdf(document)
    words = " ".join(page.text for page in pdf_text(made.data).pages).split()
    assert "deepest" in words and "words" in words
    assert all("nested too deeply" in warning for warning in made.warnings)
