"""The pages of findings, responses and confirmations in the admin."""

from datetime import timedelta

import pytest
from django.utils import timezone

from findings.models import Confirmation, Finding, Plan, Response, Theme
from forces.models import Organisation
from inspections.models import Source
from lib.audit.models import Change
from tests import accounts, factories
from tests.addresses import admin_address
from tests.pages import elements, text

pytestmark = pytest.mark.django_db


def finding_facts(finding, **changes):
    return {
        "inspection": finding.inspection_id,
        "reference": finding.reference,
        "kind": finding.kind,
        "summary": finding.summary,
        "citations-TOTAL_FORMS": 0,
        "citations-INITIAL_FORMS": 0,
    } | changes


NO_FINDINGS = [
    (
        {"kind": "recommendation", "cause": "F2"},
        "A recommendation belongs to a cause of concern.",
    ),
    (
        {"kind": "strength", "cause": "cause"},
        "Only a recommendation belongs to a cause of concern.",
    ),
    ({"repeats": "F1"}, "A finding cannot belong to or repeat itself."),
    ({"reference": "f2"}, "Another finding of this inspection has this reference."),
    ({"reference": "no spaces"}, "Use only letters without accents, digits, hyphens and"),
    ({"inspection": ""}, "This field is required."),
    ({"inspection": "99999"}, "That choice is not one of the available choices"),
    ({"summary": "x" * 20_001}, "at most 20000 characters"),
    ({"summary": "\0"}, "Null characters are not allowed."),
]


def test_a_finding_that_cannot_be_is_refused_with_a_sentence(client, subtests):
    accounts.sign_in(client, "steward")
    factories.finding.make(reference="cause", kind="cause_of_concern")
    finding = Finding.objects.get(reference="F1")
    for changes, message in NO_FINDINGS:
        with subtests.test(message):
            changes = {
                name: Finding.objects.get(reference=value).pk
                if name in ("cause", "repeats")
                else value
                for name, value in changes.items()
            }
            response = client.post(
                admin_address("findings.finding", "change", finding.pk),
                finding_facts(finding, **changes),
            )
            assert response.status_code == 200
            assert message in text(response)


def test_a_response_answers_one_thing(client):
    accounts.sign_in(client, "steward")
    response = Response.objects.first()
    facts = {
        "organisation": response.organisation_id,
        "inspection": response.inspection_id,
        "finding": Finding.objects.get(reference="F1").pk,
        "respondent": "organisation",
        "stance": "accepted",
        "role": "head of crime",
        "summary": "Both.",
        "citations-TOTAL_FORMS": 0,
        "citations-INITIAL_FORMS": 0,
    }
    for changes in ({}, {"inspection": "", "finding": ""}):
        page = client.post(
            admin_address("findings.response", "change", response.pk), facts | changes
        )
        assert "A response is to an inspection or to a finding: exactly one of the two." in text(
            page
        )
    again = {"finding": "", "role": response.role, "summary": response.summary}
    page = client.post(admin_address("findings.response", "add"), facts | again)
    assert "This response to this inspection is already recorded." in text(page)


def test_a_steward_writes_down_what_the_inspectorate_confirmed_with_its_source(client):
    accounts.sign_in(client, "steward")
    finding, source = Finding.objects.get(reference="F15"), Source.objects.first()
    facts = {
        "finding": finding.pk,
        "closure_status": "being_progressed",
        "confirmed_on": "2025-11-03",
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
    }
    assert "cite at least one source" in text(
        client.post(admin_address("findings.confirmation", "add"), facts)
    )
    cited = facts | {
        "citations-0-source": source.pk,
        "citations-0-attribution": "inspectorate",
        "citations-0-locator": "¶2",
    }
    assert "Say why you are entering this." in text(
        client.post(admin_address("findings.confirmation", "add"), cited)
    )
    tomorrow = cited | {
        "why": "Their letter came.",
        "confirmed_on": timezone.localdate() + timedelta(days=1),
    }
    assert "This date is in the future." in text(
        client.post(admin_address("findings.confirmation", "add"), tomorrow)
    )
    assert (
        client.post(
            admin_address("findings.confirmation", "add"), cited | {"why": "Their letter came."}
        ).status_code
        == 302
    )
    assert set(
        Change.objects.of("findings_confirmation", finding.confirmations.first().pk).values_list(
            "reason", flat=True
        )
    ) == {"Their letter came."}
    confirmation = Confirmation.objects.get(finding=finding)
    assert confirmation.citations.get().source == source
    page = client.get(admin_address("findings.confirmation", "change", confirmation.pk))
    assert not [
        field for field in elements(page, "input") if field.attributes.get("type") == "submit"
    ]


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: Plan.objects.get(slug="gloucestershire-rapid-improvement-plan"), "findings.plan"),
        (lambda: factories.confirmation.make().finding, "findings.finding"),
        (lambda: factories.update.make().action, "findings.action"),
        (
            lambda: Theme.objects.get(
                pk=factories.theme.make()
                .replaces.create(name="Old", slug="old", definition="Old.")
                .replaced_by_id
            ),
            "findings.theme",
        ),
        (lambda: Organisation.objects.get(slug="dorset"), "forces.organisation"),
        (lambda: factories.update.make().by, "auth.user"),
    ],
)
def test_what_others_rest_on_cannot_be_deleted_and_the_page_says_why(client, make, label):
    accounts.sign_in(client, "superuser")
    row = make()
    page = admin_address(label, "delete", row.pk)
    assert "You cannot delete this because the following depend on it." in text(client.get(page))
    assert client.post(page, {"post": "yes"}).status_code == 200
    assert type(row).objects.filter(pk=row.pk).exists()
    if label != "findings.plan":  # their lists delete alike
        return
    bulk = {"action": "delete_selected", "_selected_action": [row.pk]}
    assert "You cannot delete this because the following depend on it." in text(
        client.post(admin_address(label, "changelist"), bulk)
    )
    assert (
        client.post(admin_address(label, "changelist"), bulk | {"post": "yes"}).status_code == 200
    )
    assert type(row).objects.filter(pk=row.pk).exists()
