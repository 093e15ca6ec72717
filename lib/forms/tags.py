"""Tags of every template: the tokens of a form, and the summary of its errors."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from django import template
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from .tokens import TOKEN, make_token

register = template.Library()


class FormTokensNode(CsrfTokenNode):
    """Django's token against forgery; for somebody who is signed in, also that of the form."""

    def render(self, context: Context) -> str:
        field = super().render(context)
        user = getattr(context.get("request"), "user", None)
        if not field or user is None or not user.is_authenticated:
            return field
        token = format_html('<input type="hidden" name="{}" value="{}">', TOKEN, make_token(user))
        return field + token


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormTokensNode:
    """The hidden fields of a form that is sent by POST."""
    return FormTokensNode()


class FormError(NamedTuple):
    """What is wrong with a form: the sentence, and the field that it leads to, if it is of one."""

    text: str
    label: str = ""
    target: str = ""


def has_errors(context: Context) -> bool:
    """Whether a page shows a form that was refused."""
    return next(page_errors(context), None) is not None


def page_errors(context: Context) -> Iterator[FormError]:
    """The errors of all forms of a page, in the order of its fields."""
    admin_form = context.get("adminform")
    values = [admin_form.form] if admin_form else context.flatten().values()
    forms = {id(form): form for form in values if isinstance(form, BaseForm) and form.is_bound}
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
        for text in field.errors:
            yield FormError(text, str(field.label), target(field))


def target(field: BoundField) -> str:
    """The id of what is filled in first in a field; of several boxes, the first."""
    first = field.id_for_label or field.auto_id
    return f"{first}_0" if field.use_fieldset and not field.id_for_label else first


@register.inclusion_tag("components/error_summary.html", takes_context=True)
def error_summary(context: Context, result: str = "") -> dict[str, Any]:
    """What is wrong with the forms of this page, each sentence a link to its field.

    `result` says what was not done.
    """
    return {"errors": list(page_errors(context)), "result": result}


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> str:
    """“Error: ” before the title of a page with a form that was refused."""
    return "Error: " if has_errors(context) else ""
