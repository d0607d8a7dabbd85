"""The past of a report: a line for each change, every version as it was, and who may see what of it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from papers.models import Paper, Picture, Report, Section, Source, Visibility
from publishing import assemble, history, restoring, rows
from publishing.models import Edition
from quotes.models import Quote
from tests import world as worlds
from tests.html_reading import Element, read
from tests.world import SECRET, World
from timeline.models import Evidence, Theory, TimelineEvent

pytestmark = pytest.mark.django_db

HISTORY = "/reasoning/history/"


@pytest.fixture(autouse=True)
def _nothing_kept(settings: Any, tmp_path: Any) -> None:
    # Rolled back between tests, rows come again with the same ids and stamps.
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def w() -> World:
    return worlds.build()


def seen(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, address
    return read(response.content.decode())


def queries(client: Client, address: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def lines(w: World, audience: str = assemble.READERS) -> dict[int, history.Line]:
    w.report.refresh_from_db()
    return {line.version: line for line in history.page(w.report, audience).lines}


def write(w: World, section: Section, body: str, note: str = "written", **kwargs: Any) -> None:
    with w.change(note, **kwargs):
        section.refresh_from_db()
        section.body = body
        section.save()


class TestALine:
    def test_it_says_what_who_when_why_and_how_many_words(self, client: Client, w: World) -> None:
        write(w, w.draft, "Begun, and carried a little further.", "carried on", who=w.adam)
        row = seen(client, HISTORY).all("li", value="2")[0]
        assert "carried on" in row.words and "adam" in row.words and "Section Beta" in row.words
        assert row.one("span", class_="w-in").text == "+5"
        assert row.all("span", class_="w-out") == []
        assert dt.datetime.fromisoformat(row.one("time").attributes["datetime"]).tzinfo is not None
        hrefs = [a.attributes["href"] for a in row.all("a")]
        assert "/reasoning/at/2/" in hrefs
        assert f"/reasoning/diff/1/2/#section:{w.draft.pk}" in hrefs

    def test_each_place_it_leads_to_is_there(self, client: Client, w: World) -> None:
        with w.change("a bit of everything"):
            w.report.refresh_from_db()
            w.report.title, w.report.summary = "Reasoning", "What they say."
            w.report.save()
            w.theory.state = "contested"
            w.theory.save()
            w.undated.delete()
        found = seen(client, HISTORY)
        for a in found.one("ol").all("a"):
            address, _, place = a.attributes["href"].partition("#")
            page = seen(client, address)
            assert not place or page.all(id=place), a.attributes["href"]

    def test_a_minor_one_says_so(self, client: Client, w: World) -> None:
        write(w, w.draft, "Begum.", "typo", minor=True)
        row = seen(client, HISTORY).all("li", value="2")[0]
        assert row.one("span", class_="tag").text == "minor"

    def test_without_a_note_what_was_changed_speaks(self, client: Client, w: World) -> None:
        write(w, w.draft, "Begun again.", "")
        assert seen(client, HISTORY).all("li", value="2")[0].one("p", class_="say").words == "Section Beta"

    def test_of_a_new_order_those_are_named_that_moved(self, w: World) -> None:
        ids = [w.todo.pk, w.written.pk, w.draft.pk, w.inbox.pk, w.hidden.pk]
        w.report.refresh_from_db()
        w.report.reorder(ids, w.report.version, w.edda)
        assert [(one.label, one.what) for one in lines(w)[2].touched] == [("Gamma", "moved")]

    def test_rows_that_came_and_went(self, w: World) -> None:
        with w.change():
            w.undated.delete()
            Section(report=w.report, anchor="new", heading="New one").save()
        assert {(one.noun, one.label, one.what) for one in lines(w)[2].touched} == {
            ("event", "Sanctions begin.", "removed"),
            ("section", "New one", "added"),
        }

    def test_hostile_words_are_words(self, client: Client, w: World) -> None:
        with w.change("<script>alert(1)</script>"):
            w.draft.heading = "<img src=x onerror=alert(1)>"
            w.draft.save()
        for address in (HISTORY, "/reasoning/diff/1/2/", "/reasoning/at/2/"):
            page = seen(client, address)
            assert page.all("img") == []
            assert all("alert" not in script.text for script in page.all("script"))


class TestWhatReadersSeeOfIt:
    def test_a_change_of_what_is_hidden_is_not_there_nor_its_note(self, client: Client, w: World) -> None:
        write(w, w.hidden, SECRET + " And more.", "the secret grows")
        with w.change("the unplaced one"):
            w.unplaced.text = "Other words that nobody has placed."
            w.unplaced.save()
        with w.change("whole post"):
            w.post.text += " More of it."
            w.post.save()
        page = seen(client, HISTORY)
        assert [li.attributes["value"] for li in page.all("li")] == ["1"]
        for words in (
            "the secret grows",
            "the unplaced one",
            "whole post",
            "Secret plans",
            "Nobody has placed",
        ):
            assert words not in page.text
        client.force_login(w.edda)
        page = seen(client, HISTORY)
        assert [li.attributes["value"] for li in page.all("li")] == ["4", "3", "2", "1"]
        assert "the secret grows" in page.text

    def test_of_a_change_of_both_they_see_the_public_part_without_the_note(self, w: World) -> None:
        with w.change("“Secret plans” told in Beta"):
            w.draft.body, w.hidden.body = "Begun here.", SECRET * 3
            w.draft.save()
            w.hidden.save()
        line = lines(w)[2]
        assert ([one.label for one in line.touched], line.words_in, line.note) == (["Beta"], 1, "")
        assert lines(w, assemble.EDITORS)[2].note == "“Secret plans” told in Beta"

    def test_making_room_for_a_hidden_section_is_nothing_to_them(self, w: World) -> None:
        ids = [w.hidden.pk, w.written.pk, w.draft.pk, w.todo.pk, w.inbox.pk]
        w.report.refresh_from_db()
        w.report.reorder(ids, w.report.version, w.edda, "“Secret plans” moved")
        assert 2 not in lines(w)
        assert [one.label for one in lines(w, assemble.EDITORS)[2].touched] == ["Secret plans"]

    def test_a_section_that_became_public_came_then(self, w: World) -> None:
        write(w, w.hidden, "Nothing secret any more.", "cleaned")
        with w.change("out with it"):
            w.hidden.refresh_from_db()
            w.hidden.visibility = Visibility.PUBLIC
            w.hidden.save()
        found = lines(w)
        assert 2 not in found
        assert [(one.label, one.what) for one in found[3].touched] == [("Secret plans", "added")]

    def test_a_section_hidden_today_is_hidden_in_all_its_past(self, w: World) -> None:
        write(w, w.draft, "Words to be taken back.", "taken back soon")
        with w.change("hidden"):
            w.draft.refresh_from_db()
            w.draft.visibility = Visibility.EDITORS
            w.draft.save()
        assert set(lines(w)) == {1}

    def test_a_section_that_was_hidden_and_then_deleted_stays_hidden(self, client: Client, w: World) -> None:
        write(w, w.draft, "A pasted secret.", "pasted")
        with w.change("hidden"):
            w.draft.refresh_from_db()
            w.draft.visibility = Visibility.EDITORS
            w.draft.save()
        with w.change("gone"):
            w.draft.delete()
        for address in (HISTORY, "/reasoning/at/2/", "/reasoning/diff/1/2/", "/reasoning/diff/0/2/"):
            assert "A pasted secret" not in seen(client, address).text
        assert set(lines(w)) == {1}

    def test_what_counts_as_seen_is_what_the_tree_of_each_version_holds(self, w: World) -> None:
        """The rules of the history's lines and those of the tree are the same, version by version."""
        write(w, w.draft, "[[quote:spare]] and “eight words that are quoted from the beta report” [@beta].")
        with w.change("a source for beta; an unused paper and source"):
            Source(report=w.report, key="beta-pdf", kind="pdf", title="Beta", paper=w.other_paper).save()
            unused = Paper(report=w.report, key="gamma", title="Gamma paper", in_summary=False, position=3)
            unused.save()
            Source(report=w.report, key="gamma-pdf", kind="pdf", title="Gamma", paper=unused).save()
        write(w, w.hidden, "[[timeline]] [[quote:rumoured]]")
        write(w, w.inbox, "See [[paper:gamma]]. Nothing is placed here.")
        write(w, w.inbox, "[[theories]]")
        with w.change("evidence"):
            Evidence(theory=w.theory, paper=unused, position=2).save()
            Evidence(theory=w.theory, event=w.event, note="as [@gamma] says", position=3).save()
        with w.change("renamed and taken out"):
            w.unplaced.refresh_from_db()
            w.unplaced.slug = "spare-words"
            w.unplaced.save()
            w.evidence.delete()
        write(w, w.hidden, "[[theories]]\n\n[[timeline]]")
        write(w, w.inbox, "Nothing.")
        with w.change("a summary that places them"):
            w.report.refresh_from_db()
            w.report.summary = "[[theories]]"
            w.report.save()
        with w.change("the parent hides its child"):
            w.written.refresh_from_db()
            w.written.visibility = Visibility.EDITORS
            w.written.save()
        w.report.refresh_from_db()
        models: dict[str, Any] = {
            "section": Section, "quote": Quote, "event": TimelineEvent, "theory": Theory,
            "evidence": Evidence, "paper": Paper, "source": Source,
        }  # fmt: skip
        hidden = rows.hidden_sections(w.report)
        for version in range(1, w.report.version + 1):
            every = {
                (name, row.id): row
                for name, model in {**models, "report": Report}.items()
                for row in rows.newest_rows(model, w.report, version).exclude(history_type="-")
            }
            document = assemble.document(w.report, version)
            theories = document.theories
            shown = {("section", s.row) for s in document.all_sections()}
            shown |= {("quote", q.row) for q in document.quotes}
            shown |= {("event", e.row) for e in document.events} | {("theory", t.row) for t in theories}
            shown |= {("evidence", e.row) for t in theories for e in t.evidence}
            shown |= {("paper", p.row) for p in document.papers}
            shown |= {("source", s.row) for s in document.sources}
            assert history.reach(every, hidden) - {("report", w.report.pk)} == shown, version


