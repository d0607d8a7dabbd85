"""Editions: numbered, frozen copies of a report that can be cited for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from papers.archive import digest
from papers.changes import Conflict, bump
from papers.models import Report, Section
from publishing import assemble, document as tree, exchange
from publishing.masthead import moment
from quotes.models import Verdict

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FAILING = (Verdict.ALTERED, Verdict.NOT_FOUND)


def failing(document: tree.Document) -> list[tree.Quote | tree.ProseQuote]:
    """The quotations that are shown and do not agree with their source, in reading order."""
    return [q for q in document.quotations if q.check is not None and q.check.verdict in FAILING]


class EditionQuerySet(models.QuerySet["Edition"]):
    def of(self, report: Report) -> EditionQuerySet:
        return self.filter(report=report)

    def showing(self, section: Section) -> list[Edition]:
        """Those that stand, and show a section that may be hidden by now."""
        names = {section.anchor, *section.former_anchors}
        standing = self.of(section.report).filter(withdrawn_at=None)
        return [edition for edition in standing if names & edition.anchors()]

    def next_number(self) -> int:
        return (self.aggregate(last=models.Max("number"))["last"] or 0) + 1

    def publish(
        self,
        report: Report,
        who: User | None,
        name: str,
        note: str,
        reasons: Mapping[str, str],
        expected: int,
    ) -> Edition:
        """Freeze what readers see of `report` now, as its next edition.

        `reasons` says, by a failing quotation's anchor, why it is published all the same; `expected` is the
        version that was looked at. Raises `Conflict` if the report has moved since, and `ValidationError`
        (by anchor, or "name") if a failing quotation has no reason or the edition no name.
        """
        with transaction.atomic():
            stored = Report.objects.select_for_update().get(pk=report.pk)
            if stored.version != expected:
                raise Conflict(
                    f"The report has changed meanwhile: this is version {stored.version}, and you looked at "
                    f"{expected}. Nothing is published yet. Look it over once more."
                )
            document = assemble.document(stored)
            kept, problems = [], {}
            for quotation in failing(document):
                reason = reasons.get(quotation.anchor, "").strip()
                if not reason:
                    problems[quotation.anchor] = "Mend this quotation, or say why it stays as it is."
                assert quotation.check is not None
                words = quotation.text if isinstance(quotation, tree.Quote) else quotation.words
                kept.append(
                    {
                        "quotation": quotation.anchor,
                        "words": words,
                        "verdict": str(quotation.check.verdict),
                        "reason": reason[:500],
                    }
                )
            if not name.strip():
                problems["name"] = "Give the edition a name, such as “Spring 2025” or “As submitted”."
            if problems:
                raise ValidationError(problems)
            text = exchange.to_json(document)
            edition = self.create(
                report=stored,
                number=self.of(stored).next_number(),
                name=name.strip(),
                note=note.strip(),
                version=stored.version,
                published_at=timezone.now(),
                published_by=who.get_username() if who else "",
                document=text,
                sha256=digest(text.encode()),
                reasons=kept,
            )
            bump(stored)
        return edition


class Edition(models.Model):
    """One frozen copy. The database itself refuses to alter or delete it; it can only be withdrawn.

    `document` is the JSON of `exchange.to_json` as readers saw it, `sha256` that of its UTF-8 bytes.
    `reasons` says of each quotation that failed why it was published: a list of {"quotation": anchor,
    "words", "verdict", "reason"}. `redactions` says what was taken out for good, by whom and why; only with
    an entry there does the database let the frozen text be replaced (see the migration).
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150, blank=True)
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    reasons = models.JSONField(default=list)
    redactions = models.JSONField(default=list)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_why = models.CharField(max_length=500, blank=True)

    objects: ClassVar[EditionQuerySet] = EditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="edition_number_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="edition_name_not_empty"),
        ]

    def __str__(self) -> str:
        return f"Edition {self.number}: {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("edition", args=[self.report.slug, self.number])

    def anchors(self) -> set[str]:
        """Of all sections it shows; its texts are not parsed for that."""
        found, waiting = set(), list(json.loads(self.document)["sections"])
        while waiting:
            section = waiting.pop()
            found.add(section["anchor"])
            waiting += section.get("children", ())
        return found

    def tree(self) -> tree.Document:
        """The frozen document, ready for every output, with each failing quotation's reason."""
        whole = assemble.frozen(self.report, self.document, self.version, self.reasons)
        gone = f" (withdrawn on {moment(self.withdrawn_at)['date']})" if self.withdrawn_at else ""
        return replace(whole, edition=f"{self}{gone}")

    def withdraw(self, who: User | None, why: str) -> None:
        """Say that this edition should not be relied on any more, and why. It stays readable."""
        if not why.strip():
            raise ValidationError({"why": "Say why the edition is withdrawn: readers are shown it."})
        with transaction.atomic():
            stored = Edition.objects.select_for_update().get(pk=self.pk)
            if stored.withdrawn_at is not None:
                raise Conflict(f"{stored} has been withdrawn already.")
            self.withdrawn_at, self.withdrawn_why = timezone.now(), why.strip()[:500]
            self.withdrawn_by = who.get_username() if who else ""
            self.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
            bump(self.report)


class DeskVisitQuerySet(models.QuerySet["DeskVisit"]):
    def see(self, user: User, report: Report, version: int) -> None:
        """`user` has seen `report` up to `version`. It never goes back, and never beyond what there is."""
        version = min(version, report.version)
        visit, made = self.get_or_create(
            user=user, report=report, defaults={"version": version, "seen_at": timezone.now()}
        )
        if not made:
            self.filter(pk=visit.pk, version__lt=version).update(version=version, seen_at=timezone.now())


class DeskVisit(models.Model):
    """Up to which version an editor has marked the changes of a report as seen. No content."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    report = models.ForeignKey(Report, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    seen_at = models.DateTimeField()

    objects: ClassVar[DeskVisitQuerySet] = DeskVisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "report"], name="desk_visit_unique")]

    def __str__(self) -> str:
        return f"{self.user} has seen {self.report} up to version {self.version}"
