"""The reader's page and what stands beside it: who sees what, at what cost, and that it all leads somewhere."""

from __future__ import annotations

import gzip
import io
from urllib.parse import unquote

import brotli
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from papers.changes import bump, change
from papers.models import Picture, Report, Section, Visibility
from publishing import assemble, cached, page, typst
from quotes.models import Quote
from tests import world
from tests.html_reading import read

pytestmark = pytest.mark.django_db

PAGE = "/reasoning/"


@pytest.fixture(autouse=True)
def _nothing_kept(settings, tmp_path):
    # Rolled back between tests, rows come again with the same ids, stamps and file names.
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def w():
    return world.build()


@pytest.fixture
def picture(w):
    return add_picture(w, "curve.png", shown=True)


@pytest.fixture
def editor(client, w):
    client.force_login(w.edda)
    return client


def add_picture(w, name, *, shown):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "PNG")
    made = Picture(report=w.report, name=name, file=SimpleUploadedFile(name, data.getvalue()))
    made.save()
    if shown:
        w.written.refresh_from_db()
        with w.change():
            w.written.body += f"\n\n![A curve]({made.get_absolute_url()})"
            w.written.save()
    return made


def hide(w):
    w.report.refresh_from_db()
    with w.change():
        w.report.visibility = Visibility.EDITORS
        w.report.save()


def get(client, address=PAGE, **headers):
    return client.get(address, headers=headers)


def tree(response):
    assert response.status_code == 200
    return read(response.content.decode())


def queries(call):
    with CaptureQueriesContext(
        connection,
    ) as found:
        call()
    return len(found)


def addresses(picture):
    return [PAGE, "/reasoning.pdf", "/reasoning.md", "/reasoning.json", picture.get_absolute_url()]


class TestAccess:
    """The same cases for every address."""

    def test_it_works_for_anybody(self, client, picture):
        for address in addresses(picture):
            assert get(client, address).status_code == 200, address

    def test_head_answers_like_get_without_a_body(self, client, picture):
        for address in addresses(picture):
            response = client.head(address)
            assert response.status_code == 200, address
            assert b"".join(response) == b"" if response.streaming else response.content == b""

    def test_an_editors_only_report_is_not_there_for_readers(self, client, w, picture):
        for address in addresses(picture):
            get(client, address)  # so that it has been kept
        hide(w)
        for address in addresses(picture):
            assert get(client, address).status_code == 404, address
        client.force_login(w.rhea)
        for address in addresses(picture):
            assert get(client, address).status_code == 404, address
        client.force_login(w.edda)
        for address in addresses(picture):
            assert get(client, address).status_code == 200, address

    def test_an_unknown_slug_is_not_there(self, client, picture):
        for address in addresses(picture):
            assert get(client, address.replace("reasoning", "nothing")).status_code == 404, address

    def test_posting_is_refused(self, client, picture):
        for address in [*addresses(picture), "/", "/robots.txt"]:
            assert client.post(address).status_code == 405, address

    def test_without_its_slash_the_address_leads_to_the_page(self, client, w):
        response = client.get("/reasoning")
        assert (response.status_code, response["Location"]) == (301, PAGE)

    def test_what_is_for_editors_is_nowhere_to_be_read(self, client, w, picture):
        for address in (PAGE, "/reasoning.md", "/reasoning.json"):
            body = get(client, address).content.decode()
            assert world.SECRET not in body, address
            assert "Secret plans" not in body, address
            assert "which a part is quoted" not in body, address
        client.force_login(w.edda)
        assert world.SECRET in get(client).content.decode()


