"""For whom and why a change is said to be made, on every road."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from findings.models import Theme
from findings.workflow import propose_owner, publish
from lib.audit.context import change_author, change_reason
from lib.audit.models import Change
from tests import accounts, factories
from tests.changes import last
from tests.workflow_steps import NOW

pytestmark = pytest.mark.django_db


def test_a_request_says_who_from_where_and_under_which_number(client):
    user = accounts.make("steward")
    get_user_model().objects.filter(pk=user.pk).update(first_name="Ann", last_name="Other")
    client.force_login(user)
    theme = factories.theme.make(name="Before")
    data = {"name": "After", "slug": theme.slug, "definition": "New.", "why": "It was\0 misread."}
    assert (
        client.post(reverse("admin:findings_theme_change", args=[theme.pk]), data).status_code
        == 302
    )
    change = last(theme)
    assert (change.name, change.user, change.address) == (
        "steward (Ann Other)",
        user.pk,
        "127.0.0.1",
    )
    assert change.reason == "It was misread."
    assert change.request
    get_user_model().objects.filter(pk=user.pk).update(username="renamed")
    assert last(theme).name == "steward (Ann Other)"
    Theme.objects.filter(pk=theme.pk).update(name="Later")
    assert (last(theme).name, last(theme).request) == ("", None)


@pytest.mark.django_db(transaction=True)
def test_who_it_was_is_known_without_a_transaction_too_and_of_nothing_that_follows():
    user, theme = factories.staff.make(username="ann"), factories.theme.make()
    with change_author(user, "192.0.2.1"):
        Theme.objects.filter(pk=theme.pk).update(name="First")
        inner = last(theme)
    Theme.objects.filter(pk=theme.pk).update(name="Second")
    assert (inner.name, inner.address, last(theme).name) == ("ann", "192.0.2.1", "")


def test_two_requests_have_two_numbers(client):
    accounts.sign_in(client, "steward")
    theme = factories.theme.make()
    for name in ("First", "Second"):
        client.post(
            reverse("admin:findings_theme_change", args=[theme.pk]),
            {"name": name, "slug": theme.slug, "definition": "New."},
        )
    changes = Change.objects.filter(table="findings_theme", row=theme.pk, operation="UPDATE")
    assert len({change.request for change in changes}) == 2


def test_a_deletion_keeps_its_reason(client, theme):
    accounts.sign_in(client, "steward")
    client.post(
        reverse("admin:findings_theme_delete", args=[theme.pk]),
        {"post": "yes", "why": " Entered twice. "},
    )
    assert (last(theme).operation, last(theme).reason) == ("DELETE", "Entered twice.")
    theme = factories.theme.make()
    client.post(
        reverse("admin:findings_theme_delete", args=[theme.pk]),
        {"post": "yes", "why": "Long. " * 1_000},
    )
    assert len(last(theme).reason) == 1_000


def test_a_reason_holds_for_what_it_was_given_for_and_no_longer(theme):
    with change_author(factories.staff.make(username="ann"), "192.0.2.1"):
        with change_reason("Misread."):
            Theme.objects.filter(pk=theme.pk).update(name="First")
        inner = last(theme)
        Theme.objects.filter(pk=theme.pk).update(name="Second")
    outer = last(theme)
    Theme.objects.filter(pk=theme.pk).update(name="Third")
    assert [(change.name, change.reason) for change in (inner, outer, last(theme))] == [
        ("ann", "Misread."),
        ("ann", ""),
        ("", ""),
    ]
    assert inner.request == outer.request


def test_the_workflow_says_who_and_why_where_no_request_does():
    action, user = factories.action.make(), factories.staff.make(username="ann")
    proposal = propose_owner(action, "head of crime", "Agreed.", factories.staff.make(), NOW)
    publish(proposal, user, NOW)
    change = last(action)
    assert (change.before, change.after) == ({"owner_role": ""}, {"owner_role": "head of crime"})
    assert (change.user, change.name, change.reason) == (user.pk, "ann", "Agreed.")


def test_a_status_keeps_the_note_as_its_reason():
    action = factories.action.make()
    factories.reported(action, "in_progress", "Ten posts are filled.")
    assert last(action).reason == "Approved what was reported: Ten posts are filled."
    assert last(action).after == {"status": "in_progress"}
