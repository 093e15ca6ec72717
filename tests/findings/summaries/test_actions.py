"""Actions by status and organisation, and how far their dates moved."""

from datetime import date, timedelta

import pytest

from findings import summaries
from findings.choices import ActionStatus, DueSetBy
from findings.models import Action
from tests import factories
from tests.selections import listed

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)


def test_actions_by_status_give_one_row_a_plan(at):
    rows = summaries.actions_by_status(
        listed(Action.objects.filter(plan__organisation__region__slug="south-west"))
    )
    said = {
        row.plan.slug: (row.complete, row.total, [(held.status, held.count) for held in row.counts])
        for row in rows
    }
    assert said["avon-and-somerset-improvement-plan"] == (0, 6, [("in_progress", 6)])
    assert said["south-west-regional-response"] == (1, 2, [("announced", 1), ("complete", 1)])
    assert sum(total for _, total, _ in said.values()) == 14


def test_actions_by_organisation_count_what_is_overdue():
    plan = factories.plan.make()
    due = {"due_on": ON - timedelta(days=1), "due_set_by": DueSetBy.ORGANISATION}
    factories.action.make(plan=plan, **due)
    factories.action.make(plan=plan, status=ActionStatus.COMPLETE, **due)
    idle = factories.force.make()
    counts = summaries.actions_by_organisation(
        listed(Action.objects.filter(plan=plan)), [plan.organisation, idle]
    )
    assert counts[plan.organisation_id][:3] == (2, 1, 1)
    assert counts[idle.pk][:3] == (0, 0, 0)


def test_what_is_unknown_of_actions_is_told_only_where_there_is_any(at):
    actions = Action.objects.published(at).filter(plan__slug="south-west-regional-response")
    assert [(row.count, row.text) for row in summaries.unknown_of_actions(listed(actions))] == [
        (1, "open action without a due date"),
        (1, "open action without an owner"),
        (1, "action called complete, with no finding that the inspectorate has closed"),
    ]
    assert summaries.unknown_of_actions(listed(Action.objects.none())) == []


def test_an_action_is_told_with_what_took_its_place():
    plan = factories.plan.make()
    new = factories.action.make(plan=plan, number=1)
    old = factories.action.make(
        plan=plan, number=2, status=ActionStatus.SUPERSEDED, superseded_by=new
    )
    told = {
        row.action: row.superseded_by
        for row in summaries.actions_of_plan(Action.objects.filter(plan=plan), ON)
    }
    assert told == {new: None, old: new}


def test_slippage_by_organisation_counts_the_dates_that_moved_and_tells_the_furthest():
    def dated(days, **fields):
        first = date(2026, 1, 1)
        due = None if days is None else first + timedelta(days=days)
        said = {
            "due_on": due,
            "due_set_by": (due and DueSetBy.ORGANISATION) or "",
            "due_moved_because": "So.",
        }
        return factories.action.make(first_due_on=first, **said, **fields)

    force, other, third = (factories.force.make(short_name=f"Body {letter}") for letter in "CAB")
    for days in (0, 5, 40, -90):
        dated(days, plan__organisation=force)
    dated(-3, plan__organisation=other)
    dated(None, plan__organisation=third)
    actions = Action.objects.filter(plan__organisation__in=[force, other, third])
    rows = summaries.slippage_by_organisation(listed(actions))
    assert [(row.organisation, *row.slippage) for row in rows] == [
        (other, 1, -3, -3),
        (third, 1, None, None),
        (force, 3, 5, 40),
    ]
    told = [(row.slippage.middle, row.slippage.furthest) for row in rows]
    assert told == [
        ("3 days earlier", "3 days earlier"),
        ("date taken away", "date taken away"),
        ("5 days later", "40 days later"),
    ]
    assert rows[-1].unowned.count == 4
    assert rows[-1].url == f"/actions/?organisation={force.slug}&moved=yes"
