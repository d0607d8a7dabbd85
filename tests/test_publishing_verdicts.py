"""What readers see of a check: badges, differences and passages on the page, and the quotations' own pages."""

from __future__ import annotations

import io

import pytest
import typst
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings, strategies as st
from PIL import Image

from papers import passages as drawing, pdftext
from papers.archive import SourceFile, archive, digest
from papers.changes import bump
from papers.models import Visibility
from publishing import assemble, html, verdicts, verification
from publishing.document import Check, Difference, Document, Paragraph, ProseQuote, Quote, Strong, Text
from publishing.html.differing import Said, find, with_differences
from quotes.models import Check as Row, Reason, Verdict
from tests import world
from tests.html_reading import read

WORDS = "We find that reasoning empowers every model to attain robust results without any supervision."
PAGES = f"""#set page(width: 140mm, height: 120mm, numbering: "i")
#set text(size: 10pt, hyphenate: false)
A title page, with nothing on it that anybody quotes in their own text.
#pagebreak()
#lorem(30)

{WORDS} {{}} The rest of the page says other things.

#lorem(60)
"""


def build_pdf(extra: str = "") -> bytes:
    return bytes(typst.compile(PAGES.replace("{}", extra).encode()))


@pytest.fixture(scope="module")
def pdf():
    return build_pdf()


