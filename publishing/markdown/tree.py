"""From markdown-it's tokens to the blocks and inlines of `publishing.document`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from publishing.document import (
    Block,
    BlockQuote,
    Break,
    Citation,
    CiteItem,
    Code,
    CodeBlock,
    DefinitionItem,
    DefinitionList,
    Emphasis,
    Footnote,
    FootnoteRef,
    Heading,
    Image,
    Inline,
    Link,
    List,
    ListItem,
    Math,
    MathBlock,
    Paragraph,
    QuoteBlock,
    QuoteWords,
    Rule,
    Strike,
    Strong,
    Table,
    Target,
    Text,
    TheoriesBlock,
    TimelineBlock,
    Todo,
    plain,
)
from publishing.markdown.inlines import allowed_image, allowed_link
from publishing.markdown.notes import Notes

MAX_INLINE = 20  # emphasis within emphasis

_WRAPPERS: dict[str, Callable[[tuple[Inline, ...]], Inline]] = {
    "em": Emphasis,
    "strong": Strong,
    "s": Strike,
}


class TreeBuilder:
    """Turns markdown-it's tokens into the tree, and numbers footnotes and anchors on the way."""

    def __init__(
        self, env: dict[str, object], notes: Notes, first_footnote: int = 1, anchor_prefix: str = ""
    ) -> None:
        self.env = env
        self.notes = notes
        self.first_footnote = first_footnote
        self.anchor_prefix = anchor_prefix + "-" if anchor_prefix else ""
        self.anchors: dict[str, int] = {}
        self.used_labels: set[str] = set()
        # Footnotes by label, or by markdown-it's number for those that stand where they are read.
        self.defined: dict[str | int, tuple[str, int, Sequence[Token]]] = {}
        self.numbers: dict[str | int, int] = {}
        self.references: dict[str | int, int] = {}

    def build(self, tokens: Sequence[Token]) -> tuple[tuple[Block, ...], tuple[Footnote, ...]]:
        """The blocks of a body, and its footnotes in order of their numbers."""
        self._see_labels(tokens)
        rest = self._take_footnotes(tokens)
        blocks = self.blocks(rest)
        footnotes: list[Footnote] = []
        # A footnote may hold the first reference to another one, so the list grows while it is read.
        self._build_footnotes(footnotes)
        for key, (label, line, _) in self.defined.items():
            if key not in self.numbers:
                self.notes.warn(
                    line,
                    f"Nothing refers to the footnote [^{label}], so it stands at the end without a mark in "
                    f"the text: write [^{label}] where it belongs, or delete it.",
                )
                self._number(key)
                self._build_footnotes(footnotes)
        return blocks, tuple(footnotes)

    def _build_footnotes(self, footnotes: list[Footnote]) -> None:
        while len(footnotes) < len(self.numbers):
            for key in list(self.numbers)[len(footnotes) :]:
                footnotes.append(self._footnote(key, self.numbers[key]))

    def _number(self, key: str | int) -> int:
        return self.numbers.setdefault(key, self.first_footnote + len(self.numbers))

    def _footnote(self, key: str | int, number: int) -> Footnote:
        if isinstance(key, int) and key >= 0:
            listed: dict[int, dict[str, list[Token]]] = self.env["footnotes"]["list"]  # type: ignore[index]
            return Footnote(number, "", (Paragraph(self.inlines(listed[key]["tokens"])),))
        label, _, tokens = self.defined[key]
        return Footnote(number, label, self.blocks(tokens))

    def _see_labels(self, tokens: Sequence[Token]) -> None:
        """Find the labels of `[label]: address` that some link or image uses."""
        children = [child for token in tokens for child in token.children or ()]
        listed: dict[int, dict[str, list[Token]]] = self.env.get("footnotes", {}).get("list", {})  # type: ignore[attr-defined]
        for note in listed.values():
            children.extend(note.get("tokens", []))
        for child in children:
            href = child.attrs.get("src" if child.type == "image" else "href", "")
            if child.type == "link_open" or (child.type == "image" and allowed_image(str(href))):
                self.used_labels.add(child.meta.get("label", ""))

    def _take_footnotes(self, tokens: Sequence[Token]) -> list[Token]:
        """Take the footnotes' own tokens out of the stream; the first of one label is referred to."""
        stack: list[tuple[Token | None, list[Token]]] = [(None, [])]
        found: list[tuple[str, int, Sequence[Token]]] = []
        for token in tokens:
            if token.type == "footnote_reference_open":
                stack.append((token, []))
            elif token.type == "footnote_reference_close":
                opening, inner = stack.pop()
                if opening is not None:
                    line = opening.map[0] + 1 if opening.map else 1
                    found.append((opening.meta["label"], line, inner))
            else:
                stack[-1][1].append(token)
        for count, (label, line, content) in enumerate(sorted(found, key=lambda note: note[1])):
            if label in self.defined:
                self.notes.warn(line, f"[^{label}] is defined twice: give this footnote another label.")
            self.defined[-1 - count if label in self.defined else label] = (label, line, content)
        return stack[0][1]

    # ------------------------------------------------------------------- blocks

    def blocks(self, tokens: Sequence[Token]) -> tuple[Block, ...]:
        found: list[Block] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            end = _end(tokens, index)
            found.extend(self._block(token, tokens[index + 1 : end], token.map[0] + 1 if token.map else 0))
            index = end + 1
        return tuple(found)

    def _block(self, token: Token, inner: Sequence[Token], line: int) -> list[Block]:
        """The blocks that one token and what it encloses stand for: mostly one."""
        match token.type:
            case "paragraph_open":
                return self._paragraph(token, inner, line)
            case "heading_open":
                words = self._words(inner)
                return [Heading(max(3, int(token.tag[1])), words, self._anchor(words), line=line)]
            case "bullet_list_open" | "ordered_list_open":
                return [self._list(token, inner, line)]
            case "dl_open":
                return [self._definitions(inner, line)]
            case "table_open":
                return [self._table(inner, line)]
            case "blockquote_open":
                return [BlockQuote(self.blocks(inner), line=line)]
            case "fence" | "code_block":
                return [CodeBlock(token.content.removesuffix("\n"), token.info.strip(), line=line)]
            case "math_block":
                return [MathBlock(token.content, line=line)]
            case "hr":
                return [Rule(line=line)]
            case "definition" if token.meta["label"] in self.used_labels and token.meta["label"]:
                return []
            case _:  # "raw", and a "definition" that nothing uses: the words as typed
                typed = token.content.strip("\n")
                return [Paragraph((Text(typed),), line=line)] if typed.strip() else []

    def _paragraph(self, token: Token, inner: Sequence[Token], line: int) -> list[Block]:
        if "embeds" in token.meta:
            return [
                QuoteBlock(slug, line=line + offset)
                if slug
                else TimelineBlock(line=line + offset)
                if part == "timeline"
                else TheoriesBlock(line=line + offset)
                for offset, (slug, part) in enumerate(token.meta["embeds"])
            ]
        words = self._words(inner)
        if token.meta.get("todo"):
            return [Todo(words, line=line)]
        return [Paragraph(words, line=line)] if words else []

    def _list(self, token: Token, inner: Sequence[Token], line: int) -> List:
        items = tuple(
            ListItem(self.blocks(content), checked=item.meta.get("checked"))
            for item, content in _parts(inner)
        )
        loose = any(
            child.type == "paragraph_open" and child.level == token.level + 2 and not child.hidden
            for child in inner
        )
        start = int(token.attrs.get("start", 1))
        return List(items, token.type == "ordered_list_open", start, not loose, line=line)

    def _definitions(self, inner: Sequence[Token], line: int) -> DefinitionList:
        items: list[DefinitionItem] = []
        for part, content in _parts(inner):
            if part.type == "dt_open":
                items.append(DefinitionItem(self._words(content), ()))
            else:
                last = items[-1]
                items[-1] = DefinitionItem(last.term, (*last.definitions, self.blocks(content)))
        return DefinitionList(tuple(items), line=line)

    def _table(self, inner: Sequence[Token], line: int) -> Table:
        rows: list[tuple[tuple[Inline, ...], ...]] = []
        align: list[str] = []
        for _, part in _parts(inner):
            for _, row in _parts(part):
                cells = _parts(row)
                if not rows:
                    styles = [str(cell.attrs.get("style", "")) for cell, _ in cells]
                    align = [style.removeprefix("text-align:") for style in styles]
                rows.append(tuple(self._words(content) for _, content in cells))
        return Table(tuple(align), rows[0], tuple(rows[1:]), line=line)

    def _anchor(self, words: tuple[Inline, ...]) -> str:
        slug = self.anchor_prefix + (slugify(plain(words)) or "heading")
        anchor = slug
        while anchor in self.anchors:
            self.anchors[slug] += 1
            anchor = f"{slug}-{self.anchors[slug]}"
        self.anchors[anchor] = 1
        return anchor

    def _words(self, tokens: Sequence[Token]) -> tuple[Inline, ...]:
        return self.inlines([child for token in tokens for child in token.children or ()])

    # ------------------------------------------------------------------- inlines

    def inlines(self, tokens: Sequence[Token]) -> tuple[Inline, ...]:
        """Build the inlines of one run; iterative, since emphasis may be nested without end."""
        stack: list[tuple[Token | None, list[Inline]]] = [(None, [])]
        for token in tokens:
            name = token.type.removesuffix("_open").removesuffix("_close")
            if token.nesting == 1 and len(stack) > MAX_INLINE:
                stack.append((token, [Text(token.markup or "[")]))
            elif token.nesting == 1:
                stack.append((token, []))
            elif token.nesting == -1:
                opening, children = stack.pop()
                assert opening is not None
                if len(stack) > MAX_INLINE:
                    made = [*children, Text(token.markup or f"]({opening.attrs.get('href', '')})")]
                elif name == "link":
                    made = self._link(opening, tuple(_joined(children)))
                else:
                    made = [_WRAPPERS[name](tuple(_joined(children)))] if children else []
                stack[-1][1].extend(made)
            else:
                stack[-1][1].append(self._inline(token))
        return tuple(_joined(stack[0][1]))

    def _inline(self, token: Token) -> Inline:
        match token.type:
            case "softbreak" | "hardbreak":
                return Break(hard=token.type == "hardbreak")
            case "code_inline":
                return Code(token.content)
            case "math_inline":
                return Math(token.content, token.meta["display"])
            case "image":
                return self._image(token)
            case "citation":
                items = tuple(CiteItem(*item) for item in token.meta["items"])
                return Citation(items, in_text=token.meta["in_text"])
            case "embed" if token.meta["kind"] == "quote":
                return QuoteWords(token.meta["slug"])
            case "embed":
                return Target(token.meta["kind"], token.meta["slug"], token.meta["label"])
            case "footnote_ref":
                return self._reference(token)
            case _:
                return Text(token.content)

    def _link(self, opening: Token, children: tuple[Inline, ...]) -> list[Inline]:
        href = str(opening.attrs.get("href", ""))
        if not allowed_link(href):  # `[words]()`: markdown-it takes a link to nowhere
            return [Text("["), *children, Text("]()")]
        return [Link(href, children, str(opening.attrs.get("title", "")))]

    def _image(self, token: Token) -> Inline:
        src = str(token.attrs.get("src", ""))
        if not allowed_image(src):
            return Text(str(token.meta["source"]))
        simple = {"text", "softbreak", "hardbreak", "em_open", "em_close", "strong_open", "strong_close"}
        children = token.children or []
        alt = token.content
        if all(child.type in simple for child in children):
            alt = "".join(" " if child.type.endswith("break") else child.content for child in children)
        return Image(src, " ".join(alt.split()), str(token.attrs.get("title", "")))

    def _reference(self, token: Token) -> FootnoteRef:
        key: str | int = token.meta["label"] if "label" in token.meta else token.meta["id"]
        again = self.references.get(key, 0)
        self.references[key] = again + 1
        return FootnoteRef(self._number(key), again)


