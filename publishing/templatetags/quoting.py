"""The verdict on a stored quotation, for its form."""

from __future__ import annotations

from typing import Any

from django import template

from publishing.quoting import said
from quotes import trial
from quotes.models import Quote

register = template.Library()


@register.inclusion_tag("admin/verdict.html")
def verdict_of(quote: Quote | None) -> dict[str, Any]:
    """What a check of the stored words gives now; nothing for a new row. Writes nothing."""
    if quote is None or not quote.pk:
        return {}
    look = trial.look(quote.source, quote.text, quote.locator)
    return {"said": said(look, quote.text, quote.locator)}
