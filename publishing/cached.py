"""What anonymous readers get: made once for each stamp of a report, kept, sent again.

A key holds the report's stamp and the build, so nothing is ever invalidated by hand: what has
changed has another key.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import brotli  # type: ignore[import-untyped]
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from papers.models import Report

T = TypeVar("T")

KEPT = 30 * 24 * 3600  # seconds
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, quality=9),
    "gzip": lambda data: gzip.compress(data, compresslevel=9, mtime=0),
}


@functools.cache
def build() -> str:
    """A name for this version of the code, templates, styles and settings that shape a page."""
    found = hashlib.sha256()
    for folder, pattern in (
        ("publishing", "**/*.py"),
        ("publishing", "typst/templates/*.typ"),
        ("timeline", "*.py"),
        ("quotes", "*.py"),
        ("papers", "*.py"),
        ("templates", "**/*.html"),
        ("static", "**/*.*"),
    ):
        for path in sorted(Path(settings.BASE_DIR, folder).glob(pattern)):
            found.update(f"{path.name}\n".encode())
            found.update(path.read_bytes())
    shaping = (settings.VERSION, settings.SITE_URL, settings.STATIC_URL, settings.DEBUG)
    found.update(repr(shaping).encode())
    return found.hexdigest()[:12]


def key(report: Report, what: str) -> str:
    """The cache key of one rendering of a report as it stands now.

    The content's time tells a stamp from the same number in a database that was put back.
    """
    time = int(report.content_updated_at.timestamp())
    return f"{what}:{report.pk}:{report.stamp}:{time}:{build()}:{get_language() or ''}"


def kept(report: Report, what: str, make: Callable[[], T]) -> T:
    """What `make` returns, made once for the report as it stands now. Must not be None."""
    name = key(report, what)
    found: T | None = cache.get(name)
    if found is None:
        found = make()
        cache.set(name, found, KEPT)
    return found


def encoding(request: HttpRequest) -> str:
    """The best compression that both sides know: "br", "gzip" or ""."""
    accepted = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, quality = part.partition(";")
        accepted[name.strip()] = quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ENCODERS if accepted.get(name)), "")


def answer(
    request: HttpRequest,
    report: Report,
    what: str,
    make: Callable[[], bytes],
    content_type: str,
    *,
    compress: bool = True,
) -> HttpResponse:
    """The response to a reader: 304 if theirs is still right, else the kept bytes.

    Takes no query of its own. `make` gives the bytes uncompressed; it runs only when they are
    not kept.
    """
    chosen = encoding(request) if compress else ""
    tag = hashlib.sha256(f"{report.slug}:{key(report, what)}:{chosen}".encode()).hexdigest()[:20]
    etag = f'"{tag}"'
    response: HttpResponse | None = None
    # Only a client that holds a copy can be answered without the bytes.
    if "If-None-Match" in request.headers:
        response = get_conditional_response(request, etag=etag)
    if response is None:
        data: bytes
        if chosen:
            data = kept(report, f"{what}+{chosen}", lambda: ENCODERS[chosen](kept(report, what, make)))
        else:
            data = kept(report, what, make)
        response = HttpResponse(data, content_type=content_type)
        response["Content-Length"] = str(len(data))
        if chosen:
            response["Content-Encoding"] = chosen
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    if compress:
        patch_vary_headers(response, ["Accept-Encoding"])
    return response
