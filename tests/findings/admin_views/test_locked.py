"""Saving what somebody else holds locked for longer than a page waits."""

from contextlib import contextmanager
from datetime import date

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from findings.choices import ProposalState
from findings.models import Action, Finding, ProgressUpdate
from tests import accounts, factories
from tests.action_pages import bulk, page_of
from tests.pages import elements, text, version_now
from tests.workflow_steps import in_state

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "Typed with care, over half an hour."


@contextmanager
def locked(*rows):
    """Rows that somebody else has locked; for this test, pages wait less long for it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("2s",)
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


def waits(queries):
    """How often somebody else's lock was waited for until the end."""
    return [query["sql"] for query in queries if float(query["time"]) > 0.15]


def test_what_somebody_else_has_locked_is_not_deleted_and_is_waited_for_once(client):
    finding, other = factories.finding.make(), factories.finding.make()
    accounts.sign_in(client, "steward")
    alone = reverse("admin:findings_finding_delete", args=[finding.pk])
    several = reverse("admin:findings_finding_changelist")
    selected = {"action": "delete_selected", "_selected_action": [finding.pk, other.pk]}
    for address, sent in ((alone, {"why": NOTE}), (several, selected)):
        with locked(finding), CaptureQueriesContext(connection) as queries:
            page = client.post(address, sent | {"post": "yes"})
        assert (page.status_code, page["Retry-After"]) == (503, "5")
        assert "Nothing was deleted because someone else is saving the same record" in page.text
        names = [field.attributes.get("name") for field in elements(page, "input")]
        assert names.count("post") == 1  # it asks again
        assert (NOTE in page.text) is ("why" in sent)
        assert len(waits(queries)) == 1
    assert Finding.objects.filter(pk__in=[finding.pk, other.pk]).count() == 2


def test_a_button_on_what_somebody_else_has_locked_says_so(client):
    plan = Action.objects.filter(plan__organisation__slug="gloucestershire").first().plan
    sent, drafted = (
        factories.action.make(plan=plan, number=number, status="in_progress") for number in (77, 78)
    )
    by = accounts.sign_in(client, "editor")
    rows = [
        (in_state(sent, ProposalState.SUBMITTED, by), "withdraw"),
        (in_state(drafted, ProposalState.DRAFT, by), "discard"),
    ]
    for update, page in rows:
        with locked(update), CaptureQueriesContext(connection) as queries:
            answer = client.post(page_of(page, update))
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Nothing was saved, as someone else is still saving" in text(answer)
        assert len(waits(queries)) == 1
        assert ProgressUpdate.objects.get(pk=update.pk).state == update.state


def test_a_steward_s_form_on_what_somebody_else_has_locked_says_so(client):
    plan = Action.objects.first().plan
    accounts.sign_in(client, "steward")
    force, theme, pair = factories.force.make(), factories.theme.make(), []
    for year in (2019, 2024):
        inspection = factories.inspection.make(published_on=date(year, 3, 1))
        pair.append(factories.finding_on(theme, inspection=inspection))
        pair[-1].organisations.add(force)
    link = {f"{pair[1].pk}-{pair[0].pk}-reason": NOTE}
    copy = {"organisation": plan.organisation_id, "name": "A copy", "slug": "a-copy"}
    for rows, name, data in (
        (pair, "admin:findings_finding_repeats", link),
        ([plan.organisation], "admin:findings_plan_copy", copy),
    ):
        address = reverse(name, args=[plan.pk] if data is copy else [])
        with locked(*rows):
            answer = client.post(address, data)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "someone else is" in text(answer)
        assert all(value in answer.text for value in data.values() if value == NOTE)
