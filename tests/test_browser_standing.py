"""State and visibility on the report's page, in a real browser: by keyboard, without scripts, by two at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from papers.models import Section
from tests import world as worlds
from tests.browsing import enter
from tests.test_browser_together import Person
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


def now(section: Section) -> tuple[str, str]:
    fresh = Section.objects.get(pk=section.pk)
    return fresh.state, fresh.visibility


def test_by_the_keyboard_alone(browser: Any, live_server: Any, world: World) -> None:
    edda = Person(browser, live_server.url, "edda")
    page = edda.page
    page.goto(f"{live_server.url}/reasoning/#beta")
    page.locator("#beta a.edit").focus()
    keys = ["Tab", "Enter", "Tab", "w", "Tab", "e", "Tab"]
    for key in keys:
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent") == "Set"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/reasoning/#beta") and now(world.draft) == ("done", "editors")
    said = page.locator("#beta").get_by_role("status")
    assert said.inner_text() == "Set: written, editors only." and said.is_visible()
    print(f"state and readers of a section, from its Edit link: {len(keys) + 1} keys, 1 load")
    assert edda.said == []
    edda.context.close()


def test_without_scripts_and_readers_see_it_at_once(browser: Any, live_server: Any, world: World) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, live_server.url)
    page.goto(f"{live_server.url}/reasoning/")
    section = page.locator("#secret")
    section.get_by_text("State and readers").click()
    section.get_by_label("Readers").select_option("public")
    section.get_by_role("button", name="Set").click()
    assert section.get_by_role("status").inner_text() == "Set: public."
    reader = browser.new_context().new_page()
    reader.goto(f"{live_server.url}/reasoning/")
    assert reader.get_by_text(worlds.SECRET).is_visible()
    assert reader.locator(".control, form").count() == 0
    reader.context.close()
    context.close()


def test_of_two_at_once_the_second_is_told(browser: Any, live_server: Any, world: World) -> None:
    edda, adam = (Person(browser, live_server.url, name) for name in ("edda", "adam"))
    for person in (edda, adam):
        person.page.goto(f"{live_server.url}/reasoning/")
        person.page.locator("#beta summary").first.click()
    adam.page.locator("#beta").get_by_label("State").select_option("done")
    adam.page.locator("#beta").get_by_role("button", name="Set").click()
    adam.page.get_by_text("Set: written.").wait_for()
    edda.page.locator("#beta").get_by_label("State").select_option("todo")
    edda.page.locator("#beta").get_by_role("button", name="Set").click()
    edda.page.get_by_text("adam changed “Beta” at").wait_for()
    assert now(world.draft) == ("done", "public")
    control = edda.page.locator("#beta").get_by_label("State")
    assert control.is_visible() and control.input_value() == "done"  # what it is now
    control.select_option("todo")
    edda.page.locator("#beta").get_by_role("button", name="Set").click()
    edda.page.get_by_text("Set: to do.").wait_for()
    assert now(world.draft) == ("todo", "public")
    for person in (edda, adam):
        assert person.said == []
        person.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_no_barrier_that_axe_knows(
    browser: Any, live_server: Any, world: World, width: int, scheme: str
) -> None:
    edda = Person(browser, live_server.url, "edda")
    page = edda.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/reasoning/")
    page.locator("#beta summary").first.click()
    page.locator("#beta").get_by_label("State").select_option("done")
    page.locator("#beta").get_by_role("button", name="Set").click()
    page.get_by_text("Set: written.").wait_for()
    page.locator("#beta summary").first.click()
    assert edda.said == []
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    edda.context.close()
