"""`manage.py import_report FILE`: a report from Markdown or JSON into the database."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from papers.models import Report
from publishing import exchange, records, verification
from publishing.importing import Result, import_report

MAX_BYTES = 50_000_000  # far above any report; a file beyond is the wrong file


class Command(BaseCommand):
    help = (
        "Read a report from Markdown or JSON (as export_report writes it, or plain Markdown such as a static "
        "blog's post) and store it. The file is the whole report: what it lacks is deleted and listed; try "
        "--dry-run first. With any error, nothing is stored. Importing the same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a .md or .json file; - reads standard input")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )
        parser.add_argument("--slug", default="", help="the report's address, if the file names none")
        parser.add_argument("--title", default="", help="the report's title, if the file names none")
        parser.add_argument("--who", default="", metavar="USER", help="in whose name the change is recorded")
        parser.add_argument(
            "--note", default="", help="a note for the history (default: “Imported from FILE”)"
        )
        parser.add_argument(
            "--quiet-notes", action="store_true", help="do not list how plain Markdown was understood"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        parsed = self.read(file, options)
        who = self.user(options["who"])
        note = options["note"] or f"Imported from {Path(file).name if file != '-' else 'standard input'}"
        try:
            result = import_report(
                parsed, who, note=note, dry_run=options["dry_run"], progress=Progress(self.stderr)
            )
        except DatabaseError as error:
            raise CommandError(
                f"{file}: the database refused the import, nothing is stored: {error}"
            ) from error
        self.list_findings(file, result, options["quiet_notes"])
        if result.errors:
            count = len(result.errors)
            raise CommandError(
                f"{file}: {count} error{'s' * (count > 1)}, nothing is stored. Mend and repeat."
            )
        self.say_what_was_done(result)
        if not options["dry_run"] and file != "-":
            self.load_records(Path(file), result.slug)

    def load_records(self, path: Path, slug: str) -> None:
        """Checks carried along beside the report: `report.md` and `report.checks.json`."""
        beside = path.with_suffix(".checks.json")
        if not beside.exists():
            return
        report = Report.objects.get(slug=slug)
        try:
            kept = records.load(report, exchange.decode(self.bytes_of(beside)))
        except (records.RecordError, exchange.NotText, OSError) as error:
            raise CommandError(f"{beside}: {error} The report itself is stored.") from error
        verification.verify_report(report)
        self.stdout.write(f"{slug}: {kept} recorded checks kept from {beside.name}.")

    def read(self, file: str, options: dict[str, Any]) -> exchange.Parsed:
        try:
            data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else self.bytes_of(Path(file))
        except OSError as error:
            raise CommandError(f"{file}: it can't be read: {error.strerror or error}.") from error
        if len(data) > MAX_BYTES:
            raise CommandError(f"{file}: more than {MAX_BYTES // 1_000_000} MB: this is no report.")
        try:
            text = exchange.decode(data)
        except exchange.NotText as error:
            raise CommandError(f"{file}:{error.line}: {error}") from error
        if file.lower().endswith(".json") or (file == "-" and text.lstrip().startswith("{")):
            return exchange.read_json(text)
        name = Path(file).stem if file != "-" else ""
        return exchange.read(text, slug=options["slug"], title=options["title"], name=name)

    def bytes_of(self, path: Path) -> bytes:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)

    def user(self, name: str) -> Any:
        if not name:
            return None
        users = get_user_model()
        try:
            return users._default_manager.get_by_natural_key(name)
        except users.DoesNotExist as error:
            raise CommandError(f"--who: there is no account “{name}”.") from error

    def list_findings(self, file: str, result: Result, quiet: bool) -> None:
        for finding in result.findings:
            if quiet and finding.severity == exchange.NOTE:
                continue
            place = f"{file}:{finding.line}" if finding.line else f"{file}: {finding.where}".rstrip(": ")
            severity = "" if finding.severity == exchange.ERROR else f"{finding.severity}: "
            self.stderr.write(f"{place}: {severity}{finding.message}", style_func=str)

    def say_what_was_done(self, result: Result) -> None:
        will = "would be " if result.dry_run else ""
        for verb in ("created", "changed", "deleted"):
            for name in getattr(result, verb):
                self.stdout.write(f"{will}{verb}: {name}")
        counts = ", ".join(
            f"{len(getattr(result, verb))} {verb}" for verb in ("created", "changed", "deleted")
        )
        end = (
            "Dry run, nothing is stored."
            if result.dry_run
            else f"/{result.slug}/ is at version {result.version}."
        )
        self.stdout.write(f"{result.slug}: {counts}, {result.unchanged} unchanged. {end}")


class Progress:
    """One line, overwritten, on a terminal and only when it takes longer than a second."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.begun, self.said = stream, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.stream.isatty() or now - self.begun < 1 or (now - self.said < 0.2 and done < total):
            return
        self.said = now
        self.stream.write(f"\r{done} of {total} parts", ending="\n" if done == total else "")
        self.stream.flush()