class TestPages:
    def many(self, w: World, number: int) -> None:
        for n in range(number):
            write(w, w.draft, f"Begun {n}.\n\n[[quote:spare]]", f"step {n}")

    def test_a_page_holds_fifty_and_leads_to_older_and_newer_ones(self, client: Client, w: World) -> None:
        self.many(w, 119)
        page = seen(client, HISTORY)
        assert [li.attributes["value"] for li in page.all("li")] == [str(n) for n in range(120, 70, -1)]
        older = page.all("a", rel="next")[0].attributes["href"]
        page = seen(client, HISTORY + older)
        assert [li.attributes["value"] for li in page.all("li")] == [str(n) for n in range(70, 20, -1)]
        assert page.all("a", rel="prev")[0].attributes["href"] == HISTORY
        last = seen(client, HISTORY + page.all("a", rel="next")[0].attributes["href"])
        assert last.all("li")[-1].attributes["value"] == "1" and last.all("a", rel="next") == []

    @pytest.mark.parametrize("before", ["", "x", "-3", "0", "1", "99999999999999999999", "²", "1e3"])
    def test_a_page_that_is_none_is_the_newest(self, client: Client, w: World, before: str) -> None:
        assert seen(client, f"{HISTORY}?before={before}").all("li", value="1")

    def test_two_are_chosen_by_a_plain_form(self, client: Client, w: World) -> None:
        self.many(w, 3)
        form = seen(client, HISTORY).one("form")
        chosen = {
            e.attributes["name"]: e.attributes["value"]
            for e in form.all("input")
            if "checked" in e.attributes
        }
        assert chosen == {"a": "3", "b": "4"}
        response = client.get(form.attributes["action"], {"a": "4", "b": "2"})
        assert response["Location"] == "/reasoning/diff/2/4/"

    @pytest.mark.parametrize(
        "chosen", [{"a": "1"}, {"a": "x", "b": "1"}, {"a": "1", "b": "99"}, {"a": "", "b": "1" * 40}]
    )
    def test_a_choice_that_is_none_is_told_which_versions_there_are(
        self, client: Client, w: World, chosen: dict[str, str]
    ) -> None:
        response = client.get("/reasoning/diff/", chosen)
        assert response.status_code == 404
        assert "has the versions 1 to 1" in response.content.decode()

    def test_the_cost_of_a_view_does_not_grow_with_the_history(self, client: Client, w: World) -> None:
        """Rows are asked for kind by kind, and the lines of a page are made from them: no query a line."""
        self.many(w, 4)
        addresses = (HISTORY, "/reasoning/at/3/", "/reasoning/diff/2/4/")
        few = [queries(client, address) for address in addresses]
        client.force_login(w.edda)
        few_staff = [queries(client, address) for address in addresses]
        client.logout()
        self.many(w, 295)
        assert [queries(client, address) for address in addresses] == few
        client.force_login(w.edda)
        assert [queries(client, address) for address in addresses] == few_staff
        # The report; a page of change sets; 8 kinds of rows; which sections are hidden. Then the cache's own.
        client.logout()
        assert few[0] <= 11 and few[1] <= 13


