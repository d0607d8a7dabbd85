"""`manage.py fetch_sources [SLUG] [--again]`: fetch and archive what quotations are checked against."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from papers import archive
from papers.models import Report, Source
from publishing import assemble, newer, verification

log = logging.getLogger(__name__)


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
                self.stdout.write(str(kept))
                if kept.new:
                    self._compare(source)
            except ValidationError as error:
                failed += 1
                self._failed(source, error.messages[0])
            except Exception as error:  # one source never keeps the others from being fetched
                failed += 1
                log.exception("fetching %s/%s", source.report.slug, source.key)
                self._failed(
                    source, f"a fault of the site ({type(error).__name__}); the log has the details."
                )
        if failed:
            raise CommandError(f"{failed} of {len(found)} could not be fetched.")

    def _failed(self, source: Source, why: str) -> None:
        self.stdout.write("failed")
        self.stderr.write(f"{source.report.slug}/{source.key}: {why}", style_func=str)

    def _compare(self, source: Source) -> None:
        """Old and new verdict where the newer file changed one. What a request would not wait for is checked here."""
        verification.verify_report(source.report)
        document = assemble.document(source.report, audience=assemble.EDITORS)
        for found in newer.of(document):
            if found.source.row == source.pk:
                self.stdout.write(f"  {found}")
                for recheck in found.changed:
                    self.stdout.write(f"    {recheck}")
