"""Attention rules for actions, progress updates and findings."""

from django.db.models import Q

from forces.attention import AttentionRule
from inspections.attention import uncited_rule

from .models import (
    Action,
    Confirmation,
    DueDateChange,
    Finding,
    OwnerChange,
    ProgressUpdate,
    Response,
)
from .progress import stale

WRITES, APPROVES = "findings.add_progressupdate", "findings.approve_proposal"
PROPOSALS = (ProgressUpdate, DueDateChange, OwnerChange)


def with_proposals(actions, pick):
    """Actions with a progress update, a due date or an owner that `pick` picks out."""
    some = Q(pk__in=[])
    for model in PROPOSALS:
        some |= Q(pk__in=pick(model.objects.all()).order_by().values("action"))
    return actions.filter(some)


OVERDUE = AttentionRule("overdue", "overdue", Action, lambda actions, user, on: actions.overdue(on))
DUE_SOON = AttentionRule(
    "due_soon", "due in the next 30 days", Action, lambda actions, user, on: actions.due_soon(on)
)
SENT_BACK = AttentionRule(
    "sent_back",
    "sent back to you",
    Action,
    lambda actions, user, on: with_proposals(actions, lambda some: some.sent_back_to(user)),
    WRITES,
)
FOR_APPROVAL = AttentionRule(
    "for_approval",
    "awaiting your approval",
    Action,
    lambda actions, user, on: with_proposals(actions, lambda some: some.awaiting_approval_by(user)),
    APPROVES,
)
DRAFTS = AttentionRule(
    "drafts",
    "in your drafts",
    Action,
    lambda actions, user, on: with_proposals(actions, lambda some: some.drafts_of(user)),
    WRITES,
)
LEFT_BEHIND = AttentionRule(
    "left_behind",
    "left unfinished by someone without a role now",
    Action,
    lambda actions, user, on: with_proposals(actions, lambda some: some.left_behind(on).open()),
    APPROVES,
)
AWAITING = AttentionRule(
    "awaiting",
    "awaiting someone else’s approval",
    Action,
    lambda actions, user, on: with_proposals(
        actions, lambda some: some.awaiting_approval()
    ).exclude(pk__in=FOR_APPROVAL.rows(Action.objects.all(), user, on).values("pk")),
)
STALE = AttentionRule(
    "stale",
    "open without a published update in 90 days",
    Action,
    lambda actions, user, on: stale(actions, on),
)
UNDATED = AttentionRule(
    "undated", "open without a due date", Action, lambda actions, user, on: actions.undated()
)
UNOWNED = AttentionRule(
    "unowned", "open without an owner", Action, lambda actions, user, on: actions.unowned()
)

# What somebody has to do soon.
URGENT = [FOR_APPROVAL, SENT_BACK, OVERDUE, DUE_SOON, DRAFTS, LEFT_BEHIND]
PROGRESS = [
    *URGENT,
    AWAITING,
    STALE,
    UNDATED,
    UNOWNED,
    AttentionRule(
        "unconfirmed",
        "called complete by the force but not confirmed by the inspectorate",
        Action,
        lambda actions, user, on: actions.unconfirmed(),
    ),
]
# The order of the worklist, the most pressing first.
PRESSING = [*URGENT, STALE, AWAITING, UNDATED, UNOWNED]
FACTS = [
    AttentionRule(
        "without_recommendation",
        "causes of concern without a recommendation",
        Finding,
        lambda findings, user, on: findings.without_recommendation(),
        of_one="cause of concern without a recommendation",
    ),
    AttentionRule(
        "without_theme",
        "findings without a theme",
        Finding,
        lambda findings, user, on: findings.without_theme(),
        of_one="finding without a theme",
    ),
    *map(uncited_rule, (Finding, Response, Confirmation)),
    uncited_rule(Action, "findings.view_actioncitation"),
]
ATTENTION_RULES = [*PROGRESS, *FACTS]
