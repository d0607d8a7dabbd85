"""Restoring: anything that was, at any version, comes back as one new change, and only after it was shown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from papers.changes import ChangeError, ChangeSet, Conflict, change
from papers.models import Paper, Report, Section, Source, SourceFile, Visibility
from publishing import assemble, exports, restoring
from publishing.assemble import UnknownVersion
from quotes.models import Check, Quote
from tests import world as worlds
from tests.html_reading import Element, read
from tests.world import World
from timeline.models import Evidence, Theory, TimelineEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept(settings: Any, tmp_path: Any) -> None:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def w() -> World:
    return worlds.build()


def exported(report: Report, version: int | None = None) -> dict[str, Any]:
    """The JSON export for editors, without the time of the last change."""
    document = assemble.document(report, version, assemble.EDITORS)
    found: dict[str, Any] = json.loads(exports.export(document, "json").data)
    del found["updated"]
    return found


def back(w: World, version: int, **kwargs: Any) -> bool:
    w.report.refresh_from_db()
    return restoring.restore_report(w.report, version, w.edda, w.report.version, **kwargs)


def row_back(w: World, kind: str, pk: int, version: int, **kwargs: Any) -> bool:
    w.report.refresh_from_db()
    return restoring.restore_row(w.report, kind, pk, version, w.edda, w.report.version, **kwargs)


class TestTheWholeReport:
    def test_yesterday_comes_back_to_the_letter(self, w: World) -> None:
        """Two quotations and an event are deleted, a section is renamed; the export equals yesterday's."""
        yesterday = exported(w.report)
        ids = {
            model: set(model.objects.values_list("pk", flat=True))
            for model in (Quote, TimelineEvent, Evidence)
        }
        with w.change("a bad day"):
            w.evidence.delete()
            w.quote.delete()
            w.post_quote.delete()
            w.event.delete()
            w.written.refresh_from_db()
            w.written.heading = "Omega"
            w.written.save()
        assert exported(w.report) != yesterday
        assert back(w, 1)
        assert exported(w.report) == yesterday
        assert ids == {model: set(model.objects.values_list("pk", flat=True)) for model in ids}
        assert w.report.version == 3
        assert w.report.changesets.count() == 3
        assert w.report.changesets.get(version=3).note == "Restored version 1"

    def test_what_was_added_since_goes_and_can_come_back(self, w: World) -> None:
        first = exported(w.report)
        with w.change("much that is new"):
            paper = Paper(report=w.report, key="new", title="A new paper")
            paper.save()
            source = Source(report=w.report, key="new-pdf", title="New", paper=paper)
            source.save()
            quote = Quote(report=w.report, slug="new", text="New words.", source=source)
            quote.save()
            event = TimelineEvent(report=w.report, slug="new", text="Something happens.")
            event.save()
            theory = Theory(report=w.report, slug="new", title="A new theory")
            theory.save()
            Evidence(theory=theory, quote=quote).save()
            Evidence(theory=w.theory, event=event).save()
            above = Section(report=w.report, anchor="above", heading="Above", paper=paper)
            above.save()
            Section(report=w.report, anchor="below", heading="Below", parent=above).save()
            w.draft.refresh_from_db()
            w.draft.parent, w.draft.paper = above, paper
            w.draft.save()
            w.source.refresh_from_db()
            w.source.paper = paper
            w.source.save()
        second = exported(w.report)
        assert back(w, 1)
        assert exported(w.report) == first
        assert back(w, 2)
        assert exported(w.report) == second
        assert back(w, 3)
        assert exported(w.report) == first

    def test_order_parents_and_the_report_s_own_fields_come_back(self, w: World) -> None:
        first = exported(w.report)
        w.report.refresh_from_db()
        ids = [w.inbox.pk, w.hidden.pk, w.todo.pk, w.draft.pk, w.written.pk]
        w.report.reorder(ids, w.report.version, w.edda)
        with w.change():
            w.sub.refresh_from_db()
            w.sub.parent = w.todo
            w.sub.save()
            w.report.refresh_from_db()
            w.report.title, w.report.summary, w.report.language = "Other", "Other words.", "de"
            w.report.save()
            w.other_paper.position = 0
            w.other_paper.save()
        assert back(w, 1)
        assert exported(w.report) == first

    def test_addresses_that_rows_exchanged_are_no_obstacle(self, w: World) -> None:
        first = exported(w.report)
        with w.change("exchanged"):
            w.quote.slug = "for-a-moment"
            w.quote.save()
            w.unplaced.slug = "robust"
            w.unplaced.save()
            w.quote.slug = "spare"
            w.quote.save()
        assert back(w, 1)
        now = exported(w.report)
        former = {quote["slug"]: quote.pop("former_slugs") for quote in now["quotes"]}
        assert [{k: v for k, v in quote.items() if k != "former_slugs"} for quote in first["quotes"]] == now[
            "quotes"
        ]
        # No link that was made meanwhile breaks, unless its address is another's now.
        assert "for-a-moment" in former["robust"]
        w.quote.refresh_from_db()
        assert w.quote.slug == "robust"
        assert not any("restored" in name for names in former.values() for name in names)

    def test_a_new_row_with_the_address_of_one_that_comes_back_goes(self, w: World) -> None:
        first = exported(w.report)
        with w.change():
            w.evidence.quote = w.unplaced
            w.evidence.save()
            w.post_quote.delete()
            new = Quote(report=w.report, slug="rumoured", text="Quite other words.")
            new.save()
            w.evidence.quote = new
            w.evidence.save()
        gone = new.pk
        assert back(w, 1)
        assert exported(w.report) == first
        assert Quote.history.filter(id=gone, history_type="-").get().slug == "rumoured"

    def test_the_first_version_is_one_like_any_other(self, w: World) -> None:
        for n in range(2, 6):
            with w.change():
                w.draft.refresh_from_db()
                w.draft.body = f"Text of version {n}."
                w.draft.save()
        wanted = {version: exported(w.report, version) for version in range(1, 6)}
        for version in (3, 1, 5, 2):
            assert back(w, version)
            assert exported(w.report) == wanted[version]

    def test_a_new_address_of_a_section_goes_on_leading_to_it(self, w: World) -> None:
        with w.change():
            w.draft.anchor = "beta-report"
            w.draft.save()
        assert back(w, 1)
        w.draft.refresh_from_db()
        assert (w.draft.anchor, w.draft.former_anchors) == ("beta", ["beta-report"])

    def test_a_quotation_comes_back_with_its_verdict(self, w: World) -> None:
        words = Check.name_of(w.quote.text)
        Check.objects.create(
            report=w.report, source=w.source, words=words, stated="6", sha256="0" * 64, engine="1",
            verdict="verbatim", recorded=True,
        )  # fmt: skip
        before = exported(w.report)
        assert [check["verdict"] for check in before["checks"]].count("verbatim") == 1
        with w.change():
            w.quote.delete()
        assert back(w, 1)
        assert exported(w.report)["checks"] == before["checks"]

    def test_without_a_difference_nothing_is_written(self, w: World) -> None:
        assert not back(w, 1)
        assert w.report.version == 1

    def test_it_refuses_a_report_that_has_moved(self, w: World) -> None:
        with w.change():
            w.draft.body = "Newer work."
            w.draft.save()
        with pytest.raises(Conflict, match="at version 2 now"):
            restoring.restore_report(w.report, 1, w.edda, expected=1)
        w.draft.refresh_from_db()
        assert w.draft.body == "Newer work." and ChangeSet.objects.count() == 2

    @pytest.mark.parametrize("version", [0, -1, 2, 10**12])
    def test_an_unknown_version_is_refused(self, w: World, version: int) -> None:
        with pytest.raises(UnknownVersion):
            back(w, version)

    def test_what_was_taken_from_readers_does_not_come_back_to_them(self, w: World) -> None:
        with w.change("hidden, with words changed"):
            w.draft.visibility, w.draft.body = Visibility.EDITORS, "Other words."
            w.draft.save()
            w.report.visibility = Visibility.EDITORS
            w.report.save()
        plan = restoring.plan_report(w.report, 1)
        assert plan.kept == ["The section “Beta” stays for editors only."]
        assert back(w, 1)
        w.draft.refresh_from_db()
        w.report.refresh_from_db()
        assert (w.draft.body, w.draft.visibility) == ("Begun.", "editors")
        assert w.report.visibility == "editors"

    def test_the_address_of_the_report_stays(self, w: World) -> None:
        with w.change():
            w.report.slug, w.report.title = "other-address", "Another title"
            w.report.save()
        assert back(w, 1)
        w.report.refresh_from_db()
        assert (w.report.slug, w.report.title) == ("other-address", "Reasoning models")

    def test_a_source_with_archived_copies_stays(self, w: World) -> None:
        with w.change():
            paper = Paper(report=w.report, key="new", title="A new paper")
            paper.save()
            source = Source(report=w.report, key="new-pdf", title="New file", paper=paper)
            source.save()
        SourceFile.objects.create(
            source=source,
            sha256="0" * 64,
            size=1,
            file=ContentFile(b"x", name="x"),
            media_type="application/pdf",
        )
        plan = restoring.plan_report(w.report, 1)
        assert len(plan.kept) == 1 and "“New file” stays" in plan.kept[0]
        assert back(w, 1)
        source.refresh_from_db()
        assert source.paper is None and source.files.count() == 1
        assert not Paper.objects.filter(key="new").exists()

    def test_versions_of_a_row_are_never_there_twice(self, w: World) -> None:
        pk = w.event.pk
        with w.change():
            w.event.delete()
        back(w, 1)
        with w.change():
            event = TimelineEvent.objects.get(pk=pk)
            event.text = "Alpha is out."
            event.save()
        back(w, 1)
        versions = list(
            TimelineEvent.history.filter(id=pk).exclude(history_type="-").values_list("row_version")
        )
        assert len(set(versions)) == len(versions) == 4

    def test_a_row_is_put_back_within_a_change_only(self, w: World) -> None:
        with pytest.raises(ChangeError):
            w.draft.put_back()
        other = Report(slug="other", title="Other")
        with change(other, w.edda):
            other.save()
            with pytest.raises(ChangeError):
                w.draft.put_back()


