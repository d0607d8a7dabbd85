"""A newer file of a source: old and new verdict side by side, and no text is changed."""

from __future__ import annotations

from typing import Any

import pytest

from papers import archive
from papers.models import Report, Source
from publishing import assemble, newer, rechecking, verification
from quotes.models import Quote
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
