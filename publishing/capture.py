"""Capturing from anywhere: a page for the phone, a bookmarklet, and `POST /capture/` with a token."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote as percent

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    UnreadablePostError,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from papers.drafts import tell_saved
from papers.models import CaptureToken, Report, Scrap
from publishing import verdicts
from publishing.quoting import pages_of, said
from quotes import trial

FIELDS = ("text", "address", "title", "kind", "report")
# NUL, and halves of a character that JSON can send one without the other.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
LONGEST_CHECKED = 5_000  # characters; a longer selection is no quotation
# Opens the page with the selection behind the "#", which is sent to no server and has room for all of it.
BOOKMARKLET = (
    "javascript:(()=>{{const f=new URLSearchParams({{text:String(getSelection()),address:location.href,"
    "title:document.title,token:'{token}'}});open('{page}#'+f,'capture','width=640,height=720')}})()"
)


@csrf_exempt  # with a token there is no session; without one, `_by_hand` asks for Django's own
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: HttpRequest) -> HttpResponseBase:
    """GET: a page to write on. POST `text`, `address`, `title`, `kind`, `report`: into the inbox.

    With `Authorization: Bearer TOKEN`, the answer is JSON: 201 {"scrap", "origin", "said", "inbox"}, or
    {"error"} with 400, 401 or 413. The fields may come as a form or as a JSON object.
    """
    if request.method == "POST" and request.headers.get("Authorization"):
        return _by_token(request)
    response: HttpResponseBase = _by_hand(request)
    return response


def _by_token(request: HttpRequest) -> JsonResponse:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    user = CaptureToken.whose(token.strip()) if scheme.lower() == "bearer" else None
    if user is None or not user.has_perm("papers.change_section"):
        return _error("This token is not known, or its owner may not write here. Make a new one.", 401)
    try:
        scrap, warnings = _keep(_fields(request), user)
    except RequestDataTooBig:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000
        return _error(f"This is too much for one scrap (more than {most} MB). Capture a part of it.", 413)
    except ValidationError as error:
        return _error(" ".join(error.messages), 400)
    return JsonResponse(
        {
            "scrap": scrap.pk,
            "origin": scrap.origin,
            "said": _said(scrap),
            "inbox": reverse("admin:inbox"),
            "warnings": warnings,
        },
        status=201,
    )


def _error(message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)


def _fields(request: HttpRequest) -> dict[str, str]:
    """What was sent, as texts. Raises `ValidationError` where it can't be read, and `RequestDataTooBig`."""
    if request.content_type != "application/json":
        try:
            return {name: request.POST.get(name, "") for name in FIELDS}
        except UnreadablePostError as error:
            raise ValidationError("The text didn't come through whole. Send it again.") from error
    try:
        value = json.loads(request.body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValidationError(
            f"This is not UTF-8 (byte {error.start + 1}). Send the text in that encoding."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"This is no JSON object ({error}).") from error
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValidationError("Send one JSON object of texts, such as {“text”: “…”, “address”: “…”}.")
    return {name: value.get(name, "") for name in FIELDS}


def _keep(fields: dict[str, str], user: Any) -> tuple[Scrap, list[str]]:
    warnings = []
    if UNSTORABLE.search("".join(fields.values())):
        fields = {name: UNSTORABLE.sub("\ufffd", value) for name, value in fields.items()}
        warnings.append("NUL and halves of characters were kept as “\ufffd”.")
    reports = Report.objects.order_by("-content_updated_at", "pk")
    report = reports.filter(slug=fields["report"]).first() if fields["report"] else reports.first()
    if report is None:
        raise ValidationError("There is no such report. Leave the field out for the one that moved last.")
    scrap = Scrap.objects.capture(
        report,
        user,
        fields["text"],
        address=fields["address"],
        title=fields["title"],
        kind=fields["kind"],
    )
    return scrap, warnings


def _said(scrap: Scrap) -> str:
    """The verdict on a selection from a source that is known, in words; "" for any other."""
    if scrap.source is None or len(scrap.text) > LONGEST_CHECKED:
        return ""
    look = trial.look(scrap.source, scrap.text.strip())
    return f"{scrap.source}: {verdicts.badge(said(look, scrap.text, pages_of(look)).check)}"


@csrf_protect
def _by_hand(request: HttpRequest) -> HttpResponse:
    # Whoever is signed out gets the page too: a bookmark brings the words behind the "#", which signing in
    # would lose, and its token keeps them.
    inside = request.user.is_active and request.user.is_staff
    reports = list(Report.objects.order_by("-content_updated_at", "pk")[:200]) if inside else []
    typed: dict[str, str] = {name: request.GET.get(name, "")[:20_000] for name in FIELDS}
    problem = ""
    if not inside and request.POST.get("kept_text"):  # the browser has it, and offers it after signing in
        return redirect_to_login(reverse("capture"), login_url="admin:login")
    if not inside and request.method == "POST":
        typed = _fields(request)
        problem = "You are signed out, so nothing is kept yet: sign in in another window, then press “Keep it” again."
    elif inside and not request.user.has_perm("papers.change_section"):
        problem = "Your account may not write here. Ask whoever runs this site."
    elif request.method == "POST":
        try:
            typed = _fields(request)
            scrap, warnings = _keep(typed, request.user)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            messages.success(request, " ".join([f"Kept: “{scrap}”", _said(scrap), *warnings]).strip())
            answer = HttpResponseRedirect(reverse("capture"))
            tell_saved(request, answer, str(scrap.version))
            return answer
    context = {
        **admin.site.each_context(request),
        "title": "Capture",
        "inside": inside,
        "reports": reports,
        "kinds": Scrap.Kind.choices,
        "typed": typed,
        "problem": problem,
    }
    return TemplateResponse(request, "capture.html", context, status=400 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def token(request: HttpRequest) -> HttpResponse:
    """The bookmarklet and the token of whoever is signed in; POST makes a new one, shown this once."""
    made = CaptureToken.make(request.user) if request.method == "POST" else ""  # type: ignore[arg-type]
    page = f"{settings.SITE_URL or f'{request.scheme}://{request.get_host()}'}{reverse('capture')}"
    code = BOOKMARKLET.format(token=made, page=page)
    context = {
        **admin.site.each_context(request),
        "title": "Capture from anywhere",
        "made": made,
        "page": page,
        "has_token": CaptureToken.objects.filter(user=request.user).exists(),  # type: ignore[misc]
        "bookmarklet": "javascript:" + percent(code.removeprefix("javascript:"), safe="(){}=>;:'\",.#+$!?/"),
    }
    response = TemplateResponse(request, "admin/capture_token.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
