"""Which characters our fonts can draw, read from the fonts themselves.

Typst drops a character that no font has without a word, and PDF/UA-1 refuses it. So we look before.
Only the cmap table is read (formats 4 and 12, the two that our fonts use).
"""

from __future__ import annotations

import functools
import struct
import unicodedata
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"

# Drawn as nothing by design: joiners, variation selectors, direction marks, soft hyphens, tags.
INVISIBLE = {0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0}


def font_files() -> list[Path]:
    """Every font file of the PDF, in a fixed order."""
    return sorted(path for path in FONTS.iterdir() if path.suffix in {".ttf", ".otf"})


def cmap_ranges(path: Path) -> list[tuple[int, int]]:
    """Ranges (first, last) of code points that the font at `path` maps to a glyph.

    Raises ValueError if the file is no font with a Unicode cmap.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] not in {b"\0\1\0\0", b"OTTO", b"true"}:
            raise ValueError(f"{path.name} is no TrueType or OpenType font")
        records = file.read(16 * struct.unpack(">H", head[4:6])[0])
        for at in range(0, len(records), 16):
            tag, _, offset, length = struct.unpack(">4sIII", records[at : at + 16])
            if tag == b"cmap":
                file.seek(offset)
                return _cmap(file.read(length))
    raise ValueError(f"{path.name} has no cmap")


def _cmap(table: bytes) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for at in range(4, 4 + 8 * struct.unpack(">H", table[2:4])[0], 8):
        start = struct.unpack(">I", table[at + 4 : at + 8])[0]
        form = struct.unpack(">H", table[start : start + 2])[0]
        if form == 4:
            ranges.extend(_format_4(table, start))
        elif form == 12:
            count = struct.unpack(">I", table[start + 12 : start + 16])[0]
            groups = struct.iter_unpack(">III", table[start + 16 : start + 16 + 12 * count])
            ranges.extend((first, last) for first, last, _ in groups)
    return ranges


def _format_4(table: bytes, start: int) -> list[tuple[int, int]]:
    double = struct.unpack(">H", table[start + 6 : start + 8])[0]

    def column(at: int) -> tuple[int, ...]:
        return struct.unpack(f">{double // 2}H", table[start + at : start + at + double])

    ends, starts = column(14), column(16 + double)
    deltas, offsets = column(16 + 2 * double), column(16 + 3 * double)
    ranges = []
    for index, (first, last) in enumerate(zip(starts, ends, strict=True)):
        if not offsets[index]:
            ranges.append((first, last) if first != 0xFFFF else (1, 0))
            continue
        base = start + 16 + 3 * double + 2 * index + offsets[index]
        for code in range(first, last + 1):
            at = base + 2 * (code - first)
            glyph = struct.unpack(">H", table[at : at + 2])[0]
            if glyph and (glyph + deltas[index]) & 0xFFFF:
                ranges.append((code, code))
    return [pair for pair in ranges if pair[0] <= pair[1]]


@functools.cache
def coverage() -> frozenset[int]:
    """All code points that at least one of our fonts draws."""
    found: set[int] = set()
    for path in font_files():
        for first, last in cmap_ranges(path):
            found.update(range(first, last + 1))
    return frozenset(found)


def drawable(character: str) -> bool:
    """Whether `character` is drawn by one of our fonts, or is meant to be invisible."""
    code = ord(character)
    if code in coverage() or code in INVISIBLE or 0xE0000 <= code <= 0xE0FFF:
        return True
    return 0xFE00 <= code <= 0xFE0F or unicodedata.category(character) in {"Cf", "Zs", "Zl", "Zp"}
