"""Comparing and merging texts word by word: nothing is dropped, nothing invented."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from papers import comparing
from papers.comparing import Piece, compare, count_words, tokens
from papers.merging import Agreed, Clash, marked, marks_left, merge, settle

BASE = (
    "However, they found that scaling training faced problems like token generation’s larger search space.\n\n"
    "It was difficult and didn’t work very well.\n\n- one\n- two\n- three"
)

words = st.sampled_from(
    "the model policy reward , . \n \n\n 中 文 “ ” 3.5 don’t é".split(" ") + [" ", " ", "\n"]
)
texts = st.lists(words, max_size=30).map("".join)


@given(texts)
def test_tokens_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


class TestComparing:
    @given(texts, texts)
    def test_the_pieces_are_both_texts(self, old: str, new: str) -> None:
        pieces = compare(old, new).pieces
        assert "".join(p.text for p in pieces if p.kind != "in") == old
        assert "".join(p.text for p in pieces if p.kind != "out") == new

    def test_a_change_is_read_in_words(self) -> None:
        pieces = compare("It did not work very well.", "It did not yield great results.").pieces
        assert pieces == (
            Piece("same", "It did not "),
            Piece("out", "work very well"),
            Piece("in", "yield great results"),
            Piece("same", "."),
        )

    def test_characters_are_words_where_there_are_no_spaces(self) -> None:
        pieces = compare("这个模型很好", "这个方法很好").pieces
        assert [p.text for p in pieces if p.kind != "same"] == ["模型", "方法"]

    def test_a_paragraph_that_stands_elsewhere_was_moved(self) -> None:
        one, two = (
            "The first paragraph holds quite a few words of its own.",
            "A second one, too, has more words than seven.",
        )
        found = compare(f"{one}\n\n{two}\n\nEnd.", f"{two}\n\n{one}\n\nEnd.")
        moved = {p.kind for p in found.pieces if p.moved}
        assert moved == {"in", "out"} and (found.words_in, found.words_out) == (0, 0)

    def test_words_are_counted(self) -> None:
        found = compare("a b c", "a x y c")
        assert (found.words_in, found.words_out) == (2, 1)

    def test_what_is_too_long_for_words_is_compared_by_lines_and_says_so(self, monkeypatch) -> None:
        monkeypatch.setattr("papers.comparing.CELLS", 10)
        found = compare("one line\nanother line\n", "one line\na third line\n")
        assert found.simplified
        assert [p.text for p in found.pieces] == ["one line\n", "another line\n", "a third line\n"]


class TestMerging:
    @given(texts, texts)
    def test_who_changed_alone_is_taken_over(self, base: str, mine: str) -> None:
        assert "".join(p.text for p in merge(base, mine, base) if isinstance(p, Agreed)) == mine
        assert "".join(p.text for p in merge(base, base, mine) if isinstance(p, Agreed)) == mine
        assert not any(isinstance(p, Clash) for p in (*merge(base, mine, mine), *merge(base, mine, base)))

    @settings(max_examples=300)
    @given(texts, texts, texts)
    def test_no_side_loses_a_word(self, base: str, mine: str, theirs: str) -> None:
        """Read for one side, the pieces are that side's text but for what the other alone changed."""
        pieces = merge(base, mine, theirs)
        for side, text in (("mine", mine), ("theirs", theirs)):
            read = [
                getattr(p, side) if isinstance(p, Clash) else p.text if p.by in ("", "both", side) else p.base
                for p in pieces
            ]
            assert "".join(read) == text

    @given(texts, texts, texts)
    def test_it_is_the_same_from_both_sides(self, base: str, mine: str, theirs: str) -> None:
        clashes = [(p.mine, p.theirs) for p in merge(base, mine, theirs) if isinstance(p, Clash)]
        assert bool(clashes) == any(isinstance(p, Clash) for p in merge(base, theirs, mine))

    def test_two_edits_in_one_paragraph_are_merged(self) -> None:
        mine = BASE.replace("scaling training", "scaling the training")
        theirs = BASE.replace("larger search space", "exponentially larger search space")
        merged = marked(merge(BASE, mine, theirs))
        assert merged == mine.replace("larger search space", "exponentially larger search space")

    def test_two_texts_for_one_place_clash(self) -> None:
        mine = BASE.replace("problems like", "two hurdles:")
        theirs = BASE.replace("problems like", "key hurdles such as")
        (clash,) = [p for p in merge(BASE, mine, theirs) if isinstance(p, Clash)]
        assert (clash.mine.strip(), clash.theirs.strip()) == ("two hurdles:", "key hurdles such as")

    @pytest.mark.parametrize(
        ("mine", "theirs"),
        [
            ("didn’t really work very well", "didn’t work well"),  # one word between them
            ("did not work very well", "didn’t succeed very well"),
        ],
    )
    def test_edits_that_touch_are_left_to_a_person(self, mine: str, theirs: str) -> None:
        place = "didn’t work very well"
        pieces = merge(BASE, BASE.replace(place, mine), BASE.replace(place, theirs))
        assert any(isinstance(p, Clash) for p in pieces)

    def test_a_paragraph_one_deleted_and_the_other_edited_is_kept_for_both(self) -> None:
        mine = BASE.replace("It was difficult and didn’t work very well.\n\n", "")
        theirs = BASE.replace("very well", "at all")
        (clash,) = [p for p in merge(BASE, mine, theirs) if isinstance(p, Clash)]
        assert "at all" in clash.theirs and "difficult" not in clash.mine

    def test_neighbouring_list_items_do_not_clash(self) -> None:
        merged = marked(merge(BASE, BASE.replace("- one", "- 1"), BASE.replace("- two", "- 2")))
        assert merged.endswith("- 1\n- 2\n- three")


