"""Whole regions that do not exist, with all that is recorded of them."""

from datetime import timedelta
from itertools import cycle, product
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.text import slugify

from findings.choices import Stance
from findings.models import Action, Finding, Plan, Response, ResponseCitation
from forces.models import Organisation, Region
from inspections.choices import (
    Attribution,
    Coverage,
    MissingReason,
    Precision,
    Scale,
    SourceKind,
)
from inspections.dates import midnight
from inspections.models import (
    Fieldwork,
    FieldworkCitation,
    Grading,
    GradingCitation,
    Inspection,
    InspectionCitation,
    Source,
)
from lib.bulk_copy import copy_create

from .actions import make_synthetic_actions
from .citations import cite
from .findings import make_synthetic_findings
from .organisations import headline_question, make_synthetic_organisations
from .vocabulary import Vocabulary

# Each inspection of a region is so much older than the one after it.
BETWEEN_INSPECTIONS = timedelta(days=120)


class SyntheticRegion(NamedTuple):
    """A region that does not exist, its newest inspection, and the rows made with it."""

    region: Region
    organisations: list[Organisation]
    inspection: Inspection
    gradings: list[Grading]
    findings: list[Finding]
    plans: list[Plan]
    actions: list[Action]


@transaction.atomic
def make_synthetic_region(
    name, organisations, findings, plans, published_on, public_at, inspections=1, actions=None
):
    """Write a region that does not exist: its unit and forces, inspections, findings and plans.

    `published_on` and `public_at` are those of its newest inspection. To each, the first `plans`
    organisations have a plan. Unless a number of actions is given, each finding that asks for one
    has one. The same arguments make the same rows, whatever themes there are.
    """
    with connection.cursor() as cursor:
        # A large region takes longer than any page may.
        cursor.execute("SET LOCAL statement_timeout = 0")
    region = Region.objects.create(name=name, slug=f"made-up-{slugify(name)}", is_synthetic=True)
    made_inspections = make_synthetic_inspections(region, inspections, published_on, public_at)
    organisations = make_synthetic_organisations(region, organisations)
    gradings = make_synthetic_gradings(made_inspections, organisations)
    vocabulary = Vocabulary(region.slug)
    made_findings = make_synthetic_findings(made_inspections, organisations, findings, vocabulary)
    make_synthetic_responses(made_inspections, organisations)
    made_plans = copy_create(
        (
            Plan(
                organisation=organisation,
                inspection=inspection,
                name=f"{organisation.short_name}: made-up plan{nth(place)}",
                slug=f"{organisation.slug}-plan{nth(place, '-')}",
                starts_on=inspection.published_on,
                period_note="Made up.",
            )
            for place, inspection in enumerate(made_inspections, 1)
            for organisation in organisations[:plans]
        ),
    )
    actions = make_synthetic_actions(made_plans, made_findings, actions, vocabulary)
    return SyntheticRegion(
        region,
        organisations,
        made_inspections[0],
        gradings,
        made_findings,
        made_plans,
        actions,
    )


def nth(place, sign=" "):
    """What tells the second and further ones from the first."""
    return f"{sign}{place}" if place > 1 else ""


def make_synthetic_inspections(region, count, published_on, public_at):
    """Inspections, the newest first, each with a report as its source; the older are public."""
    question = headline_question()
    days = [published_on - place * BETWEEN_INSPECTIONS for place in range(count)]
    sources = copy_create(
        (
            Source(
                slug=f"{region.slug}-report{nth(place, '-')}",
                publisher="Nobody",
                title=f"A report on {region}, which does not exist{nth(place)}",
                kind=SourceKind.INSPECTORATE,
                published_on=day,
            )
            for place, day in enumerate(days, 1)
        ),
    )
    inspections = copy_create(
        (
            Inspection(
                programme=question.programme,
                region=region,
                title=f"{region}, a made-up inspection{nth(place)}",
                slug=f"{region.slug}-inspection{nth(place, '-')}",
                published_on=day,
                public_at=midnight(day) if place > 1 else public_at,
                follow_up="Nobody will follow this up.",
                findings_recorded=Coverage.WHOLE,
            )
            for place, day in enumerate(days, 1)
        ),
    )
    for inspection, source in zip(inspections, sources, strict=True):
        inspection.report = source
    cite(InspectionCitation, ((row, row) for row in inspections))
    return inspections


def make_synthetic_gradings(inspections, organisations):
    """Gradings of every grade in turn, and then of none."""
    question = headline_question()
    grades = Scale(question.programme.scale).grades
    judgments = cycle([*((grade, "") for grade in grades), (None, MissingReason.NOT_FOUND)])
    gradings = copy_create(
        (
            Grading(
                inspection=inspection,
                organisation=organisation,
                question=question,
                grade=grade,
                missing_reason=reason,
                not_comparable_because="made up",
            )
            for (inspection, organisation), (grade, reason) in zip(
                product(inspections, organisations), judgments, strict=False
            )
        ),
    )
    cite(GradingCitation, ((row, row.inspection) for row in gradings if row.grade))
    fieldwork = copy_create(
        (
            Fieldwork(
                inspection=inspection,
                organisation=organisation,
                fieldwork_from=inspection.published_on - timedelta(days=300 + place % 60),
                fieldwork_to=inspection.published_on - timedelta(days=270),
                precision=Precision.MONTH,
            )
            for inspection in inspections
            for place, organisation in enumerate(organisations)
        ),
    )
    cite(FieldworkCitation, ((row, row.inspection) for row in fieldwork))
    return gradings


def make_synthetic_responses(inspections, organisations):
    """Every stance in turn, and silence."""
    responses = copy_create(
        (
            Response(
                inspection=inspection,
                organisation=organisation,
                is_for_region=organisation.is_unit,
                stance=stance,
                role="made-up officer",
                summary="Made up: says what nobody said.",
                said_on=inspection.published_on,
            )
            for (inspection, organisation), stance in zip(
                product(inspections, organisations), cycle([*Stance, None]), strict=False
            )
            if stance
        ),
    )
    pairs = ((row, row.inspection) for row in responses)
    cite(ResponseCitation, pairs, Attribution.ORGANISATION)
