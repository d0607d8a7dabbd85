"""From a fresh checkout to a site that can be served: bin/venv and `manage.py setup`."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.utils import OperationalError

from digestsite.management.commands import setup
from papers.changes import change
from papers.models import Report, Section

ROOT = Path(__file__).resolve().parent.parent

# --------------------------------------------------------------------------- bin/venv


@dataclass
class Checkout:
    """A folder with bin/venv, two pin files, and a wheel folder in place of the internet."""

    path: Path

    def venv(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        offline = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.path / "wheels"),
            "PIP_EXTRA_INDEX_URL": "",
        }
        return subprocess.run(
            [str(self.path / "bin" / "venv"), *arguments],
            env={**os.environ, **offline, **env},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    (tmp_path / "requirements.txt").write_text("tiny==1.0\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (tmp_path / "wheels").mkdir()
    with zipfile.ZipFile(tmp_path / "wheels" / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "HERE = True\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\n")
    return Checkout(tmp_path)


def pretend_python(path: Path, first: str) -> str:
    """This Python, but with `first` run before whatever it is asked: an older or a poorer one."""
    path.write_text(
        f"#!/bin/sh\nshift\nexec {sys.executable} -c 'import sys; {first}; exec(sys.argv[1])' \"$@\"\n"
    )
    path.chmod(0o755)
    return str(path)


def test_venv_installs_the_pins_once_from_a_wheel_folder(checkout: Checkout) -> None:
    first = checkout.venv(PYTHON=sys.executable)
    assert first.returncode == 0, first.stderr
    assert "Making .venv" in first.stdout and "Installing requirements.txt" in first.stdout
    python = str(checkout.path / ".venv" / "bin" / "python")
    assert subprocess.run([python, "-c", "import tiny; assert tiny.HERE"]).returncode == 0

    second = checkout.venv()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")

    (checkout.path / "requirements.txt").write_text("tiny==2.0\n")  # a pin that the folder lacks
    third = checkout.venv()
    assert third.returncode == 1 and "tiny==2.0" in third.stderr  # pip's own reason stays
    assert "PIP_FIND_LINKS" in third.stderr and "df -h" in third.stderr
    assert checkout.venv().returncode == 1, "a failed install must not count as done"


def test_venv_takes_the_newest_python_that_runs(checkout: Checkout) -> None:
    folder = checkout.path / "path"
    folder.mkdir()
    (folder / "python3.13").write_text("#!/bin/sh\necho 'not in this shell' >&2\nexit 127\n")
    (folder / "python3.13").chmod(0o755)
    pretend_python(folder / "python3.12", "sys.version_info = (3, 8, 1)")
    (folder / "python3.11").symlink_to(sys.executable)
    (checkout.path / ".venv").write_text("a file where the folder should be")  # stop before the slow part
    result = checkout.venv(PATH=f"{folder}:/usr/bin:/bin", PYTHON="")
    real = subprocess.run([sys.executable, "--version"], capture_output=True, text=True).stdout.strip()
    assert f"Making .venv with {real}" in result.stdout
    assert result.returncode == 1 and "can't be made" in result.stderr and "df -h" in result.stderr


def test_an_old_python_is_said_in_plain_words(checkout: Checkout) -> None:
    old = pretend_python(checkout.path / "old", "sys.version_info = (3, 8, 1)")
    result = checkout.venv(PYTHON=old)
    assert result.returncode == 1
    assert f"Python 3.11 or newer is needed, and {old} is Python 3.8." in result.stderr
    assert "make run PYTHON=" in result.stderr


def test_a_missing_venv_module_is_said_with_the_package_to_install(checkout: Checkout) -> None:
    bare = pretend_python(checkout.path / "bare", 'sys.modules["ensurepip"] = None')
    result = checkout.venv(PYTHON=bare)
    number = "{}.{}".format(*sys.version_info)
    assert result.returncode == 1
    assert f"{bare} is Python {number}, but its venv module is missing." in result.stderr
    assert f"apt install python{number}-venv" in result.stderr


def test_a_python_that_is_not_there_is_named(checkout: Checkout) -> None:
    result = checkout.venv(PYTHON="/nowhere/python3")
    assert result.returncode == 1 and "PYTHON is '/nowhere/python3', and that does not run." in result.stderr


# --------------------------------------------------------------------------- the account


@pytest.fixture
def house(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Path:
    """An empty data folder and no first report; the static files are another test's."""
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.setattr(setup, "FIRST_REPORT", tmp_path / "no-report.md")
    monkeypatch.delenv("DIGEST_ADMIN_PASSWORD", raising=False)
    return tmp_path


