"""Quotations that people write in their text: which are found, and which of their words are checked."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from papers.archive import archive, keep
from publishing import assemble, verification
from tests import world
from tests.test_publishing_sources import PDF, REST

FALSE = "Elephants never forgive and all results were invented by us"


@pytest.fixture(autouse=True)
def _nothing_kept(settings, tmp_path):
    cache.clear()
    settings.DATA_DIR = tmp_path
    archive._setup()


@pytest.fixture
def w(db):
    w = world.build()
    keep(w.source, PDF, name="alpha.pdf")
    return w


def checked(w, body):
    """The quotations of `body` with their verdicts."""
    w.draft.refresh_from_db()
    with w.change():
        w.draft.body = body
        w.draft.save()
    w.report.refresh_from_db()
    verification.verify_report(w.report)
    w.report.refresh_from_db()
    return assemble.document(w.report, audience=assemble.EDITORS).prose


def quoted(*parts):
    """A block quotation of true words, with `parts` below them."""
    lines = "\n\n".join((REST, *parts, "[@alpha, p. ii]")).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


# --------------------------------------------------------------------------- every word that is seen is checked

KINDS = {
    "list": quoted(f"- {FALSE}."),
    "list with numbers": quoted(f"1. {FALSE}."),
    "list in a list": quoted(f"- The\n  - {FALSE}."),
    "code": quoted(f"```\n{FALSE}\n```"),
    "heading": quoted(f"### {FALSE}"),
    "table": quoted(f"| a | b |\n|---|---|\n| {FALSE} | x |"),
    "head of a table": quoted(f"| {FALSE} | b |\n|---|---|\n| a | x |"),
    "definition": quoted(f"Term\n: {FALSE}"),
    "term": quoted(f"{FALSE}\n: page"),
    "todo": quoted(f"TODO {FALSE}."),
    "formula": quoted(f"$$\\text{{{FALSE}}}$$"),
    "formula in a line": quoted(f"So $\\text{{{FALSE}}}$."),
    "block quotation": quoted(f"> {FALSE}"),
    "other quotation": quoted("[[quote:robust]]"),
    "other quotation in a line": quoted("So [[quote:robust]] it is."),
    "timeline": quoted("[[timeline]]"),
    "theories": quoted("[[theories]]"),
    "picture": quoted("![](https://example.org/x.png)"),
    "words before a citation": f"> {FALSE} [@alpha]\n>\n> {REST}\n>\n> [@alpha, p. ii]",
    "name of a work": f"> {REST} Says @beta.\n>\n> [@alpha, p. ii]",
    "in marks: other quotation": f"“{REST} [[quote:robust]]” [@alpha, p. ii]",
    "in marks: link": f"“{REST} [{FALSE}](https://example.org)” [@alpha, p. ii]",
    "in marks: code": f"“{REST} `{FALSE}`” [@alpha, p. ii]",
    "in marks: part of the report": f"“{REST} [[section:draft]]” [@alpha, p. ii]",
    "in marks: picture": f"“{REST} ![](https://example.org/x.png)” [@alpha, p. ii]",
    "in marks: struck out": f"“{REST} ~~{FALSE}~~” [@alpha, p. ii]",
}


@pytest.mark.parametrize("body", KINDS.values(), ids=KINDS)
def test_no_kind_of_block_or_inline_hides_invented_words(w, body):
    assert [q.check.verdict for q in checked(w, body)] in (["altered"], ["not_found"], ["unchecked"])


@pytest.mark.parametrize(
    "body",
    [
        quoted(),
        f"> {REST}[^1]\n>\n> ***\n>\n> [@alpha, p. ii]\n\n[^1]: A note.",
        "> - The rest of the page\n> - says *other* things.\n>\n> [@alpha, p. ii]",
        "> ### The rest\n>\n> of the page says `other` things.\n>\n> [@alpha, p. ii]",
    ],
)
def test_true_words_pass_in_whatever_form(w, body):
    assert [q.check.verdict for q in checked(w, body)] == ["verbatim"]


def test_what_stands_in_the_brackets_of_a_citation_within_is_a_marked_edit(w):
    (quote,) = checked(w, "> The rest of the page [but see @beta] says other things.\n>\n> [@alpha, p. ii]")
    assert (quote.check.verdict, quote.check.edits) == ("edited", ("brackets",))
