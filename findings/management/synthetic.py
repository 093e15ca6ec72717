"""Synthetic regions, marked as made up: to show, test and measure with."""

from datetime import timedelta
from itertools import cycle, pairwise, product
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.text import slugify

from findings.choices import (
    NEGATIVE_KINDS,
    ActionStatus,
    ClosureStatus,
    DueSetBy,
    FindingKind,
    ProposalState,
    Stance,
)
from findings.models import (
    Action,
    ActionCitation,
    Confirmation,
    ConfirmationCitation,
    DueDateChange,
    Evidence,
    Finding,
    FindingCitation,
    Plan,
    ProgressUpdate,
    Response,
    ResponseCitation,
    Theme,
)
from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from inspections.choices import (
    Attribution,
    Coverage,
    Grade,
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
    Programme,
    Question,
    Source,
)

FRONTS = [
    "Alder",
    "Bracken",
    "Cinder",
    "Dunnock",
    "Elder",
    "Fern",
    "Gorse",
    "Hazel",
    "Iron",
    "Juniper",
]
BACKS = ["mere", "holt", "stead", "garth", "combe", "fell", "beck", "wold"]
PLACES = [front + back for back, front in product(BACKS, FRONTS)]
# The statuses that an action goes through, not started first; none is superseded.
WAYS = [
    [],
    [ActionStatus.IN_PROGRESS],
    [ActionStatus.IN_PROGRESS, ActionStatus.EMBEDDING],
    [ActionStatus.IN_PROGRESS, ActionStatus.PENDING_SIGN_OFF],
    [ActionStatus.IN_PROGRESS, ActionStatus.PENDING_SIGN_OFF, ActionStatus.COMPLETE],
    [ActionStatus.NOT_PURSUED],
]


class SyntheticRegion(NamedTuple):
    """A region that does not exist, and the rows made with it."""

    region: Region
    organisations: list[Organisation]
    inspection: Inspection
    gradings: list[Grading]
    findings: list[Finding]
    plans: list[Plan]
    actions: list[Action]


@transaction.atomic
def make_synthetic_region(name, organisations, findings, plans, published_on, public_at):
    """Write a region that does not exist: its unit and forces, an inspection, findings and plans.

    The same arguments make the same rows, whatever themes there are.
    """
    region = Region.objects.create(name=name, slug=f"made-up-{slugify(name)}", is_synthetic=True)
    source = Source.objects.create(
        slug=f"{region.slug}-report",
        publisher="Nobody",
        title=f"A report on {name}, which does not exist",
        kind=SourceKind.INSPECTORATE,
        published_on=published_on,
    )
    question = headline_question()
    inspection = Inspection.objects.create(
        programme=question.programme,
        region=region,
        title=f"{name}, a made-up inspection",
        slug=f"{region.slug}-inspection",
        published_on=published_on,
        public_at=public_at,
        follow_up="Nobody will follow this up.",
        findings_recorded=Coverage.WHOLE,
    )
    cite(InspectionCitation, "inspection", [inspection], source)
    organisations = make_synthetic_organisations(region, organisations)
    gradings = make_synthetic_gradings(inspection, question, organisations, source)
    made_findings = make_synthetic_findings(inspection, organisations, findings, source)
    make_synthetic_responses(inspection, organisations, source)
    made_plans = Plan.objects.bulk_create(
        Plan(
            organisation=organisation,
            inspection=inspection,
            name=f"{organisation.short_name}: made-up plan",
            slug=f"{organisation.slug}-plan",
            starts_on=published_on,
            period_note="Made up.",
        )
        for organisation in organisations[:plans]
    )
    actions = make_synthetic_actions(made_plans, made_findings, source)
    return SyntheticRegion(
        region, organisations, inspection, gradings, made_findings, made_plans, actions
    )


def headline_question():
    """The question that organisations are compared on, or a made-up one where there is none."""
    if question := Question.objects.select_related("programme").filter(is_headline=True).first():
        return question
    programme = Programme.objects.create(
        name="Made-up inspections", short_name="Made up", slug="made-up", scale=Scale.FIVE
    )
    return Question.objects.create(
        programme=programme, slug="made-up", name="A made-up question", position=1, is_headline=True
    )


def cite(model, fact, rows, source, attribution=Attribution.INSPECTORATE):
    """Make each row cite the source."""
    model.objects.bulk_create(
        model(**{fact: row}, source=source, locator=f"¶{place}", attribution=attribution)
        for place, row in enumerate(rows, 1)
    )


