"""Addresses with what no database and no file system takes: 404, for anybody."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import world as worlds
from tests.world import World


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()


PATHS = [
    "/%00/",
    "/%00/%00/",
    "/media/%00/%00",
    "/admin/%00/",
    "/static/%00",
    *(
        f"/reasoning/{rest}"
        for rest in (
            "%00",
            "%00/",
            "a%00b/",
            "quotes/%00/",
            "quotes/robust%00/",
            "quotes/%00/passage-1.webp",
            "sources/1/file/%00",
            "sources/1/file/%00/page-1.webp",
            "editions/%00/",
            "history/%00/",
        )
    ),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("staff", [False, True])
def test_a_nul_in_the_path_is_not_found(client: Client, world: World, path: str, staff: bool) -> None:
    if staff:
        client.force_login(world.edda)
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer.headers or path.startswith("/static/")


def test_what_merely_looks_like_one_is_asked_for_as_ever(client: Client, world: World) -> None:
    assert client.get("/reasoning/").status_code == 200
    assert client.get("/%2500/").status_code == 404


def test_without_its_slash_it_leads_to_none_either(client: Client, world: World) -> None:
    assert client.get("/%00", follow=True).status_code == 404
