"""The cache in files, for one machine."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.filebased import FileBasedCache as DjangoFileBasedCache

EVERY = 200  # writes between two looks at the folder


class FileBasedCache(DjangoFileBasedCache):
    """Django's, which lists the whole folder before each write: a text of a thousand formulas took a minute.

    Here each process looks at its first write and then at every two-hundredth, so the folder may hold that many
    entries more than `MAX_ENTRIES`.
    """

    writes = -1

    def _cull(self) -> None:
        cls: Any = type(self)  # Django makes one object for each thread
        cls.writes += 1
        if cls.writes % EVERY == 0:
            super()._cull()  # type: ignore[misc]
