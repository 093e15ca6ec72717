"""Rows about regions, forces and units: what was found there, how they responded, what they do."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Count

from forces.models import Organisation
from inspections.choices import Grade
from inspections.models import Grading, Inspection

from ..addresses import (
    action_list,
    finding_list,
    organisation_list,
)
from ..choices import (
    ActionStatus,
    FindingProgress,
)
from ..models import (
    Action,
    Finding,
    Plan,
    Response,
)
from .actions import ActionCounts, actions_by_organisation
from .counts import FindingCounts, LinkedCount, kind_counts, region_wide_counts

LISTED = 50


class RegionCount(NamedTuple):
    """A region and how many findings its inspections made; national ones have neither name nor slug."""

    name: str | None
    slug: str | None
    found: int


def findings_by_region(findings):
    """One row a region that any of the findings is of, by name."""
    held = findings.order_by("inspection__region__name").values_list(
        "inspection__region__name", "inspection__region__slug"
    )
    return [RegionCount(*row) for row in held.annotate(Count("pk", distinct=True))]


def findings_by_organisation(findings, organisations, **scope):
    """The counts of the findings that name each body, by its id; bodies that none names have zeros."""
    named = {
        organisation.pk: organisation
        for organisation in Organisation.objects.filter(findings__in=findings).annotate(
            **kind_counts("findings", "findings__kind")
        )
    }
    return {
        organisation.pk: FindingCounts(
            *(
                (row.positive, row.negative, row.total)
                if (row := named.get(organisation.pk))
                else (0, 0, 0)
            ),
            scope | {"organisation": organisation.slug},
        )
        for organisation in organisations
    }


def named_organisations(findings):
    """The bodies that any of the findings names, the unit first."""
    return list(Organisation.objects.filter(findings__in=findings).distinct().unit_first())


def whom_they_name(findings, organisations, **scope):
    """Pairs of a body and its counts, in the order given; the region as a whole, no body, comes first."""
    region, counts = (
        region_wide_counts(findings, **scope),
        findings_by_organisation(findings, organisations, **scope),
    )
    return [
        *([(None, region)] if region.total else []),
        *((organisation, counts[organisation.pk]) for organisation in organisations),
    ]


class ComparisonRow(NamedTuple):
    """One body in a comparison: its grade, its answer, what was found of it and what it says it does."""

    organisation: Organisation
    grading: Grading
    response: Response | None
    findings: FindingCounts
    actions: ActionCounts


def responses_to_gradings(headline_gradings, at):
    """What each body answered to the inspection that graded it, by its id; those that are silent are left out."""
    graded = {
        (organisation.pk, grading.inspection_id)
        for organisation, grading in headline_gradings
        if grading.inspection_id
    }
    responses = Response.objects.published(at).filter(
        organisation__in=[organisation for organisation, _ in headline_gradings]
    )
    return {
        response.organisation_id: response
        for response in responses.filter(inspection__isnull=False)
        if (response.organisation_id, response.inspection_id) in graded
    }


def comparison_rows(headline_gradings, at, on):
    """One row a standing, in its order, with the body's answer to the inspection that graded it."""
    organisations = [headline_grading.organisation for headline_grading in headline_gradings]
    answers = responses_to_gradings(headline_gradings, at)
    found = findings_by_organisation(Finding.objects.published(at), organisations)
    actions = actions_by_organisation(Action.objects.published(at), organisations, on)
    return [
        ComparisonRow(
            organisation,
            grading,
            answers.get(organisation.pk),
            found[organisation.pk],
            actions[organisation.pk],
        )
        for organisation, grading in headline_gradings
    ]


def claimed_and_confirmed(rows, findings, **scope):
    """What the bodies say of their actions, and what the inspectorate has confirmed of the findings: two lists."""
    total = sum(row.actions.total for row in rows)
    complete = sum(row.actions.complete for row in rows)
    overdue = sum(row.actions.overdue for row in rows)
    claimed = [
        LinkedCount.of(
            complete,
            "{action/actions} called complete",
            action_list(**scope, status=ActionStatus.COMPLETE.slug),
        ),
        LinkedCount.of(
            total - complete,
            "{action/actions} not complete",
            action_list(**scope, status=f"-{ActionStatus.COMPLETE.slug}"),
        ),
        LinkedCount.of(overdue, "{action/actions} overdue", action_list(**scope, overdue="yes")),
    ]
    waiting = findings.total - findings.closed
    return claimed, [
        LinkedCount.of(
            findings.closed,
            "{finding/findings} closed",
            finding_list(**scope, progress=FindingProgress.CONFIRMED.slug),
        ),
        LinkedCount.of(
            waiting,
            "{finding/findings} not confirmed as closed",
            finding_list(**scope, progress=f"-{FindingProgress.CONFIRMED.slug}"),
        ),
    ]


def unknown_of_organisations(rows, findings, **scope):
    """What our sources do not tell of some bodies and findings: only what concerns any; `rows` are side by side."""
    ungraded = sum(row.grading.grade is None for row in rows)
    without_response = sum(row.response is None for row in rows)
    planless = sum(row.actions.total == 0 for row in rows)
    unknown = [
        LinkedCount.of(
            ungraded,
            "{body/bodies} without a known grade",
            organisation_list(**scope, grade=[f"-{g.slug}" for g in Grade]),
        ),
        LinkedCount.of(
            without_response,
            "{body/bodies} without a recorded response",
            organisation_list(**scope, response="none"),
        ),
        LinkedCount.of(
            planless,
            "{body/bodies} without a recorded improvement plan",
            organisation_list(**scope, plan="none"),
        ),
        LinkedCount.of(
            findings.nameless,
            "{finding that names/findings that name} no one body",
            finding_list(**scope, organisation="none"),
        ),
    ]
    return [row for row in unknown if row.count]


class InspectionRow(NamedTuple):
    """An inspection and how much of it is recorded."""

    inspection: Inspection
    gradings: int
    graded: int
    findings: int

    @property
    def findings_url(self):
        return finding_list(inspection=self.inspection.slug)


def inspections_by_date(inspections):
    """One row an inspection, the newest first."""
    found = dict(
        Finding.objects.filter(inspection__in=inspections)
        .order_by()
        .values_list("inspection")
        .annotate(Count("pk"))
    )
    inspections = inspections.newest_first().select_related("programme", "region")
    return [
        InspectionRow(inspection, inspection.asked, inspection.graded, found.get(inspection.pk, 0))
        for inspection in inspections.annotate(
            asked=Count("gradings"), graded=Count("gradings__grade")
        )
    ]


class NamedRow(NamedTuple):
    """Whom findings name: the region as a whole, a body, or nobody; with its findings, region-wide ones apart."""

    organisation: Organisation | None
    counts: FindingCounts | None
    findings: list[Finding]
    region_wide: list[Finding]


def findings_by_named_organisation(findings, organisations, **scope):
    """Region-wide findings first, then those that name each body, then, without counts, those that name nobody.

    No finding is listed where there are too many for one page: the counts and their links stay.
    """
    named = whom_they_name(findings, organisations, **scope)
    held = list(
        findings.with_responses()
        .defer("search")
        .by_reference()
        .prefetch_related("themes")[: LISTED + 1]
    )
    held = held if len(held) <= LISTED else []
    region_wide = [finding for finding in held if finding.is_region_wide]
    own = [finding for finding in held if not finding.is_region_wide]
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


def planless_by_region(organisations, at):
    """Bodies without a public plan, by region: only regions whose inspections found something."""
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
