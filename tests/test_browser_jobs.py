"""The jobs of an editor's day in a real browser, with their price: clicks beyond the content, and page loads.

Each prints its counts and holds them to what other wikis and content systems need for the same.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from papers import archive
from papers.models import Picture, Section
from quotes.models import Quote
from tests import pdfs, world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = "The findings reveal that RL empowers the small model to attain robust reasoning capabilities."


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


class Hand:
    """Somebody at a browser, whose clicks and page loads are counted."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url, self.clicks, self.loads = page, url, 0, 0
        page.on("load", self._loaded)

    def _loaded(self, _: Any) -> None:
        self.loads += 1

    def click(self, target: Any) -> None:
        self.clicks += 1
        target.click()

    def fields(self) -> None:
        """Name and password are typed; the button is a click."""
        self.page.get_by_label("Username").fill("edda")
        self.page.get_by_label("Password").fill(worlds.PASSWORD)
        self.click(self.page.get_by_role("button", name="Log in"))

    def signs_in(self) -> None:
        self.page.goto(self.url + "/admin/")
        self.fields()
        self.page.wait_for_selector(".strip")

    def begins(self) -> None:
        """What comes now is counted."""
        self.page.wait_for_load_state("networkidle")
        self.clicks = self.loads = 0

    def told(self, job: str, **more: Any) -> tuple[int, int]:
        self.page.wait_for_load_state("load")
        counts = {"clicks": self.clicks, "page_loads": self.loads, **more}
        print(f"\n{job}: " + ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items()))
        return self.clicks, self.loads


@pytest.fixture
def hand(page: Any, live_server: Any, world: World) -> Iterator[Hand]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield Hand(page, live_server.url)
    assert said == []


@pytest.mark.parametrize("height", [500, 1400], ids=["small window", "large window"])
@pytest.mark.parametrize("place", ["beta", "gamma", "alpha-method"])
def test_from_the_public_page_signed_out_to_the_form_of_the_section_one_reads(
    hand: Hand, world: World, place: str, height: int
) -> None:
    page = hand.page
    page.set_viewport_size({"width": 1440, "height": height})  # in a large one no place comes to the top
    page.goto(f"{hand.url}/reasoning/#{place}")
    hand.begins()
    edit = page.get_by_role("link", name="Edit", exact=True)
    for _ in range(100):  # a page may glide to the place
        if edit.get_attribute("href").endswith(f"/{place}/"):
            break
        page.wait_for_timeout(50)
    hand.click(edit)
    hand.fields()
    page.wait_for_url("**/change/**")
    section = Section.objects.get(anchor=place)
    assert f"/admin/papers/section/{section.pk}/change/" in page.url
    assert page.get_by_label("Heading", exact=True).input_value() == section.heading
    assert hand.told("from the public page, signed out, to the form of one section")[0] == 2


def test_edit_leads_to_the_desk_without_scripts_and_where_a_place_has_no_form(
    hand: Hand, browser: Any, world: World
) -> None:
    hand.signs_in()
    for place, to in (("references", "/admin/?report=reasoning"), ("summary", "/change/#id_summary")):
        hand.page.goto(f"{hand.url}/admin/edit/reasoning/{place}/")
        assert hand.page.url.endswith(to)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{hand.url}/reasoning/#beta")
    assert (
        page.get_by_role("link", name="Edit", exact=True).get_attribute("href") == "/admin/?report=reasoning"
    )
    context.close()


