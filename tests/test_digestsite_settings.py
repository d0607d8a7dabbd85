"""Every setting comes from the environment; a wrong value names itself and says how to mend it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory

from digestsite import listen, proxy, settings

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of its own in the project's folder, on the tests' data folder, with `env` on top."""
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=60
    )


def manage(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "manage.py", *arguments, DJANGO_SETTINGS_MODULE="digestsite.settings", **env)


# --------------------------------------------------------------------------- SITE_URL


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("", ""),
        ("https://reports.example.org", "https://reports.example.org"),
        ("https://Reports.Example.org/", "https://reports.example.org"),
        ("https://reports.example.org:443", "https://reports.example.org"),
        ("http://lab.example:80", "http://lab.example"),
        ("http://lab.example:8000", "http://lab.example:8000"),
        ("http://192.0.2.7:8000", "http://192.0.2.7:8000"),
        ("http://[2001:db8::7]:8000", "http://[2001:db8::7]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_site_url_becomes_an_origin_as_browsers_write_it(
    monkeypatch: pytest.MonkeyPatch, given: str, origin: str
) -> None:
    monkeypatch.setenv("SITE_URL", given)
    assert settings.site_url() == origin


@pytest.mark.parametrize(
    "given",
    [
        "reports.example.org",
        "ftp://reports.example.org",
        "https://",
        "https://*",
        "https://.example.org",
        "https://host/folder",
        "https://host?x=1",
        "https://host#top",
        "https://user:word@host",
        "https://host:port",
        "https://host:99999",
        "https://[::1",
        "https://[zz]",
        "https://a b",
        "https://host\nevil",
        "https://" + "a" * 70 + ".example",
    ],
)
def test_a_wrong_site_url_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("SITE_URL", given)
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_URL is .* Write the scheme and the host alone"):
        settings.site_url()


# --------------------------------------------------------------------------- DATABASE_URL, CACHE_URL


@pytest.mark.parametrize(
    "given",
    [
        "mysql://user:secret@host/name",
        "postgres:/user:secret@host/name",
        "host/name",
        "postgres://user:secret@host:port/name",
        "postgres://user:se#cret@host/name",
        "postgres://user:secret@host",
        "postgres://user:secret@host/",
        "postgres://[::1/name",
        "sqlite://",
        "sqlite://:memory:",
        "sqlite://digest.sqlite3",
    ],
)
def test_a_wrong_database_url_is_refused_without_repeating_the_password(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    with pytest.raises(ImproperlyConfigured, match="^DATABASE_URL ") as caught:
        settings.database()
    assert "secret" not in str(caught.value) and "cret@" not in str(caught.value)
    assert "postgres://user:password@host:5432/name" in str(caught.value)


def test_database_urls_that_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://digest:p%40ss@db:5433/reports")
    database = settings.database()
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("digest", "p@ss")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", 5433, "reports")

    monkeypatch.setenv("DATABASE_URL", "sqlite:////srv/digest.sqlite3")
    database = settings.database()
    assert database["NAME"] == "/srv/digest.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"

    monkeypatch.delenv("DATABASE_URL")
    assert settings.database()["NAME"] == str(settings.DATA_DIR / "digestsite.sqlite3")


@pytest.mark.parametrize(
    "given", ["memcached://host", "redis:host", "redis://", "redis://host:x/0", "redis://:secret@host/one"]
)
def test_a_wrong_cache_url_is_refused_without_repeating_the_password(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("CACHE_URL", given)
    with pytest.raises(ImproperlyConfigured, match="^CACHE_URL can't be read") as caught:
        settings.caches()
    assert "secret" not in str(caught.value)


def test_cache_urls_that_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("redis://cache:6379/0", "rediss://:word@cache/1", "redis://cache"):
        monkeypatch.setenv("CACHE_URL", given)
        assert settings.caches()["default"]["LOCATION"] == given
    monkeypatch.delenv("CACHE_URL")
    assert settings.caches()["default"]["LOCATION"] == settings.DATA_DIR / "cache"


# --------------------------------------------------------------------------- the small ones


@pytest.mark.parametrize(
    ("given", "meant"), [("1", True), ("On", True), ("0", False), ("no", False), ("", True)]
)
def test_switches(monkeypatch: pytest.MonkeyPatch, given: str, meant: bool) -> None:
    monkeypatch.setenv("SWITCH", given)
    assert settings.env_bool("SWITCH", default=True) is meant


def test_a_wrong_switch_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", "maybe")
    with pytest.raises(ImproperlyConfigured, match="^SWITCH is 'maybe'"):
        settings.env_bool("SWITCH")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "٨٠", "8" * 40, "8000.0"])
