"""Measure the engine on a labelled set of quotations, in one command:

    python bench/quotations.py                 # all figures; exit 1 if one misses its goal
    python bench/quotations.py --small         # a tenth, while working
    python bench/quotations.py --show plain    # what fails in one class

The set is made from PDFs that are typeset here, and from the papers in SOURCES (--sources, or the variable
BENCH_SOURCES, or ../shared/sources beside this project) if they are there. The same seed gives the same set.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from changes import CHANGES, DENSE, Case, Spot  # noqa: E402
from documents import PAPERS, Document, documents  # noqa: E402
from obvious import obvious  # noqa: E402
from prose import manifold, strange  # noqa: E402

from papers.pdftext import pdf_text  # noqa: E402
from quotes.matching import Index, Line, Page, Result, build, check, load  # noqa: E402

PASSES = ("verbatim", "edited")


@dataclass(frozen=True)
class Item:
    """A quotation of the set: from which document, on which of its pages (from 1), and what is said of it."""

    document: str
    case: Case
    pages: tuple[int, ...] = ()
    stated: str = ""


@dataclass
class Score:
    items: int = 0
    right: int = 0
    false_passes: int = 0
    pages: list[bool] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    noted: list[bool] = field(default_factory=list)
    wrong: list[tuple[Item, Result | str]] = field(default_factory=list)


def letters(text: str) -> str:
    """Letters and digits for the plain search that tells the true page, independent of the engine."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def true_pages(document: Document, text: str) -> tuple[int, ...]:
    """The pages on which a sentence begins and ends, found by its first and last letters; () if unclear."""
    key = letters(text)
    size = 8 if DENSE.search(text) else 22
    if len(key) < size:
        return ()
    ends = []
    for part in (key[:size], key[-size:]):
        pages = [number for number, page in enumerate(document.letters, 1) if part in page]
        if len(pages) != 1 or document.letters[pages[0] - 1].count(part) != 1:
            return ()
        ends.append(pages[0])
    return tuple(range(ends[0], ends[1] + 1)) if ends[0] <= ends[1] <= ends[0] + 1 else ()


def make(documents_: list[Document], share: float) -> list[Item]:
    """The set: every kind of change on every document, and sentences that stand in none."""
    items: list[Item] = []
    for document in documents_:
        chance = random.Random(f"set {document.name}")
        spots = document.spots
        order = list(range(len(spots) - 1))
        for name, change in CHANGES.items():
            wanted = max(1, round(document.weight * share))
            chance.shuffle(order)
            for i in order:
                if wanted <= 0:
                    break
                case = change(spots[i], chance)
                if case is None or letters(case.words) == "" or not document.fits(case, spots[i]):
                    continue
                text = spots[i].text + (
                    spots[i].following if name in ("two_sentences", "ellipsis_far") else ""
                )
                pages = (
                    true_pages(document, text)
                    if name not in ("far_pieces", "short", "reversed_pieces")
                    else ()
                )
                stated = ""
                if pages and chance.random() < 0.4:
                    stated = document.labels[pages[0] - 1] if document.labels else ""
                items.append(Item(document.name, case, pages, stated))
                wanted -= 1
        for text in document.strangers[: max(2, round(8 * share))]:
            items.append(Item(document.name, Case("absent", text, ("not_found",))))
        for case in document.extra:
            items.append(Item(document.name, case))
    return items


def good_page(item: Item, result: Result) -> bool:
    return set(result.pages) <= set(item.pages) and (
        result.pages[0] == item.pages[0] or result.verdict == "edited"
    )


def shows(item: Item, result: Result) -> bool:
    """Whether a difference shows the changed words, and not the whole passage."""
    assert item.case.changed
    source, quoted = (letters(part) for part in item.case.changed)
    for difference in result.differences:
        a, b = letters(difference.source), letters(difference.quoted)
        # Without its clause, a sentence of this made-up prose may be another one without another clause.
        if not quoted and not b and letters(result.matched).replace(a, "", 1) == letters(item.case.words):
            return True
        if "\ufffd" in difference.source:  # a letter that the file has lost
            source = ""
        if source in a and quoted in b and len(a) <= len(source) + 30 and len(b) <= len(quoted) + 30:
            return True
    return False


