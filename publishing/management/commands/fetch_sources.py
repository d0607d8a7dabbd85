"""`manage.py fetch_sources [SLUG] [--again]`: fetch and archive what quotations are checked against."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from papers import archive
from papers.models import Report, Source
from publishing import assemble, newer, verification


class Command(BaseCommand):
    help = (
        "Fetch the sources (PDFs and web pages) that have an address and no archived copy, keep them and read "
        "their text. Older copies stay. Ends with 1 if one could not be fetched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", metavar="SLUG", default="", help="one report; default: all")
        parser.add_argument(
            "--again", action="store_true", help="fetch those with a copy too: a newer file is kept beside it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        if slug and not Report.objects.filter(slug=slug).exists():
            known = ", ".join(Report.objects.values_list("slug", flat=True)[:10]) or "none"
            raise CommandError(f"There is no report “{slug}”. There are: {known}.")
        sources = Source.objects.to_fetch(again=options["again"]).select_related("report")
        found = list(sources.filter(report__slug=slug) if slug else sources)
        if not found:
            self.stdout.write(
                "Nothing to fetch: each source with an address has a copy (--again fetches anew)."
            )
        failed = 0
        for number, source in enumerate(found, 1):
            self.stdout.write(f"{number}/{len(found)} {source.report.slug}/{source.key}: ", ending="")
            self.stdout.flush()
            try:
                kept = archive.fetch(source)
            except ValidationError as error:
                failed += 1
                self.stdout.write("failed")
                self.stderr.write(f"{source.report.slug}/{source.key}: {error.messages[0]}", style_func=str)
            else:
                self.stdout.write(str(kept))
                if kept.new:
                    self._compare(source)
        if failed:
            raise CommandError(f"{failed} of {len(found)} could not be fetched.")

    def _compare(self, source: Source) -> None:
        """Old and new verdict where the newer file changed one. What a request would not wait for is checked here."""
        verification.verify_report(source.report)
        document = assemble.document(source.report, audience=assemble.EDITORS)
        for found in newer.of(document):
            if found.source.row == source.pk:
                self.stdout.write(f"  {found}")
                for recheck in found.changed:
                    self.stdout.write(f"    {recheck}")
