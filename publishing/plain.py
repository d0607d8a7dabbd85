"""Plain Markdown as people have it → `Parsed`."""

from __future__ import annotations
from typing import Any


def read(values: Any, findings: Any, lines: Any, first: int, **kw: Any) -> Any: ...