class TestAsItWas:
    def test_it_is_the_whole_page_of_then(self, client: Client, w: World) -> None:
        write(w, w.draft, "Something else entirely.")
        with w.change():
            w.report.refresh_from_db()
            w.report.title = "Another title"
            w.report.save()
            w.event.delete()
        page = seen(client, "/reasoning/at/1/")
        assert page.one("h1").text == "Reasoning models"
        assert "Begun." in page.text and "Something else" not in page.text
        assert "Alpha is released." in page.text
        assert "Another title" in seen(client, "/reasoning/at/3/").one("h1").text

    def test_it_is_marked_as_old_and_leads_to_the_newest(self, client: Client, w: World) -> None:
        write(w, w.draft, "More.")
        response = client.get("/reasoning/at/1/")
        page = read(response.content.decode())
        assert response["X-Robots-Tag"] == "noindex"
        assert page.one("meta", name="robots").attributes["content"] == "noindex"
        assert page.one("link", rel="canonical").attributes["href"] == "/reasoning/"
        note = page.one(role="note")
        assert "This is version 1" in note.words and "not the newest" in note.words
        assert [a.attributes["href"] for a in note.all("a")] == ["/reasoning/", "/reasoning/diff/1/2/"]
        newest = seen(client, "/reasoning/at/2/").one(role="note")
        assert "the newest" in newest.words and "not the newest" not in newest.words

    def test_the_report_leads_to_its_history_and_to_the_address_of_its_version(
        self, client: Client, w: World
    ) -> None:
        hrefs = {a.attributes["href"] for a in seen(client, "/reasoning/").all("a")}
        assert {"/reasoning/history/", "/reasoning/at/1/"} <= hrefs

    def test_every_link_to_a_part_of_the_page_leads_somewhere(self, client: Client, w: World) -> None:
        with w.change():
            w.quote.delete()  # it has no page of its own any more
        page = seen(client, "/reasoning/at/1/")
        ids = {e.attributes["id"] for e in page if "id" in e.attributes}
        hrefs = [a.attributes.get("href", "") for a in page.all("a")]
        assert {href[1:] for href in hrefs if href.startswith("#")} <= ids
        for href in hrefs:
            if href.startswith("/") and not href.startswith("/admin/"):
                assert client.get(href).status_code in (200, 302), href

    @pytest.mark.parametrize("version", ["0", "2", "999999999999999999999999"])
    def test_an_unknown_version_says_which_there_are(self, client: Client, w: World, version: str) -> None:
        response = client.get(f"/reasoning/at/{version}/")
        assert response.status_code == 404
        page = read(response.content.decode())
        assert f"There is no version {version}" in page.one("h1").text
        assert "has the versions 1 to 1" in page.words

    def test_a_picture_that_only_the_past_shows_is_still_shown(self, client: Client, w: World) -> None:
        data = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(data, "PNG")
        for name in ("curve.png", "secret.png", "nowhere.png"):
            Picture(report=w.report, name=name, file=SimpleUploadedFile(name, data.getvalue())).save()
        write(w, w.draft, '![A curve](/media/reasoning/curve.png "then")')
        write(w, w.hidden, "![A secret](/media/reasoning/secret.png)")
        write(w, w.draft, "No picture.")
        assert "/media/reasoning/curve.png" in client.get("/reasoning/at/2/").content.decode()
        assert client.get("/media/reasoning/curve.png").status_code == 200
        assert client.get("/media/reasoning/secret.png").status_code == 404
        assert client.get("/media/reasoning/nowhere.png").status_code == 404


