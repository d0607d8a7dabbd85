"""Publishing in a real browser: what colleagues changed, dead links, what an edition changed; by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers.changes import change
from papers.links import AddressCheck
from publishing.models import DeskVisit, Edition
from tests import world as worlds
from tests.browsing import enter
from tests.web import LOOPBACK, Web, serving
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    settings.MEDIA_ROOT = tmp_path
    yield worlds.build()
    worlds.drop_editions()


@pytest.fixture
def web(settings: Any) -> Iterator[Web]:
    settings.FETCH_NETWORKS = LOOPBACK
    with serving() as running:
        yield running


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


def accessible(page: Any, said: list[str]) -> None:
    """axe finds nothing, on a phone in the dark and on a wide page in the light."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: make venv installs it")
    for width, scheme in ((390, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert said == []  # axe itself tries inline styles, which the policy refuses
        found = axe.Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found] == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        said.clear()


def write(world: World, body: str, note: str = "") -> None:
    with change(world.report, world.adam, note):
        world.draft.refresh_from_db()
        world.draft.write(body)
        world.draft.save()


def test_what_a_colleague_changed_is_read_and_marked_as_seen(
    signed_in: Any, live_server: Any, world: World, said: list[str]
) -> None:
    page = signed_in
    write(world, "Begun anew, and at length.", "more about Beta")
    page.goto(live_server.url + "/admin/")
    news = page.locator("#since")
    assert "1 change since your account was made" in " ".join(news.inner_text().split())
    assert re.search(r"adam\s+1 change: more about Beta", news.inner_text())
    accessible(page, said)
    reach(page, news.get_by_role("link"))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Version 1 to 2").wait_for()
    assert "anew, and at length" in page.locator(".diff").inner_text()
    page.go_back()
    assert not DeskVisit.objects.exists()
    reach(page, page.locator("#since").get_by_role("button", name="Mark as seen"))
    page.keyboard.press("Enter")
    page.locator("#since").wait_for(state="detached")
    assert DeskVisit.objects.get().version == 2


def test_dead_links_are_checked_without_leaving_the_form_and_the_edition_says_what_it_changed(
    signed_in: Any, live_server: Any, world: World, web: Web, said: list[str]
) -> None:
    page = signed_in
    with world.change():
        for row in (world.paper, world.source, world.post):
            row.refresh_from_db()
            row.url = ""
            row.save()
    Edition.objects.publish(
        world.report, world.edda, "First", "", {"quote-rumoured": "As it was posted."}, world.report.version
    )
    write(world, f"[Here]({web.put('/here', b'x')}), [there]({web.address}/gone), [below](#nowhere).")
    page.goto(f"{live_server.url}/admin/publish/{world.report.pk}/")
    name = page.get_by_label("Name", exact=True)
    name.fill("Second")
    dead = page.locator("#links")
    assert "#nowhere" in dead.inner_text() and "0 of 2 addresses outside checked" in dead.inner_text()
    reach(page, page.get_by_role("button", name="Check the addresses"))
    page.keyboard.press("Enter")
    dead.get_by_text("1 answer, 1 dead, 0 could not be looked at.").wait_for()
    assert "has nothing at this address (404)" in page.locator("#recorded").inner_text()
    mend = page.locator("#recorded").get_by_role("link", name="Mend")
    assert f"/section/{world.draft.pk}/" in mend.get_attribute("href")
    assert name.input_value() == "Second" and AddressCheck.objects.count() == 2
    accessible(page, said)

    page.get_by_label("Why it stays as it is").fill("As it was posted.")
    reach(page, page.get_by_role("button", name="Publish edition 2"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("link", name="look at it"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/editions/2/")
    since = page.locator(".since-last summary")
    assert since.inner_text().startswith("Since edition 1: 1 section")
    reach(page, since)
    page.keyboard.press("Enter")
    accessible(page, said)
    reach(page, page.get_by_role("link", name="Both compared, word by word"))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What edition 2 changed").wait_for()
    assert "below" in page.locator(".diff ins").first.inner_text() + page.locator(".diff").inner_text()
    accessible(page, said)
