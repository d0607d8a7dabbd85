"""Private saves: kept on the server for editors, shown by a link that ends, published through the guard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signing import TimestampSigner
from django.test import Client
from django.urls import reverse

from papers.models import ChangeSet, PrivateText, Section, Visibility
from publishing import restoring
from tests import world as worlds
from tests.test_papers_admin import errors, filled, form_of
from tests.test_papers_conflicts import returned
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def keep(client: Client, section: Section, body: str, query: str = "", **more: Any) -> Any:
    """Press “Save privately” in the form."""
    data = filled(client, form_of(section) + query) | {"body": body, "_private": "1"} | more
    return client.post(form_of(section), data)


def page_of(client: Client, world: World) -> str:
    return Client().get(world.report.get_absolute_url()).content.decode()


class TestKeeping:
    def test_readers_go_on_seeing_the_public_text(self, client: Client, world: World) -> None:
        response = keep(client, world.draft, "Not for readers yet.")
        assert response.status_code == 302 and response["Location"].endswith("?private=1")
        kept = PrivateText.objects.get()
        assert (kept.body, kept.saved_by, kept.version) == ("Not for readers yet.", "edda", 1)
        assert "Not for readers yet." not in page_of(client, world)
        assert ChangeSet.objects.count() == 1

    def test_the_form_says_that_it_waits_and_goes_on_with_it(self, client: Client, world: World) -> None:
        keep(client, world.draft, "Not for readers yet.")
        assert "A private text waits here" in client.get(form_of(world.draft)).content.decode()
        assert filled(client, form_of(world.draft))["body"] == "Begun."
        assert filled(client, form_of(world.draft) + "?private=1")["body"] == "Not for readers yet."
        keep(client, world.draft, "Better.", "?private=1")
        assert (PrivateText.objects.get().body, PrivateText.objects.get().version) == ("Better.", 2)

    def test_what_can_not_be_published_yet_can_be_kept(self, client: Client, world: World) -> None:
        assert keep(client, world.draft, "```\nan open fence").status_code == 302

    def test_nothing_is_not_kept_and_says_so(self, client: Client, world: World) -> None:
        assert "nothing to keep yet" in errors(keep(client, world.draft, " \n"))
        assert not PrivateText.objects.exists()

    def test_two_who_keep_one_lose_neither_text(self, client: Client, world: World) -> None:
        with world.change():
            world.draft.body = "Begun by two."
            world.draft.save()
        mine = filled(client, form_of(world.draft)) | {
            "body": "Begun by two.\n\nBy Edda.",
            "_private": "1",
        }
        adam = Client()
        adam.force_login(world.adam)
        keep(adam, world.draft, "By Adam.\n\nBegun by two.")
        response = client.post(form_of(world.draft), mine)
        assert "adam has saved or published a private text meanwhile" in errors(response)
        again = returned(response)
        assert again["body"] == "By Adam.\n\nBegun by two.\n\nBy Edda."
        assert client.post(form_of(world.draft), again | {"_private": "1"}).status_code == 302
        assert PrivateText.objects.get().body == "By Adam.\n\nBegun by two.\n\nBy Edda."

    @pytest.mark.parametrize("version", ["7", "x", "9" * 40, "-1"])
    def test_a_forged_version_overwrites_nothing(self, client: Client, world: World, version: str) -> None:
        keep(client, world.draft, "The first.")
        keep(client, world.draft, "Forged.", private_version=version)
        assert PrivateText.objects.get().body == "The first."

    def test_a_section_that_is_deleted_leaves_it(self, client: Client, world: World) -> None:
        keep(client, world.draft, "Not for readers yet.")
        with world.change("gone"):
            Section.objects.get(pk=world.draft.pk).delete()
        kept = PrivateText.objects.get()
        page = client.get(reverse("admin:private", args=[kept.pk])).content.decode()
        assert "the section itself was deleted" in page and "Not for readers yet." in page


class TestPublishing:
    def test_save_publishes_it_and_it_waits_no_more(self, client: Client, world: World) -> None:
        keep(client, world.draft, "For readers.")
        data = filled(client, form_of(world.draft) + "?private=1")
        assert client.post(form_of(world.draft), data).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == "For readers." and not PrivateText.objects.exists()

    def test_goes_through_the_guard_of_the_section(self, client: Client, world: World) -> None:
        with world.change():
            world.draft.body = "One two three.\n\nFour five six."
            world.draft.save()
        keep(client, world.draft, "One two three.\n\nFour five six seven.")
        with world.change("Adam was here", who=world.adam):
            world.draft.body = "Zero one two three.\n\nFour five six."
            world.draft.save()
        data = filled(client, form_of(world.draft) + "?private=1")
        response = client.post(form_of(world.draft), data)
        assert "adam changed this" in errors(response)
        assert client.post(form_of(world.draft), returned(response)).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == "Zero one two three.\n\nFour five six seven."
        assert not PrivateText.objects.exists()

    def test_a_public_save_leaves_a_private_text_that_was_not_open(
        self, client: Client, world: World
    ) -> None:
        keep(client, world.draft, "Later.")
        client.post(form_of(world.draft), filled(client, form_of(world.draft)) | {"body": "Now."})
        assert PrivateText.objects.get().body == "Later."


class TestLinks:
    def link(self, client: Client) -> str:
        page = client.get(reverse("admin:private", args=[PrivateText.objects.get().pk])).content.decode()
        found = re.search(r'value="https?://[^/]+(/[^"]+/preview/[^"]+)"', page)
        return found[1] if found else ""

    def test_shows_the_report_with_the_text_in_its_place(self, client: Client, world: World) -> None:
        keep(client, world.draft, "Not for *readers* yet.")
        response = Client().get(self.link(client))
        page = response.content.decode()
        assert "Not for <em>readers</em> yet." in page and "Not published yet" in page
        assert "noindex" in response["X-Robots-Tag"] and "no-store" in response["Cache-Control"]
        assert worlds.SECRET not in page

    def test_ends_when_it_is_taken_back_published_or_thrown_away(self, client: Client, world: World) -> None:
        keep(client, world.draft, "Not for readers yet.")
        link, kept = self.link(client), PrivateText.objects.get()
        address = reverse("admin:private", args=[kept.pk])
        client.post(address, {"do": "revoke"})
        assert Client().get(link).status_code == 410
        assert Client().get(link := self.link(client)).status_code == 200
        client.post(address, {"do": "drop", "version": "9"})
        assert Client().get(link).status_code == 200
        client.post(address, {"do": "drop", "version": kept.version})
        assert Client().get(link).status_code == 410 and not PrivateText.objects.exists()

    def test_runs_out(self, client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TimestampSigner, "timestamp", lambda self: "1")
        keep(client, world.draft, "Not for readers yet.")
        link = self.link(client)
        monkeypatch.undo()
        assert Client().get(link).status_code == 410

    @pytest.mark.parametrize("signed", ["x", "a:b:c", ":::", "%00", "é", "9" * 500])
    def test_a_forged_one_shows_nothing(self, client: Client, world: World, signed: str) -> None:
        keep(client, world.draft, "Not for readers yet.")
        assert Client().get(f"/reasoning/preview/{signed}/").status_code in (404, 410)

    def test_there_is_none_for_what_editors_alone_may_see(self, client: Client, world: World) -> None:
        keep(client, world.draft, "Not for readers yet.")
        link = self.link(client)
        with world.change("hidden"):
            section = Section.objects.get(pk=world.draft.pk)
            section.visibility = Visibility.EDITORS
            section.save()
        assert Client().get(link).status_code == 410 and not self.link(client)


def test_the_desk_lists_it_and_compares_it_word_by_word(client: Client, world: World) -> None:
    keep(client, world.draft, "Begun, and <more>.")
    address = reverse("admin:private", args=[PrivateText.objects.get().pk])
    assert address in client.get("/admin/").content.decode()
    assert "<ins>, and &lt;more&gt;</ins>" in client.get(address).content.decode()


def test_it_is_for_whoever_may_change_sections(client: Client, world: World) -> None:
    keep(client, world.draft, "Not for readers yet.")
    address = reverse("admin:private", args=[PrivateText.objects.get().pk])
    client.force_login(User.objects.create_user("eve", is_staff=True))
    assert client.get(address).status_code == 403
    assert client.post(address, {"do": "drop", "version": 1}).status_code == 403
    assert Client().get(address).status_code == 302
    assert PrivateText.objects.exists()


class TestASectionThatIsDeletedAndComesBack:
    def gone(self, client: Client, world: World) -> PrivateText:
        keep(client, world.draft, "Private words.")
        with world.change("gone"):
            Section.objects.get(pk=world.draft.pk).delete()
        kept = PrivateText.objects.get()
        assert kept.section is None
        return kept

    @pytest.mark.parametrize("whole", [False, True])
    def test_has_its_private_text_again(self, client: Client, world: World, whole: bool) -> None:
        kept = self.gone(client, world)
        now = world.report.version
        if whole:
            restoring.restore_report(world.report, now - 1, world.edda, now)
        else:
            restoring.restore_row(world.report, "section", world.draft.pk, now - 1, world.edda, now)
        kept.refresh_from_db()
        assert kept.section == world.draft and kept.body == "Private words."
        form = client.get(form_of(world.draft) + "?private=1").content.decode()
        assert "Private words." in form

    def test_keeps_a_newer_one_and_gives_up_none(self, client: Client, world: World) -> None:
        old = self.gone(client, world)
        now = world.report.version
        restoring.restore_row(world.report, "section", world.draft.pk, now - 1, world.edda, now)
        old.refresh_from_db()
        old.section = None  # as it was left before texts were found again
        old.save()
        keep(client, world.draft, "Newer words.")
        restoring.restore_row(world.report, "section", world.draft.pk, 1, world.edda, world.report.version)
        bodies = dict(PrivateText.objects.values_list("body", "section"))
        assert bodies == {"Private words.": None, "Newer words.": world.draft.pk}


@pytest.mark.parametrize("began", ["", "x", "-1", "9" * 40, "\0"])
def test_a_private_text_that_says_not_what_it_began_from_overwrites_nothing(
    client: Client, world: World, began: str
) -> None:
    with world.change("Adam was here", who=world.adam):
        world.draft.body = "Adam’s newer text."
        world.draft.save()
    keep(client, world.draft, "Mine.", started_from=began)
    published = client.post(form_of(world.draft), filled(client, form_of(world.draft) + "?private=1"))
    assert "didn&#x27;t say which version" in published.content.decode()
    world.draft.refresh_from_db()
    assert world.draft.body == "Adam’s newer text." and PrivateText.objects.get().body == "Mine."
