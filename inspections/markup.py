"""Grades, where they were read, and what was said of them, as HTML and as template tags."""

from collections.abc import Iterable
from html import escape
from typing import Protocol

from django import template
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from forces.addresses import page_address
from forces.models import Organisation
from lib.markup import NONE_RECORDED, join, link, small

from .models import Citation, Grading
from .summaries import HeadlineGrading

register = template.Library()

NO_RESPONSE = '<span class="none">no response found</span>'


class Response(Protocol):
    """What a force or unit says to a report or to a finding."""

    stance_slug: str
    stance_in_words: str


@register.simple_tag
def stance(response: Response | None) -> SafeString:
    """What a response says of what it responds to; None where we have found none."""
    if not response:
        return join([NO_RESPONSE])
    words = escape(response.stance_in_words)
    return join([f'<span class="stance {response.stance_slug}">{words}</span>'])


@register.simple_tag
def organisation_cell(organisation: Organisation) -> SafeString:
    """The name of a force or unit, linked, and whether it is the regional unit."""
    unit = " <small>regional unit</small>" if organisation.is_unit else ""
    return join([link(organisation.get_absolute_url(), organisation), unit])


@register.simple_tag
def cited(citations: Iterable[Citation]) -> SafeString:
    """Where a fact was read, in short: the publisher, the place, and whose words."""
    return join([" ".join(map(citation, citations)) or NONE_RECORDED])


@register.simple_tag
def grading_cited(grading: Grading) -> SafeString:
    """Where a grading was read, in short; one that is not saved was read nowhere."""
    return cited(grading.citations.all() if grading.pk else [])


def citation(one: Citation) -> str:
    locator = f" {escape(one.locator)}" if one.locator else ""
    source = link(one.source.get_absolute_url(), one.source.publisher)
    return f"<small>{source}{locator}, {escape(str(one.get_attribution_display()))}</small>"


@register.simple_tag
def grade(
    grading: Grading,
    response: Response | None = None,
    with_stance: bool = False,
    dates_beside: bool = False,
    without_remarks: bool = False,
) -> SafeString:
    """A grade, from `for_display()`, or why there is none.

    It has the `response`, if there is one; `with_stance`, None reads “no response found”.
    `dates_beside` and `without_remarks` where columns of their own give the dates, and the rest.
    """
    steps = grading.steps
    if not steps:
        words = escape(str(grading.get_missing_reason_display()))
        parts = [
            f'<span><span class="none">{words}</span>',
            *map(small, first_grade(grading, "withdrawn")),
            *map(earlier, grading.before),
        ]
        return wrap(grading, [*parts, "</span>"])
    url = f"{page_address('inspections:grades')}#{grading.grade_slug}"
    parts = [
        '<span class="steps" aria-hidden="true">',
        *('<i class="on"></i>' if on else "<i></i>" for on in steps),
        f"</span> <span>{link(url, grading.get_grade_display())}",
        f' <span class="small whole">{stance(response)}</span>' if response or with_stance else "",
        "</span>",
    ]
    if not dates_beside:
        parts.append(dates(grading))
    if not without_remarks:
        parts += map(small, remarks(grading))
    return wrap(grading, parts)


def wrap(grading: Grading, parts: list[str]) -> SafeString:
    return join([f'<span class="grade grade-{grading.grade_slug}">', " ".join(parts), "</span>"])


def dates(grading: Grading) -> str:
    """When its evidence was gathered and published."""
    fieldwork = grading.fieldwork
    counted = not fieldwork and grading.inspection.published_on
    return (
        f"<small><span>Fieldwork {escape(fieldwork or 'dates not found in our sources')} </span>"
        f"<b> · </b><span>published {escape(grading.inspection.published)} </span>"
        f"{'<b> · </b><span>age counts from publication</span>' if counted else ''}</small>"
    )


def remarks(grading: Grading) -> list[str]:
    """What is to be known of a grade besides."""
    words = []
    if grading.is_carried_forward:
        words.append("carried forward")
    if grading.is_inferred:
        words.append("worked out, not read in a source")
    return words + first_grade(grading, "corrected")


def first_grade(grading: Grading, fate: str) -> list[str]:
    """The grade as first published, if it was another, and when it met its fate."""
    if grading.first_grade is None:
        return []
    first = f"first published as {str(grading.get_first_grade_display()).lower()}"
    on = grading.corrected_on
    return [f"{first}, {fate} {date_format(on, 'j F Y')}" if on else first]


def earlier(row: HeadlineGrading) -> str:
    """The grade of what came before an organisation that has none itself."""
    grading = row.grading
    name = link(row.organisation.get_absolute_url(), row.organisation)
    published = f", published {grading.inspection.published}" if grading.inspection_id else ""
    return f"<small>Before, {name}: {escape(f'{grading.judgment}{published}')}</small>"
