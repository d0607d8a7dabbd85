"""Links that lead nowhere: within the report told at once, outside as they answered when they were asked."""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from papers import archive, fetching
from papers.links import AddressCheck
from papers.models import Source
from publishing import assemble, links
from publishing.links import DeadEnd
from tests import world as worlds
from tests.web import LOOPBACK, Web, serving
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def web(settings: Any) -> Iterator[Web]:
    settings.FETCH_NETWORKS = LOOPBACK
    with serving() as running:
        yield running


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def write(world: World, body: str) -> None:
    with world.change():
        world.draft.refresh_from_db()
        world.draft.write(body)
        world.draft.save()


def ends(world: World) -> list[DeadEnd]:
    whole = assemble.document(world.report, audience=assemble.EDITORS)
    return links.within(world.report, assemble.document(world.report), whole)


def outside(world: World) -> links.Outside:
    return links.outside(world.report, assemble.document(world.report))


def without_addresses(world: World) -> None:
    """The world's own papers and sources name addresses that no test may ask."""
    with world.change():
        for row in (world.paper, world.source, world.post):
            row.refresh_from_db()
            row.url = ""
            row.save()


def publish_page(client: Client, world: World) -> str:
    return html.unescape(client.get(reverse("admin:publish", args=[world.report.pk])).content.decode())


class TestWithin:
    def test_there_are_none_in_a_report_that_is_right(self, world: World) -> None:
        assert ends(world) == []

    @pytest.mark.parametrize(
        "body",
        [
            "[[section:gamma]] [[paper:alpha]] [[event:release]] [[theory:cheap]] and [[quote:robust]]",
            "[x](#gamma) [x](#summary) [x](#quote-robust) [x](#paper-alpha) [x](#references) [x](#top) [x](#)",
            "### A heading\n\nSee [above](#beta-a-heading), [a note](#event-release) and [theory](#theory-cheap).",
            "[x](/reasoning/) [x](/reasoning/history/) [x](/methods/) [x](/) [x](/reasoning/#gamma)",
            "[x](mailto:edda@example.org)",
        ],
    )
    def test_what_leads_somewhere(self, world: World, body: str) -> None:
        write(world, body)
        assert ends(world) == []

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("[[section:nowhere]]", "There is no section “nowhere”."),
            ("[[paper:nowhere]]", "There is no paper “nowhere”."),
            ("[[event:nowhere]]", "There is no event “nowhere”."),
            ("[[theory:nowhere|as said]]", "There is no theory “nowhere”."),
            ("[[quote:nowhere]]", "There is no quotation “nowhere”."),
            ("in words [[quote:nowhere]] too", "There is no quotation “nowhere”."),
            ("[x](#nowhere)", "The page has no place called “nowhere”."),
            ("[x](#%C3%A4)", "The page has no place called “ä”."),
            ("[x](/reasoning/nowhere/at/all/)", "There is no page at this address of the site."),
            ("[x](/other/)", "There is no report “other”."),
            ("[x](/media/reasoning/gone.png)", "There is no such picture."),
        ],
    )
    def test_what_does_not_is_named_with_its_place(self, world: World, body: str, why: str) -> None:
        write(world, f"First.\n\n{body}")
        (end,) = ends(world)
        assert (end.why, end.where) == (why, "Beta, line 3")
        form = reverse("admin:papers_section_change", args=[world.draft.pk])
        assert end.link == f"{form}?line=3#id_body"

    def test_a_former_address_leads_on(self, world: World) -> None:
        write(world, "[[section:gamma]] and [x](#gamma)")
        with world.change():
            world.todo.anchor = "gamma-two"
            world.todo.save()
        assert ends(world) == []

    def test_what_is_for_editors_only_is_no_link_to_readers(self, world: World) -> None:
        write(world, "[[section:secret|plans]] and [x](#secret)")
        assert [end.why for end in ends(world)] == [
            "It is for editors only: readers see the words, and no link.",
            "The page has no place called “secret”.",
        ]

    def test_what_editors_alone_read_is_not_looked_through(self, world: World) -> None:
        with world.change():
            world.hidden.write("[x](#nowhere) [[section:nowhere]]")
            world.hidden.save()
        assert ends(world) == []

    def test_the_sites_own_whole_address_is_within(self, world: World, settings: Any) -> None:
        settings.SITE_URL = "https://reports.example.org"
        write(
            world,
            "[x](https://reports.example.org/no/such/page/here/) [y](https://reports.example.org.evil/)",
        )
        assert [end.target for end in ends(world)] == ["https://reports.example.org/no/such/page/here/"]
        assert "https://reports.example.org.evil/" in outside(world).addresses

    def test_events_and_notes_are_looked_through(self, world: World) -> None:
        with world.change():
            world.event.text = "Released, see [[section:nowhere]]."
            world.event.save()
            world.evidence.note = "As in [x](#nothing)."
            world.evidence.save()
        assert {(end.where, end.target) for end in ends(world)} == {
            ("Timeline", "[[section:nowhere]]"),
            ("It was cheap", "#nothing"),
        }


