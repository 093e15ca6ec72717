"""How old the evidence behind gradings is."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from lib.sentences import plural, quantity

from ..choices import Precision
from ..dates import months_between, period, roughest, span
from ..models import Grading


class EvidenceSpan(NamedTuple):
    """When the evidence behind gradings was gathered and published, and its age, in words.

    `counted_from` says from where its age counts, unless that is fieldwork throughout.
    """

    fieldwork: str
    published: str
    age: str
    counted_from: str


def evidence_span(gradings: Iterable[Grading], on: date) -> EvidenceSpan:
    """The span of the evidence behind these gradings, with its age in months on a day.

    Where no source dates the fieldwork, the age counts from publication. Needs `for_display()`.
    """
    gradings = [grading for grading in gradings if grading.pk and grading.inspection.published_on]
    if not gradings:
        return EvidenceSpan("", "", "", "")
    dated = [grading for grading in gradings if grading.fieldwork]
    dates = [(g.inspection.published_on, g.inspection.published_precision) for g in gradings]
    undated = [row for row, grading in zip(dates, gradings, strict=True) if not grading.fieldwork]
    first = min([*(day for day, _ in undated), *(grading.fieldwork_from for grading in dated)])
    last = max([*(day for day, _ in undated), *(grading.fieldwork_to for grading in dated)])
    exact = roughest(*(precision for _, precision in undated), Precision.DAY)
    return EvidenceSpan(
        _fieldwork_span(dated),
        span(dates),
        _age(first, last, on, in_years=exact == Precision.YEAR),
        _counted_from(len(dated), len(undated)),
    )


def _age(first: date, last: date, on: date, *, in_years: bool) -> str:
    """How long ago two days were: in months, or in years where no more is known."""
    if in_years:
        newest, oldest, unit = on.year - last.year, on.year - first.year, "year"
    else:
        newest, oldest, unit = months_between(last, on), months_between(first, on), "month"
    both = f"{newest} to {oldest} {plural(oldest, unit)}"
    age = quantity(oldest, unit) if newest == oldest else both
    return f"about {age}" if in_years else age


def _fieldwork_span(dated: Sequence[Grading]) -> str:
    """When the fieldwork behind these gradings took place, as exact as the roughest of them."""
    if not dated:
        return ""
    first, last = min(g.fieldwork_from for g in dated), max(g.fieldwork_to for g in dated)
    return period(first, last, roughest(*(grading.fieldwork_precision for grading in dated)))


def _counted_from(dated: int, undated: int) -> str:
    """From where the age of evidence counts, if that is not fieldwork alone."""
    if not undated:
        return ""
    if not dated:
        return "counted from publication, as we found no fieldwork dates"
    return "counted from publication where we found no fieldwork dates"
