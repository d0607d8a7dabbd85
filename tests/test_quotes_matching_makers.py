"""Quotations against files of all kinds of makers: reviewers' line numbers, old TeX encodings, stamps, floats."""

from __future__ import annotations

import json

import pytest

from papers.pdftext import pdf_text
from quotes.management.commands.check_quotes import answer
from quotes.matching import Line, Page, Result, build, check

PROSE = (
    "The survey of the northern valleys began in spring and was finished before the first snow had fallen. "
    "Most of the villages kept their own registers of births, of which only a handful survive today. "
    "Where a register is lost, the tax rolls of the county give at least the number of households. "
    "Neither source says much about the herdsmen who spent the summer months on the high pastures. "
    "Later travellers describe them as tall and taciturn, but none of them had learnt their language. "
)


def verdict(text: str, quotation: str, page: str = "") -> Result:
    return check(build([Page(text)]), quotation, page=page)


def wrapped(words: str, width: int = 52) -> list[str]:
    lines, line = [], ""
    for word in words.split():
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def placed(rows: list[tuple[str, float, float, float]]) -> Page:
    """A page of lines with their boxes: (words, left, bottom, size)."""
    text, lines = "", []
    for words, left, bottom, size in rows:
        right = left + 0.5 * size * len(words)
        lines.append(Line(len(text), len(text) + len(words), left, right, bottom, size))
        text += words + "\r\n"
    return Page(text, lines=tuple(lines), height=800)


# ---- numbers of lines, as printed for reviewers


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("first", [1, 70, 998])
def test_numbers_of_lines_are_no_words_of_the_text(side: str, first: int) -> None:
    rows = wrapped(PROSE)
    numbered = [f"{n} {row}" if side == "left" else f"{row} {n}" for n, row in enumerate(rows, first)]
    text = "\r\n".join(numbered)
    for sentence in PROSE.split(". ")[:4]:
        assert verdict(text, sentence).verdict == "verbatim"
        assert verdict(text, sentence.replace(" the ", " a ", 1)).verdict == "altered"


def test_a_word_broken_before_a_line_number_is_one_word() -> None:
    rows = wrapped(PROSE)
    rows[2] = f"{rows[2]} house-"
    rows[3] = f"holds {rows[3]}"
    text = "\r\n".join(f"{row} {n}" for n, row in enumerate(rows, 101))
    assert verdict(text, f"{rows[2][:-6]}households {rows[3][6:]}").verdict == "verbatim"


def test_the_first_column_of_a_table_is_not_taken_for_line_numbers() -> None:
    text = PROSE + "\r\n" + "\r\n".join(f"{n} item {n * 7} shelf" for n in range(1, 6))
    assert verdict(text, "3 item 21 shelf").verdict == "verbatim"


# ---- old encodings of TeX


@pytest.mark.parametrize(
    ("file", "printed"),
    [
        (
            "the pro\x0ct of Z\x7furich and the tra\x0ec of Krak\x13ow were di\x0berent in every year",
            "Zürich",
        ),
        ("the pro\x0ct of Gy}or and the tra\x0ec of Malm\x7fo were di\x0berent in the years 8{10", "8–10"),
        ('the pro\x0ct of the Stra\x19e and the tra\x0ec were di\x0berent in the \\old" town', "Straße"),
    ],
)
def test_codes_of_the_encoding_are_read_as_what_they_print(file: str, printed: str) -> None:
    quotation = (
        file.replace("\x0c", "fi").replace("\x0e", "ffi").replace("\x0b", "ff").replace("\x7fu", "ü")
        .replace("\x7fo", "ö").replace("\x13o", "ó").replace("}o", "ő").replace("{", "–").replace("\x19", "ß")
        .replace("\\old", "“old").replace('"', "”")
    )  # fmt: skip
    assert printed in quotation
    assert verdict(file, quotation).verdict == "verbatim"


def test_a_grave_accent_before_its_letter() -> None:
    file = (
        "D’apr`es la r´eforme, le chapitre n’a gu`ere modifi´e `a lui seul la r`egle du si`ecle pr´ec´edent."
    )
    good = "D’après la réforme, le chapitre n’a guère modifié à lui seul la règle du siècle précédent."
    assert verdict(file, good).verdict == "verbatim"
    assert verdict(file, good.replace("règle", "regle")).verdict == "altered"


