"""How an edition is cited: BibTeX, RIS, CSL JSON and plain text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pypandoc

from publishing.masthead import moment

if TYPE_CHECKING:
    from publishing.models import Edition

FORMATS = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "txt": "text/plain; charset=utf-8",
}


def csl(edition: Edition, title: str, people: str, address: str) -> dict[str, Any]:
    """The edition as one item of CSL JSON. `people` are printed as written: they are no list of names."""
    day = edition.published_at
    item: dict[str, Any] = {
        "id": f"{edition.report.slug}-{edition.number}",
        "type": "report",
        "title": title,
        "edition": f"{edition.number} ({edition.name})",
        "version": str(edition.version),
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "note": ". ".join(filter(None, [withdrawn(edition), f"sha256:{edition.sha256}"])),
    }
    if people:
        item["author"] = [{"literal": people}]
    if address:
        item["URL"] = address
    return item


def withdrawn(edition: Edition) -> str:
    """That it was withdrawn, when and why; "" if it stands."""
    if edition.withdrawn_at is None:
        return ""
    why = f": {edition.withdrawn_why.rstrip('.')}" if edition.withdrawn_why else ""
    return f"Withdrawn on {moment(edition.withdrawn_at)['date']}{why}"


def cite(edition: Edition, format: str, title: str, people: str, address: str) -> str:
    """The citation as text in one of `FORMATS`."""
    item = csl(edition, title, people, address)
    match format:
        case "csl":
            return json.dumps([item], ensure_ascii=False, indent=2) + "\n"
        case "bib":
            # pandoc knows what BibTeX needs escaped; it gets our own JSON alone, never a file of somebody's.
            return pypandoc.convert_text(
                json.dumps([item]), "bibtex", format="csljson", extra_args=["--sandbox"]
            )
        case "ris":
            return _ris(edition, title, people, address)
        case _:
            return plain(edition, title, people, address)


def plain(edition: Edition, title: str, people: str, address: str) -> str:
    """One line: who, title, edition, date, address."""
    who = f"{people.rstrip('.')}. " if people else ""
    where = f" {address}" if address else ""
    day = moment(edition.published_at)["date"]
    gone = f" {gone}." if (gone := withdrawn(edition)) else ""
    named = f"Edition {edition.number}, “{edition.name}”, {day} (version {edition.version})"
    return f"{who}{title}. {named}.{gone}{where}\n"


def _ris(edition: Edition, title: str, people: str, address: str) -> str:
    """RIS, which pandoc reads but doesn't write: one tag and value a line."""
    day = edition.published_at
    fields = [
        ("TY", "RPRT"),
        ("AU", people),
        ("TI", title),
        ("ET", f"{edition.number} ({edition.name})"),
        ("PY", f"{day.year}"),
        ("DA", f"{day:%Y/%m/%d}"),
        ("UR", address),
        ("N1", withdrawn(edition)),
        ("N1", f"Version {edition.version}, sha256:{edition.sha256}"),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", ""])
