"""Two people, or two windows of one, in real browsers at one time: nothing is lost, and nobody is surprised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from papers.models import ChangeSet, Scrap, Section
from quotes.models import Quote
from tests import world as worlds
from tests.browsing import enter
from tests.world import World
from timeline.models import Evidence

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = (
    "However, they found that scaling training faced problems like a larger search space.\n\n"
    "It was difficult and did not work very well.\n\nThe third paragraph stays as it is."
)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    with world.change("the ground"):
        world.draft.body = TEXT
        world.draft.save()
    return world


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Any, url: str, name: str) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page, self.url, self.said = self.context.new_page(), url, list[str]()
        self.page.on("console", lambda m: self.said.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        enter(self.page, url, name)
        self.page.goto(f"{url}/admin/")
        self.page.wait_for_selector(".strip")

    def opens(self, row: Any, page: Any = None) -> Any:
        page = page or self.page
        page.goto(f"{self.url}/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/")
        return page


@pytest.fixture
def two(browser: Any, live_server: Any, world: World) -> Iterator[tuple[Person, Person]]:
    edda, adam = Person(browser, live_server.url, "edda"), Person(browser, live_server.url, "adam")
    yield edda, adam
    assert edda.said == adam.said == []
    edda.context.close()
    adam.context.close()


def accessible(person: Person, page: Any) -> None:
    """axe finds nothing. It writes styles of its own into the page, which the policy blocks and says."""
    assert person.said == []
    violations = Axe().run(page).response["violations"]
    assert not violations, [violation["id"] for violation in violations]
    person.said.clear()


def write(page: Any, text: str) -> None:
    page.get_by_label("Text", exact=True).fill(text)


def save(page: Any) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save and go on").click()


def body_of(section: Section) -> str:
    section.refresh_from_db()
    return section.body


def authors(row: Any) -> list[str]:
    return [past.changeset.who_name for past in row.history.select_related("changeset")]


def test_edits_of_two_paragraphs_are_both_kept_after_one_merge_page(two: Any, world: World) -> None:
    edda, adam = (person.opens(world.draft) for person in two)
    write(adam, TEXT.replace("did not work very well", "hardly worked"))
    write(edda, TEXT.replace("scaling training", "scaling the training"))
    save(adam)
    save(edda)
    assert edda.get_by_role("heading", name="adam saved while you were writing").is_visible()
    assert "hardly worked" not in edda.locator("#id_heading").input_value()
    accessible(two[0], edda)
    save(edda)
    assert edda.get_by_role("heading", name="saved while you were writing").count() == 0
    both = TEXT.replace("did not work very well", "hardly worked").replace(
        "scaling training", "scaling the training"
    )
    assert body_of(world.draft) == both and authors(world.draft)[:2] == ["edda", "adam"]


def test_one_place_is_settled_by_keyboard_alone(two: Any, world: World) -> None:
    edda, adam = (person.opens(world.draft) for person in two)
    write(adam, TEXT.replace("problems like", "key hurdles such as"))
    write(edda, TEXT.replace("problems like", "two hurdles:"))
    save(adam)
    save(edda)
    # The marks are no quotations: the preview waits.
    edda.get_by_text("It comes once the merge is settled.").wait_for()
    assert edda.locator(".see .text blockquote").count() == 0
    choice = edda.get_by_role("radio", name="two hurdles:")
    choice.focus()
    edda.keyboard.press("Space")
    assert choice.is_checked()
    button = edda.get_by_role("button", name="Save and go on")
    button.focus()
    with edda.expect_navigation():
        edda.keyboard.press("Enter")
    assert body_of(world.draft) == TEXT.replace("problems like", "two hurdles:")
    assert any("key hurdles" in past.body for past in world.draft.history.all())


def test_two_windows_of_one_person_are_two_people(two: Any, world: World) -> None:
    person = two[0]
    first, second = person.opens(world.draft), person.opens(world.draft, person.context.new_page())
    write(first, f"{TEXT}\n\nIn one window.")
    write(second, f"A new beginning here.\n\n{TEXT}")
    save(first)
    save(second)
    assert second.get_by_role("heading", name="You saved this in another window").is_visible()
    save(second)
    assert body_of(world.draft) == f"A new beginning here.\n\n{TEXT}\n\nIn one window."


def test_two_who_order_sections_are_told(two: Any, world: World) -> None:
    edda, adam = two
    for person in two:
        person.page.goto(f"{person.url}/admin/papers/section/")
    adam.page.get_by_role("button", name="Move “Gamma” up").click()
    adam.page.wait_for_load_state()
    edda.page.get_by_role("button", name="Move “Gamma” down").click()
    edda.page.wait_for_selector("text=has changed meanwhile")
    assert ChangeSet.objects.filter(note__contains="moved").count() == 1


def test_two_who_edit_the_evidence_of_one_theory_lose_nothing(two: Any, world: World) -> None:
    edda, adam = (person.opens(world.theory) for person in two)
    adam.locator("[name=evidence-0-note]").fill("Adam says so.")
    edda.locator("[name=evidence-0-note]").fill("Edda says so.")
    save(adam)
    save(edda)
    note = edda.locator("[name=evidence-0-note]")
    assert "Adam" in note.input_value() and "Edda" in note.input_value()
    note.fill("Both say so.")
    save(edda)
    assert Evidence.objects.get(pk=world.evidence.pk).note == "Both say so."
    assert {"Adam says so.", "Both say so."} <= {past.note for past in world.evidence.history.all()}


def test_what_another_has_just_edited_is_not_deleted_without_a_look(two: Any, world: World) -> None:
    edda, adam = two
    edda.page.goto(f"{edda.url}/admin/quotes/quote/{world.unplaced.pk}/delete/")
    page = adam.opens(world.unplaced)
    page.get_by_label("Words", exact=True).fill("Adam’s new words, which are longer.")
    save(page)
    edda.page.get_by_role("button", name="Yes, delete").click()
    edda.page.wait_for_selector("text=Is it still to go?")
    assert Quote.objects.filter(pk=world.unplaced.pk).exists()


def test_a_selection_becomes_a_quotation_in_its_section_in_four_actions(two: Any, world: World) -> None:
    """1 the bookmark, 2 open the inbox, 3 choose the section, 4 one key."""
    person = two[0]
    page = person.page
    page.goto(f"{person.url}/admin/capture-token/")
    page.get_by_role("button", name="Make a bookmark").click()
    bookmark = page.locator('a[href^="javascript:"]').get_attribute("href")
    page.goto(f"{person.url}/reasoning/")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#summary p'))")
    with person.context.expect_page() as opened:
        page.evaluate("(code) => eval(decodeURIComponent(code.replace('javascript:', '')))", bookmark)  # 1
    opened.value.wait_for_selector("text=Kept in the inbox.")
    assert "token" not in opened.value.url
    page.goto(f"{person.url}/admin/inbox/")  # 2
    page.get_by_label("Into").select_option(label="Beta")  # 3
    page.locator(".scrap").focus()
    with page.expect_navigation():
        page.keyboard.press("q")  # 4
    scrap = Scrap.objects.get()
    assert scrap.filed_in == world.draft and scrap.filed_as.startswith("quote:")
    assert f"[[{scrap.filed_as}]]" in body_of(world.draft)
    accessible(person, page)
    print(f"capture to quotation in its section: 4 actions, {scrap.filed_as}")
