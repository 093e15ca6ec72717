"""What the database refuses of plans and actions, and says why before it has to."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.forms import modelform_factory

from findings.choices import ActionStatus, DueSetBy
from findings.models import (
    Action,
)
from tests import factories
from tests.refusals import assert_refused, message_of

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 12)
LATER = DAY + timedelta(days=30)


def test_an_organisation_has_one_plan_of_a_name():
    plan = factories.plan.make()
    again = factories.plan.prepare(
        organisation=plan.organisation, inspection=plan.inspection, name=plan.name
    )
    assert_refused(again, "plan_name_is_unique_in_an_organisation")


def test_a_plan_does_not_end_before_it_begins():
    plan = factories.plan.make(starts_on=DAY, ends_on=DAY)
    plan.full_clean()
    plan.ends_on = DAY - timedelta(days=1)
    assert_refused(plan, "plan_ends_after_it_begins")


def test_a_plan_has_one_action_in_a_place():
    action = factories.action.make()
    assert_refused(
        factories.action.prepare(plan=action.plan, number=action.number),
        "one_action_per_place_in_a_plan",
    )


def test_a_due_date_says_who_set_it():
    plan = factories.plan.make()
    factories.action.prepare(plan=plan, due_on=DAY, due_set_by=DueSetBy.INSPECTORATE).full_clean()
    assert_refused(factories.action.prepare(plan=plan, due_on=DAY), "a_due_date_says_who_set_it")
    assert_refused(
        factories.action.prepare(plan=plan, due_set_by=DueSetBy.ORGANISATION),
        "a_due_date_says_who_set_it",
    )


def test_an_action_keeps_its_first_due_date():
    action = factories.action.make(due_on=DAY, due_set_by=DueSetBy.ORGANISATION)
    action.due_on, action.due_moved_because = LATER, "Nobody was there."
    action.full_clean()
    action.save()
    factories.due_date_change.make(action=action, due_on=LATER)
    action.refresh_from_db()
    assert (action.first_due_on, action.due_on) == (DAY, LATER)


def test_an_action_that_gets_a_date_later_keeps_that_one_as_its_first():
    action = factories.action.make()
    action.due_on, action.due_set_by = LATER, DueSetBy.ORGANISATION
    action.save()
    factories.due_date_change.make(action=action, due_on=LATER)
    action.refresh_from_db()
    assert action.first_due_on == LATER


def test_a_due_date_without_its_first_is_refused_by_the_database():
    action = factories.action.make(due_on=DAY, due_set_by=DueSetBy.ORGANISATION)
    with pytest.raises(IntegrityError, match="a_due_date_keeps_the_first"):
        Action.objects.filter(pk=action.pk).update(first_due_on=None)


def test_a_moved_date_says_why():
    action = factories.action.make(due_on=DAY, due_set_by=DueSetBy.ORGANISATION)
    action.due_on = LATER
    assert_refused(action, "a_moved_date_says_why")


def test_a_date_that_was_taken_away_says_why():
    action = factories.action.make(due_on=DAY, due_set_by=DueSetBy.ORGANISATION)
    action.due_on, action.due_set_by = None, ""
    assert_refused(action, "a_moved_date_says_why")


def test_a_form_says_that_a_moved_date_needs_a_reason():
    action = factories.action.make(due_on=DAY, due_set_by=DueSetBy.ORGANISATION)
    form_class = modelform_factory(Action, fields=["due_on", "due_set_by", "due_moved_because"])
    form = form_class(
        {"due_on": LATER, "due_set_by": DueSetBy.ORGANISATION, "due_moved_because": ""},
        instance=action,
    )
    assert form.errors == {"__all__": [message_of(action, "a_moved_date_says_why")]}


def test_a_form_gives_an_action_its_first_due_date():
    action = factories.action.make()
    form_class = modelform_factory(Action, fields=["due_on", "due_set_by", "due_moved_because"])
    form = form_class(
        {"due_on": DAY, "due_set_by": DueSetBy.ORGANISATION, "due_moved_because": ""},
        instance=action,
    )
    assert form.errors == {}
    assert form.save().first_due_on == DAY
    factories.due_date_change.make(action=action, due_on=DAY)


def test_a_superseded_action_says_by_which():
    other = factories.action.make()
    superseded = {"plan": other.plan, "status": ActionStatus.SUPERSEDED}
    factories.action.prepare(**superseded, superseded_by=other).full_clean()
    assert_refused(factories.action.prepare(**superseded), "superseded_says_by_which")


def test_an_action_that_is_not_superseded_names_no_other():
    other = factories.action.make()
    assert_refused(
        factories.action.prepare(plan=other.plan, superseded_by=other), "superseded_says_by_which"
    )


def test_an_action_does_not_supersede_itself():
    action = factories.action.make()
    action.superseded_by = action
    action.status = ActionStatus.SUPERSEDED
    assert_refused(action, "action_does_not_supersede_itself")
