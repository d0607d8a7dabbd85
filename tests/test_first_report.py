"""The first report, examples/deepseek-r1/report.md: every word of the original in its place.

The original itself stands beside the project, in ../shared/seeds; where it is missing, what is
compared with it is skipped.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from papers.models import Report
from papers.pdftext import pdf_text
from publishing import assemble, document as tree, exports
from publishing.exchange import read, to_markdown
from publishing.importing import import_report
from quotes.models import Quote
from tests import html_reading
from timeline.models import Evidence, Theory, TimelineEvent

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "examples" / "deepseek-r1" / "report.md"
BLOG_POST = ROOT / "tests" / "data" / "blog-post.md"
UPDATED = dt.datetime(2025, 1, 28, 19, 20, 59, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(db: None) -> tree.Document:
    call_command("import_report", str(REPORT), verbosity=0)
    return assemble.document(Report.objects.get(slug="deepseek-r1"))


@pytest.fixture(scope="module")
def original() -> list[str]:
    """The paragraphs of the original, as `plainly` makes them alike."""
    found = next(iter(sorted((ROOT.parent / "shared" / "seeds").glob("*.txt"))), None)
    if found is None:
        pytest.skip("the original is not beside the project (../shared/seeds/*.txt)")
    parts = re.split(r"\n\s*\n|\n(?=\s*(?:•|\d\.) )", found.read_text(encoding="utf-8"))
    return [words for part in parts if (words := plainly(part))]


def plainly(text: str) -> str:
    """Words alone: no bullets, numbers of a list, marks of quotations, marks before a source's name."""
    text = re.sub(r"^\s*(?:[•-]|\d\.)\s+", "", text)
    text = re.sub(r"\[1, p\. 1\]|\[1\]", " ", text)
    return " ".join(re.findall(r"[^\s“”\"'’:–-]+", text))


# --------------------------------------------------------------------------- every word, in order


def told(document: tree.Document) -> Iterator[str]:
    """The report's texts in reading order, as a reader meets them."""
    assert document.updated is not None
    yield f"Last Updated: {document.updated.strftime('%Y-%m-%dT%H:%M:%S%z')}"
    yield document.notice
    yield "Summary"
    yield from told_blocks(document, document.summary.blocks)
    for paper in document.papers:
        yield paper.title
    for section in document.sections:
        yield section.heading
        if section.state == "todo":
            yield "todo"
        yield from told_blocks(document, section.body.blocks)
    yield "Acknowledgements"
    yield from told_blocks(document, document.acknowledgements.blocks)
    yield "References"


