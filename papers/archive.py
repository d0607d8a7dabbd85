"""Archived copies of sources: the bytes, where and when they were taken, and the text in them.

A copy is never changed and never replaced. A newer one stands beside it, and what was checked
against the older one is to be checked again.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models, transaction
from django.db.models import Case, When
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import LazyObject

from papers import fetching, pdftext, reading
from papers.addresses import file_address
from papers.changes import bump, follow_on_commit
from papers.links import AddressCheck
from papers.pdftext import PageText

if TYPE_CHECKING:
    from papers.models import Source


class Archive(LazyObject):
    """The folder `sources` in the data folder: no address leads into it, only a view that asks who comes."""

    def _setup(self) -> None:
        self._wrapped: Storage = FileSystemStorage(settings.DATA_DIR / "sources")


archive = Archive()


def opened_archive() -> Storage:
    """For the field: so a migration names this function, and no folder of the machine it was made on."""
    return archive  # type: ignore[return-value]  # it stands in for one


def archive_path(copy: SourceFile, filename: str) -> str:
    """By content: no name that anybody could guess, and the same bytes are kept once."""
    return f"{copy.sha256[:2]}/{copy.sha256}"


class SourceFileQuerySet(models.QuerySet["SourceFile"]):
    def that_count(self) -> SourceFileQuerySet:
        """The copies that quotations are checked against, the best first.

        One that was set aside is none of them, and one without text stands back behind an older one with text.
        """
        with_text_first = Case(When(problem="", then=0), default=1)
        return self.filter(aside=False).order_by(with_text_first, "-id")


class SourceFile(models.Model):
    """One archived copy of a source. Not content: taking one moves no version, only the stamp."""

    source = models.ForeignKey("papers.Source", models.PROTECT, related_name="files")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=opened_archive, upload_to=archive_path, max_length=200)
    name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, default="application/pdf")
    size = models.PositiveBigIntegerField()
    taken_at = models.DateTimeField(default=timezone.now)
    taken_from = models.URLField("fetched from", max_length=1000, blank=True)
    taken_by = models.CharField(max_length=150, blank=True)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    page_count = models.PositiveIntegerField(null=True)
    extractor = models.CharField(max_length=60, blank=True)
    # Set aside by an editor: the wrong file. It is kept, and nothing is checked against it.
    aside = models.BooleanField(default=False, editable=False)
    # Whether an editor has put away what this copy changed in the verdicts.
    changes_seen = models.BooleanField(default=False, editable=False)
    # Why there is no text.
    problem = models.TextField(blank=True)
    text = models.BinaryField(null=True)

    objects: ClassVar[SourceFileQuerySet] = SourceFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "archived copy"
        verbose_name_plural = "archived copies"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "sha256"], name="source_file_unique")]

    def __str__(self) -> str:
        return f"{self.name or self.sha256[:12]}, taken {self.taken_at:%Y-%m-%d}"

    @property
    def short(self) -> str:
        """The beginning of the sha256, by which people tell copies apart."""
        return self.sha256[:12]

    @property
    def kind(self) -> str:
        """The media type without the encoding that the server stated."""
        return self.media_type.partition(";")[0]

    @property
    def about(self) -> str:
        """In words: how much there is, and what is wrong with it."""
        if self.problem:
            return self.problem
        pages = (
            f"{self.page_count} page{'s' * (self.page_count != 1)}" if self.kind == reading.PDF else "text"
        )
        return f"{pages}, {size_in_words(self.size)}."

    def get_absolute_url(self) -> str:
        """Where the file is served: to staff, and to readers if the source's licence allows it."""
        return reverse("source-file", args=[self.source.report.slug, self.source_id, self.sha256])

    def set_aside(self, aside: bool = True) -> None:
        """Let nothing be checked against this copy any more, or again; the quotations follow at once."""
        with transaction.atomic():
            report = self.source.report
            type(report)._base_manager.select_for_update().get(pk=report.pk)
            self.aside = aside
            self.save(update_fields=["aside"])
            bump(report)
            follow_on_commit(report)

    def pages(self) -> tuple[PageText, ...]:
        """The text, page by page; empty if the file has none."""
        packed = self.get_text()
        return pdftext.unpack(packed).pages if packed is not None else ()

    def set_text(self, packed: bytes) -> None:
        """Keep the extracted pages, as `papers.pdftext` packs them."""
        self.text = zlib.compress(packed, 6)

    def get_text(self) -> bytes | None:
        """The extracted pages, or None if the file has no text."""
        return zlib.decompress(self.text) if self.text is not None else None


