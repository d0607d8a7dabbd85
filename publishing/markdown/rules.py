"""The dialect as markdown-it parsers; `publishing.markdown` turns their tokens into the tree."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_inline

from publishing.markdown import blocks, inlines
from publishing.markdown.notes import notes

LINE_EMBED = re.compile(rf"\[\[(?:quote:(?P<slug>{inlines.SLUG})|(?P<all>timeline|theories))\]\]")
NO_HEADING = re.compile(r"[ ]{0,3}(#{2,6})([^\s#].*)")
TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
TODO = re.compile(r"(?:TODO(?![^\W\d_])|(?i:todo)(?=:)):?\s*")


class Dialect(MarkdownIt):
    """MarkdownIt with our allow-list of links."""

    def normalizeLink(self, url: str) -> str:
        try:
            return super().normalizeLink(url)
        except ValueError:  # a host or port that can't be read; refused below
            return ""

    def validateLink(self, url: str) -> bool:
        return inlines.allowed_link(url)


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
        for offset, line in enumerate(words.content.split("\n")):
            if (hashes := NO_HEADING.fullmatch(line)) and words.map:
                title = hashes[2] if len(hashes[2]) <= 60 else hashes[2][:59] + "…"
                notes(state).warn(
                    words.map[0] + 1 + offset,
                    f"“{hashes[1]}{title}” is shown as text: put a space after {hashes[1]} for a heading.",
                )
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
            if token.content:  # a wide table has thousands of empty cells
                state.md.inline.parse(token.content, state.md, state.env, token.children)


def body_parser() -> MarkdownIt:
    """The parser of bodies: the whole dialect."""
    md = line_parser()
    md.use(deflist_plugin)
    md.use(footnote_plugin, move_to_end=False)
    md.block.ruler.at("table", blocks.table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.at("fence", blocks.fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.at("heading", blocks.heading, {"alt": ["paragraph", "reference", "blockquote"]})
    md.block.ruler.at("lheading", blocks.lheading)
    md.block.ruler.at("reference", blocks.reference)
    md.block.ruler.before("fence", "math_block", blocks.math_block)
    md.block.ruler.before("table", "too_deep", blocks.too_deep)
    md.inline.ruler.at("footnote_inline", inlines.restarting(footnote_inline))
    md.inline.ruler.at("footnote_ref", inlines.footnote_ref)
    md.core.ruler.at("inline", _inline)
    md.core.ruler.before("inline", "mark_paragraphs", _mark_paragraphs)
    return md


def line_parser() -> MarkdownIt:
    """The parser of single lines: its `inline` is used alone, without footnotes."""
    md = Dialect("commonmark", {"maxNesting": blocks.MAX_LEVEL + 6, "html": False, "store_labels": True})
    md.enable(["table", "strikethrough"])
    # Raw HTML is text. The option alone would leave the block rule its right to end a paragraph.
    md.disable(["html_block", "html_inline"])
    md.inline.ruler.at("image", inlines.picture)
    md.inline.ruler.at("backticks", inlines.code)
    md.inline.ruler.before("newline", "address", inlines.address)
    md.inline.ruler.before("escape", "math_inline", inlines.math_inline)
    md.inline.ruler.before("link", "embed", inlines.embed)
    md.inline.ruler.after("image", "citation", inlines.citation)
    md.inline.ruler.after("citation", "refused_link", inlines.refused_link)
    md.inline.ruler.after("citation", "bare_citation", inlines.bare_citation)
    md.inline.ruler.push("shown_as_text", inlines.shown_as_text)
    return md


def quotation_parser() -> MarkdownIt:
    """The parser of a quotation's own words: emphasis, code and math, all else as typed."""
    md = Dialect("commonmark", {"maxNesting": blocks.MAX_LEVEL + 6})
    md.inline.ruler.enableOnly(["text", "newline", "escape", "backticks", "emphasis"])
    md.inline.ruler.before("escape", "math_inline", inlines.math_inline)
    return md
