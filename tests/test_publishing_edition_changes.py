"""What an edition changed since the last one: from two frozen documents, for readers."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given, settings, strategies as st

from papers.models import Section
from publishing import assemble, document as tree, edition_changes
from publishing.edition_changes import changed, compared, rematched
from publishing.models import Edition, failing
from quotes.models import Check
from tests import world as worlds
from tests.world import SECRET, World
from timeline.models import TimelineEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    cache.clear()
    return worlds.build()


def publish(world: World, name: str = "Spring") -> Edition:
    world.report.refresh_from_db()
    reasons = {quotation.anchor: "Kept." for quotation in failing(assemble.document(world.report))}
    return Edition.objects.publish(world.report, world.edda, name, "", reasons, world.report.version)


def lines(world: World, first: Edition) -> dict[str, tuple[str, ...]]:
    second = publish(world, "Autumn")
    return {f"{line.noun} {line.heading}": line.said for line in changed(first, second).lines}


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return html.unescape(response.content.decode())


class TestTheList:
    def test_nothing_changed(self, world: World) -> None:
        assert lines(world, publish(world)) == {}

    def test_sections_added_removed_renamed_and_rewritten(self, world: World) -> None:
        first = publish(world)
        with world.change():
            Section(
                report=world.report, anchor="delta", heading="Delta", state="draft", body="Three new words."
            ).save()
            world.sub.delete()
            world.draft.heading, world.draft.anchor = "Beta, at length", "beta-at-length"
            world.draft.save()
            world.written.write(
                world.written.body.replace("As they write:", "As they themselves have written:")
            )
            world.written.save()
        assert lines(world, first) == {
            "section Delta": ("new", "3 words"),
            "section Method": ("removed",),
            "section Beta, at length": ("renamed, was “Beta”",),
            "section Alpha": ("3 words in, 1 out",),
        }

    def test_a_section_under_another_heading_and_address_is_the_same_one(self, world: World) -> None:
        first = publish(world)
        with world.change():
            world.draft.anchor = "other"
            world.draft.save()
        assert lines(world, first) == {"section Beta": ("its address changed",)}

    def test_state_and_place(self, world: World) -> None:
        first = publish(world)
        with world.change():
            world.draft.state = "done"
            world.draft.save()
        ids = [s.pk for s in Section.objects.of(world.report).filter(parent=None)]
        world.report.reorder([*ids[1:], ids[0]], world.report.version, world.edda)
        assert lines(world, first) == {
            "section Alpha": ("moved",),
            "section Beta": ("state: draft → written",),
        }

    def test_quotations_added_and_removed(self, world: World) -> None:
        first = publish(world)
        with world.change():
            world.written.write(world.written.body.replace("[[quote:robust]]", "[[quote:spare]]"))
            world.written.save()
            world.draft.write("“These are quite a few words in the text” [@beta].")
            world.draft.save()
        found = lines(world, first)
        assert found["quotation “Nobody has placed these words yet.”"][0] == "new"
        assert found["quotation “We find *robust* reasoning, $x_1$ and all.”"] == ("removed",)
        assert found["quotation “These are quite a few words in the text”"] == ("new, in the text",)

    def test_a_verdict_that_changed_while_the_words_did_not(self, world: World) -> None:
        first = publish(world)
        Check.objects.create(
            report=world.report, source=world.source, words=Check.name_of(world.quote.text), stated="6",
            sha256="0" * 64, engine="1", verdict="verbatim", pages=[6], labels=["6"],
            passage=world.quote.text, matched=world.quote.text, recorded=True,
        )  # fmt: skip
        second = publish(world, "Autumn")
        (line,) = changed(first, second).lines
        assert line.verdict == ("Not checked: source not archived", "Verbatim, p. 6")
        assert line.anchor == "quote-robust" and line.said == ()

    def test_theories_events_and_papers(self, world: World) -> None:
        first = publish(world)
        with world.change():
            world.theory.body = "Told in more words."
            world.theory.save()
            TimelineEvent(report=world.report, slug="more", text="More happens.", date="2025-02").save()
            world.paper.year = "2025"
            world.paper.save()
        found = lines(world, first)
        assert "4 words in, 0 out" in found["theory It was cheap"]
        assert found["event More happens."][0] == "new"
        assert found["paper Alpha: Learning to reason"] == ("year: 2024 → 2025",)

    def test_evidence_with_another_note_for_a_quotation_under_another_name_goes_on(
        self, world: World
    ) -> None:
        first = publish(world)
        with world.change():
            world.evidence.note = "Said on the day."
            world.evidence.save()
            world.post_quote.slug = "said"
            world.post_quote.save()
        (line,) = [line for name, line in lines(world, first).items() if name.startswith("evidence")]
        assert line == ("4 words in, 0 out", "quotation: rumoured → said")

    def test_it_is_the_comparison_with_the_edition_before_and_no_other(self, world: World) -> None:
        publish(world)
        with world.change():
            world.draft.write("Second.")
            world.draft.save()
        publish(world, "Autumn")
        with world.change():
            world.sub.write("Third.")
            world.sub.save()
        third = publish(world, "Winter")
        before = edition_changes.before(third)
        assert before is not None and before.number == 2
        assert [line.heading for line in changed(before, third).lines] == ["Method"]

    def test_it_is_made_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        first = publish(world)
        with world.change():
            world.draft.write("Second.")
            world.draft.save()
        second = publish(world, "Autumn")
        made = changed(first, second)
        monkeypatch.setattr(Edition, "tree", lambda self: pytest.fail("compared again"))
        assert changed(first, second) == made


class TestThePages:
    @pytest.fixture
    def second(self, world: World) -> Edition:
        publish(world)
        with world.change():
            world.draft.write("Begun anew & well.")
            world.draft.save()
        return publish(world, "Autumn")

    def test_the_editions_page_lists_it_and_leads_to_the_whole(
        self, client: Client, world: World, second: Edition
    ) -> None:
        page = page_of(client, second.get_absolute_url())
        assert "Since edition 1: 1 section; 2 words in, 0 out" in page
        assert '<a href="#beta">Beta</a>' in page and "/reasoning/editions/2/changes/" in page
        whole = page_of(client, "/reasoning/editions/2/changes/")
        assert "anew & well</ins>." in whole and "What edition 2 changed" in whole
        assert '/reasoning/editions/2/#beta">Beta</a>' in whole
        assert "both-sides" in page_of(client, "/reasoning/editions/2/changes/?side=1")

    def test_the_first_edition_says_so(self, client: Client, world: World, second: Edition) -> None:
        assert "It is the first edition." in page_of(client, "/reasoning/editions/1/")
        assert client.get("/reasoning/editions/1/changes/").status_code == 404
        read = json.loads(client.get("/reasoning/editions/1/changes.json").content)
        assert (read["since"], read["changes"]) == (None, [])

    def test_a_withdrawn_predecessor_is_named_as_such(
        self, client: Client, world: World, second: Edition
    ) -> None:
        page_of(client, second.get_absolute_url())
        Edition.objects.get(number=1).withdraw(world.edda, "Wrong figures.")
        assert "Since edition 1 (withdrawn):" in page_of(client, second.get_absolute_url())
        assert "which has been withdrawn" in page_of(client, "/reasoning/editions/2/changes/")
        assert json.loads(client.get("/reasoning/editions/2/changes.json").content)["since"]["withdrawn"]

    def test_the_json_list(self, client: Client, world: World, second: Edition) -> None:
        read = json.loads(client.get("/reasoning/editions/2/changes.json").content)
        assert read["sha256"] == second.sha256 and read["since"]["edition"] == 1
        assert read["changes"] == [
            {"kind": "section", "what": "Beta", "said": ["2 words in, 0 out"], "anchor": "beta"}
        ]
        assert (read["words_in"], read["words_out"]) == (2, 0)

    def test_what_the_report_does_later_changes_nothing(
        self, client: Client, world: World, second: Edition
    ) -> None:
        before = client.get("/reasoning/editions/2/changes.json").content
        with world.change():
            world.draft.heading, world.draft.body = "Quite other", "Words."
            world.draft.save()
            world.sub.delete()
        assert client.get("/reasoning/editions/2/changes.json").content == before

    def test_what_editors_alone_see_is_in_none_of_it(self, client: Client, world: World) -> None:
        publish(world)
        with world.change():
            world.hidden.write(SECRET + " And more of it.")
            world.hidden.save()
            world.draft.write("Something public.")
            world.draft.save()
        publish(world, "Autumn")
        client.force_login(world.edda)  # an editor gets the frozen documents as well, and no more
        for place in ("", "changes/", "changes.json"):
            page = page_of(client, f"/reasoning/editions/2/{place}")
            assert "Only editors may read" not in page and "Secret plans" not in page

    def test_a_report_for_editors_only_hides_it_all(
        self, client: Client, world: World, second: Edition
    ) -> None:
        with world.change():
            world.report.visibility = "editors"
            world.report.save()
        for place in ("", "changes/", "changes.json"):
            assert client.get(f"/reasoning/editions/2/{place}").status_code == 404

    def test_what_is_hostile_stays_text(self, client: Client, world: World) -> None:
        publish(world)
        with world.change():
            world.draft.heading = "<script>alert(1)</script>"
            world.draft.save()
        publish(world, "Autumn")
        for place in ("", "changes/"):
            assert b"<script>alert" not in client.get(f"/reasoning/editions/2/{place}").content

    def test_many_changes_are_cut_on_the_page_and_whole_in_the_comparison(
        self, client: Client, world: World
    ) -> None:
        publish(world)
        with world.change():
            for number in range(edition_changes.MOST + 5):
                Section(
                    report=world.report, anchor=f"s-{number}", heading=f"Part {number}", body="Words."
                ).save()
        publish(world, "Autumn")
        assert "and 5 more" in page_of(client, "/reasoning/editions/2/")
        assert f"Part {edition_changes.MOST + 4}" in page_of(client, "/reasoning/editions/2/changes/")


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


class TestRowsOfTwoFrozenDocuments:
    @staticmethod
    def document(names: list[str], former: dict[str, str] | None = None) -> tree.Document:
        past = former or {}
        sections = tuple(
            tree.Section(name, name.upper(), row=n, former_anchors=(past[name],) if name in past else ())
            for n, name in enumerate(names, 1)
        )
        quotes = tuple(tree.Quote(name, f"words of {name}", row=n) for n, name in enumerate(names, 1))
        return tree.Document(slug="r", title="R", sections=sections, quotes=quotes)

    @given(NAMES, NAMES)
    @settings(max_examples=60)
    def test_ids_are_kept_by_address_and_never_given_twice(self, old: list[str], new: list[str]) -> None:
        a, b = self.document(old), self.document(new)
        rows = [section.row for section in rematched(a, b).sections]
        assert len(set(rows)) == len(rows) and None not in rows
        known = {section.anchor: section.row for section in a.sections}
        for name, row in zip(new, rows, strict=True):
            assert row == known[name] if name in known else row not in known.values()
        found: Any = {(c.kind, c.heading): c.what for c in compared(a, b).changes}
        gone = {("section", name.upper()) for name in set(old) - set(new)}
        come = {("section", name.upper()) for name in set(new) - set(old)}
        assert gone == {k for k, what in found.items() if what == "removed" and k[0] == "section"}
        assert come == {k for k, what in found.items() if what == "new" and k[0] == "section"}

    def test_a_new_section_under_an_address_that_another_had_does_not_take_its_place(self) -> None:
        a = self.document(["a", "b"])
        b = self.document(["a", "c"], {"c": "b"})
        assert [s.row for s in rematched(a, b).sections] == [1, 2]
        b = self.document(["b", "c"], {"c": "b"})
        assert [s.row for s in rematched(a, b).sections] == [2, 3]


def test_of_two_places_with_the_same_words_one_is_told_as_removed(world: World) -> None:
    one = "“the very same words stand here twice over” [@alpha]."
    with world.change("said"):
        world.draft.body = f"A says {one}\n\nB says {one}"
        world.draft.save()
    world.report.refresh_from_db()
    reasons = {"quote-rumoured": "As posted."}
    first = Edition.objects.publish(world.report, world.edda, "One", "", reasons, world.report.version)
    with world.change("once"):
        world.draft.body = f"A says {one}\n\nB says nothing."
        world.draft.save()
    lines = edition_changes.since(first, assemble.document(world.report)).lines
    assert [line.said for line in lines if line.noun == "quotation"] == [("removed from the text",)]