def slugify(text: str) -> str:
    """Lower-case letters and digits of any script, joined by single hyphens; "" if there are none."""
    kept = (
        # Marks are vowels and accents where no composed letter exists, as in Hindi.
        char if char.isalnum() or unicodedata.category(char).startswith("M") else "-"
        for char in unicodedata.normalize("NFKC", text).lower()
    )
    return re.sub("-+", "-", "".join(kept)).strip("-")


def _end(tokens: Sequence[Token], index: int) -> int:
    """The index of the token that closes the one at `index`; itself if it encloses nothing."""
    depth = 0
    while True:
        depth += tokens[index].nesting
        if depth == 0:
            return index
        index += 1


def _parts(tokens: Sequence[Token]) -> list[tuple[Token, Sequence[Token]]]:
    """The outermost tokens with what each encloses."""
    found: list[tuple[Token, Sequence[Token]]] = []
    index = 0
    while index < len(tokens):
        end = _end(tokens, index)
        found.append((tokens[index], tokens[index + 1 : end]))
        index = end + 1
    return found


def _joined(inlines: Sequence[Inline]) -> list[Inline]:
    """Neighbouring texts as one; a run of empty ones as none."""
    found: list[Inline] = []
    run: list[str] = []
    for inline in inlines:
        if isinstance(inline, Text):
            run.append(inline.text)
            continue
        if text := "".join(run):
            found.append(Text(text))
        run = []
        found.append(inline)
    if text := "".join(run):
        found.append(Text(text))
    return found
