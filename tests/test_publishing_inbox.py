"""Filing: a scrap becomes a quotation, an event, a theory or prose; each step can be undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from papers.changes import Conflict
from papers.models import ChangeSet, Scrap, Section, Source
from papers.scraps import ScrapState
from publishing import assemble, filing, verification
from quotes.models import Quote
from tests import world as worlds
from tests.world import World
from timeline.models import Theory, TimelineEvent

pytestmark = pytest.mark.django_db

POST = "https://x.com/somebody/status/1"


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def scrap(world: World, text: str = "Words that somebody found.", **more: Any) -> Scrap:
    return Scrap.objects.capture(world.report, world.adam, text, **more)


def press(client: Client, row: Scrap, do: str, section: Section | None = None, **more: Any) -> str:
    """Press a button of the inbox; returns the page that comes."""
    row.refresh_from_db()
    data = {"do": do, "version": row.version, "section": section.pk if section else ""} | more
    return client.post(reverse("admin:inbox_act", args=[row.pk]), data, follow=True).content.decode()


class TestFiling:
    def test_as_a_quotation_in_a_section_is_one_change(self, client: Client, world: World) -> None:
        row = scrap(world, "We found it.", address=POST)
        assert "Filed as quote, placed in" in press(client, row, "quote", world.draft)
        quote = Quote.objects.get(text="We found it.")
        world.draft.refresh_from_db()
        assert world.draft.body == f"Begun.\n\n[[quote:{quote.slug}]]"
        assert ChangeSet.objects.count() == 2
        row.refresh_from_db()
        assert (row.state, row.filed_as, row.filed_in) == ("filed", f"quote:{quote.slug}", world.draft)
        assert row.captured_by == "adam" and row.done_by == "edda"

    def test_a_post_brings_its_source_and_is_checked_against_it(self, client: Client, world: World) -> None:
        press(client, scrap(world, "What I posted is this.", address=POST), "quote", world.written)
        source = Quote.objects.get(text="What I posted is this.").source
        assert source and (source.kind, source.author, source.copied_by) == ("post", "@somebody", "adam")
        verification.verify_report(world.report)
        document = assemble.document(world.report)
        (quotation,) = [q for q in document.quotes if q.text == "What I posted is this."]
        assert quotation.check and quotation.check.verdict == "verbatim"

    def test_of_a_known_source_makes_no_second_one(self, client: Client, world: World) -> None:
        with world.change():
            world.post.url = POST
            world.post.save()
        sources = Source.objects.count()
        press(client, scrap(world, "Other words.", address=POST), "quote")
        assert Quote.objects.get(text="Other words.").source == world.post
        assert Source.objects.count() == sources

    def test_as_prose_keeps_the_way_to_where_it_was_found(self, client: Client, world: World) -> None:
        row = scrap(world, "A thought.", address="https://mit.edu/x", title="On [things]")
        press(client, row, "prose", world.todo)
        world.todo.refresh_from_db()
        assert world.todo.body == "A thought.\n\n[On (things)](<https://mit.edu/x>)"
        assert world.todo.state == Section.State.DRAFT

    def test_as_event_and_as_theory(self, client: Client, world: World) -> None:
        press(client, scrap(world, "Chips were\nsanctioned."), "event")
        assert TimelineEvent.objects.filter(text="Chips were sanctioned.").exists()
        press(client, scrap(world, "It was a ruse\n\nSome say so."), "theory")
        theory = Theory.objects.get(title="It was a ruse")
        assert theory.body == "Some say so."

    def test_prose_needs_a_section(self, client: Client, world: World) -> None:
        assert "Choose the section" in press(client, scrap(world), "prose")

    def test_what_can_not_be_made_writes_nothing(self, world: World) -> None:
        row = scrap(world, "One\n\n## A heading that is too high")
        with pytest.raises(ValidationError):
            filing.file(row, "nonsense", None, world.edda, row.version)
        assert ChangeSet.objects.count() == 1 and Scrap.objects.waiting().count() == 1


class TestUndoing:
    @pytest.mark.parametrize("kind", ["quote", "event", "theory", "prose"])
    def test_puts_everything_back(self, client: Client, world: World, kind: str) -> None:
        before = assemble.document(world.report, audience="editors").sections
        counts = [m.objects.count() for m in (Quote, TimelineEvent, Theory)]
        row = scrap(world, "Words that come and go.")
        press(client, row, kind, world.todo)
        assert "It waits again" in press(client, row, "undo")
        assert [m.objects.count() for m in (Quote, TimelineEvent, Theory)] == counts
        assert assemble.document(world.report, audience="editors").sections == before
        row.refresh_from_db()
        assert (row.state, row.filed_as, row.filed_in) == ("waiting", "", None)

    def test_what_was_gone_on_with_stays(self, client: Client, world: World) -> None:
        row = scrap(world, "Words that come and go.")
        press(client, row, "quote", world.todo)
        quote = Quote.objects.get(text="Words that come and go.")
        with world.change("gone on"):
            quote.note = "edited"
            quote.save()
        assert "has been edited or deleted since" in press(client, row, "undo")
        world.todo.refresh_from_db()
        assert f"[[quote:{quote.slug}]]" in world.todo.body

    def test_throwing_away_splitting_and_joining(self, client: Client, world: World) -> None:
        row = scrap(world, "One.\n\nTwo.\n\nThree.")
        press(client, row, "drop")
        assert not Scrap.objects.waiting().exists()
        press(client, row, "undo")
        press(client, row, "split")
        parts = list(Scrap.objects.waiting())
        assert [part.text for part in parts] == ["One.", "Two.", "Three."]
        assert {part.captured_by for part in parts} == {"adam"}
        press(client, parts[0], "join")
        assert sorted(s.text for s in Scrap.objects.waiting()) == ["One.\n\nTwo.", "Three."]
        press(client, parts[0], "undo")
        press(client, row, "undo")
        assert [s.text for s in Scrap.objects.waiting()] == ["One.\n\nTwo.\n\nThree."]

    def test_a_part_that_was_filed_keeps_the_whole_split(self, client: Client, world: World) -> None:
        row = scrap(world, "One.\n\nTwo.")
        press(client, row, "split")
        press(client, Scrap.objects.waiting()[0], "event")
        assert "gone on with meanwhile" in press(client, row, "undo")

    def test_one_paragraph_can_not_be_split(self, client: Client, world: World) -> None:
        assert "one paragraph only" in press(client, scrap(world), "split")
        assert "none to join it with" in press(client, Scrap.objects.get(), "join")


class TestAtTheSameTime:
    def test_two_who_file_one_scrap_file_it_once(self, client: Client, world: World) -> None:
        row = scrap(world, "Words that two want.")
        press(client, row, "quote")
        page = press(client, row, "quote", version=1)
        assert "gone on with this scrap meanwhile" in page
        assert Quote.objects.filter(text="Words that two want.").count() == 1

    @pytest.mark.parametrize("version", ["", "x", "99", "9" * 40])
    def test_a_forged_version_does_nothing(self, client: Client, world: World, version: str) -> None:
        assert "meanwhile" in press(client, scrap(world), "drop", version=version)
        assert Scrap.objects.waiting().count() == 1

    def test_a_section_that_was_deleted_is_said(self, client: Client, world: World) -> None:
        where = reverse("admin:inbox_act", args=[scrap(world).pk])
        data = {"do": "prose", "version": 1, "section": "999999"}
        assert "deleted meanwhile" in client.post(where, data, follow=True).content.decode()

    def test_a_stale_scrap_raises(self, world: World) -> None:
        row = scrap(world)
        with pytest.raises(Conflict):
            filing.file(row, "event", None, world.edda, 7)


class TestTheInbox:
    def test_shows_what_waits_the_oldest_first(self, client: Client, world: World) -> None:
        scrap(world, "The first <one>."), scrap(world, "The second.", address=POST)
        page = client.get(reverse("admin:inbox")).content.decode()
        assert "2 scraps to file" in page
        assert page.index("The first &lt;one&gt;.") < page.index("The second.")
        assert "adam" in page and POST in page
        assert "2 scraps to file" in client.get("/admin/").content.decode()

    def test_many_scraps_cost_no_more_queries(self, client, world, django_assert_max_num_queries) -> None:
        """A page shows fifty at most, and asks for none of them by itself."""
        for number in range(60):
            scrap(world, f"Scrap {number}")
        with django_assert_max_num_queries(14):
            page = client.get(reverse("admin:inbox")).content.decode()
        assert page.count("<article") == 50 and "Later ones" in page

    def test_is_for_whoever_may_write(self, client: Client, world: World) -> None:
        row = scrap(world)
        eve = User.objects.create_user("eve", is_staff=True)
        client.force_login(eve)
        assert client.get(reverse("admin:inbox")).status_code == 403
        assert (
            client.post(reverse("admin:inbox_act", args=[row.pk]), {"do": "drop", "version": 1}).status_code
            == 403
        )
        eve.user_permissions.add(Permission.objects.get(codename="change_section"))
        client.force_login(User.objects.get(pk=eve.pk))
        assert client.get(reverse("admin:inbox")).status_code == 200
        response = client.post(reverse("admin:inbox_act", args=[row.pk]), {"do": "quote", "version": 1})
        assert response.status_code == 403 and Scrap.objects.waiting().count() == 1
        assert Client().get(reverse("admin:inbox")).status_code == 302
        assert client.get(reverse("admin:inbox_act", args=[row.pk])).status_code == 405


class TestUndoingLeavesNothingAndTakesNothing:
    def test_the_source_that_was_made_for_a_quotation_goes_with_it(
        self, client: Client, world: World
    ) -> None:
        before = set(Source.objects.values_list("pk", flat=True))
        row = scrap(world, "We found it.", address=POST)
        press(client, row, "quote", world.draft)
        assert Source.objects.count() == len(before) + 1
        assert "waits again" in press(client, row, "undo")
        assert set(Source.objects.values_list("pk", flat=True)) == before

    @pytest.mark.parametrize("used", ["another quotation", "another scrap", "edited", "known before"])
    def test_but_not_one_that_is_used_or_edited_since_or_was_there(
        self, client: Client, world: World, used: str
    ) -> None:
        if used == "known before":
            with world.change("known"):
                Source(report=world.report, key="known", kind="post", url=POST, text="We found it.").save()
        row = scrap(world, "We found it.", address=POST)
        press(client, row, "quote", world.draft)
        source = Source.objects.get(url=POST)
        with world.change("used"):
            if used == "another quotation":
                Quote(report=world.report, slug="other", text="Other words.", source=source).save()
            elif used == "edited":
                source.title = "By hand"
                source.save()
        if used == "another scrap":
            assert scrap(world, "More of it.", address=POST).source == source
        assert "waits again" in press(client, row, "undo")
        assert Source.objects.filter(pk=source.pk).exists()
        assert not Quote.objects.filter(text="We found it.").exists()

    @pytest.mark.parametrize(
        ("do", "words"),
        [("quote", "[[quote:{}]]"), ("event", "[[event:{}|then]]"), ("theory", "[[theory:{} ]]")],
    )
    def test_what_somebody_has_placed_elsewhere_stays_there(
        self, client: Client, world: World, do: str, words: str
    ) -> None:
        row = scrap(world, "We found it.")
        press(client, row, do, world.draft if do == "quote" else None)
        row.refresh_from_db()
        kind, _, slug = row.filed_as.partition(":")
        with world.change("also here"):
            world.todo.body = f"As said: {words.format(slug)}"
            world.todo.save()
        assert "is placed in “Gamma” by now" in press(client, row, "undo")
        assert filing.MODELS[kind].objects.filter(slug=slug).exists()
        world.draft.refresh_from_db()
        assert ("[[quote:" in world.draft.body) == (do == "quote")

    @pytest.mark.parametrize("body", ["    code\n\ntext", "  led in", "a\n\n\nb", "text  "])
    @pytest.mark.parametrize("text", ["words ", "  words", "words\n\n", "a\n\n   \nb", "a [[quote:x]]"])
    def test_the_text_around_it_is_as_it_was_to_the_letter(self, world: World, body: str, text: str) -> None:
        with world.change("x"):
            world.draft.body = body
            world.draft.save()
        row = scrap(world, text)
        filing.file(row, "prose", world.draft, world.edda, row.version)
        assert Section.objects.get(pk=world.draft.pk).body.startswith(body)
        row.refresh_from_db()
        filing.undo(row, world.edda, row.version)
        assert Section.objects.get(pk=world.draft.pk).body == body

    @pytest.mark.parametrize(
        "body",
        [
            "One line with cat in it.\n\nAnother.",
            "The models are concatenated, then judged.",
            "Nothing of it.",
        ],
    )
    def test_words_that_stand_otherwise_by_now_are_left_and_the_scrap_waits(
        self, world: World, body: str
    ) -> None:
        """No letter of somebody's sentence goes with it, and the scrap is not shut up for ever."""
        row = scrap(world, "cat")
        filing.file(row, "prose", world.draft, world.edda, row.version)
        with world.change("went on"):
            world.draft.refresh_from_db()
            world.draft.body = body
            world.draft.save()
        row.refresh_from_db()
        assert "stays" in filing.undo(row, world.edda, row.version)
        row.refresh_from_db()
        assert row.state == ScrapState.WAITING
        assert Section.objects.get(pk=world.draft.pk).body == body


