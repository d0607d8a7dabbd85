"""Who else has a form open, in real browsers: two people, two tabs of one, and who leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache

from papers import presence
from tests import world as worlds
from tests.test_browser_together import Person, save, write
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    world = worlds.build()
    world.adam.first_name, world.adam.last_name = "Maria", "Lopez"
    world.adam.save()
    return world


@pytest.fixture
def two(browser: Any, live_server: Any, world: World) -> Iterator[tuple[Person, Person]]:
    """Edda, and Adam, whose name is Maria Lopez here; each page asks again when it is told to."""
    edda, adam = Person(browser, live_server.url, "edda"), Person(browser, live_server.url, "adam")
    yield edda, adam
    assert edda.said == adam.said == []
    edda.context.close()
    adam.context.close()


def arrives(person: Person, row: Any) -> Any:
    """Opens the form of the row, and waits until the server has heard of it."""
    with person.page.expect_response(re.compile("/open/$"), timeout=30_000):
        person.opens(row)
    return person.page


def hears(page: Any, words: str) -> bool:
    """Whether the line above the form comes to hold `words`, or nothing for "", asked as when one comes back."""
    for _ in range(100):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(100)
        told = page.locator("#here").inner_text()
        if words in told if words else not told:
            return True
    return False


def test_two_people_are_told_of_each_other_until_one_leaves(two: Any, world: World) -> None:
    edda, maria = two
    arrives(maria, world.draft)
    page = edda.opens(world.draft)
    page.get_by_text("Maria Lopez has had this section open since ").wait_for()
    assert re.fullmatch(
        r"Maria Lopez has had this section open since \d\d:\d\d\. What is changed in both is merged on saving\.",
        page.locator("#here").inner_text(),
    )
    assert hears(maria.page, "edda has had this section open since")
    assert page.locator("#here").get_attribute("role") == "status"
    edda.opens(world.todo)  # another form
    assert hears(page, "") and hears(maria.page, "")
    edda.opens(world.draft)
    assert hears(page, "Maria Lopez")
    maria.page.goto(f"{maria.url}/admin/")
    assert hears(page, "")


def test_it_asks_by_itself_every_twenty_seconds_while_in_sight(two: Any, world: World) -> None:
    edda, maria = two
    edda.page.clock.install()
    page = arrives(edda, world.draft)
    arrives(maria, world.draft)
    assert page.locator("#here").inner_text() == ""
    with page.expect_response(re.compile("/open/$")):
        page.clock.fast_forward(20_001)
    page.get_by_text("Maria Lopez has had").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    page.clock.fast_forward(60_001)
    page.wait_for_timeout(200)
    assert [url for url in asked if url.endswith("/open/")] == []


def test_a_browser_that_is_gone_is_forgotten(two: Any, world: World, monkeypatch: Any) -> None:
    edda, maria = two
    arrives(maria, world.draft)
    maria.context.set_offline(True)  # no word of its leaving arrives
    maria.page.close()
    page = edda.opens(world.draft)
    page.get_by_text("Maria Lopez has had").wait_for()
    monkeypatch.setattr(presence, "GONE", 0.5)
    assert hears(page, "")


def test_two_tabs_of_one_person(two: Any, world: World) -> None:
    edda = two[0]
    first = arrives(edda, world.draft)
    second = edda.opens(world.draft, edda.context.new_page())
    second.get_by_text("You have it open in another tab, since ").wait_for()
    assert hears(first, "You have it open in another tab")
    second.close()
    assert hears(first, "")


def test_a_save_is_no_second_tab_and_the_other_hears_of_it(two: Any, world: World) -> None:
    edda, maria = two
    page = arrives(edda, world.draft)
    arrives(maria, world.draft)
    since = page.evaluate("Object.values(sessionStorage)[0]")
    for n in range(3):
        write(page, f"Written {n}.")
        save(page)
        assert hears(page, "Maria Lopez")
        assert "another tab" not in page.locator("#here").inner_text()
    begun = re.compile(r'"since":(\d+)')
    assert begun.search(page.evaluate("Object.values(sessionStorage)[0]"))[1] == begun.search(since)[1]
    assert hears(maria.page, "It has been saved since you opened it")
    assert "It has been saved" not in page.locator("#here").inner_text()


def test_a_session_that_ended_and_a_row_that_is_gone_are_said(two: Any, world: World) -> None:
    edda, maria = two
    page = edda.opens(world.todo)
    with world.change("deleted"):
        world.todo.delete()
    assert hears(page, "This section was deleted meanwhile. Your text stays here")
    edda.said.clear()
    arrives(maria, world.draft)
    maria.context.clear_cookies(name="sessionid")
    assert hears(maria.page, "You are not signed in.")
    maria.said.clear()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_no_barrier_that_axe_knows(two: Any, world: World, width: int, scheme: str) -> None:
    edda, maria = two
    arrives(maria, world.draft)
    page = edda.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    edda.opens(world.draft)
    page.get_by_text("Maria Lopez has had").wait_for()
    page.wait_for_timeout(500)
    assert edda.said == []
    found = Axe().run(page).response["violations"]
    edda.said.clear()  # axe itself tries inline styles, which the policy refuses
    assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
