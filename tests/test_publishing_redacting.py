"""Redaction: a text goes from everything, past and present; what is left says that something was there."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from papers.changes import Conflict
from papers.links import AddressCheck
from papers.models import ChangeSet, PrivateText, Scrap
from publishing import assemble, redacting, verification
from publishing.models import Edition
from publishing.swapping import Swap
from quotes.models import Check, Quote
from tests import world as worlds
from tests.test_papers_admin import filled, form_of
from tests.test_papers_conflicts import returned
from tests.world import World

pytestmark = pytest.mark.django_db

KEY = 'sk-«secret»_"%_key'


@pytest.fixture
def world() -> World:
    """The key was pasted everywhere, and taken out of some places again by hand."""
    world = worlds.build()
    with world.change(f"pasted {KEY}"):
        world.draft.body = f"Before {KEY} after.\nAnd {KEY}."
        world.draft.save()
        world.written.heading = f"Alpha {KEY}"
        world.written.save()
        world.report.notice = KEY
        world.report.save()
        world.unplaced.text = f"Words with {KEY} in them."
        world.unplaced.save()
        world.evidence.note = KEY
        world.evidence.save()
    Edition.objects.publish(world.report, world.edda, "With it", "", {}, world.report.version)
    with world.change("noticed"):
        world.draft.body = "Gone by hand."
        world.draft.save()
        Quote.objects.get(pk=world.unplaced.pk).delete()
    PrivateText.keep(world.todo, f"Private {KEY}", world.edda, 1, 0)
    Scrap.objects.capture(world.report, world.edda, f"A scrap with {KEY}")
    verification.verify_report(world.report)
    world.report.refresh_from_db()
    return world


def everything() -> str:
    """Every column of every table, as the database has it."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found).replace('\\"', '"')


def test_nothing_of_it_is_left_anywhere(world: World) -> None:
    assert KEY in everything()
    found = redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    assert KEY not in everything() and found.rows == 3 and found.editions == 1 and found.past >= 5


def test_markers_and_the_history_say_that_it_was_there(world: World) -> None:
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    step = ChangeSet.objects.first()
    assert step and (step.who, step.note) == (world.adam, "A text was redacted: A key was pasted")
    world.written.refresh_from_db()
    assert world.written.heading.startswith("Alpha [redacted on 20")
    old = assemble.document(world.report, version=2, audience="editors")
    section = old.section_by_anchor.get("beta")
    bodies = [s.body.source for s in old.all_sections()]
    assert any(body.startswith("Before [redacted on") for body in bodies), section


def test_an_edition_says_what_is_missing_and_keeps_its_new_sum(world: World, client: Client) -> None:
    before = Edition.objects.get()
    redacting.redact(world.report, KEY, "A <key> was pasted", world.adam)
    edition = Edition.objects.get()
    assert edition.sha256 == hashlib.sha256(edition.document.encode()).hexdigest() != before.sha256
    assert edition.redactions[0]["sha256"] == before.sha256
    page = client.get(edition.get_absolute_url()).content.decode()
    assert "Taken out on" in page and "A &lt;key&gt; was pasted" in page and KEY not in page


def test_what_readers_have_is_made_anew(world: World, client: Client) -> None:
    with world.change("public"):
        world.draft.body = f"Public {KEY}"
        world.draft.save()
    assert "sk-«secret»" in client.get("/reasoning/").content.decode()
    world.report.refresh_from_db()
    Edition.objects.publish(
        world.report, world.edda, "Still with it", "", {"quote-rumoured": "As posted."}, world.report.version
    )
    addresses = [
        "/reasoning/", "/reasoning.md", "/reasoning.json", "/reasoning/history/", "/reasoning/at/2/",
        "/reasoning/diff/1/3/", "/reasoning/diff/2/4/?side=1", "/reasoning/editions/1/", "/reasoning/editions/2/",
        "/reasoning/editions/2/changes/", "/reasoning/editions/2/changes/?side=1",
        "/reasoning/editions/2/changes.json", "/reasoning/editions/1.md", "/reasoning/editions/1.json",
    ]  # fmt: skip
    before = {address: client.get(address).content.decode() for address in addresses}
    assert sum("sk-«secret»" in page for page in before.values()) >= 10
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    for address in addresses:
        assert "sk-«secret»" not in client.get(address).content.decode(), address


