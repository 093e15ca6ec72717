"""Saving what somebody else holds locked for longer than a page waits."""

from contextlib import contextmanager

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from findings.models import Action, Finding, ProgressUpdate
from tests import accounts
from tests.action_pages import bulk
from tests.pages import text, version_now

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "Typed with care, over half an hour."


@contextmanager
def locked(*rows):
    """Rows that somebody else has locked; for this test, pages wait less long for it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)
        cursor.execute("SET lock_timeout = '200ms'")
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute(
                f"SELECT FROM {rows[0]._meta.db_table} WHERE id = ANY(%s) FOR UPDATE",
                [[row.pk for row in rows]],
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


def test_of_many_locked_rows_one_alone_is_waited_for(client):
    actions = list(Action.objects.filter(plan__organisation__slug="gloucestershire"))
    assert len(actions) > 2
    accounts.sign_in(client, "editor")
    sent = {"owner_role": "head of crime", "reason": NOTE}
    with locked(*actions):
        with CaptureQueriesContext(connection) as queries:
            page = bulk(client, actions, "set_owners", **sent, version=version_now())
        assert len([query for query in queries if "FOR NO KEY UPDATE" in query["sql"]]) == 1
    assert f"Skipped {len(actions)} actions" in text(page)
    assert NOTE in page.text