@hypothesis_settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_whatever_was_done_every_version_can_be_restored(db: None, data: st.DataObject) -> None:
    """Rows are made, changed, moved, renamed and deleted at random; each version comes back as it was."""
    number = Report.objects.count()
    report = Report(slug=f"random-{number}", title="Random")
    edda, _ = User.objects.get_or_create(username="edda-the-random")
    with change(report, edda):
        report.save()
    names = st.sampled_from("abc")
    for _ in range(data.draw(st.integers(2, 8))):
        with change(report, edda):
            for _ in range(data.draw(st.integers(1, 3))):
                do_something(report, data, names)
    versions = {n: exported(report, n) for n in range(1, report.version + 1)}
    wanted = data.draw(st.sampled_from(sorted(versions)))
    restoring.restore_report(report, wanted, edda, report.version)
    found = exported(report)
    for one in (found, versions[wanted]):
        for row in (*one["quotes"], *one["sections"], *(c for s in one["sections"] for c in s["children"])):
            row.pop("former_slugs", None), row.pop("former_anchors", None)
    assert found == versions[wanted]


def do_something(report: Report, data: st.DataObject, names: Any) -> None:
    name = data.draw(names)
    sections = list(Section.objects.of(report))
    quotes = list(Quote.objects.of(report))
    papers = list(Paper.objects.of(report))
    match data.draw(st.sampled_from(["section", "quote", "paper", "delete", "rename", "move"])):
        case "section" if name not in {s.anchor for s in sections}:
            paper = data.draw(st.sampled_from([None, *papers]))
            Section(report=report, anchor=name, heading=name, body=f"[[quote:{name}]]", paper=paper).save()
        case "quote" if name not in {q.slug for q in quotes}:
            Quote(report=report, slug=name, text=f"The words of {name}.").save()
        case "paper" if name not in {p.key for p in papers}:
            Paper(report=report, key=name, title=name).save()
        case "rename":
            for row, field in [*((s, "anchor") for s in sections[:1]), *((q, "slug") for q in quotes[:1])]:
                if name not in {
                    getattr(other, field) for other in (sections if field == "anchor" else quotes)
                }:
                    setattr(row, field, name)
                    row.save()
        case "move" if len(sections) > 1:
            one, other = data.draw(st.permutations(sections))[:2]
            if one.parent_id is None and other.parent_id is None and not one.children.exists():
                one.parent = data.draw(st.sampled_from([None, other]))
            one.position = data.draw(st.integers(1, 4))
            one.save()
        case "delete":
            free = [s for s in sections if not s.children.exists()]
            free_papers = [p for p in papers if not p.sections.exists()]
            if every := [*free, *quotes, *free_papers]:
                data.draw(st.sampled_from(every)).delete()