class TestAccess:
    ADDRESSES = (HISTORY, "/reasoning/at/1/", "/reasoning/diff/0/1/", "/reasoning/diff/1/1/?side=1")

    def test_it_works_for_anybody(self, client: Client, w: World) -> None:
        for address in self.ADDRESSES:
            response = client.get(address)
            assert response.status_code == 200, address
            assert response["Cache-Control"] == "public, no-cache"
            again = client.get(address, headers={"If-None-Match": response["ETag"]})
            assert again.status_code == 304
            assert client.head(address).content == b""

    def test_an_editors_only_report_is_not_there_for_readers(self, client: Client, w: World) -> None:
        for address in self.ADDRESSES:
            client.get(address)  # so that it has been kept
        with w.change():
            w.report.visibility = Visibility.EDITORS
            w.report.save()
        addresses = [*self.ADDRESSES, "/reasoning/diff/?a=1&b=2", "/reasoning/at/77/"]
        for user in (None, w.rhea):
            if user:
                client.force_login(user)
            for address in addresses:
                assert client.get(address).status_code == 404, address
                assert "Reasoning models" not in client.get(address).content.decode()
        client.force_login(w.edda)
        for address in self.ADDRESSES:
            response = client.get(address)
            assert response.status_code == 200
            assert "no-store" in response["Cache-Control"]

    def test_an_unknown_slug_is_not_there_and_posting_is_refused(self, client: Client, w: World) -> None:
        for address in (*self.ADDRESSES, "/reasoning/diff/"):
            assert client.get(address.replace("reasoning", "nothing")).status_code == 404
            assert client.post(address).status_code == 405

    def test_what_is_for_editors_is_nowhere_to_be_read(self, client: Client, w: World) -> None:
        write(w, w.hidden, SECRET + " Twice.")
        for address in (*self.ADDRESSES, "/reasoning/diff/1/2/", "/reasoning/diff/0/2/", "/reasoning/at/2/"):
            text = client.get(address).content.decode()
            for words in (SECRET, "Secret plans", "Nobody has placed", "which a part is quoted"):
                assert words not in text, (address, words)
        client.force_login(w.edda)
        assert SECRET in client.get("/reasoning/diff/0/2/").content.decode()

    def test_no_page_that_is_kept_has_links_for_editors(self, client: Client, w: World) -> None:
        write(w, w.draft, "More.")
        w.rhea.user_permissions.add(Permission.objects.get(codename="restore_report"))
        client.force_login(w.rhea)  # who may restore, but is no staff
        for address in (HISTORY, "/reasoning/at/1/", "/reasoning/diff/1/2/"):
            assert "/admin/restore/" not in client.get(address).content.decode()
        client.force_login(w.edda)
        for address in (HISTORY, "/reasoning/at/1/", "/reasoning/diff/1/2/"):
            assert "/admin/restore/" in client.get(address).content.decode()

    def test_a_change_is_seen_at_once(self, client: Client, w: World) -> None:
        client.get(HISTORY)
        write(w, w.draft, "More.", "seen at once")
        assert "seen at once" in seen(client, HISTORY).text


