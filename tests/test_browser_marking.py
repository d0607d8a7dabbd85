"""Bold, italic, lists and web addresses by button and key, and text and preview that scroll in step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers.models import Section
from tests import world as worlds
from tests.browsing import enter
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
    yield page
    assert said == []


def begin(page: Any, words: str) -> None:
    """`words` as the text, those between ‹ and › chosen, or the caret at |; else it stands at the end."""
    start, end = words.find("‹"), words.find("›") - 1
    if "|" in words:
        start = end = words.find("|")
    bare = words.replace("‹", "").replace("›", "").replace("|", "")
    page.locator("#id_body").fill(bare)
    place = [start, end] if start >= 0 else [len(bare), len(bare)]
    page.evaluate("(place) => document.getElementById('id_body').setSelectionRange(...place)", place)


def now(page: Any) -> str:
    """The text with ‹ and › around what is chosen, or | at the caret."""
    return str(
        page.evaluate(
            "() => { const { value, selectionStart: a, selectionEnd: b } = document.getElementById('id_body');"
            " return value.slice(0, a) + (a === b ? '|' : `‹${value.slice(a, b)}›`) + value.slice(b); }"
        )
    )


MARKED = [
    ("Control+b", "It ‹really› works.", "It **‹really›** works."),
    ("Control+b", "It **‹really›** works.", "It ‹really› works."),
    ("Control+b", "It ‹**really**› works.", "It ‹really› works."),
    ("Control+i", "It ‹really› works.", "It *‹really›* works."),
    ("Control+i", "It *‹really›* works.", "It ‹really› works."),
    ("Control+i", "It **‹really›** works.", "It ***‹really›*** works."),
    ("Control+b", "It ***‹really›*** works.", "It *‹really›* works."),
    ("Control+b", "It‹ really › works.", "It **‹really›**  works."),
    ("Control+b", "Now ", "Now **|**"),
    ("Control+b", "Now **|**", "Now |"),
    ("Control+b", "Now **bold|** words", "Now **bold**| words"),
    ("Control+i", "Now *slant|*", "Now *slant*|"),
    ("Control+i", "‹*a* and *b*›", "*‹*a* and *b*›*"),
    ("Control+b", "‹one\n\n- two\n- three›", "‹**one**\n\n- **two**\n- **three**›"),
    ("Control+b", "‹One\n\nTwo›", "‹**One**\n\n**Two**›"),
    ("Control+k", "See ‹the paper›.", "See [the paper](‹https://›)."),
    ("Control+k", "See ‹https://a.example/x›.", "See [|](https://a.example/x)."),
    ("Control+k", "See ", "See [|](https://)"),
    ("Control+k", "See ‹table [1]›.", "See [table \\[1\\]](‹https://›)."),
]


def test_a_key_marks_the_chosen_words_and_one_undo_takes_it_back(form: Any) -> None:
    for key, before, after in MARKED:
        begin(form, before)
        bare = form.locator("#id_body").input_value()
        form.keyboard.press(key)
        assert now(form) == after, f"{key} on {before}"
        if bare == form.locator("#id_body").input_value():
            continue  # the caret went on, and nothing was written
        form.keyboard.press("Control+z")
        assert form.locator("#id_body").input_value() == bare, f"undone: {key} on {before}"


def test_the_buttons_do_the_same_and_are_one_stop_of_the_tab_key(form: Any, world: World) -> None:
    bar = form.locator(".markdown:not(.short)").get_by_role("toolbar", name="Marks")
    begin(form, "It ‹works›.")
    bar.get_by_role("button", name="Bold").click()
    assert now(form) == "It **‹works›**."
    begin(form, "‹One\n\nTwo›\nThree")
    bar.get_by_role("button", name="List").click()
    assert now(form) == "‹- One\n\n- Two›\nThree"
    bar.get_by_role("button", name="List").click()
    assert now(form) == "‹One\n\nTwo›\nThree"
    # By keyboard alone: to the bar, along it, and press.
    begin(form, "It ‹works›.")
    bar.get_by_role("button", name="Bold").focus()
    form.keyboard.press("Tab")
    assert form.evaluate("() => !document.activeElement.closest('.marks')")
    form.keyboard.press("Shift+Tab")
    form.keyboard.press("ArrowRight")
    form.keyboard.press("Enter")
    assert now(form) == "It *‹works›*."
    form.keyboard.press("Shift+Tab")
    form.keyboard.press("Control+s")
    form.get_by_text("was changed successfully").first.wait_for()
    assert Section.objects.get(pk=world.todo.pk).body == "It *works*."


def test_an_address_pasted_over_words_links_them_and_is_itself_elsewhere(form: Any) -> None:
    def paste(words: str) -> None:
        form.evaluate(
            "(words) => { const data = new DataTransfer(); data.setData('text/plain', words);"
            " const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });"
            " if (document.getElementById('id_body').dispatchEvent(event))"
            " document.execCommand('insertText', false, words); }",
            words,
        )

    begin(form, "See ‹the paper›.")
    paste("https://a.example/x?y=1")
    assert now(form) == "See [the paper](https://a.example/x?y=1)|."
    begin(form, "See ‹the\npaper›.")
    paste("https://a.example/x")
    assert now(form) == "See https://a.example/x|."
    begin(form, "See ‹the paper›.")
    paste("words with https://a.example/x")
    assert now(form) == "See words with https://a.example/x|."
    begin(form, "See ")
    paste("https://a.example/x")
    assert now(form) == "See https://a.example/x|"


# --------------------------------------------------------------------------- in step

LONG = "\n\n".join(
    f"### Part {n}\n\n" + " ".join(f"word{n}" for _ in range(30 + 170 * (n % 3))) + "\n\n$$\n\\frac{a}{b}\n$$"
    for n in range(1, 25)
)


SEEN = """() => {
  const text = document.getElementById("id_body");
  const shown = text.closest(".markdown").querySelector(".see .text");
  const number = (words) => Number(words.match(/\\d+/g).pop());
  const at = text.getBoundingClientRect();
  const { offset } = document.caretPositionFromPoint(at.left + 40, at.top + 30);
  const line = text.value.indexOf("\\n", offset) < 0 ? text.value.length : text.value.indexOf("\\n", offset);
  const top = shown.getBoundingClientRect().top + 60;
  const heads = [...shown.querySelectorAll("h3, h4")];
  const head = heads.filter((h) => h.getBoundingClientRect().top <= top).pop() || heads[0];
  return [text.value.slice(0, line).match(/### Part \\d+/g).length, number(head.textContent)];
}"""  # the part that stands at the top of the text, and at the top of the preview


def settled(page: Any) -> tuple[int, int]:
    """What is seen once nothing moves any more."""
    before = None
    while (seen := page.evaluate(SEEN)) != before:
        before = seen
        page.wait_for_timeout(150)
    return tuple(seen)


@pytest.mark.parametrize("moved", ["text", "preview"])
def test_text_and_preview_scroll_in_step(form: Any, moved: str) -> None:
    """Whichever is moved: the other shows the same part, though the one has twice the other's height."""
    begin(form, LONG)
    shown = form.locator(".markdown:not(.short) .see .text").first
    shown.get_by_role("heading", name="Part 24").wait_for()
    pane = form.locator("#id_body") if moved == "text" else shown
    pane.evaluate("(pane) => { pane.scrollTop = 0; }")
    pane.hover()
    met = set()
    for _ in range(6):
        form.mouse.wheel(0, 900)
        in_text, in_preview = settled(form)
        assert abs(in_text - in_preview) <= 1, (in_text, in_preview)
        met.add(in_text)
    assert len(met) > 4
    form.mouse.wheel(0, 1_000_000)
    settled(form)
    rest = "(pane) => pane.scrollHeight - pane.clientHeight - pane.scrollTop"
    assert form.locator("#id_body").evaluate(rest) < 2 and shown.evaluate(rest) < 2