class TestOneRow:
    def test_a_deleted_theory_comes_back_with_its_evidence(self, w: World) -> None:
        with w.change():
            w.theory.delete()
        assert row_back(w, "theory", w.evidence.theory_id, 1)
        piece = Theory.objects.get(slug="cheap").evidence.get()
        assert piece.quote == w.post_quote
        assert w.report.changesets.get(version=3).note == "Theory “It was cheap” restored from version 1"

    def test_what_it_points_to_comes_back_with_it(self, w: World) -> None:
        pk = w.evidence.pk
        with w.change():
            w.evidence.delete()
            w.post_quote.delete()
            w.post.delete()
        assert row_back(w, "evidence", pk, 1)
        assert Evidence.objects.get(pk=pk).quote.source.key == "post-1"
        assert w.report.version == 3

    def test_a_section_alone_or_with_its_quotations(self, w: World) -> None:
        with w.change():
            w.written.refresh_from_db()
            w.written.body = "Nothing is quoted."
            w.written.save()
            w.quote.delete()
            w.draft.body = "Newer work elsewhere."
            w.draft.save()
        assert row_back(w, "section", w.written.pk, 1)
        w.written.refresh_from_db()
        assert "[[quote:robust]]" in w.written.body and not Quote.objects.filter(slug="robust").exists()
        assert row_back(w, "section", w.written.pk, 1, with_quotes=True)
        assert Quote.objects.get(slug="robust").locator == "6"
        w.draft.refresh_from_db()
        assert w.draft.body == "Newer work elsewhere."

    def test_an_address_that_is_another_s_now_is_refused_in_words(self, w: World) -> None:
        pk = w.unplaced.pk
        with w.change():
            w.unplaced.delete()
            Quote(report=w.report, slug="spare", text="Newer words.").save()
        with pytest.raises(ValidationError, match="“spare” is the slug of another quotation today"):
            row_back(w, "quote", pk, 1)
        assert w.report.version == 2

    def test_no_section_comes_to_stand_on_a_third_level(self, w: World) -> None:
        with w.change("Method stands by itself, and Alpha below Beta"):
            w.sub.refresh_from_db()
            w.sub.parent = None
            w.sub.save()
        with w.change():
            w.written.refresh_from_db()
            w.written.parent = w.draft
            w.written.save()
        with pytest.raises(ValidationError, match="sections have two levels"):
            row_back(w, "section", w.sub.pk, 1)

    @pytest.mark.parametrize(
        ("kind", "pk", "version"), [("section", 10**9, 1), ("nothing", 1, 1), ("quote", 1, 9)]
    )
    def test_a_row_that_never_was_is_refused(self, w: World, kind: str, pk: int, version: int) -> None:
        with pytest.raises(UnknownVersion):
            row_back(w, kind, pk, version)

    def test_the_report_s_own_row_is_one_too(self, w: World) -> None:
        with w.change():
            w.report.refresh_from_db()
            w.report.summary = "Other words."
            w.report.save()
            w.draft.body = "Stays."
            w.draft.save()
        assert row_back(w, "report", w.report.pk, 1)
        w.report.refresh_from_db()
        w.draft.refresh_from_db()
        assert (w.report.summary[:20], w.draft.body) == ("What the papers say,", "Stays.")


