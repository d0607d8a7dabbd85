"""The page's drawing of the timeline, made ready for Typst: its classes get colours, its words a font.

The page colours the drawing by its style sheet, light or dark. Here the light colours stand in the file.
"""

from __future__ import annotations

import html
import re

STYLE = """
text{fill:#4d5156;font-family:"Public Sans";font-size:11px;text-anchor:middle}
.n{font-size:10.5px;font-weight:600} .inv{fill:#ffffff} .words{font-size:10.5px;text-anchor:start}
.grid{stroke:#dededa} .axis{stroke:#868a8c} .range{stroke:#1a1c1f;stroke-width:1.5;fill:none}
.known{fill:#1a1c1f} .vague,.unknown{fill:#ffffff;stroke:#4d5156} .unknown{stroke-dasharray:3 2.34}
.somewhere{stroke:#868a8c;stroke-dasharray:1.5 5} .blank{fill:#ffffff} .bar-of{fill:#4d5156}
stop{stop-color:#4d5156} .out{stop-opacity:0} .in{stop-opacity:.7}
"""


def ready(svg: str) -> tuple[str, str]:
    """`svg` as a file of its own, and its words for those who can't see it.

    Raises ValueError if it is no `<svg>` element with a label.
    """
    found = re.match(r"\s*<svg\b([^>]*)>", svg)
    label = re.search(r'aria-label="([^"]*)"', found.group(1)) if found else None
    if not found or not label:
        raise ValueError("the drawing is no <svg> with a label")
    name = "" if "xmlns=" in found.group(1) else ' xmlns="http://www.w3.org/2000/svg"'
    body = svg[found.end() :]
    return f"<svg{name}{found.group(1)}><style>{STYLE}</style>{body}", html.unescape(label.group(1))
