"""The form of every content row in the admin: conflict guard, change note, proposed addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Protocol

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.renderers import TemplatesSetting
from django.utils.text import slugify
from markdownx.fields import MarkdownxFormField
from markdownx.widgets import AdminMarkdownxWidget

from papers.changes import Conflict, ContentModel, lf
from papers.conflicts import FieldConflict, Meanwhile, shown as shown_pieces
from papers.merging import Agreed, Clash, marked, marks_left, merge, next_number, settle
from papers.models import RESERVED_ANCHOR, RESERVED_ANCHORS, RESERVED_SLUGS, PrivateText, Report


class Refusal(Protocol):
    """Something that must be mended before a text may be saved. `line` counts from 1; 0 is the whole."""

    @property
    def line(self) -> int: ...
    @property
    def message(self) -> str: ...


# What is wrong with a Markdown body. The dialect is `publishing`'s, which `papers` may not import,
# so `publishing` puts its check here when it starts.
refusals: Callable[[str], Iterable[Refusal]] | None = None


class MarkdownInput(AdminMarkdownxWidget):
    """A text field with its preview beside it. Without scripts it is a plain text field.

    django-markdownx's own script and addresses are not used: they know neither report nor
    object, and are open to anybody.
    """

    template_name = "markdownx/widget.html"

    def __init__(self, model: str = "", field: str = "", body: bool = True) -> None:
        rows = 24 if body else 3
        super().__init__({"rows": rows, "data-model": model, "data-field": field})
        # The words of a quotation are its source's: they name nothing of this report.
        self.field, self.body, self.naming = field, body, model != "quote"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        limits = {"max_bytes": settings.PICTURE_MAX_BYTES, "max_pixels": settings.PICTURE_MAX_PIXELS}
        words = {"body": "text", "text": "words"}.get(self.field, self.field)
        parts = {"body": self.body, "quotable": self.field == "body", "naming": self.naming}
        return context | parts | limits | {"words": words}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> str:
        # The project's templates, which Django's own form renderer doesn't look at.
        return str(super().render(name, value, attrs or {}, TemplatesSetting()))

    @staticmethod
    def add_markdownx_attrs(attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs | {"class": "src", "spellcheck": "true"}

    class Media:
        extend = False
        js = [
            forms.Script(f"js/{name}.js", type="module")
            for name in ("editor", "quoting", "naming", "marking")
        ]


class MarkdownField(MarkdownxFormField):
    """Markdown, stored as written."""

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=max_length, **kwargs)

    def clean(self, value: Any) -> str:
        """Line ends are LF before anything is compared, as they are stored."""
        return lf(str(super().clean(value) or ""))


class PickInput(forms.TextInput):
    """Names a row by its address; suggestions come while typing, where scripts run."""

    def __init__(self, url: str) -> None:
        super().__init__({"data-suggest": url, "autocomplete": "off", "class": "vTextField"})

    class Media:
        js = [forms.Script("js/pick.js", type="module")]


class PickField(forms.ModelChoiceField):
    """A row of the same report, named by slug or key: no list of thousands is ever sent."""

    def __init__(self, queryset: models.QuerySet[Any], handle: str, url: str, **kwargs: Any) -> None:
        kwargs.pop("limit_choices_to", None)
        kwargs["widget"] = PickInput(url)
        super().__init__(queryset, to_field_name=handle, **kwargs)
        self.rows, self.handle = queryset, handle
        self.error_messages["invalid_choice"] = (
            f"This report has no {queryset.model._meta.verbose_name} “%(value)s”. "
            "Choose one of the suggestions, or leave the field empty."
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = self.rows.filter(pk=value).values_list(self.handle, flat=True).first()
        return super().prepare_value(value)


def handle_of(model: type[models.Model]) -> str:
    """The field by which the text, or an address, names a row of `model`."""
    return "slug" if model is Report else getattr(model, "handle", "") or "key"


def propose_handle(
    model: type[ContentModel], report: Report | None, words: str, pk: int | None = None
) -> str:
    """An address made from the first words, which no other row of the report has or had."""
    name = handle_of(model)
    rows: models.QuerySet[Any] = model._base_manager.exclude(pk=pk)
    if report is not None:
        rows = rows.filter(report=report)
    columns = [name, model.former] if model.former else [name]
    taken: set[str] = set(RESERVED_ANCHORS | RESERVED_SLUGS)
    for handle, *former in rows.values_list(*columns):
        taken.update([handle, *(former[0] if former else [])])
    base = ""
    for word in slugify(words, allow_unicode=True).replace("_", "-").split("-"):
        if len(base) + len(word) > 48 or base.count("-") >= 5:
            break
        base = f"{base}-{word}".strip("-")
    base = base or slugify(words, allow_unicode=True).strip("-_")[:48] or str(model._meta.verbose_name)
    if name == "anchor" and RESERVED_ANCHOR.match(base):
        base = f"on-{base}"
    handle, count = base, 2
    while handle in taken:
        handle, count = f"{base}-{count}", count + 1
    return handle


class Unlabelled(forms.HiddenInput):
    """Travels with the form unseen; the admin's label for it names no field."""

    def id_for_label(self, id_: str) -> str:
        return ""


