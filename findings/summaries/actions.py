"""Rows about plans and actions, as forces report them."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from forces.addresses import Scope
from forces.models import Organisation
from forces.summaries import organisations_by_slug
from inspections.models import Inspection
from lib.lists.freshness import until_changed
from lib.lists.selections import Selection
from lib.sentences import plural

from ..addresses import ACTIONS_ON_A_PAGE, action_list, page_of_action
from ..choices import ENDED_STATUSES, ActionStatus
from ..models import Action, Plan, ProgressUpdate
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


@until_changed
def plans_called(at: datetime, *slugs: str) -> list[Plan]:
    """The plans with these slugs by organisation, the units first."""
    plans = Plan.objects.filter(slug__in=slugs).select_related("organisation__region", "inspection")
    return list(plans.order_by("-organisation__kind", "organisation__short_name", "name"))


@until_changed
def other_plans(at: datetime, *slugs: str) -> list[Plan]:
    """The public plans without these slugs."""
    plans = Plan.objects.published(at).exclude(slug__in=slugs)
    return list(plans.select_related("organisation"))


def actions_by_status(actions: Selection, **scope: str | list[str]) -> list[PlanRow]:
    """One row for each plan with any of these actions, and a count for each status that occurs.

    Plans come by organisation, the unit first, and statuses in the order of progress.
    """
    found, of_status = actions.counts("plan"), {}
    for status in ActionStatus:
        of_status[status] = actions.having(status=status.slug).counts_of("plan", found)
    rows = []
    for plan in plans_called(actions.at, *found):
        slug = plan.slug
        own_scope = scope | {"plan": slug}
        counts = [
            StatusCount(status, count, action_list(**own_scope, status=status.slug))
            for status in ActionStatus
            if (count := of_status[status][slug])
        ]
        complete = of_status[ActionStatus.COMPLETE][slug]
        rows.append(PlanRow(plan, counts, found[slug], complete, own_scope))
    return rows


@until_changed
def plans_responding_to(at: datetime, inspection: int) -> list[str]:
    """The slugs of the plans that respond to the inspection with this id."""
    return list(Plan.objects.filter(inspection=inspection).values_list("slug", flat=True))


def actions_responding_to(actions: Selection, inspection: Inspection) -> Selection:
    """Those of these actions whose plans respond to an inspection."""
    plans = plans_responding_to(actions.at, inspection.pk)
    return actions.having(plan=plans) if plans else actions.among([])


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
    actions: Selection,
    organisations: Collection[Organisation],
    **scope: str | list[str],
) -> dict[int, ActionCounts]:
    """The action counts of each organisation, by its id; organisations without any have zeros."""
    slugs = [organisation.slug for organisation in organisations]
    chosen = (
        {},
        {"status": ActionStatus.COMPLETE.slug},
        {"status": [status.slug for status in ActionStatus if status not in ENDED_STATUSES]},
        {"undated": "yes"},
        {"overdue": "yes"},
    )
    counts = [
        actions.having(**choices).counts_of("organisation", slugs).values() for choices in chosen
    ]
    return {
        one.pk: ActionCounts(*found, scope | {"organisation": one.slug})
        for one, *found in zip(organisations, *counts, strict=True)
    }


class OrganisationSlippage(NamedTuple):
    """How far an organisation's due dates moved, and where those actions are listed."""

    organisation: Organisation
    slippage: Slippage
    unowned: LinkedCount
    url: str


def slippage_by_organisation(actions: Selection) -> list[OrganisationSlippage]:
    """One row for each organisation that moved due dates, the unit first, of all public actions."""
    slippage = slippage_by_owner(actions.at)
    unowned = actions.having(unowned="yes").counts("organisation")
    return [
        OrganisationSlippage(
            organisation,
            slippage[organisation.pk],
            LinkedCount(
                unowned.get(slug, 0),
                "open actions without an owner",
                action_list(organisation=slug, unowned="yes"),
            ),
            action_list(organisation=slug, moved="yes"),
        )
        for slug, organisation in organisations_by_slug(actions.at).items()
        if organisation.pk in slippage
    ]


MOST_UPDATES = 5


@until_changed
def latest_updates(at: datetime, region: int, programme: int | None) -> list[ProgressUpdate]:
    """The latest updates of a region's public actions, by ids; of one programme, or of all."""
    actions = Action.objects.published(at).in_region(region)
    updates = ProgressUpdate.objects.of_actions(actions.of_programme(programme))
    return list(updates.for_display()[:MOST_UPDATES])


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


def unknown_of_actions(actions: Selection, **scope: str | list[str]) -> list[LinkedCount]:
    """How many actions lack a due date, an owner or a confirmation; rows of zero are left out."""
    undated, unowned, unconfirmed = (
        actions.having(**{lack: "yes"}).count for lack in ("undated", "unowned", "unconfirmed")
    )
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
