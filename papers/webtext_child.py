"""Read the text of one web page, in a process of its own that papers/children.py starts.

FOLDER/job.json says how; FOLDER/result.json is the answer. This imports nothing of the site, so that the
process holds no settings, no secrets and no database.
"""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
# What pages declare and browsers read as its superset.
SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


def decoded(data: bytes, charset: str) -> str:
    """The page as text: by its own mark, the server's word, its own word, or as UTF-8 or Western."""
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return data.decode(name, "replace")
    meta = META.search(data[:4096])
    for name in (charset, meta.group(1).decode("ascii", "replace") if meta else ""):
        try:
            known = codecs.lookup(name).name if name else ""
            # A page that says UTF-16 in ASCII is not; the others are encodings of host names.
            if known not in ("", "idna", "punycode") and not known.startswith("utf-16"):
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


def main(place: str) -> None:
    folder = Path(place)
    job = json.loads((folder / "job.json").read_text("utf-8"))
    try:
        result = {"text": read((folder / "in.html").read_bytes(), job["charset"])}
    except MemoryError:
        result = {"error": "the reader needed more memory than it may use"}
    # A parser may raise anything on what anybody wrote; the page is then one that can't be read.
    except Exception as error:
        result = {"error": f"the reader failed on it ({type(error).__name__})"}
    (folder / "result.json").write_text(json.dumps(result), "utf-8")
