"""Editions: what is frozen stays as it was, whatever becomes of the report; and it can be cited."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from papers.changes import Conflict
from papers.models import Report, Visibility
from publishing import assemble, exchange, links, verification
from publishing.models import Edition, failing
from quotes.models import Quote
from tests import world as worlds
from tests.world import SECRET, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


def publish(
    world: World, name: str = "Spring", reasons: dict[str, str] | None = None, note: str = ""
) -> Edition:
    world.report.refresh_from_db()
    reasons = reasons or {quotation.anchor: "Kept." for quotation in failing(assemble.document(world.report))}
    return Edition.objects.publish(world.report, world.edda, name, note, reasons, world.report.version)


def page_of(client: Client, edition: Edition) -> str:
    response = client.get(edition.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


class TestFreezing:
    def test_it_is_what_readers_see_and_nothing_else(self, world: World) -> None:
        edition = publish(world)
        document = assemble.document(world.report)
        assert edition.document == exchange.to_json(document)
        assert edition.sha256 == hashlib.sha256(edition.document.encode()).hexdigest()
        assert SECRET not in edition.document and (edition.number, edition.version) == (1, 1)

    def test_its_tree_is_the_tree_of_that_moment(self, world: World) -> None:
        document = assemble.document(world.report)
        edition = publish(world)
        assert exchange.to_json(edition.tree()) == exchange.to_json(document)
        assert edition.tree().references == document.references
        assert [q.number for q in edition.tree().quotations] == [q.number for q in document.quotations]

    def test_making_its_tree_asks_the_database_nothing(self, world: World, django_assert_num_queries) -> None:
        edition = Edition.objects.select_related("report").get(pk=publish(world).pk)
        with django_assert_num_queries(0):
            edition.tree()

    def test_it_stays_as_it_was_whatever_becomes_of_the_report(self, world: World, client: Client) -> None:
        edition = publish(world)
        before = page_of(client, edition)
        frozen = client.get(reverse("edition-file", args=["reasoning", 1, "json"])).content
        with world.change("all anew"):
            world.written.body = "Something else altogether."
            world.written.save()
            world.report.title = "Another title"
            world.report.save()
            Quote.objects.get(pk=world.unplaced.pk).delete()
        after = page_of(client, edition)
        assert "Another title" not in after and "Something else altogether." not in after
        assert "has gone on to version 2" in after and "has not changed since" in before
        assert client.get(reverse("edition-file", args=["reasoning", 1, "json"])).content == frozen
        section = r'<section[^>]*id="alpha".*?</section>'
        assert re.search(section, before, re.S)[0] == re.search(section, after, re.S)[0]

    def test_a_section_that_is_hidden_later_stays_in_it_but_a_hidden_report_hides_it(
        self, world: World, client: Client
    ) -> None:
        edition = publish(world)
        with world.change("hidden"):
            world.written.visibility = Visibility.EDITORS
            world.written.save()
        assert 'id="alpha"' in page_of(client, edition)
        with world.change("all hidden"):
            world.report.visibility = Visibility.EDITORS
            world.report.save()
        assert client.get(edition.get_absolute_url()).status_code == 404

    @pytest.mark.parametrize(
        "change",
        ["name = 'other'", "document = ''", "sha256 = ''", "number = 7", "reasons = '[1]'", "version = 9"],
    )
    def test_the_database_refuses_to_alter_it(self, world: World, change: str) -> None:
        edition = publish(world)
        with (
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE publishing_edition SET {change} WHERE id = %s", [edition.pk])
        with (
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM publishing_edition WHERE id = %s", [edition.pk])
        assert Edition.objects.get(pk=edition.pk).document == edition.document

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE publishing_edition SET redactions = '[]'",
            "UPDATE publishing_edition SET redactions = '[2]', document = ''",
            "UPDATE publishing_edition SET redactions = '[1, 2]', number = 7",
            "UPDATE publishing_edition SET redactions = '[1, 2]', version = 7",
            "UPDATE publishing_edition SET id = id + 1000",
            "UPDATE publishing_edition SET withdrawn_at = NULL",
            "UPDATE publishing_edition SET withdrawn_why = ''",
        ],
    )
    def test_neither_by_way_of_a_redaction_nor_is_a_withdrawal_taken_back(
        self, world: World, statement: str
    ) -> None:
        edition = publish(world)
        edition.withdraw(world.edda, "A mistake.")
        edition.redactions = [1]
        edition.save()
        with (
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no INSERT OR REPLACE")
    def test_nor_is_another_put_in_its_place(self, world: World) -> None:
        publish(world)
        names = [f.column for f in Edition._meta.concrete_fields]
        other = ", ".join("'other'" if name == "name" else name for name in names)
        with (
            pytest.raises(DatabaseError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"INSERT OR REPLACE INTO publishing_edition ({', '.join(names)}) "
                f"SELECT {other} FROM publishing_edition"
            )

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
    @pytest.mark.django_db(transaction=True)
    def test_nor_are_all_emptied_at_once(self) -> None:
        world = worlds.build()
        publish(world)
        with pytest.raises(DatabaseError, match="frozen"), connection.cursor() as cursor:
            cursor.execute("TRUNCATE publishing_edition")
        with connection.cursor() as cursor:  # for the next test
            cursor.execute("ALTER TABLE publishing_edition DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM publishing_edition")
            cursor.execute("ALTER TABLE publishing_edition ENABLE TRIGGER USER")

    def test_the_next_one_has_the_next_number(self, world: World) -> None:
        publish(world)
        assert publish(world, "Summer").number == 2
        assert [edition.name for edition in Edition.objects.of(world.report)] == ["Summer", "Spring"]


class TestWhatFails:
    @pytest.fixture
    def altered(self, world: World) -> World:
        """A quotation that differs from the post it was taken from."""
        with world.change("archived"):
            world.post.text = "What they really said was something else, and longer than that."
            world.post.save()
            world.post_quote.text = "What they really said was another thing, and longer than that."
            world.post_quote.save()
            world.written.body += f"\n\n[[quote:{world.post_quote.slug}]]"
            world.written.save()
        verification.verify_report(world.report)
        world.report.refresh_from_db()
        return world

    def test_needs_a_reason_each(self, altered: World) -> None:
        (quotation,) = failing(assemble.document(altered.report))
        with pytest.raises(ValidationError) as refused:
            Edition.objects.publish(altered.report, altered.edda, "", "", {}, altered.report.version)
        assert set(refused.value.message_dict) == {quotation.anchor, "name"}
        assert not Edition.objects.exists()

    def test_has_its_reason_printed_beside_it(self, altered: World, client: Client) -> None:
        (quotation,) = failing(assemble.document(altered.report))
        edition = publish(altered, reasons={quotation.anchor: "The <slip> is theirs"})
        assert edition.reasons[0]["reason"] == "The <slip> is theirs"
        assert "published all the same: The &lt;slip&gt; is theirs" in page_of(client, edition)
        assert "published all the same" in " ".join(_pdf_words(client, edition))

    def test_keeps_the_verdict_it_had(self, altered: World, client: Client) -> None:
        edition = publish(altered)
        with altered.change("mended"):
            altered.post_quote.text = altered.post.text
            altered.post_quote.save()
        verification.verify_report(altered.report)
        verdicts = {q.check.verdict for q in edition.tree().quotations if q.check}
        assert "altered" in verdicts and not failing(assemble.document(altered.report))


def _pdf_words(client: Client, edition: Edition) -> list[str]:
    import pypdfium2

    data = client.get(reverse("edition-file", args=["reasoning", edition.number, "pdf"])).content
    pdf = pypdfium2.PdfDocument(data)
    return " ".join(page.get_textpage().get_text_range() for page in pdf).split()


class TestItsFiles:
    def test_the_pdf_says_which_edition_it_is(self, world: World, client: Client, settings) -> None:
        settings.SITE_URL = "https://lab.example"
        words = " ".join(_pdf_words(client, publish(world)))
        assert "Edition 1: Spring, version 1" in words
        assert "lab.example/reasoning/editions/1/" in words

    def test_it_is_cited_in_four_ways(self, world: World, client: Client, settings) -> None:
        settings.SITE_URL = "https://lab.example"
        edition = publish(world, "50% & more_{")
        cited = {
            name: client.get(reverse("edition-file", args=["reasoning", 1, name])).content.decode()
            for name in ("bib", "ris", "csl", "txt")
        }
        assert r"50\% \& more" in cited["bib"] and "@techreport{reasoning-1" in cited["bib"]
        assert "TY  - RPRT\r\n" in cited["ris"] and cited["ris"].endswith("ER  - \r\n")
        (item,) = json.loads(cited["csl"])
        assert item["author"] == [{"literal": "Edda, for Professor Minna Halme"}]
        assert item["URL"] == "https://lab.example/reasoning/editions/1/"
        assert "Edition 1, “50% & more_{”" in cited["txt"] and edition.sha256 in cited["ris"]

    @pytest.mark.parametrize("format", ["docx", "exe", "..", "csl.json"])
    def test_what_there_is_not_is_not_found(self, world: World, client: Client, format: str) -> None:
        publish(world)
        assert client.get(f"/reasoning/editions/1.{format}").status_code == 404
        assert client.get("/reasoning/editions/2.pdf").status_code == 404

    def test_a_reader_who_has_the_page_is_told_that_it_stands(self, world: World, client: Client) -> None:
        edition = publish(world)
        response = client.get(edition.get_absolute_url())
        again = client.get(edition.get_absolute_url(), headers={"if-none-match": response["ETag"]})
        assert again.status_code == 304


class TestWithdrawing:
    def test_says_so_everywhere_and_stays_readable(self, world: World, client: Client) -> None:
        edition = publish(world)
        edition.withdraw(world.edda, "A figure was wrong.")
        assert "Withdrawn on" in page_of(client, edition) and "A figure was wrong." in page_of(
            client, edition
        )
        assert "Withdrawn" in client.get(reverse("editions", args=["reasoning"])).content.decode()
        assert "withdrawn on" in " ".join(_pdf_words(client, edition))

    def test_needs_a_reason_and_happens_once(self, world: World) -> None:
        edition = publish(world)
        with pytest.raises(ValidationError, match="Say why"):
            edition.withdraw(world.edda, "  ")
        edition.withdraw(world.edda, "Wrong.")
        with pytest.raises(Conflict, match="already"):
            Edition.objects.get(pk=edition.pk).withdraw(world.edda, "Again.")


class TestPublishingOnTheDesk:
    @pytest.fixture
    def client(self, world: World, client: Client) -> Client:
        client.force_login(world.edda)
        return client

    def address(self, world: World) -> str:
        return reverse("admin:publish", args=[world.report.pk])

    def test_shows_what_is_amiss_and_publishes(self, world: World, client: Client) -> None:
        page = client.get(self.address(world)).content.decode()
        assert "Publish edition 1" in page and "What is still to do" in page
        data = {"name": "Spring", "note": "For the *lab*.", "version": world.report.version}
        response = client.post(self.address(world), data)
        assert response.status_code == 302 and response["Location"].startswith("/admin/publishing/edition/")
        said = client.get(response["Location"]).content.decode()
        assert "Edition 1: Spring is published" in said and "/reasoning/editions/1/" in said
        assert Edition.objects.get().published_by == "edda"

    @pytest.mark.parametrize("version", ["", "0", "99", "x", "9" * 40])
    def test_a_report_that_moved_meanwhile_is_looked_at_again(
        self, world: World, client: Client, version: str
    ) -> None:
        response = client.post(self.address(world), {"name": "Mine", "version": version})
        assert response.status_code == 200 and "has changed meanwhile" in response.content.decode()
        assert 'value="Mine"' in response.content.decode() and not Edition.objects.exists()

    def test_without_a_name_it_says_so_and_keeps_what_was_typed(self, world: World, client: Client) -> None:
        data = {"name": " ", "note": "My <note>", "version": world.report.version}
        page = client.post(self.address(world), data).content.decode()
        assert "Give the edition a name" in page and "My &lt;note&gt;" in page

    def test_is_for_whoever_may_publish(self, world: World, client: Client) -> None:
        edition = publish(world)
        editor = User.objects.create_user("eve", is_staff=True)
        editor.user_permissions.add(
            *Permission.objects.filter(codename__in=["change_report", "view_report", "change_section"])
        )
        client.force_login(editor)
        assert client.get(self.address(world)).status_code == 403
        assert client.post(self.address(world), {"name": "x", "version": 1}).status_code == 403
        assert client.post(reverse("admin:withdraw", args=[edition.pk]), {"why": "x"}).status_code == 403
        assert "Publish an edition" not in client.get("/admin/").content.decode()

    def test_withdraws_from_its_form(self, world: World, client: Client) -> None:
        edition = publish(world)
        form = reverse("admin:publishing_edition_change", args=[edition.pk])
        assert "Withdraw it" in client.get(form).content.decode()
        client.post(reverse("admin:withdraw", args=[edition.pk]), {"why": "Wrong."})
        assert Edition.objects.get().withdrawn_by == "edda"
        assert "Withdraw it" not in client.get(form).content.decode()
        assert client.get(reverse("admin:withdraw", args=[edition.pk])).status_code == 405


def test_the_list_says_what_an_edition_is_even_before_there_is_one(world: World, client: Client) -> None:
    page = client.get(reverse("editions", args=["reasoning"])).content.decode()
    assert "No edition yet" in page
    publish(world)
    assert "/reasoning/editions/1/" in client.get(reverse("editions", args=["reasoning"])).content.decode()


class TestARenamedReport:
    """What was cited leads on to it, and to nothing else."""

    @pytest.fixture
    def renamed(self, world: World) -> World:
        publish(world)
        with world.change("renamed"):
            world.report.slug = "new-name"
            world.report.save()
        return world

    @pytest.mark.parametrize(
        "rest",
        [
            "/", ".pdf", ".md", ".json", "/quotes/", "/quotes/robust/", "/quotes/?show=verbatim",
            "/editions/", "/editions/1/", "/editions/1.json", "/editions/1.bib", "/at/1/", "/diff/0/1/",
            "/diff/0/1/?side=1", "/history/", "/history/?page=1",
        ],
    )  # fmt: skip
    def test_old_addresses_lead_to_the_new_one(self, renamed: World, client: Client, rest: str) -> None:
        response = client.get(f"/reasoning{rest}")
        assert (response.status_code, response["Location"]) == (302, f"/new-name{rest}")
        assert client.get(response["Location"]).status_code == 200

    def test_the_links_of_an_edition_lead_to_the_new_one(self, renamed: World, client: Client) -> None:
        page = client.get("/new-name/editions/1/").content.decode()
        assert "/reasoning/" not in page and 'href="/new-name/"' in page

    def test_what_is_not_there_is_not_found(self, renamed: World, client: Client) -> None:
        assert client.get("/reasoning/editions/7/", follow=True).status_code == 404
        assert client.get("/nowhere/editions/1/").status_code == 404

    def test_a_hidden_one_is_not_told(self, renamed: World, client: Client) -> None:
        with renamed.change("hidden"):
            renamed.report.visibility = Visibility.EDITORS
            renamed.report.save()
        assert client.get("/reasoning/editions/1/").status_code == 404
        assert client.get("/reasoning/").status_code == 404

    def test_links_to_the_old_address_are_not_dead(self, renamed: World) -> None:
        with renamed.change("a link"):
            renamed.draft.body = "[Here](/reasoning/), [there](/elsewhere/)."
            renamed.draft.save()
        document = assemble.document(renamed.report)
        assert [end.target for end in links.within(renamed.report, document, document)] == ["/elsewhere/"]

    def test_no_other_report_takes_its_place(self, renamed: World) -> None:
        with pytest.raises(ValidationError, match="address of another report"):
            Report(slug="reasoning", title="Another").full_clean()
        renamed.report.slug = "reasoning"
        renamed.report.full_clean()  # its own, it may have again


def test_a_reason_with_nul_is_kept_without_it(world: World, client: Client) -> None:
    with world.change("differs"):
        world.post_quote.text = "The whole long post, of which a part is quoted."
        world.post_quote.save()
    verification.verify_report(world.report)
    client.force_login(world.edda)
    data = {"name": "E\0", "version": world.report.version, "reason-quote-rumoured": "be\0cause"}
    client.post(reverse("admin:publish", args=[world.report.pk]), data)
    assert [kept["reason"] for kept in Edition.objects.get().reasons] == ["because"]
