"""Rows become one tree: whole for editors, without what is hidden for readers, of any version."""

from dataclasses import replace

import pytest

from papers.changes import change
from papers.models import Report, Section, Visibility
from publishing import assemble, document as tree
from quotes.models import Quote
from tests import world
from timeline.models import TimelineEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    return world.build()


def words(document):
    """Every string of a tree, run together."""
    return " ".join(
        value for node in tree.walk(document) for value in vars(node).values() if isinstance(value, str)
    ) + " ".join(str(p) for p in (*document.papers, *document.sources))


class TestTheTree:
    def test_sections_stand_in_order_and_on_two_levels(self, w):
        document = assemble.document(w.report)
        assert [s.anchor for s in document.sections] == ["alpha", "beta", "gamma", "unsorted"]
        assert [s.anchor for s in document.sections[0].children] == ["alpha-method"]

    def test_the_summary_counts_as_a_section(self, w):
        document = assemble.document(w.report)
        assert (document.section_count, document.todo_count, document.inbox_count) == (5, 1, 1)
        assert document.unfinished

    def test_quotations_are_numbered_as_they_are_read(self, w):
        document = assemble.document(w.report)
        assert [(q.number, q.slug) for q in document.quotes] == [(1, "robust"), (2, "rumoured")]

    def test_footnotes_count_through_the_document(self, w):
        with w.change():
            w.draft.write("Again.[^a]\n\n[^a]: Second note.")
            w.draft.save()
        document = assemble.document(w.report)
        assert [f.number for f in tree.walk(document) if isinstance(f, tree.Footnote)] == [1, 2]

    def test_a_paper_has_one_number_everywhere(self, w):
        assert [(p.number, p.key) for p in assemble.document(w.report).references] == [
            (1, "alpha"),
            (2, "beta"),
        ]

    def test_a_paper_that_is_neither_listed_nor_cited_is_no_reference(self, w):
        with w.change():
            w.paper.in_summary = w.other_paper.in_summary = False
            w.paper.save()
            w.other_paper.save()
        assert [p.key for p in assemble.document(w.report).references] == ["alpha"]

    def test_undated_events_come_last_and_no_day_is_invented(self, w):
        events = assemble.document(w.report).events
        assert [(e.slug, e.when, e.machine) for e in events] == [
            ("release", "20 January 2025", "2025-01-20"),
            ("sanctions", "", ""),
        ]

    def test_an_event_with_an_open_start_stands_by_its_end(self, w):
        with w.change():
            TimelineEvent(report=w.report, slug="by", text="By then.", date="/2024-06").save()
            TimelineEvent(report=w.report, slug="old", text="Long ago.", date="-0043").save()
        order = ["old", "by", "release", "sanctions"]
        assert [e.slug for e in assemble.document(w.report).events] == order
        assert [e.slug for e in TimelineEvent.objects.of(w.report)] == order

    def test_formulas_are_typeset_once_each(self, w):
        formulas = assemble.document(w.report).formulas
        assert {f.tex for f in formulas} == {"E = mc^2", "x_1"}
        assert all("<math" in f.mathml and f.typst and not f.error for f in formulas)

    def test_old_addresses_lead_to_the_new(self, w):
        with w.change():
            w.quote.slug = "sturdy"
            w.quote.save()
            w.written.anchor = "first"
            w.written.save()
        document = assemble.document(w.report)
        assert document.quote_by_slug["robust"].slug == "sturdy"
        assert document.section_by_anchor["alpha"].anchor == "first"
        assert document.quotes[0].slug == "sturdy"  # still placed by its old name

    def test_what_nothing_places_stands_after_the_last_section(self, w):
        with w.change():
            w.inbox.write("Nothing here.")
            w.inbox.save()
        document = assemble.document(w.report)
        assert document.timeline_after and document.theories_after
        assert [q.slug for q in document.quotes] == ["robust", "rumoured"]

    def test_it_is_equal_to_itself(self, w):
        assert assemble.document(w.report) == assemble.document(w.report)


