"""Several actions settled at once from their list, each by the rules for one."""

import pytest
from django.db import IntegrityError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from findings import workflow
from findings.models import Action, ProgressUpdate
from findings.workflow import (
    send_back,
)
from tests import accounts, factories
from tests.action_pages import DAY, REPORTS, bulk, chosen, drafted, handed_in
from tests.pages import text, version_in
from tests.workflow_steps import set_due_date, set_owner

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def actions(action, others_action):
    """Three of Gloucestershire's."""
    return list(Action.objects.filter(plan__organisation__slug="gloucestershire").order_by("pk"))


@pytest.mark.parametrize(
    ("name", "data", "field", "value"),
    [
        (
            "set_owners",
            {"owner_role": "head of crime", "reason": "Agreed."},
            "owner_changes__owner_role",
            "head of crime",
        ),
        (
            "set_due_dates",
            {"due_on": "2025-12-01", "due_set_by": "organisation", "reason": "Agreed."},
            "due_date_changes__due_on",
            DAY,
        ),
    ],
)
def test_several_actions_are_settled_at_once_each_by_the_rules_for_one(
    name, data, field, value, client, actions
):
    accounts.sign_in(client, "editor")
    # The first has that value already, and somebody writes on the second meanwhile.
    set_owner(actions[0], "head of crime", "Agreed.", factories.staff.make())
    set_due_date(actions[0], DAY, "organisation", "So.", factories.staff.make(), timezone.now())
    page = bulk(client, actions, name)
    assert [action.pk for action in page.context["actions"]] == [action.pk for action in actions]
    assert Action.objects.get(**{field: value}) == actions[0]
    drafted(actions[1], factories.staff.make(), status=actions[1].status)
    told = bulk(client, actions, name, **data, version=version_in(page))
    assert f"Skipped 2 actions: {actions[0]}: That is already its" in text(told)
    assert f"{actions[1]}: Someone else changed this while you were writing." in text(told)
    assert f"Done for {len(actions) - 2} action" in text(told)
    assert set(Action.objects.filter(**{field: value})) == {actions[0], *actions[2:]}
    # What was typed stays for the one that was overtaken alone, and can be saved again.
    assert (told.status_code, told.context["actions"]) == (409, [actions[1]])
    assert "The actions below were not saved, for the reason given above." in text(told)
    assert "Agreed." in text(told)
    again = data | {"version": version_in(told)}
    assert bulk(client, told.context["actions"], name, **again).redirect_chain
    assert set(Action.objects.filter(**{field: value})) == set(actions)


def test_a_second_saver_whose_first_try_was_incomplete_overwrites_nothing(client, action):
    accounts.sign_in(client, "editor")
    opened = version_in(bulk(client, [action], "set_owners"))
    set_owner(action, "Theirs", "Theirs.", factories.staff.make())
    sent = {"owner_role": "Mine", "version": opened}
    again = bulk(client, [action], "set_owners", **sent, reason="")
    assert "Theirs" in text(again)
    sent["version"] = version_in(again)
    told = bulk(client, again.context["actions"], "set_owners", **sent, reason="Mine.")
    assert told.status_code == 409
    assert Action.objects.get(pk=action.pk).owner_role == "Theirs"


def test_a_version_that_was_never_shown_settles_nothing_and_keeps_what_was_typed(client, actions):
    accounts.sign_in(client, "editor")
    sent = {"owner_role": "Mine", "reason": "Typed for an hour"}
    for version in ("", "0", "9" * 5000):
        told = bulk(client, actions, "set_owners", **sent, version=version)
        assert (told.status_code, told.context["actions"]) == (409, actions), version
        assert "Typed for an hour" in text(told)
        assert not Action.objects.filter(owner_changes__owner_role="Mine").exists()
    # The page that says so has seen all: whoever looks at it once more may save.
    bulk(client, told.context["actions"], "set_owners", **sent, version=version_in(told))
    assert set(Action.objects.filter(owner_changes__owner_role="Mine")) == set(actions)


def test_of_several_actions_those_written_on_meanwhile_are_asked_for_again_alone(client, actions):
    accounts.sign_in(client, "editor")
    opened = version_in(bulk(client, actions, "set_owners"))
    drafted(actions[-1], factories.staff.make(), status=actions[-1].status)
    told = bulk(client, actions, "set_owners", owner_role="Mine", reason="So.", version=opened)
    assert (told.status_code, told.context["actions"]) == (409, actions[-1:])
    assert set(Action.objects.filter(owner_changes__owner_role="Mine")) == set(actions[:-1])


def test_what_was_typed_stays_where_nothing_could_be_done(client, actions):
    accounts.sign_in(client, "editor")
    told = bulk(
        client,
        actions,
        "set_due_dates",
        due_on="0202-12-01",
        due_set_by="organisation",
        reason="Typed for an hour",
    )
    assert (told.status_code, told.context["actions"], "Typed for an hour" in text(told)) == (
        200,
        actions,
        True,
    )
    assert "The date must be between 1990 and 2099. Check the year." in text(told)
    own_already = bulk(
        client,
        [actions[0]],
        "set_owners",
        owner_role=actions[0].owner_role,
        reason="Typed for an hour",
    )
    assert "Typed for an hour" in text(own_already)


