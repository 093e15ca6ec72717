"""How old the evidence behind gradings is."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from lib.sentences import quantity

from ..choices import Precision
from ..dates import months_between, period
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
    dates = [grading.inspection.published_on for grading in gradings]
    undated = [g.inspection.published_on for g in gradings if not g.fieldwork]
    first = min([*undated, *(grading.fieldwork_from for grading in dated)])
    last = max([*undated, *(grading.fieldwork_to for grading in dated)])
    newest, oldest = months_between(last, on), months_between(first, on)
    return EvidenceSpan(
        _fieldwork_span(dated),
        period(min(dates), max(dates)),
        quantity(oldest, "month")
        if newest == oldest
        else f"{newest} to {quantity(oldest, 'month')}",
        _counted_from(len(dated), len(undated)),
    )


def _fieldwork_span(dated: Sequence[Grading]) -> str:
    """When the fieldwork behind these gradings took place, as exact as the roughest of them."""
    if not dated:
        return ""
    roughest = max((grading.fieldwork_precision for grading in dated), key=list(Precision).index)
    first, last = min(g.fieldwork_from for g in dated), max(g.fieldwork_to for g in dated)
    return period(first, last, roughest)


def _counted_from(dated: int, undated: int) -> str:
    """From where the age of evidence counts, if that is not fieldwork alone."""
    if not undated:
        return ""
    if not dated:
        return "counted from publication, as we found no fieldwork dates"
    return "counted from publication where we found no fieldwork dates"
