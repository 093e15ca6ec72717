"""Tags of every template: the tokens of a form, and the summary of its errors."""

from typing import Any

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from .errors import page_errors
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


@register.inclusion_tag("components/error_summary.html", takes_context=True)
def error_summary(context: Context, result: str = "") -> dict[str, Any]:
    """What is wrong with the forms of this page, each sentence a link to its field.

    `result` says what was not done, unless the page has its own `error_result`.
    """
    return {"errors": list(page_errors(context)), "result": context.get("error_result", result)}


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> str:
    """“Error: ” before the title of a page with a form that was refused."""
    return "Error: " if any(page_errors(context)) else ""