def told_blocks(document: tree.Document, blocks: tuple[tree.Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block:
            case tree.Paragraph(children=children) | tree.Heading(children=children):
                yield tree.plain(children)
            case tree.Todo(children=children):
                yield "TODO: " + tree.plain(children)
            case tree.QuoteBlock(slug=slug):
                yield from told_quote(document.quote_by_slug[slug])
            case tree.TimelineBlock():
                yield from (tree.plain(event.children) for event in document.events)
            case tree.TheoriesBlock():
                for theory in document.theories:
                    yield theory.title
                    for item in theory.evidence:
                        yield from told_quote(document.quote_by_slug[item.quote])
            case _:
                raise AssertionError(f"the first report has no such block: {block}")


def told_quote(quote: tree.Quote) -> Iterator[str]:
    for block in quote.blocks:
        assert isinstance(block, tree.Paragraph)
        yield tree.plain(block.children)
    yield quote.attribution


def in_order(paragraphs: list[str], text: str) -> None:
    """Each paragraph stands in `text`, one after the other."""
    at = 0
    for words in paragraphs:
        found = text.find(words, at)
        assert found != -1, f"not in its place: {words}"
        at = found + len(words)


def test_the_tree_holds_every_paragraph_in_order(document: tree.Document, original: list[str]) -> None:
    in_order(original, " ".join(plainly(text) for text in told(document)))


def test_the_tree_holds_no_word_that_the_original_has_not(
    document: tree.Document, original: list[str]
) -> None:
    assert " ".join(" ".join(plainly(text) for text in told(document)).split()) == " ".join(original)


def test_the_page_holds_every_paragraph_in_order(
    document: tree.Document, original: list[str], client: Client
) -> None:
    page = html_reading.read(client.get("/deepseek-r1/").content.decode())
    (main,) = page.all("main")
    assert [time.attributes["datetime"] for time in page.all("time")][0] == UPDATED.isoformat()
    # The time stands on the page in words, and that a section is to do is said of the section.
    wanted = [words for words in original if words != "todo" and not words.startswith("Last Updated")]
    assert len(wanted) == len(original) - 4
    # An inline todo is a callout, with the mark in words of the page.
    in_order(
        [words.removeprefix("TODO").replace(" ", "") for words in wanted],
        plainly(shown(main)).replace(" ", ""),
    )
    assert len([part for part in page.all("section") if "to do" in part.words.lower()]) >= 3


def test_the_pdf_holds_every_paragraph_in_order(document: tree.Document, original: list[str]) -> None:
    """Sentence by sentence: between two of them a badge, a running head or a page's foot may stand."""
    made = exports.export(document, "pdf")
    assert made.warnings == ()
    pages = [page.text for page in pdf_text(made.data).pages]
    # The contents name the headings first; what is compared begins behind them.
    text = re.split(r"References\d+", "".join(lines_without_furniture(pages)), maxsplit=1)[1]
    wanted = [words for words in original if words != "todo" and not words.startswith("Last Updated")]
    sentences = [
        part
        for words in wanted[1:]
        for part in re.split(r"(?<=[.!])\s|\s(?=X Post|source X)", words.removeprefix("TODO "))
    ]
    in_order([re.sub(r"\s", "", part) for part in sentences], text)


def lines_without_furniture(pages: list[str]) -> Iterator[str]:
    """Each page's words without blanks, its running head and its foot left out."""
    for number, page in enumerate(pages, 1):
        lines = re.sub("[\ufffe\u2060]", "", page).splitlines()
        for line in lines:
            if re.fullmatch(r"page \d+ of \d+", line.strip()):
                continue
            if number > 1 and line is lines[0]:
                continue
            yield re.sub(r"\s", "", plainly(line))


def shown(element: html_reading.Element) -> str:
    """The text of a page without its own marks and badges."""
    aside = {"cite", "peek", "badge", "num", "check"}
    if aside & set((element.attributes.get("class") or "").split()) or element.name in ("svg", "h4"):
        return ""
    return " ".join(child if isinstance(child, str) else shown(child) for child in element.children)


# --------------------------------------------------------------------------- what is what


def test_the_parts_are_what_they_are(document: tree.Document) -> None:
    assert (document.title, document.updated) == ("Recent research from DeepSeek", UPDATED)
    assert (document.section_count, document.todo_count, len(document.papers)) == (7, 3, 3)
    assert [(s.anchor, s.state, s.kind, s.paper) for s in document.sections] == [
        ("deepseek-r1", "todo", "article", "deepseek-r1"),
        ("deepseek-v3", "todo", "article", "deepseek-v3"),
        ("deepseekmath", "todo", "article", "deepseekmath"),
        ("currently-misc-dumped", "draft", "inbox", ""),
        ("currently-unorganized", "draft", "inbox", ""),
        ("other-interesting-theories", "done", "article", ""),
    ]
    assert Quote.objects.count() == 7 and Theory.objects.count() == 1 and Evidence.objects.count() == 1
    assert [event.date for event in TimelineEvent.objects.all()] == [""]
    assert len(document.todos) == 1 and document.unfinished
    assert [source.kind for source in document.sources].count("post") == 3
    assert all(quote.number for quote in document.quotes)


def test_what_is_wrong_in_the_original_is_kept_for_the_check_to_find(document: tree.Document) -> None:
    quotes = document.quote_by_slug
    assert "that RL empower DeepSeek-R1-Zero" in quotes["rl-empower"].text
    assert "compu- tation" in quotes["test-time"].text
    found = [(q.locator, q.source, q.note) for q in document.quotes if q.source == "deepseek-r1-pdf"]
    assert found == [(page, "deepseek-r1-pdf", "edited") for page in ("6–7", "7", "8", "8")]
    assert "🚨" in quotes["bitter-lesson"].text


def test_editors_find_nothing_broken_in_it(document: tree.Document) -> None:
    editors = assemble.document(Report.objects.get(), audience="editors")
    assert editors.problems == ()


def test_a_second_import_changes_nothing(document: tree.Document) -> None:
    result = import_report(read(REPORT.read_text(encoding="utf-8")), None)
    assert not result.touched and not result.findings
    report = Report.objects.get()
    assert (report.version, report.content_updated_at) == (1, UPDATED)


def test_the_file_is_just_what_is_exported(document: tree.Document) -> None:
    editors = assemble.document(Report.objects.get(), audience="editors")
    assert to_markdown(editors) == REPORT.read_text(encoding="utf-8")


# --------------------------------------------------------------------------- as it was first written


def straight(value: Any) -> Any:
    """Every text of a tree with straight marks: a static blog curls them by itself."""
    if isinstance(value, str):
        return value.translate(str.maketrans("“”‘’", "\"\"''"))
    if isinstance(value, tuple):
        return tuple(straight(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return replace(value, **{name: straight(getattr(value, name)) for name in value.__dataclass_fields__})
    return value


def test_the_blog_post_it_was_gives_the_same_tree() -> None:
    """Imported, both are the same but for what plain Markdown can't say, which is all named here."""
    plain = straight(read(BLOG_POST.read_text(encoding="utf-8")).document)
    ours = straight(read(REPORT.read_text(encoding="utf-8")).document)

    # Slugs are made from the first words, keys from the address.
    slugs = {
        theirs.slug: mine.slug for theirs in plain.quotes for mine in ours.quotes if theirs.text == mine.text
    }
    assert len(slugs) == 7
    keys = {a.key: b.key for a in plain.sources for b in ours.sources if a.url == b.url}
    assert len(keys) == 4

    def body(text: tree.Body) -> tree.Body:
        source = re.sub(r"\[\[quote:([^\]]+)\]\]", lambda found: f"[[quote:{slugs[found[1]]}]]", text.source)
        return tree.Body(source)

    plain = replace(
        plain,
        quotes=tuple(
            sorted(
                (replace(q, slug=slugs[q.slug], source=keys.get(q.source, "")) for q in plain.quotes),
                key=lambda quote: quote.slug,
            )
        ),
        sources=tuple(sorted((replace(s, key=keys[s.key]) for s in plain.sources), key=lambda s: s.key)),
        sections=tuple(replace(section, body=body(section.body)) for section in plain.sections),
        events=tuple(
            replace(event, slug=mine.slug) for event, mine in zip(plain.events, ours.events, strict=True)
        ),
        theories=tuple(
            replace(
                theory,
                slug=mine.slug,
                evidence=tuple(replace(e, quote=slugs[e.quote]) for e in theory.evidence),
            )
            for theory, mine in zip(plain.theories, ours.theories, strict=True)
        ),
    )
    # Pages of quotations; authors, years and arXiv ids of papers, and the sources of those that nothing
    # quotes yet; that a section is an inbox or written; and the citation of words quoted within a sentence.
    ours = replace(
        ours,
        sources=tuple(source for source in ours.sources if source.key in keys.values()),
        quotes=tuple(sorted((replace(q, locator="") for q in ours.quotes), key=lambda quote: quote.slug)),
        papers=tuple(
            replace(paper, authors="", year="", arxiv=theirs.arxiv)
            for paper, theirs in zip(ours.papers, plain.papers, strict=True)
        ),
        sections=tuple(
            replace(
                section,
                kind="article",
                state="draft" if section.state == "done" else section.state,
                body=tree.Body(section.body.source.replace(" [@deepseek-r1, p. 1]", "")),
            )
            for section in ours.sections
        ),
    )
    assert plain == ours


def test_every_paragraph_of_the_original_is_in_the_blog_post(original: list[str]) -> None:
    text = re.sub(r"\]\(https?://[^)]*\)|\[", " ", BLOG_POST.read_text(encoding="utf-8"))
    in_order(original, " ".join(filter(None, map(plainly, re.split(r"\n+", text)))).replace("## ", ""))


def test_the_blog_post_is_stored_without_an_error() -> None:
    result = import_report(read(BLOG_POST.read_text(encoding="utf-8")), None)
    assert not result.errors
    assert Report.objects.get().content_updated_at == UPDATED