def make_synthetic_organisations(region, count):
    """A regional unit and forces, with made-up names."""
    unit = Organisation(
        region=region,
        kind=OrganisationKind.UNIT,
        name=f"{region} Regional Organised Crime Unit (made up)",
        short_name=f"{region} unit",
        slug=f"{region.slug}-unit",
    )
    names = [
        PLACES[n % len(PLACES)] + f" {n // len(PLACES) + 1}" * (n >= len(PLACES))
        for n in range(count - 1)
    ]
    forces = [
        Organisation(
            region=region,
            kind=OrganisationKind.FORCE,
            name=f"{place} Police, {region} (made up)",
            short_name=f"{place} ({region})",
            slug=f"{region.slug}-{slugify(place)}",
        )
        for place in names
    ]
    return Organisation.objects.bulk_create([unit, *forces])


def make_synthetic_gradings(inspection, question, organisations, source):
    """Gradings of every grade in turn, and then of none."""
    judgments = [*((grade, "") for grade in Grade), (None, MissingReason.NOT_FOUND)]
    gradings = Grading.objects.bulk_create(
        Grading(
            inspection=inspection,
            organisation=organisation,
            question=question,
            grade=grade,
            missing_reason=reason,
            not_comparable_because="made up",
        )
        for organisation, (grade, reason) in zip(organisations, cycle(judgments))
    )
    cite(GradingCitation, "grading", [grading for grading in gradings if grading.grade], source)
    fieldwork = Fieldwork.objects.bulk_create(
        Fieldwork(
            inspection=inspection,
            organisation=organisation,
            fieldwork_from=inspection.published_on - timedelta(days=300 + place % 60),
            fieldwork_to=inspection.published_on - timedelta(days=270),
            precision=Precision.MONTH,
        )
        for place, organisation in enumerate(organisations)
    )
    cite(FieldworkCitation, "fieldwork", fieldwork, source)
    return gradings


def make_synthetic_findings(inspection, organisations, count, source):
    """Findings of every kind in turn; half have two themes.

    One in five is region-wide, the others name one organisation each.
    """
    themes = list(Theme.objects.in_use()) or Theme.objects.bulk_create(
        Theme(name=f"Made-up theme {n}", slug=f"made-up-theme-{n}", definition="Made up.")
        for n in range(1, 11)
    )
    findings = []
    for n, kind in zip(range(count), cycle(FindingKind)):
        # A recommendation follows its cause of concern.
        cause = findings[-1] if kind == FindingKind.RECOMMENDATION else None
        findings.append(
            Finding(
                inspection=inspection,
                reference=f"{inspection.region.slug}-{n + 1}",
                kind=kind,
                is_region_wide=n % 5 == 4,
                unnamed_organisations="some forces" if n % 10 == 9 else "",
                summary=f"Made up: {kind.label} {n + 1}, which nobody found.",
                detail="It concerns IT that nobody uses." if n % 10 == 0 else "",
                cause=cause,
            )
        )
    Finding.objects.bulk_create(finding for finding in findings if finding.cause is None)
    Finding.objects.bulk_create(finding for finding in findings if finding.cause is not None)
    Finding.organisations.through.objects.bulk_create(
        Finding.organisations.through(
            finding=finding, organisation=organisations[n % len(organisations)]
        )
        for n, finding in enumerate(findings)
        if not finding.is_region_wide
    )
    Finding.themes.through.objects.bulk_create(
        Finding.themes.through(finding=finding, theme=themes[(n + step) % len(themes)])
        for n, finding in enumerate(findings)
        for step in range(1 + (n % 2 and len(themes) > 1))
    )
    cite(FindingCitation, "finding", findings, source)
    return findings


def make_synthetic_responses(inspection, organisations, source):
    """Every stance in turn, and silence."""
    responses = Response.objects.bulk_create(
        Response(
            inspection=inspection,
            organisation=organisation,
            is_for_region=organisation.is_unit,
            stance=stance,
            role="made-up officer",
            summary="Made up: says what nobody said.",
            said_on=inspection.published_on,
        )
        for organisation, stance in zip(organisations, cycle([*Stance, None]))
        if stance
    )
    cite(ResponseCitation, "response", responses, source, Attribution.ORGANISATION)


