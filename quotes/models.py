"""Quotations that are reused, attributed, or need a note. Those in the text have no row."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from papers.changes import Conflict, ContentModel, HistoryRow, change
from papers.models import Report, Source, one_of, slug_validator
from quotes.mends import HYPHENS, PAGE, Mend

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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

    def clean(self) -> None:
        super().clean()
        if re.match(r"(?:quotation-\d+|words-[0-9a-f]{10})\Z", self.slug):
            raise ValidationError(
                {"slug": f"“{self.slug}” is the address of a quotation in the text. Choose another."}
            )

    def get_absolute_url(self) -> str:
        return f"{self.report.get_absolute_url()}#quote-{self.slug}"

    def mend(self, mend: Mend, who: User | None, started_from: int) -> None:
        """One step: the words and the page that `mend` gives.

        `started_from` is the row's version that the mend was made from; raises `Conflict` if it has moved,
        or if the row is gone, and then writes nothing.
        """
        with change(self.report, who, f"{self}: {mend.done}", minor=mend.kind in (HYPHENS, PAGE)):
            stored = self.stored()
            if stored is None or stored.row_version != started_from:
                raise Conflict(f"{self} has been changed meanwhile. Look at it again before you mend it.")
            self.refresh_from_db()
            self.text, self.locator = mend.words, mend.page
            self.full_clean()
            self.save()


class Verdict(models.TextChoices):
    VERBATIM = "verbatim", "Verbatim"
    EDITED = "edited", "Edited"
    ALTERED = "altered", "Differs"
    NOT_FOUND = "not_found", "Not found"
    UNCHECKED = "unchecked", "Not checked"


class Reason(models.TextChoices):
    """Why some words are not checked."""

    NO_SOURCE = "no_source", "no source given"
    NOT_ARCHIVED = "not_archived", "source not archived"
    POST_NOT_ARCHIVED = "post_not_archived", "post not archived"
    NO_TEXT = "no_text", "no text in the file"
    TOO_SHORT = "too_short", "too short to be distinctive"
    EMPTY = "empty", "no words"
    SOURCE_CHANGED = "source_changed", "source changed since"
    NOT_YET = "not_yet", "not yet checked"


class Check(models.Model):
    """What a check of some words against one text of a source found. No content, and outside the history.

    It belongs to the words, the place they are said to stand in, and the source's bytes, so it
    serves a quotation with a row, the same words in the text, and any old version alike.
    """

    Verdict = Verdict

    report = models.ForeignKey(Report, models.PROTECT, related_name="checks")
    source = models.ForeignKey(Source, models.CASCADE, related_name="checks")
    words = models.CharField(max_length=64, help_text="sha256 of the words as quoted")
    stated = models.CharField("stated page", max_length=60, blank=True)
    sha256 = models.CharField("sha256 of the source", max_length=64)
    engine = models.CharField(max_length=20)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=40, blank=True)
    edits = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    pages = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    places = models.JSONField(default=list)
    between = models.JSONField(default=list, help_text="What lies between the parts of the words")
    differences = models.JSONField(default=list)
    omitted = models.JSONField(default=list)
    matched = models.TextField(blank=True)
    passage = models.TextField(blank=True)
    checked_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField("source taken", null=True, blank=True)
    recorded = models.BooleanField(
        default=False, help_text="Carried along from elsewhere: the file itself was not at hand here."
    )
    from_passage = models.BooleanField(
        default=False, help_text="Checked against the passage that an earlier check kept, not the whole file."
    )

    class Meta:
        ordering = ["-checked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "source", "words", "stated", "sha256", "engine"], name="check_unique"
            ),
            one_of("verdict", Verdict, "check_verdict_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.source}"

    @staticmethod
    def place_of(stated: str) -> str:
        """The stated page as a check keeps it: a locator may go on for longer than any page does."""
        return " ".join(stated.split())[:60]

    @staticmethod
    def name_of(words: str) -> str:
        """The key of these words: they count as typed, line ends and outer blanks aside."""
        return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()
