"""Damaged and random PDFs, through the same door as an editor's upload: what becomes of them, at what cost.

    python bench/hostile_files.py [COUNT] [SEED]

COUNT (default 500) files are made from PDFs that are typeset here, and from those in ../shared/sources
where there are any: cut, bits flipped, pieces missing, noise, pieces in another order, numbers changed,
bytes by chance; then each bomb of tests/pdfs.py. The same seed makes the same files. Each is kept in a
database of its own that is deleted afterwards. Ends with 1 if the reader was ever beyond its limits, if
anything but a plain message came of a file, or if this process did not stay as it was.
"""

from __future__ import annotations

import collections
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "sources"
sys.path.insert(0, str(ROOT))

SECONDS, MEGABYTES = 65, 1100  # the reader's own limits, and what starting and ending it takes


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        os.environ |= {"DIGEST_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "digestsite.settings"}
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return run(count, seed)


def run(count: int, seed: int) -> int:
    from django.core.exceptions import ValidationError

    from papers import archive
    from papers.changes import change
    from papers.models import Report, Source
    from tests import pdfs

    report = Report(slug="hostile", title="Hostile files")
    with change(report, None, "begun"):
        report.save()
        source = Source(report=report, key="file", kind="pdf")
        source.save()
    originals = [pdfs.paper(3), pdfs.paper(20, seed=2), pdfs.scan(2), pdfs.locked(), pdfs.many_pages(300)]
    originals += [path.read_bytes() for path in sorted(SHARED.glob("*.pdf"))]
    files = [*pdfs.hostile(count, seed, originals)]
    names = [what for what, _ in files] + list(pdfs.BOMBS)
    came: collections.Counter[str] = collections.Counter()
    seconds: dict[str, float] = {}
    wrong: list[str] = []
    before = own_memory()
    for number, name in enumerate(names):
        data = files[number][1] if number < len(files) else pdfs.BOMBS[name]()
        began = time.monotonic()
        try:
            kept = archive.keep(source, data)
        except ValidationError as error:
            said = f"refused: {error.messages[0]}"
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}: {error}")
            continue
        else:
            said = kept.copy.problem or ("text was read, with warnings" if kept.warnings else "text was read")
        seconds[name] = time.monotonic() - began
        came[said[:100]] += 1
        if number >= len(files):
            print(f"{seconds[name]:6.2f} s  {name}: {said[:90]}")
    print(f"\n{len(names)} files from {len(originals)} originals, seed {seed}:")
    for said, times in came.most_common():
        print(f"{times:5}  {said}")
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    worst = max(seconds, key=lambda name: seconds[name])
    ordered = sorted(seconds.values())
    grown = own_memory() - before
    print(
        f"\nseconds a file: median {statistics.median(ordered):.3f}, 95th percentile "
        f"{ordered[int(len(ordered) * 0.95)]:.2f}, longest {seconds[worst]:.2f} ({worst})"
        f"\nmemory: the largest reader {child:.0f} MB, this process grew by {grown:.0f} MB"
        f"\nexceptions: {len(wrong)}"
    )
    for line in wrong:
        print("  " + line)
    return int(bool(wrong) or seconds[worst] > SECONDS or child > MEGABYTES or grown > 500)


def own_memory() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    sys.exit(main())
