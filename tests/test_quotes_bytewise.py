"""The quick ways of reading letters say what the plain ones say, on any text."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from quotes.matching import bytewise
from quotes.matching.align import common, common_back
from quotes.matching.folding import WORD, key_of
from quotes.matching.gaps import _differing_by_words, differing
from quotes.matching.quotation import count_words, of_text

MARKS = " \n.,-–—’“”…'\"()[]%\u2212\u00a0\ufffe\uffff\ufdd0_"
LATIN = st.text(st.sampled_from("abcXYZ019éÀßÿªµ×²¼" + MARKS), max_size=60)
ANY = st.text(st.sampled_from("abXßœŽ٣éЖ字ー\ufffd\u0301½" + MARKS), max_size=60)
words_of = st.lists(st.sampled_from(["the", "model", "R1", "é", "ž", "2025", "字"]), min_size=1, max_size=8)


@settings(max_examples=150)
@given(LATIN | ANY)
def test_key_places_and_words_are_those_of_the_pattern_for_words(text: str) -> None:
    words = list(WORD.finditer(text))
    assert key_of(text) == "".join(found[0] for found in words).lower()
    quotation = of_text(text, False)
    assert quotation.key == key_of(text)
    assert quotation.offsets() == [k for found in words for k in range(*found.span())]
    if "字" not in text and "ー" not in text:
        lengths = [len(found[0]) for found in words]
        assert quotation.cuts() == [sum(lengths[:k]) for k in range(len(lengths) + 1)]
        assert count_words(text) == len(words)
    assert bytewise.count_letters(text) == sum(char.isalpha() for char in text)
    assert bytewise.count_digits(text) == sum(char.isdigit() for char in text)


@settings(max_examples=100)
@given(LATIN)
def test_text_with_no_other_letters_is_read_as_bytes_of_its_length(text: str) -> None:
    plain = bytewise.as_bytes(text)
    assert plain is not None and len(plain) == len(text)


def test_text_with_another_letter_is_not_read_as_bytes() -> None:
    for other in "œ字Ж٣ﬁ\ufffd":
        assert bytewise.as_bytes(f"a {other} b") is None


@settings(max_examples=150)
@given(words_of, st.data())
def test_gaps_that_differ_are_those_that_a_walk_from_word_to_word_finds(
    words: list[str], data: st.DataObject
) -> None:
    gap = st.sampled_from(["", " ", ", ", "-", "\ufffe", " “", "\u2212"])
    source, quoted = words[0], words[0].upper()
    for word in words[1:]:
        source += data.draw(gap) + word
        quoted += data.draw(gap) + word
    assert list(differing(source, quoted)) == list(_differing_by_words(source, quoted))


@settings(max_examples=150)
@given(st.text("ab", max_size=120), st.text("ab", max_size=120), st.integers(0, 130))
def test_letters_in_common_are_counted_from_either_end(a: str, b: str, limit: int) -> None:
    same = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    assert common(a + "c", 0, b + "d", 0, limit) == min(same, limit)
    assert common_back("c" + a[::-1], len(a) + 1, "d" + b[::-1], len(b) + 1, limit) == min(same, limit)
