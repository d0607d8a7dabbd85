"""Sources in the admin: their form, the archived copies below it, and fetching them from form and desk."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from papers import archive, licences
from papers.archive import Kept, size_in_words
from papers.editing import ContentAdmin
from papers.forms import ContentForm
from papers.models import Source

# In one request for all sources no new one is begun after so many seconds: a proxy waits for 60 or so.
SECONDS_FOR_ALL = 20


class SourceForm(ContentForm):
    """A source, and with it a file that becomes its newest copy once the form is saved."""

    upload = forms.FileField(
        label="Add an archived copy",
        required=False,
        allow_empty_file=True,  # our own message says more
        max_length=None,
        widget=forms.FileInput({"accept": ".pdf,.html,.htm,.xhtml,.txt,.md"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "upload" in self.fields:
            self.fields["upload"].help_text = (
                f"A PDF, or a saved web page (HTML or text), of at most {size_in_words(settings.SOURCE_MAX_BYTES)}. "
                "It is read and kept when you save; older copies stay. A post needs no file: its text is its copy."
            )
        if "licence" in self.fields:
            self.fields[
                "licence"
            ].help_text = (
                f"With {licences.NAMES} here, readers may open the archived file. Otherwise only staff may."
            )

    def _post_clean(self) -> None:
        """After all else: whether the file suits, and that a file can't be sent back with a faulty form."""
        super()._post_clean()  # type: ignore[misc]
        file = self.cleaned_data.get("upload")
        if not file:
            return
        try:
            # One byte above the limit tells that it is one too large.
            archive.suits(str(self.cleaned_data.get("kind", "")), file.read(settings.SOURCE_MAX_BYTES + 1))
            file.seek(0)
        except ValidationError as error:
            self.add_error("upload", f"“{file.name}”: {error.messages[0]}")
        if self.errors and "upload" not in self.errors:
            self.add_error("upload", f"Choose “{file.name}” again: a form with errors can't keep a file.")


class Missing(admin.SimpleListFilter):
    """Sources that lack what a quotation would be checked against."""

    title = "what is missing"
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("copy", "No archived copy"),
            ("text", "A post without its text"),
            ("address", "No address"),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        wanted = {
            "copy": Q(files=None) & ~Q(kind=Source.Kind.POST),
            "text": Q(kind=Source.Kind.POST, text=""),
            "address": Q(url=""),
        }.get(self.value() or "")
        return queryset.filter(wanted) if wanted else queryset


