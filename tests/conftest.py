"""What every test shares: no network, and a real browser for those that ask for one."""

from __future__ import annotations

import importlib
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A busy machine is no failure. (Imported here also because its plugin imports it after a failure
# otherwise, so deep in the stack that Python 3.11 stumbles.)
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

# --------------------------------------------------------------------------- no network


def _is_local(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(host: object) -> None:
    # Not an OSError: code under test that forgives a failing network must not forgive this.
    raise RuntimeError(f"a test tried to reach {host!r}: the suite runs without a network")


class LocalSocket(socket.socket):
    """A socket that connects to this machine only."""

    def _check(self, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            _refuse(address[0])

    def connect(self, address: Any) -> None:
        self._check(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        self._check(address)
        return super().connect_ex(address)


_getaddrinfo = socket.getaddrinfo


def _local_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_local(host):
        try:
            ipaddress.ip_address(host)  # a number is parsed, not looked up
        except ValueError:
            _refuse(host)
    return _getaddrinfo(host, *args, **kwargs)


def pytest_configure(config: pytest.Config) -> None:
    socket.socket = LocalSocket  # type: ignore[misc]
    socket.getaddrinfo = _local_getaddrinfo


# --------------------------------------------------------------------------- which is which


def _database() -> str:
    url = os.environ.get("DATABASE_URL", "")
    return "PostgreSQL" if url.startswith("postgres") else "SQLite"


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {_database()}; browser: {_chromium() or 'none'}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if _database() == "SQLite":
        terminalreporter.write_line("This was SQLite. `make test` runs the suite on PostgreSQL as well.")


# --------------------------------------------------------------------------- what migrations made


@pytest.fixture
def groups(db: None) -> None:
    """The two groups, anew: a test with a server empties all tables behind it, theirs too."""
    from django.apps import apps

    importlib.import_module("publishing.migrations.0002_groups").make(apps, None)


# --------------------------------------------------------------------------- a browser


def _chromium() -> str | None:
    """The path of Chromium: CHROMIUM from the environment, else what the machine has."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (path := shutil.which(name)):
            return path
    return None


def _no_loop() -> None:
    raise RuntimeError("no running event loop")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium. Skips, saying how to install one, where there is none."""
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium: `apt install chromium`, or set CHROMIUM to the path of one")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: make venv installs it")
    # Playwright's sync API keeps an event loop running in this thread, and Django then refuses the
    # database to what it takes for async code. It is not: the tests call it one after the other. (The
    # variable that Django has for this would be inherited by the commands that other tests start.)
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr("django.utils.asyncio.get_running_loop", _no_loop)
    flags = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    # Names of other machines resolve to nothing: a page that needs one fails the test, offline or not.
    flags.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1")
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium's sandbox does not start as root
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()
    monkeypatch.undo()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page with no cookies, 1440 px wide."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
