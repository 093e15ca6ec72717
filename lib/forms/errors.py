"""What is wrong with the forms of a page, as the summary above them says it."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.forms import BaseForm, Field
from django.forms.boundfield import BoundField
from django.template import Context
from django.utils.text import capfirst

WORDS = re.compile(r"\w{3,}")
SMALL_WORDS = {"and", "for", "the", "this"}


class FormError(NamedTuple):
    """What is wrong with a form: the sentence, and the id of what it leads to, if of anything."""

    text: str
    target: str = ""


def page_errors(context: Context) -> Iterator[FormError]:
    """The errors of a page: those of no form, then those of its forms in the order of fields."""
    yield from context.get("other_errors") or ()
    admin_form = context.get("adminform")
    values = [admin_form.form] if admin_form else context.flatten().values()
    listed = chain.from_iterable(v if isinstance(v, list) else [v] for v in values)
    forms = {id(form): form for form in listed if isinstance(form, BaseForm) and form.is_bound}
    for form in forms.values():
        yield from form_errors(form)
    for inline in context.get("inline_admin_formsets") or ():
        if inline.formset.is_bound:
            yield from map(FormError, inline.formset.non_form_errors())
            yield from chain.from_iterable(map(form_errors, inline.formset.forms))


def form_errors(form: BaseForm) -> Iterator[FormError]:
    """The errors of a form: those of no field first, then field by field."""
    yield from map(FormError, form.non_field_errors())
    for field in form:
        for error in field.errors.as_data():
            yield FormError(with_label(field, error), target(field))


def with_label(field: BoundField, error: ValidationError) -> str:
    """A sentence about a field, after the field's label unless it names the field itself."""
    (sentence,) = error.messages
    is_named = significant_words(sentence) & significant_words(str(field.label))
    if is_named and not is_djangos(field.field, error):
        return sentence
    return f"{capfirst(str(field.label))}: {sentence}"


def significant_words(text: str) -> set[str]:
    """The words of a text that may name a field."""
    return set(WORDS.findall(text.lower())) - SMALL_WORDS


def is_djangos(field: Field, error: ValidationError) -> bool:
    """Whether a sentence is one of Django's, which would do for any field of its class."""
    classes = type(field).__mro__
    return any(error.message in getattr(c, "default_error_messages", {}).values() for c in classes)


def target(field: BoundField) -> str:
    """The id of what is filled in first in a field, if anything is; of several boxes, the first."""
    if field.is_hidden:
        return ""
    first = field.id_for_label or field.auto_id
    return f"{first}_0" if field.use_fieldset and not field.id_for_label else first
