"""Block rules of the dialect: markdown-it's own ones, made to report and never to drop words."""

from __future__ import annotations

from markdown_it import rules_block
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine

from publishing.markdown.inlines import MATH
from publishing.markdown.notes import notes

MAX_LEVEL = 24  # nested blocks; a list takes two levels (itself and its item), a block quotation one
MAX_CELLS = 50_000  # of all tables of a text


def too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Keep what is nested too deeply as it was typed; markdown-it itself would drop it."""
    if state.level < MAX_LEVEL or silent:
        return False
    line = start
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    line = max(line, start + 1)
    token = state.push("raw", "", 0)
    token.content = state.getLines(start, line, state.blkIndent, False)
    token.map = [start, line]
    state.line = line
    notes(state).refuse(
        start + 1,
        "Lists or block quotations are nested too deeply here (12 lists or 24 block quotations in each "
        "other are the most): take some of the marks away.",
    )
    return True


def fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not rules_block.fence(state, start, end, silent):
        return False
    if silent:
        return True
    markup, last = state.tokens[-1].markup, state.line - 1
    closing = state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]].strip()
    closed = (
        last > start
        and set(closing) == {markup[0]}
        and len(closing) >= len(markup)
        and not state.is_code_block(last)
    )
    if not closed:
        notes(state).refuse(
            start + 1,
            f"The code block that begins with {markup} is never closed: "
            f"put {markup} on a line of its own after its last line.",
        )
    return True


def heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not rules_block.heading(state, start, end, silent):
        return False
    if not silent:
        _refuse_large_heading(state, start)
    return True


def lheading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not rules_block.lheading(state, start, end, silent):
        return False
    if not silent:
        _refuse_large_heading(state, start)
    return True


def _refuse_large_heading(state: StateBlock, start: int) -> None:
    opening, words = state.tokens[-3], state.tokens[-2].content
    if opening.tag not in ("h1", "h2"):
        return
    title = words if len(words) <= 60 else words[:59] + "…"
    if opening.markup.startswith("#"):
        notes(state).refuse(
            start + 1,
            f"“{opening.markup} {title}” would begin a new section: write ### for a heading within "
            "this text, or make it a section of its own.",
        )
    else:
        sign = opening.markup * 3
        notes(state).refuse(
            state.line,
            f"The line “{sign}” makes a heading of the text above it (“{title}”): put an empty line "
            "between them for a rule, or write ### before the text for a heading.",
        )


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """GFM drops the cells that a row has too many; here they are added to its last cell."""
    first = len(state.tokens)
    if notes(state).cells > MAX_CELLS:  # a head of many columns makes many cells from few characters
        return False
    if not rules_block.table(state, start, end, silent):
        return False
    if silent:
        return True
    tokens = state.tokens[first:]
    width = sum(token.type == "th_open" for token in tokens)
    notes(state).cells += sum(token.type == "inline" for token in tokens)
    if notes(state).cells > MAX_CELLS:
        notes(state).refuse(
            start + 1, f"The tables have more than {MAX_CELLS:,} cells up to here: take rows or columns away."
        )
    row, cell = 0, 0
    for token in tokens:
        if token.type == "tr_open" and token.map:
            row, cell = token.map[0], 0
        elif token.type == "inline":
            cell += 1
            if cell < width or row == start:
                continue
            columns = escapedSplit(getLine(state, row).strip())
            if columns and columns[0] == "":
                columns.pop(0)
            if columns and columns[-1] == "":
                columns.pop()
            if len(columns) > width:
                token.content = " | ".join(column.strip() for column in columns[width - 1 :])
                notes(state).warn(
                    row + 1,
                    f"This row has {len(columns)} cells, the table's head {width}: the last ones are "
                    "put into one cell. Add columns to the head, or write \\| for a bar within a cell.",
                )
    return True


def reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave a token where `[label]: address` stood, so that an unused one is not lost."""
    known = len(state.env.get("references", {}))
    if not rules_block.reference(state, start, end, silent):
        return False
    if not silent:
        labels = list(state.env["references"]) if len(state.env["references"]) > known else []
        token = state.push("definition", "", 0)
        token.content = state.getLines(start, state.line, state.blkIndent, False)
        token.map = [start, state.line]
        token.meta = {"label": labels[-1] if labels else ""}
    return True


def math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`$$ … $$` as a paragraph of its own, on one line or several."""
    first = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or not state.src.startswith("$$", first):
        return False
    line = start
    while line < end and not state.isEmpty(line) and (line == start or state.sCount[line] >= state.blkIndent):
        line += 1
        text = state.src[state.bMarks[line - 1] : state.eMarks[line - 1]].rstrip()
        if text.endswith("$$") and (line > start + 1 or len(text.lstrip()) > 4):
            break
    content = state.getLines(start, line, state.blkIndent, False).strip()
    found = MATH.fullmatch(content)
    if not (found and found[1] and found[1].strip()):
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = found[1].strip()
        token.map = [start, line]
        state.line = line
    return True
