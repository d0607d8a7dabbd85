"""The report, its sections and papers, and the sources that quotations are taken from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from papers import addresses
from papers.archive import SourceFile
from papers.changes import (
    ChangeSet,
    Conflict,
    ContentModel,
    ContentQuerySet,
    HistoryRow,
    change,
)
from papers.private import PrivateText
from papers.scraps import CaptureToken, Scrap

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = [
    "CaptureToken",
    "ChangeSet",
    "Paper",
    "Picture",
    "PrivateText",
    "Report",
    "Scrap",
    "Section",
    "Source",
    "SourceFile",
]

# First path parts that are taken by other addresses.
RESERVED_SLUGS = frozenset(
    "admin api capture favicon.ico healthz media methods readyz robots.txt search sitemap.xml static".split()
)
# Addresses on the report page that are not sections.
RESERVED_ANCHORS = frozenset(
    "contents main summary acknowledgements references timeline theories footnotes notice".split()
)
RESERVED_ANCHOR = re.compile(r"(quote|quotation|event|theory|paper|ref|fn|fnref|cite|todo)-")

slug_validator = RegexValidator(
    r"\A[^\W_](?:[\w.-]*[\w])?\Z",
    "Use letters, digits and hyphens only, such as “deepseek-r1”.",
)
key_validator = RegexValidator(
    r"\A[^\W_](?:[\w.:/-]*[\w])?\Z",
    "Use letters, digits and - _ . : / only, such as “deepseek-r1” or “shao2024”.",
)


class Visibility(models.TextChoices):
    PUBLIC = "public", "Public"
    EDITORS = "editors", "Editors only"


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """The database, too, knows which words a choice field may hold."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)


class ReportQuerySet(ContentQuerySet):
    def visible_to(self, user: Any) -> ReportQuerySet:
        """Editors see every report; readers the public ones."""
        return self if user.is_staff else self.filter(visibility=Visibility.PUBLIC)


