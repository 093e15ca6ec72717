"""Counts that link to a list of exactly the rows that they count."""

from collections.abc import Collection
from typing import NamedTuple

from forces.addresses import Scope
from forces.models import Organisation
from forces.summaries import organisations_by_slug
from inspections.choices import Coverage
from lib.lists.facets import NONE
from lib.lists.selections import Selection

from ..addresses import NEGATIVE, POSITIVE, REGION_WIDE, finding_list
from ..choices import FindingProgress

MOST_LISTED = 50  # the most findings that a page lists; its counts link to all


class FindingCounts(NamedTuple):
    """How many findings there are, how many are good, and how many are to improve.

    `coverage` says how far the findings of the inspections in question are recorded.
    """

    positive: int
    negative: int
    total: int
    scope: Scope
    coverage: Coverage = Coverage.WHOLE

    @property
    def is_recorded(self) -> bool:
        """Whether none means that there is none."""
        return self.total > 0 or self.coverage != Coverage.GRADES_ONLY

    @property
    def is_partial(self) -> bool:
        return self.is_recorded and self.coverage != Coverage.WHOLE

    @property
    def url(self) -> str:
        return finding_list(**self.scope)

    @property
    def positive_url(self) -> str:
        return finding_list(**self.scope, kind=POSITIVE)

    @property
    def negative_url(self) -> str:
        return finding_list(**self.scope, kind=NEGATIVE)


def finding_counts(findings: Selection, **scope: str | list[str]) -> FindingCounts:
    """The counts of all these findings."""
    positive, negative = pair_of_counts(findings)
    return FindingCounts(positive, negative, findings.count, scope)


def pair_of_counts(findings: Selection) -> tuple[int, int]:
    """How many of these findings are good, and how many are to improve."""
    counts = findings.counts_of("kind", [*POSITIVE, *NEGATIVE])
    return tuple(sum(counts[kind] for kind in kinds) for kinds in (POSITIVE, NEGATIVE))


def counts_by_value(
    findings: Selection, facet: str, values: Collection[str]
) -> dict[str, tuple[int, int, int]]:
    """How many of these findings with each value of a facet are good, to improve, and in all."""
    positive, negative = (
        findings.having(kind=kinds).counts_of(facet, values) for kinds in (POSITIVE, NEGATIVE)
    )
    total = findings.counts_of(facet, values)
    return {value: (positive[value], negative[value], total[value]) for value in values}


def named_organisations(findings: Selection) -> list[Organisation]:
    """The organisations that these findings name, the units first."""
    named = findings.counts("organisation")
    return [one for slug, one in organisations_by_slug(findings.at).items() if slug in named]


def region_wide_counts(findings: Selection, **scope: str | list[str]) -> FindingCounts:
    """The counts of those of these findings that are about the region as a whole."""
    region_wide = findings.having(organisation=REGION_WIDE)
    return finding_counts(region_wide, **scope, organisation=REGION_WIDE)


class LinkedCount(NamedTuple):
    """A number of rows, what they are, and the address of their list."""

    count: int
    text: str
    url: str


class FindingTotals(NamedTuple):
    """How many findings there are, how many name no organisation, and how many are closed."""

    total: int
    nameless: int
    closed: int


def closed_findings(findings: Selection) -> int:
    """How many of these findings the inspectorate has closed, by its last word on each."""
    return findings.having(progress=FindingProgress.CONFIRMED.slug).count


def finding_totals(findings: Selection) -> FindingTotals:
    """The totals of these findings."""
    nameless = findings.having(organisation=NONE).count
    return FindingTotals(findings.count, nameless, closed_findings(findings))
