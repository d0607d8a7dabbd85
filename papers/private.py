"""Texts of sections that are saved but not published: seen by editors, and through a signed link."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from papers.changes import Conflict, lf

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from papers.models import Section

SALT = "papers.private"
LINK_DAYS = 14


class BadLink(LookupError):
    """A preview link that was never made like this, has run out, or was taken back."""


def nonce() -> str:
    return secrets.token_urlsafe(12)


class PrivateText(models.Model):
    """What an editor keeps on the server before readers see it: one for a section, with its own guard.

    `started_from` is the row version of the section that the text began with, so that publishing goes
    through the section's own guard; `version` counts the saves of this text. If the section is deleted,
    the text stays, and `section_id_was` knows it again when it is restored.
    """

    report = models.ForeignKey("papers.Report", models.PROTECT, related_name="private_texts")
    section = models.OneToOneField("papers.Section", models.SET_NULL, null=True, related_name="private_text")
    section_id_was = models.BigIntegerField(null=True, editable=False)
    heading = models.CharField(max_length=300)
    body = models.TextField()
    started_from = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    saved_by = models.CharField(max_length=150, blank=True)
    saved_at = models.DateTimeField()
    nonce = models.CharField(max_length=32, default=nonce)

    class Meta:
        ordering = ["-saved_at"]

    def __str__(self) -> str:
        return f"Private text of “{self.heading}”"

    @classmethod
    def keep(
        cls, section: Section, body: str, who: User | None, started_from: int, expected: int
    ) -> PrivateText:
        """Save `body` privately. `expected` is the version of the private text that was open, 0 for none.

        Raises `Conflict` if another has saved or published it meanwhile, and `ValidationError` if it is empty.
        """
        body = lf(body)
        if not body.strip():
            raise ValidationError({"body": "There is nothing to keep yet: write something first."})
        with transaction.atomic():
            # The report's lock orders two editors, as it does for what is published.
            type(section.report)._base_manager.select_for_update().get(pk=section.report_id)
            stored = cls.objects.filter(section=section).first()
            if (stored.version if stored else 0) != expected:
                who_else = stored.saved_by if stored else "Somebody"
                raise Conflict(f"{who_else or 'Somebody'} has saved or published a private text meanwhile.")
            kept = stored or cls(report=section.report, section=section, version=0)
            kept.heading, kept.body, kept.started_from = section.heading, body, started_from
            kept.section_id_was = section.pk
            kept.version += 1
            kept.saved_by, kept.saved_at = who.get_username() if who else "", timezone.now()
            kept.save()
        return kept

    @classmethod
    def came_back(cls, section: Section) -> None:
        """A section that was deleted is there again: so is its private text, the newest where there are several."""
        if cls.objects.filter(section=section).exists():
            return
        waiting = cls.objects.filter(report=section.report_id, section=None, section_id_was=section.pk)
        newest = waiting.order_by("-saved_at", "-pk").first()
        if newest is not None:
            newest.section = section
            newest.save(update_fields=["section"])

    def published(self, version: int) -> bool:
        """Drop it, now that its text is public; not if another has gone on with it since `version`."""
        return bool(type(self).objects.filter(pk=self.pk, version=version).delete()[0])

    # ------------------------------------------------------------- the preview link

    def link(self) -> str:
        """What a preview link is signed with: good for `LINK_DAYS`, or until `take_back`."""
        return signing.dumps([self.pk, self.nonce], salt=SALT)

    def take_back(self) -> None:
        """No link that was made before now shows the text any more."""
        self.nonce = nonce()
        self.save(update_fields=["nonce"])

    @classmethod
    def of_link(cls, signed: str) -> PrivateText:
        """The text a link shows. Raises `BadLink`."""
        try:
            value: Any = signing.loads(signed, salt=SALT, max_age=LINK_DAYS * 24 * 3600)
            pk, word = value
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise BadLink from error
        found = cls.objects.select_related("report", "section").filter(pk=pk, nonce=word).first()
        if found is None:
            raise BadLink
        return found
