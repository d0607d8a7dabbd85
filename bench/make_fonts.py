"""Make the fonts of the PDF from the packages that FONTS.md names, so that anyone can make them again.

    python -m venv .fonts && .fonts/bin/pip install fonttools brotli
    .fonts/bin/python bench/make_fonts.py            # needs npm and apt-get, and the network

Nothing here runs with the site: Typst reads static TTF and OTF files only, while the web's fonts are
variable, woff2 and cut into one file per script. So each cut is set to one weight and optical size and
the cuts are joined again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTCollection, TTFont
from fontTools.varLib import instancer

FONTS = Path(__file__).resolve().parent.parent / "publishing" / "typst" / "fonts"
NPM = (
    "@fontsource-variable/newsreader@5.3.0",
    "@fontsource-variable/public-sans@5.3.0",
    "@fontsource-variable/jetbrains-mono@5.3.0",
)
DEBIAN = ("fonts-noto-cjk", "fonts-noto-color-emoji", "fonts-noto-core", "fonts-dejavu-core")

# Latin first: where two cuts hold the same character, the first keeps it.
CUTS = ("latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek")

# file, package, axis in the file name, style, family, weight, optical size
INSTANCES = (
    ("Newsreader-Regular", "newsreader", "opsz", "normal", "Newsreader", 400, 14),
    ("Newsreader-Italic", "newsreader", "opsz", "italic", "Newsreader", 400, 14),
    ("Newsreader-SemiBold", "newsreader", "opsz", "normal", "Newsreader", 600, 14),
    ("Newsreader-SemiBoldItalic", "newsreader", "opsz", "italic", "Newsreader", 600, 14),
    ("NewsreaderDisplay-Regular", "newsreader", "opsz", "normal", "Newsreader Display", 400, 44),
    ("NewsreaderDisplay-Medium", "newsreader", "opsz", "normal", "Newsreader Display", 500, 28),
    ("PublicSans-Regular", "public-sans", "wght", "normal", "Public Sans", 400, None),
    ("PublicSans-Italic", "public-sans", "wght", "italic", "Public Sans", 400, None),
    ("PublicSans-SemiBold", "public-sans", "wght", "normal", "Public Sans", 600, None),
    ("JetBrainsMono-Regular", "jetbrains-mono", "wght", "normal", "JetBrains Mono", 400, None),
)

# Greek, Cyrillic and their extensions with all combining marks: what Newsreader lacks.
NOTO_SERIF = "0300-036F 0370-03FF 0400-052F 1C80-1C8F 1F00-1FFF 2DE0-2DFF A640-A69F 2116 00A0 0020"

# Unified ideographs, compatibility forms, kana, bopomofo, hangul, punctuation, full-width forms.
CJK = (
    "0020 00A0 00B7 2010-2027 2030-205E 20A9 2100-214F 2150-218F 2190-21FF 2460-24FF 2500-25FF "
    "2E80-2FDF 3000-30FF 3100-312F 3130-318F 31A0-31BF 31C0-31EF 31F0-31FF 3200-33FF 4E00-9FFF "
    "AC00-D7A3 F900-FAFF FE30-FE4F FF00-FFEF"
)


def points(ranges: str) -> list[int]:
    """Code points of "0370-03FF 2116"."""
    found: list[int] = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        found.extend(range(int(first, 16), int(last or first, 16) + 1))
    return found


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def fetch(work: Path) -> None:
    """Download and unpack the packages into `work`, through npm and apt-get."""
    run("npm", "pack", *NPM, cwd=work)
    run("apt-get", "download", *DEBIAN, cwd=work)
    for archive in work.glob("*.tgz"):
        folder = work / archive.name.removeprefix("fontsource-variable-").rsplit("-", 1)[0]
        folder.mkdir(exist_ok=True)
        shutil.unpack_archive(archive, folder)
    for archive in work.glob("*.deb"):
        run("dpkg", "-x", archive.name, "deb", cwd=work)


def cut(font: TTFont, keep: list[int], features: tuple[str, ...] = ("*",)) -> TTFont:
    """Reduce `font` to the code points of `keep`, in place."""
    options = subset.Options(
        layout_features=list(features), hinting=False, notdef_outline=True, name_IDs=["*"], glyph_names=False
    )
    tool = subset.Subsetter(options)
    tool.populate(unicodes=keep)
    tool.subset(font)
    return font


def rename(font: TTFont, family: str, weight: int, italic: bool) -> None:
    """Say in the name table and in OS/2 what the instance is: Typst chooses by these."""
    bold = weight >= 600
    word = {400: "Regular", 500: "Medium", 600: "SemiBold"}[weight]
    style = f"{word} Italic" if italic and weight != 400 else ("Italic" if italic else word)
    names = font["name"]
    for record in list(names.names):
        if record.nameID in {1, 2, 3, 4, 6, 16, 17, 21, 22, 25}:
            names.removeNames(nameID=record.nameID)
    for number, text in {
        1: family,
        2: style,
        3: f"{family} {style}",
        4: f"{family} {style}",
        6: f"{family}-{style}".replace(" ", ""),
        16: family,
        17: style,
    }.items():
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = (1 if italic else 0) | (32 if bold else 0) or 64
    font["head"].macStyle = (1 if bold else 0) | (2 if italic else 0)


def instance(work: Path, package: str, axis: str, style: str, weight: int, size: int | None) -> TTFont:
    """One static font of all cuts of a variable font."""
    axes = {"wght": weight} | ({"opsz": size} if size else {})
    seen: set[int] = set()
    parts = []
    for name in CUTS:
        path = work / package / "package" / "files" / f"{package}-{name}-{axis}-{style}.woff2"
        if not path.exists():
            continue
        font = TTFont(path)
        fresh = sorted(set(font.getBestCmap()) - seen)
        seen.update(fresh)
        cut(font, fresh)
        instancer.instantiateVariableFont(font, axes, inplace=True)
        font.flavor = None
        for table in ("STAT", "HVAR", "MVAR", "avar", "gasp", "prep", "DSIG"):
            if table in font:
                del font[table]
        part = work / f"part-{name}.ttf"
        font.save(part)
        parts.append(str(part))
    if len(parts) == 1:
        return TTFont(parts[0])
    return merge.Merger().merge(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder that holds the unpacked packages already")
    options = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = "0"  # fontTools writes no time of today: the same bytes each time
    work = options.work or Path(tempfile.mkdtemp())
    if not options.work:
        fetch(work)
    for name, package, axis, style, family, weight, size in INSTANCES:
        font = instance(work, package, axis, style, weight, size)
        rename(font, family, weight, style == "italic")
        font.save(FONTS / f"{name}.ttf")
        print(name, len(font.getBestCmap()))
    debian = work / "deb" / "usr" / "share" / "fonts"
    noto = debian / "truetype" / "noto"
    for name in ("Regular", "Italic", "Bold"):
        font = cut(TTFont(noto / f"NotoSerif-{name}.ttf"), points(NOTO_SERIF))
        font.save(FONTS / f"NotoSerif-{name}.ttf")
    cjk = TTCollection(debian / "opentype" / "noto" / "NotoSerifCJK-Regular.ttc").fonts[2]
    cut(cjk, points(CJK), ("ccmp", "kern", "mark", "mkmk", "ljmo", "vjmo", "tjmo", "calt"))
    cjk.save(FONTS / "NotoSerifCJKsc-Regular.otf")
    shutil.copy(noto / "NotoColorEmoji.ttf", FONTS)
    for name in ("DejaVuSans.ttf", "DejaVuSansMono.ttf"):
        shutil.copy(debian / "truetype" / "dejavu" / name, FONTS)


if __name__ == "__main__":
    main()
