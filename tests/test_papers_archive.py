"""Archived copies: kept by content, never replaced, read within limits, with a reason where there is no text."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from papers import archive, pdftext, reading, webtext
from papers.archive import SourceFile, archive as storage
from papers.licences import is_open
from papers.models import Report, Source
from papers.reading import HTML, PDF, PLAIN, media_type
from tests import pdfs, world as worlds
from tests.web import LOOPBACK, Web, serving
from tests.world import World

ARTICLE = """<!DOCTYPE html><html><head><title>On learning</title></head><body><nav><a href=/>Home</a></nav>
<article><h1>On learning</h1><p>The model learns to <b>reason</b> by trial and reward.</p>
<p>It was never shown an example of how that is done, so the way is its own.</p></article></body></html>"""


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as running:
        yield running


@pytest.fixture
def page(world: World) -> Source:
    with world.change():
        source = Source(report=world.report, key="page", kind="web", url="https://example.org/on-learning")
        source.full_clean()
        source.save()
    return source


def text(kept: archive.Kept) -> str:
    return "\n".join(page.text for page in kept.copy.pages())


def refusal(source: Source, data: bytes) -> str:
    with pytest.raises(ValidationError) as refused:
        archive.keep(source, data)
    assert not SourceFile.objects.exists()
    return str(refused.value.messages[0])


class TestKeeping:
    def test_bytes_text_and_where_they_are_from(self, world: World) -> None:
        data = pdfs.paper(3)
        kept = archive.keep(
            world.source, data, name="a/b/My paper.pdf", taken_from="https://example.org/x", who="edda"
        )
        copy = SourceFile.objects.get()
        assert kept.new and kept.copy == copy
        assert (copy.name, copy.taken_from, copy.taken_by) == (
            "My paper.pdf",
            "https://example.org/x",
            "edda",
        )
        assert (copy.size, copy.media_type, copy.problem) == (len(data), PDF, "")
        assert copy.sha256 == archive.digest(data) and copy.extractor.startswith("pdfium 5.")
        assert copy.page_count == 3 and [
            f"Page {n}" in page.text for n, page in enumerate(copy.pages(), 1)
        ] == [
            True,
            True,
            True,
        ]
        with copy.file.open("rb") as file:
            assert file.read() == data
        assert str(kept).startswith("Kept: 3 pages, ")

    def test_by_content_under_no_name_that_anybody_could_guess(self, world: World) -> None:
        copy = archive.keep(world.source, pdfs.paper(), name="paper.pdf").copy
        path = Path(storage.path(copy.file.name))
        assert copy.file.name == f"{copy.sha256[:2]}/{copy.sha256}"
        assert not stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH

    def test_moves_the_stamp_and_no_version(self, world: World) -> None:
        before = Report.objects.get()
        archive.keep(world.source, pdfs.paper())
        after = Report.objects.get()
        assert (after.version, after.content_updated_at) == (before.version, before.content_updated_at)
        assert after.stamp == before.stamp + 1

    def test_the_same_bytes_again_change_nothing(self, world: World) -> None:
        first = archive.keep(world.source, pdfs.paper(), name="first.pdf")
        stamp = Report.objects.get().stamp
        again = archive.keep(world.source, pdfs.paper(), name="second.pdf")
        assert not again.new and again.copy == first.copy and SourceFile.objects.count() == 1
        assert Report.objects.get().stamp == stamp and again.copy.name == "first.pdf"
        assert "byte for byte" in str(again)

    def test_a_newer_file_stands_beside_the_older_one(self, world: World) -> None:
        copies = [archive.keep(world.source, pdfs.paper(n)).copy for n in (1, 2, 3)]
        assert [copy.predecessor for copy in copies] == [None, *copies[:2]]
        assert archive.newest(world.source) == copies[2] and world.source.files.count() == 3
        assert all(storage.exists(copy.file.name) for copy in copies)

    def test_an_older_file_again_does_not_push_the_newer_one_aside_and_says_so(self, world: World) -> None:
        older, newer = (archive.keep(world.source, pdfs.paper(n)).copy for n in (1, 2))
        again = archive.keep(world.source, pdfs.paper(1))
        assert (again.new, again.copy) == (False, older)
        assert f"stay checked against the newer copy of {newer.taken_at:%d %B %Y}, {newer.short}…" in str(
            again
        )
        assert "stay checked" not in str(archive.keep(world.source, pdfs.paper(2)))

    def test_a_file_without_text_stands_back_behind_an_older_one_with_text(self, world: World) -> None:
        def current() -> str:
            return str(Source.objects.with_newest_copy().get(pk=world.source.pk).copy_sha256)

        scan = archive.keep(world.source, pdfs.scan()).copy
        assert current() == scan.sha256
        good = archive.keep(world.source, pdfs.paper()).copy
        archive.keep(world.source, pdfs.locked())
        assert current() == good.sha256
        assert "stay checked" not in str(archive.keep(world.source, pdfs.paper()))

    def test_two_sources_of_the_same_bytes_share_one_file(self, world: World) -> None:
        with world.change():
            other = Source(report=world.report, key="other", kind="pdf")
            other.save()
        one = archive.keep(world.source, pdfs.paper()).copy
        two = archive.keep(other, pdfs.paper()).copy
        assert one.file.name == two.file.name and one != two
        assert len(list(Path(storage.path(one.file.name)).parent.iterdir())) == 1

    def test_a_file_cut_short_by_a_crash_is_made_whole(self, world: World) -> None:
        data = pdfs.paper(7)
        name = archive.archive_path(SourceFile(sha256=archive.digest(data)), "")
        path = Path(storage.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[:100])
        archive.keep(world.source, data)
        assert path.read_bytes() == data

    def test_a_list_of_copies_loads_no_text(self, world: World, django_assert_num_queries: Any) -> None:
        archive.keep(world.source, pdfs.paper())
        with django_assert_num_queries(1):
            copy = archive.newest(world.source)
        assert copy is not None and "text" in copy.get_deferred_fields()


class TestTwoAtOnce:
    def test_who_reads_longer_finds_the_copy_of_who_was_faster(self, world: World, monkeypatch: Any) -> None:
        data, read, faster = pdfs.paper(4), reading.read, []

        def read_while_another_keeps(*args: Any) -> reading.Reading:
            monkeypatch.setattr(reading, "read", read)
            faster.append(archive.keep(world.source, data))
            return read(*args)

        monkeypatch.setattr(reading, "read", read_while_another_keeps)
        slower = archive.keep(world.source, data)
        assert faster[0].new and not slower.new and slower.copy == faster[0].copy
        assert Report.objects.get().stamp == world.report.stamp + 1

    @pytest.mark.django_db(transaction=True)
    def test_the_same_bytes_make_one_copy(self) -> None:
        world = worlds.build()
        data, went_wrong = pdfs.paper(5), []

        def bring() -> None:
            try:
                archive.keep(Source.objects.get(pk=world.source.pk), data)
            except Exception as error:
                went_wrong.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=bring) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert went_wrong == [] and SourceFile.objects.count() == 1
        copy = SourceFile.objects.get()
        assert [path.name for path in Path(storage.path(copy.file.name)).parent.iterdir()] == [copy.sha256]


class TestFilesWithoutText:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (pdfs.locked(), "locked with a password"),
            (pdfs.paper()[: len(pdfs.paper()) // 3], "can't be read as a PDF"),
            (pdfs.no_pages(), "no pages"),
            (pdfs.scan(2), "no text, as scans do"),
            (pdfs.many_pages(2000), "2,000 pages"),
            (b"%PDF-1.7\nnothing at all", "can't be read as a PDF"),
        ],
        ids=["locked", "cut", "empty", "scan", "2,000 pages", "nothing"],
    )
    def test_are_kept_and_say_why(self, world: World, data: bytes, reason: str) -> None:
        kept = archive.keep(world.source, data)
        assert kept.new and reason in kept.copy.problem and kept.copy.text is None
        assert kept.copy.pages() == () and kept.copy.page_count is None
        assert reason in str(kept)

    def test_a_page_without_text_among_others_is_named(self, world: World) -> None:
        kept = archive.keep(world.source, pdfs.typeset("Words.\n#pagebreak()\n#rect()\n#pagebreak()\nWords."))
        assert kept.copy.page_count == 3 and str(kept).endswith("pictures or nothing: 2.")


class TestWhatIsKept:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (ARTICLE.encode(), "what came is a web page. Give the address of the PDF itself"),
            (b"Just words.", "what came is plain text"),
            (b"\x89PNG\r\n\x1a\n....", "a PNG picture"),
            (b"PK\x03\x04....", "a packed file, as .docx"),
            (b"%!PS-Adobe-3.0", "a PostScript file. Open it, save it as PDF"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
                "a pointer to a file that lies elsewhere",
            ),
            (b"\0\1\2\3", "neither a PDF nor a web page"),
            (b"", "The file is empty"),
        ],
    )
    def test_a_pdf_is_asked_for(self, world: World, data: bytes, reason: str) -> None:
        assert reason in refusal(world.source, data)

    def test_a_web_page_is_asked_for(self, page: Source) -> None:
        assert "what came is a PDF. Set the kind to “PDF”" in refusal(page, pdfs.paper())
        assert "a GIF picture" in refusal(page, b"GIF89a....")

    def test_a_post_is_its_text(self, world: World) -> None:
        assert "Paste that into the form" in refusal(world.post, ARTICLE.encode())

    def test_the_limit_is_the_setting(self, world: World, settings: Any) -> None:
        settings.SOURCE_MAX_BYTES = len(pdfs.paper()) - 1
        assert "at most" in refusal(world.source, pdfs.paper())
        settings.SOURCE_MAX_BYTES += 1
        assert archive.keep(world.source, pdfs.paper()).new

    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (b"%PDF-1.4", PDF),
            (b"\xef\xbb\xbf\r\n%PDF-1.4", PDF),
            (b"HTTP junk\x01\n%PDF-1.4", PDF),
            (b"<!DOCTYPE html><p>a text about %PDF-1.4", HTML),
            (b"  <HTML><body>", HTML),
            (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", HTML),
            (b"<!-- saved -->\n<!doctype HTML>", HTML),
            ("Für Wörter".encode("latin-1"), PLAIN),
            ("Wörter".encode("utf-16"), PLAIN),
            (b"# A heading\n\nWords, 3 < 4.", PLAIN),
            (b"", ""),
            (b"\x00\x01", ""),
            (b"\x1f\x8b\x08", ""),
        ],
    )
    def test_the_bytes_decide(self, data: bytes, kind: str) -> None:
        assert media_type(data) == kind


class TestWebPages:
    def test_the_readable_text_is_one_page_and_the_bytes_are_kept(self, page: Source) -> None:
        kept = archive.keep(page, ARTICLE.encode())
        (only,) = kept.copy.pages()
        assert only.label == "" and kept.copy.extractor.startswith("trafilatura ")
        assert "The model learns to reason by trial and reward." in only.text
        assert "Home" not in only.text and "<" not in only.text
        assert kept.copy.file.read() == ARTICLE.encode()

    @pytest.mark.parametrize(
        ("head", "encoding", "stated"),
        [
            ("<meta charset=utf-8>", "utf-8", ""),
            ("", "utf-8", ""),
            ("", "utf-8-sig", ""),
            ("<meta charset=iso-8859-1>", "cp1252", ""),
            ('<meta http-equiv=Content-Type content="text/html; charset=windows-1252">', "cp1252", ""),
            ("", "cp1252", "iso8859-1"),
            ("", "cp1252", ""),
            ("", "utf-16", ""),
            ("<meta charset=gb2312>", "gb18030", ""),
            ("<meta charset=no-such>", "utf-8", ""),
            ("<meta charset=utf-16>", "utf-8", ""),
        ],
    )
    def test_whatever_its_encoding(self, page: Source, head: str, encoding: str, stated: str) -> None:
        words = "“Über 模型” – so schließt es" if encoding == "gb18030" else "“Über Größe” – so schließt es"
        words = words.replace("模型", "模型 学习推理")
        html = f"<html><head>{head}</head><body><p>{words}, und das ist der ganze Satz.</p></body></html>"
        kept = archive.keep(page, html.encode(encoding), charset=stated)
        assert words in text(kept)
        assert kept.copy.media_type == (f"{HTML}; charset={stated}" if stated else HTML)

    def test_a_page_made_by_scripts_has_no_text_and_says_what_to_do(self, page: Source) -> None:
        kept = archive.keep(page, b"<html><body><div id=root></div><script>go()</script></body></html>")
        assert kept.copy.text is None and "no readable text" in kept.copy.problem
        assert "as PDF" in kept.copy.problem

    def test_plain_text_is_its_own_text(self, page: Source) -> None:
        for data in ("Größe, and so on.".encode(code) for code in ("utf-8", "cp1252", "utf-16")):
            assert text(archive.keep(page, data)) == "Größe, and so on."

    def test_a_text_of_blanks_has_none(self, page: Source) -> None:
        assert archive.keep(page, b"\xef\xbb\xbf").copy.problem == "This file holds no text."

    @pytest.mark.parametrize(
        "html",
        [
            "<div>" * 100_000 + "deep",
            "<table><tr><td>" * 20_000,
            "<p " + "a=1 " * 200_000 + ">",
            '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><html>&b;',
            '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>&x; and some words.',
            "<html>" + "".join(map(chr, range(1, 9))) + "&#0;&#x110000;&#xD800; <p>Words.",
        ],
        ids=["deep", "tables", "attributes", "entities", "a file of the machine", "control characters"],
    )
    def test_hostile_ones_give_a_text_or_a_reason(self, html: str) -> None:
        found = reading.read(html.encode(), HTML)
        assert bool(found.pages) != bool(found.problem)
        assert not any("root:" in page.text for page in found.pages)

    def test_time_and_memory_have_limits(self) -> None:
        with pytest.raises(webtext.WebTextError, match="after 0.05 seconds"):
            webtext.web_text(ARTICLE.encode(), limits=webtext.Limits(seconds=0.05))
        with pytest.raises(webtext.WebTextError, match="more memory"):
            webtext.web_text(ARTICLE.encode(), limits=webtext.Limits(memory=60 * 1024**2))
        with pytest.raises(webtext.WebTextError, match="at most"):
            webtext.web_text(ARTICLE.encode(), limits=webtext.Limits(bytes=10))

    def test_no_child_is_left_behind(self, tmp_path: Path) -> None:
        import psutil

        with pytest.raises(webtext.WebTextError):
            webtext.web_text(ARTICLE.encode(), limits=webtext.Limits(seconds=0.05))
        assert not [child for child in psutil.Process().children() if "webtext" in " ".join(child.cmdline())]


class TestLongTexts:
    """No kind of file is read beyond 3 million characters: indexing costs seconds and memory by the letter."""

    @pytest.mark.parametrize("kind", [PLAIN, HTML])
    def test_a_text_too_long_says_so_and_what_to_do(self, kind: str) -> None:
        words = "Some words of a long text, and more. "
        body = words * (reading.MOST_CHARACTERS // len(words) + 2)
        data = f"<html><body><p>{body}</p></body></html>" if kind == HTML else body
        found = reading.read(data.encode(), kind)
        assert found.text is None and found.pages == ()
        assert "characters; at most 3,000,000 are read. Split it" in found.problem

    def test_as_many_as_are_read_are_read(self) -> None:
        data = ("x" * 99 + "\n") * (reading.MOST_CHARACTERS // 100)
        assert len(reading.read(data.encode(), PLAIN).pages[0].text) == reading.MOST_CHARACTERS
        assert reading.read(data.encode() + b"x", PLAIN).text is None

    def test_a_pdf_has_the_same_limit(self) -> None:
        assert pdftext.Limits().characters == reading.MOST_CHARACTERS
        with pytest.raises(
            pdftext.PdfTextError, match="more than 500 characters, the most that are read. Split"
        ):
            pdftext.pdf_text(pdfs.paper(), limits=pdftext.Limits(characters=500))


class TestFetching:
    def test_an_address_becomes_a_copy(self, world: World, web: Web, settings: Any) -> None:
        settings.FETCH_NETWORKS = LOOPBACK
        file = web.put("/files/alpha.pdf", pdfs.paper(2), Content_Type="text/plain")
        world.source.url = web.send_on("/alpha", file)
        kept = archive.fetch(world.source, "edda")
        assert kept.new and kept.copy.page_count == 2
        assert (kept.copy.taken_from, kept.copy.name, kept.copy.taken_by) == (file, "alpha.pdf", "edda")
        assert not archive.fetch(world.source, "edda").new

    def test_a_web_page_with_the_encoding_its_server_states(
        self, page: Source, web: Web, settings: Any
    ) -> None:
        settings.FETCH_NETWORKS = LOOPBACK
        html = "<html><body><p>Größe, und so fort, in einem langen Satz.</p></body></html>".encode("cp1252")
        page.url = web.put("/", html, Content_Type="text/html; charset=windows-1252")
        assert "Größe" in text(archive.fetch(page))

    def test_this_machine_is_refused_unless_the_setting_names_it(self, world: World, web: Web) -> None:
        world.source.url = web.put("/a.pdf", pdfs.paper())
        with pytest.raises(ValidationError, match="not on the public internet"):
            archive.fetch(world.source)
        assert web.asked == [] and not SourceFile.objects.exists()

    def test_a_web_page_where_a_pdf_was_expected_is_not_kept(
        self, world: World, web: Web, settings: Any
    ) -> None:
        settings.FETCH_NETWORKS = LOOPBACK
        world.source.url = web.put("/", ARTICLE.encode(), Content_Type="application/pdf")
        with pytest.raises(ValidationError, match="what came is a web page"):
            archive.fetch(world.source)
        assert not SourceFile.objects.exists()

    def test_the_limits_are_the_settings(self, world: World, web: Web, settings: Any) -> None:
        settings.FETCH_NETWORKS, settings.SOURCE_MAX_BYTES = LOOPBACK, 1000
        world.source.url = web.put("/a.pdf", pdfs.paper())
        with pytest.raises(ValidationError, match="larger than"):
            archive.fetch(world.source)

    def test_without_an_address_and_for_a_post_there_is_nothing_to_fetch(self, world: World) -> None:
        world.source.url = ""
        for source, reason in ((world.source, "no address"), (world.post, "Paste that")):
            with pytest.raises(ValidationError, match=reason):
                archive.fetch(source)


class TestHostileFiles:
    """A smaller number of those that bench/hostile_files.py goes through."""

    def test_damaged_and_random_ones_give_pages_or_a_reason(self, world: World) -> None:
        originals = [pdfs.paper(2), pdfs.paper(1, seed=9), pdfs.scan(), pdfs.locked()]
        for what, data in pdfs.hostile(40, seed=20, originals=originals):
            try:
                kept = archive.keep(world.source, data)
            except ValidationError as error:
                assert str(error.messages[0]).startswith(("A PDF was expected", "The file is empty")), what
            else:
                assert kept.copy.pages() or kept.copy.problem, what

    @pytest.mark.parametrize("name", sorted(pdfs.BOMBS))
    def test_bombs(self, world: World, name: str) -> None:
        kept = archive.keep(world.source, pdfs.BOMBS[name]())
        assert kept.copy.pages() or kept.copy.problem


class TestLicences:
    @pytest.mark.parametrize(
        "licence",
        [
            "CC0",
            "CC0 1.0 Universal",
            "CC BY 4.0",
            "cc-by-sa",
            "CC BY-SA 3.0 Unported",
            "CC-BY-ND 4.0",
            "Creative Commons Attribution 4.0 International",
            "https://creativecommons.org/licenses/by/4.0/",
            "http://creativecommons.org/licenses/by-sa/3.0/deed.de",
            "https://creativecommons.org/publicdomain/zero/1.0/",
            "Public domain",
            "MIT",
            "The MIT License",
            "Apache License, Version 2.0",
            "BSD-3-Clause",
            "GPL-3.0-or-later",
        ],
    )
    def test_that_let_readers_have_the_file(self, licence: str) -> None:
        assert is_open(licence)

    @pytest.mark.parametrize(
        "licence",
        [
            "",
            " ",
            "not CC-BY",
            "CC",
            "CC BY-NC 4.0",
            "CC BY-NC-ND",
            "CC BY 4.0 except figures",
            "https://creativecommons.org/licenses/by-nc/4.0/",
            "https://evil.example/creativecommons.org/licenses/by/4.0/",
            "arXiv.org perpetual, non-exclusive license",
            "All rights reserved",
            "MIT Press",
            "MIT\nall rights reserved",
        ],
    )
    def test_that_don_t(self, licence: str) -> None:
        assert not is_open(licence)
