"""Texts of one line, those of events and notes on evidence, say what is misspelt in them as bodies do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from publishing import assemble, markdown
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


MISSPELT = [
    (
        "[[sectoin:gamma]]",
        "[[sectoin:gamma]] places nothing and is shown as typed: did you mean [[section:gamma]].",
    ),
    ("See [@alhpa].", "alhpa"),
    ("[[timeline]]", "[[timeline]] stands within a text and is shown as typed"),
    ("[[section:nowhere]]", "There is no section “nowhere”."),
]


@pytest.mark.parametrize(("text", "message"), MISSPELT)
def test_an_event(world: World, text: str, message: str) -> None:
    with world.change():
        world.event.text = text
        world.event.save()
    (problem,) = assemble.document(world.report, audience=assemble.EDITORS).problems
    assert message in problem.message
    assert (problem.where, problem.anchor, problem.line) == ("Timeline", "event-release", 0)


@pytest.mark.parametrize(("text", "message"), MISSPELT)
def test_a_note_on_evidence(world: World, text: str, message: str) -> None:
    with world.change():
        world.evidence.note = text
        world.evidence.save()
    (problem,) = assemble.document(world.report, audience=assemble.EDITORS).problems
    assert message in problem.message
    assert (problem.where, problem.anchor) == ("It was cheap", "theory-cheap")


def test_the_desk_leads_to_the_form_it_is_written_in(world: World, client: Client) -> None:
    with world.change():
        world.event.text = "[[paepr:alpha]]"
        world.event.save()
    client.force_login(world.edda)
    page = client.get(reverse("admin:index")).content.decode()
    assert "did you mean [[paper:alpha]]" in page
    assert reverse("admin:timeline_timelineevent_change", args=[world.event.pk]) in page


def test_what_is_right_is_not_complained_of(world: World) -> None:
    with world.change():
        world.event.text = "See [[section:gamma]], [@alpha, p. 5] and @someone."
        world.event.save()
    assert assemble.document(world.report, audience=assemble.EDITORS).problems == ()


def test_readers_are_told_nothing(world: World) -> None:
    with world.change():
        world.event.text = "[[sectoin:gamma]]"
        world.event.save()
    assert assemble.document(world.report).problems == ()


@pytest.mark.parametrize("text", ["[" * 20_000, "a\n" * 20_000, "[[\0]]", "", "[[" + "x" * 300 + "]]"])
def test_hostile_lines_are_read_all_the_same(text: str) -> None:
    children, _ = markdown.read_inline(text)
    assert children == markdown.parse_inline(text)