@pytest.mark.parametrize(
    ("text", "why", "words"),
    [("abc", "x", "at least 4"), (KEY, " ", "Say why"), ("stands nowhere", "x", "nowhere")],
)
def test_what_can_not_be_meant_changes_nothing(world: World, text: str, why: str, words: str) -> None:
    before = everything()
    with pytest.raises(ValidationError, match=words):
        redacting.redact(world.report, text, why, world.adam)
    assert everything() == before


class TestThePage:
    def send(self, client: Client, world: World, **data: Any) -> str:
        return client.post(
            reverse("admin:redact", args=[world.report.pk]), data, follow=True
        ).content.decode()

    def test_shows_where_it_stands_before_anything_goes(self, client: Client, world: World) -> None:
        client.force_login(world.adam)
        page = self.send(client, world, text=KEY, why="A key")
        assert "It stands in 3 texts as they are now" in page and KEY in everything()
        assert "for good" in self.send(client, world, text=KEY, why="A key", sure="1")
        assert KEY not in everything()

    def test_is_for_administrators_alone(self, client: Client, world: World) -> None:
        world.edda.is_superuser = False
        world.edda.save()
        client.force_login(world.edda)
        assert client.get(reverse("admin:redact", args=[world.report.pk])).status_code == 403
        data = {"text": KEY, "why": "x", "sure": "1"}
        assert client.post(reverse("admin:redact", args=[world.report.pk]), data).status_code == 403
        assert KEY in everything()


# What looks like the inside of a document: names of fields, of rows, of choices, an escape, a date, an address.
LIKE_THE_FORM = [
    "paper", "alpha", "verdict", "2025-01-20", "draft", "public", "nAs they", "reasoning", "robust",
    "https://example.org/alpha.pdf", "2025", '", "', "title", "editors",
]  # fmt: skip


@pytest.mark.parametrize("text", LIKE_THE_FORM)
def test_whatever_is_taken_out_every_page_can_still_be_read(client: Client, text: str) -> None:
    """An edition is kept as JSON, and is frozen: broken once, it would be broken for ever."""
    world = worlds.build()
    with world.change("words that are names, too"):
        world.draft.body = (
            "First. " + " ".join(LIKE_THE_FORM) + "\nAs they say: [[quote:robust]], [@alpha, p. 5]."
        )
        world.draft.save()
    Edition.objects.publish(world.report, world.edda, "E", "", {}, world.report.version)
    redacting.redact(world.report, text, "It has to go", world.adam)
    edition = Edition.objects.get()
    assert text not in json.loads(edition.document)["sections"][1]["body"].replace(
        "[[quote:robust]]", ""
    ).replace("[@alpha", "")
    assert edition.sha256 == hashlib.sha256(edition.document.encode()).hexdigest()
    for address in ("/reasoning/", "/reasoning/at/1/", "/reasoning/diff/1/2/", "/reasoning/editions/1/",
                    "/reasoning/editions/1.md", "/reasoning/editions/1.json", "/reasoning.json"):  # fmt: skip
        assert client.get(address).status_code == 200, address


def test_what_leads_to_a_row_goes_on_leading_there_and_is_named(world: World) -> None:
    with world.change("place"):
        world.draft.body = "robust words, [[quote:robust]] and [@alpha]; write to @alphabet."
        world.draft.save()
    found = redacting.find(world.report, "robust")
    assert found.names == ("robust",)
    redacting.redact(world.report, "robust", "It has to go", world.adam)
    redacting.redact(world.report, "alpha", "It has to go", world.adam)
    world.draft.refresh_from_db()
    gone = f"[redacted on {world.report.changesets.first().when:%Y-%m-%d}]"
    assert world.draft.body == f"{gone} words, [[quote:robust]] and [@alpha]; write to @{gone}bet."


