from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from forces.models import Alias, Membership, Organisation, Region
from tests import accounts, factories
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward(client):
    return accounts.sign_in(client, "steward")


def organisation_facts(organisation, **changes):
    return {
        "region": organisation.region_id,
        "kind": organisation.kind,
        "name": organisation.name,
        "short_name": organisation.short_name,
        "slug": organisation.slug,
        "aliases-TOTAL_FORMS": 0,
        "aliases-INITIAL_FORMS": 0,
    } | changes


def listed(client, model, **query):
    return set(client.get(reverse(f"admin:forces_{model}_changelist"), query).context["cl"].queryset)


@pytest.mark.parametrize("words", ["Gloucestershire Police", "gloucestershire", "E23000037"])
def test_a_body_is_found_by_any_name_or_code(client, steward, words):
    assert Organisation.objects.get(slug="gloucestershire") in listed(client, "organisation", q=words)


def test_a_region_counts_its_units_and_forces(client, steward):
    page = client.get(reverse("admin:forces_region_changelist"), {"q": "South West"})
    region = page.context["cl"].queryset.get()
    assert (region.unit_count, region.force_count) == (1, 5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "unit"}, "This region already has a current regional unit."),
        ({"successor": "itself", "valid_to": "2026-01-01"}, "A body cannot succeed itself."),
        ({"successor": "dorset"}, "Only a body that has ended has a successor."),
        ({"valid_from": "2026-01-01", "valid_to": "2025-01-01"}, "A body's last day must come after its first."),
        ({"valid_from": "31 February"}, "Enter a valid date."),
        ({"region": ""}, "This field is required."),
        ({"region": "99999"}, "That choice is not one of the available choices"),
        ({"name": "\0"}, "Null characters are not allowed."),
        ({"name": "Dorset Police"}, "Organisation with this Name already exists."),
        ({"kind": "army"}, "army is not one of the available choices"),
    ],
)
def test_a_body_that_cannot_be_is_refused_with_a_sentence(client, steward, changes, message):
    body = Organisation.objects.get(slug="wiltshire")
    if "successor" in changes:
        slug = "wiltshire" if changes["successor"] == "itself" else changes["successor"]
        changes = changes | {"successor": Organisation.objects.get(slug=slug).pk}
    response = client.post(reverse("admin:forces_organisation_change", args=[body.pk]), organisation_facts(body, **changes))
    assert response.status_code == 200
    assert message in text(response)


def test_an_alias_is_added_on_its_bodys_page_and_names_one_body(client, steward):
    body = Organisation.objects.get(slug="wiltshire")
    page = reverse("admin:forces_organisation_change", args=[body.pk])
    facts = organisation_facts(body, **{"aliases-TOTAL_FORMS": 1, "aliases-0-name": "Wilts"})
    assert client.post(page, facts).status_code == 302
    assert Alias.objects.get(name="Wilts").organisation == body
    taken = client.post(page, facts | {"aliases-0-name": "GLOUCESTERSHIRE police"})
    assert "This alias already names a body." in text(taken)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"role": "editor"}, "A viewer, editor or approver belongs to one body; a steward or auditor to none."),
        ({"role": "data_steward", "organisation": "dorset"}, "A viewer, editor or approver belongs to one body"),
        ({"role": "auditor", "ends_on": "2024-12-31"}, "A membership must end after it starts."),
        ({"role": "king"}, "king is not one of the available choices"),
    ],
)
def test_a_membership_that_cannot_be_is_refused_with_a_sentence(client, steward, changes, message):
    if "organisation" in changes:
        changes = changes | {"organisation": Organisation.objects.get(slug=changes["organisation"]).pk}
    facts = {"user": factories.staff.make().pk, "starts_on": "2025-01-01"} | changes
    response = client.post(reverse("admin:forces_membership_add"), facts)
    assert response.status_code == 200
    assert message in text(response)


def test_a_membership_says_whether_it_is_active_today(client, steward):
    today = timezone.localdate()
    factories.membership.make(starts_on=date(2025, 1, 1), ends_on=today)
    factories.membership.make(starts_on=today + timedelta(days=1))
    page = client.get(reverse("admin:forces_membership_changelist"))
    assert {row: row.active for row in page.context["cl"].queryset} == {
        row: row.user == steward for row in Membership.objects.select_related("user")
    }


def test_a_region_with_bodies_cannot_be_deleted(client, steward):
    region = Region.objects.get(slug="south-west")
    page = reverse("admin:forces_region_delete", args=[region.pk])
    assert "This cannot be deleted while the following rest on it." in text(client.get(page))


def test_whoever_has_a_membership_cannot_be_deleted(client, steward):
    client.force_login(get_user_model().objects.create_superuser("superuser"))
    page = reverse("admin:auth_user_delete", args=[steward.pk])
    assert "This cannot be deleted while the following rest on it." in text(client.get(page))
