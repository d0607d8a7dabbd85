"""What happened when, and what people make of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from papers.changes import ContentModel, ContentQuerySet, HistoryRow
from papers.models import Paper, Report, one_of, slug_validator
from quotes.models import Quote
from timeline import dates


class TimelineEvent(ContentModel):
    """An event with an optional, possibly uncertain date. `lower` and `upper` come from it."""

    handle, former = "slug", "former_slugs"

    report = models.ForeignKey(Report, models.PROTECT, related_name="events")
    slug = models.CharField(max_length=80, validators=[slug_validator])
    text = models.TextField(help_text="One line of Markdown.")
    date = models.CharField(
        max_length=60,
        blank=True,
        help_text="As exact as known: 2025, 2025-01, 2025-01-20; about: 2024~; uncertain: 2022-10-07?; "
        "from–to: 2022-10/2023-10; by: /2025-01-20. Empty if unknown.",
    )
    lower = models.BigIntegerField(null=True, blank=True, editable=False)
    upper = models.BigIntegerField(null=True, blank=True, editable=False)
    position = models.PositiveIntegerField(default=0, help_text="Orders events of the same date.")
    former_slugs = models.JSONField(default=list, blank=True, editable=False)

    history = HistoricalRecords(bases=[HistoryRow])

    class Meta:
        verbose_name = "event"
        # dates.sort_key in the database's words; assemble sorts by the key itself, ties included.
        ordering = [
            Coalesce("lower", "upper").asc(nulls_last=True),
            F("upper").asc(nulls_last=True),
            "position",
            "slug",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "slug"],
                name="event_slug_unique",
                violation_error_message="Another event of this report has this slug.",
            ),
            models.CheckConstraint(condition=~Q(slug=""), name="event_slug_not_empty"),
            models.CheckConstraint(
                condition=Q(lower__isnull=True) | Q(upper__isnull=True) | Q(lower__lte=F("upper")),
                name="event_bounds_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"{self.report.get_absolute_url()}#event-{self.slug}"

    def clean(self) -> None:
        super().clean()
        if self.date:
            try:
                dates.parse(self.date)
            except dates.DateError as error:
                raise ValidationError({"date": str(error)}) from error

    def save(self, *args: Any, **kwargs: Any) -> None:
        parsed = dates.parse(self.date) if self.date.strip() else None
        self.date = parsed.edtf if parsed else ""
        self.lower, self.upper = (parsed.lower, parsed.upper) if parsed else (None, None)
        super().save(*args, **kwargs)


class TheoryState(models.TextChoices):
    RUMOUR = "rumour", "Rumour"
    PLAUSIBLE = "plausible", "Plausible"
    CONTESTED = "contested", "Contested"
    SUPPORTED = "supported", "Supported"
    REFUTED = "refuted", "Refuted"


class Theory(ContentModel):
    """A theory or rumour, and the evidence for and against it."""

    State = TheoryState

    handle, former = "slug", "former_slugs"

    report = models.ForeignKey(Report, models.PROTECT, related_name="theories")
    slug = models.CharField(max_length=80, validators=[slug_validator])
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.RUMOUR)
    proposed_by = models.CharField(max_length=300, blank=True)
    body = models.TextField("text", blank=True)
    position = models.PositiveIntegerField(default=0)
    former_slugs = models.JSONField(default=list, blank=True, editable=False)

    history = HistoricalRecords(bases=[HistoryRow])

    class Meta:
        verbose_name_plural = "theories"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "slug"],
                name="theory_slug_unique",
                violation_error_message="Another theory of this report has this slug.",
            ),
            models.CheckConstraint(condition=~Q(slug=""), name="theory_slug_not_empty"),
            one_of("state", TheoryState, "theory_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.report.get_absolute_url()}#theory-{self.slug}"


class EvidenceQuerySet(ContentQuerySet):
    def of(self, report: Report) -> ContentQuerySet:
        return self.filter(theory__report=report)


class EvidenceStance(models.TextChoices):
    FOR = "for", "For"
    AGAINST = "against", "Against"
    NEUTRAL = "neutral", "Neutral"


class Evidence(ContentModel):
    """One piece of evidence: a quotation, paper, event or address, and what it speaks for."""

    Stance = EvidenceStance

    TARGETS = ("quote", "paper", "event", "url")

    theory = models.ForeignKey(Theory, models.CASCADE, related_name="evidence")
    stance = models.CharField(max_length=10, choices=Stance, default=Stance.FOR)
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="evidence")
    paper = models.ForeignKey(Paper, models.PROTECT, null=True, blank=True, related_name="evidence")
    event = models.ForeignKey(TimelineEvent, models.PROTECT, null=True, blank=True, related_name="evidence")
    url = models.URLField("address", max_length=1000, blank=True)
    note = models.TextField(blank=True, help_text="One line of Markdown: what it shows.")
    position = models.PositiveIntegerField(default=0)

    history = HistoricalRecords(bases=[HistoryRow])
    objects: ClassVar[Any] = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["position", "id"]
        constraints = [
            one_of("stance", EvidenceStance, "evidence_stance_known"),
            models.CheckConstraint(
                condition=(
                    Q(quote__isnull=False, paper__isnull=True, event__isnull=True, url="")
                    | Q(quote__isnull=True, paper__isnull=False, event__isnull=True, url="")
                    | Q(quote__isnull=True, paper__isnull=True, event__isnull=False, url="")
                    | (Q(quote__isnull=True, paper__isnull=True, event__isnull=True) & ~Q(url=""))
                ),
                name="evidence_has_one_target",
                violation_error_message="Point to one thing: a quotation, a paper, an event, or an address.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stance_display()}: {self.quote or self.paper or self.event or self.url}"

    @property
    def content_report(self) -> Report:
        return self.theory.report
