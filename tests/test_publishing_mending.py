"""Mending from the desk: what one button changes, what it leaves alone, and when it refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from papers.models import Report, Section, Source
from publishing import assemble, in_text, markdown, prose, quotation_jobs, verification
from publishing.document import ProseQuote
from quotes.mends import Mend
from quotes.models import Check, Quote
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db

PASSAGE = (
    "Before it stands this. The findings reveal that RL empowers the model to attain robust reasoning "
    "capabilities, by extended test-time computation, without any supervised data. And after it, that."
)
WORDS = PASSAGE.partition(". ")[2].rpartition(" And")[0]
WRONG = WORDS.replace("empowers", "empower")
PARTED = WORDS.replace("computation", "compu- tation")


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def recorded(world: World, words: str, page: str = "6", verdict: str = "altered", **found: Any) -> Check:
    """A check that was carried along with the report: its passage speaks for the file."""
    return Check.objects.create(
        report=world.report, source=world.source, words=Check.name_of(words), stated=page, sha256="0" * 64,
        engine="1", verdict=verdict, pages=[6], labels=["6"], passage=PASSAGE, matched=WORDS, recorded=True, **found,
    )  # fmt: skip


def quoted(world: World, words: str, page: str = "6") -> Quote:
    with world.change():
        world.quote.text, world.quote.locator = words, page
        world.quote.save()
    world.quote.refresh_from_db()
    return world.quote


def differing(world: World) -> Quote:
    recorded(world, WRONG, differences=[["empowers", "empower", "RL", "the"]])
    return quoted(world, WRONG)


def in_section(world: World, body: str, words: str = WRONG, page: str = "p. 6") -> Section:
    recorded(world, words, page, differences=[["empowers", "empower", "RL", "the"]])
    with world.change():
        world.draft.body = body
        world.draft.save()
    world.draft.refresh_from_db()
    return world.draft


def job(world: World, name: str) -> quotation_jobs.QuotationJob:
    """The job on the desk whose verdict begins so."""
    document = assemble.document(world.report, audience=assemble.EDITORS)
    jobs = quotation_jobs.group(document, world.report, world.edda).jobs
    return next(j for j in jobs if isinstance(j, quotation_jobs.QuotationJob) and j.what.startswith(name))


def press(client: Client, world: World, found: quotation_jobs.QuotationJob, kind: str, **other: Any) -> str:
    """Press a button of the desk, as its form sends it; what the next page says."""
    mend = next(m for m in found.mends if m.kind == kind)
    fields = {
        "place": found.place,
        "version": found.version,
        "words": found.words,
        "mend": f"{mend.kind}:{mend.gives}",
    }
    response = client.post(reverse("admin:mend", args=[world.report.pk]), fields | other, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])


# --------------------------------------------------------------------------- a quotation with a row


def test_the_sources_word_is_one_click_and_one_change(client: Client, world: World) -> None:
    quote = differing(world)
    before = world.report.changesets.count()
    said = press(client, world, job(world, "Differs"), "source")
    quote.refresh_from_db()
    assert quote.text == WORDS
    assert "the source’s words used" in said
    newest = world.report.changesets.first()
    assert world.report.changesets.count() == before + 1
    assert newest is not None and newest.who == world.edda and "the source’s words used" in newest.note


def test_after_the_mend_the_check_says_verbatim_against_the_recorded_passage(
    client: Client, world: World
) -> None:
    quote = differing(world)
    press(client, world, job(world, "Differs"), "source")
    verification.verify_report(world.report)
    document = assemble.document(world.report)
    check = document.quote_by_slug[quote.slug].check
    assert check is not None and (check.verdict, check.from_passage) == ("verbatim", True)


def test_or_the_words_are_marked_as_edited(client: Client, world: World) -> None:
    quote = differing(world)
    press(client, world, job(world, "Differs"), "brackets")
    quote.refresh_from_db()
    assert quote.text == WORDS.replace("empowers", "empower[s]")


def test_a_line_end_hyphen_is_closed_up(client: Client, world: World) -> None:
    recorded(world, PARTED, verdict="verbatim", warnings=["line_end_hyphen"])
    quote = quoted(world, PARTED)
    found = job(world, "Verbatim, to tidy")
    assert [(part.quoted, part.source) for part in found.shown] == [("compu- tation", "computation")]
    press(client, world, found, "hyphens")
    quote.refresh_from_db()
    assert quote.text == WORDS
    newest = world.report.changesets.first()
    assert newest is not None and newest.minor


def test_a_wrong_page_is_set(client: Client, world: World) -> None:
    recorded(world, WORDS, "8", verdict="verbatim", warnings=["other_page"])
    quote = quoted(world, WORDS, "8")
    press(client, world, job(world, "Verbatim, to tidy"), "page")
    quote.refresh_from_db()
    assert (quote.text, quote.locator) == (WORDS, "6")


def test_the_model_refuses_a_mend_of_an_older_row(world: World) -> None:
    from papers.changes import Conflict

    quote = differing(world)
    with pytest.raises(Conflict):
        quote.mend(Mend("source", "Use", "Other words", "9"), world.edda, quote.row_version - 1)
    assert Quote.objects.get(pk=quote.pk).text == WRONG


# --------------------------------------------------------------------------- a stale button


def test_a_stale_button_overwrites_nothing(client: Client, world: World) -> None:
    quote = differing(world)
    found = job(world, "Differs")
    quoted(world, "Quite other words by now, written by somebody else.")
    assert "Nothing was mended" in press(client, world, found, "source")
    quote.refresh_from_db()
    assert quote.text == "Quite other words by now, written by somebody else."


def test_nor_where_the_words_are_the_same_but_the_row_has_moved(client: Client, world: World) -> None:
    quote = differing(world)
    found = job(world, "Differs")
    with world.change():
        quote.note = "another note"
        quote.save()
    assert "has been changed meanwhile" in press(client, world, found, "source")
    quote.refresh_from_db()
    assert (quote.text, quote.note) == (WRONG, "another note")


def test_a_button_gives_what_it_promised_or_nothing(client: Client, world: World) -> None:
    quote = differing(world)
    said = press(client, world, job(world, "Differs"), "source", mend="source:0123456789abcdef")
    assert "Nothing was mended" in said
    quote.refresh_from_db()
    assert quote.text == WRONG


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"place": "quote:x", "version": "1"},
        {"place": "user:1", "version": "1"},
        {"place": "quote:" + "9" * 40, "version": "1"},
        {"place": "quote:1", "version": "\0"},
        {"place": "quote:²", "version": "1"},
        {"place": "quote:999999", "version": "1", "words": "x", "mend": "source:"},
    ],
)
def test_hostile_buttons_change_nothing(client: Client, world: World, fields: dict[str, str]) -> None:
    differing(world)
    version = Report.objects.get(pk=world.report.pk).version
    response = client.post(reverse("admin:mend", args=[world.report.pk]), fields, follow=True)
    assert "Nothing was mended" in response.content.decode()
    assert Report.objects.get(pk=world.report.pk).version == version


# --------------------------------------------------------------------------- who may


def test_looking_never_writes(client: Client, world: World) -> None:
    differing(world)
    assert client.get(reverse("admin:mend", args=[world.report.pk])).status_code == 405
    assert client.get(reverse("admin:keep_post", args=[world.post.pk])).status_code == 405


def test_readers_are_sent_to_the_sign_in(world: World) -> None:
    quote = differing(world)
    stranger = Client()
    for who in (None, world.rhea):
        if who:
            stranger.force_login(who)
        response = stranger.post(
            reverse("admin:mend", args=[world.report.pk]), {"place": f"quote:{quote.pk}"}
        )
        assert response.status_code == 302 and "login" in response["Location"]


def test_an_editor_without_the_right_sees_no_button_and_can_press_none(client: Client, world: World) -> None:
    quote = differing(world)
    found = job(world, "Differs")
    looker = User.objects.create_user("lena", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_report", "view_quote"]))
    client.force_login(looker)
    page = client.get(reverse("admin:index")).content.decode()
    assert "1 differs" in page and "Use the source’s word" not in page and "<textarea" not in page
    fields = {"place": found.place, "version": found.version, "words": found.words}
    mend = found.mends[0]
    response = client.post(
        reverse("admin:mend", args=[world.report.pk]), fields | {"mend": f"{mend.kind}:{mend.gives}"}
    )
    assert response.status_code == 403
    quote.refresh_from_db()
    assert quote.text == WRONG


# --------------------------------------------------------------------------- a quotation in the text


@pytest.mark.parametrize(
    "body",
    [
        f"They say “{WRONG}” [@alpha, p. 6] and more.\n\nRL empower is a word, too.",
        f"RL empower the model?\n\n> {WRONG}\n> [@alpha, p. 6]\n\nAnd so on.",
        f"They say “{WRONG.replace(' to attain', chr(10) + 'to attain')}” [@alpha, p. 6].",
        f"They say “{WRONG.replace('robust', '*robust*')}” [@alpha, p. 6].",
    ],
)
def test_words_in_the_text_are_replaced_where_they_stand_and_only_there(
    client: Client, world: World, body: str
) -> None:
    section = in_section(world, body)
    press(client, world, job(world, "Differs"), "source")
    section.refresh_from_db()
    assert section.body == body.replace("RL empower the model to", "RL empowers the model to").replace(
        "RL empower the model\nto", "RL empowers the model\nto"
    )
    assert section.body != body


def test_the_page_of_a_citation_is_set(client: Client, world: World) -> None:
    recorded(world, WORDS, "p. 8", verdict="verbatim", warnings=["other_page"])
    with world.change():
        world.draft.body = f"First [@alpha, p. 8].\n\nThen “{WORDS}” [@alpha, p. 8]."
        world.draft.save()
    press(client, world, job(world, "Verbatim, to tidy"), "page")
    world.draft.refresh_from_db()
    assert world.draft.body == f"First [@alpha, p. 8].\n\nThen “{WORDS}” [@alpha, p. 6]."


def test_words_that_stand_twice_are_left_to_the_form(client: Client, world: World) -> None:
    body = f"“{WRONG}” [@alpha, p. 6] and again: “{WRONG}” [@alpha, p. 6]"
    in_section(world, body)
    found = job(world, "Differs")
    assert found.mends == ()
    assert "mend them in the form" in found.where
    assert found.link == reverse("admin:papers_section_change", args=[world.draft.pk]) + "?line=1#id_body"


def test_a_stale_button_leaves_the_text_alone(client: Client, world: World) -> None:
    section = in_section(world, f"They say “{WRONG}” [@alpha, p. 6].")
    found = job(world, "Differs")
    with world.change():
        section.body += "\n\nMore by somebody else."
        section.save()
    assert "has been changed meanwhile" in press(client, world, found, "source")
    section.refresh_from_db()
    assert "More by somebody else." in section.body and "RL empower the" in section.body


@pytest.mark.parametrize("place", ["summary", "theory"])
def test_other_texts_are_mended_too(client: Client, world: World, place: str) -> None:
    recorded(world, WRONG, "p. 6", differences=[["empowers", "empower", "RL", "the"]])
    row, field = (world.report, "summary") if place == "summary" else (world.theory, "body")
    with world.change():
        setattr(row, field, f"They say “{WRONG}” [@alpha, p. 6].")
        row.save()
    press(client, world, job(world, "Differs"), "source")
    row.refresh_from_db()
    assert getattr(row, field) == f"They say “{WORDS}” [@alpha, p. 6]."


@pytest.mark.parametrize(
    "text, words, stands",
    [
        ("a b “b c” [@k] a b", "b c", "b c"),
        ("“b c” [@k] and “b c” [@k]", "b c", None),
        ("“” [@k]", "", None),
        ("> one\n> two *three* [@k]", "one two three", "one\n> two *three"),
        ("They say “The r*est* of it” [@k].\n\nThe rest of it, I add.", "The rest of it", "The r*est* of it"),
        ("“a\\_b \\& c” [@k] but a_b & c", "a_b & c", "a\\_b \\& c"),
        ("‘b c’ [see @x; @k] b c", "b c", "b c"),
        ("“b c” [@other] b c", "b c", None),
        ("“b c” and [@k]", "b c", None),
        ("“b c’ [@k]", "b c", None),
        ("b c [@k]", "b c", None),
    ],
)
def test_words_are_found_once_as_a_quotation_or_not_at_all(text: str, words: str, stands: str | None) -> None:
    place = in_text.span(text, ProseQuote(words, "k"))
    assert (text[slice(*place)] if place else None) == stands


MENDS = [Mend("source", "", "RL empowers us", "p. 6"), Mend("hyphens", "", "RL em-powers us", "p. 6"),
         Mend("brackets", "", "RL empower[s] us", "p. 6"), Mend("page", "", "RL empower us", "p. 7")]  # fmt: skip


@pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend.kind)
@pytest.mark.parametrize(
    "quotation, new",
    [
        ("“RL empower us” [@alpha, p. 6]", "“{}” [@alpha, {}]"),
        ("“RL em*power* us” [@alpha, p. 6]", "“{}” [@alpha, {}]"),
        ("“RL *empower* us” [@beta; see @alpha, p. 6; @gamma]", "“{}” [@beta; see @alpha, {}; @gamma]"),
        ("> RL em**power** us\n> [@alpha, p. 6]", "> {}\n> [@alpha, {}]"),
        ("| a |\n|---|\n| ‘RL *em*power us’ [@alpha, p. 6] |", "| a |\n|---|\n| ‘{}’ [@alpha, {}] |"),
    ],
)
def test_no_mend_touches_what_the_author_says_in_the_same_words(mend: Mend, quotation: str, new: str) -> None:
    (quote,) = prose.mark(markdown.parse(quotation), 1)[1]
    quote = replace(quote, key="alpha", locator="p. 6")
    own = "RL empower us, I say.\n\n"
    after = in_text.mended(f"{own}{quotation}\n\nRL empower us [@alpha, p. 6].", replace(quote, line=3), mend)
    assert after is not None
    raw = quotation[slice(*in_text.span(quotation, quote))]  # type: ignore[misc]
    said = raw if mend.kind == "page" else mend.words
    assert after == f"{own}{new.format(said, mend.page)}\n\nRL empower us [@alpha, p. 6]."


@pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend.kind)
@pytest.mark.parametrize(
    "text",
    [
        "“RL empower&#32;us” [@alpha, p. 6]\n\nRL empower us, I say.",
        "“RL empower&#32;us” [@alpha, p. 6]\n\n    “RL empower us” [@alpha, p. 6]",
        "“RL empower&#32;us” [@alpha, p. 6]\n\n```\n“RL empower us” [@alpha, p. 6]\n```",
        "> - RL\n> - empower us\n>\n> [@alpha, p. 6]\n\nRL empower us [@alpha, p. 6]",
    ],
)
def test_where_the_place_is_not_certain_nothing_is_mended(mend: Mend, text: str) -> None:
    assert in_text.mended(text, ProseQuote("RL empower us", "alpha", "p. 6", line=1), mend) is None


@pytest.mark.parametrize("locator", ["", "p. 6", "(", "p. [6"])
def test_a_citation_that_is_not_there_is_not_changed(locator: str) -> None:
    quote = ProseQuote("some words", "alpha", locator)
    assert in_text.mended("“some words” [@beta, p. 6]", quote, Mend("page", "", "some words", "p. 7")) is None


def test_pasted_words_become_a_quotation_with_its_citation() -> None:
    assert in_text.as_citation("some words", "alpha", "6") == "“some words” [@alpha, p. 6]"
    assert in_text.as_citation("some\nwords", "alpha", "6–7") == "“some words” [@alpha, pp. 6–7]"
    assert in_text.as_citation('a "b" and “c”', "alpha", "") == "“a ‘b’ and ‘c’” [@alpha]"


# --------------------------------------------------------------------------- the text of a post


def without_text(world: World) -> Source:
    with world.change():
        world.post.text = ""
        world.post.save()
    world.post.refresh_from_db()
    return world.post


def test_a_posts_text_is_asked_for_and_kept_with_a_name(client: Client, world: World) -> None:
    post = without_text(world)
    found = job(world, "Not checked: post not archived")
    assert (found.post_row, found.address) == (post.pk, "https://social.example/1")
    fields = {"version": found.post_version, "text": "They say: It was cheap 🚨 and more.\r\n"}
    client.post(reverse("admin:keep_post", args=[post.pk]), fields)
    post.refresh_from_db()
    assert (post.text, post.copied_by) == ("They say: It was cheap 🚨 and more.", "edda")
    verification.verify_report(world.report)
    check = assemble.document(world.report).quote_by_slug["rumoured"].check
    assert check is not None and check.verdict != "unchecked" or check.reason == "too_short"


@pytest.mark.parametrize("fields", [{"text": " \0 "}, {"text": "words", "version": "0"}, {"text": "words"}])
def test_no_text_or_a_stale_form_keeps_nothing(client: Client, world: World, fields: dict[str, str]) -> None:
    post = without_text(world)
    response = client.post(reverse("admin:keep_post", args=[post.pk]), fields, follow=True)
    assert re.search("Nothing was kept|was not kept", response.content.decode())
    post.refresh_from_db()
    assert post.text == ""
