"""The rules of the dialect: markdown-it-py, set up to report and never to drop words.

`dialect()` gives the parsers that `publishing.markdown` turns into the tree. What stands here
knows markdown-it's tokens and states only. Everything a parse has to say beside its tokens is
gathered in a `Notes` object in the parser's environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence, heading, lheading, reference, table
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, image
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_inline

MAX_LEVEL = 24  # nested blocks; a list takes two levels (itself and its item), a block quotation one
MAX_RESTARTS = 3  # markdown-it starts a new inline parser for image texts and inline footnotes
MAX_NOTES = 50  # of each kind: a thousand faults are mended no better than fifty

KEY = r"[^\W_](?:[\w.:/-]*[^\W_])?"
SLUG = r"\w(?:[\w.:/-]*\w)?"
LINE_EMBED = re.compile(rf"\[\[(?:quote:(?P<slug>{SLUG})|(?P<all>timeline|theories))\]\]")
EMBED = re.compile(
    rf"\[\[(?:(?P<all>timeline|theories)|(?P<kind>quote|section|paper|event|theory):(?P<slug>{SLUG})"
    r"(?:\|(?P<label>[^\[\]]+))?)\]\]"
)
CITE_ITEM = re.compile(rf"(?P<prefix>[^@]*?)(?:(?<![^\s])|(?<=-))@(?P<key>{KEY})(?P<rest>\W.*)?", re.DOTALL)
BRACKETS = re.compile(r"\[([^\[\]]*@[^\[\]]*)\]")
BARE_KEY = re.compile(rf"@({KEY})")
MATH = re.compile(r"\$\$((?:[^\\$]|\\.)+)\$\$|\$(?![\s$])((?:[^\\$]|\\.)+)(?<!\s)\$(?!\d)", re.DOTALL)
ADDRESS = re.compile(r"://[^\s<>\[\]\"“”„«»`\\。，、；：！？「」『』（）【】\x00-\x20\x7f]+")
SCHEME_BEFORE = re.compile(r"(?<![^\W_])https?\Z", re.IGNORECASE)
LINK = re.compile(r"https?://[^/?#]|mailto:[^?]|/(?![/\\])|#", re.IGNORECASE)
TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
TODO = re.compile(r"(?:TODO(?![^\W\d_])|(?i:todo)(?=:)):?\s*")
FOOTNOTE_REF = re.compile(r"\[\^([^\]\s]+)\]")


@dataclass
class Notes:
    """What one parse has to say: (line, message) pairs; lines count from 1."""

    keys: Collection[str] = ()
    refusals: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)
    line: int = 1
    restarts: int = 0

    def refuse(self, line: int, message: str) -> None:
        if len(self.refusals) < MAX_NOTES and (line, message) not in self.refusals:
            self.refusals.append((line, message))

    def warn(self, line: int, message: str) -> None:
        if len(self.warnings) < MAX_NOTES and (line, message) not in self.warnings:
            self.warnings.append((line, message))

    def warn_inline(self, state: StateInline, message: str) -> None:
        """Warn about the place an inline rule stands at."""
        if len(self.warnings) < MAX_NOTES:
            self.warn(self.line + state.src.count("\n", 0, state.pos), message)


def notes(state: StateBlock | StateInline | StateCore) -> Notes:
    found = state.env["notes"]
    assert isinstance(found, Notes)
    return found


class Dialect(MarkdownIt):
    """MarkdownIt with our allow-list of links."""

    def normalizeLink(self, url: str) -> str:
        try:
            return super().normalizeLink(url)
        except ValueError:  # a host or port that can't be read; refused below
            return ""

    def validateLink(self, url: str) -> bool:
        return allowed_link(url)


def allowed_link(url: str) -> bool:
    """Whether `url` (entities and escapes already decoded) may be a link."""
    return LINK.match(url) is not None and not re.search(r"[\x00-\x20\x7f\\]", url)


def allowed_image(url: str) -> bool:
    """Whether `url` may be an image: http(s), or our own media without a way out of it."""
    if not allowed_link(url):
        return False
    if url.startswith("/"):
        dots = {".", ".."}
        parts = url.lower().replace("%2e", ".").split("?")[0].split("#")[0].split("/")
        return url.startswith("/media/") and not dots.intersection(parts)
    return url.lower().startswith(("http://", "https://"))


# --------------------------------------------------------------------------- blocks


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
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
        "Lists or block quotations are nested too deeply here (12 lists in each other are the most): "
        "take some of the marks away.",
    )
    return True


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not fence(state, start, end, silent):
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


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not heading(state, start, end, silent):
        return False
    if not silent:
        _refuse_large_heading(state, start)
    return True


def _lheading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not lheading(state, start, end, silent):
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


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """GFM drops the cells that a row has too many; here they are added to its last cell."""
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    if silent:
        return True
    tokens = state.tokens[first:]
    width = sum(token.type == "th_open" for token in tokens)
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


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Leave a token where `[label]: address` stood, so that an unused one is not lost."""
    known = len(state.env.get("references", {}))
    if not reference(state, start, end, silent):
        return False
    if not silent:
        labels = list(state.env["references"]) if len(state.env["references"]) > known else []
        token = state.push("definition", "", 0)
        token.content = state.getLines(start, state.line, state.blkIndent, False)
        token.map = [start, state.line]
        token.meta = {"label": labels[-1] if labels else ""}
    return True


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
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


