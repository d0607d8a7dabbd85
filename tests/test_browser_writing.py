"""“Write” in a real browser: from the page to the form, and what waits there inserted by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers.models import Scrap, Section
from papers.scraps import ScrapState
from tests import world as worlds
from tests.browsing import enter
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    with world.change():
        world.todo.paper = world.paper
        world.todo.save()
        world.unplaced.source, world.unplaced.locator = world.source, "7"
        world.unplaced.save()
    Scrap.objects.capture(
        world.report,
        world.edda,
        "They say it works.\n\nTwice.",
        address="https://blog.example/a",
        title="A blog",
    )
    return world


@pytest.fixture
def said() -> list[str]:
    """What the browser's console complains of."""
    return []


@pytest.fixture
def signed_in(page: Any, live_server: Any, world: World, said: list[str]) -> Iterator[Any]:
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.wait_for_selector("h1:has-text('to do')")
    yield page
    assert said == []


def reach(page: Any, locator: Any, most: int = 200) -> None:
    """Press Tab until `locator` has the focus."""
    for _ in range(most):
        if locator.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {locator}")


def test_from_the_page_by_keyboard_alone_to_a_section_with_its_quotation_and_its_scrap(
    signed_in: Any, live_server: Any, world: World
) -> None:
    page = signed_in
    page.goto(live_server.url + world.report.get_absolute_url())
    reach(page, page.get_by_role("link", name="Write “Gamma”"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/#id_body")
    text = page.locator("#id_body")
    reach(
        page, page.locator("#waiting li", has_text="Nobody has placed").get_by_role("button", name="Insert")
    )
    page.keyboard.press("Enter")
    assert text.input_value() == "[[quote:spare]]"
    assert text.evaluate("node => node === document.activeElement")
    page.keyboard.type("\n\nIn between.")
    scrap = page.locator("#waiting li", has_text="They say it works")
    reach(page, scrap.get_by_role("button", name="Insert"))
    page.keyboard.press("Enter")
    whole = (
        "[[quote:spare]]\n\nIn between.\n\nThey say it works.\n\nTwice.\n\n[A blog](<https://blog.example/a>)"
    )
    assert text.input_value() == whole
    assert scrap.get_by_role("checkbox").is_checked()

    # Undo takes it out, and the scrap is no longer counted as used; Redo puts both back.
    page.keyboard.press("Control+z")
    assert text.input_value() == "[[quote:spare]]\n\nIn between."
    assert not scrap.get_by_role("checkbox").is_checked()
    page.keyboard.press("Control+Shift+z")
    assert text.input_value() == whole and scrap.get_by_role("checkbox").is_checked()
    assert Scrap.objects.get().state == ScrapState.WAITING

    reach(page, page.get_by_role("button", name="Make this section a draft"))
    page.keyboard.press("Enter")
    assert page.locator("#id_state").input_value() == "draft"
    page.keyboard.press("Control+s")
    page.get_by_text("1 scrap filed with this text.").wait_for()
    stored = Section.objects.get(pk=world.todo.pk)
    assert (stored.body, stored.state) == (whole, "draft")
    assert Scrap.objects.get().filed_in == stored
    assert page.locator("#waiting li", has_text="They say it works").count() == 0


def test_what_was_inserted_is_in_the_local_draft_with_its_scrap(
    signed_in: Any, live_server: Any, world: World
) -> None:
    page = signed_in
    address = f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/"
    page.goto(address)
    page.locator("#waiting li", has_text="They say it works").get_by_role("button", name="Insert").click()
    page.wait_for_timeout(400)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    page.get_by_text("You have unsaved text of").wait_for()
    page.locator("#unsaved").get_by_role("button", name="Put it into the form").click()
    from playwright.sync_api import expect

    expect(page.locator("#id_body")).to_have_value(re.compile("They say it works"))
    assert page.locator("#waiting li", has_text="They say it works").get_by_role("checkbox").is_checked()
    page.keyboard.press("Control+s")
    page.get_by_text("1 scrap filed with this text.").wait_for()
    assert Scrap.objects.get().state == ScrapState.FILED


def test_a_scrap_that_was_inserted_and_taken_out_by_hand_still_waits(
    signed_in: Any, live_server: Any, world: World
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.locator("#waiting li", has_text="They say it works").get_by_role("button", name="Insert").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type("Something else.")
    page.keyboard.press("Control+s")
    page.get_by_text("was changed successfully").first.wait_for()
    assert Scrap.objects.get().state == ScrapState.WAITING


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_it_stands_beside_the_text_or_below_it(
    signed_in: Any, live_server: Any, world: World, said: list[str], width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: make venv installs it")
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.locator(".markdown.live").wait_for()
    text, beside = page.locator("#id_body").bounding_box(), page.locator("#waiting").bounding_box()
    if width == 390:
        assert beside["y"] >= text["y"] + text["height"]
    else:
        assert beside["x"] >= text["x"] + text["width"] and abs(beside["y"] - text["y"]) < 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []  # axe itself tries inline styles, which the policy refuses
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found] == []
    said.clear()
