"""The preview shows what the page will show, to those who may write it, and stores nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings, strategies as st

from papers.models import ChangeSet
from publishing import assemble, html
from tests import world as worlds
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return worlds.build()


@pytest.fixture
def client(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def preview(
    client: Client, world: World, model: str, row: Any, text: str, field: str = "body", **fields: Any
) -> Any:
    data = {
        "model": model,
        "object": row.pk if row else "",
        "report": world.report.pk,
        "field": field,
        "text": text,
    }
    return client.post(reverse("admin:preview"), data | fields)


def whole(answer: Any) -> str:
    """The parts of an answer, as the page joins them."""
    return "\n".join(part for _, part in answer.json()["parts"])


def test_it_is_what_the_page_writes(client: Client, world: World) -> None:
    text = (
        "New words [@beta], $a^2$.[^n]\n\n[[quote:robust]]\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n[^n]: Note."
    )
    answer = preview(client, world, "section", world.written, text)
    shown = whole(answer)
    with world.change():
        world.written.body = text
        world.written.save()
    document = assemble.document(world.report, audience=assemble.EDITORS)
    section = document.section_by_anchor["alpha"]
    assert shown == html.body(section.body, document)
    assert answer.json()["problems"] == []
    for part in ("<math", "<table", "<blockquote", 'class="cite"'):
        assert part in shown, part


def test_each_part_says_the_line_of_the_text_it_begins_on(client: Client, world: World) -> None:
    text = "A[^n]\ngoes on.\n\n- a\n- b\n\n\n[[timeline]]\n\n[^n]: Note.\n\n> Said.\n\n$$\na\n$$\n\n```\nx\n```\n\nEnd"
    parts = preview(client, world, "section", world.written, text).json()["parts"]
    begun = [(line, part.split(">")[0]) for line, part in parts]
    assert [line for line, _ in begun] == [1, 4, 8, 12, 14, 18, 22, 0]
    assert begun[-1] == (0, '<ol class="footnotes"')


@pytest.mark.parametrize(
    "name", ["section", "theory", "event", "quote", "evidence", "summary", "acknowledgements"]
)
@pytest.mark.parametrize("new", [True, False])
def test_every_text_has_one_stored_or_new(client: Client, world: World, name: str, new: bool) -> None:
    if name in ("summary", "acknowledgements"):
        shown = preview(client, world, "report", world.report, "Some *new* words", name)
    else:
        row = {
            "section": world.todo,
            "theory": world.theory,
            "event": world.event,
            "quote": world.quote,
            "evidence": world.evidence,
        }[name]
        shown = preview(client, world, name, None if new else row, "Some *new* words", "")
    assert shown.status_code == 200
    assert "<em>new</em> words" in whole(shown)
    assert ChangeSet.objects.count() == 1


def test_it_says_what_is_to_mend_and_where(client: Client, world: World) -> None:
    text = "Fine.\n\n[[quote:no-such]]\n\n## Too high\n\n$\\frac{1}{$"
    problems = preview(client, world, "section", world.todo, text).json()["problems"]
    assert {p["line"] for p in problems} == {3, 5, 7}
    assert "no-such" in problems[0]["message"]


def test_problems_of_other_texts_are_not_mixed_in(client: Client, world: World) -> None:
    with world.change():
        world.written.body = "[[quote:gone]]"
        world.written.save()
    assert preview(client, world, "section", world.todo, "Fine.").json()["problems"] == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("One.\n\n![x](/media/reasoning/gone.png)", 3, "/media/reasoning/gone.png isn't there"),
        ("One.\n\n![x](/media/../etc/passwd)", 3, "/media/../etc/passwd” is shown as typed"),
        ("One.\n\n- [x](javascript:alert(1))", 3, "is shown as typed"),
        ("One.\n\n$$\\frac{1}{$$", 3, "\\frac{1}{"),
        ("One.\n\n> \U00012000", 3, "U+12000"),
        ("One.\n\n[[quote:nope]]", 3, "nope"),
        ("One.\n\n```\nx", 3, "never closed"),
    ],
)
def test_each_fault_is_told_with_its_line(
    client: Client, world: World, text: str, line: int, what: str
) -> None:
    told = preview(client, world, "section", world.todo, text).json()["problems"]
    assert [problem["line"] for problem in told] == [line]
    assert what in told[0]["message"]


HOSTILE = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    '![x](x" onerror="alert(1))',
    "<img src=x onerror=alert(1)>",
    "[[quote:<script>]]",
    "$\\href{javascript:alert(1)}{x}$",
    "`</textarea><script>alert(1)</script>`",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_is_shown_as_text(client: Client, world: World, text: str) -> None:
    shown = whole(preview(client, world, "section", world.todo, text))
    for tag in re.findall(r"<[^>]*>", shown):
        assert "script" not in tag.lower() and "onerror=" not in tag.lower() and "data:" not in tag.lower(), (
            tag
        )


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "> " * 10_000 + "x", "x" * 1_000_000, "```\nnever closed", "\r\r\n", ""]
)
def test_no_text_is_too_strange(client: Client, world: World, text: str) -> None:
    for model, row in (("section", world.todo), ("event", world.event), ("quote", None)):
        assert preview(client, world, model, row, text).status_code == 200


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="[]()*_`$@:#|>-\\ \nab1{}^!~quote", max_size=60))
def test_any_text_gets_an_answer(client: Client, world: World, text: str) -> None:
    assert preview(client, world, "section", world.todo, text).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"model": "user"}, 400),
        ({"model": ""}, 400),
        ({"model": "report", "field": "slug"}, 400),
        ({"object": "999999"}, 404),
        ({"object": "x"}, 404),
        ({"object": "9" * 40}, 404),
        ({"report": "999999"}, 404),
        ({"report": ""}, 404),
        ({"report": "x\0"}, 404),
    ],
)
def test_what_is_not_there_is_refused_in_words(
    client: Client, world: World, wrong: dict[str, str], status: int
) -> None:
    data = {
        "model": "section",
        "object": world.todo.pk,
        "report": world.report.pk,
        "field": "body",
        "text": "x",
    }
    answer = client.post(reverse("admin:preview"), data | wrong)
    assert answer.status_code == status and answer.json()["error"]


def test_a_row_of_another_report_is_not_there(client: Client, world: World) -> None:
    from papers.changes import change
    from papers.models import Report

    other = Report(slug="other", title="Other")
    with change(other, world.edda):
        other.save()
    assert preview(client, world, "section", world.todo, "x", report=other.pk).status_code == 404


def test_six_megabytes_are_refused_not_crashed_on(client: Client, world: World) -> None:
    answer = preview(client, world, "section", world.todo, "x" * 6_000_000)
    assert answer.status_code == 413
    page = answer.content.decode()
    assert "5 MB" in page and "Back" in page


class TestWhoMay:
    def test_get_is_not_allowed(self, client: Client) -> None:
        assert client.get(reverse("admin:preview")).status_code == 405

    @pytest.mark.parametrize("who", ["anonymous", "rhea", "sven"])
    def test_others_see_nothing_of_the_report(self, world: World, who: str) -> None:
        client = Client()
        if who == "sven":
            client.force_login(User.objects.create_user("sven", password=worlds.PASSWORD, is_staff=True))
        elif who == "rhea":
            client.force_login(world.rhea)
        answer = preview(client, world, "section", world.hidden, "[[section:secret]] [[quote:spare]]")
        assert answer.status_code == 403
        assert "Secret" not in answer.content.decode() and "Nobody has" not in answer.content.decode()

    def test_the_right_counts_for_its_kind(self, world: World) -> None:
        sven = User.objects.create_user("sven", password=worlds.PASSWORD, is_staff=True)
        sven.user_permissions.add(Permission.objects.get(codename="change_quote"))
        client = Client()
        client.force_login(sven)
        assert preview(client, world, "quote", world.quote, "x").status_code == 200
        assert preview(client, world, "section", world.todo, "x").status_code == 403
