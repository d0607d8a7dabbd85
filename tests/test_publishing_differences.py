"""Two versions compared: words, rows that came, went and moved, and what is folded because it is the same."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given, strategies as st

from papers.comparing import compare, passed
from papers.models import Visibility
from publishing import document as tree
from publishing.differences import Change, Differences, differences
from publishing.paragraphs import paragraphs
from quotes.models import Check
from tests import world as worlds
from tests.html_reading import Element, read
from tests.world import World
from timeline.models import Evidence

WORDS = "the model learns a policy from rewards and reasons for a long time before it answers each question".split()


def body(text: str) -> tree.Body:
    return tree.Body(source=text)


def report(*sections: tree.Section, **fields: Any) -> tree.Document:
    return tree.Document(slug="r", title="R", sections=sections, **fields)


def section(
    row: int, heading: str = "", text: str = "", *children: tree.Section, **fields: Any
) -> tree.Section:
    name = heading or f"Section {row}"
    return tree.Section(anchor=f"s{row}", heading=name, body=body(text), children=children, row=row, **fields)


def told(found: Differences) -> list[tuple[str, str, str]]:
    return [(change.heading, change.what, change.moved) for change in found.changes]


def only(found: Differences) -> Change:
    assert len(found.changes) == 1
    return found.changes[0]


class TestRows:
    def test_one_document_differs_in_nothing_from_itself(self) -> None:
        one = report(section(1, text="Words."), section(2))
        assert not differences(one, one)

    def test_a_renamed_section_is_the_same_section(self) -> None:
        change = only(
            differences(report(section(1, "Old name", "Words.")), report(section(1, "New name", "Words.")))
        )
        assert (change.what, [text.name for text in change.texts]) == ("", ["heading"])

    def test_a_section_of_another_row_is_another_though_its_address_is_the_same(self) -> None:
        new = tree.Section(anchor="s1", heading="Section 1", body=body("Words."), row=9)
        assert [c.what for c in differences(report(section(1, text="Words.")), report(new)).changes] == [
            "removed",
            "new",
        ]

    def test_what_moved_is_told_as_moved_and_as_little_as_can_be(self) -> None:
        a, b, c, d = (section(n) for n in range(1, 5))
        assert told(differences(report(a, b, c, d), report(d, a, b, c))) == [("Section 4", "moved", "moved")]

    def test_a_section_that_changed_its_parent_has_moved(self) -> None:
        child = section(3, "Child", "Its words.")
        old = report(section(1, "One", "", child), section(2, "Two"))
        new = report(section(1, "One"), section(2, "Two", "", child))
        assert told(differences(old, new)) == [("Child", "moved", "moved from “One”")]
        top = report(section(1, "One"), section(2, "Two"), child)
        assert told(differences(old, top)) == [("Child", "moved", "moved from “One”")]
        assert told(differences(top, old)) == [("Child", "moved", "moved from the first level")]

    def test_moved_and_changed_at_once(self) -> None:
        a, b = section(1, text="One."), section(2, text="Two.")
        change = only(differences(report(a, b), report(section(2, text="Two, three."), a)))
        assert (change.what, change.moved, change.texts[0].comparison.words_in) == ("", "moved", 1)

    def test_what_is_gone_stands_where_it_stood(self) -> None:
        a, b, c = section(1), section(2, text="Words."), section(3)
        assert told(differences(report(a, b, c), report(a, c, section(4)))) == [
            ("Section 2", "removed", ""),
            ("Section 4", "new", ""),
        ]

    def test_facts_are_told_in_words(self) -> None:
        old, new = section(1, state="todo"), section(1, state="done", kind="inbox", paper="alpha")
        facts = only(differences(report(old), report(new))).facts
        assert [(f.name, f.old, f.new) for f in facts] == [
            ("state", "to do", "written"),
            ("kind", "article", "inbox"),
            ("paper", "", "alpha"),
        ]

    def test_the_long_texts_of_the_report_stand_for_themselves(self) -> None:
        old = report(summary=body("One."), acknowledgements=body("Thanks."))
        new = tree.Document(
            slug="r", title="Other", summary=body("Two."), acknowledgements=body("Many thanks.")
        )
        assert [(c.heading, c.id) for c in differences(old, new).changes] == [
            ("The report itself", "report"),
            ("Summary", "summary"),
            ("Acknowledgements", "acknowledgements"),
        ]

    def test_quotations_events_theories_evidence_papers_and_sources_are_in_it(self) -> None:
        old = report(
            quotes=(tree.Quote("q", "Some words.", row=1),),
            events=(tree.Event("e", "It happens.", date="2025", when="2025", row=2),),
            theories=(
                tree.Theory(
                    "t", "It was cheap", "rumour", evidence=(tree.Evidence("for", "One.", row=4),), row=3
                ),
            ),
            papers=(tree.Paper("p", "A paper", year="2024", row=5),),
            sources=(tree.Source("s", "pdf", "A source", row=6),),
        )
        new = report(
            quotes=(tree.Quote("q", "Some other words.", locator="6", row=1),),
            events=(tree.Event("e", "It happens.", date="2026", when="2026", row=2),),
            theories=(
                tree.Theory(
                    "t", "It was cheap", "refuted", evidence=(tree.Evidence("against", "One.", row=4),), row=3
                ),
            ),
            papers=(tree.Paper("p", "A paper", year="2025", row=5),),
            sources=(tree.Source("s", "web", "A source", row=6),),
        )
        found = differences(old, new)
        assert [(c.kind, [(f.name, f.old, f.new) for f in c.facts]) for c in found.changes] == [
            ("quote", [("page", "", "6")]),
            ("theory", [("state", "rumour", "refuted")]),
            ("evidence", [("speaks", "for", "against")]),
            ("event", [("date", "2025", "2026")]),
            ("paper", [("year", "2024", "2025")]),
            ("source", [("kind", "pdf", "web")]),
        ]
        assert (found.words_in, found.words_out) == (1, 0)

    def test_another_verdict_is_told_beside_the_words(self) -> None:
        checks = tree.Check("altered", differences=(tree.Difference("a", "b"),)), tree.Check("verbatim")
        old, new = (tree.Quote("q", text, row=1, check=c) for text, c in zip(("b", "a"), checks, strict=True))
        assert only(differences(report(quotes=(old,)), report(quotes=(new,)))).checks == checks
        same = tree.Quote("q", "c", row=1, check=checks[1])
        assert only(differences(report(quotes=(new,)), report(quotes=(same,)))).checks is None

    @given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
    def test_what_did_not_move_stands_in_order(self, new: list[int], gone: set[int]) -> None:
        old = [n for n in range(6) if n not in gone]
        moved = passed(old, new)
        stayed = [n for n in new if n in old and n not in moved]
        assert stayed == sorted(stayed) and moved <= set(old)


class TestParagraphs:
    def text(self, old: str, new: str) -> Any:
        return only(differences(report(section(1, text=old)), report(section(1, text=new)))).texts[0]

    def test_those_without_a_change_are_folded_and_counted(self) -> None:
        same = "\n\n".join(f"Paragraph {n} stays as it is." for n in range(5))
        found = self.text(f"{same}\n\nThe end is near.\n\n{same}", f"{same}\n\nThe end is here.\n\n{same}")
        assert [len(stretch.same) for stretch in found.stretches] == [5, 0, 5]

    def test_a_new_paragraph_leaves_its_neighbours_alone(self) -> None:
        found = self.text(
            "One stands here.\n\nThree stands here.", "One stands here.\n\nTwo!\n\nThree stands here."
        )
        assert [len(stretch.same) for stretch in found.stretches] == [1, 0, 1]
        assert [(p.kind, p.text) for p in found.stretches[1].paragraph.pieces] == [("in", "Two!")]

    def test_a_moved_paragraph_is_known_though_others_begin_alike(self) -> None:
        one = "A third paragraph stands here without a change, so that it is folded."
        two = "A fourth one is moved to the end of the section, so that it reads better there."
        found = compare(f"{one}\n\n{two}\n\nA last one.", f"{two}\n\nA last one.\n\n{one}")
        assert (found.words_in, found.words_out) == (0, 0)
        assert {(p.kind, p.text.strip()) for p in found.pieces if p.moved} == {("in", one), ("out", one)}

    def test_a_paragraph_that_was_divided_says_so(self) -> None:
        found = self.text("One sentence. Another sentence.", "One sentence.\n\nAnother sentence.")
        runs = [(p.kind, p.text) for s in found.stretches if s.paragraph for p in s.paragraph.pieces]
        assert ("in", "¶") in runs
        assert (found.comparison.words_in, found.comparison.words_out) == (0, 0)

    def test_long_stretches_without_a_change_are_cut_short(self) -> None:
        long = " ".join(random.Random(1).choices(WORDS, k=600))
        found = self.text(f"Begin {long} end.", f"Began {long} ended.")
        cut = [p for p in found.stretches[0].paragraph.pieces if p.kind == "cut"]
        assert len(cut) == 1 and len(cut[0].text) > 2000

    @given(
        st.lists(st.sampled_from(["a b c", "\n", "\n\n", " ", "d e f g h i j k", "x"]), max_size=12),
        st.randoms(),
    )
    def test_no_word_is_lost_on_the_way_to_the_page(self, parts: list[str], chance: random.Random) -> None:
        old = "".join(parts)
        new = "".join(chance.sample(parts, len(parts))) + chance.choice(["", " more"])
        shown = list(paragraphs(compare(old, new).pieces))
        for text, side in ((old, "old"), (new, "new")):
            runs = "".join(run.text for p in shown for run in getattr(p, side) if run.text != "¶")
            assert "".join(runs.split()) == "".join(text.split())


@pytest.fixture
def w(db: None, settings: Any, tmp_path: Any) -> World:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


def page(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200
    return read(response.content.decode())


class TestThePage:
    def test_it_says_what_went_in_and_out(self, client: Client, w: World) -> None:
        with w.change("carried on", who=w.adam):
            w.draft.body = "Begun, and carried on."
            w.draft.save()
        found = page(client, "/reasoning/diff/1/2/")
        assert found.one("h1").text == "Version 1 to 2"
        assert "adam" in found.one("main").words and "“carried on”" in found.one("main").words
        assert "1 change: 3 words in, 0 out." in found.words
        change = found.one("section", class_="change")
        assert [e.text for e in change.all("ins")] == [", and carried on"]
        assert change.one("h2").one("a").attributes["href"] == "/reasoning/#beta"

    def test_side_by_side_shows_both_texts(self, client: Client, w: World) -> None:
        with w.change():
            w.draft.body = "Begun well, and ended.\n\nNew."
            w.draft.save()
        with w.change():
            w.draft.body = "Begun badly, and ended.\n\nNew."
            w.draft.save()
        found = page(client, "/reasoning/diff/2/3/?side=1")
        row = found.one("div", class_="row")
        assert row.one("p", class_="was").words == "Begun well, and ended."
        assert row.one("p", class_="is").words == "Begun badly, and ended."
        assert [a.attributes["href"] for a in found.all("a") if a.text == "In one text"] == [
            "/reasoning/diff/2/3/"
        ]
        inline = page(client, "/reasoning/diff/2/3/")
        assert inline.all("div", class_="row") == []
        assert [a.attributes["href"] for a in inline.all("a") if a.text == "Side by side"] == ["?side=1"]

    def test_the_wrong_way_round_leads_to_the_right_one(self, client: Client, w: World) -> None:
        with w.change():
            w.draft.body = "More."
            w.draft.save()
        assert client.get("/reasoning/diff/2/1/")["Location"] == "/reasoning/diff/1/2/"
        assert client.get("/reasoning/diff/2/0/?side=1")["Location"] == "/reasoning/diff/0/2/?side=1"

    def test_one_and_the_same_version_says_that_there_is_nothing(self, client: Client, w: World) -> None:
        assert (
            "Nothing differs. This is one and the same version." in page(client, "/reasoning/diff/1/1/").words
        )
        with w.change():
            w.hidden.body += "!"
            w.hidden.save()
        assert "the same in all that is public" in page(client, "/reasoning/diff/1/2/").words

    def test_before_the_first_version_there_was_nothing(self, client: Client, w: World) -> None:
        found = page(client, "/reasoning/diff/0/1/")
        assert found.one("h1").text == "Version 1, the first"
        assert found.all("del") == [] or {e.text for e in found.all("del")} == {"taken out"}
        assert "How." in [e.text for e in found.all("ins")]

    @pytest.mark.parametrize("address", ["1/2", "2/1", "0/99999999999999999999999", "7/7"])
    def test_an_unknown_version_says_which_there_are(self, client: Client, w: World, address: str) -> None:
        response = client.get(f"/reasoning/diff/{address}/")
        assert response.status_code == 404 and "has the versions 1 to 1" in response.content.decode()

    def test_rows_that_go_and_come_are_all_in_it(self, client: Client, w: World) -> None:
        with w.change():
            w.event.delete()
            w.theory.state = "contested"
            w.theory.save()
            Evidence(
                theory=w.theory, stance="against", url="https://example.org/x", note="It was dear."
            ).save()
            w.paper.year = "2025"
            w.paper.save()
            w.source.url = "https://example.org/other.pdf"
            w.source.save()
            w.quote.text = w.quote.text.replace("robust", "robuster")
            w.quote.save()
            w.todo.position = 1
            w.todo.save()
            w.written.position = 3
            w.written.save()
        found = page(client, "/reasoning/diff/1/2/")
        kinds = [e.attributes["id"].partition(":")[0] for e in found.all("section", class_="change")]
        assert sorted(set(kinds)) == ["event", "evidence", "paper", "quote", "section", "source", "theory"]
        assert [e.text for e in found.one(id=f"quote:{w.quote.pk}").all("ins")] == ["robuster"]

    def test_another_verdict_is_shown(self, client: Client, w: World) -> None:
        fields = {"report": w.report, "source": w.source, "stated": "6", "sha256": "0" * 64, "engine": "1"}
        other = w.quote.text.replace("robust", "robuster")
        for words, verdict in ((w.quote.text, "verbatim"), (other, "not_found")):
            Check.objects.create(words=Check.name_of(words), verdict=verdict, recorded=True, **fields)
        with w.change():
            w.quote.text = other
            w.quote.save()
        line = page(client, "/reasoning/diff/1/2/").one("p", class_="verdict-line")
        assert line.words == "Verbatim →became Not found in the source"

    def test_nothing_hidden_is_in_a_difference_for_readers(self, client: Client, w: World) -> None:
        with w.change():
            w.draft.visibility, w.draft.body = Visibility.EDITORS, "Hidden from now on."
            w.draft.save()
        found = page(client, "/reasoning/diff/1/2/")
        assert "Nothing differs" in found.words and "Beta" not in found.one("main").words
        client.force_login(w.edda)
        assert "Hidden from now on." in page(client, "/reasoning/diff/1/2/").text

    def test_a_long_section_with_a_hundred_changes_takes_under_three_seconds(
        self, client: Client, w: World
    ) -> None:
        """60,000 characters, 100 words changed all over: trees, comparison and page together."""
        chance = random.Random(5)
        paras = [" ".join(chance.choices(WORDS, k=90)) for _ in range(125)]
        with w.change():
            w.draft.body = "\n\n".join(paras)
            w.draft.save()
        assert len(w.draft.body) > 60_000
        for n in range(100):
            words = paras[n].split()
            words[chance.randrange(90)] = f"changed-{n}"
            paras[n] = " ".join(words)
        with w.change():
            w.draft.body = "\n\n".join(paras)
            w.draft.save()
        start, busy = time.perf_counter(), time.process_time()
        found = page(client, "/reasoning/diff/2/3/")
        took = time.process_time() - busy  # others may load the machine meanwhile
        print(
            f"\n60,000 characters, 100 changes: {took:.2f} s of work, {time.perf_counter() - start:.2f} s in all"
        )
        assert len([e for e in found.all("ins") if "changed-" in e.text]) == 100
        assert "Simplified" not in found.words
        assert took < 3

    def test_a_text_that_was_rewritten_whole_says_that_it_was_simplified(
        self, client: Client, w: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("papers.comparing.CELLS", 1000)
        with w.change():
            w.draft.body = " ".join(WORDS * 3)
            w.draft.save()
        with w.change():
            w.draft.body = " ".join(reversed(WORDS * 3))
            w.draft.save()
        assert "Simplified" in page(client, "/reasoning/diff/2/3/").words