# --------------------------------------------------------------------------- inline


def _restarting(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Bound the rules that start a parser within the parser."""

    def bounded(state: StateInline, silent: bool) -> bool:
        gathered, start, count = notes(state), state.pos, len(state.tokens)
        if gathered.restarts >= MAX_RESTARTS:
            return False
        gathered.restarts += 1
        try:
            matched = rule(state, silent)
        finally:
            gathered.restarts -= 1
        if matched and not silent and len(state.tokens) > count:
            state.tokens[-1].meta["source"] = state.src[start : state.pos]
        return matched

    return bounded


def _math_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = MATH.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if found[1] is None and state.pos and state.src[state.pos - 1].isdigit():
        return False
    if found[1] is not None and not found[1].strip():
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = (found[1] or found[2]).strip()
        token.meta = {"display": found[1] is not None}
    state.pos = found.end()
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """A bare http(s) address. It is found at its colon, where the text rule stops."""
    start = state.pos
    if state.linkLevel or not state.src.startswith("://", start):
        return False
    scheme = SCHEME_BEFORE.search(state.src[max(0, start - 6) : start])
    found = ADDRESS.match(state.src, start, state.posMax)
    if not scheme or not found or not (silent or state.pending.endswith(scheme[0])):
        return False
    rest = _without_tail(found[0])
    typed = scheme[0] + rest
    href = state.md.normalizeLink(typed)
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": href}
        token.markup = "linkify"
        state.push("text", "", 0).content = typed
        state.push("link_close", "a", -1)
    state.pos = start + len(rest)
    return True


def _without_tail(address: str) -> str:
    """Cut what belongs to the sentence: an unopened bracket and closing punctuation."""
    depth = 0
    for index, char in enumerate(address):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            address = address[:index]
            break
    while address and (address[-1] in ".,;:!?'’‘*_~|(" or (address[-1] == ")" and depth > 0)):
        address = address[:-1]
    return address


def _embed(state: StateInline, silent: bool) -> bool:
    """`[[quote:slug]]` and `[[kind:slug|label]]` within a line."""
    if not state.src.startswith("[[", state.pos):
        return False
    found = EMBED.match(state.src, state.pos, state.posMax)
    if not found or (not silent and state.linkLevel):
        return False
    kind, slug, label = found["kind"], found["slug"], found["label"]
    if found["all"] or (kind == "quote" and label):
        if not silent:
            notes(state).warn_inline(
                state,
                f"[[{found['all']}]] stands within a text and is shown as typed: "
                "put it on a line of its own, with an empty line before and after."
                if found["all"]
                else f"[[quote:{slug}|…]] is shown as typed: a quotation takes no label.",
            )
        return False
    if not silent:
        token = state.push("embed", "", 0)
        token.meta = {"kind": kind, "slug": slug, "label": " ".join((label or "").split())}
    state.pos = found.end()
    return True


def _citation(state: StateInline, silent: bool) -> bool:
    """`[@key]`, `[see @a, p. 5; @b]`."""
    if state.src[state.pos] != "[" or state.linkLevel:
        return False
    found = BRACKETS.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    items = []
    for part in re.split(r";|,(?=\s*-?@)", found[1]):
        item = CITE_ITEM.fullmatch(part.strip())
        if not item:
            return False
        prefix = " ".join(item["prefix"].removesuffix("-").split())
        rest = " ".join((item["rest"] or "").split())
        items.append((item["key"], prefix, rest.removeprefix(",").strip()))
    if not silent:
        for key, _, _ in items:
            if key not in notes(state).keys:
                notes(state).warn_inline(
                    state, f"[@{key}] cites no paper of this report: add one with this key, or mend the key."
                )
        token = state.push("citation", "", 0)
        token.meta = {"items": items, "in_text": False}
    state.pos = found.end()
    return True


def _bare_citation(state: StateInline, silent: bool) -> bool:
    """`@key`, where the report has a paper of this key; else it may be anybody's handle."""
    start = state.pos
    if state.src[start] != "@" or state.linkLevel:
        return False
    if start and (state.src[start - 1].isalnum() or state.src[start - 1] in "_.+-/@"):
        return False
    found = BARE_KEY.match(state.src, start, state.posMax)
    if not found or found[1] not in notes(state).keys:
        return False
    if not silent:
        token = state.push("citation", "", 0)
        token.meta = {"items": [(found[1], "", "")], "in_text": True}
    state.pos = found.end()
    return True


def _unknown_footnote(state: StateInline, silent: bool) -> bool:
    """Say that `[^label]` has no footnote; it stays as typed."""
    if not silent and state.src.startswith("[^", state.pos):
        found = FOOTNOTE_REF.match(state.src, state.pos, state.posMax)
        if found:
            notes(state).warn_inline(
                state, f"There is no footnote {found[0]}: add a paragraph “{found[0]}: …”, or mend the label."
            )
    return False


# --------------------------------------------------------------------------- core


def _mark_paragraphs(state: StateCore) -> None:
    """See what a paragraph is from its first letters, before emphasis and links are looked for."""
    for index in range(1, len(state.tokens)):
        words, opening = state.tokens[index], state.tokens[index - 1]
        if words.type != "inline" or opening.type != "paragraph_open":
            continue
        if index > 1 and state.tokens[index - 2].type == "list_item_open":
            task = TASK.match(words.content)
            if task:
                state.tokens[index - 2].meta["checked"] = task[1] != " "
                words.content = words.content[task.end() :]
        embeds = [LINE_EMBED.fullmatch(line.strip()) for line in words.content.split("\n")]
        if all(embeds):
            opening.meta["embeds"] = [(found["slug"] or "", found["all"] or "") for found in embeds if found]
            words.content = ""
            continue
        todo = TODO.match(words.content)
        if todo:
            opening.meta["todo"] = True
            words.content = words.content[todo.end() :]


def _inline(state: StateCore) -> None:
    """markdown-it's own rule, telling the inline rules the line they are on."""
    for token in state.tokens:
        if token.type == "inline":
            notes(state).line = token.map[0] + 1 if token.map else 1
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


# --------------------------------------------------------------------------- the parsers


def body_parser() -> MarkdownIt:
    """The parser of bodies: the whole dialect."""
    md = line_parser()
    md.use(deflist_plugin)
    md.use(footnote_plugin, move_to_end=False)
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
    md.block.ruler.at("lheading", _lheading)
    md.block.ruler.at("reference", _reference)
    md.block.ruler.before("fence", "math_block", _math_block)
    md.block.ruler.before("table", "too_deep", _too_deep)
    md.inline.ruler.at("footnote_inline", _restarting(footnote_inline))
    md.inline.ruler.after("footnote_ref", "footnote_unknown", _unknown_footnote)
    md.core.ruler.at("inline", _inline)
    md.core.ruler.before("inline", "mark_paragraphs", _mark_paragraphs)
    return md


def line_parser() -> MarkdownIt:
    """The parser of single lines: its `inline` is used alone, without footnotes."""
    md = Dialect("commonmark", {"maxNesting": MAX_LEVEL + 6, "html": False, "store_labels": True})
    md.enable(["table", "strikethrough"])
    # Raw HTML is text. The option alone would leave the block rule its right to end a paragraph.
    md.disable(["html_block", "html_inline"])
    md.inline.ruler.at("image", _restarting(image))
    md.inline.ruler.before("newline", "address", _address)
    md.inline.ruler.before("escape", "math_inline", _math_inline)
    md.inline.ruler.before("link", "embed", _embed)
    md.inline.ruler.after("image", "citation", _citation)
    md.inline.ruler.after("citation", "bare_citation", _bare_citation)
    return md


def quotation_parser() -> MarkdownIt:
    """The parser of a quotation's own words: emphasis, code and math, all else as typed."""
    md = Dialect("commonmark", {"maxNesting": MAX_LEVEL + 6})
    md.inline.ruler.enableOnly(["text", "newline", "escape", "backticks", "emphasis"])
    md.inline.ruler.before("escape", "math_inline", _math_inline)
    return md