class TestNothingIsLeftIn:
    """Each place in which words of the report are kept beside its rows."""

    SECRET = "hunter2 is the word that opens it"

    def gone(self, world: World, why: str = "It was pasted") -> str:
        redacting.redact(world.report, self.SECRET, why, world.adam)
        return everything()

    def test_an_editions_name_note_and_why(self, world: World) -> None:
        with world.change("x"):
            world.draft.body = self.SECRET
            world.draft.save()
        made = Edition.objects.publish(
            world.report,
            world.edda,
            f"E {self.SECRET}",
            self.SECRET,
            {"quote-rumoured": self.SECRET},
            world.report.version,
        )
        made.withdraw(world.edda, f"Because {self.SECRET}")
        assert self.SECRET not in self.gone(world, f"The key {self.SECRET} was pasted")

    def test_what_a_check_found(self, world: World) -> None:
        with world.change("x"):
            words = "The whole hunter2 post, of which a part is quoted"
            Quote(report=world.report, slug="d", text=words, source=world.post).save()
        verification.verify_report(world.report)
        assert "hunter2" in str(list(Check.objects.values_list("differences", flat=True)))
        redacting.redact(world.report, "whole hunter2 post", "It was pasted", world.adam)
        assert "hunter2" not in everything()
        left = str(list(Check.objects.values_list("differences", "omitted", "matched", "passage")))
        assert "hunter2" not in left and "whole" not in left

    def test_the_pieces_that_a_frozen_check_found(self, world: World, client: Client) -> None:
        with world.change("x"):
            world.post_quote.text = "The whole hunter2 post, of which a part is quoted."
            world.post_quote.save()
        verification.verify_report(world.report)
        anchor = "quote-rumoured"
        Edition.objects.publish(world.report, world.edda, "E", "", {anchor: "so"}, world.report.version)
        assert "hunter2" in Edition.objects.get(name="E").document
        redacting.redact(world.report, "whole hunter2 post", "It was pasted", world.adam)
        edition = Edition.objects.get(name="E")
        assert "hunter2" not in edition.document + str(edition.reasons)
        assert client.get(edition.get_absolute_url()).status_code == 200

    def test_the_admins_log_and_labels_that_were_cut_short(self, world: World) -> None:
        words = f"{self.SECRET} and so on for longer than any label is, with more and more words behind it"
        scrap = Scrap.objects.capture(
            world.report, world.edda, words, address="https://example.org/?t=hunter2", title=words
        )
        with world.change(f"Filed: “{scrap}”"):
            world.draft.body = words
            world.draft.save()
        LogEntry.objects.create(
            user=world.edda, action_flag=CHANGE, object_repr=str(scrap), content_type=None, object_id="1",
            change_message=json.dumps([{"changed": {"name": "quote", "object": f"“{words}”"}}]),
        )  # fmt: skip
        redacting.redact(world.report, words, "It was pasted", world.adam)
        redacting.redact(world.report, "hunter2", "It was pasted", world.adam)
        left = everything()
        assert "hunter2" not in left and "opens it" not in left

    def test_the_pages_that_were_kept(
        self, world: World, client: Client, django_capture_on_commit_callbacks: Any
    ) -> None:
        cache.set("page-of-an-older-stamp", self.SECRET)
        with world.change("x"):
            world.draft.body = self.SECRET
            world.draft.save()
        with django_capture_on_commit_callbacks(execute=True):
            self.gone(world)
        assert cache.get("page-of-an-older-stamp") is None


def test_a_note_without_room_for_the_marker_keeps_all_else(world: World) -> None:
    with world.change("KEY! " + "word " * 98 + "end"):
        world.draft.body = "a KEY! b"
        world.draft.save()
    redacting.redact(world.report, "KEY!", "why", world.adam)
    note = ChangeSet.objects.get(note__endswith=" end").note
    assert note.startswith("[…] word") and len(note) <= 500


def test_a_passage_of_any_length(world: World) -> None:
    words = ("word_%\\ " * 6_500).strip()
    with world.change("long"):
        world.draft.body = f"Before. {words} After."
        world.draft.save()
    redacting.redact(world.report, words, "why", world.adam)
    world.draft.refresh_from_db()
    assert world.draft.body.startswith("Before. [redacted on") and "word" not in world.draft.body


@pytest.mark.parametrize(
    ("address", "text", "left"),
    [
        ("https://e.org/?token=abcd&x=1", "abcd", "https://e.org/?token=redacted-DAY&x=1"),
        ("https://e.org/abcd", "https://e.org/abcd", "https://redacted.invalid/DAY"),
        ("https://e.org/", "http", "https://redacted.invalid/DAY"),
    ],
)
def test_an_address_stays_one(address: str, text: str, left: str) -> None:
    assert Swap(text, "[gone]", "DAY").address(address) == left


