"""`manage.py check_links [SLUG]`: ask the addresses outside that readers can follow whether they are there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from papers.links import AddressCheck, AddressState
from papers.models import Report
from publishing import assemble, links


class Command(BaseCommand):
    help = (
        "Name the links within the report that lead nowhere, then ask each address outside that readers can "
        "follow, and keep the answers for the checklist of the next edition. Ends with 1 if a link is dead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", metavar="SLUG", default="", help="one report; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        reports = Report.objects.filter(slug=slug) if slug else Report.objects.all()
        if slug and not reports.exists():
            known = ", ".join(Report.objects.values_list("slug", flat=True)[:10]) or "none"
            raise CommandError(f"There is no report “{slug}”. There are: {known}.")
        dead = sum(self._check(report) for report in reports)
        if dead:
            raise CommandError(f"{dead} link{'s lead' if dead > 1 else ' leads'} nowhere.")

    def _check(self, report: Report) -> int:
        """How many are dead."""
        document = assemble.document(report)
        whole = assemble.document(report, audience=assemble.EDITORS)
        ends = links.within(report, document, whole)
        for end in ends:
            self.stdout.write(f"{report.slug}: {end.where}: {end.target}: {end.why}")
        dead, addresses = len(ends), links.outside(report, document).addresses
        for number, address in enumerate(addresses, 1):
            self.stdout.write(f"{report.slug}: {number}/{len(addresses)} {address}: ", ending="")
            self.stdout.flush()
            check = AddressCheck.objects.ask(report, address)
            dead += check.state == AddressState.DEAD
            self.stdout.write(f"{check.get_state_display()}{f': {check.said}' if check.said else ''}")
        if not addresses:
            self.stdout.write(f"{report.slug}: readers are led to no address outside.")
        return dead
