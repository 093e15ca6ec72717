"""Rows about plans and actions: what forces say that they do."""

from typing import NamedTuple

from django.db.models import Count, F, Max, Q

from forces.models import Organisation
from lib.sentences import days_apart

from ..addresses import action_list
from ..choices import (
    ActionStatus,
)
from ..models import (
    Action,
    Plan,
)
from ..progress import with_history
from .counts import LinkedCount


class StatusCount(NamedTuple):
    """How many actions have a status: what the bodies say."""

    status: ActionStatus
    count: int
    url: str


class PlanRow(NamedTuple):
    """A plan and how far its actions have come, as its body says."""

    plan: Plan
    counts: list[StatusCount]
    total: int
    complete: int
    scope: dict

    @property
    def organisation(self):
        return self.plan.organisation

    @property
    def url(self):
        return action_list(**self.scope)

    @property
    def complete_url(self):
        return action_list(**self.scope, status=ActionStatus.COMPLETE.slug)


def actions_by_status(actions, **scope):
    """One row a plan that has any of the actions, by body; each status that occurs, in the order of progress."""
    among = Q(actions__in=actions)
    plans = (
        Plan.objects.filter(among)
        .select_related("organisation__region", "inspection")
        .annotate(
            **{
                s: Count("actions", filter=among & Q(actions__status=s), distinct=True)
                for s in ActionStatus
            }
        )
    )
    rows = []
    for plan in plans:
        chosen = scope | {"plan": plan.slug}
        counts = [
            StatusCount(status, count, action_list(**chosen, status=status.slug))
            for status in ActionStatus
            if (count := getattr(plan, status))
        ]
        complete = getattr(plan, ActionStatus.COMPLETE)
        rows.append(PlanRow(plan, counts, sum(status.count for status in counts), complete, chosen))
    return rows


class ActionCounts(NamedTuple):
    """How many actions a body has, how many it calls complete, and how many are overdue."""

    total: int
    complete: int
    overdue: int
    scope: dict

    @property
    def url(self):
        return action_list(**self.scope)

    @property
    def complete_url(self):
        return action_list(**self.scope, status=ActionStatus.COMPLETE.slug)


def actions_by_organisation(actions, organisations, on, **scope):
    """What each body says of its actions, by its id; bodies without any have zeros."""
    held = {
        organisation: counts
        for organisation, *counts in actions.order_by()
        .values_list("plan__organisation")
        .annotate(
            total=Count("pk"),
            complete=Count("pk", filter=Q(status=ActionStatus.COMPLETE)),
            overdue=Count("pk", filter=Q(pk__in=Action.objects.overdue(on).values("pk"))),
        )
    }
    return {
        organisation.pk: ActionCounts(
            *held.get(organisation.pk, (0, 0, 0)), scope | {"organisation": organisation.slug}
        )
        for organisation in organisations
    }


class Slippage(NamedTuple):
    """How many of a body's actions have a due date that moved, and by how many days the furthest; None where all were taken away."""

    organisation: Organisation
    moved: int
    days: int | None
    url: str

    @property
    def furthest(self):
        """The same in words."""
        return days_apart(self.days) if self.days is not None else "date taken away"


def slippage_by_organisation(actions):
    """One row a body any of whose actions has a due date that moved, in the order of comparisons."""
    organisations = Organisation.objects.filter(plans__actions__in=actions.moved()).annotate(
        moved=Count("plans__actions"),
        days=Max(F("plans__actions__due_on") - F("plans__actions__first_due_on")),
    )
    return [
        Slippage(
            organisation,
            organisation.moved,
            organisation.days and organisation.days.days,
            action_list(organisation=organisation.slug, moved="yes"),
        )
        for organisation in organisations.unit_first()
    ]


class ActionTold(NamedTuple):
    """An action with all that is told of it; whether it is overdue on the page's day, and what took its place."""

    action: Action
    overdue: bool
    superseded_by: Action | None


def actions_of_plan(actions, on):
    """One row an action, in the order of its plan; a successor is named where it is one of them."""
    held = {action.pk: action for action in with_history(actions).order_by("number")}
    return [
        ActionTold(action, action.is_overdue(on), held.get(action.superseded_by_id))
        for action in held.values()
    ]


def unknown_of_actions(actions, **scope):
    """What is not recorded of open actions: only what concerns any."""
    unknown = [
        (actions.undated().count(), "open {action/actions} without a due date", "undated"),
        (actions.unowned().count(), "open {action/actions} without an owner", "unowned"),
        (
            actions.unconfirmed().count(),
            "{action/actions} called complete, with no finding that the inspectorate has closed",
            "unconfirmed",
        ),
    ]
    return [
        LinkedCount.of(count, text, action_list(**scope, **{name: "yes"}))
        for count, text, name in unknown
        if count
    ]
