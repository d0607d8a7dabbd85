"""Pictures of passages: the same lines and words, however the file turns its page or cuts its edges."""

from __future__ import annotations

import io
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from papers import passages, pdftext
from tests import pdfs

FIRST, SECOND = b"Every model reasons robustly without any help", b"and nobody has looked into it until today"
# Each shows 360 x 400 points with the first line at (10, 250): the page's entries, and the text's matrix.
WAYS = {
    "media box elsewhere": (b"/MediaBox [-100 -100 260 300]", b"1 0 0 1 -90 150"),
    "media box upside down": (b"/MediaBox [360 400 0 0]", b"1 0 0 1 10 250"),
    "crop box": (b"/MediaBox [0 0 600 800] /CropBox [200 200 560 600]", b"1 0 0 1 210 450"),
    "crop box beyond the media box": (
        b"/MediaBox [0 0 560 600] /CropBox [200 200 900 900]",
        b"1 0 0 1 210 450",
    ),
    "turned right": (b"/MediaBox [0 0 400 360] /Rotate 90", b"0 1 -1 0 150 10"),
    "upside down": (b"/MediaBox [0 0 360 400] /Rotate 180", b"-1 0 0 -1 350 150"),
    "turned left": (b"/MediaBox [0 0 400 360] /Rotate 270", b"0 -1 1 0 250 350"),
    "turned left by a negative number": (b"/MediaBox [0 0 400 360] /Rotate -90", b"0 -1 1 0 250 350"),
    "turned right and cropped": (
        b"/MediaBox [0 0 900 900] /CropBox [200 200 600 560] /Rotate 90",
        b"0 1 -1 0 350 210",
    ),
    "upside down and cropped": (
        b"/MediaBox [0 0 900 900] /CropBox [200 200 560 600] /Rotate 180",
        b"-1 0 0 -1 550 350",
    ),
    "turned left and cropped": (
        b"/MediaBox [0 0 900 900] /CropBox [200 200 600 560] /Rotate 270",
        b"0 -1 1 0 450 550",
    ),
}


def pdf(entries: bytes, matrix: bytes) -> bytes:
    """A page of two lines."""
    page = b"<</Type /Page /Parent 2 0 R " + entries + b" /Resources <</Font <</F 5 0 R>>>> /Contents 4 0 R>>"
    words = b"BT /F 12 Tf 14 TL " + matrix + b" Tm (" + FIRST + b") Tj T* (" + SECOND + b") Tj ET"
    return pdfs.by_hand(pdfs.CATALOG, pdfs.KIDS, page, pdfs.stream(words), pdfs.FONT)


PLAIN = pdf(b"/MediaBox [0 0 360 400]", b"1 0 0 1 10 250")


def drawn(data: bytes, shot: passages.Shot | passages.Sheet, folder: Path) -> Any:
    folder.mkdir()
    (folder / "in.pdf").write_bytes(data)
    (folder / "job.json").write_text(json.dumps(asdict(shot)), "utf-8")
    passages._run(folder)
    return Image.open(io.BytesIO(passages._result(folder))).convert("RGB")


@pytest.mark.parametrize("way", WAYS)
def test_a_page_turned_or_cut_gives_the_same_text_places_and_pictures(way: str, tmp_path: Path) -> None:
    data = pdf(*WAYS[way])
    (plain,), (other,) = pdftext.pdf_text(PLAIN).pages, pdftext.pdf_text(data).pages
    assert (other.text, other.width, other.height) == (plain.text, 360, 400)
    assert len(other.lines) == 2
    for line, known in zip(other.lines, plain.lines, strict=True):
        assert (line.start, line.end) == (known.start, known.end)
        for name in ("left", "right", "bottom", "size"):
            assert getattr(line, name) == pytest.approx(getattr(known, name), abs=0.15), name
    start = plain.text.index("reasons")
    places = [(0, start, start + len("reasons robustly"))]
    texts = [pdftext.pdf_text(one) for one in (PLAIN, data)]
    ((shot,), (same,)) = (passages.shots(text, places) for text in texts)
    sheets = [passages.sheet(text, 0, [(1, "edited", places, ())]) for text in texts]
    assert sheets[0] is not None and sheets[1] is not None
    for name, one, two in (("shot", shot, same), ("sheet", sheets[0], sheets[1])):
        right, ours = drawn(PLAIN, one, tmp_path / f"{name} 1"), drawn(data, two, tmp_path / f"{name} 2")
        assert abs(ours.width - right.width) <= 2 and abs(ours.height - right.height) <= 2
        ours = ours.resize(right.size)
        away = ImageStat.Stat(ImageChops.difference(right, ours).convert("L"))
        assert away.mean[0] < 6, name
        # What is marked is marked in the same place, and there is ink in it.
        tinted = [
            Image.eval(ImageChops.subtract(p.getchannel("R"), p.getchannel("B")), lambda v: 255 * (v > 60))
            for p in (right, ours)
        ]
        if name == "shot":
            boxes = [t.getbbox() for t in tinted]
            assert boxes[0] is not None and boxes[1] is not None
            assert all(abs(a - b) <= 3 for a, b in zip(*boxes, strict=True))
            assert right.convert("L").getextrema()[0] < 80 and ours.convert("L").getextrema()[0] < 80


def test_the_boxes_and_turns_of_the_whole_file_hold_for_its_page() -> None:
    entries, matrix = WAYS["turned right and cropped"]
    whole = pdfs.KIDS.replace(b"/Type /Pages", b"/Type /Pages " + entries)
    assert whole != pdfs.KIDS
    words = b"BT /F 12 Tf " + matrix + b" Tm (" + FIRST + b") Tj ET"
    page = b"<</Type /Page /Parent 2 0 R /Resources <</Font <</F 5 0 R>>>> /Contents 4 0 R>>"
    (found,) = pdftext.pdf_text(pdfs.by_hand(pdfs.CATALOG, whole, page, pdfs.stream(words), pdfs.FONT)).pages
    (line,) = found.lines
    assert (found.width, found.height, line.left, line.bottom) == (360, 400, 10, 250)


def test_threads_that_draw_one_picture_leave_one_whole_file(
    settings: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    settings.DATA_DIR = tmp_path
    (shot,) = passages.shots(pdftext.pdf_text(PLAIN), [(0, 0, 20)])
    monkeypatch.setattr(passages.archive, "open", lambda *_: io.BytesIO(PLAIN))
    meet, replaced = threading.Barrier(4), os.replace
    got: list[bytes] = []

    def together(*args: Any) -> None:
        meet.wait(60)
        replaced(*args)

    monkeypatch.setattr(passages.os, "replace", together)
    threads = [
        threading.Thread(target=lambda: got.append(passages.picture("ab" * 32, shot))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and len(set(got)) == 1
    assert [file.read_bytes() for file in passages.folder().iterdir()] == got[:1]

    def full(*args: Any) -> None:
        raise OSError("no space left")

    next(passages.folder().iterdir()).unlink()
    monkeypatch.setattr(passages.os, "replace", full)
    assert passages.picture("ab" * 32, shot) == got[0]
    assert list(passages.folder().iterdir()) == []
