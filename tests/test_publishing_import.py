"""Import: all or nothing, once and only once, every fault with its line and how to mend it."""

from __future__ import annotations

import datetime as dt
import io
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from PIL import Image

from papers import archive
from papers.models import Paper, Picture, Report, Section, Source
from publishing import assemble
from publishing.document import Document
from publishing.exchange import read, read_json, to_json, to_markdown
from publishing.importing import Result, import_report
from quotes.models import Quote
from tests import pdfs
from tests.test_publishing_exchange import PHASES, SLOW, documents, written
from tests.world import World, build
from timeline.models import Evidence, Theory, TimelineEvent

pytestmark = pytest.mark.django_db

HEAD = "---\nformat: digestsite 1\ntitle: A report\nslug: a-report\nupdated: 2025-01-28T19:20:59+00:00\n"
SMALL = f"""{HEAD}papers:
  - key: one
    title: Paper one
sources:
  - key: one-pdf
    kind: pdf
    paper: one
---

## Summary {{#summary}}

What it says.

## First {{#first paper=one}}

[[quote:words]]

### Second {{#second}}

[[timeline]]

::: quote {{#words source=one-pdf page=3}}
Words of the paper.
:::

::: event {{#launch date=2025-01}}
It was launched.
:::

## Third {{#third state=done}}

[[theories]]

::: theory {{#rumour-a}}
### They say

::: evidence {{against quote=words}}
It says otherwise.
:::
:::
"""


@pytest.fixture
def world(db: None) -> World:
    return build()


def tree(slug: str = "a-report") -> Document:
    return assemble.document(Report.objects.get(slug=slug), audience="editors")


def content(document: Document) -> dict[str, Any]:
    """The JSON export without the checks, which are found anew and never imported."""
    value: dict[str, Any] = json.loads(to_json(document))
    assert isinstance(value.pop("checks"), list)
    return value


def store(text: str, **options: Any) -> Result:
    result = import_report(read(text), None, **options)
    assert not result.errors, result.errors
    return result


