"""Actions that nobody takes, with what was reported and confirmed of them."""

from collections import defaultdict
from datetime import timedelta
from itertools import count, cycle, pairwise

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from findings.choices import (
    NEGATIVE_KINDS,
    ActionStatus,
    ClosureStatus,
    DueSetBy,
    ProposalState,
)
from findings.models import (
    Action,
    ActionCitation,
    Confirmation,
    ConfirmationCitation,
    DueDateChange,
    Evidence,
    ProgressUpdate,
)
from inspections.choices import Attribution
from inspections.dates import midnight
from lib.bulk_copy import copy_create, copy_rows

from .citations import cite

# The statuses that an action goes through, not started first; none is superseded.
WAYS = [
    [],
    [ActionStatus.IN_PROGRESS],
    [ActionStatus.IN_PROGRESS, ActionStatus.EMBEDDING],
    [ActionStatus.IN_PROGRESS, ActionStatus.PENDING_SIGN_OFF],
    [ActionStatus.IN_PROGRESS, ActionStatus.PENDING_SIGN_OFF, ActionStatus.COMPLETE],
    [ActionStatus.NOT_PURSUED],
]


UPDATE = ["action_id", "moved_from", "status", "note", "state", "by_id", "at"]


def make_synthetic_actions(plans, findings, total, vocabulary):
    """Actions for the findings that ask for one, in the plans for their inspection in turn.

    Unless a total is given, each finding has one. Some are overdue, moved, undated or unowned.
    """
    answered = [finding for finding in findings if finding.kind in NEGATIVE_KINDS]
    if not plans or not answered:
        return []
    plans_for, numbers = defaultdict(list), defaultdict(lambda: count(1))
    for plan in plans:
        plans_for[plan.inspection_id].append(plan)
    actions = []
    for n in range(len(answered) if total is None else total):
        turn, place = divmod(n, len(answered))
        finding = answered[place]
        its_plans = plans_for[finding.inspection_id]
        plan, way = its_plans[(place + turn) % len(its_plans)], way_of(n)
        published_on = plan.inspection.published_on
        due = published_on + timedelta(days=30 * (1 + n % 24)) if n % 4 else None
        moved = due is not None and n % 5 == 0
        actions.append(
            Action(
                plan=plan,
                number=next(numbers[plan.pk]),
                summary=(f"Made up: put right what {finding.reference} says: {vocabulary.task()}."),
                status=way[-1] if way else ActionStatus.NOT_STARTED,
                owner_role="made-up officer" if n % 3 else "",
                due_on=due,
                due_set_by=DueSetBy.ORGANISATION if due else "",
                first_due_on=due - timedelta(days=30) if moved else due,
                due_moved_because="Made up." if moved else "",
            )
        )
    copy_create(actions)
    copy_rows(
        Action.findings.through,
        ["action_id", "finding_id"],
        (
            (action.pk, finding.pk)
            for action, finding in zip(actions, cycle(answered), strict=False)
        ),
    )
    pairs = ((action, action.plan.inspection) for action in actions)
    cite(ActionCitation, pairs, Attribution.ORGANISATION)
    writer, approver = people()
    make_updates(actions, writer, approver)
    make_submitted_updates(actions, writer)
    make_due_date_changes(actions, writer, approver)
    make_evidence(actions)
    make_confirmations(actions[: len(answered)], answered)
    return actions


def way_of(n):
    """The statuses that the n-th action went through: its plan's others went other ways."""
    return WAYS[(n + n // len(WAYS)) % len(WAYS)]


def people():
    """The writer and the approver of all that is reported; they cannot sign in."""
    return [
        get_user_model().objects.get_or_create(
            username=name, defaults={"password": make_password(None), "is_active": False}
        )[0]
        for name in ("made-up-officer", "made-up-inspector")
    ]


def after(action, n, days):
    """A moment so many days after the inspection of an action was published."""
    day = action.plan.inspection.published_on + timedelta(days=days)
    return midnight(day) + timedelta(minutes=n % 1440)


def make_updates(actions, writer, approver):
    """The approved updates by which each action came to its status."""
    copy_rows(
        ProgressUpdate,
        [*UPDATE, "reviewed_by_id", "published_at"],
        (
            (
                *(action.pk, old, new, f"Made up: now {new.label}.", ProposalState.PUBLISHED),
                *(writer.pk, after(action, n, 10 * step)),
                *(approver.pk, after(action, n, 10 * step + 1)),
            )
            for n, action in enumerate(actions)
            for step, (old, new) in enumerate(pairwise([ActionStatus.NOT_STARTED, *way_of(n)]), 1)
        ),
    )


def make_submitted_updates(actions, writer):
    """An update of every second open action that awaits approval, so is not public."""
    note = "Made up: nothing new, and nobody has approved it."
    open_actions = [action for action in actions if not action.has_ended]
    copy_rows(
        ProgressUpdate,
        UPDATE,
        (
            (
                *(action.pk, action.status, action.status, note, ProposalState.SUBMITTED),
                *(writer.pk, after(action, n, 60)),
            )
            for n, action in enumerate(open_actions[::2])
        ),
    )


def make_due_date_changes(actions, writer, approver):
    """The changes of due dates: each set once, and moved where it is no longer the first."""
    settings = [(action, None, action.first_due_on, 0) for action in actions if action.due_on]
    settings += [
        (action, action.first_due_on, action.due_on, 20) for action in actions if action.days_moved
    ]
    copy_rows(
        DueDateChange,
        [
            *("action_id", "was_on", "due_on", "set_by", "reason", "state", "by_id", "at"),
            *("reviewed_by_id", "published_at"),
        ],
        (
            (
                *(action.pk, was_on, due_on, action.due_set_by, "Made up."),
                *(ProposalState.PUBLISHED, writer.pk, after(action, 0, days)),
                *(approver.pk, after(action, 0, days)),
            )
            for action, was_on, due_on, days in settings
        ),
    )


def make_evidence(actions):
    """A page for each complete action, every second one public."""
    complete = [action for action in actions if action.status == ActionStatus.COMPLETE]
    copy_rows(
        Evidence,
        ["action_id", "title", "url", "shows", "dated_on", "is_public"],
        (
            (
                *(action.pk, "Made-up minutes"),
                f"https://example.org/{action.plan.slug}/{action.number}",
                "That nothing was done.",
                *(after(action, 0, 40).date(), n % 2 == 0),
            )
            for n, action in enumerate(complete)
        ),
    )


def make_confirmations(actions, findings):
    """What the inspectorate said of each finding whose first action is complete."""
    statuses = ClosureStatus.CLOSED, ClosureStatus.AWAITING_REVIEW, ClosureStatus.BEING_PROGRESSED
    complete = [
        finding
        for action, finding in zip(actions, findings, strict=False)
        if action.status == ActionStatus.COMPLETE
    ]
    confirmations = copy_create(
        (
            Confirmation(
                finding=finding,
                closure_status=closure_status,
                confirmed_on=finding.inspection.published_on + timedelta(days=60),
            )
            for finding, closure_status in zip(complete, cycle(statuses), strict=False)
        ),
    )
    pairs = ((row, row.finding.inspection) for row in confirmations)
    cite(ConfirmationCitation, pairs)
