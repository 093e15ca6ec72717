"""Counts that link to a list of exactly the rows that they count."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from forces.addresses import Scope
from inspections.choices import Coverage

from ..addresses import NEGATIVE, POSITIVE, REGION_WIDE, finding_list
from ..choices import NEGATIVE_KINDS, POSITIVE_KINDS, ClosureStatus
from ..models import Finding
from ..progress import with_progress

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


def kind_counts(
    path: str = "pk", kind: str = "kind", among: QuerySet[Finding] | None = None
) -> dict[str, Count]:
    """Aggregates that fill `FindingCounts`; `path` and `kind` lead to findings from other rows.

    `among` are the findings that count, if not all do.
    """
    chosen = Q() if among is None else Q(**{f"{path}__in": among.order_by().values("pk")})
    counts = {
        name: Count(path, filter=chosen & Q(**{f"{kind}__in": kinds}), distinct=True)
        for name, kinds in KINDS.items()
    }
    return counts | {"total": Count(path, filter=chosen, distinct=True)}


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


def finding_totals(findings: QuerySet[Finding], at: datetime) -> FindingTotals:
    """The totals of these findings at a moment."""
    nameless, closed = Q(organisations__isnull=True), Q(closure_status=ClosureStatus.CLOSED)
    counts = with_progress(findings, at).aggregate(
        total=Count("pk", distinct=True),
        nameless=Count("pk", filter=nameless, distinct=True),
        closed=Count("pk", filter=closed, distinct=True),
    )
    return FindingTotals(**counts)
