"""Run a script in a process of its own with limits: for files that are anyone's, and libraries that may fail.

The script gets a folder and leaves its answer there. It runs isolated, outside the site's packages and
environment, so that it holds no settings, no secrets and no database.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

# What the child does first, so that the limits hold for all it loads. A system that lacks one keeps the
# parent's clock. The script comes in as a module, because Python keeps only a module in its compiled form.
# Nothing is tidied up at its end: the system does that at once, where Python and the libraries take a while.
START = """
import os, resource, sys
from importlib.machinery import SourceFileLoader
for name, amount in zip(("AS", "CPU", "FSIZE", "CORE"), map(int, sys.argv[3:])):
    try:
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (amount, amount))
    except (ValueError, OSError, AttributeError):
        continue
loader = SourceFileLoader("child", sys.argv[1])
child = sys.modules["child"] = type(sys)("child")
loader.exec_module(child)
child.main(sys.argv[2])
os._exit(0)
"""


class TooSlow(Exception):
    """The child was stopped, because its time was up."""


def run(script: Path, folder: Path, *, seconds: float, memory: int, output: int, cores: int = 1) -> None:
    """Call `main(folder)` of a script, and wait for its end; its whole process group is then stopped.

    It may use `seconds` of wall clock, and of processor time on each of its `cores`; `memory` bytes of
    address space; files of `output` bytes. Whether it went well is for the caller to see from what lies in
    the folder: a child that hits a limit of the system ends without a word. Raises TooSlow.
    """
    limits = (memory, int(cores * seconds) + 1, output, 0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", START, str(script), str(folder), *map(str, limits)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            "LANG": "C.UTF-8",
            "MALLOC_ARENA_MAX": "2",
            "RAYON_NUM_THREADS": str(cores),
            "HOME": str(folder),
        },
        cwd=folder,
        start_new_session=True,
    )
    try:
        if not _ends(process, seconds):
            raise TooSlow
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end of a process; False if it still runs after so many seconds.

    `Popen.wait` looks for the end at intervals, of up to 50 ms, which is as long as a short file takes.
    Linux tells the end as it comes; where it can't be asked, the intervals must do.
    """
    try:
        watched = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return process.returncode is not None
    try:
        end = select.poll()
        end.register(watched, select.POLLIN)
        return bool(end.poll(1000 * seconds))
    finally:
        os.close(watched)
