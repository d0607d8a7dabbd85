"""The readable text of a web page, found by trafilatura in a process of its own with limits.

A page is anyone's, and the parsers that look for its text can be made to run for ever.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from papers.children import TooSlow, run

HERE = Path(__file__).parent


class WebTextError(Exception):
    """No text could be read; the message says why and what to do, in words for an editor."""


@dataclass(frozen=True)
class Limits:
    """What one page may cost: its bytes, seconds, bytes of address space."""

    bytes: int = 20 * 1024**2
    seconds: float = 40
    memory: int = 1024**3


def web_text(data: bytes, charset: str = "", *, limits: Limits = Limits()) -> str:  # noqa: B008 (frozen)
    """The text a reader sees: headings, paragraphs, lists and tables, a line each; no menus.

    `charset` is the encoding that the server stated, "" if none. Raises WebTextError for a page
    without text or beyond a limit.
    """
    if len(data) > limits.bytes:
        raise WebTextError(
            f"This page has {len(data) / 1024**2:.0f} MB; at most {limits.bytes / 1024**2:g} MB are read. Save "
            "it as PDF in your browser, and upload that as a source of the kind PDF."
        )
    with tempfile.TemporaryDirectory(prefix="webtext-") as name:
        folder = Path(name)
        (folder / "in.html").write_bytes(data)
        job = {"charset": charset}
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        _run(folder, limits)
        try:
            result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            result = {"error": "the reader needed more memory or time than it may use"}
    if error := result.get("error"):
        raise WebTextError(
            f"The text of this page could not be read: {error}. Save the page as PDF in your browser, and "
            "upload that as a source of the kind PDF."
        )
    text: str = result["text"].strip()
    if not text:
        raise WebTextError(
            "This page holds no readable text: it is made by scripts, or asks for a sign-in or a consent first. "
            "Save the page as PDF in your browser, and upload that as a source of the kind PDF."
        )
    return text


def _run(folder: Path, limits: Limits) -> None:
    try:
        run(
            HERE / "webtext_child.py",
            folder,
            seconds=limits.seconds,
            memory=limits.memory,
            output=128 * 1024**2,
        )
    except TooSlow:
        raise WebTextError(
            f"This page was not read after {limits.seconds:g} seconds, and the reader was stopped. Save it as "
            "PDF in your browser, and upload that as a source of the kind PDF."
        ) from None
