"""What is kept of searched sources: by use, up to a size, for several threads at once."""

from __future__ import annotations

import random
import threading
import tracemalloc

from quotes import verify
from quotes.indexes import MOST_BYTES, Indexes, weight
from quotes.matching import Index, Page, build


def index(letters: int, seed: int = 1) -> Index:
    chance = random.Random(seed)
    return build([Page("".join(chance.choices("abcdefghij klm. ", k=letters)))])


def test_the_weight_is_what_it_takes() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        made = index(200_000)
        took = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.6 * took < weight(made) < 1.4 * took
    assert weight(None) == 0


def test_many_small_ones_are_made_once() -> None:
    kept, made = Indexes(), []
    for _ in range(3):
        for n in range(40):
            assert kept.get(n, lambda n=n: made.append(n) or index(2000, n)) is not None  # type: ignore[misc]
    assert made == list(range(40)) and len(kept) == 40


def test_what_was_not_used_longest_goes_first() -> None:
    one = index(20_000)
    kept, made = Indexes(most=3 * weight(one)), []

    def get(name: str) -> None:
        kept.get(name, lambda: made.append(name) or one)  # type: ignore[func-returns-value]

    for name in ("a", "b", "c", "a", "d", "a", "c", "b"):
        get(name)
        assert kept.bytes == len(kept) * weight(one) <= kept.most
    assert made == ["a", "b", "c", "d", "b"]


def test_one_beyond_the_limit_is_kept_alone() -> None:
    kept, large = Indexes(most=1000), index(20_000)
    kept.get("small", lambda: None)
    assert kept.get("large", lambda: large) is large and len(kept) == 1
    assert kept.get("large", lambda: None) is large
    kept.get("next", lambda: None)
    assert len(kept) == 1 and kept.bytes == 0


def test_a_file_without_text_is_known_to_have_none() -> None:
    kept = Indexes()
    assert kept.get("scan", lambda: None) is None
    assert kept.get("scan", lambda: index(1000)) is None


def test_threads_leave_its_sums_right() -> None:
    some = [index(3000 + 500 * n, n) for n in range(12)]
    kept, wrong = Indexes(most=4 * weight(some[0])), []

    def use(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(1500):
            n = chance.randrange(12)
            if kept.get(n, lambda n=n: some[n]) is not some[n]:  # type: ignore[misc]
                wrong.append(n)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and kept.bytes <= kept.most
    kept.get("last", lambda: None)
    assert kept.bytes == sum(heavy for _, heavy in kept._kept.values())


def test_the_site_keeps_so_much() -> None:
    assert verify.INDEXES.most == MOST_BYTES == 64 * 1024**2
