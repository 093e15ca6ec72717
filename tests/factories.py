"""Rows for tests, all made up: `factories.finding.make(kind=…)` makes one and what it needs,
`made_up_region()` a whole region."""

from datetime import date
from itertools import count, cycle

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone
from model_bakery.recipe import Recipe, foreign_key

from findings.choices import (
    ActionStatus,
    ClosureStatus,
    DueSetBy,
    FindingKind,
    ProposalState,
    Stance,
)
from findings.management.synthetic.regions import make_synthetic_region, midnight
from findings.models import (
    Action,
    Confirmation,
    DueDateChange,
    Evidence,
    Finding,
    OwnerChange,
    Plan,
    ProgressUpdate,
    Response,
    Theme,
)
from findings.workflow import publish, submit, write_update
from forces.choices import OrganisationKind, Role
from forces.models import Alias, Membership, Organisation, Region
from inspections.choices import Attribution, Grade, MonitoringKind, Scale, SourceKind
from inspections.models import (
    Fieldwork,
    Grading,
    GradingCitation,
    Inspection,
    MonitoringEvent,
    PolicingBodyComment,
    Programme,
    Question,
    Source,
    Strand,
)
from lib.imports.models import ImportRun

PUBLISHED_ON = date(2025, 1, 15)
PUBLIC_AT = midnight(PUBLISHED_ON)


def numbered(words=None, first=1):
    """Another number for each row, after these words. The library's own sequences ask the database
    each time whether it holds a row already."""
    numbers = count(first)
    return lambda: next(numbers) if words is None else f"{words}{next(numbers)}"


def made_up_region(
    name="Northmarch",
    organisations=6,
    findings=25,
    plans=3,
    published_on=PUBLISHED_ON,
    public_at=PUBLIC_AT,
):
    """A `SyntheticRegion` of any size; `public_at` later than now, or None, puts it under
    embargo."""
    return make_synthetic_region(name, organisations, findings, plans, published_on, public_at)


def reported(action, status, note="Nobody did this.", by=None, at=None, superseded_by=None):
    """An update as it comes about: written by one, published by another; its action has moved."""
    by, at = by or staff.make(), at or timezone.now()
    update = write_update(action, status, note, by, at, superseded_by=superseded_by)
    return publish(submit(update, by, at), staff.make(), at)


def action_in(status=ActionStatus.IN_PROGRESS, due_on=None, **fields):
    """An action in a status, and what the status takes."""
    if status == ActionStatus.SUPERSEDED:
        fields["superseded_by"] = action.make()
    set_by = DueSetBy.ORGANISATION if due_on else ""
    return action.make(status=status, due_on=due_on, due_set_by=set_by, **fields)


def finding_on(*themes, **fields):
    """A finding about these themes."""
    made = finding.make(**fields)
    made.themes.set(themes)
    return made


def graded_programme(forces=43, questions=9, **fields):
    """A programme that graded made-up forces in ten regions on every question, each in a report of
    its own."""
    made = programme.make(**fields)
    grades = Scale(made.scale).grades
    asked = question.make(_quantity=questions, programme=made)
    regions = region.make(_quantity=min(forces, 10))
    graded = force.make(_quantity=forces, region=cycle(regions), _bulk_create=True)
    reports = inspection.make(
        _quantity=forces,
        programme=made,
        region=cycle(regions),
        organisation=cycle(graded),
        _bulk_create=True,
    )
    Grading.objects.bulk_create(
        Grading(
            inspection=report,
            organisation=report.organisation,
            question=row,
            grade=grades[(place + number) % len(grades)],
        )
        for place, report in enumerate(reports)
        for number, row in enumerate(asked)
    )
    return made


def only(*rows):
    """These rows, and no other of their sort."""
    return type(rows[0]).objects.filter(pk__in=[row.pk for row in rows])


staff = Recipe(get_user_model(), username=numbered("made-up-officer-"))
region = Recipe(
    Region, name=numbered("Made-up region "), slug=numbered("made-up-region-"), is_synthetic=True
)
force = Recipe(
    Organisation,
    region=foreign_key(region),
    kind=OrganisationKind.FORCE,
    name=numbered("Made-up Police "),
    short_name=numbered("Made-up "),
    slug=numbered("made-up-police-"),
)
unit = force.extend(
    kind=OrganisationKind.UNIT,
    name=numbered("Made-up unit "),
    short_name=numbered("MUU"),
    slug=numbered("muu-"),
)
alias = Recipe(Alias, organisation=foreign_key(force), name=numbered("Made-up alias "))
membership = Recipe(
    Membership,
    user=foreign_key(staff),
    organisation=foreign_key(force),
    role=Role.EDITOR,
    starts_on=PUBLISHED_ON,
)

