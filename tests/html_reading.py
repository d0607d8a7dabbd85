"""Reads HTML as a browser would see it, enough to ask questions of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)
    parent: Element | None = None

    def __iter__(self):
        """Every element below this one, in reading order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    def all(self, name="", /, **attributes):
        """Those with this name and these attributes (`class_` holds one of the classes)."""
        return [
            e
            for e in self
            if (not name or e.name == name) and all(e.has(k, v) for k, v in attributes.items())
        ]

    def one(self, name="", /, **attributes):
        found = self.all(name, **attributes)
        assert len(found) == 1, f"{len(found)} of {name} {attributes}"
        return found[0]

    def has(self, key, value):
        key = key.rstrip("_").replace("_", "-")
        given = self.attributes.get(key)
        return value in (given or "").split() if key == "class" else given == value

    @property
    def text(self):
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def words(self):
        return " ".join(self.text.split())

    @property
    def above(self):
        found, at = [], self.parent
        while at is not None:
            found.append(at.name)
            at = at.parent
        return found


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", {})

    def handle_starttag(self, tag, attrs, closed=False):
        new = Element(tag, {k: v or "" for k, v in attrs}, parent=self.at)
        self.at.children.append(new)
        if tag not in VOID and not closed:
            self.at = new

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs, closed=True)

    def handle_endtag(self, tag):
        assert self.at.name == tag, f"</{tag}> closes <{self.at.name}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def read(html):
    """The tree of an HTML text. Fails where a tag is not closed or closed by another's end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.name}> is not closed"
    return reader.root
