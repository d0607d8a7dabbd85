"""What was captured and waits to be filed: scraps of text with where and when they were found.

A scrap is no content yet: readers never see it, and capturing one moves no version. Nothing of it is
deleted: what was filed, split, joined or thrown away stays, so that each step can be undone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from papers.addresses import origin, same_work
from papers.changes import Conflict, lf

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from papers.models import Report, Section, Source

MOST = 200_000  # characters


class ScrapKind(models.TextChoices):
    SCRAP = "scrap", "Scrap"
    QUOTE = "quote", "Quotation"
    EVENT = "event", "Event"
    POST = "post", "Post"


class ScrapState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    FILED = "filed", "Filed"
    SPLIT = "split", "Split"
    JOINED = "joined", "Joined"
    DROPPED = "dropped", "Thrown away"


class ScrapQuerySet(models.QuerySet["Scrap"]):
    def of(self, report: Report) -> ScrapQuerySet:
        return self.filter(report=report)

    def waiting(self) -> ScrapQuerySet:
        """The oldest first: that is the order in which an inbox is emptied."""
        return self.filter(state=ScrapState.WAITING).order_by("captured_at", "id")

    def capture(
        self,
        report: Report,
        who: User,
        text: str,
        *,
        address: str = "",
        title: str = "",
        kind: str = "",
    ) -> Scrap:
        """Keep what somebody has found. An unknown kind is guessed from the address.

        Raises `ValidationError` for no text, too much of it, or a kind or address that can't be.
        """
        text, address = lf(text), address.strip()
        if not text.strip():
            raise ValidationError({"text": "There is no text: select some, or write it."})
        if len(text) > MOST:
            raise ValidationError(
                {"text": f"This is {len(text):,} characters; a scrap holds {MOST:,}. Capture a part of it."}
            )
        name, guessed = origin(address)
        scrap = Scrap(
            report=report,
            kind=kind or (ScrapKind.POST if guessed == "post" else ScrapKind.SCRAP),
            text=text,
            address=address,
            title=title.strip()[:500],
            origin=name,
            source=known_source(report, address),
            captured_at=timezone.now(),
            captured_by=who.get_username(),
        )
        scrap.full_clean()
        scrap.save()
        return scrap


def known_source(report: Report, address: str) -> Source | None:
    """The source of the report that an address belongs to."""
    if not address:
        return None
    for source in report.sources.select_related("paper"):
        paper = source.paper
        arxiv = f"https://arxiv.org/abs/{paper.arxiv}" if paper and paper.arxiv else ""
        if any(known and same_work(address, known) for known in (source.url, arxiv)):
            return source
    return None


class Scrap(models.Model):
    """One thing found. `filed_as` names what was made of it, as the text does: "quote:slug"."""

    Kind, State = ScrapKind, ScrapState
    # A box of this name and the scrap's id, sent with a section's form, says that its text uses the scrap.
    USED: ClassVar[str] = "used_scrap"

    report = models.ForeignKey("papers.Report", models.PROTECT, related_name="scraps")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SCRAP)
    text = models.TextField()
    address = models.URLField(max_length=2000, blank=True)
    title = models.CharField(max_length=500, blank=True)
    origin = models.CharField(max_length=100, blank=True)
    source = models.ForeignKey("papers.Source", models.SET_NULL, null=True, blank=True, related_name="scraps")
    captured_at = models.DateTimeField()
    captured_by = models.CharField(max_length=150, blank=True)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)
    filed_as = models.CharField(max_length=120, blank=True)
    filed_in = models.ForeignKey("papers.Section", models.SET_NULL, null=True, blank=True, related_name="+")
    # What a part was split from, and what a scrap that was joined with others became.
    part_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    joined_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="joined")

    objects: ClassVar[ScrapQuerySet] = ScrapQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-captured_at", "-id"]
        indexes = [models.Index(fields=["report", "state", "captured_at"])]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="scrap_text_not_empty"),
            models.CheckConstraint(condition=models.Q(kind__in=ScrapKind.values), name="scrap_kind_known"),
            models.CheckConstraint(condition=models.Q(state__in=ScrapState.values), name="scrap_state_known"),
        ]

    def __str__(self) -> str:
        words = " ".join(self.text.split())
        return f"{words[:60]}…" if len(words) > 60 else words

    def locked(self, expected: int, state: str = ScrapState.WAITING) -> Scrap:
        """This scrap under a lock, as `expected` by whoever acts on it. Raises `Conflict` if it has moved."""
        stored = type(self).objects.select_for_update().filter(pk=self.pk).first()
        if stored is None or stored.version != expected or stored.state != state:
            raise Conflict("Somebody has gone on with this scrap meanwhile. Look at the inbox again.")
        return stored

    def done(self, state: str, who: User, **fields: Any) -> None:
        """It waits no more. Call it on what `locked` gave."""
        self.state, self.done_at, self.done_by = state, timezone.now(), who.get_username()
        self.version += 1
        for name, value in fields.items():
            setattr(self, name, value)
        self.save()

    @classmethod
    def used(cls, sent: Mapping[str, str], section: Section, who: User) -> tuple[list[Scrap], list[str]]:
        """File as prose of `section` what its form says it uses: the scraps, and what went wrong, in words.

        `sent` maps `USED`-id to the version that was seen. One that somebody went on with meanwhile is left
        as it is: the words are in the text in any case. Call it in the transaction that saves the text.
        """
        done, problems = [], []
        for name, version in sent.items():
            field, _, pk = name.rpartition("-")
            if field != cls.USED or not all(n.isdecimal() and len(n) < 19 for n in (pk, version)):
                continue
            scrap = cls.objects.filter(report=section.report_id, pk=pk).first()
            if scrap is None:
                continue
            try:
                row = scrap.locked(int(version))
            except Conflict:
                problems.append(
                    f"The scrap “{scrap}” is in the text, but somebody went on with it meanwhile."
                )
                continue
            row.done(ScrapState.FILED, who, filed_as="prose", filed_in=section)
            done.append(row)
        return done, problems

    def waits_again(self) -> None:
        self.state, self.done_at, self.done_by = ScrapState.WAITING, None, ""
        self.filed_as, self.filed_in, self.joined_into = "", None, None
        self.version += 1
        self.save()

    def drop(self, who: User, expected: int) -> None:
        """Thrown away; `undo` brings it back."""
        with transaction.atomic():
            self.locked(expected).done(ScrapState.DROPPED, who)

    def split(self, who: User, expected: int) -> list[Scrap]:
        """A scrap of each paragraph, with the same origin and time. Raises `ValidationError` for one alone."""
        with transaction.atomic():
            whole = self.locked(expected)
            parts = [part for part in whole.text.split("\n\n") if part.strip()]
            if len(parts) < 2:
                raise ValidationError("There is one paragraph only: a blank line says where to split.")
            whole.done(ScrapState.SPLIT, who)
            return [whole._like(part.strip("\n"), part_of=whole) for part in parts]

    def join(self, others: Sequence[Scrap], who: User, expected: int) -> Scrap:
        """One scrap of this and the `others`, in their order; the origin is that of the first that has one.

        Where another of them was found elsewhere, the way there stands behind its text.
        """
        with transaction.atomic():
            rows = [self.locked(expected), *(other.locked(other.version) for other in others)]
            lead = next((row for row in rows if row.address), rows[0])
            texts = [
                row.text if row.address in ("", lead.address) else f"{row.text}\n\n{row.way_back()}"
                for row in rows
            ]
            made = lead._like("\n\n".join(texts))
            for row in rows:
                row.done(ScrapState.JOINED, who, joined_into=made)
        return made

    def way_back(self) -> str:
        """A link in Markdown to where it was found, or ""."""
        name = (self.title or self.origin or self.address).replace("[", "(").replace("]", ")")
        return f"[{name}](<{self.address}>)" if self.address else ""

    def _like(self, text: str, part_of: Scrap | None = None) -> Scrap:
        """A new scrap with the same origin and time."""
        names = "report kind address title origin source captured_at captured_by".split()
        return type(self).objects.create(
            text=text, part_of=part_of, **{name: getattr(self, name) for name in names}
        )

    def undo(self, who: User, expected: int) -> None:
        """Take back `drop`, `split` or `join`. (What was filed is taken back by `filing.undo`.)"""
        with transaction.atomic():
            stored = self.locked(expected, self.state)
            if stored.state == ScrapState.DROPPED:
                stored.waits_again()
            elif stored.state == ScrapState.SPLIT:
                self._take_away(list(stored.parts.select_for_update()))
                stored.waits_again()
            elif stored.state == ScrapState.JOINED and stored.joined_into is not None:
                made = type(self).objects.select_for_update().get(pk=stored.joined_into.pk)
                rows = list(made.joined.select_for_update())
                for row in rows:
                    row.waits_again()
                self._take_away([made])
            else:
                raise Conflict("There is nothing to undo here.")

    @staticmethod
    def _take_away(rows: list[Scrap]) -> None:
        for row in rows:
            if row.state != ScrapState.WAITING:
                raise Conflict(f"“{row}” has been gone on with meanwhile: undo that first.")
            row.delete()


class CaptureToken(models.Model):
    """What lets a bookmarklet or a script capture in somebody's name. Only its hash is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="capture_token")
    hashed = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    @classmethod
    def make(cls, user: User) -> str:
        """A new token, shown once; the one before ends."""
        token = secrets.token_urlsafe(24)
        cls.objects.update_or_create(
            user=user, defaults={"hashed": cls._hash(token), "made_at": timezone.now()}
        )
        return token

    @classmethod
    def whose(cls, token: str) -> Any:
        """The user a token belongs to, or None."""
        found = cls.objects.select_related("user").filter(hashed=cls._hash(token)).first()
        return found.user if found and found.user.is_active and found.user.is_staff else None

    @staticmethod
    def _hash(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
