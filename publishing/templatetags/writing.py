"""What waits for a section, beside its text."""

from __future__ import annotations

from typing import Any

from django import template

from papers.changes import lf
from publishing.writing import waiting_for

register = template.Library()


@register.inclusion_tag("admin/waiting.html", takes_context=True)
def waiting(context: Any) -> dict[str, Any]:
    """Of the section that the form is of; nothing in the form for a new one, or one to look at only."""
    section = context.get("original")
    if section is None or not context.get("has_change_permission"):
        return {"kinds": ()}
    sent = context["request"].POST
    # The text in the form is the one to be completed: a private one, or one that came back.
    body = lf(str(context["adminform"].form["body"].value() or ""))
    return {"kinds": waiting_for(section, sent.dict() if sent else None, body)}
