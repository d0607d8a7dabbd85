"""Draw a few lines of one page of a PDF, in a process of its own that papers/children.py starts.

FOLDER/in.pdf is the file, FOLDER/job.json says which part and which words to mark; FOLDER/out.webp is
the answer. Imports nothing of the site, so that the process holds no settings and no database.
"""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

YELLOW, RUST = (255, 238, 150), (166, 58, 18)
MOST_PIXELS = 16_000_000


def draw(job: dict[str, Any], path: Path) -> Any:
    """The picture as a PIL image, width × height of the job exactly."""
    import pypdfium2.raw as pdfium  # after the limits are set: they hold for the libraries too
    from PIL import Image, ImageChops, ImageDraw

    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(2, None, None, 0))
    document = pdfium.FPDF_LoadDocument(str(path).encode(), None)
    page = pdfium.FPDF_LoadPage(document, job["page"]) if document else None
    if not page:
        raise ValueError("no such page")
    width, height = job["width"], job["height"]
    if width * height > MOST_PIXELS:
        raise ValueError("too large")
    scale = width / (job["right"] - job["left"])
    full_width = max(1, round(pdfium.FPDF_GetPageWidthF(page) * scale))
    full_height = max(1, round(pdfium.FPDF_GetPageHeightF(page) * scale))
    x, y = ctypes.c_int(), ctypes.c_int()

    def device(px: float, py: float) -> tuple[int, int]:
        """A point of the page in pixels of the whole page: this knows rotation and cut edges."""
        pdfium.FPDF_PageToDevice(page, 0, 0, full_width, full_height, 0, px, py, x, y)
        return x.value, y.value

    x0, y0 = device(job["left"], job["top"])
    x1, y1 = device(job["right"], job["bottom"])
    x0, y0 = min(x0, x1), min(y0, y1)
    bitmap = pdfium.FPDFBitmap_Create(width, height, 0)
    if not bitmap:
        raise MemoryError
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, -x0, -y0, full_width, full_height, 0, 0)
    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    raw = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    image = Image.frombuffer("RGB", (width, height), raw, "raw", "BGRX", stride, 1)

    words = pdfium.FPDFText_LoadPage(page)
    boxes = Boxes(pdfium, words, device, (x0, y0)) if words else None
    if boxes is not None:
        wash = Image.new("RGB", image.size, (255, 255, 255))
        pen = ImageDraw.Draw(wash)
        for start, end in [*job["spans"], *job["outlined"]]:
            for box in boxes.lines(start, end, pad=round(1.2 * scale)):
                pen.rectangle(box, fill=YELLOW)
        image = ImageChops.multiply(image, wash)
        pen = ImageDraw.Draw(image)
        for start, end in job["outlined"]:
            for box in boxes.lines(start, end, pad=round(1.4 * scale)):
                pen.rounded_rectangle(
                    box, radius=round(2 * scale), outline=RUST, width=max(2, round(0.9 * scale))
                )
    return image


class Boxes:
    """Where characters stand in the picture."""

    def __init__(self, pdfium: Any, words: Any, device: Any, origin: tuple[int, int]) -> None:
        self.pdfium, self.words, self.device, self.origin = pdfium, words, device, origin
        self.count = pdfium.FPDFText_CountChars(words)
        self.numbers = [ctypes.c_double() for _ in range(4)]
        self.rectangle = pdfium.FS_RECTF()

    def one(self, i: int) -> tuple[int, int, int, int] | None:
        """left, top, right, bottom; None for what has no ink."""
        if not self.pdfium.FPDFText_GetLooseCharBox(self.words, i, self.rectangle):
            return None
        r = self.rectangle
        if r.right - r.left <= 0 or r.top - r.bottom <= 0:
            return None
        (ax, ay), (bx, by) = self.device(r.left, r.top), self.device(r.right, r.bottom)
        dx, dy = self.origin
        return min(ax, bx) - dx, min(ay, by) - dy, max(ax, bx) - dx, max(ay, by) - dy

    def lines(self, start: int, end: int, pad: int) -> list[tuple[int, int, int, int]]:
        """One box for each line of the characters start..end."""
        found: list[list[int]] = []
        for i in range(max(0, start), min(end, self.count)):
            if chr(self.pdfium.FPDFText_GetUnicode(self.words, i)).isspace():
                continue
            box = self.one(i)
            if box is None:
                continue
            left, top, right, bottom = box
            if found:
                last = found[-1]
                middle = (top + bottom) / 2
                if last[1] <= middle <= last[3] and left >= last[0] - pad:
                    last[0], last[2] = min(last[0], left), max(last[2], right)
                    last[1], last[3] = min(last[1], top), max(last[3], bottom)
                    continue
            found.append([left, top, right, bottom])
        return [(a - pad, b, c + pad, d) for a, b, c, d in found]


def main(place: str) -> None:
    folder = Path(place)
    job = json.loads((folder / "job.json").read_text("utf-8"))
    image = draw(job, folder / "in.pdf")
    image.save(folder / "out.webp", "WEBP", quality=80, method=4)
