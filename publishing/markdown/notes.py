"""What a parse has to say beside its tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

MAX_NOTES = 50  # of each kind: a thousand faults are mended no better than fifty


@dataclass
class Notes:
    """What one parse has to say: (line, message) pairs; lines count from 1."""

    keys: Collection[str] = ()
    refusals: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)
    line: int = 1
    restarts: int = 0
    cells: int = 0

    def refuse(self, line: int, message: str) -> None:
        if len(self.refusals) < MAX_NOTES and (line, message) not in self.refusals:
            self.refusals.append((line, message))

    def warn(self, line: int, message: str) -> None:
        if len(self.warnings) < MAX_NOTES and (line, message) not in self.warnings:
            self.warnings.append((line, message))

    def warn_inline(self, state: StateInline, message: str, at: int = -1) -> None:
        """Warn about the place an inline rule stands at, or about `at`."""
        if len(self.warnings) < MAX_NOTES:
            self.warn(self.line + state.src.count("\n", 0, state.pos if at < 0 else at), message)


def notes(state: StateBlock | StateInline | StateCore) -> Notes:
    found = state.env["notes"]
    assert isinstance(found, Notes)
    return found