class ContentForm(forms.ModelForm):
    """A row's form. The version it began from travels along; a stale one never overwrites."""

    started_from = forms.CharField(required=False, widget=Unlabelled)
    change_note = forms.CharField(
        label="What changed",
        required=False,
        max_length=500,
        widget=forms.TextInput(
            {
                "placeholder": "One line for the history, such as: added the page for PRM",
                "class": "vTextField",
            }
        ),
    )
    minor = forms.BooleanField(label="Minor change", required=False)

    # Set by the admin for each request.
    of_report: ClassVar[Report | None] = None
    bodies: ClassVar[tuple[str, ...]] = ()
    proposed_from: ClassVar[str] = ""

    meanwhile: Meanwhile | None = None
    _data: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        instance: Any = self.instance
        self.initial["started_from"] = str(instance.row_version) if instance.pk else ""
        if not instance.pk and self.of_report is not None and hasattr(instance, "report_id"):
            instance.report = self.of_report
        if "report" in self.fields:
            self.fields["report"].required = False
        if "position" in self.fields:
            self.fields["position"].required = False
            if not instance.pk:
                self.initial["position"] = None
        handle = handle_of(type(instance))
        if self.proposed_from and handle in self.fields:
            self.fields[handle].required = False
        if self.is_bound and instance.pk:
            self._keep_what_was_not_sent()

    def _keep_what_was_not_sent(self) -> None:
        """A field that is not in what was sent is left as it is: a browser sends even an empty one."""
        for name in self._columns():
            key = self.add_prefix(name)
            if self.fields[name].widget.value_omitted_from_data(self.data, self.files, key):
                value = self.fields[name].prepare_value(self.initial.get(name))
                self.data = self.data.copy()  # type: ignore[attr-defined]
                self.data[key] = "" if value is None else str(value)  # type: ignore[index]

    def clean_report(self) -> Any:
        return self.cleaned_data.get("report") or self.of_report

    def clean_position(self) -> int:
        """Left empty, a new row comes last."""
        position, row = self.cleaned_data["position"], self.instance
        if position is not None:
            return int(position)
        if row.pk:
            return int(row.position)
        parent = "report_id" if hasattr(row, "report_id") else "theory_id"
        rows = type(row)._base_manager.filter(**{parent: getattr(row, parent)})
        return (rows.aggregate(last=models.Max("position"))["last"] or 0) + 1

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._propose()
        self._settle()
        for name in self.bodies:
            if refusals is not None and cleaned.get(name):
                for problem in refusals(cleaned[name]):
                    where = f"Line {problem.line}: " if problem.line else ""
                    self.add_error(name, f"{where}{problem.message}")
        if self.instance.pk:
            self._guard()
        return cleaned

    def _propose(self) -> None:
        model = type(self.instance)
        handle = handle_of(model)
        if self.proposed_from and handle in self.fields and not self.cleaned_data.get(handle):
            if handle in self.errors:
                return
            report = self.instance.content_report if self.instance.pk else self.of_report
            words = str(self.cleaned_data.get(self.proposed_from) or "")
            self.cleaned_data[handle] = propose_handle(model, report, words, self.instance.pk)

    # ------------------------------------------------------------- what another wrote meanwhile

    def _guard(self) -> None:
        """Refuse a form that began from an older row; bring both texts together in it instead."""
        stored: Any = self.instance  # nothing of the form has been put into it yet
        sent = self.cleaned_data.get("started_from", "")
        if sent == str(stored.row_version):
            self._show_merge_again()
            return
        base = stored.as_of(int(sent)) if sent.isdecimal() and len(sent) < 10 else None
        if base is not None and base.row_version >= stored.row_version:
            base = None
        self._data = self.data.copy()  # type: ignore[attr-defined]
        found = [self._conflict(name, base) for name in self._columns()]
        self.meanwhile = self._what_happened(base, [conflict for conflict in found if conflict])
        message = str(self.meanwhile)
        if self.prefix:  # an inline row has no room beside it
            message += f" {self.meanwhile.needs()}" + "".join(
                f" {field.label}, as stored now: “{field.theirs}”."
                for field in self.meanwhile.fields
                if field.kind == "choose"
            )
        self.add_error(None, ValidationError(message, code="conflict"))
        # The next save goes through, unless the row has moved once more.
        self._data[self.add_prefix("started_from")] = str(stored.row_version)
        self.data = self._data

    def merged_from_name(self) -> str:
        return self.add_prefix("merged_from")

    def _columns(self) -> list[str]:
        columns = {f.name for f in self.instance._meta.concrete_fields}
        return [name for name in self.fields if name in columns]

    def _texts(self) -> list[str]:
        meta = self.instance._meta
        return [name for name in self._columns() if isinstance(meta.get_field(name), models.TextField)]

    def _what_happened(self, base: Any, fields: Iterable[FieldConflict]) -> Meanwhile:
        newest = self.instance.history.select_related("changeset").first()
        return Meanwhile(
            who=newest.changeset.who_name if newest else "",
            when=newest.changeset.when if newest else None,
            note=newest.changeset.note if newest else "",
            fields=tuple(fields),
            base=base.row_version if base is not None else None,
        )

    def _conflict(self, name: str, base: Any) -> FieldConflict | None:
        """What became of one field; None where the others left it alone, or wrote what is typed here."""
        stored: Any = self.instance
        attname = stored._meta.get_field(name).attname
        theirs: Any = getattr(stored, attname)
        was: Any = getattr(base, attname, None)
        # A field that is in error has no cleaned value: its words are taken as they were typed.
        cleaned = self.cleaned_data.get(name, self._typed(name))
        mine = getattr(cleaned, "pk", cleaned)
        # A form from before a redaction has what was taken out, and its base no more: it must not come back unasked.
        back = _redactions(theirs) > _redactions(mine)
        if base is not None and theirs == was and not back:
            return None
        if mine == theirs:
            return None
        label = str(self.fields[name].label or name)
        shown_mine, shown_theirs = str(mine or ""), _shown(stored, name)
        if base is not None and name in self._texts():
            pieces = merge(was, mine, theirs)
            if back:
                pieces = tuple(_asked(piece) for piece in pieces)
            first = next_number(mine)
            self._data[self.add_prefix(name)] = marked(pieces, first)
            kind: Any = "theirs" if mine == was else "merged"
            return FieldConflict(
                self.add_prefix(name), label, kind, mine, theirs, shown_pieces(pieces, first)
            )
        if base is not None and mine == was:
            self._put(name, theirs)
            return FieldConflict(self.add_prefix(name), label, "theirs", shown_mine, shown_theirs)
        return FieldConflict(self.add_prefix(name), label, "choose", shown_mine, shown_theirs)

    def _show_merge_again(self) -> None:
        """A merge that is not saved yet, since something else is amiss: both texts stay in sight."""
        version = str(self.data.get(self.merged_from_name(), ""))
        base = self.instance.as_of(int(version)) if version.isdecimal() and len(version) < 10 else None
        if base is None:
            return
        fields = []
        for name in self._texts():
            mine = lf(str(self.data.get(f"mine-{self.add_prefix(name)}", "")))
            if f"mine-{self.add_prefix(name)}" in self.data:
                theirs = getattr(self.instance, name)
                pieces = shown_pieces(merge(getattr(base, name), mine, theirs))
                label = str(self.fields[name].label or name)
                fields.append(FieldConflict(self.add_prefix(name), label, "merged", mine, theirs, pieces))
        self.meanwhile = self._what_happened(base, fields)

    @property
    def amiss(self) -> list[tuple[forms.BoundField, list[str]]]:
        """The fields in which something is to mend, in their order, with what."""
        return [
            (field, [str(error) for error in field.errors]) for field in self.visible_fields() if field.errors
        ]

    def _settle(self) -> None:
        """Put each chosen text in the place of its clash; marks that are left are refused with their line."""
        for name in self._texts():
            text = self.cleaned_data.get(name)
            if not text or not marks_left(text):
                continue
            lead = f"clash-{self.add_prefix(name)}-"
            chosen = {
                int(key.removeprefix(lead)): str(self.data[key])
                for key in self.data
                if key.startswith(lead) and key.removeprefix(lead).isdecimal()
            }
            text = settle(text, chosen)
            self.cleaned_data[name] = text
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data[self.add_prefix(name)] = text  # type: ignore[index]
            if lines := marks_left(text):
                self.add_error(
                    name,
                    f"Line {lines[0]}: both texts of a merge still stand here, between the marks. Choose one "
                    "of them, or write the place as it should be and take the marks out.",
                )

    def _typed(self, name: str) -> str:
        return lf(str(self.data.get(self.add_prefix(name), "")))

    def _put(self, name: str, value: Any) -> None:
        """Have the form show `value` as if it had been typed."""
        field, key = self.fields[name], self.add_prefix(name)
        if isinstance(field, forms.BooleanField):
            self._data.pop(key, None)
            if value:
                self._data[key] = "on"
        else:
            value = field.prepare_value(value)
            self._data[key] = "" if value is None else str(value)

    def _get_validation_exclusions(self) -> set[str]:
        # The report is set here, not by the reader of the form, but it is a part of what must be unique.
        exclude: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclude - {"report"}

    def recheck(self) -> None:
        """Under the lock: raise `Conflict` if the row has moved since the form was checked."""
        if not self.instance.pk:
            return
        rows = type(self.instance)._base_manager.filter(pk=self.instance.pk)
        if list(rows.values_list("row_version", flat=True)) != [self.instance.row_version]:
            raise Conflict(f"“{self.instance}” has been changed meanwhile.")


class SectionForm(ContentForm):
    """A section's form. With `go_on` it begins with the private text instead of the public one."""

    private_version = forms.CharField(required=False, widget=Unlabelled)

    # Set by the admin for each request.
    private_text: ClassVar[PrivateText | None] = None
    go_on: ClassVar[bool] = False
    refusal: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.go_on and self.private_text is not None:
            self.initial["body"] = self.private_text.body
            self.initial["started_from"] = str(self.private_text.started_from)
            self.initial["private_version"] = str(self.private_text.version)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        return cleaned


REDACTED = re.compile(r"\[redacted on \d{4}-\d\d-\d\d\]")


def _redactions(value: Any) -> int:
    return len(REDACTED.findall(value)) if isinstance(value, str) else 0


def _asked(piece: Agreed | Clash) -> Agreed | Clash:
    """What would put words in the place of a redaction's marker, as a clash."""
    if isinstance(piece, Agreed) and piece.by == "mine" and "redacted" in piece.base:
        return Clash(piece.base, piece.text, piece.base)
    return piece


def _shown(stored: Any, name: str) -> str:
    display = getattr(stored, f"get_{name}_display", None)
    value = display() if display else getattr(stored, name)
    return "" if value is None else str(value)
