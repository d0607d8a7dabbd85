"""Citing and linking while one types, in a real browser: `[@` and `[[`, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers.models import Paper, Section
from quotes.models import Quote
from tests import world as worlds
from tests.browsing import enter
from tests.test_browser_drafts import kept, until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


@pytest.fixture
def form(page: Any, live_server: Any, world: World) -> Iterator[Any]:
    """The form of the section that is to do; nothing may be said on the console."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, live_server.url)
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.wait_for_selector("#id_body")
    page.said = said
    yield page
    assert said == []


def text(page: Any) -> str:
    return str(page.locator("#id_body").input_value())


def options(page: Any) -> Any:
    return page.locator("#names-list").get_by_role("option")


def chosen(page: Any) -> str:
    """The words of the option that the field names as the active one."""
    return str(
        page.evaluate(
            "() => document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).textContent"
        )
    )


def type_and_see(page: Any, words: str) -> None:
    page.locator("#id_body").focus()
    page.keyboard.type(words)
    options(page).first.wait_for()


def test_a_work_is_cited_by_its_key_its_title_its_authors_and_its_texts(form: Any) -> None:
    for words, left in (("al", "beta"), ("learning to rea", "beta"), ("Aho", "beta"), ("alpha-pdf", "beta")):
        form.locator("#id_body").fill("")
        type_and_see(form, f"As shown [@{words}")
        assert options(form).count() == 1 and "Alpha: Learning to reason" in chosen(form), words
        assert left not in options(form).first.inner_text()
        form.keyboard.press("Enter")
        assert text(form) == "As shown [@alpha]"
        assert not form.locator(".names").is_visible()
        form.keyboard.type(".")
        assert text(form) == "As shown [@alpha]."


def test_a_second_work_within_the_same_brackets(form: Any) -> None:
    type_and_see(form, "[see @alpha, p. 5; @be")
    form.keyboard.press("Enter")
    assert text(form) == "[see @alpha, p. 5; @beta]"
    form.locator("#id_body").fill("")
    form.keyboard.type("[@alpha; ]")
    form.keyboard.press("ArrowLeft")
    type_and_see(form, "@be")
    form.keyboard.press("Enter")
    assert text(form) == "[@alpha; @beta]"


def test_words_around_the_caret_are_left_alone(form: Any) -> None:
    for before, typed, after, gives in (
        ("It says: ", "[@be", "Alpha is released.", "It says: [@beta]Alpha is released."),
        ("It says: ", "[@be", " and [then] more]", "It says: [@beta] and [then] more]"),
        ("As [", "@be", ", p. 5] shows", "As [@beta, p. 5] shows"),
        ("As [@al", "", "pha, p. 5] shows", "As [@alpha, p. 5] shows"),
        ("See ", "[[Method", "Alpha is]] there", "See [[section:alpha-method]]Alpha is]] there"),
        ("See [[section:alp", "h", "a-method|the way]] of it", "See [[section:alpha|the way]] of it"),
    ):
        body = form.locator("#id_body")
        body.fill(before + after)
        body.evaluate("(t, at) => t.setSelectionRange(at, at)", len(before))
        if typed:
            type_and_see(form, typed)
        else:  # a letter of the key is written anew
            form.keyboard.press("Backspace")
            type_and_see(form, before[-1])
        form.keyboard.press("Enter")
        assert text(form) == gives


def test_what_is_put_in_can_be_undone_and_is_kept_as_a_draft(form: Any) -> None:
    type_and_see(form, "Seen [@be")
    form.keyboard.press("Enter")
    assert text(form) == "Seen [@beta]"
    until(form, "() => document.querySelector('.see a.cite') !== null")  # the preview heard of it
    assert kept(form) == 2
    form.keyboard.press("Control+z")
    assert text(form) == "Seen [@be"
    form.keyboard.press("Control+Shift+z")
    assert text(form) == "Seen [@beta]"


def test_arrows_go_round_and_escape_keeps_what_was_typed(form: Any) -> None:
    type_and_see(form, "[@")
    assert options(form).count() == 2 and "Alpha" in chosen(form)
    form.keyboard.press("ArrowDown")
    assert "Beta report" in chosen(form)
    form.keyboard.press("ArrowDown")
    assert "Alpha" in chosen(form)
    form.keyboard.press("ArrowUp")
    assert "Beta report" in chosen(form)
    form.keyboard.press("Escape")
    assert text(form) == "[@" and not form.locator(".names").is_visible()
    form.keyboard.type("be")  # closed is closed, for this citation
    form.wait_for_timeout(100)
    assert text(form) == "[@be" and not form.locator(".names").is_visible()
    form.keyboard.press("Enter")
    assert text(form) == "[@be\n"
    form.keyboard.type("[@be")
    options(form).first.wait_for()


def test_tab_puts_in_what_is_offered_and_else_leaves_the_field(form: Any) -> None:
    type_and_see(form, "[@be")
    form.keyboard.press("Tab")
    assert text(form) == "[@beta]" and form.evaluate("document.activeElement.id") == "id_body"
    form.keyboard.press("Tab")
    assert form.evaluate("document.activeElement.id") != "id_body"
    form.locator("#id_body").fill("")
    type_and_see(form, "[@be")
    form.keyboard.press("Shift+Tab")
    assert text(form) == "[@be" and form.evaluate("document.activeElement.id") != "id_body"
    assert not form.locator(".names").is_visible()


