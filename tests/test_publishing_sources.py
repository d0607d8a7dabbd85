"""The page of a source: whole pages for whom they are meant, passages for all others, nothing of what is hidden."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings, strategies as st
from PIL import Image

from papers import passages as drawing, pdftext
from papers.archive import SourceFile, archive, digest, keep
from papers.changes import bump
from papers.models import Source, Visibility
from publishing import assemble, verification
from publishing.document import ProseQuote
from publishing.source_pages import marked_text
from quotes.models import Check as Row
from tests import pdfs, world
from tests.html_reading import read

WORDS = "We find that reasoning empowers every model to attain robust results without any supervision."
REST = "The rest of the page says other things."
LAST = "A third page ends with this remark about the learning of machines."
FURTHER = "Nobody but editors reads how this page goes on, and what it holds besides."
SOURCE = f"""#set page(width: 140mm, height: 120mm, numbering: "i")
#set text(size: 10pt, hyphenate: false)
A title page, with nothing on it that anybody quotes in their own text.
#pagebreak()
{WORDS} {REST}

{FURTHER}
#pagebreak()
{LAST}
"""
PDF = pdfs.typeset(SOURCE)
TEXT, HASH = pdftext.pdf_text(PDF), digest(PDF)


REST_NAME, LAST_NAME = (ProseQuote(words, "alpha").name for words in (REST, LAST))


@pytest.fixture(autouse=True)
def _nothing_kept(settings, tmp_path):
    cache.clear()
    settings.DATA_DIR = tmp_path
    archive._setup()


def check(w):
    w.report.refresh_from_db()
    verification.verify_report(w.report)
    w.report.refresh_from_db()


def edit(w, row, **values):
    row.refresh_from_db()
    with w.change():
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


@pytest.fixture
def w(db):
    """A report with an altered quotation on page ii and a verbatim one on ii and on iii."""
    w = world.build()
    keep(w.source, PDF, name="alpha.pdf")
    edit(w, w.quote, text=WORDS.replace("empowers", "empower"), locator="ii")
    edit(w, w.draft, body=f"“{REST}” [@alpha, p. ii] and “{LAST}” [@alpha, p. iii].")
    check(w)
    return w


def at(w, query=""):
    return f"/reasoning/sources/{w.source.pk}/{query}"


def get(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return read(response.content.decode())


def opened(w, licence="CC BY 4.0"):
    edit(w, w.source, licence=licence)


def picture(w, number=2, sha256=HASH):
    return f"/reasoning/sources/{w.source.pk}/file/{sha256}/page-{number}.webp"


def queries(call):
    with CaptureQueriesContext(connection) as found:
        call()
    return len(found)


class TestWhoSeesWhat:
    def test_a_reader_gets_the_passages_and_the_reason_and_no_page(self, client, w):
        found = get(client, at(w))
        assert "Whole pages of this source are not shown here: no licence" in found.words
        rows = found.one("ol", class_="quotations").all("li")
        assert [li.one("span", class_="badge").words for li in rows] == [
            "Differs: 1 word, p. ii",
            "Verbatim, p. ii",
            "Verbatim, p. iii",
        ]
        assert all(li.all("img") for li in rows)
        assert {a.attributes["href"] for a in rows[2].all("a")} >= {"https://example.org/alpha.pdf#page=3"}
        assert not [i for i in found.all("img") if "/file/" in i.attributes["src"]]
        assert FURTHER not in found.words and not found.all("div", class_="whole-text")
        assert client.get(picture(w)).status_code == 404

    @pytest.mark.parametrize("query", ["?page=2", "?page=99", f"?file={digest(PDF)}"])
    def test_asking_for_a_page_or_a_file_changes_nothing_for_them(self, client, w, query):
        found = get(client, at(w, query))
        assert FURTHER not in found.words and not found.all("figure", class_="sheet")

    def test_staff_get_the_page(self, client, w):
        client.force_login(w.edda)
        found = get(client, at(w, "?page=2"))
        shown = found.one("figure", class_="sheet").one("img").attributes
        assert FURTHER in found.one("div", class_="whole-text").words
        assert shown["alt"].startswith("P. ii of Alpha. Marked: quotation 1, “We find that reasoning empower")
        image = Image.open(io.BytesIO(client.get(shown["src"]).content))
        assert image.size == (int(shown["width"]), int(shown["height"]))

    def test_a_reader_gets_it_where_the_licence_is_open(self, client, w):
        opened(w)
        found = get(client, at(w, "?page=2"))
        assert FURTHER in found.one("div", class_="whole-text").words
        assert client.get(found.one("figure", class_="sheet").one("img").attributes["src"]).status_code == 200

    @pytest.mark.parametrize("licence", ["", "all rights reserved", "CC BY-NC 4.0", "not CC BY"])
    def test_any_other_licence_is_none(self, client, w, licence):
        opened(w, licence)
        assert not get(client, at(w)).all("figure", class_="sheet")
        assert client.get(picture(w)).status_code == 404

    def test_somebody_with_an_account_and_no_rights_is_a_reader(self, client, w):
        client.force_login(w.rhea)
        assert not get(client, at(w)).all("figure", class_="sheet")
        assert client.get(picture(w)).status_code == 404

    def test_a_hidden_report_shows_readers_nothing(self, client, w):
        opened(w)
        assert client.get(at(w)).status_code == client.get(picture(w)).status_code == 200
        edit(w, w.report, visibility=Visibility.EDITORS)
        assert client.get(at(w)).status_code == client.get(picture(w)).status_code == 404
        client.force_login(w.edda)
        assert client.get(at(w)).status_code == client.get(picture(w)).status_code == 200

    def test_what_stands_only_in_a_hidden_section_is_neither_listed_nor_marked(self, client, w):
        edit(w, w.hidden, body=f"“{FURTHER}” [@alpha, p. ii]")
        check(w)
        opened(w)
        for query in ("", "?page=2"):
            assert "Nobody but editors" not in get(client, at(w, query)).one("div", class_="side").words
        marked_for_readers = client.get(picture(w)).content
        opened(w, "")
        assert "Nobody but editors" not in get(client, at(w)).words
        client.force_login(w.edda)
        assert "Nobody but editors" in get(client, at(w, "?page=2")).one("div", class_="side").words
        assert client.get(picture(w)).content != marked_for_readers

    def test_a_source_that_only_hidden_words_are_from_is_not_there(self, client, w):
        opened(w)
        edit(w, w.written, visibility=Visibility.EDITORS)
        edit(w, w.draft, visibility=Visibility.EDITORS)
        assert client.get(at(w)).status_code == client.get(picture(w)).status_code == 404

    def test_an_unknown_id_and_one_of_another_report_are_not_there(self, client, w):
        other = type(w.report)(slug="other", title="Another")
        with world.change(other, w.edda, "begun"):
            other.save()
        for user in (None, w.edda):
            if user:
                client.force_login(user)
            assert client.get(f"/other/sources/{w.source.pk}/").status_code == 404
            assert client.get(picture(w).replace("/reasoning/", "/other/")).status_code == 404
            assert client.get("/reasoning/sources/99999/").status_code == 404
        assert client.get(at(w)).status_code == 200


class TestStepping:
    @pytest.fixture(autouse=True)
    def _open(self, w):
        opened(w)

    def test_from_quotation_to_quotation_by_plain_links(self, client, w):
        seen, query = [], "?quote=robust"
        while query:
            found = get(client, at(w, query))
            seen.append((query, found.one("input", id="page").attributes["value"]))
            nav = found.one("nav", aria_label="Quotations of this source")
            after = nav.all("a", rel="next")
            query = "?" + after[0].attributes["href"].split("?")[1].removesuffix("#here") if after else ""
        assert seen == [("?quote=robust", "2"), (f"?quote={REST_NAME}", "2"), (f"?quote={LAST_NAME}", "3")]
        back = get(client, at(w, f"?quote={LAST_NAME}")).one("a", rel="prev").attributes["href"]
        assert back.endswith(f"?quote={REST_NAME}#here")

    def test_from_page_to_page_and_by_number(self, client, w):
        nav = get(client, at(w, "?page=2")).one("nav", aria_label="Pages")
        assert [a.words for a in nav.all("a")] == ["← P. i", "P. iii →"]
        assert nav.one("form").attributes["method"] == "get"
        assert nav.one("input", name="page").attributes["max"] == "3"
        assert [
            len(get(client, at(w, f"?page={n}")).one("nav", aria_label="Pages").all("a")) for n in (1, 3)
        ] == [1, 1]

    @pytest.mark.parametrize("page", ["0", "4", "-1", "x", "1.5", "²", "9" * 40, "<b>", "\x00"])
    def test_a_page_that_is_not_in_the_file_is_told_with_the_range(self, client, w, page):
        response = client.get(at(w), {"page": page})
        assert response.status_code == 404
        found = read(response.content.decode())
        assert "it has the file pages 1 to 3" in found.words and not found.all("b")

    @pytest.mark.parametrize(
        "query", [{"quote": "spare"}, {"quote": "x\x00"}, {"file": "00"}, {"file": "f" * 64}]
    )
    def test_a_quotation_or_file_that_is_not_of_this_source_is_told(self, client, w, query):
        response = client.get(at(w), query)
        said = read(response.content.decode()).one("main").words
        assert response.status_code == 404
        assert ("No quotation of this name" if "quote" in query else "has this sha256") in said

    def test_the_chosen_one_opens_its_page_and_stays_chosen(self, client, w):
        found = get(client, at(w, f"?quote={LAST_NAME}"))
        assert found.one("a", aria_current="true").words == "Quotation 3"
        assert not found.all("a", rel="next")
        assert "3 of 3 marked" in found.words

    def test_all_of_it_is_linked_from_where_quotations_and_references_are(self, client, w):
        here = at(w, "?quote=robust#here")
        for address in ("/reasoning/", "/reasoning/quotes/robust/"):
            links = {a.attributes.get("href"): a.words for a in get(client, address).all("a")}
            assert links[here] == "See it in the source"
        refs = get(client, "/reasoning/").one("section", id="references").all("a")
        assert "Archived source: Alpha" in [a.words for a in refs if a.attributes["href"] == at(w)]
        client.force_login(w.edda)
        form = client.get(f"/admin/papers/source/{w.source.pk}/change/").content.decode()
        assert f'<a href="{at(w)}">View</a>' in form


class TestFiles:
    def test_which_file_is_shown_and_the_others_with_the_newest_marked(self, client, w):
        newer = pdfs.typeset(SOURCE.replace("A title page", "A newer title page"))
        keep(w.source, newer, name="newer.pdf")
        check(w)
        opened(w)
        found = get(client, at(w))
        assert f"sha256 {digest(newer)[:12]}… 3 pages the newest" in found.words
        older = found.one("ul", class_="files").one("a").attributes["href"]
        assert older == at(w, f"?file={digest(PDF)[:12]}")
        found = get(client, older + "&page=2")
        assert f"sha256 {digest(PDF)[:12]}… 3 pages not the newest" in found.words
        assert found.one("ul", class_="files").one("span", class_="tag").words == "newest"
        assert "nothing is marked in this one" in found.words
        assert found.one("input", name="file").attributes["value"] == digest(PDF)[:12]

    def test_texts_of_the_same_work_are_linked(self, client, w):
        with w.change():
            twin = Source(report=w.report, key="alpha-2", kind="pdf", title="Alpha, journal", paper=w.paper)
            twin.save()
        client.force_login(w.edda)
        links = get(client, at(w)).one("ul", class_="files").all("a")
        assert [(a.words, a.attributes["href"]) for a in links] == [
            ("Alpha, journal", f"/reasoning/sources/{twin.pk}/")
        ]
        assert "No copy of this source is archived." in get(client, f"/reasoning/sources/{twin.pk}/").words

    @pytest.mark.parametrize(("data", "words"), [(pdfs.scan(), "as scans do"), (pdfs.locked(), "password")])
    def test_a_file_without_text_says_why(self, client, w, data, words):
        SourceFile.objects.all().delete()
        keep(w.source, data)
        client.force_login(w.edda)
        assert words in get(client, at(w)).one("p", class_="flash").words

    def test_pages_are_called_as_they_are_printed(self, client, w):
        """By the numeral at their foot, also where the file itself has no labels."""
        opened(w)
        found = get(client, at(w, "?page=2"))
        assert found.one("figcaption").words.startswith("P. ii, file page 2 of 3")

    def test_without_a_file_an_open_licence_still_gives_the_passages(self, client, w):
        opened(w)
        archive.delete(f"{HASH[:2]}/{HASH}")
        SourceFile.objects.all().delete()
        Row.objects.update(recorded=True)
        bump(w.report)
        found = get(client, at(w))
        assert "The file of this source is not archived on this site." in found.words
        first = found.one("ol", class_="quotations").all("li")[0]
        assert first.one("blockquote", class_="passage-text").all("mark") and not first.all("img")

    def test_a_web_page_is_its_text_with_the_words_marked(self, client, w):
        with w.change():
            web = Source(report=w.report, key="web", kind="web", url="https://example.org/", licence="CC0")
            web.save()
        keep(web, f"{LAST} <&>\n\nAnd more of the page stands here for everybody to read.".encode())
        edit(w, w.quote, text=LAST, source=web, locator="")
        check(w)
        address = f"/reasoning/sources/{web.pk}/?quote=robust"
        mark = get(client, address).one("mark", id="here")
        assert mark.words.startswith(LAST.rstrip("."))
        assert "(quotation 1: Verbatim" in mark.words
        edit(w, web, licence="")
        found = get(client, address)
        assert not found.all("div", class_="whole-text") and found.one("li", id="here")

    def test_a_post_is_its_text_for_staff_and_the_passage_for_others(self, client, w):
        words = "This is what somebody posted about machines that learn to reason by themselves."
        edit(w, w.post, text=f"{words} And there is a private end to it which no one quotes.")
        edit(w, w.post_quote, text=words)
        check(w)
        address = f"/reasoning/sources/{w.post.pk}/"
        assert not get(client, address).all("div", class_="whole-text")
        client.force_login(w.edda)
        text = get(client, address).one("div", class_="whole-text")
        assert "private end" in text.words and text.one("mark").words.startswith(words.rstrip("."))


class TestThePicture:
    def test_words_are_marked_in_the_colours_of_their_verdicts(self, client, w):
        client.force_login(w.edda)
        response = client.get(picture(w))
        assert response["Content-Type"] == "image/webp"
        assert response["X-Content-Type-Options"] == "nosniff" and response["X-Robots-Tag"] == "noindex"
        assert "private" in response["Cache-Control"]
        image = Image.open(io.BytesIO(response.content)).convert("RGB")
        pixels = [image.getpixel((x, y)) for x in range(0, image.width, 2) for y in range(0, image.height, 2)]
        rust = sum(r > 240 and 205 < g < 235 and 180 < b < 220 for r, g, b in pixels)
        green = sum(190 < r < 220 and g > 225 and 200 < b < 230 for r, g, b in pixels)
        assert rust > 500 and green > 500
        plain = Image.open(io.BytesIO(client.get(picture(w, 1)).content)).convert("RGB")
        colours = plain.getcolors(maxcolors=2**24)
        assert not [c for _, c in colours if max(c) - min(c) > 40]

    def test_only_pages_and_files_that_there_are(self, client, w):
        client.force_login(w.edda)
        for number, sha256 in ((0, digest(PDF)), (4, digest(PDF)), (10**12, digest(PDF)), (2, "f" * 64)):
            assert client.get(picture(w, number, sha256)).status_code == 404

    def test_drawn_once_and_a_failure_is_not_tried_again_at_once(self, client, w, monkeypatch):
        client.force_login(w.edda)
        client.get(picture(w))
        tries = []

        def fail(work):
            tries.append(work)
            raise drawing.PassageError("no")

        monkeypatch.setattr(drawing, "_run", fail)
        assert client.get(picture(w)).status_code == 200 and not tries
        assert [client.get(picture(w, 3)).status_code for _ in range(2)] == [404, 404]
        assert len(tries) == 1

    @given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-5, 900), st.integers(-5, 900)), max_size=5))
    @settings(max_examples=40)
    def test_places_from_anywhere_give_marks_within_the_page(self, places):
        for number in range(3):
            found = drawing.sheet(TEXT, number, [(1, "altered", places, ["empowers", "("])])
            assert found.width * found.height <= drawing.SHEET_PIXELS * 1.01
            for one in found.marks:
                assert 0 <= one.start < one.end <= len(TEXT.pages[number].text)
                assert 0 <= one.left <= found.right

    def test_marks_of_the_text_never_lose_or_repeat_a_word(self, w):
        q = assemble.document(w.report, audience=assemble.EDITORS).quotations[0]
        made = read(str(marked_text("<one> two three", [(0, 9, q), (6, 12, q), (40, 50, q), (3, 2, q)])))
        for hidden in made.all("span"):
            hidden.children.clear()
        assert made.text == "<one> two three"


class TestCost:
    def test_as_many_queries_for_thirty_quotations_as_for_three(self, client, w):
        # One for the report, seven for the tree, one each for the copies and the text; at most one for the index
        # that knows the printed labels. Nothing is asked for each quotation, each page, or each source.
        opened(w)
        cache.clear()
        few = queries(lambda: get(client, at(w, "?page=2")))
        words = " ".join(f"“{WORDS.replace('every', f'every{n}')}” [@alpha, p. ii]\n\n" for n in range(30))
        edit(w, w.draft, body=words)
        check(w)
        cache.clear()
        assert len(assemble.document(w.report).quotations) > 30
        many = queries(lambda: get(client, at(w, "?page=2")))
        assert many <= few <= 11

    @pytest.mark.parametrize("licence", ["", "CC0"])
    def test_kept_with_one_query_and_304_when_unchanged(self, client, w, monkeypatch, licence):
        opened(w, licence)
        first = client.get(at(w, "?quote=robust"))
        monkeypatch.setattr(assemble, "document", lambda *a, **k: pytest.fail("made again"))
        assert queries(lambda: client.get(at(w, "?quote=robust"))) == 1
        again = client.get(at(w, "?quote=robust"), headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304
        assert first.has_header("X-Robots-Tag") is bool(licence)

    def test_names_of_no_quotation_make_no_document_each(self, client, w, monkeypatch):
        with w.change("a name of its own"):
            w.quote.slug = "sturdy"
            w.quote.full_clean()
            w.quote.save()
        assert client.get("/reasoning/quotes/nothing-0/").status_code == 404
        made = []
        whole = assemble.document
        monkeypatch.setattr(assemble, "document", lambda *a, **kw: made.append(a) or whole(*a, **kw))
        for number in range(1, 6):
            assert client.get(f"/reasoning/quotes/nothing-{number}/").status_code == 404
        assert client.get("/reasoning/quotes/robust/").headers["Location"] == "/reasoning/quotes/sturdy/"
        assert made == []

    def test_editors_pages_are_kept_by_nobody_and_posting_is_refused(self, client, w):
        client.force_login(w.edda)
        assert client.get(at(w))["Cache-Control"] == "private, no-store"
        assert client.post(at(w)).status_code == client.post(picture(w)).status_code == 405

    def test_a_changed_verdict_changes_the_page(self, client, w):
        first = client.get(at(w))["ETag"]
        Row.objects.filter(verdict="altered").delete()
        bump(w.report)
        assert client.get(at(w))["ETag"] != first


class TestStructure:
    @pytest.mark.parametrize("licence", ["", "CC0"])
    @pytest.mark.parametrize("query", ["", "?quote=robust", f"?quote={LAST_NAME}"])
    def test_ids_headings_and_shapes(self, client, w, licence, query):
        opened(w, licence)
        found = get(client, at(w, query))
        ids = [e.attributes["id"] for e in found if "id" in e.attributes]
        assert sorted(ids) == sorted(set(ids))
        levels = [int(e.name[1]) for e in found if e.name in ("h1", "h2", "h3", "h4")]
        assert levels[0] == 1 and levels.count(1) == 1
        assert not [e for e in found if e.name == "style" or "style" in e.attributes]
        assert {u.attributes["href"][1:] for u in found.all("use")} <= set(ids)


@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    @pytest.mark.parametrize("licence", ["", "CC0"])
    def test_no_barrier_no_sideways_scroll_and_nothing_for_the_policy_to_refuse(
        self, page, live_server, w, licence
    ):
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="no axe: make venv installs it"
        )
        opened(w, licence)
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(live_server.url + at(w, "?quote=robust#here"))
        assert said == []
        for width, scheme in ((320, "light"), (1440, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            found = axe.Axe().run(page).response["violations"]
            assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []

    def test_the_arrow_keys_turn_the_pages(self, page, live_server, w):
        opened(w)
        page.goto(live_server.url + at(w, "?page=2"))
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**page=3*")
        page.keyboard.press("ArrowLeft")
        page.wait_for_url("**page=2*")
