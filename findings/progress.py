"""Both lanes read together: what forces say of their actions, and what the inspectorate has confirmed of findings."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, OuterRef, Subquery, Value, When

from .choices import ActionStatus, ClosureStatus, FindingProgress
from .models import Action, Confirmation


def with_progress(findings, at):
    """Findings with `progress`, a `FindingProgress`, and the `closure_status` that it rests on."""
    actions = Action.objects.published(at).filter(findings=OuterRef("pk"))
    confirmations = Confirmation.objects.filter(finding=OuterRef("pk")).latest_first()
    return findings.annotate(
        closure_status=Subquery(confirmations.values("closure_status")[:1])
    ).annotate(
        progress=Case(
            When(closure_status=ClosureStatus.CLOSED, then=Value(FindingProgress.CONFIRMED)),
            When(~Exists(actions), then=Value(FindingProgress.NO_ACTION)),
            When(Exists(actions.open()), then=Value(FindingProgress.IN_PROGRESS)),
            When(
                Exists(actions.filter(status=ActionStatus.COMPLETE)),
                then=Value(FindingProgress.COMPLETE),
            ),
            default=Value(FindingProgress.NOT_PURSUED),
            output_field=CharField(),
        )
    )


def with_overdue_action(findings, on, at):
    """Those findings that an overdue action answers."""
    overdue = Action.objects.published(at).overdue(on)
    return findings.filter(Exists(overdue.filter(findings=OuterRef("pk"))))


def for_list(findings, at):
    """Findings with all that a list shows of them, the `action_statuses` of their actions too."""
    statuses = Action.objects.published(at).filter(findings=OuterRef("pk")).order_by("status")
    return (
        findings.with_responses()
        .select_related("inspection__region")
        .prefetch_related("themes", "citations")
        .annotate(action_statuses=ArraySubquery(statuses.values("status").distinct()))
        .defer("search")
    )
