"""Addresses outside of the site that a report names: what each answered when it was asked last.

Asking is done on a button or a command alone, through `papers.fetching` and so within its limits: never
while a page is looked at.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from papers import fetching

if TYPE_CHECKING:
    from papers.models import Report

SECONDS = 15  # for one address: a page that readers wait longer for is as good as gone


class AddressState(models.TextChoices):
    GOOD = "good", "answers"
    DEAD = "dead", "dead"
    DOUBTFUL = "doubtful", "could not be looked at"


class AddressCheckQuerySet(models.QuerySet["AddressCheck"]):
    def of(self, report: Report) -> dict[str, AddressCheck]:
        """What is known of the addresses of a report, by their names."""
        return {check.name: check for check in self.filter(report=report)}

    def record(self, report: Report, address: str, error: fetching.FetchError | None = None) -> AddressCheck:
        """Keep what came of asking `address` just now: the last answer stands for it."""
        state = AddressState.GOOD
        if error is not None:
            state = AddressState.DEAD if error.dead else AddressState.DOUBTFUL
        # What follows the reason is how to come by a file all the same.
        reason = (
            str(error or "")
            .replace(address, "It")
            .replace(address.partition("#")[0], "It")
            .partition(". ")[0]
            .removesuffix(".")
        )
        said = f"{reason}." if reason else ""
        check, _ = self.update_or_create(
            report=report,
            name=AddressCheck.name_of(address),
            defaults={
                "state": state,
                "said": said,
                "checked_at": timezone.now(),
            },
        )
        return check

    def ask(self, report: Report, address: str) -> AddressCheck:
        """Ask `address` whether it is there, and keep the answer. Takes up to `SECONDS`."""
        limits = fetching.Limits(seconds=SECONDS)
        try:
            # What follows a # is the browser's own business.
            asked = address.partition("#")[0]
            fetching.fetch(asked, allowed=settings.FETCH_NETWORKS, limits=limits, head=True)
        except fetching.FetchError as error:
            return self.record(report, address, error)
        return self.record(report, address)


class AddressCheck(models.Model):
    """The last answer of one address that a report names. No content. `said` is why it is not good.

    The address itself is not kept: it stands in the report, and what is taken out there is nowhere else.
    """

    State = AddressState

    report = models.ForeignKey("papers.Report", models.CASCADE, related_name="+")
    name = models.CharField(max_length=64, help_text="sha256 of the address")
    state = models.CharField(max_length=10, choices=AddressState)
    said = models.TextField(blank=True)
    checked_at = models.DateTimeField()

    objects: ClassVar[AddressCheckQuerySet] = AddressCheckQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "name"], name="address_check_unique"),
            models.CheckConstraint(
                condition=models.Q(state__in=AddressState.values), name="address_check_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name[:12]}: {self.get_state_display()}"

    @staticmethod
    def name_of(address: str) -> str:
        return hashlib.sha256(address.encode()).hexdigest()
