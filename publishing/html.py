"""The document tree as HTML, for the page, the editor's preview and the feed.

Everything is made from the `Document` alone. A `Writer` holds what has to be remembered while one
page is written: which ids are taken, where each work was cited, how deep the headings are.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from publishing import document as tree
from publishing import html_parts, timeline_svg
from publishing.document import Document, plain, walk
from publishing.markup import breakable, fragment, join, mark, safe_href, said, tag

MOST_DEPTH = 60  # of blocks or inlines within one another; deeper ones are written as plain words

# No anchor or slug of a report can hold a colon, so nothing of it has this id.
LIST = "timeline:list"

ADMIN = {
    "report": "papers_report",
    "section": "papers_section",
    "paper": "papers_paper",
    "quote": "quotes_quote",
    "event": "timeline_timelineevent",
    "theory": "timeline_theory",
}


def blocks(blocks: Iterable[tree.Block], document: Document) -> SafeString:
    """Blocks as HTML."""
    return Writer(document).blocks(blocks)


def inlines(children: Iterable[tree.Inline], document: Document) -> SafeString:
    """A run of inlines as HTML."""
    return Writer(document).inlines(children)


def body(body: tree.Body, document: Document) -> SafeString:
    """A body: its blocks, then its footnotes as a small list with links back."""
    return Writer(document).body(body)


def quote(quote: tree.Quote, document: Document) -> SafeString:
    """A quotation as `<figure class="quote">`."""
    return Writer(document).quote(quote)


def timeline(document: Document) -> SafeString:
    """All events: the drawn line, then the list."""
    return Writer(document).timeline()


def theories(document: Document) -> SafeString:
    """All theories with their evidence."""
    return Writer(document).theories()


@dataclass
class Writer:
    """Writes one page. `edit` adds links into the admin; `sizes` holds width and height by picture address."""

    document: Document
    edit: bool = False
    peeks: bool = True
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        document = self.document
        self.editors = document.audience == "editors"
        self.paper_by_key = document.paper_by_key
        self.source_by_key = document.source_by_key
        self.formula_by_tex = document.formula_by_tex
        self.event_by_slug = _with_former(document.events)
        self.theory_by_slug = _with_former(document.theories)
        self.quote_by_slug = _with_former(document.quotes)
        self.section_by_anchor = {s.anchor: s for s in document.all_sections()}
        for section in document.all_sections():
            for former in section.former_anchors:
                self.section_by_anchor.setdefault(former, section)
        # Two equal todos are two; one object that stands twice in the tree is two as well.
        self.todo_numbers: dict[int, deque[int]] = defaultdict(deque)
        for number, todo in enumerate(document.todos, 1):
            self.todo_numbers[id(todo)].append(number)
        self.ids: set[str] = set()
        self.reserved = html_parts.reserved_ids(document)
        self.cited: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.outline: list[tuple[int, str, str]] = []  # level, id and words of each heading in a body
        self.place = ""  # the words of the heading that what is written now stands under
        self.level = 2  # of the heading that what is written now stands under
        self.depth = 0
        self.in_link = False
        self.timeline_done = self.theories_done = False

    # ----------------------------------------------------------------- ids and links

    def claim(self, name: str, *, reserved: bool = True) -> str | None:
        """`name` as an id if it is still free on this page, else None.

        Names that belong to a part of the report are kept for it: pass `reserved=False` for others.
        """
        if name in self.ids or (not reserved and name in self.reserved):
            return None
        self.ids.add(name)
        return name

    def free(self, name: str) -> str:
        """A free id that begins with `name`."""
        number, tried = 1, name
        while self.claim(tried, reserved=False) is None:
            number += 1
            tried = f"{name}-{number}"
        return tried

    def former(self, prefix: str, names: Iterable[str]) -> SafeString:
        """Empty marks under which old links still lead here."""
        ids = (self.claim(prefix + name, reserved=False) for name in names)
        return join(tag("span", id=name) for name in ids if name)

    def edit_link(self, kind: str, row: int | None, what: str, place: str = "") -> SafeString:
        """A link to the form of a row, for signed-in editors; else ""."""
        if not self.edit or row is None:
            return mark_safe("")
        href = reverse(f"admin:{ADMIN[kind]}_change", args=[row]) + place
        return tag("a", mark("pen"), "Edit", said(f" {what}"), class_="edit", href=href)

    def unknown(self, words: str) -> SafeString:
        """Something an editor should mend. Readers never see it."""
        return tag("span", words, class_="tag unknown")

    @contextmanager
    def within(self, **values: Any) -> Any:
        kept = {name: getattr(self, name) for name in values}
        for name, value in values.items():
            setattr(self, name, value)
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(self, name, value)

    # ----------------------------------------------------------------- inlines

    def inlines(self, children: Iterable[tree.Inline]) -> SafeString:
        if self.depth > MOST_DEPTH:
            return join([plain(tuple(children))])
        with self.within(depth=self.depth + 1):
            return join(self.inline(child) for child in children)

    def inline(self, node: tree.Inline) -> str:
        match node:
            case tree.Text(text=text):
                return text
            case tree.Break(hard=hard):
                return tag("br") if hard else "\n"
            case tree.Emphasis(children=children):
                return tag("em", self.inlines(children))
            case tree.Strong(children=children):
                return tag("strong", self.inlines(children))
            case tree.Strike(children=children):
                return tag("del", self.inlines(children), class_="struck")
            case tree.Code(text=text):
                return tag("code", text)
            case tree.Link():
                return self.link(node)
            case tree.Image():
                return self.image(node)
            case tree.Math(tex=tex, display=display):
                return self.math(tex, display)
            case tree.Citation():
                return self.citation(node)
            case tree.QuoteWords(slug=slug):
                return self.words(slug)
            case tree.Target():
                return self.target(node)
            case tree.FootnoteRef(number=number, again=again):
                return self.footnote_ref(number, again)
        raise TypeError(f"no HTML for {type(node).__name__}")

    def anchor(self, href: str, words: str, **attributes: Any) -> str:
        """A link, or within another link its words alone."""
        if self.in_link or not href:
            return words
        return tag("a", words, href=href, **attributes)

    def link(self, node: tree.Link) -> str:
        href = safe_href(node.href)
        with self.within(in_link=self.in_link or bool(href)):
            match node.children:
                case (tree.Text(text=text),) if "://" in text:
                    words = breakable(text)
                case _:
                    words = self.inlines(node.children)
        return self.anchor(href, words, title=node.title or None)

    def image(self, node: tree.Image) -> str:
        src = safe_href(node.src)
        if not src.startswith("/") or src.startswith("//"):
            # Pictures from elsewhere are not loaded: that would tell another site who reads this one.
            words = join([f"Picture: {node.alt or node.src}"])
            note = self.unknown("picture from elsewhere: upload it to show it") if self.editors else ""
            return join([self.anchor(src, words, title=node.title or None), " " if note else "", note])
        width, height = self.sizes.get(src, (None, None))
        return tag(
            "img", src=src, alt=node.alt, width=width, height=height, loading="lazy", title=node.title or None
        )

    def math(self, tex: str, display: bool) -> SafeString:
        formula = self.formula_by_tex.get((tex, display))
        if formula and formula.mathml and not formula.error:
            return mark_safe(formula.mathml)  # from pandoc, cleaned by publishing.formulas
        error = formula.error if formula and self.editors else ""
        return join(
            [tag("code", tex, class_="tex"), " " if error else "", self.unknown(error) if error else ""]
        )

    def citation(self, node: tree.Citation) -> SafeString:
        if node.in_text:
            return join((self.in_text(item) for item in node.items), between="; ")
        if len(node.items) == 1 and not node.items[0].prefix:
            return self.cite(node.items[0], "[", "]")
        items = []
        for item in node.items:
            items.append(join([f"{item.prefix} " if item.prefix else "", self.cite(item)]))
        return tag("span", "[", join(items, between="; "), "]", class_="cites")

    def in_text(self, item: tree.CiteItem) -> SafeString:
        paper = self.paper_by_key.get(item.key)
        name = paper.authors or html_parts.short_title(paper.title) if paper else ""
        return join([f"{name} " if name else "", self.cite(item, "[", "]")])

    def cite(self, item: tree.CiteItem, before: str = "", after: str = "") -> SafeString:
        """The number of a work as a link to the references, with what it is in the margin."""
        paper = self.paper_by_key.get(item.key)
        locator = f", {item.locator}" if item.locator else ""
        if paper is None or not paper.number:
            if self.editors:
                return self.unknown(f"unknown paper: {item.key}")
            return join([f"{before}{item.key}{locator}{after}"])
        words = f"{before}{paper.number}{locator}{after}"
        if self.in_link:
            return join([words])
        place = self.free(f"cite-{paper.number}-{len(self.cited[item.key]) + 1}")
        self.cited[item.key].append((place, self.place))
        if not self.peeks:
            return tag("a", words, class_="cite", href=f"#ref-{paper.number}", id=place)
        note = f"{place}:note"
        details = html_parts.details(paper)
        peek = tag(
            "span",
            tag("b", paper.title),
            f"{details}. " if details else "",
            f"{item.locator}." if item.locator else "",
            class_="peek",
            id=note,
            role="tooltip",
        )
        link = tag("a", words, class_="cite", href=f"#ref-{paper.number}", id=place, aria_describedby=note)
        return join([link, peek])

    def words(self, slug: str) -> SafeString:
        """A quotation within a line: its words in quotation marks, and where they stand."""
        quote = self.quote_by_slug.get(slug)
        if quote is None:
            return (
                self.unknown(f"unknown quotation: {slug}") if self.editors else join(["[quotation missing]"])
            )
        with self.within(in_link=True):
            parts = [
                self.inlines(b.children) if isinstance(b, tree.Paragraph) else join([plain((b,))])  # type: ignore[arg-type]
                for b in html_parts.quote_blocks(quote)
            ]
        spoken = tag(
            "span", "“", join(parts, between=" "), "”", class_="words", id=self.claim(f"quote-{quote.slug}")
        )
        former = self.former("quote-", quote.former_slugs)
        where = html_parts.origin(self, quote, brief=True)
        return join([former, spoken, " " if where else "", where])

    def target(self, node: tree.Target) -> str:
        href, label = html_parts.resolve(self, node.kind, node.slug)
        if label is None:
            if self.editors:
                return self.unknown(f"unknown {node.kind}: {node.slug}")
            return node.label or node.slug
        return self.anchor(href, join([node.label or label]))

    def footnote_ref(self, number: int, again: int) -> SafeString:
        if self.in_link:
            return tag("sup", str(number))
        name = f"fnref-{number}-{again}" if again else f"fnref-{number}"
        link = tag(
            "a",
            str(number),
            href=f"#fn-{number}",
            id=self.claim(name),
            class_="fnref",
            aria_label=f"Footnote {number}",
        )
        return tag("sup", link)

    # ----------------------------------------------------------------- blocks

    def blocks(self, nodes: Iterable[tree.Block], tight: bool = False) -> SafeString:
        nodes = tuple(nodes)
        if self.depth > MOST_DEPTH:
            words = " ".join(
                n.text for n in walk(nodes) if isinstance(n, tree.Text | tree.Code | tree.CodeBlock)
            )
            return tag("p", words)
        with self.within(depth=self.depth + 1):
            levels: list[int] = []
            written = []
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
            return join(written, between="\n")

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
            case tree.BlockQuote(blocks=inner):
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
        name = self.claim(node.anchor, reserved=False) if node.anchor else None
        name = name or self.free(node.anchor or "heading")
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
            written = self.blocks(body.blocks)
            if not body.footnotes:
                return written
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
            return join([written, tag("ol", *notes, class_="footnotes")], between="\n")

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


def _with_former(rows: Iterable[Any]) -> dict[str, Any]:
    """Rows by slug, and by the slugs they used to have where no other row has them now."""
    rows = tuple(rows)
    found = {row.slug: row for row in rows}
    for row in rows:
        for slug in row.former_slugs:
            found.setdefault(slug, row)
    return found
