"""Blocks and inlines of a document as plain lists and dictionaries for the Typst template.

A node is `{"t": kind, …}`; text is a string. Everything is resolved here (numbers of references, targets
of links, what a quotation's source is called), so that the template only draws.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from publishing import document as d
from publishing.html.differing import Said
from publishing.typst import verdicts
from publishing.typst.images import encode
from publishing.typst.tables import table
from publishing.typst.text import code, label, pieces

Node = Any
Nodes = list[Node]

# Typst bounds how deep calls and layout may nest; deeper text is printed flat.
MAX_FRAMES = 6  # of quotations within one another; Typst gives up on the whole report at about a dozen
MAX_DEPTH = 10
# A word wider than this many ems may break: half of the column, for quotations and lists are narrower.
ROOM = 16.0


def safe_formula(typst: str) -> bool:
    """Whether a formula stays in math: no "#", the way into code, outside of strings."""
    return "#" not in re.sub(r'\\.|"(?:\\.|[^"\\])*"', "", typst, flags=re.DOTALL)


def join(items: list[Nodes], between: str) -> Nodes:
    """Non-empty `items` with `between` between them."""
    out: Nodes = []
    for item in filter(None, items):
        out.extend([between, *item] if out else item)
    return out


class Writer:
    """Walks blocks and inlines; collects warnings, formulas, labels and pictures on the way."""

    def __init__(
        self,
        document: d.Document,
        *,
        address: str,
        pictures: Mapping[str, Path],
        folder: Path,
        drawing: tuple[str, bool] = ("", False),
    ) -> None:
        self.document = document
        self.address = address
        self.pictures = pictures
        self.folder = folder
        self.drawing = drawing
        self.warnings: dict[str, None] = {}
        self.heads: dict[str, Nodes] = {}  # what the contents call each heading, by label
        self.formulas: dict[tuple[str, bool], dict[str, Any]] = {}
        self.labels: set[str] = set()
        self.where = "the title"
        self.room = ROOM
        self.broken = False  # whether the paragraph at hand holds a word that may break
        self.todos = 0
        self.heading_base = 3
        self.heading_last = 2
        self.placed: dict[str, dict[str, Any]] = {}
        self.notes: dict[int, d.Footnote] = {}
        self.noted: set[int] = set()
        self.papers = document.paper_by_key
        self.sources = document.source_by_key
        self.quotes = document.quote_by_slug
        self.events = document.event_by_slug
        self.theories = document.theory_by_slug
        self.sections = {s.anchor: s for s in document.all_sections()}
        for section in document.all_sections():
            for anchor in section.former_anchors:
                self.sections.setdefault(anchor, section)
        self.known = document.formula_by_tex

    # ------------------------------------------------------------------ small things

    def warn(self, message: str) -> None:
        self.warnings[message.replace("{where}", self.where).rstrip(".") + "."] = None

    def text(self, words: str) -> Nodes:
        found = pieces(words, self.room, self.warn)
        self.broken = self.broken or any(isinstance(piece, dict) for piece in found)
        return found

    def mark(self, name: str) -> str:
        """Take the label `name`, or "" if something carries it already."""
        if name in self.labels:
            return ""
        self.labels.add(name)
        return name

    def head(self, name: str, words: str) -> str:
        """A label for a heading: `name`, or another if that is taken; the contents say `words`."""
        name = self.mark(name) or self.mark(f"head-{len(self.heads)}")
        self.heads[name] = self.text(words)
        return name

    def url(self, href: str) -> str:
        """`href` if a PDF may link to it, made absolute; "" if not."""
        if href.startswith("/") and self.address:
            href = urljoin(self.address, href)
        try:
            scheme = urlsplit(href).scheme.lower()
        except ValueError:
            return ""
        href = "".join(c for c in href if c > " " and not 0xD800 <= ord(c) <= 0xDFFF)
        return href if scheme in {"http", "https", "mailto"} and len(href) <= 4000 else ""

    def link(self, href: str, children: Nodes) -> Node:
        """A link outwards, or only its words."""
        href = self.url(href)
        return {"t": "link", "url": href, "c": children} if href else {"t": "span", "c": children}

    def to(self, name: str, children: Nodes) -> Node:
        """A link to a label of this PDF; the template leaves it out if nothing carries the label."""
        return {"t": "to", "to": name, "c": children}

    def within(self, anchor: str, children: Nodes) -> Node:
        """A link to an anchor of the page, where this PDF has the same place."""
        section = self.sections.get(anchor)
        own = re.match("(ref|quote|quotation|event|theory|todo)-", anchor)
        return self.to(anchor if own else f"in-{section.anchor if section else anchor}", children)

    def number(self, key: str) -> Node | None:
        """`[1]`, a link to the reference, or None if the paper is not among them."""
        paper = self.papers.get(key)
        if not paper or not paper.number:
            return None
        return self.to(f"ref-{paper.number}", [f"[{paper.number}]"])

    # ------------------------------------------------------------------ inlines

    def inlines(self, children: Sequence[d.Inline], depth: int = 0) -> Nodes:
        out: Nodes = []
        if depth > MAX_DEPTH:
            self.warn("Text in {where} is nested too deeply; its marks are left out")
            return self.text(d.plain(tuple(children)))
        for child in children:
            self.inline(child, depth, out)
        return out

    def inline(self, node: d.Inline, depth: int, out: Nodes) -> None:
        match node:
            case d.Text(text=text):
                out.extend(self.text(text))
            case d.Break(hard=hard):
                out.append({"t": "br"} if hard else " ")
            case d.Emphasis(children=children):
                out.append({"t": "em", "c": self.inlines(children, depth + 1)})
            case d.Strong(children=children):
                out.append({"t": "strong", "c": self.inlines(children, depth + 1)})
            case d.Strike(children=children):
                out.append({"t": "strike", "c": self.inlines(children, depth + 1)})
            case d.Code(text=text):
                out.append({"t": "code", "v": code(text, self.warn)})
            case d.Link(href=href, children=children):
                inner = self.inlines(children, depth + 1)
                out.append(self.within(href[1:], inner) if href[:1] == "#" else self.link(href, inner))
            case d.Image():
                out.append(self.image(node))
            case d.Math(tex=tex, display=display):
                out.append(self.math(tex, display))
            case d.Citation():
                self.citation(node, out)
            case d.Quoted():
                out.extend(verdicts.quoted(self, node, depth))
            case Said(text=text, lack=lack):
                out.append({"t": "said", "lack": lack, "c": self.text(text)})
            case d.QuoteWords(slug=slug):
                self.quote_words(slug, depth, out)
            case d.Target():
                out.append(self.target(node))
            case d.FootnoteRef(number=number, again=again):
                out.append(self.footnote(number, again, depth))
            case _:
                self.warn(f"{type(node).__name__} in {{where}} can't be printed yet")

    def image(self, node: d.Image) -> Node:
        alt = label(node.alt)
        words = self.text(node.alt or node.title or node.src.rsplit("/", 1)[-1])
        if urlsplit(node.src).scheme in {"http", "https"} and node.src not in self.pictures:
            self.warn(f"The picture {label(node.src)} in {{where}} is on another site and is not fetched")
            return {"t": "noimage", "c": [self.link(node.src, words)]}
        if node.src not in self.placed:
            try:
                if node.src not in self.pictures:
                    raise ValueError("the file is missing")
                picture = encode(self.pictures[node.src])
            except ValueError as error:
                self.warn(f"The picture {label(node.src)} in {{where}} can't be shown: {error}")
                return {"t": "noimage", "c": words}
            name = f"picture-{len(self.placed) + 1}.{picture.suffix}"
            (self.folder / name).write_bytes(picture.data)
            self.placed[node.src] = {"file": name, "w": picture.width, "h": picture.height}
        return {"t": "image", "alt": alt, "title": self.text(node.title)} | self.placed[node.src]

    def math(self, tex: str, display: bool) -> Node:
        formula = self.known.get((tex, display))
        if not formula or formula.error or not formula.typst.strip() or not safe_formula(formula.typst):
            reason = formula.error if formula and formula.error else "it has no form for print"
            self.warn(f"The formula “{label(tex)}” in {{where}} is shown as its TeX: {reason}")
            return {"t": "code", "v": code(tex, self.warn)}
        entry = self.formulas.setdefault(
            (tex, display),
            {
                "id": len(self.formulas),
                "tex": label(tex) or "formula",
                "code": code(tex, lambda message: None),
                "typst": formula.typst,
                "block": display,
                "bad": False,
            },
        )
        return {"t": "math", "id": entry["id"], "block": display}

    def citation(self, node: d.Citation, out: Nodes) -> None:
        inner: Nodes = [] if node.in_text else ["["]
        for index, item in enumerate(node.items):
            paper = self.papers.get(item.key)
            if index:
                inner.append("; ")
            if node.in_text and paper:
                out.extend(self.text(paper.authors or paper.title))
                out.append("\u00a0")
                inner.append("[")
            elif item.prefix:
                inner.extend([*self.text(item.prefix), " "])
            if paper and paper.number:
                inner.append(self.to(f"ref-{paper.number}", [str(paper.number)]))
            else:
                self.warn(f"The citation “{item.key}” in {{where}} names no paper of this report")
                inner.extend(self.text(item.key if not node.in_text or paper else f"[{item.key}"))
            if item.locator:
                inner.extend([", ", *self.text(verdicts.whole(item.locator))])
            if node.in_text:
                inner.append("]")
        out.append({"t": "cite", "c": inner if node.in_text else [*inner, "]"]})

    def quote_words(self, slug: str, depth: int, out: Nodes) -> None:
        quote = self.quotes.get(slug)
        if not quote:
            self.warn(f"[[quote:{slug}]] in {{where}} names no quotation of this report")
            out.extend(self.text("[quotation missing]"))
            return
        blocks = [b for b in quote.blocks if isinstance(b, d.Paragraph)]
        out.append("“")
        for index, block in enumerate(blocks):
            out.extend([" "] if index else [])
            out.extend(self.inlines(block.children, depth + 1))
        out.extend(["”"] if blocks else [*self.text(quote.text), "”"])
        source = self.sources.get(quote.source)
        if source and (number := self.number(source.paper)):
            out.append({"t": "sup", "c": [number]})
        if quote.number:
            out.extend([" ", verdicts.beside(self, quote)])

    def target(self, node: d.Target) -> Node:
        """A link to a part of this report; its label, else what the part is called."""
        name, words = "", ""
        if node.kind == "section" and (section := self.sections.get(node.slug)):
            name, words = f"in-{section.anchor}", section.heading
        elif node.kind == "paper" and (paper := self.papers.get(node.slug)):
            name, words = f"ref-{paper.number}", paper.title
        elif node.kind == "event" and (event := self.events.get(node.slug)):
            name, words = f"event-{event.slug}", event.text
        elif node.kind == "theory" and (theory := self.theories.get(node.slug)):
            name, words = f"theory-{theory.slug}", theory.title
        if not name:
            self.warn(f"[[{node.kind}:{node.slug}]] in {{where}} leads nowhere")
            return {"t": "span", "c": self.text(node.label or node.slug)}
        return self.to(name, self.text(node.label or words))

    def footnote(self, number: int, again: int, depth: int) -> Node:
        note = self.notes.get(number)
        if again or number in self.noted:
            return {"t": "again", "n": str(number), "to": f"note-{number}"}
        if not note:
            self.warn(f"Footnote {number} in {{where}} has no text")
            return {"t": "sup", "c": [str(number)]}
        self.noted.add(number)
        name = self.mark(f"note-{number}")
        return {"t": "note", "n": str(number), "label": name, "c": self.blocks(note.blocks, depth + 1)}

    # ------------------------------------------------------------------ blocks

    def body(self, body: d.Body, base: int) -> Nodes:
        """The blocks of a Markdown text whose own headings begin at level `base`."""
        self.heading_base, self.heading_last = base, base - 1
        self.notes.update({note.number: note for note in body.footnotes})
        out = self.blocks(body.blocks)
        for note in body.footnotes:  # a note that nothing refers to is still the author's words
            if note.number not in self.noted:
                self.noted.add(note.number)
                inner = self.blocks(note.blocks, 1)
                out.append({"t": "item", "n": f"{note.number}", "c": inner})
        return out

    def blocks(self, blocks: Sequence[d.Block], depth: int = 0) -> Nodes:
        if depth > MAX_DEPTH:
            self.warn("Text in {where} is nested too deeply; it is printed flat")
            return [{"t": "p", "c": self.text(d.plain(tuple(blocks)))}]  # type: ignore[arg-type]
        return [node for block in blocks for node in self.block(block, depth)]

    def block(self, block: d.Block, depth: int) -> Nodes:
        match block:
            case d.Paragraph(children=(d.Image() as image,)):
                return [{"t": "figure", "c": [self.image(image)]}]
            case d.Paragraph(children=children):
                self.broken = False
                return [{"t": "p", "c": self.inlines(children), "long": self.broken}]
            case d.Heading(level=level, children=children, anchor=anchor):
                return [self.heading(level, children, anchor, depth)]
            case d.List(items=items, ordered=ordered, start=start, tight=tight):
                rows: list[dict[str, Any]] = [
                    {"c": self.blocks(i.blocks, depth + 1), "checked": i.checked} for i in items
                ]
                if tight:  # no paragraphs of their own: a nested list follows at the distance of a line
                    for node in (node for row in rows for node in row["c"] if node["t"] == "p"):
                        node["tight"] = True
                return [{"t": "list", "ordered": ordered, "start": start, "tight": tight, "items": rows}]
            case d.DefinitionList(items=terms):
                return [{"t": "terms", "items": [self.term(item, depth) for item in terms]}]
            case d.CodeBlock(text=text, language=language):
                lines = code(text.rstrip("\n"), self.warn)
                return [{"t": "codeblock", "v": lines, "lang": label(language)}]
            case d.BlockQuote():
                if depth >= MAX_FRAMES and verdicts.in_text(self, block.prose) is None:
                    self.warn(
                        "A quotation in {where} is nested too deeply; its words are printed without its frame"
                    )
                    return self.blocks(block.blocks, depth + 1)
                return [verdicts.block_quote(self, block, depth)]
            case d.Table():
                return table(self, block)
            case d.Rule():
                return [{"t": "rule"}]
            case d.MathBlock(tex=tex):
                return [{"t": "mathblock", "c": [self.math(tex, True)]}]
            case d.Todo(children=children):
                self.todos += 1
                return [{"t": "todo", "label": self.mark(f"todo-{self.todos}"), "c": self.inlines(children)}]
            case d.QuoteBlock(slug=slug):
                return [self.quote(slug, depth)]
            case d.TimelineBlock():
                return self.timeline()
            case d.TheoriesBlock():
                return self.all_theories()
        self.warn(f"{type(block).__name__} in {{where}} can't be printed yet")
        return []

    def heading(self, level: int, children: tuple[d.Inline, ...], anchor: str, depth: int) -> Node:
        """A heading of the body, never more than one level below the one before it: PDF/UA forbids gaps."""
        wanted = self.heading_base + max(level, 3) - 3
        level = max(self.heading_base, min(wanted, self.heading_last + 1, 6))
        if not depth:
            self.heading_last = level
        words = label(d.plain(children)) or "Untitled"
        if depth:  # inside a quotation or list: no part of the report's outline
            name = self.mark(f"in-{anchor}") if anchor else ""
            return {"t": "subhead", "label": name, "c": self.inlines(children)}
        name = self.head(f"in-{anchor}", words)
        return {"t": "heading", "level": level, "label": name, "c": self.inlines(children)}

    def term(self, item: d.DefinitionItem, depth: int) -> Node:
        definitions = [self.blocks(blocks, depth + 1) for blocks in item.definitions]
        return {"term": self.inlines(item.term), "c": definitions}

    # ------------------------------------------------------------------ what the tree places

    def quote(self, slug: str, depth: int) -> Node:
        raise NotImplementedError

    def timeline(self) -> Nodes:
        raise NotImplementedError

    def all_theories(self) -> Nodes:
        raise NotImplementedError
