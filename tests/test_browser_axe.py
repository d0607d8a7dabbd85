"""Every page of the product, of a report in which everything happens: no barrier, nothing too wide.

The list of addresses is the project's own: a page that is new fails here until it is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.urls import URLResolver, get_resolver, reverse

from papers import archive
from papers.models import Scrap
from papers.private import PrivateText
from publishing import verification
from publishing.models import Edition
from tests import world as worlds
from tests.browsing import enter
from tests.test_publishing_editions import publish
from tests.test_publishing_quoting import typeset
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = "The findings reveal that RL empower the small model to attain robust reasoning capabilities."


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """A source with a newer file, a quotation of each verdict, scraps, a private text, editions, one withdrawn."""
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build()
    Group.objects.get_or_create(name="editors")  # what a migration made is emptied with the rest
    world.source.licence = "CC-BY-4.0"
    archive.keep(world.source, typeset(), name="alpha.pdf")
    with world.change("quotations"):
        world.quote.text = SENTENCE
        world.quote.save()
        world.draft.body = (
            f"They say “{SENTENCE}” [@alpha, p. 9].\n\n> {SENTENCE}\n\n[[quote:nowhere]] @nobody"
        )
        world.draft.save()
    verification.verify_report(world.report)
    withdrawn = publish(world)
    withdrawn.withdraw(world.edda, "It named the wrong author.")
    with world.change("by a colleague", who=world.adam):
        world.sub.body = "How it was done, and why."
        world.sub.save()
        world.unplaced.delete()
    archive.keep(world.source, typeset().replace(b"%PDF-1.7", b"%PDF-1.6"), name="alpha-2.pdf")
    verification.verify_report(world.report)
    publish(world, "Summer")
    for words in ("A scrap of prose.", SENTENCE, "Another.\n\nOf two paragraphs."):
        Scrap.objects.capture(world.report, world.adam, words, address="https://example.org/alpha.pdf")
    PrivateText.keep(world.draft, "A private text.", world.edda, world.draft.row_version, 0)
    world.report.refresh_from_db()
    yield world
    worlds.drop_editions()


ROWS = {
    "papers_report": "add change history",
    "papers_section": "add change history delete",
    "papers_paper": "add change history delete",
    "papers_source": "add change history delete",
    "quotes_quote": "add change history delete",
    "timeline_timelineevent": "add change history delete",
    "timeline_theory": "add change history delete",
    "publishing_edition": "change",
    "papers_changeset": "change",
    "papers_picture": "",
    "auth_user": "add change history delete",
    "auth_group": "add change history delete",
    "axes_accessattempt": "",
    "axes_accesslog": "",
    "axes_accessfailurelog": "",
}  # the pages that each kind has beside its list
# What answers a POST only, or with something else than a page.
NO_PAGES = """
    admin:preview admin:upload admin:verdict admin:find_quotation admin:keep_quotation admin:names admin:standing
    admin:edit_here admin:mend admin:mark_seen admin:check_link admin:inbox_act admin:withdraw admin:newer_seen
    admin:check_now admin:keep_post admin:logout admin:autocomplete admin:jsi18n admin:view_on_site admin:app_list
    admin:papers_section_move admin:papers_section_written admin:papers_source_fetch_all admin:papers_source_fetch
    admin:papers_source_aside admin:password_change_done
    picture export source-page source-file edition-changes edition-file passage
