"""The desk: what is to do, each with the one form that mends it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from papers.changes import change
from papers.models import Report, Section, Source
from publishing import desk
from quotes.models import Check, Quote
from tests import world as worlds
from tests.world import World
from timeline.models import TimelineEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def jobs(world: World, name: str) -> list[desk.Job]:
    found = desk.of(world.report, world.edda)
    return next(group.jobs for group in found.groups if group.name == name)


def form(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_it_counts_each_thing_once(client: Client, world: World) -> None:
    found = desk.of(world.report, world.edda)
    assert {group.name: group.count for group in found.groups} == {
        "quotes": 3,
        "newer": 0,
        "todo": 1,
        "inline": 1,
        "dates": 1,
        "unplaced": 1,
        "sources": 0,
        "copies": 1,
        "problems": 0,
    }
    assert found.count == 8 and found.title == "Eight things to do"


def test_every_job_leads_to_its_form(client: Client, world: World) -> None:
    assert [job.link for job in jobs(world, "todo")] == [form(world.todo) + "#id_body"]
    (note,) = jobs(world, "inline")
    assert note.link == form(world.written) + "?line=7#id_body"
    assert (note.say, note.where) == ("TODO: add the figure", "Alpha, line 7")
    assert [job.link for job in jobs(world, "dates")] == [form(world.undated) + "#id_date"]
    assert [job.link for job in jobs(world, "unplaced")] == [form(world.unplaced)]
    assert [job.link for job in jobs(world, "quotes")] == [
        form(world.source),  # not archived: its source is the place to do something about it
        form(world.post_quote),
        form(world.unplaced) + "#id_source",
    ]
    for group in desk.of(world.report, world.edda).groups:
        for address in [job.link for job in group.jobs] + [group.more]:
            assert client.get(address.partition("#")[0]).status_code == 200, address


def test_an_empty_summary_is_to_do_as_the_page_says(client: Client, world: World) -> None:
    with world.change():
        world.report.summary = ""
        world.report.save()
    found = jobs(world, "todo")
    assert [job.what for job in found] == ["Summary", "Gamma"]
    assert found[0].link == form(world.report) + "#id_summary"


def test_a_post_without_its_text_is_asked_for_beside_the_quotation_from_it(
    client: Client, world: World
) -> None:
    with world.change():
        world.post.text = ""
        world.post.save()
    found = next(job for job in jobs(world, "quotes") if "post not archived" in job.what)
    assert (found.say, found.link) == ("“It was cheap 🚨”", form(world.post))
    assert jobs(world, "sources") == []
    page = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:keep_post", args=[world.post.pk]) in page


def test_a_post_that_nothing_quotes_is_a_missing_source(client: Client, world: World) -> None:
    with world.change():
        Source(report=world.report, key="post-2", kind="post").save()
    (found,) = jobs(world, "sources")
    assert found.what == "post-2"


# --------------------------------------------------------------------------- quotations

LONG = "words that are so many that whoever reads them will want to know where they are from"


def checked(world: World, words: str, stated: str, verdict: str, **found: Any) -> None:
    values = {"pages": [6], "labels": ["6"], "passage": "It stands here.", "matched": words, "recorded": True}
    Check.objects.create(
        report=world.report, source=world.source, words=Check.name_of(words), stated=stated, sha256="0" * 64,
        engine="1", verdict=verdict, **values, **found,
    )  # fmt: skip


def said(world: World) -> str:
    found = desk.of(world.report, world.edda)
    return next(group.said for group in found.groups if group.name == "quotes")


def test_quotations_come_first_and_are_counted_in_words(client: Client, world: World) -> None:
    assert [group.name for group in desk.of(world.report, world.edda).groups][0] == "quotes"
    assert said(world) == "3 not checked"
    checked(world, world.quote.text, "6", "verbatim")
    assert said(world) == "2 not checked; 1 needs nothing"
    with world.change():
        for n, verdict in enumerate(["altered", "altered", "not_found", "edited"]):
            Quote(
                report=world.report, slug=f"q{n}", text=f"Words {n}.", source=world.source, locator="6"
            ).save()
            checked(world, f"Words {n}.", "6", verdict)
        Quote(report=world.report, slug="t", text="Tidy me.", source=world.source, locator="9").save()
    checked(world, "Tidy me.", "9", "verbatim", warnings=["other_page"])
    assert said(world) == "2 differ, 1 not found, 2 not checked, 1 to tidy; 2 need nothing"
    whats = [job.what for job in jobs(world, "quotes")]
    assert whats == ["Differs."] * 2 + ["Not found."] + whats[3:5] + ["Verbatim, to tidy."]


def test_a_long_quotation_without_a_citation_has_no_source_given(client: Client, world: World) -> None:
    with world.change():
        world.draft.body = f"Begun.\n\nSomebody says “{LONG}”, and “eight of them are not too many, surely”."
        world.draft.save()
    found = [job for job in jobs(world, "quotes") if job.what == "Not checked: no source given."]
    assert [(job.link, job.act) for job in found] == [
        (form(world.draft) + "?line=3#id_body", "Name its source"),
        (form(world.unplaced) + "#id_source", "Name its source"),
    ]
    assert found[0].say.startswith("“words that are so many")
    assert "needs a citation" in found[0].where and "Beta, line 3" in found[0].where


def test_a_cited_paper_without_a_source_is_named(client: Client, world: World) -> None:
    with world.change():
        world.draft.body = f"They say “{LONG}” [@beta, p. 3]."
        world.draft.save()
    assert any("It cites beta, which has no source yet" in job.where for job in jobs(world, "quotes"))


def test_a_difference_is_shown_in_its_place_and_escaped(client: Client, world: World) -> None:
    with world.change():
        world.quote.text = "We find <b>robust reasoning of it all."
        world.quote.save()
    checked(
        world,
        world.quote.text,
        "6",
        "altered",
        differences=[["<i>frail</i>", "<b>robust", "find", "reasoning"]],
    )
    page = client.get(reverse("admin:index")).content.decode()
    assert (
        "<q>We find <del>&lt;b&gt;robust</del> <ins>&lt;i&gt;frail&lt;/i&gt;</ins> reasoning of it all.</q>"
        in page
    )


def test_many_quotations_that_fail_cost_no_more_queries(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    words = [f"Words {n} of which one differs from those of the source." for n in range(60)]
    with world.change():
        for n, text in enumerate(words):
            Quote(report=world.report, slug=f"q{n}", text=text, source=world.source, locator="6").save()
    for text in words:
        checked(world, text, "6", "altered", differences=[["two", "one", "which", "differs"]])
    with django_assert_max_num_queries(24):
        page = client.get(reverse("admin:index")).content.decode()
    assert "60 differ" in page and "and 43 more" in page and page.count("<del>one</del>") == 20


def test_broken_targets_failing_formulas_and_missing_pictures_name_their_line(
    client: Client, world: World
) -> None:
    with world.change():
        world.draft.body = "One.\n\n[[quote:gone]]\n\n$\\frac{1}{$\n\n![x](/media/reasoning/gone.png)"
        world.draft.save()
    found = jobs(world, "problems")
    assert [job.what for job in found] == ["Beta, line 3", "Beta, line 5", "Beta, line 7"]
    assert [job.link for job in found] == [form(world.draft) + f"?line={n}#id_body" for n in (3, 5, 7)]


@pytest.mark.parametrize("character", ["\U00012000", "\ue000", "\u202e", "\u0b95"])
def test_a_character_that_the_pdf_cannot_draw_is_named_where_it_stands(
    client: Client, world: World, character: str
) -> None:
    """In a body, a heading, a quotation, an event, a theory, a title, a paper, a source."""
    places = (
        (world.draft, "body", f"One.\n\n`x{character}`", "?line=3#id_body"),
        (world.written, "heading", f"Alpha {character}", ""),
        (world.quote, "text", f"word{character}s", "?line=1#id_body"),
        (world.event, "text", f"word{character}s", ""),
        (world.theory, "proposed_by", f"word{character}s", ""),
        (world.report, "people", f"Edda{character}", ""),
        (world.paper, "title", f"A {character} paper", ""),
        (world.post, "title", f"A {character} post", ""),
    )
    for row, attribute, words, end in places:
        before = getattr(row, attribute)
        with world.change():
            setattr(row, attribute, words)
            row.save()
        (job,) = jobs(world, "problems")
        assert f"U+{ord(character):04X}" in job.where, attribute
        assert job.link == form(row) + end
        with world.change():
            setattr(row, attribute, before)
            row.save()
    assert jobs(world, "problems") == []


def test_the_page_lists_it_above_the_stock_list(client: Client, world: World) -> None:
    page = client.get(reverse("admin:index")).content.decode()
    order = [
        page.index(words)
        for words in ("Eight things to do", "Sections to do", "TODO: add the figure", "Everything")
    ]
    assert order == sorted(order)
    assert "Authentication and Authorization" in page
    assert reverse("admin:quotes_quote_add") + f"?report={world.report.pk}" in page


def test_words_of_the_report_are_escaped(client: Client, world: World) -> None:
    with world.change():
        world.todo.heading = "<script>alert(1)</script>"
        world.todo.save()
        world.undated.text = '<img src=x onerror="alert(1)">'
        world.undated.save()
    page = client.get(reverse("admin:index")).content.decode()
    assert "<script>alert(1)" not in page and "<img src=x" not in page


def test_nothing_to_do(client: Client, world: World) -> None:
    other = Report(slug="done", title="Done", summary="All said.")
    with change(other, world.edda):
        other.save()
    page = client.get(reverse("admin:index"), {"report": "done"}).content.decode()
    assert "Nothing to do" in page and world.report.title in page


@pytest.mark.parametrize("asked", ["no-such", "\0", "<script>", "x" * 5000])
def test_a_report_that_is_not_there_shows_the_newest(client: Client, world: World, asked: str) -> None:
    response = client.get(reverse("admin:index"), {"report": asked})
    assert response.status_code == 200 and "Eight things to do" in response.content.decode()


def test_a_thousand_open_things_cost_no_more_queries(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    with world.change():
        for n in range(334):
            Section(report=world.report, anchor=f"s{n}", heading=f"Section {n}", position=n + 10).save()
            Quote(report=world.report, slug=f"q{n}", text=f"Words {n}").save()
            TimelineEvent(report=world.report, slug=f"e{n}", text=f"Event {n}").save()
    with django_assert_max_num_queries(20):
        page = client.get(reverse("admin:index")).content.decode()
    assert "1,344 things to do" in page
    assert "and 315 more" in page  # 335 sections to do, 20 shown
    assert page.count('class="job"') < 110
