"""Quotations are checked against what is archived of their source; the words themselves never move."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from papers import archive, pdftext
from papers.changes import change
from papers.models import Report, Source
from publishing import assemble, exchange, records, verification
from publishing.importing import import_report
from quotes import trial, verify
from quotes.models import Check, Quote
from tests import pdfs, world

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "deepseek-r1" / "report.md"
PAPERS = ROOT.parent / "shared" / "sources"

WORDS = "We find robust reasoning in every model that was trained with a verifiable reward."
PAPER = f"""#set page(numbering: "1")
= First page
Nothing is said here of what comes later, and the reader turns the leaf in some suspense.
#pagebreak()
= Second page
Before it, a sentence about something else entirely. {WORDS} After it, another one, of no interest.
"""


@pytest.fixture(autouse=True)
def own_archive(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    archive.archive._wrapped = archive.FileSystemStorage(tmp_path / "sources")


@pytest.fixture
def w():
    made = world.build()
    with made.change("one plain quotation"):
        made.quote.text = WORDS
        made.quote.locator = "2"
        made.quote.save()
    return made


def keep(source: Source, markup: str = PAPER) -> None:
    archive.keep(source, pdfs.typeset(markup), name="alpha.pdf")


def verdict(report: Report, slug: str = "robust"):
    report.refresh_from_db()
    return assemble.document(report).quote_by_slug[slug].check


class TestAgainstAFile:
    def test_verbatim_with_its_page(self, w):
        keep(w.source)
        verification.verify_report(w.report)
        check = verdict(w.report)
        assert (check.verdict, check.pages, check.labels) == ("verbatim", (2,), ("2",))
        assert WORDS.rstrip(".") in check.passage.replace("\n", " ")

    def test_a_word_that_differs_is_named_with_its_neighbours(self, w):
        with w.change():
            w.quote.text = WORDS.replace("robust", "modest")
            w.quote.save()
        keep(w.source)
        verification.verify_report(w.report)
        check = verdict(w.report)
        assert check.verdict == "altered" and not check.passes
        (difference,) = check.differences
        assert (difference.source, difference.quoted) == ("robust", "modest")
        assert (difference.before, difference.after) == ("find", "reasoning")

    def test_words_that_are_not_there(self, w):
        with w.change():
            w.quote.text = (
                "Elephants were counted twice along the river, and the count was never published anywhere."
            )
            w.quote.save()
        keep(w.source)
        verification.verify_report(w.report)
        assert verdict(w.report).verdict == "not_found"

    def test_a_quotation_in_the_text_is_checked_against_the_paper_it_cites(self, w):
        with w.change():
            w.draft.write(f"They say “{WORDS}” [@alpha, p. 2], and so on.")
            w.draft.save()
        keep(w.source)
        verification.verify_report(w.report)
        (prose,) = assemble.document(w.report).prose
        assert (prose.check.verdict, prose.check.labels, prose.source) == ("verbatim", ("2",), "alpha-pdf")

    def test_only_what_is_new_is_worked_out(self, w):
        keep(w.source)
        assert verification.verify_report(w.report).made == 2  # the post's text is at hand as well
        assert verification.verify_report(w.report).made == 0
        with w.change():
            w.quote.locator = "1"
            w.quote.save()
        assert verification.verify_report(w.report).made == 1
        assert "other_page" in verdict(w.report).warnings

    def test_moves_the_stamp_and_neither_version_nor_time(self, w):
        keep(w.source)
        w.report.refresh_from_db()
        before = (w.report.version, w.report.content_updated_at, w.report.stamp)
        verification.verify_report(w.report)
        w.report.refresh_from_db()
        assert (w.report.version, w.report.content_updated_at) == before[:2]
        assert w.report.stamp > before[2]

    def test_an_old_version_shows_todays_verdict_for_its_words(self, w):
        keep(w.source)
        verification.verify_report(w.report)
        with w.change():
            w.quote.text = WORDS.replace("robust", "modest")
            w.quote.save()
        verification.verify_report(w.report)
        w.report.refresh_from_db()
        version = w.report.version - 1
        assert (
            assemble.document(w.report, version=version).quote_by_slug["robust"].check.verdict == "verbatim"
        )


class TestPictures:
    def test_the_first_page_after_a_check_takes_no_query_for_them(
        self, w, client, django_assert_max_num_queries
    ):
        """Eight for the report: one for each kind of row, its checks, and its own."""
        keep(w.source)
        verification.verify_report(w.report)
        with django_assert_max_num_queries(8):
            page = client.get("/reasoning/").content.decode()
        assert "passage-1.webp" in page


def test_no_row_takes_the_address_of_a_quotation_in_the_text(w):
    w.quote.slug = "quotation-3"
    with pytest.raises(ValidationError, match="in the text"):
        w.quote.full_clean()


class TestANewerFile:
    def test_makes_it_unchecked_until_it_is_checked_again(self, w):
        keep(w.source)
        verification.verify_report(w.report)
        keep(w.source, PAPER.replace("robust", "modest"))
        check = verdict(w.report)
        assert (check.verdict, check.reason) == ("unchecked", "source_changed")
        verification.verify_report(w.report)
        check = verdict(w.report)
        assert check.verdict == "altered"
        assert "Alpha, copy of" in check.elsewhere  # verbatim in the older copy, and said so
        assert w.quote.stored().text == WORDS

    def test_another_text_of_the_same_paper_is_tried(self, w):
        with w.change():
            journal = Source(report=w.report, key="alpha-journal", kind="pdf", paper=w.paper)
            journal.save()
        keep(w.source, PAPER.replace("robust", "modest"))
        keep(journal)
        verification.verify_report(w.report)
        check = verdict(w.report)
        assert check.verdict == "altered" and "alpha-journal" in check.elsewhere


class TestNotChecked:
    def test_says_why(self, w):
        assert verdict(w.report).reason == "not_archived"
        with w.change():
            w.post.text = ""
            w.post.save()
        assert verdict(w.report, "rumoured").reason == "post_not_archived"
        with w.change():
            w.quote.source = None
            w.quote.save()
        assert verdict(w.report).reason == "no_source"

    def test_a_scan_has_no_text(self, w):
        archive.keep(w.source, pdfs.scan(), name="scan.pdf")
        verification.verify_report(w.report)
        assert verdict(w.report).reason == "no_text"

    def test_before_the_check_has_run(self, w):
        keep(w.source)
        assert verdict(w.report).reason == "not_yet"

    def test_the_text_of_a_post_is_its_copy(self, w):
        with w.change():
            w.post.text = "Somebody wrote that the whole thing was cheap, and that it was done in a week."
            w.post.save()
            w.post_quote.text = "the whole thing was cheap, and that it was done in a week"
            w.post_quote.save()
        verification.verify_report(w.report)
        assert verdict(w.report, "rumoured").verdict in ("verbatim", "edited")


@pytest.mark.django_db(transaction=True)
def test_each_save_is_followed_by_its_checks():
    w = world.build()
    keep(w.source)
    with w.change():
        w.quote.text = WORDS
        w.quote.save()
    assert verdict(w.report).verdict == "verbatim"


class TestRecords:
    """Without the file, what an earlier check kept stands in for it."""

    @pytest.fixture
    def example(self):
        parsed = exchange.read(EXAMPLE.read_text())
        import_report(parsed, None, note="imported")
        report = Report.objects.get()
        records.load(report, EXAMPLE.with_suffix(".checks.json").read_text())
        return report

    def test_the_first_report_shows_its_two_faults_at_once(self, example):
        document = assemble.document(example)
        assert verification.counted(document) == {"verbatim": 4, "altered": 1, "unchecked": 3}
        first, _, third = document.quotations[:3]
        assert first.check.labels == ("6", "7") and first.check.recorded
        assert [(d.source, d.quoted) for d in first.check.differences] == [("empowers", "empower")]
        assert third.check.verdict == "verbatim" and "line_end_hyphen" in third.check.warnings

    def test_a_mended_quotation_is_checked_against_the_passage(self, example):
        quote = Quote.objects.get(slug="rl-empower")
        with change(example, None, "mended"):
            quote.text = quote.text.replace("RL empower ", "RL empowers ")
            quote.save()
        verification.verify_report(example)
        check = verdict(example, "rl-empower")
        assert (check.verdict, check.from_passage, check.labels) == ("verbatim", True, ("6", "7"))

    def test_a_page_that_is_another_one_is_said_without_the_file_too(self, example):
        """It is what puts "set page" on the desk; a mend must find it where no file is at hand."""
        quote = Quote.objects.get(slug="rl-empower")
        with change(example, None, "mended, with a wrong page"):
            quote.text, quote.locator = quote.text.replace("RL empower ", "RL empowers "), "9"
            quote.save()
        verification.verify_report(example)
        check = verdict(example, "rl-empower")
        assert check.from_passage and check.labels == ("6", "7")
        assert "other_page" in check.warnings
        with change(example, None, "the page set"):
            quote.locator = "7"
            quote.save()
        verification.verify_report(example)
        assert "other_page" not in verdict(example, "rl-empower").warnings

    def test_the_hyphen_of_a_compound_is_missed_in_the_passage_too(self, example):
        """Where a tool joined "DeepSeek-R1-" and "Zero" at the end of a line, the words are not the source's."""
        quote = Quote.objects.get(slug="rl-empower")
        with change(example, None, "as a tool copies it"):
            quote.text = quote.text.replace("RL empower DeepSeek-R1-Zero", "RL empowers DeepSeekR1-Zero")
            quote.save()
        verification.verify_report(example)
        check = verdict(example, "rl-empower")
        assert (check.verdict, check.from_passage) == ("altered", True)
        assert [(d.source, d.quoted) for d in check.differences] == [("DeepSeek-R1-Zero", "DeepSeekR1-Zero")]

    def test_words_of_another_place_are_not_made_up(self, example):
        quote = Quote.objects.get(slug="rl-empower")
        with change(example, None, "replaced"):
            quote.text = "Elephants were counted twice along the river, and the count was never published."
            quote.save()
        verification.verify_report(example)
        assert verdict(example, "rl-empower").reason == "not_archived"

    def test_what_is_written_is_what_is_read(self, example):
        text = records.write(example)
        Check.objects.all().delete()
        assert records.load(example, text) == 5
        assert records.write(example) == text
        assert records.load(example, text) == 0

    def test_records_for_other_words_are_not_kept(self, example):
        data = json.loads(records.write(example))
        Check.objects.all().delete()
        for record in data["checks"]:
            record["words"] += " and more"
        assert records.load(example, json.dumps(data)) == 0

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{}",
            "null",
            "[" * 5000,
            '{"format": "digestsite checks 1", "checks": 3}',
            '{"format": "other"}',
        ],
    )
    def test_other_files_are_refused_in_words(self, example, text):
        with pytest.raises(records.RecordError, match="records of checks"):
            records.load(example, text)

    @pytest.mark.parametrize(
        "change_to",
        [
            {"verdict": "perfect"},
            {"checked": "yesterday"},
            {"checked": "2025-01-01"},
            {"words": None},
            {"sha256": None},
        ],
    )
    def test_a_damaged_record_is_named_and_nothing_is_kept(self, example, change_to):
        data = json.loads(records.write(example))
        Check.objects.all().delete()
        data["checks"][1] |= change_to
        with pytest.raises(records.RecordError, match="Record 2"):
            records.load(example, json.dumps(data))
        assert not Check.objects.exists()

    @pytest.mark.skipif(not PAPERS.exists(), reason="the paper itself is not here: ../shared/sources")
    def test_with_the_paper_there_everything_is_checked_anew(self, example):
        source = example.sources.get(key="deepseek-r1-pdf")
        archive.keep(source, (PAPERS / "DeepSeek_R1.pdf").read_bytes(), name="DeepSeek_R1.pdf")
        summary = verification.verify_report(example)
        assert summary.counts == {"verbatim": 4, "altered": 1, "unchecked": 3}
        check = verdict(example, "rl-empower")
        assert not check.recorded and check.pages == (6, 7)
        assert check.between == ("table", "figure")


