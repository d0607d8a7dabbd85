"""Editing in a real browser: sign in, write, see the preview, drop a picture, save."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from papers.models import ChangeSet, Picture, Section
from tests import world as worlds
from tests.browsing import enter
from tests.world import World
from timeline.models import Evidence

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = """GRPO does without a critic [@alpha, p. 4].[^why]

| model | score |
|-------|------:|
| base  | 46.8  |
| RL    | 51.7  |

$$A_i = \\frac{r_i - \\mu}{\\sigma}$$

[^why]: It saves memory.
"""


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


@pytest.fixture
def said(page: Any) -> list[str]:
    """What the console says: errors, and every breach of the content security policy."""
    lines: list[str] = []
    page.on("console", lambda message: lines.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: lines.append(str(error)))
    return lines


@pytest.fixture
def signed_in(page: Any, live_server: Any, world: World, said: list[str]) -> Iterator[Any]:
    enter(page, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.wait_for_selector("h1:has-text('to do')")
    yield page
    assert said == []


def drop(page: Any, selector: str, name: str, data: bytes, kind: str = "drop") -> None:
    """Drop a file on a field, or paste it into it, as a browser does: with a DataTransfer."""
    page.evaluate(
        """([selector, name, data, kind]) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            transfer.items.add(new File([bytes], name));
            const made = kind === "paste"
                ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
                : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
            document.querySelector(selector).dispatchEvent(made);
        }""",
        [selector, name, base64.b64encode(data).decode(), kind],
    )


def test_from_the_page_to_the_form_and_back_again(signed_in: Any, live_server: Any, world: World) -> None:
    page = signed_in
    page.goto(live_server.url + "/reasoning/")
    page.locator("#gamma a.edit").click()
    page.wait_for_url(f"**/admin/papers/section/{world.todo.pk}/change/**")
    body = page.get_by_label("Text", exact=True)
    body.fill(TEXT)
    preview = page.get_by_label("Preview of the text")
    preview.locator("table").wait_for()
    assert preview.locator("math").count() == 1
    assert preview.locator("a.cite").inner_text() == "[1, p. 4]"
    assert "It saves memory." in preview.inner_text()

    body.press("Control+End")
    drop(page, "#id_body", "Loss_curve.png", png())
    preview.locator("img[alt='Loss curve']").wait_for()
    assert "![Loss curve](/media/reasoning/loss_curve.png)" in body.input_value()
    assert (
        page.evaluate(
            "() => { const t = document.activeElement;"
            " return t.value.slice(t.selectionStart, t.selectionEnd); }"
        )
        == "Loss curve"
    )
    page.wait_for_load_state("networkidle")
    assert preview.locator("img").evaluate("img => img.naturalWidth") == 40

    page.get_by_label("What changed").fill("wrote about GRPO")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".messagelist")
    world.todo.refresh_from_db()
    assert world.todo.state == Section.State.DRAFT and world.todo.body.startswith("GRPO does without")

    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/history/")
    newest = page.locator("tbody tr").first.inner_text()
    assert "edda" in newest and "wrote about GRPO" in newest
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.get_by_role("link", name="View on page").click()
    page.wait_for_url("**/reasoning/#gamma")
    shown = page.locator("#gamma")
    assert (
        shown.locator("table").count() == shown.locator("math").count() == shown.locator("img").count() == 1
    )


def test_by_the_keyboard_alone(signed_in: Any, live_server: Any, world: World) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.get_by_label("Text", exact=True).focus()
    page.keyboard.type("Typed words")
    page.keyboard.press("Tab")  # leaves the field
    assert page.evaluate("document.activeElement.id") != "id_body"
    for _ in range(8):
        if page.evaluate("document.activeElement.name") == "change_note":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist")
    assert ChangeSet.objects.first().note == "by keyboard"
    world.todo.refresh_from_db()
    assert world.todo.body == "Typed words"


def test_ctrl_s_saves_and_stays(signed_in: Any, live_server: Any, world: World) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.get_by_label("Text", exact=True).fill("Saved on the way.")
    page.get_by_label("Text", exact=True).press("Control+s")
    page.wait_for_selector(".messagelist")
    assert page.url.endswith("/change/")
    world.todo.refresh_from_db()
    assert world.todo.body == "Saved on the way."


def test_a_picture_by_paste_and_by_button(signed_in: Any, live_server: Any, world: World) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
    drop(page, "#id_body", "a.png", png(), "paste")
    page.wait_for_selector(".see img")
    page.locator(".picture-file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    page.locator(".see img").nth(1).wait_for()
    assert sorted(Picture.objects.values_list("name", flat=True)) == ["a-2.png", "a.png"]


def test_a_quotation_after_a_picture_begins_a_paragraph(
    signed_in: Any, live_server: Any, world: World
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
    body = page.get_by_label("Text", exact=True)
    body.fill("Before.")
    drop(page, "#id_body", "a.png", png())
    page.wait_for_selector(".see img")
    picture = page.locator(".insert[data-find] .answer")
    page.evaluate(
        """() => {
            document.activeElement.blur();
            const answer = document.querySelector(".insert[data-find] .answer");
            answer.innerHTML = "<button type='button' data-insert='“Words” [@r1]'>Insert</button>";
        }"""
    )
    picture.locator("button").evaluate("button => button.click()")
    assert body.input_value().strip() == "Before.\n\n![a](/media/reasoning/a.png)\n\n“Words” [@r1]"


def test_a_refused_picture_leaves_the_text_alone(page: Any, live_server: Any, world: World) -> None:
    enter(page, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
    page.get_by_label("Text", exact=True).fill("Not saved yet.")
    drop(page, "#id_body", "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    page.wait_for_selector(".told.wrong:has-text('no PNG')")
    page.get_by_label("Text", exact=True).press("End")
    page.keyboard.type("!")  # what was refused is said until the next thing happens
    page.locator(".told.wrong").wait_for(state="detached")
    page.keyboard.press("Backspace")
    page.context.clear_cookies(name="sessionid")
    drop(page, "#id_body", "a.png", png())
    page.wait_for_selector(".told.wrong:has-text('signed')")
    assert page.get_by_label("Text", exact=True).input_value() == "Not saved yet."


def test_the_preview_of_a_newly_added_row(signed_in: Any, live_server: Any, world: World) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/timeline/theory/{world.theory.pk}/change/")
    page.get_by_text("Add another Evidence").click()
    added = page.locator("#evidence-2")
    added.get_by_label("Note", exact=True).fill("It says $x^2$ *there*")
    added.locator(".see em:has-text('there')").wait_for()
    assert added.locator(".see math").count() == 1
    added.get_by_label("Quote").press_sequentially("rob")
    page.wait_for_selector("datalist option[value=robust]", state="attached")
    added.get_by_label("Quote").fill("robust")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".messagelist")
    assert Evidence.objects.filter(quote=world.quote, note__contains="$x^2$").exists()


def test_sections_are_moved_by_dragging_and_by_buttons(
    signed_in: Any, live_server: Any, world: World
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/papers/section/")
    row = lambda name: page.locator("tbody tr", has=page.get_by_role("link", name=name, exact=True))  # noqa: E731
    row("Gamma").drag_to(
        row("Alpha"), target_position={"x": 300, "y": 2}, source_position={"x": 300, "y": 10}
    )
    page.locator("tbody tr:first-child th:has-text('Gamma')").wait_for()
    page.get_by_role("button", name="Move “Gamma” down").click()
    page.locator("tbody tr:first-child th:has-text('Alpha')").wait_for()
    order = Section.objects.filter(parent=None).values_list("anchor", flat=True)
    assert list(order)[:3] == ["alpha", "gamma", "beta"]


def test_hostile_text_runs_nothing_in_the_preview(page: Any, live_server: Any, world: World) -> None:
    # A refused policy is the wanted outcome here, so the console is not looked at.
    enter(page, live_server.url)
    page.goto(live_server.url + "/admin/")
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    hostile = (
        "<script>document.title='hit'</script>\n\n<img src=x onerror=\"document.title='hit'\">\n\n"
        "[one](javascript:document.title='hit') [two](&#106;avascript:document.title='hit') "
        "[three](data:text/html,<script>document.title='hit'</script>)\n\n"
        "![x](x\" onerror=\"document.title='hit')\n\n$\\href{javascript:document.title='hit'}{x}$\n\nEnd."
    )
    page.get_by_label("Text", exact=True).fill(hostile)
    page.locator(".see .text:has-text('End.')").wait_for()
    for link in page.locator(".see .text a").all():
        assert (link.get_attribute("href") or "").startswith(("#", "/", "http", "mailto:"))
    assert page.locator(".see .text script, .see .text [onerror]").count() == 0
    assert page.title() != "hit"


def test_without_scripts_the_form_is_complete_and_saves(browser: Any, live_server: Any, world: World) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/papers/section/{world.todo.pk}/change/")
    page.locator("#id_username").fill("edda")
    page.locator("#id_password").fill(worlds.PASSWORD)
    page.locator("[type=submit]").click()
    page.locator("#id_body").fill("Without scripts.")
    page.locator("[name=_save]").click()
    world.todo.refresh_from_db()
    assert world.todo.body == "Without scripts."
    context.close()