def digest(data: bytes) -> str:
    """The name of these bytes: their sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def size_in_words(size: int) -> str:
    """Such as "1.3 MB" or "14 kB"."""
    if size < 100_000:
        return f"{max(1, round(size / 1024))} kB"
    return f"{size / 1024**2:.1f}".removesuffix(".0") + " MB"


@dataclass(frozen=True)
class Kept:
    """What became of bytes: the copy, and whether it is new or was there already."""

    copy: SourceFile
    new: bool
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        copy = self.copy
        if self.new:
            return " ".join((f"Kept: {copy.about}", *self.warnings))
        known = f"Nothing new: it is byte for byte the copy taken on {copy.taken_at:%d %B %Y} (sha256 {copy.short}…)."
        return " ".join((known, *self.warnings))


def newest(source: Source) -> SourceFile | None:
    """The newest copy of a source, its text not loaded yet."""
    return source.files.defer("text").filter(aside=False).order_by("-id").first()


def keep(
    source: Source, data: bytes, *, name: str = "", taken_from: str = "", who: str = "", charset: str = ""
) -> Kept:
    """Keep bytes as the newest copy of a source, with the text in them; the same bytes make no second copy.

    Reads the text in a child process, which takes seconds, so call it outside a transaction. `charset`
    is the encoding that the server stated. Moves the report's stamp, and no version. A file without
    text is kept, with its `problem`; raises ValidationError for what is not of the source's kind.
    """
    kind = suits(source.kind, data)
    sha256 = digest(data)
    if (there := source.files.filter(sha256=sha256).first()) is not None:
        return _known(there)
    found = reading.read(data, kind, charset)
    copy = SourceFile(
        source=source,
        sha256=sha256,
        name=fetching.clean_name(name),
        media_type=f"{kind}; charset={charset}" if charset and kind != reading.PDF else kind,
        size=len(data),
        taken_from=taken_from[:1000],
        taken_by=who,
        page_count=len(found.pages) or None,
        extractor=found.extractor,
        problem=found.problem,
    )
    if found.text is not None:
        copy.set_text(pdftext.pack(found.text))
    copy.file.name = _stored(copy, data)
    with transaction.atomic():
        # The report is the one lock: it orders two who bring copies at once.
        type(source.report)._base_manager.select_for_update().get(pk=source.report_id)
        if (there := source.files.filter(sha256=sha256).first()) is not None:
            return _known(there)
        copy.predecessor = newest(source)
        copy.save()
        bump(source.report)
        follow_on_commit(source.report)  # quotations of this source are checked against the new copy
    return Kept(copy, new=True, warnings=found.text.warnings if found.text else ())


def _known(there: SourceFile) -> Kept:
    """The copy that has the same bytes; if newer ones with text stand before it, that is said."""
    if there.aside:
        return Kept(
            there,
            new=False,
            warnings=("It was set aside: press “Count it again” beside it to check quotations against it.",),
        )
    newer = (
        there.source.files.that_count()
        .filter(pk__gt=there.pk, problem="")
        .defer("text")
        .order_by("-id")
        .first()
    )
    if newer is None:
        return Kept(there, new=False)
    return Kept(
        there,
        new=False,
        warnings=(
            f"Quotations stay checked against the newer copy of {newer.taken_at:%d %B %Y}, {newer.short}…. To check "
            "them against this one, set the newer one aside, or add a source of its own for this.",
        ),
    )


def suits(kind: str, data: bytes) -> str:
    """The media type of bytes that a source of this kind can be archived as.

    Raises ValidationError with the reason for all others.
    """
    if kind == "post":
        raise ValidationError(
            "A post is kept as its text. Paste that into the form; there is no file to keep."
        )
    if len(data) > settings.SOURCE_MAX_BYTES:
        raise ValidationError(
            f"The file has {size_in_words(len(data))}; at most {size_in_words(settings.SOURCE_MAX_BYTES)} are "
            "kept. Split it, or save it smaller."
        )
    if not data:
        raise ValidationError("The file is empty. Choose another.")
    found = reading.media_type(data)
    if kind == "pdf" and found != reading.PDF:
        mend = (
            "Give the address of the PDF itself, or set the kind to “Web page”."
            if found
            else "Open it, save it as PDF, and upload that."
        )
        raise ValidationError(f"A PDF was expected, and what came is {reading.named(data)}. {mend}")
    if kind == "web" and found not in (reading.HTML, reading.PLAIN):
        mend = (
            "Set the kind to “PDF”."
            if found
            else "Save the page as PDF in your browser, and upload that as PDF."
        )
        raise ValidationError(f"A web page was expected, and what came is {reading.named(data)}. {mend}")
    return found


def _stored(copy: SourceFile, data: bytes) -> str:
    """Put the bytes into the archive under the name that they make, if they are not there yet."""
    path = archive_path(copy, "")
    if archive.exists(path):
        if archive.size(path) == len(data):
            return path
        archive.delete(path)  # cut short by a crash or a full disk
    stored: str = archive.save(path, ContentFile(data))
    if stored != path:  # another brought the same bytes at this very moment
        archive.delete(stored)
    return path


def fetch(source: Source, who: str = "") -> Kept:
    """Fetch a source's address and keep what comes. Takes seconds; never call it while a page is viewed.

    Raises ValidationError with the reason if nothing was fetched, or nothing that can be kept.
    """
    if source.kind == "post":
        raise ValidationError("A post is kept as its text. Paste that into the form; it can't be fetched.")
    if not source.url:
        raise ValidationError("This source has no address to fetch. Write one, or upload the file.")
    try:
        came = fetching.fetch(
            file_address(source.url, paper=source.kind == "pdf"),
            allowed=settings.FETCH_NETWORKS,
            limits=fetching.Limits(size=settings.SOURCE_MAX_BYTES, seconds=settings.FETCH_SECONDS),
        )
    except fetching.FetchError as error:
        AddressCheck.objects.record(source.report, source.url, error)
        raise ValidationError(str(error)) from error
    try:
        kept = keep(source, came.data, name=came.name, taken_from=came.address, who=who, charset=came.charset)
    except ValidationError as error:
        AddressCheck.objects.record(source.report, source.url, fetching.FetchError(error.messages[0]))
        raise
    AddressCheck.objects.record(source.report, source.url)
    return kept
