"""The page on which a steward links a finding to the earlier one that it repeats."""

from datetime import date

import pytest
from django.urls import reverse

from lib.audit.models import Change
from tests import factories
from tests.pages import elements, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """A finding, and an earlier one that it may repeat."""
    force, theme = factories.force.make(), factories.theme.make()
    made = []
    for year in (2019, 2024):
        inspection = factories.inspection.make(published_on=date(year, 3, 1))
        finding = factories.finding_on(theme, inspection=inspection)
        finding.organisations.add(force)
        made.append(finding)
    return made[1], made[0]


def address():
    return reverse("admin:findings_finding_repeats")


def link(client, later, earlier, reason="Word for word the same."):
    data = {"finding": later.pk, "earlier": earlier.pk, "reason": reason}
    return client.post(address(), data, follow=True)


def test_a_steward_is_led_to_findings_that_may_repeat_an_earlier_one(steward, client, pair):
    links = elements(client.get(reverse("admin:findings_finding_changelist")), "a")
    assert address() in [one.attributes.get("href") for one in links]
    said = text(client.get(address()))
    assert pair[0].reference in said
    assert f"{pair[1].reference}, {pair[1].inspection}" in said


def test_one_click_links_them_and_the_history_has_the_reason(steward, client, pair):
    later, earlier = pair
    assert f"{later.reference} repeats {earlier.reference}." in text(link(client, later, earlier))
    later.refresh_from_db()
    assert later.repeats == earlier
    change = Change.objects.filter(table="findings_finding", row=str(later.pk)).latest("id")
    assert change.reason == "Word for word the same."


def test_without_a_reason_nothing_is_linked(steward, client, pair):
    said = text(link(client, *pair, reason=" "))
    assert "Say why it is the same finding again." in said
    pair[0].refresh_from_db()
    assert pair[0].repeats is None


def test_a_link_that_somebody_else_made_meanwhile_stays(steward, client, pair):
    later, earlier = pair
    later.repeats = other = factories.finding.make()
    later.save()
    assert "repeats another finding already" in text(link(client, later, earlier))
    later.refresh_from_db()
    assert later.repeats == other


def test_a_finding_is_never_linked_to_itself(steward, client, pair):
    assert "cannot repeat itself" in text(link(client, pair[0], pair[0]))
