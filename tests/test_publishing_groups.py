"""The two groups: what editors may, and what only publishers may."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from papers.models import Section
from tests import world as worlds
from tests.test_papers_admin import filled, form_of
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("groups")]


@pytest.fixture
def world() -> World:
    return worlds.build()


def member(group: str) -> Client:
    user = User.objects.create_user(f"one-of-{group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def test_editors_write_and_file(world: World) -> None:
    client = member("editors")
    for address in (
        "/admin/",
        reverse("admin:inbox"),
        form_of(world.draft),
        form_of(world.theory),
        "/capture/",
    ):
        assert client.get(address).status_code == 200, address
    data = filled(client, form_of(world.draft)) | {"body": "By an editor."}
    assert client.post(form_of(world.draft), data).status_code == 302
    world.draft.refresh_from_db()
    assert world.draft.body == "By an editor."


def test_editors_neither_publish_nor_say_who_may_see(world: World) -> None:
    client = member("editors")
    assert client.get(reverse("admin:publish", args=[world.report.pk])).status_code == 403
    data = filled(client, form_of(world.draft)) | {"visibility": "editors"}
    assert "visibility" not in filled(client, form_of(world.draft))
    assert client.post(form_of(world.draft), data).status_code == 302
    assert Section.objects.get(pk=world.draft.pk).visibility == "public"


def test_publishers_do(world: World) -> None:
    client = member("publishers")
    assert client.get(reverse("admin:publish", args=[world.report.pk])).status_code == 200
    data = filled(client, form_of(world.draft)) | {"visibility": "editors"}
    assert client.post(form_of(world.draft), data).status_code == 302
    assert Section.objects.get(pk=world.draft.pk).visibility == "editors"


def test_neither_redacts(world: World) -> None:
    for group in ("editors", "publishers"):
        assert member(group).get(reverse("admin:redact", args=[world.report.pk])).status_code == 403