class TestWhatReadersDoNotSee:
    def test_a_section_for_editors_its_children_and_what_only_they_place(self, w):
        with w.change():
            Section(
                report=w.report, parent=w.hidden, anchor="sub-secret", heading="X", body=world.SECRET
            ).save()
            w.hidden.write(f"{world.SECRET}\n\n[[quote:spare]]")
            w.hidden.save()
        assert world.SECRET not in words(assemble.document(w.report))
        assert "spare" not in words(assemble.document(w.report))
        assert world.SECRET in words(assemble.document(w.report, audience=assemble.EDITORS))

    def test_an_unplaced_quotation(self, w):
        assert w.unplaced.text not in words(assemble.document(w.report))
        editors = assemble.document(w.report, audience=assemble.EDITORS)
        assert editors.quotes[-1].slug == "spare" and editors.quotes[-1].number == 0

    def test_the_copied_text_of_a_post(self, w):
        assert w.post.text not in words(assemble.document(w.report))
        assert w.post.text in words(assemble.document(w.report, audience=assemble.EDITORS))

    def test_a_timeline_and_theories_placed_only_in_a_hidden_section(self, w):
        with w.change():
            w.inbox.visibility = Visibility.EDITORS
            w.inbox.save()
        document = assemble.document(w.report)
        assert (document.events, document.theories) == ((), ())
        assert not document.timeline_after and not document.theories_after

    def test_what_is_hidden_today_in_any_past_version(self, w):
        with w.change():
            w.written.visibility = Visibility.EDITORS
            w.written.save()
        w.report.refresh_from_db()
        old = assemble.document(w.report, version=1)
        assert "alpha" not in [s.anchor for s in old.sections]
        assert "As they write" not in words(old)

    def test_what_was_hidden_then_though_it_is_public_today(self, w):
        with w.change():
            w.hidden.visibility = Visibility.PUBLIC
            w.hidden.write("Now for everybody.")
            w.hidden.save()
        w.report.refresh_from_db()
        assert world.SECRET not in words(assemble.document(w.report, version=1))

    def test_problems(self, w):
        with w.change():
            w.draft.write("[[quote:nowhere]]")
            w.draft.save()
        assert assemble.document(w.report).problems == ()


class TestVersions:
    def test_an_old_version_renders_as_it_was(self, w):
        before = assemble.document(w.report)
        with w.change():
            w.written.write("All new.")
            w.written.save()
            w.quote.text = "other words"
            w.quote.save()
            w.theory.delete()
        w.report.refresh_from_db()
        assert assemble.document(w.report, version=1) == replace(
            before, updated=w.report.changesets.get(version=1).when
        )
        assert assemble.document(w.report, version=2) == assemble.document(w.report)

    @pytest.mark.parametrize("version", [0, -1, 99])
    def test_one_that_does_not_exist_is_said(self, w, version):
        with pytest.raises(assemble.UnknownVersion):
            assemble.document(w.report, version=version)


class TestProblems:
    def test_unknown_names_are_listed_with_section_and_line(self, w):
        with w.change():
            w.draft.write(
                "Fine.\n\n[[quote:nowhere]]\n\nSee [[section:nope]] and [@who].\n\n![x](/media/a/b.png)"
            )
            w.draft.save()
        problems = assemble.document(w.report, audience=assemble.EDITORS).problems
        found = {(p.where, p.line) for p in problems}
        assert {("Beta", 3), ("Beta", 5), ("Beta", 7)} <= found
        assert any("nowhere" in p.message for p in problems)

    def test_a_failing_formula_is_named(self, w):
        with w.change():
            w.draft.write(r"$\frac{1$ stays")
            w.draft.save()
        document = assemble.document(w.report, audience=assemble.EDITORS)
        assert any(r"\frac{1" in p.message for p in document.problems)


class TestDrafts:
    def test_a_text_that_is_not_stored_stands_in_its_place(self, w):
        document = assemble.document(
            w.report, audience=assemble.EDITORS, drafts={("section", w.draft.pk): "Not saved yet."}
        )
        assert document.section_by_anchor["beta"].body.source == "Not saved yet."
        assert w.draft.stored().body == "Begun."

    def test_a_new_row_is_previewed_like_any_other(self, w):
        document = assemble.document(
            w.report,
            audience=assemble.EDITORS,
            drafts={("section", None): "[[quote:robust]]", ("quote", None): "New *words*"},
        )
        assert document.section_by_anchor["preview"].body.blocks == (tree.QuoteBlock("robust"),)
        assert document.quote_by_slug["preview"].blocks

    def test_the_reports_own_texts(self, w):
        document = assemble.document(w.report, drafts={("summary", w.report.pk): "Other summary."})
        assert document.summary.source == "Other summary."


class TestCost:
    @pytest.mark.parametrize("size", [5, 200])
    def test_seven_queries_whatever_the_size(self, w, size, django_assert_num_queries):
        """The report's own row is the view's; one query for each kind of row is all there may be."""
        with w.change():
            for number in range(size):
                Quote(report=w.report, slug=f"q{number}", text=f"words {number}", source=w.source).save()
                Section(
                    report=w.report, anchor=f"s{number}", heading=f"S{number}", body=f"[[quote:q{number}]]"
                ).save()
        report = Report.objects.get(pk=w.report.pk)
        assemble.document(report)  # formulas are in the cache from here on
        with django_assert_num_queries(7):
            assert len(assemble.document(report).quotes) == size + 2

    def test_an_old_version_costs_the_same_however_long_the_history(self, w, django_assert_num_queries):
        for number in range(20):
            with w.change():
                w.draft.write(f"Version {number}")
                w.draft.save()
        report = Report.objects.get(pk=w.report.pk)
        # the report's row, its time, today's visibility, today's copies and checks besides
        with django_assert_num_queries(12):
            assert assemble.document(report, version=5).section_by_anchor["beta"].body.source == "Version 3"


def test_an_empty_report_is_a_tree_too(db):
    report = Report(slug="empty", title="Empty")
    with change(report, None):
        report.save()
    document = assemble.document(report)
    assert (document.section_count, document.todo_count, document.sections) == (1, 1, ())
