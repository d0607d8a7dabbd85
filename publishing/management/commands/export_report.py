"""Write a report to a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from papers.models import Report
from publishing import assemble, exports, records, typst


class Command(BaseCommand):
    help = (
        "Writes a report as Markdown, JSON or PDF. Everything is written, what is for editors only as well; "
        "with --public what readers may see."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--format", choices=sorted(exports.CONTENT_TYPES), default="md")
        parser.add_argument("--output", metavar="FILE", help="default: standard output")
        parser.add_argument(
            "--checks",
            action="store_true",
            help="with --output: the checks, too, in a .checks.json beside it",
        )
        parser.add_argument("--public", action="store_true", help="only what readers may see")

    def handle(self, *args: Any, **options: Any) -> None:
        report = Report.objects.filter(slug=options["slug"]).first()
        if report is None:
            known = ", ".join(Report.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no report “{options['slug']}”. Reports: {known}.")
        audience = assemble.READERS if options["public"] else assemble.EDITORS
        try:
            document = assemble.document(report, audience=audience)
            made = exports.export(document, options["format"], log_warnings=False)
        except typst.PdfError as error:
            raise CommandError(str(error)) from error
        for warning in made.warnings:
            self.stderr.write(f"Note: {warning}")
        if not options["output"]:
            sys.stdout.buffer.write(made.data)
            return
        try:
            Path(options["output"]).write_bytes(made.data)
        except OSError as error:
            raise CommandError(f"{options['output']} can't be written: {error.strerror}.") from error
        self.stderr.write(f"Written: {options['output']} ({len(made.data):,} bytes)")
        if options["checks"]:
            beside = Path(options["output"]).with_suffix(".checks.json")
            beside.write_text(records.write(report))
            self.stderr.write(f"Written: {beside}")