def test_a_wrong_port_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(ValueError, match="^PORT is "):
        listen.address()


@pytest.mark.parametrize("host", ["http://lab.example", "two words", "10.0.0.0/8"])
def test_a_wrong_host_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HOST", host)
    with pytest.raises(ValueError, match="^HOST is "):
        listen.address()


def test_a_data_folder_that_can_not_be_made_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for given in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("DIGEST_DATA_DIR", str(given))
        with pytest.raises(ImproperlyConfigured, match="^DIGEST_DATA_DIR: the folder .* can't be made"):
            settings.data_dir()


def test_the_secret_key_is_made_once_and_for_this_account_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    key = settings.secret_key()
    assert len(key) >= 50 and settings.secret_key() == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="secret-key is empty"):
        settings.secret_key()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://a:b@c/d"),
        ("SITE_URL", "example.org"),
        ("FORWARDED_ALLOW_IPS", "the proxy"),
        ("WEB_CONCURRENCY", "all"),
        ("DIGEST_DATA_DIR", "/dev/null/data"),
    ],
)
def test_manage_py_stops_with_one_line_that_names_the_variable(name: str, value: str) -> None:
    result = manage("check", **{name: value})
    assert result.returncode == 1
    assert name in result.stderr and len(result.stderr.splitlines()) == 1


# --------------------------------------------------------------------------- closed by default


def test_the_deployment_check_has_nothing_to_say_when_the_site_is_https() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", SITE_URL="https://reports.example.org")
    assert result.returncode == 0, result.stderr
    assert "no issues (0 silenced)" in result.stdout


def test_scripts_styles_and_frames_come_from_the_site_alone(client: Client, db: None) -> None:
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "*" not in policy
    assert "frame-ancestors 'none'" in policy and "object-src 'none'" in policy


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: its word counts nothing
        ("10.0.0.5", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.5", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # the first entry is the visitor's own
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "nonsense", "10.0.0.5"),
        ("", "198.51.100.1", "198.51.100.1"),  # a Unix socket
    ],
)
def test_the_address_behind_a_proxy(settings: Any, peer: str, forwarded: str, seen: str) -> None:
    settings.TRUSTED_PROXIES = proxy.networks("10.0.0.0/24")
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert proxy.client_ip(request) == seen


def test_guessing_a_password_is_stopped_for_that_address_only(
    client: Client, db: None, settings: Any
) -> None:
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    User.objects.create_superuser("edda", password="right words")

    def sign_in(password: str, address: str) -> int:
        sent = {"username": "edda", "password": password}
        return client.post("/admin/login/", sent, REMOTE_ADDR=address).status_code

    assert [sign_in("wrong", "203.0.113.9") for _ in range(3)] == [200, 200, 429]
    assert sign_in("right words", "203.0.113.9") == 429
    assert sign_in("right words", "198.51.100.1") == 302


# --------------------------------------------------------------------------- probes


def test_the_probes_ask_neither_host_nor_https(client: Client, db: None, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/healthz", "/readyz"):
        response = client.get(path, headers={"host": "10.42.0.7:8000"})
        assert (response.status_code, response.content) == (200, b"ok\n")
        assert response.headers["Cache-Control"] == "no-store"
        assert client.post(path).status_code == 405
    assert client.get("/admin/login/").status_code == 301


def test_healthz_asks_no_database(client: Client) -> None:
    assert client.get("/healthz").status_code == 200  # without the mark `db`, a query would fail


def test_readyz_says_that_the_database_is_away() -> None:
    code = "from django.test import Client; r = Client().get('/readyz'); print(r.status_code, r.content.decode())"
    result = manage("shell", "--no-imports", "-c", code, DATABASE_URL="postgres://a:b@127.0.0.1:9/name")
    assert result.stdout.split("\n")[0] == "503 the database can't be reached", result.stderr


def test_readyz_says_that_migrations_wait(tmp_path: Path) -> None:
    code = "from django.test import Client; r = Client().get('/readyz'); print(r.status_code, r.content.decode())"
    result = manage(
        "shell", "--no-imports", "-c", code, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    )
    assert result.stdout.startswith("503 the database lacks "), result.stderr
    assert "manage.py setup" in result.stdout