def run_setup(*arguments: str) -> str:
    out = StringIO()
    call_command("setup", *arguments, stdout=out)
    return out.getvalue()


def test_a_first_password_is_made_printed_and_kept_until_it_is_changed(house: Path) -> None:
    said = run_setup()
    path = house / "first-password"
    password = path.read_text().strip()
    editor = User.objects.get(username="editor")
    assert len(password) >= 16 and editor.check_password(password)
    assert editor.is_staff and editor.is_superuser
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"user editor, password {password}" in said and str(path) in said
    assert "manage.py changepassword editor" in said

    assert f"password {password}" in run_setup(), "the second start prints the same"
    editor.refresh_from_db()
    editor.set_password("my own words")
    editor.save()
    said = run_setup()
    assert not path.exists() and password not in said
    assert "with the password you chose" in said and "changepassword editor" in said
    editor.refresh_from_db()
    assert editor.check_password("my own words")


def test_the_given_password_is_set_whenever_it_differs(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_setup()
    monkeypatch.setenv("DIGEST_ADMIN_PASSWORD", "given by the lab")
    said = run_setup()
    editor = User.objects.get(username="editor")
    assert editor.check_password("given by the lab")
    assert "given by the lab" not in said and not (house / "first-password").exists()

    run_setup()
    again = User.objects.get(username="editor")
    assert again.password == editor.password, "the same password is not hashed anew: nobody is signed out"

    monkeypatch.setenv("DIGEST_ADMIN_PASSWORD", "12345")
    assert "DIGEST_ADMIN_PASSWORD is weak" in run_setup()


def test_an_editor_who_was_replaced_does_not_come_back(house: Path) -> None:
    User.objects.create_superuser("adam", password="words of adam")
    run_setup()
    assert not User.objects.filter(username="editor").exists()
    assert not (house / "first-password").exists()


def test_the_three_links_are_printed(house: Path, settings: Any) -> None:
    """The page, the quotation that differs, and the form of a section that is to do."""
    settings.SITE_URL = "http://lab.example:8000"
    call_command("import_report", str(ROOT / "examples" / "deepseek-r1" / "report.md"), stdout=io.StringIO())
    said = run_setup()
    section = Section.objects.get(anchor="deepseekmath")
    assert "http://lab.example:8000/deepseek-r1/\n" in said
    assert "http://lab.example:8000/deepseek-r1/quotes/rl-empower/\n" in said
    assert f"http://lab.example:8000/admin/papers/section/{section.pk}/change/\n" in said


def test_a_deleted_first_report_stays_deleted(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report(slug="deepseek-r1", title="Recent research")
    with change(report, None, "made"):
        report.save()
    Report._base_manager.filter(pk=report.pk).update(slug="elsewhere")
    monkeypatch.setattr(setup, "FIRST_REPORT", ROOT / "README.md")
    assert "First report" not in run_setup()


def test_other_machines_need_a_name_to_come_by(house: Path, settings: Any) -> None:
    settings.HOST = "0.0.0.0"
    said = run_setup()
    assert "SITE_URL=http://lab.example:8000" in said and "http://127.0.0.1:8000/" in said
    settings.SITE_URL = "http://lab.example:8000"
    assert "Note:" not in run_setup()


# --------------------------------------------------------------------------- what can go wrong


def test_static_files_are_collected_once(house: Path, settings: Any) -> None:
    assert "Static files: collecting" in run_setup("--static")
    css = next((house / "static" / "admin" / "css").glob("base*.css"))
    css.unlink()
    assert "Static files" not in run_setup("--static") and not css.exists()
    settings.VERSION = "another"
    assert "Static files: collecting" in run_setup("--static") and css.exists()


def test_a_folder_that_can_not_be_written_is_named(house: Path, settings: Any) -> None:
    (house / "file").write_text("")
    settings.STATIC_ROOT = house / "file" / "static"
    with pytest.raises(CommandError, match="file/static"):
        run_setup("--static")


def test_no_account_is_made_when_its_password_can_not_be_kept(house: Path) -> None:
    (house / "first-password").mkdir()
    with pytest.raises(CommandError, match="first-password"):
        run_setup()
    assert not User.objects.exists(), "an account with a password that nobody knows"


def test_a_full_disk_is_said_in_plain_words() -> None:
    # /dev/full is a disk on which every write fails for want of room.
    with pytest.raises(OSError) as caught, open("/dev/full", "w") as file:
        file.write("x" * 100_000)
    assert "The disk is full" in setup.file_message(caught.value)
    assert "df -h" in setup.file_message(caught.value)
    assert "df -h" in setup.database_message(OperationalError("database or disk is full"))
