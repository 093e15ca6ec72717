"""What data sets say of how actions went on: no import file holds it, as it was approved here."""

from datetime import datetime

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from lib.data_sets.columns import Moment
from lib.data_sets.tables import Link, Table, code_column, register, where_public
from lib.lists.columns import Column, column

from ..choices import ActionStatus, DueSetBy
from ..models import Action, DueDateChange, Evidence, ProgressUpdate
from .downloads import row_name

OF_ACTION = Link(("plan", "number"), "actions", ("plan", "number"))


def action_columns(action: str = "action") -> list[Column]:
    """Which action a row is about; `action` is the path to it."""
    return [
        column("plan", f"{action}__plan__slug", "The plan of the action.", "code"),
        column("number", f"{action}__number", "The place of the action in it.", "integer"),
    ]


def approval_column(path: str = "published_at") -> Column:
    """When a row was approved."""
    return column("approved_at", Moment(path), "When it was approved and became public.", "moment")


@register("progress_updates")
def progress_updates(at: datetime) -> Table:
    """Approved progress updates of public actions."""
    replaced_by = row_name("superseded_by__plan__slug", Value("/"), "superseded_by__number")
    public = Action.objects.published(at)
    return Table(
        "progress_updates",
        "Progress updates",
        "How far forces and units said that their actions had got, as it was approved.",
        ProgressUpdate.objects.published(at),
        [
            *action_columns(),
            approval_column(),
            code_column("status_before", "moved_from", ActionStatus, "The status before."),
            code_column("status", "status", ActionStatus, "The status since."),
            column(
                "superseded_by",
                where_public(public, "superseded_by", replaced_by),
                "The action that replaced it.",
                "code",
            ),
            column("note", "note", "What happened, as the force or unit says."),
        ],
        (),
        frozenset({"plan", "number", "approved_at", "status_before", "status", "note"}),
        [OF_ACTION, Link(("superseded_by",), "actions", ("action",))],
    )


@register("due_date_changes")
def due_date_changes(at: datetime) -> Table:
    """Approved changes of the due dates of public actions."""
    return Table(
        "due_date_changes",
        "Due date changes",
        "Due dates that moved or were removed, with who set them and why.",
        DueDateChange.objects.changes().filter(action__in=Action.objects.published(at)),
        [
            *action_columns(),
            approval_column(),
            column("due_before", "was_on", "The due date before.", "date"),
            column("due_on", "due_on", "The due date since; empty if there is none.", "date"),
            code_column("due_set_by", "set_by", DueSetBy, "Who set it."),
            column("reason", "reason", "Why it moved."),
        ],
        (),
        frozenset({"plan", "number", "approved_at", "due_before", "reason"}),
        [OF_ACTION],
    )


@register("evidence")
def evidence(at: datetime) -> Table:
    """Public evidence."""
    of_update = Q(update__isnull=False)
    plan = Coalesce("action__plan__slug", "update__action__plan__slug")
    return Table(
        "evidence",
        "Evidence",
        "Public evidence for actions and for their progress updates.",
        Evidence.objects.published(at),
        [
            column("plan", plan, "The plan of the action.", "code"),
            column(
                "number",
                Coalesce("action__number", "update__action__number"),
                "The place of the action in it.",
                "integer",
            ),
            column(
                "update_approved_at",
                Case(When(of_update, then=Moment("update__published_at"))),
                "The progress update that it is for; empty if it is for the action itself.",
                "moment",
            ),
            column("title", "title", "What it is called."),
            column("shows", "shows", "What it shows."),
            column("dated_on", "dated_on", "Its date.", "date"),
            column("address", "url", "Its address; empty if it is a file of this site."),
            column("file_name", "filename", "The name of the file."),
            column("file_sha256", "sha256", "The SHA-256 of the file.", "code"),
        ],
        (),
        frozenset({"plan", "number", "title", "shows", "dated_on"}),
        [OF_ACTION],
    )