class TestFrontPage:
    def test_the_only_report_is_opened_at_once(self, client, w):
        assert get(client, "/")["Location"] == PAGE

    def test_of_several_a_list_with_those_the_visitor_may_see(self, client, w):
        for slug, visibility in (("other", "public"), ("hidden", "editors")):
            report = Report(slug=slug, title=f"The {slug} one", visibility=visibility)
            with change(report, w.edda):
                report.save()
        hrefs = [a.attributes["href"] for a in tree(get(client, "/")).one("main").all("a")]
        assert hrefs == [PAGE, "/other/"]
        client.force_login(w.edda)
        found = tree(get(client, "/")).one("main")
        assert "/hidden/" in [a.attributes["href"] for a in found.all("a")]
        assert "Editors only" in found.words

    def test_with_none_it_says_how_to_begin(self, client):
        found = tree(get(client, "/")).one("main")
        assert "sign in" in found.words
        assert "manage.py import_report" in found.words

    def test_a_hidden_report_alone_is_no_secret_link(self, client, w):
        hide(w)
        assert "reasoning" not in get(client, "/").content.decode()

    def test_robots_may_read_everything_but_the_desk(self, client):
        assert b"Disallow: /admin/" in get(client, "/robots.txt").content

    def test_a_program_that_asks_for_an_icon_gets_one(self, client):
        assert get(client, "/favicon.ico")["Location"].endswith("icon.svg")

    def test_a_page_that_is_not_there_says_so_and_leads_back(self, client, w):
        response = get(client, "/nothing/")
        assert response.status_code == 404
        found = read(response.content.decode())
        assert found.one("h1").text == "There is no page here"
        assert found.one("main").one("a").attributes["href"] == "/"