def test_a_form_from_before_does_not_bring_it_back_unasked(client: Client) -> None:
    """Its words are those of before, and what it began from has the marker by now."""
    world = worlds.build()
    client.force_login(world.edda)
    with world.change("pasted"):
        world.draft.body = "Long text with hunter2 in it and more words."
        world.draft.heading = "On hunter2"
        world.draft.save()
    data = filled(client, form_of(world.draft)) | {"kind": "inbox"}
    redacting.redact(world.report, "hunter2", "pasted", world.adam)
    again = client.post(form_of(world.draft), data)
    assert again.status_code == 200 and "On [redacted on" in again.content.decode()
    sent = returned(again)
    assert client.post(form_of(world.draft), sent).status_code == 200  # nothing is chosen yet
    world.draft.refresh_from_db()
    assert "hunter2" not in world.draft.body + world.draft.heading
    chosen = sent | {"clash-body-1": "theirs", "heading": "On nothing"}
    assert client.post(form_of(world.draft), chosen).status_code == 302
    world.draft.refresh_from_db()
    assert "hunter2" not in world.draft.body and world.draft.kind == "inbox"


class TestAnEditionsChecks:
    """They know quotations by plain words: the text stands there without its line breaks and emphasis."""

    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("secret\nwords", "secret words"),
            ("the *secret* words", "secret words"),
            ("secret words of Bob” [@alpha]. And", "secret words"),
        ],
    )
    def test_quotations_in_the_text(self, world: World, client: Client, text: str, left: str) -> None:
        said = "the *secret* words of Bob" if "*" in text else "the secret words of Bob"
        said = said.replace("secret words", "secret\nwords") if "\n" in text else said
        with world.change("said"):
            world.draft.body = f"He said “we found {said}” [@alpha]. And so on."
            world.draft.save()
        world.report.refresh_from_db()
        reasons = {"quote-rumoured": "As posted."}
        edition = Edition.objects.publish(
            world.report, world.edda, "With it", "", reasons, world.report.version
        )
        assert left in " ".join(edition.document.split())
        redacting.redact(world.report, text, "A secret", world.adam)
        kept = Edition.objects.get(pk=edition.pk).document
        assert left not in " ".join(kept.replace("*", "").replace("\\n", " ").split())
        assert left not in client.get(f"{edition.get_absolute_url().rstrip('/')}.json").content.decode()

    def test_quotations_with_a_row(self, world: World) -> None:
        with world.change("said"):
            world.quote.text = "We find *hidden*\nreasoning of a kind."
            world.quote.save()
        world.report.refresh_from_db()
        reasons = {"quote-rumoured": "As posted."}
        edition = Edition.objects.publish(
            world.report, world.edda, "With it", "", reasons, world.report.version
        )
        redacting.redact(world.report, "*hidden*\nreasoning", "A secret", world.adam)
        assert "hidden" in edition.document
        assert "hidden" not in Edition.objects.get(pk=edition.pk).document


def test_a_form_of_a_private_text_from_before_does_not_bring_it_back(world: World, client: Client) -> None:
    client.force_login(world.edda)
    before = PrivateText.objects.get()
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    with pytest.raises(Conflict):
        PrivateText.keep(world.todo, f"Private {KEY} and more", world.edda, 1, before.version)
    assert KEY not in PrivateText.objects.get().body


def test_a_scrap_that_is_dropped_meanwhile_stays_dropped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, passes = redacting._others, []

    def others(report: Any, swap: Any) -> Any:
        passes.append(1)
        for row, fields in real(report, swap):
            if len(passes) == 3 and isinstance(row, Scrap):  # the pass that writes
                Scrap.objects.get(pk=row.pk).drop(world.adam, row.version)
            yield row, fields

    monkeypatch.setattr(redacting, "_others", others)
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    assert len(passes) == 3 and not Scrap.objects.of(world.report).waiting().exists()


def test_what_an_address_answered_goes_with_it(world: World) -> None:
    AddressCheck.objects.ask(world.report, "http://h.example:99999/my-secret-path#part")
    assert "my-secret-path" not in AddressCheck.objects.get().said
    redacting.redact(world.report, KEY, "A key was pasted", world.adam)
    assert not AddressCheck.objects.exists()


@pytest.mark.parametrize("text", ["redacted", "redacted on 20"])
def test_a_part_of_the_marker_is_refused(world: World, text: str) -> None:
    with pytest.raises(ValidationError, match="part of the marker"):
        redacting.redact(world.report, text, "x", world.adam)


def test_of_two_places_that_overlap_nothing_is_left() -> None:
    assert Swap("abcab", "X", "2026-11-25").words("abcabcab, abcab") == "X, X"
