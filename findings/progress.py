"""Progress: what forces say about actions, and what the inspectorate confirms of findings."""

from datetime import timedelta

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from inspections.models import Inspection

from .choices import ENDED_STATUSES, ActionStatus, ClosureStatus, FindingProgress
from .models import Action, Confirmation, DueDateChange, Evidence, ProgressUpdate

STALE_AFTER = timedelta(days=90)


def with_closure_status(findings):
    """Findings with `closure_status`: what the inspectorate has confirmed last."""
    confirmations = Confirmation.objects.filter(finding=OuterRef("pk")).latest_first()
    return findings.annotate(closure_status=Subquery(confirmations.values("closure_status")[:1]))


def force_says(any_open, any_complete):
    """How far a finding with actions has got, as forces say: the conditions that it has such."""
    return Case(
        When(any_open, then=Value(FindingProgress.IN_PROGRESS)),
        When(any_complete, then=Value(FindingProgress.COMPLETE)),
        default=Value(FindingProgress.NOT_PURSUED),
        output_field=CharField(),
    )


def with_progress(findings, at):
    """Findings with `progress`, a `FindingProgress`, and the `closure_status` that it rests on."""
    actions = Action.objects.published(at).filter(findings=OuterRef("pk")).order_by()
    # One look at a finding's actions, however many conditions they are asked for.
    how_far = actions.values("findings").annotate(
        how_far=force_says(
            BoolOr(~Q(status__in=ENDED_STATUSES)), BoolOr(Q(status=ActionStatus.COMPLETE))
        )
    )
    return with_closure_status(findings).annotate(
        progress=Case(
            When(closure_status=ClosureStatus.CLOSED, then=Value(FindingProgress.CONFIRMED)),
            default=Coalesce(
                Subquery(how_far.values("how_far")),
                Value(FindingProgress.NO_ACTION),
                output_field=CharField(),
            ),
            output_field=CharField(),
        )
    )


def with_overdue_action(findings, on, at):
    """Findings that have an overdue action."""
    overdue = Action.objects.published(at).overdue(on)
    return findings.filter(Exists(overdue.filter(findings=OuterRef("pk"))))


def with_dated_actions(findings, at):
    """Findings that have actions, each of which has a due date or has ended."""
    actions = Action.objects.published(at).filter(findings=OuterRef("pk"))
    return findings.filter(Exists(actions), ~Exists(actions.undated()))


def for_list(findings, at):
    """Findings with everything that a list shows, including `action_statuses`."""
    statuses = Action.objects.published(at).filter(findings=OuterRef("pk")).order_by("status")
    return (
        findings.with_responses()
        .select_related("inspection__region")
        .prefetch_related("themes")
        .annotate(
            action_statuses=ArraySubquery(statuses.values("status").distinct()),
            replaced_by=Inspection.objects.published(at).slug_of_replacement(),
        )
        .defer("search")
    )


def with_last_update(actions):
    """Actions with `last_update_at` and `last_note`, from the last published update of each."""
    last = ProgressUpdate.objects.approved().filter(action=OuterRef("pk"))
    return actions.annotate(
        last_update_at=Subquery(last.values("published_at")[:1]),
        last_note=Subquery(last.values("note")[:1]),
    )


def with_times_moved(actions):
    """Actions with `times_moved`: how often the due date was changed after it was first set."""
    changes = DueDateChange.objects.changes().filter(action=OuterRef("pk")).order_by()
    counts = changes.values("action").annotate(count=Count("pk")).values("count")
    return actions.annotate(times_moved=Coalesce(Subquery(counts), 0))


def with_history(actions):
    """Actions with everything on a plan's page: updates, public evidence and confirmations."""
    public = Evidence.objects.filter(is_public=True)
    return with_times_moved(actions.for_display()).prefetch_related(
        "findings__confirmations",
        Prefetch("updates", ProgressUpdate.objects.approved()),
        Prefetch("evidence", public),
        Prefetch("updates__evidence", public),
    )


def stale(actions, on):
    """Open actions without a published update in the ninety days before a day.

    If an action has no update, the ninety days count from the start of its plan, or else from the
    publication of the plan's inspection. If neither is known, it is stale at once.
    """
    since = on - STALE_AFTER
    reported = ProgressUpdate.objects.approved().filter(action=OuterRef("pk"))
    lately = Exists(reported.filter(published_at__date__gte=since))
    begun_long_ago = Q(begun_on__lt=since) | Q(begun_on__isnull=True)
    begun_on = Coalesce("plan__starts_on", "plan__inspection__published_on")
    return (
        actions.open().alias(begun_on=begun_on).filter(~lately, Exists(reported) | begun_long_ago)
    )