def test_a_paragraph_with_bold_and_a_link_is_previewed_published_and_seen_at_its_place(
    hand: Hand, world: World
) -> None:
    page = hand.page
    hand.signs_in()
    page.goto(f"{hand.url}/admin/papers/section/{world.draft.pk}/change/")
    hand.begins()
    body = page.get_by_label("Text", exact=True)
    body.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\nThis is **bold**, and [a link](https://example.org/more).")
    preview = page.get_by_label("Preview of the text")
    preview.get_by_role("link", name="a link").wait_for()  # beside the text, while one types
    page.keyboard.press("Control+s")
    page.wait_for_selector(".messagelist .success")
    hand.click(page.get_by_role("link", name="View on page"))
    page.wait_for_url("**/reasoning/#beta")
    shown = page.locator("#beta")
    assert shown.locator("strong").inner_text() == "bold" and shown.locator("p a").last.is_visible()
    for _ in range(100):  # a page may glide to the place
        if seen := shown.evaluate("(section) => section.getBoundingClientRect().top < innerHeight"):
            break
        page.wait_for_timeout(50)
    assert seen
    clicks, _ = hand.told("a paragraph with bold and a link, previewed, published, seen public at its place")
    assert clicks <= 3


def test_a_picture_in_the_middle_of_unsaved_text(hand: Hand, world: World) -> None:
    page = hand.page
    hand.signs_in()
    page.goto(f"{hand.url}/admin/papers/section/{world.draft.pk}/change/")
    hand.begins()
    body = page.get_by_label("Text", exact=True)
    body.fill("Unsaved before.\n\n\n\nUnsaved after.")
    body.evaluate("(text) => text.setSelectionRange(17, 17)")
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    page.evaluate(
        """(bytes) => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([Uint8Array.from(bytes)], "Loss curve é.png"));
            document.getElementById("id_body").dispatchEvent(
                new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        list(out.getvalue()),
    )
    page.wait_for_selector(".see img")
    text = body.input_value()
    assert re.fullmatch(r"Unsaved before\.\s+!\[Loss curve é\]\(/media/\S+\)\s+Unsaved after\.", text), text
    assert Picture.objects.count() == 1
    assert hand.told("a picture in the middle of unsaved text", at_the_caret="yes") == (0, 0)


def test_what_changed_is_told_word_by_word(hand: Hand, world: World) -> None:
    page = hand.page
    paragraphs = [
        "The first paragraph says little about rewards.",
        "However, they found that scaling their training ran into problems like a larger search space.",
        "It was difficult, took far longer than planned and did not work very well in the end.",
    ]
    with world.change("the ground"):
        world.draft.body = "\n\n".join(paragraphs)
        world.draft.save()
    with world.change("one word, and a paragraph moved"):
        first, second, third = paragraphs
        world.draft.body = "\n\n".join([first.replace("little", "much"), third, second])
        world.draft.save()
    page.goto(f"{hand.url}/reasoning/")
    hand.begins()
    hand.click(page.get_by_role("link", name="History").first)
    page.wait_for_url("**/history/")
    line = page.locator(".changes li", has_text="one word, and a paragraph moved")
    hand.click(line.get_by_role("link", name=re.compile("what version .* changed")))
    page.wait_for_url("**/diff/**")
    shown = page.locator("main")
    assert shown.locator("del", has_text="little").first.is_visible()
    assert shown.locator("ins", has_text="much").first.is_visible()
    # The marked words are all that changed: nothing else is shown as set in or taken out.
    marked = [words.strip() for words in shown.locator(".change :is(ins, del)").all_inner_texts()]
    assert sorted(marked) == sorted(["little", "much", paragraphs[2], paragraphs[2]])
    assert shown.locator(".change ins.moved, .change del.moved").count() == 2
    hand.told("what changed, word by word", words_marked=2, paragraph_moved="known")


def test_every_unfinished_place_is_in_one_list_with_counts(hand: Hand, world: World) -> None:
    hand.signs_in()
    words = " ".join(hand.page.locator("main").inner_text().split())
    places = {
        "section to do": "Gamma", "note in the text": "add the figure", "event without a date": "Sanctions begin",
        "quotation to place": "Nobody has placed these words yet",
    }  # fmt: skip
    for noun, words_of_it in places.items():
        assert noun in words and words_of_it in words, (noun, words)
    hand.told("every unfinished place", lists=1, kinds=len(places))


def test_a_quotation_with_its_source_and_page_is_checked(hand: Hand, world: World) -> None:
    page = hand.page
    archive.keep(
        world.source, pdfs.typeset(f"Nothing here.\n#pagebreak()\n{SENTENCE} And more."), name="a.pdf"
    )
    hand.signs_in()
    page.goto(f"{hand.url}/admin/papers/section/{world.draft.pk}/change/")
    hand.begins()
    began = time.monotonic()
    page.get_by_label("Paste a quotation").fill(SENTENCE)
    hand.click(page.get_by_role("button", name="Insert with its page"))
    page.get_by_label("Text", exact=True).press("Control+s")
    page.wait_for_selector(".messagelist .success")
    took = time.monotonic() - began
    page.goto(f"{hand.url}/reasoning/#beta")
    assert "verbatim, p. 2" in page.locator("#beta").inner_text()
    clicks, _ = hand.told("a quotation with source and page, checked", seconds=f"{took:.1f}")
    assert clicks == 1


def test_the_page_as_pdf_is_one_click(hand: Hand, world: World) -> None:
    page = hand.page
    page.goto(f"{hand.url}/reasoning/")
    hand.begins()
    link = page.get_by_role("link", name="PDF", exact=True).first
    with page.expect_request("**/*.pdf") as asked:  # a browser shows it in a viewer of its own
        hand.click(link)
    data = page.request.get(asked.value.url).body()
    assert data.startswith(b"%PDF-") and len(data) > 10_000
    assert hand.told("the page as PDF", bytes=len(data))[0] == 1


def test_a_section_that_was_deleted_with_its_history_comes_back(hand: Hand, world: World) -> None:
    page = hand.page
    with world.change("more words"):
        world.draft.body = "Begun, and gone on with."
        world.draft.save()
    hand.signs_in()
    page.goto(f"{hand.url}/admin/papers/section/{world.draft.pk}/delete/")
    page.locator("#content input[type=submit], #content button[type=submit]").first.click()
    page.wait_for_selector(".messagelist")
    assert not Section.objects.filter(anchor="beta").exists()
    hand.begins()
    page.goto(f"{hand.url}/admin/deleted/{world.report.pk}/")
    hand.click(page.get_by_role("link", name=re.compile("Beta|Restore")).first)
    hand.click(page.get_by_role("button", name=re.compile("Restore")).first)
    page.wait_for_load_state("load")
    back = Section.objects.get(anchor="beta")
    assert back.body == "Begun, and gone on with."
    notes = [past.changeset.note for past in back.history.select_related("changeset")]
    assert "more words" in notes and "begun" in notes
    hand.told("a section that was deleted, restored with its history", versions_kept=len(notes))


def test_a_quotation_s_fields_say_the_verdict_before_it_is_saved(hand: Hand, world: World) -> None:
    archive.keep(world.source, pdfs.typeset(f"Nothing.\n#pagebreak()\n{SENTENCE}"), name="a.pdf")
    hand.signs_in()
    page = hand.page
    page.goto(f"{hand.url}/admin/quotes/quote/add/?report={world.report.pk}")
    page.locator("#id_text").fill(SENTENCE)
    page.locator("#id_source").select_option(str(world.source.pk))
    page.locator("#id_locator").fill("2")
    page.get_by_text("Verbatim, p. 2").first.wait_for()
    page.keyboard.press("Control+s")
    page.wait_for_selector(".messagelist .success")
    assert Quote.objects.get(text=SENTENCE).locator == "2"
