"""Rows about programmes of inspections and what these found."""

from collections import Counter, defaultdict
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from inspections.choices import Coverage
from inspections.models import Programme

from ..models import Finding
from .counts import FindingCounts, kind_counts

COUNTS = tuple(kind_counts())


class ProgrammeFindings(NamedTuple):
    """The findings of one programme's inspections, and how far these are recorded."""

    programme: Programme
    counts: FindingCounts


def findings_by_programme(
    findings: QuerySet[Finding], **scope: str | list[str]
) -> list[ProgrammeFindings]:
    """One row for each programme that made any of these findings: cycles first, by age."""
    coverages, counts = defaultdict(set), Counter()
    rows = findings.order_by().values_list("inspection__programme", "inspection__findings_recorded")
    for programme, coverage, *found in rows.annotate(**kind_counts()):
        coverages[programme].add(coverage)
        counts.update({(programme, name): count for name, count in zip(COUNTS, found, strict=True)})
    cycle = Q(follows__isnull=False) | Q(followed_by__isnull=False)
    programmes = Programme.objects.filter(pk__in=coverages)
    programmes = programmes.annotate(is_cycle=ExpressionWrapper(cycle, BooleanField()))
    ordered = sorted(programmes, key=lambda one: (not one.is_cycle, one.first_year or 0, one.name))
    return [
        ProgrammeFindings(
            one,
            FindingCounts(
                *(counts[one.pk, name] for name in COUNTS),
                scope | {"programme": one.slug},
                Coverage.together(coverages[one.pk]),
            ),
        )
        for one in ordered
    ]
