"""What is written down of who comes in, and of what is refused."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from forces.models import Organisation
from tests import accounts, factories
from tests.pages import version_now
from tests.signing_in import DOOR, HERE, THERE, enter

pytestmark = pytest.mark.django_db


def test_each_event_is_one_line_of_json_with_who_where_and_why(client, told):
    accounts.make("editor")
    for name, password in (
        ("editor\nforged", "wrong"),
        *[("editor", "wrong")] * 5,
        ("steward", "wrong"),
    ):
        enter(client, name, password)
    enter(client, "editor", address=THERE)
    client.post("/admin/logout/", REMOTE_ADDR=THERE)
    at = [event.pop("at") for event in told()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", time) for time in at)
    common = {"method": "POST", "path": DOOR}
    wrong = common | {
        "event": "sign-in failed",
        "address": HERE,
        "reason": "wrong name or password",
    }
    assert [{name: value for name, value in event.items() if name != "at"} for event in told()] == [
        wrong | {"user": "editor\nforged"},
        *[wrong | {"user": "editor"}] * 4,
        common
        | {"event": "locked out", "user": "editor", "address": HERE, "reason": "too many failures"},
        wrong | {"user": "steward"},
        common | {"event": "signed in", "user": "editor", "address": THERE, "by": ["password"]},
        {
            "event": "signed out",
            "user": "editor",
            "address": THERE,
            "method": "POST",
            "path": "/admin/logout/",
        },
    ]


def test_a_refusal_is_written_down(client, told):
    accounts.sign_in(client, "editor")
    address = "/admin/auth/user/add/"
    assert client.get(address).status_code == 403
    refused = told()[-1]
    assert (refused["event"], refused["user"], refused["method"], refused["path"]) == (
        "refused",
        "editor",
        "GET",
        address,
    )


@pytest.mark.parametrize("page", ["change", "history", "record_progress", "due_date", "owner"])
def test_whoever_asks_for_what_another_organisation_keeps_is_written_down(client, told, page):
    editor = accounts.sign_in(client, "editor")
    own, theirs = (
        factories.action.make(plan__organisation=Organisation.objects.get(slug=organisation))
        for organisation in (accounts.OWN, accounts.OTHER)
    )
    client.get(reverse(f"admin:findings_action_{page}", args=[own.pk]))
    assert told() == []
    address = reverse(f"admin:findings_action_{page}", args=[theirs.pk])
    client.get(address)
    refused = told()[-1]
    assert (refused["event"], refused["user"], refused["path"]) == ("refused", "editor", address)
    assert refused["reason"].endswith("or none of theirs")
    # One that they only read, among several.
    accounts.give(editor, "viewer", accounts.OTHER)
    chosen = {
        "action": "set_owners",
        "_selected_action": [own.pk, theirs.pk],
        "version": version_now(),
    }
    client.post(
        reverse("admin:findings_action_changelist"),
        chosen | {"owner_role": "head of crime", "reason": "Agreed."},
    )
    assert (told()[-1]["event"], told()[-1]["reason"]) == (
        "refused",
        f"action {theirs.pk} is none of theirs",
    )


def test_whoever_would_see_every_row_is_refused_nothing_where_there_is_none(client, told):
    accounts.sign_in(client, "steward")
    assert client.get(reverse("admin:findings_action_change", args=[0])).status_code == 302
    assert told() == []


def test_a_form_without_our_token_is_refused_in_the_same_house_and_written_down(told):
    client = Client(enforce_csrf_checks=True)
    answer = enter(client, "editor")
    assert answer.status_code == 403
    assert "You cannot open this page" in answer.text
    assert (told()[-1]["event"], told()[-1]["reason"]) == ("refused", "CSRF cookie not set.")
