"""HTML, escaped by construction: a text becomes markup only through `tag()` and `join()`.

Nothing here or in the modules that build on it calls `mark_safe` on a text that came from a
report. The one piece of markup that is taken as it is are formulas, which `publishing.formulas`
has cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote as percent

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

VOID = frozenset(["br", "hr", "img", "wbr"])

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_SCHEME = re.compile(r"[^/?#]*:")
_WEB = re.compile(r"(?:https?://|mailto:)[^/?#]", re.IGNORECASE)
_BREAK_AFTER = re.compile(r"(?<=[^:/][/?&=#])(?=[^/?&=#])")  # not behind "https://"

Child = str | None
Attribute = str | float | bool | None


def join(parts: Iterable[Child], between: str = "") -> SafeString:
    """The parts one after the other; those that are not markup already are escaped."""
    return mark_safe(conditional_escape(between).join(conditional_escape(p) for p in parts if p))


def tag(name: str, *children: Child, **attributes: Attribute) -> SafeString:
    """An element. `class_` is `class`, `aria_label` is `aria-label`; None and False leave one out."""
    given = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        given.append(f" {key}" if value is True else f' {key}="{conditional_escape(str(value))}"')
    opened = f"<{name}{''.join(given)}>"
    if name in VOID:
        return mark_safe(opened)
    return mark_safe(f"{opened}{join(children)}</{name}>")


def mark(symbol: str, kind: str = "") -> SafeString:
    """A small shape from the page's own `<symbol>`s; its meaning always stands beside it in words.

    Their ids hold a colon, which no anchor of a report can.
    """
    use = tag("use", href=f"#m:{symbol}")
    return tag("svg", use, class_=f"m {kind}".strip(), aria_hidden="true")


def said(text: str) -> SafeString:
    """Words for those who listen to the page."""
    return tag("span", text, class_="vh")


def safe_href(href: str) -> str:
    """`href` if it is http, https, mailto or same-site, else "".

    The parser has refused all others already; this is the second lock. What a browser would read
    differently from what it looks like (control characters, backslashes) is refused too.
    """
    if not href or _UNSAFE.search(href) or href.startswith("//"):
        return ""
    if _SCHEME.match(href):
        return href if _WEB.match(href) else ""
    return href


def fragment(name: str) -> str:
    """The link to an id of this page."""
    return "#" + percent(name, safe="/:@!$&'()*+,;=?-._~")


def breakable(text: str) -> SafeString:
    """An address that may break behind its slashes; the text itself stays as it is."""
    return join(_BREAK_AFTER.split(text), between=tag("wbr"))
