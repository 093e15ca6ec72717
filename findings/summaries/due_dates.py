"""Rows about due dates: as first set, as they moved and why, and whether what was due is done."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Aggregate, Count, DurationField, F, Max, QuerySet
from django.utils import timezone

from lib.lists.freshness import until_changed
from lib.sentences import days_apart

from ..choices import ActionStatus
from ..models import Action, DueDateChange, ProgressUpdate


class DueDateHistory(NamedTuple):
    """An action, each time its due date moved, the oldest first, and when it was completed.

    `completed_on` is None where it is not complete, or where no day is known; the force says so.
    """

    action: Action
    moves: list[DueDateChange]
    completed_on: date | None
    overdue: bool

    @property
    def name(self) -> str:
        return f"Action {self.action.number}"

    @property
    def days(self) -> int | None:
        """How many days later its due date is than at first; None if it was removed."""
        return self.action.days_moved if self.action.due_on else None

    @property
    def is_complete(self) -> bool:
        return self.action.status == ActionStatus.COMPLETE


class Median(Aggregate):
    """The value in the middle, or halfway between the two in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


class Slippage(NamedTuple):
    """How many due dates moved, and how many days later they are now: the median, and the most.

    Both are None where all of these dates were removed.
    """

    moved: int
    median_days: int | None
    most_days: int | None

    @property
    def middle(self) -> str:
        """`median_days` in words."""
        return in_words(self.median_days)

    @property
    def furthest(self) -> str:
        """`most_days` in words."""
        return in_words(self.most_days)


def in_words(days: int | None) -> str:
    """By how much a due date moved; one day to and fro is "as at first"."""
    return "date taken away" if days is None else days_apart(days) or "as at first"


def whole_days(by: timedelta | None) -> int | None:
    return None if by is None else round(by / timedelta(days=1))


MOVED_BY = F("due_on") - F("first_due_on")
COUNTS = {"moved": Count("pk"), "middle": Median(MOVED_BY), "most": Max(MOVED_BY)}


def slippage(actions: QuerySet[Action]) -> Slippage:
    """How far the due dates of these actions moved."""
    row = actions.moved().order_by().aggregate(**COUNTS)
    return Slippage(row["moved"], whole_days(row["middle"]), whole_days(row["most"]))


@until_changed
def slippage_by_owner(at: datetime) -> dict[int, Slippage]:
    """How far each organisation's due dates moved, by its id; of those that moved any."""
    moved = Action.objects.published(at).moved().order_by()
    rows = moved.values_list("plan__organisation").annotate(**COUNTS)
    return {
        organisation: Slippage(moved, whole_days(middle), whole_days(most))
        for organisation, moved, middle, most in rows
    }


def due_date_histories(actions: QuerySet[Action], on: date) -> list[DueDateHistory]:
    """One row for each of these actions that has a due date or once had one, in the plan's order.

    Three queries for any number.
    """
    dated = list(actions.filter(first_due_on__isnull=False).order_by("plan", "number"))
    changes = DueDateChange.objects.changes().filter(action__in=dated)
    moves = defaultdict(list)
    for change in changes.order_by("published_at", "pk"):
        moves[change.action_id].append(change)
    updates = ProgressUpdate.objects.approved().filter(
        action__in=dated, status=ActionStatus.COMPLETE
    )
    completed = {
        update.action_id: timezone.localdate(update.published_at)
        for update in updates.exclude(moved_from=ActionStatus.COMPLETE).order_by("published_at")
    }
    return [
        DueDateHistory(
            action,
            moves[action.pk],
            completed.get(action.pk) if action.status == ActionStatus.COMPLETE else None,
            action.is_overdue(on),
        )
        for action in dated
    ]
