"""Two people, or two tabs, at one row: neither text is lost, and one of them chooses."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, strategies as st

from papers import editing
from papers.changes import Conflict, change
from papers.conflicts import shown
from papers.merging import Agreed
from papers.models import Report, Section
from quotes.models import Quote
from tests import world as worlds
from tests.test_papers_admin import add_to, errors, filled, form_of, list_of
from tests.world import World
from timeline.models import Evidence, Theory

pytestmark = pytest.mark.django_db

LONG = (
    "However, they found that scaling training faced problems like a larger search space.\n\n"
    "It was difficult and didn’t work very well.\n\n- one\n- two"
)


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def returned(response: Any) -> dict[str, Any]:
    """What a browser would send from the form that came back, before anybody chooses anything."""
    assert response.status_code == 200, response.headers
    form = response.context["adminform"].form
    data = {
        bound.html_name: bound.value()
        for bound in form
        if bound.value() is not None and bound.value() is not False
    }
    for inline in response.context["inline_admin_formsets"]:
        for part in (inline.formset.management_form, *inline.formset.forms):
            data |= {
                bound.html_name: v for bound in part if (v := bound.value()) is not None and v is not False
            }
    page = response.content.decode()
    for name, value in re.findall(r'<input type="hidden" name="(\w*merged_from)" value="(\d+)"', page):
        data[name] = value
    for name, value in re.findall(
        r'<textarea readonly rows="8" name="(mine-\w+)"[^>]*>\n(.*?)</textarea>', page, re.S
    ):
        data[name] = html.unescape(value)
    return data


class TestMerging:
    """Edda and Adam open the same section; Adam saves first."""

    def both(self, client: Client, world: World, mine: dict[str, str], theirs: dict[str, str]) -> Any:
        with world.change("the ground"):
            world.draft.body = LONG
            world.draft.save()
        data = filled(client, form_of(world.draft)) | mine
        with world.change("Adam was here", who=world.adam):
            for name, value in theirs.items():
                setattr(world.draft, name, value)
            world.draft.save()
        return client.post(form_of(world.draft), data)

    def test_edits_in_different_paragraphs_are_merged_and_saved_by_one_more_press(
        self, client: Client, world: World
    ) -> None:
        response = self.both(
            client, world, {"body": LONG.replace("- one", "- 1")}, {"body": LONG.replace("faced", "met")}
        )
        page = response.content.decode()
        assert "adam saved while you were writing" in page and "nothing clashes" in page
        assert re.search(r'<ins class="by-mine">1</ins>', page)
        assert re.search(r'<del>faced</del><ins class="by-theirs">met</ins>', page)
        world.draft.refresh_from_db()
        assert world.draft.body == LONG.replace("faced", "met")  # nothing was saved by itself
        assert client.post(form_of(world.draft), returned(response)).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == LONG.replace("faced", "met").replace("- one", "- 1")
        assert [row.changeset.who_name for row in world.draft.history.all()][:2] == ["edda", "adam"]

    @pytest.mark.parametrize(
        ("choice", "place"),
        [("mine", "two hurdles:"), ("theirs", "key hurdles")],
    )
    def test_a_place_that_both_changed_is_settled_by_a_choice(
        self, client: Client, world: World, choice: str, place: str
    ) -> None:
        mine, theirs = (
            LONG.replace("problems like", "two hurdles:"),
            LONG.replace("problems like", "key hurdles"),
        )
        response = self.both(client, world, {"body": mine}, {"body": theirs})
        assert "All is merged but 1 place that both of you changed" in response.content.decode()
        again = returned(response)
        refused = client.post(form_of(world.draft), again)
        assert "Line 2: both texts of a merge still stand here" in errors(refused)
        assert 'name="clash-body-1"' in refused.content.decode()  # the choice is offered again
        again = returned(refused)
        assert again["mine-body"] == mine
        response = client.post(form_of(world.draft), again | {"clash-body-1": choice})
        assert response.status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == LONG.replace("problems like", place)

    def test_two_insertions_at_one_place_can_both_stay(self, client: Client, world: World) -> None:
        response = self.both(client, world, {"body": LONG + "\n- mine"}, {"body": LONG + "\n- theirs"})
        again = returned(response) | {"clash-body-1": "both"}
        assert client.post(form_of(world.draft), again).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == LONG + "\n- mine\n- theirs"

    def test_what_is_typed_into_the_merged_text_is_kept(self, client: Client, world: World) -> None:
        mine, theirs = (
            LONG.replace("problems like", "two hurdles:"),
            LONG.replace("problems like", "key hurdles"),
        )
        again = returned(self.both(client, world, {"body": mine}, {"body": theirs}))
        again |= {"body": again["body"].replace("- two", "- two, and more"), "clash-body-1": "theirs"}
        assert client.post(form_of(world.draft), again).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == theirs.replace("- two", "- two, and more")

    def test_another_field_that_only_they_changed_is_taken_over(self, client: Client, world: World) -> None:
        response = self.both(
            client, world, {"body": LONG + "\n- three"}, {"heading": "Beta, by Adam", "state": "done"}
        )
        again = returned(response)
        assert (again["heading"], again["state"]) == ("Beta, by Adam", "done")
        assert "Taken over, since you had left it alone" in response.content.decode()
        assert client.post(form_of(world.draft), again).status_code == 302
        world.draft.refresh_from_db()
        assert (world.draft.heading, world.draft.state) == ("Beta, by Adam", "done")
        assert world.draft.body == LONG + "\n- three"

    def test_a_line_that_both_changed_shows_both(self, client: Client, world: World) -> None:
        response = self.both(client, world, {"heading": "Edda’s"}, {"heading": "Adam’s"})
        assert "All is merged but 1 field that both of you changed" in response.content.decode()
        assert returned(response)["heading"] == "Edda’s"
        assert re.search(r"<pre[^>]*>Adam’s</pre>", response.content.decode())

    def test_the_same_change_by_both_is_no_choice(self, client: Client, world: World) -> None:
        text = LONG.replace("faced", "met")
        response = self.both(client, world, {"body": text, "heading": "New"}, {"body": text})
        assert returned(response)["body"] == text and "nothing clashes" in response.content.decode()

    def test_a_third_save_during_the_merge_is_merged_again(self, client: Client, world: World) -> None:
        mine, theirs = (
            LONG.replace("problems like", "two hurdles:"),
            LONG.replace("problems like", "key hurdles"),
        )
        again = returned(self.both(client, world, {"body": mine}, {"body": theirs}))
        with world.change("once more", who=world.adam):
            world.draft.body = theirs.replace("- one", "- 1")
            world.draft.save()
        response = client.post(form_of(world.draft), again | {"clash-body-1": "mine"})
        assert "once more" in errors(response)
        assert client.post(form_of(world.draft), returned(response)).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == mine.replace("- one", "- 1")

    def test_a_third_save_before_the_choice_keeps_all_three_texts(self, client: Client, world: World) -> None:
        mine, theirs = (
            LONG.replace("problems like", "two hurdles:"),
            LONG.replace("problems like", "key hurdles"),
        )
        again = returned(self.both(client, world, {"body": mine}, {"body": theirs}))
        with world.change("once more", who=world.adam):
            world.draft.body = theirs.replace("key hurdles", "great hurdles")
            world.draft.save()
        shown = returned(client.post(form_of(world.draft), again))["body"]
        assert all(words in shown for words in ("two hurdles:", "key", "great"))

    def test_two_tabs_of_one_person_are_two_people(self, client: Client, world: World) -> None:
        with world.change():
            world.draft.body = "Begun by two."
            world.draft.save()
        first = filled(client, form_of(world.draft)) | {"body": "Begun by two.\n\nIn one tab."}
        second = filled(client, form_of(world.draft)) | {"body": "Here: Begun by two."}
        assert client.post(form_of(world.draft), first).status_code == 302
        again = returned(client.post(form_of(world.draft), second))
        assert again["body"] == "Here: Begun by two.\n\nIn one tab."

    @pytest.mark.parametrize("version", ["", "0", "-1", "x", "9" * 30, "2"])
    def test_a_forged_start_of_a_merge_is_no_error(self, client: Client, world: World, version: str) -> None:
        data = filled(client, form_of(world.draft)) | {
            "merged_from": version, "mine-body": "x", "body": "a\n======= 1\nb", "clash-body-1": "mine",
            "clash-body-x": "mine",
        }  # fmt: skip
        assert "Line 2" in errors(client.post(form_of(world.draft), data))


class TestDeleting:
    """What another has just edited is not deleted without a look at it."""

    def edited(self, world: World) -> None:
        with world.change("Adam was here", who=world.adam):
            world.unplaced.text = "Adam’s new words, all of them."
            world.unplaced.save()

    def asked(self, response: Any) -> dict[str, str]:
        found = re.search(r'name="asked_about" value="([^"]*)"', response.content.decode())
        assert found
        return {"post": "yes", "asked_about": found[1]}

    def test_from_the_form_asks_again(self, client: Client, world: World) -> None:
        address = form_of(world.unplaced).replace("change", "delete")
        answer = self.asked(client.get(address))
        self.edited(world)
        again = client.post(address, answer)
        assert "adam changed “" in again.content.decode() and "Is it still to go?" in again.content.decode()
        assert Quote.objects.filter(pk=world.unplaced.pk).exists()
        assert client.post(address, self.asked(again)).status_code == 302
        assert not Quote.objects.filter(pk=world.unplaced.pk).exists()

    def test_from_the_list_asks_again(self, client: Client, world: World) -> None:
        chosen = {"action": "delete_selected", "_selected_action": [world.unplaced.pk]}
        answer = chosen | self.asked(client.post(list_of(Quote), chosen))
        self.edited(world)
        again = client.post(list_of(Quote), answer)
        assert "Is it still to go?" in again.content.decode()
        assert Quote.objects.filter(pk=world.unplaced.pk).exists()
        assert client.post(list_of(Quote), chosen | self.asked(again)).status_code == 302
        assert not Quote.objects.filter(pk=world.unplaced.pk).exists()

    def test_an_inline_row_asks_again(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.theory)) | {"evidence-0-DELETE": "on"}
        with world.change("Adam was here", who=world.adam):
            world.evidence.note = "Adam’s note"
            world.evidence.save()
        again = client.post(form_of(world.theory), data)
        assert "save again to delete" in errors(again)
        assert Evidence.objects.filter(pk=world.evidence.pk).exists()
        assert client.post(form_of(world.theory), returned(again)).status_code == 302
        assert not Evidence.objects.filter(pk=world.evidence.pk).exists()

    @pytest.mark.parametrize("forged", ["", "x", "1:1:1", "\0"])
    def test_without_the_version_it_asks(self, client: Client, world: World, forged: str) -> None:
        address = form_of(world.unplaced).replace("change", "delete")
        assert client.post(address, {"post": "yes", "asked_about": forged}).status_code == 200
        assert Quote.objects.filter(pk=world.unplaced.pk).exists()


class TestAnObjectKeptTooLong:
    """A row that was read before another wrote it overwrites nothing, whoever saves it."""

    def test_does_not_overwrite(self, world: World) -> None:
        old = Section.objects.get(pk=world.draft.pk)
        with world.change():
            world.draft.body = "Newer."
            world.draft.save()
        old.heading = "Old"
        with pytest.raises(Conflict, match="changed meanwhile"), world.change():
            old.save()

    def test_does_not_bring_back_what_was_deleted(self, world: World) -> None:
        old = Quote.objects.get(pk=world.unplaced.pk)
        with world.change():
            world.unplaced.delete()
        old.text = "Back"
        with pytest.raises(Conflict, match="deleted meanwhile"), world.change():
            old.save()

    def test_a_row_that_comes_back_counts_on(self, world: World) -> None:
        pk = world.unplaced.pk
        row = Quote.objects.get(pk=pk)
        with world.change():
            row.delete()
        with world.change():
            back = Quote(
                **{f.attname: getattr(world.unplaced, f.attname) for f in Quote._meta.concrete_fields}
            )
            back.row_version = 0
            back.save(force_insert=True)
        assert back.pk == pk and back.row_version == 2 and back.as_of(1).text == back.text


class TestConflict:
    def stale(self, client: Client, world: World, **mine: str) -> dict[str, Any]:
        """Edda has the form open; then Adam saves another text."""
        data = filled(client, form_of(world.draft)) | mine
        with world.change("Adam was here", who=world.adam):
            world.draft.body = "Adam’s words."
            world.draft.save()
        return data

    def test_shows_both_texts_and_who_when_why(self, client: Client, world: World) -> None:
        data = self.stale(client, world, body="Edda’s words.")
        response = client.post(form_of(world.draft), data)
        page = response.content.decode()
        assert "adam changed this" in errors(response) and "Adam was here" in errors(response)
        assert re.search(r"<textarea readonly[^>]*as you sent it[^>]*>\s*Edda’s words\.", page)
        assert re.search(r"<textarea readonly[^>]*as it is stored now[^>]*>\s*Adam’s words\.", page)
        world.draft.refresh_from_db()
        assert world.draft.body == "Adam’s words."

    def test_shows_the_stored_text_even_where_mine_is_refused(self, client: Client, world: World) -> None:
        response = client.post(form_of(world.draft), self.stale(client, world, body="## Too high"))
        assert "Line 1:" in errors(response) and "adam changed this" in errors(response)
        assert re.search(r"stored now[^>]*>\s*Adam’s words\.", response.content.decode())

    def test_the_second_save_is_deliberate_and_goes_through(self, client: Client, world: World) -> None:
        data = self.stale(client, world, body="Edda’s words.")
        again = returned(client.post(form_of(world.draft), data)) | {"body": "Edda’s words."}
        assert client.post(form_of(world.draft), again).status_code == 302
        world.draft.refresh_from_db()
        assert world.draft.body == "Edda’s words."
        assert [row.changeset.who_name for row in world.draft.history.all()] == ["edda", "adam", "edda"]

    def test_the_second_save_is_stopped_if_the_row_moved_once_more(
        self, client: Client, world: World
    ) -> None:
        data = self.stale(client, world, body="Edda’s words.")
        again = returned(client.post(form_of(world.draft), data)) | {"body": "Edda’s words."}
        with world.change("once more", who=world.adam):
            world.draft.body = "Adam again."
            world.draft.save()
        assert "once more" in errors(client.post(form_of(world.draft), again))

    @pytest.mark.parametrize("forged", [None, "", "999", "-1", "1; DROP TABLE", "¹"])
    def test_a_form_without_its_version_is_an_error(
        self, client: Client, world: World, forged: str | None
    ) -> None:
        data = filled(client, form_of(world.draft)) | {"body": "Mine."}
        data.pop("started_from")
        if forged is not None:
            data["started_from"] = forged
        assert "which version it began from" in errors(client.post(form_of(world.draft), data))
        world.draft.refresh_from_db()
        assert world.draft.body == "Begun."

    def test_a_writer_between_check_and_lock_is_noticed(
        self, client: Client, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = filled(client, form_of(world.draft)) | {"body": "Edda’s words."}
        real, done = editing.writing, []

        def slow(request: Any, report: Report, *args: Any) -> Any:
            done.append(report.pk)
            if len(done) == 1:
                row = Section.objects.get(pk=world.draft.pk)
                with change(row.report, world.adam, "in between"):
                    row.body = "Adam’s words."
                    row.save()
                # What the request had read before is what it still believes in.
            return real(request, report, *args)

        monkeypatch.setattr(editing, "writing", slow)
        response = client.post(form_of(world.draft), data)
        # The first try is rolled back whole, Adam's words with it: here both share one connection.
        assert response.status_code == 302 and len(done) == 2
        world.draft.refresh_from_db()
        assert world.draft.body == "Edda’s words."

    def test_a_row_that_was_deleted_meanwhile_keeps_the_words(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.quote)) | {"text": "Edda’s <words>.", "locator": "7"}
        address, key = form_of(world.unplaced), world.unplaced.pk
        with world.change(who=world.adam):
            world.unplaced.delete()
        response = client.post(address, data)
        page = response.content.decode()
        assert response.status_code == 200
        assert "Adam deleted this quote meanwhile" in page and "Edda’s &lt;words&gt;." in page
        assert f'action="{add_to(Quote)}"' in page
        assert not Quote.objects.filter(pk=key).exists() and Quote.objects.count() == 2

    def test_the_row_of_an_inline_guards_itself(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.theory)) | {"evidence-0-note": "Edda’s note"}
        with world.change("Adam was here", who=world.adam):
            world.evidence.note = "Adam’s note"
            world.evidence.save()
        response = client.post(form_of(world.theory), data)
        assert "adam changed this" in errors(response)
        shown = response.context["inline_admin_formsets"][0].formset.forms[0]["note"].value()
        assert "Adam’s note".split("’")[0] in shown and "Edda" in shown and "<<<<<<< 1 yours" in shown
        world.evidence.refresh_from_db()
        assert world.evidence.note == "Adam’s note"


@given(st.text(alphabet="ab \n", max_size=1200), st.booleans(), st.booleans())
def test_what_is_cut_short_can_be_opened(text: str, before: bool, after: bool) -> None:
    pieces = [Agreed(text)]
    pieces = [
        *([Agreed("x", "mine")] if before else []),
        *pieces,
        *([Agreed("y", "theirs")] if after else []),
    ]
    assert "".join(part.text for part in shown(pieces)) == "".join(piece.text for piece in pieces)


class TestRowsThatAreGone:
    """Adam deletes what Edda is writing in: a row of a form, or all of it with its rows."""

    def gone(self, world: World) -> None:
        with world.change("Adam was here", who=world.adam):
            world.evidence.delete()

    def test_what_was_typed_into_one_stands_in_a_new_one(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.theory)) | {
            "evidence-0-note": "Edda’s long note",
            "evidence-1-note": "and a new one",
            "evidence-1-url": "https://example.org/new",
        }
        self.gone(world)
        again = client.post(form_of(world.theory), data)
        page = again.content.decode()
        assert "Edda’s long note" in page and "and a new one" in page
        assert "adam deleted a row meanwhile" in page and "Save again" in page
        assert not Evidence.objects.exists()
        assert client.post(form_of(world.theory), returned(again)).status_code == 302
        assert sorted(Evidence.objects.values_list("note", flat=True)) == [
            "Edda’s long note",
            "and a new one",
        ]

    @pytest.mark.parametrize(
        "ticked", [{}, {"evidence-0-DELETE": "on", "evidence-0-note": "typed, then ticked"}]
    )
    def test_one_that_was_left_alone_stays_deleted(
        self, client: Client, world: World, ticked: dict[str, str]
    ) -> None:
        data = filled(client, form_of(world.theory)) | {"title": "Another title"} | ticked
        self.gone(world)
        assert client.post(form_of(world.theory), data).status_code == 302
        world.theory.refresh_from_db()
        assert world.theory.title == "Another title" and not Evidence.objects.exists()

    def test_the_others_keep_their_places(self, client: Client, world: World) -> None:
        with world.change("more"):
            for n in (2, 3):
                Evidence(theory=world.theory, stance="for", url=f"https://example.org/{n}", position=n).save()
        data = filled(client, form_of(world.theory))
        data |= {"evidence-0-note": "first", "evidence-1-note": "second", "evidence-2-note": "third"}
        self.gone(world)
        again = client.post(form_of(world.theory), data)
        assert client.post(form_of(world.theory), returned(again)).status_code == 302
        notes = dict(Evidence.objects.values_list("url", "note"))
        assert notes == {"": "first", "https://example.org/2": "second", "https://example.org/3": "third"}

    def test_the_words_of_all_its_rows_come_back_with_it(self, client: Client, world: World) -> None:
        data = filled(client, form_of(world.theory)) | {
            "body": "Typed text",
            "evidence-0-note": "an old row’s new note",
            "evidence-1-note": "a new row’s note",
            "evidence-1-url": "https://example.org/new",
        }
        with world.change("Adam was here", who=world.adam):
            Theory.objects.get(pk=world.theory.pk).delete()
        again = client.post(form_of(world.theory), data)
        address = again.context["form_url"]
        assert client.post(address, returned(again)).status_code == 302
        made = Theory.objects.get()
        assert made.body == "Typed text"
        rows = set(made.evidence.values_list("note", "url", "quote__slug"))
        assert rows == {
            ("an old row’s new note", "", "rumoured"),
            ("a new row’s note", "https://example.org/new", None),
        }

    @pytest.mark.parametrize("count", ["3000000", "9" * 40, "-1", "x", ""])
    def test_a_forged_number_of_rows_costs_nothing(self, client: Client, world: World, count: str) -> None:
        data = filled(client, form_of(world.theory)) | {"evidence-INITIAL_FORMS": count}
        before = time.perf_counter()
        assert client.post(form_of(world.theory), data).status_code in (200, 302)
        assert time.perf_counter() - before < 10


@pytest.mark.parametrize("kind", ["draft", "written", "theory", "quote", "paper", "undated", "report"])
def test_what_was_not_sent_is_left_as_it_is(client: Client, world: World, kind: str) -> None:
    """A form that came through in part, or a script's: a text that is missing in it is not an empty one."""
    row = getattr(world, kind)
    before = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    rows = {name: v for name, v in filled(client, form_of(row)).items() if name.endswith("_FORMS")}
    sent = {name: "0" if name.endswith(("INITIAL_FORMS", "TOTAL_FORMS")) else v for name, v in rows.items()}
    answer = client.post(form_of(row), {"started_from": str(row.row_version), **sent})
    assert answer.status_code == 302, errors(answer)
    row.refresh_from_db()
    assert {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields} == before | (
        {"in_summary": False, "row_version": 2} if kind == "paper" else {}
    )  # a box that is not ticked sends nothing


def test_what_was_not_sent_is_not_emptied_by_the_merge_either(client: Client, world: World) -> None:
    data = filled(client, form_of(world.draft)) | {"heading": "Mine"}
    del data["body"]
    with world.change("Adam was here", who=world.adam):
        world.draft.heading = "Theirs"
        world.draft.save()
    again = client.post(form_of(world.draft), data)
    assert client.post(form_of(world.draft), returned(again)).status_code == 302
    world.draft.refresh_from_db()
    assert (world.draft.heading, world.draft.body) == ("Mine", "Begun.")
