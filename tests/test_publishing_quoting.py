"""Quoting while one writes: the verdict on typed words, a pasted quotation, and the picker."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings, strategies as st

from papers import archive, changes
from papers.models import Report, Section, Source
from publishing import assemble, picking, quoting
from quotes import trial
from quotes.matching import Index, Page, build, check
from quotes.models import Check, Quote
from tests import pdfs, world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db

SENTENCE = "The findings reveal that RL empowers the small model to attain robust reasoning capabilities."
LONG = "These are far more words than anybody would write in marks by chance"
OVER = "This sentence begins upon the second page of the paper and it ends on the page that follows."


@functools.cache
def typeset() -> bytes:
    first, last = OVER[:45], OVER[45:]
    return pdfs.typeset(
        f'#set page(numbering: "1", height: 12cm)\nNothing of note stands here at first.\n#pagebreak()\n{SENTENCE} '
        f"A second sentence speaks of auxiliary-loss-free balancing. {first}#pagebreak(){last} And an end."
    )


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def filed(world: World) -> World:
    """The world with the file of its source archived."""
    archive.keep(world.source, typeset(), name="alpha.pdf")
    return world


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def ask(client: Client, name: str, world: World, **fields: Any) -> dict[str, Any]:
    response = client.post(reverse(f"admin:{name}"), {"report": world.report.pk, **fields})
    assert response.status_code == 200, response.content
    return dict(response.json())


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def previewed(client: Client, world: World, **fields: Any) -> str:
    return text(" ".join(part for _, part in ask(client, "preview", world, **fields)["parts"]))


def counted(world: World) -> tuple[int, int, int]:
    return Report.objects.get(pk=world.report.pk).version, Check.objects.count(), Quote.objects.count()


# --------------------------------------------------------------------------- the verdict while typing


def test_typed_words_get_their_verdict_and_nothing_is_written(client: Client, filed: World) -> None:
    before = counted(filed)
    wrong = SENTENCE.replace("empowers", "empower")
    got = ask(client, "verdict", filed, source=filed.source.pk, words=wrong, page="2")["html"]
    assert "Differs: 1 word, p. 2" in text(got)
    assert "<del>empower</del> <ins>empowers</ins>" in got
    assert f'data-words="{SENTENCE}"' in got and "Mark as edited: empower[s]" in got
    assert 'href="#m:altered"' in got
    assert counted(filed) == before


def test_the_preview_shows_the_verdict_that_unsaved_words_have_now(client: Client, filed: World) -> None:
    """Not "not checked yet": the file is here. Only the text that is previewed is looked at."""
    wrong = SENTENCE.replace("empowers", "empower")
    body = f"> {wrong} [@alpha, p. 3]\n\nThey say “{SENTENCE}” [@alpha, p. 2], and “{LONG}”."
    before = counted(filed)
    fields = {"model": "section", "object": filed.draft.pk, "field": "body"}
    shown = previewed(client, filed, text=body, **fields)
    assert "Differs: 1 word, p. 2" in shown and "verbatim, p. 2" in shown and "no source given" in shown
    fields = {"model": "quote", "object": filed.quote.pk, "field": "text"}
    assert "Differs: 1 word, p. 2" in previewed(client, filed, text=wrong, **fields)
    assert counted(filed) == before


def test_the_page_can_be_set(client: Client, filed: World) -> None:
    got = ask(client, "verdict", filed, source=filed.source.key, words=SENTENCE, page="3")["html"]
    assert "The report says p. 3." in text(got) and 'data-page="2"' in got


@pytest.mark.parametrize(
    ("source", "words", "said"),
    [
        ("", "Some words that are long enough.", "Not checked: no source given"),
        ("gone", "Some words that are long enough.", "Not checked: no source given"),
        ("alpha-pdf", "Some words that are long enough.", "Not checked: source not archived"),
        ("post-1", "The whole post, of which a part is quoted.", "Verbatim"),
        ("post-1", " \0 ", ""),
    ],
)
def test_what_cannot_be_checked_says_why(
    client: Client, world: World, source: str, words: str, said: str
) -> None:
    assert text(ask(client, "verdict", world, source=source, words=words)["html"]).startswith(said)


def test_a_post_has_no_page_to_set(client: Client, world: World) -> None:
    got = ask(client, "verdict", world, source="post-1", words="The whole post, of which a part is quoted.")
    assert "Set page" not in got["html"] and ", p." not in text(got["html"])


def test_words_of_sources_are_escaped(client: Client, world: World) -> None:
    with world.change():
        world.post.text = "It says <script>alert(1)</script> and it was not meant to be run by anybody."
        world.post.save()
    words = "It says <script>alert(1)</script> and it was never meant to be run by anybody."
    for name in ("verdict", "find_quotation"):
        assert "<script" not in ask(client, name, world, source="post-1", words=words)["html"]


@pytest.mark.parametrize("name", ["verdict", "find_quotation", "keep_quotation"])
def test_only_editors_with_the_right_are_answered(client: Client, world: World, name: str) -> None:
    address = reverse(f"admin:{name}")
    assert client.get(address).status_code == 405
    fields = {"report": world.report.pk, "words": "x", "source": "post-1"}
    assert Client().post(address, fields).status_code == 403
    looker = User.objects.create_user("lena", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_quote"))
    for who in (world.rhea, looker):
        client.force_login(who)
        response = client.post(address, fields)
        assert response.status_code == 403 and response.json()["error"]


@pytest.mark.parametrize("report", ["", "x", "9" * 30, "²", "\0", "999999"])
def test_a_report_that_is_not_there(client: Client, world: World, report: str) -> None:
    response = client.post(reverse("admin:verdict"), {"report": report, "words": "x"})
    assert response.status_code == 404 and "isn't there" in response.json()["error"]


# --------------------------------------------------------------------------- the form, without scripts


def form_of(quote: Quote) -> str:
    return reverse("admin:quotes_quote_change", args=[quote.pk])


def test_the_form_shows_the_verdict_on_the_stored_words(client: Client, filed: World) -> None:
    with filed.change():
        filed.quote.text, filed.quote.locator = SENTENCE.replace("empowers", "empower"), "2"
        filed.quote.save()
    before = counted(filed)
    page = client.get(form_of(filed.quote)).content.decode()
    assert "Differs: 1 word, p. 2" in text(page) and "<ins>empowers</ins>" in page
    assert counted(filed) == before
    assert client.get(reverse("admin:quotes_quote_add")).status_code == 200


def test_a_mend_of_the_form_mends_what_is_in_the_form(client: Client, filed: World) -> None:
    wrong = SENTENCE.replace("empowers", "empower")
    look = trial.look(filed.source, wrong, "2")
    mend = next(m for m in look.mends(wrong, "2") if m.kind == "source")
    filed.quote.refresh_from_db()
    fields = {
        "text": wrong, "source": filed.source.pk, "locator": "2", "slug": "robust", "note": "typed just now",
        "started_from": filed.quote.row_version, "_mend": f"source:{mend.gives}",
    }  # fmt: skip
    response = client.post(form_of(filed.quote), fields)
    assert response.status_code == 302 and response["Location"] == form_of(filed.quote)
    filed.quote.refresh_from_db()
    assert (filed.quote.text, filed.quote.note) == (SENTENCE, "typed just now")


def test_a_mend_for_other_words_changes_none(client: Client, filed: World) -> None:
    filed.quote.refresh_from_db()
    fields = {
        "text": "Words typed since.", "source": filed.source.pk, "locator": "2", "slug": "robust",
        "started_from": filed.quote.row_version, "_mend": "source:0123456789abcdef",
    }  # fmt: skip
    response = client.post(form_of(filed.quote), fields, follow=True)
    assert "Your words are saved as you wrote them" in response.content.decode()
    filed.quote.refresh_from_db()
    assert filed.quote.text == "Words typed since."


# --------------------------------------------------------------------------- a pasted quotation


def test_pasted_words_find_their_source_and_page(client: Client, filed: World) -> None:
    before = counted(filed)
    got = ask(client, "find_quotation", filed, words=SENTENCE)["html"]
    assert "Verbatim, p. 2" in text(got) and "2 sources searched." in text(got)
    assert f'data-insert="“{SENTENCE}” [@alpha, p. 2]"' in got
    assert counted(filed) == before


def test_what_is_inserted_is_a_checked_quotation(client: Client, filed: World) -> None:
    got = ask(client, "find_quotation", filed, words=SENTENCE)["html"]
    found = re.search('data-insert="([^"]+)"', got)
    assert found
    document = assemble.document(
        filed.report, audience=assemble.EDITORS, drafts={("section", filed.draft.pk): found[1]}
    )
    (quote,) = document.prose
    assert (quote.words, quote.key, quote.locator) == (SENTENCE, "alpha", "p. 2")


def test_without_the_file_the_recorded_passages_are_searched(client: Client, world: World) -> None:
    Check.objects.create(
        report=world.report, source=world.source, words="0" * 64, sha256="0" * 64, engine="1",
        verdict="verbatim", pages=[6, 7], labels=["6", "7"], passage=f"Before. {SENTENCE} After.", recorded=True,
    )  # fmt: skip
    got = ask(client, "find_quotation", world, words=SENTENCE)["html"]
    assert "[@alpha, pp. 6–7]" in got and "recorded passage" in text(got)


def test_words_that_are_nowhere_say_how_many_sources_were_searched(client: Client, world: World) -> None:
    words = "These are words that nobody in any of the sources has ever put down on paper."
    got = text(ask(client, "find_quotation", world, words=words)["html"])
    assert got == "Not found in 1 source. 1 not archived."


def test_a_post_is_kept_as_a_row_and_placed_by_its_name(client: Client, world: World) -> None:
    words = "The whole post, of which a part is quoted."
    got = ask(client, "find_quotation", world, words=words)["html"]
    assert "data-insert" not in got and 'data-keep="post-1"' in got
    kept = ask(client, "keep_quotation", world, source="post-1", words=words, page="")
    quote = Quote.objects.get(slug=kept["slug"])
    assert kept["insert"] == f"[[quote:{quote.slug}]]"
    assert (quote.text, quote.source, quote.locator) == (words, world.post, "")


def test_what_is_kept_is_checked_again_and_the_verdict_said(client: Client, world: World) -> None:
    """Between the look and the click the field, or the source, may have become another one."""
    words = "The whole post, of which a part is quoted."
    kept = ask(client, "keep_quotation", world, source="post-1", words=words, page="9")
    assert kept["said"] == "Verbatim"
    assert Quote.objects.get(slug=kept["slug"]).locator == ""  # a post has no page, whatever was sent
    before = counted(world)
    fields = {"report": world.report.pk, "source": "post-1", "words": words.replace("whole", "entire")}
    response = client.post(reverse("admin:keep_quotation"), fields)
    assert response.status_code == 400
    assert "The check says: Differs: 1 word" in response.json()["error"]
    assert counted(world) == before


def test_words_that_differ_are_not_offered_as_a_block(client: Client, world: World) -> None:
    words = "The entire post, of which a part is quoted."
    assert "data-keep" not in ask(client, "find_quotation", world, words=words)["html"]


@pytest.mark.parametrize(("source", "words", "status"), [("gone", "words", 404), ("post-1", " ", 400)])
def test_nothing_is_kept_of_nothing(
    client: Client, world: World, source: str, words: str, status: int
) -> None:
    fields = {"report": world.report.pk, "source": source, "words": words}
    before = counted(world)
    assert client.post(reverse("admin:keep_quotation"), fields).status_code == status
    assert counted(world) == before


# --------------------------------------------------------------------------- the picker


def pick(client: Client, source: Source, **fields: Any) -> str:
    response = client.get(reverse("admin:pick", args=[source.pk]), fields)
    assert response.status_code == 200
    return response.content.decode()


def test_a_search_lists_sentences_with_their_pages(client: Client, filed: World) -> None:
    page = pick(client, filed.source, q="AUXILIARY loss free")
    assert "1 sentence with “AUXILIARY loss free”" in text(page)
    assert "A second sentence speaks of <mark>auxiliary-loss-free</mark> balancing." in page
    (address,) = re.findall(r'href="(\?q=AUXILIARY[^"]+at=\d+)#page"', page)
    page = client.get(
        reverse("admin:pick", args=[filed.source.pk]) + address.replace("&amp;", "&")
    ).content.decode()
    assert "A second sentence speaks of auxiliary-loss-free balancing.</textarea>" in page
    assert "Verbatim, p. 2" in text(page) and SENTENCE in page  # the rest of the page stands around it


def test_a_sentence_over_two_pages_is_taken_whole(client: Client, filed: World) -> None:
    index = build([Page(f"One. {OVER[:45]}", "2"), Page(f"{OVER[45:]} Two.", "3")])
    (hit,), more = picking.hits(index, "begins upon")
    assert " ".join(hit.sentence.split()) == OVER and not more
    assert " ".join(picking.page_text(index, 1, hit.at).sentence.split()) == OVER


def test_quote_this_makes_a_checked_quotation_with_its_page_and_places_it(
    client: Client, filed: World
) -> None:
    before = filed.report.changesets.count()
    address = reverse("admin:pick", args=[filed.source.pk])
    page = client.post(address, {"text": SENTENCE, "section": filed.draft.pk}, follow=True).content.decode()
    quote = Quote.objects.get(text=SENTENCE)
    assert (quote.source, quote.locator) == (filed.source, "2")
    filed.draft.refresh_from_db()
    assert filed.draft.body == f"Begun.\n\n[[quote:{quote.slug}]]"
    assert filed.report.changesets.count() == before + 1
    assert "Quoted, verbatim, p. 2" in text(page) and "It stands at the end of “Beta”" in text(page)


def test_the_first_quotation_makes_a_todo_section_a_draft(client: Client, filed: World) -> None:
    address = reverse("admin:pick", args=[filed.source.pk])
    client.post(address, {"text": SENTENCE, "section": filed.todo.pk})
    filed.todo.refresh_from_db()
    assert filed.todo.state == Section.State.DRAFT


def test_words_that_are_not_the_sources_are_not_quoted(client: Client, filed: World) -> None:
    wrong = SENTENCE.replace("empowers", "empower")
    before = counted(filed)
    address = reverse("admin:pick", args=[filed.source.pk])
    page = client.post(address, {"text": wrong}).content.decode()
    assert "Nothing was quoted" in page and wrong in page and "Use the source’s word" in page
    mend = next(m for m in trial.look(filed.source, wrong).mends(wrong, "2") if m.kind == "source")
    page = client.post(address, {"text": wrong, "_mend": f"source:{mend.gives}"}).content.decode()
    assert f"{SENTENCE}</textarea>" in page and "Verbatim, p. 2" in text(page)
    assert counted(filed) == before


def test_a_post_can_be_picked_from_too(client: Client, world: World) -> None:
    page = pick(client, world.post, q="quoted")
    assert "The whole post, of which a part is <mark>quoted</mark>." in page and ">Choose</a>" in page


def test_a_source_without_a_text_says_what_to_do(client: Client, world: World) -> None:
    page = pick(client, world.source, q="x")
    assert "There is no text of this source here yet" in page and "<textarea" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"q": "<script>alert(1)</script>"},
        {"q": "x" * 5000},
        {"q": "\0"},
        {"q": "model", "at": "²"},
        {"q": "model", "at": "9" * 30, "page": "-1"},
        {"page": "99"},
        {"page": "0"},
        {"page": "3"},
    ],
)
def test_hostile_searches(client: Client, filed: World, fields: dict[str, str]) -> None:
    assert "<script>alert(1)" not in pick(client, filed.source, **fields)


def test_picking_is_for_editors_with_the_right(world: World) -> None:
    address = reverse("admin:pick", args=[world.post.pk])
    stranger = Client()
    assert stranger.get(address).status_code == 302
    stranger.force_login(world.rhea)
    assert stranger.get(address).status_code == 302
    looker = User.objects.create_user("lena", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_source"))
    stranger.force_login(looker)
    assert stranger.get(address).status_code == 403
    assert stranger.post(address, {"text": "The whole post"}).status_code == 403


def test_the_source_form_leads_to_it(client: Client, world: World) -> None:
    page = client.get(reverse("admin:papers_source_change", args=[world.post.pk])).content.decode()
    assert reverse("admin:pick", args=[world.post.pk]) in page


@functools.cache
def pages() -> Index:
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
    return build(
        [Page(f"Page {n} has {' '.join(words[n:] + words[:n])}. It is so.", str(n)) for n in range(6)]
    )


@settings(max_examples=40)
@given(st.text(max_size=12) | st.sampled_from(["alpha", "page", "it is", "a", "mu alpha"]))
def test_whatever_is_found_is_in_the_source(words: str) -> None:
    index = pages()
    for hit in picking.hits(index, words)[0]:
        result = check(index, hit.sentence, page=hit.label)
        assert result.verdict == "verbatim" or result.reason == "too_short"
        assert picking.page_text(index, hit.page, hit.at).sentence


class TestTwoWhoQuoteAtOnce:
    def test_a_slug_that_was_taken_meanwhile_is_not_proposed(self, world, monkeypatch):
        """What another commits before the lock is ours counts; the slug is proposed under the lock."""
        proposed_in_change: list[bool] = []
        propose = quoting.propose_handle

        def watched(*args: Any) -> str:
            proposed_in_change.append(changes._open.get() is not None)
            return propose(*args)

        monkeypatch.setattr(quoting, "propose_handle", watched)
        quoting.quote_this(world.source, "Words that two people quote.", "1", world.edda)
        assert proposed_in_change == [True]

    def test_a_section_that_is_gone_is_said_and_nothing_is_written(self, world):
        gone = Section.objects.get(pk=world.draft.pk)
        with world.change():
            world.draft.delete()
        before = Quote.objects.count()
        with pytest.raises(ValidationError, match="deleted meanwhile"):
            quoting.quote_this(world.source, "Words without a place.", "1", world.edda, gone)
        assert Quote.objects.count() == before