def pages_of(file: Path) -> list[Page]:
    return [
        Page(
            page.text,
            page.label,
            tuple(
                Line(line.start, line.end, line.left, line.right, line.bottom, line.size)
                for line in page.lines
            ),
            page.raised,
            page.spaces,
            page.height,
        )
        for page in pdf_text(file).pages
    ]


@dataclass
class Times:
    """ms of each check: to its verdict, and to the verdict with its description, which is what is stored."""

    verdicts: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


def measure(items: list[Item], indexes: dict[str, Index]) -> tuple[dict[str, Score], Times]:
    scores: dict[str, Score] = defaultdict(Score)
    times = Times()
    for item in items:
        index = indexes[item.document]
        verdict = whole = 1e9
        for _ in range(3):
            start = time.process_time_ns()
            result = check(index, item.case.words, page=item.stated)
            verdict = min(verdict, (time.process_time_ns() - start) / 1e6)
            _ = result.passage  # all that describes the verdict is worked out with it
            whole = min(whole, (time.process_time_ns() - start) / 1e6)
        times.verdicts.append(verdict)
        times.whole.append(whole)
        score = scores[item.case.kind]
        score.items += 1
        right = result.verdict in item.case.verdicts
        score.right += right
        if result.passes and not set(item.case.verdicts) & set(PASSES):
            score.false_passes += 1
        fine = right
        if right and item.pages and result.pages:
            score.pages.append(good_page(item, result))
            fine &= score.pages[-1]
        if right and item.case.changed:
            score.shown.append(shows(item, result))
            fine &= score.shown[-1]
        if right and (item.case.warning or item.case.edit):
            score.noted.append(
                (not item.case.warning or item.case.warning in result.warnings)
                and (not item.case.edit or item.case.edit in result.edits)
            )
            fine &= score.noted[-1]
        if not fine:
            score.wrong.append((item, result))
    return scores, times


def share(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.1f}" if values else "–"


def rates(scores: dict[str, Score]) -> tuple[float, float, int]:
    micro = sum(score.right for score in scores.values()) / sum(score.items for score in scores.values())
    macro = sum(score.right / score.items for score in scores.values()) / len(scores)
    return 100 * micro, 100 * macro, sum(score.false_passes for score in scores.values())


def against(items: list[Item], plain: dict[str, str]) -> dict[str, Score]:
    """The obvious alternative on the same set."""
    scores: dict[str, Score] = defaultdict(Score)
    for item in items:
        verdict = obvious(plain[item.document], item.case.words)
        score = scores[item.case.kind]
        score.items += 1
        score.right += verdict in item.case.verdicts
        score.false_passes += verdict in PASSES and not set(item.case.verdicts) & set(PASSES)
    return scores


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def spread(times: list[float]) -> str:
    return f"{percentile(times, 0.5):.3f} median, {percentile(times, 0.95):.3f} at the 95th percentile"


def _speed(file: Path) -> tuple[float, float]:
    """ms a page for the extraction and for the index of a file."""
    start = time.perf_counter()
    pages = pages_of(file)
    extracted = time.perf_counter()
    build(pages)
    return 1000 * (extracted - start) / len(pages), 1000 * (time.perf_counter() - extracted) / len(pages)


