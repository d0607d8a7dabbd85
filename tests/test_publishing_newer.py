"""A newer file of a source: old and new verdict side by side, and no text is changed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from papers import archive
from papers.models import Report, Source
from publishing import assemble, desk, newer, rechecking, verification
from quotes.models import Check, Quote
from tests import pdfs, world

pytestmark = pytest.mark.django_db

WORDS = "We find robust reasoning in every model that was trained with a verifiable reward."
OTHER = "Smaller models were given the same reward and learned far less of it in the same time."
PAPER = f"""#set page(numbering: "1")
= First page
Nothing is said here of what comes later, and the reader turns the leaf in some suspense.
#pagebreak()
= Second page
Before it, a sentence about something else entirely. {WORDS} After it, another one, of no interest.
{OTHER}
"""
NEWER = PAPER.replace("robust", "modest")


@pytest.fixture(autouse=True)
def own_archive(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    archive.archive._wrapped = archive.FileSystemStorage(tmp_path / "sources")


@pytest.fixture
def w() -> Any:
    made = world.build()
    with made.change("two plain quotations, one of them in the text"):
        made.quote.text, made.quote.locator = WORDS, "2"
        made.quote.save()
        made.draft.write(f"They say “{OTHER}” [@alpha, p. 2], and so on.")
        made.draft.save()
    return made


def keep(source: Source, markup: str) -> None:
    archive.keep(source, pdfs.typeset(markup), name="alpha.pdf")


def compared(report: Report) -> newer.Newer:
    report.refresh_from_db()
    (found,) = newer.of(assemble.document(report, audience=assemble.EDITORS))
    return found


def verify(w: Any) -> None:
    verification.verify_report(w.report)
    w.report.refresh_from_db()


@pytest.fixture
def changed(w: Any) -> Any:
    """The world after a file in which one of two quotations stands no longer as it is quoted."""
    keep(w.source, PAPER)
    verify(w)
    keep(w.source, NEWER)
    verify(w)
    return w


def test_old_and_new_verdict_stand_side_by_side(changed) -> None:
    found = compared(changed.report)
    (one,) = found.changed
    assert (one.old.verdict, one.new.verdict) == ("verbatim", "altered")
    assert (one.old.labels, one.new.labels) == (("2",), ("2",))
    assert one.old.sha256 != one.new.sha256 == found.sha256
    assert [(d.source, d.quoted) for d in one.new.differences] == [("modest", "robust")]
    assert (found.same, found.waiting) == (1, 0)
    assert str(found) == "1 verdict changed with the newer file of Alpha, 1 did not"
    assert Quote.objects.get(pk=changed.quote.pk).text == WORDS


def test_with_one_file_there_is_nothing_to_compare(w) -> None:
    keep(w.source, PAPER)
    verify(w)
    assert newer.of(assemble.document(w.report, audience=assemble.EDITORS)) == []


def test_words_that_only_stand_on_another_page_changed_no_verdict(w) -> None:
    keep(w.source, PAPER)
    verify(w)
    keep(w.source, '#set page(numbering: "1")\nA page put in front.\n#pagebreak()' + PAPER.split("\n", 1)[1])
    verify(w)
    found = compared(w.report)
    assert (found.changed, found.same) == ((), 0)
    assert [each.pages for each in found.moved] == ["p. 2, now p. 3"] * 2
    # That the stated page is another one is on the desk, with its own button.
    assert rechecking.unseen(assemble.document(w.report)) == []


def test_until_it_is_checked_it_waits_and_the_old_verdict_is_known(w) -> None:
    keep(w.source, PAPER)
    verify(w)
    keep(w.source, NEWER)
    found = compared(w.report)
    assert (found.changed, found.same, found.waiting) == ((), 0, 2)
    check = assemble.document(w.report).quote_by_slug["robust"].check
    assert check.reason == "source_changed"
    assert [old.verdict for old in check.earlier] == ["verbatim"]


def test_words_written_after_the_newer_file_were_not_changed_by_it(changed) -> None:
    """They fail in the newest file, so the older one is looked into as well, later: no change of a verdict."""
    with changed.change("other words"):
        changed.quote.text = "We find robust reasoning in every model."
        changed.quote.save()
    verify(changed)
    assert compared(changed.report).changed == ()


def test_no_new_check_begins_when_time_is_up(w) -> None:
    keep(w.source, PAPER)
    before = Check.objects.count()
    summary = verification.verify_report(w.report, seconds=-1)
    assert (summary.made, Check.objects.count()) == (0, before)
    assert summary.waiting == 3  # the post's words, too
    summary = verification.verify_report(w.report)
    assert summary.made > 0 and summary.waiting == 0


class TestEditors:
    @pytest.fixture
    def client(self, client, changed):
        client.force_login(changed.edda)
        return client

    def group(self, w: Any) -> Any:
        return next(group for group in desk.of(w.report, w.edda).groups if group.name == "newer")

    def test_the_desk_says_it_until_it_is_put_away(self, client, changed) -> None:
        (job,) = self.group(changed).jobs
        assert job.what == "1 verdict changed with the newer file of Alpha, 1 did not"
        assert "was verbatim, p. 2; now differs: 1 word, p. 2" in job.lines[0]
        assert client.get(job.post).status_code == 405
        assert client.post(job.post).status_code == 302
        assert self.group(changed).jobs == []
        assert compared(changed.report).changed  # it still stands at the source

    def test_a_still_newer_file_comes_back_to_the_desk(self, client, changed) -> None:
        client.post(self.group(changed).jobs[0].post)
        keep(changed.source, PAPER.replace("robust", "humble"))
        (job,) = self.group(changed).jobs
        assert job.what == "2 quotations not yet checked against the newer file of Alpha"
        assert client.post(job.post).status_code == 302  # the button checks them
        (job,) = self.group(changed).jobs
        assert "was differs: 1 word, p. 2; now differs: 1 word, p. 2" in job.lines[0]

    def test_only_who_may_change_sources_puts_it_away(self, client, changed, django_user_model) -> None:
        reader = django_user_model.objects.create_user("lena", is_staff=True)
        client.force_login(reader)
        for name, row in (("newer_seen", changed.source.pk), ("check_now", changed.report.pk)):
            assert client.post(reverse(f"admin:{name}", args=[row])).status_code == 403

    def test_the_source_shows_both_and_folds_what_did_not_change(self, client, changed) -> None:
        page = client.get(reverse("admin:papers_source_change", args=[changed.source.pk])).content.decode()
        assert page.index("Before, copy of") < page.index("Now, copy of")
        assert "<del>robust</del>" in page and "<ins>modest</ins>" in page
        assert "1 quotation with the same verdict on the same page as before." in page
        assert OTHER not in page.split('id="newer"')[1].split("</section>")[0]

    def test_commands_say_it(self, changed) -> None:
        out = io.StringIO()
        call_command("verify_quotes", "reasoning", stdout=out, stderr=io.StringIO())
        assert "1 verdict changed with the newer file of Alpha, 1 did not" in out.getvalue()
        assert "was verbatim, p. 2; now differs: 1 word, p. 2" in out.getvalue()


def test_the_page_of_a_quotation_has_the_verdicts_of_older_files(client, changed) -> None:
    page = client.get("/reasoning/quotes/robust/").content.decode()
    assert "Against the earlier copy of" in page and ": verbatim, p. 2 (sha256" in page


def test_the_page_tells_of_an_older_verdict_while_the_new_one_is_due(client, w) -> None:
    keep(w.source, PAPER)
    verify(w)
    keep(w.source, NEWER)
    page = client.get("/reasoning/quotes/robust/").content.decode()
    assert "Not checked: source changed since" in page
    assert ": verbatim, p. 2 (sha256" in page


def test_a_save_with_nothing_new_costs_the_same_for_any_number_of_quotations(
    w, django_assert_max_num_queries
) -> None:
    """Seven queries read the report, one its older checks of sources; three what is known. 300 quotations took 612."""
    keep(w.source, PAPER)
    with w.change("many quotations"):
        for number in range(300):
            words = f"{WORDS} After it" if number % 2 else f"{OTHER[:-1]}, {number} times and never again"
            Quote(
                report=w.report, source=w.source, slug=f"many-{number}", text=words, locator=str(number)
            ).save()
    assert verification.verify_report(w.report).made >= 300
    with django_assert_max_num_queries(12):
        assert verification.verify_report(w.report).made == 0


def test_what_is_new_is_written_in_batches(w, django_assert_max_num_queries) -> None:
    """300 checks are four writes, not 300: a first check costs what the matching costs."""
    keep(w.source, PAPER)
    with w.change("many quotations"):
        for number in range(300):
            Quote(
                report=w.report, source=w.source, slug=f"many-{number}", text=WORDS, locator=str(number)
            ).save()
    with django_assert_max_num_queries(45):
        assert verification.verify_report(w.report).made >= 300