def run(path: Path, *args: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_report", str(path), *args, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"CommandError: {error}\n")
    return out.getvalue(), err.getvalue()


# --------------------------------------------------------------------------- there and back


class _Undo(Exception):
    pass


@settings(
    max_examples=12,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(documents(wild=False))
def test_import_export_import_is_the_identity_on_the_tree(db: None, document: Document) -> None:
    try:
        with transaction.atomic():
            store(to_markdown(document))
            first = tree(document.slug)
            assert written(first) == written(document)
            again = import_report(read(to_markdown(first)), None)
            assert not again.errors and not again.touched
            assert tree(document.slug) == first
            from_json = import_report(read_json(to_json(first)), None)
            assert not from_json.errors and not from_json.touched
            assert content(tree(document.slug)) == content(first)
            raise _Undo
    except _Undo:
        pass


def test_the_world_survives_deletion_and_import(world: World) -> None:
    """Every kind of row, made in the admin's way, is the same after export and import elsewhere."""
    before = assemble.document(world.report, audience="editors")
    text = to_markdown(before)
    assert not import_report(read(text), world.edda).touched
    moved = text.replace("slug: reasoning", "slug: elsewhere")
    assert moved != text
    store(moved)
    assert written(replace(tree("elsewhere"), slug="reasoning")) == written(before)


def test_a_second_import_writes_nothing() -> None:
    first = store(SMALL)
    assert first.version == 1 and first.created and not first.changed
    report = Report.objects.get()
    history = Section.history.count()
    second = store(SMALL)
    assert not second.touched and second.version == 1
    assert second.unchanged == len(first.created)
    assert Section.history.count() == history and report.changesets.count() == 1


def test_the_time_of_the_last_update_is_the_files() -> None:
    store(SMALL)
    assert Report.objects.get().content_updated_at == dt.datetime(2025, 1, 28, 19, 20, 59, tzinfo=dt.UTC)
    later = SMALL.replace("2025-01-28", "2025-02-01")
    result = store(later)
    assert Report.objects.get().content_updated_at.month == 1
    assert [finding.line for finding in result.findings] == [5]
    store(later.replace("What it says.", "What it says now."))
    assert Report.objects.get().content_updated_at.month == 2


def test_one_changed_word_is_one_changed_row() -> None:
    store(SMALL)
    result = store(SMALL.replace("They say", "Some say"))
    assert (result.created, result.changed, result.deleted) == ([], ["theory rumour-a"], [])
    assert Report.objects.get().version == 2


def test_what_the_file_lacks_is_deleted_and_listed() -> None:
    store(SMALL)
    start, end = SMALL.index("## Third"), len(SMALL)
    result = store(SMALL[:start] + SMALL[end:])
    assert result.deleted == [
        "evidence words of theory rumour-a",
        "theory rumour-a",
        "section third",
    ]
    assert not Theory.objects.exists() and not Evidence.objects.exists()


def test_everything_can_go_at_once() -> None:
    store(SMALL)
    store(f"{HEAD}---\n\n## New {{#new}}\n\nwords\n")
    for model in (Paper, Source, Quote, TimelineEvent, Theory, Evidence):
        assert not model.objects.exists()
    assert [section.anchor for section in Section.objects.all()] == ["new"]


def test_what_archived_copies_need_is_kept_and_said_to_be() -> None:
    store(SMALL)
    copy = archive.keep(Source.objects.get(), pdfs.paper()).copy
    result = store(f"{HEAD}---\n\n## New {{#new}}\n\nwords\n")
    assert Source.objects.get().files.get() == copy and Paper.objects.count() == 1
    assert not Quote.objects.exists() and "source one-pdf" not in result.deleted
    kept = sorted(f.message for f in result.findings if "is not in the file, and is kept" in f.message)
    assert [message.partition(" is not")[0] for message in kept] == ["paper one", "source one-pdf"]


def test_a_copy_for_readers_deletes_nothing(world: World) -> None:
    """Readers do not see editors' sections nor the text of a post: their copy can't take those away."""
    readers = to_markdown(assemble.document(world.report, audience="readers"))
    before = assemble.document(world.report, audience="editors")
    assert "audience: readers" in readers
    result = import_report(read(readers), world.edda)
    assert not result.errors and not result.deleted
    after = assemble.document(Report.objects.get(pk=world.report.pk), audience="editors")
    assert {s.anchor for s in after.all_sections()} == {s.anchor for s in before.all_sections()}
    assert after.source_by_key["post-1"].text == before.source_by_key["post-1"].text
    assert any("is kept" in finding.message for finding in result.findings)


def test_a_dry_run_says_the_same_and_stores_nothing() -> None:
    dry = store(SMALL, dry_run=True)
    assert dry.dry_run and not Report.objects.exists()
    assert store(SMALL).created == dry.created


def test_an_address_that_is_renamed_in_the_file_is_the_same_row() -> None:
    store(SMALL)
    row = Section.objects.get(anchor="second")
    result = store(SMALL.replace("{#second}", "{#later former=second}"))
    assert result.changed == ["section later"] and not result.created and not result.deleted
    row.refresh_from_db()
    assert (row.anchor, row.former_anchors) == ("later", ["second"])
    # An older copy takes the old address back, and the newer one still leads there.
    store(SMALL)
    row.refresh_from_db()
    assert (row.anchor, row.former_anchors) == ("second", ["later"])


def test_order_is_the_files_order() -> None:
    text = f"{HEAD}---\n\n## A {{#a}}\n\n## B {{#b}}\n\n### C {{#c}}\n\n### D {{#d}}\n\n## E {{#e}}\n"
    store(text)
    store(
        f"{HEAD}---\n\n## E {{#e}}\n\n## New {{#new}}\n\n## A {{#a}}\n\n### D {{#d}}\n\n## B {{#b}}\n\n### C {{#c}}\n"
    )
    found = [(s.anchor, [c.anchor for c in s.children]) for s in tree().sections]
    assert found == [("e", []), ("new", []), ("a", ["d"]), ("b", ["c"])]


def test_a_section_can_go_under_another_while_its_own_come_up() -> None:
    store(f"{HEAD}---\n\n## A {{#a}}\n\n## B {{#b}}\n\n### C {{#c}}\n")
    store(f"{HEAD}---\n\n## C {{#c}}\n\n## A {{#a}}\n\n### B {{#b}}\n")
    found = [(s.anchor, [c.anchor for c in s.children]) for s in tree().sections]
    assert found == [("c", []), ("a", ["b"])]


def test_a_new_section_between_two_moves_no_other_content() -> None:
    store(f"{HEAD}---\n\n## A {{#a}}\n\nx\n\n## B {{#b}}\n\ny\n")
    store(f"{HEAD}---\n\n## A {{#a}}\n\nx\n\n## N {{#n}}\n\n## B {{#b}}\n\ny\n")
    assert [section.anchor for section in tree().sections] == ["a", "n", "b"]
    assert not store(to_markdown(tree())).touched


def test_the_change_carries_who_and_why(world: World) -> None:
    import_report(read(SMALL), world.edda, note="From the group’s folder")
    changeset = Report.objects.get(slug="a-report").changesets.get()
    assert (changeset.who, changeset.note) == (world.edda, "From the group’s folder")


# --------------------------------------------------------------------------- bad input


def faulty(**changes: str) -> str:
    text = SMALL
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


# What is put in place of what, the line of the fault, and words of the message.
FAULTS = {
    "broken YAML": ("title: A report", "title: A: report", 3, "not valid YAML"),
    "a tab in YAML": ("title: A report", "\ttitle: A report", 3, "not valid YAML"),
    "a list for a text": ("title: A report", "title: [A, report]", 3, "must be one text"),
    "an alias": ("title: A report", "title: &a x\npeople: *a", 4, "aliases"),
    "front matter without end": ("    paper: one\n---\n", "    paper: one\n", 1, "never ends"),
    "a field twice": ("title: A report", "title: A report\ntitle: B", 4, "given twice"),
    "a list for the name of a field": ("title: A report", "title: A report\n[a, b]: c", 4, "name: value"),
    "an unknown field": ("title: A report", "titel: A report", 3, "did you mean “title”"),
    "a wrong time": ("2025-01-28T19:20:59+00:00", "28 January", 5, "is not a time"),
    "a time that no calendar has": (
        "2025-01-28T19:20:59+00:00",
        "0001-01-01T00:00:00+23:00",
        5,
        "is not a time",
    ),
    "another format": ("digestsite 1", "digestsite 9", 2, "not known"),
    "an unknown visibility": ("slug: a-report", "slug: a-report\nvisibility: secret", 5, "public, editors"),
    "an unknown field of a paper": ("title: Paper one", "titel: Paper one", 8, "titel"),
    "an unknown kind of source": ("kind: pdf", "kind: book", 10, "pdf, web, post"),
    "an unknown paper of a source": ("    paper: one\n", "    paper: on\n", 10, "did you mean “one”"),
    "a reserved slug": ("slug: a-report", "slug: admin", 4, "address of the site itself"),
    "a slug with spaces": ("slug: a-report", "slug: a report", 4, "letters, digits and hyphens"),
    "an unknown state": ("{#third state=done}", "{#third state=ready}", 35, "todo, draft, done"),
    "an unknown kind": ("{#third state=done}", "{#third kind=box}", 35, "article, inbox"),
    "an unknown attribute": ("{#third state=done}", "{#third stat=done}", 35, "did you mean “state”"),
    "half an attribute": ("{#third state=done}", '{#third state="done}', 35, "can't be read"),
    "a word without a key": ("{#third state=done}", "{#third done}", 35, "has no meaning"),
    "a duplicate anchor": ("{#third state=done}", "{#first state=done}", 35, "taken already (line 19)"),
    "a reserved anchor": ("{#third state=done}", "{#footnotes state=done}", 35, "address of the page itself"),
    "an unknown paper": ("paper=one}", "paper=two}", 19, "no paper “two”"),
    "an unknown source": ("source=one-pdf", "source=one.pdf", 27, "did you mean “one-pdf”"),
    "an unknown attribute of a quote": ("page=3", "pages=3", 27, "did you mean “page”"),
    "no words": ("Words of the paper.\n", "", 27, "has no words"),
    "a wrong date": ("date=2025-01}", "date=2025-13-45}", 31, "2025-13-45"),
    "an unknown stance": ("{against quote", "{despite quote", 42, "for, against, neutral"),
    "an unknown quote": ("quote=words}", "quote=wrods}", 42, "did you mean “words”"),
    "evidence without a thing": ("{against quote=words}", "{against}", 42, "one of quote, paper, event, url"),
    "a theory's unknown state": ("{#rumour-a}", "{#rumour-a state=sure}", 39, "rumour, plausible"),
    "a theory without a title": ("### They say\n", "", 39, "no title"),
    "an unclosed fence": ("What it says.", "What it says.\n\n```", 19, "never closed"),
    "an unclosed div": (
        "page=3}\nWords of the paper.\n:::\n",
        "page=3}\nWords of the paper.\n",
        27,
        "never closed",
    ),
    "an unknown div": ("::: quote", "::: qoute", 27, "did you mean “quote”"),
    "a quote without a slug": ("::: quote {#words source", "::: quote {source", 27, "no slug"),
    "text before the first section": (
        "## Summary {",
        "Stray words\n\n## Summary {",
        15,
        "before the first section",
    ),
    "a second summary": ("## First {#first paper=one}", "## More {#summary}", 19, "second {#summary}"),
    "a NUL byte": ("What it says.", "What it\0says.", 17, "NUL"),
    "a wrong address": ("kind: pdf\n", "kind: pdf\n    url: javascript:alert(1)\n", 10, "url"),
    "too long a heading": ("## Third {", f"## {'Third ' * 60}{{", 35, "300"),
    "a stray former address": ("{#second}", "{#second former=third}", 23, "third"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_with_its_line_and_nothing_is_stored(fault: str) -> None:
    old, new, line, words = FAULTS[fault]
    assert SMALL.count(old) >= 1
    result = import_report(read(SMALL.replace(old, new, 1)), None)
    assert result.errors, fault
    assert (line, True) in [(error.line, words in error.message) for error in result.errors], result.errors
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "wrong", ['{#third state="done}', "{#third state=a state=b}", "{#third #other}", '{a"b}']
)
def test_attributes_that_cannot_be_read_are_one_fault(wrong: str) -> None:
    """And not, besides, a section without an anchor."""
    for name in ("{#third state=done}", "{#rumour-a}", "{#launch date=2025-01}"):
        text = SMALL.replace(name, wrong if wrong.startswith("{#") or "rumour" in name else "{#" + wrong[1:])
        assert len(import_report(read(text), None).errors) == 1, text


def test_all_faults_are_told_at_once() -> None:
    text = SMALL.replace("state=done", "state=ready").replace("date=2025-01}", "date=2025-13}")
    text = text.replace("page=3}", "pages=3}")
    assert [error.line for error in import_report(read(text), None).errors] == [27, 31, 35]


def test_faults_of_the_rows_are_told_at_once_too() -> None:
    text = SMALL.replace("{#third state=done}", "{#notice}").replace("{#second}", "{#a b}")
    text = text.replace("{#a b}", "{#main}")
    assert [error.line for error in import_report(read(text), None).errors] == [23, 35]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("[[quote:words]]", "[[quote:wrods]]", 21, "did you mean “words”"),
        ("What it says.", "See [[section:thrid|below]].", 17, "did you mean “third”"),
        ("What it says.", "![a picture](/media/a-report/gone.png)", 17, "isn’t there"),
        ("What it says.", "![a picture](https://example.org/x.png)", 17, "another site"),
        ("What it says.", "![a picture](/elsewhere/x.png)", 17, "shown as typed"),
        ("What it says.", "Fine.\n\nNot $\\frac{1}{$.", 19, "The formula $\\frac{1}{$: "),
        ("What it says.", "$$\n\\unknown{x}\n$$", 17, "\\unknown"),
        ("What it says.", "A note[^1].", 17, "1"),
        ("### Second {#second}", "## Second", 23, "{#second}"),
    ],
)
def test_what_can_be_mended_later_is_a_warning(old: str, new: str, line: int, words: str) -> None:
    result = store(SMALL.replace(old, new))
    found = [f for f in result.findings if f.severity == "warning" and f.line == line]
    assert any(words in finding.message for finding in found), result.findings


@pytest.mark.parametrize(("name", "wrong"), [("arxiv", "hello"), ("doi", "zzz")])
def test_a_name_that_is_none_is_left_out_told_and_the_rest_kept(name: str, wrong: str) -> None:
    result = store(SMALL.replace("title: Paper one", f"title: Paper one\n    {name}: {wrong}"))
    told = [(f.line, f.severity) for f in result.findings if f"{name}: “{wrong}” is no" in f.message]
    assert told == [(7, "warning")]
    paper = Report.objects.get().papers.get()
    assert (getattr(paper, name), paper.title) == ("", "Paper one")


@pytest.mark.parametrize(
    ("name", "pasted", "kept"),
    [
        ("arxiv", "https://arxiv.org/abs/2501.12948v1", "2501.12948v1"),
        ("arxiv", "arXiv:hep-th/9901001", "hep-th/9901001"),
        ("arxiv", "https://arxiv.org/pdf/2501.12948.pdf", "2501.12948"),
        ("doi", "https://doi.org/10.1038/s41586-025-09422-z", "10.1038/s41586-025-09422-z"),
        ("doi", "doi:10.1000/182", "10.1000/182"),
    ],
)
def test_a_pasted_name_is_kept_bare(name: str, pasted: str, kept: str) -> None:
    store(SMALL.replace("title: Paper one", f"title: Paper one\n    {name}: '{pasted}'"))
    paper = Report.objects.get().papers.get()
    assert getattr(paper, name) == kept
    setattr(paper, name, pasted)
    paper.full_clean()
    assert getattr(paper, name) == kept
    setattr(paper, name, "hello")
    with pytest.raises(ValidationError) as error:
        paper.full_clean()
    assert list(error.value.message_dict) == [name]


def test_a_picture_that_is_there_is_not_missed(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    store(SMALL)
    drawn = io.BytesIO()
    Image.new("RGB", (1, 1)).save(drawn, "PNG")
    picture = Picture(
        report=Report.objects.get(), name="dot.png", file=SimpleUploadedFile("dot.png", drawn.getvalue())
    )
    picture.save()
    result = store(SMALL.replace("What it says.", f"![a dot]({picture.get_absolute_url()})"))
    assert not result.findings


HOSTILE = {
    "nested quotes": HEAD + "---\n\n## A {#a}\n\n" + ">" * 10_000 + " words\n",
    "nested lists": HEAD + "---\n\n## A {#a}\n\n" + "- " * 5_000 + "words\n",
    "one line of a megabyte": HEAD + "---\n\n## A {#a}\n\n" + "word " * 200_000 + "\n",
    "brackets": HEAD + "---\n\n## A {#a}\n\n" + "[" * 50_000 + "\n",
    "attributes": HEAD + "---\n\n## A {#a " + "x=" * 50_000 + "}\n",
    "open divs": HEAD + "---\n" + "\n::: quote {#a}\n## x {#b}\n" * 5_000,
    "nested YAML": "---\nformat: digestsite 1\ntitle: " + "[" * 100_000 + "\n---\n\n## A {#a}\n",
    "many papers": HEAD + "papers:\n" + "  - key: a\n" * 5_000 + "---\n\n## A {#a}\n",
    "plain brackets": '# T\n\n## A\n\n"' + "[" * 20_000 + '"\n',
    "plain quotation marks": "# T\n\n## A\n\n" + '" ' * 50_000 + "\n\n" + '"x ' * 50_000 + "\n",
    "plain bullets": "# T\n\n## A\n\n" + "- x\n\n\n" * 20_000,
    "plain numbers": "# T\n\n## Summary\n\n" + "1. [a](https://x.com/a)\n" * 300,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bomb_is_told_or_taken_in_good_time(name: str) -> None:
    begun = time.perf_counter()
    result = import_report(read(HOSTILE[name], slug="t"), None, dry_run=True)
    assert time.perf_counter() - begun < 60  # a second or two on an idle machine; beyond, it blew up
    assert result.errors or result.created


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"", ":1:", "empty"),
        (b"\n \n", ":1:", "empty"),
        (b"# T\n\nab\xffcd\n", ":3:", "not UTF-8"),
        ("# T\n\nwords".encode("utf-16"), ":1:", "UTF-8"),
        (b"words without a title\n", ":1:", "no title"),
        (b"---\ntitle: T\n", ":1:", "never ends"),
        (b"+++\ntitle = T\n+++\n\nwords\n", ":2:", "not valid TOML"),
        (b"\x89PNG\r\n\x1a\n\0\0", ":1:", "not UTF-8"),
    ],
)
def test_the_command_tells_file_and_line_and_fails(
    tmp_path: Path, data: bytes, place: str, words: str
) -> None:
    file = tmp_path / "report.md"
    file.write_bytes(data)
    _, err = run(file)
    assert f"{file}{place}" in err and words in err and "CommandError" in err
    assert "Traceback" not in err and not Report.objects.exists()


