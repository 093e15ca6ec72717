"""Rows about inspections: how much of each is recorded, and whom its findings name."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Count, QuerySet

from forces.models import Organisation
from inspections.choices import Coverage, Precision
from inspections.dates import span
from inspections.models import Inspection, Programme
from lib.lists.selections import Selection

from ..addresses import finding_list
from ..models import Finding
from .counts import MOST_LISTED, FindingCounts
from .organisations import whom_they_name


class InspectionRow(NamedTuple):
    """An inspection and how much of it is recorded."""

    inspection: Inspection
    gradings: int
    graded: int
    findings: int

    @property
    def findings_url(self) -> str:
        return finding_list(inspection=self.inspection.slug)

    @property
    def is_recorded(self) -> bool:
        """Whether none of its findings means that it has none."""
        return self.findings > 0 or self.inspection.findings_recorded != Coverage.GRADES_ONLY

    @property
    def is_partial(self) -> bool:
        return self.is_recorded and self.inspection.findings_recorded != Coverage.WHOLE


def inspections_by_date(
    inspections: QuerySet[Inspection], findings: Selection
) -> list[InspectionRow]:
    """One row for each inspection, the newest first, with how many of these findings it made."""
    found = findings.counts("inspection")
    inspections = inspections.newest_first().select_related("programme", "region", "organisation")
    return [
        InspectionRow(
            inspection, inspection.asked, inspection.graded, found.get(inspection.slug, 0)
        )
        for inspection in inspections.annotate(
            asked=Count("gradings"), graded=Count("gradings__grade")
        )
    ]


class ProgrammeInspections(NamedTuple):
    """A programme's inspections: those of regions or of the country, and those of one force."""

    programme: Programme
    regional: list[InspectionRow]
    own: list[InspectionRow]

    @property
    def span(self) -> str:
        """The months of the first and the last report on one force, in words."""
        reports = [row.inspection for row in self.own if row.inspection.published_on]
        dates = [(report.published_on, report.published_precision) for report in reports]
        return span(dates, Precision.MONTH)


def inspections_by_programme(rows: Sequence[InspectionRow]) -> list[ProgrammeInspections]:
    """One row for each programme, in the order of their first rows."""
    programmes = {}
    for row in rows:
        programme = row.inspection.programme
        group = programmes.setdefault(programme, ProgrammeInspections(programme, [], []))
        (group.own if row.inspection.organisation_id else group.regional).append(row)
    return list(programmes.values())


class NamedRow(NamedTuple):
    """The findings about the region as a whole, about one organisation, or about nobody by name.

    An organisation's region-wide findings are kept apart from the others.
    """

    organisation: Organisation | None
    counts: FindingCounts | None
    findings: list[Finding]
    region_wide: list[Finding]


def findings_by_named_organisation(
    findings: Selection,
    organisations: Iterable[Organisation],
    coverage: Coverage = Coverage.WHOLE,
    **scope: str | list[str],
) -> list[NamedRow]:
    """A row for the region, one for each organisation, and one for findings that name nobody.

    Others that the findings name come after these organisations. The last has no counts. If there
    are too many findings for one page, none are listed: the rows only have counts, and links.
    """
    listed = []
    if 0 < findings.count <= MOST_LISTED:
        rows = Finding.objects.filter(pk__in=findings.keys()).with_responses().defer("search")
        listed = list(rows.by_reference().prefetch_related("themes"))
    # Those without a row of their own yet, such as where no grade of theirs is known.
    found = [organisation for finding in listed for organisation in finding.organisations.all()]
    organisations = list(dict.fromkeys([*organisations, *found]))
    named = [
        (organisation, counts._replace(coverage=coverage))
        for organisation, counts in whom_they_name(findings, organisations, **scope)
    ]
    region_wide = [finding for finding in listed if finding.is_region_wide]
    own = [finding for finding in listed if not finding.is_region_wide]
    rows = [
        NamedRow(
            organisation,
            counts,
            *(
                [f for f in part if organisation in f.organisations.all()]
                for part in (own, region_wide)
            ),
        )
        if organisation
        else NamedRow(organisation, counts, region_wide, [])
        for organisation, counts in named
    ]
    nameless = [finding for finding in own if not finding.organisations.all()]
    return [*rows, NamedRow(None, None, nameless, [])] if nameless else rows


def is_recorded(inspection: Inspection, rows: Sequence[NamedRow]) -> bool:
    """Whether none of an inspection's findings means that it has none."""
    is_found = any(row.findings or (row.counts and row.counts.total) for row in rows)
    return is_found or inspection.findings_recorded != Coverage.GRADES_ONLY
