"""Redaction: a text goes from everything, past and present; what is left says that something was there."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from papers.models import ChangeSet, PrivateText, Scrap
from publishing import assemble, redacting, verification
from publishing.models import Edition
from quotes.models import Quote
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db

KEY = 'sk-«secret»_"%_key'


@pytest.fixture
def world() -> World:
    """The key was pasted everywhere, and taken out of some places again by hand."""
    world = worlds.build()
    with world.change(f"pasted {KEY}"):
        world.draft.body = f"Before {KEY} after.\nAnd {KEY}."
        world.draft.save()
        world.written.heading = f"Alpha {KEY}"
        world.written.save()
        world.report.notice = KEY
        world.report.save()
        world.unplaced.text = f"Words with {KEY} in them."
        world.unplaced.save()
        world.evidence.note = KEY
        world.evidence.save()
    Edition.objects.publish(world.report, world.edda, "With it", "", {}, world.report.version)
    with world.change("noticed"):
        world.draft.body = "Gone by hand."
        world.draft.save()
        Quote.objects.get(pk=world.unplaced.pk).delete()
    PrivateText.keep(world.todo, f"Private {KEY}", world.edda, 1, 0)
    Scrap.objects.capture(world.report, world.edda, f"A scrap with {KEY}")
    verification.verify_report(world.report)
    world.report.refresh_from_db()
    return world


def everything() -> str:
    """Every column of every table, as the database has it."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found).replace('\\"', '"')


def test_nothing_of_it_is_left_anywhere(world: World) -> None:
    assert KEY in everything()
    found = redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    assert KEY not in everything() and found.rows == 3 and found.editions == 1 and found.past >= 5


def test_markers_and_the_history_say_that_it_was_there(world: World) -> None:
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    step = ChangeSet.objects.first()
    assert step and (step.who, step.note) == (world.adam, "A text was redacted: A key was pasted")
    world.written.refresh_from_db()
    assert world.written.heading.startswith("Alpha [redacted on 20")
    old = assemble.document(world.report, version=2, audience="editors")
    section = old.section_by_anchor.get("beta")
    bodies = [s.body.source for s in old.all_sections()]
    assert any(body.startswith("Before [redacted on") for body in bodies), section


def test_an_edition_says_what_is_missing_and_keeps_its_new_sum(world: World, client: Client) -> None:
    before = Edition.objects.get()
    redacting.redact(world.report, KEY, "A <key> was pasted", world.adam)
    edition = Edition.objects.get()
    assert edition.sha256 == hashlib.sha256(edition.document.encode()).hexdigest() != before.sha256
    assert edition.redactions[0]["sha256"] == before.sha256
    page = client.get(edition.get_absolute_url()).content.decode()
    assert "Taken out on" in page and "A &lt;key&gt; was pasted" in page and KEY not in page


def test_what_readers_have_is_made_anew(world: World, client: Client) -> None:
    with world.change("public"):
        world.draft.body = f"Public {KEY}"
        world.draft.save()
    assert "sk-«secret»" in client.get("/reasoning/").content.decode()
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    assert "sk-«secret»" not in client.get("/reasoning/").content.decode()


@pytest.mark.parametrize(
    ("text", "why", "words"),
    [("abc", "x", "at least 4"), (KEY, " ", "Say why"), ("stands nowhere", "x", "nowhere")],
)
def test_what_can_not_be_meant_changes_nothing(world: World, text: str, why: str, words: str) -> None:
    before = everything()
    with pytest.raises(ValidationError, match=words):
        redacting.redact(world.report, text, why, world.adam)
    assert everything() == before


class TestThePage:
    def send(self, client: Client, world: World, **data: Any) -> str:
        return client.post(
            reverse("admin:redact", args=[world.report.pk]), data, follow=True
        ).content.decode()

    def test_shows_where_it_stands_before_anything_goes(self, client: Client, world: World) -> None:
        client.force_login(world.adam)
        page = self.send(client, world, text=KEY, why="A key")
        assert "It stands in 3 texts as they are now" in page and KEY in everything()
        assert "for good" in self.send(client, world, text=KEY, why="A key", sure="1")
        assert KEY not in everything()

    def test_is_for_administrators_alone(self, client: Client, world: World) -> None:
        world.edda.is_superuser = False
        world.edda.save()
        client.force_login(world.edda)
        assert client.get(reverse("admin:redact", args=[world.report.pk])).status_code == 403
        data = {"text": KEY, "why": "x", "sure": "1"}
        assert client.post(reverse("admin:redact", args=[world.report.pk]), data).status_code == 403
        assert KEY in everything()
