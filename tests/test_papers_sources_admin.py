"""Sources for editors: upload, fetch by form, desk and command; and who is given the files."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from papers import archive
from papers.models import ChangeSet, Report, Source, SourceFile, Visibility
from publishing import desk
from quotes.models import Check, Quote
from tests import pdfs, world as worlds
from tests.test_papers_admin import errors, filled, form_of
from tests.web import LOOPBACK, Web, serving
from tests.world import World

HTML = b"<!DOCTYPE html><html><body><p>The model learns to reason by trial.</p><script>alert(1)</script></body></html>"


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


@pytest.fixture
def web(settings: Any) -> Iterator[Web]:
    """A server that this installation is allowed to fetch from."""
    settings.FETCH_NETWORKS = LOOPBACK
    with serving() as running:
        yield running


def at(world: World, source: Source, address: str) -> Source:
    with world.change():
        source.url = address
        source.save()
    return source


def add(world: World, key: str, **fields: Any) -> Source:
    with world.change():
        source = Source(report=world.report, key=key, **fields)
        source.full_clean()
        source.save()
    return source


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def upload(client: Client, source: Source, name: str, data: bytes, **fields: Any) -> Any:
    sent = filled(client, form_of(source)) | {"upload": SimpleUploadedFile(name, data)} | fields
    return client.post(form_of(source), sent, follow=True)


class TestUpload:
    def test_a_file_with_the_form_becomes_a_copy(self, client: Client, world: World) -> None:
        response = upload(client, world.source, "My paper.pdf", pdfs.paper(3))
        copy = SourceFile.objects.get()
        assert (copy.source, copy.name, copy.taken_by, copy.taken_from) == (
            world.source,
            "My paper.pdf",
            "edda",
            "",
        )
        assert response.redirect_chain[-1][0] == form_of(world.source)
        assert any(message.startswith("“Alpha”: Kept: 3 pages, ") for message in told(response))
        page = response.content.decode()
        assert copy.short in page and "3 pages, " in page and "uploaded, by edda" in page

    def test_writes_no_content(self, client: Client, world: World) -> None:
        before = Report.objects.get()
        upload(client, world.source, "a.pdf", pdfs.paper())
        after = Report.objects.get()
        assert (after.version, after.content_updated_at) == (before.version, before.content_updated_at)
        assert after.stamp > before.stamp and ChangeSet.objects.count() == 1

    def test_in_one_go_with_a_new_source(self, client: Client, world: World) -> None:
        sent = {"title": "Gamma", "kind": "pdf", "report": world.report.pk, "key": "", "url": ""}
        address = reverse("admin:papers_source_add")
        file = SimpleUploadedFile("g.pdf", pdfs.paper())
        response = client.post(f"{address}?report={world.report.pk}", sent | {"upload": file}, follow=True)
        source = Source.objects.get(key="gamma")
        assert source.files.count() == 1
        assert response.redirect_chain[-1][0].startswith(form_of(source))

    def test_a_file_without_text_is_kept_and_says_so(self, client: Client, world: World) -> None:
        response = upload(client, world.source, "scan.pdf", pdfs.scan())
        assert SourceFile.objects.get().problem in html.unescape(response.content.decode())
        assert any("no text, as scans do" in message for message in told(response))

    def test_the_same_file_twice(self, client: Client, world: World) -> None:
        upload(client, world.source, "a.pdf", pdfs.paper())
        response = upload(client, world.source, "b.pdf", pdfs.paper())
        assert any("byte for byte" in message for message in told(response))
        assert SourceFile.objects.count() == 1

    @pytest.mark.parametrize(
        ("name", "data", "reason"),
        [
            ("a.docx", b"PK\x03\x04.....", "“a.docx”: A PDF was expected, and what came is a packed file"),
            ("a.pdf", HTML, "what came is a web page"),
            ("a.pdf", b"", "“a.pdf”: The file is empty"),
        ],
    )
    def test_what_does_not_suit_is_refused_at_its_field(
        self, client: Client, world: World, name: str, data: bytes, reason: str
    ) -> None:
        response = upload(client, world.source, name, data, title="Alpha, renamed")
        assert reason in errors(response) and not SourceFile.objects.exists()
        world.source.refresh_from_db()
        assert world.source.title == "Alpha"

    def test_too_large(self, client: Client, world: World, settings: Any) -> None:
        settings.SOURCE_MAX_BYTES = 300_000
        response = upload(client, world.source, "a.pdf", b"%PDF-1.7" + b" " * 300_000)
        assert "at most 0.3 MB are kept" in errors(response)
        assert "at most 0.3 MB" in client.get(form_of(world.source)).content.decode()

    def test_a_form_with_errors_says_that_the_file_is_to_be_chosen_again(
        self, client: Client, world: World
    ) -> None:
        response = upload(client, world.source, "a.pdf", pdfs.paper(), url="not an address")
        assert "Choose “a.pdf” again" in errors(response) and not SourceFile.objects.exists()
        stale = filled(client, form_of(world.source)) | {"title": "mine"}
        at(world, world.source, "https://example.org/theirs")
        response = client.post(
            form_of(world.source), stale | {"upload": SimpleUploadedFile("a.pdf", pdfs.paper())}
        )
        assert "Choose “a.pdf” again" in errors(response) and not SourceFile.objects.exists()

    def test_a_post_has_no_file_and_the_form_says_whose_word_it_rests_on(
        self, client: Client, world: World
    ) -> None:
        assert "It rests on who made the copy" in client.get(form_of(world.post)).content.decode()
        response = upload(client, world.post, "a.html", HTML)
        assert "A post is kept as its text" in errors(response)

    @pytest.mark.django_db(transaction=True)
    def test_quotations_of_the_source_are_checked_against_the_new_copy(
        self, transactional_db: None, client: Client, world: World
    ) -> None:
        with world.change():
            Quote(
                report=world.report, slug="q", text="We learn to reason by trial.", source=world.source
            ).save()
        upload(client, world.source, "a.pdf", pdfs.typeset("Here: We learn to reason by trial. And so on."))
        check = Check.objects.get(source=world.source, words=Check.name_of("We learn to reason by trial."))
        assert check.verdict == "verbatim" and check.sha256 == SourceFile.objects.get().sha256


class TestCopies:
    def test_can_be_looked_at_and_neither_changed_nor_deleted(self, client: Client, world: World) -> None:
        first = archive.keep(world.source, pdfs.paper(1), taken_from="https://example.org/first.pdf").copy
        second = archive.keep(world.source, pdfs.paper(2), who="adam").copy
        page = client.get(form_of(world.source)).content.decode()
        assert page.index(second.short) < page.index(first.short)
        assert "https://example.org/first.pdf" in page and "uploaded, by adam" in page
        copies = page[page.index('class="copies"') : page.index("</section>", page.index('class="copies"'))]
        assert not re.search(r"<(input|select|textarea)", copies)

    def test_the_wrong_file_is_set_aside_and_counts_again(self, client: Client, world: World) -> None:
        copy = archive.keep(world.source, pdfs.paper()).copy
        address = reverse("admin:papers_source_aside", args=[world.source.pk, copy.pk])
        assert client.get(address).status_code == 405
        page = client.post(address, follow=True).content.decode()
        assert "is set aside" in page and "Count it again" in page
        assert archive.newest(world.source) is None
        assert "It was set aside" in str(archive.keep(world.source, pdfs.paper()))
        client.post(address, {"again": "1"})
        assert archive.newest(world.source) == copy
        assert client.post(address.replace(f"/{copy.pk}/", "/999999/")).status_code == 404

    def test_a_source_with_copies_can_not_be_deleted(self, client: Client, world: World) -> None:
        copy = archive.keep(world.source, pdfs.paper()).copy
        client.post(
            reverse("admin:papers_source_delete", args=[world.source.pk]), {"post": "yes"}, follow=True
        )
        assert Source.objects.filter(pk=world.source.pk).exists()
        assert SourceFile.objects.get() == copy

    def test_the_list_says_when_and_the_filter_finds_those_without(
        self, client: Client, world: World
    ) -> None:
        add(world, "other", title="Other", url="https://example.org/o.pdf")
        archive.keep(world.source, pdfs.scan())
        page = client.get(reverse("admin:papers_source_changelist")).content.decode()
        assert re.search(r"\d\d \w{3} \d{4}, without text", page) and "as its text" in page
        found = client.get(reverse("admin:papers_source_changelist"), {"missing": "copy"})
        assert [str(source) for source in found.context["cl"].result_list] == ["Other"]

    def test_no_text_is_loaded_for_form_and_list(
        self, client: Client, world: World, django_assert_max_num_queries: Any
    ) -> None:
        for n in range(1, 6):
            archive.keep(world.source, pdfs.paper(n))
        with django_assert_max_num_queries(16) as made:
            client.get(form_of(world.source))
        assert not [query for query in made.captured_queries if '"papers_sourcefile"."text"' in query["sql"]]


class TestFetchFromTheForm:
    def test_saves_and_fetches(self, client: Client, world: World, web: Web) -> None:
        address = web.put("/alpha.pdf", pdfs.paper(2))
        sent = filled(client, form_of(world.source)) | {"url": address, "_fetch": "Save and fetch"}
        response = client.post(form_of(world.source), sent, follow=True)
        world.source.refresh_from_db()
        copy = SourceFile.objects.get()
        assert world.source.url == address and (copy.taken_from, copy.taken_by) == (address, "edda")
        assert (
            response.redirect_chain[-1][0] == form_of(world.source)
            and copy.short in response.content.decode()
        )

    def test_a_failure_is_told_and_what_was_typed_is_saved(
        self, client: Client, world: World, web: Web
    ) -> None:
        sent = filled(client, form_of(world.source)) | {"url": f"{web.address}/none.pdf", "_fetch": "1"}
        response = client.post(form_of(world.source), sent, follow=True)
        world.source.refresh_from_db()
        assert world.source.url.endswith("/none.pdf") and not SourceFile.objects.exists()
        assert any("was not archived. 127.0.0.1 has nothing at this address" in m for m in told(response))

    def test_an_address_within_the_machine_is_refused(self, client: Client, world: World) -> None:
        with serving() as web:
            address = web.put("/alpha.pdf", pdfs.paper())
            sent = filled(client, form_of(world.source)) | {"url": address, "_fetch": "1"}
            response = client.post(form_of(world.source), sent, follow=True)
            assert web.asked == []
        assert any("not on the public internet" in message for message in told(response))

    def test_looking_at_a_form_fetches_nothing(self, client: Client, world: World, web: Web) -> None:
        at(world, world.source, web.put("/alpha.pdf", pdfs.paper()))
        for address in (form_of(world.source), reverse("admin:index"), "/reasoning/"):
            client.get(address)
        assert web.asked == []


class TestDesk:
    def group(self, world: World) -> desk.Group:
        return next(group for group in desk.of(world.report, world.edda).groups if group.name == "copies")

    def test_asks_for_what_is_not_kept(self, client: Client, world: World) -> None:
        add(world, "bare", title="Bare")
        jobs = {job.what: job for job in self.group(world).jobs}
        assert set(jobs) == {"Alpha", "Bare"}
        assert jobs["Alpha"].post == reverse("admin:papers_source_fetch", args=[world.source.pk])
        assert not jobs["Bare"].post and "no address" in jobs["Bare"].where
        assert all(job.link.endswith("#id_upload") for job in jobs.values())

    def test_asks_for_another_where_a_copy_has_no_text(self, client: Client, world: World) -> None:
        archive.keep(world.source, pdfs.scan())
        (job,) = self.group(world).jobs
        assert "as scans do" in job.where and job.act == "Upload another"
        archive.keep(world.source, pdfs.paper())
        assert self.group(world).jobs == []

    def test_one_button_for_one_source(self, client: Client, world: World, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        address = reverse("admin:papers_source_fetch", args=[world.source.pk])
        response = client.post(
            address, headers={"Referer": "http://testserver/admin/?report=reasoning"}, follow=True
        )
        assert response.redirect_chain == [("http://testserver/admin/?report=reasoning", 302)]
        assert any("Kept: 3 pages" in message for message in told(response))

    def test_a_script_is_answered_in_its_language(self, client: Client, world: World, web: Web) -> None:
        address = reverse("admin:papers_source_fetch", args=[world.source.pk])
        json = {"Accept": "application/json"}
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        answer = client.post(address, headers=json).json()
        assert answer["said"].startswith("Kept: 3 pages") and answer["failed"] is False
        at(world, world.source, web.put("/b.pdf", pdfs.locked()))
        answer = client.post(address, headers=json).json()
        assert "locked with a password" in answer["said"] and answer["failed"] is True
        at(world, world.source, f"{web.address}/none")
        assert "has nothing at this address" in client.post(address, headers=json).json()["said"]

    def test_one_button_for_all_that_are_missing(self, client: Client, world: World, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        add(world, "gone", url=f"{web.address}/gone.pdf")
        page = add(world, "page", kind="web", url=web.put("/page", HTML))
        assert self.group(world).press == "Fetch the sources"
        address = reverse("admin:papers_source_fetch_all")
        response = client.post(address, {"report": world.report.pk}, follow=True)
        assert {copy.source for copy in SourceFile.objects.all()} == {world.source, page}
        assert len([m for m in told(response) if "Kept:" in m]) == 2
        assert any("“gone” was not archived" in message for message in told(response))
        asked = len(web.asked)
        client.post(address, {"report": world.report.pk})
        assert [path for path, _ in web.asked[asked:]] == ["/gone.pdf"]

    def test_what_time_does_not_allow_is_left_and_said(
        self, client: Client, world: World, web: Web, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr("papers.source_admin.SECONDS_FOR_ALL", 0.0)
        address = reverse("admin:papers_source_fetch_all")
        response = client.post(address, {"report": world.report.pk}, follow=True)
        assert told(response) == ["1 more are left. Press “Fetch the sources” again for them."]

    @pytest.mark.parametrize("report", ["", "x", "9" * 30, "0"])
    def test_a_report_that_is_none(self, client: Client, world: World, report: str) -> None:
        response = client.post(reverse("admin:papers_source_fetch_all"), {"report": report})
        assert response.status_code == 302 and not SourceFile.objects.exists()

    def test_a_referrer_elsewhere_is_not_followed(self, client: Client, world: World) -> None:
        response = client.post(
            reverse("admin:papers_source_fetch_all"),
            {"report": "0"},
            headers={"Referer": "https://evil.example/"},
        )
        assert response["Location"] == reverse("admin:index")

    def test_is_posted_to_by_staff_who_may(self, world: World, client: Client, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        one = reverse("admin:papers_source_fetch", args=[world.source.pk])
        every = reverse("admin:papers_source_fetch_all")
        assert client.get(one).status_code == client.get(every).status_code == 405
        assert client.post(reverse("admin:papers_source_fetch", args=[99999])).status_code == 404
        client.logout()
        client.force_login(world.rhea)
        assert client.post(one).status_code == client.post(every).status_code == 302  # to the sign-in
        sven = User.objects.create_user("sven", password=worlds.PASSWORD, is_staff=True)
        sven.user_permissions.add(Permission.objects.get(codename="view_source"))
        client.force_login(sven)
        assert (
            client.post(one).status_code == client.post(every, {"report": world.report.pk}).status_code == 403
        )
        assert web.asked == [] and not SourceFile.objects.exists()


class TestCommand:
    def run(self, *args: str) -> tuple[str, str, bool]:
        """What it wrote to stdout and stderr, and whether it ended well."""
        out, wrong = io.StringIO(), io.StringIO()
        try:
            call_command("fetch_sources", *args, stdout=out, stderr=wrong)
        except CommandError as error:
            return out.getvalue(), wrong.getvalue() + str(error), False
        return out.getvalue(), wrong.getvalue(), True

    def test_fetches_what_is_missing_with_a_line_for_each(self, world: World, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        add(world, "page", kind="web", url=web.put("/page", HTML))
        out, wrong, well = self.run()
        assert well and wrong == ""
        first, second = out.splitlines()
        assert first.startswith("1/2 reasoning/alpha-pdf: Kept: 3 pages")
        assert second.startswith("2/2 reasoning/page: Kept: text")
        assert "Nothing to fetch" in self.run("reasoning")[0] and len(web.asked) == 2

    def test_again_keeps_a_newer_file_beside_the_older(self, world: World, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper(1)))
        self.run()
        assert "byte for byte" in self.run("--again")[0]
        web.put("/a.pdf", pdfs.paper(2))
        self.run("reasoning", "--again")
        newer, older = SourceFile.objects.all()
        assert newer.predecessor == older and newer.page_count == 2

    def test_says_which_verdicts_the_newer_file_changed(self, world: World, web: Web) -> None:
        words = "We find robust reasoning in every model that was trained with a verifiable reward."
        with world.change("a plain quotation"):
            world.quote.text = words
            world.quote.save()
        page = '#set page(numbering: "1")\nBefore it a sentence. {} After it another one.'
        at(world, world.source, web.put("/a.pdf", pdfs.typeset(page.format(words))))
        assert "changed" not in self.run()[0]
        web.put("/a.pdf", pdfs.typeset(page.format(words.replace("robust", "modest"))))
        out, _, well = self.run("--again")
        assert well and "1 verdict changed with the newer file of Alpha" in out
        assert "was verbatim, p. 1; now differs: 1 word, p. 1" in out

    def test_a_failure_does_not_stop_the_others_and_ends_with_1(self, world: World, web: Web) -> None:
        at(world, world.source, f"{web.address}/none")
        add(world, "page", kind="web", url=web.put("/page", HTML))
        out, wrong, well = self.run()
        assert not well and SourceFile.objects.count() == 1
        assert "1/2 reasoning/alpha-pdf: failed" in out and "2/2 reasoning/page: Kept" in out
        assert "reasoning/alpha-pdf: 127.0.0.1 has nothing at this address" in wrong
        assert "1 of 2 could not be fetched" in wrong

    def test_a_fault_of_one_source_does_not_stop_the_others(
        self, world: World, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        stated = {"Content_Type": "text/plain; charset=undefined"}
        add(world, "note", kind="web", url=web.put("/note", b"Some words of a caf\xe9.", **stated))
        read = archive.reading.read

        def faulty(data: bytes, kind: str, charset: str = "") -> Any:
            if kind == "application/pdf":
                raise RuntimeError("no such luck")
            return read(data, kind, charset)

        monkeypatch.setattr(archive.reading, "read", faulty)
        out, wrong, well = self.run()
        assert not well and "1/2 reasoning/alpha-pdf: failed" in out and "2/2 reasoning/note: Kept" in out
        assert "reasoning/alpha-pdf: a fault of the site (RuntimeError)" in wrong
        assert "1 of 2 could not be fetched" in wrong

    def test_a_report_that_is_not_there(self, world: World) -> None:
        _, wrong, well = self.run("no-such")
        assert not well and "There is no report “no-such”. There are: reasoning." in wrong


class TestServing:
    def address(self, copy: SourceFile) -> str:
        return copy.get_absolute_url()

    def licensed(self, world: World, licence: str) -> None:
        with world.change():
            world.source.licence = licence
            world.source.save()

    def test_staff_get_the_file_as_it_is(self, client: Client, world: World) -> None:
        copy = archive.keep(world.source, pdfs.paper(), name="My “paper”.docx").copy
        response = client.get(self.address(copy))
        assert b"".join(response.streaming_content) == pdfs.paper()  # type: ignore[attr-defined]
        assert (
            response["Content-Type"] == "application/pdf" and response["X-Content-Type-Options"] == "nosniff"
        )
        assert (
            response["Content-Disposition"].startswith("inline;")
            and ".pdf" in response["Content-Disposition"]
        )
        assert "no-store" in response["Cache-Control"]

    def test_without_a_sha256_it_is_the_newest(self, client: Client, world: World) -> None:
        older = archive.keep(world.source, pdfs.paper(1)).copy
        archive.keep(world.source, pdfs.paper(2))
        newest = client.get(f"/reasoning/sources/{world.source.pk}/file")
        assert b"".join(newest.streaming_content) == pdfs.paper(2)  # type: ignore[attr-defined]
        assert b"".join(client.get(self.address(older)).streaming_content) == pdfs.paper(1)  # type: ignore[attr-defined]

    def test_a_page_from_elsewhere_is_never_a_page_of_this_site(self, client: Client, world: World) -> None:
        source = add(world, "page", kind="web")
        copy = archive.keep(source, HTML, charset="iso8859-1", name='x"\r\nSet-Cookie: a=b.html').copy
        response = client.get(self.address(copy))
        assert response["Content-Type"] == "text/plain; charset=iso8859-1"
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff" and "Set-Cookie" not in response

    @pytest.mark.parametrize("licence", ["", "All rights reserved", "CC BY-NC 4.0"])
    def test_readers_get_nothing_without_a_licence(self, client: Client, world: World, licence: str) -> None:
        copy = archive.keep(world.source, pdfs.paper()).copy
        self.licensed(world, licence)
        client.logout()
        assert client.get(self.address(copy)).status_code == 404
        client.force_login(world.rhea)
        assert client.get(self.address(copy)).status_code == 404

    def test_readers_get_it_where_the_licence_allows(self, client: Client, world: World) -> None:
        copy = archive.keep(world.source, pdfs.paper()).copy
        self.licensed(world, "CC BY 4.0")
        client.logout()
        assert client.get(self.address(copy)).status_code == 200

    def test_not_of_a_hidden_report_and_not_of_a_source_that_readers_are_shown_nothing_of(
        self, client: Client, world: World
    ) -> None:
        self.licensed(world, "CC0")
        unused = add(world, "unused", licence="CC0")
        copies = [archive.keep(source, pdfs.paper()).copy for source in (world.source, unused)]
        client.logout()
        assert [client.get(self.address(copy)).status_code for copy in copies] == [200, 404]
        with world.change():
            world.report.visibility = Visibility.EDITORS
            world.report.save()
        assert client.get(self.address(copies[0])).status_code == 404
        client.force_login(world.edda)
        assert client.get(self.address(copies[0])).status_code == 200

    def test_not_under_another_report_nor_another_source(self, client: Client, world: World) -> None:
        copy = archive.keep(world.source, pdfs.paper()).copy
        for address in (
            f"/other/sources/{world.source.pk}/file/{copy.sha256}",
            f"/reasoning/sources/{world.post.pk}/file/{copy.sha256}",
            f"/reasoning/sources/{world.source.pk}/file/{'0' * 64}",
            f"/reasoning/sources/{world.post.pk}/file",
            f"/reasoning/sources/{10**30}/file",
        ):
            assert client.get(address).status_code == 404, address
        assert client.post(self.address(copy)).status_code == 405

    def test_a_file_that_is_gone_from_the_disk(self, client: Client, world: World, caplog: Any) -> None:
        copy = archive.keep(world.source, pdfs.paper(11)).copy
        copy.file.storage.delete(copy.file.name)
        assert client.get(self.address(copy)).status_code == 404
        assert "can't be opened" in caplog.text


@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    @pytest.fixture
    def world(self, transactional_db: None) -> World:
        return worlds.build()

    @pytest.fixture
    def desk(self, page: Any, live_server: Any, world: World) -> Iterator[Any]:
        said: list[str] = []
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(live_server.url + "/admin/")
        page.get_by_label("Username").fill("edda")
        page.get_by_label("Password").fill(worlds.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_selector("h1:has-text('to do')")
        yield page
        assert said == []

    def test_all_sources_one_after_another_each_told_of(self, desk: Any, world: World, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        add(world, "gone", title="Gone", url=f"{web.address}/gone.pdf")
        desk.reload()
        desk.get_by_role("button", name="Fetch the sources").click()
        desk.get_by_text("1 of 2 kept.").wait_for()
        assert "Kept: 3 pages" in desk.locator("#k-copies .job", has_text="Alpha").inner_text()
        assert "has nothing at this address" in desk.locator(".job", has_text="Gone").inner_text()
        assert SourceFile.objects.get().source == world.source

    def test_a_file_is_uploaded_in_the_form(self, desk: Any, world: World) -> None:
        desk.locator(".job", has_text="Alpha").get_by_role("link", name="Upload").click()
        file = {"name": "alpha.pdf", "mimeType": "application/pdf", "buffer": pdfs.paper(2)}
        desk.get_by_label("Add an archived copy").set_input_files(file)
        desk.get_by_role("button", name="Save", exact=True).click()
        desk.get_by_text("Kept: 2 pages").wait_for()
        assert SourceFile.objects.get().short in desk.locator(".copies").inner_text()

    def test_enter_in_a_field_saves_and_fetches_nothing(self, desk: Any, world: World, web: Web) -> None:
        at(world, world.source, web.put("/a.pdf", pdfs.paper()))
        desk.locator(".job", has_text="Alpha").get_by_role("link", name="Upload").click()
        desk.get_by_label("Title").fill("Alpha, anew")
        desk.get_by_label("Title").press("Enter")
        desk.get_by_text("was changed successfully").wait_for()
        assert web.asked == []
