"""Draw a few lines of one page of a PDF, or the whole page, in a process that papers/children.py starts.

FOLDER/in.pdf is the file, FOLDER/job.json says which part and which words to mark; FOLDER/out.webp is
the answer. Imports nothing of the site, so that the process holds no settings and no database.
"""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

YELLOW, RUST = (255, 238, 150), (166, 58, 18)
# Of each verdict's shape: what the words lie on, and what its sign and line are drawn with.
TINTS = {"verbatim": (205, 235, 216), "edited": (222, 220, 248), "altered": (255, 221, 200)}
INKS = {"verbatim": (26, 104, 71), "edited": (74, 72, 158), "altered": RUST}
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
        """A point of the file's own page in pixels of the whole page: this knows rotation and cut edges."""
        pdfium.FPDF_PageToDevice(page, 0, 0, full_width, full_height, 0, px, py, x, y)
        return x.value, y.value

    def shown(px: float, py: float) -> tuple[int, int]:
        """A point of the page as it is shown, which the job's points are, in pixels of the whole page."""
        return round(px * scale), round(full_height - py * scale)

    x0, y0 = shown(job["left"], job["top"])
    x1, y1 = shown(job["right"], job["bottom"])
    x0, y0 = (0, 0) if job.get("whole") else (min(x0, x1), min(y0, y1))
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
        for one in job.get("marks", ()):
            for box in boxes.lines(one["start"], one["end"], pad=round(1.2 * scale)):
                pen.rectangle(box, fill=TINTS.get(one["shape"], YELLOW))
        image = ImageChops.multiply(image, wash)
        pen = ImageDraw.Draw(image)
        for one in job.get("marks", ()):
            for box in boxes.lines(one["start"], one["end"], pad=round(1.2 * scale)):
                underline(pen, box, one["shape"], scale)
            if one["size"]:
                at = shown(one["left"], one["bottom"])
                image.paste(*sign(one, scale, at))
        for start, end in job["outlined"]:
            for box in boxes.lines(start, end, pad=round(1.4 * scale)):
                pen.rounded_rectangle(
                    box, radius=round(2 * scale), outline=RUST, width=max(2, round(0.9 * scale))
                )
    return image


def underline(pen: Any, box: tuple[int, int, int, int], shape: str, scale: float) -> None:
    """A line of its own for each verdict: whole, dashed, or wavy, so that colour is never all."""
    left, _, right, foot = box
    thick = max(2, round(0.8 * scale))
    colour = INKS.get(shape, RUST)
    step = max(3, round(2.4 * scale))
    if shape == "edited":
        for x in range(left, right, 2 * step):
            pen.line((x, foot, min(x + step, right), foot), fill=colour, width=thick)
    elif shape == "altered":
        rise = max(1, round(0.8 * scale))
        points = [(x, foot + (rise if n % 2 else -rise)) for n, x in enumerate(range(left, right + 1, step))]
        if len(points) > 1:
            pen.line(points, fill=colour, width=thick)
    else:
        pen.line((left, foot, right, foot), fill=colour, width=thick)


def sign(one: dict[str, Any], scale: float, at: tuple[int, int]) -> tuple[Any, tuple[int, int], Any]:
    """The verdict's shape with the quotation's number left of it: picture, place, and what of it covers."""
    from PIL import Image, ImageDraw, ImageFont

    unit = max(10, round(one["size"] * scale))
    number = str(one["number"])
    font = ImageFont.load_default(unit * 3.2)
    colour = (*INKS.get(one["shape"], RUST), 255)
    wide = round(font.getlength(number)) + 5 * unit
    tile = Image.new("RGBA", (wide, 4 * unit + 8), (255, 255, 255, 0))  # four times as large: smooth edges
    pen = ImageDraw.Draw(tile)
    pen.text((0, 2 * unit + 4), number, fill=colour, font=font, anchor="lm")
    x, y, size = wide - 4 * unit, 4, 4 * unit - 4

    def point(a: float, b: float) -> tuple[float, float]:
        return x + a * size / 16, y + b * size / 16

    white, thick = (255, 255, 255, 255), max(1, round(size / 9))
    if one["shape"] == "verbatim":
        pen.ellipse((*point(0.5, 0.5), *point(15.5, 15.5)), fill=colour)
        pen.line((point(4.4, 8.3), point(6.9, 10.8), point(11.7, 5.4)), fill=white, width=thick)
    elif one["shape"] == "edited":
        pen.rectangle((*point(1, 1), *point(15, 15)), fill=colour)
        for dot in (4.6, 8, 11.4):
            pen.ellipse((*point(dot - 1.15, 6.85), *point(dot + 1.15, 9.15)), fill=white)
    else:
        pen.polygon((point(8, 0), point(16, 8), point(8, 16), point(0, 8)), fill=colour)
        for line in ((4.6, 6.4, 11.4, 6.4), (4.6, 9.6, 11.4, 9.6), (10, 4.3, 6, 11.7)):
            pen.line((point(*line[:2]), point(*line[2:])), fill=white, width=max(1, round(thick * 0.8)))
    tile = tile.resize((max(1, tile.width // 4), max(1, tile.height // 4)), Image.Resampling.LANCZOS)
    place = (max(0, at[0] - tile.width), max(0, at[1] - round(tile.height * 0.85)))
    return tile, place, tile


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
