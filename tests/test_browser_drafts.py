"""No typed word is lost in the browser: each test prints what it counted."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image

from papers.models import Picture, Section
from tests import world as worlds
from tests.browsing import enter
from tests.conftest import _chromium
from tests.test_browser_editing import drop, png
from tests.test_digestsite_server import GUNICORN, ROOT, environment, free_port
from tests.world import World

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: make venv installs it")
pytestmark = pytest.mark.django_db(transaction=True)

FIRST, MIDDLE, LAST = "The first paragraph.", "Another one follows it here.", "And the last one."
BEGUN = f"{FIRST}\n\n{MIDDLE}\n\n{LAST}"
WORDS = " ".join(f"word{n:03d}" for n in range(1, 201))


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    with world.change("three paragraphs"):
        world.draft.body = BEGUN
        world.draft.save()
    return world


def sign_in(page: Any) -> None:
    page.get_by_label("Username").fill("edda")
    page.get_by_label("Password").fill(worlds.PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.fixture
def form(page: Any, live_server: Any, world: World) -> Any:
    """The form of the draft section, signed in."""
    enter(page, live_server.url)
    page.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
    page.wait_for_selector("#id_body")
    return page


def body(page: Any) -> Any:
    return page.locator("#id_body")


def kept(page: Any) -> int:
    """How many words of the text the browser's store holds, over all records."""
    return int(
        page.evaluate(
            """() => new Promise((done) => {
                const asked = indexedDB.open("unsaved");
                asked.onsuccess = () => {
                    const all = asked.result.transaction("texts").objectStore("texts").getAll();
                    all.onsuccess = () => done(all.result.reduce((sum, r) => sum + r.words, 0));
                };
            })"""
        )
    )


def nothing_kept(page: Any) -> bool:
    """Whether the store is empty: the script of a page reads the server's answer once it runs."""
    for _ in range(100):
        if kept(page) == 0:
            return True
        time.sleep(0.05)
    return False


def until(page: Any, holds: str, arg: Any = None) -> None:
    """Playwright's own wait evaluates text within the page, which the site's policy refuses."""
    for _ in range(200):
        with contextlib.suppress(playwright.Error):  # the page is being left
            if page.evaluate(holds, arg):
                return
        time.sleep(0.05)
    pytest.fail(f"{holds} does not come true")


def save(page: Any) -> None:
    page.get_by_role("button", name="Save and go on").click()


def put_in(page: Any) -> None:
    page.get_by_role("button", name="Put it into the form").first.click()
    page.get_by_text("is in the form, and not saved yet").wait_for()