def test_an_action_that_falls_out_of_what_the_list_is_asked_for_is_not_forgotten(client, action):
    accounts.sign_in(client, "editor")
    sent = chosen([action], "set_owners", owner_role="Mine", reason="Typed for an hour")
    factories.reported(action, "embedding")
    told = client.post(
        reverse("admin:findings_action_changelist") + "?status__exact=in_progress", sent
    )
    assert (told.status_code, "Typed for an hour" in text(told)) == (409, True)


def test_what_was_saved_a_moment_ago_is_not_taken_for_somebody_elses(client, actions, monkeypatch):
    accounts.sign_in(client, "editor")
    usual = workflow.propose_owner

    def refused(action, *args, **kwargs):
        if action == actions[1]:
            raise IntegrityError("as by what another wrote at the same moment")
        return usual(action, *args, **kwargs)

    monkeypatch.setattr(workflow, "propose_owner", refused)
    told = bulk(client, actions, "set_owners", owner_role="Mine", reason="So.")
    assert (told.status_code, told.context["actions"]) == (409, [actions[1]])
    assert f"Done for {len(actions) - 1} action" in text(told)


def test_an_action_that_was_deleted_meanwhile_is_skipped(client, actions):
    accounts.sign_in(client, "editor")
    sent = chosen(actions, "set_owners", owner_role="Mine", reason="So.")
    Action.objects.get(pk=actions[0].pk).delete()
    client.post(reverse("admin:findings_action_changelist"), sent)
    assert set(Action.objects.filter(owner_changes__owner_role="Mine")) == set(actions[1:])


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("set_owners", {"owner_role": "x" * 201}, "Owner: Ensure this value has at most"),
        (
            "set_due_dates",
            {"due_on": "2025-12-01", "due_set_by": "organisation", "reason": ""},
            "Say why you are setting this due date.",
        ),
    ],
)
def test_what_cannot_be_settled_is_asked_for_again(name, data, words, client, actions):
    accounts.sign_in(client, "editor")
    page = bulk(client, actions, name, **data)
    assert f"There is a problem Nothing was saved. {words}" in text(page)
    assert len(page.context["actions"]) == len(actions)


def test_drafts_are_handed_in_at_once_and_the_rest_is_told(client, actions):
    editor = accounts.sign_in(client, "editor")
    drafted(actions[0], editor, status=actions[0].status)
    send_back(
        handed_in(actions[1], editor, status=actions[1].status), factories.staff.make(), "No."
    )
    drafted(actions[2], factories.staff.make(), status=actions[2].status)
    told = text(bulk(client, actions, "submit_drafts"))
    assert "Done for 1 action." in told
    assert f"Skipped {len(actions) - 1} actions:" in told
    assert f"{actions[1]}: It was sent back. Read why, and correct it first." in told
    assert f"{actions[2]}: You have no draft for it." in told
    assert list(ProgressUpdate.objects.order_by("pk").values_list("state", flat=True)) == [
        "submitted",
        "sent_back",
        "draft",
    ]


@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("viewer", "set_owners"),
        ("editor", "set_owners"),
        ("other approver", "set_owners"),
        ("steward", "set_owners"),
        ("auditor", "set_owners"),
        ("editor", "submit_drafts"),
        ("editor", "set_due_dates"),
    ],
)
def test_nobody_settles_by_the_list_what_they_may_not_one_by_one(
    name, done, client, actions, others_action
):
    accounts.sign_in(client, name)
    data = {
        "owner_role": "me",
        "due_on": "2025-12-01",
        "due_set_by": "organisation",
        "reason": "So.",
    }
    bulk(client, [*actions, others_action], done, **data)
    changed = {
        action.plan.organisation.slug
        for action in Action.objects.filter(
            Q(owner_changes__owner_role="me") | Q(due_date_changes__due_on=DAY)
        )
    }
    own, other = {"gloucestershire"} if name in REPORTS else set(), {"avon-and-somerset"}
    reached = own | (other if name in {"other approver", "steward"} else set())
    assert changed == (set() if done == "submit_drafts" else reached)


def test_a_person_with_two_roles_settles_only_what_each_reaches(client, actions, others_action):
    user = accounts.sign_in(client, "editor")
    accounts.give(user, "viewer", "avon-and-somerset")
    told = text(bulk(client, [others_action], "set_owners", owner_role="me", reason="So."))
    assert f"Skipped 1 action: {others_action}: Your role does not let you change it." in told
    assert Action.objects.get(pk=others_action.pk).owner_role != "me"


def test_too_many_at_once_are_refused_with_a_sentence(client, action, monkeypatch):
    monkeypatch.setattr("findings.bulk_actions.MOST_AT_ONCE", 1)
    accounts.sign_in(client, "editor")
    actions = list(Action.objects.filter(plan=action.plan))
    for name in ("submit_drafts", "set_owners", "set_due_dates"):
        assert "Nothing was done: choose 1 actions at most." in text(bulk(client, actions, name))
