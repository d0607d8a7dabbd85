"""The quotations on the desk: what the checks found, and the one click that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from papers.models import Report, Source
from publishing import document as tree, verdicts
from publishing.jobs import SHOWN, Group, Job, form, listed, short
from publishing.mending import HOLDERS, Place, everything, is_paged, mends_of, name_of, place_of, places
from quotes import mends
from quotes.matching.result import LINE_END_HYPHEN, NO_PAGE, OTHER_PAGE
from quotes.models import Reason, Verdict

TIDY = "tidy"
ORDER = (Verdict.ALTERED, Verdict.NOT_FOUND, Verdict.UNCHECKED, TIDY)
MOST_SHOWN = 3  # differences of one quotation


@dataclass(frozen=True)
class QuotationJob(Job):
    """A job with what its buttons send. `post` is the source whose text is asked for, if one is."""

    shown: tuple[mends.Shown, ...] = ()
    mends: tuple[mends.Mend, ...] = ()
    place: str = ""
    version: int = 0
    words: str = ""
    post_row: int = 0
    post_version: int = 0
    address: str = ""


def kind_of(quotation: verdicts.Quotation) -> str:
    """What is to do about a quotation: a failing verdict, "tidy", or "" for nothing."""
    check = verdicts.check_of(quotation)
    if not check.passes:
        return check.verdict if check.verdict in ORDER else Verdict.UNCHECKED
    return TIDY if {LINE_END_HYPHEN, OTHER_PAGE, NO_PAGE} & set(check.warnings) else ""


def group(document: tree.Document, report: Report, user: Any) -> Group:
    """Every quotation that fails, is not checked, or is to be tidied: the worst first, then in reading order."""
    found = Group("quotes", "Quotations", "quotation", "quotations", listed("quotes_quote", report))
    quotations = everything(document)
    kinds = Counter(kind_of(quotation) for quotation in quotations)
    found.said = said(kinds)
    known = places(document, report)
    wanted = [
        (quotation, kind, place)
        for kind in ORDER
        for quotation in quotations
        if kind_of(quotation) == kind and (place := place_of(quotation, known))
    ]
    versions = _versions(place for _, _, place in wanted[:SHOWN])
    posts = _posts(report) if any(kind == Verdict.UNCHECKED for _, kind, _ in wanted[:SHOWN]) else {}
    for number, (quotation, kind, place) in enumerate(wanted):
        if number < SHOWN:
            found.jobs.append(_job(document, quotation, kind, place, versions, posts, report, user))
        else:  # counted only
            found.jobs.append(Job(kind, place.link, "Open"))
    return found


def said(kinds: Counter[str]) -> str:
    """ "1 differs, 3 not checked, 1 to tidy; 3 need nothing"."""
    words = {
        Verdict.ALTERED: ("differs", "differ"),
        Verdict.NOT_FOUND: ("not found", "not found"),
        Verdict.UNCHECKED: ("not checked", "not checked"),
        TIDY: ("to tidy", "to tidy"),
    }
    parts = [f"{kinds[kind]} {words[kind][kinds[kind] > 1]}" for kind in ORDER if kinds[kind]]
    fine = kinds[""]
    rest = f"{fine} need{'s' * (fine == 1)} nothing" if fine else ""
    return "; ".join(filter(None, [", ".join(parts), rest]))


def _versions(used: Iterable[Place]) -> dict[tuple[str, int], int]:
    """The versions of the rows that are shown, one query for each kind."""
    wanted: dict[str, set[int]] = {}
    for place in used:
        wanted.setdefault(place.kind, set()).add(place.row)
    found: dict[tuple[str, int], int] = {}
    for kind, rows in wanted.items():
        stored = HOLDERS[kind][0]._default_manager.filter(pk__in=rows).values_list("pk", "row_version")
        found |= {(kind, pk): version for pk, version in stored}
    return found


def _posts(report: Report) -> dict[str, tuple[int, int]]:
    """The posts without a text: key to row and version."""
    rows = Source.objects.of(report).filter(kind=Source.Kind.POST, text="")
    return {key: (pk, version) for key, pk, version in rows.values_list("key", "pk", "row_version")}


def _job(
    document: tree.Document,
    quotation: verdicts.Quotation,
    kind: str,
    place: Place,
    versions: dict[tuple[str, int], int],
    posts: dict[str, tuple[int, int]],
    report: Report,
    user: Any,
) -> QuotationJob:
    check = verdicts.check_of(quotation)
    can = user.has_perm(place.right)
    possible = mends_of(quotation, place, is_paged(document, quotation)) if can else ()
    if kind == TIDY:  # the words pass: what is offered is what the notes ask for
        possible = tuple(mend for mend in possible if mend.kind in (mends.HYPHENS, mends.PAGE))
    else:
        possible = tuple(mend for mend in possible if mend.kind != mends.PAGE) or possible
    mark = verdicts.shape(check)
    what = f"{verdicts.label(check)}, to tidy." if kind == TIDY else f"{verdicts.label(check)}."
    if kind == Verdict.UNCHECKED:
        what = f"{verdicts.badge(check)}."
    post, version = (0, 0)
    source = document.source_by_key.get(quotation.source)
    if check.reason == Reason.POST_NOT_ARCHIVED and user.has_perm("papers.change_source"):
        post, version = posts.get(quotation.source, (0, 0))
    link, act = _way(document, quotation, place, report)
    words = quotation.text if isinstance(quotation, tree.Quote) else quotation.words
    return QuotationJob(
        mark,
        link,
        act,
        what=what,
        say="" if _shown(quotation, words, check) else f"“{short(words)}”",
        where=_where(document, quotation, check, kind, place, bool(possible)),
        shown=_shown(quotation, words, check),
        mends=possible,
        place=f"{place.kind}:{place.row}",
        version=versions.get((place.kind, place.row), 0),
        words=name_of(quotation),
        post_row=post,
        post_version=version,
        address=source.url if source and post else "",
    )


def _shown(quotation: verdicts.Quotation, words: str, check: tree.Check) -> tuple[mends.Shown, ...]:
    if check.differences and not check.passes:
        return tuple(mends.shown(words, difference) for difference in check.differences[:MOST_SHOWN])
    if LINE_END_HYPHEN in check.warnings:
        found = mends.parted(words, check.matched)[:MOST_SHOWN]
        return tuple(mends.around(words, start, end, whole) for start, end, whole in found)
    return ()


def _way(
    document: tree.Document, quotation: verdicts.Quotation, place: Place, report: Report
) -> tuple[str, str]:
    """The form that helps where no button does, and what to do there."""
    check = verdicts.check_of(quotation)
    source = document.source_by_key.get(quotation.source)
    if check.reason == Reason.NO_SOURCE:
        if isinstance(quotation, tree.Quote):
            return f"{place.link}#id_source", "Name its source"
        return place.link, "Name its source"
    if source is not None and check.reason in (Reason.NOT_ARCHIVED, Reason.POST_NOT_ARCHIVED, Reason.NO_TEXT):
        return form("papers_source", source.row), "Open its source"
    return place.link, "Open"


def _where(
    document: tree.Document,
    quotation: verdicts.Quotation,
    check: tree.Check,
    kind: str,
    place: Place,
    mendable: bool,
) -> str:
    source = document.source_by_key.get(quotation.source)
    name = (source.title or source.key) if source else ""
    pages = f", {verdicts.pages(check)}" if check.pages and source and source.kind == "pdf" else ""
    parts: list[str] = []
    if kind == Verdict.ALTERED:
        if check.differences:
            much = verdicts.changed(check)
            parts.append(f"{much} differ{'s' * much.startswith('1 ')} from {name}{pages}")
        parts += [verdicts.FAULTS.get(fault, fault) for fault in check.faults]
        if check.elsewhere:
            parts.append(f"The words pass in {check.elsewhere}")
    elif kind == Verdict.NOT_FOUND:
        parts.append(f"Nothing in {name} comes near")
    elif kind == TIDY:
        if LINE_END_HYPHEN in check.warnings:
            parts.append(f"A line-end hyphen was copied along, {name}{pages}")
        if NO_PAGE in check.warnings:
            parts.append(f"“{quotation.locator}” names no page; found on {verdicts.pages(check)}")
        if OTHER_PAGE in check.warnings:
            parts.append(f"Found on {verdicts.pages(check)}, you wrote {quotation.locator}")
    elif isinstance(quotation, tree.Quote):
        parts.append(
            " · ".join(filter(None, [quotation.attribution, name if name != quotation.source else ""]))
        )
    elif check.reason == Reason.NO_SOURCE:
        cited = f"It cites {quotation.key}, which has no source yet" if quotation.key else ""
        parts.append(cited or "A quotation this long needs a citation behind it, such as [@key, p. 5]")
    if check.recorded or check.from_passage:
        parts.append("by the recorded check")
    if place.name:
        line = getattr(quotation, "line", 0)
        parts.append(f"{place.name}, line {line}" if line else place.name)
        if kind == Verdict.ALTERED and not mendable:
            parts.append("its words can’t be placed for certain, so mend them in the form")
    return " · ".join(filter(None, parts))
