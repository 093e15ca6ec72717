"""What a made-up region holds, and how it came about."""

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from findings.choices import NEGATIVE_KINDS, ActionStatus
from findings.management.synthetic.actions import WAYS
from findings.models import Action, Finding, ProgressUpdate
from findings.progress import with_times_moved
from findings.workflow import TRANSITIONS, publish
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(kept_rows):
    """A made-up region as it comes, beside which a test may make up others."""
    return factories.made_up_region("Eastmarch")


def test_every_made_up_action_came_to_its_status_by_allowed_moves(made):
    assert all(
        after in TRANSITIONS[before]
        for way in WAYS
        for before, after in zip([ActionStatus.NOT_STARTED, *way], way, strict=False)
    )
    for action in made.actions:
        updates = list(action.updates.approved().order_by("id"))
        statuses = [ActionStatus.NOT_STARTED, *(row.status for row in updates)]
        assert [row.moved_from for row in updates] == statuses[:-1]
        assert statuses[-1] == action.status
        assert all(
            after in TRANSITIONS[before]
            for before, after in ((row.moved_from, row.status) for row in updates)
        )


def test_some_made_up_progress_awaits_approval_and_may_be_published(made):
    waiting = ProgressUpdate.objects.awaiting_approval().filter(action__in=made.actions)
    assert 0 < waiting.count() < len(made.actions)
    for update in waiting:
        publish(update, factories.staff.make(), timezone.now())


def test_every_made_up_due_date_came_about_by_settings_that_are_told(made):
    moved = [action for action in made.actions if action.days_moved]
    assert moved
    for action in with_times_moved(Action.objects.filter(plan__in=made.plans)):
        settings = list(action.due_date_changes.order_by("id"))
        assert [move.due_on for move in settings][:1] == (
            [action.first_due_on] if action.due_on else []
        )
        assert (settings[-1].due_on if settings else None) == action.due_on
        assert action.times_moved == (action in moved)


def test_a_made_up_region_names_itself_in_all_that_it_adds(made):
    assert made.region.slug == "made-up-eastmarch"
    for row in (*made.organisations, *made.plans, made.inspection):
        assert row.slug.startswith("made-up-eastmarch-")
    assert all("(made up)" in organisation.name for organisation in made.organisations)
    assert all(row.reference.startswith("made-up-eastmarch-") for row in made.findings)
    assert all(row.summary.startswith("Made up: ") for row in (*made.findings, *made.actions))


def test_the_same_is_made_up_twice(made):
    def spread(made):
        counts = made.inspection.findings.values_list("kind", "themes__slug").annotate(Count("pk"))
        return (
            sorted(counts),
            [grading.grade for grading in made.gradings],
            [action.status for action in made.actions],
        )

    assert spread(factories.made_up_region("Southmarch")) == spread(made)


def test_a_large_region_takes_as_many_queries_as_a_small_one(made):
    with CaptureQueriesContext(connection) as small:
        factories.made_up_region("Southmarch", organisations=6, findings=25)
    with CaptureQueriesContext(connection) as large:
        factories.made_up_region("Westmarch", organisations=60, findings=400)
    assert len(large) == len(small)


def test_a_plan_answers_findings_that_ask_for_something(made):
    answered = Finding.objects.filter(actions__in=made.actions)
    assert {row.kind for row in answered} == set(NEGATIVE_KINDS)
