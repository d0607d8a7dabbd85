"""“Write”: the quotations, scraps and notes that wait for a section stand beside its text."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from papers.models import Scrap, Section
from papers.scraps import ScrapState
from publishing import filing, markdown, writing
from quotes.models import Quote
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """The todo section is about Alpha, of which one quotation stands elsewhere and one nowhere."""
    world = worlds.build()
    with world.change():
        world.todo.paper = world.paper
        world.todo.save()
        world.unplaced.source, world.unplaced.locator = world.source, "7"
        world.unplaced.save()
    return world


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def address(section: Section) -> str:
    return reverse("admin:papers_section_change", args=[section.pk])


def capture(world: World, text: str, **kwargs: Any) -> Scrap:
    return Scrap.objects.capture(world.report, world.edda, text, **kwargs)


def pieces(section: Section, name: str) -> list[writing.Piece]:
    return [piece for kind in writing.waiting_for(section) if kind.name == name for piece in kind.shown]


def fields(page: str) -> dict[str, str]:
    """What a browser would send of a section's form."""
    sent = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and 'type="submit"' not in tag and "checkbox" not in tag and 'type="file"' not in tag:
            sent[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def save(client: Client, section: Section, body: str, **more: str) -> Any:
    page = client.get(address(section)).content.decode()
    return client.post(address(section), fields(page) | {"body": body} | more)


class TestWhatWaits:
    def test_quotations_of_its_paper_that_it_does_not_have_come_first(self, world: World) -> None:
        found = pieces(world.todo, "quotations")
        assert [piece.insert for piece in found] == ["[[quote:robust]]", "[[quote:spare]]"]
        assert found[0].where == "Alpha, p. 6, stands in “Alpha”"
        assert found[1].where == "Alpha, p. 7" and found[1].badge.startswith("Not checked")

    def test_one_that_its_text_has_waits_no_more_under_its_old_name_either(self, world: World) -> None:
        with world.change():
            world.todo.write("[[quote:spare]]")
            world.todo.save()
            world.unplaced.slug = "renamed"
            world.unplaced.save()
        assert [piece.insert for piece in pieces(world.todo, "quotations")] == ["[[quote:robust]]"]

    def test_of_no_paper_in_particular_it_gets_those_that_nothing_places(self, world: World) -> None:
        assert [piece.insert for piece in pieces(world.sub, "quotations")] == ["[[quote:spare]]"]

    def test_scraps_of_its_paper_come_before_older_ones(self, world: World) -> None:
        capture(world, "An older thought.")
        capture(world, "What Alpha says.", address="https://example.org/alpha.pdf")
        found = pieces(world.todo, "scraps")
        assert [piece.words for piece in found] == ["What Alpha says.", "An older thought."]
        assert [piece.insert for piece in found] == ["What Alpha says. [@alpha]", "An older thought."]

    def test_a_scrap_keeps_its_source(self, world: World) -> None:
        known = {"address": "https://example.org/alpha.pdf"}
        assert (
            filing.as_prose(capture(world, "Quoted words", kind="quote", **known))
            == "“Quoted words” [@alpha]"
        )
        assert filing.as_prose(capture(world, "```\ncode\n```", **known)) == "```\ncode\n```\n\n[@alpha]"
        unknown = capture(world, "Said.", address="https://blog.example/a", title="A [blog]")
        assert filing.as_prose(unknown) == "Said.\n\n[A (blog)](<https://blog.example/a>)"

    def test_what_is_filed_or_thrown_away_does_not_wait(self, world: World) -> None:
        capture(world, "Gone").drop(world.edda, 1)
        assert pieces(world.todo, "scraps") == []

    def test_a_scrap_too_long_for_the_form_is_reached_in_the_inbox(self, world: World) -> None:
        capture(world, "long " * 10_000)
        (piece,) = pieces(world.todo, "scraps")
        assert (piece.insert, piece.field) == ("", "") and "#scrap-" in piece.link

    def test_notes_in_its_text_and_those_that_name_it(self, world: World) -> None:
        with world.change():
            world.draft.write("TODO: see [[section:gamma]] too\n\nTODO: nothing to do with it")
            world.draft.save()
            world.todo.write("First.\n\nTODO: the rest")
            world.todo.save()
        found = {(piece.words, piece.line, piece.where) for piece in pieces(world.todo, "notes")}
        assert found == {("the rest", 3, "line 3"), ("see gamma too", 0, "in “Beta”")}

    def test_its_paper_waits_to_be_cited_until_it_is(self, world: World) -> None:
        assert [piece.insert for piece in pieces(world.todo, "paper")] == ["[@alpha]"]
        with world.change():
            world.todo.write("As said in [@alpha, p. 3].")
            world.todo.save()
        assert pieces(world.todo, "paper") == []

    def test_many_are_counted_and_a_click_away(self, world: World) -> None:
        for number in range(writing.SHOWN + 5):
            capture(world, f"Scrap {number}")
        (kind,) = [kind for kind in writing.waiting_for(world.todo) if kind.name == "scraps"]
        assert len(kind.shown) == writing.SHOWN and kind.rest == 5 and "inbox" in kind.more

    def test_neither_queries_nor_parsing_grow_with_the_report(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed: list[str] = []
        parse = markdown.parse

        def counting(source: str, **kwargs: Any) -> Any:
            parsed.append(source)
            return parse(source, **kwargs)

        monkeypatch.setattr(markdown, "parse", counting)

        def cost() -> tuple[int, int]:
            parsed.clear()
            section = Section.objects.select_related("report", "paper").get(pk=world.todo.pk)
            with CaptureQueriesContext(connection) as queries:
                writing.waiting_for(section)
            return len(queries), len(parsed)

        capture(world, "One", address="https://example.org/alpha.pdf")
        before = cost()
        with world.change():
            for number in range(30):
                Quote(
                    report=world.report, slug=f"q{number}", text=f"words {number}", source=world.source
                ).save()
                Section(
                    report=world.report, anchor=f"s{number}", heading="S", body=f"[[quote:q{number}]] words"
                ).save()
        for number in range(15):
            capture(world, f"Scrap {number}", address="https://example.org/alpha.pdf")
        # Its own text, and the one that has a note and the name of its paper.
        assert cost() == before and before[1] == 2


class TestTheForm:
    def test_without_scripts_there_is_text_to_copy_and_the_way_to_the_inbox(
        self, client: Client, world: World
    ) -> None:
        scrap = capture(world, "Plain & simple <b>words</b>")
        page = client.get(address(world.todo)).content.decode()
        assert "<pre>[[quote:spare]]</pre>" in page
        assert "<pre>Plain &amp; simple &lt;b&gt;words&lt;/b&gt;</pre>" in page
        link = reverse("admin:inbox", query={"report": "reasoning", "section": world.todo.pk})
        assert f'href="{html.escape(link)}#scrap-{scrap.pk}"' in page
        assert f'id="scrap-{scrap.pk}"' in client.get(link).content.decode()

    def test_a_scrap_counts_as_filed_with_the_save_that_has_its_words(
        self, client: Client, world: World
    ) -> None:
        scrap = capture(world, "Its words.")
        assert save(client, world.todo, "Its words.", **{f"used_scrap-{scrap.pk}": "1"}).status_code == 302
        scrap.refresh_from_db()
        assert (scrap.state, scrap.filed_as, scrap.filed_in) == (ScrapState.FILED, "prose", world.todo)
        world.todo.refresh_from_db()
        assert (world.todo.body, world.todo.state) == ("Its words.", "draft")

    def test_and_filing_can_be_undone_from_the_inbox(self, client: Client, world: World) -> None:
        scrap = capture(world, "Its words.", address="https://example.org/alpha.pdf")
        save(client, world.todo, f"Before.\n\n{filing.as_prose(scrap)}", **{f"used_scrap-{scrap.pk}": "1"})
        scrap.refresh_from_db()
        filing.undo(scrap, world.edda, scrap.version)
        world.todo.refresh_from_db()
        assert world.todo.body == "Before."

    @pytest.mark.parametrize(
        "sent",
        [{"heading": ""}, {"body": "an unclosed fence\n\n```\n"}, {"_private": "1", "body": "Its words."}],
    )
    def test_a_save_that_is_refused_or_private_files_nothing(
        self, client: Client, world: World, sent: dict[str, str]
    ) -> None:
        scrap = capture(world, "Its words.")
        answer = save(
            client, world.todo, **({"body": "Its words."} | sent), **{f"used_scrap-{scrap.pk}": "1"}
        )
        scrap.refresh_from_db()
        assert scrap.state == ScrapState.WAITING
        if answer.status_code == 200:
            box = re.search(rf'<input[^>]*name="used_scrap-{scrap.pk}"[^>]*>', answer.content.decode())
            assert box and "checked" in box[0]

    def test_a_scrap_that_somebody_went_on_with_stays_theirs_and_the_text_is_saved(
        self, client: Client, world: World
    ) -> None:
        scrap = capture(world, "Its words.")
        scrap.drop(world.adam, 1)
        answer = save(client, world.todo, "Its words.", **{f"used_scrap-{scrap.pk}": "1"})
        assert "somebody went on with it" in client.get(answer.url).content.decode()
        scrap.refresh_from_db()
        world.todo.refresh_from_db()
        assert scrap.state == ScrapState.DROPPED and world.todo.body == "Its words."

    @pytest.mark.parametrize("name", ["used_scrap-", "used_scrap-9" * 9, "used_scrap-x", "used_scrap-0"])
    @pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30])
    def test_forged_boxes_do_nothing(self, client: Client, world: World, name: str, value: str) -> None:
        assert save(client, world.todo, "Words.", **{name: value}).status_code == 302

    def test_a_field_of_another_name_files_nothing(self, client: Client, world: World) -> None:
        scrap = capture(world, "Words of a scrap.")
        save(client, world.todo, "Words.", **{f"other-{scrap.pk}": str(scrap.version)})
        scrap.refresh_from_db()
        assert scrap.state == ScrapState.WAITING

    def test_a_scrap_of_another_report_is_not_touched(self, client: Client, world: World) -> None:
        from papers.changes import change
        from papers.models import Report

        other = Report(slug="other", title="Other")
        with change(other, world.edda):
            other.save()
        scrap = Scrap.objects.capture(other, world.edda, "Theirs")
        save(client, world.todo, "Words.", **{f"used_scrap-{scrap.pk}": "1"})
        scrap.refresh_from_db()
        assert scrap.state == ScrapState.WAITING

    def test_what_a_private_text_has_already_does_not_wait_for_it(self, client: Client, world: World) -> None:
        save(client, world.todo, "[[quote:spare]]", _private="1")
        assert "<pre>[[quote:spare]]</pre>" in client.get(address(world.todo)).content.decode()
        page = client.get(address(world.todo) + "?private=1").content.decode()
        assert "<pre>[[quote:spare]]</pre>" not in page and "<pre>[[quote:robust]]</pre>" in page

    def test_a_new_section_has_nothing_waiting(self, client: Client, world: World) -> None:
        page = client.get(reverse("admin:papers_section_add") + f"?report={world.report.pk}")
        assert 'id="waiting"' not in page.content.decode()


class TestTheWayThere:
    def test_the_page_the_desk_and_the_list_lead_to_its_text(self, client: Client, world: World) -> None:
        link = f'href="{address(world.todo)}#id_body"'
        for place in (
            world.report.get_absolute_url(),
            reverse("admin:index"),
            reverse("admin:papers_section_changelist"),
        ):
            assert f"{link}" in client.get(place).content.decode(), place

    def test_readers_see_no_such_link(self, world: World) -> None:
        assert "/admin/papers/section" not in Client().get(world.report.get_absolute_url()).content.decode()