def on_a_large_source(count: int) -> tuple[Times, float, int]:
    """(ms of each check, right %, bytes of the index) on a source of 1,000 pages."""
    texts = manifold(22_000, "large")
    pages = [Page(" ".join(texts[i : i + 22])) for i in range(0, len(texts), 22)]
    index = load(build(pages).dump())
    chance = random.Random(11)
    items = []
    for kind in ("plain", "ellipsis", "word_changed", "digit_changed", "far_pieces"):
        while sum(item.case.kind == kind for item in items) < count // 5:
            i = chance.randrange(len(texts) - 1)
            spot = Spot(texts[i], texts[i + 1], "", texts[(i + 11_000) % len(texts)], "en")
            if case := CHANGES[kind](spot, chance):
                items.append(Item("large", case))
    items += [
        Item("large", Case("absent", text, ("not_found",)))
        for text in strange("en", "large", max(2, count // 10))
    ]
    scores, times = measure(items, {"large": index})
    return times, rates(scores)[0], index.memory()


def main() -> int:
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("BENCH_SOURCES", str(ROOT.parent / "shared" / "sources"))
    reader.add_argument("--sources", type=Path, default=Path(default))
    reader.add_argument("--small", action="store_true")
    reader.add_argument("--show", default="")
    reader.add_argument("--most", type=int, default=8, help="failures shown per class")
    reader.add_argument("--sample", type=int, default=0, help="print so many of the set, to judge by eye")
    told = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = documents(Path(folder), told.sources)
        indexes: dict[str, Index] = {}
        memory = 0.0
        for document in made:
            pages = pages_of(document.file)
            indexes[document.name] = build(pages)
            memory = max(memory, indexes[document.name].memory() / len(pages))
            document.read([page.text for page in pages], indexes[document.name].labels)
        missing = [name for name in PAPERS if name not in indexes]
        items = make(made, 0.15 if told.small else 1)
        if told.sample:
            for item in random.Random(1).sample(items, told.sample):
                print(
                    f"[{item.document} {item.case.kind} {'/'.join(item.case.verdicts)}] {item.case.words}\n"
                )
            return 0
        scores, times = measure(items, indexes)
        rival = against(items, {document.name: document.plain for document in made})
        largest = max(made, key=lambda document: len(document.letters))
        speeds = [_speed(largest.file) for _ in range(3)]
    big, big_right, big_memory = on_a_large_source(20 if told.small else 200)
    print(
        f"{'class':22}{'items':>6}{'right %':>9}{'false passes':>14}{'page %':>8}{'diff %':>8}{'noted %':>9}{'obvious %':>11}"
    )
    for kind, score in sorted(scores.items(), key=lambda pair: pair[1].right / pair[1].items):
        other = rival[kind]
        print(
            f"{kind:22}{score.items:>6}{100 * score.right / score.items:>9.2f}{score.false_passes:>14}"
            f"{share(score.pages):>8}{share(score.shown):>8}{share(score.noted):>9}{100 * other.right / other.items:>11.1f}"
        )
        if told.show in (kind, "all"):
            for item, result in score.wrong[: told.most]:
                print(
                    f"    {item.document} p. {item.pages} {item.case.verdicts} {item.case.changed} {item.case.warning}\n      {item.case.words}\n      {result}"
                )
    micro, macro, false = rates(scores)
    pages_right = [ok for score in scores.values() for ok in score.pages]
    shown = [ok for score in scores.values() for ok in score.shown]
    noted = [ok for score in scores.values() for ok in score.noted]
    r_micro, r_macro, r_false = rates(rival)
    print(
        f"\n{len(items)} quotations, {len(scores)} classes, {len(made)} documents"
        + (f"; without {', '.join(missing)}" if missing else "")
    )
    print(f"right verdict      {micro:.2f} % micro, {macro:.2f} % macro; {false} false passes")
    print(
        f"page right         {share(pages_right)} % of {len(pages_right)}; difference shown {share(shown)} % of {len(shown)}; edits and warnings named {share(noted)} % of {len(noted)}"
    )
    print(f"obvious rival      {r_micro:.2f} % micro, {r_macro:.2f} % macro; {r_false} false passes")
    print(f"ms to a verdict    {spread(times.verdicts)} (processor time, best of 3)")
    print(f"ms a quotation     {spread(times.whole)}, with its description: places, differences, passage")
    print(
        f"1,000 pages        {spread(big.verdicts)}; {spread(big.whole)} with its description;"
        f" {big_right:.1f} % right, {big_memory / 1e6:.1f} MB"
    )
    print(
        f"ms a page          {min(a for a, _ in speeds):.2f} extraction with the start of its process,"
        f" {min(b for _, b in speeds):.2f} index ({largest.name}, {len(largest.letters)} pages);"
        f" {memory / 1000:.1f} kB a page at most"
    )
    goals = [micro >= 99.8, macro >= 99.5, false == 0, all(pages_right), sum(shown) >= 0.995 * len(shown)]
    return 0 if all(goals) else 1


if __name__ == "__main__":
    sys.exit(main())
