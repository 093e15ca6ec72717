"""The first page that staff see: the actions that press most, what needs attention, and plans."""

from datetime import date
from itertools import accumulate
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import get_text_list

from forces import access
from forces.attention import AttentionCount, count_attention
from forces.models import Organisation
from inspections import attention as inspection_attention

from .addresses import page_name, writing_page
from .attention import APPROVES, FACTS, PRESSING, PROGRESS, PROPOSALS, WRITES
from .choices import ActionStatus
from .models import Action, Plan, ProgressUpdate, Proposal
from .progress import with_last_update
from .summaries import StatusCount

FIRST_DUE, MOST_PLANS, ACTIONS_A_PAGE = 3, 30, 15
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


class Step(NamedTuple):
    """What a reader may do next about an action: a button, what it is about, and its address."""

    words: str
    about: str
    url: str


class ActionRow(NamedTuple):
    """An action of the worklist, why it is there, and what its reader may do next."""

    action: Action
    why: str
    is_overdue: bool
    steps: list[Step]


class Worklist(NamedTuple):
    """All that the first page shows."""

    actions: list[ActionRow]
    page: Page
    progress: Todo
    facts: Todo | None
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


def pressing_actions(user, on) -> QuerySet[Action]:
    """The actions that a rule picks out for a person, in the order of `PRESSING`.

    `pressing` is the place of the first rule that does; of one rule, the soonest due come first.
    """
    whens = [
        When(
            pk__in=rule.rows(Action.objects.all(), user, on).order_by().values("pk"), then=Value(n)
        )
        for n, rule in enumerate(PRESSING)
        if rule.concerns(user, on)
    ]
    actions = access.rows(user, "findings.view_action", Action.objects.all(), on).annotate(
        pressing=Case(*whens, default=None, output_field=IntegerField())
    )
    return (
        with_last_update(actions.filter(pressing__isnull=False))
        .select_related("plan__organisation")
        .order_by("pressing", F("due_on").asc(nulls_last=True), "plan", "number")
    )


def next_steps(user, actions, on) -> dict[int, list[Step]]:
    """What a person may do next about each of these actions, by their ids."""
    pks = [action.pk for action in actions]
    chosen = Action.objects.filter(pk__in=pks)
    writes, approves = (
        set(access.rows(user, permission, chosen, on).values_list("pk", flat=True))
        for permission in (WRITES, APPROVES)
    )
    steps = {pk: [] for pk in pks}
    for model in PROPOSALS:
        proposals = model.objects.filter(action__in=pks).select_related("action__plan", "by")
        for proposal in proposals.awaiting_approval_by(user).order_by("at"):
            if proposal.action_id in approves:
                steps[proposal.action_id].append(step("Approve", "approve", proposal))
        for proposal in proposals.left_behind(on).open():
            if proposal.action_id in approves:
                steps[proposal.action_id].append(
                    step("Take over or close", "left_behind", proposal)
                )
        for proposal in proposals.open().filter(by=user):
            if proposal.action_id in writes:
                words = "Continue your draft" if proposal.is_draft else "Put it right"
                url = reverse(writing_page(proposal), args=[proposal.action_id])
                steps[proposal.action_id].append(
                    Step(words, f": {proposal.NOUN} on {proposal.action}", url)
                )
    for action in actions:
        if action.pk in writes and action.status != ActionStatus.SUPERSEDED:
            url = reverse("admin:findings_action_record_progress", args=[action.pk])
            steps[action.pk] = steps[action.pk] or [Step("Record progress", f" on {action}", url)]
    return steps


def step(words, page, proposal: Proposal) -> Step:
    """The step to a page of a proposal; what is no progress update is named in the button."""
    is_update = isinstance(proposal, ProgressUpdate)
    return Step(
        words if is_update else f"{words}: {proposal.NOUN}",
        f"{' progress' if is_update else ''} of {proposal.action}, from {proposal.by}",
        reverse(page_name(proposal, page), args=[proposal.pk]),
    )


def action_rows(user, page, on) -> list[ActionRow]:
    """The rows of one page of actions."""
    actions = list(page.object_list)
    steps = next_steps(user, actions, on)
    return [
        ActionRow(action, PRESSING[action.pressing].words, action.is_overdue(on), steps[action.pk])
        for action in actions
    ]


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


def worklist(user, on: date, page=1):
    """What a person's first page shows on a day."""
    organisations = organisations_of(user, on)
    rules = [*PROGRESS, *inspection_attention.ATTENTION_RULES, *FACTS]
    counts = count_attention(rules, user, on)
    progress = [row for row in counts if row.rule in PROGRESS]
    facts = [row for row in counts if row.rule not in PROGRESS]
    plans = list(plans_of(user, on)[: MOST_PLANS + 1])
    ids = {plan.next_pk for plan in plans}
    reportable = access.rows(user, WRITES, Action.objects.filter(pk__in=ids), on).in_bulk()
    actions = Paginator(pressing_actions(user, on), ACTIONS_A_PAGE).get_page(page)
    return Worklist(
        action_rows(user, actions, on),
        actions,
        todo(progress, organisations),
        todo(facts, []) if facts else None,
        [plan_progress(plan, reportable) for plan in plans[:MOST_PLANS]],
        len(plans) > MOST_PLANS,
        organisations,
    )
