"""Copies of plans, as drafts: what was planned, and nothing that was reported."""

from .models import Action, DueDateChange
from .workflow import command


@command
def copy_plan(plan, copy, by, at, keeps_dates=False):
    """Save a copy of a plan as a draft: its actions, their owners and the findings they respond to.

    Nothing that was reported is copied, no source, and no superseded action. Due dates are copied
    only where somebody says so.
    """
    copy.is_draft = True
    copy.save()
    for action in plan.actions.movable().prefetch_related("findings"):
        dates = {"due_on": action.due_on, "due_set_by": action.due_set_by} if keeps_dates else {}
        new = Action.objects.create(
            plan=copy,
            number=action.number,
            summary=action.summary,
            owner_role=action.owner_role,
            **dates,
        )
        new.findings.set(action.findings.all())
        if new.due_on:
            DueDateChange.objects.create_first(new, by, at)
    return copy
