"""A document tree as a PDF, typeset by Typst in a process of its own with limits."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from papers.children import TooSlow, run
from publishing.document import Document
from publishing.typst.glyphs import FONTS
from publishing.typst.tree import TooLarge, Tree

HERE = Path(__file__).parent
TEMPLATES = ("report.typ", "parts.typ", "marks.typ", "verdicts.typ")
NO_PICTURES: Mapping[str, Path] = MappingProxyType({})


class PdfError(Exception):
    """No PDF could be made; the message says why, in words for an editor."""


@dataclass(frozen=True)
class Pdf:
    """`standard` is "ua-1" (accessible PDF/UA-1) or "1.7" (tagged only); `warnings` are for editors."""

    data: bytes
    standard: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What one PDF may cost: seconds of wall clock and of both cores, bytes of address space and of file."""

    seconds: float = 30
    memory: int = 2 * 1024**3
    output: int = 256 * 1024**2


def pdf(
    document: Document,
    *,
    address: str = "",
    pictures: Mapping[str, Path] = NO_PICTURES,
    timeline: tuple[str, bool] = ("", False),
    limits: Limits = Limits(),  # noqa: B008 (frozen, without state)
) -> Pdf:
    """Typeset `document` as an A4 PDF: PDF/UA-1 where the content allows, else tagged PDF 1.7.

    `address` is the permanent address of this text, printed in the title block and at the foot;
    `pictures` maps `Image.src` to a file. `timeline` is the page's drawing of the events (an `<svg>`, or
    "" for the list alone) and whether the events are numbered in it. The same arguments give the same
    bytes. What could not be shown as written (a character without a glyph, a missing picture, a formula)
    is in `warnings`.
    Raises PdfError if even the plain PDF fails, or a limit is hit.
    """
    with tempfile.TemporaryDirectory(prefix="pdf-") as name:
        folder = Path(name)
        root = folder / "root"
        root.mkdir()
        try:
            tree = Tree(document, address=address, pictures=pictures, folder=root, drawing=timeline)
            data = tree.build()
        except TooLarge as error:
            raise PdfError(str(error)) from None
        for template in TEMPLATES:
            shutil.copy(HERE / "templates" / template, root)
        job = {
            "root": str(root),
            "fonts": [str(FONTS)],
            "timestamp": _seconds(document.updated),
        }
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        (folder / "tree.json").write_text(json.dumps(data), "utf-8")
        _run(folder, limits)
        result = _result(folder)
        return Pdf(
            (folder / "out.pdf").read_bytes(), result["standard"], tuple(_warnings(tree, data, result))
        )


def _seconds(when: dt.datetime | None) -> int:
    """Seconds since 1970; a moment without a time zone is UTC, so that no machine's zone is in the bytes."""
    if when is None:
        return 0
    return max(0, int((when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()))


def _run(folder: Path, limits: Limits) -> None:
    try:
        run(
            HERE / "child.py",
            folder,
            seconds=limits.seconds,
            memory=limits.memory,
            output=limits.output,
            cores=2,
        )
    except TooSlow:
        raise PdfError(
            f"The PDF was not ready after {limits.seconds:g} seconds and was stopped. "
            "Shorten the report, or its largest table or formula, and try again."
        ) from None


def _result(folder: Path) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        # Typst aborts when it can't allocate, and the kernel ends it when its time is up.
        result = {"error": "memory"}
    if result.get("error") == "memory":
        raise PdfError(
            "The PDF needed more memory or time than it may use and was stopped. "
            "Shorten the report, or its largest table or picture, and try again."
        )
    if "error" in result:
        raise PdfError(f"Typst could not set this report: {result['error']}")
    return result


def _warnings(tree: Tree, data: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """What an editor should know, each once, in reading order."""
    told = list(tree.warnings)
    formulas = {str(formula["id"]): formula["tex"] for formula in data["formulas"]}
    for number, reason in result["bad"].items():
        told.append(f"The formula “{formulas[number]}” is shown as its TeX: {reason}")
    if result["refused"]:
        told.append(f"The PDF is tagged, but is not PDF/UA-1: {result['refused']}")
    told.extend(f"Typst says: {warning}" for warning in result["warnings"])
    return list(dict.fromkeys(told))
