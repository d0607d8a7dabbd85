"""What the server says of texts that a browser keeps, and what it shows of a form that it refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from papers.drafts import LONGEST
from papers.models import ChangeSet, Section
from tests import world as worlds
from tests.test_papers_admin import add_to, filled, form_of
from tests.world import World

pytestmark = pytest.mark.django_db

HOSTILE = "Words that were typed </textarea><script>alert(1)</script> & more."


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.edda)
    return client


def saved(response: Any) -> str:
    return str(response.cookies["saved_texts"].value) if "saved_texts" in response.cookies else ""


class TestWhatWasSaved:
    def test_an_accepted_save_names_the_texts_and_the_new_version(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.draft)) | {
            "body": "New.",
            "kept_text": "abcdefgh1.3_zyxwvuts9.12",
        }
        response = client.post(form_of(world.draft), data)
        world.draft.refresh_from_db()
        version = world.draft.row_version
        assert saved(response) == f"abcdefgh1.3.{version}_zyxwvuts9.12.{version}"
        assert not response.cookies["saved_texts"]["httponly"], "the page's script reads it"

    def test_a_refused_save_names_none_and_sends_the_names_back(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.draft)) | {"body": "## Too high", "kept_text": "abcdefgh1.3"}
        response = client.post(form_of(world.draft), data)
        assert response.status_code == 200 and not saved(response)
        assert 'data-sent-back="abcdefgh1.3"' in response.content.decode()
        stale = data | {"body": "Fine.", "started_from": "0"}
        assert not saved(client.post(form_of(world.draft), stale))

    def test_a_new_row_counts_too(self, client: Client, world: World) -> None:
        data = filled(client, f"{add_to(Section)}?report={world.report.pk}")
        data |= {"heading": "Anew", "report": world.report.pk, "kept_text": "abcdefgh1.1"}
        response = client.post(add_to(Section), data)
        assert Section.objects.filter(heading="Anew").exists() and saved(response) == "abcdefgh1.1.1"

    @pytest.mark.parametrize(
        "name", ["", "x", "abcdefgh1", "abcdefgh1.x", "abcdefgh1.1; Path=/x", "a" * 99 + ".1", "é" * 9 + ".1"]
    )
    def test_forged_names_are_passed_over(self, client: Client, world: World, name: str) -> None:
        data = filled(client, form_of(world.draft)) | {"body": "New.", "kept_text": name}
        response = client.post(form_of(world.draft), data)
        assert response.status_code == 302 and not saved(response)

    def test_saves_in_a_row_add_up_and_stay_within_a_cookie(self, client: Client, world: World) -> None:
        for n in range(120):
            data = filled(client, form_of(world.draft)) | {"kept_text": f"abcdefgh{n:03d}.1"}
            response = client.post(form_of(world.draft), data)
        value = saved(response)
        assert "abcdefgh119.1" in value and "abcdefgh118.1" in value and len(value) <= LONGEST


class TestWrongToken:
    def send(self, world: World, data: dict[str, Any], **headers: str) -> Any:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.edda)
        return client.post(form_of(world.draft), data, headers=headers)

    def test_the_page_shows_what_was_sent_escaped_and_no_password(self, world: World) -> None:
        data = {"body": HOSTILE, "old_password": "secret word", "started_from": "1", "heading": "Beta"}
        response = self.send(world, data)
        page = response.content.decode()
        assert response.status_code == 403 and "Nothing was saved yet" in page
        assert "Words that were typed &lt;/textarea&gt;&lt;script&gt;" in page and "secret word" not in page
        assert "Heading: <b>Beta</b>" in page
        assert f'href="{form_of(world.draft)}"' in page and ChangeSet.objects.count() == 1

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    )
    def test_what_another_site_sent_is_not_shown_as_ones_own(
        self, world: World, headers: dict[str, str]
    ) -> None:
        page = self.send(world, {"body": HOSTILE}, **headers)
        assert page.status_code == 403 and "Words that were typed" not in page.content.decode()

    def test_scripts_get_a_refusal_they_can_show(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.edda)
        for headers in ({"X-CSRFToken": "wrong"}, {"Sec-Fetch-Dest": "empty"}):
            response = client.post(reverse("admin:preview"), {"text": "x"}, headers=headers)
            assert response.status_code == 403 and "kept" in response.json()["error"]


class TestSignedOut:
    def test_the_sign_in_page_holds_the_text_and_leads_back_to_the_form(self, world: World) -> None:
        client = Client()
        response = client.post(form_of(world.draft), {"body": HOSTILE, "started_from": "1"})
        page = response.content.decode()
        assert response.status_code == 403 and "You were signed out meanwhile" in page
        assert "Words that were typed &lt;/textarea&gt;&lt;script&gt;" in page
        answer = client.post(
            reverse("admin:login"),
            {"username": "edda", "password": worlds.PASSWORD, "next": form_of(world.draft)},
        )
        assert f'name="next" value="{form_of(world.draft)}"' in page
        assert f'action="{reverse("admin:login")}"' in page
        assert answer.status_code == 302 and answer["Location"] == form_of(world.draft)

    def test_nobody_is_led_to_another_site(self, world: World) -> None:
        page = Client().post(
            form_of(world.draft),
            {"body": HOSTILE, "started_from": "1"},
            headers={"Referer": "https://evil.example/admin/"},
        )
        assert "evil.example" not in page.content.decode()
