"""The one base ModelAdmin: every write is a change with a note, and none overwrites another's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, models
from django.forms import Script, URLInput
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from papers.changes import Conflict, ContentModel, change
from papers.deleting import AskingToDelete, named
from papers.drafts import KeptTexts
from papers.forms import ContentForm, MarkdownField, MarkdownInput, PickField, Unlabelled, handle_of
from papers.models import Report
from papers.presence import TAB, arrive, leave

# Up to so many rows a list to choose from is shown; beyond it a row is named with suggestions.
CHOICES = 60
SUGGESTIONS = 20


def editors_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For addresses that scripts post to: POST only, staff only, and a refusal they can show."""

    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not admin.site.has_permission(request):
            return refused("You are not signed in. Sign in again in another tab; your text stays here.", 403)
        return view(request, *args, **kwargs)

    return checked


def refused(message: str, status: int = 400) -> JsonResponse:
    """The one shape of a refusal that a script shows to the editor."""
    return JsonResponse({"error": message}, status=status)


def only_report() -> Report | None:
    """The report, where there is just one."""
    reports = list(Report.objects.all()[:2])
    return reports[0] if len(reports) == 1 else None


class ReportKnown:
    """What forms and inlines share: fields that know the report they are for."""

    model: type[models.Model]
    admin_site: admin.AdminSite
    # Markdown fields: True for a body of blocks, False for a line or the words of a quotation.
    markdown: ClassVar[dict[str, bool]] = {}

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.markdown:
            kind = "event" if self.model._meta.model_name == "timelineevent" else self.model._meta.model_name
            body = self.markdown[db_field.name]
            widget = MarkdownInput(str(kind), db_field.name, body)
            return db_field.formfield(form_class=MarkdownField, widget=widget)
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
            kwargs["widget"] = URLInput({"class": "vURLField", "placeholder": "https://…"})
            return db_field.formfield(**kwargs)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(field, PickField):
            field.widget = getattr(field.widget, "widget", field.widget)
        elif field is not None and hasattr(field.widget, "can_add_related"):
            # One sign for a new row is enough; the rest is a click away in its own list.
            field.widget.can_change_related = field.widget.can_delete_related = False
            field.widget.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        report: Report | None = getattr(request, "editing", None)
        related = db_field.remote_field.model
        if related is Report:
            kwargs["widget"] = Unlabelled()
            kwargs["queryset"] = Report.objects.all()
            kwargs["initial"] = report.pk if report else None
            return db_field.formfield(**kwargs)
        if not issubclass(related, ContentModel):
            return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        rows = related.objects.of(report) if report else related.objects.none()
        if self.short_list(db_field, rows):
            kwargs["queryset"] = rows
            kwargs.setdefault("empty_label", "None")
            return db_field.formfield(**kwargs)
        info = related._meta.app_label, related._meta.model_name
        url = reverse("admin:{}_{}_suggest".format(*info), query={"report": report.pk if report else ""})
        help_text = f"Begin to type its {handle_of(related)}, or words of it."
        return PickField(
            rows,
            handle_of(related),
            url,
            required=not db_field.blank,
            label=db_field.verbose_name.capitalize(),
            help_text=help_text,
        )

    def short_list(self, db_field: Any, rows: models.QuerySet[Any]) -> bool:
        return len(rows.values_list("pk")[: CHOICES + 1]) <= CHOICES


