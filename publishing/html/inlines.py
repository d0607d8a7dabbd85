"""The inlines of the document tree as HTML, and what is remembered while one page is written."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from papers.passages import Shot
from publishing import document as tree
from publishing.document import Document, plain
from publishing.html import checking, parts as html_parts
from publishing.html.differing import Said, with_differences
from publishing.html.markup import breakable, join, mark, safe_href, said, tag

MOST_DEPTH = 60  # of blocks or inlines within one another; deeper ones are written as plain words

ADMIN = {
    "report": "papers_report",
    "section": "papers_section",
    "paper": "papers_paper",
    "quote": "quotes_quote",
    "event": "timeline_timelineevent",
    "theory": "timeline_theory",
}


@dataclass
class InlineWriter:
    """Writes inlines. `edit` adds links into the admin; `sizes` holds width and height by picture address.

    `shots` holds the pictures of passages by the id of their check. Without `own_pages` no quotation or
    source is linked to its own page: those of an old version may have none today.
    """

    document: Document
    edit: bool = False
    peeks: bool = True
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shots: Mapping[int, tuple[Shot, ...]] = field(default_factory=dict)
    own_pages: bool = True

    def __post_init__(self) -> None:
        document = self.document
        self.editors = document.audience == "editors"
        self.paper_by_key = document.paper_by_key
        self.source_by_key = document.source_by_key
        self.formula_by_tex = document.formula_by_tex
        self.event_by_slug = document.event_by_slug
        self.theory_by_slug = document.theory_by_slug
        self.quote_by_slug = document.quote_by_slug
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

    def write_link(self, row: int | None, heading: str) -> SafeString:
        """A link to the text of a section that has none yet, for signed-in editors; else ""."""
        if not self.edit or row is None:
            return mark_safe("")
        href = reverse(f"admin:{ADMIN['section']}_change", args=[row]) + "#id_body"
        return tag("a", "Write", said(f" “{heading}”"), class_="btn", href=href)

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
            case tree.Quoted(children=children, prose=prose):
                return self.quoted(children, prose)
            case Said(text=text, lack=lack):
                return tag("span", text, class_="said lack" if lack else "said")
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
                    words, kind = breakable(text), "address"
                case _:
                    words, kind = self.inlines(node.children), ""
        return self.anchor(href, words, title=node.title or None, class_=kind or None)

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
        # The MathML is pandoc's, cleaned by publishing.formulas; beside it an error speaks of the PDF alone.
        found = mark_safe(formula.mathml) if formula else ""
        error = formula.error if formula and self.editors else ""
        return join(
            [
                found or tag("code", tex, class_="tex"),
                " " if error else "",
                self.unknown(error) if error else "",
            ]
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
        differences = quote.check.differences if quote.check else ()
        with self.within(in_link=True):
            parts = [
                self.inlines(b.children) if isinstance(b, tree.Paragraph) else join([plain((b,))])  # type: ignore[arg-type]
                for b in with_differences(html_parts.quote_blocks(quote), differences)
            ]
        spoken = tag(
            "span", "“", join(parts, between=" "), "”", class_="words", id=self.claim(f"quote-{quote.slug}")
        )
        former = self.former("quote-", quote.former_slugs)
        check = checking.inline_badge(self, quote) if quote.check else ""
        where = html_parts.origin(self, quote, brief=True)
        return join([former, spoken, " " if check else "", check, " " if where else "", where])

    def prose_quote(self, prose: int) -> tree.ProseQuote | None:
        """The quotation at this place of `Document.prose`; None in a text that was parsed by itself."""
        found = self.document.prose
        return found[prose - 1] if 0 < prose <= len(found) else None

    def quoted(self, children: tuple[tree.Inline, ...], prose: int) -> SafeString:
        """Words in quotation marks that are a quotation without a row, and what a check found behind them."""
        quote = self.prose_quote(prose)
        if quote is None:
            return tag("span", self.inlines(children), class_="words")
        differences = quote.check.differences if quote.check else ()
        words = self.inlines(with_differences(children, differences))
        spoken = tag("span", words, class_="words", id=self.claim(quote.anchor))
        return join([spoken, " ", checking.inline_badge(self, quote)])

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
