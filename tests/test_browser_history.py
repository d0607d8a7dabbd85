"""The past in a real browser: every page without a barrier, on a phone and on a desk, and by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests import world as worlds
from tests.browsing import enter
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

LONG = (
    "Also, they explored tree search to improve inference by breaking answers into steps.\n\n"
    "A second paragraph stands here without a change.\n\nA third one will be moved to the very end of it."
)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Any) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    with world.change("first words"):
        world.draft.body = LONG
        world.draft.save()
    with world.change("why it did not scale", who=world.adam, minor=True):
        one, two, three = LONG.replace("improve", "guide").split("\n\n")
        world.draft.body = f"{one}\n\n{three}\n\n{two}"
        world.draft.save()
        world.unplaced.delete()
        world.theory.state = "contested"
        world.theory.save()
    return world


def sign_in(page: Any, live_server: Any) -> None:
    enter(page, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.wait_for_selector("h1")


def test_two_versions_are_compared_and_one_restored_by_keyboard_alone(
    page: Any, live_server: Any, world: World
) -> None:
    sign_in(page, live_server)
    page.goto(live_server.url + "/reasoning/history/")
    page.get_by_label("Compare version 2 as the older").focus()
    page.keyboard.press("ArrowDown")  # the older one: version 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/diff/1/3/")
    folded = page.locator("details.cut summary").first
    if folded.count():
        folded.focus()
        page.keyboard.press("Enter")
    page.get_by_role("link", name="Restore 1 as a new change").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Restore as version 4").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/diff/3/4/")
    assert "Restored version 1" in page.locator("main").inner_text()
    world.draft.refresh_from_db()
    assert world.draft.body == "Begun."


def test_side_by_side_is_one_text_where_there_is_no_room(page: Any, live_server: Any, world: World) -> None:
    page.goto(live_server.url + "/reasoning/diff/2/3/?side=1")
    row = page.locator(".row").first
    assert [row.locator(name).is_visible() for name in (".was", ".is", ".both")] == [True, True, False]
    page.set_viewport_size({"width": 390, "height": 800})
    assert [row.locator(name).is_visible() for name in (".was", ".is", ".both")] == [False, False, True]
