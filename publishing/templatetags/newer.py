"""`{% newer_file source %}`: what the newest file of a source changed, above its form."""

from __future__ import annotations

from typing import Any

from django import template

from papers.models import Source
from publishing import assemble, newer, rechecking, verdicts
from publishing.mending import place_of, places
from publishing.quoting import MOST_SHOWN
from quotes import mends

register = template.Library()


@register.inclusion_tag("admin/newer.html", takes_context=True)
def newer_file(context: Any, source: Source | None) -> dict[str, Any]:
    """Old and new verdict of each quotation of `source` whose verdict changed; nothing where there is no older one."""
    if source is None or not source.pk or not source.files.exists():
        return {}
    document = assemble.document(source.report, audience=assemble.EDITORS)
    found = next((each for each in newer.of(document) if each.source.row == source.pk), None)
    if found is None:
        return {}
    known = places(document, source.report)
    rows = [
        {
            "words": recheck.words,
            "place": place_of(recheck.quotation, known),
            "sides": (
                _side("Before", recheck.quotation, recheck.old),
                _side("Now", recheck.quotation, recheck.new),
            ),
        }
        for recheck in found.changed
    ]
    user = context["request"].user
    return {
        "newer": found,
        "rows": rows,
        "unseen": any(each.source.row == source.pk for each in rechecking.unseen(document)),
        "may": user.has_perm("papers.change_source"),
        "csrf_token": context.get("csrf_token"),
        "source": source,
    }


def _side(name: str, quotation: verdicts.Quotation, check: Any) -> dict[str, Any]:
    words = verdicts.plain_words(quotation)
    return {
        "name": name,
        "check": check,
        "shape": verdicts.shape(check),
        "badge": verdicts.badge(check),
        "shown": [mends.shown(words, difference) for difference in check.differences[:MOST_SHOWN]],
    }
