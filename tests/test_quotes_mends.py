"""Mends: what one click makes of a quotation that differs, and when none is offered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from quotes import mends
from quotes.matching import Page, Result, build, check
from quotes.matching.result import Difference

SOURCE = (
    "The findings reveal that RL empowers DeepSeek-R1-Zero to attain robust reasoning capabilities without "
    "the need for any supervised fine-tuning data. This is a noteworthy achievement, as it underscores the "
    "model’s ability to learn and generalize effectively through RL alone."
)


def found(source: str, words: str, page: str = "", label: str = "6") -> Result:
    return check(build([Page(source, label)]), words, page=page)


def offered(source: str, words: str, page: str = "6", label: str = "6") -> dict[str, mends.Mend]:
    return {mend.kind: mend for mend in mends.offered(words, page, found(source, words, page, label))}


def verdict(source: str, words: str) -> str:
    return found(source, words).verdict


# --------------------------------------------------------------------------- the first report's two faults


def test_the_word_that_differs_is_put_right_and_nothing_else() -> None:
    wrong = SOURCE.replace("empowers", "empower")
    mend = offered(SOURCE, wrong)["source"]
    assert mend.label == "Use the source’s word"
    assert mend.words == SOURCE
    assert verdict(SOURCE, mend.words) == "verbatim"


def test_or_it_is_marked_as_edited_and_the_button_says_how() -> None:
    wrong = SOURCE.replace("empowers", "empower")
    mend = offered(SOURCE, wrong)["brackets"]
    assert mend.label == "Mark as edited: empower[s]"
    assert mend.words == SOURCE.replace("empowers", "empower[s]")
    assert verdict(SOURCE, mend.words) == "edited"


def test_a_line_end_hyphen_is_closed_up() -> None:
    source = "It leverages extended test-time computation. This ranges from pre- and post-training to more."
    wrong = source.replace("computation", "compu- tation")
    mend = offered(source, wrong)["hyphens"]
    assert mend.words == source
    assert "pre- and" in mend.words


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("compu- tation", "computation"),
        ("compu-\ntation", "computation"),
        ("compu\u00adtation", "computation"),
        ("R1- Zero", "R1-Zero"),
        ("fine- tuning", "fine-tuning"),
    ],
)
def test_each_word_is_closed_up_as_the_source_has_it(wrong: str, right: str) -> None:
    said = f"A {right} and pre- and post-training."
    assert mends.close_hyphens(f"A {wrong} and pre- and post-training.", said) == said


# --------------------------------------------------------------------------- kinds of difference


@pytest.mark.parametrize(
    ("right", "wrong", "marked"),
    [
        ("empowers", "empower", "empower[s]"),
        ("need", "needed", "need[ed]"),
        ("reveal", "revealed", "reveal[ed]"),
        ("underscores", "underscored", "underscore[d]"),
        ("noteworthy", "normal", "[normal]"),
        ("robust reasoning capabilities", "capabilities", "[…] capabilities"),
        ("any supervised", "any large supervised", "any [large] supervised"),
        ("alone.", "itself.", "[itself]."),
    ],
)
def test_every_difference_has_both_mends(right: str, wrong: str, marked: str) -> None:
    words = SOURCE.replace(right, wrong)
    got = offered(SOURCE, words)
    assert got["source"].words == SOURCE
    assert got["brackets"].words == SOURCE.replace(right, marked)


def test_several_differences_are_mended_together() -> None:
    words = SOURCE.replace("empowers", "empower").replace("the model’s", "a models").replace("to learn ", "")
    got = offered(SOURCE, words)
    assert got["source"].label == "Use the source’s words"
    assert got["source"].words == SOURCE
    assert verdict(SOURCE, got["brackets"].words) == "edited"


def test_a_word_that_stands_often_is_replaced_in_the_right_place_only() -> None:
    source = "The model learns. A model reasons. That models differ is known, and the model itself is small."
    words = source.replace("A model reasons", "A models reasons")
    assert offered(source, words)["source"].words == source


def test_where_two_places_fit_nothing_is_replaced() -> None:
    difference = Difference("was", "is", "it", "so")
    assert mends.locate("it is so and it is so", difference) is None
    assert mends.use_source("it is so and it is so", [difference]) == "it is so and it is so"


def test_emphasis_around_a_word_stays() -> None:
    words = SOURCE.replace("empowers", "*empower*").replace("robust", "**robust**")
    got = offered(SOURCE, words)
    assert "RL *empowers* DeepSeek" in got["source"].words and "**robust**" in got["source"].words
    assert "RL *empower[s]* DeepSeek" in got["brackets"].words


def test_typography_of_the_quotation_stays() -> None:
    words = SOURCE.replace("empowers", "empower").replace("model’s", "model's").replace("fi", "\ufb01")
    mended = offered(SOURCE, words)["source"].words
    assert "model's" in mended and "\ufb01ne-tuning" in mended and "empowers" in mended


def test_line_ends_in_the_quotation_stay() -> None:
    words = SOURCE.replace("empowers", "empower").replace(" to attain", "\nto attain")
    assert offered(SOURCE, words)["source"].words.count("\n") == 1


def test_scripts_without_spaces() -> None:
    source = "模型在没有监督数据的情况下获得了推理能力。这是一个值得注意的成就。"
    assert offered(source, source.replace("推理", "强大推理"))["source"].words == source
    got = offered(source, source.replace("没有", ""))
    assert got["source"].words == source
    assert "brackets" not in got  # […] would hide that “not” is left out


def test_a_negation_is_never_hidden_behind_a_mark() -> None:
    source = "Sharing of weights is not permitted without the written consent of all of the authors."
    assert "brackets" not in offered(source, source.replace("is not permitted", "is permitted"))


def test_words_that_pass_need_no_mend_of_words() -> None:
    assert offered(SOURCE, SOURCE) == {}
    assert offered(SOURCE, SOURCE.replace("any supervised ", "… ")) == {}


def test_words_that_are_nowhere_have_none() -> None:
    assert (
        offered(SOURCE, "Nothing of this sort was ever written by anybody in that paper, said the editor.")
        == {}
    )


def test_pieces_in_the_wrong_order_are_no_matter_of_words() -> None:
    words = "This is a noteworthy achievement … The findings reveal that RL empowers DeepSeek-R1-Zero"
    assert found(SOURCE, words).verdict == "altered"
    assert offered(SOURCE, words) == {}


def test_half_a_page_that_the_source_lacks_is_not_dropped_by_one_click() -> None:
    words = SOURCE.replace("data. This", "data " + "and much that we made up besides " * 8 + ". This")
    assert found(SOURCE, words).verdict == "altered"
    assert "source" not in offered(SOURCE, words)


@pytest.mark.parametrize("hostile", ["", " ", "[", "[[[", "…", "*" * 500, "\0", "\ud800", "$x", "((((", "\\"])
def test_hostile_words_give_no_mend_and_no_error(hostile: str) -> None:
    difference = Difference(hostile, "empowers", hostile, hostile)
    mends.use_source(SOURCE, [difference])
    mends.in_brackets(hostile, [Difference("a", hostile, "b", "c")])
    mends.close_hyphens(hostile, hostile)
    mends.shown(hostile, difference)
    mends.offered(hostile, hostile, found(SOURCE, hostile))


# --------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("pages", "labels", "words"),
    [
        ([6], ["6"], "6"),
        ([6, 7], ["6", "7"], "6–7"),
        ([6, 7, 8], ["6", "7", "8"], "6–8"),
        ([6, 7, 12], ["6", "7", "12"], "6–7, 12"),
        ([2, 3], ["ii", "1"], "ii–1"),
        ([4], [""], "4"),
        ([], [], ""),
    ],
)
def test_pages_are_written_as_they_are_cited(pages: list[int], labels: list[str], words: str) -> None:
    assert mends.pages_in_words(pages, labels) == words


def test_a_wrong_page_is_set_and_the_words_stay() -> None:
    mend = offered(SOURCE, SOURCE, page="8")["page"]
    assert (mend.label, mend.words, mend.page) == ("Set page to 6", SOURCE, "6")


def test_a_missing_page_is_filled_in() -> None:
    assert offered(SOURCE, SOURCE, page="")["page"].page == "6"


def test_the_locator_of_a_citation_says_that_it_is_a_page() -> None:
    result = found(SOURCE, SOURCE, "p. 8")
    (mend,) = mends.offered(SOURCE, "p. 8", result, cited=True)
    assert (mend.label, mend.page) == ("Set page to 6", "p. 6")


def test_a_text_without_pages_has_no_page_to_set() -> None:
    assert mends.offered(SOURCE, "", found(SOURCE, SOURCE), paged=False) == ()


def test_the_outcome_has_a_name_that_changes_with_it() -> None:
    wrong = SOURCE.replace("empowers", "empower")
    got = offered(SOURCE, wrong)
    assert got["source"].gives != got["brackets"].gives
    assert got["source"].gives == offered(SOURCE, wrong)["source"].gives


# --------------------------------------------------------------------------- whatever the words are

WORDS = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9), min_size=14, max_size=24, unique=True
)


@settings(max_examples=40)
@given(WORDS, st.data())
def test_a_mend_restores_the_source_and_touches_nothing_else(words: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(3, len(words) - 4))
    kind = data.draw(st.sampled_from(["replace", "drop", "add"]))
    changed = list(words)
    if kind == "replace":
        changed[place] = "qqxqq"
    elif kind == "drop":
        del changed[place]
    else:
        changed.insert(place, "qqxqq")
    source, quoted = " ".join(words), " ".join(changed)
    result = found(source, quoted)
    assert result.verdict == "altered"
    got = offered(source, quoted)
    assert got["source"].words == source
    if "brackets" in got:  # not where a random word is a negation
        marked = got["brackets"].words
        assert verdict(source, marked) == "edited"
        assert marked.split()[: place - 1] == words[: place - 1]
        assert marked.split()[-2:] == words[-2:]


@settings(max_examples=60)
@given(
    st.text(alphabet="ab .,*[]…“”-\n", max_size=60),
    st.text(alphabet="ab .*", max_size=6),
    st.text(alphabet="ab .*", max_size=6),
    st.text(alphabet="ab", max_size=2),
    st.text(alphabet="ab", max_size=2),
)
def test_only_the_located_span_changes(words: str, source: str, quoted: str, before: str, after: str) -> None:
    difference = Difference(source, quoted, before, after)
    place = mends.locate(words, difference)
    mended = mends.use_source(words, [difference])
    if place is None:
        assert mended == words
    else:
        assert mended.startswith(words[: place[0]].rstrip())
        assert mended.endswith(words[place[1] :].lstrip())


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80))
def test_closing_up_leaves_the_letters_as_they_are(words: str, matched: str) -> None:
    def letters(text: str) -> str:
        return "".join(c for c in text if c.isalnum())

    assert letters(mends.close_hyphens(words, matched)) == letters(words)


def test_another_number_is_never_offered_in_brackets() -> None:
    source = "We pre-train the model on 14.8 trillion diverse and high-quality tokens, and more of them."
    index = build([Page(source)])
    for words in (
        "pre-train the model on 14.8 billion diverse and high-quality tokens",
        "pre-train the model on 15.8 trillion diverse and high-quality tokens",
    ):
        kinds = [mend.kind for mend in mends.offered(words, "1", check(index, words))]
        assert kinds[0] == "source" and "brackets" not in kinds


def test_brackets_that_give_another_number_are_shown_against_the_source_s() -> None:
    index = build([Page("It has 671B parameters, of which 37B are activated for each token, we say.")])
    result = check(index, "of which [671B] are activated for each token")
    assert result.verdict == "edited" and "replaces_number" in result.warnings
    assert [(d.source, d.quoted) for d in result.differences] == [("37B", "[671B]")]
    fair = check(index, "of which [only] 37B are activated for each token")
    assert "replaces_number" not in fair.warnings