class TestClashesInTheText:
    @given(texts, texts, texts, st.sampled_from(["mine", "theirs"]))
    def test_a_choice_gives_just_that_text(self, base: str, mine: str, theirs: str, side: str) -> None:
        pieces = merge(base, mine, theirs)
        text = marked(pieces)
        count = sum(isinstance(p, Clash) for p in pieces)
        assert len(marks_left(text)) == 3 * count
        wanted = "".join(p.text if isinstance(p, Agreed) else getattr(p, side) for p in pieces)
        assert settle(text, dict.fromkeys(range(1, count + 1), side)) == wanted

    def test_what_is_not_chosen_stays_and_is_found_by_its_line(self) -> None:
        text = "Before \n<<<<<<< 1 yours\na\n======= 1\nb\n>>>>>>> 1 theirs\n after."
        assert settle(text, {}) == settle(text, {2: "mine", 1: "nonsense"}) == text
        assert marks_left(text) == [2, 4, 6]
        assert settle(text, {1: "both"}) == "Before a b after."

    def test_marks_that_somebody_half_removed_are_still_found(self) -> None:
        assert marks_left("a\n======= 1\nb") == [2]
        assert marks_left("A heading\n=======\n<<<<<<< no mark of ours") == []

    def test_long_texts_are_merged_in_a_moment(self) -> None:
        rng = random.Random(4)
        base = [f"w{rng.randrange(900)}" for _ in range(9000)]
        mine, theirs = list(base), list(base)
        for n in range(0, 9000, 180):
            mine[n], theirs[n + 90] = "MINE", "THEIRS"
        pieces = merge(" ".join(base), " ".join(mine), " ".join(theirs))
        merged = marked(pieces)
        assert not marks_left(merged) and merged.count("MINE") == merged.count("THEIRS") == 50


class TestMergingLongTexts:
    """Lines are found first there, as for a difference: the words of a book take gigabytes, and a minute."""

    @pytest.fixture(autouse=True, params=[8, 80, 2000], ids=lambda cells: f"{cells} cells")
    def small(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("papers.comparing.CELLS", request.param)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(texts, texts, texts)
    def test_no_side_loses_a_word(self, base: str, mine: str, theirs: str) -> None:
        pieces = merge(base, mine, theirs)
        for side, text in (("mine", mine), ("theirs", theirs)):
            read = [
                getattr(p, side) if isinstance(p, Clash) else p.text if p.by in ("", "both", side) else p.base
                for p in pieces
            ]
            assert "".join(read) == text

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(texts, texts)
    def test_who_changed_alone_is_taken_over(self, base: str, mine: str) -> None:
        assert "".join(p.text for p in merge(base, mine, base) if isinstance(p, Agreed)) == mine
        assert "".join(p.text for p in merge(base, base, mine) if isinstance(p, Agreed)) == mine

    def test_edits_far_apart_are_merged(self) -> None:
        lines = [f"Line number {n} of many, each another one." for n in range(60)]
        mine, theirs = lines.copy(), lines.copy()
        mine[3], theirs[50] = "Mine stands here.", "Theirs stands here."
        pieces = merge("\n".join(lines), "\n".join(mine), "\n".join(theirs))
        assert all(isinstance(p, Agreed) for p in pieces)
        lines[3], lines[50] = "Mine stands here.", "Theirs stands here."
        assert "".join(p.text for p in pieces if isinstance(p, Agreed)) == "\n".join(lines)


def test_a_book_is_merged_within_the_memory_of_a_small_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both wrote at the beginning and at the end of 450,000 characters: its words alone would take 3 GB."""
    cells: list[int] = []
    whole = comparing.matches

    def counted(old: Sequence[str], new: Sequence[str]) -> list[comparing.Match]:
        cells.append(len(old) * len(new))
        return whole(old, new)

    monkeypatch.setattr(comparing, "matches", counted)
    source = random.Random(1)
    base = "\n".join(" ".join(f"w{source.randrange(3000)}" for _ in range(80)) for _ in range(1000))
    merged = marked(merge(base, f"Mine. {base} Mine.", f"Theirs! {base.replace('w17 ', 'Theirs ')} So."))
    assert "Mine." in merged and "Theirs!" in merged
    assert max(cells) <= comparing.CELLS  # bits: 100 MB


def test_words_are_counted_without_signs() -> None:
    assert count_words("Don’t count — these, 3.5 words!") == 5
