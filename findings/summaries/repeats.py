"""Rows about findings that may repeat an earlier one, for a steward to look at."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import QuerySet

from ..choices import NEGATIVE_KINDS
from ..models import Finding

MOST_PROPOSED = 3  # of one finding


class RepeatCandidate(NamedTuple):
    """An earlier finding about the same organisation, and what both are about."""

    finding: Finding
    shared: list[str]


class RepeatRow(NamedTuple):
    """A finding that repeats none yet, and earlier ones that it may repeat, the likeliest first."""

    finding: Finding
    candidates: list[RepeatCandidate]


def repeat_candidates(findings: QuerySet[Finding]) -> list[RepeatRow]:
    """Those of these findings that may repeat an earlier one, those with most in common first.

    Both are to improve and name one organisation; they share a theme, or the strand of their
    sections. Of the earlier findings only those of the nearest inspection that has any are
    proposed.
    """
    rows = (
        findings.filter(kind__in=NEGATIVE_KINDS)
        .defer("search")
        .select_related("inspection__programme", "section__strand")
        .prefetch_related("organisations", "themes")
    )
    by_organisation = defaultdict(list)
    for finding in sorted(rows, key=found_on):
        for organisation in finding.organisations.all():
            by_organisation[organisation].append(finding)
    proposed = defaultdict(dict)
    for own in by_organisation.values():
        for place, finding in enumerate(own):
            if finding.repeats_id is None:
                for candidate in nearest_alike(finding, own[:place]):
                    proposed[finding].setdefault(candidate.finding, candidate)
    result = [
        RepeatRow(finding, likeliest(candidates.values()))
        for finding, candidates in proposed.items()
        if candidates
    ]
    return sorted(
        result,
        key=lambda row: (len(row.candidates[0].shared), found_on(row.finding)),
        reverse=True,
    )


def found_on(finding: Finding) -> tuple[date, str]:
    """A key that sorts findings by time: without a date, as if at the end of the first year."""
    inspection = finding.inspection
    year = inspection.programme.first_year or date.min.year
    return inspection.published_on or date(year, 12, 31), finding.reference


def subjects(finding: Finding) -> dict[tuple[str, int], str]:
    """What a finding is about: its themes, and the strand of its section."""
    about = {("theme", theme.pk): theme.name for theme in finding.themes.all()}
    if finding.section and finding.section.strand:
        strand = finding.section.strand
        about["strand", strand.pk] = strand.name
    return about


def nearest_alike(finding: Finding, earlier: Sequence[Finding]) -> list[RepeatCandidate]:
    """The earlier findings alike in the nearest inspection that has any; takes the oldest first."""
    about, alike = subjects(finding), []
    for other in reversed(earlier):
        if other.inspection_id == finding.inspection_id:
            continue
        if alike and alike[0].finding.inspection_id != other.inspection_id:
            break
        shared = [name for key, name in subjects(other).items() if key in about]
        if shared:
            alike.append(RepeatCandidate(other, shared))
    return alike


def likeliest(candidates: Iterable[RepeatCandidate]) -> list[RepeatCandidate]:
    """Those with most in common, at most so many as a page shows."""
    return sorted(candidates, key=lambda one: -len(one.shared))[:MOST_PROPOSED]