def test_every_kind_of_part_is_linked_or_placed(form: Any) -> None:
    for words, gives in (
        ("[[quote:rob", "[[quote:robust]]"),
        ("[[robust reason", "[[quote:robust]]"),
        ("[[Method", "[[section:alpha-method]]"),
        ("[[sanct", "[[event:sanctions]]"),
        ("[[theory cheap", "[[theory:cheap]]"),
        ("[[paper:be", "[[paper:beta]]"),
        ("[[timeline", "[[timeline]]"),
    ):
        form.locator("#id_body").fill("")
        type_and_see(form, words)
        form.keyboard.press("Enter")
        assert text(form) == gives
    form.locator("#id_body").fill("Words before it ")
    form.locator("#id_body").press("Control+End")
    form.keyboard.type("[[timeline")  # stands on a line of its own only
    form.get_by_text("Nothing here fits “timeline”").wait_for()
    form.keyboard.press("Enter")
    assert text(form) == "Words before it [[timeline\n"


def test_all_of_it_by_mouse_with_the_selected_words_as_label(form: Any) -> None:
    form.locator("#id_body").fill("It says how it was done.")
    form.locator("#id_body").evaluate("t => t.setSelectionRange(8, 23)")
    form.get_by_role("button", name="Link…").first.click()
    assert text(form) == "It says [[how it was done."
    options(form).get_by_text("Method", exact=True).click()
    assert text(form) == "It says [[section:alpha-method|how it was done]]."
    form.locator("#id_body").press("Control+End")
    form.get_by_role("button", name="Cite…").first.click()
    options(form).nth(1).click()
    assert text(form) == "It says [[section:alpha-method|how it was done]].[@beta]"
    assert form.evaluate("document.activeElement.id") == "id_body"


def test_a_line_and_a_quotation_take_what_they_can_show(form: Any, live_server: Any, world: World) -> None:
    form.goto(f"{live_server.url}/admin/timeline/timelineevent/{world.event.pk}/change/")
    form.locator("#id_text").fill("")
    form.locator("#id_text").press_sequentially("[[")
    options(form).first.wait_for()
    assert not {"all", "picture"} & {tag.inner_text() for tag in form.locator(".names .tag").all()}
    form.goto(f"{live_server.url}/admin/quotes/quote/{world.quote.pk}/change/")
    form.locator("#id_text").press_sequentially("[@al")
    form.wait_for_timeout(300)
    assert form.locator(".names").count() == 0 or not form.locator(".names").is_visible()
    assert form.get_by_role("button", name="Cite…").count() == 0


def test_five_hundred_sections_and_a_thousand_quotations_do_not_make_it_wait(
    form: Any, live_server: Any, world: World
) -> None:
    with world.change("many"):
        for n in range(500):
            Section(
                report=world.report, anchor=f"s{n}", heading=f"Section {n} on reward", position=n + 9
            ).save()
        for n in range(1000):
            Quote(
                report=world.report, slug=f"q{n}", text=f"Word {n} of what they say on reward models"
            ).save()
    form.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    type_and_see(form, "[[")
    until(form, "() => document.querySelectorAll('#names-list li').length > 5")
    took = form.evaluate(
        """() => {
            const text = document.querySelector("#id_body");
            const times = [];
            for (const letter of "reward 77") {
                const began = performance.now();
                document.execCommand("insertText", false, letter);
                times.push(performance.now() - began);
            }
            return times;
        }"""
    )
    print(f"per key, 1,500 names: {max(took):.1f} ms at most")
    assert max(took) < 100
    assert "of " in form.locator(".names .hint").inner_text() and options(form).count() == 7
    first = chosen(form)
    for _ in range(9):
        form.keyboard.press("ArrowDown")
    assert chosen(form) != first and "10 of" in form.locator(".names .hint").inner_text()


def test_a_paper_added_meanwhile_is_offered(form: Any, world: World) -> None:
    type_and_see(form, "[@be")
    form.keyboard.press("Escape")
    with world.change("a new paper"):
        Paper(report=world.report, key="gamma", title="Gamma rays").save()
    form.clock.install()
    form.clock.fast_forward(31_000)
    form.keyboard.type("[@Gam")
    options(form).first.wait_for()
    form.keyboard.press("Enter")
    assert text(form) == "[@be[@gamma]"


def test_without_a_session_it_says_so_and_the_text_stays(form: Any) -> None:
    form.context.clear_cookies()
    form.locator("#id_body").focus()
    form.keyboard.type("[@al")
    form.get_by_text("You are signed out").first.wait_for()
    form.keyboard.press("Enter")
    assert text(form) == "[@al\n"
    form.wait_for_timeout(500)
    form.said.clear()  # the preview was refused as well


@pytest.mark.parametrize(("button", "chosen"), [("Link…", "gamma"), ("Link…", ""), ("Cite…", "")])
def test_escape_leaves_the_text_as_it_was_before_the_button_was_pressed(
    form: Any, button: str, chosen: str
) -> None:
    field = form.locator("#id_body")
    field.fill("See gamma here.")
    field.evaluate("(text, n) => text.setSelectionRange(4, 4 + n)", len(chosen))
    form.locator(".markdown:not(.short)").get_by_role("button", name=button).click()
    form.locator(".names").wait_for()
    form.keyboard.press("Escape")
    assert text(form) == "See gamma here."


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_no_barrier_that_axe_knows(form: Any, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: make venv installs it")
    form.set_viewport_size({"width": width, "height": 800})
    form.emulate_media(color_scheme=scheme)
    type_and_see(form, "Some words, then [[")
    assert form.locator("#id_body").get_attribute("aria-controls") == "names-list"
    until(form, "() => document.querySelector('p.vh[role=status]').textContent.includes('fit')")
    form.wait_for_timeout(400)
    assert form.said == []
    found = axe.Axe().run(form).response["violations"]
    form.said.clear()  # axe itself tries inline styles, which the policy refuses
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    assert form.evaluate("document.documentElement.scrollWidth") <= width
    spot = form.locator(".names").bounding_box()
    assert spot["x"] >= 0 and spot["x"] + spot["width"] <= width
