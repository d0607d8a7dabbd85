"""Content is written inside `change()`, leaves a history, and is never overwritten in silence."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from papers.changes import ChangeError, ChangeSet, Conflict, change
from papers.models import Paper, Report, Section
from quotes.models import Quote
from tests import world
from timeline.models import Evidence, TimelineEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    return world.build()


def content_rows(w):
    return [w.report, w.paper, w.written, w.source, w.quote, w.event, w.theory, w.evidence]


class TestWritingOutsideAChange:
    def test_saving_any_content_raises_and_writes_nothing(self, w):
        for row in content_rows(w):
            version, rows = row.row_version, row.history.count()
            with pytest.raises(ChangeError, match="outside a change"):
                row.save()
            stored = row.stored()
            assert (stored.row_version, row.history.count()) == (version, rows)

    def test_deleting_any_content_raises_and_deletes_nothing(self, w):
        for row in content_rows(w):
            with pytest.raises(ChangeError):
                row.delete()
            assert row.stored() is not None

    def test_bulk_writes_raise_even_inside_a_change(self, w):
        with w.change():
            for row in content_rows(w):
                rows = type(row).objects.filter(pk=row.pk)
                for write in (
                    lambda rows=rows: rows.update(row_version=9),
                    lambda rows=rows: rows.delete(),
                    lambda rows=rows, row=row: rows.bulk_create([row]),
                    lambda rows=rows, row=row: rows.bulk_update([row], ["row_version"]),
                ):
                    with pytest.raises(ChangeError):
                        write()

    def test_a_row_of_another_report_raises(self, w):
        other = Report(slug="other", title="Other")
        with change(other, w.edda):
            other.save()
            with pytest.raises(ChangeError, match="another report"):
                w.quote.save()


class TestAChange:
    def test_is_one_step_of_the_version_whatever_it_writes(self, w):
        before = w.report.version
        with w.change("two things"):
            w.written.heading = "Alpha, rewritten"
            w.written.save()
            w.quote.note = "shortened"
            w.quote.save()
        w.report.refresh_from_db()
        assert w.report.version == before + 1
        assert [s.version for s in ChangeSet.objects.filter(note="two things")] == [before + 1]

    def test_its_history_rows_name_the_change_set_and_the_author(self, w):
        with w.change("why", who=w.adam, minor=True):
            w.written.body = "New words."
            w.written.save()
        row = w.written.history.latest()
        assert (row.changeset.note, row.changeset.who, row.changeset.minor) == ("why", w.adam, True)
        assert row.history_user == w.adam
        assert row.body == "New words."

    def test_moves_the_time_of_the_content_and_the_stamp(self, w):
        w.report.refresh_from_db()
        stamp = w.report.stamp
        assert w.report.content_updated_at == world.BEGUN
        with w.change():
            w.draft.body = "More."
            w.draft.save()
        w.report.refresh_from_db()
        assert w.report.content_updated_at > world.BEGUN
        assert w.report.stamp == stamp + 1

    def test_without_a_difference_writes_nothing(self, w):
        version, count = w.report.version, w.written.history.count()
        with w.change():
            for row in content_rows(w):
                row.save()
        w.report.refresh_from_db()
        assert (w.report.version, w.written.history.count()) == (version, count)
        assert not ChangeSet.objects.filter(version__gt=version).exists()

    def test_that_fails_leaves_nothing(self, w):
        version = w.report.version
        with pytest.raises(RuntimeError), w.change():
            w.written.heading = "Half done"
            w.written.save()
            raise RuntimeError
        w.report.refresh_from_db()
        assert w.report.version == version
        assert w.written.stored().heading == "Alpha"
        with pytest.raises(ChangeError):  # and the change is closed again
            w.written.save()

    def test_within_a_change_joins_it(self, w):
        version = w.report.version
        with w.change("outer"):
            w.written.heading = "One"
            w.written.save()
            with w.change("inner"):
                w.draft.heading = "Two"
                w.draft.save()
        w.report.refresh_from_db()
        assert w.report.version == version + 1
        assert ChangeSet.objects.latest("version").note == "outer"

    def test_within_a_change_that_fails_leaves_nothing_of_itself(self, w):
        with w.change("outer"):
            with pytest.raises(RuntimeError), w.change("inner"):
                w.draft.body = "half"
                w.draft.save()
                raise RuntimeError
            w.written.body = "whole"
            w.written.save()
        w.report.refresh_from_db()
        assert (w.draft.stored().body, w.written.stored().body) == ("Begun.", "whole")
        assert w.written.history.latest().changeset.version == w.report.version == 2

    def test_of_which_all_was_rolled_back_is_none(self, w):
        with w.change("outer"), pytest.raises(RuntimeError), transaction.atomic():
            w.draft.body = "half"
            w.draft.save()
            raise RuntimeError
        w.report.refresh_from_db()
        assert w.report.version == 1 and ChangeSet.objects.count() == 1

    def test_deletion_is_kept_in_the_history_with_its_children(self, w):
        pk, evidence = w.theory.pk, w.evidence.pk
        with w.change("gone"):
            w.theory.delete()
        assert type(w.theory).history.filter(id=pk).latest().history_type == "-"
        assert Evidence.history.filter(id=evidence).latest().history_type == "-"

    def test_each_row_counts_its_own_writes(self, w):
        first = w.written.row_version
        with w.change():
            w.written.body = "Again."
            w.written.save()
        assert w.written.stored().row_version == first + 1
        assert w.draft.stored().row_version == 1


class TestAddressesAreKept:
    def test_a_changed_anchor_or_slug_is_remembered(self, w):
        with w.change():
            w.written.anchor = "first-paper"
            w.written.save()
            w.quote.slug = "robustness"
            w.quote.save()
        assert w.written.stored().former_anchors == ["alpha"]
        assert w.quote.stored().former_slugs == ["robust"]

    def test_changing_it_back_leaves_no_trace_of_itself(self, w):
        for anchor in ("first-paper", "alpha"):
            with w.change():
                w.written.anchor = anchor
                w.written.save()
        assert w.written.stored().former_anchors == ["first-paper"]

    def test_nobody_else_may_take_it(self, w):
        with w.change():
            w.written.anchor = "first-paper"
            w.written.save()
        w.draft.anchor = "alpha"
        with pytest.raises(ValidationError, match="used to be the address"):
            w.draft.full_clean()

    @pytest.mark.parametrize("anchor", ["summary", "contents", "quote-x", "ref-1", "a b", "<b>", ""])
    def test_addresses_of_the_page_itself_are_refused(self, w, anchor):
        w.draft.anchor = anchor
        with pytest.raises(ValidationError) as error:
            w.draft.full_clean()
        assert "anchor" in error.value.message_dict


class TestTheDatabaseItselfRefuses:
    """Forms can be gone round; constraints can't."""

    @pytest.mark.parametrize(
        ("model", "values"),
        [
            (Section, {"anchor": "alpha", "heading": "Twice"}),
            (Section, {"anchor": "n1", "heading": "N", "state": "finished"}),
            (Section, {"anchor": "n2", "heading": "N", "kind": "essay"}),
            (Section, {"anchor": "n3", "heading": "N", "visibility": "nobody"}),
            (Section, {"anchor": "", "heading": "N"}),
            (Paper, {"key": "alpha", "title": "Twice"}),
            (Quote, {"slug": "robust", "text": "Twice"}),
            (Quote, {"slug": "wordless", "text": ""}),
            (TimelineEvent, {"slug": "release", "text": "Twice"}),
        ],
    )
    def test_a_row_that_breaks_a_rule(self, w, model, values):
        with pytest.raises(IntegrityError), transaction.atomic(), w.change():
            model(report=w.report, **values).save()

    def test_evidence_for_nothing_and_for_two_things(self, w):
        for values in (
            {},
            {"quote": w.quote, "paper": w.paper},
            {"paper": w.paper, "url": "https://a.example/"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), w.change():
                Evidence(theory=w.theory, stance="for", **values).save()

    def test_a_report_under_an_address_of_the_site(self, w):
        with pytest.raises(IntegrityError), transaction.atomic():
            report = Report(slug="admin", title="A")
            with change(report, None):
                report.save()


class TestRowsOfOneReport:
    def test_a_link_into_another_report_is_refused(self, w):
        other = Report(slug="other", title="Other")
        with change(other, w.edda):
            other.save()
            paper = Paper(report=other, key="theirs", title="Theirs")
            paper.save()
        w.draft.paper = paper
        with pytest.raises(ValidationError, match="another report"):
            w.draft.full_clean()

    def test_a_third_level_is_refused(self, w):
        deep = Section(report=w.report, parent=w.sub, anchor="deep", heading="Deep")
        with pytest.raises(ValidationError, match="two levels"):
            deep.full_clean()
        w.written.parent = w.draft
        with pytest.raises(ValidationError, match="stays on top"):
            w.written.full_clean()

    def test_what_is_used_cannot_be_deleted(self, w):
        for row in (w.paper, w.source, w.post_quote):
            with pytest.raises(ProtectedError), transaction.atomic(), w.change():
                row.delete()


class TestOrder:
    def top(self, w):
        return list(Section.objects.of(w.report).filter(parent=None).values_list("pk", flat=True))

    def test_sections_are_put_into_the_order_asked_for(self, w):
        order = self.top(w)[::-1]
        w.report.refresh_from_db()
        w.report.reorder(order, w.report.version, w.edda)
        assert self.top(w) == order
        assert ChangeSet.objects.latest("version").who == w.edda

    def test_an_order_made_from_an_older_version_is_refused(self, w):
        order, old = self.top(w), w.report.version
        with w.change():
            w.draft.body = "Meanwhile."
            w.draft.save()
        with pytest.raises(Conflict, match="changed meanwhile"):
            w.report.reorder(order[::-1], old, w.edda)
        assert self.top(w) == order

    def test_an_order_with_a_section_missing_or_foreign_is_refused(self, w):
        order = self.top(w)
        w.report.refresh_from_db()
        for wrong in (order[1:], [*order, w.sub.pk], [*order, 999_999], [], order + order[:1]):
            with pytest.raises(ValidationError):
                w.report.reorder(wrong, w.report.version, w.edda)
        assert self.top(w) == order


class TestStates:
    def test_the_first_words_make_a_draft(self, w):
        w.todo.write("  \n")
        assert w.todo.state == Section.State.TODO
        w.todo.write("Something.")
        assert w.todo.state == Section.State.DRAFT

    def test_more_words_change_nothing(self, w):
        w.written.write("Rewritten.")
        assert w.written.state == Section.State.DONE

    def test_marked_as_written_is_one_step(self, w):
        w.draft.mark_written(w.adam)
        assert w.draft.stored().state == Section.State.DONE
        assert ChangeSet.objects.latest("version").who == w.adam

    def test_marking_keeps_the_words_that_another_saved_meanwhile(self, w):
        read_before = Section.objects.get(pk=w.draft.pk)
        with w.change():
            w.draft.body = "New words."
            w.draft.save()
        read_before.mark_written(w.adam)
        stored = w.draft.stored()
        assert (stored.body, stored.state) == ("New words.", Section.State.DONE)

    def test_marking_a_section_that_is_gone_brings_nothing_back(self, w):
        read_before = Section.objects.get(pk=w.draft.pk)
        with w.change():
            w.draft.delete()
        with pytest.raises(Conflict):
            read_before.mark_written(w.adam)
        assert not Section.objects.filter(pk=read_before.pk).exists()


class TestFollowers:
    @pytest.mark.django_db(transaction=True)
    def test_a_fault_in_one_is_logged_and_the_words_are_saved(self, w, monkeypatch, caplog):
        def faulty(report: Report) -> None:
            raise RuntimeError("the check broke")

        monkeypatch.setattr("papers.changes.followers", [faulty])
        with w.change():
            w.draft.body = "Saved."
            w.draft.save()
        assert w.draft.stored().body == "Saved."
        assert "the check broke" in caplog.text


class TestDatesOfEvents:
    def test_bounds_come_from_the_date(self, w):
        assert (w.event.stored().lower, w.event.stored().upper) == (20250120, 20250120)

    def test_undated_ones_come_last(self, w):
        assert list(TimelineEvent.objects.of(w.report)) == [w.event, w.undated]

    def test_a_date_that_does_not_exist_is_refused_in_words(self, w):
        w.event.date = "2025-13-45"
        with pytest.raises(ValidationError, match="13"):
            w.event.full_clean()