class Report(ContentModel):
    """A living report. `version` counts content; `stamp` moves with anything that is shown."""

    slug = models.CharField(
        max_length=80,
        unique=True,
        validators=[slug_validator],
        help_text="Its address: /slug/. Links to it lead on if you change it.",
    )
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=300, blank=True)
    people = models.CharField(max_length=300, blank=True, help_text="Who writes it, for whom, and where.")
    notice = models.TextField(
        blank=True, help_text="Shown at the top while anything is unfinished, with a count of what is left."
    )
    language = models.CharField(
        max_length=16,
        default="en",
        validators=[RegexValidator(r"\A[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*\Z", "Use a code such as en or de.")],
    )
    visibility = models.CharField(
        max_length=10,
        choices=Visibility,
        default=Visibility.PUBLIC,
        help_text="“Editors only” hides the report and all its past versions from readers.",
    )
    summary = models.TextField(blank=True, help_text="Stands first, before the numbered list of papers.")
    acknowledgements = models.TextField(blank=True)

    version = models.PositiveIntegerField(default=0, editable=False)
    stamp = models.PositiveBigIntegerField(default=0, editable=False)
    content_updated_at = models.DateTimeField(default=timezone.now, editable=False)

    history = HistoricalRecords(
        bases=[HistoryRow], excluded_fields=["version", "stamp", "content_updated_at"]
    )
    objects: ClassVar[Any] = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["title", "slug"]
        permissions = [
            ("set_visibility", "Can say who may see a report or section"),
            ("restore_report", "Can restore what was there before"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(slug=""), name="report_slug_not_empty"),
            models.CheckConstraint(
                condition=~Q(slug__in=sorted(RESERVED_SLUGS)), name="report_slug_not_reserved"
            ),
            one_of("visibility", Visibility, "report_visibility_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def content_report(self) -> Report:
        return self

    @classmethod
    def counters(cls) -> set[str]:
        return super().counters() | {"version", "stamp", "content_updated_at"}

    def get_absolute_url(self) -> str:
        return reverse("report", args=[self.slug])

    def clean(self) -> None:
        super().clean()
        if self.slug in RESERVED_SLUGS:
            raise ValidationError(
                {"slug": f"“{self.slug}” is an address of the site itself. Choose another."}
            )
        stored = self.stored()
        if (stored is None or stored.slug != self.slug) and (
            Report.history.filter(slug=self.slug).exclude(id=self.pk).exists()
        ):
            raise ValidationError(
                {
                    "slug": f"“{self.slug}” is, or was, the address of another report, and its editions are cited "
                    "by it. Choose another."
                }
            )

    def count_change(self, when: dt.datetime) -> None:
        """Called once by `change()`: one step of version and stamp, and the content's time."""
        type(self)._base_manager.filter(pk=self.pk).update(
            version=F("version") + 1, stamp=F("stamp") + 1, content_updated_at=when
        )
        self.version, self.stamp, self.content_updated_at = self.version + 1, self.stamp + 1, when

    def reorder(
        self, ids: Sequence[int], expected: int, who: User | None, note: str = "Sections reordered"
    ) -> None:
        """Put the sections of one level into the order of `ids` (all that share one parent).

        `expected` is the report's version that the order was made from; raises `Conflict`
        if it has moved, and `ValidationError` if `ids` are not just those sections.
        """
        with change(self, who, note, minor=True):
            if self.version != expected:
                raise Conflict(
                    f"The report has changed meanwhile (version {self.version}, the order was made from "
                    f"{expected}). Look at the new order and move the section again."
                )
            rows = {section.pk: section for section in Section.objects.of(self).filter(pk__in=ids)}
            parents = {section.parent_id for section in rows.values()}
            if len(parents) != 1 or len(rows) != len(ids):
                raise ValidationError("These are not sections of one level of this report. Reload the list.")
            level = Section.objects.of(self).filter(parent_id=parents.pop())
            if set(level.values_list("pk", flat=True)) != set(rows):
                raise ValidationError("A section is missing from the new order. Reload the list.")
            for position, pk in enumerate(ids, start=1):
                rows[pk].position = position
                rows[pk].save()


class Paper(ContentModel):
    """A paper the report is about, or cites: `[@key]`."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="papers")
    key = models.CharField(
        max_length=80, validators=[key_validator], help_text="Cited as [@key] or [@key, p. 5]."
    )
    title = models.CharField(max_length=500)
    authors = models.CharField(max_length=1000, blank=True, help_text="As they are to be printed.")
    year = models.CharField(max_length=20, blank=True)
    venue = models.CharField("journal or venue", max_length=300, blank=True)
    doi = models.CharField("DOI", max_length=200, blank=True)
    arxiv = models.CharField("arXiv id", max_length=40, blank=True)
    url = models.URLField("address", max_length=1000, blank=True)
    in_summary = models.BooleanField("listed in the summary", default=True)
    position = models.PositiveIntegerField(default=0)

    history = HistoricalRecords(bases=[HistoryRow])

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "key"],
                name="paper_key_unique",
                violation_error_message="Another paper of this report has this key.",
            ),
            models.CheckConstraint(condition=~Q(key=""), name="paper_key_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        self.arxiv = addresses.arxiv_id(self.arxiv) or self.arxiv.strip()
        self.doi = addresses.doi(self.doi) or self.doi.strip()
        if problems := self.wrong_names(self.arxiv, self.doi):
            raise ValidationError(problems)

    @staticmethod
    def wrong_names(arxiv: str, doi: str) -> dict[str, str]:
        """What is wrong with an arXiv id and a DOI, by field; each may be empty."""
        problems = {}
        if arxiv.strip() and not addresses.arxiv_id(arxiv):
            problems["arxiv"] = f"“{arxiv}” is no arXiv id: write it like 2501.12948, or leave it empty."
        if doi.strip() and not addresses.doi(doi):
            problems["doi"] = (
                f"“{doi}” is no DOI: it begins with 10. and has a slash, like 10.1000/182. Or leave it empty."
            )
        return problems


class SectionKind(models.TextChoices):
    ARTICLE = "article", "Article"
    INBOX = "inbox", "Inbox: not yet organised"


class SectionState(models.TextChoices):
    TODO = "todo", "To do"
    DRAFT = "draft", "Draft"
    DONE = "done", "Written"


class Section(ContentModel):
    """A section of a report, of one of two levels. Its anchor is kept for ever."""

    Kind, State = SectionKind, SectionState

    handle, former = "anchor", "former_anchors"

    report = models.ForeignKey(Report, models.PROTECT, related_name="sections")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="Leave empty for a section of the first level.",
    )
    anchor = models.CharField(
        max_length=80,
        validators=[slug_validator],
        help_text="Its address on the page. If you change it, old links still lead here.",
    )
    heading = models.CharField(
        max_length=300, help_text="Links to this section keep working if you change it."
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ARTICLE)
    state = models.CharField(max_length=10, choices=State, default=State.TODO)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    paper = models.ForeignKey(Paper, models.PROTECT, null=True, blank=True, related_name="sections")
    body = models.TextField("text", blank=True)
    position = models.PositiveIntegerField(default=0)
    former_anchors = models.JSONField(default=list, blank=True, editable=False)

    history = HistoricalRecords(bases=[HistoryRow])

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "anchor"],
                name="section_anchor_unique",
                violation_error_message="Another section of this report has this anchor.",
            ),
            models.CheckConstraint(condition=~Q(anchor=""), name="section_anchor_not_empty"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="section_not_its_own_parent"
            ),
            one_of("kind", SectionKind, "section_kind_known"),
            one_of("state", SectionState, "section_state_known"),
            one_of("visibility", Visibility, "section_visibility_known"),
        ]

    def __str__(self) -> str:
        return self.heading

    def get_absolute_url(self) -> str:
        return f"{self.report.get_absolute_url()}#{self.anchor}"

    def clean(self) -> None:
        super().clean()
        if self.anchor in RESERVED_ANCHORS or RESERVED_ANCHOR.match(self.anchor):
            raise ValidationError(
                {"anchor": f"“{self.anchor}” is an address of the page itself. Choose another."}
            )
        if self.parent and (self.parent.parent_id or self.parent_id == self.pk):
            raise ValidationError(
                {"parent": "Sections have two levels. Choose a section of the first level, or none."}
            )
        if self.parent and self.pk and self.children.exists():
            raise ValidationError({"parent": "This section has sections of its own, so it stays on top."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.position:
            level = Section.objects.of(self.report).filter(parent_id=self.parent_id)
            self.position = (level.aggregate(last=models.Max("position"))["last"] or 0) + 1
        super().save(*args, **kwargs)

    def put_back(self) -> None:
        super().put_back()
        PrivateText.came_back(self)

    def write(self, body: str) -> None:
        """Set the text. The first words in a section that was to do make it a draft."""
        first = not self.body.strip() and bool(body.strip())
        self.body = body
        if first and self.state == self.State.TODO:
            self.state = self.State.DRAFT

    def set_standing(self, who: User | None, started_from: int, **chosen: str) -> str:
        """One step, from the page: `state`, `visibility` or both. Returns in words what changed, or "".

        `started_from` is the row's version that the choice was made from: raises `Conflict` if it has moved,
        or if the row is gone, and `ValidationError` for a value that is none.
        """
        fields = {field.name: field for field in self._meta.concrete_fields}
        new = {name: fields[name].clean(value, self) for name, value in chosen.items()}
        before = (self.state, self.visibility)
        self.state, self.visibility = new.get("state", self.state), new.get("visibility", self.visibility)
        labels = (self.get_state_display(), self.get_visibility_display())
        after = zip(before, (self.state, self.visibility), labels, strict=True)
        words = ", ".join(label.lower() for old, now, label in after if old != now)
        with change(self.report, who, f"“{self.heading}”: {words}", minor=True):
            stored = self.stored()  # under the lock: nothing else of the row as it was read is written back
            if stored is None:
                raise Conflict(f"“{self.heading}” has been deleted meanwhile.")
            if stored.row_version != started_from:
                raise Conflict(self.last_change())
            for name, value in new.items():
                setattr(stored, name, value)
            stored.save()
        return words

    def mark_written(self, who: User | None) -> None:
        """One step, from the form and from the page: the section is finished. `Conflict` if it is gone."""
        with change(self.report, who, f"“{self.heading}” marked as written", minor=True):
            if self.stored() is None:
                raise Conflict(f"“{self.heading}” has been deleted meanwhile.")
            self.refresh_from_db()  # under the lock: else the text as it was read would be written back
            self.state = self.State.DONE
            self.save()


class SourceKind(models.TextChoices):
    PDF = "pdf", "PDF"
    WEB = "web", "Web page"
    POST = "post", "Post"


class SourceQuerySet(ContentQuerySet):
    def with_newest_copy(self) -> SourceQuerySet:
        """Each source with `copy_sha256`, `copy_taken_at` and `copy_problem` of its newest archived copy.

        One without text stands back behind an older one with text: a damaged file unchecks nothing.
        """
        newest = SourceFile.objects.that_count().filter(source=OuterRef("pk"))
        return self.annotate(
            copy_sha256=Subquery(newest.values("sha256")[:1]),
            copy_taken_at=Subquery(newest.values("taken_at")[:1]),
            copy_problem=Subquery(newest.values("problem")[:1]),
        )

    def to_fetch(self, again: bool = False) -> SourceQuerySet:
        """Sources with an address and without a copy; `again` also those with one."""
        found = self.exclude(url="").exclude(kind=SourceKind.POST)
        return found if again else found.filter(files=None)


class Source(ContentModel):
    """What a quotation was taken from, and is checked against."""

    Kind = SourceKind

    report = models.ForeignKey(Report, models.PROTECT, related_name="sources")
    key = models.CharField(max_length=80, validators=[key_validator])
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PDF)
    title = models.CharField(max_length=500, blank=True)
    url = models.URLField("address", max_length=1000, blank=True)
    paper = models.ForeignKey(
        Paper,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sources",
        help_text="The paper this is a text of. One paper can have several.",
    )
    author = models.CharField(max_length=200, blank=True)
    published = models.CharField("date or time", max_length=60, blank=True)
    text = models.TextField(
        "text of the post", blank=True, help_text="As copied. It rests on who made the copy; name them below."
    )
    copied_by = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=100, blank=True)

    history = HistoricalRecords(bases=[HistoryRow])
    objects: ClassVar[Any] = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "key"],
                name="source_key_unique",
                violation_error_message="Another source of this report has this key.",
            ),
            models.CheckConstraint(condition=~Q(key=""), name="source_key_not_empty"),
            one_of("kind", SourceKind, "source_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title or self.key


def picture_path(picture: Picture, filename: str) -> str:
    return f"{picture.report.slug}/{picture.name}"


class Picture(models.Model):
    """An uploaded picture, re-encoded. It is never changed, so it needs no history."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="pictures")
    name = models.CharField(max_length=120)
    file = models.ImageField(
        upload_to=picture_path, width_field="width", height_field="height", max_length=300
    )
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    uploaded_by = models.CharField(max_length=150, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [models.UniqueConstraint(fields=["report", "name"], name="picture_name_unique")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("picture", args=[self.report.slug, self.name])
