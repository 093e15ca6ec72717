"""What nobody rewrites, by any road: history, and a status without its update."""

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from findings.choices import ActionStatus, ClosureStatus, ProposalState
from findings.models import (
    Action,
    Confirmation,
    ProgressUpdate,
    Theme,
)
from tests import factories
from tests.refusals import assert_refused

pytestmark = pytest.mark.django_db

REFUSAL = "Cannot (update|delete|update or delete) rows"


@pytest.mark.parametrize(
    ("recipe", "field", "value"),
    [
        (factories.update, "note", "Something else."),
        (factories.due_date_change, "reason", "Something else."),
        (factories.confirmation, "closure_status", ClosureStatus.CLOSED),
    ],
    ids=["progress update", "due date move", "confirmation"],
)
def test_history_is_neither_rewritten_nor_deleted_by_any_road(recipe, field, value):
    row = recipe.make()
    rows = type(row).objects.filter(pk=row.pk)
    table = connection.ops.quote_name(row._meta.db_table)
    column = connection.ops.quote_name(field)
    update = f"UPDATE {table} SET {column} = %s WHERE id = %s"  # noqa: S608
    changed = rows.get()
    setattr(changed, field, value)
    roads = {
        "saving": changed.save,
        "a queryset": lambda: rows.update(**{field: value}),
        "SQL": lambda: connection.cursor().execute(update, [value, row.pk]),
        "deletion": lambda: rows.get().delete(),
        "deletion by a queryset": rows.delete,
    }
    for name, go in roads.items():
        with pytest.raises(InternalError, match=REFUSAL), transaction.atomic():
            go()
            pytest.fail(f"{name} is a road")


def test_history_grows():
    first = factories.update.make()
    factories.update.make(action=first.action)
    assert ProgressUpdate.objects.filter(action=first.action).count() == 2
    first = factories.confirmation.make()
    factories.confirmation.make(finding=first.finding, closure_status=ClosureStatus.CLOSED)
    assert Confirmation.objects.filter(finding=first.finding).count() == 2


@pytest.fixture
def action():
    return factories.action.make(status=ActionStatus.IN_PROGRESS)


@contextmanager
def refused_at_commit(action):
    with (
        pytest.raises(IntegrityError, match="only as it was approved"),
        transaction.atomic(),
    ):
        yield
        connection.check_constraints()  # as a commit does
    action.refresh_from_db()
    assert action.status == ActionStatus.IN_PROGRESS


def test_a_status_is_not_moved_by_saving(action):
    action.status = ActionStatus.COMPLETE
    with refused_at_commit(action):
        action.save()


def test_a_status_is_not_moved_by_a_queryset(action):
    with refused_at_commit(action):
        Action.objects.filter(pk=action.pk).update(status=ActionStatus.COMPLETE)
    action.status = ActionStatus.COMPLETE
    with refused_at_commit(action):
        Action.objects.bulk_update([action], ["status"])


def test_a_status_is_not_moved_by_sql(action):
    with refused_at_commit(action), connection.cursor() as cursor:
        cursor.execute("UPDATE findings_action SET status = 'complete' WHERE id = %s", [action.pk])


@pytest.mark.parametrize(
    "state", [ProposalState.DRAFT, ProposalState.SUBMITTED, ProposalState.SENT_BACK]
)
def test_a_status_is_not_moved_by_an_update_that_nobody_approved(state, action):
    factories.draft.make(
        action=action, status=ActionStatus.COMPLETE, state=state, comment="Say more."
    )
    with refused_at_commit(action):
        Action.objects.filter(pk=action.pk).update(status=ActionStatus.COMPLETE)


def test_a_status_is_not_moved_past_what_the_latest_update_says(action):
    factories.update.make(action=action, status=ActionStatus.IN_PROGRESS)
    with refused_at_commit(action):
        Action.objects.filter(pk=action.pk).update(status=ActionStatus.COMPLETE)


@pytest.mark.django_db(transaction=True)
def test_a_status_without_its_update_undoes_the_whole_transaction(action):
    with (
        pytest.raises(IntegrityError, match="only as it was approved"),
        transaction.atomic(),
    ):
        Action.objects.filter(pk=action.pk).update(status=ActionStatus.COMPLETE)
        factories.theme.make(slug="never-kept")
    action.refresh_from_db()
    assert action.status == ActionStatus.IN_PROGRESS
    assert not Theme.objects.filter(slug="never-kept").exists()


def test_a_status_moves_beside_its_update_in_either_order(action):
    Action.objects.filter(pk=action.pk).update(status=ActionStatus.EMBEDDING)
    factories.update.make(action=action, status=ActionStatus.EMBEDDING)
    connection.check_constraints()
    factories.update.make(action=action, status=ActionStatus.PENDING_SIGN_OFF)
    Action.objects.filter(pk=action.pk).update(status=ActionStatus.PENDING_SIGN_OFF)
    connection.check_constraints()


def test_everything_but_the_status_may_be_edited(action):
    action.summary = "Nobody will do that."
    action.save()
    connection.check_constraints()
    action.refresh_from_db()
    assert action.summary == "Nobody will do that."


@pytest.mark.parametrize(
    ("recipe", "name", "columns"),
    [
        (
            factories.owner_change,
            "one_open_owner_of_a_person",
            {"owner_role": "made-up officer"},
        ),
        (
            factories.due_date_change,
            "one_open_due_date_of_a_person",
            {"due_on": factories.PUBLISHED_ON, "due_set_by": "organisation"}
            | {"first_due_on": factories.PUBLISHED_ON},
        ),
    ],
)
def test_a_due_date_or_an_owner_changes_only_as_it_was_approved(recipe, name, columns, action):
    submitted = recipe.make(
        action=action, state=ProposalState.SUBMITTED, reviewed_by=None, published_at=None
    )
    with refused_at_commit(action):
        Action.objects.filter(pk=action.pk).update(**columns)
    # The same person has one open at most.
    again = recipe.prepare(
        action=action,
        by=submitted.by,
        state=ProposalState.DRAFT,
        reviewed_by=None,
        published_at=None,
    )
    assert_refused(again, name)
    recipe.make(action=action)
    Action.objects.filter(pk=action.pk).update(**columns)
    connection.check_constraints()


@pytest.mark.parametrize("state", [ProposalState.SUBMITTED, ProposalState.SENT_BACK])
def test_only_a_draft_is_deleted_even_by_sql(state):
    draft, handed_in = (
        factories.draft.make(),
        factories.draft.make(state=state, comment="Say more."),
    )
    draft.delete()
    with transaction.atomic(), pytest.raises(InternalError, match=REFUSAL):
        handed_in.delete()
    with connection.cursor() as cursor, pytest.raises(InternalError, match=REFUSAL):
        cursor.execute("DELETE FROM findings_progressupdate WHERE id = %s", [handed_in.pk])


@pytest.mark.parametrize(
    "state", [ProposalState.DRAFT, ProposalState.SUBMITTED, ProposalState.SENT_BACK]
)
def test_what_is_not_published_yet_may_still_change(state):
    update = factories.draft.make(state=state, comment="Say more.")
    update.note = "Something else."
    update.save()
    assert ProgressUpdate.objects.get().note == "Something else."


def test_a_published_update_does_not_go_back_to_a_draft_by_sql():
    update = factories.update.make()
    with connection.cursor() as cursor, pytest.raises(InternalError, match=REFUSAL):
        cursor.execute(
            "UPDATE findings_progressupdate SET state = 'draft', published_at = NULL WHERE id = %s",
            [update.pk],
        )
