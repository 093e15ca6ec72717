"""Numbers that link to the lists of exactly so many rows."""

import re
from typing import NamedTuple

from django.db.models import Count, Q

from ..addresses import (
    NEGATIVE,
    POSITIVE,
    REGION_WIDE,
    finding_list,
)
from ..choices import (
    NEGATIVE_KINDS,
    POSITIVE_KINDS,
    ClosureStatus,
)
from ..progress import with_progress

KINDS = {"positive": POSITIVE_KINDS, "negative": NEGATIVE_KINDS}


class FindingCounts(NamedTuple):
    """How many findings speak well, practice among them, and how many ill."""

    positive: int
    negative: int
    total: int
    scope: dict

    @property
    def url(self):
        return finding_list(**self.scope)

    @property
    def positive_url(self):
        return finding_list(**self.scope, kind=POSITIVE)

    @property
    def negative_url(self):
        return finding_list(**self.scope, kind=NEGATIVE)


def kind_counts(path="pk", kind="kind"):
    """Aggregates that fill `FindingCounts`: of findings, or of what is reached from other rows."""
    counts = {
        name: Count(path, filter=Q(**{f"{kind}__in": kinds}), distinct=True)
        for name, kinds in KINDS.items()
    }
    return counts | {"total": Count(path, distinct=True)}


def finding_counts(findings, **scope):
    """The counts of all these findings."""
    return FindingCounts(**findings.aggregate(**kind_counts()), scope=scope)


def region_wide_counts(findings, **scope):
    """The counts of those findings that are about the region as a whole."""
    return finding_counts(findings.filter(is_region_wide=True), **scope, organisation=REGION_WIDE)


class LinkedCount(NamedTuple):
    """A number of rows, what they are, and the address that lists exactly them."""

    count: int
    text: str
    url: str

    @classmethod
    def of(cls, count, text, url):
        """With its text in the singular where it is one row: "{body/bodies} without a plan"."""
        return cls(count, re.sub(r"{(.*)/(.*)}", r"\1" if count == 1 else r"\2", text), url)


class Findings(NamedTuple):
    """How many findings there are, how many of them name no one body, and how many the inspectorate has closed."""

    total: int
    nameless: int
    closed: int


def finding_totals(findings, at):
    """Some findings in numbers."""
    nameless, closed = Q(organisations__isnull=True), Q(closure_status=ClosureStatus.CLOSED)
    counts = with_progress(findings, at).aggregate(
        total=Count("pk", distinct=True),
        nameless=Count("pk", filter=nameless, distinct=True),
        closed=Count("pk", filter=closed, distinct=True),
    )
    return Findings(**counts)
