"""The documents of the labelled set: typeset with Typst, written by hand as other makers do, and real papers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from changes import Case, Spot
from prose import Sentence, sentences, strange
from typeset import Style, by_hand, set_lines, with_typst

PAPERS = ("DeepSeek_R1", "DeepSeek_V3")


@dataclass
class Document:
    """A file with what is known of it before the engine sees it; `weight` items are made of each class."""

    name: str
    file: Path
    spots: list[Spot]
    strangers: list[str]
    weight: int = 5
    extra: list[Case] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    plain: str = ""
    broken: list[str] = field(default_factory=list)
    lossless: bool = True

    def read(self, pages: Sequence[str], labels: tuple[str, ...]) -> None:
        self.letters = [_letters(page) for page in pages]
        breaks = [re.sub("[\\x02\u00ad\ufffe]|-\r\n", "\ufffe", page) for page in pages]
        self.broken = ["".join(c for c in page.lower() if c.isalnum() or c == "\ufffe") for page in breaks]
        self.plain = "".join(self.letters)
        self.labels = labels

    def fits(self, case: Case, spot: Spot) -> bool:
        """Whether the label holds in this document: the sentence stands in it once, and so do reversed pieces."""
        key = _letters(spot.text)
        if self.lossless and self.plain.count(key) > 1:
            return False
        if case.kind == "reversed_pieces":
            bare = _letters(" ".join(s.text.replace(s.reference, "") for s in self.spots))
            pieces = case.words.replace(spot.reference, "") if spot.reference else case.words
            return all(bare.count(_letters(part)) == 1 for part in re.split("…+", pieces))
        if case.kind == "hyphen_lost":
            # Where the source breaks its line at the hyphen nobody can tell what the hyphen is.
            return not any(
                _letters(a)[-6:] + "\ufffe" in page for a in [spot.text.split("-")[0]] for page in self.broken
            )
        return True


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def spots_of(made: Sequence[Sentence], language: str) -> list[Spot]:
    half = len(made) // 2
    return [
        Spot(
            one.text,
            made[i + 1].text if (i + 1) % 4 else "",
            one.reference,
            made[(i + half) % len(made)].text,
            language,
        )
        for i, one in enumerate(made[:-1])
    ]


def paragraphs_of(made: Sequence[Sentence]) -> list[list[str]]:
    return [[one.text for one in made[i : i + 4]] for i in range(0, len(made), 4)]


def documents(folder: Path, sources: Path) -> list[Document]:
    found = [*typeset(folder), *written(folder)]
    for name in PAPERS:
        file = sources / f"{name}.pdf"
        if file.exists():
            found.append(paper(name, file))
    return found


# name, sentences, references, style
TYPESET = [
    ("two-columns", "en", 220, "numeric", Style(columns=2, size=8.5, head="Journal of Made Results, Vol. 3", font="Noto Serif")),
    ("report", "en", 260, "author", Style(size=11, roman=1, font="Newsreader")),
    ("journal", "en", 200, "key", Style(columns=2, size=9, number_head=True, head="OKAFOR AND LINDQVIST", first_number=231, font="Libertinus Serif")),
    ("ragged", "en", 180, "author", Style(size=10, justify=False, font="Public Sans", head="Working paper")),
    ("german", "de", 240, "key", Style(language="de", size=10.5, head="Technische Berichte", font="Noto Serif")),
    ("french", "fr", 200, "", Style(language="fr", size=10.5, columns=2, font="Newsreader")),
    ("chinese", "zh", 220, "", Style(language="zh", size=10.5, font="Noto Serif CJK SC", head="第三章")),
    ("japanese", "ja", 180, "", Style(language="ja", size=10, font="Noto Serif CJK SC", columns=2)),
]  # fmt: skip


def typeset(folder: Path) -> list[Document]:
    found = []
    for name, language, count, references, style in TYPESET:
        made = sentences(language, count, name, references)
        file = folder / f"{name}.pdf"
        with_typst(paragraphs_of(made), style, file)
        strangers = strange(language, name)
        found.append(Document(name, file, spots_of(made, language), strangers))
    return found


LIGATURES = {"ffi": 0x0E, "ffl": 0x0F, "ff": 0x0B, "fi": 0x0C, "fl": 0x0D}
T1_LIGATURES = {"ffi": 0x1E, "ffl": 0x1F, "ff": 0x1B, "fi": 0x1C, "fl": 0x1D}


def written(folder: Path) -> list[Document]:
    """Files as other programs write them, each fault known: lost ligatures, accents beside letters, loose order."""
    found = []
    kinds = {
        # name: language, ligature codes, what a reader gets for them, accents apart, words placed apart, hyphen
        "old-tex-ot1": ("en", LIGATURES, {code: chr(code) for code in LIGATURES.values()}, True, True, "-"),
        "old-tex-t1": (
            "en",
            T1_LIGATURES,
            {code: chr(code) for code in T1_LIGATURES.values()},
            False,
            True,
            "-",
        ),
        "ligatures-gone": ("en", LIGATURES, dict.fromkeys(LIGATURES.values(), "\ufffd"), False, True, "-"),
        "ligature-forms": (
            "en",
            LIGATURES,
            dict(zip(LIGATURES.values(), "ﬃﬄﬀﬁﬂ", strict=True)),
            False,
            True,
            "-",
        ),
        "old-tex-german": (
            "de",
            LIGATURES,
            {code: chr(code) for code in LIGATURES.values()},
            True,
            True,
            "-",
        ),
        "layout-program": ("en", {}, {}, False, False, "\u00ad"),
        "word-processor": ("fr", {}, {}, False, False, "-"),
    }
    for name, (language, codes, meaning, accents, apart, hyphen) in kinds.items():
        made = sentences(language, 150, name, "author" if language == "en" else "")
        file = folder / f"{name}.pdf"
        _write(
            made,
            file,
            codes,
            meaning,
            accents,
            apart,
            hyphen,
            head=f"Notes on {name}",
            loose=name == "layout-program",
        )
        strangers = strange(language, name)
        found.append(Document(name, file, spots_of(made, language), strangers, weight=3))
    return found


SPACING = {"\u0301": "´", "\u0300": "`", "\u0308": "¨", "\u0302": "ˆ", "\u0303": "˜", "\u0327": "¸"}


def _write(
    made: Sequence[Sentence], file: Path, ligatures: dict[str, int], meaning: dict[int, str],
    accents: bool, apart: bool, hyphen: str, head: str, loose: bool,
) -> None:  # fmt: skip
    codes: dict[str, int] = {}
    unicode_of: dict[int, str] = dict(meaning)
    free = [code for code in range(160, 256) if code not in meaning]

    def code(char: str) -> int:
        if char not in codes:
            codes[char] = ord(char) if " " <= char <= "~" else free.pop(0)
            unicode_of[codes[char]] = char
        return codes[char]

    def encode(line: str) -> bytes:
        out = bytearray()
        if accents:
            line = "".join(_apart(char) for char in line)
        i = 0
        while i < len(line):
            for ligature, number in ligatures.items():
                if line.startswith(ligature, i):
                    out.append(number)
                    i += len(ligature)
                    break
            else:
                out.append(code(line[i]))
                i += 1
        return bytes(out)

    lines: list[tuple[str, bool]] = []
    for paragraph in paragraphs_of(made):
        for k, line in enumerate(set_lines(" ".join(paragraph), 72, hyphen)):
            lines.append((line, k == 0))
    per_page = 46
    pages = []
    for number, start in enumerate(range(0, len(lines), per_page), 1):
        runs = []
        furniture = [(60.0, 800.0, 8.0, encode(head)), (290.0, 40.0, 8.0, encode(str(number)))]
        body = [
            (60.0 + (12 if first else 0), 770.0 - 15 * k, 10.0, encode(line))
            for k, (line, first) in enumerate(lines[start : start + per_page])
        ]
        # Layout programs write the page's number and head first, or last, as they like.
        runs = [*furniture, *body] if loose else [furniture[0], *body, furniture[1]]
        pages.append(runs)
    by_hand(pages, unicode_of, file, words_apart=apart)


def _apart(char: str) -> str:
    plain = unicodedata.normalize("NFD", char)
    return SPACING[plain[1]] + plain[0] if len(plain) == 2 and plain[1] in SPACING else char


# A sentence of running text in a paper's page: no formula, no table, no caption.
RUNNING = re.compile(
    r"(?<=[.!?] )[A-Z][a-zA-Z0-9 ,;:()’'“”\"%$+–—/@&.\-\[\]]{50,330}?[a-z0-9)][.!?](?= [A-Z])"
)
REFERENCE = re.compile(
    r"\([A-Z][A-Za-z-]+(?: et al\.)?(?: and [A-Z][a-z-]+)?, \d{4}[a-z]?(?:; [A-Z][A-Za-z-]+(?: et al\.)?(?: and [A-Z][a-z-]+)?, \d{4}[a-z]?)*\)"
)
CAPTION = re.compile(r"\b(?:Figure|Table) \d+ \||arXiv|https?:")


def paper(name: str, file: Path) -> Document:
    """A real paper. Its sentences are cut from PDFium's text by rules of their own, page by page."""
    import pypdfium2

    source = pypdfium2.PdfDocument(file)
    made: list[Sentence] = []
    everything = " ".join(" ".join(page.get_textpage().get_text_range().split("\r\n")) for page in source)
    for page in source:
        lines = page.get_textpage().get_text_range().split("\r\n")
        text = " ".join(lines)
        # A hyphen at a line's end belongs to the word before a capital or a digit.
        text = re.sub("\ufffe(?=[A-Z0-9])", "-", text)
        # Else as the paper writes the word elsewhere; what it writes nowhere else is left out.
        text = re.sub(
            "([A-Za-z]+)\ufffe([a-z]+)",
            lambda m: next((w for w in (f"{m[1]}-{m[2]}", m[1] + m[2]) if f" {w}" in everything), "||"),
            text,
        )
        for found in RUNNING.finditer(text):
            sentence = found[0]
            if CAPTION.search(sentence) or re.search(
                r"\d \d|[a-z]\.[A-Z]|\b\d+\.\d+\.\d|[a-z]\d\b|\d\.\d*\.? [A-Z]|\d\.$|[A-Z]\. [a-z]|(?<!al)(?<!i\.e)(?<!e\.g)\. [a-z]|^(?:[A-Z][\w-]+ ){1,3}(?:The|This|In|We|To|For|As|It|Our|A) ",
                sentence,
            ):
                continue
            # A short line within is a heading, or the text goes on elsewhere.
            if any(len(line) < 60 and line.strip() in sentence[:-1] and len(line) > 3 for line in lines):
                continue
            reference = REFERENCE.search(sentence)
            made.append(Sentence(sentence, reference[0] if reference else ""))
    source.close()
    unique = {one.text: one for one in made}
    made = list(unique.values())
    strangers = strange("en", name)
    spots = []
    half = len(made) // 2
    for i, one in enumerate(made[:-1]):
        spots.append(Spot(one.text, "", one.reference, made[(i + half) % len(made)].text, "en"))
    return Document(name, file, spots, strangers, weight=8)
