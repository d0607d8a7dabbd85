"""What is said when a form can't be read or taken: too many bytes, a wrong token, nobody signed in.

None of it loses a word: the browser keeps the text (`static/js/drafts.js`), and what reached the
server is shown to who sent it, to copy.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render

from papers.editing import refused

# Fields that are no one's words: what the form itself put in.
TECHNICAL = ("csrfmiddlewaretoken", "kept_text", "next", "place", "mend", "move", "version", "action")
TECHNICAL_ENDS = ("_FORMS", "started_from", "-id", "asked_about", "merged_from", "_checkbox")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for status 400, and 413 for too much. The browser still has the words."""
    reason, status = "Your browser sent something this site can't read.", 400
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024**2
        reason, status = f"That was more than {most:g} MB of text. Divide it into several sections.", 413
    elif isinstance(exception, TooManyFieldsSent):
        reason = f"That form had more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} fields. Save fewer rows at once."
    if by_script(request):
        return refused(f"{reason} Your text stays here.", status)
    return render(request, "400.html", {"reason": reason}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose token is missing, wrong or of an earlier session; JSON for scripts."""
    if by_script(request):
        return refused(
            "This form's token is no longer right. Save the text: you are shown how to go on, and it is kept.",
            403,
        )
    elsewhere = reason.startswith(REASON_BAD_ORIGIN.partition("%s")[0]) or came_from_elsewhere(request)
    if elsewhere:
        # What another site sent is not shown as if this person had written it.
        said = "The request came from another address than this site's own, so it was refused."
        return render(request, "403_csrf.html", {"reason": said}, status=403)
    said = (
        "The form carried a token that doesn't fit this browser's cookie: perhaps it was opened before you "
        "signed in, or the cookies were deleted."
    )
    context = {"reason": said, "again": form_of(request), "sent": texts_sent(request)}
    return render(request, "403_csrf.html", context, status=403)


def by_script(request: HttpRequest) -> bool:
    """Whether a script asked, which shows a JSON refusal by itself."""
    return "X-CSRFToken" in request.headers or request.headers.get("Sec-Fetch-Dest") == "empty"


def came_from_elsewhere(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def form_of(request: HttpRequest) -> str:
    """The page the form stood on: the referring one if it is this site's, else the address itself."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc and parts.netloc == request.get_host():
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return request.get_full_path()


def texts_sent(request: HttpRequest) -> list[tuple[str, str]]:
    """[(field, text), …], the longest first: the words in a POST.

    No passwords, and nothing that the form itself put in.
    """
    found = [
        (name.replace("_", " "), text)
        for name, values in request.POST.lists()
        for text in values
        if len(text) > 1
        and not text.isdecimal()
        and not name.startswith("_")
        and name not in TECHNICAL
        and not name.endswith(TECHNICAL_ENDS)
        and "password" not in name
    ]
    return sorted(found, key=lambda pair: -len(pair[1]))
