"""Scripts in a process of their own: what they may use, and that nothing of them stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from papers.children import TooSlow, run

MB = 1024**2


def call(tmp_path: Path, body: str, *, seconds: float = 20, memory: int = 512 * MB, output: int = MB) -> Path:
    """Run a script with that body; gives its folder."""
    script = tmp_path / "script.py"
    lines = [
        "import os, sys, time",
        "from pathlib import Path",
        "def main(place):",
        "    place = Path(place)",
    ]
    script.write_text("\n".join([*lines, *(f"    {line}" for line in body.splitlines())]))
    folder = tmp_path / "folder"
    folder.mkdir()
    run(script, folder, seconds=seconds, memory=memory, output=output)
    return folder


def ended(pid: int) -> bool:
    """Whether a process ends within some seconds: it is no more, or waits to be counted by the system."""
    for _ in range(250):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(params=["told by the system", "looked for at intervals"])
def end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to see that a process has ended."""
    if request.param == "looked for at intervals":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    return str(request.param)


def test_it_leaves_its_answer_in_the_folder(tmp_path: Path, end: str) -> None:
    assert (call(tmp_path, "(place / 'out').write_text('done')") / "out").read_text() == "done"


def test_one_that_is_too_slow_is_stopped_with_all_it_started(tmp_path: Path, end: str) -> None:
    body = "pid = os.fork()\n(place / f'{os.getpid()}.pid').touch()\ntime.sleep(60)"
    began = time.monotonic()
    with pytest.raises(TooSlow):
        call(tmp_path, body, seconds=2)
    assert time.monotonic() - began < 20
    pids = [int(file.stem) for file in (tmp_path / "folder").glob("*.pid")]
    assert len(pids) == 2
    assert all(map(ended, pids))


def test_what_it_started_ends_with_it(tmp_path: Path, end: str) -> None:
    body = "pid = os.fork()\nif pid == 0:\n    time.sleep(60)\n(place / f'{pid}.pid').touch()"
    (file,) = call(tmp_path, body).glob("*.pid")
    assert ended(int(file.stem))


@pytest.mark.parametrize(
    "body",
    ["held = bytearray(400 << 20)", "(place / 'big').write_bytes(bytes(2 << 20))"],
    ids=["memory", "output"],
)
def test_beyond_a_limit_it_ends_without_an_answer(tmp_path: Path, body: str) -> None:
    folder = call(tmp_path, body + "\n(place / 'out').touch()", memory=200 * MB)
    assert not (folder / "out").exists()


def test_it_knows_nothing_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET_KEY", "s3cret")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    body = "(place / 'out').write_text(repr(dict(os.environ)) + repr(sys.path) + os.getcwd())"
    told = (call(tmp_path, body) / "out").read_text()
    assert "s3cret" not in told and f"'{Path.cwd()}'" not in told and "''" not in told
    assert told.endswith(str(tmp_path / "folder"))