def count(job: str, **counts: Any) -> None:
    print(f"\n{job}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in counts.items()))


def test_session_gone_then_save(form: Any, world: World) -> None:
    body(form).fill(WORDS)
    form.context.clear_cookies(name="sessionid")
    save(form)
    form.get_by_text("Your text is kept in this browser (200 words").wait_for()
    sign_in(form)
    form.get_by_text("You have unsaved text of").wait_for()
    assert body(form).input_value() == BEGUN
    put_in(form)
    save(form)
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body == WORDS
    assert form.locator("#unsaved").inner_text() == "" and nothing_kept(form)
    count("session gone, then save", words_typed=200, saved=len(world.draft.body.split()), clicks=2)


def test_csrf_cookie_garbled_then_save(form: Any, world: World, live_server: Any) -> None:
    body(form).fill(WORDS)
    form.context.add_cookies([{"name": "csrftoken", "value": "garbled", "url": live_server.url}])
    save(form)
    form.get_by_role("heading", name="Nothing was saved yet").wait_for()
    assert form.locator("textarea[readonly]").filter(has_text="word200").count() == 1
    form.locator("p.kept:visible").wait_for()
    form.get_by_role("link", name="Open the form again").first.click()
    form.get_by_text("You have unsaved text of").wait_for()
    put_in(form)
    save(form)
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body == WORDS and nothing_kept(form)
    count("CSRF token wrong, then save", words_typed=200, saved=len(world.draft.body.split()), clicks=3)


def test_signed_in_anew_in_another_tab_then_save(form: Any, world: World, live_server: Any) -> None:
    """The second sign-in changes the token; the form that was opened before it still saves."""
    body(form).fill(WORDS)
    form.context.clear_cookies(name="sessionid")
    other = form.context.new_page()
    other.goto(live_server.url + "/admin/")
    sign_in(other)
    other.wait_for_selector("h1:has-text('to do')")
    other.close()
    save(form)
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body == WORDS
    count("signed in again in another tab, then save", words_typed=200, saved=200, clicks=0)


def test_without_scripts_the_text_is_shown_to_copy(browser: Any, live_server: Any, world: World) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    address = f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/"
    for cookie, heading in (("sessionid", "Sign in"), ("csrftoken", "Nothing was saved yet")):
        page.goto(address)
        if "Sign in" in page.locator("h1").inner_text():
            sign_in(page)
        page.locator("#id_body").fill(f"{WORDS} </textarea><b>&amp;")
        context.clear_cookies(name=cookie)
        page.locator("[name=_continue]").click()
        assert page.locator("h1").inner_text() == heading
        sent = page.locator("textarea[readonly]").filter(has_text="word200")
        assert sent.input_value() == f"{WORDS} </textarea><b>&amp;"
    context.close()


# --------------------------------------------------------------------------- killed


def processes_of(mark: str) -> list[int]:
    """The processes that have `mark`, the name of a temporary folder, in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and mark.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended meanwhile
    return [pid for pid in found if pid != os.getpid()]


def persistent(browser: Any, profile: Path) -> Any:
    """A browser of its own, that keeps what it is told to keep in the folder `profile`."""
    for lock in profile.glob("Singleton*"):
        lock.unlink()
    flags = ["--disable-gpu"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    return browser.browser_type.launch_persistent_context(
        str(profile), executable_path=_chromium(), args=flags, viewport={"width": 1440, "height": 900}
    )


def test_the_browser_is_killed_after_200_words_typed_without_a_pause(
    browser: Any, live_server: Any, world: World, tmp_path: Path
) -> None:
    profile = tmp_path / "profile-to-kill"
    profile.mkdir()
    address = f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/"
    context = persistent(browser, profile)
    page = context.pages[0]
    page.goto(address)
    sign_in(page)
    page.wait_for_selector("#id_body")
    body(page).fill("")
    began = time.monotonic()
    page.keyboard.type(WORDS, delay=10)  # ms a key, on top of its way there: some 600 words a minute
    for pid in processes_of(str(profile)):
        os.kill(pid, signal.SIGKILL)
    took = time.monotonic() - began
    for _ in range(100):
        if not processes_of(str(profile)):
            break
        time.sleep(0.05)

    context = persistent(browser, profile)
    page = context.pages[0]
    page.goto(address)
    if page.locator("#id_username").count():
        sign_in(page)
    page.get_by_text("You have unsaved text of").wait_for()
    assert body(page).input_value() == BEGUN
    put_in(page)
    text = body(page).input_value()
    back = len([word for word in text.split() if word in WORDS.split()])
    save(page)
    page.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    context.close()
    count("browser killed", words_typed=200, seconds=f"{took:.1f}", kept=back, saved_of_them=back)
    assert back >= 195 and WORDS.startswith(text) and world.draft.body == text


class Server:
    """The site as people run it, in a folder of its own: started, killed, started again."""

    def __init__(self, folder: Path) -> None:
        self.port, self.database = free_port(), folder / "digest.sqlite3"
        self.env = environment(
            DATABASE_URL=f"sqlite:///{self.database}", DIGEST_DATA_DIR=str(folder), PORT=str(self.port),
            STATIC_ROOT=str(folder / "static"), DIGEST_ADMIN_PASSWORD=worlds.PASSWORD,
        )  # fmt: skip
        setup = [sys.executable, "manage.py", "setup"]
        subprocess.run(setup, cwd=ROOT, env=self.env, check=True, stdout=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            GUNICORN, cwd=ROOT, env=self.env, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            with contextlib.suppress(OSError), urlopen(f"{self.address}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.05)
        pytest.fail("gunicorn does not listen after 30 s")

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("site"))


@pytest.fixture
def server(site: Server) -> Iterator[Server]:
    site.start()
    yield site
    site.kill()


def opened(page: Any, address: str) -> None:
    """The page is there: the editor signs in where that is asked for."""
    page.goto(address)
    if page.locator("#id_username").count():
        page.locator("#id_username").fill("editor")
        page.locator("#id_password").fill(worlds.PASSWORD)
        page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("#id_body")
    page.wait_for_load_state("networkidle")


def test_the_server_is_killed_during_the_save(page: Any, server: Server) -> None:
    """Once while the save waits for the database, and at moments that fall before, in and after it."""
    with sqlite3.connect(server.database) as db:
        pk = db.execute("SELECT id FROM papers_section ORDER BY id LIMIT 1").fetchone()[0]
    address = f"{server.address}/admin/papers/section/{pk}/change/"
    stored = offered = 0
    delays = (None, 0, 0.02, 0.08)
    for delay in delays:
        text = f"Round {delay}: {WORDS}"
        opened(page, address)
        body(page).fill(text)
        held = sqlite3.connect(server.database, isolation_level=None)
        if delay is None:
            held.execute("BEGIN IMMEDIATE")
        page.keyboard.press("Control+s", delay=0)
        time.sleep(0.4 if delay is None else delay)
        server.kill()
        held.close()
        server.start()
        opened(page, address)
        if body(page).input_value() == text:
            stored += 1
        else:
            put_in(page)
            offered += 1
            assert body(page).input_value() == text, delay
            save(page)
            page.wait_for_selector(".messagelist .success")
        page.reload()
        assert body(page).input_value() == text
        assert nothing_kept(page) and page.locator("#unsaved button").count() == 0
    count(
        "server killed during the save",
        times=len(delays),
        stored=stored,
        offered=offered,
        lost=len(delays) - stored - offered,
    )
    assert offered >= 1, "the save that waited for the database can't have been stored"


def test_too_much_text_and_a_fault_of_the_server_say_that_the_text_is_kept(page: Any, server: Server) -> None:
    with sqlite3.connect(server.database) as db:
        pk = db.execute("SELECT id FROM papers_section ORDER BY id LIMIT 1").fetchone()[0]
    address = f"{server.address}/admin/papers/section/{pk}/change/"
    opened(page, address)
    much = "word " * 1_200_000
    with page.expect_navigation() as navigation:
        body(page).evaluate(
            """(field, text) => {
                field.value = text;
                field.dispatchEvent(new Event("input", { bubbles: true }));
                setTimeout(() => document.querySelector("[name=_continue]").click(), 100);
            }""",
            much,
        )
    assert navigation.value.status == 413
    page.get_by_text("Your text is kept in this browser (1200000 words").wait_for()
    page.get_by_role("link", name="Open the form again").click()
    page.get_by_role("button", name="Throw it away").click()

    opened(page, address)
    body(page).fill(WORDS)
    with sqlite3.connect(server.database) as db:
        db.execute("ALTER TABLE papers_changeset RENAME TO gone")
    save(page)
    page.get_by_role("heading", name="Something went wrong").wait_for()
    page.get_by_text("Your text is kept in this browser (200 words").wait_for()
    with sqlite3.connect(server.database) as db:
        db.execute("ALTER TABLE gone RENAME TO papers_changeset")
    page.get_by_role("link", name="Open the form again").click()
    put_in(page)
    assert body(page).input_value() == WORDS
    count("413 and 500", words_kept=1_200_000 + 200)


# --------------------------------------------------------------------------- no network


def test_the_network_is_cut_during_an_upload_and_a_save(form: Any, world: World) -> None:
    body(form).fill(WORDS)
    form.context.set_offline(True)
    drop(form, "#id_body", "curve.png", png())
    form.wait_for_selector(".told.wrong:has-text('can’t be reached')")
    assert body(form).input_value() == WORDS
    save(form)
    form.get_by_text("There is no network, so nothing was saved").wait_for()
    assert body(form).input_value() == WORDS and kept(form) == 200
    form.context.set_offline(False)
    drop(form, "#id_body", "curve.png", png())
    form.wait_for_selector(".told:has-text('is in the text')")
    save(form)
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body.startswith(WORDS) and "/curve.png)" in world.draft.body
    assert nothing_kept(form) and Picture.objects.count() == 1
    count("network cut during an upload and a save", words_typed=200, saved=200, page_loads=0)


# --------------------------------------------------------------------------- Ctrl+S


def test_typed_0_ms_before_ctrl_s(form: Any, world: World) -> None:
    """Letter and key in one turn of the browser: nothing can run in between."""
    rounds = 10
    for n in range(rounds):
        body(form).evaluate(
            """(field, word) => {
                field.focus();
                field.setSelectionRange(field.value.length, field.value.length);
                document.execCommand("insertText", false, word);
                field.dispatchEvent(new KeyboardEvent(
                    "keydown", { key: "s", ctrlKey: true, bubbles: true, cancelable: true }));
            }""",
            f" last{n}",
        )
        form.wait_for_selector(".messagelist .success")
        until(form, "n => document.querySelector('#id_body')?.defaultValue.endsWith(`last${n}`)", arg=n)
        world.draft.refresh_from_db()
        assert world.draft.body.endswith(f" last{n}")
    assert nothing_kept(form)
    count("typed 0 ms before Ctrl+S", saves=rounds, last_words_saved=rounds)


def test_ctrl_s_from_any_field_and_words_typed_while_it_saves(form: Any, world: World) -> None:
    form.locator("#id_heading").fill("Beta, renamed")
    form.keyboard.press("Control+s")
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.heading == "Beta, renamed"

    # The answer is held back, as on a slow line; what is typed meanwhile is in no save.
    form.route("**/change/", lambda route: (time.sleep(0.5), route.continue_()))
    body(form).fill("Sent.")
    form.evaluate(
        """() => {
            document.querySelector("[name=_continue]").click();
            setTimeout(() => {
                const field = document.querySelector("#id_body");
                field.value += " Typed after.";
                field.dispatchEvent(new Event("input", { bubbles: true }));
            }, 20);
        }"""
    )
    form.get_by_text("You have unsaved text of").wait_for()
    assert body(form).input_value() == "Sent."
    put_in(form)
    assert body(form).input_value() == "Sent. Typed after."
    form.unroute("**/change/")
    with form.expect_navigation():
        save(form)
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body == "Sent. Typed after."
    assert nothing_kept(form), "the server was told that it began from what it had just stored"


# --------------------------------------------------------------------------- several at once


def test_two_tabs_of_one_user(form: Any, world: World) -> None:
    other = form.context.new_page()
    other.goto(form.url)
    body(form).fill(f"{BEGUN} In the first tab.")
    body(other).fill(f"In the second tab. {BEGUN}")
    third = form.context.new_page()
    third.goto(form.url)
    third.locator(".offer").nth(1).wait_for()
    said = third.locator(".offer .what").all_inner_texts()
    assert len(said) == 2 and all("open in another tab" in text for text in said)
    third.get_by_role("button", name="Show the difference").first.click()
    assert "In the second tab." in third.locator(".kept-difference ins").inner_text()
    third.close()

    save(form)
    form.wait_for_selector(".messagelist .success")
    save(other)
    other.get_by_text("You saved this in another window").wait_for()
    assert other.locator(".offer").count() == 0, "the page itself shows that text"
    save(other)
    other.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body == f"In the second tab. {BEGUN} In the first tab."
    assert nothing_kept(other)
    count("two tabs of one user", texts=2, kept_apart=2, saved=2, merge_pages=1)


def test_an_older_text_never_replaces_a_newer_one(form: Any, world: World) -> None:
    body(form).fill(f"{BEGUN} Mine.")
    with world.change("by another"):
        section = Section.objects.get(pk=world.draft.pk)
        section.body = f"Theirs. {BEGUN}"
        section.save()
    form.reload()
    version = world.draft.row_version
    form.get_by_text(f"from version {version}; the stored text is newer: version {version + 1}").wait_for()
    assert body(form).input_value() == f"Theirs. {BEGUN}"
    put_in(form)
    form.get_by_role("button", name="Undo").click()
    form.get_by_role("button", name="Put it into the form").wait_for()
    assert body(form).input_value() == f"Theirs. {BEGUN}"
    put_in(form)
    save(form)
    form.wait_for_selector(".meanwhile")
    assert body(form).input_value() == f"Theirs. {BEGUN} Mine."
    save(form)
    form.wait_for_selector(".messagelist .success")
    world.draft.refresh_from_db()
    assert world.draft.body == f"Theirs. {BEGUN} Mine." and nothing_kept(form)


def test_a_refused_save_keeps_the_text_and_the_next_one_lets_it_go(form: Any, world: World) -> None:
    body(form).fill("# Too high a heading\n\n## Also")
    save(form)
    form.wait_for_selector(".errornote")
    assert kept(form) > 0 and form.locator(".offer").count() == 0
    form.reload(wait_until="domcontentloaded")
    form.goto(form.url)
    form.get_by_text("You have unsaved text of").wait_for()
    put_in(form)
    body(form).fill("Good text.")
    save(form)
    form.wait_for_selector(".messagelist .success")
    assert nothing_kept(form)


def test_rows_of_a_form_come_back_too(form: Any, world: World, live_server: Any) -> None:
    form.goto(f"{live_server.url}/admin/timeline/theory/{world.theory.pk}/change/")
    form.locator("#id_evidence-0-note").fill("Changed in the old row.")
    form.locator("#id_evidence-1-note").fill("A new row.")
    form.locator("#id_evidence-1-quote").fill("robust")
    form.get_by_text("Add another Evidence").click()
    form.locator("#id_evidence-2-note").fill("Another new row.")
    form.locator("#id_evidence-2-quote").fill("spare")
    form.wait_for_timeout(200)
    form.goto(form.url)
    put_in(form)
    assert [form.locator(f"#id_evidence-{n}-note").input_value() for n in range(3)] == [
        "Changed in the old row.", "A new row.", "Another new row.",
    ]  # fmt: skip
    save(form)
    form.wait_for_selector(".messagelist .success, .errornote")
    assert form.locator(".errornote").count() == 0, form.locator(".errorlist").all_inner_texts()
    notes = set(world.theory.evidence.values_list("note", flat=True))
    assert {"Changed in the old row.", "A new row.", "Another new row."} <= notes and nothing_kept(form)


def test_what_was_deleted_meanwhile_is_on_the_desk(form: Any, world: World, live_server: Any) -> None:
    body(form).fill(WORDS)
    form.wait_for_timeout(200)
    with world.change("deleted by another"):
        Section.objects.get(pk=world.draft.pk).delete()
    form.goto(live_server.url + "/admin/")
    form.get_by_role("heading", name="1 unsaved text in this browser").wait_for()
    listed = form.locator("#unsaved-texts")
    listed.get_by_text("deleted meanwhile").wait_for()
    listed.get_by_text("Read it").click()
    assert listed.locator("textarea").input_value() == WORDS
    listed.get_by_role("link", name="Beta").click()
    put_in(form)
    assert body(form).input_value() == WORDS and form.locator("#id_heading").input_value() == "Beta"
    save(form)
    form.wait_for_selector(".messagelist .success")
    assert Section.objects.get(heading="Beta").body == WORDS
    assert nothing_kept(form)


def test_thrown_away_and_taken_back_by_keyboard(form: Any, world: World) -> None:
    body(form).fill("Kept.")
    form.wait_for_timeout(200)
    form.goto(form.url)
    form.get_by_role("button", name="Throw it away").focus()
    form.keyboard.press("Enter")
    form.get_by_role("button", name="Keep it after all").wait_for()
    assert nothing_kept(form)
    form.keyboard.press("Enter")
    until(form, "document.activeElement.textContent === 'Put it into the form'")
    form.keyboard.press("Enter")
    until(form, "document.activeElement.textContent === 'Undo'")
    assert body(form).input_value() == "Kept."
    form.keyboard.press("Enter")
    until(form, "text => document.querySelector('#id_body').value === text", arg=BEGUN)
    assert form.locator(".offer .acts").count() == 1 and kept(form) == 1


def test_another_person_and_a_text_of_61_days(form: Any, world: World, live_server: Any) -> None:
    body(form).fill("Edda's words.")
    form.wait_for_timeout(200)
    form.get_by_role("button", name="Sign out").click()
    form.goto(f"{live_server.url}/admin/papers/section/{world.draft.pk}/change/")
    form.get_by_label("Username").fill("adam")
    form.get_by_label("Password").fill(worlds.PASSWORD)
    form.get_by_role("button", name="Log in").click()
    form.wait_for_selector("#id_body")
    form.wait_for_load_state("networkidle")
    assert form.locator(".offer").count() == 0 and kept(form) == 2
    form.evaluate(
        """() => new Promise((done) => {
            const asked = indexedDB.open("unsaved");
            asked.onsuccess = () => {
                const texts = asked.result.transaction("texts", "readwrite").objectStore("texts");
                texts.getAll().onsuccess = ({ target }) => {
                    target.result[0].when -= 61 * 86400000;
                    texts.put(target.result[0]).onsuccess = done;
                };
            };
        })"""
    )
    form.reload()
    form.wait_for_load_state("networkidle")
    assert nothing_kept(form)


def test_a_private_save_lets_the_text_go_but_not_what_it_did_not_keep(form: Any, world: World) -> None:
    body(form).fill("Not for readers yet.")
    form.get_by_role("button", name="Save privately").click()
    form.get_by_text("This is the private text").wait_for()
    form.wait_for_load_state("networkidle")
    assert nothing_kept(form) and form.locator(".offer").count() == 0
    body(form).fill("Not for readers yet. More.")
    form.locator("#id_heading").fill("Beta, renamed")
    form.wait_for_timeout(200)
    form.goto(form.url)
    put_in(form)
    assert body(form).input_value() == "Not for readers yet. More."
    form.get_by_role("button", name="Save privately").click()
    form.get_by_text("You have unsaved text of").wait_for()
    assert body(form).input_value() == "Not for readers yet. More."
    put_in(form)
    assert form.locator("#id_heading").input_value() == "Beta, renamed"
    save(form)
    form.get_by_text("The private text is public now").wait_for()
    world.draft.refresh_from_db()
    assert (world.draft.heading, world.draft.body) == ("Beta, renamed", "Not for readers yet. More.")
    assert nothing_kept(form)


# --------------------------------------------------------------------------- pictures


def test_wrong_pictures_are_refused_before_the_upload_and_the_text_is_left_alone(
    form: Any, world: World
) -> None:
    sent: list[str] = []
    form.on("request", lambda request: sent.append(request.url) if request.url.endswith("/upload/") else None)
    body(form).fill("Unsaved.")
    large = png() + b"\0" * 12_000_000
    wide = io.BytesIO()
    Image.new("1", (8000, 6000)).save(wide, "PNG")
    for name, data, why in (
        ("letter.pdf", b"%PDF-1.7", "is no PNG, JPEG, WebP or GIF"),
        ("letter.png", b"%PDF-1.7 no picture", "can’t be read as a picture"),
        ("large.png", large, "11.4 MB, and 10 MB are the most"),
        ("wide.png", wide.getvalue(), "48.0 million pixels, and 40 million are the most"),
    ):
        drop(form, "#id_body", name, data)
        form.wait_for_selector(f".told.wrong:has-text('{why}')")
    assert sent == [] and body(form).input_value() == "Unsaved."
    assert "10.0\xa0MB" in form.locator(".pane-foot .push.hint").first.inner_text()

    for _ in range(2):
        drop(form, "#id_body", "Größe der Fläche 2.png", png())
        form.wait_for_selector(".told:has-text('is in the text')")
        until(form, "!document.querySelector('.told').textContent.includes('sent')")
    text = body(form).input_value()
    found = re.findall(r"!\[(.*?)\]\((.*?)\)", text)
    assert text.startswith("Unsaved.") and [alt for alt, _ in found] == ["Größe der Fläche 2"] * 2
    assert len({address for _, address in found}) == 2 == Picture.objects.count()
    assert all(form.request.get(form.url.split("/admin")[0] + address).status == 200 for _, address in found)
    count("wrong pictures", refused=4, uploads_of_them=0, same_name_kept=2, text_untouched="yes")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_no_barrier_that_axe_knows(
    form: Any, world: World, live_server: Any, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: make venv installs it")
    form.set_viewport_size({"width": width, "height": 900})
    assert form.locator("#id_heading").is_visible()
    form.emulate_media(color_scheme=scheme)
    body(form).fill(f"{BEGUN} And carried on with a few words.")
    assert form.locator(".markdown .count").inner_text() == "19 words"
    form.wait_for_timeout(200)

    def clean(name: str) -> None:
        found = axe.Axe().run(form).response["violations"]
        assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found] == [], name
        assert form.evaluate("document.documentElement.scrollWidth") <= width, name

    address = form.url
    form.goto(address)
    form.get_by_role("button", name="Show the difference").click()
    form.wait_for_selector(".kept-difference ins")
    clean("the offer")
    form.goto(live_server.url + "/admin/")
    form.wait_for_selector("#unsaved-texts li")
    clean("the desk")
    form.goto(address)
    form.context.clear_cookies(name="sessionid")
    save(form)
    form.wait_for_selector("p.kept:visible")
    clean("the sign-in")
    sign_in(form)
    form.wait_for_selector(".offer")
    form.context.add_cookies([{"name": "csrftoken", "value": "garbled", "url": live_server.url}])
    save(form)
    form.wait_for_selector("p.kept:visible")
    clean("the wrong token")
