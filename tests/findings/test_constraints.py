"""What the database refuses, and says why before it has to."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.models import DateField
from django.forms import modelform_factory

from findings.addresses import REGION_WIDE
from findings.choices import ActionStatus, ClosureStatus, DueSetBy, FindingKind, UpdateState
from findings.models import (
    Action,
    ActionCitation,
    Confirmation,
    ConfirmationCitation,
    Evidence,
    FindingCitation,
    ProgressUpdate,
    Response,
    ResponseCitation,
    Theme,
)
from inspections.choices import Attribution
from lib.lists.facets import NONE
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database, message_of

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 12)
LATER = DAY + timedelta(days=30)


# Slugs


@pytest.mark.parametrize("slug", [NONE, REGION_WIDE, "-dorset"])
@pytest.mark.parametrize("thing", ["region", "force", "inspection", "theme", "plan"])
def test_a_slug_that_says_something_else_in_the_address_of_a_list_is_refused(thing, slug):
    row = getattr(factories, thing).make()
    row.slug = slug
    assert_refused(row, f"{'organisation' if thing == 'force' else thing}_is_chosen_by_its_slug")


# Dates


@pytest.mark.parametrize("year", [1, 202, 1025, 2205])
@pytest.mark.parametrize(
    ("thing", "day"),
    [
        ("force", "valid_from"),
        ("membership", "starts_on"),
        ("source", "published_on"),
        ("inspection", "published_on"),
        ("fieldwork", "fieldwork_from"),
        ("response", "said_on"),
        ("plan", "ends_on"),
        ("action", "due_on"),
        ("due_date_move", "due_on"),
        ("evidence", "review_on"),
        ("confirmation", "confirmed_on"),
    ],
)
def test_a_year_of_another_age_is_a_slip_of_the_pen(thing, day, year):
    row = getattr(factories, thing).prepare(_save_related=True)
    if thing == "fieldwork":
        row.fieldwork_to = date(year, 12, 31)
    elif thing == "action":
        row.due_set_by = DueSetBy.ORGANISATION
    setattr(row, day, date(year, 12, 31))
    assert_refused(row, f"{'organisation' if thing == 'force' else thing}_{day}_is_of_our_time")


def test_every_day_that_somebody_enters_is_held_to_our_time():
    copies = {"first_due_on", "was_on"}  # of due_on
    loose = {
        f"{model.__name__}.{field.name}"
        for app in ("forces", "inspections", "findings")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if type(field) is DateField and field.name not in copies
        if not any(
            constraint.name.endswith(f"{field.name}_is_of_our_time")
            for constraint in model._meta.constraints
        )
    }
    assert loose == set()


def test_no_slip_of_the_pen_ends_an_embargo():
    assert_refused(
        factories.inspection.prepare(
            public_at=datetime(202, 6, 12, tzinfo=UTC), _save_related=True
        ),
        "inspection_public_at_is_of_our_time",
    )


def test_a_police_force_may_be_as_old_as_the_first():
    factories.force.make(valid_from=date(1829, 9, 29))


# Themes, findings and citations


def test_a_theme_does_not_replace_itself():
    theme = factories.theme.make()
    theme.replaced_by = theme
    assert_refused(theme, "theme_does_not_replace_itself")


def test_a_reference_is_unique_among_all_inspections_whatever_its_case():
    finding = factories.finding.make(reference="x1")
    again = factories.finding.prepare(inspection=factories.inspection.make(), reference="X1")
    assert finding.inspection != again.inspection
    assert_refused(again, "finding_reference_is_unique_whatever_its_case")


@pytest.mark.parametrize(
    "kind", [kind for kind in FindingKind if kind != FindingKind.RECOMMENDATION]
)
def test_only_a_recommendation_has_a_cause(kind):
    cause = factories.finding.make(kind=FindingKind.CAUSE_OF_CONCERN)
    finding = factories.finding.make(kind=FindingKind.RECOMMENDATION, cause=cause)
    finding.full_clean()
    finding.kind = kind
    assert_refused(finding, "only_a_recommendation_has_a_cause")


def test_a_recommendation_belongs_to_a_cause_of_concern_and_nothing_else():
    weakness = factories.finding.make(kind=FindingKind.WEAKNESS)
    with pytest.raises(ValidationError, match="belongs to a cause of concern"):
        factories.finding.make(kind=FindingKind.RECOMMENDATION, cause=weakness).full_clean()


def test_a_finding_belongs_to_no_cause_that_is_itself():
    finding = factories.finding.make(kind=FindingKind.RECOMMENDATION)
    finding.cause = finding
    with pytest.raises(ValidationError, match="belongs to a cause of concern"):
        finding.full_clean()
    assert_refused_by_database(finding, "finding_does_not_point_at_itself")


def test_a_finding_does_not_repeat_itself():
    finding = factories.finding.make()
    finding.repeats = finding
    assert_refused(finding, "finding_does_not_point_at_itself")


@pytest.mark.parametrize(
    ("model", "fact"),
    [
        (FindingCitation, factories.finding),
        (ResponseCitation, factories.response),
        (ActionCitation, factories.action),
        (ConfirmationCitation, factories.confirmation),
    ],
)
def test_a_fact_cites_one_place_of_a_source_once(model, fact):
    place = {
        model.FACT: fact.make(),
        "source": factories.source.make(),
        "locator": "¶4",
        "attribution": Attribution.PRESS,
    }
    model.objects.create(**place)
    assert_refused(model(**place), f"{model.FACT}_cites_a_place_once")
    model(**place | {"locator": "¶5"}).full_clean()


# Responses


@pytest.fixture
def said():
    return {
        "organisation": factories.force.make(),
        "stance": "accepted",
        "role": "made-up officer",
        "summary": "Nothing.",
    }


def test_a_response_answers_an_inspection_or_a_finding(said):
    finding = factories.finding.make()
    Response(**said, inspection=finding.inspection).full_clean()
    Response(**said, finding=finding).full_clean()
    for both_or_neither in (
        Response(**said),
        Response(**said, inspection=finding.inspection, finding=finding),
    ):
        assert_refused(both_or_neither, "response_answers_an_inspection_or_a_finding")


def test_an_organisation_responds_once_to_an_inspection(said):
    inspection = factories.inspection.make()
    Response.objects.create(**said, inspection=inspection)
    assert_refused(
        Response(**said, inspection=inspection), "one_response_per_inspection_and_organisation"
    )


def test_an_organisation_responds_once_to_a_finding(said):
    finding = factories.finding.make()
    Response.objects.create(**said, finding=finding)
    assert_refused(Response(**said, finding=finding), "one_response_per_finding_and_organisation")


def test_a_stance_is_one_of_three_and_silence_is_none_of_them(said):
    with pytest.raises(ValidationError, match="none"):
        Response(**said | {"stance": "none"}, inspection=factories.inspection.make()).full_clean()


# Plans and actions


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
    action.refresh_from_db()
    assert (action.first_due_on, action.due_on) == (DAY, LATER)


def test_an_action_that_gets_a_date_later_keeps_that_one_as_its_first():
    action = factories.action.make()
    action.due_on, action.due_set_by = LATER, DueSetBy.ORGANISATION
    action.save()
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


# Progress updates, evidence and confirmations


@pytest.fixture
def draft():
    """A draft, not saved, whose action and people are."""
    made = factories.draft.make()
    return factories.draft.prepare(action=made.action, by=made.by)


def test_a_progress_update_says_what_happened(draft):
    draft.full_clean()
    draft.note = ""
    with pytest.raises(ValidationError) as refusal:
        draft.full_clean()
    assert set(refusal.value.message_dict) == {"note"}
    assert_refused_by_database(draft, "a_progress_update_says_what_happened")


@pytest.mark.parametrize("lacking", ["signed_by", "signed_at"])
def test_a_published_update_says_who_signed_it_off_and_when(draft, lacking):
    signed = {"signed_by": draft.by, "signed_at": factories.PUBLIC_AT}
    for name, value in (signed | {"state": UpdateState.PUBLISHED}).items():
        setattr(draft, name, value)
    draft.full_clean()
    setattr(draft, lacking, None)
    assert_refused(draft, "a_published_update_says_who_signed_it_off")


@pytest.mark.parametrize("state", [UpdateState.DRAFT, UpdateState.SUBMITTED, UpdateState.SENT_BACK])
def test_what_is_not_published_was_signed_off_at_no_moment(draft, state):
    draft.state, draft.comment = state, "Say more."
    draft.full_clean()
    draft.signed_by, draft.signed_at = draft.by, factories.PUBLIC_AT
    assert_refused(draft, "a_published_update_says_who_signed_it_off")


def test_an_update_sent_back_says_why(draft):
    draft.state = UpdateState.SENT_BACK
    assert_refused(draft, "an_update_sent_back_says_why")


def test_a_superseding_update_says_by_which_and_no_other_does(draft):
    other = factories.action.make()
    draft.status, draft.superseded_by = ActionStatus.SUPERSEDED, other
    draft.full_clean()
    draft.superseded_by = None
    assert_refused(draft, "a_superseding_update_says_by_which")
    draft.status, draft.superseded_by = ActionStatus.IN_PROGRESS, other
    assert_refused(draft, "a_superseding_update_says_by_which")


def test_a_due_date_move_says_why():
    made = factories.due_date_move.make()
    silent = factories.due_date_move.prepare(action=made.action, by=made.by, reason="")
    with pytest.raises(ValidationError) as refusal:
        silent.full_clean()
    assert set(refusal.value.message_dict) == {"reason"}
    assert_refused_by_database(silent, "a_due_date_move_says_why")


@pytest.mark.parametrize("state", [UpdateState.SUBMITTED, UpdateState.SENT_BACK])
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


@pytest.mark.parametrize("state", [UpdateState.DRAFT, UpdateState.SUBMITTED, UpdateState.SENT_BACK])
def test_what_is_not_published_yet_may_still_change(state):
    update = factories.draft.make(state=state, comment="Say more.")
    update.note = "Something else."
    update.save()
    assert ProgressUpdate.objects.get().note == "Something else."


def test_a_published_update_does_not_go_back_to_a_draft_by_sql():
    update = factories.update.make()
    with connection.cursor() as cursor, pytest.raises(InternalError, match=REFUSAL):
        cursor.execute(
            "UPDATE findings_progressupdate SET state = 'draft', signed_at = NULL WHERE id = %s",
            [update.pk],
        )


def test_evidence_belongs_to_an_action_or_to_an_update():
    update = factories.draft.make()
    shown = {
        "title": "Minutes",
        "url": "https://example.org/",
        "shows": "Nothing.",
        "dated_on": DAY,
    }
    Evidence(**shown, action=update.action).full_clean()
    Evidence(**shown, update=update).full_clean()
    for both_or_neither in (
        Evidence(**shown),
        Evidence(**shown, action=update.action, update=update),
    ):
        assert_refused(both_or_neither, "evidence_of_an_action_or_an_update")


def test_the_address_of_evidence_is_on_the_web():
    assert_refused(
        factories.evidence.prepare(action=factories.action.make(), url="ftp://example.org/minutes"),
        "evidence_is_on_the_web",
    )
    assert_refused_by_database(
        factories.evidence.prepare(action=factories.action.make(), url="javascript:alert(1)"),
        "evidence_is_on_the_web",
    )


HISTORIES = pytest.mark.parametrize(
    ("recipe", "field", "value"),
    [
        (factories.update, "note", "Something else."),
        (factories.due_date_move, "reason", "Something else."),
        (factories.confirmation, "closure_status", ClosureStatus.CLOSED),
    ],
    ids=["progress update", "due date move", "confirmation"],
)
REFUSAL = "Cannot (update|delete|update or delete) rows"


@HISTORIES
def test_history_is_not_rewritten_by_saving(recipe, field, value):
    row = recipe.make()
    setattr(row, field, value)
    with pytest.raises(InternalError, match=REFUSAL):
        row.save()


@HISTORIES
def test_history_is_not_rewritten_by_a_queryset(recipe, field, value):
    row = recipe.make()
    with pytest.raises(InternalError, match=REFUSAL):
        type(row).objects.filter(pk=row.pk).update(**{field: value})


@HISTORIES
def test_history_is_not_rewritten_by_sql(recipe, field, value):
    row = recipe.make()
    table = connection.ops.quote_name(row._meta.db_table)
    column = connection.ops.quote_name(field)
    with connection.cursor() as cursor, pytest.raises(InternalError, match=REFUSAL):
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, row.pk])  # noqa: S608


@HISTORIES
def test_history_is_not_deleted(recipe, field, value):
    row = recipe.make()
    with transaction.atomic(), pytest.raises(InternalError, match=REFUSAL):
        row.delete()


@HISTORIES
def test_history_is_not_deleted_by_a_queryset(recipe, field, value):
    row = recipe.make()
    with pytest.raises(InternalError, match=REFUSAL):
        type(row).objects.filter(pk=row.pk).delete()


def test_history_grows():
    first = factories.update.make()
    factories.update.make(action=first.action)
    assert ProgressUpdate.objects.filter(action=first.action).count() == 2
    first = factories.confirmation.make()
    factories.confirmation.make(finding=first.finding, closure_status=ClosureStatus.CLOSED)
    assert Confirmation.objects.filter(finding=first.finding).count() == 2


# An action's status moves only by a progress update


@pytest.fixture
def action():
    return factories.action.make(status=ActionStatus.IN_PROGRESS)


@contextmanager
def refused_at_commit(action):
    with (
        pytest.raises(IntegrityError, match="changes only by a progress update"),
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


@pytest.mark.parametrize("state", [UpdateState.DRAFT, UpdateState.SUBMITTED, UpdateState.SENT_BACK])
def test_a_status_is_not_moved_by_an_update_that_nobody_signed_off(state, action):
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
        pytest.raises(IntegrityError, match="changes only by a progress update"),
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
    Action.objects.filter(pk=action.pk).update(owner_role="made-up officer")
    connection.check_constraints()
    action.refresh_from_db()
    assert (action.summary, action.owner_role) == ("Nobody will do that.", "made-up officer")