class TestCommands:
    def test_verify_quotes_counts_and_is_strict_when_asked(self, w):
        keep(w.source, PAPER.replace("robust", "modest"))
        out = io.StringIO()
        call_command("verify_quotes", "reasoning", stdout=out, stderr=io.StringIO())
        assert "1 differs, 1 not found" in out.getvalue()
        with pytest.raises(CommandError, match="2 quotations differ"):
            call_command("verify_quotes", "--strict", stdout=out, stderr=io.StringIO())

    def test_verify_quotes_knows_what_it_does_not_know(self, w):
        with pytest.raises(CommandError, match="no-such"):
            call_command("verify_quotes", "no-such")

    @pytest.mark.parametrize(
        "bad",
        [
            b'{"id":"\\ud800","source_pdf":"x.pdf","quote":"a"}',
            b'{"id":"a","source_pdf":"\\ud800.pdf","quote":"a"}',
            b'{"id":"a","source_pdf":"\\u0000","quote":"a"}',
            b'{"id":"a","source_pdf":"/","quote":"a"}',
            b"[" * 200_000,
            b'{"id":' + b"[" * 200_000,
            b'{"id":' + b"[" * 900 + b"]" * 900 + b',"source_pdf":"x","quote":"a"}',
            b'{"id":' + b"9" * 5000 + b"}",
            b"\x00",
            b"\xff",
            b"null",
            b"NaN",
        ],
        ids=range(12),
    )
    def test_check_quotes_goes_on_after_any_line(self, tmp_path, monkeypatch, capsys, bad):
        file = tmp_path / "paper.pdf"
        file.write_bytes(pdfs.typeset(PAPER))
        for quote in (WORDS, WORDS + " \ud800"):
            good = json.dumps({"id": "good \ud800 é", "source_pdf": str(file), "quote": quote}).encode()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bad + b"\n" + good)))
            call_command("check_quotes", "--jsonl")
            first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            assert first["error"]
            assert second["id"] == "good \ud800 é" and "verdict" in second

    def test_check_quotes_reads_a_damaged_file_once_until_it_is_another(self, tmp_path, monkeypatch, capsys):
        started = []
        run = pdftext.run
        monkeypatch.setattr(pdftext, "run", lambda *args, **kw: started.append(args) or run(*args, **kw))
        file = tmp_path / "paper.pdf"
        file.write_bytes(b"%PDF-1.7 and no more")
        line = json.dumps({"id": 1, "source_pdf": str(file), "quote": WORDS}).encode() + b"\n"

        def answers():
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line * 5)))
            call_command("check_quotes", "--jsonl")
            return [json.loads(a) for a in capsys.readouterr().out.splitlines()]

        assert len({a["error"] for a in answers()}) == 1 and len(started) == 1
        file.write_bytes(pdfs.typeset(PAPER))
        assert {a["verdict"] for a in answers()} == {"verbatim"} and len(started) == 2

    def test_check_quotes_answers_each_line_and_survives_bad_ones(self, tmp_path, monkeypatch, capsys):
        file = tmp_path / "paper.pdf"
        file.write_bytes(pdfs.typeset(PAPER))
        (tmp_path / "text.pdf").write_text("no PDF at all")
        lines = [
            json.dumps({"id": 1, "source_pdf": str(file), "quote": WORDS}),
            "{not json",
            json.dumps({"id": 3, "source_pdf": str(tmp_path / "none.pdf"), "quote": WORDS}),
            json.dumps({"id": 4, "source_pdf": str(tmp_path / "text.pdf"), "quote": WORDS}),
            json.dumps([1, 2]),
            json.dumps({"id": 6, "source_pdf": 7, "quote": WORDS}),
            "",
            json.dumps(
                {"id": 8, "source_pdf": str(file), "quote": WORDS.replace("robust", "modest"), "page": "2"}
            ),
        ]
        data = "\n".join(lines).encode() + b"\n\xff\xfe\n"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        call_command("check_quotes", "--jsonl")
        answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [a.get("id") for a in answers] == [1, None, 3, 4, None, 6, 8, None]
        assert (answers[0]["verdict"], answers[0]["page"], answers[0]["page_label"]) == ("verbatim", 2, "2")
        assert answers[6]["diff"] == [{"source": "robust", "quote": "modest"}]
        assert all("error" in answer for number, answer in enumerate(answers) if number not in (0, 6))
        assert "line 2" in answers[1]["error"] and "none.pdf" in answers[2]["error"]


