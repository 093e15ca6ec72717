"""Rows about regions, forces and units: their findings, responses and actions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet

from forces.addresses import Scope, organisation_list
from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from inspections.choices import Coverage, Grade
from inspections.models import Grading, Programme
from inspections.summaries import HeadlineGrading
from lib.lists.facets import NONE
from lib.lists.freshness import until_changed
from lib.lists.selections import Selection
from lib.sentences import plural

from ..addresses import action_list, finding_list
from ..choices import ActionStatus, FindingProgress
from ..coverage import with_coverage
from ..models import Finding, Plan, Response
from .actions import ActionCounts, actions_by_organisation
from .counts import (
    FindingCounts,
    FindingTotals,
    LinkedCount,
    counts_by_value,
    named_organisations,
    region_wide_counts,
)


class RegionCount(NamedTuple):
    """A region and how many findings its inspections made.

    National inspections have neither name nor slug.
    """

    name: str | None
    slug: str | None
    found: int


def findings_by_region(findings: Selection) -> list[RegionCount]:
    """One row for each region whose inspections made any of these findings, by name."""
    found, regions = findings.counts("region"), findings.postings.values["region"]
    national = found.pop(NONE, 0)
    rows = [RegionCount(regions[slug].text, slug, count) for slug, count in found.items()]
    return sorted(rows) + [RegionCount(None, None, national)] * (national > 0)


def findings_by_organisation(
    findings: Selection, organisations: Collection[Organisation], **scope: str | list[str]
) -> dict[int, FindingCounts]:
    """The counts of the findings that name each organisation, by its id; zeros included."""
    slugs = [organisation.slug for organisation in organisations]
    counts = counts_by_value(findings, "organisation", slugs)
    return {
        one.pk: FindingCounts(*counts[one.slug], scope | {"organisation": one.slug})
        for one in organisations
    }


def whom_they_name(
    findings: Selection,
    organisations: Collection[Organisation] | None = None,
    **scope: str | list[str],
) -> list[tuple[Organisation | None, FindingCounts]]:
    """Pairs of an organisation and its counts, in the order given; if none are, of all named.

    If findings are about the region as a whole, it comes first, with None as the organisation.
    """
    region = region_wide_counts(findings, **scope)
    if organisations is None:
        organisations = named_organisations(findings)
    counts = findings_by_organisation(findings, organisations, **scope)
    return [
        *([(None, region)] if region.total else []),
        *((organisation, counts[organisation.pk]) for organisation in organisations),
    ]


class ComparisonRow(NamedTuple):
    """One organisation in a comparison: its grade, its response, its findings and its actions."""

    organisation: Organisation
    grading: Grading
    response: Response | None
    findings: FindingCounts
    actions: ActionCounts
    has_plan: bool  # for any inspection; its actions know whether for those that count here


def responses_to_gradings(
    headline_gradings: Sequence[HeadlineGrading], at: datetime
) -> dict[int, Response]:
    """Each organisation's response to the inspection that graded it, by the organisation's id."""
    graded = {
        (organisation.pk, grading.inspection_id)
        for organisation, grading in headline_gradings
        if grading.inspection_id
    }
    found = responses_to(at, *sorted(graded))
    return {organisation: response for (organisation, _), response in found.items()}


@until_changed
def responses_to(at: datetime, *pairs: tuple[int, int]) -> dict[tuple[int, int], Response]:
    """The newest response of each of these organisations to an inspection, by the ids of both."""
    organisations, inspections = zip(*pairs, strict=True) if pairs else ((), ())
    responses = Response.objects.published(at).filter(
        organisation__in=organisations, inspection__in=inspections
    )
    found = {(one.organisation_id, one.inspection_id): one for one in responses.by_organisations()}
    return {pair: found[pair] for pair in pairs if pair in found}


@until_changed
def responses_to_inspection(at: datetime, inspection: int) -> list[Response]:
    """Every response to the inspection with this id, the newest first."""
    responses = Response.objects.published(at).filter(inspection=inspection).newest_first()
    return list(responses.select_related("organisation").prefetch_related("citations"))


def with_own_responses(gradings: QuerySet[Grading]) -> QuerySet[Grading]:
    """Gradings with what `Grading.response` needs: one more query for any number."""
    own = Response.objects.by_organisations().select_related("organisation")
    return gradings.prefetch_related(
        Prefetch("inspection__responses", own, to_attr="own_responses")
    )


@until_changed
def coverage_by_organisation(at: datetime, programme: str) -> dict[int, Organisation]:
    """Every organisation with how far it is recorded, by its id; of one programme, or of all."""
    chosen = Programme.objects.get(slug=programme) if programme else None
    return with_coverage(Organisation.objects.all(), at, chosen).in_bulk()


def comparison_rows(
    headline_gradings: Sequence[HeadlineGrading],
    findings: Selection,
    actions: Selection,
    programme: Programme | None = None,
) -> list[ComparisonRow]:
    """One row for each headline grading, in the order given.

    Its findings and actions, of the public ones, are those of one programme, or of all.
    """
    organisations = [row.organisation for row in headline_gradings]
    scope = {"programme": programme.slug} if programme else {}
    responses = responses_to_gradings(headline_gradings, findings.at)
    found = findings_by_organisation(findings.having(**scope), organisations, **scope)
    actions = actions_by_organisation(actions.having(**scope), organisations, **scope)
    recorded = coverage_by_organisation(findings.at, programme.slug if programme else "")
    return [
        ComparisonRow(
            organisation,
            grading,
            responses.get(organisation.pk),
            found[organisation.pk]._replace(
                coverage=Coverage.together(recorded[organisation.pk].coverages)
            ),
            actions[organisation.pk]._replace(has_plan=recorded[organisation.pk].has_plan_for_it),
            recorded[organisation.pk].has_plan,
        )
        for organisation, grading in headline_gradings
    ]


def coverage_of(rows: Sequence[ComparisonRow]) -> Coverage:
    """How far the findings of these organisations are recorded, taken together."""
    return Coverage.together(
        Coverage.IN_PART if row.findings.is_partial else row.findings.coverage for row in rows
    )


def recorded_organisations(
    rows: Sequence[ComparisonRow],
) -> tuple[list[Organisation], list[Organisation]]:
    """The organisations whose findings are recorded here, and the others."""
    recorded = [row.organisation for row in rows if row.findings.is_recorded]
    return recorded, [row.organisation for row in rows if not row.findings.is_recorded]


def claimed_and_confirmed(
    rows: Sequence[ComparisonRow], findings: FindingTotals, **scope: str | list[str]
) -> tuple[list[LinkedCount], list[LinkedCount]]:
    """Two lists: what organisations say of actions, what the inspectorate confirmed of findings.

    Either is empty where nothing is recorded that could be counted. Where no open action has a due
    date, nothing is said of how many are overdue.
    """
    total = sum(row.actions.total for row in rows)
    complete = sum(row.actions.complete for row in rows)
    overdue = sum(row.actions.overdue for row in rows)
    undated = sum(row.actions.undated for row in rows)
    no_date = 0 < undated == sum(row.actions.open for row in rows)
    incomplete, unclosed = total - complete, findings.total - findings.closed
    claimed = [
        LinkedCount(
            complete,
            f"{plural(complete, 'action')} the force says are complete",
            action_list(**scope, status=ActionStatus.COMPLETE.slug),
        ),
        LinkedCount(
            incomplete,
            f"{plural(incomplete, 'action')} not complete",
            action_list(**scope, status=f"-{ActionStatus.COMPLETE.slug}"),
        ),
    ]
    if not no_date:
        words = f"{plural(overdue, 'action')} overdue"
        claimed.append(LinkedCount(overdue, words, action_list(**scope, overdue="yes")))
    if undated:
        words = f"{plural(undated, 'open action')} without a due date"
        if no_date and undated > 1:
            words = "open actions, none of them with a due date"
        claimed.append(LinkedCount(undated, words, action_list(**scope, undated="yes")))
    confirmed = [
        LinkedCount(
            findings.closed,
            f"{plural(findings.closed, 'finding')} known to be closed",
            finding_list(**scope, progress=FindingProgress.CONFIRMED.slug),
        ),
        LinkedCount(
            unclosed,
            f"{plural(unclosed, 'finding')} not confirmed as closed",
            finding_list(**scope, progress=f"-{FindingProgress.CONFIRMED.slug}"),
        ),
    ]
    is_recorded = findings.total or coverage_of(rows) != Coverage.GRADES_ONLY
    return claimed if total else [], confirmed if is_recorded else []


def unknown_of_organisations(
    rows: Sequence[ComparisonRow],
    findings: FindingTotals,
    grades: Scope | None = None,
    programme: str = "",
    **scope: str | list[str],
) -> list[LinkedCount]:
    """What our sources do not say about these organisations and findings; zeros are left out.

    `grades` has more parameters of the list of forces and units: the question, and who is in it;
    `programme` is one of the list of findings.
    """
    grades = grades or {}
    ungraded = [row.organisation for row in rows if row.grading.grade is None]
    without_response = [row.organisation for row in rows if row.response is None]
    planless = [row.organisation for row in rows if not row.has_plan]

    def organisations(lacking: list[Organisation], lack: str, **choice: Any) -> LinkedCount:
        nouns = OrganisationKind.nouns(organisation.kind for organisation in lacking)
        return LinkedCount(
            len(lacking),
            f"{plural(len(lacking), *nouns)} {lack}",
            organisation_list(**scope, **grades, **choice),
        )

    unknown = [
        organisations(
            ungraded, "without a known grade", grade=[f"-{grade.slug}" for grade in Grade]
        ),
        organisations(without_response, "with no response found", response="none"),
        organisations(planless, "without a recorded improvement plan", plan="none"),
        LinkedCount(
            findings.nameless,
            plural(findings.nameless, "finding that names", "findings that name")
            + " no particular force",
            finding_list(**scope, programme=programme, organisation="none"),
        ),
    ]
    return [row for row in unknown if row.count]


def unknown_of_country(
    gradings: Sequence[HeadlineGrading], responses: Mapping[int, Response], **scope: str
) -> list[LinkedCount]:
    """What our sources do not say about the forces and units of the country; zeros are left out."""
    ungraded = [row.organisation for row in gradings if row.grading.grade is None]
    silent = [row.organisation for row in gradings if row.organisation.pk not in responses]
    without_grade = [f"-{grade.slug}" for grade in Grade]
    return [
        LinkedCount(
            count,
            f"{plural(count, *nouns)} {lacks}",
            organisation_list(**scope, kind=kind.value, **choice),
        )
        for organisations, lacks, choice in (
            (ungraded, "without a known grade", {"grade": without_grade}),
            (silent, "with no response found", {"response": "none"}),
        )
        for kind, nouns in (
            (OrganisationKind.FORCE, ["force"]),
            (OrganisationKind.UNIT, ["regional unit"]),
        )
        if (count := sum(row.kind == kind for row in organisations))
    ]


def planless_by_region(
    organisations: QuerySet[Organisation], at: datetime
) -> list[tuple[Region, list[Organisation]]]:
    """Organisations without a public plan, by region; only regions that have findings."""
    looked_at = Finding.objects.published(at).values("inspection__region")
    planned = Plan.objects.published(at).values("organisation")
    organisations = (
        organisations.filter(region__in=looked_at)
        .exclude(pk__in=planned)
        .select_related("region")
        .unit_first()
    )
    regions = defaultdict(list)
    for organisation in organisations:
        regions[organisation.region].append(organisation)
    return sorted(regions.items(), key=lambda row: row[0].name)