class SourceAdmin(ContentAdmin):
    """Archived copies are listed below the form. Nothing here changes or deletes one."""

    form = SourceForm
    change_form_template = "admin/source_form.html"
    list_display = ("__str__", "key", "kind", "archived", "paper", "author", "published")
    list_filter = ("report", "kind", Missing)
    list_select_related: ClassVar[Any] = ("report", "paper")
    search_fields = ("title", "key", "author", "url", "text")
    ordering = ("report__title", "report_id", "key")
    proposed_from = "title"
    view_on_site: Any = False
    fieldsets = (
        (None, {"fields": [("title", "kind"), "url", ("paper", "key")]}),
        (None, {"fields": ["upload", "licence"]}),
        ("For a post", {"fields": [("author", "published"), "text", "copied_by"]}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What doesn't concern a kind is out of the way: a post has no file, and only a post is its text."""
        what, file, post, *more = super().get_fieldsets(request, obj)
        if obj is None:
            return [what, file, post, *more]
        if obj.kind == Source.Kind.POST:
            return [what, (None, post[1]), ("Archived file", {**file[1], "classes": ["collapse"]}), *more]
        return [
            what,
            file,
            ("Author and date; for a post, its text", {**post[1], "classes": ["collapse"]}),
            *more,
        ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = Source.objects.with_newest_copy().order_by(*self.ordering)
        return found

    @admin.display(description="archived", ordering="copy_taken_at")
    def archived(self, obj: Any) -> str:
        if obj.kind == Source.Kind.POST:
            return "as its text" if obj.text.strip() else "no"
        if not obj.copy_sha256:
            return "no"
        when = f"{timezone.localtime(obj.copy_taken_at):%d %b %Y}"
        return f"{when}, without text" if obj.copy_problem else when

    # ------------------------------------------------------------- the form

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        source = kwargs.get("obj")
        # The texts, megabytes of them, stay where they are: whether there is one, `problem` says.
        context["copies"] = source.files.defer("text") if source else ()
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        request.saved_source = form.instance

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        self._stay(request)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: Any, obj: Any) -> HttpResponse:
        self._stay(request)
        return super().response_change(request, obj)

    def _stay(self, request: Any) -> None:
        """Whoever brings a copy sees it afterwards: back to the form, not to the list."""
        if "_fetch" in request.POST or request.FILES.get("upload"):
            request.POST = request.POST.copy()
            request.POST["_continue"] = "1"

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().changeform_view(request, *args, **kwargs)
        # Only here the form's transaction is over: reading a file takes seconds, and others want to write.
        source = getattr(request, "saved_source", None)
        if source is not None and (file := request.FILES.get("upload")):
            who = request.user.get_username()
            _told(request, source, lambda: archive.keep(source, file.read(), name=file.name, who=who))
        if source is not None and "_fetch" in request.POST:
            _told(request, source, lambda: archive.fetch(source, request.user.get_username()))
        return response

    # ------------------------------------------------------------- the desk

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view
        return [
            path("fetch/", view(require_POST(self.fetch_all)), name="papers_source_fetch_all"),
            path("<int:pk>/aside/<int:copy>/", view(require_POST(self.aside)), name="papers_source_aside"),
            path("<int:pk>/fetch/", view(require_POST(self.fetch_one)), name="papers_source_fetch"),
            *super().get_urls(),
        ]

    def fetch_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: fetch one source. A script that asks for JSON gets {"said", "failed"}, a form is led back."""
        source = self._of(request, pk)
        if "application/json" not in request.headers.get("Accept", ""):
            _told(request, source, lambda: archive.fetch(source, request.user.get_username()))
            return self._back(request, source)
        try:
            kept = archive.fetch(source, request.user.get_username())
        except ValidationError as error:
            return JsonResponse({"said": error.messages[0], "failed": True})
        return JsonResponse({"said": str(kept), "failed": bool(kept.copy.problem)})

    def aside(self, request: HttpRequest, pk: int, copy: int) -> HttpResponse:
        """POST: set an archived copy aside, since it is the wrong file; with `again`, let it count again."""
        source = self._of(request, pk)
        row = get_object_or_404(source.files.defer("text"), pk=copy)
        row.set_aside("again" not in request.POST)
        said = "is set aside: nothing is checked against it" if row.aside else "counts again"
        messages.success(request, f"The copy {row.short}… {said}. It stays archived.")
        return HttpResponseRedirect(reverse("admin:papers_source_change", args=[pk]))

    def fetch_all(self, request: HttpRequest) -> HttpResponse:
        """POST `report`: fetch the sources of a report that have no copy yet, as many as time allows.

        Where scripts run, they are fetched one request after another instead, and each is told of at once.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        asked = request.POST.get("report", "")
        report = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
        waiting = list(Source.objects.to_fetch().filter(report_id=report).select_related("report"))
        began = time.monotonic()
        while waiting and time.monotonic() - began < SECONDS_FOR_ALL:
            source = waiting.pop(0)
            _told(request, source, lambda s=source: archive.fetch(s, request.user.get_username()))
        if waiting:
            messages.info(request, f"{len(waiting)} more are left. Press “Fetch the sources” again for them.")
        return self._back(request)

    def _of(self, request: HttpRequest, pk: int) -> Source:
        source: Source = get_object_or_404(Source.objects.select_related("report"), pk=pk)
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        return source

    def _back(self, request: HttpRequest, source: Source | None = None) -> HttpResponse:
        """To the page of ours that the button stood on; else to the source's form, or the desk."""
        came_from = request.headers.get("Referer", "")
        if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
            return HttpResponseRedirect(came_from)
        if source is not None:
            return HttpResponseRedirect(reverse("admin:papers_source_change", args=[source.pk]))
        return HttpResponseRedirect(reverse("admin:index"))


def _told(request: HttpRequest, source: Source, bring: Any) -> None:
    """Bring a copy, and say what came of it."""
    try:
        kept: Kept = bring()
    except ValidationError as error:
        messages.error(request, f"“{source}” was not archived. {error.messages[0]}")
    else:
        level = messages.WARNING if kept.copy.problem or kept.warnings else messages.SUCCESS
        messages.add_message(request, level, f"“{source}”: {kept}")
