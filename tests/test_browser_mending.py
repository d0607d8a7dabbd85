"""Quotations in a real browser: the first mend on the desk, the form, a pasted quotation, the picker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers.models import Section
from quotes.models import Check, Quote
from tests import world as worlds
from tests.browsing import enter
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "The findings reveal that RL empowers the small model to attain robust reasoning capabilities."
WRONG = WORDS.replace("empowers", "empower")


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    """The world with one quotation that differs from the recorded passage of its source."""
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    Check.objects.create(
        report=world.report, source=world.source, words=Check.name_of(WRONG), stated="6", sha256="0" * 64,
        engine="1", verdict="altered", differences=[["empowers", "empower", "RL", "the"]], pages=[6],
        labels=["6"], passage=WORDS, matched=WORDS, recorded=True,
    )  # fmt: skip
    with world.change():
        world.quote.text, world.quote.locator = WRONG, "6"
        world.quote.save()
    return world


@pytest.fixture
def signed_in(page: Any, live_server: Any, world: World) -> Iterator[Any]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.wait_for_selector("h1:has-text('to do')")
    yield page
    assert said == []


def test_the_first_mend_is_one_click_and_the_page_says_verbatim(
    signed_in: Any, live_server: Any, world: World
) -> None:
    job = signed_in.locator(".job", has_text="1 word differs")
    assert job.locator("del").inner_text() == "empower" and job.locator("ins").inner_text() == "empowers"
    job.get_by_role("button", name="Use the source’s word").click()
    signed_in.get_by_text("the source’s words used").first.wait_for()
    assert "checked against the recorded passage" in signed_in.locator(".messagelist").inner_text()
    assert signed_in.locator(".job", has_text="1 word differs").count() == 0
    assert Quote.objects.get(pk=world.quote.pk).text == WORDS
    signed_in.goto(live_server.url + world.report.get_absolute_url())
    assert "Verbatim, p. 6" in signed_in.locator("#quote-robust").inner_text()


def test_the_form_says_the_verdict_while_one_types(signed_in: Any, live_server: Any, world: World) -> None:
    signed_in.goto(f"{live_server.url}/admin/quotes/quote/{world.quote.pk}/change/")
    verdict = signed_in.locator("#verdict")
    verdict.get_by_text("Differs: 1 word, p. 6").wait_for()
    signed_in.locator("#id_text").fill(WORDS.replace("robust", "frail"))
    verdict.locator("ins", has_text="robust").wait_for()
    verdict.get_by_role("button", name="Use the source’s word").click()
    verdict.get_by_text("Verbatim, p. 6").wait_for()
    assert signed_in.locator("#id_text").input_value() == WORDS
    assert Quote.objects.get(pk=world.quote.pk).text == WRONG  # nothing is written before Save


def test_a_pasted_quotation_stands_at_the_caret_with_its_page(
    signed_in: Any, live_server: Any, world: World
) -> None:
    signed_in.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
    body = signed_in.locator("#id_body")
    body.fill("They say\n\nAnd so on.")
    body.evaluate("(text) => text.setSelectionRange(8, 8)")
    signed_in.get_by_label("Paste a quotation").fill(WORDS)
    signed_in.get_by_role("button", name="Insert with its page").click()
    assert body.input_value() == f"They say “{WORDS}” [@alpha, p. 6]\n\nAnd so on."
    signed_in.get_by_role("button", name="Save", exact=True).click()
    signed_in.wait_for_selector(".messagelist .success")
    assert "[@alpha, p. 6]" in Section.objects.get(pk=world.draft.pk).body


def test_a_passage_is_selected_in_the_source_and_quoted(
    signed_in: Any, live_server: Any, world: World
) -> None:
    signed_in.goto(f"{live_server.url}/admin/papers/source/{world.post.pk}/change/")
    signed_in.get_by_role("link", name="Quote from it").click()
    signed_in.get_by_label("Search in the source").fill("quoted")
    signed_in.get_by_role("button", name="Search").click()
    signed_in.get_by_role("link", name="Choose").click()
    signed_in.locator(".page-text mark").wait_for()
    # As a mouse would: from “of which” to the end of the sentence.
    signed_in.evaluate(
        """() => {
            const node = document.querySelector(".page-text mark").firstChild;
            const start = node.data.indexOf("of which");
            document.getSelection().setBaseAndExtent(node, start, node, node.data.length);
        }"""
    )
    field = signed_in.get_by_label("The words")
    from playwright.sync_api import expect

    expect(field).to_have_value("of which a part is quoted.")
    signed_in.locator("#verdict .v-verbatim").first.wait_for()
    signed_in.get_by_role("combobox", name="Place it at the end of").select_option(label="Gamma")
    signed_in.get_by_role("button", name="Quote this").click()
    signed_in.get_by_text("Quoted, verbatim").wait_for()
    quote = Quote.objects.get(text="of which a part is quoted.")
    assert quote.source == world.post
    assert Section.objects.get(pk=world.todo.pk).body == f"[[quote:{quote.slug}]]"
