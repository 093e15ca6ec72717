"""Rules that say what staff should look into: which rows each counts."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from findings.attention import ATTENTION_RULES
from findings.models import Action, ProgressUpdate
from findings.progress import stale
from inspections.attention import ATTENTION_RULES as INSPECTION_RULES
from inspections.models import Inspection
from tests import factories
from tests.pages import text
from tests.worklist_readers import DESK, TODAY, sign_in

pytestmark = pytest.mark.django_db


def reported(action, on):
    at = timezone.make_aware(timezone.datetime.combine(on, timezone.datetime.min.time()))
    return factories.update.make(action=action, published_at=at, at=at)


@pytest.mark.parametrize(
    ("starts_on", "published_on", "reported_on", "is_stale"),
    [
        (None, None, None, True),
        (date(2025, 12, 10), None, None, False),
        (date(2025, 12, 9), None, None, True),
        (None, date(2025, 12, 10), None, False),
        (None, date(2025, 12, 9), None, True),
        (date(2025, 12, 10), date(2020, 1, 1), None, False),
        (date(2020, 1, 1), None, date(2025, 12, 10), False),
        (date(2026, 1, 1), None, date(2025, 12, 9), True),
    ],
)
def test_an_action_is_stale_without_news_for_90_days(
    starts_on, published_on, reported_on, is_stale
):
    plan = factories.plan.make(
        starts_on=starts_on,
        **({"inspection__published_on": published_on} if published_on else {"inspection": None}),
    )
    action = factories.action.make(plan=plan)
    if reported_on:
        reported(action, reported_on)
    factories.draft.make(action=action)
    assert stale(plan.actions, TODAY).exists() == is_stale


def test_what_has_ended_is_never_stale():
    action = factories.action.make(plan__inspection=None, status="complete")
    assert not stale(action.plan.actions, TODAY).exists()


@pytest.mark.parametrize(("days", "is_soon"), [(-1, False), (0, True), (30, True), (31, False)])
def test_an_action_is_due_soon_within_thirty_days(days, is_soon):
    action = factories.action.make(due_on=TODAY + timedelta(days=days), due_set_by="organisation")
    assert Action.objects.filter(pk=action.pk).due_soon(TODAY).exists() == is_soon


@pytest.mark.parametrize("alone", [False, True])
def test_nobodys_own_awaits_their_approval_unless_one_person_may(alone, settings):
    settings.ONE_PERSON_MAY_APPROVE = alone
    writer = factories.staff.make()
    factories.update.make(by=writer, state="submitted", reviewed_by=None, published_at=None)
    assert ProgressUpdate.objects.awaiting_approval_by(writer).exists() == alone
    assert ProgressUpdate.objects.awaiting_approval_by(factories.staff.make()).exists()


def test_a_cause_of_concern_needs_a_recommendation_and_a_finding_a_theme():
    cause = factories.finding.make(kind="cause_of_concern")
    found = type(cause).objects.filter(pk=cause.pk)
    assert (found.without_recommendation().exists(), found.without_theme().exists()) == (True, True)
    factories.finding.make(kind="recommendation", cause=cause)
    cause.themes.add(factories.theme.make())
    assert (found.without_recommendation().exists(), found.without_theme().exists()) == (
        False,
        False,
    )


@pytest.mark.parametrize(
    ("on", "runs"),
    [
        (date(2025, 6, 11), False),
        (date(2025, 6, 12), True),
        (date(2025, 8, 6), True),
        (date(2025, 8, 7), False),
    ],
)
def test_the_clock_of_the_local_policing_bodys_comments_runs_for_56_days(on, runs):
    grading = factories.grading.make(inspection__published_on=date(2025, 6, 12))
    inspections = Inspection.objects.filter(pk=grading.inspection_id)
    assert inspections.awaiting_comments(on).exists() == runs
    factories.response.make(inspection=grading.inspection)
    assert inspections.awaiting_comments(on).exists() == runs
    factories.response.make(inspection=grading.inspection, organisation=grading.organisation)
    assert not inspections.awaiting_comments(on).exists()


def test_one_row_is_spoken_of_as_one(client):
    sign_in(client, "steward")
    factories.fieldwork.make()
    page = text(client.get(DESK))
    assert "fieldwork without a source" in page
    assert "visits without a source" not in page


def test_no_two_matters_of_a_model_have_one_name():
    named = [(rule.model, rule.name) for rule in [*ATTENTION_RULES, *INSPECTION_RULES]]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("who", ["viewer", "editor", "approver"])
def test_a_list_offers_the_matters_that_concern_its_reader(client, who):
    sign_in(client, who)
    page = client.get(reverse("admin:findings_action_changelist"))
    offered = {name for name, _ in page.context["cl"].filter_specs[0].lookup_choices}
    assert "uncited" not in offered
    theirs = {"sent_back", "drafts"} if who != "viewer" else set()
    theirs |= {"for_approval", "left_behind"} if who == "approver" else set()
    every = {"sent_back", "drafts", "for_approval", "left_behind", "awaiting"}
    assert offered & every == theirs | {"awaiting"}


def test_the_addresses_of_lists_in_older_mails_lead_on(client):
    sign_in(client, "approver")
    updates, actions = (
        reverse(f"admin:findings_{model}_changelist") for model in ("progressupdate", "action")
    )
    for old, new in (("for_sign_off", "for_approval"), ("waiting", "awaiting"), ("drafts",) * 2):
        assert client.get(updates, {"attention": old}).url == f"{actions}?attention={new}"
    update = factories.update.make()
    old = f"/admin/findings/progressupdate/{update.pk}/sign-off/"
    assert client.get(old).url == reverse("admin:findings_progressupdate_approve", args=[update.pk])
    # Dates and owners never had either.
    owners = reverse("admin:findings_ownerchange_changelist")
    assert "/approve/" not in client.get(f"{owners}{update.pk}/sign-off/").url
    assert "/action/" not in client.get(owners, {"attention": "drafts"}).url
