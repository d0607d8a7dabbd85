"""The document tree as HTML, for the page, the editor's preview and the feed.

Everything is made from the `Document` alone. A `Writer` holds what has to be remembered while one
page is written: which ids are taken, where each work was cited, how deep the headings are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.safestring import SafeString, mark_safe

from publishing import document as tree
from publishing.document import Document, plain, walk
from publishing.html import parts as html_parts, timeline_svg
from publishing.html.inlines import MOST_DEPTH, InlineWriter
from publishing.html.markup import fragment, join, mark, safe_href, said, tag

# No anchor or slug of a report can hold a colon, so nothing of it has this id.
LIST = "timeline:list"
# Of blocks in order, and the same with the line of the source that each begins on.
Written = list[SafeString | str]
Pieces = list[tuple[int, SafeString | str]]


def blocks(blocks: Iterable[tree.Block], document: Document) -> SafeString:
    """Blocks as HTML."""
    return Writer(document).blocks(blocks)


def inlines(children: Iterable[tree.Inline], document: Document) -> SafeString:
    """A run of inlines as HTML."""
    return Writer(document).inlines(children)


def body(body: tree.Body, document: Document) -> SafeString:
    """A body: its blocks, then its footnotes as a small list with links back."""
    return Writer(document).body(body)


def pieces(body: tree.Body, document: Document) -> Pieces:
    """The same in pieces: each block with the line of the source it begins on; the footnotes with line 0."""
    return Writer(document).pieces(body)


def quote(quote: tree.Quote, document: Document) -> SafeString:
    """A quotation as `<figure class="quote">`."""
    return Writer(document).quote(quote)


def timeline(document: Document) -> SafeString:
    """All events: the drawn line, then the list."""
    return Writer(document).timeline()


def theories(document: Document) -> SafeString:
    """All theories with their evidence."""
    return Writer(document).theories()


class Writer(InlineWriter):
    """Writes one page: what `InlineWriter` does, and blocks."""

    # ----------------------------------------------------------------- blocks

    def blocks(self, nodes: Iterable[tree.Block], tight: bool = False) -> SafeString:
        return join(self.each(nodes, tight), between="\n")

    def each(self, nodes: Iterable[tree.Block], tight: bool = False) -> Written:
        nodes = tuple(nodes)
        if self.depth > MOST_DEPTH:
            words = " ".join(
                n.text for n in walk(nodes) if isinstance(n, tree.Text | tree.Code | tree.CodeBlock)
            )
            return [tag("p", words)]
        with self.within(depth=self.depth + 1):
            levels: list[int] = []
            written: Written = []
            for node in nodes:
                if isinstance(node, tree.Heading):
                    while levels and levels[-1] >= node.level:
                        levels.pop()
                    levels.append(node.level)
                    written.append(self.heading(node, min(6, self.level + len(levels))))
                elif isinstance(node, tree.Paragraph) and tight:
                    written.append(self.inlines(node.children))
                else:
                    written.append(join([self.block(node)]))
            return written

    def block(self, node: tree.Block) -> str:
        match node:
            case tree.Paragraph():
                return self.paragraph(node)
            case tree.List():
                return self.list(node)
            case tree.DefinitionList(items=items):
                return tag(
                    "dl",
                    *(
                        join(
                            [
                                tag("dt", self.inlines(i.term)),
                                *(tag("dd", self.blocks(d)) for d in i.definitions),
                            ]
                        )
                        for i in items
                    ),
                    class_="terms",
                )
            case tree.CodeBlock(text=text, language=language):
                code = tag("pre", tag("code", text))
                return self.scroll(code, f"Code, {language}" if language else "Code", "code-box")
            case tree.BlockQuote(blocks=inner, prose=prose):
                quotation = self.prose_quote(prose)
                if quotation is not None:
                    return html_parts.prose_figure(self, quotation, inner)
                return tag("blockquote", self.blocks(inner), class_="aside")
            case tree.Table():
                return self.table(node)
            case tree.Rule():
                return tag("hr")
            case tree.MathBlock(tex=tex):
                formula = self.math(tex, True)
                # A long formula scrolls in its own box, which the keyboard must reach.
                return (
                    self.scroll(formula, "Formula", "math")
                    if len(tex) > 40
                    else tag("div", formula, class_="math")
                )
            case tree.Todo():
                return self.todo(node)
            case tree.QuoteBlock(slug=slug):
                quote = self.quote_by_slug.get(slug)
                if quote is None:
                    return tag("p", self.unknown(f"unknown quotation: {slug}")) if self.editors else ""
                return self.quote(quote)
            case tree.TimelineBlock():
                return self.timeline()
            case tree.TheoriesBlock():
                return self.theories()
            case tree.Heading():
                return self.heading(node, min(6, self.level + 1))
        raise TypeError(f"no HTML for {type(node).__name__}")

    def scroll(self, inner: str, label: str, kind: str) -> SafeString:
        """A box in which what is too wide scrolls, and that the keyboard can reach."""
        return tag("div", inner, class_=f"scroll {kind}", tabindex=0, role="group", aria_label=label)

    def heading(self, node: tree.Heading, level: int) -> SafeString:
        # A section called "ref" with a heading "1" must not take the id of the first reference.
        taken = html_parts.PART_ID.match(node.anchor)
        name = self.free(f"heading:{node.anchor}" if taken else node.anchor or "heading:")
        self.place = plain(node.children)
        self.outline.append((level, name, self.place))
        links = (tree.Link, tree.Citation, tree.Target, tree.FootnoteRef, tree.QuoteWords)
        if any(isinstance(n, links) for n in walk(node.children)):
            words = self.inlines(node.children)
        else:
            words = join([tag("a", self.inlines(node.children), class_="anchor", href=fragment(name))])
        return tag(f"h{level}", words, id=name)

    def paragraph(self, node: tree.Paragraph) -> SafeString:
        match node.children:
            case (tree.Image() as image,) if safe_href(image.src).startswith("/"):
                caption = tag("figcaption", image.title) if image.title else ""
                picture = self.image(tree.Image(image.src, image.alt))
                return tag("figure", picture, caption, class_="picture")
        return tag("p", self.inlines(node.children))

    def list(self, node: tree.List) -> SafeString:
        items = []
        for item in node.items:
            inner: str = self.blocks(item.blocks, tight=node.tight)
            if item.checked is not None:
                box = mark("box-done" if item.checked else "box")
                inner = join([box, tag("span", said("Done: " if item.checked else "To do: "), inner)])
            items.append(tag("li", inner, class_="task" if item.checked is not None else None))
        if node.ordered:
            return tag("ol", *items, start=node.start if node.start != 1 else None)
        return tag("ul", *items)

    def table(self, node: tree.Table) -> SafeString:
        def cells(row: Sequence[tuple[tree.Inline, ...]], name: str) -> list[SafeString]:
            made = []
            for column, cell in enumerate(row):
                align = node.align[column] if column < len(node.align) else ""
                inner = self.inlines(cell)
                head = name == "th" and bool(inner.strip())
                made.append(
                    tag(
                        "th" if head else "td",
                        inner,
                        scope="col" if head else None,
                        class_=f"align-{align}" if align else None,
                    )
                )
            return made

        head = tag("thead", tag("tr", *cells(node.head, "th"))) if node.head else ""
        rows = tag("tbody", *(tag("tr", *cells(row, "td")) for row in node.rows)) if node.rows else ""
        return self.scroll(tag("table", head, rows), "Table", "table-box")

    def todo(self, node: tree.Todo) -> SafeString:
        waiting = self.todo_numbers[id(node)]
        name = self.claim(f"todo-{waiting.popleft()}") if waiting else None
        words = tag("p", tag("strong", "To do:"), " ", self.inlines(node.children), class_="say")
        hatch = tag("span", class_="hatch", aria_hidden="true")
        return tag("div", hatch, tag("div", words), class_="todo inline", id=name)

    def body(self, body: tree.Body, level: int | None = None) -> SafeString:
        """Blocks and footnotes of a body that stands under a heading of `level`."""
        with self.within(level=level or self.level):
            return join([part for _, part in self.pieces(body)], between="\n")

    def pieces(self, body: tree.Body) -> Pieces:
        """The same in pieces: each block with the line of the source it begins on; the footnotes with line 0."""
        pieces = list(zip((block.line for block in body.blocks), self.each(body.blocks), strict=True))
        if body.footnotes:
            pieces.append((0, self.footnotes(body)))
        return pieces

    def footnotes(self, body: tree.Body) -> SafeString:
        refs = Counter(n.number for n in walk(body) if isinstance(n, tree.FootnoteRef))
        notes = []
        for note in body.footnotes:
            backs = [
                tag(
                    "a",
                    "↩",
                    tag("sup", str(again + 1)) if refs[note.number] > 1 else "",
                    href=f"#fnref-{note.number}-{again}" if again else f"#fnref-{note.number}",
                    class_="back",
                    aria_label=f"Back to the text{f', place {again + 1}' if again else ''}",
                )
                for again in range(refs[note.number])
            ]
            inner = self.blocks(note.blocks)
            notes.append(
                tag(
                    "li",
                    tag("div", inner, " ", join(backs, between=" ")),
                    id=self.claim(f"fn-{note.number}"),
                    value=note.number,
                )
            )
        return tag("ol", *notes, class_="footnotes")

    # ----------------------------------------------------------------- what has rows of its own

    def quote(self, quote: tree.Quote) -> SafeString:
        """A quotation as a figure. The first time it stands on the page it carries its id."""
        return html_parts.figure(self, quote)

    def timeline(self) -> SafeString:
        """All events, once; a second place gets a link to the first."""
        if not self.document.events:
            return tag("p", "No events yet.", class_="quiet") if self.editors else mark_safe("")
        if self.timeline_done:
            return tag("p", tag("a", "The timeline stands further up.", href=f"#{LIST}"))
        self.timeline_done = True
        drawn, numbered = timeline_svg.line(self.document.events)
        items = [
            html_parts.event(self, number if numbered else 0, e)
            for number, e in enumerate(self.document.events, 1)
        ]
        return join(
            [
                self.scroll(drawn, "The timeline, drawn", "line") if drawn else "",
                tag("ol", *items, class_="events numbered" if numbered else "events", id=LIST),
            ]
        )

    def theories(self) -> SafeString:
        """All theories, once; a second place gets a link to the first."""
        theories = self.document.theories
        if not theories:
            return tag("p", "No theories yet.", class_="quiet") if self.editors else mark_safe("")
        if self.theories_done:
            first = fragment(f"theory-{theories[0].slug}")
            return tag("p", tag("a", "The theories stand further up.", href=first))
        self.theories_done = True
        return join(html_parts.theory(self, t) for t in theories)