source = Recipe(
    Source,
    slug=numbered("made-up-source-"),
    publisher="Nobody",
    title=numbered("Made-up page "),
    kind=SourceKind.PRESS,
)
programme = Recipe(
    Programme,
    name=numbered("Made-up programme "),
    short_name=numbered("MUP"),
    slug=numbered("made-up-programme-"),
    scale=Scale.FIVE,
)
import_run = Recipe(
    ImportRun,
    files=[{"name": "made-up.csv", "kinds": [], "sha256": ""}],
    counts={},
    at=timezone.now,
)
strand = Recipe(
    Strand,
    name=numbered("Made-up strand "),
    slug=numbered("made-up-strand-"),
    position=numbered(first=101),
)
question = Recipe(
    Question,
    programme=foreign_key(programme),
    slug=numbered("made-up-question-"),
    name=numbered("Made-up question "),
    position=numbered(first=2),
)
inspection = Recipe(
    Inspection,
    programme=foreign_key(programme),
    region=foreign_key(region),
    title=numbered("Made-up inspection "),
    slug=numbered("made-up-inspection-"),
    published_on=PUBLISHED_ON,
    public_at=PUBLIC_AT,
)
fieldwork = Recipe(
    Fieldwork,
    inspection=foreign_key(inspection),
    organisation=foreign_key(force),
    fieldwork_from=date(2024, 6, 3),
    fieldwork_to=date(2024, 7, 12),
)
policing_body_comment = Recipe(
    PolicingBodyComment,
    inspection=foreign_key(inspection),
    organisation=foreign_key(force),
    source=foreign_key(source),
    attribution=Attribution.ORGANISATION,
)
grading = Recipe(
    Grading,
    inspection=foreign_key(inspection),
    organisation=foreign_key(force),
    question=foreign_key(question),
    grade=Grade.ADEQUATE,
)
grading_citation = Recipe(
    GradingCitation,
    grading=foreign_key(grading),
    source=foreign_key(source),
    locator="¶4",
    attribution=Attribution.PRESS,
)

monitoring_event = Recipe(
    MonitoringEvent,
    inspection=foreign_key(inspection),
    organisation=foreign_key(force),
    kind=MonitoringKind.ENGAGE_IN,
    happened_on=date(2024, 6, 3),
    summary="Nobody moved into Engage.",
)

theme = Recipe(
    Theme, name=numbered("Made-up theme "), slug=numbered("made-up-theme-"), definition="Made up."
)
finding = Recipe(
    Finding,
    inspection=foreign_key(inspection),
    reference=numbered("made-up-"),
    kind=FindingKind.WEAKNESS,
    summary="Nobody found this.",
)
response = Recipe(
    Response,
    inspection=foreign_key(inspection),
    organisation=foreign_key(force),
    stance=Stance.ACCEPTED,
    role="made-up officer",
    summary="Nobody said this.",
)
plan = Recipe(
    Plan,
    organisation=foreign_key(force),
    inspection=foreign_key(inspection),
    name=numbered("Made-up plan "),
    slug=numbered("made-up-plan-"),
)
action = Recipe(
    Action, plan=foreign_key(plan), number=numbered(first=2), summary="Nobody will do this."
)
update = Recipe(
    ProgressUpdate,
    action=foreign_key(action),
    moved_from=ActionStatus.NOT_STARTED,
    status=ActionStatus.NOT_STARTED,
    note="Nobody did this.",
    by=foreign_key(staff),
    at=PUBLIC_AT,
    state=ProposalState.PUBLISHED,
    reviewed_by=foreign_key(staff),
    published_at=PUBLIC_AT,
)
due_date_change = Recipe(
    DueDateChange,
    action=foreign_key(action),
    due_on=PUBLISHED_ON,
    set_by=DueSetBy.ORGANISATION,
    reason="Nobody knows.",
    by=foreign_key(staff),
    at=PUBLIC_AT,
    state=ProposalState.PUBLISHED,
    reviewed_by=foreign_key(staff),
    published_at=PUBLIC_AT,
)
owner_change = Recipe(
    OwnerChange,
    action=foreign_key(action),
    owner_role="made-up officer",
    reason="Nobody knows.",
    by=foreign_key(staff),
    at=PUBLIC_AT,
    state=ProposalState.PUBLISHED,
    reviewed_by=foreign_key(staff),
    published_at=PUBLIC_AT,
)
draft = update.extend(state=ProposalState.DRAFT, reviewed_by=None, published_at=None)


class AsItCameAbout(Recipe):
    """Evidence of an update, too, that was handed in since."""

    def make(self, **attrs):
        if "update" not in attrs or attrs["update"].is_open:
            return super().make(**attrs)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # as a superuser may
            made = super().make(**attrs)
            cursor.execute("SET LOCAL session_replication_role = origin")
        return made


evidence = AsItCameAbout(
    Evidence,
    action=foreign_key(action),
    title="Made-up minutes",
    url="https://example.org/made-up",
    shows="Nothing.",
    dated_on=PUBLISHED_ON,
)
confirmation = Recipe(
    Confirmation,
    finding=foreign_key(finding),
    closure_status=ClosureStatus.BEING_PROGRESSED,
    confirmed_on=PUBLISHED_ON,
)
