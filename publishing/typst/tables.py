"""Tables that stay within the column: widths, a size of type and room for each cell's words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from publishing import document as d

if TYPE_CHECKING:
    from publishing.typst.nodes import Nodes, Writer

MEASURE = 374.0  # points, the 132 mm of the text column
MANY_COLUMNS = 24


def table(writer: Writer, table: d.Table) -> Nodes:
    """A table with widths and a size of type that keep it within the column."""
    rows = [table.head, *table.rows]
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        return []
    if columns > MANY_COLUMNS:
        return records(writer, table)
    longest = [max((len(d.plain(row[i])) for row in rows if i < len(row)), default=0) for i in range(columns)]
    fits = sum(longest) + 3 * columns <= 78 and max(longest) <= 28
    size = 9.5 if columns <= 5 else max(5.0, 9.5 - 0.42 * (columns - 4))
    gap = 6.0 if columns <= 8 else 3.5 if columns <= 14 else 2.0
    weights = [1.0 if fits else math.sqrt(min(max(n, 4), 60)) for n in longest]
    room = MEASURE - gap * columns
    cells = []
    kept = writer.room
    for index, row in enumerate(rows):
        line = []
        for i in range(columns):
            width = room * weights[i] / sum(weights)
            writer.room = kept if fits else min(kept, 0.95 * width / size * (1 if index else 0.9))
            line.append(writer.inlines(row[i]) if i < len(row) else [])
        cells.append(line)
    writer.room = kept
    align = [table.align[i] if i < len(table.align) else "" for i in range(columns)]
    return [
        {
            "t": "table",
            "head": cells[0] if any(cells[0]) else [],
            "rows": cells[1:],
            "align": [a or "left" for a in align],
            "fits": fits,
            "weights": weights,
            "size": size,
            "gap": gap,
        }
    ]


def records(writer: Writer, table: d.Table) -> Nodes:
    """A table of too many columns for a page: each row as a list of name and value."""
    writer.warn(f"A table in {{where}} has more than {MANY_COLUMNS} columns; its rows are printed as lists")
    out: Nodes = []
    for number, row in enumerate(table.rows, start=1):
        items = []
        for i, cell in enumerate(row):
            head = writer.inlines(table.head[i]) if i < len(table.head) else [str(i + 1)]
            items.append({"term": head, "c": [[{"t": "p", "c": writer.inlines(cell)}]]})
        out.append({"t": "subhead", "label": "", "c": [f"Row {number}"]})
        out.append({"t": "terms", "items": items})
    return out
