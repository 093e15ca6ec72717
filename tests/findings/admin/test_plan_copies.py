"""A copy of a plan: a draft of its actions, their owners and links, and nothing that happened."""

from datetime import date

import pytest
from django.urls import reverse

from findings.models import Action, Plan
from tests import factories
from tests.admin_forms import boxes
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    plan, finding = factories.plan.make(), factories.finding.make()
    shared = {"plan": plan, "due_set_by": "organisation", "due_on": date(2026, 9, 30)}
    first = factories.action.make(number=1, owner_role="head of crime", **shared)
    first.findings.add(finding)
    factories.update.make(action=first)
    factories.action.make(number=2, plan=plan, status="superseded", superseded_by=first)
    factories.action.make(number=3, plan=plan, status="complete")
    return plan


def test_a_copy_is_a_draft_without_history(steward, client, plan):
    address = reverse("admin:findings_plan_copy", args=[plan.pk])
    proposed = boxes(client.get(address))
    assert proposed["slug"] == f"{plan.slug}-copy"
    force = factories.force.make()
    facts = {"organisation": force.pk, "name": "Another plan", "slug": plan.slug}
    assert "already exists" in text(client.post(address, facts))
    facts |= {"slug": "another-plan"}
    page = client.post(address, facts, follow=True)
    assert "Copied as a draft." in text(page)
    copy = Plan.objects.get(slug="another-plan")
    assert (copy.organisation, copy.inspection, copy.is_draft) == (force, plan.inspection, True)
    first, third = copy.actions.order_by("number")
    assert (first.number, first.owner_role, third.number) == (1, "head of crime", 3)
    assert {first.status, third.status} == {"not_started"}
    assert list(first.findings.all()) == list(plan.actions.get(number=1).findings.all())
    assert (first.due_on, first.due_date_changes.count()) == (None, 0)
    assert not Action.objects.reported().filter(plan=copy).exists()
    # Neither it nor its actions are public until a steward says so.
    assert client.get(copy.get_absolute_url()).status_code == 404
    assert b"Another plan" not in client.get("/plans/").content
    assert b"Another plan" not in client.get("/actions/?page=1").content
    Plan.objects.filter(pk=copy.pk).update(is_draft=False)
    assert client.get(copy.get_absolute_url()).status_code == 200


def test_a_copy_keeps_its_dates_where_it_is_to(steward, client, plan):
    address = reverse("admin:findings_plan_copy", args=[plan.pk])
    facts = {"organisation": plan.organisation_id, "name": "Another plan", "slug": "another-plan"}
    assert client.post(address, facts | {"keeps_dates": "on"}).status_code == 302
    first = Plan.objects.get(slug="another-plan").actions.get(number=1)
    assert (first.due_on, first.due_date_changes.count()) == (date(2026, 9, 30), 1)
