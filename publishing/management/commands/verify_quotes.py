"""Check the quotations in the database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from papers.models import Report
from publishing import assemble, rechecking, verification
from quotes.models import Verdict


class Command(BaseCommand):
    help = "Checks each quotation against the archived text of its source; only what changed is done again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="reports; default: all")
        parser.add_argument(
            "--strict", action="store_true", help="exit with 1 if a quotation differs or is not found"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        reports = Report.objects.order_by("slug")
        if options["slug"]:
            reports = reports.filter(slug__in=options["slug"])
            known = set(reports.values_list("slug", flat=True))
            if missing := sorted(set(options["slug"]) - known):
                raise CommandError(f"There is no report “{missing[0]}”.")
        failing = 0
        for report in reports:
            summary = verification.verify_report(report, self.progress)
            failing += summary.failing
            words = ", ".join(f"{n} {Verdict(v).label.lower()}" for v, n in summary.counts.items())
            self.stdout.write(f"{report.slug}: {words or 'no quotations'} ({summary.made} checked now)")
            document = assemble.document(report, audience=assemble.EDITORS)
            for found in rechecking.unseen(document):
                self.stdout.write(f"  {found}")
                for recheck in found.changed:
                    self.stdout.write(f"    {recheck}")
        if failing and options["strict"]:
            words = "quotation differs from its" if failing == 1 else "quotations differ from their"
            raise CommandError(f"{failing} {words} source, or can't be found there.")

    def progress(self, done: int, total: int) -> None:
        if done % 100 == 0 or done == total:
            self.stderr.write(f"  {done} of {total} quotations", ending="\r" if done < total else "\n")
