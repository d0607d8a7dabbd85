"""What the suite promises of itself: no network, no trace on the machine, a browser that is real."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.contrib.auth.models import User


def test_no_test_reaches_the_network() -> None:
    for reach in (
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
        lambda: socket.getaddrinfo("example.org", 80),
        lambda: urlopen("http://example.org/"),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 53)),
    ):
        with pytest.raises(RuntimeError, match="the suite runs without a network"):
            reach()


def test_the_data_folder_of_the_tests_is_a_temporary_one() -> None:
    assert Path(settings.DATA_DIR).is_relative_to(Path(tempfile.gettempdir()).resolve())
    assert Path(settings.MEDIA_ROOT).is_relative_to(settings.DATA_DIR)


def test_a_browser_leaves_no_trace_in_the_environment(browser: Any) -> None:
    """Commands that other tests start would inherit it, and `check --deploy` would complain of it."""
    assert not [name for name in os.environ if "ASYNC_UNSAFE" in name]


def test_signing_in_with_a_browser_breaks_no_policy(live_server: Any, page: Any) -> None:
    """Scripts and styles of the admin come from files: Chromium reports any that do not."""
    User.objects.create_superuser("edda", password="right words")
    said: list[str] = []
    page.on("console", lambda message: message.type == "error" and said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", "edda")
    page.fill("#id_password", "right words")
    page.click("[type=submit]")
    page.wait_for_url(re.compile("/admin/$"))
    said.clear()  # a browser asks for /favicon.ico once, on its first page
    for path in ("", "auth/user/", "auth/user/add/", "password_change/"):
        page.goto(f"{live_server.url}/admin/{path}")
        assert page.locator("h1").count() >= 1
    assert said == []
