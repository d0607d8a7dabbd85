"""Who has a form open: what is counted, for how long, and what a hostile page can do to it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers import presence
from papers.models import ChangeSet, Section
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = "first00000", "second0000", "third00000"
NOON = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def world() -> World:
    return worlds.build()


def come(user: Any, tab: str, after: float = 0, **kwargs: Any) -> presence.Here:
    return presence.arrive("section", 1, user, tab, now=NOON + after, **kwargs)


def names(here: presence.Here) -> list[str]:
    return [page.name for page in here.others]


class TestWhoIsThere:
    def test_alone_at_first_then_each_is_told_of_the_other(self, world: World) -> None:
        first = come(world.edda, FIRST)
        assert first.others == () and first.own is None and first.since == NOON
        second = come(world.adam, SECOND, 10)
        assert names(second) == ["edda"] and second.others[0].since == NOON
        assert names(come(world.edda, FIRST, 20)) == ["adam"]

    def test_another_row_is_another_form(self, world: World) -> None:
        come(world.edda, FIRST)
        assert presence.arrive("section", 2, world.adam, SECOND, now=NOON).others == ()
        assert presence.arrive("quote", 1, world.adam, SECOND, now=NOON).others == ()

    def test_two_pages_of_one_person_count(self, world: World) -> None:
        come(world.edda, FIRST)
        here = come(world.edda, SECOND, 10)
        assert here.others == () and here.own is not None and here.own.since == NOON
        assert names(come(world.adam, THIRD, 10)) == ["edda"]  # named once

    def test_within_a_minute_of_the_last_word_a_page_is_gone(self, world: World) -> None:
        come(world.edda, FIRST)
        assert names(come(world.adam, SECOND, 45)) == ["edda"]
        assert names(come(world.adam, SECOND, 60)) == []

    def test_who_goes_on_saying_so_stays_and_keeps_the_first_time(self, world: World) -> None:
        for after in range(0, 200, 20):
            come(world.edda, FIRST, after)
        here = come(world.adam, SECOND, 200)
        assert names(here) == ["edda"] and here.others[0].since == NOON

    def test_who_leaves_is_gone_at_once(self, world: World) -> None:
        come(world.edda, FIRST)
        presence.leave("section", 1, world.edda, FIRST, now=NOON + 1)
        assert names(come(world.adam, SECOND, 2)) == []

    def test_a_save_goes_on_in_a_page_of_the_same_tab(self, world: World) -> None:
        begun = come(world.edda, FIRST).since
        here = come(world.edda, SECOND, 30, since=begun, instead=FIRST)
        assert here.own is None and here.since == NOON
        assert come(world.adam, THIRD, 31).others[0].since == NOON

    def test_a_time_that_cannot_be_is_not_believed(self, world: World) -> None:
        for n, since in enumerate((NOON + 999, -5, 1, NOON - 30 * 24 * 3600)):
            assert come(world.edda, f"page{n:06d}", since=since).since == NOON

    def test_nobody_ends_the_page_of_another(self, world: World) -> None:
        come(world.edda, FIRST)
        presence.leave("section", 1, world.adam, FIRST, now=NOON)
        assert names(come(world.adam, SECOND, 1, instead=FIRST)) == ["edda"]
        assert names(come(world.adam, FIRST, 2)) == ["edda"]  # a name that another has already

    def test_endless_names_push_out_ones_own(self, world: World) -> None:
        come(world.edda, FIRST)
        for n in range(100):
            come(world.adam, f"page{n:06d}", n / 100)
        assert len(cache.get("open:section:1")) == presence.EACH + 1
        assert names(come(world.adam, SECOND, 2)) == ["edda"]

    def test_saying_the_same_at_once_writes_nothing(self, world: World, monkeypatch: Any) -> None:
        come(world.edda, FIRST)
        written: list[Any] = []
        monkeypatch.setattr(cache, "set", lambda *args: written.append(args))
        for _ in range(10):
            come(world.edda, FIRST, 1)
        assert written == []
        come(world.edda, FIRST, 6)
        assert len(written) == 1


class TestTheAddress:
    @staticmethod
    def at(row: Any) -> str:
        return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/open/"

    def test_it_answers_with_names_times_and_the_version(self, client: Client, world: World) -> None:
        world.adam.first_name, world.adam.last_name = "Maria", "<b>Lopez</b>"
        world.adam.save()
        other = Client()
        other.force_login(world.adam)
        before = int(time.time() * 1000)
        other.post(self.at(world.draft), {"tab": SECOND})
        client.force_login(world.edda)
        told = client.post(self.at(world.draft), {"tab": FIRST}).json()
        assert [one["name"] for one in told["others"]] == ["Maria <b>Lopez</b>"]
        assert before - 1000 <= told["others"][0]["since"] <= told["since"] + 1000
        assert told["own"] is None and told["version"] == world.draft.row_version
        other.post(self.at(world.draft), {"tab": SECOND, "leaving": "yes"})
        assert client.post(self.at(world.draft), {"tab": FIRST}).json()["others"] == []

    @pytest.mark.parametrize("name", ["report", "draft", "paper", "source", "quote", "event", "theory"])
    def test_every_form_has_it_and_names_it(self, client: Client, world: World, name: str) -> None:
        client.force_login(world.edda)
        row = getattr(world, name)
        assert client.post(self.at(row), {"tab": FIRST}).status_code == 200
        form = client.get(self.at(row).replace("/open/", "/change/")).content.decode()
        assert f'id="here" role="status" data-url="{self.at(row)}"' in form
        assert 'id="here"' not in client.get(self.at(row).replace(f"{row.pk}/open/", "add/")).content.decode()

    def test_nothing_is_written_to_the_database_and_few_questions_asked(
        self, client: Client, world: World
    ) -> None:
        client.force_login(world.edda)
        changes = ChangeSet.objects.count()
        client.post(self.at(world.draft), {"tab": SECOND})
        with CaptureQueriesContext(connection) as queries:
            client.post(self.at(world.draft), {"tab": FIRST})
        assert len(queries) <= 3  # session, user, version
        assert all(query["sql"].startswith("SELECT") for query in queries)
        assert ChangeSet.objects.count() == changes

    def test_who_may_not_edit_is_not_told(self, client: Client, world: World) -> None:
        assert client.post(self.at(world.draft), {"tab": FIRST}).status_code == 403
        client.force_login(world.rhea)
        assert client.post(self.at(world.draft), {"tab": FIRST}).status_code == 403
        looker = User.objects.create_user("looker", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_section"))
        client.force_login(looker)
        answer = client.post(self.at(world.draft), {"tab": FIRST})
        assert answer.status_code == 403 and "may not edit" in answer.json()["error"]
        assert 'id="here"' not in client.get(self.at(world.draft).replace("open", "change")).content.decode()
        client.force_login(world.edda)
        assert client.post(self.at(world.draft), {"tab": SECOND}).json()["others"] == []

    def test_by_post_alone_and_with_the_token(self, world: World) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(world.edda)
        assert strict.get(self.at(world.draft)).status_code == 405
        answer = strict.post(self.at(world.draft), {"tab": FIRST}, headers={"X-CSRFToken": "wrong"})
        assert answer.status_code == 403 and answer.json()["error"]

    @pytest.mark.parametrize(
        "tab",
        ["", "short", "UPPERCASE00", "a b c d e f", "x" * 41, "../../etc/pass", "nul\0nul\0nul", "é" * 10],
    )
    def test_a_page_without_a_right_name_is_refused(self, client: Client, world: World, tab: str) -> None:
        client.force_login(world.edda)
        answer = client.post(self.at(world.draft), {"tab": tab})
        assert answer.status_code == 400 and "error" in answer.json()
        assert cache.get(f"open:papers_section:{world.draft.pk}") is None

    @pytest.mark.parametrize("since", ["", "x", "-1", "9" * 15, "9" * 400, "١٢٣", "1e5", "\0"])
    def test_any_time_may_be_sent(self, client: Client, world: World, since: str) -> None:
        client.force_login(world.edda)
        told = client.post(self.at(world.draft), {"tab": FIRST, "since": since, "instead": since}).json()
        assert abs(told["since"] / 1000 - time.time()) < 60

    def test_a_row_that_is_gone(self, client: Client, world: World) -> None:
        client.force_login(world.edda)
        with world.change("deleted"):
            Section.objects.get(pk=world.todo.pk).delete()
        answer = client.post(self.at(world.todo), {"tab": FIRST})
        assert answer.status_code == 404 and "deleted meanwhile" in answer.json()["error"]
        assert client.post(f"/admin/papers/section/{10**30}/open/", {"tab": FIRST}).status_code == 404
