"""Reports, sections, papers and sources in the admin; pictures and changes to look at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import admin as accounts
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from papers.changes import Conflict, lf
from papers.drafts import tell_saved
from papers.editing import ContentAdmin, ReadOnlyAdmin
from papers.forms import SectionForm
from papers.merging import marked, merge
from papers.models import ChangeSet, Paper, Picture, PrivateText, Report, Scrap, Section, Source
from papers.source_admin import SourceAdmin


@admin.register(Report)
class ReportAdmin(ContentAdmin):
    """A report is never deleted: “Editors only” takes it, and all its past, from the readers."""

    list_display = ("title", "slug", "visibility", "content_updated_at", "on_page")
    list_filter = ("visibility",)
    list_select_related: ClassVar[Any] = ()
    search_fields = ("title", "subtitle", "slug", "people", "summary")
    markdown: ClassVar[dict[str, bool]] = {"summary": True, "acknowledgements": True}
    proposed_from = "title"
    fieldsets = (
        (None, {"fields": [("title", "visibility"), "subtitle", "people", "notice"]}),
        (None, {"fields": ["summary"]}),
        (None, {"fields": ["acknowledgements"]}),
        ("Address and language", {"fields": ["slug", "language"], "classes": ["collapse"]}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SectionOrder(ChangeList):
    """The list of sections, as they stand on the page: each before its own second level."""

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        if self.params.get("o"):
            return list(super().get_ordering(request, queryset))
        return list(PAGE_ORDER)


PAGE_ORDER: tuple[Any, ...] = (
    "report__title",
    "report_id",
    Coalesce("parent__position", "position"),
    Coalesce("parent_id", "id"),
    F("parent_id").asc(nulls_first=True),
    "position",
    "id",
)


@admin.register(Section)
class SectionAdmin(ContentAdmin):
    list_display = (
        "heading_on_its_level",
        "state",
        "kind",
        "paper",
        "visibility",
        "order",
        "written",
        "on_page",
    )
    list_filter = ("report", "state", "kind", "visibility")
    list_select_related: ClassVar[Any] = ("report", "paper", "parent")
    search_fields = ("heading", "body", "anchor")
    change_list_template = "admin/section_list.html"
    change_form_template = "admin/section_form.html"
    form = SectionForm
    markdown: ClassVar[dict[str, bool]] = {"body": True}
    proposed_from = "heading"
    fieldsets = (
        (None, {"fields": [("heading", "state", "paper")]}),
        (None, {"fields": ["body"], "classes": ["text-row"]}),
        (
            "Place and address",
            {"fields": [("parent", "kind", "visibility", "anchor")], "classes": ["collapse"]},
        ),
    )

    class Media:
        js = ["js/order.js"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SectionOrder]:
        return SectionOrder

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "parent" and field is not None:
            field.queryset = field.queryset.filter(parent=None)
        return field

    def before_save(self, request: HttpRequest, row: Any, form: Any) -> None:
        body, stored = row.body, row.stored()
        row.body = stored.body if stored else ""
        row.write(body)
        if "_written" in request.POST:
            row.state = Section.State.DONE
        # The scraps that were inserted count as filed now, with the text that is saved, and not before.
        used = Scrap.used(request.POST.dict(), row, request.user) if row.pk else ([], [])  # type: ignore[arg-type]
        request.used = used  # type: ignore[attr-defined]

    # ------------------------------------------------------------- private saves

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.private_text = PrivateText.objects.filter(section=obj).first() if obj else None
        form.go_on = "private" in request.GET
        form.refusal = getattr(request, "refusal", "")
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST" and "_private" in request.POST and object_id is not None:
            section = self.get_object(request, unquote(object_id))
            if section is not None and self.has_change_permission(request, section):
                answer = self.keep_privately(request, section)
                if answer is not None:
                    return answer
        return super().changeform_view(request, object_id, form_url, extra_context)

    def keep_privately(self, request: HttpRequest, section: Section) -> HttpResponse | None:
        """Keep the text of the form on the server; readers go on seeing the public one. None: show the form."""
        began, private = (request.POST.get(name, "") for name in ("started_from", "private_version"))
        stored = PrivateText.objects.filter(section=section).first()
        try:
            kept = PrivateText.keep(
                section,
                request.POST.get("body", "").replace("\0", ""),
                request.user,  # type: ignore[arg-type]
                int(began) if began.isdecimal() and len(began) < 9 else 0,  # 0: publishing asks then
                int(private) if private.isdecimal() and len(private) < 9 else 0,
            )
        except ValidationError as error:
            request.refusal = " ".join(error.messages)  # type: ignore[attr-defined]
        except Conflict as conflict:
            answered = request.POST.copy()
            if stored is not None:  # both texts come back in the field, with what clashes between marks
                base, mine = section.as_of(stored.started_from), lf(request.POST.get("body", ""))
                answered["body"] = marked(merge(base.body if base else "", mine, stored.body))
            answered["private_version"] = str(stored.version) if stored else ""
            request.POST = answered  # type: ignore[assignment]
            request.refusal = f"{conflict} Nothing is saved yet: both texts are in the field."  # type: ignore[attr-defined]
        else:
            messages.success(request, f"{kept} is kept; readers see the public one.")
            answer = HttpResponseRedirect(
                reverse("admin:papers_section_change", args=[section.pk]) + "?private=1"
            )
            tell_saved(request, answer, f"private{kept.version}")
            return answer
        return None

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        done, problems = request.used
        if done:
            messages.success(request, f"{len(done)} scrap{'s' * (len(done) > 1)} filed with this text.")
        for problem in problems:
            messages.warning(request, problem)
        private, sent = form.private_text, request.POST.get("private_version", "")
        if private is not None and sent.isdecimal() and len(sent) < 9 and private.published(int(sent)):
            messages.success(request, "The private text is public now.")

    # ------------------------------------------------------------- the list

    @admin.display(description="section", ordering="heading")
    def heading_on_its_level(self, obj: Section) -> str:
        return format_html('<span class="level-{}">{}</span>', 2 if obj.parent_id else 1, obj.heading)

    @admin.display(description="order")
    def order(self, obj: Section) -> str:
        """Up and down, by buttons of the list's own form, so that they work without scripts."""
        where = reverse("admin:papers_section_move")
        button = (
            '<button type="submit" class="step" formaction="{}" formnovalidate name="move" '
            'value="{}:{}:{}" title="{}" aria-label="{}">{}</button>'
        )
        say = {"up": ("Move “{}” up", "↑"), "down": ("Move “{}” down", "↓")}
        made = [
            format_html(
                button, where, to, obj.pk, obj.report.version, label.format(obj), label.format(obj), sign
            )
            for to, (label, sign) in say.items()
        ]
        return format_html(
            '<span class="order" data-section="{}" data-level="{}-{}" data-version="{}">{}{}</span>',
            obj.pk,
            obj.report_id,
            obj.parent_id or 0,
            obj.report.version,
            *made,
        )

    @admin.display(description="finished")
    def written(self, obj: Section) -> str:
        """The likely next step: write what is to do, mark as written what has a text."""
        if not obj.body.strip() and obj.state != Section.State.DONE:
            href = reverse("admin:papers_section_change", args=[obj.pk]) + "#id_body"
            return format_html(
                '<a class="step" href="{}">Write<span class="visually-hidden"> “{}”</span></a>', href, obj
            )
        if obj.state == Section.State.DONE:
            return ""
        return format_html(
            '<button type="submit" class="step" formaction="{}" formnovalidate>Mark as written'
            '<span class="visually-hidden">: “{}”</span></button>',
            reverse("admin:papers_section_written", args=[obj.pk]),
            obj,
        )

    # ------------------------------------------------------------- steps

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view
        return [
            path("move/", view(require_POST(self.move)), name="papers_section_move"),
            path("<int:pk>/written/", view(require_POST(self.mark_written)), name="papers_section_written"),
            *super().get_urls(),
        ]

    def move(self, request: HttpRequest) -> HttpResponse:
        """POST `move`: "up:ID:VERSION", "down:…", or "before:ID:VERSION:OTHER" and "after:…" from dragging."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        to, *numbers = request.POST.get("move", "").split(":")
        if not 2 <= len(numbers) <= 3 or not all(n.isdecimal() and len(n) < 19 for n in numbers):
            messages.error(request, "Nothing was moved: the list didn't say which section, and where to.")
            return self._back(request)
        section = get_object_or_404(Section.objects.select_related("report"), pk=numbers[0])
        level = Section.objects.of(section.report).filter(parent_id=section.parent_id)
        ids = list(level.values_list("pk", flat=True))
        place = ids.index(section.pk)
        ids.remove(section.pk)
        other = int(numbers[2]) if len(numbers) == 3 else None
        if to in ("before", "after") and other in ids:
            place = ids.index(other) + (to == "after")
        elif to in ("up", "down"):
            place = max(0, place + (1 if to == "down" else -1))
        else:
            messages.error(request, "Nothing was moved: a section moves among those of its own level.")
            return self._back(request)
        ids.insert(place, section.pk)
        try:
            section.report.reorder(ids, int(numbers[1]), request.user, f"“{section}” moved")  # type: ignore[arg-type]
        except Conflict as conflict:
            messages.error(request, str(conflict))
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            stands = f"{ids.index(section.pk) + 1} of {len(ids)}"
            messages.success(request, f"“{section}” is moved: it is {stands} on its level now.")
        return self._back(request)

    def mark_written(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: one step to the state “Written”."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        section = get_object_or_404(Section.objects.select_related("report"), pk=pk)
        try:
            section.mark_written(request.user)  # type: ignore[arg-type]
        except Conflict as conflict:
            messages.error(request, str(conflict))
        else:
            messages.success(request, f"“{section}” is marked as written.")
        return self._back(request)

    def _back(self, request: HttpRequest) -> HttpResponse:
        """To the page the button stood on, if it is one of ours; else to the list."""
        from_list = request.headers.get("Referer", "")
        home = reverse("admin:index")
        root = f"{request.scheme}://{request.get_host()}"
        if from_list.startswith(root + home):
            return HttpResponseRedirect(from_list.removeprefix(root))
        return HttpResponseRedirect(reverse("admin:papers_section_changelist"))


@admin.register(Paper)
class PaperAdmin(ContentAdmin):
    list_display = ("title", "key", "authors", "year", "in_summary", "position", "on_page")
    list_filter = ("report", "in_summary")
    search_fields = ("title", "key", "authors", "venue", "doi", "arxiv", "year")
    ordering = ("report__title", "report_id", "position", "id")
    proposed_from = "title"
    fieldsets = (
        (None, {"fields": ["title", "authors", ("year", "venue"), ("doi", "arxiv"), "url"]}),
        (None, {"fields": [("key", "position"), "in_summary"]}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Citations in the text name the key, so it stays.
        return ("key",) if obj else ()

    def view_on_site(self, obj: Paper) -> str:
        return f"{obj.report.get_absolute_url()}#paper-{obj.key}"


admin.site.register(Source, SourceAdmin)


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """Pictures come in through the text they are dropped on."""

    list_display = ("name", "report", "size", "uploaded_by", "uploaded_at", "look")
    list_filter = ("report",)
    list_select_related = ("report",)
    search_fields = ("name", "uploaded_by")
    fields = ("name", "report", "size", "uploaded_by", "uploaded_at", "look")
    readonly_fields = fields

    @admin.display(description="pixels", ordering="width")
    def size(self, obj: Picture) -> str:
        return f"{obj.width} × {obj.height}"

    @admin.display(description="picture")
    def look(self, obj: Picture) -> str:
        return format_html('<a href="{0}"><code>{0}</code></a>', obj.get_absolute_url())


@admin.register(ChangeSet)
class ChangeSetAdmin(ReadOnlyAdmin):
    """Every step of every report. It is written by `change()` alone."""

    list_display = ("when", "report", "version", "who_name", "note", "minor")
    list_filter = ("report", "minor")
    list_select_related = ("report",)
    search_fields = ("note", "who_name")
    date_hierarchy = "when"


admin.site.unregister(User)


@admin.register(User)
class UserAdmin(accounts.UserAdmin):
    """Django's own, made short: who somebody is, and what they may do by the groups they are in."""

    filter_horizontal = ()
    # Nobody types when somebody signed in.
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (None, {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2", "is_staff", "groups")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"is_staff": True}  # without it nobody can sign in at the desk

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)