class TestTheWholePage:
    def test_every_id_is_unique_and_every_link_within_the_page_leads_somewhere(self, client, w, editor):
        client.logout()
        for user in (None, w.edda):
            if user:
                client.force_login(user)
            found = tree(get(client))
            ids = [e.attributes["id"] for e in found if "id" in e.attributes]
            assert sorted(ids) == sorted(set(ids))
            links = [unquote(e.attributes.get("href", "")) for e in found]
            assert {href[1:] for href in links if href.startswith("#")} <= set(ids)
            for e in found:
                for key in ("aria-describedby", "aria-labelledby"):
                    assert e.attributes.get(key) is None or e.attributes[key] in ids

    def test_anchors_that_look_like_the_pages_own_ids_stay_unique(self, client, w):
        with w.change():
            for anchor in ("timeline-list", "cite", "note"):
                Section(report=w.report, anchor=anchor, heading=anchor, body="### cite\n\n### Alpha").save()
            for anchor in ("ref", "todo", "fn", "fnref"):
                Section(report=w.report, anchor=anchor, heading=anchor, body="### 1").save()
            w.written.body += "\n\n### Method\n\n### Method"
            w.written.save()
        found = tree(get(client))
        ids = [e.attributes["id"] for e in found if "id" in e.attributes]
        assert sorted(ids) == sorted(set(ids))
        assert found.one(id="alpha-method").name == "section"
        names = [found.one(id=f"{part}-1").name for part in ("ref", "todo", "fn", "fnref")]
        assert names == ["li", "div", "li", "a"]

    def test_one_h1_and_no_level_skipped(self, client, w):
        levels = [int(e.name[1]) for e in tree(get(client)) if e.name in ("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))

    def test_no_script_or_style_in_the_page(self, client, editor):
        for element in tree(get(client)):
            assert element.name != "style"
            assert element.name != "script" or (element.attributes["src"] and not element.text)
            assert not [a for a in element.attributes if a == "style" or a.startswith("on")]

    def test_head(self, client, w, settings):
        settings.SITE_URL = "https://reports.example.org"
        found = tree(get(client))
        assert found.one("html").attributes["lang"] == "en"
        assert found.one("meta", name="description").attributes["content"].startswith("What the papers say")
        assert (
            found.one("link", rel="canonical").attributes["href"] == "https://reports.example.org/reasoning/"
        )
        kinds = {e.attributes["type"]: e.attributes["href"] for e in found.all("link", rel="alternate")}
        assert kinds == {
            "application/pdf": "/reasoning.pdf",
            "text/markdown": "/reasoning.md",
            "application/json": "/reasoning.json",
        }

    def test_the_masthead_says_how_old_and_how_finished_it_is(self, client, w):
        found = tree(get(client)).one("header", class_="masthead")
        time = found.one("time")
        assert time.attributes["datetime"] == "2025-01-28T19:20:59+00:00"
        assert time.text == "28 January 2025, 19:20 UTC"
        words = found.one("dl").words
        assert "Version 1, last updated" in words
        assert "1 of 5 sections to do, 1 draft, 1 not yet organised" in words
        assert "2 quotations" in words and "2 not checked · What this means" in words
        marks = [a.words for a in found.all("span", class_="row")[0].all("a")]
        assert marks == [
            "Summary, written",
            "Alpha, written",
            "Beta, draft",
            "Gamma, to do",
            "Unsorted, inbox",
        ]

    def test_the_notice_counts_what_is_left_and_links_to_each(self, client, w):
        notice = tree(get(client)).one("div", class_="notice")
        assert "Come back later." in notice.words
        assert "1 of 5 sections still to do: Gamma." in notice.words
        hrefs = {a.attributes["href"] for a in notice.all("a")}
        assert {"#gamma", "#todo-1"} <= hrefs

    def test_the_notice_goes_when_all_is_written(self, client, w):
        with w.change():
            for section in (w.written, w.draft, w.sub, w.inbox, w.todo, w.hidden):
                section.state, section.kind = "done", "article"
                section.body = section.body.replace("TODO: ", "") or "Words."
                section.save()
        assert not tree(get(client)).all("div", class_="notice")

    def test_past_empty_sections_there_is_a_way_to_what_is_there(self, client, w):
        with w.change():
            w.report.refresh_from_db()
            w.todo.position, w.written.position = 1, 9
            w.todo.save()
            w.written.save()
        notice = tree(get(client)).one("div", class_="notice")
        way = next(a for a in notice.all("a") if a.words == "Read what is here")
        assert way.attributes["href"] == "#beta"

    def test_states_are_said_in_words(self, client, w):
        found = tree(get(client))
        assert "Draft" in found.one("section", id="beta").one("h2").words
        assert "Inbox: public, not yet organised" in found.one("section", id="unsorted").one("h2").words
        empty = found.one("section", id="gamma")
        assert "empty" in empty.attributes["class"]
        assert empty.words == "Gamma To do. Not written yet."
        assert found.one("section", id="alpha-method").above[0] == "section"

    def test_an_empty_section_says_what_it_will_cover_and_what_there_is_for_it(self, client, w):
        with w.change():
            w.todo.paper = w.paper
            w.todo.save()
        empty = tree(get(client)).one("section", id="gamma")
        assert "It will cover paper 1. Collected for it so far: 1 quotation." in empty.words
        assert [a.attributes["href"] for a in empty.all("a")][1:] == ["#paper-alpha", "#quote-robust"]

    def test_papers_and_references_have_one_number_and_the_way_back(self, client, w):
        found = tree(get(client))
        assert [li.attributes["id"] for li in found.one("ol", class_="papers").all("li")] == [
            "paper-alpha",
            "paper-beta",
        ]
        first = found.one("li", id="ref-1")
        assert "Cited at Alpha · named in the summary · quoted once" in first.words
        assert [a.attributes["href"] for a in first.one("span", class_="back").all("a")] == [
            "#cite-1-1",
            "#paper-alpha",
            "#quote-robust",
        ]

    def test_quotations_written_into_the_text_are_counted_with_the_others(self, client, w):
        with w.change():
            w.draft.body = "They say “it works” [@alpha, p. 2], and “so” it is, said [@beta]."
            w.draft.body += "\n\n> Block words\n> [@alpha, p. 3]"
            w.draft.save()
        assert "4 quotations" in tree(get(client)).one("dl", class_="ledger").words

    def test_an_old_anchor_still_leads_to_its_section(self, client, w):
        with w.change():
            w.draft.anchor = "beta-new"
            w.draft.save()
        found = tree(get(client))
        assert found.one("section", id="beta-new").one("span", id="beta").text == ""

    def test_a_picture_has_its_size_so_that_nothing_moves(self, client, picture):
        shown = tree(get(client)).one("img").attributes
        assert (shown["width"], shown["height"]) == ("40", "30")

    def test_a_report_without_anything_in_it_is_a_page_all_the_same(self, client, w):
        report = Report(slug="empty", title="Empty")
        with change(report, w.edda):
            report.save()
        found = tree(get(client, "/empty/"))
        assert "1 of 1 section to do" in found.one("dl", class_="ledger").words
        assert "Nothing is cited yet." in found.words


class TestEditing:
    def test_readers_get_no_link_to_a_form_but_a_way_to_sign_in(self, client, w):
        hrefs = [a.attributes["href"] for a in tree(get(client)).all("a")]
        assert [h for h in hrefs if h.startswith("/admin/")] == ["/admin/?report=reasoning", "/admin/"]

    def test_an_account_without_rights_reads_what_readers_read(self, client, w):
        client.force_login(w.rhea)
        assert not tree(get(client)).all("a", class_="edit")

    def test_each_part_leads_to_its_form(self, editor, w):
        found = tree(get(editor))
        hrefs = {a.attributes["href"] for a in found.all("a", class_="edit")}
        report = reverse("admin:papers_report_change", args=[w.report.pk])
        expected = {report, f"{report}#id_summary", f"{report}#id_acknowledgements"}
        rows = [
            ("papers_section", (w.written, w.draft, w.todo, w.inbox, w.hidden, w.sub)),
            ("quotes_quote", (w.quote, w.post_quote)),
            ("timeline_timelineevent", (w.event, w.undated)),
            ("timeline_theory", (w.theory,)),
        ]
        expected |= {reverse(f"admin:{n}_change", args=[row.pk]) for n, some in rows for row in some}
        assert expected <= hrefs
        for a in found.all("a", class_="edit"):
            assert len(a.words) > len("Edit "), "a link says what it edits"

    def test_editors_see_what_is_hidden_marked_as_such(self, editor, w):
        section = tree(get(editor)).one("section", id="secret")
        assert "Editors only" in section.one("h2").words

    def test_an_editors_page_is_kept_by_nobody(self, editor, client):
        response = get(editor)
        assert response["Cache-Control"] == "private, no-store"
        assert "ETag" not in response


class TestKept:
    def test_at_most_eight_queries_whatever_the_size(self, client, w):
        def grow(number):
            # Past the guard of content: five hundred changes with their history would take a minute.
            quotes = [
                Quote(report=w.report, slug=f"q{number}-{n}", text="Words", source=w.source, locator="6")
                for n in range(number)
            ]
            sections = [
                Section(
                    report=w.report,
                    anchor=f"s{quote.slug}",
                    heading="S",
                    state="draft",
                    position=n,
                    body=f"Text [@alpha].\n\n[[quote:{quote.slug}]]",
                )
                for n, quote in enumerate(quotes, 10)
            ]
            QuerySet(Quote).bulk_create(quotes)
            QuerySet(Section).bulk_create(sections)
            bump(w.report)

        grow(5)
        few = queries(lambda: get(client))
        grow(500)
        many = queries(lambda: get(client))
        assert few == many <= 8
        assert len(tree(get(client)).all("figure")) == 507

    def test_kept_one_query_and_no_second_rendering(self, client, w, picture, monkeypatch):
        for address in addresses(picture)[:-1]:
            first = get(client, address)
            monkeypatch.setattr(assemble, "document", lambda *a, **k: pytest.fail("rendered again"))
            assert queries(lambda address=address: get(client, address)) == 1
            assert get(client, address).content == first.content
            monkeypatch.undo()

    def test_unchanged_is_304_and_changed_is_not(self, client, w):
        for address in (PAGE, "/reasoning.md"):
            tag = get(client, address)["ETag"]
            response = get(client, address, if_none_match=tag)
            assert (response.status_code, response.content) == (304, b"")
            assert (response["ETag"], response["Cache-Control"]) == (tag, "public, no-cache")
        tag = get(client)["ETag"]
        bump(w.report)
        assert get(client, if_none_match=tag).status_code == 200
        assert get(client)["ETag"] != tag

    def test_a_change_is_seen_at_once(self, client, w):
        get(client)
        with w.change():
            w.draft.body = "Quite new words."
            w.draft.save()
        assert "Quite new words." in get(client).content.decode()

    def test_another_build_is_another_page(self, client, w, monkeypatch):
        tag = get(client)["ETag"]
        monkeypatch.setattr(cached, "build", lambda: "another")
        assert get(client)["ETag"] != tag

    def test_compressed_once_for_those_who_take_it(self, client, w):
        plain = get(client)
        zipped = get(client, accept_encoding="gzip, deflate")
        small = get(client, accept_encoding="gzip, br;q=0.9")
        refused = get(client, accept_encoding="br;q=0, gzip;q=0")
        assert "Content-Encoding" not in plain and "Content-Encoding" not in refused
        assert gzip.decompress(zipped.content) == plain.content == brotli.decompress(small.content)
        assert (zipped["Content-Encoding"], small["Content-Encoding"]) == ("gzip", "br")
        assert len({plain["ETag"], zipped["ETag"], small["ETag"]}) == 3
        assert plain["Vary"] == "Accept-Encoding"
        assert get(client, if_none_match=small["ETag"], accept_encoding="br").status_code == 304

    def test_a_reader_without_a_cookie_is_given_none(self, client, w, picture):
        for address in [*addresses(picture), "/"]:
            response = get(client, address)
            assert "Set-Cookie" not in response.headers and not response.cookies
            assert "Cookie" not in response.get("Vary", ""), address

    def test_a_cookie_alone_opens_nothing(self, client, w):
        client.cookies["sessionid"] = "invented"
        response = get(client)
        assert world.SECRET not in response.content.decode()
        assert response["ETag"]

    def test_no_reader_gets_what_was_made_for_an_editor(self, client, w):
        client.force_login(w.edda)
        for address in (PAGE, "/reasoning.md", "/reasoning.json"):
            assert world.SECRET in get(client, address).content.decode(), address
        client.logout()
        for address in (PAGE, "/reasoning.md", "/reasoning.json"):
            assert world.SECRET not in get(client, address).content.decode(), address


class TestExports:
    def test_type_name_and_no_surprises_on_saving(self, client, w):
        for ending, kind in (
            ("pdf", "application/pdf"),
            ("md", "text/markdown"),
            ("json", "application/json"),
        ):
            response = get(client, f"/reasoning.{ending}")
            assert response["Content-Type"].startswith(kind)
            assert response["Content-Disposition"] == f'inline; filename="reasoning.{ending}"'
            assert response["X-Content-Type-Options"] == "nosniff"

    def test_an_unknown_ending_is_not_there(self, client, w):
        assert client.get("/reasoning.exe", follow=True).status_code == 404

    def test_a_pdf_that_fails_is_said_in_words_and_not_tried_again_at_once(self, client, w, monkeypatch):
        tried = []

        def fail(*args, **kwargs):
            tried.append(1)
            raise typst.PdfError("it took longer than 20 seconds")

        monkeypatch.setattr(typst, "pdf", fail)
        for _ in range(3):
            response = get(client, "/reasoning.pdf")
            assert response.status_code == 503
            found = read(response.content.decode())
            assert found.one("h1").text == "There is no PDF just now"
            assert "20 seconds" not in found.words
            assert response["Cache-Control"] == "private, no-store"
        assert len(tried) == 1
        client.force_login(w.edda)
        assert "What went wrong: it took longer" in read(get(client, "/reasoning.pdf").content.decode()).words

    def test_editors_get_theirs_fresh(self, editor):
        assert get(editor, "/reasoning.md")["Cache-Control"] == "private, no-store"


class TestPictures:
    def test_it_is_sent_as_what_it_is_and_may_be_kept(self, client, picture):
        response = get(client, picture.get_absolute_url())
        assert response["Content-Type"] == "image/png"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert b"".join(response).startswith(b"\x89PNG")

    def test_one_that_the_text_does_not_show_is_for_staff_alone(self, client, w):
        unused = add_picture(w, "unused.png", shown=False)
        assert get(client, unused.get_absolute_url()).status_code == 404
        client.force_login(w.edda)
        assert get(client, unused.get_absolute_url()).status_code == 200

    def test_one_that_only_a_hidden_section_shows_is_for_staff_alone(self, client, w):
        hidden = add_picture(w, "hidden.png", shown=False)
        with w.change():
            w.hidden.body += f"\n\n![x]({hidden.get_absolute_url()})"
            w.hidden.save()
        assert get(client, hidden.get_absolute_url()).status_code == 404

    def test_taken_out_of_the_text_the_old_version_shows_it_until_that_is_hidden(self, client, w, picture):
        address = picture.get_absolute_url()
        with w.change():
            w.written.body = "Nothing more."
            w.written.save()
        assert address not in get(client).content.decode()
        assert address in get(client, "/reasoning/at/2/").content.decode()
        assert get(client, address).status_code == 200
        with w.change():
            w.written.visibility = Visibility.EDITORS
            w.written.save()
        assert address not in get(client, "/reasoning/at/2/").content.decode()
        assert get(client, address).status_code == 404

    def test_its_old_address_works_after_the_report_is_renamed(self, client, w, picture):
        old = picture.get_absolute_url()
        with w.change():
            w.report.slug = "renamed"
            w.report.save()
        assert get(client, old).status_code == 200

    def test_what_is_no_picture_is_never_sent(self, client, w, picture):
        with picture.file.storage.open(picture.file.name, "wb") as file:
            file.write(b"<svg onload=alert(1)>")
        assert get(client, picture.get_absolute_url()).status_code == 404
        picture.file.storage.delete(picture.file.name)
        assert get(client, picture.get_absolute_url()).status_code == 404

    @pytest.mark.parametrize("path", ["../secret-key", "..%2Fsecret-key", "/etc/passwd", "%2e%2e/secret-key"])
    def test_no_path_leads_out_of_the_folder(self, client, w, path):
        assert client.get(f"/media/{path}", follow=True).status_code == 404
        assert client.get(f"/media/reasoning/{path}", follow=True).status_code == 404

    def test_a_text_that_names_a_file_elsewhere_does_no_harm(self, client, w):
        with w.change():
            w.draft.body = "![x](/media/../secret-key) ![y](/media/%2e%2e/secret-key) ![z](/media/)"
            w.draft.save()
        assert get(client).status_code == 200


def test_the_description_is_the_summarys_first_words_cut_at_a_word(w):
    w.report.refresh_from_db()
    with w.change():
        w.report.summary = "word " * 100
        w.report.save()
    words = page.description(assemble.document(w.report))
    assert len(words) <= 200 and words.endswith("word…")


HOSTILE = (
    """
<script>window.harmed = 1</script> <img src=x onerror="window.harmed = 1">

[a](javascript:window.harmed=1) [b](java&#x73;cript:window.harmed=1) [c](data:text/html,<script>1</script>)

![x](javascript:window.harmed=1) <https://a.b/"onmouseover=window.harmed=1>

| a | b |
|---|--:|
| {cell} | `{code}` |

```
{line}
```

$$
\\text{{line}}
$$
""".replace("{cell}", "x" * 180)
    .replace("{code}", "y" * 180)
    .replace("{line}", "z" * 180)
)


@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    @pytest.fixture
    def shown(self, page, live_server, w):
        """The page in Chromium, with hostile text in it, and what its console said."""
        with w.change():
            w.draft.body = HOSTILE
            w.draft.save()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(live_server.url + PAGE)
        return page, said

    def test_hostile_text_runs_nothing_and_the_policy_has_nothing_to_refuse(self, shown):
        page, said = shown
        page.mouse.move(400, 400)
        assert page.evaluate("window.harmed") is None
        assert said == []

    def test_nothing_scrolls_sideways_on_the_smallest_screen(self, shown):
        page, _ = shown
        for width in (320, 390, 1440, 3840):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width

    def test_no_barrier_that_axe_knows(self, shown):
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="no axe: make venv installs it"
        )
        page, _ = shown
        for width, scheme in ((320, "light"), (1440, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found = axe.Axe().run(page).response["violations"]
            assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []

    def test_the_contents_open_where_there_is_room_and_follow_the_reader(self, shown):
        page, _ = shown
        page.set_viewport_size({"width": 390, "height": 800})
        assert not page.locator(".toc details").evaluate("e => e.open")
        page.set_viewport_size({"width": 1440, "height": 800})
        page.wait_for_function("document.querySelector('.toc details').open")
        page.locator(".toc a", has_text="References").click()
        page.wait_for_selector(".toc [aria-current]:has-text('References')")

    def test_light_or_dark_is_remembered(self, shown):
        page, _ = shown
        page.locator(".theme").click()
        chosen = page.evaluate("document.documentElement.dataset.theme")
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == chosen