@pytest.mark.parametrize(
    ("source", "copied"),
    [
        ("The rivers of l’eau douce run north of the old town.", "The rivers of l´eau douce run north"),
        (
            "The ratio of d’Alembert’s decides the matter in the end.",
            "The ratio of d´Alembert´s decides the matter",
        ),
        (
            "The lemma of ´Ciri´c and of Mari´c holds in every space.",
            "The lemma of ´Ciri´c and of Mari´c holds",
        ),
        ("The lemma of Ćirić and of Marić holds in every space.", "The lemma of ´Ciri´c and of Mari´c holds"),
        ("At 0´C:0 the melt of the second sample ended.", "At 0´C:0 the melt of the second sample"),
    ],
)
def test_an_acute_accent_beside_a_letter_is_its_accent_or_an_apostrophe(source: str, copied: str) -> None:
    """Whichever the source has: neither is a difference; another word is one."""
    assert check(build([Page(source)]), copied).verdict == "verbatim"
    assert (
        check(build([Page(source)]), copied.replace("of", "for").replace("began", "begun")).verdict
        == "altered"
    )


@pytest.mark.parametrize("typed", ["\u00b4", "\u02bc", "’", "\u2032"])
def test_all_that_is_typed_for_an_apostrophe(typed: str) -> None:
    text = "In the end the puppet's goal and the parents' wishes were the same, as Baker's notes say."
    assert verdict(text, text.replace("'", typed)).verdict == "verbatim"
    assert verdict(text, text.replace("puppet's", "puppets")).verdict == "altered"


def test_ligatures_lost_in_the_quotation_alone() -> None:
    text = "The coefficient of fine fluid flow differs in each official file of the affiliated offices."
    lost = (
        text.replace("ffi", "\ufffd").replace("ff", "\ufffd").replace("fl", "\ufffd").replace("fi", "\ufffd")
    )
    assert verdict(text, lost).verdict == "verbatim"
    assert verdict(text, lost.replace("coe\ufffdcient", "coe\ufffdcients")).verdict == "altered"


# ---- citations


@pytest.mark.parametrize(
    ("theirs", "mine"), [("[12]", "[15]"), ("[3, 17–19]", "[3, 17–18]"), ("[7, 58]", "[7]")]
)
def test_another_number_of_a_citation_is_a_change(theirs: str, mine: str) -> None:
    text = f"Following the older survey {theirs} we treat the return of the herdsmen as a separate case."
    changed = verdict(text, text.replace(theirs, mine))
    assert changed.verdict == "altered"
    assert any(mine.strip("[]").split()[-1] in o.quoted for o in changed.differences)
    assert verdict(text, text.replace(f" {theirs}", "")).verdict == "edited"


@pytest.mark.parametrize("year", ["(1998)", "(2009, pp. 12–15)", "(2003, S. 45 f.)", "(1998, 2004a)"])
def test_a_year_behind_a_name_may_be_dropped(year: str) -> None:
    text = (
        f"As was shown by Meyer and Ito {year}, the decay follows a power law over three orders of magnitude."
    )
    assert verdict(text, text.replace(f" {year}", "")).verdict == "edited"
    other = f"The decay that was seen before {year} follows a power law over three orders of magnitude."
    assert verdict(other, other.replace(f" {year}", "")).verdict == "altered"


# ---- edges


def test_a_word_cut_short_is_a_change_where_the_line_stands_aside_too() -> None:
    rows = [(row, 72.0, 700 - 12 * k, 10.0) for k, row in enumerate(wrapped(PROSE * 2))]
    rows.append(("1 The registers are kept at the archive of the county.", 72.0, 300, 7.0))
    page = placed(rows)
    last = wrapped(PROSE * 2)[-1]
    for cut in ("The regist", "The registers are ke"):
        assert check(build([page]), f"{last} {cut}").verdict in ("altered", "not_found")


