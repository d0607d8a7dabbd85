"""What a text can name: one list of a report for the editor's script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papers.models import Paper, Picture, Report, Section
from publishing import assemble
from quotes.models import Quote
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


@pytest.fixture
def edda(client: Client, world: World) -> Client:
    client.force_login(world.edda)
    return client


def address(world: World) -> str:
    return f"/admin/names/{world.report.pk}/"


def by_kind(names: list[dict[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in names:
        found.setdefault(one["kind"], []).append(one["name"])
    return found


def test_every_kind_is_there_in_the_order_of_the_page(edda: Client, world: World) -> None:
    Picture.objects.create(report=world.report, name="loss_curve.png", file="x.png", width=1, height=1)
    names = edda.get(address(world)).json()["names"]
    assert by_kind(names) == {
        "paper": ["alpha", "beta"],
        "section": ["alpha", "alpha-method", "beta", "gamma", "unsorted", "secret"],
        "quote": ["robust", "rumoured", "spare"],
        "event": ["release", "sanctions"],
        "theory": ["cheap"],
        "timeline": [""],
        "theories": [""],
        "picture": ["/media/reasoning/loss_curve.png"],
    }
    alpha, method = names[0], names[3]
    assert alpha["title"] == "Alpha: Learning to reason"
    assert alpha["more"] == "Aho, B., 2024, Alpha (alpha-pdf)"  # found by the text it has, too
    assert (method["title"], method["more"]) == ("Method", "Alpha")
    assert names[-1]["title"] == "loss curve"


def test_each_name_leads_somewhere_when_it_is_written(edda: Client, world: World) -> None:
    names = edda.get(address(world)).json()["names"]
    written = [f"[[{n['kind']}:{n['name']}]]" for n in names if n["name"]]
    written += ["[[timeline]]", "[[theories]]", *(f"[@{n['name']}]" for n in names if n["kind"] == "paper")]
    with world.change("all of it"):
        world.inbox.body = ""
        world.inbox.save()
        world.todo.body = "\n\n".join(written)
        world.todo.save()
    document = assemble.document(world.report, audience=assemble.EDITORS)
    assert [p.message for p in document.problems if p.anchor == world.todo.anchor] == []


def test_long_words_are_cut_and_hostile_ones_stay_text(edda: Client, world: World) -> None:
    hostile = "</script><img src=x onerror=alert(1)> & “" + "long " * 100
    with world.change("long words"):
        Quote(report=world.report, slug="long", text=hostile).save()
    answer = edda.get(address(world))
    found = next(one for one in answer.json()["names"] if one["name"] == "long")
    assert found["title"].startswith("</script><img src=x") and len(found["title"]) == 160
    assert answer["Content-Type"] == "application/json"


def test_another_report_is_not_in_it(edda: Client, world: World) -> None:
    other = Report(slug="other", title="Other")
    with worlds.change(other, world.edda):
        other.save()
        Paper(report=other, key="elsewhere", title="Elsewhere").save()
    assert "elsewhere" not in edda.get(address(world)).content.decode()
    assert by_kind(edda.get(f"/admin/names/{other.pk}/").json()["names"]) == {
        "paper": ["elsewhere"],
        "timeline": [""],
        "theories": [""],
    }


def test_it_costs_the_same_whatever_the_size(edda: Client, world: World) -> None:
    edda.get(address(world))
    with CaptureQueriesContext(
        connection,
    ) as small:
        edda.get(address(world))
    with world.change("many"):
        for n in range(40):
            Section(report=world.report, anchor=f"s{n}", heading=f"Section {n}").save()
            Quote(report=world.report, slug=f"q{n}", text=f"Words {n}", source=world.source).save()
    with CaptureQueriesContext(connection) as large:
        assert len(edda.get(address(world)).json()["names"]) > 80
    assert len(large) == len(small) <= 11


def test_what_is_still_right_is_not_sent_again(edda: Client, world: World) -> None:
    first = edda.get(address(world))
    assert "no-store" in first["Cache-Control"]
    again = {"If-None-Match": first["ETag"]}
    with CaptureQueriesContext(connection) as queries:
        answer = edda.get(address(world), headers=again)
    assert answer.status_code == 304 and answer.content == b"" and len(queries) <= 4
    with world.change("a new one"):
        Paper(report=world.report, key="gamma", title="Gamma").save()
    second = edda.get(address(world), headers=again)
    assert second.status_code == 200 and "gamma" in by_kind(second.json()["names"])["paper"]
    Picture.objects.create(report=world.report, name="a.png", file="a.png", width=1, height=1)
    assert edda.get(address(world), headers={"If-None-Match": second["ETag"]}).status_code == 200


@pytest.mark.usefixtures("groups")
def test_who_may_not_write_gets_nothing(client: Client, world: World) -> None:
    assert client.get(address(world)).status_code == 302  # to sign in
    client.force_login(world.rhea)
    assert client.get(address(world)).status_code == 302
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_section"))
    client.force_login(looker)
    answer = client.get(address(world))
    assert answer.status_code == 403 and "Secret" not in answer.content.decode() and answer.json()["error"]
    looker.groups.add(Group.objects.get(name="editors"))
    assert client.get(address(world)).status_code == 200


def test_no_such_report_and_no_other_method(edda: Client, world: World) -> None:
    for number in (0, 999_999, 10**30):
        assert edda.get(f"/admin/names/{number}/").status_code == 404
    assert edda.get("/admin/names/x/").status_code in (301, 302, 404)
    assert edda.post(address(world)).status_code == 405
