"""Whoever tries out passwords is slowed down."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client, RequestFactory
from django.utils import timezone

from config import events
from tests import accounts
from tests.signing_in import HERE, THERE, enter, is_in

pytestmark = pytest.mark.django_db


def test_a_name_is_locked_where_it_failed_five_times_and_nobody_else(client):
    accounts.make("editor")
    accounts.make("steward")
    answers = [enter(client, "editor", "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    locked = enter(client, "editor")
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert "Wait 15 minutes" in locked.text
    assert not is_in(client)
    assert enter(Client(), "steward").status_code == 302
    assert enter(Client(), "editor", address=THERE).status_code == 302
    assert enter(client, "editor").status_code == 429


def test_a_lock_ends_by_itself_and_knocking_does_not_prolong_it(client):
    accounts.make("editor")
    for _ in range(5):
        enter(client, "editor", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert enter(client, "editor").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert enter(client, "editor").status_code == 302


def test_success_forgets_failures(client):
    accounts.make("editor")
    for _ in range(3):
        for _ in range(4):
            assert enter(client, "editor", "wrong").status_code == 200
        assert enter(Client(), "editor").status_code == 302


def test_an_address_as_a_whole_is_locked_only_after_very_many_failures(client, settings):
    settings.MOST_FAILURES_OF_AN_ADDRESS = 9
    accounts.make("editor")
    for number in range(8):
        assert enter(client, f"guess {number}", "wrong").status_code == 200
    assert enter(Client(), "editor").status_code == 302
    assert enter(client, "guess 8", "wrong").status_code == 429
    assert enter(client, "editor").status_code == 429
    assert enter(client, "editor", address=THERE).status_code == 302


def test_a_household_with_many_addresses_is_one(client):
    for number in range(5):
        answer = enter(client, "editor", "wrong", address=f"2001:db8::{number}")
    assert answer.status_code == 429
    assert enter(client, "editor", "wrong", address="2001:db8:0:1::1").status_code == 200


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "203.0.113.9", HERE),
        (True, "203.0.113.9, 203.0.113.8", "203.0.113.8"),
        (True, "", HERE),
        (True, "nonsense", None),
    ],
)
def test_an_address_is_the_one_that_our_own_proxy_saw(settings, behind, forwarded, address):
    settings.BEHIND_PROXY = behind
    asked = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=HERE)
    assert events.address(asked) == address


def test_what_a_failure_leaves_behind_holds_no_secret(client, told):
    enter(client, "editor", "my old password")
    kept = AccessAttempt.objects.get()
    assert "my old password" not in str(vars(kept)) + str(told())
    assert "my old password" not in str(told())