class ContentAdmin(ReportKnown, KeptTexts, AskingToDelete):
    """A kind of content. Fields of its form stand in `fieldsets`, `report` aside."""

    form = ContentForm
    list_per_page = 100
    list_select_related: ClassVar[Any] = ("report",)
    save_on_top = False
    change_form_template = "admin/content_form.html"
    change_list_template = "admin/content_list.html"
    object_history_template = "admin/content_history.html"
    # The field whose words an empty address is made from.
    proposed_from: ClassVar[str] = ""

    class Media:
        js = [Script("js/here.js", type="module")]

    # ------------------------------------------------------------- the report of a form

    def report_of(self, request: HttpRequest) -> Report | None:
        """The report a new row is for: as sent, as asked for in the address, or the only one."""
        if self.model is Report:
            return None
        asked = request.POST.get("report") or request.GET.get("report") or ""
        if asked.isdecimal() and len(asked) < 19:
            return Report.objects.filter(pk=asked).first()
        return only_report()

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        request.editing = obj.content_report if obj else self.report_of(request)
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.of_report = request.editing
        form.bodies = tuple(name for name, body in self.markdown.items() if body)
        form.proposed_from = self.proposed_from
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may see a report or section is said by publishers; others see what was said."""
        fields = super().get_readonly_fields(request, obj)
        names = {f.name for f in self.opts.concrete_fields}
        may = request.user.has_perm("papers.set_visibility")
        return fields if may or "visibility" not in names else (*fields, "visibility")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = list(self.fieldsets or ())
        if obj is None and self.model is not Report:
            fieldsets.append((None, {"fields": ["report"]}))
        return fieldsets

    # ------------------------------------------------------------- writing

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if object_id is None and self.model is not Report and self.report_of(request) is None:
            return self.choose_report(request)
        if (
            object_id is not None
            and request.method == "POST"
            and self.get_object(request, unquote(object_id)) is None
        ):
            return self.deleted_meanwhile(request, unquote(object_id))
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Conflict, IntegrityError):
            # Another was faster by a moment: what it wrote is stored now, so the form finds it by itself.
            return super().changeform_view(request, object_id, form_url, extra_context)

    def deleted_meanwhile(self, request: HttpRequest, key: str) -> HttpResponse:
        """The row of the form that was sent is gone: its words come back in the form for a new row."""
        rows = self.model.history if key.isdecimal() and len(key) < 19 else None  # type: ignore[attr-defined]
        last = rows.filter(id=key).select_related("changeset").first() if rows else None
        if last is None or not self.has_add_permission(request):
            return self._get_obj_does_not_exist_redirect(request, self.opts, key)  # type: ignore[attr-defined]
        messages.error(
            request,
            f"{last.changeset.who_name or 'Somebody'} deleted this {self.opts.verbose_name} meanwhile. "
            "Nothing is saved yet, and your words are kept below: Save adds them anew.",
        )
        request.method, typed = "GET", request.POST.dict()
        request.typed = typed  # type: ignore[attr-defined]  # for the rows that belong to it, too
        request.GET = QueryDict(urlencode(typed | {"report": last.changeset.report_id}))
        return super().changeform_view(request, None, reverse(f"admin:{self._info()}_add"))

    def get_formset_kwargs(self, request: Any, obj: Any, inline: Any, prefix: str) -> Any:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if typed := getattr(request, "typed", None) and inline.typed_rows(request):
            kwargs["initial"] = typed
        return kwargs

    def choose_report(self, request: HttpRequest) -> HttpResponse:
        """A new row belongs to one report: ask which, before its form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Add {self.opts.verbose_name}: to which report?",
            "opts": self.opts,
            "reports": Report.objects.all()[:500],
            "query": "&_popup=1" if "_popup" in request.GET else "",
        }
        return TemplateResponse(request, "admin/choose_report.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the row is written in `save_related`, in one change with its inline rows."""

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        row: ContentModel = form.instance
        cleaned = form.cleaned_data
        with writing(request, row.content_report, cleaned["change_note"], cleaned["minor"]):
            form.recheck()
            self.before_save(request, row, form)
            row.save()
            super().save_related(request, form, formsets, change)

    def before_save(self, request: HttpRequest, row: Any, form: Any) -> None:
        """For a kind that does something else than store what was typed."""

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        for inline_form in formset.initial_forms:
            inline_form.recheck()
        super().save_formset(request, form, formset, change)

    # ------------------------------------------------------------- looking

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _plural(self), **(extra_context or {})})

    def get_list_display(self, request: HttpRequest) -> Any:
        """With the report's name, where a list shows rows of several."""
        first, *others = self.list_display
        filtered = "report__id__exact" in request.GET
        if self.model is Report or filtered or only_report() is not None:
            return (first, *others)
        return (first, "report", *others)

    def _info(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> Any:
        suggest = self.admin_site.admin_view(self.suggest)
        return [
            path("suggest/", suggest, name=f"{self._info()}_suggest"),
            path("<int:pk>/open/", editors_post(self.opened), name=f"{self._info()}_open"),
            *super().get_urls(),
        ]

    def opened(self, request: HttpRequest, pk: int) -> JsonResponse:
        """POST `tab`, and `since` and `instead` as `presence.arrive` has them, or `leaving`: who has it open.

        {"since", "others": [{"name", "since"}], "own", "version"}: times in ms since 1970, `own` that of
        another page of the same person or null, `version` the row's. Nothing is written but to the cache.
        """
        if not self.has_change_permission(request):
            return refused("Your account may not edit this. Ask whoever runs this site.", 403)
        tab, since = request.POST.get("tab", ""), request.POST.get("since", "")
        if not TAB.fullmatch(tab):
            return refused("This page has lost its name. Reload it; the text is kept in this browser.")
        kind = self._info()
        if "leaving" in request.POST:
            leave(kind, pk, request.user, tab)
            return JsonResponse({})
        version = self.model._base_manager.filter(pk=pk).values_list("row_version", flat=True).first()
        if version is None:
            words = f"This {self.opts.verbose_name} was deleted meanwhile. Your text stays here: Save adds it anew."
            return refused(words, 404)
        before = int(since) / 1000 if since.isascii() and since.isdecimal() and len(since) < 16 else 0
        here = arrive(kind, pk, request.user, tab, since=before, instead=request.POST.get("instead", ""))
        return JsonResponse(
            {
                "since": round(here.since * 1000),
                "others": [{"name": page.name, "since": round(page.since * 1000)} for page in here.others],
                "own": round(here.own.since * 1000) if here.own else None,
                "version": version,
            }
        )

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """GET ?report=&q=: the rows of a report that the words fit, as {"rows": [{"value", "label"}]}."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        report, words = self.report_of(request), request.GET.get("q", "").replace("\0", "")[:200]
        rows = (
            self.model._default_manager.filter(report=report)
            if report
            else self.model._default_manager.none()
        )
        rows, _ = self.get_search_results(request, rows, words)
        handle = handle_of(self.model)
        found = [{"value": getattr(row, handle), "label": str(row)} for row in rows[:SUGGESTIONS]]
        return JsonResponse({"rows": found})

    def view_on_site(self, obj: Any) -> str:
        return str(obj.get_absolute_url())

    @admin.display(description="on the page")
    def on_page(self, obj: Any) -> str:
        return format_html('<a href="{}" title="View {} on the page">View</a>', self.view_on_site(obj), obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who wrote this row when, and why; also of a row that was deleted."""
        obj = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        key = unquote(object_id)
        rows = self.model.history.filter(id=key) if key.isdecimal() and len(key) < 19 else None  # type: ignore[attr-defined]
        if rows is None or not rows.exists():
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        page = Paginator(rows.select_related("changeset__report"), 100).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {named(obj) if obj else 'a deleted ' + str(self.opts.verbose_name)}",
            "object": obj,
            "object_id": object_id,
            "kind": "event" if self.opts.model_name == "timelineevent" else self.opts.model_name,
            "opts": self.opts,
            "page": page,
            "steps": [
                (row, _changed(row, older))
                for row, older in pairwise([*page.object_list, _older(rows, page)])
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Looked at, never written by hand."""

    change_list_template = "admin/content_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _plural(self), **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def writing(request: Any, report: Report, note: str, minor: bool = False) -> Any:
    """`change()` by the person who sent the request."""
    return change(report, request.user, note, minor=minor)


def _plural(model_admin: admin.ModelAdmin) -> str:
    words = str(model_admin.opts.verbose_name_plural)
    return words[:1].upper() + words[1:]


def _older(rows: Any, page: Any) -> Any:
    """The history row before the oldest one on the page, or None."""
    return rows[page.end_index()] if page.has_next() else None


def _changed(row: Any, older: Any) -> str:
    """In words, what a history row changed."""
    if row.history_type == "-":
        return "deleted"
    if older is None or row.history_type == "+":
        return "added"
    fields = [f for f in row.tracked_fields if f.name not in ("row_version", "lower", "upper")]
    return ", ".join(
        str(f.verbose_name) for f in fields if getattr(row, f.attname) != getattr(older, f.attname)
    )
