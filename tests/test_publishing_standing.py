"""State and visibility of a section, changed on the report's page: who may, what is refused, what readers get."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from papers.changes import Conflict, change
from papers.models import ChangeSet, Report, Section
from publishing.models import Edition
from tests import world as worlds
from tests.html_reading import read
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("groups")]

PAGE = "/reasoning/"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def publisher(world: World) -> Client:
    return member("publishers")


def member(group: str) -> Client:
    user = User.objects.create_user(f"one-of-{group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def at(section: Section) -> str:
    return f"/admin/standing/{section.report_id}/{section.pk}/"


def choose(client: Client, section: Section, version: Any = None, **chosen: str) -> Any:
    sent = {"version": section.row_version if version is None else version, **chosen}
    return client.post(at(section), sent)


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def now(section: Section) -> tuple[str, str]:
    fresh = Section.objects.get(pk=section.pk)
    return fresh.state, fresh.visibility


class TestAChoice:
    def test_one_step_in_the_history_and_back_at_the_section(self, publisher: Client, world: World) -> None:
        answer = choose(publisher, world.draft, state="done", visibility="editors")
        assert answer.status_code == 302 and answer["Location"] == "/reasoning/#beta"
        assert now(world.draft) == ("done", "editors")
        newest = ChangeSet.objects.first()
        assert newest.note == "“Beta”: written, editors only" and newest.minor
        assert newest.who_name == "one-of-publishers"
        assert Section.objects.get(pk=world.draft.pk).body == world.draft.body
        shown = page(publisher)
        assert shown.count("Set: written, editors only.") == 1
        assert "Set: written" not in page(publisher)  # said once
        assert "Begun." not in page(Client())  # readers are kept from it at once

    def test_the_words_stand_at_the_section_itself(self, publisher: Client, world: World) -> None:
        choose(publisher, world.sub, state="todo")
        section = page(publisher).partition('id="alpha-method"')[2]
        assert section.index("Set: to do.") < section.index("</section>")

    def test_each_alone(self, publisher: Client, world: World) -> None:
        choose(publisher, world.draft, state="todo")
        assert now(world.draft) == ("todo", "public")
        world.draft.refresh_from_db()
        choose(publisher, world.draft, visibility="editors")
        assert now(world.draft) == ("todo", "editors")

    def test_the_same_again_is_no_step(self, publisher: Client, world: World) -> None:
        before = ChangeSet.objects.count()
        choose(publisher, world.draft, state="draft", visibility="public")
        assert ChangeSet.objects.count() == before and "It was so already." in page(publisher)

    def test_an_inbox_has_a_state_of_its_own(self, publisher: Client, world: World) -> None:
        form = page(publisher).partition(f'action="{at(world.inbox)}"')[2].partition("</form>")[0]
        assert '<option value="draft" selected>Draft</option>' in form


class TestWhoWasFaster:
    def test_a_stale_choice_says_who_and_changes_nothing(self, publisher: Client, world: World) -> None:
        old = world.draft.row_version
        with world.change("a new text"):
            world.draft.body = "A newer text."
            world.draft.save()
        answer = choose(publisher, world.draft, old, state="done")
        assert answer["Location"] == "/reasoning/#beta" and now(world.draft) == ("draft", "public")
        shown = page(publisher)
        assert "edda changed “Beta” at" in shown and "Nothing was changed: look, and choose again." in shown
        after = shown.partition(f'action="{at(world.draft)}"')[2]
        assert f'name="version" value="{old + 1}"' in after.partition("</form>")[0]
        assert "<details open>" in shown  # the choice is at hand

    def test_the_page_sends_the_version_it_was_made_from(self, publisher: Client, world: World) -> None:
        before = page(publisher).partition(f'action="{at(world.draft)}"')[2].partition("</form>")[0]
        assert f'name="version" value="{world.draft.row_version}"' in before

    def test_a_section_that_is_gone(self, publisher: Client, world: World) -> None:
        with world.change("deleted"):
            Section.objects.get(pk=world.todo.pk).delete()
        answer = publisher.post(at(world.todo), {"version": "1", "state": "done"})
        assert answer["Location"] == PAGE and "has been deleted meanwhile" in page(publisher)

    def test_the_model_refuses_alike(self, world: World) -> None:
        stale = Section.objects.get(pk=world.draft.pk)
        world.draft.set_standing(world.edda, world.draft.row_version, state="done")
        with pytest.raises(Conflict, match="edda changed “Beta”"):
            stale.set_standing(world.adam, stale.row_version, visibility="editors")
        with world.change("deleted"):
            Section.objects.get(pk=world.todo.pk).delete()
        with pytest.raises(Conflict, match="deleted meanwhile"):
            world.todo.set_standing(world.adam, 1, state="done")

    def test_only_what_was_chosen_is_written(self, world: World) -> None:
        old = Section.objects.get(pk=world.draft.pk)
        world.draft.set_standing(world.edda, world.draft.row_version, visibility="editors")
        # Read before, and sent with the version of now: the other's choice stays.
        old.set_standing(world.adam, world.draft.row_version + 1, state="done")
        assert now(world.draft) == ("done", "editors")


class TestWhoMay:
    def test_editors_set_the_state_alone(self, world: World) -> None:
        editor = member("editors")
        shown = page(editor)
        assert 'name="state"' in shown and 'name="visibility"' not in shown
        assert choose(editor, world.draft, visibility="editors").status_code == 403
        assert choose(editor, world.draft, state="done", visibility="public").status_code == 403
        assert now(world.draft) == ("draft", "public")
        choose(editor, world.draft, state="done")
        assert now(world.draft) == ("done", "public")

    def test_others_nothing(self, client: Client, world: World) -> None:
        looker = User.objects.create_user("looker", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_section"))
        client.force_login(looker)
        assert 'name="state"' not in page(client)
        assert choose(client, world.draft, state="done").status_code == 403
        for user in (None, world.rhea):
            if user:
                client.force_login(user)
            else:
                client.logout()
            answer = choose(client, world.draft, state="done")
            assert answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
        assert now(world.draft) == ("draft", "public")

    def test_signing_in_again_leads_back_to_the_page(self, publisher: Client, world: World) -> None:
        before = ChangeSet.objects.count()
        answer = publisher.get(at(world.draft))
        assert answer["Location"] == "/reasoning/#beta" and ChangeSet.objects.count() == before
        assert "Nothing was changed: choose again." in page(publisher)

    def test_with_the_token_of_the_page(self, world: World) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(world.edda)
        assert choose(strict, world.draft, state="done").status_code == 403
        token = page(strict).partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        sent = {"version": world.draft.row_version, "state": "done", "csrfmiddlewaretoken": token}
        assert strict.post(at(world.draft), sent).status_code == 302
        assert now(world.draft) == ("done", "public")


class TestBadInput:
    @pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "٣", "9" * 30, "1\0"])
    def test_a_version_that_is_none(self, publisher: Client, world: World, version: str) -> None:
        assert choose(publisher, world.draft, version, state="done").status_code in (302, 400)
        assert now(world.draft) == ("draft", "public")

    @pytest.mark.parametrize(
        "chosen",
        [
            {"state": "finished"},
            {"state": ""},
            {"visibility": "nobody"},
            {"state": "d" * 9999},
            {"state": "<b>"},
            {},
        ],
    )
    def test_a_value_that_is_none(self, publisher: Client, world: World, chosen: dict[str, str]) -> None:
        before = ChangeSet.objects.count()
        assert choose(publisher, world.draft, **chosen)["Location"] == "/reasoning/#beta"
        assert now(world.draft) == ("draft", "public") and ChangeSet.objects.count() == before
        shown = page(publisher)
        assert (
            "Nothing was changed: choose again." in shown
            and "<b>" not in shown.partition('id="beta"')[2][:3000]
        )

    def test_a_section_of_another_report(self, publisher: Client, world: World) -> None:
        other = Report(slug="other", title="Other")
        with change(other, world.edda):
            other.save()
        sent = {"state": "done", "version": world.draft.row_version}
        publisher.post(f"/admin/standing/{other.pk}/{world.draft.pk}/", sent)
        assert now(world.draft) == ("draft", "public")
        assert publisher.post(f"/admin/standing/{other.pk + 1}/{world.draft.pk}/", sent).status_code == 404


class TestReaders:
    def test_their_page_has_none_of_it_and_is_kept(self, client: Client, world: World) -> None:
        first = client.get(PAGE)
        assert (
            b"<form" not in first.content and b"csrf" not in first.content and b"control" not in first.content
        )
        assert first["Cache-Control"] == "public, no-cache" and "Cookie" not in first.get("Vary", "")
        assert not first.cookies
        member("publishers").get(PAGE)
        second = client.get(PAGE)
        assert second.content == first.content and second["ETag"] == first["ETag"]

    def test_the_past_and_editions_have_none_either(self, publisher: Client, world: World) -> None:
        shown = publisher.get(f"/reasoning/at/{world.report.version}/").content.decode()
        assert "/admin/standing/" not in shown

    def test_each_section_has_one_form_and_all_cost_one_question(
        self, publisher: Client, world: World
    ) -> None:
        def cost() -> int:
            page(publisher)
            with CaptureQueriesContext(connection) as queries:
                assert page(publisher).count('action="/admin/standing/') == Section.objects.count()
            return len(queries)

        few = cost()
        with world.change("many"):
            for n in range(30):
                Section(report=world.report, anchor=f"s{n}", heading=f"Section {n}", body="Words.").save()
        assert cost() == few
        read(page(publisher))  # well-formed


def test_an_edition_that_still_shows_what_is_hidden_is_named(world: World, client: Client) -> None:
    reasons = {"quote-rumoured": "As posted."}
    Edition.objects.publish(world.report, world.edda, "Spring", "", reasons, world.report.version)
    client.force_login(world.edda)
    world.written.refresh_from_db()
    address = reverse("admin:standing", args=[world.report.pk, world.written.pk])
    sent = {"version": world.written.row_version, "visibility": "editors"}
    page = client.post(address, sent, follow=True).content.decode()
    assert "Edition 1 still shows it" in page
    Edition.objects.get().withdraw(world.edda, "It named somebody.")
    assert Edition.objects.showing(world.written) == []


def test_a_success_elsewhere_is_no_warning_on_the_page(world: World, client: Client) -> None:
    client.force_login(world.edda)
    client.post(reverse("admin:papers_section_written", args=[world.draft.pk]))
    page = client.get("/reasoning/").content.decode()
    assert 'class="flash" role="status">“Beta” is marked as written.' in page
