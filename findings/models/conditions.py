"""Conditions on actions: which are open, undated or overdue, and which name a successor."""

from django.db.models import Q

from ..choices import ENDED_STATUSES, ActionStatus

IS_OPEN = ~Q(status__in=ENDED_STATUSES)
IS_UNDATED = IS_OPEN & Q(due_on__isnull=True)
IS_COMPLETE = Q(status=ActionStatus.COMPLETE)

# An action, or an update of it, names a successor when, and only when, it is superseded.
SUCCEEDED_IF_SUPERSEDED = Q(status=ActionStatus.SUPERSEDED, superseded_by__isnull=False) | ~Q(
    status=ActionStatus.SUPERSEDED
) & Q(superseded_by__isnull=True)


def is_overdue(on):
    """An open action's due date has passed; nothing else decides what is overdue."""
    return IS_OPEN & Q(due_on__isnull=False, due_on__lt=on)
