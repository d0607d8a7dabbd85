"""What waits for a section, beside its text."""

from __future__ import annotations

from typing import Any

from django import template

from publishing.writing import waiting_for

register = template.Library()


@register.inclusion_tag("admin/waiting.html", takes_context=True)
def waiting(context: Any) -> dict[str, Any]:
    """Of the section that the form is of; nothing in the form for a new one, or one to look at only."""
    section = context.get("original")
    if section is None or not context.get("has_change_permission"):
        return {"kinds": ()}
    sent = context["request"].POST
    return {"kinds": waiting_for(section, sent.dict() if sent else None), "section": section}
