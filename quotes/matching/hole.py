"""What stands between two blocks of an alignment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Hole:
    """What stands between two blocks: offsets in the quotation's text and in the source's."""

    q_start: int
    q_end: int
    s_start: int
    s_end: int
