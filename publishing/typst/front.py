"""The title block: how old the report is, how finished, what is still to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from publishing import document as d
from publishing.masthead import counted
from publishing.typst.nodes import Node, Nodes, Writer, join
from publishing.typst.verdicts import MONTHS

MOST_NAMED = 12  # links in one sentence of the notice
MOST_MARKS = 40  # sections that the title block shows a mark each of


def moment(when: dt.datetime) -> str:
    """ "28 January 2025, 19:20 UTC", whatever the locale."""
    when = when.astimezone(dt.UTC) if when.tzinfo else when
    return f"{when.day} {MONTHS[when.month]} {when.year}, {when:%H:%M} UTC"


class Front(Writer):
    """What stands before the first section."""

    def state(self) -> str:
        doc = self.document
        words = [doc.edition] if doc.edition else []
        if doc.version:
            words.append(f"version {doc.version}" if words else f"Version {doc.version}")
        if doc.updated:
            words.append(("last updated " if words else "Last updated ") + moment(doc.updated))
        return ", ".join(words)

    def marks(self) -> list[str]:
        doc = self.document
        states = ["done" if doc.summary else "todo"]
        states += ["inbox" if s.kind == "inbox" else s.state for s in doc.sections]
        return states if len(states) <= MOST_MARKS else []

    def notice(self) -> Node | None:
        doc = self.document
        if not doc.unfinished:
            return None
        sentences: list[Nodes] = []
        if doc.todo_count:
            links: Nodes = [] if doc.summary else [self.to("in-summary", ["Summary"])]
            links += self.links(doc.todo_sections)
            many = counted(doc.section_count, "section")
            sentences.append([f"{doc.todo_count} of {many} still to do: ", *self.listed(links), "."])
        drafts = self.links(s for s in doc.sections if s.state == "draft" and s.kind != "inbox")
        if drafts:
            sentences.append([f"Draft{'s' * (len(drafts) > 1)}: ", *self.listed(drafts), "."])
        if inbox := self.links(s for s in doc.sections if s.kind == "inbox"):
            sentences.append(["Not yet organised: ", *self.listed(inbox), "."])
        if notes := len(doc.todos):
            words = "one note" if notes == 1 else f"{notes} notes"
            sentences.append(["In the text: ", self.to("todo-1", [words]), " of what is to be added."])
        if doc.version:
            sentences.append([f"What is here can be read and cited as version {doc.version}."])
        return {"c": self.text(doc.notice), "more": join(sentences, " ")}

    def links(self, sections: Iterable[d.Section]) -> Nodes:
        return [self.to(f"in-{s.anchor}", self.text(s.heading)) for s in sections]

    def listed(self, items: Nodes) -> Nodes:
        """ "a, b and c"; of many the first dozen."""
        more = len(items) - MOST_NAMED
        if more > 1:
            return [*join([[item] for item in items[:MOST_NAMED]], ", "), f" and {more} more"]
        if len(items) < 2:
            return items
        return [*join([[item] for item in items[:-1]], ", "), " and ", items[-1]]
