"""PDFs for the labelled set: with Typst, and written by hand as other makers write them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typst

FONTS = Path(__file__).resolve().parent.parent / "publishing" / "typst" / "fonts"


@dataclass(frozen=True)
class Style:
    """How a document is set."""

    language: str = "en"
    columns: int = 1
    font: str = "Noto Serif"
    size: float = 10
    head: str = ""
    roman: int = 0  # pages of front matter numbered i, ii
    number_head: bool = False  # the page number stands in the running head
    footnotes: bool = True
    floats: bool = True
    justify: bool = True
    first_number: int = 1


def escape(text: str) -> str:
    out = []
    for char in text:
        out.append(f"\\{char}" if char in "\\#$*_`<>@[]~=-+/'\"" and ord(char) < 128 else char)
    return "".join(out)


def with_typst(paragraphs: Sequence[Sequence[str]], style: Style, file: Path) -> None:
    """Set paragraphs of sentences; footnotes within sentences and floats between lines, as a paper has them."""
    lines = [
        f'#set text(font: ("{style.font}", "Noto Serif CJK SC", "Noto Serif"), size: {style.size}pt, lang: "{style.language}", hyphenate: true)',
        f"#set par(justify: {str(style.justify).lower()}, leading: 0.55em, first-line-indent: 1em)",
    ]
    head = (
        f"header: context {{ set text(size: 8pt); [{escape(style.head)} #h(1fr) {'#counter(page).display()' if style.number_head else ''}] }},"
        if style.head or style.number_head
        else ""
    )
    numbering = '"i"' if style.roman else '"1"'
    if style.number_head:
        lines.append(
            f"#set page(width: 16cm, height: 21cm, margin: 2cm, columns: {style.columns}, {head} numbering: none)"
        )
    else:
        lines.append(
            f"#set page(width: 16cm, height: 21cm, margin: 2cm, columns: {style.columns}, {head} numbering: {numbering})"
        )
    if style.first_number != 1:
        lines.append(f"#counter(page).update({style.first_number})")
    front = len(paragraphs) // 8 if style.roman else 0
    for number, paragraph in enumerate(paragraphs):
        if style.roman and number == front:
            lines.append('#set page(numbering: "1")\n#counter(page).update(1)\n#pagebreak(weak: true)')
        if number % 6 == 2:
            lines.append(
                f"\n#heading(level: 2, numbering: none)[{number // 6 + 1}.{number % 5} Findings of part {number}]\n"
            )
        parts = []
        for k, sentence in enumerate(paragraph):
            text = escape(sentence)
            if style.footnotes and (number * 3 + k) % 11 == 4:
                spaces = [i for i, char in enumerate(text) if char == " " and text[i - 1].isalpha()]
                at = spaces[len(spaces) // 2] if spaces else len(text) // 2
                if text[at - 1].isalpha():
                    text = (
                        text[:at]
                        + f"#footnote[A remark on matter {number}, kept apart from the text above.]"
                        + text[at:]
                    )
            parts.append(text)
        glue = "" if style.language in ("zh", "ja") else " "
        lines.append("\n" + glue.join(parts) + "\n")
        if style.floats and number % 5 == 3:
            kind = number % 2
            cells = ", ".join(
                f"[{word}]"
                for word in f"Method Score Gain Alpha {number}.4 2.{number} Beta 7{number} 1.{number}".split()
            )
            lines.append(
                f"#figure(placement: auto, kind: {'table' if kind else 'image'}, supplement: [{'Table' if kind else 'Figure'}], caption: [Results of round {number}, given for each method in turn and averaged over all of the runs that were made.], "
                + (f"table(columns: 3, {cells})" if kind else "rect(width: 60%, height: 2cm)[axis label]")
                + ")"
            )
    if not any(FONTS.glob("*CJK*")):
        raise FileNotFoundError(f"The fonts that the set is typeset with are not in {FONTS}.")
    file.write_bytes(typst.compile("\n".join(lines).encode(), font_paths=[FONTS], ignore_system_fonts=True))


def by_hand(
    pages: Sequence[Sequence[tuple[float, float, float, bytes]]],
    unicode_of: dict[int, str],
    file: Path,
    labels: Sequence[str] = (),
    words_apart: bool = False,
) -> None:
    """A PDF of text runs (x, y, size, codes) in one font whose codes mean what `unicode_of` says.

    "" in `unicode_of` is a code without a meaning, as files have that lost their ligatures. With
    `words_apart` each word is placed by itself and no space is printed, as TeX and layout programs do.
    """
    objects: list[bytes] = []

    def add(data: bytes) -> int:
        objects.append(data)
        return len(objects)

    def stream(data: bytes) -> bytes:
        packed = zlib.compress(data)
        return b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream"

    mapped = "".join(
        f"<{code:02X}> <{text.encode('utf-16-be').hex().upper() or '0000'}>\n"
        for code, text in sorted(unicode_of.items())
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(unicode_of)} beginbfchar\n{mapped}endbfchar endcmap end end"
    )
    widths = " ".join("600" for _ in range(256))
    tounicode = add(stream(cmap.encode()))
    font = add(
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier/FirstChar 0/LastChar 255/Widths[%s]/ToUnicode %d 0 R>>"
        % (widths.encode(), tounicode)
    )
    tree = len(objects) + 1 + 2 * len(pages)
    kids = []
    for runs in pages:
        parts = [b"BT"]
        for x, y, size, codes in runs:
            for word_x, word in _words(codes, x, size) if words_apart else [(x, codes)]:
                parts.append(b"/F1 %g Tf 1 0 0 1 %g %g Tm <%s> Tj" % (size, word_x, y, word.hex().encode()))
        parts.append(b"ET")
        content = add(stream(b"\n".join(parts)))
        kids.append(
            add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 %d 0 R>>>>>>"
                % (tree, content, font)
            )
        )
    add(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids)))
    numbers = b""
    if labels:
        numbers = (
            b"/PageLabels<</Nums["
            + b" ".join(b"%d <</P(%s)>>" % (i, label.encode()) for i, label in enumerate(labels))
            + b"]>>"
        )
    root = add(b"<</Type/Catalog/Pages %d 0 R%s>>" % (tree, numbers))
    out = b"%PDF-1.5\n"
    offsets = []
    for number, data in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + data + b"endobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % o for o in offsets
    )
    file.write_bytes(
        out + b"trailer<</Size %d/Root %d 0 R>>startxref\n%d\n%%%%EOF" % (len(objects) + 1, root, start)
    )


def _words(codes: bytes, x: float, size: float) -> list[tuple[float, bytes]]:
    found = []
    for word in codes.split(b" "):
        if word:
            found.append((x, word))
        x += (len(word) + 1) * size * 0.6
    return found


def set_lines(text: str, width: int, hyphen: str = "-") -> list[str]:
    """Break a text into lines of at most `width` characters, words cut at their middle with a hyphen."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            room = width - len(line) - 2
            if "-" in word[2:-2] and word.index("-", 2) < room:
                at = word.index("-", 2) + 1
                lines.append(f"{line} {word[:at]}")
                line = word[at:]
            elif word.isalpha() and len(word) > 8 and room > 3:
                at = min(room, len(word) - 3)
                lines.append(f"{line} {word[:at]}{hyphen}")
                line = word[at:]
            else:
                lines.append(line)
                line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