class TestOutside:
    def test_every_address_that_readers_can_follow(self, world: World) -> None:
        write(world, "[a](https://a.example/x) <https://a.example/y> [b](#gamma) [c](mailto:a@b.example)")
        with world.change():
            world.quote.url = "https://quote.example/"
            world.quote.save()
            world.hidden.write("[x](https://secret.example/)")
            world.hidden.save()
        assert set(outside(world).addresses) == {
            "https://a.example/x",
            "https://a.example/y",
            "https://example.org/alpha.pdf",
            "https://quote.example/",
            "https://social.example/1",
        }

    def test_what_an_address_answered_is_kept_with_its_date(self, world: World, web: Web) -> None:
        without_addresses(world)
        good, dead = web.put("/good", b"here"), f"{web.address}/gone"
        closed = web.put("/closed", b"", 403)
        write(world, f"[a]({good}#part) [b]({dead}) [c]({closed})")
        assert links.ask_all(world.report, outside(world)) == (3, 0)
        assert [path for path, _ in web.asked] == ["/good", "/gone", "/closed"]
        states = {a: (check.state, check.said) for a, check in outside(world).known.items()}
        assert states == {
            f"{good}#part": ("good", ""),
            dead: ("dead", "127.0.0.1 has nothing at this address (404)."),
            closed: ("doubtful", "127.0.0.1 does not give this to programs (403)."),
        }
        assert [end.target for end in links.recorded(world.report, outside(world))] == [dead, closed]

    def test_the_last_answer_stands(self, world: World, web: Web) -> None:
        address = f"{web.address}/later"
        assert AddressCheck.objects.ask(world.report, address).state == "dead"
        web.put("/later", b"now")
        assert AddressCheck.objects.ask(world.report, address).state == "good"
        assert AddressCheck.objects.count() == 1

    def test_the_head_of_an_answer_is_enough(self, world: World, web: Web) -> None:
        def endless(out: Any) -> None:
            out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx")

        assert AddressCheck.objects.ask(world.report, web.raw("/large", endless)).state == "good"
        assert AddressCheck.objects.ask(world.report, web.put("/empty", b"")).state == "good"

    def test_redirects_are_followed_and_checked(self, world: World, web: Web) -> None:
        web.put("/end", b"x")
        assert AddressCheck.objects.ask(world.report, web.send_on("/on", "/end")).state == "good"
        assert AddressCheck.objects.ask(world.report, web.send_on("/off", "/nothing")).state == "dead"
        assert (
            AddressCheck.objects.ask(world.report, web.send_on("/in", "http://10.0.0.1/")).state == "doubtful"
        )

    def test_private_addresses_are_not_asked(self, world: World, settings: Any) -> None:
        settings.FETCH_NETWORKS = ()
        with serving() as web:
            check = AddressCheck.objects.ask(world.report, web.put("/x", b"x"))
            assert check.state == "doubtful" and "not on the public internet" in check.said
            assert web.asked == []

    def test_a_machine_that_is_not_there_is_dead(self, world: World) -> None:
        with pytest.raises(fetching.FetchError) as refused:
            fetching.fetch("https://gone.example/", resolve=lambda host, port: [])
        assert refused.value.dead

    def test_the_address_is_kept_nowhere_beside_the_text(self, world: World, web: Web) -> None:
        secret = web.send_on("/key-4711", "/key-4711")
        check = AddressCheck.objects.ask(world.report, secret)
        check.refresh_from_db()
        assert check.said == "It leads on and on: more than 5 redirects."
        assert "4711" not in repr(vars(check))

    def test_those_asked_longest_ago_come_first_when_time_is_short(self, world: World, web: Web) -> None:
        without_addresses(world)
        addresses = [web.put(f"/{n}", b"x") for n in range(3)]
        write(world, " ".join(f"[{n}]({a})" for n, a in enumerate(addresses)))
        AddressCheck.objects.ask(world.report, addresses[0])
        for expected in (addresses[1], addresses[2], addresses[0]):
            web.asked.clear()
            assert links.ask_all(world.report, outside(world), seconds=0) == (1, 2)
            assert [web.address + path for path, _ in web.asked] == [expected]

    def test_a_fetch_that_failed_is_recorded_and_one_that_works_clears_it(
        self, world: World, web: Web, settings: Any, tmp_path: Any
    ) -> None:
        settings.DATA_DIR = tmp_path
        with world.change():
            world.source.kind, world.source.url = Source.Kind.WEB, f"{web.address}/page"
            world.source.save()
        with pytest.raises(ValidationError):
            archive.fetch(world.source)
        (end,) = links.recorded(world.report, outside(world))
        assert (end.target, end.dead) == (world.source.url, True) and "(404)" in end.why
        assert end.link == reverse("admin:papers_source_change", args=[world.source.pk])
        web.put("/page", b"%PDF-1.7")
        with pytest.raises(ValidationError):
            archive.fetch(world.source)
        assert "A web page was expected" in AddressCheck.objects.get().said
        web.put("/page", b"<p>Words enough to be a page of text.</p>", Content_Type="text/html")
        archive.fetch(world.source)
        assert links.recorded(world.report, outside(world)) == []


