"""Rows about programmes of inspections and what these found."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q

from inspections.choices import Coverage
from inspections.models import Inspection, Programme
from lib.lists.freshness import until_changed
from lib.lists.selections import Selection

from .counts import FindingCounts, finding_counts


class ProgrammeFindings(NamedTuple):
    """The findings of one programme's inspections, and how far these are recorded."""

    programme: Programme
    counts: FindingCounts


@until_changed
def programmes_by_slug(at: datetime) -> dict[str, Programme]:
    """Every programme, public or not, cycles first, by age: to look up those that a list names."""
    cycle = Q(follows__isnull=False) | Q(followed_by__isnull=False)
    programmes = Programme.objects.annotate(is_cycle=ExpressionWrapper(cycle, BooleanField()))
    ordered = sorted(programmes, key=lambda one: (not one.is_cycle, one.first_year or 0, one.name))
    return {programme.slug: programme for programme in ordered}


@until_changed
def coverages_of_inspections(at: datetime) -> dict[str, tuple[str, str]]:
    """The programme of each inspection, public or not, and how far its findings are recorded."""
    rows = Inspection.objects.order_by().values_list("slug", "programme__slug", "findings_recorded")
    return {slug: (programme, coverage) for slug, programme, coverage in rows}


def findings_by_programme(findings: Selection, **scope: str | list[str]) -> list[ProgrammeFindings]:
    """One row for each programme that made any of these findings: cycles first, by age."""
    coverages = defaultdict(set)
    inspections = coverages_of_inspections(findings.at)
    for inspection in findings.counts("inspection"):
        programme, coverage = inspections[inspection]
        coverages[programme].add(coverage)
    return [
        ProgrammeFindings(
            programme,
            finding_counts(findings.having(programme=slug), **scope, programme=slug)._replace(
                coverage=Coverage.together(coverages[slug])
            ),
        )
        for slug, programme in programmes_by_slug(findings.at).items()
        if slug in coverages
    ]
