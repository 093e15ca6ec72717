"""The page on which a steward links a finding to the earlier one that it repeats."""

from datetime import date

import pytest
from django.urls import reverse

from findings.admin.repeats import NONE_GIVEN
from findings.workflow import Stale, link_repeats
from lib.audit.models import Change
from tests import factories
from tests.pages import elements, hrefs, text

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


def named(later, earlier):
    """The name of the field for why a finding repeats an earlier one."""
    return f"{later.pk}-{earlier.pk}-reason"


def link(client, later, earlier, reason="Word for word the same."):
    return client.post(address(), {named(later, earlier): reason}, follow=True)


def test_a_steward_is_led_to_findings_that_may_repeat_an_earlier_one(steward, client, pair):
    links = elements(client.get(reverse("admin:findings_finding_changelist")), "a")
    assert address() in [one.attributes.get("href") for one in links]
    said = text(client.get(address()))
    assert pair[0].reference in said
    assert f"{pair[1].reference}, {pair[1].inspection}" in said


def test_one_click_links_them_and_the_history_has_the_reason(steward, client, pair):
    later, earlier = pair
    said = f"Linked: {later.full_reference} repeats {earlier.full_reference}."
    assert said in text(link(client, later, earlier))
    later.refresh_from_db()
    assert later.repeats == earlier
    change = Change.objects.filter(table="findings_finding", row=str(later.pk)).latest("id")
    assert change.reason == "Word for word the same."


def test_what_is_wrong_stands_in_the_summary_and_beside_its_field_and_nothing_is_linked(
    steward, client, pair
):
    field = f"id_{named(*pair)}"
    for reason, sentence in ((" ", NONE_GIVEN), ("x" * 1001, "Ensure this value has at most")):
        page = link(client, *pair, reason=reason)
        assert f"There is a problem Nothing was linked. {sentence}" in text(page).replace(
            f"Why {pair[0].reference} repeats {pair[1].reference}: ", ""
        )
        assert f"#{field}" in hrefs(page)
    (box,) = [one for one in elements(page, "input") if one.attributes.get("id") == field]
    assert (box.attributes["aria-invalid"], box.attributes["value"]) == ("true", reason)
    pair[0].refresh_from_db()
    assert pair[0].repeats is None


def test_a_link_that_somebody_else_made_meanwhile_stays_and_the_reason_is_shown(
    steward, client, pair
):
    later, earlier = pair
    later.repeats = other = factories.finding.make()
    later.save()
    assert "of which you wrote: “Word for word the same.”" in text(link(client, later, earlier))
    with pytest.raises(Stale, match="repeats another finding already"):
        link_repeats([(other, earlier, "So."), (later, earlier, "So.")])
    for finding, now in ((later, other), (other, None)):
        finding.refresh_from_db()
        assert finding.repeats == now
