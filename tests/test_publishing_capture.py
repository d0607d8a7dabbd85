"""Capturing: a scrap lands in the inbox with its origin and time, from a page, a bookmark or a script."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from papers.addresses import origin, same_work
from papers.models import CaptureToken, ChangeSet, Scrap
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db
HERE = "/capture/"


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def send(world: World, fields: Any, token: str = "", **how: Any) -> Any:
    """As a script does: no session, no cookie."""
    bearer = token or CaptureToken.make(world.edda)
    client = Client(enforce_csrf_checks=True)
    return client.post(HERE, fields, headers={"authorization": f"Bearer {bearer}"}, **how)


class TestWithAToken:
    def test_lands_in_the_inbox_with_origin_and_time(self, world: World) -> None:
        response = send(
            world, {"text": "A finding.\r\n", "address": "https://arxiv.org/abs/2501.1", "title": "A paper"}
        )
        assert response.status_code == 201, response.content
        scrap = Scrap.objects.get()
        assert (scrap.text, scrap.origin, scrap.title, scrap.kind) == (
            "A finding.",
            "arXiv",
            "A paper",
            "scrap",
        )
        assert (scrap.captured_by, scrap.report, scrap.state) == ("edda", world.report, "waiting")
        assert response.json()["scrap"] == scrap.pk and response.json()["warnings"] == []

    def test_moves_no_version_and_shows_readers_nothing(self, world: World) -> None:
        send(world, {"text": "Not for readers."})
        assert ChangeSet.objects.count() == 1
        assert "Not for readers." not in Client().get("/reasoning/").content.decode()

    def test_takes_json_too(self, world: World) -> None:
        response = send(world, json.dumps({"text": "Ünïcode 中文 🚨"}), content_type="application/json")
        assert response.status_code == 201 and Scrap.objects.get().text == "Ünïcode 中文 🚨"

    def test_a_post_is_known_by_its_address(self, world: World) -> None:
        send(world, {"text": "Big news", "address": "https://x.com/somebody/status/1"})
        assert (Scrap.objects.get().kind, Scrap.objects.get().origin) == ("post", "X")

    def test_a_selection_from_a_known_source_is_checked_at_once(self, world: World) -> None:
        with world.change("archived"):
            world.post.text = "The words that they posted, all of them."
            world.post.url = "https://x.com/somebody/status/1"
            world.post.save()
        data = {"text": "the words that they posted", "address": "https://twitter.com/somebody/status/1?s=20"}
        data["address"] = "https://twitter.com/somebody/status/1"
        said = send(world, data).json()["said"]
        assert "Edited" in said or "Verbatim" in said
        assert Scrap.objects.get().source == world.post

    @pytest.mark.parametrize(
        ("fields", "status", "words"),
        [
            ({}, 400, "There is no text"),
            ({"text": " \n "}, 400, "There is no text"),
            ({"text": "x", "kind": "sermon"}, 400, "sermon"),
            ({"text": "x", "address": "javascript:alert(1)"}, 400, "valid URL"),
            ({"text": "x", "report": "nowhere"}, 400, "no such report"),
            ({"text": "x" * 200_001}, 400, "a scrap holds 200,000"),
            ({"text": "x" * 6_000_000}, 413, "too much for one scrap"),
        ],
    )
    def test_what_can_not_be_kept_says_why(
        self, world: World, fields: dict[str, str], status: int, words: str
    ) -> None:
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        response = send(world, body, content_type="application/x-www-form-urlencoded")
        assert response.status_code == status and words in response.json()["error"]
        assert not Scrap.objects.exists()

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b'{"text": "\xff"}', "not UTF-8 (byte 11)"),
            (b"[1]", "one JSON object"),
            (b'{"text": 7}', "one JSON object"),
            (b"{", "no JSON object"),
            (b"[" * 100_000, "JSON"),
        ],
    )
    def test_json_that_is_none_says_so(self, world: World, body: bytes, words: str) -> None:
        response = send(world, body, content_type="application/json")
        assert response.status_code == 400 and words in response.json()["error"]

    def test_a_nul_is_kept_as_a_sign_and_said(self, world: World) -> None:
        response = send(world, json.dumps({"text": "a\0b"}), content_type="application/json")
        assert Scrap.objects.get().text == "a\ufffdb" and "NUL" in response.json()["warnings"][0]

    @pytest.mark.parametrize("token", ["wrong", "é", "a b", "x" * 5000])
    def test_an_unknown_token_keeps_nothing(self, world: World, token: str) -> None:
        response = Client().post(HERE, {"text": "x"}, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 401 and not Scrap.objects.exists()

    def test_a_token_ends_with_the_next_one_and_with_its_owner_s_rights(self, world: World) -> None:
        first = CaptureToken.make(world.edda)
        second = CaptureToken.make(world.edda)
        assert send(world, {"text": "x"}, first).status_code == 401
        assert (
            first not in str(CaptureToken.objects.values())
            and send(world, {"text": "x"}, second).status_code == 201
        )
        world.edda.is_staff = False
        world.edda.save()
        assert send(world, {"text": "x"}, second).status_code == 401


class TestByHand:
    def test_keeps_and_says_so(self, client: Client, world: World) -> None:
        response = client.post(HERE, {"text": "A thought.", "kind": "event"}, follow=True)
        assert "Kept: “A thought.”" in response.content.decode()
        assert Scrap.objects.get().kind == "event"

    def test_what_is_refused_stays_in_the_form(self, client: Client, world: World) -> None:
        response = client.post(HERE, {"text": "My <words>", "address": "not an address"})
        page = response.content.decode()
        assert response.status_code == 400 and "valid URL" in page and "My &lt;words&gt;" in page

    def test_needs_the_token_of_the_form(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.edda)
        assert client.post(HERE, {"text": "x"}).status_code == 403

    def test_is_for_staff_who_may_write(self, world: World) -> None:
        for user in (None, world.rhea):
            client = Client()
            if user:
                client.force_login(user)
            assert "Reasoning models" not in client.get(HERE).content.decode()
            page = client.post(HERE, {"text": "My <words>"})
            assert page.status_code == 400 and "My &lt;words&gt;" in page.content.decode()
        client.force_login(User.objects.create_user("eve", is_staff=True))
        assert client.post(HERE, {"text": "x"}).status_code == 400
        assert not Scrap.objects.exists()

    def test_the_bookmark_is_shown_once(self, client: Client, world: World) -> None:
        address = reverse("admin:capture_token")
        assert "javascript:" not in client.get(address).content.decode()
        page = client.post(address).content.decode()
        assert 'href="javascript:' in page and "Authorization: Bearer" in page
        assert "javascript:" not in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("address", "name", "kind"),
    [
        ("https://arxiv.org/pdf/2402.03300", "arXiv", ""),
        ("https://github.com/a/b", "GitHub", ""),
        ("https://mobile.twitter.com/a/status/1", "X", "post"),
        ("https://www.mit.edu/x", "mit.edu", ""),
        ("http://[broken", "", ""),
        ("", "", ""),
    ],
)
def test_the_site_is_known_by_its_domain(address: str, name: str, kind: str) -> None:
    assert origin(address) == (name, kind)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://arxiv.org/abs/2402.03300v2", "https://www.arxiv.org/pdf/2402.03300", True),
        ("https://github.com/a/b/blob/main/c.pdf", "https://raw.githubusercontent.com/a/b/main/c.pdf", True),
        ("https://twitter.com/a/status/1", "https://x.com/a/status/1#top", True),
        ("https://x.com/a/status/1", "https://x.com/a/status/2", False),
        ("http://[broken", "https://x.com/", False),
        ("", "", False),
    ],
)
def test_two_addresses_of_one_work(one: str, other: str, same: bool) -> None:
    assert same_work(one, other) is same


def test_who_may_write_may_capture(world: World) -> None:
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_section"))
    assert send(world, {"text": "x"}, CaptureToken.make(user)).status_code == 201


@pytest.mark.parametrize("name", ["text", "title", "address", "kind", "report"])
@pytest.mark.parametrize("broken", ["\ud800", "\udfff\ud800", "a\0b", "\0"])
def test_what_no_database_can_store_is_kept_with_a_mark_or_refused_in_words(
    client: Client, world: World, name: str, broken: str
) -> None:
    """JSON can send half a character; PostgreSQL takes no NUL, not even to look for."""
    token = CaptureToken.make(world.edda)
    data = json.dumps({"text": "words", "report": "reasoning"} | {name: f"x{broken}"})
    response = client.post(
        "/capture/", data, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    kept = name in ("text", "title")
    assert response.status_code == (201 if kept else 400), response.content
    assert Scrap.objects.count() == int(kept)
    if kept:
        assert "\ufffd" in getattr(Scrap.objects.get(), name) and response.json()["warnings"]


def test_nul_by_hand_is_no_fault_either(client: Client, world: World) -> None:
    client.force_login(world.edda)
    for name in ("text", "title", "address", "kind", "report"):
        response = client.post("/capture/", {"text": "words"} | {name: "a\0b"})
        assert response.status_code in (302, 400), name
