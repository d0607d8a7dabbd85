"""Quotations that people write in their text: which are found, and which of their words are checked."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from papers.archive import archive, keep
from papers.models import Paper, Source
from publishing import assemble, markdown, prose, verification
from tests import pdfs, world
from tests.test_publishing_sources import LAST, PDF, REST

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


def found(body):
    return prose.mark(markdown.parse(body), 1)[1]


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


# --------------------------------------------------------------------------- where and in which marks

WORDS = LAST.rstrip(".")


@pytest.mark.parametrize(
    "body",
    [
        f"| a | b |\n|---|---|\n| “{LAST}” [@alpha, p. iii] | x |",
        f"| “{LAST}” [@alpha, p. iii] | b |\n|---|---|\n| a | x |",
        f"### “{WORDS}” [@alpha, p. iii]",
        f"“{WORDS}” [@alpha, p. iii]\n: means this",
        f"Term\n: “{LAST}” [@alpha, p. iii]",
        f"- “{LAST}” [@alpha, p. iii]",
        f"x[^1]\n\n[^1]: “{LAST}” [@alpha, p. iii]",
        *(
            f"They say {opening}{LAST}{closing} [@alpha, p. iii]."
            for opening, closing in ("‘’", "‚‘", "‚’", "''", "‹›", "›‹", "“”", '""', "„“", "«»", "»«")
        ),
        f"The 'so-called' don't and ‘others’ say ‘{LAST}’ [@alpha, p. iii].",
    ],
)
def test_a_quotation_with_a_citation_is_found_wherever_it_stands(client, w, body):
    (quote,) = checked(w, body)
    assert (quote.words.rstrip("."), quote.check.verdict, quote.locator) == (WORDS, "verbatim", "p. iii")
    assert f'id="{quote.anchor}"' in client.get("/reasoning/").content.decode()


@pytest.mark.parametrize(
    "body, words",
    [
        ("‘Don’t trust the models’ answers’ [@alpha]", ["Don’t trust the models’ answers"]),
        ("'Don't trust the models' answers' [@alpha]", ["Don't trust the models' answers"]),
        ("‘It is “new” to us’ [@alpha]", ["It is “new” to us"]),
        ("the models’ [@alpha] and James' [@alpha] and rock ’n’ roll", []),
        ("‘words without any citation that are long enough to want a source’ and so on", []),
        ("‘a “word or more” [@alpha] here’ [^1] and\n\n[^1]: x", ["word or more"]),
        ("don't and isn't [@alpha]", []),
        ("### “Words without any citation that are long enough to want a source”", []),
    ],
)
def test_single_marks_are_a_quotation_only_before_a_citation_and_never_an_apostrophe(body, words):
    assert [q.words for q in found(body)] == words


@pytest.fixture
def beta(w):
    """A second work with an archived text, in which the words of the first do not stand."""
    paper = Paper.objects.get(report=w.report, key="beta")
    with w.change():
        source = Source(report=w.report, key="second", kind="pdf", title="Second", paper=paper)
        source.full_clean()
        source.save()
    keep(
        source,
        pdfs.typeset("Of elephants and their memory this paper tells a great many things."),
        name="b.pdf",
    )
    return source


@pytest.mark.parametrize("items", ["@beta, p. 1; @alpha, p. iii", "see @alpha, p. iii; @beta, p. 1"])
def test_of_several_cited_works_the_one_that_has_the_words_counts_and_is_named(w, beta, items):
    (quote,) = checked(w, f"They say “{LAST}” [{items}].")
    assert (quote.check.verdict, quote.key, quote.locator) == ("verbatim", "alpha", "p. iii")
    assert quote.source == w.source.key
    assert not verification.verify_report(w.report).made


def test_words_that_none_of_several_works_has_do_not_pass(w, beta):
    (quote,) = checked(w, f"They say “{FALSE}” [@beta; @alpha].")
    assert quote.check.verdict == "not_found"


def test_a_work_that_cannot_be_looked_into_may_have_the_words(w):
    (quote,) = checked(w, f"They say “{FALSE}” [@alpha; @beta].")
    assert (quote.check.verdict, quote.key) == ("unchecked", "beta")