class TestTheChecklist:
    def test_it_names_them_and_asks_nobody(self, client: Client, world: World, web: Web) -> None:
        without_addresses(world)
        dead = f"{web.address}/gone"
        write(world, f"[a]({dead}) [[section:nowhere]]")
        AddressCheck.objects.ask(world.report, dead)
        web.asked.clear()
        page = publish_page(client, world)
        assert "[[section:nowhere]]" in page and "There is no section “nowhere”." in page
        assert "1 of 1 address outside checked" in page and "has nothing at this address (404)." in page
        assert web.asked == []

    def test_without_scripts_the_button_keeps_what_was_typed(
        self, client: Client, world: World, web: Web
    ) -> None:
        without_addresses(world)
        write(world, f"[a]({web.address}/gone)")
        sent = {"_check_links": "1", "name": "My “name”", "note": "And a note", "version": "1"}
        answer = client.post(reverse("admin:publish", args=[world.report.pk]), sent)
        page = html.unescape(answer.content.decode())
        assert 'value="My “name”"' in page and "And a note" in page
        assert "1 address asked." in page and "(404)" in page
        assert not world.report.editions.exists()

    def test_a_script_asks_for_one_at_a_time(self, client: Client, world: World, web: Web) -> None:
        good = web.put("/good", b"x")
        write(world, f"[a]({good}) [b]({web.address}/gone)")
        place = reverse("admin:check_link", args=[world.report.pk])
        assert client.post(place, {"address": good}).json() == {
            "state": "good",
            "named": "answers",
            "said": "",
        }
        assert client.post(place, {"address": f"{web.address}/gone"}).json()["state"] == "dead"

    @pytest.mark.parametrize("address", ["", "http://127.0.0.1/", "file:///etc/passwd", "\0"])
    def test_it_asks_only_what_the_report_names(self, client: Client, world: World, address: str) -> None:
        answer = client.post(reverse("admin:check_link", args=[world.report.pk]), {"address": address})
        assert answer.status_code == 404 and not AddressCheck.objects.exists()

    def test_by_publishers_alone_and_never_by_looking(self, client: Client, world: World) -> None:
        place = reverse("admin:check_link", args=[world.report.pk])
        assert client.get(place).status_code == 405
        helper = User.objects.create_user("helper", is_staff=True)
        helper.user_permissions.set(Permission.objects.filter(codename__in=["view_report", "change_section"]))
        client.force_login(helper)
        assert client.post(place, {"address": "https://example.org/alpha.pdf"}).status_code == 403

    def test_it_says_what_changes_since_the_last_edition(self, client: Client, world: World) -> None:
        from publishing.models import Edition, failing

        reasons = {q.anchor: "Kept." for q in failing(assemble.document(world.report))}
        Edition.objects.publish(world.report, world.edda, "First", "", reasons, world.report.version)
        assert "What it changes since edition 1 nothing" in " ".join(
            publish_page(client, world).replace('<span class="quiet">', "").split()
        )
        write(world, "Begun anew.")
        assert "1 section; 1 word in, 0 out" in publish_page(client, world)


class TestTheCommand:
    def run(self, *args: str) -> str:
        out = io.StringIO()
        try:
            call_command("check_links", *args, stdout=out)
        except CommandError as error:
            return f"{out.getvalue()}ERROR {error}"
        return out.getvalue()

    def test_it_tells_each_and_fails_where_one_is_dead(self, world: World, web: Web) -> None:
        without_addresses(world)
        write(world, f"[a]({web.put('/good', b'x')}) [b]({web.address}/gone) [[paper:none]]")
        said = self.run("reasoning")
        assert "reasoning: Beta, line 1: [[paper:none]]: There is no paper “none”." in said
        assert f"1/2 {web.address}/good: answers\n" in said and f"2/2 {web.address}/gone: dead: " in said
        assert said.endswith("ERROR 2 links lead nowhere.")

    def test_it_is_content_where_all_is_well(self, world: World, web: Web) -> None:
        without_addresses(world)
        assert self.run() == "reasoning: readers are led to no address outside.\n"

    def test_an_unknown_report(self, world: World) -> None:
        assert self.run("none") == "ERROR There is no report “none”. There are: reasoning."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Disposition", "attachment; filename*=u\0f''x"),
        ("Content-Disposition", f"attachment; filename*{'9' * 5000}*=x"),
        ("Content-Type", "text/html; charset*=u\0f''x"),
    ],
)
def test_a_server_that_sends_broken_headers_stops_no_check(
    world: World, web: Web, name: str, value: str
) -> None:
    answer = f"HTTP/1.1 200 OK\r\n{name}: {value}\r\n\r\nx".encode("latin-1")
    address = web.raw("/bad", lambda out: out.write(answer))
    assert AddressCheck.objects.ask(world.report, address).state == "good"
    assert fetching.fetch(address, allowed=LOOPBACK).data == b"x"


def test_a_redirect_with_a_nul_is_recorded_without_it(world: World, web: Web) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://[x\0y/\r\n\r\n"
    check = AddressCheck.objects.ask(world.report, web.raw("/nul", lambda out: out.write(answer)))
    check.refresh_from_db()
    assert "\0" not in check.said and check.said
