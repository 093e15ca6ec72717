"""Saving what somebody else holds locked for longer than a page waits."""

from contextlib import contextmanager

import psycopg2
import pytest
from django.db import connection
from django.urls import reverse

from findings.models import Action, Finding, ProgressUpdate
from tests import accounts
from tests.pages import version_now

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "Typed with care, over half an hour."


@contextmanager
def locked(row):
    """A row that somebody else has locked; for this test, pages wait less long for it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)
        cursor.execute("SET lock_timeout = '200ms'")
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute(
                f"SELECT FROM {row._meta.db_table} WHERE id = %s FOR UPDATE",
                [row.pk],
            )
            yield
    finally:
        other.close()
        connection.close()


def test_progress_on_a_locked_action_is_shown_again_to_be_saved_in_a_moment(client):
    action = Action.objects.get(plan__slug="gloucestershire-reported-steps", number=5)
    accounts.sign_in(client, "editor")
    sent = {"status": action.status, "note": NOTE, "version": version_now()}
    address = reverse("admin:findings_action_record_progress", args=[action.pk])
    with locked(action):
        page = client.post(address, sent)
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "someone else is saving the same record" in page.text
    assert NOTE in page.text
    assert client.post(address, sent).status_code == 302
    assert ProgressUpdate.objects.get(action=action, note=NOTE)


def test_a_locked_row_of_the_admin_is_shown_again_to_be_saved_in_a_moment(client):
    finding = Finding.objects.get(reference="F15")
    accounts.sign_in(client, "steward")
    address = reverse("admin:findings_finding_change", args=[finding.pk])
    with locked(finding):
        page = client.post(address, {"summary": NOTE, "version": version_now()})
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "someone else is saving the same record" in page.text
    assert NOTE in page.text
    finding.refresh_from_db()
    assert finding.summary != NOTE