def test_a_formula_at_the_end_is_not_compared_by_its_brackets() -> None:
    text = "The sampler draws sixteen proposals and accepts each of them with probability min(1, r)."
    assert verdict(text, text.replace("min(1, r)", r"$\min(1, r)$")).verdict == "verbatim"
    assert verdict(text, text.replace("min(1, r)", r"$\min(2, r)$")).verdict == "altered"


def test_another_mark_behind_a_percentage_in_parentheses() -> None:
    text = "Most of the heat is lost through the roof (38%), the walls (27%) and the windows (21%)."
    assert verdict(text, text[:-1] + "!").verdict == "edited"
    assert verdict(text, text.replace("(21%).", "(21).")).verdict == "altered"


# ---- what stands aside


def test_a_stamp_across_the_pages_is_no_part_of_a_sentence() -> None:
    rows = wrapped(PROSE * 3)
    pages = []
    for k in range(4):
        lines = [(f"{row} {'abcd'[k]}{n}", 72.0, 700 - 12 * n, 10.0) for n, row in enumerate(rows)]
        pages.append(placed([*lines[:5], ("DRAFT - do not cite", 150.0, 420.0, 40.0), *lines[5:]]))
    index = build(pages)
    for k in range(4):
        across = " ".join(f"{row} {'abcd'[k]}{n}" for n, row in list(enumerate(rows))[3:8])
        assert check(index, across).verdict == "verbatim"


def test_wide_lines_are_not_taken_for_running_heads() -> None:
    pages = []
    for k in range(5):
        lines = [(f"{k + 1} Annals of the County", 200.0, 740.0, 12.0)]
        rows = wrapped(f"On sheet {'abcde'[k]} one reads: {PROSE}", 60)
        lines += [(row, 72.0, 706 - 23 * n, 12.0) for n, row in enumerate(rows)]
        pages.append(placed(lines))
    index = build(pages)
    for k in range(5):
        first = f"On sheet {'abcde'[k]} one reads: The survey of the northern valleys began in spring and was finished"
        assert (check(index, first).verdict, check(index, first).pages) == ("verbatim", (k + 1,))


def test_the_text_goes_on_below_a_float_with_figures_and_few_words() -> None:
    body = wrapped(PROSE * 2, 60)
    rows = [(row, 72.0, 700 - 12 * n, 10.0) for n, row in enumerate(body)]
    start = "The lot of the year 1875 fell from 839 to 555 at"
    rows.append((start, 72.0, 700 - 12 * len(body), 10.0))
    float_ = [
        ("year", 172.0, 666.0, 7.0), ("0.75", 121.0, 703.0, 7.0), ("control", 200.0, 689.0, 7.0),
        ("Figure 1: Map of the sites.", 90.0, 650.0, 9.0),
    ]  # fmt: skip
    rest = [("12.5 in all.", 72.0, 615.0, 10.0)]
    rest += [(row, 72.0, 590 - 12 * n, 10.0) for n, row in enumerate(body)]
    index = build([placed(rows), placed([*float_, *rest])])
    found = check(index, f"{start} 12.5 in all.")
    assert (found.verdict, found.pages) == ("verbatim", (1, 2))


def test_a_word_that_goes_on_on_the_next_page_is_one_word() -> None:
    pages = [
        Page("The herdsmen of the valley were said to be tall and taci\u2010"),
        Page("turn people of few words."),
    ]
    assert check(build(pages), "said to be tall and taciturn people of few words").verdict == "verbatim"


# ---- places


def test_a_change_in_a_short_piece_beside_an_ellipsis_is_shown() -> None:
    text = (
        PROSE
        + "It is difficult to define with any care the size of the flocks in the early years of the county."
    )
    found = verdict(text, "It is needless to … the size of the flocks in the early years of the county.")
    assert found.verdict == "altered"
    assert [(o.source, o.quoted) for o in found.differences] == [("difficult", "needless")]


def test_a_few_words_that_stand_everywhere_are_found_on_the_stated_page() -> None:
    pages = [
        Page(f"On day {n} the grain yield doubled in the valley of the river. {PROSE}") for n in range(90)
    ]
    index = build(pages)
    found = check(index, "yield doubled", page="77")
    assert (found.verdict, found.pages) == ("verbatim", (77,))


