"""“Since your last visit” on the desk: what colleagues changed, until it is marked as seen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from papers.changes import change
from papers.models import ChangeSet, Report
from publishing import visits
from publishing.models import DeskVisit
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def write(world: World, who: User | None, body: str, note: str = "", **kwargs: Any) -> None:
    with change(world.report, who, note, **kwargs):
        world.draft.refresh_from_db()
        world.draft.write(body)
        world.draft.save()


def other_report(who: User | None) -> Report:
    other = Report(slug="other", title="Another report")
    with change(other, who, "begun"):
        other.save()
    return other


def seen(client: Client, **sent: Any) -> Any:
    return client.post(reverse("admin:mark_seen"), {k.replace("_", "-"): v for k, v in sent.items()})


def test_own_changes_are_no_news(world: World) -> None:
    write(world, world.edda, "Mine.")
    assert visits.news(world.edda) == []


def test_what_others_changed_is_counted_by_person_with_the_last_note(world: World) -> None:
    write(world, world.adam, "One.", "first")
    write(world, world.adam, "Two.", "second")
    write(world, None, "Three.", "imported")
    (news,) = visits.news(world.edda)
    assert (news.report, news.seen, news.count, news.marked) == (world.report, 1, 2, False)
    assert [(p.name, p.count, p.note) for p in news.people] == [("adam", 2, "second")]
    assert news.get_absolute_url() == "/reasoning/diff/1/4/"


def test_a_save_without_a_difference_is_no_news(world: World) -> None:
    write(world, world.adam, "Begun.")
    assert visits.news(world.edda) == []


def test_a_change_of_ones_own_does_not_hide_what_a_colleague_did_before_it(world: World) -> None:
    write(world, world.edda, "Hers, before.")
    write(world, world.adam, "His.")
    write(world, world.edda, "Hers.")
    (news,) = visits.news(world.edda)
    assert (news.seen, news.count) == (2, 1)


def test_a_colleague_whose_account_is_gone_is_still_one(world: World) -> None:
    cleo = User.objects.create_user("cleo", is_staff=True)
    write(world, cleo, "Hers.")
    cleo.delete()
    (news,) = visits.news(world.edda)
    assert [p.name for p in news.people] == ["cleo"]


def test_a_command_is_a_colleague_once_something_was_marked(client: Client, world: World) -> None:
    """Before that it is what set the report up."""
    write(world, None, "Imported.")
    assert visits.news(world.edda) == []
    seen(client, **{f"seen_{world.report.pk}": 2})
    write(world, None, "Imported again.", "imported")
    (news,) = visits.news(world.edda)
    assert [(p.name, p.count, p.note) for p in news.people] == [("A command", 1, "imported")]


def test_somebody_new_hears_of_what_was_changed_since_their_account_was_made(world: World) -> None:
    assert [(n.seen, n.count) for n in visits.news(world.adam)] == [(0, 1)]
    late = User.objects.create_user("late", is_staff=True, is_superuser=True)
    assert visits.news(late) == []
    write(world, world.edda, "New to Late.")
    assert [(n.seen, n.count) for n in visits.news(late)] == [(1, 1)]


def test_marked_as_seen_it_goes_and_own_changes_in_between_do_not_hide_what_is_new(
    client: Client, world: World
) -> None:
    write(world, world.adam, "One.")
    assert seen(client, **{f"seen_{world.report.pk}": 2}).status_code == 302
    assert visits.news(world.edda) == []
    write(world, world.adam, "Two.")
    write(world, world.edda, "Three.")
    (news,) = visits.news(world.edda)
    assert (news.seen, news.count, news.marked) == (2, 1, True)
    assert news.since == DeskVisit.objects.get().seen_at


def test_what_came_after_the_desk_was_shown_stays_new(client: Client, world: World) -> None:
    write(world, world.adam, "One.")
    page = client.get(reverse("admin:index")).content.decode()
    (shown,) = re.findall(rf'name="seen-{world.report.pk}" value="(\d+)"', page)
    write(world, world.adam, "Two.")
    seen(client, **{f"seen_{world.report.pk}": shown})
    assert [news.count for news in visits.news(world.edda)] == [1]


def test_each_editor_has_a_visit_of_their_own(client: Client, world: World) -> None:
    write(world, world.adam, "One.")
    late = User.objects.create_user("late", is_staff=True, is_superuser=True)
    write(world, world.adam, "Two.")
    seen(client, **{f"seen_{world.report.pk}": 3})
    assert visits.news(world.edda) == [] and visits.news(late)[0].count == 1


def test_several_reports_and_one_of_them_marked(client: Client, world: World) -> None:
    write(world, world.adam, "One.")
    other = other_report(world.adam)
    assert {news.report.slug: news.count for news in visits.news(world.edda)} == {"reasoning": 1, "other": 1}
    page = client.get(reverse("admin:index")).content.decode()
    assert "1 change in Another report" in page and "Mark all as seen" in page
    seen(client, **{f"seen_{world.report.pk}": 2, f"seen_{other.pk}": 1, "report": other.pk})
    assert [news.report.slug for news in visits.news(world.edda)] == ["reasoning"]
    seen(client, **{f"seen_{world.report.pk}": 2, f"seen_{other.pk}": 1})
    assert visits.news(world.edda) == []


def test_reports_in_which_only_oneself_went_on_take_no_place(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "REPORTS", 1)
    write(world, world.adam, "One.")
    mine = other_report(world.edda)
    DeskVisit.objects.create(user=world.edda, report=mine, version=0, seen_at=timezone.now())
    assert [news.report.slug for news in visits.news(world.edda)] == ["reasoning"]


def test_looking_at_the_desk_writes_nothing(client: Client, world: World) -> None:
    write(world, world.adam, "One.")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(2):
            assert "1 change" in client.get(reverse("admin:index")).content.decode()
    written = [q["sql"] for q in queries if re.match("INSERT|UPDATE|DELETE", q["sql"])]
    assert written == [] and not DeskVisit.objects.exists()


def test_the_link_shows_the_difference_from_then_to_now(client: Client, world: World) -> None:
    write(world, world.adam, "Begun anew.")
    (news,) = visits.news(world.edda)
    assert "anew" in client.get(news.get_absolute_url()).content.decode()


@pytest.mark.parametrize("version", ["0", "1"])
def test_it_never_goes_back(client: Client, world: World, version: str) -> None:
    write(world, world.adam, "One.")
    seen(client, **{f"seen_{world.report.pk}": 2})
    seen(client, **{f"seen_{world.report.pk}": version})
    assert DeskVisit.objects.get().version == 2


def test_nor_beyond_what_there_is(client: Client, world: World) -> None:
    seen(client, **{f"seen_{world.report.pk}": 999999})
    assert DeskVisit.objects.get().version == 1
    write(world, world.adam, "One.")
    assert visits.news(world.edda)[0].count == 1


@pytest.mark.parametrize(
    "sent", [{}, {"seen-": "1"}, {"seen-x": "1"}, {"seen-1": ""}, {"seen-1": "-4"}, {"seen-1": "9" * 40},
             {"seen-" + "9" * 40: "1"}, {"seen-¹": "1"}, {"seen-999": "1"}, {"report": "\0", "desk": "\0"}]
)  # fmt: skip
def test_what_is_forged_is_refused_in_words(client: Client, world: World, sent: dict[str, str]) -> None:
    answer = client.post(reverse("admin:mark_seen"), sent, follow=True)
    assert answer.status_code == 200 and not DeskVisit.objects.exists()
    assert "Nothing was marked" in answer.content.decode()


def test_it_is_posted_by_staff_alone(client: Client, world: World) -> None:
    assert client.get(reverse("admin:mark_seen")).status_code == 405
    client.force_login(world.rhea)
    assert seen(client, **{f"seen_{world.report.pk}": 1}).status_code == 302
    assert not DeskVisit.objects.exists()


def test_a_thousand_changes_by_many_in_several_reports_take_three_queries(world: World) -> None:
    reports = [world.report, other_report(world.edda)]
    people = [User.objects.create_user(f"person{n}", is_staff=True) for n in range(20)]
    now = timezone.now()
    for report in reports:
        first = report.version + 1
        ChangeSet.objects.bulk_create(
            ChangeSet(
                report=report, version=first + n, who=people[n % 20], who_name=people[n % 20].username,
                when=now, note=f"change {n}",
            )
            for n in range(1000)
        )  # fmt: skip
        type(report)._base_manager.filter(pk=report.pk).update(version=first + 999)
    with CaptureQueriesContext(connection) as queries:
        found = visits.news(world.edda)
    assert len(queries) == 3
    assert [news.count for news in found] == [1000, 1000]
    assert [len(news.people) for news in found] == [visits.PEOPLE] * 2
    assert [news.more for news in found] == [1000 - visits.PEOPLE * 50] * 2
    assert found[0].people[0].note == "change 999"
