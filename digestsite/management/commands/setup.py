"""`manage.py setup`: everything between a fresh checkout and a running site. Safe to repeat."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, InterfaceError
from django.urls import reverse

from papers.models import Report, Section
from publishing import assemble
from publishing.document import Quote
from quotes.models import Verdict

EDITOR = "editor"
FIRST_REPORT = settings.BASE_DIR / "examples" / "deepseek-r1" / "report.md"
ADVISORY_LOCK = 0x64696765  # "dige": any number that nothing else on that database uses


class Command(BaseCommand):
    help = (
        "Sets the site up: the database's tables, the first report if there is none, the account "
        f"“{EDITOR}”, the static files. Safe to repeat; a second run changes nothing."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--static", action="store_true", help="collect the static files only, without a database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with one_at_a_time():
                if not options["static"]:
                    self.set_up_database()
                self.collect_static()
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(database_message(error)) from error
        except OSError as error:
            raise CommandError(file_message(error)) from error
        if not options["static"]:
            self.say_where()

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    # ------------------------------------------------------------------- database

    def set_up_database(self) -> None:
        with one_database_at_a_time():
            executor = MigrationExecutor(connection)
            waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            if waiting:
                self.say(f"Database: {waiting} migrations to apply ...")
                call_command("migrate", interactive=False, verbosity=0)
            self.load_first_report()
            self.make_editor()

    def load_first_report(self) -> None:
        """Only into a database that never had a report: what an editor deletes stays deleted."""
        if FIRST_REPORT.exists() and not Report.objects.exists() and not Report.history.exists():
            self.say(f"First report: loading {FIRST_REPORT.relative_to(settings.BASE_DIR)} ...")
            said = StringIO()
            call_command("import_report", str(FIRST_REPORT), stdout=said, stderr=self.stderr)
            self.say("".join(said.getvalue().splitlines()[-1:]))  # the sum, not every row

    # ------------------------------------------------------------------- the editor's account

    def make_editor(self) -> None:
        """The account `editor`, with the password given or a random one (kept until it is changed)."""
        given = os.environ.get("DIGEST_ADMIN_PASSWORD", "")
        editor = User.objects.filter(username=EDITOR).first()
        # Whoever replaced `editor` by accounts of their own does not get it back unasked.
        if editor is None and (given or not User.objects.filter(is_superuser=True, is_active=True).exists()):
            password = given or secrets.token_urlsafe(12)
            if not given:
                keep_first_password(password)  # before the account: a full disk must not lock anybody out
            editor = User.objects.create_superuser(EDITOR, password=password)
            self.say(f"Account: “{EDITOR}” made.")
        elif editor is not None and given and not editor.check_password(given):
            editor.set_password(given)
            editor.save(update_fields=["password"])
            self.say(f"Account: the password of “{EDITOR}” is now the one in DIGEST_ADMIN_PASSWORD.")
        if given and editor is not None:
            try:
                validate_password(given, editor)
            except ValidationError as error:
                self.say(f"Note: DIGEST_ADMIN_PASSWORD is weak. {' '.join(error.messages)}")
        path = first_password_path()
        if path.exists() and (editor is None or not editor.check_password(path.read_text().strip())):
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------------- static files

    def collect_static(self) -> None:
        """Collects only when a file has changed since the last time: hashing and compressing take seconds."""
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        now = static_fingerprint()
        if stamp.exists() and stamp.read_text() == now:
            return
        self.say("Static files: collecting and compressing ...")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(now)

    # ------------------------------------------------------------------- what to do next

    def say_where(self) -> None:
        base = settings.SITE_URL or local_url()
        lines = ["", f"The site:      {base}/"]
        if report := Report.objects.filter(slug="deepseek-r1").first():
            lines.append(f"  the page     {base}/{report.slug}/")
            if name := first_that_differs(report):
                lines.append(f"  a fault      {base}{reverse('quotation', args=[report.slug, name])}")
            if section := Section.objects.filter(report=report, anchor="deepseekmath").first():
                form = reverse("admin:papers_section_change", args=[section.pk])
                lines.append(f"  write        {base}{form}")
        lines.append(f"Sign in at:    {base}{reverse('admin:index')}")
        path = first_password_path()
        if os.environ.get("DIGEST_ADMIN_PASSWORD"):
            lines.append(f"               user {EDITOR}, password as in DIGEST_ADMIN_PASSWORD")
        elif path.exists():
            lines.append(f"               user {EDITOR}, password {path.read_text().strip()}")
            lines.append(f"               (also in {path}, until you change it)")
        elif User.objects.filter(username=EDITOR).exists():
            lines.append(f"               user {EDITOR}, with the password you chose")
        lines.append(f"Forgot it?     {python_command()} manage.py changepassword {EDITOR}")
        lines.append("               or start once with DIGEST_ADMIN_PASSWORD=... set")
        if settings.HOST in ("0.0.0.0", "::") and not settings.SITE_URL:
            lines.append(
                f"Note: HOST is {settings.HOST}, but other machines are refused until SITE_URL says by which "
                f"name they come, such as SITE_URL=http://lab.example:{settings.PORT}"
            )
        self.say("\n".join([*lines, ""]))


def first_that_differs(report: Report) -> str:
    """The name of the first quotation that differs from its source, or ""."""
    for quotation in assemble.document(report).quotations:
        if quotation.check and quotation.check.verdict == Verdict.ALTERED:
            return quotation.slug if isinstance(quotation, Quote) else quotation.anchor
    return ""


def local_url() -> str:
    """Where a browser on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HOST, settings.HOST)
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{settings.PORT}"