def make_synthetic_actions(plans, findings, source):
    """One action for each finding that asks for one, the plans taking turns.

    Some are overdue, moved, undated or unowned.
    """
    if not plans:
        return []
    writer, approver = (
        get_user_model().objects.get_or_create(
            username=name, defaults={"password": make_password(None), "is_active": False}
        )[0]
        for name in ("made-up-officer", "made-up-inspector")
    )
    inspection = plans[0].inspection
    answered = [finding for finding in findings if finding.kind in NEGATIVE_KINDS]
    actions = []
    for n, (finding, way) in enumerate(zip(answered, cycle(WAYS))):
        due = inspection.published_on + timedelta(days=30 * (1 + n % 24)) if n % 4 else None
        moved = due is not None and n % 5 == 0
        actions.append(
            Action(
                plan=plans[n % len(plans)],
                number=n // len(plans) + 1,
                summary=f"Made up: put right what {finding.reference} says.",
                status=way[-1] if way else ActionStatus.NOT_STARTED,
                owner_role="made-up officer" if n % 3 else "",
                due_on=due,
                due_set_by=DueSetBy.ORGANISATION if due else "",
                first_due_on=due - timedelta(days=30) if moved else due,
                due_moved_because="Made up." if moved else "",
            )
        )
    Action.objects.bulk_create(actions)
    Action.findings.through.objects.bulk_create(
        Action.findings.through(action=action, finding=finding)
        for action, finding in zip(actions, answered, strict=True)
    )
    cite(ActionCitation, "action", actions, source, Attribution.ORGANISATION)
    start = midnight(inspection.published_on)
    ProgressUpdate.objects.bulk_create(
        ProgressUpdate(
            action=action,
            moved_from=before,
            status=after,
            note=f"Made up: now {after.label}.",
            state=ProposalState.PUBLISHED,
            by=writer,
            at=start + timedelta(days=10 * step, minutes=n),
            reviewed_by=approver,
            published_at=start + timedelta(days=10 * step + 1, minutes=n),
        )
        for n, (action, way) in enumerate(zip(actions, cycle(WAYS)))
        for step, (before, after) in enumerate(pairwise([ActionStatus.NOT_STARTED, *way]), 1)
    )
    make_submitted_updates(actions, writer, start)
    make_due_date_changes(actions, writer, approver, start)
    complete = [
        (action, finding)
        for action, finding in zip(actions, answered, strict=True)
        if action.status == ActionStatus.COMPLETE
    ]
    Evidence.objects.bulk_create(
        Evidence(
            action=action,
            title="Made-up minutes",
            url=f"https://example.org/{action.plan.slug}/{action.number}",
            shows="That nothing was done.",
            dated_on=inspection.published_on + timedelta(days=40),
            is_public=n % 2 == 0,
        )
        for n, (action, _) in enumerate(complete)
    )
    statuses = ClosureStatus.CLOSED, ClosureStatus.AWAITING_REVIEW, ClosureStatus.BEING_PROGRESSED
    confirmations = Confirmation.objects.bulk_create(
        Confirmation(
            finding=finding,
            closure_status=closure_status,
            confirmed_on=inspection.published_on + timedelta(days=60),
        )
        for (_, finding), closure_status in zip(complete, cycle(statuses))
    )
    cite(ConfirmationCitation, "confirmation", confirmations, source)
    return actions


def make_submitted_updates(actions, writer, start):
    """An update of every second open action that awaits approval, so is not public."""
    open_actions = [action for action in actions if not action.has_ended]
    ProgressUpdate.objects.bulk_create(
        ProgressUpdate(
            action=action,
            moved_from=action.status,
            status=action.status,
            note="Made up: nothing new, and nobody has approved it.",
            state=ProposalState.SUBMITTED,
            by=writer,
            at=start + timedelta(days=60, minutes=n),
        )
        for n, action in enumerate(open_actions[::2])
    )


def make_due_date_changes(actions, writer, approver, start):
    """The changes of due dates: each set once, and moved where it is no longer the first."""
    moved, later = [action for action in actions if action.days_moved], start + timedelta(days=20)
    settings = [(action, None, action.first_due_on, start) for action in actions if action.due_on]
    settings += [(action, action.first_due_on, action.due_on, later) for action in moved]
    DueDateChange.objects.bulk_create(
        DueDateChange(
            action=action,
            was_on=was_on,
            due_on=due_on,
            set_by=action.due_set_by,
            reason="Made up.",
            state=ProposalState.PUBLISHED,
            by=writer,
            reviewed_by=approver,
            **dict.fromkeys(("at", "published_at"), at),
        )
        for action, was_on, due_on, at in settings
    )