@pytest.fixture(autouse=True)
def _nothing_kept(settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path
    archive._setup()


@pytest.fixture
def w(db):
    return world.build()


def add_copy(w, pdf):
    text = pdftext.pdf_text(pdf)
    row = SourceFile(source=w.source, sha256=digest(pdf), size=len(pdf), page_count=len(text.pages))
    row.file.save("alpha.pdf", ContentFile(pdf), save=False)
    row.set_text(pdftext.pack(text))
    row.save()
    return row


def quote(w, words, page="ii", slug="robust"):
    w.quote.refresh_from_db()
    with w.change():
        w.quote.text, w.quote.locator, w.quote.slug = words, page, slug
        w.quote.save()


def write(w, body):
    w.draft.refresh_from_db()
    with w.change():
        w.draft.body = body
        w.draft.save()


def check(w):
    w.report.refresh_from_db()
    verification.verify_report(w.report)
    w.report.refresh_from_db()


@pytest.fixture
def checked(w, pdf):
    """A report whose first quotation has one wrong word, and a second one that is right, in the text."""
    add_copy(w, pdf)
    quote(w, WORDS.replace("empowers", "empower"))
    write(w, "They say “The rest of the page says other things.” [@alpha, p. ii] and that is all.")
    check(w)
    return w


def page(client, address="/reasoning/", **headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return read(response.content.decode())


def queries(call):
    with CaptureQueriesContext(connection) as found:
        call()
    return len(found)


NAME = ProseQuote("The rest of the page says other things.", "alpha").name
ADDRESSES = [
    "/reasoning/quotes/",
    "/reasoning/quotes/?verdict=altered",
    "/reasoning/quotes/robust/",
    f"/reasoning/quotes/{NAME}/",
    "/reasoning/quotes/robust/passage-1.webp",
]


class TestWords:
    """A badge is words first; colour and shape only follow."""

    @pytest.mark.parametrize(
        ("check", "words"),
        [
            (Check("verbatim", pages=(8,), labels=("8",)), "Verbatim, p. 8"),
            (Check("edited", edits=("ellipsis",), pages=(3,), labels=("3",)), "Edited: ellipsis, p. 3"),
            (
                Check(
                    "altered",
                    differences=(Difference("empowers", "empower"),),
                    pages=(6, 7),
                    labels=("6", "7"),
                ),
                "Differs: 1 word, pp. 6–7",
            ),
            (
                Check("altered", differences=(Difference("a b c", "d"),), pages=(2, 4), labels=("ii", "iv")),
                "Differs: 3 words, pp. ii, iv",
            ),
            (Check("altered", faults=("pieces reversed",)), "Differs: pieces reversed"),
            (Check("not_found"), "Not found in the source"),
            (Check("unchecked", "post_not_archived"), "Not checked: post not archived"),
            (Check("unchecked"), "Not checked yet"),
            (Check("verbatim", pages=(8,), labels=("",)), "Verbatim, file page 8"),
        ],
    )
    def test_the_badge(self, check, words):
        assert verdicts.badge(check) == words

    @pytest.mark.parametrize("reason", Reason.values)
    def test_what_is_not_checked_always_says_why(self, reason):
        words = "Not checked yet" if reason == Reason.NOT_YET else f"Not checked: {Reason(reason).label}"
        assert verdicts.badge(Check("unchecked", reason)) == words

    def test_only_verbatim_and_edited_have_the_shapes_of_a_pass(self):
        passing = {v for v in Verdict if verdicts.shape(Check(v)) in ("verbatim", "edited")}
        assert passing == {Verdict.VERBATIM, Verdict.EDITED}
        assert verdicts.shape(Check("something new")) == "unchecked"
        assert verdicts.badge(Check("something new", "why")).startswith("Not checked")

    def test_a_page_is_given_as_printed_and_as_it_counts_in_the_file(self):
        found = Check("verbatim", pages=(2,), labels=("ii",))
        assert (verdicts.pages(found), verdicts.file_pages(found)) == ("p. ii", "file page 2")

    @pytest.mark.parametrize(
        ("differences", "words"),
        [
            ((Difference("能力", "能够"),), "Differs: 1 place, p. 3"),
            ((Difference("能力", "能够"), Difference("は", "が")), "Differs: 2 places, p. 3"),
        ],
    )
    def test_words_without_spaces_are_not_counted(self, differences, words):
        """A difference in Chinese or Japanese may be one word or three: nobody sees where a word ends."""
        check = Check("altered", differences=differences, pages=(3,), labels=("3",))
        assert verdicts.badge(check) == words
        much = words.split(": ")[1].split(",")[0]
        assert verdicts.sentence(check, "模型的能够").startswith(f"{much} differ")

    @pytest.mark.parametrize(
        ("check", "words"),
        [
            (Check("verbatim", pages=(6, 7), labels=("6", "7")), ""),
            (
                Check("altered", pages=(6, 7), labels=("6", "7"), between=("table", "figure")),
                "Runs over pp. 6–7; a table and a figure lie between.",
            ),
            (Check("verbatim", pages=(6,), between=("footnote",)), "A footnote lies between."),
            (
                Check("verbatim", pages=(6,), between=("figure", "algorithm", "figure")),
                "2 figures and an algorithm lie between.",
            ),
        ],
    )
    def test_what_lies_between_the_parts(self, check, words):
        assert verdicts.runs_over(check) == words

    def test_warnings_are_told_in_words(self):
        found = Check(
            "edited",
            warnings=("omits_negation", "line_end_hyphen", "other_page"),
            pages=(6, 7),
            labels=("6", "7"),
        )
        assert verdicts.warnings(found, "8") == (
            "the ellipsis leaves out a negation",
            "line-end hyphen copied along",
            "the report says p. 8",
        )

    def test_all_of_a_report_are_counted_with_and_without_a_row(self):
        verdict = [("verbatim", 1), ("altered", 2), ("altered", 3)]
        quotes = tuple(Quote(f"q{n}", "w", number=n, check=Check(v)) for v, n in verdict)
        prose = (ProseQuote("w", number=4), ProseQuote("hidden"))
        whole = Document("r", "R", quotes=(*quotes, Quote("unplaced", "w")), prose=prose)
        assert verdicts.summary(whole) == ("4 quotations", "1 verbatim, 2 differ, 1 not checked")
        assert verdicts.summary(Document("r", "R")) == ("", "")


class TestTheWordsThatDiffer:
    """They are marked in the quotation itself, wherever its own markup cuts them."""

    def said(self, differences, *children):
        found = with_differences((Paragraph(children),), tuple(Difference(*d) for d in differences))
        return [n.text for n in walk_said(found)]

    def test_the_right_one_of_several_by_its_neighbours(self):
        words = (Text("RL can; that RL empower R1 to empower."),)
        found = with_differences(words, (Difference("empowers", "empower", "RL", "R1"),))
        assert found == (Text("RL can; that RL "), Said("empower"), Text(" R1 to empower."))

    def test_through_emphasis_and_other_marks(self):
        children = (Text("the model"), Strong((Text("’s"),)), Text(" aim — so"))
        assert self.said([("model's aims", "model's aim", "the", "-")], *children) == ["model", "’s", " aim"]

    def test_words_left_out_are_marked_at_the_blank(self):
        found = with_differences((Text("it is permitted here"),), (Difference("not", "", "is", "permitted"),))
        assert found == (Text("it is"), Said(" ", lack=True), Text("permitted here"))

    def test_what_is_not_there_marks_nothing(self):
        nodes = (Paragraph((Text("some words"),)),)
        assert with_differences(nodes, (Difference("a", "b", "c", "d"),)) == nodes

    @given(st.text(max_size=40), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
    @settings(max_examples=60)
    def test_no_text_is_ever_lost(self, text, before, quoted, after):
        nodes = (Text(text), Strong((Text(text[::-1]),)))
        found = with_differences(nodes, (Difference("x", quoted, before, after),))
        assert "".join(n.text for n in leaves(found)) == text + text[::-1]
        for low, high in find(text, [(before, quoted, after)]):
            assert 0 <= low <= high <= len(text)


def walk_said(nodes):
    return [n for n in leaves(nodes) if isinstance(n, Said)]


def leaves(nodes):
    for node in nodes:
        if isinstance(node, Text | Said):
            yield node
        else:
            yield from leaves(getattr(node, "children", ()))


class TestTheReport:
    def test_the_masthead_has_one_mark_for_each_in_reading_order(self, client, checked):
        ledger = page(client).one("dl", class_="ledger")
        row = ledger.all("span", class_="row")[1]
        assert [a.words for a in row.all("a")] == [
            "1: differs: 1 word, p. ii",
            "2: verbatim, p. ii",
            "3: not found in the source",
        ]
        assert [a.attributes["href"] for a in row.all("a")] == [
            "#quote-robust",
            "#quotation-2",
            "#quote-rumoured",
        ]
        assert "3 quotations" in ledger.words and "1 differs" in ledger.words
        assert "What this means" in ledger.words

    def test_a_quotation_that_differs_is_open_and_shows_how(self, client, checked):
        figure = page(client).one("figure", id="quote-robust")
        details = figure.one("details", class_="check")
        assert "open" in details.attributes
        assert details.one("summary").words == "Differs: 1 word, p. ii"
        assert [m.text for m in figure.one("table", class_="gloss").all("mark")] == ["empowers", "empower"]
        assert [[td.words for td in tr.all("td")] for tr in figure.all("tr")] == [
            ["reasoning", "empowers", "every"],
            ["reasoning", "empower", "every"],
        ]
        assert figure.one("blockquote").one("span", class_="said").text == "empower"

    def test_it_says_when_and_against_what_and_what_that_means(self, client, checked, pdf):
        words = page(client).one("figure", id="quote-robust").one("details").words
        assert f"sha256 {digest(pdf)[:12]}…" in words
        assert "P. ii, file page 2" in words
        assert "that these words stand in the source, not that they are true" in words

    def test_a_link_leads_to_the_page_of_the_original(self, client, checked):
        hrefs = [a.attributes["href"] for a in page(client).one("figure", id="quote-robust").all("a")]
        assert "https://example.org/alpha.pdf#page=2" in hrefs
        assert "/reasoning/quotes/robust/" in hrefs and "/methods/" in hrefs

    def test_words_within_a_line_have_a_small_badge_behind(self, client, checked):
        found = page(client)
        assert found.one(id="quotation-2").text == "“The rest of the page says other things.”"
        badge = found.one("a", class_="checked")
        assert badge.words == "verbatim, p. ii"
        assert badge.attributes["href"] == f"/reasoning/quotes/{NAME}/"
        assert badge.one("use").attributes["href"] == "#m:verbatim"

    def test_a_right_one_is_closed_and_marks_nothing(self, client, w, pdf):
        add_copy(w, pdf)
        quote(w, WORDS)
        check(w)
        figure = page(client).one("figure", id="quote-robust")
        assert "open" not in figure.one("details").attributes
        assert not figure.all("span", class_="said") and not figure.all("table")

    def test_what_is_not_checked_says_so_and_looks_like_no_pass(self, client, w):
        figure = page(client).one("figure", id="quote-robust")
        assert figure.one("span", class_="badge").words == "Not checked: source not archived"
        assert not figure.all("details")
        assert {u.attributes["href"] for u in figure.all("use")} == {"#m:unchecked"}

    def test_an_ellipsis_that_hides_a_negation_is_told_and_can_be_opened(self, client, w):
        extra = "This is under no circumstances ever permitted to any reader of reports."
        add_copy(w, build_pdf(extra))
        quote(w, "This is … permitted to any reader of reports.")
        check(w)
        figure = page(client).one("figure", id="quote-robust")
        words = figure.one("details", class_="check").all("summary")[0].words
        assert words == "Edited: ellipsis, p. ii the ellipsis leaves out a negation"
        assert figure.one("details", class_="left-out").one("p").words == "under no circumstances ever"

    def test_another_page_than_stated_is_a_note(self, client, w, pdf):
        add_copy(w, pdf)
        quote(w, WORDS, page="i")
        check(w)
        summary = page(client).one("figure", id="quote-robust").all("summary")[0].words
        assert summary == "Verbatim, p. ii the report says p. i"

    def test_a_record_that_was_carried_along_is_shown_as_one_with_its_passage_as_text(self, client, checked):
        archive.delete(f"{Row.objects.first().sha256[:2]}/{Row.objects.first().sha256}")
        SourceFile.objects.all().delete()
        Row.objects.update(recorded=True)
        bump(checked.report)
        figure = page(client).one("figure", id="quote-robust")
        assert "The record was carried along; the file is not here" in figure.words
        assert not figure.all("img")
        passage = figure.one("blockquote", class_="passage-text")
        assert passage.one("mark").words.rstrip(".") == WORDS.rstrip(".")
        assert passage.one("mark").one("b").text == "empowers"

    def test_hostile_words_of_a_source_are_text(self):
        found = Check(
            "altered",
            differences=(Difference("<script>alert(1)</script>", '"><img src=x>', "<b>", "&"),),
            matched="<script>",
            passage="a <script> b",
            checked=world.BEGUN,
            elsewhere="<i>x</i>",
        )
        given_one = Quote("q", '"><img src=x> words', number=1, check=found)
        made = read(html.quote(given_one, Document("r", "R", quotes=(given_one,))))
        assert not [e for e in made if e.name in ("script", "img", "i")]
        assert "<script>alert(1)</script>" in made.one("table").words

    def test_at_most_eight_queries_once_pictures_are_known_and_one_when_kept(self, client, checked):
        page(client)
        bump(checked.report)
        assert queries(lambda: page(client)) <= 8
        assert queries(lambda: page(client)) == 1


class TestOwnPages:
    def test_the_list_has_all_and_filters_by_plain_links(self, client, checked):
        found = page(client, "/reasoning/quotes/")
        assert [li.attributes["value"] for li in found.one("ol", class_="quotations").all("li")] == [
            "1",
            "2",
            "3",
        ]
        links = {a.words: a.attributes["href"] for a in found.one("nav", class_="filters").all("a")}
        assert links["Differs 1"] == "/reasoning/quotes/?verdict=altered"
        rows = page(client, links["Differs 1"]).one("ol", class_="quotations").all("li")
        assert [li.attributes["value"] for li in rows] == ["1"]

    @pytest.mark.parametrize("verdict", ["nonsense", "<b>", "verbatim "])
    def test_a_verdict_that_does_not_exist_is_not_there(self, client, checked, verdict):
        assert client.get("/reasoning/quotes/", {"verdict": verdict}).status_code == 404

    def test_a_verdict_that_none_has_is_an_empty_list_that_says_so(self, client, checked):
        assert (
            "No quotation of this report is “Edited” now."
            in page(client, "/reasoning/quotes/?verdict=edited").words
        )

    def test_one_shows_words_verdict_difference_passage_facts_and_how_to_cite(self, client, checked):
        found = page(client, "/reasoning/quotes/robust/").one("main")
        assert found.one("blockquote", class_="big").one("span", class_="said").text == "empower"
        assert found.one("p", class_="verdict-line").words.startswith(
            "Differs: 1 word, p. ii 1 of 14 words differs from the source, without a mark."
        )
        assert [m.text for m in found.one("table").all("mark")] == ["empowers", "empower"]
        assert found.all("img") and "p. ii as printed, file page 2" in found.words.replace("P.", "p.")
        assert "as quoted with differences (1 word) in “Reasoning models”, version" in found.words
        assert found.one("a", rel="next").attributes["href"] == f"/reasoning/quotes/{NAME}/"
        used = next(a for a in found.all("a") if a.attributes["href"] == "/reasoning/#quote-robust")
        assert used.words == "Alpha"

    def test_the_words_in_the_text_have_one_too(self, client, checked):
        found = page(client, f"/reasoning/quotes/{NAME}/").one("main")
        assert found.one("blockquote", class_="big").words == "“The rest of the page says other things.”"
        assert "Alpha: Learning to reason" in found.words

    def test_its_address_stays_when_others_come_before_it(self, client, checked):
        rest = "“The rest of the page says other things.” [@alpha, p. ii]"
        write(checked, f"“Other words, before these.” [@alpha] They say {rest} and that is all.")
        assert page(client, f"/reasoning/quotes/{NAME}/").one("blockquote", class_="big")
        assert page(client).all(id="quotation-3")

    def test_a_former_name_leads_to_todays(self, client, checked):
        quote(checked, WORDS, slug="renamed")
        response = client.get("/reasoning/quotes/robust/")
        assert (response.status_code, response["Location"]) == (302, "/reasoning/quotes/renamed/")

    def test_what_readers_are_not_shown_has_no_page(self, client, checked):
        for name in ("spare", "quotation-9", "nothing", "quote-robust"):
            assert client.get(f"/reasoning/quotes/{name}/").status_code == 404, name

    def test_a_quotation_in_a_hidden_section_is_for_editors(self, client, checked):
        checked.hidden.refresh_from_db()
        with checked.change():
            checked.hidden.body = "[[quote:spare]]"
            checked.hidden.save()
        assert client.get("/reasoning/quotes/spare/").status_code == 404
        assert "spare" not in client.get("/reasoning/quotes/").content.decode()
        client.force_login(checked.edda)
        assert client.get("/reasoning/quotes/spare/").status_code == 200

    def test_a_hidden_report_hides_them_all(self, client, checked):
        for address in ADDRESSES:
            assert client.get(address).status_code == 200, address
        checked.report.refresh_from_db()
        with checked.change():
            checked.report.visibility = Visibility.EDITORS
            checked.report.save()
        for address in ADDRESSES:
            assert client.get(address).status_code == 404, address
        client.force_login(checked.edda)
        for address in ADDRESSES:
            assert client.get(address).status_code == 200, address

    def test_kept_with_one_query_and_304_when_unchanged(self, client, checked, monkeypatch):
        for address in ADDRESSES[:-1]:
            first = client.get(address)
            monkeypatch.setattr(assemble, "document", lambda *a, **k: pytest.fail("made again"))
            assert queries(lambda address=address: client.get(address)) == 1
            again = client.get(address, headers={"If-None-Match": first["ETag"]})
            assert again.status_code == 304
            monkeypatch.undo()

    def test_editors_pages_are_kept_by_nobody(self, client, checked):
        client.force_login(checked.edda)
        for address in ADDRESSES[:-1]:
            assert client.get(address)["Cache-Control"] == "private, no-store"

    def test_posting_is_refused(self, client, checked):
        for address in [*ADDRESSES, "/methods/"]:
            assert client.post(address).status_code == 405

    def test_structure_of_each_page(self, client, checked):
        for address in [*ADDRESSES[:-1], "/methods/", "/reasoning/"]:
            found = page(client, address)
            ids = [e.attributes["id"] for e in found if "id" in e.attributes]
            assert sorted(ids) == sorted(set(ids)), address
            levels = [int(e.name[1]) for e in found if e.name in ("h1", "h2", "h3", "h4")]
            assert levels[0] == 1 and levels.count(1) == 1
            assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), address
            assert not [e for e in found if e.name == "style" or "style" in e.attributes]
            used = {u.attributes["href"][1:] for u in found.all("use")}
            assert used <= set(ids), f"shapes that {address} lacks"


class TestMethods:
    def test_each_verdict_is_explained_and_what_is_not_claimed(self, client, db):
        words = page(client, "/methods/").one("main").words
        for verdict in Verdict:
            assert str(verdict.label) in words
        assert "It does not say that they are true." in words
        assert "Only the first two are a pass." in words

    def test_unchanged_is_304(self, client, db):
        tag = client.get("/methods/")["ETag"]
        assert client.get("/methods/", headers={"If-None-Match": tag}).status_code == 304


class TestPictures:
    def picture(self, client, address=ADDRESSES[-1]):
        response = client.get(address)
        assert response.status_code == 200
        return response, Image.open(io.BytesIO(response.content)).convert("RGB")

    def test_the_page_promises_the_size_that_the_picture_has(self, client, checked):
        shown = page(client).one("figure", id="quote-robust").one("img").attributes
        response, image = self.picture(client, shown["src"])
        assert (int(shown["width"]), int(shown["height"])) == image.size
        assert shown["loading"] == "lazy"
        assert shown["alt"].startswith("P. ii of the source, marked: We find that reasoning")
        assert response["Content-Type"] == "image/webp"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in response["Cache-Control"] and "private" in response["Cache-Control"]

    def test_the_words_are_marked_and_the_one_that_differs_is_outlined(self, client, checked):
        _, image = self.picture(client)
        pixels = [image.getpixel((x, y)) for x in range(image.width) for y in range(image.height)]
        yellow = sum(r > 230 and g > 215 and b < 190 for r, g, b in pixels)
        rust = sum(130 < r < 200 and g < 100 and b < 70 for r, g, b in pixels)
        assert yellow > len(pixels) // 20 and rust > 100

    def test_it_is_a_crop_and_never_the_page(self, pdf):
        text = pdftext.pdf_text(pdf)
        whole = text.pages[1]
        shots = drawing.shots(text, [(1, 0, len(whole.text))])
        assert shots
        assert all(shot.top - shot.bottom <= drawing.MOST_OF_PAGE * whole.height + 0.2 for shot in shots)

    def test_drawn_once_and_kept(self, client, checked, monkeypatch):
        first, _ = self.picture(client)
        monkeypatch.setattr(drawing, "_run", lambda work: pytest.fail("drawn again"))
        assert client.get(ADDRESSES[-1]).content == first.content

    def test_only_numbers_that_exist(self, client, checked):
        for name in ("passage-0", "passage-2", "passage-99999999999"):
            assert client.get(f"/reasoning/quotes/robust/{name}.webp").status_code == 404

    def test_a_page_that_cannot_be_drawn_is_a_404_and_not_tried_again_at_once(
        self, client, checked, monkeypatch
    ):
        tries = []

        def fail(work):
            tries.append(work)
            raise drawing.PassageError("no")

        monkeypatch.setattr(drawing, "_run", fail)
        assert [client.get(ADDRESSES[-1]).status_code for _ in range(3)] == [404, 404, 404]
        assert len(tries) == 1

    def test_a_damaged_file_is_a_plain_error(self, checked, pdf):
        text = pdftext.pdf_text(pdf)
        row = Row.objects.get(verdict="altered")
        shot = drawing.shots(text, [tuple(p) for p in row.places])[0]
        archive.delete(f"{row.sha256[:2]}/{row.sha256}")
        for data in (b"", b"%PDF-1.7\nnothing", pdf[: len(pdf) // 3]):
            archive.save(f"{row.sha256[:2]}/{row.sha256}", ContentFile(data))
            with pytest.raises(drawing.PassageError):
                drawing.picture(row.sha256, shot)
            archive.delete(f"{row.sha256[:2]}/{row.sha256}")
        with pytest.raises(drawing.PassageError, match="not here"):
            drawing.picture(row.sha256, shot)

    @given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-5, 900), st.integers(-5, 900)), max_size=5))
    @settings(max_examples=40)
    def test_places_from_anywhere_give_sane_boxes_or_none(self, places):
        text = SAMPLE
        for shot in drawing.shots(text, places, ["empowers", "(", ""]):
            whole = text.pages[shot.page]
            assert 0 <= shot.left < shot.right <= whole.width + 0.1
            assert 0 <= shot.bottom < shot.top <= whole.height + 0.1
            assert 0 < shot.width * shot.height < 16_000_000


SAMPLE = pdftext.pdf_text(build_pdf())


def test_the_check_of_prose_brings_its_source_to_readers(checked):
    found = assemble.document(checked.report)
    prose = found.prose[0]
    assert found.source_by_key[prose.source].paper == prose.key == "alpha"