def test_the_command_tells_of_a_missing_file_and_account(tmp_path: Path) -> None:
    assert "can't be read" in run(tmp_path / "none.md")[1]
    (tmp_path / "r.md").write_text(SMALL)
    assert "no account “nobody”" in run(tmp_path / "r.md", "--who", "nobody")[1]


def test_the_command_lists_what_it_would_do(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    file.write_text(SMALL)
    out, _ = run(file, "--dry-run")
    assert "would be created: section first" in out and "nothing is stored" in out
    assert "created: section first" in run(file)[0]
    file.write_text(SMALL[: SMALL.index("## Third")])
    assert "would be deleted: section third" in run(file, "--dry-run")[0]


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ('"schema_version": 1', '"schema_version": 2', "schema_version", "not known"),
        ('"digestsite/report"', '"other"', "schema", "no report"),
        ('"state": "done"', '"state": "ready"', "sections/1", "todo, draft, done"),
        ('"state": "done"', '"state": 7', "sections/1/state", "a text"),
        ('"anchor": "third"', '"anchor": "first"', "sections/1", "taken already"),
        ('"listed": true', '"listed": "yes"', "papers/0/listed", "true or false"),
        ('"heading": "Third"', '"headline": "Third"', "sections/1/headline", "did you mean “heading”"),
        ('"date": "2025-01"', '"date": "2025-13"', "events/0", "2025-13"),
        ('"title": "Paper one"', '"title": "a\\u0000b"', "papers/0/title", "can't be stored"),
        ('"summary": "What it says."', '"summary": "```"', "summary", "never closed"),
    ],
)
def test_faults_of_json_are_told_with_their_place(old: str, new: str, where: str, words: str) -> None:
    text = to_json(read(SMALL).document)
    assert old in text
    result = import_report(read_json(text.replace(old, new)), None)
    assert (where, True) in [(e.where, words in e.message) for e in result.errors], result.errors


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", "[" * 100_000, '{"a": 1, "a": 2}', '{"sections": {}}']
)
def test_what_is_no_report_of_ours_is_told(text: str) -> None:
    assert read_json(text).errors


def test_sections_nested_without_end_are_told() -> None:
    deep = '{"children": [' * 400 + "]}" * 400
    text = '{"schema": "digestsite/report", "schema_version": 1, "sections": [' + deep + "]}"
    assert any("two levels" in error.message for error in read_json(text).errors)
