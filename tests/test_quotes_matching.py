"""The verdicts on quotations, as DESIGN and the methods page define them: one kind of case each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from quotes.matching import ENGINE_VERSION, Page, Result, build, check, load

FILLER = (
    "Earlier surveys described the corpus in detail. Its sections were read by two people who had not met. "
    "They agreed on most of the labels, and the rest were settled by a third reader. "
)


def source(*texts: str, labels: tuple[str, ...] = ()) -> list[Page]:
    return [Page(f"{FILLER}{text}", labels[i] if labels else "") for i, text in enumerate(texts)]


def verdict(text: str, quotation: str, page: str = "") -> Result:
    return check(build(source(text)), quotation, page=page)


SENTENCE = (
    "The trained model’s accuracy rose from 2.080 to 71.0% on −5 points, and re-sign errors fell by 12 ms."
)


@pytest.mark.parametrize(
    "quotation",
    [
        SENTENCE,
        f"“{SENTENCE}”",
        SENTENCE.replace("’", "'").replace("−", "-"),
        SENTENCE.replace(" ", "\u00a0"),
        SENTENCE.replace("trained", "**trained**").replace("errors", "`errors`"),
        SENTENCE.replace("accuracy", "accu\u00adracy"),
        "accuracy rose from 2.080 to 71.0% on −5 points",
    ],
)
def test_typography_is_verbatim(quotation: str) -> None:
    result = verdict(SENTENCE, quotation)
    assert (result.verdict, result.edits, result.differences) == ("verbatim", (), ())
    assert result.passes


@pytest.mark.parametrize(
    ("source_word", "quoted_word"),
    [
        ("2.080", "2080"),
        ("−5", "5"),
        ("71.0%", "71.0"),
        ("model’s", "models"),
        ("re-sign", "resign"),
        ("12 ms", "12 s"),
        ("rose", "fell"),
    ],
)
def test_letter_equal_is_not_equal(source_word: str, quoted_word: str) -> None:
    result = verdict(SENTENCE, SENTENCE.replace(source_word, quoted_word))
    assert result.verdict == "altered"
    assert len(result.differences) == 1
    assert quoted_word.split()[-1] in result.differences[0].quoted


def test_a_missing_comma_is_edited_and_shown() -> None:
    result = verdict(SENTENCE, SENTENCE.replace("points,", "points"))
    assert (result.verdict, result.edits) == ("edited", ("punctuation",))
    assert [(d.source, d.quoted) for d in result.differences] == [("points,", "points")]


@pytest.mark.parametrize("form", ["e\ufb00ective", "e\x0bective", "e\x1bective", "effective"])
def test_ligatures_of_every_kind(form: str) -> None:
    text = f"The second filter was {form} in a way that no single reader of it had foreseen."
    quotation = "The second filter was effective in a way that no single reader of it had foreseen."
    result = verdict(text, quotation)
    assert result.verdict == "verbatim"
    assert "effective" in result.matched


def test_a_file_that_lost_its_ligatures() -> None:
    lost = (
        FILLER * 20
        + "The �rst di�erence re�ects the work�ow. The of�ce had �ve �elds, and the su�x was �xed."
    )
    index = build([Page(lost.replace("ff", "�").replace("fi", "�"))])
    assert check(index, "The first difference reflects the workflow.").verdict == "verbatim"
    assert check(index, "The first difference rejects the workflow.").verdict == "altered"


@pytest.mark.parametrize("accent", ["´e", "é", "e\u0301"])
def test_accents_beside_their_letter(accent: str) -> None:
    text = f"Le caf{accent} du village reste ouvert pendant toute la saison froide."
    assert (
        verdict(text, "Le café du village reste ouvert pendant toute la saison froide.").verdict == "verbatim"
    )
    assert (
        verdict(text, "Le cafe du village reste ouvert pendant toute la saison froide.").verdict == "altered"
    )


TWO_PAGES = [
    Page("First of all, the corpus was read.\nThe findings reveal that this method empowers\n6", "6"),
    Page(
        "the model to attain robust capabilities without the need for any data.\nThis is noteworthy.\n7", "7"
    ),
]
OVER_THE_PAGE = "The findings reveal that this method empowers the model to attain robust capabilities"


def test_a_page_number_within_a_sentence() -> None:
    result = check(build(TWO_PAGES), OVER_THE_PAGE)
    assert (result.verdict, result.pages, result.labels) == ("verbatim", (1, 2), ("6", "7"))
    assert "6" not in result.matched


def test_a_page_number_copied_along() -> None:
    assert (
        check(build(TWO_PAGES), OVER_THE_PAGE.replace("empowers the", "empowers 6 the")).verdict == "verbatim"
    )


def test_one_word_altered_over_a_page_break_is_the_only_difference() -> None:
    result = check(build(TWO_PAGES), OVER_THE_PAGE.replace("empowers", "empower"))
    assert result.verdict == "altered"
    assert [(d.source, d.quoted, d.before, d.after) for d in result.differences] == [
        ("empowers", "empower", "method", "the")
    ]


HYPHENED = "It rests on extended test-time compu\ufffetation of DeepSeek\ufffeR1-Zero in all of its stages."


@pytest.mark.parametrize("copied", ["compu- tation", "compu-tation", "compu-\ntation", "compu\ufffetation"])
def test_a_line_end_hyphen_copied_along(copied: str) -> None:
    quotation = f"It rests on extended test-time {copied} of DeepSeek-R1-Zero in all of its stages."
    result = verdict(HYPHENED, quotation)
    assert (result.verdict, result.warnings) == ("verbatim", ("line_end_hyphen",))


def test_hyphens_at_line_ends_are_resolved_and_never_run_together() -> None:
    result = verdict(HYPHENED, "extended test-time computation of DeepSeek-R1-Zero in all of its stages")
    assert (result.verdict, result.warnings) == ("verbatim", ())
    assert "DeepSeek-R1-Zero" in result.matched and "DeepSeekR1" not in result.passage
    assert "computation" in result.matched


def test_a_hyphen_at_a_line_end_may_be_dropped_but_not_within_a_line() -> None:
    text = f"{HYPHENED} Here DeepSeek-V3-Base is named within a line of this text."
    result = verdict(text, "extended test-time computation of DeepSeekR1-Zero in all of its stages")
    assert (result.verdict, result.warnings) == ("verbatim", ("line_end_hyphen",))
    assert "DeepSeek-R1-Zero" in result.matched
    assert verdict(text, "Here DeepSeekV3-Base is named within a line of this text").verdict == "altered"


def test_a_footnote_mark_is_passed_over_and_may_be_copied_along() -> None:
    text = f"{FILLER}The second approach3 needs no further support from any of its readers."
    at = text.index("3")
    index = build([Page(text, raised=((at, at + 1),))])
    assert check(index, "The second approach needs no further support").verdict == "verbatim"
    assert check(index, "The second approach3 needs no further support").verdict == "verbatim"
    assert check(index, "The second approach4 needs no further support").verdict == "altered"
    plain = build([Page(text)])  # without the places of raised characters nobody can tell it from GPT3
    assert check(plain, "The second approach needs no further support").verdict == "altered"


PERMITTED = "Smoking in the open yard of this building is not permitted at any hour of the working day."


def test_an_ellipsis_is_edited_and_the_omitted_words_are_told() -> None:
    result = verdict(PERMITTED, "Smoking in … this building is not permitted")
    assert (result.verdict, result.edits, result.warnings) == ("edited", ("ellipsis",), ())
    assert result.omitted == ("the open yard of",)


@pytest.mark.parametrize("mark", ["…", "...", "[…]", "[...]", "(...)", ". . ."])
def test_an_ellipsis_that_swallows_a_negation_warns(mark: str) -> None:
    result = verdict(PERMITTED, f"Smoking in the open yard of this building is {mark} permitted at any hour")
    assert (result.verdict, result.warnings) == ("edited", ("omits_negation",))


def test_short_pieces_around_an_ellipsis() -> None:
    text = "The findings reveal that RL empowers the model to attain skills without the need for labels."
    result = verdict(text, "RL … without the need")
    assert (result.verdict, result.omitted) == ("edited", ("empowers the model to attain skills",))


def test_pieces_reversed_are_altered() -> None:
    result = verdict(PERMITTED, "is not permitted at any hour … Smoking in the open yard")
    assert (result.verdict, result.faults) == ("altered", ("pieces reversed",))


def test_pieces_too_far_apart_are_altered() -> None:
    pages = source(
        PERMITTED, *(f"Chapter {n} says other things. {FILLER * 12}" for n in range(5)),
        "The owl in the tower was counted twice by the same careful warden.",
    )  # fmt: skip
    result = check(
        build(pages), "Smoking in the open yard of this building … The owl in the tower was counted twice"
    )
    assert (result.verdict, result.faults) == ("altered", ("pieces too far apart",))


CITED = "Deep networks [12] learn features (Okafor et al., 2019) that earlier methods [Hug86] had to be given by hand."


def test_brackets_of_the_source_and_of_the_editor() -> None:
    assert verdict(CITED, CITED).verdict == "verbatim"
    result = verdict(CITED, CITED.replace("features", "features [sic]"))
    assert (result.verdict, result.edits) == ("edited", ("brackets",))
    result = verdict(CITED, CITED.replace("earlier methods", "[the old ones]"))
    assert (result.verdict, result.edits) == ("edited", ("brackets",))


def test_dropped_citations_are_edited() -> None:
    quotation = "Deep networks learn features that earlier methods had to be given by hand."
    result = verdict(CITED, quotation)
    assert (result.verdict, result.edits) == ("edited", ("citation dropped",))


@pytest.mark.parametrize(
    "parenthesis", ["(in our own tests)", "(AIME 2024)", "(March 2024)", "(see Table 2)", "(12 of 20)"]
)
def test_a_parenthesis_that_is_no_citation_cannot_be_dropped(parenthesis: str) -> None:
    text = f"The second model reaches the best score {parenthesis} of all that were tried this year."
    assert verdict(text, text.replace(f" {parenthesis}", "")).verdict == "altered"


def test_brackets_have_at_most_eight_words() -> None:
    long = CITED.replace("earlier", "earlier [and by that we mean all of the really old]")
    assert verdict(CITED, long).verdict == "altered"


@pytest.mark.parametrize(
    "quotation",
    [
        CITED.replace("features", "features [sic]").replace("learn", "forget"),
        "Deep networks … learn patterns (Okafor et al., 2019) that earlier methods",
        CITED.replace("learn features", "learn [sic]"),
    ],
)
def test_an_honest_mark_does_not_cover_a_silent_change(quotation: str) -> None:
    assert verdict(CITED, quotation).verdict == "altered"


def test_a_capital_and_a_full_stop_fitted_to_a_clause() -> None:
    result = verdict(CITED, "Earlier methods [Hug86] had to be given.")
    assert (result.verdict, set(result.edits)) == ("edited", {"capital fitted", "final stop"})
    result = verdict(CITED, "[E]arlier methods [Hug86] had to be given by hand.")
    assert (result.verdict, set(result.edits)) == ("edited", {"brackets", "capital fitted"})


def test_a_formula_is_compared_by_its_letters_and_digits() -> None:
    text = "Each gate value 𝑠𝑖,𝑡 is kept above 0.5 before it is added to the bias term 𝜋𝜃 of its expert."
    quotation = (
        r"Each gate value $s_{i,t}$ is kept above $0.5$ before it is added to the bias term $\pi_{\theta}$ of"
    )
    assert verdict(text, quotation).verdict == "verbatim"
    assert verdict(text, quotation.replace("i,t", "t,i")).verdict == "altered"
    assert verdict(text, quotation.replace("0.5", "05")).verdict == "altered"


@pytest.mark.parametrize(
    ("printed", "same", "other"),
    [
        ("x ≠ 5", r"x \neq 5", r"x = 5"),
        ("x \u0338= 5", r"x \ne 5", r"x = 5"),
        ("x = 5", r"x = 5", r"x \not= 5"),
        ("x ≥ 5", r"x \geq 5", r"x \le 5"),
        ("x ⩾ 5", r"x \geqslant 5", r"x > 5"),
        ("x < y", r"x < y", r"x > y"),
        ("x ∈ A", r"x \in A", r"x \notin A"),
        ("a + b", "a + b", "a - b"),
        ("a − b", "a - b", "a b"),
        ("A ∪ B", r"A \cup B", r"A \cap B"),
        ("a ± b", r"a \pm b", r"a - b"),
        ("p ~ q", r"p \sim q", r"p \approx q"),
        ("p → q", r"p \to q", r"p \leftarrow q"),
        ("P(¬a)", r"P(\neg a)", r"P(a)"),
    ],
)
def test_what_a_formula_says_of_two_things_is_compared(printed: str, same: str, other: str) -> None:
    text = "The bound of the second kind holds for every {} that the tables of the appendix list."
    source = text.format(printed)
    assert verdict(source, text.format(f"${same}$")).verdict == "verbatim"
    assert verdict(source, text.format(f"${other}$")).verdict == "altered"


def test_a_formula_does_not_change_the_case_of_what_stands_around_it() -> None:
    """The one side is plain ASCII, the other is not: their letters are the same all the same."""
    text = "For all n ≥ 3 the equation has no solution in positive integers."
    result = verdict(text, r"For all $n \ge 3$ the equation has no solution in positive integers.")
    assert (result.verdict, result.edits) == ("verbatim", ())
    result = verdict("It is 3 < n in all of the many cases.", "It is $3 < n$ in all of the many cases.")
    assert (result.verdict, result.edits) == ("verbatim", ())


@pytest.mark.parametrize("hyphen", ["\u2010\n", "-\n", "- ", "\u00ad\n", "\u2011 "])
def test_a_hyphen_copied_from_a_line_s_end_stands_where_the_source_has_none(hyphen: str) -> None:
    """All letters agree, and only a mark between them differs, also beside letters that are not English."""
    text = "Neither the sulfur content nor the mortality differed between Ulm and Malmö in the end."
    result = verdict(text, text.replace("differed", f"dif{hyphen}fered"))
    assert result.verdict in ("verbatim", "edited") and result.warnings == ("line_end_hyphen",)


def test_money_is_no_formula() -> None:
    text = "It cost $5 million and $6 for each of the many hours that were needed."
    assert verdict(text, "It cost $5 million and $6 for each").verdict == "verbatim"
    assert verdict(text, "It cost 5 million and $6 for each").verdict == "altered"


def test_the_stated_page_is_preferred_and_a_wrong_one_is_a_note() -> None:
    twice = "This very sentence stands on more than one page of the file."
    index = build(source(twice, "Nothing of note is here.", twice, labels=("i", "ii", "1")))
    assert check(index, twice, page="p. 1").pages == (3,)
    assert check(index, twice, page="i").labels == ("i",)
    assert check(index, twice, page="p. banana").warnings == ("no_page",)
    assert check(index, twice, page="Seite der Liebe").warnings == ("no_page",)
    assert check(index, twice, page="p. 400").warnings == ("other_page",)
    assert check(index, twice, page="§ 4").warnings == check(index, twice, page="abstract").warnings == ()
    result = check(index, twice, page="ii")
    assert (result.verdict, result.warnings) == ("verbatim", ("other_page",))
    assert result.labels[0] in ("i", "1")


def test_a_few_words_are_too_short_unless_they_stand_where_they_are_said_to() -> None:
    index = build(source(PERMITTED, CITED))
    assert check(index, "open yard").verdict == "unchecked"
    assert check(index, "open yard").reason == "too_short"
    assert check(index, "open yard", page="1").verdict == "verbatim"
    assert check(index, "open yard", page="2").verdict == "unchecked"
    assert check(index, "…").reason == "empty"
    assert check(build([Page("")]), PERMITTED).reason == "no_text"


def test_words_of_another_source_are_not_found() -> None:
    result = verdict(PERMITTED, "My grandmother sold seven blue lanterns before the autumn storms arrived.")
    assert (result.verdict, result.pages, result.passage) == ("not_found", (), "")


def test_a_mended_quotation_is_checked_against_the_recorded_passage() -> None:
    wrong = check(build(TWO_PAGES), OVER_THE_PAGE.replace("empowers", "empower"))
    recorded = build([Page(wrong.passage)])
    assert check(recorded, OVER_THE_PAGE.replace("empowers", "empower")).verdict == "altered"
    assert check(recorded, OVER_THE_PAGE).verdict == "verbatim"
    assert check(recorded, wrong.matched).verdict == "verbatim"


def test_languages_without_spaces() -> None:
    text = "经过三轮筛选之后，奖励函数显著提高了\n推理能力，而计算成本没有改变。这一点与以往的研究不同。"
    quotation = "奖励函数显著提高了推理能力，而计算成本没有改变。"
    assert verdict(text, quotation).verdict == "verbatim"
    result = verdict(text, quotation.replace("提高", "降低"))
    assert result.verdict == "altered"
    assert [(d.source, d.quoted) for d in result.differences] == [("提高", "降低")]
    omitted = verdict(text, "奖励函数显著提高了推理能力……改变。这一点与以往的研究不同。")
    assert (omitted.verdict, omitted.warnings) == ("edited", ("omits_negation",))


def test_places_are_characters_of_the_pages() -> None:
    pages = [
        Page("The o\ufb03ce was quiet. The second \ufb01lter was e\ufb00ective for all readers."),
        TWO_PAGES[1],
    ]
    result = check(build(pages), "second filter was effective for all readers")
    (place,) = result.places
    assert (
        pages[place.page].text[place.start : place.end]
        == "second \ufb01lter was e\ufb00ective for all readers"
    )


def test_an_index_is_kept_as_bytes() -> None:
    index = build(TWO_PAGES)
    again = load(index.dump())
    assert check(again, OVER_THE_PAGE) == check(index, OVER_THE_PAGE)
    with pytest.raises(ValueError, match="build it again"):
        load(b"nonsense")
    assert ENGINE_VERSION


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=120))
def test_nothing_raises_and_a_whole_text_is_never_altered(text: str, quotation: str) -> None:
    index = build([Page(text)])
    assert check(index, quotation).verdict in ("verbatim", "edited", "altered", "not_found", "unchecked")
    assert check(index, text).verdict in ("verbatim", "edited", "unchecked")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_dropped_word_is_never_a_pass(data: st.DataObject) -> None:
    words = f"{PERMITTED} {SENTENCE}".split()
    start = data.draw(st.integers(0, len(words) - 8))
    end = data.draw(st.integers(start + 6, len(words)))
    dropped = data.draw(st.integers(start + 1, end - 2))
    index = build(source(f"{PERMITTED} {SENTENCE}"))
    assert check(index, " ".join(words[start:end])).passes
    assert not check(index, " ".join(words[start:dropped] + words[dropped + 1 : end])).passes


@pytest.mark.parametrize(
    ("quotation", "expected"),
    [
        ("The readers’ two lists were merged into one, and no", "verbatim"),
        ("lists were merged into one, and none of the readers’", "verbatim"),
        ("two lists were merged into one, and none of the reader", "altered"),  # half a word
        ("trivial errors were found in 3.5% of all the lists that", "altered"),  # non-trivial
        ("errors were found in 3.5", "altered"),  # of 3.5%
        ("5% of all the lists that were read aloud", "altered"),  # of 3.5%
        ("errors were found in 3.5% of all the lists", "verbatim"),
    ],
)
def test_a_quotation_begins_and_ends_with_whole_words_and_numbers(quotation: str, expected: str) -> None:
    text = (
        "The readers’ two lists were merged into one, and none of the readers’ notes was lost. Non-trivial errors"
        " were found in 3.5% of all the lists that were read aloud."
    )
    if quotation.endswith("and no"):
        expected = "altered"
    assert verdict(text, quotation).verdict == expected


@pytest.mark.parametrize(
    ("text", "quotation", "label"),
    [
        ("i", "p. i", "i"), ("ii", "ii", "ii"), ("1", "S. 1", "1"), ("1", "pp. 1–2", "1"), ("ii", "page ii", "ii"),
    ],
)  # fmt: skip
def test_pages_are_stated_in_many_ways(text: str, quotation: str, label: str) -> None:
    sentences = {name: f"This one stands on page {word}, where nobody would look for it." for name, word in
                 (("i", "one"), ("ii", "two"), ("1", "three"))}  # fmt: skip
    index = build(source(*sentences.values(), labels=("i", "ii", "1")))
    result = check(index, sentences[text], page=quotation)
    assert (result.verdict, result.labels, result.warnings) == ("verbatim", (label,), ())


@pytest.mark.parametrize("letter", ["\u0130", "\u0131"])
def test_a_turkish_i_alone_on_a_line_is_no_roman_page_number(letter: str) -> None:
    page = f"{letter}\nThe meadow was mown late in the summer.\nThen the rain came, and stayed.\n{letter}{letter}"
    index = build([Page(page), Page(page)])
    assert check(index, "The meadow was mown late in the summer.").verdict == "verbatim"


@pytest.mark.parametrize("text", ["0:0´B", "A\x7f{0:A\x0f", "l´B and so on"])
def test_an_accent_that_joins_no_letter_is_an_apostrophe_on_both_sides(text: str) -> None:
    assert check(build([Page(text)]), text).verdict in ("verbatim", "edited", "unchecked")
