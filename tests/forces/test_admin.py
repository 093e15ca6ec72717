from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from forces.models import Alias, Membership, Organisation, Region
from inspections.models import Inspection
from tests import accounts, factories
from tests.admin_forms import organisation_facts
from tests.pages import elements, text
from tests.test_matrix import MODELS, autocompletes

pytestmark = pytest.mark.django_db


def listed(client, model, **query):
    return set(
        client.get(reverse(f"admin:forces_{model}_changelist"), query).context["cl"].queryset
    )


@pytest.mark.parametrize("words", ["Gloucestershire Police", "gloucestershire", "E23000037"])
def test_an_organisation_is_found_by_any_name_or_code(client, steward, words):
    assert Organisation.objects.get(slug="gloucestershire") in listed(
        client, "organisation", q=words
    )


def test_a_region_counts_its_units_and_forces(client, steward):
    page = client.get(reverse("admin:forces_region_changelist"), {"q": "South West"})
    region = page.context["cl"].queryset.get()
    assert (region.unit_count, region.force_count) == (1, 5)


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"kind": "unit"}, ["This region already has a current regional unit."]),
        (
            {"valid_from": "31 February", "region": "", "name": "\0", "kind": "army"},
            [
                "Enter a valid date.",
                "This field is required.",
                "Null characters are not allowed.",
                "army is not one of the available choices",
            ],
        ),
        (
            {"region": "99999", "name": "Dorset Police"},
            [
                "That choice is not one of the available choices",
                "Force or unit with this Name already exists.",
            ],
        ),
    ],
)
def test_an_organisation_that_cannot_be_is_refused_with_a_sentence(
    client, steward, changes, messages
):
    organisation = Organisation.objects.get(slug="wiltshire")
    response = client.post(
        reverse("admin:forces_organisation_change", args=[organisation.pk]),
        organisation_facts(organisation, **changes),
    )
    assert response.status_code == 200
    said = text(response)
    assert [message for message in messages if message not in said] == []


def test_an_alias_is_added_on_its_organisations_page_and_names_one_organisation(client, steward):
    organisation = Organisation.objects.get(slug="wiltshire")
    page = reverse("admin:forces_organisation_change", args=[organisation.pk])
    facts = organisation_facts(
        organisation, **{"aliases-TOTAL_FORMS": 1, "aliases-0-name": "Wilts"}
    )
    assert client.post(page, facts).status_code == 302
    assert Alias.objects.get(name="Wilts").organisation == organisation
    taken = client.post(page, facts | {"aliases-0-name": "GLOUCESTERSHIRE police"})
    assert "This alias already names a force or unit." in text(taken)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"role": "editor"},
            "A viewer, editor or approver belongs to one force or unit; a steward or "
            "auditor to none.",
        ),
        (
            {"role": "data_steward", "organisation": "dorset"},
            "A viewer, editor or approver belongs to one force or unit",
        ),
        (
            {"role": "auditor", "ends_on": "2024-12-31"},
            "A membership must end after it starts. To remove one added by mistake, delete it",
        ),
        ({"role": "king"}, "king is not one of the available choices"),
    ],
)
def test_a_membership_that_cannot_be_is_refused_with_a_sentence(
    client, superuser, changes, message
):
    if "organisation" in changes:
        changes = changes | {
            "organisation": Organisation.objects.get(slug=changes["organisation"]).pk
        }
    facts = {"user": factories.staff.make().pk, "starts_on": "2025-01-01"} | changes
    response = client.post(reverse("admin:forces_membership_add"), facts)
    assert response.status_code == 200
    assert message in text(response)


def test_a_membership_says_whether_it_is_active_today(client):
    auditor, today = accounts.sign_in(client, "auditor"), timezone.localdate()
    factories.membership.make(starts_on=date(2025, 1, 1), ends_on=today)
    factories.membership.make(starts_on=today + timedelta(days=1))
    page = client.get(reverse("admin:forces_membership_changelist"))
    assert {row: row.active for row in page.context["cl"].queryset} == {
        row: row.user == auditor for row in Membership.objects.select_related("user")
    }


def test_a_region_with_organisations_cannot_be_deleted(client, steward):
    region = Region.objects.get(slug="south-west")
    page = reverse("admin:forces_region_delete", args=[region.pk])
    assert "You cannot delete this because the following depend on it." in text(client.get(page))


def test_a_row_has_a_way_to_its_public_page_only_where_the_public_has_one(client, steward):
    inspection = Inspection.objects.get(slug="soc-south-west-2025")
    page = reverse("admin:inspections_inspection_change", args=[inspection.pk])
    assert client.get(page).context["absolute_url"] == inspection.get_absolute_url()
    Inspection.objects.filter(pk=inspection.pk).update(public_at=None)
    assert not client.get(page).context["has_absolute_url"]


def search_boxes(page):
    """What the search boxes of a page ask, one by one."""
    for box in elements(page, "select"):
        if "data-ajax--url" in box.attributes:
            asked = {
                name: box.attributes[f"data-{name.replace('_', '-')}"]
                for name in ("app_label", "model_name", "field_name")
            }
            yield box.attributes["data-ajax--url"], asked


@pytest.mark.slow
def test_every_search_box_that_a_steward_is_shown_is_one_that_they_may_ask(client, steward):
    """Which answers them, as tests/test_matrix.py says."""
    accounts.rows()
    asked = set()
    for model, page in admin.site._registry.items():
        if not any(part.autocomplete_fields for part in (page, *page.inlines)):
            continue
        name, row = (
            f"admin:{model._meta.app_label}_{model._meta.model_name}",
            model._default_manager.order_by("pk").first(),
        )
        # A row's page has the boxes with which one is added.
        for address in (reverse(f"{name}_add"), reverse(f"{name}_change", args=[row.pk])):
            shown = client.get(address)
            if shown.status_code == 200:
                asked |= {(url, tuple(box.items())) for url, box in search_boxes(shown)}
                break
    assert len(asked) > 10
    assert asked <= {
        (reverse("admin:autocomplete"), tuple(box.items()))
        for label in MODELS
        if "v" in MODELS[label]["steward"]
        for box in autocompletes(label)
    }