class TestWhatSpeaks:
    """Which of several checks a reader sees."""

    def test_the_file_at_hand_speaks_before_any_record(self, w) -> None:
        keep(w.source, PAPER.replace("robust", "modest"))
        verification.verify_report(w.report)
        row = Check.objects.get(source=w.source, words=Check.name_of(WORDS))
        forged = Check(
            report=w.report, source=w.source, words=row.words, stated=row.stated, sha256=row.sha256,
            engine="old-0", verdict="verbatim", recorded=True, checked_at=timezone.now() + dt.timedelta(days=9),
        )  # fmt: skip
        forged.save()
        assert verdict(w.report).verdict == "altered" and not verdict(w.report).recorded

    def test_a_text_of_another_work_is_no_text_of_this_one(self, w) -> None:
        with w.change():
            rival = Source(report=w.report, key="rival", kind="pdf", title="Secret draft of the rival")
            rival.save()
        keep(w.source, PAPER.replace("robust", "modest"))
        keep(rival)
        known = verify.Known(w.report)
        known.verify(rival, WORDS, w.quote.locator)
        known.store()
        verification.verify_report(w.report)
        assert verdict(w.report).verdict == "altered" and verdict(w.report).elsewhere == ""

    def test_a_locator_of_any_length_is_checked(self, w) -> None:
        keep(w.source)
        with w.change():
            w.written.body += f"\n\n“{WORDS}” [@alpha, p. 2, {'in the paragraph below the figure ' * 4}]"
            w.written.save()
        verification.verify_report(w.report)
        document = assemble.document(w.report)
        assert {q.check.verdict for q in document.prose if q.check and q.key == "alpha"} == {"verbatim"}

    def test_a_newer_file_without_text_stands_back_everywhere(self, w) -> None:
        keep(w.source)
        archive.keep(w.source, pdfs.scan(2))
        verification.verify_report(w.report)
        assert verdict(w.report).verdict == "verbatim"
        assert trial.look(w.source, WORDS).result.verdict == "verbatim"
        assert verify.Known(w.report).knows(w.source, WORDS, w.quote.locator)

    def test_a_copy_that_is_set_aside_speaks_no_more_and_can_come_back(self, w) -> None:
        keep(w.source)
        keep(w.source, "Another paper altogether, which was chosen by mistake. " * 9)
        verification.verify_report(w.report)
        assert verdict(w.report).verdict == "not_found"
        wrong = w.source.files.first()
        wrong.set_aside()
        assert verdict(w.report).verdict == "verbatim"
        wrong.set_aside(False)
        assert verdict(w.report).verdict == "not_found"


