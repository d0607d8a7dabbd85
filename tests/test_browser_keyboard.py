"""An editor's jobs by keyboard alone, in a real browser: each place is come to by Tab, and says its name.

Others stand with their own subject: conflicts in `test_browser_together`, history and restoring in
`test_browser_history`, citing in `test_browser_naming`, a section's state in `test_browser_standing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers import archive
from papers.models import PrivateText, Scrap, Section
from papers.scraps import ScrapState
from publishing import verification
from publishing.models import Edition
from quotes.models import Quote
from tests import world as worlds
from tests.browsing import enter
from tests.test_publishing_quoting import SENTENCE, typeset
from tests.world import World
from timeline.models import TimelineEvent

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = SENTENCE.replace("empowers", "empower")


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """The world with the file of its source, and a quotation that differs from it."""
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    archive.keep(world.source, typeset(), name="alpha.pdf")
    with world.change():
        world.quote.text, world.quote.locator = WRONG, "2"
        world.quote.save()
    verification.verify_report(world.report)
    yield world
    worlds.drop_editions()


FOCUSED = """() => {
  const node = document.activeElement;
  const words = (id) => document.getElementById(id)?.textContent || "";
  const named = (node.getAttribute("aria-labelledby") || "").split(" ").map(words).join(" ");
  const own = node.labels?.[0]?.textContent || node.textContent || node.value || "";
  return (node.getAttribute("aria-label") || named || own).replace(/\\s+/g, " ").trim();
}"""


class Keyboard:
    """Somebody without a mouse. Where Tab does not come to a place, the job can't be done."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url, self.presses = page, url, 0

    def goes(self, address: str) -> None:
        self.page.goto(self.url + address)

    def to(self, name: str, most: int = 120) -> Keyboard:
        """On to the next place whose name begins so."""
        seen = []
        for _ in range(most):
            self.press("Tab")
            seen.append(self.page.evaluate(FOCUSED)[:30])
            if seen[-1].startswith(name[:30]):
                return self
        raise AssertionError(f"Tab never comes to “{name}” on {self.page.url}: {seen}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.presses += len(keys)

    def types(self, words: str) -> None:
        self.page.keyboard.type(words)

    def enters(self) -> None:
        """Enter, and the page that it leads to."""
        with self.page.expect_navigation():
            self.press("Enter")

    def hears(self, words: str) -> None:
        """What is said where a screen reader listens, or is the page's heading."""
        self.page.locator("[role=status], [role=alert], [aria-live], .messagelist, h1").filter(
            has_text=words
        ).first.wait_for()


@pytest.fixture
def keys(page: Any, live_server: Any, world: World) -> Iterator[Keyboard]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    keyboard = Keyboard(page, live_server.url)
    enter(page, live_server.url)
    keyboard.goes("/admin/")
    keyboard.hears("to do")
    keyboard.presses = 0
    yield keyboard
    print(f"\n{keyboard.presses} keys beside what was typed")
    assert said == []


def test_signing_in(keys: Keyboard, world: World) -> None:
    keys.page.context.clear_cookies()
    keys.goes("/admin/")
    keys.page.locator("#id_username:focus").wait_for()  # the first field has the focus by itself
    keys.types("edda")
    keys.to("Password").types(worlds.PASSWORD)
    keys.enters()
    keys.hears("to do")


def test_a_mend_on_the_desk(keys: Keyboard, world: World) -> None:
    keys.to("Use the source’s word").enters()
    keys.hears("the source’s words used")
    assert Quote.objects.get(pk=world.quote.pk).text == SENTENCE


def test_an_edition_is_published_with_a_reason_and_withdrawn(keys: Keyboard, world: World) -> None:
    keys.to("Publish an edition").enters()
    keys.to("Name").types("Spring")
    for _ in range(2):  # one quotation differs, one is of a post that is not archived
        keys.to("Why it stays as it is").types("It is being asked about.")
    keys.to("Publish edition 1").enters()
    keys.hears("Edition 1: Spring is published")
    assert Edition.objects.get().name == "Spring"
    keys.to("Why").types("It named the wrong author.")
    keys.to("Withdraw this edition").enters()
    keys.hears("is withdrawn")
    assert Edition.objects.get().withdrawn_by == "edda"


def test_a_private_text_is_kept_compared_shared_and_published(keys: Keyboard, world: World) -> None:
    keys.goes(f"/admin/papers/section/{world.draft.pk}/change/")
    keys.to("Text").press("Control+End")
    keys.types(" And a word more.")
    keys.to("Save privately").enters()
    keys.hears("private")
    kept = PrivateText.objects.get()
    keys.goes(f"/admin/private/{kept.pk}/")
    keys.hears("Private text")
    keys.to("Whoever has it sees the page")
    link = keys.page.evaluate("() => document.activeElement.value")
    assert keys.page.request.get(link).status == 200
    keys.to("Take back all links").enters()
    assert keys.page.request.get(link).status == 410
    keys.to("Go on with it, or publish it").enters()
    keys.to("Save").enters()
    assert Section.objects.get(pk=world.draft.pk).body == "Begun. And a word more."
    assert not PrivateText.objects.exists()


def test_a_scrap_is_captured_split_joined_filed_and_taken_back(keys: Keyboard, world: World) -> None:
    keys.goes("/capture/")
    keys.to("Text").types(f"{SENTENCE}\n\nAnother thought.")
    keys.to("Address").types(world.source.url)
    keys.to("Keep it").press("Enter")
    keys.hears("Kept")
    keys.goes("/admin/inbox/")
    keys.press("s")
    keys.hears("2 scraps to file")
    keys.press("j")
    keys.hears("1 scrap to file")
    keys.press("u")
    keys.hears("2 scraps to file")
    # The first one into a section, as a quotation.
    keys.press("ArrowUp")
    keys.to("Into").types("Beta")
    keys.to("Quotation").enters()
    keys.hears("1 scrap to file")
    made = Quote.objects.get(text=SENTENCE)
    assert f"[[quote:{made.slug}]]" in Section.objects.get(pk=world.draft.pk).body
    keys.press("u")
    keys.hears("2 scraps to file")
    assert not Quote.objects.filter(text=SENTENCE).exists()
    assert Scrap.objects.filter(state=ScrapState.WAITING).count() == 2


def test_a_text_is_taken_out_for_good(keys: Keyboard, world: World) -> None:
    keys.to("Take a text out for good").enters()
    keys.to("The text, just as it stands").types("Begun.")
    keys.to("Why, as the history").types("It was pasted by mistake.")
    keys.to("Look where it stands").enters()
    keys.hears("It stands in 1 text as they are now")
    keys.to("Take it out of all").enters()
    assert "Begun" not in Section.objects.get(pk=world.draft.pk).body


def test_a_pasted_quotation_is_put_into_the_text(keys: Keyboard, world: World) -> None:
    keys.goes(f"/admin/papers/section/{world.todo.pk}/change/")
    keys.to("Paste a quotation").types(SENTENCE)
    keys.page.get_by_role("button", name="Insert with its page").wait_for()
    keys.hears("Verbatim, p. 2")
    keys.to("Insert with its page").press("Enter")
    assert keys.page.evaluate(FOCUSED) == "Text"  # one writes on where it stands
    keys.press("Control+s")
    keys.hears("was changed")
    assert Section.objects.get(pk=world.todo.pk).body == f"“{SENTENCE}” [@alpha, p. 2]"


def test_a_passage_is_searched_for_and_quoted(keys: Keyboard, world: World) -> None:
    keys.goes(f"/admin/papers/source/{world.source.pk}/change/")
    keys.to("Quote from it").enters()
    keys.types("auxiliary")  # the search has the focus
    keys.enters()
    keys.to("p. 2").enters()
    keys.page.locator(".page-text mark").wait_for()
    keys.to("The words").press("Control+Home")
    words = keys.page.locator("#id_text").input_value()
    assert words == "A second sentence speaks of auxiliary-loss-free balancing."
    for _ in range(2):  # shortened by hand
        keys.press("Control+Delete")
    keys.hears("Verbatim, p. 2")
    keys.to("Place it at the end of").types("Beta")
    keys.to("Quote this").enters()
    made = Quote.objects.latest("pk")
    assert made.text == "sentence speaks of auxiliary-loss-free balancing." and made.locator == "2"
    assert f"[[quote:{made.slug}]]" in Section.objects.get(pk=world.draft.pk).body


def test_the_order_of_sections(keys: Keyboard, world: World) -> None:
    before = list(Section.objects.filter(parent=None).order_by("position").values_list("heading", flat=True))
    keys.goes("/admin/papers/section/")
    keys.to("Move “Beta” up").enters()
    after = list(Section.objects.filter(parent=None).order_by("position").values_list("heading", flat=True))
    at = before.index("Beta")
    assert after == [*before[: at - 1], "Beta", before[at - 1], *before[at + 1 :]]


def test_a_wrong_file_is_set_aside(keys: Keyboard, world: World) -> None:
    keys.goes(f"/admin/papers/source/{world.source.pk}/change/")
    keys.to("Wrong file: set aside").enters()
    keys.hears("set aside")
    assert world.source.files.get().aside


def test_an_event_is_deleted(keys: Keyboard, world: World) -> None:
    keys.goes(f"/admin/timeline/timelineevent/{world.undated.pk}/change/")
    keys.to("Delete").enters()
    keys.hears("Delete")
    keys.to("Yes").enters()
    keys.hears("deleted")
    assert not TimelineEvent.objects.filter(pk=world.undated.pk).exists()
