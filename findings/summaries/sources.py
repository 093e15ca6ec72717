"""Rows about sources: the public facts that rest on each."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F

from inspections.models import (
    Citation,
    FieldworkCitation,
    GradingCitation,
    Inspection,
    InspectionCitation,
    MonitoringEventCitation,
    PolicingBodyComment,
    Source,
)

from ..models import (
    Action,
    ActionCitation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    ResponseCitation,
)

MOST_LISTED = 100


class Fact(NamedTuple):
    """A fact that cites a source: its name, its address, and where in the source it was read."""

    label: str
    url: str
    locator: str


class CitingFacts(NamedTuple):
    """The public facts of one sort that cite a source: the first of them, and their number."""

    sort: str
    facts: list[Fact]
    count: int
    is_synthetic: bool

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.facts)


class Citing(NamedTuple):
    """How one sort of fact is listed on the pages of the sources that it cites."""

    sort: str
    model: type[Citation]
    related: tuple[str, ...]
    label: Callable[[Any], str]
    url: Callable[[Any], str]
    region: str = "region"  # the path from a fact to its region


def inspection_part(anchor: str) -> Callable[[Any], str]:
    """A function that gives a fact's address: a section of its inspection's page."""
    return lambda fact: f"{fact.inspection.get_absolute_url()}#{anchor}"


CITING = (
    Citing("inspections", InspectionCitation, (), str, Inspection.get_absolute_url),
    Citing(
        "inspections on which a local policing body commented",
        PolicingBodyComment,
        (),
        str,
        lambda inspection: f"{inspection.get_absolute_url()}#responses",
    ),
    Citing(
        "gradings",
        GradingCitation,
        ("inspection", "organisation", "question"),
        lambda grading: f"{grading.organisation.short_name}, {grading.question.name}",
        inspection_part("gradings"),
        "organisation__region",
    ),
    Citing(
        "dates of fieldwork",
        FieldworkCitation,
        ("inspection", "organisation"),
        lambda fieldwork: fieldwork.organisation.short_name,
        inspection_part("fieldwork"),
        "organisation__region",
    ),
    Citing(
        "events between inspections",
        MonitoringEventCitation,
        ("organisation",),
        str,
        lambda event: f"{event.organisation.get_absolute_url()}#between",
        "organisation__region",
    ),
    Citing(
        "findings",
        FindingCitation,
        ("inspection",),
        lambda finding: finding.reference,
        Finding.get_absolute_url,
        "inspection__region",
    ),
    Citing(
        "responses",
        ResponseCitation,
        ("inspection", "finding__inspection", "organisation"),
        lambda response: response.organisation.short_name,
        lambda response: (response.finding or response.inspection).get_absolute_url(),
        "organisation__region",
    ),
    Citing(
        "actions",
        ActionCitation,
        ("plan",),
        str,
        Action.get_absolute_url,
        "plan__organisation__region",
    ),
    Citing(
        "confirmations",
        ConfirmationCitation,
        ("finding__inspection",),
        str,
        lambda confirmation: confirmation.finding.get_absolute_url(),
        "finding__inspection__region",
    ),
)


def reading_order(fact: Fact) -> list[list[str | int]]:
    """A sort key for facts: by name, address and place in the source, F2 before F10."""
    return [
        [int(part) if part.isdecimal() else part.lower() for part in re.split(r"(\d+)", text)]
        for text in fact
    ]


def facts_citing(source: Source, at: datetime) -> list[CitingFacts]:
    """The public facts that cite a source, a row for each sort that has any."""
    rows = []
    for citing in CITING:
        name = citing.model.FACT
        facts = citing.model._meta.get_field(name).related_model.objects.published(at)
        citations = citing.model.objects.filter(source=source, **{f"{name}__in": facts})
        related = [name, *(f"{name}__{path}" for path in citing.related)]
        first = list(
            citations.select_related(None)
            .select_related(*related)
            .annotate(is_synthetic=F(f"{name}__{citing.region}__is_synthetic"))
            # By the plain id, the database may read all in that order, to find a few.
            .order_by(F("pk") + 0)[: MOST_LISTED + 1]
        )
        if not first:
            continue
        count = len(first)
        if count > MOST_LISTED:
            count = citations.count()
        listed = [
            Fact(citing.label(fact), citing.url(fact), citation.locator)
            for citation in first[:MOST_LISTED]
            for fact in [getattr(citation, name)]
        ]
        is_synthetic = any(citation.is_synthetic for citation in first)
        rows.append(
            CitingFacts(citing.sort, sorted(listed, key=reading_order), count, is_synthetic)
        )
    return rows
