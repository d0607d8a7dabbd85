"""Quotations that are reused, attributed, or need a note. Those in the text have no row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from papers.changes import ContentModel, HistoryRow
from papers.models import Report, Source, slug_validator


class Quote(ContentModel):
    """The words of a quotation, without the outer quotation marks, and where they stand."""

    handle, former = "slug", "former_slugs"

    report = models.ForeignKey(Report, models.PROTECT, related_name="quotes")
    slug = models.CharField(
        max_length=80, validators=[slug_validator], help_text="Placed in the text as [[quote:slug]]."
    )
    text = models.TextField("words", help_text="Just as quoted, without the outer quotation marks.")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="quotes")
    locator = models.CharField("page", max_length=60, blank=True, help_text="As printed: 6, 6–7, ii, § 4.2.")
    attribution = models.CharField(
        max_length=300, blank=True, help_text="Shown behind the words, such as the name of a speaker."
    )
    url = models.URLField(
        "address", max_length=1000, blank=True, help_text="If it differs from the source's."
    )
    note = models.CharField(
        "author's note", max_length=500, blank=True, help_text="Shown to readers as yours, not as a verdict."
    )
    former_slugs = models.JSONField(default=list, blank=True, editable=False)

    history = HistoricalRecords(bases=[HistoryRow])

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "slug"],
                name="quote_slug_unique",
                violation_error_message="Another quotation of this report has this slug.",
            ),
            models.CheckConstraint(condition=~Q(slug=""), name="quote_slug_not_empty"),
            models.CheckConstraint(condition=~Q(text=""), name="quote_text_not_empty"),
        ]

    def __str__(self) -> str:
        words = " ".join(self.text.split())
        return f"“{words[:60]}…”" if len(words) > 60 else f"“{words}”"

    def get_absolute_url(self) -> str:
        return f"{self.report.get_absolute_url()}#quote-{self.slug}"