# ---- the command and the reader of files


def pdf(content: str) -> bytes:
    """A file of one page with what `content` draws; its font is Helvetica in the encoding of Windows."""
    stream = content.encode("latin-1")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_an_accent_at_the_end_of_the_line_goes_back_to_its_letter() -> None:
    # Helvetica at 20 points: "f" is 5.56 wide, "u" and the dieresis begin where they are printed one on the other.
    file = pdf(
        "BT /F 20 Tf 20 300 Td (fur die Strassenbeleuchtung war gesorgt) Tj ET "
        "BT /F 20 Tf 29 300 Td (\u00a8) Tj ET BT /F 20 Tf 20 270 Td (und in den Gassen brannte Licht) Tj ET"
    )
    index = build([Page(page.text, lines=()) for page in pdf_text(file).pages])
    good = "für die Strassenbeleuchtung war gesorgt und in den Gassen brannte Licht"
    assert check(index, good).verdict == "verbatim"
    assert check(index, good.replace("für", "fur")).verdict != "verbatim"


def test_a_file_without_text_is_unchecked_and_no_fault_of_the_line(tmp_path: object) -> None:
    path = f"{tmp_path}/scan.pdf"
    with open(path, "wb") as out:
        out.write(pdf("0.5 g 10 10 380 380 re f"))
    got = answer(json.dumps({"id": 7, "source_pdf": path, "quote": PROSE}).encode(), 1)
    assert (got["id"], got["verdict"], got["reason"]) == (7, "unchecked", "no_text")


def test_the_command_says_in_words_what_was_edited_and_what_is_wrong(tmp_path: object) -> None:
    path = f"{tmp_path}/text.pdf"
    words = "The villages kept their registers in iron chests"
    with open(path, "wb") as out:
        out.write(pdf(f"BT /F 12 Tf 20 300 Td ({words} and lost the keys.) Tj ET"))
    asked = {"id": 1, "source_pdf": path, "quote": f"the{words[3:]} [...] the keys."}
    assert answer(json.dumps(asked).encode(), 1)["reason"] == "capital fitted, ellipsis"
    asked["quote"] = f"lost the keys … {words}"
    assert "pieces reversed" in answer(json.dumps(asked).encode(), 1)["reason"]


# ---- headings are words of the text, wherever they stand


def paragraph(words: str, top: float) -> list[tuple[str, float, float, float]]:
    return [(row, 60.0, top - 13.5 * n, 10.9) for n, row in enumerate(wrapped(words, 80))]


def test_a_heading_at_the_top_of_a_page_is_no_running_head() -> None:
    """Though others stand at that height, in that type, and one of the same name in another chapter."""
    pages = [
        placed(
            [("A guide to the valleys", 60, 770, 10), (f"{n}.1. {name}", 60, 740, 12), *paragraph(PROSE, 715)]
        )
        for n, name in enumerate(("Summary", "Registers", "Summary", "Tax rolls"), 1)
    ]
    index = build(pages)
    for name in ("Summary", "Registers", "Tax rolls"):
        assert check(index, f"{name} {PROSE[:100]}").verdict == "verbatim"
    assert check(index, f"A guide to the valleys {PROSE[:100]}").verdict == "altered"


def test_a_heading_below_a_caption_is_no_part_of_the_table() -> None:
    """The sentence goes on around the table as before, and the heading can be quoted with what follows it."""
    cut = PROSE.index("Where a register")
    first, second = PROSE[:cut], PROSE[cut:]
    top = paragraph(first, 740)
    rows = [
        *top,
        ("valley 1801 1811 1821", 90, 690, 9),
        ("north 12 14 19", 90, 678, 9),
        ("Table 1 | Households of the valleys, by the tax rolls.", 60, 655, 10.9),
        ("2.2.2. Tax rolls", 60, 620, 10.9),
        *paragraph(second, 597),
    ]
    index = build([placed(rows)])
    assert check(index, f"Tax rolls {second.split('. ')[0]}").verdict == "verbatim"
    assert (
        check(index, f"Households of the valleys, by the tax rolls. {second.split('. ')[0]}").verdict
        == "altered"
    )
