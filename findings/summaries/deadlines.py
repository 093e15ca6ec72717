"""Days on which something is due: actions, comments on reports, reviews of evidence."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from forces.models import Organisation
from inspections.models import Inspection

from ..choices import ActionStatus
from ..models import Action, Evidence
from ..progress import with_last_update, with_times_moved


class Deadline(NamedTuple):
    """A day on which something is due, or was: an action, comments, or a review of evidence.

    `key` tells it from all others for good. It `is_done`, `done_at` a moment if one is known, or
    `is_dropped` where nobody will do it; `times_moved` counts how often the day has moved.
    """

    key: str
    on: date
    about: Action | Inspection | Evidence
    is_done: bool = False
    done_at: datetime | None = None
    is_dropped: bool = False
    times_moved: int = 0


def deadlines_of_actions(actions: QuerySet[Action]) -> list[Deadline]:
    """The due date of each of these actions that has one; it counts as done as the force says."""
    dated = actions.filter(due_on__isnull=False).order_by("due_on", "plan", "number")
    rows = with_times_moved(with_last_update(dated)).select_related("plan__organisation")
    return [
        Deadline(
            f"action-{action.pk}-due",
            action.due_on,
            action,
            is_done=action.status == ActionStatus.COMPLETE,
            done_at=action.last_update_at,
            is_dropped=action.has_ended,
            times_moved=action.times_moved,
        )
        for action in rows
    ]


def reviews_of_evidence(actions: QuerySet[Action], at: datetime) -> list[Deadline]:
    """The day on which public evidence for these actions is to be reviewed."""
    pieces = Evidence.objects.published(at).filter(review_on__isnull=False)
    direct = pieces.filter(action__in=actions)
    rows = (direct | pieces.filter(update__action__in=actions)).order_by("review_on", "pk")
    related = ("action__plan__organisation", "update__action__plan__organisation")
    return [
        Deadline(f"evidence-{piece.pk}-review", piece.review_on, piece)
        for piece in rows.select_related(*related)
    ]


def comments_due_of(organisation: Organisation, at: datetime) -> list[Deadline]:
    """The last day for its local policing body's comments on each report that graded a force."""
    if organisation.is_unit:
        return []
    graded = organisation.gradings.published(at).values("inspection")
    inspections = Inspection.objects.published(at).filter(pk__in=graded).newest_first()
    comments = organisation.policing_body_comments.order_by().select_related(None)
    found = set(comments.values_list("inspection", flat=True))
    return [
        Deadline(
            f"inspection-{inspection.pk}-comments-{organisation.pk}",
            inspection.comments_due_on,
            inspection,
            is_done=inspection.pk in found,
        )
        for inspection in inspections
        if inspection.comments_due_on
    ]
