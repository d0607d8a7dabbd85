"""Read the text of one web page, in a process of its own: `python -I webtext_child.py FOLDER`.

FOLDER/job.json says how; FOLDER/result.json is the answer. The file is run by its path and imports nothing
of the site, so that the process holds no settings, no secrets and no database.
"""

from __future__ import annotations

import codecs
import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
# What pages declare and browsers read as its superset.
SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


def limit(job: dict[str, Any]) -> None:
    """Set the limits of this process; a system that lacks one keeps the parent's clock."""
    for name, amount in (
        ("RLIMIT_AS", job["memory"]),
        ("RLIMIT_CPU", job["cpu"]),
        ("RLIMIT_FSIZE", 128 * 1024**2),
        ("RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (amount, amount))
        except (ValueError, OSError, AttributeError):
            continue


def decoded(data: bytes, charset: str) -> str:
    """The page as text: by its own mark, the server's word, its own word, or as UTF-8 or Western."""
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return data.decode(name, "replace")
    meta = META.search(data[:4096])
    for name in (charset, meta.group(1).decode("ascii", "replace") if meta else ""):
        try:
            known = codecs.lookup(name).name if name else ""
            if known and not known.startswith("utf-16"):  # a page that says so in ASCII is not
                return data.decode(SUPERSETS.get(known, known), "strict")
        except (LookupError, ValueError, AttributeError):
            continue
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(data: bytes, charset: str) -> str:
    import trafilatura  # after the limits are set: they hold for its parsers too

    page = decoded(data, charset)
    text = trafilatura.extract(
        page,
        output_format="txt",
        favor_recall=True,  # a paragraph too many does no harm, one too few fails a quotation
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        include_links=False,
        deduplicate=False,
    )
    return text or trafilatura.html2txt(page) or ""


def main() -> None:
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text("utf-8"))
    limit(job)
    try:
        result = {"text": read((folder / "in.html").read_bytes(), job["charset"])}
    except MemoryError:
        result = {"error": "the reader needed more memory than it may use"}
    # A parser may raise anything on what anybody wrote; the page is then one that can't be read.
    except Exception as error:
        result = {"error": f"the reader failed on it ({type(error).__name__})"}
    (folder / "result.json").write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
