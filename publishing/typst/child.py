"""Run Typst once, in a process of its own that papers/children.py starts.

FOLDER/job.json says what to do, FOLDER/tree.json with what; the PDF and a report of what happened are
written beside them. This imports nothing of the site, so that the process holds no settings, no secrets
and no database. Formulas are tried here because one that Typst can't read fails the whole
export: all at once first, then by halves.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

# A formula is checked alone, in the same words by which the template draws it.
TRY = b"""#let formulas = json(bytes(sys.inputs.formulas))
#for f in formulas { math.equation(block: f.block, alt: "x", eval(f.typst, mode: "math")) }
"""


def plainly(error: Exception) -> str:
    """The first line of what Typst says, without paths of the temporary folder."""
    text = getattr(error, "message", "") or str(error)
    return re.sub(r"\s+", " ", text).strip()[:300]


class Typesetter:
    """One set of fonts and one root for all runs of this process."""

    def __init__(self, job: dict[str, Any]) -> None:
        import typst  # after the limits are set: they hold for its threads too

        self.error = typst.TypstError
        self.fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=job["fonts"]
        )
        self.compiler: Any = typst.Compiler
        self.root = job["root"]
        self.timestamp = job["timestamp"]

    def run(self, source: str | bytes, inputs: dict[str, str], standard: str = "") -> tuple[bytes, list[str]]:
        nowhere = str(Path(self.root) / "none")
        compiler = self.compiler(
            source,
            root=self.root,
            font_paths=self.fonts,
            sys_inputs=inputs,
            package_path=nowhere,
            package_cache_path=nowhere,
        )
        options: dict[str, Any] = {"format": "pdf", "timestamp": self.timestamp}
        if standard:
            options["pdf_standards"] = standard
        data, warnings = compiler.compile_with_warnings(**options)
        if not isinstance(data, bytes):
            raise TypeError("Typst gave no PDF")
        return data, [plainly(warning) for warning in warnings]

    def bad(self, formulas: list[dict[str, Any]]) -> dict[int, str]:
        """Which of `formulas` Typst can't read, by their ids, and why."""
        try:
            self.run(TRY, {"formulas": json.dumps(formulas)})
        except self.error as error:
            if len(formulas) == 1:
                return {formulas[0]["id"]: plainly(error)}
            middle = len(formulas) // 2
            return self.bad(formulas[:middle]) | self.bad(formulas[middle:])
        return {}


def typeset(job: dict[str, Any], tree: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Compile to PDF/UA-1; without the formulas that fail; else to a tagged PDF 1.7 and say why."""
    setter = Typesetter(job)
    source = str(Path(job["root"]) / "report.typ")
    bad: dict[int, str] = {}

    def attempt(standard: str) -> tuple[bytes, list[str]]:
        return setter.run(source, {"tree": json.dumps(tree)}, standard)

    refused = ""
    try:
        data, warnings = attempt("ua-1")
    except setter.error as error:
        refused = plainly(error)
        formulas = list(tree["formulas"])
        bad = setter.bad(formulas) if formulas else {}
        for formula in formulas:
            formula["bad"] = formula["id"] in bad
        if bad:
            try:
                data, warnings = attempt("ua-1")
                refused = ""
            except setter.error as again:
                refused = plainly(again)
        if refused:
            data, warnings = attempt("")
    return data, {
        "standard": "1.7" if refused else "ua-1",
        "refused": refused,
        "bad": bad,
        "warnings": warnings,
    }


def main(place: str) -> None:
    folder = Path(place)
    job = json.loads((folder / "job.json").read_text("utf-8"))
    tree = json.loads((folder / "tree.json").read_text("utf-8"))
    try:
        data, result = typeset(job, tree)
    except MemoryError:
        result = {"error": "memory"}
    except ImportError as error:
        # The loader says "failed to map segment" where there is no room for the library.
        short = "map segment" in str(error) or "allocate" in str(error)
        result = {
            "error": "memory" if short else "the package typst can't be loaded; install requirements.txt"
        }
    except Exception as error:  # whatever Typst raises is told to the parent, never lost
        result = {"error": f"{type(error).__name__}: {plainly(error)}"}
    else:
        (folder / "out.pdf").write_bytes(data)
    (folder / "result.json").write_text(json.dumps(result), "utf-8")
