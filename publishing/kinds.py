"""The kinds of content a report consists of, and which of their fields are words and which are facts.

The history's lines, differences and restores all go by this one list.
"""

from __future__ import annotations

from dataclasses import dataclass

from papers.changes import ContentModel
from papers.models import Paper, Report, Section, Source
from quotes.models import Quote
from timeline.models import Evidence, Theory, TimelineEvent


@dataclass(frozen=True)
class Kind:
    """`words` are compared word by word, `facts` as a whole; both are (field, label) in the order shown."""

    name: str
    model: type[ContentModel]
    noun: str
    words: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...] = ()


# In the order in which rows can be made: each after what it points to.
KINDS: tuple[Kind, ...] = (
    Kind(
        "report",
        Report,
        "report",
        (
            ("title", "title"),
            ("subtitle", "subtitle"),
            ("people", "people"),
            ("notice", "notice"),
            ("summary", "summary"),
            ("acknowledgements", "acknowledgements"),
        ),
        (("language", "language"),),
    ),
    Kind(
        "paper",
        Paper,
        "paper",
        (("title", "title"), ("authors", "authors"), ("venue", "journal or venue")),
        (
            ("key", "key"),
            ("year", "year"),
            ("doi", "DOI"),
            ("arxiv", "arXiv id"),
            ("url", "address"),
            ("in_summary", "listed in the summary"),
        ),
    ),
    Kind(
        "source",
        Source,
        "source",
        (("title", "title"), ("author", "author"), ("text", "text of the post")),
        (
            ("key", "key"),
            ("kind", "kind"),
            ("url", "address"),
            ("paper", "paper"),
            ("published", "date or time"),
            ("copied_by", "copied by"),
            ("licence", "licence"),
        ),
    ),
    Kind(
        "section",
        Section,
        "section",
        (("heading", "heading"), ("body", "text")),
        (
            ("state", "state"),
            ("kind", "kind"),
            ("visibility", "visibility"),
            ("paper", "paper"),
            ("anchor", "anchor"),
        ),
    ),
    Kind(
        "quote",
        Quote,
        "quotation",
        (("text", "words"), ("attribution", "attribution"), ("note", "author’s note")),
        (("source", "source"), ("locator", "page"), ("url", "address"), ("slug", "slug")),
    ),
    Kind("event", TimelineEvent, "event", (("text", "text"),), (("when", "date"), ("slug", "slug"))),
    Kind(
        "theory",
        Theory,
        "theory",
        (("title", "title"), ("proposed_by", "proposed by"), ("body", "text")),
        (("state", "state"), ("slug", "slug")),
    ),
    Kind(
        "evidence",
        Evidence,
        "evidence",
        (("note", "note"),),
        (
            ("stance", "speaks"),
            ("quote", "quotation"),
            ("paper", "paper"),
            ("event", "event"),
            ("url", "address"),
        ),
    ),
)
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}
BY_MODEL: dict[type[ContentModel], Kind] = {kind.model: kind for kind in KINDS}

LABEL_LENGTH = 70  # characters of a label


def label(kind: str, row: object) -> str:
    """What a row, or a part of the tree, is called in a list: its heading, title or first words."""
    names = {
        "section": "heading",
        "quote": "text",
        "event": "text",
        "paper": "title",
        "theory": "title",
        "source": "title",
        "report": "title",
        "evidence": "note",
    }
    words = " ".join(str(getattr(row, names[kind], "")).split())
    words = words or str(getattr(row, "key", "") or getattr(row, "url", ""))
    if len(words) > LABEL_LENGTH:
        words = words[: LABEL_LENGTH - 1].rsplit(" ", 1)[0] + "…"
    return f"“{words}”" if kind == "quote" and words else words


def item_id(kind: str, row: int | None) -> str:
    """The id of a row's place on the page of a difference."""
    return f"{kind}:{row}" if kind != "report" else kind