def python_command() -> str:
    """How this Python is called from the project's folder: `.venv/bin/python` after `make run`."""
    prefix = Path(sys.prefix).resolve()
    if prefix.is_relative_to(settings.BASE_DIR):
        return str(prefix.relative_to(settings.BASE_DIR) / "bin" / "python")
    return "python"


def first_password_path() -> Path:
    return Path(settings.DATA_DIR) / "first-password"


def keep_first_password(password: str) -> None:
    """Writes it so that nobody but this account can read it, not even for a moment."""
    path = first_password_path()
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")


def static_fingerprint() -> str:
    """Changes with any static file and with the version: names, sizes and times, in order."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups on one machine run one after the other."""
    with open(Path(settings.DATA_DIR) / "setup.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def one_database_at_a_time() -> Iterator[None]:
    """Two set-ups on two machines with one PostgreSQL run one after the other."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def database_message(error: Exception) -> str:
    """A database error in plain words, with the mend."""
    words = " ".join(str(error).split())
    if "disk is full" in words or "No space left" in words:
        return f"The database can't be written: {words}. Make room (df -h shows where), then repeat."
    if connection.vendor == "sqlite":
        path = settings.DATABASES["default"]["NAME"]
        if "readonly" in words or "unable to open" in words:
            return (
                f"The database {path} can't be written ({words}). Make it and its folder writable "
                "for this account, or name others by DIGEST_DATA_DIR or DATABASE_URL."
            )
        return f"The database {path} answers: {words}"
    return (
        f"The database in DATABASE_URL can't be used: {words.rstrip('.?')}. "
        "Check that it runs, and its host, user and name."
    )


def file_message(error: OSError) -> str:
    """A file error in plain words, with the mend."""
    where = error.filename or settings.DATA_DIR
    if error.errno == errno.ENOSPC:
        return f"The disk is full: {where} can't be written. Make room (df -h shows where), then repeat."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"{where} can't be written ({error.strerror}). Make it writable for this account, or name another "
            "folder by DIGEST_DATA_DIR (static files: STATIC_ROOT)."
        )
    return f"{where}: {error.strerror or error}"
