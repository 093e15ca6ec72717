"""Rows about plans and actions, as forces report them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db.models import Count, QuerySet

from forces.addresses import Scope
from forces.models import Organisation
from lib.sentences import plural

from ..addresses import ACTIONS_ON_A_PAGE, action_list, page_of_action
from ..choices import ActionStatus
from ..models import IS_COMPLETE, IS_OPEN, IS_UNDATED, Action, Plan, is_overdue
from ..progress import with_history
from .counts import LinkedCount
from .due_dates import Slippage, slippage_by_owner


class StatusCount(NamedTuple):
    """How many actions have a status, and the address of their list."""

    status: ActionStatus
    count: int
    url: str


class PlanRow(NamedTuple):
    """A plan and how far its actions have got, as its organisation says."""

    plan: Plan
    counts: list[StatusCount]
    total: int
    complete: int
    scope: Scope

    @property
    def organisation(self) -> Organisation:
        return self.plan.organisation

    @property
    def url(self) -> str:
        return action_list(**self.scope)

    @property
    def complete_url(self) -> str:
        return action_list(**self.scope, status=ActionStatus.COMPLETE.slug)


def actions_by_status(actions: QuerySet[Action], **scope: str | list[str]) -> list[PlanRow]:
    """One row for each plan with any of these actions, and a count for each status that occurs.

    Plans come by organisation, the unit first, and statuses in the order of progress.
    """
    found = {
        (plan, status): count
        for plan, status, count in actions.order_by()
        .values_list("plan", "status")
        .annotate(Count("pk"))
    }
    plans = Plan.objects.filter(pk__in={plan for plan, _ in found})
    plans = plans.order_by("-organisation__kind", "organisation__short_name", "name")
    rows = []
    for plan in plans.select_related("organisation__region", "inspection"):
        own_scope = scope | {"plan": plan.slug}
        counts = [
            StatusCount(status, count, action_list(**own_scope, status=status.slug))
            for status in ActionStatus
            if (count := found.get((plan.pk, status)))
        ]
        total, complete = (
            sum(row.count for row in counts),
            found.get((plan.pk, ActionStatus.COMPLETE), 0),
        )
        rows.append(PlanRow(plan, counts, total, complete, own_scope))
    return rows


class ActionCounts(NamedTuple):
    """How many actions an organisation has, calls complete, and is late with.

    `undated` are those of the `open` ones without a due date, which nobody can be late with.
    `has_plan` says whether none means that its plans have none, or that no plan is recorded.
    """

    total: int
    complete: int
    open: int
    undated: int
    overdue: int
    scope: Scope
    has_plan: bool = True

    @property
    def url(self) -> str:
        return action_list(**self.scope)

    @property
    def complete_url(self) -> str:
        return action_list(**self.scope, status=ActionStatus.COMPLETE.slug)


def actions_by_organisation(
    actions: QuerySet[Action],
    organisations: Collection[Organisation],
    on: date,
    **scope: str | list[str],
) -> dict[int, ActionCounts]:
    """The action counts of each organisation, by its id; organisations without any have zeros."""
    plans = Plan.objects.filter(organisation__in=[one.pk for one in organisations]).order_by()
    owners = dict(plans.values_list("pk", "organisation"))
    counts_by_id = defaultdict(list)
    for plan, *counts in (
        actions.order_by()
        .filter(plan__in=list(owners))
        .values_list("plan")
        .annotate(
            total=Count("pk"),
            complete=Count("pk", filter=IS_COMPLETE),
            open=Count("pk", filter=IS_OPEN),
            undated=Count("pk", filter=IS_UNDATED),
            overdue=Count("pk", filter=is_overdue(on)),
        )
    ):
        counts_by_id[owners[plan]].append(counts)
    return {
        organisation.pk: ActionCounts(
            *map(sum, zip(*counts_by_id.get(organisation.pk, [(0, 0, 0, 0, 0)]), strict=True)),
            scope | {"organisation": organisation.slug},
        )
        for organisation in organisations
    }


class OrganisationSlippage(NamedTuple):
    """How far an organisation's due dates moved, and where those actions are listed."""

    organisation: Organisation
    slippage: Slippage
    unowned: LinkedCount
    url: str


def slippage_by_organisation(actions: QuerySet[Action]) -> list[OrganisationSlippage]:
    """One row for each organisation that moved due dates of these actions, the unit first."""
    slippage = slippage_by_owner(actions)
    unowned = dict(
        actions.unowned().order_by().values_list("plan__organisation").annotate(Count("pk"))
    )
    return [
        OrganisationSlippage(
            organisation,
            slippage[organisation.pk],
            LinkedCount(
                unowned.get(organisation.pk, 0),
                "open actions without an owner",
                action_list(organisation=organisation.slug, unowned="yes"),
            ),
            action_list(organisation=organisation.slug, moved="yes"),
        )
        for organisation in Organisation.objects.filter(pk__in=slippage).unit_first()
    ]


class ActionRow(NamedTuple):
    """An action, whether it is overdue, and the action that took its place."""

    action: Action
    overdue: bool
    superseded_by: Action | None


def pages_of_plan(actions: QuerySet[Action]) -> list[int]:
    """The pages that a plan with these actions has."""
    numbers = actions.order_by("number").values_list("number", flat=True)
    return list(dict.fromkeys(map(page_of_action, numbers)))


def actions_of_plan(actions: QuerySet[Action], on: date, page: int = 1) -> list[ActionRow]:
    """One row for each action of a page, in the plan's order, with what took its place of these."""
    last = page * ACTIONS_ON_A_PAGE
    first = last - ACTIONS_ON_A_PAGE + 1 if page > 1 else 0
    rows = list(with_history(actions).filter(number__range=(first, last)).order_by("number"))
    successors = actions.filter(
        pk__in=[row.superseded_by_id for row in rows if row.superseded_by_id]
    )
    by_id = successors.select_related("plan").in_bulk()
    return [
        ActionRow(action, action.is_overdue(on), by_id.get(action.superseded_by_id))
        for action in rows
    ]


def unknown_of_actions(actions: QuerySet[Action], **scope: str | list[str]) -> list[LinkedCount]:
    """How many actions lack a due date, an owner or a confirmation; rows of zero are left out."""
    undated, unowned = actions.undated().count(), actions.unowned().count()
    unconfirmed = actions.unconfirmed().count()
    rows = [
        LinkedCount(
            undated,
            f"{plural(undated, 'open action')} without a due date",
            action_list(**scope, undated="yes"),
        ),
        LinkedCount(
            unowned,
            f"{plural(unowned, 'open action')} without an owner",
            action_list(**scope, unowned="yes"),
        ),
        LinkedCount(
            unconfirmed,
            f"{plural(unconfirmed, 'action')} called complete,"
            " with no finding that the inspectorate has closed",
            action_list(**scope, unconfirmed="yes"),
        ),
    ]
    return [row for row in rows if row.count]
