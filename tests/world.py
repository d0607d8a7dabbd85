"""The one named world of the tests.

Edda (editor) keeps the report “Reasoning models” on two papers. Adam administers. Rhea reads,
and has an account without rights; most readers have none. The report has one section of every
kind: written, draft, to do, inbox, one for editors only, and one of the second level.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from papers.changes import change
from papers.models import Paper, Report, Section, Source, Visibility
from publishing.models import Edition
from quotes.models import Quote
from timeline.models import Evidence, Theory, TimelineEvent

PASSWORD = "a long enough password"
SECRET = "Only editors may read this sentence."
BEGUN = dt.datetime(2025, 1, 28, 19, 20, 59, tzinfo=dt.UTC)


@dataclass
class World:
    edda: User
    adam: User
    rhea: User
    report: Report
    paper: Paper
    other_paper: Paper
    written: Section
    draft: Section
    todo: Section
    inbox: Section
    hidden: Section
    sub: Section
    source: Source
    post: Source
    quote: Quote
    post_quote: Quote
    unplaced: Quote
    event: TimelineEvent
    undated: TimelineEvent
    theory: Theory
    evidence: Evidence

    def change(self, note: str = "a change", who: User | None = None, **kwargs: Any) -> Any:
        """Open a change of the world's report, by Edda unless said otherwise."""
        return change(self.report, who or self.edda, note, **kwargs)


def drop_editions() -> None:
    """A test with a server empties all tables behind it, which the database refuses of editions."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'publishing_edition'"
            )
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            Edition.objects.all().delete()
            for _, sql in triggers:
                cursor.execute(sql)
        else:
            cursor.execute("ALTER TABLE publishing_edition DISABLE TRIGGER USER")
            Edition.objects.all().delete()
            cursor.execute("ALTER TABLE publishing_edition ENABLE TRIGGER USER")


def people() -> tuple[User, User, User]:
    return (
        User.objects.create_user("edda", password=PASSWORD, is_staff=True, is_superuser=True),
        User.objects.create_user("adam", password=PASSWORD, is_staff=True, is_superuser=True),
        User.objects.create_user("rhea", password=PASSWORD),
    )


def build() -> World:
    edda, adam, rhea = people()
    report = Report(
        slug="reasoning",
        title="Reasoning models",
        people="Edda, for Professor Minna Halme",
        notice="Come back later.",
        summary="What the papers say, and how sure they are.",
        acknowledgements="Thanks to *everybody*.",
    )
    with change(report, edda, "begun", when=BEGUN):
        report.save()

        def kept(row: Any) -> Any:
            row.full_clean()
            row.save()
            return row

        paper = kept(
            Paper(
                report=report,
                key="alpha",
                title="Alpha: Learning to reason",
                authors="Aho, B.",
                year="2024",
                url="https://example.org/alpha.pdf",
                position=1,
            )
        )
        other = kept(Paper(report=report, key="beta", title="Beta report", position=2))
        source = kept(
            Source(
                report=report,
                key="alpha-pdf",
                kind="pdf",
                title="Alpha",
                paper=paper,
                url="https://example.org/alpha.pdf",
            )
        )
        post = kept(
            Source(
                report=report,
                key="post-1",
                kind="post",
                author="someone",
                url="https://social.example/1",
                text="The whole post, of which a part is quoted.",
            )
        )
        quote = kept(
            Quote(
                report=report,
                slug="robust",
                text="We find *robust* reasoning, $x_1$ and all.",
                source=source,
                locator="6",
                note="edited",
            )
        )
        post_quote = kept(
            Quote(report=report, slug="rumoured", text="It was cheap 🚨", source=post, attribution="X Post")
        )
        unplaced = kept(Quote(report=report, slug="spare", text="Nobody has placed these words yet."))
        event = kept(
            TimelineEvent(report=report, slug="release", text="Alpha is released.", date="2025-01-20")
        )
        undated = kept(TimelineEvent(report=report, slug="sanctions", text="Sanctions begin."))
        theory = kept(
            Theory(report=report, slug="cheap", title="It was cheap", proposed_by="someone", position=1)
        )
        evidence = kept(Evidence(theory=theory, stance="for", quote=post_quote, position=1))
        written = kept(
            Section(
                report=report,
                anchor="alpha",
                heading="Alpha",
                state="done",
                paper=paper,
                body="As they write:\n\n[[quote:robust]]\n\nSee [@alpha, p. 5] and $E = mc^2$.[^1]\n\n"
                "TODO: add the figure\n\n[^1]: A note with *emphasis*.",
            )
        )
        sub = kept(
            Section(
                report=report,
                parent=written,
                anchor="alpha-method",
                heading="Method",
                state="draft",
                body="How.",
            )
        )
        draft = kept(
            Section(report=report, anchor="beta", heading="Beta", state="draft", paper=other, body="Begun.")
        )
        todo = kept(Section(report=report, anchor="gamma", heading="Gamma", state="todo"))
        inbox = kept(
            Section(
                report=report,
                anchor="unsorted",
                heading="Unsorted",
                kind="inbox",
                state="draft",
                body="[[timeline]]\n\n[[theories]]",
            )
        )
        hidden = kept(
            Section(
                report=report,
                anchor="secret",
                heading="Secret plans",
                state="draft",
                visibility=Visibility.EDITORS,
                body=SECRET,
            )
        )
    return World(
        edda=edda,
        adam=adam,
        rhea=rhea,
        report=report,
        paper=paper,
        other_paper=other,
        written=written,
        draft=draft,
        todo=todo,
        inbox=inbox,
        hidden=hidden,
        sub=sub,
        source=source,
        post=post,
        quote=quote,
        post_quote=post_quote,
        unplaced=unplaced,
        event=event,
        undated=undated,
        theory=theory,
        evidence=evidence,
    )
