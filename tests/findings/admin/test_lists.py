"""The lists of the admin: what they count, tell, offer and refuse."""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings.models import Action
from tests import accounts, factories
from tests.addresses import admin_address
from tests.pages import elements, text
from tests.test_matrix import MODELS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize(
    "path", ["updates__by__password", "plan__organisation__memberships__user__email"]
)
def test_no_list_is_narrowed_by_what_its_reader_may_not_see(path, client, action):
    accounts.sign_in(client, "editor")
    assert (
        client.get(
            admin_address("findings.action", "changelist"), {f"{path}__gte": "a"}
        ).status_code
        == 400
    )


def test_what_is_kept_for_good_is_not_offered_for_deletion_in_bulk(client):
    factories.update.make()
    factories.confirmation.make()
    accounts.sign_in(client, "superuser")
    for label in ("findings.progressupdate", "findings.confirmation"):
        rows = apps.get_model(label).objects
        pk = rows.first().pk
        assert (
            "delete_selected" not in client.get(admin_address(label, "changelist")).content.decode()
        )
        client.post(
            admin_address(label, "changelist"),
            {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
        )
        assert rows.filter(pk=pk).exists()


def test_a_list_asks_the_database_as_often_for_two_rows_as_for_one(client):
    accounts.rows(2)
    accounts.sign_in(client, "superuser")
    client.get(reverse("admin:index"))
    for label in MODELS:
        ids = [
            str(pk)
            for pk in apps.get_model(label).objects.order_by("-pk").values_list("pk", flat=True)[:2]
        ]
        asked = []
        for chosen in (ids[:1], ids):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(admin_address(label, "changelist"), {"id__in": ",".join(chosen)})
            assert page.context["cl"].result_count == len(chosen)
            asked.append(len(queries))
        assert asked[0] == asked[1] <= 16, label


@pytest.mark.parametrize("label", ["findings.plan", "findings.action"])
def test_a_plan_and_an_action_ask_the_database_as_often_however_much_they_hold(
    label, client, action
):
    user = accounts.sign_in(client, "steward")
    row = action if label == "findings.action" else action.plan

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(admin_address(label, "change", row.pk)).status_code == 200
        return len(queries)

    factories.reported(action, action.status, "First.", user, timezone.now())
    count()
    before = count()
    for n in range(2):
        factories.action.make(plan=action.plan, number=100 + n)
        update = factories.reported(action, action.status, "More.", user, timezone.now())
        factories.evidence.make(action=None, update=update)
    # Evidence is asked for once; before there was an update with some, not at all.
    assert count() <= before + 1


@pytest.mark.parametrize("attention", ["overdue", "undated", "unowned", "unconfirmed"])
def test_the_list_of_actions_picks_out_what_needs_attention(attention, client):
    accounts.sign_in(client, "steward")
    page = client.get(admin_address("findings.action", "changelist"), {"attention": attention})
    today = timezone.localdate()
    expected = {
        "overdue": Action.objects.overdue(today),
        "undated": Action.objects.undated(),
        "unowned": Action.objects.unowned(),
        "unconfirmed": Action.objects.unconfirmed(),
    }
    assert set(page.context["cl"].queryset) == set(expected[attention])


@pytest.mark.parametrize(
    ("who", "may_ask"),
    [("approver", False), ("auditor", True)],
)
def test_no_list_tells_which_action_answers_a_finding_that_its_reader_may_not_read(
    who, may_ask, client, action
):
    finding = factories.finding.make(reference="under-embargo-1", inspection__public_at=None)
    action.findings.add(finding)
    accounts.sign_in(client, who)
    actions = admin_address("findings.action", "changelist")
    found = client.get(actions, {"q": "under-embargo"})
    assert list(found.context["cl"].queryset) == [action] * may_ask
    for lookup in ("findings", "findings__id__exact", "findings__in", "findings__gte"):
        assert client.get(actions, {lookup: finding.pk}).status_code == (200 if may_ask else 400), (
            lookup
        )


def test_filters_of_a_list_are_called_by_their_names(client):
    accounts.sign_in(client, "steward")
    summaries = elements(
        client.get(admin_address("findings.duedatechange", "changelist")), "summary"
    )
    assert [summary.text for summary in summaries] == ["Set by", "State"]


def test_the_list_of_evidence_says_in_words_what_is_public(client):
    accounts.sign_in(client, "steward")
    factories.evidence.make(is_public=True)
    factories.evidence.make(is_public=False)
    page = client.get(admin_address("findings.evidence", "changelist"))
    assert {cell.text for cell in elements(page, "td") if "field-who_sees" in cell.classes} == {
        "public",
        "restricted",
    }


def test_the_list_of_findings_counts_as_people_do(client):
    accounts.sign_in(client, "steward")
    page = client.get(admin_address("findings.finding", "changelist"))
    assert [finding.reference for finding in page.context["cl"].result_list] == [
        f"F{n}" for n in range(1, 26)
    ]


def test_the_list_of_plans_says_that_none_is_overdue_only_where_an_action_has_a_date(client):
    action = factories.action_in()
    accounts.sign_in(client, "steward")
    listed = f"/admin/findings/plan/?q={action.plan.name}"
    assert "no open action has a date" in text(client.get(listed))
    factories.action_in(plan=action.plan, due_on=date(2090, 1, 1))
    assert "no open action has a date" not in text(client.get(listed))


def test_a_search_box_offers_choices_to_stewards_and_nothing_to_editors(client):
    asked = {
        "term": "glouc",
        "app_label": "findings",
        "model_name": "plan",
        "field_name": "organisation",
    }
    accounts.sign_in(client, "steward")
    assert [
        choice["text"]
        for choice in client.get(reverse("admin:autocomplete"), asked).json()["results"]
    ] == ["Gloucestershire"]
    accounts.sign_in(client, "editor")
    assert client.get(reverse("admin:autocomplete"), asked).status_code == 403


@pytest.mark.parametrize(
    ("model", "lookup"),
    [("finding", "search"), ("finding", "search__gte"), ("response", "search__isnull")],
)
def test_what_is_kept_for_the_search_is_no_way_to_ask_a_list(client, model, lookup):
    accounts.sign_in(client, "auditor")
    assert (
        client.get(admin_address(f"findings.{model}", "changelist"), {lookup: "'"}).status_code
        == 400
    )