def test_too_few_words_are_not_said_to_be_nowhere(w) -> None:
    keep(w.source)
    look, searched = trial.search(w.report, "robust")
    assert look and look.result.reason == "too_short" and searched


class TestRecordsFromElsewhere:
    def test_those_of_a_report_with_a_checked_post_come_back(self, w) -> None:
        with w.change():
            w.post.text = f"The post says: {w.post_quote.text} And more of it."
            w.post.save()
        verification.verify_report(w.report)
        text = records.write(w.report)
        Check.objects.all().delete()
        assert records.load(w.report, text) == len(json.loads(text)["checks"]) > 0

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("places", [["a"]]),
            ("places", [[1, 2]]),
            ("differences", [["a"]]),
            ("pages", ["x", None]),
            ("pages", [-1]),
            ("edits", [1]),
            ("warnings", [None]),
            ("labels", [3]),
            ("between", [""]),
            ("omitted", "words"),
            ("checked", "2999-01-01T00:00:00+00:00"),
        ],
    )
    def test_one_that_no_check_ever_gave_is_refused(self, w, name, value) -> None:
        keep(w.source)
        verification.verify_report(w.report)
        data = json.loads(records.write(w.report))
        Check.objects.all().delete()
        data["checks"][0][name] = value
        with pytest.raises(records.RecordError, match="Record 1 can't be read"):
            records.load(w.report, json.dumps(data))
        assert not Check.objects.exists()

    def test_one_that_the_file_at_hand_has_answered_is_left_out(self, w) -> None:
        keep(w.source)
        verification.verify_report(w.report)
        data = json.loads(records.write(w.report))
        for record in data["checks"]:
            record |= {"engine": "old-0", "verdict": "altered"}
        assert records.load(w.report, json.dumps(data)) == 0
