"""Many editors at once on one report, through the forms they really use: is every edit kept?

    python bench/edits.py [PROCESSES] [EDITS] [SEED]           on SQLite, in a folder of its own
    python tests/postgres.py python bench/edits.py 8 200       on PostgreSQL

Each of PROCESSES (default 8) signs in and makes EDITS (default 200) edits at random: a sentence into one
of five sections, a note on a quotation, a new event, a section moved. A form that comes back with a merge
is answered as a person would, by choosing. Prints what became of them and ends with 1 if an edit that was
acknowledged is not in the history, a version is missing or there twice, or anybody saw a server error.
"""

from __future__ import annotations

import collections
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

MARKS = re.compile(r"^(?:<<<<<<< \d+ yours|======= \d+|>>>>>>> \d+ theirs)(?:\r?\n|$)", re.MULTILINE)
TRIES = 40  # a form may come back with a merge as often as others save in between


def main() -> int:
    processes, edits, seed = (int(n) for n in [*sys.argv[1:], *("8", "200", "1")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory(prefix="edits-") as folder:
        os.environ |= {"DIGEST_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "digestsite.settings"}
        os.environ |= {"SITE_URL": "http://testserver"}
        return run(processes, edits, seed)


def start() -> None:
    import django

    django.setup()


def run(processes: int, edits: int, seed: int) -> int:
    """Make the report, let the editors at it, and count. Returns the exit code."""
    start()
    from django.core.management import call_command
    from django.db import connection, connections

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    begin(processes)
    connections.close_all()
    print(f"{processes} editors, {edits} edits each, on {connection.vendor} …", flush=True)
    began = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, initializer=start) as pool:
        made = pool.starmap(edit, [(n, edits, seed) for n in range(processes)], chunksize=1)
    return count(made, time.perf_counter() - began)


def begin(processes: int) -> None:
    from django.contrib.auth.models import User

    from papers.changes import change
    from papers.models import Report, Section
    from quotes.models import Quote

    for n in range(processes):
        User.objects.create_superuser(f"editor{n}")
    report = Report(slug="busy", title="A busy report")
    with change(report, None, "begun"):
        report.save()
        for n in range(5):
            body = "\n\n".join(f"Paragraph {m} of section {n} says what it says." for m in range(6))
            Section(report=report, heading=f"Section {n}", anchor=f"section-{n}", body=body).save()
        Quote(report=report, slug="a-quote", text="Words that somebody said once.").save()


def edit(number: int, edits: int, seed: int) -> dict[str, Any]:
    """One editor. Returns the words that were acknowledged, and how often each answer came."""
    from django.contrib.auth.models import User
    from django.test import Client
    from lxml import html

    from papers.models import Section
    from quotes.models import Quote

    rng = random.Random(f"{seed}-{number}")
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username=f"editor{number}"))
    answers: collections.Counter[str] = collections.Counter()
    kept: list[tuple[str, str]] = []
    seconds: list[float] = []

    def seen(response: Any) -> str:
        text = response.content.decode()
        if response.status_code >= 500 or "database is locked" in text:
            answers[f"SERVER ERROR {response.status_code}"] += 1
        return text

    def fields(text: str) -> dict[str, Any]:
        form = next(f for f in html.fromstring(text).forms if f.get("id", "").endswith("_form"))
        return dict(form.form_values())

    def save(address: str, words: str, change: Any) -> None:
        data = fields(seen(client.get(address)))
        change(data)
        for _ in range(TRIES):
            data |= {"change_note": words, "_continue": "1"}
            data.pop("_save", None)
            began = time.perf_counter()
            response = client.post(address, data)
            seconds.append(time.perf_counter() - began)
            text = seen(response)
            if response.status_code == 302:
                answers["saved"] += 1
                kept.append((words, address))
                return
            if response.status_code != 200:
                answers[f"answered {response.status_code}"] += 1
                return
            answers["merged"] += 1
            data = fields(text)
            # A person who finds two texts in one place keeps the words of both.
            data = {name: MARKS.sub("", value) for name, value in data.items()}
            if words not in data.get("body", words):
                answers["WORDS LOST IN A MERGE"] += 1
        answers["given up"] += 1

    sections = list(Section.objects.values_list("pk", flat=True))
    quote = Quote.objects.get().pk
    for n in range(edits):
        words = f"e{number}n{n}x"
        kind = rng.choices(["text", "note", "event", "move"], [12, 2, 3, 3])[0]
        if kind == "text":

            def sentence(data: dict[str, Any], words: str = words) -> None:
                paragraphs = data["body"].split("\n\n")
                paragraphs[rng.randrange(len(paragraphs))] += f" This is new, and says {words}."
                data["body"] = "\n\n".join(paragraphs)

            save(f"/admin/papers/section/{rng.choice(sections)}/change/", words, sentence)
        elif kind == "note":
            save(
                f"/admin/quotes/quote/{quote}/change/",
                words,
                lambda data, words=words: data.update(note=words),
            )
        elif kind == "event":
            save(
                "/admin/timeline/timelineevent/add/", words, lambda data, words=words: data.update(text=words)
            )
        else:
            listed = seen(client.get("/admin/papers/section/"))
            moves = html.fromstring(listed).xpath("//button[@name='move']/@value")
            response = client.post("/admin/papers/section/move/", {"move": rng.choice(moves)}, follow=True)
            old = "has changed meanwhile" in seen(response)
            answers["told that the list had changed" if old else "moved"] += 1
    return {"answers": answers, "kept": kept, "seconds": seconds}


def count(made: list[dict[str, Any]], seconds: float) -> int:
    from papers.models import ChangeSet, Section
    from quotes.models import Quote
    from timeline.models import TimelineEvent

    answers: collections.Counter[str] = sum((one["answers"] for one in made), collections.Counter())
    kept = [pair for one in made for pair in one["kept"]]
    for answer, times in sorted(answers.items()):
        print(f"  {times:6,} {answer}")
    notes = collections.Counter(ChangeSet.objects.values_list("note", flat=True))
    versions = list(ChangeSet.objects.order_by("version").values_list("version", flat=True))
    stored = "\n".join(Section.objects.values_list("body", flat=True))
    past = set(Quote.history.values_list("note", flat=True)) | set(
        TimelineEvent.history.values_list("text", flat=True)
    )
    wrong = [
        *(f"{words} is in the history {notes[words]} times" for words, _ in kept if notes[words] != 1),
        *(f"{words} is not in the text" for words, at in kept if "/section/" in at and words not in stored),
        *(f"{words} is in no version" for words, at in kept if "/section/" not in at and words not in past),
        *(name for name in answers if name.isupper() or name.startswith("SERVER ERROR")),
    ]
    if versions != list(range(1, len(versions) + 1)):
        wrong.append("versions are not consecutive")
    times = sorted(one for each in made for one in each["seconds"])
    print(
        f"{len(kept):,} edits acknowledged, {len(versions):,} versions, {seconds:.0f} s; "
        f"a save took {times[len(times) // 2]:.2f} s (median), {times[-1]:.2f} s at most"
    )
    for line in wrong[:20]:
        print(f"WRONG: {line}")
    print("Nothing is lost." if not wrong else f"{len(wrong)} things are wrong.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
