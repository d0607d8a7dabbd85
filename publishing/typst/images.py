"""Pictures on their way into the PDF: read within limits, turned upright, written anew.

One picture that Typst can't read fails the whole export, and a file may claim to be what it is not.
So nothing but what Pillow has decoded and encoded again reaches Typst.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
# 132 mm at 300 dots per inch is 1,559 dots; the height of a page's text 2,800.
MAX_SIDE = 2800
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")


@dataclass(frozen=True)
class Picture:
    """An encoded picture: `suffix` is "jpg" or "png", `width` and `height` in pixels."""

    data: bytes
    suffix: str
    width: int
    height: int


def encode(path: Path) -> Picture:
    """Read the first frame of the picture at `path` and encode it again.

    Raises ValueError with the reason in plain words: missing, too large, or not a picture.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ValueError(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
        with Image.open(io.BytesIO(path.read_bytes()), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(f"it has more than {MAX_PIXELS // 1_000_000} million pixels")
            photo = opened.format == "JPEG"
            opened.seek(0)
            image: Image.Image = ImageOps.exif_transpose(opened)
            image.load()
    except FileNotFoundError:
        raise ValueError("the file is missing") from None
    except UnidentifiedImageError:
        raise ValueError("the file is not a picture that can be read") from None
    except (OSError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise ValueError(f"the file is broken ({type(error).__name__})") from None
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    out = io.BytesIO()
    if photo:
        image.convert("RGB").save(out, "JPEG", quality=88)
    else:
        image.convert("RGBA" if image.has_transparency_data else "RGB").save(out, "PNG")
    return Picture(out.getvalue(), "jpg" if photo else "png", image.width, image.height)
