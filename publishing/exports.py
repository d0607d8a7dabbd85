"""The report as a file: Markdown, JSON or PDF, each from the tree alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from papers.models import Picture
from publishing import document as tree, exchange, typst
from publishing.document import Document
from publishing.html import timeline_svg

log = logging.getLogger(__name__)

CONTENT_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
}


class UnknownFormat(ValueError):
    """There is no such format."""


@dataclass(frozen=True)
class Export:
    """A file to be sent or written. `warnings` say what it does not show as written."""

    data: bytes
    content_type: str
    filename: str
    warnings: tuple[str, ...] = ()


def export(document: Document, format: str, address: str = "", *, log_warnings: bool = True) -> Export:
    """Write `document` as "md", "json" or "pdf". `address` is printed in the PDF, default the report's.
    `log_warnings` is for callers that do not show the warnings themselves.

    Raises `UnknownFormat`, and `typst.PdfError` if no PDF can be made.
    """
    warnings: tuple[str, ...] = ()
    match format:
        case "md":
            data = exchange.to_markdown(document).encode()
        case "json":
            data = exchange.to_json(document).encode()
        case "pdf":
            made = typst.pdf(
                document,
                address=address or report_address(document),
                pictures=pictures(document),
                timeline=timeline_svg.line(document.events),
            )
            data, warnings = made.data, made.warnings
            for warning in warnings if log_warnings else ():
                log.warning("PDF of %s: %s", document.slug, warning)
        case _:
            raise UnknownFormat(f"There is no format “{format}”. Choose one of {', '.join(CONTENT_TYPES)}.")
    return Export(data, CONTENT_TYPES[format], f"{document.slug}.{format}", warnings)


def report_address(document: Document) -> str:
    """Where the report is read, if the site knows its own name; else ""."""
    return f"{settings.SITE_URL}/{document.slug}/" if settings.SITE_URL else ""


def pictures(document: Document) -> Mapping[str, Path]:
    """The files of the pictures that the document shows, by their address."""
    shown = {node.src for node in tree.walk(document) if isinstance(node, tree.Image)}
    if not any(src.startswith(settings.MEDIA_URL) for src in shown):
        return {}
    rows = Picture.objects.filter(report__slug=document.slug).select_related("report")
    return {
        picture.get_absolute_url(): Path(picture.file.path)
        for picture in rows
        if picture.get_absolute_url() in shown
    }
