"""Inline forms of a row's parts, which keep what was typed if the row changed meanwhile."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.forms.formsets import ManagementForm
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict


class TypedPart(NamedTuple):
    """What was typed in a part that somebody deleted: the kind of part, and labels with values."""

    title: str
    lines: list[tuple[str, str]]


class AuditedFormSet(BaseInlineFormSet):
    """Forms of the parts of one row.

    Given what was `typed` in an earlier form, it shows the parts as they are now, each with what
    was typed in it. `lost` has what was typed in parts that were deleted.
    """

    def __init__(
        self,
        *args: Any,
        typed: QueryDict | None = None,
        deleted: dict[int, dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        """`deleted` has the values of each deleted part, by its key and then by column."""
        super().__init__(*args, **kwargs)
        self.typed, self.lost, self.deleted = {}, [], deleted or {}
        if typed is not None:
            self.take_up(typed)

    def take_up(self, data: QueryDict) -> None:
        """Sort what was typed: into parts that still exist, new parts, and deleted parts."""
        here, new = {part.pk for part in self.get_queryset()}, []
        for form in self.typed_forms(data):
            values = {
                name: field.widget.value_from_datadict(data, {}, form.add_prefix(name))
                for name, field in form.fields.items()
            }
            pk = self.pk_of(values)
            if pk in here:
                self.typed[pk] = values
            elif not values.get("DELETE") and form.has_changed():
                if not pk or not self.instance.pk:
                    new.append(self.without_keys(values))
                elif not self.says_the_same(pk, values):
                    self.lost.append(self.typed_part(form, values))
        self.extra, self.initial_extra = len(new), new

    def typed_forms(self, data: QueryDict) -> Iterator[forms.ModelForm]:
        """The forms that were sent, each bound as a form of a new part."""
        counts = ManagementForm(data, prefix=self.prefix)
        if not counts.is_valid():
            return
        for n in range(min(counts.cleaned_data["TOTAL_FORMS"], self.absolute_max)):
            form = self.form(
                data, prefix=self.add_prefix(n), empty_permitted=True, use_required_attribute=False
            )
            self.add_fields(form, n)
            yield form

    def pk_of(self, values: dict[str, Any]) -> int | None:
        """The key among a part's values; None if there is none that can be read."""
        try:
            return self.model._meta.pk.to_python(values.get(self.model._meta.pk.name) or None)
        except forms.ValidationError:
            return None

    def says_the_same(self, pk: int, values: dict[str, Any]) -> bool:
        """Whether what was typed in a deleted part is what it said before."""
        elsewhere = self.model._base_manager.filter(pk=pk).values().first()
        before = self.deleted.get(pk) or elsewhere or {}
        return all(
            str(before.get(self.model._meta.get_field(name).column) or "") == str(value or "")
            for name, value in self.without_keys(values).items()
        )

    def typed_part(self, form: forms.ModelForm, values: dict[str, Any]) -> TypedPart:
        return TypedPart(
            str(self.model._meta.verbose_name),
            [
                (str(form[name].label), in_words(form.fields[name], value))
                for name, value in self.without_keys(values).items()
                if value
            ],
        )

    def without_keys(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in self.keys}

    @property
    def keys(self) -> set[str]:
        """The fields that tie a part to its row."""
        return {self.model._meta.pk.name, self.fk.name, "DELETE"}

    def _construct_form(self, i: int, **kwargs: Any) -> forms.ModelForm:
        form = super()._construct_form(i, **kwargs)
        form.initial |= {
            name: value
            for name, value in self.typed.get(form.instance.pk, {}).items()
            if name not in self.keys or name == "DELETE"
        }
        return form


def in_words(field: forms.Field, value: object) -> str:
    """The value of a field in words: a choice by its label."""
    try:
        value = field.to_python(value)
    except forms.ValidationError:
        return str(value)
    is_choice = isinstance(field, forms.TypedChoiceField)
    return str(dict(field.choices).get(value, value)) if is_choice else str(value)