def test_no_address_shows_readers_what_was_ever_taken_from_them(client: Client) -> None:
    """Hidden from the start, later, within what is hidden, deleted so, and restored from before."""
    world, secret = worlds.build(), "CONFIDENTIAL"
    with world.change("added"):
        child = Section(
            report=world.report,
            parent=world.hidden,
            anchor="kid",
            heading=f"Kid {secret}",
            body="[[quote:hid]]",
        )
        child.save()
        Quote(report=world.report, slug="hid", text=f"Words that are {secret}.").save()
        later = Section(report=world.report, anchor="later", heading=f"Later {secret}", body=secret)
        later.save()
    before, keys = world.report.version, (child.pk, later.pk)
    with world.change("hidden"):
        later.visibility = Visibility.EDITORS
        later.save()
    with world.change("deleted"):
        child.delete()
        later.delete()
    for pk in keys:
        restoring.restore_row(world.report, "section", pk, before, world.edda, world.report.version)
    for version in (before, 1):
        restoring.restore_report(world.report, version, world.edda, world.report.version)
    Edition.objects.publish(world.report, world.edda, "E", "", {}, world.report.version)
    newest = world.report.version
    addresses = ["", "history/", "editions/1/", "editions/1.json", "editions/1.md", "quotes/", "quotes/hid/"]
    addresses += [f"at/{n}/" for n in range(1, newest + 1)]
    addresses += [f"diff/{n - 1}/{n}/" for n in range(1, newest + 1)] + [f"diff/0/{newest}/"]
    for address in (*(f"/reasoning/{rest}" for rest in addresses), "/reasoning.json", "/reasoning.md"):
        shown = client.get(address).content.decode()
        assert secret not in shown and SECRET not in shown and "Secret plans" not in shown, address