class TestThePages:
    @pytest.fixture
    def client(self, w: World, client: Client) -> Client:
        with w.change("a bad day"):
            w.unplaced.delete()
            w.draft.body = "Begun, and spoilt."
            w.draft.save()
            Section(report=w.report, anchor="new", heading="Newer work").save()
        client.force_login(w.edda)
        return client

    def address(self, w: World, *parts: object) -> str:
        return "/".join(["/admin/restore", str(w.report.pk), *map(str, parts), ""])

    def page(self, client: Client, address: str) -> Element:
        response = client.get(address)
        assert response.status_code == 200
        return read(response.content.decode())

    def test_it_shows_what_it_would_do_and_what_would_go(self, client: Client, w: World) -> None:
        page = self.page(client, self.address(w, 1))
        assert "1 newer row would go: section Newer work" in page.words
        assert {e.text for e in page.one(id=f"section:{w.draft.pk}").all("del")} == {", and spoilt"}
        quote = page.one(id=f"quote:{Quote.history.filter(slug='spare')[0].id}")
        assert quote.all("ins") and "comes back" in quote.words
        assert "a bad day" in page.words
        w.report.refresh_from_db()
        assert w.report.version == 2  # and has written nothing

    def test_then_does_it(self, client: Client, w: World) -> None:
        response = client.post(self.address(w, 1), {"expected": "2", "change_note": "away with it"})
        assert response["Location"] == "/reasoning/diff/2/3/"
        assert "Restored, as version 3." in self.page(client, response["Location"]).words
        w.report.refresh_from_db()
        assert exported(w.report) == exported(w.report, 1)
        assert w.report.changesets.get(version=3).note == "away with it"
        assert "Nothing to restore" in self.page(client, self.address(w, 1)).words

    @pytest.mark.parametrize("expected", ["1", "", "x", "-2", "²", "9" * 30])
    def test_a_stale_or_forged_answer_is_asked_again(self, client: Client, w: World, expected: str) -> None:
        response = client.post(self.address(w, 1), {"expected": expected}, follow=True)
        assert "Nothing is restored yet" in response.content.decode()
        assert "Restore as version 3" in response.content.decode()
        w.report.refresh_from_db()
        assert w.report.version == 2

    def test_work_that_came_in_between_is_shown_before_it_goes(self, client: Client, w: World) -> None:
        with w.change("saved while the question stood", who=w.adam):
            w.todo.body = "Words of the last minute."
            w.todo.save()
        response = client.post(self.address(w, 1), {"expected": "2"}, follow=True)
        assert "Words of the last minute." in response.content.decode()
        w.todo.refresh_from_db()
        assert w.todo.body == "Words of the last minute."

    def test_what_is_not_there_is_not_found(self, client: Client, w: World) -> None:
        for address in (
            self.address(w, 77),
            self.address(w, 0),
            self.address(w, 1, "section", 10**9),
            self.address(w, 1, "user", 1),
            f"/admin/restore/{10**9}/1/",
            f"/admin/deleted/{10**9}/",
        ):
            assert client.get(address).status_code == 404, address
            assert client.post(address, {"expected": "2"}).status_code in (404, 405), address

    def test_only_who_may_do_all_it_does_may_do_it(self, client: Client, w: World) -> None:
        addresses = [self.address(w, 1), f"/admin/deleted/{w.report.pk}/"]
        client.logout()
        for address in addresses:
            assert client.get(address).status_code == 302
            assert client.post(address, {"expected": "2"}).status_code in (302, 405)
        client.force_login(w.rhea)
        assert client.post(addresses[0], {"expected": "2"}).status_code == 302
        may_change = User.objects.create_user("ed", is_staff=True)
        client.force_login(may_change)
        assert client.get(addresses[0]).status_code == client.get(addresses[1]).status_code == 403
        for name in ("change_report", "restore_report", "change_section", "add_quote"):
            may_change.user_permissions.add(Permission.objects.get(codename=name))
        assert client.post(addresses[0], {"expected": "2"}).status_code == 403  # a section would go
        row = self.address(w, 1, "section", w.draft.pk)
        assert client.post(row, {"expected": "2"}).status_code == 302
        w.draft.refresh_from_db()
        assert w.draft.body == "Begun."
        may_change.user_permissions.add(Permission.objects.get(codename="delete_section"))
        assert client.post(addresses[0], {"expected": "3"}).status_code == 302
        w.report.refresh_from_db()
        assert w.report.version == 4

    @pytest.mark.usefixtures("groups")
    def test_publishers_restore_and_editors_see_what_was(self, client: Client, w: World) -> None:
        for group, may in (("editors", False), ("publishers", True)):
            user = User.objects.create_user(f"one-of-{group}", is_staff=True)
            user.groups.add(Group.objects.get(name=group))
            client.force_login(user)
            assert client.get(self.address(w, 1)).status_code == (200 if may else 403)
            for address in (
                "/reasoning/history/",
                "/reasoning/at/1/",
                "/reasoning/diff/1/2/",
                f"/admin/deleted/{w.report.pk}/",
                f"/admin/papers/section/{w.draft.pk}/history/",
            ):
                response = client.get(address)
                assert response.status_code == 200
                assert ("/admin/restore/" in response.content.decode()) == may, address

    def test_who_may_not_hide_a_section_may_not_restore_that_it_is_hidden(
        self, client: Client, w: World
    ) -> None:
        with w.change():
            w.hidden.visibility = Visibility.PUBLIC
            w.hidden.save()
        assert "papers.set_visibility" in restoring.plan_report(w.report, 1).permissions()
        with w.change():
            w.hidden.visibility = Visibility.EDITORS
            w.hidden.save()
        assert "papers.set_visibility" not in restoring.plan_report(w.report, 1).permissions()

    def test_a_refusal_is_said_in_words(self, client: Client, w: World) -> None:
        with w.change():
            Quote(report=w.report, slug="spare", text="Newer words.").save()
        gone = Quote.history.filter(history_type="-").get().id
        response = client.get(self.address(w, 1, "quote", gone), follow=True)
        assert "is the slug of another quotation today" in response.content.decode()

    def test_deleted_rows_are_listed_and_restored_from_there(self, client: Client, w: World) -> None:
        row = self.page(client, f"/admin/deleted/{w.report.pk}/").one("tbody").one("tr")
        assert "Quotation “Nobody has placed these words yet.”" in row.words
        address = row.one("a").attributes["href"]
        assert "would be as in version 1" in self.page(client, address).words
        client.post(address, {"expected": "2"})
        assert Quote.objects.filter(slug="spare").exists()
        assert "Nothing was deleted" in self.page(client, f"/admin/deleted/{w.report.pk}/").words

    def test_each_version_of_a_row_is_compared_and_restored_from_its_history(
        self, client: Client, w: World
    ) -> None:
        page = self.page(client, f"/admin/papers/section/{w.draft.pk}/history/")
        newest, first = page.one("tbody").all("tr")
        assert [a.attributes["href"] for a in newest.all("a")] == [
            f"/reasoning/diff/1/2/#section:{w.draft.pk}"
        ]
        compare, restore = first.all("a")
        assert compare.attributes["href"] == f"/reasoning/diff/0/1/#section:{w.draft.pk}"
        client.post(restore.attributes["href"], {"expected": "2"})
        w.draft.refresh_from_db()
        assert w.draft.body == "Begun."

    def test_a_deleted_row_is_restored_from_its_history(self, client: Client, w: World) -> None:
        gone = Quote.history.filter(history_type="-").get().id
        page = self.page(client, f"/admin/quotes/quote/{gone}/history/")
        restore = page.one("tbody").all("tr")[0].all("a")[1]
        assert re.match("Restore it", restore.text)
        client.post(restore.attributes["href"], {"expected": "2"})
        assert Quote.objects.get(pk=gone).slug == "spare"

    def test_a_theory_and_an_event_too_have_their_links(self, client: Client, w: World) -> None:
        for address in (
            f"/admin/timeline/timelineevent/{w.event.pk}/history/",
            f"/admin/timeline/theory/{w.theory.pk}/history/",
            f"/admin/papers/report/{w.report.pk}/history/",
        ):
            link = self.page(client, address).one("tbody").all("tr")[0].all("a")[0].attributes["href"]
            address, _, place = link.partition("#")
            assert self.page(client, address).all(id=place), link


@pytest.mark.django_db
@pytest.mark.parametrize("note", ["a\0b", "\0", "n" * 5000])
def test_a_note_of_any_kind_is_no_fault(client: Client, note: str) -> None:
    world = worlds.build()
    with world.change("changed"):
        world.draft.body = "Changed."
        world.draft.save()
    client.force_login(world.edda)
    address = reverse("admin:restore", args=[world.report.pk, 1])
    assert client.post(address, {"expected": world.report.version, "change_note": note}).status_code == 302
    world.draft.refresh_from_db()
    assert world.draft.body == "Begun."
