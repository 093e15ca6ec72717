"""The first page that staff see: what needs attention, what is due first, and their plans."""

from datetime import date
from itertools import accumulate
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import get_text_list

from forces import access
from forces.attention import AttentionCount, count_attention
from forces.models import Organisation
from inspections import attention as inspection_attention

from .attention import FACTS, PROGRESS
from .choices import ActionStatus
from .models import Action, Plan
from .summaries import StatusCount

FIRST_DUE, MOST_PLANS = 3, 30
# The order of statuses in a bar: the most advanced first, dropped ones last.
BAR_ORDER = [
    ActionStatus.COMPLETE,
    ActionStatus.PENDING_SIGN_OFF,
    ActionStatus.EMBEDDING,
    ActionStatus.IN_PROGRESS,
    ActionStatus.NOT_STARTED,
    ActionStatus.ANNOUNCED,
    ActionStatus.NOT_PURSUED,
    ActionStatus.SUPERSEDED,
]
BAR_WIDTH = 240


class Waiting(NamedTuple):
    """How many rows a rule picks out, and how many of them belong to each organisation."""

    count: int
    words: str
    url: str
    organisations: list


class Todo(NamedTuple):
    """What needs attention, and the words of the rules that pick out nothing."""

    counts: list[Waiting]
    none: list[str]

    @property
    def none_in_words(self):
        return get_text_list(self.none, "or")


class BarSegment(NamedTuple):
    """The part of a plan's bar that stands for one status, in pixels."""

    status: ActionStatus
    left: int
    width: int


class PlanProgress(NamedTuple):
    """A plan, its actions by status, and the action that is due next.

    `next_action` is None if the reader may not report on it.
    """

    plan: Plan
    counts: list[StatusCount]
    bar: list[BarSegment]
    total: int
    total_url: str
    next_action: Action | None


class DueAction(NamedTuple):
    """An action with a date, and whether the reader may report on it."""

    action: Action
    is_overdue: bool
    may_record: bool


class Worklist(NamedTuple):
    """All that the first page shows."""

    progress: Todo
    facts: Todo | None
    first_due: list[DueAction]
    plans: list[PlanProgress]
    more_plans: bool
    organisations: list[Organisation]


def todo(attention_counts: list[AttentionCount], organisations):
    """What the rules pick out, by organisation where there are several."""
    counts = [
        Waiting(
            row.count,
            row.rule.phrase(row.count),
            row.url,
            [
                (organisation, count, row.rule.address(organisation.pk))
                for organisation in organisations
                if (count := row.of_organisations.get(organisation.pk))
            ]
            if len(organisations) > 1
            else [],
        )
        for row in attention_counts
        if row.count
    ]
    return Todo(counts, [row.rule.words for row in attention_counts if not row.count])


def bar(counts, total):
    """The segments of a plan's bar, each as wide as its share of the actions."""
    ends = list(accumulate((count.count for count in counts), initial=0))
    return [
        BarSegment(
            count.status,
            round(BAR_WIDTH * start / total),
            round(BAR_WIDTH * count.count / total),
        )
        for count, start in zip(counts, ends, strict=False)
    ]


def action_changelist(**filters):
    """The address of the admin's list of actions with these filters."""
    return f"{reverse('admin:findings_action_changelist')}?{urlencode(filters)}"


def first_due(user, on):
    """The few actions that are due first, beginning with overdue ones."""
    actions = access.rows(
        user, "findings.view_action", Action.objects.open().filter(due_on__isnull=False), on
    )
    return list(actions.by_due_date().select_related("plan__organisation")[:FIRST_DUE])


def plans_of(user, on):
    """The plans of a person's organisations, by the date of the action that is due next."""
    upcoming = Action.objects.open().filter(plan=OuterRef("pk")).by_due_date()
    plans = access.rows(user, "findings.view_plan", Plan.objects.all(), on).annotate(
        next_pk=Subquery(upcoming.values("pk")[:1]),
        next_due_on=Subquery(upcoming.values("due_on")[:1]),
        **{status: Count("actions", filter=Q(actions__status=status)) for status in ActionStatus},
    )
    return plans.select_related("organisation").order_by(
        F("next_due_on").asc(nulls_last=True), "organisation__short_name", "name"
    )


def plan_progress(plan, reportable):
    """The row of a plan; `reportable` has the actions that the reader may report on, by id."""
    counts = [
        StatusCount(status, count, action_changelist(plan__id__exact=plan.pk, status__exact=status))
        for status in BAR_ORDER
        if (count := getattr(plan, status))
    ]
    total = sum(count.count for count in counts)
    return PlanProgress(
        plan,
        counts,
        bar(counts, total),
        total,
        action_changelist(plan__id__exact=plan.pk),
        reportable.get(plan.next_pk),
    )


def organisations_of(user, on):
    """The organisations that a person works for; an empty list if they work for all."""
    ids = access.organisations(user, "findings.view_action", on)
    return list(Organisation.objects.filter(pk__in=ids)) if ids else []


def worklist(user, on: date):
    """What a person's first page shows on a day."""
    organisations = organisations_of(user, on)
    rules = [*PROGRESS, *inspection_attention.ATTENTION_RULES, *FACTS]
    counts = count_attention(rules, user, on)
    progress = [row for row in counts if row.rule in PROGRESS]
    facts = [row for row in counts if row.rule not in PROGRESS]
    due, plans = first_due(user, on), list(plans_of(user, on)[: MOST_PLANS + 1])
    ids = {action.pk for action in due} | {plan.next_pk for plan in plans}
    reportable = access.rows(
        user, "findings.add_progressupdate", Action.objects.filter(pk__in=ids), on
    ).in_bulk()
    return Worklist(
        todo(progress, organisations),
        todo(facts, []) if facts else None,
        [DueAction(action, action.is_overdue(on), action.pk in reportable) for action in due],
        [plan_progress(plan, reportable) for plan in plans[:MOST_PLANS]],
        len(plans) > MOST_PLANS,
        organisations,
    )
