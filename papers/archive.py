"""Archived copies of sources: the bytes, where and when they were taken, and the text in them.

A copy is never changed and never replaced. A newer one stands beside it, and what was checked
against the older one is to be checked again.
"""

from __future__ import annotations

import hashlib
import zlib

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models
from django.utils import timezone
from django.utils.functional import LazyObject


class Archive(LazyObject):
    """The folder `sources` in the data folder: no address leads into it, only a view that asks who comes."""

    def _setup(self) -> None:
        self._wrapped: Storage = FileSystemStorage(settings.DATA_DIR / "sources")


archive = Archive()


def archive_path(copy: SourceFile, filename: str) -> str:
    """By content: no name that anybody could guess, and the same bytes are kept once."""
    return f"{copy.sha256[:2]}/{copy.sha256}"


class SourceFile(models.Model):
    """One archived copy of a source. Not content: taking one moves no version, only the stamp."""

    source = models.ForeignKey("papers.Source", models.PROTECT, related_name="files")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=archive, upload_to=archive_path, max_length=200)
    name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, default="application/pdf")
    size = models.PositiveBigIntegerField()
    taken_at = models.DateTimeField(default=timezone.now)
    taken_from = models.URLField("fetched from", max_length=1000, blank=True)
    taken_by = models.CharField(max_length=150, blank=True)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    page_count = models.PositiveIntegerField(null=True)
    extractor = models.CharField(max_length=60, blank=True)
    problem = models.TextField(blank=True)
    text = models.BinaryField(null=True)

    class Meta:
        verbose_name = "archived copy"
        verbose_name_plural = "archived copies"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "sha256"], name="source_file_unique")]

    def __str__(self) -> str:
        return f"{self.name or self.sha256[:12]}, taken {self.taken_at:%Y-%m-%d}"

    def set_text(self, packed: bytes) -> None:
        """Keep the extracted pages, as `papers.pdftext` packs them."""
        self.text = zlib.compress(packed, 6)

    def get_text(self) -> bytes | None:
        """The extracted pages, or None if the file has no text."""
        return zlib.decompress(self.text) if self.text is not None else None


def digest(data: bytes) -> str:
    """The name of these bytes: their sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
