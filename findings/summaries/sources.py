"""Rows about sources: the public facts that rest on each."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from inspections.choices import SourceKind
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


class SourceRow(NamedTuple):
    """A source with the public facts that cite it, by sort; a page lists the first of them."""

    source: Source
    facts: dict[str, list[Fact]]

    @property
    def total(self) -> int:
        return sum(len(facts) for facts in self.facts.values())

    @property
    def sorts(self) -> list[tuple[str, int, list[Fact], int]]:
        """Each sort: its name, how many facts it has, the first of them, and how many more."""
        return [
            (sort, len(facts), facts[:MOST_LISTED], len(facts[MOST_LISTED:]))
            for sort, facts in self.facts.items()
        ]


class Citing(NamedTuple):
    """How one sort of fact is listed under the sources that it cites."""

    sort: str
    model: type[Citation]
    related: tuple[str, ...]
    label: Callable[[Any], str]
    url: Callable[[Any], str]


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
    ),
    Citing(
        "dates of fieldwork",
        FieldworkCitation,
        ("inspection", "organisation"),
        lambda fieldwork: fieldwork.organisation.short_name,
        inspection_part("fieldwork"),
    ),
    Citing(
        "events between inspections",
        MonitoringEventCitation,
        ("organisation",),
        str,
        lambda event: f"{event.organisation.get_absolute_url()}#between",
    ),
    Citing(
        "findings",
        FindingCitation,
        ("inspection",),
        lambda finding: finding.reference,
        Finding.get_absolute_url,
    ),
    Citing(
        "responses",
        ResponseCitation,
        ("inspection", "finding__inspection", "organisation"),
        lambda response: response.organisation.short_name,
        lambda response: (response.finding or response.inspection).get_absolute_url(),
    ),
    Citing("actions", ActionCitation, ("plan",), str, Action.get_absolute_url),
    Citing(
        "confirmations",
        ConfirmationCitation,
        ("finding__inspection",),
        str,
        lambda confirmation: confirmation.finding.get_absolute_url(),
    ),
)


def reading_order(fact: Fact) -> list[list[str | int]]:
    """A sort key for facts: by name, address and place in the source, F2 before F10."""
    return [
        [int(part) if part.isdecimal() else part.lower() for part in re.split(r"(\d+)", text)]
        for text in fact
    ]


def sources_by_kind(at: datetime) -> list[tuple[SourceKind, list[SourceRow]]]:
    """Each kind of source with its rows: sources that are cited, and all legislation."""
    cited = defaultdict(dict)
    for citing in CITING:
        name = citing.model.FACT
        facts = citing.model._meta.get_field(name).related_model.objects.published(at)
        citations = citing.model.objects.filter(**{f"{name}__in": facts}).select_related(None)
        for citation in citations.select_related(
            name, *(f"{name}__{related}" for related in citing.related)
        ):
            fact = getattr(citation, name)
            row = Fact(citing.label(fact), citing.url(fact), citation.locator)
            cited[citation.source_id].setdefault(citing.sort, []).append(row)
    for sorts in cited.values():
        for listed in sorts.values():
            listed.sort(key=reading_order)
    rows = [
        SourceRow(source, cited.get(source.pk, {}))
        for source in Source.objects.published(at)
        if source.pk in cited or source.kind == SourceKind.LEGISLATION
    ]
    kinds = [(kind, [row for row in rows if row.source.kind == kind]) for kind in SourceKind]
    return [(kind, rows) for kind, rows in kinds if rows]