@pytest.mark.parametrize(
    "text",
    ["Text.\n\n## A heading", "```\nno end", "<<<<<<< 1 yours\na\n======= 1\nb\n>>>>>>> 1 theirs"],
)
@pytest.mark.parametrize("do", ["prose", "theory"])
def test_what_a_form_would_refuse_is_not_filed_past_it(
    client: Client, world: World, text: str, do: str
) -> None:
    """An open fence would swallow all that is filed after it."""
    row = scrap(world, f"First line.\n{text}")
    version = world.report.version
    assert "As it is, the scrap can’t stand in" in press(client, row, do, world.draft)
    row.refresh_from_db()
    world.report.refresh_from_db()
    assert row.state == "waiting" and world.report.version == version


class TestJoiningKeepsWhereEachWasFound:
    def test_the_way_to_another_place_stands_behind_its_text(self, client: Client, world: World) -> None:
        first = scrap(world, "First.", address="https://a.example/1", title="A")
        for n, more in enumerate(
            ({"address": "https://b.example/2", "title": "B [2]"}, {"address": first.address}, {})
        ):
            scrap(world, f"Next {n}.", **more)
        for _ in range(3):
            row = Scrap.objects.of(world.report).waiting()[0]
            press(client, row, "join")
        joined = Scrap.objects.of(world.report).waiting().get()
        assert joined.address == first.address
        assert joined.text == "First.\n\nNext 0.\n\n[B (2)](<https://b.example/2>)\n\nNext 1.\n\nNext 2."

    def test_one_without_an_origin_takes_over_the_others(self, client: Client, world: World) -> None:
        first = scrap(world, "First.")
        scrap(world, "Second.", address="https://b.example/2", title="B")
        press(client, first, "join")
        joined = Scrap.objects.of(world.report).waiting().get()
        assert (joined.text, joined.address, joined.title) == (
            "First.\n\nSecond.",
            "https://b.example/2",
            "B",
        )


def test_a_title_that_is_too_long_for_one_is_whole_in_the_text(client: Client, world: World) -> None:
    press(client, scrap(world, f"# {'long ' * 60}\nThe rest."), "theory")
    made = Theory.objects.get(title__startswith="long")
    assert made.body.startswith("long long") and made.body.endswith("The rest.")
