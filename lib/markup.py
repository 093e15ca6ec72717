"""HTML of what stands on a page hundreds of times: a template would take most of its time for it.

Apps have their own in `markup.py`. Each function there is a template tag too.
"""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NONE_RECORDED = '<span class="none">none recorded</span>'


def join(parts: Iterable[str]) -> SafeString:
    """Pieces of HTML, in each of which all that is not markup is escaped, one after another."""
    return mark_safe("".join(parts))  # noqa: S308


def link(url: str, text: object) -> str:
    return f'<a href="{escape(url)}">{escape(str(text))}</a>'


def small(text: str) -> str:
    return f"<small>{escape(text)}</small>"


@register.simple_tag
def number(count: int, url: str) -> SafeString:
    """A number, and the list of the rows that it counts."""
    return join([f'<a class="number" data-count="{count}" href="{escape(url)}">{count}</a>'])
