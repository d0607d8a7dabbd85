"""The cache in files looks through its folder now and then, not at each write, and stays within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from digestsite import filecache


def test_many_writes_list_the_folder_a_few_times_and_old_entries_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []

    class Watched(filecache.FileBasedCache):
        def _list_cache_files(self) -> list[str]:
            found: list[str] = super()._list_cache_files()
            listed.append(len(found))
            return found

    cache = Watched(str(tmp_path), {"OPTIONS": {"MAX_ENTRIES": 700}})
    cache.set_many({f"formula-{n}": n for n in range(2000)}, None)
    assert len(listed) == 2000 / filecache.EVERY
    assert len(list(tmp_path.iterdir())) <= 700 + filecache.EVERY
    assert cache.get("formula-1999") == 1999
