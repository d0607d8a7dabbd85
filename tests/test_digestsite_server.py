"""The server as people run it: gunicorn, runserver, and the commands of the container."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from digestsite import listen, settings

ROOT = Path(__file__).resolve().parent.parent
LISTEN = [sys.executable, "-m", "digestsite.listen"]
GUNICORN = [sys.executable, "-m", "gunicorn", "digestsite.wsgi"]
HASHED_SHEET = re.compile(r"/static/[\w/-]+\.[0-9a-f]{12}\.css")


def environment(**env: str) -> dict[str, str]:
    """The tests' environment with the real settings, and `env` on top."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "digestsite.settings", **env}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --------------------------------------------------------------------------- a running server


@dataclass
class Site:
    """An empty folder that two set-ups ran in at once, and a server on it."""

    env: dict[str, str]
    port: int
    said: list[str]

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body=body, headers=named)
        return connection.getresponse()


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with nothing in it, of the kind that the suite runs on."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'digest.sqlite3'}"
        return
    name = f"setup_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield re.sub(r"/postgres(?=\?|$)", f"/{name}", server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A temporary folder that others may enter: pytest closes its own, whenever it starts anew."""
    folder = Path(tempfile.mkdtemp(prefix="digestsite-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, open_folder: Path, database_url: str) -> Iterator[Site]:
    port = free_port()
    env = environment(
        DATABASE_URL=database_url,
        DIGEST_DATA_DIR=str(tmp_path_factory.mktemp("data")),
        DIGEST_ADMIN_PASSWORD="given by the lab",
        STATIC_ROOT=str(open_folder / "static"),
        SITE_URL=f"http://lab.example:{port}",
        PORT=str(port),
    )
    command = [sys.executable, "manage.py", "setup"]
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": ROOT}
    both = [subprocess.Popen(command, env=env, **pipes) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    with serving(env):
        yield Site(env, port, said)


class serving:
    """`gunicorn digestsite.wsgi` for as long as the block lasts."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def __enter__(self) -> None:
        self.process = subprocess.Popen(
            GUNICORN, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        port = int(self.env["PORT"])
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.05)
        pytest.fail("gunicorn does not listen after 30 s")

    def __exit__(self, *error: object) -> None:
        self.process.send_signal(signal.SIGINT)  # the quick way: nothing is under way
        self.process.communicate(timeout=60)


def test_two_setups_at_once_make_one_site(site: Site) -> None:
    assert sum("Account: “editor” made." in text for text in site.said) == 1
    assert sum("Static files: collecting" in text for text in site.said) == 1
    assert site.ask("/readyz").read() == b"ok\n"


def test_the_server_serves_static_files_with_debug_off(site: Site) -> None:
    login = site.ask("/admin/login/", Host="localhost").read().decode()
    sheet = HASHED_SHEET.search(login)
    assert sheet, "the page links no collected style sheet"
    answer = site.ask(sheet[0], Accept_Encoding="br")
    assert answer.status == 200 and answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    missing = site.ask("/nowhere/to/be/found/", Host="localhost")
    assert missing.status == 404 and b"DEBUG" not in missing.read()


def sign_in(site: Site, **headers: str) -> HTTPResponse:
    """A browser's sign-in: the form's cookie and token, then name and password."""
    form = site.ask("/admin/login/", **headers)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.read().decode())
    assert token, "the form has no token"
    cookie = form.headers["Set-Cookie"].partition(";")[0]
    body = f"csrfmiddlewaretoken={token[1]}&username=editor&password=given+by+the+lab&next=/admin/"
    kind = "application/x-www-form-urlencoded"
    return site.ask("/admin/login/", "POST", body, Cookie=cookie, Content_Type=kind, **headers)


def test_sign_in_over_plain_http_on_a_labs_machine(site: Site) -> None:
    address = f"lab.example:{site.port}"
    answer = sign_in(site, Host=address, Origin=f"http://{address}")
    assert answer.status == 302 and answer.headers["Location"] == "/admin/"
    assert "Secure" not in str(answer.headers.get_all("Set-Cookie"))


def test_sign_in_through_a_proxy_that_passes_another_port(site: Site) -> None:
    answer = sign_in(site, Host="localhost:9999", Origin=f"http://lab.example:{site.port}")
    assert answer.status == 302
    assert sign_in(site, Host="localhost:9999", Origin="http://evil.example").status == 403


def test_strange_hosts_are_refused(site: Site) -> None:
    assert site.ask("/admin/login/", Host="evil.example").status == 400


def test_https_is_believed_from_a_trusted_proxy_only(site: Site) -> None:
    port = free_port()
    env = {**site.env, "PORT": str(port), "SITE_URL": "https://lab.example"}
    with serving(env):
        secure = Site(env, port, [])
        direct = secure.ask("/admin/login/", Host="lab.example")
        assert direct.status == 301 and direct.headers["Location"] == "https://lab.example/admin/login/"
        headers = {"Host": "lab.example", "X_Forwarded_Proto": "https"}
        answer = sign_in(secure, Origin="https://lab.example", **headers)
        assert answer.status == 302
        assert str(answer.headers.get_all("Set-Cookie")).count("Secure") == 2
        assert answer.headers["Strict-Transport-Security"]
        assert secure.ask("/healthz").status == 200
    with serving({**env, "FORWARDED_ALLOW_IPS": "192.0.2.1"}):
        assert secure.ask("/admin/login/", **headers).status == 301


def test_a_taken_port_is_said_before_anything_starts(site: Site) -> None:
    for command in (LISTEN, GUNICORN):
        result = subprocess.run(command, cwd=ROOT, env=site.env, capture_output=True, text=True, timeout=30)
        assert result.returncode == 1
        assert f"Port {site.port} on 127.0.0.1 is taken" in result.stderr
        assert re.search(r"PORT=\d+ make run", result.stderr) and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("DEBUG", "maybe"),
        ("DATABASE_URL", "mysql://a:secret@b/c"),
    ],
)
def test_gunicorn_stops_with_one_line_that_names_the_variable(site: Site, name: str, value: str) -> None:
    env = {**site.env, "PORT": str(free_port()), name: value}
    result = subprocess.run(GUNICORN, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)
    assert result.returncode != 0
    assert result.stderr.startswith(name) and len(result.stderr.splitlines()) == 1
    assert "secret" not in result.stderr


def test_gunicorn_before_set_up_says_what_to_run(site: Site, tmp_path: Path) -> None:
    env = {**site.env, "PORT": str(free_port()), "STATIC_ROOT": str(tmp_path)}
    result = subprocess.run(GUNICORN, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)
    assert result.returncode != 0 and "python manage.py setup" in result.stderr.splitlines()[-1]


def test_runserver_works_too(site: Site) -> None:
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=site.env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            if isinstance(listen.bind_error("127.0.0.1", port), OSError):
                break
            time.sleep(0.05)
        here = Site(site.env, port, [])
        login = here.ask("/admin/login/", Host="localhost").read().decode()
        assert all(here.ask(path).status == 200 for path in re.findall(r'href="(/static/[^"]+\.css)"', login))
    finally:
        server.terminate()
        server.communicate(timeout=60)


# --------------------------------------------------------------------------- the container


def dockerfile(instruction: str) -> list[str]:
    """The arguments of each `instruction` of the Dockerfile's last stage, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    last = text[text.rindex("\nFROM ") :]
    return [" ".join(m.split()) for m in re.findall(rf"^{instruction} (.*)$", last, flags=re.MULTILINE)]


# As root, the container's commands are run as "nobody", every right dropped.
AS_NOBODY = (
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    if os.geteuid() == 0
    else []
)


@pytest.fixture
def bin_for_nobody(open_folder: Path) -> Path:
    """A folder for PATH with `python` and `gunicorn` that a user without rights may run.

    The Python of the tests may lie in root's closed home; then the system's, if it is of the same
    version, runs the same packages.
    """
    packages = Path(django.__file__).parent.parent
    folder = open_folder / "bin"
    folder.mkdir()
    for python in (sys.executable, "/usr/bin/python{}.{}".format(*sys.version_info)):
        for name, command in (("python", python), ("gunicorn", f"{python} -m gunicorn")):
            (folder / name).write_text(f'#!/bin/sh\nPYTHONPATH={packages} exec {command} "$@"\n')
            (folder / name).chmod(0o755)
        try:
            probe = subprocess.run(
                [*AS_NOBODY, "sh", "-c", f"{folder}/python -c 'import django, manage'"],
                capture_output=True,
                cwd=ROOT,
            )
        except FileNotFoundError:
            pytest.skip("no setpriv to drop root's rights with (Debian package util-linux)")
        if probe.returncode == 0:
            return folder
    pytest.skip("a user without rights may not read this checkout or any Python of its version")


def test_the_containers_commands_run_without_rights_in_an_empty_folder(
    site: Site, bin_for_nobody: Path, open_folder: Path
) -> None:
    data, static = open_folder / "data", Path(site.env["STATIC_ROOT"])
    data.mkdir(mode=0o700)
    port = str(free_port())
    env = {
        "PATH": f"{bin_for_nobody}:/usr/bin:/bin",
        "DIGEST_DATA_DIR": str(data),
        "STATIC_ROOT": str(static),
        "HOST": "0.0.0.0",
        "PORT": port,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # As in the image: the static files are collected by root, and only read afterwards.
    build = next(line for line in dockerfile("RUN") if "setup --static" in line)
    build = build.replace("/tmp/build", str(open_folder / "build"))
    subprocess.run(["sh", "-c", build], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    assert not (open_folder / "build").exists() and not any(data.iterdir())
    if AS_NOBODY:
        os.chown(data, 65534, 65534)
    entry = json.loads(dockerfile("CMD")[0])
    server = subprocess.Popen(
        [*AS_NOBODY, *entry], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    healthy = False
    try:
        check = json.loads(dockerfile("HEALTHCHECK")[0].partition("CMD ")[2])
        for _ in range(60):
            healthy = subprocess.run([*AS_NOBODY, *check], env=env, capture_output=True).returncode == 0
            if healthy or server.poll() is not None:
                break
            time.sleep(0.2)
        login = (
            Site(env, int(port), []).ask("/admin/login/", Host="localhost").read().decode() if healthy else ""
        )
    finally:
        server.send_signal(signal.SIGINT)
        said = server.communicate(timeout=60)[0]
    assert healthy and "Sign in at:" in said, said
    assert HASHED_SHEET.search(login)
    assert "Static files" not in said, "collected at build, so not again"
    names = {path.name for path in data.iterdir()}
    assert {"digestsite.sqlite3", "secret-key", "first-password"} <= names and "static" not in names
    assert (data / "digestsite.sqlite3").stat().st_uid == (65534 if AS_NOBODY else os.geteuid())


def test_the_image_runs_without_rights_and_keeps_its_data_in_a_volume() -> None:
    assert dockerfile("USER") == ["digest"] and dockerfile("VOLUME") == ["/data"]
    assert "DIGEST_DATA_DIR=/data" in dockerfile("ENV")[0]
    assert "STATIC_ROOT=/app/" in dockerfile("ENV")[0]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".git", ".venv", "var"} <= set(ignored), "no history, no secrets in the image"


def test_the_compose_file_makes_settings_that_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    for name, service in services.items():
        if "image" in service:
            assert re.search(r":\d", service["image"]), f"{name}: the image's version is pinned"
            assert service["healthcheck"]["test"]
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in compose["volumes"]
    waits = services["app"]["depends_on"]
    assert all(waits[name] == {"condition": "service_healthy"} for name in ("db", "cache"))
    assert re.search(r"\$\{POSTGRES_PASSWORD:\?", services["db"]["environment"]["POSTGRES_PASSWORD"])

    for name, text in services["app"]["environment"].items():
        value = re.sub(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}", "word", text)
        value = re.sub(r"\$\{\w+:-([^{}]*)\}", r"\1", value)  # twice: one stands within another
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-([^{}]*)\}", r"\1", value))
    database = settings.database()
    assert (database["HOST"], database["USER"], database["NAME"]) == ("db", "digest", "digest")
    assert database["PASSWORD"] == "word"
    assert settings.caches()["default"]["LOCATION"] == "redis://cache:6379/0"
    assert settings.site_url() == "http://localhost:8000"
    monkeypatch.setenv("SITE_URL", "${SITE_URL")
    with pytest.raises(ImproperlyConfigured):
        settings.site_url()