""".split()


def pages(world: World) -> dict[str, list[str]]:
    """Addresses by the name of their pattern; several where a page has more than one look."""
    report, slug = world.report, world.report.slug
    one, last = report.pk, report.version
    edition = Edition.objects.latest("number")
    rows = {
        "papers_report": report, "papers_section": world.draft, "papers_paper": world.paper,
        "papers_source": world.source, "quotes_quote": world.quote, "timeline_timelineevent": world.undated,
        "timeline_theory": world.theory, "publishing_edition": edition,
        "papers_changeset": report.changesets.latest("pk"), "auth_user": world.rhea,
        "auth_group": Group.objects.first(),
    }  # fmt: skip
    given: dict[str, list[list[Any]]] = {
        "admin:pick": [[world.source.pk, "?q=auxiliary"]],
        "admin:publish": [[one]],
        "admin:redact": [[one, "?text=Alpha"]],
        "admin:private": [[PrivateText.objects.get().pk]],
        "admin:deleted": [[one]],
        "admin:restore": [[one, 1]],
        "admin:restore_row": [[one, 1, "section", world.draft.pk]],
        "admin:auth_user_password_change": [[world.rhea.pk]],
        "private-preview": [[slug, PrivateText.objects.get().link()]],
        "report": [[slug]],
        "source": [[slug, world.source.pk], [slug, world.post.pk]],
        "editions": [[slug]],
        "edition": [[slug, 1], [slug, edition.number]],
        "edition-diff": [[slug, edition.number], [slug, edition.number, "?side=1"]],
        "quotations": [[slug]],
        "quotation": [[slug, world.quote.slug], [slug, world.post_quote.slug]],
        "history": [[slug]],
        "at": [[slug, 1]],
        "diff": [[slug, 1, last], [slug, 1, last, "?side=1"]],
        "choose_diff": [[slug, f"?a=1&b={last}"]],
    }
    for name in "index inbox capture_token login password_change".split():
        given[f"admin:{name}"] = [[]]
    for name in ("reports", "capture", "methods"):
        given[name] = [[]]
    for model, kinds in ROWS.items():
        given[f"admin:{model}_changelist"] = [[]]
        for kind in kinds.split():
            given[f"admin:{model}_{kind}"] = [[] if kind == "add" else [rows[model].pk]]
    return {
        name: [
            reverse(name, args=[part for part in args if not str(part).startswith("?")])
            + "".join(str(part) for part in args if str(part).startswith("?"))
            for args in found
        ]
        for name, found in given.items()
    }


def names(resolver: Any, space: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern, f"{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name:
            found.add(space + pattern.name)
    return found


def test_every_page_is_named(world: World) -> None:
    """A kind's pages that it lacks answer with "forbidden"; `_suggest` and `_open` answer with JSON."""
    lacking = {
        f"admin:{model}_{kind}" for model in ROWS for kind in "add change history delete suggest open".split()
    }
    missing = names(get_resolver()) - set(pages(world)) - set(NO_PAGES) - lacking
    assert missing == set()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_no_barrier_that_axe_knows_and_nothing_too_wide(
    browser: Any, live_server: Any, world: World, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong: list[Any] = []

    def look(address: str) -> None:
        answer = page.goto(live_server.url + address)
        wrong.extend(
            (address, words) for words in (said if answer.status == 200 else [f"status {answer.status}"])
        )
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong.append((address, f"{wide} px wide"))
        # Django's own box of permissions labels an icon as axe would not have it.
        found = Axe().run(page, {"exclude": [[".selector .search-label-icon"]]}).response["violations"]
        wrong.extend((address, one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found)
        said.clear()  # axe itself tries inline styles, which the policy refuses

    addresses = pages(world)
    for address in ("/reasoning/", "/reasoning/quotes/", "/capture/", "/admin/login/", "/nowhere/"):
        look(address)  # as a reader sees them
    assert wrong == [("/nowhere/", "status 404")]
    enter(page, live_server.url)
    page.goto(f"{live_server.url}/admin/")
    page.wait_for_selector(".strip")
    wrong.clear()
    # Forms to add and to delete are those to change with other words: on the narrow page they are all looked at.
    likely = [
        name for name in addresses if width < 1000 or not name.endswith(("_add", "_delete", "_history"))
    ]
    for name in likely:
        for address in addresses[name]:
            look(address)
    context.close()
    assert wrong == [], "\n".join(map(str, wrong))
