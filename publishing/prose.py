"""Quotations where people write them: in the text, without a row of their own.

Words in quotation marks directly followed by a citation, and block quotations that end in one,
are quotations; so are long ones without a citation, which then have no source. Pure: no Django.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from publishing.document import (
    Block,
    BlockQuote,
    Body,
    Break,
    Citation,
    DefinitionItem,
    DefinitionList,
    FootnoteRef,
    Heading,
    Image,
    Inline,
    List,
    Paragraph,
    ProseQuote,
    QuoteBlock,
    Quoted,
    QuoteWords,
    Rule,
    Table,
    Target,
    Text,
    TheoriesBlock,
    TimelineBlock,
    Todo,
    plain,
)

# Opening and closing marks; “…” may hold “…”.
MARKED = re.compile(
    r"“[^“”„]*(?:“[^“”]*”[^“”„]*)*”|\"[^\"]*\"|„[^„“”]*[“”]|«[^«»]*»|»[^«»]*«|「[^「」]*」|『[^『』]*』"
)
NODE = "\ufffc"  # stands for a node that is no text
# Single marks are apostrophes too often: they count only where a node follows directly, which must turn out
# to be a citation. Within them stand apostrophes (don’t) and genitives (the models’ answers) alone.
SINGLE = re.compile(
    rf"(?<!\w)(?:‘(?:[^‘’]|’(?=\w)|(?<=[sxz])’(?= \w))*’|‚(?:[^‚‘’]|’(?=\w))*[‘’]"
    rf"|'(?!\s)(?:[^']|(?<=\w)'(?=\w)|(?<=[sxz])'(?= \w))*(?<!\s)'|‹[^‹›]*›|›[^‹›]*‹)(?=\s*{NODE})"
)
SPACE = re.compile(r"\s*")
FOUND = re.compile(rf"{MARKED.pattern}|(?P<single>{SINGLE.pattern})")
WANTS_SOURCE = 8  # words; a longer one without a citation is listed as having no source


@dataclass
class _Finder:
    first: int
    found: list[ProseQuote]

    def add(self, words: str, citation: Citation | None, line: int) -> int:
        items = citation.items if citation else ()
        self.found.append(
            ProseQuote(
                words=" ".join(words.split()),
                key=items[0].key if items else "",
                locator=items[0].locator if items else "",
                cited=items if len(items) > 1 else (),
                line=line,
            )
        )
        return self.first + len(self.found) - 1

    def rewrite(self, node: Any) -> Any:
        """`node` with its quotations marked; whatever holds none comes back as it was."""
        if isinstance(node, tuple):
            return tuple(self.rewrite(item) for item in node)
        if isinstance(node, Paragraph):
            return replace(node, children=self.inlines(node.children, node.line))
        if isinstance(node, BlockQuote):
            return self.block(node)
        if isinstance(node, Heading):
            return replace(node, children=self.cell(node.children, node.line))
        if isinstance(node, Table):
            head = tuple(self.cell(cell, node.line) for cell in node.head)
            rows = tuple(tuple(self.cell(cell, node.line) for cell in row) for row in node.rows)
            return replace(node, head=head, rows=rows)
        if isinstance(node, DefinitionList):
            items = tuple(
                DefinitionItem(self.cell(item.term, node.line), self.rewrite(item.definitions))
                for item in node.items
            )
            return replace(node, items=items)
        if is_dataclass(node) and not isinstance(node, (type, Inline)):
            changes = {
                f.name: self.rewrite(value)
                for f in fields(node)
                if isinstance(value := getattr(node, f.name), tuple) and f.name not in ("align",)
            }
            return replace(node, **changes)
        return node

    def cell(self, children: tuple[Inline, ...], line: int) -> tuple[Inline, ...]:
        """The same where words in marks are often a name: only those with a citation count."""
        return self.inlines(children, line, cited=True)

    def block(self, node: BlockQuote) -> BlockQuote:
        last = node.blocks[-1] if node.blocks else None
        citation = None
        if isinstance(last, Paragraph) and last.children and isinstance(last.children[-1], Citation):
            citation = last.children[-1]
        before = plain(last.children[:-1]).rstrip() if isinstance(last, Paragraph) else ""
        if citation is not None and MARKED.search(before) and MARKED.sub("", before).strip() == "":
            citation = None  # the words are in marks: they are found as such
        blocks = node.blocks
        if citation is not None and isinstance(last, Paragraph):
            blocks = (*blocks[:-1], replace(last, children=last.children[:-1]))
        words = rendered(blocks)
        if citation is None and (MARKED.search(words) or len(words.split()) <= WANTS_SOURCE):
            return replace(node, blocks=self.rewrite(node.blocks))
        return replace(node, prose=self.add(words, citation, node.line))

    def inlines(self, children: tuple[Inline, ...], line: int, cited: bool = False) -> tuple[Inline, ...]:
        flat = "".join(child.text if isinstance(child, Text) else NODE for child in children)
        starts, at = [], 0
        for child in children:
            starts.append(at)
            at += len(child.text) if isinstance(child, Text) else 1
        out: list[Inline] = []
        done = look = 0
        while match := FOUND.search(flat, look):
            single = match.lastgroup == "single"
            # What turns out to be no quotation in single marks may hold one in double marks.
            look = match.start() + 1 if single else match.end()
            after = SPACE.match(flat, match.end())
            end = after.end() if after else match.end()
            following = children[starts.index(end)] if end in starts else None
            citation = following if isinstance(following, Citation) and not following.in_text else None
            inner = _cut(children, starts, match.start(), match.end())
            words = rendered(inner)[1:-1]
            if citation is None and (single or cited or len(words.split()) <= WANTS_SOURCE):
                continue
            if any(isinstance(node, (Citation, Quoted)) for node in inner):
                continue
            out += _cut(children, starts, done, match.start())
            out.append(Quoted(inner, self.add(words, citation, line)))
            done = look = match.end()
        if not done:
            return children
        return (*out, *_cut(children, starts, done, len(flat)))


def mark(body: Body, first: int) -> tuple[Body, tuple[ProseQuote, ...]]:
    """`body` with each quotation in its text marked as such, and what was found, in reading order.

    The first one found is number `first` of `Document.prose`.
    """
    finder = _Finder(first, [])
    blocks: tuple[Block, ...] = finder.rewrite(body.blocks)
    footnotes = finder.rewrite(body.footnotes)
    return replace(body, blocks=blocks, footnotes=footnotes), tuple(finder.found)


def rendered(node: Any) -> str:
    """Every word that a reader sees of blocks or inlines, so that none of them goes unchecked.

    What shows words that stand elsewhere (an embedded quotation, a picture, the timeline) gives words that no
    source has, so that nothing with it in can pass; and of a node unknown here all that it holds counts.
    """
    match node:
        case tuple():
            between = "" if all(isinstance(item, Inline) for item in node) else " "
            return between.join(rendered(item) for item in node)
        case List(items=items, ordered=ordered, start=start):
            numbers = (f"{start + place}. " if ordered else "" for place in range(len(items)))
            return " ".join(number + rendered(item) for number, item in zip(numbers, items, strict=True))
        case Todo(children=children):
            return f"TODO {rendered(children)}"
        case Break():
            return " "
        case Rule() | FootnoteRef():
            return ""
        case Image(alt=alt):
            return f"{alt} (picture)"
        case Citation(items=items, in_text=in_text):
            if in_text:
                return " ".join(f"@{item.key}" for item in items)
            said = " ".join(f"{item.prefix} {item.locator}" for item in items).split()
            return f"[{' '.join(said)}]" if said else ""
        case QuoteWords(slug=slug) | QuoteBlock(slug=slug):
            return f"quote:{slug}"
        case Target(kind=kind, slug=slug, label=label):
            return label or f"{kind}:{slug}"
        case TimelineBlock() | TheoriesBlock():
            return "(all that this report lists here)"
        case str():
            return node
        case _ if is_dataclass(node):
            unseen = ("href", "title", "language", "anchor", "align")
            values = (getattr(node, f.name) for f in fields(node) if f.name not in unseen)
            seen = [rendered(value) for value in values if isinstance(value, (str, tuple))]
            return " ".join(seen)
    return ""


def _cut(children: tuple[Inline, ...], starts: list[int], begin: int, end: int) -> tuple[Inline, ...]:
    """The inlines between two positions of the flattened text; texts are cut where needed."""
    out: list[Inline] = []
    for child, start in zip(children, starts, strict=True):
        length = len(child.text) if isinstance(child, Text) else 1
        low, high = max(begin, start), min(end, start + length)
        if low >= high:
            continue
        out.append(Text(child.text[low - start : high - start]) if isinstance(child, Text) else child)
    return tuple(out)
