"""How far what was found and planned is recorded here; nought is said only where it is."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import NullIf

from inspections.choices import Coverage
from inspections.models import Fieldwork, Grading, Inspection

from .models import Plan

NOT_RECORDED = "not recorded here"
NO_PLAN = "no plan recorded"
NO_ACTION = "no action recorded"
NO_DATE = "no open action has a date"


def with_coverage(organisations, at, programme=None):
    """Organisations with `coverages`, one value for all alike inspections, and `has_plan`.

    An organisation's inspections are those that graded or visited it, or those among them of one
    programme; `has_plan_for_it` says whether a plan responds to these.
    """
    own = {"organisation": OuterRef(OuterRef("pk")), "inspection": OuterRef("pk")}
    inspections = Inspection.objects.published(at).filter(
        Exists(Grading.objects.filter(**own)) | Exists(Fieldwork.objects.filter(**own))
    )
    plans = Plan.objects.published(at).filter(organisation=OuterRef("pk"))
    for_it = plans
    if programme:
        inspections = inspections.filter(programme=programme)
        for_it = plans.filter(inspection__programme=programme)
    return organisations.annotate(
        coverages=ArraySubquery(inspections.order_by().values("findings_recorded").distinct()),
        has_plan=Exists(plans),
        has_plan_for_it=Exists(for_it),
    )


def known_findings(count):
    """A count of an organisation's findings; null if it is 0 and not all are recorded."""
    return Case(When(coverages=[Coverage.WHOLE], then=F(count)), default=NullIf(F(count), 0))


def known_actions(count, actions):
    """A count of some of an organisation's actions; null if there are none of these actions."""
    return Case(When(**{f"{actions}__gt": 0}, then=F(count)))


def known_overdue(count, open_actions, undated):
    """A count of overdue actions; null if there are open actions and none has a due date."""
    return Case(When(**{f"{open_actions}__gt": 0, undated: F(open_actions)}), default=F(count))


def together():
    """How far the findings of an organisation's inspections are recorded, taken together."""
    return Case(
        When(coverages=[Coverage.WHOLE], then=Value(Coverage.WHOLE)),
        When(Q(positive__gt=0) | Q(negative__gt=0), then=Value(Coverage.IN_PART)),
        When(coverages__contained_by=[Coverage.GRADES_ONLY], then=Value(Coverage.GRADES_ONLY)),
        default=Value(Coverage.IN_PART),
    )
