"""What a result tells at once and what it tells later: the same, whichever way it is looked at."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from dataclasses import asdict, fields, replace

import pytest

from quotes.matching import Index, Page, Result, build, check

TEXT = "A model learns by trial and error. It was never told, in so many words, how a proof is found."
WORDS = "It was never told in so many words, how the proof is found"


def found() -> tuple[Index, Result]:
    index = build([Page(TEXT, "i"), Page("Another page of quite other words stands here.", "ii")])
    return index, check(index, WORDS, page="i")


def test_what_describes_a_result_is_there_when_it_is_read() -> None:
    _, result = found()
    assert result.verdict == "altered" and result.pages == (1,)
    assert result.matched == "It was never told, in so many words, how a proof is found."[:-1]
    assert result.passage == "It was never told, in so many words, how a proof is found."
    assert [(d.source, d.quoted) for d in result.differences] == [("told,", "told"), ("a", "the")]
    assert [(place.page, TEXT[place.start : place.end]) for place in result.places] == [
        (0, "It was never told, in so many words, how a proof is found"),
    ]


def test_two_checks_of_the_same_are_equal_and_print_the_same() -> None:
    assert found()[1] == found()[1] and repr(found()[1]) == repr(found()[1])
    assert hash(found()[1]) == hash(found()[1]) and found()[1] != Result("altered")


@pytest.mark.parametrize(
    "kept", [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))]
)
def test_a_copy_has_all_that_the_result_has(kept: Callable[[Result], Result]) -> None:
    told = {field.name: getattr(found()[1], field.name) for field in fields(Result)}
    copied = kept(found()[1])
    assert {field.name: getattr(copied, field.name) for field in fields(Result)} == told
    assert told["passage"] and asdict(copied) == asdict(found()[1])


def test_a_changed_copy_keeps_the_rest() -> None:
    changed = replace(found()[1], places=(), stated="3")
    assert (changed.places, changed.stated) == ((), "3")
    assert changed.passage == found()[1].passage and changed.differences == found()[1].differences


@pytest.mark.parametrize(
    "look",
    [lambda result: result.passage, pickle.dumps, copy.copy, lambda result: result == Result("altered")],
)
def test_a_result_that_was_read_copied_or_compared_no_longer_holds_its_source(
    look: Callable[[Result], object],
) -> None:
    index, result = found()
    source = weakref.ref(index)
    del index
    assert source() is not None  # until then it does
    look(result)
    gc.collect()
    assert source() is None and result.passage


def test_a_result_without_a_finding_has_nothing_to_tell() -> None:
    index, _ = found()
    result = check(index, "Words that stand nowhere in it, however long one looks for them")
    assert (result.verdict, result.places, result.passage, result.matched) == ("not_found", (), "", "")
