"""Counts that link to a list of exactly the rows that they count."""

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from forces.addresses import Scope
from inspections.choices import Coverage

from ..addresses import NEGATIVE, POSITIVE, REGION_WIDE, finding_list
from ..choices import NEGATIVE_KINDS, POSITIVE_KINDS, ClosureStatus
from ..models import Confirmation, Finding

KINDS = {"positive": POSITIVE_KINDS, "negative": NEGATIVE_KINDS}
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


LINKS = {field.through._meta.db_table for field in (Finding.organisations, Finding.themes)}


def unjoined(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    """These findings in any order, each of them once, to be grouped by whatever they link to.

    Those chosen by a join with what they link to would be grouped by what was chosen alone.
    """
    query = findings.query
    tables = {join.table_name for join in query.alias_map.values()}
    if query.distinct or not tables.isdisjoint(LINKS):
        return Finding.objects.filter(pk__in=findings.order_by().values("pk")).order_by()
    return findings.order_by()


def kind_counts() -> dict[str, Count]:
    """Aggregates of findings that fill `FindingCounts`; for rows that each have a finding once."""
    counts = {name: Count("pk", filter=Q(kind__in=kinds)) for name, kinds in KINDS.items()}
    return counts | {"total": Count("pk")}


def finding_counts(findings: QuerySet[Finding], **scope: str | list[str]) -> FindingCounts:
    """The counts of all these findings."""
    return FindingCounts(**findings.aggregate(**kind_counts()), scope=scope)


def region_wide_counts(findings: QuerySet[Finding], **scope: str | list[str]) -> FindingCounts:
    """The counts of those of these findings that are about the region as a whole."""
    return finding_counts(findings.filter(is_region_wide=True), **scope, organisation=REGION_WIDE)


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


def findings_by_inspection() -> dict[int, int]:
    """How many findings each inspection has, public or not, by its id: read from an index alone."""
    return dict(Finding.objects.order_by().values_list("inspection").annotate(found=Count("*")))


def closed_findings(findings: QuerySet[Finding]) -> int:
    """How many of these findings the inspectorate has closed, by its last word on each."""
    last = Confirmation.objects.filter(finding__in=findings.order_by().values("pk"))
    last = last.order_by("finding_id", "-confirmed_on", "-id").distinct("finding_id")
    closed = Confirmation.objects.filter(closure_status=ClosureStatus.CLOSED)
    return closed.filter(pk__in=last.values("pk")).count()


def finding_totals(findings: QuerySet[Finding]) -> FindingTotals:
    """The totals of these findings."""
    nameless = findings.filter(organisations__isnull=True).count()
    return FindingTotals(findings.count(), nameless, closed_findings(findings))
