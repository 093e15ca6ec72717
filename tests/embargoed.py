"""One of everything under embargo, each word of it marked."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, DueSetBy, FindingKind, Stance
from findings.models import (
    Action,
    ActionCitation,
    ConfirmationCitation,
    Finding,
    FindingCitation,
    Plan,
    ResponseCitation,
    Theme,
)
from forces.models import Organisation
from inspections.choices import Attribution, Grade, MissingReason, SourceKind
from inspections.models import (
    FieldworkCitation,
    GradingCitation,
    Inspection,
    InspectionCitation,
    Question,
    Source,
)
from tests import factories

TODAY = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_default_timezone())
# Every word that is put under embargo begins with the one, or with the other where it never shows.
HIDDEN, RESTRICTED = "quoll", "numbat"


class Embargoed(NamedTuple):
    """What is not public yet: an inspection, its finding, a plan that answers it, and the action of
    a public plan that does."""

    inspection: Inspection
    finding: Finding
    plan: Plan
    tied: Action


def word(*names):
    """A made-up word that tells where it was leaked from."""
    return HIDDEN + "".join(names)


def cite(model, fact, source):
    return model.objects.create(
        **{model.FACT: fact},
        source=source,
        locator=word(model.FACT, "locator"),
        attribution=Attribution.INSPECTORATE,
    )


def evidence(name, is_public, **of):
    start = HIDDEN if is_public else RESTRICTED
    factories.evidence.make(
        title=f"{start}{name}title",
        url=f"https://example.org/{start}{name}address",
        shows=f"{start}{name}shows",
        is_public=is_public,
        **of,
    )


def make_embargoed(public_at):
    """An inspection of the South West that follows the public one, and all that hangs on it."""
    before = Inspection.objects.get(slug="soc-south-west-2025")
    dorset, gloucestershire, unit = (
        Organisation.objects.get(slug=slug) for slug in ("dorset", "gloucestershire", "swrocu")
    )
    public_finding = Finding.objects.get(reference="F15")
    question = Question.objects.get(is_headline=True)
    staff = factories.staff.make()
    source = Source.objects.create(
        slug=word("sourceslug"),
        publisher=word("publisher"),
        title=word("sourcetitle"),
        url=f"https://example.org/{word('sourceaddress')}",
        read_note=word("readnote"),
        kind=SourceKind.INSPECTORATE,
        published_on=date(2026, 4, 1),
    )
    inspection = Inspection.objects.create(
        programme=before.programme,
        region=before.region,
        title=word("inspection"),
        slug=word("inspectionslug"),
        published_on=date(2026, 4, 1),
        public_at=public_at,
        supersedes=before,
        follow_up=word("followup"),
    )
    cite(InspectionCitation, inspection, source)
    factories.policing_body_comment.make(
        inspection=inspection,
        organisation=gloucestershire,
        source=source,
        locator=word("commentlocator"),
    )
    for organisation, judgment in (
        (dorset, {"grade": Grade.OUTSTANDING}),
        (gloucestershire, {"grade": Grade.GOOD}),
        (unit, {"missing_reason": MissingReason.NOT_GRADED, "grade": None}),
    ):
        fieldwork = factories.fieldwork.make(
            inspection=inspection, organisation=organisation, caveat=word("caveat")
        )
        cite(FieldworkCitation, fieldwork, source)
        grading = factories.grading.make(
            inspection=inspection,
            organisation=organisation,
            question=question,
            not_comparable_because=word("notcomparable"),
            **judgment,
        )
        cite(GradingCitation, grading, source)

    finding = factories.finding.make(
        inspection=inspection,
        reference=word("reference"),
        kind=FindingKind.CAUSE_OF_CONCERN,
        is_region_wide=True,
        unnamed_organisations=word("unnamed"),
        summary=f"A {word('summary')} and what follows from it.",
        detail=word("detail"),
        repeats=public_finding,
    )
    recommendation = factories.finding.make(
        inspection=inspection,
        reference=word("recommendation"),
        kind=FindingKind.RECOMMENDATION,
        summary=word("recommended"),
        cause=finding,
    )
    practice = factories.finding.make(
        inspection=inspection,
        reference=word("practice"),
        kind=FindingKind.PROMISING_PRACTICE,
        summary=word("promising"),
    )
    for found in (finding, recommendation, practice):
        found.organisations.add(dorset, gloucestershire)
        found.themes.add(*Theme.objects.filter(slug__in=("workforce", "technology")))
        cite(FindingCitation, found, source)
    response = factories.response.make(
        inspection=inspection,
        organisation=dorset,
        stance=Stance.ACCEPTED_IN_PART,
        role=word("role"),
        summary=word("response"),
    )
    of_finding = factories.response.make(
        inspection=None,
        finding=finding,
        organisation=gloucestershire,
        role=word("otherrole"),
        summary=word("otherresponse"),
    )
    cite(ResponseCitation, response, source)
    cite(ResponseCitation, of_finding, source)
    confirmation = factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.CLOSED, confirmed_on=date(2026, 2, 1)
    )
    cite(ConfirmationCitation, confirmation, source)

    plan = factories.plan.make(
        organisation=dorset,
        inspection=inspection,
        name=word("plan"),
        slug=word("planslug"),
        period_note=word("periodnote"),
        note=word("plannote"),
    )
    own = factories.action.make(
        plan=plan, number=1, summary=word("own"), owner_role=word("ownowner")
    )
    cite(ActionCitation, own, source)
    own.findings.add(recommendation)
    public_plan = Plan.objects.get(slug="gloucestershire-rapid-improvement-plan")
    tied = factories.action.make(
        plan=public_plan,
        number=90,
        summary=word("tied"),
        owner_role=word("tiedowner"),
        due_on=date(2026, 2, 20),
        first_due_on=date(2026, 1, 20),
        due_set_by=DueSetBy.INSPECTORATE,
        due_moved_because=word("duemoved"),
    )
    cite(ActionCitation, tied, source)
    tied.findings.add(finding, public_finding)
    for name, action in (("own", own), ("tied", tied)):
        update = factories.reported(
            action, ActionStatus.IN_PROGRESS, word(name, "note"), staff, TODAY - timedelta(days=1)
        )
        for is_public in (True, False):
            evidence(f"{name}action", is_public, action=action)
            evidence(f"{name}update", is_public, action=None, update=update)
    return Embargoed(inspection, finding, plan, tied)
