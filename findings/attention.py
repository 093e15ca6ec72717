"""Attention rules for actions, progress updates and findings."""

from forces.attention import AttentionRule
from inspections.attention import uncited_rule

from .models import Action, Confirmation, Finding, ProgressUpdate, Response
from .progress import stale

WRITES, SIGNS_OFF = "findings.add_progressupdate", "findings.sign_off_progressupdate"

OVERDUE = AttentionRule("overdue", "overdue", Action, lambda actions, user, on: actions.overdue(on))
DUE_SOON = AttentionRule(
    "due_soon", "due in the next 30 days", Action, lambda actions, user, on: actions.due_soon(on)
)
SENT_BACK = AttentionRule(
    "sent_back",
    "sent back to you",
    ProgressUpdate,
    lambda updates, user, on: updates.sent_back_to(user),
    WRITES,
)
FOR_SIGN_OFF = AttentionRule(
    "for_sign_off",
    "waiting for your sign-off",
    ProgressUpdate,
    lambda updates, user, on: updates.for_sign_off_by(user),
    SIGNS_OFF,
)
DRAFTS = AttentionRule(
    "drafts",
    "in your drafts",
    ProgressUpdate,
    lambda updates, user, on: updates.drafts_of(user),
    WRITES,
)
WAITING = AttentionRule(
    "waiting",
    "waiting for someone else to sign off",
    ProgressUpdate,
    lambda updates, user, on: updates.waiting().exclude(
        pk__in=FOR_SIGN_OFF.rows(ProgressUpdate.objects.all(), user, on).values("pk")
    ),
)

# What somebody has to do soon.
URGENT = [OVERDUE, DUE_SOON, SENT_BACK, FOR_SIGN_OFF, DRAFTS]
PROGRESS = [
    *URGENT,
    WAITING,
    AttentionRule(
        "stale",
        "open without a published update in 90 days",
        Action,
        lambda actions, user, on: stale(actions, on),
    ),
    AttentionRule(
        "undated", "open without a due date", Action, lambda actions, user, on: actions.undated()
    ),
    AttentionRule(
        "unowned", "open without an owner", Action, lambda actions, user, on: actions.unowned()
    ),
    AttentionRule(
        "unconfirmed",
        "called complete by the force but not confirmed by the inspectorate",
        Action,
        lambda actions, user, on: actions.unconfirmed(),
    ),
]
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
