"""The parts of a row in its form, shown again with what was typed where the row changed meanwhile."""

from typing import NamedTuple

from django import forms
from django.forms.formsets import ManagementForm
from django.forms.models import BaseInlineFormSet


class TypedPart(NamedTuple):
    """What was typed of a part that is no longer there: what sort of part, and labels with values."""

    title: str
    lines: list[tuple[str, str]]


class AuditedFormSet(BaseInlineFormSet):
    """The parts of one row.

    Given what was `typed` in an earlier form of them, it is a fresh form of the parts as they are now,
    each with the words that were typed in it. `lost` tells those of parts that are gone.
    """

    def __init__(self, *args, typed=None, deleted=None, **kwargs):
        """`deleted` tells by key what deleted parts said, by column."""
        super().__init__(*args, **kwargs)
        self.typed, self.lost, self.deleted = {}, [], deleted or {}
        if typed is not None:
            self.take_up(typed)

    def take_up(self, data):
        """Sort what was typed: over parts that are there, as new parts, or of parts that are gone."""
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

    def typed_forms(self, data):
        """The forms that were sent, each as of a new part."""
        counts = ManagementForm(data, prefix=self.prefix)
        if not counts.is_valid():
            return
        for n in range(min(counts.cleaned_data["TOTAL_FORMS"], self.absolute_max)):
            form = self.form(
                data, prefix=self.add_prefix(n), empty_permitted=True, use_required_attribute=False
            )
            self.add_fields(form, n)
            yield form

    def pk_of(self, values):
        try:
            return self.model._meta.pk.to_python(values.get(self.model._meta.pk.name) or None)
        except forms.ValidationError:
            return None

    def says_the_same(self, pk, values):
        """Whether of a part that is gone nothing was typed but what it said."""
        elsewhere = self.model._base_manager.filter(pk=pk).values().first()
        said = self.deleted.get(pk) or elsewhere or {}
        return all(
            str(said.get(self.model._meta.get_field(name).column) or "") == str(value or "")
            for name, value in self.without_keys(values).items()
        )

    def typed_part(self, form, values):
        return TypedPart(
            str(self.model._meta.verbose_name),
            [
                (str(form[name].label), in_words(form.fields[name], value))
                for name, value in self.without_keys(values).items()
                if value
            ],
        )

    def without_keys(self, values):
        return {name: value for name, value in values.items() if name not in self.keys}

    @property
    def keys(self):
        """The fields that tie a part to its row."""
        return {self.model._meta.pk.name, self.fk.name, "DELETE"}

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.initial |= {
            name: value
            for name, value in self.typed.get(form.instance.pk, {}).items()
            if name not in self.keys or name == "DELETE"
        }
        return form


def in_words(field, value):
    """What was chosen or typed in a field, as its reader would call it."""
    try:
        value = field.to_python(value)
    except forms.ValidationError:
        return str(value)
    is_choice = isinstance(field, forms.TypedChoiceField)
    return str(dict(field.choices).get(value, value)) if is_choice else str(value)
