"""No word is lost outside the forms of rows either: the capture page, and “Paste a quotation”."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe

from papers.models import CaptureToken, Scrap
from tests import world as worlds
from tests.test_browser_drafts import kept, nothing_kept, sign_in, until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Twelve words that somebody has typed on a phone and not sent."


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


@pytest.fixture
def capture(page: Any, live_server: Any, world: World) -> Any:
    page.goto(f"{live_server.url}/admin/login/?next=/capture/")
    sign_in(page)
    page.wait_for_selector("#capture-form")
    return page


def anew(page: Any) -> Any:
    """The page is closed, and the same address opened in another."""
    again = page.context.new_page()
    page.close()
    again.goto(page.url.partition("#")[0])
    return again


class TestCapture:
    def test_what_was_typed_is_offered_again_and_goes_when_it_is_kept(self, capture: Any) -> None:
        capture.get_by_label("Text", exact=True).press_sequentially(WORDS)
        capture.get_by_label("Address").press_sequentially("https://example.org/a")
        assert kept(capture) == 13
        page = anew(capture)
        page.get_by_text("You have unsaved text of").wait_for()
        assert page.get_by_label("Text", exact=True).input_value() == ""  # by itself it goes nowhere
        page.get_by_role("button", name="Put it into the form").click()
        assert page.get_by_label("Text", exact=True).input_value() == WORDS
        page.get_by_role("button", name="Keep it", exact=True).click()
        page.get_by_text("Kept: “").wait_for()
        assert Scrap.objects.get().text == WORDS and nothing_kept(page)
        print(f"a capture page closed after {len(WORDS.split())} words: all offered")

    def test_what_was_typed_before_the_script_came_is_kept(self, capture: Any) -> None:
        page = capture.context.new_page()
        held: list[Any] = []
        page.route("**/js/drafts.js", lambda route: held.append(route))
        page.goto(capture.url, wait_until="commit")
        page.get_by_label("Text", exact=True).press_sequentially(WORDS)
        assert len(held) == 1
        held[0].continue_()
        until(page, "async () => (await indexedDB.databases()).length > 0")
        for _ in range(100):
            if kept(page) == 12:
                break
            page.wait_for_timeout(50)
        page = anew(page)
        page.get_by_role("button", name="Put it into the form").click()
        assert page.get_by_label("Text", exact=True).input_value() == WORDS

    def test_a_session_that_ended_loses_nothing(self, capture: Any) -> None:
        capture.get_by_label("Text", exact=True).press_sequentially(WORDS)
        capture.context.clear_cookies(name="sessionid")
        capture.get_by_role("button", name="Keep it").click()
        sign_in(capture)
        capture.get_by_role("button", name="Put it into the form").click()
        capture.get_by_role("button", name="Keep it", exact=True).click()
        capture.get_by_text("Kept: “").wait_for()
        assert Scrap.objects.get().text == WORDS and nothing_kept(capture)

    def test_what_is_refused_stays_in_the_form_and_in_the_browser(self, capture: Any) -> None:
        capture.get_by_label("Text", exact=True).press_sequentially(WORDS)
        capture.evaluate("document.querySelector('#address').type = 'text'")
        capture.get_by_label("Address").press_sequentially("no address at all")
        capture.get_by_role("button", name="Keep it").click()
        capture.get_by_role("alert").wait_for()
        assert capture.get_by_label("Text", exact=True).input_value() == WORDS
        assert kept(capture) > 0 and Scrap.objects.count() == 0
        capture.get_by_label("Address").fill("")
        capture.get_by_role("button", name="Keep it").click()
        capture.get_by_text("Kept: “").wait_for()
        assert nothing_kept(capture)

    def test_a_selection_whose_token_is_refused_is_kept(self, capture: Any, live_server: Any) -> None:
        sent = urlencode({"text": WORDS, "address": "https://example.org/b", "title": "B", "token": "wrong"})
        page = capture.context.new_page()
        page.goto(f"{live_server.url}/capture/#{sent}")
        page.get_by_text("The words are below: keep them from here.").wait_for()
        page = anew(page)
        page.get_by_role("button", name="Put it into the form").click()
        assert page.get_by_label("Address").input_value() == "https://example.org/b"
        assert page.get_by_label("Text", exact=True).input_value() == WORDS

    def test_a_selection_that_was_taken_leaves_nothing(
        self, capture: Any, live_server: Any, world: World
    ) -> None:
        sent = urlencode({"text": WORDS, "title": "B", "token": CaptureToken.make(world.edda)})
        page = capture.context.new_page()
        page.goto(f"{live_server.url}/capture/#{sent}")
        page.get_by_text("Kept in the inbox.").wait_for()
        assert Scrap.objects.get().text == WORDS and nothing_kept(page)
        assert page.get_by_label("Text", exact=True).input_value() == ""

    @pytest.mark.parametrize("token", [True, False], ids=["with its token", "without one"])
    def test_a_bookmark_of_somebody_signed_out_loses_nothing(
        self, browser: Any, live_server: Any, world: World, token: bool
    ) -> None:
        """Signing in would lose what stands behind the "#"."""
        sent = {"text": WORDS, "address": "https://example.org/b", "title": "B"}
        sent |= {"token": CaptureToken.make(world.edda)} if token else {}
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{live_server.url}/capture/#{urlencode(sent)}")
        if token:
            page.get_by_text("Kept in the inbox.").wait_for()
            assert Scrap.objects.get().text == WORDS
        else:
            assert page.get_by_label("Text", exact=True).input_value() == WORDS
            page.get_by_role("button", name="Keep it").click()
            page.get_by_text("nothing is kept yet").wait_for()
            assert page.get_by_label("Text", exact=True).input_value() == WORDS
            assert page.get_by_label("Address").input_value() == "https://example.org/b"
            assert not Scrap.objects.exists()
        context.close()

    @pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
    def test_no_barrier_that_axe_knows(self, capture: Any, width: int, scheme: str) -> None:
        capture.get_by_label("Text", exact=True).press_sequentially(WORDS)
        page = anew(capture)
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.get_by_role("button", name="Show the difference").click()
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


class TestPasted:
    @pytest.fixture
    def form(self, page: Any, live_server: Any, world: World) -> Any:
        page.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
        sign_in(page)
        page.wait_for_selector("#paste_body")
        return page

    def test_the_words_stand_there_again_also_after_a_save(self, form: Any, live_server: Any) -> None:
        form.get_by_label("Paste a quotation").press_sequentially(WORDS)
        assert kept(form) == 12
        form.locator("#id_body").press("Control+End")
        form.keyboard.type(" More.")
        with form.expect_navigation():
            form.get_by_role("button", name="Save and go on").click()
        self.stand_there(form)
        page = anew(form)
        self.stand_there(page)
        page.goto(f"{live_server.url}/admin/")
        page.get_by_role("heading", name="1 unsaved text in this browser").wait_for()
        assert "pasted quotation, 12 words" in page.locator("#unsaved-texts").inner_text()
        page.go_back()
        page.wait_for_selector("#paste_body")
        page.wait_for_timeout(500)
        page.get_by_label("Paste a quotation").fill("")
        assert nothing_kept(page)

    @staticmethod
    def stand_there(page: Any) -> None:
        page.locator(".insert .answer:not(:empty)").wait_for()
        assert page.get_by_label("Paste a quotation").input_value() == WORDS
        assert page.get_by_text("You have unsaved text").count() == 0

    def test_words_of_two_windows_are_both_kept(self, form: Any) -> None:
        other = form.context.new_page()
        other.goto(form.url)
        form.get_by_label("Paste a quotation").press_sequentially("Words of one window.")
        other.get_by_label("Paste a quotation").press_sequentially("Words of another.")
        other.close()
        page = anew(form)
        page.locator(".insert .answer:not(:empty)").wait_for()
        typed = page.get_by_label("Paste a quotation").input_value()
        assert set(typed.split("\n\n")) == {"Words of one window.", "Words of another."}

    def test_of_another_person_they_are_not_shown(self, form: Any, live_server: Any) -> None:
        form.get_by_label("Paste a quotation").press_sequentially(WORDS)
        form.context.clear_cookies()
        form.goto(form.url)
        form.get_by_label("Username").fill("adam")
        form.get_by_label("Password").fill(worlds.PASSWORD)
        form.get_by_role("button", name="Log in").click()
        form.wait_for_selector("#paste_body")
        form.wait_for_timeout(500)
        assert form.get_by_label("Paste a quotation").input_value() == ""
