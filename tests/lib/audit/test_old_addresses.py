"""A corrected slug or reference: the old address leads on for ever, never to what is not public."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from findings.models import Finding, Plan, Theme
from forces.models import Organisation, Region
from inspections.models import Inspection
from lib.audit.models import Change
from tests import factories
from tests.admin_forms import organisation_facts
from tests.pages import hrefs, text, version_now

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ROWS = {
    Region: ("slug", "south-west", ["/regions/{}/", "/regions/{}/charts/findings_by_theme.svg"]),
    Organisation: ("slug", "dorset", ["/forces/{}/", "/forces/{}/summary/"]),
    Inspection: ("slug", "soc-south-west-2025", ["/inspections/{}/"]),
    Finding: ("reference", "F2", ["/findings/soc-south-west-2025/{}/"]),
    Theme: ("slug", "workforce", ["/themes/{}/"]),
    Plan: ("slug", "gloucestershire-rapid-improvement-plan", ["/plans/{}/"]),
}


def rename(model, old, new):
    field = ROWS[model][0]
    row = model.objects.get(**{field: old})
    setattr(row, field, new)
    row.save()
    return row


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_an_old_address_leads_on_for_good_however_often_it_moved(client, model):
    _, old, addresses = ROWS[model]
    rename(model, old, "in-between")
    rename(model, "in-between", "today")
    for address in addresses:
        for was in (old, "in-between"):
            answer = client.get(f"{address.format(was)}?width=wide")
            assert (answer.status_code, answer.get("Location")) == (
                301,
                f"{address.format('today')}?width=wide",
            )


@pytest.mark.parametrize(
    ("model", "address"),
    [
        (Organisation, "/findings/?theme=workforce&organisation={}&format=json"),
        (Organisation, "/findings/?organisation=-{}&organisation=wiltshire"),
        (Organisation, "/actions/?organisation={}"),
        (Organisation, "/compare/?organisation=wiltshire&organisation={}"),
        (
            Organisation,
            "/compare/charts/grade_by_organisation.svg"
            "?organisation={}&organisation=wiltshire&scheme=dark",
        ),
        (Theme, "/findings/?theme={}"),
        (Region, "/forces/?region={}"),
        (Region, "/actions/?region={}"),
        (Inspection, "/findings/?inspection={}&page=1"),
        (Plan, "/actions/?plan={}"),
    ],
)
def test_an_old_slug_in_a_list_or_comparison_leads_on(client, model, address):
    _, old, _ = ROWS[model]
    rename(model, old, "today")
    answer = client.get(address.format(old))
    assert (answer.status_code, answer.get("Location")) == (301, address.format("today"))


def test_what_never_was_leads_nowhere(client):
    rename(Organisation, "dorset", "today")
    assert client.get("/forces/never/").status_code == 404
    for path in ("/findings/", "/compare/"):
        answer = client.get(f"{path}?organisation=never&organisation=wiltshire")
        assert answer.status_code == 400


def test_several_old_slugs_lead_on_at_once(client):
    rename(Organisation, "wiltshire", "wilts")
    rename(Organisation, "dorset", "dorsetshire")
    answer = client.get("/findings/?organisation=wiltshire&organisation=-dorset")
    assert answer["Location"] == "/findings/?organisation=wilts&organisation=-dorsetshire"


def test_a_row_that_took_over_the_slug_wins(client):
    rename(Theme, "workforce", "people")
    factories.theme.make(slug="workforce", name="Another")
    assert b"Another" in client.get("/themes/workforce/").content
    assert client.get("/findings/?theme=workforce").status_code == 200


def test_the_last_row_to_give_a_slug_up_counts(client):
    rename(Theme, "workforce", "people")
    factories.theme.make(slug="workforce", name="Another")
    rename(Theme, "workforce", "another")
    assert client.get("/themes/workforce/")["Location"] == "/themes/another/"


def test_an_old_reference_is_found_in_any_case(client):
    rename(Finding, "F2", "P2")
    assert client.get("/findings/f2/")["Location"] == "/findings/soc-south-west-2025/P2/"


def test_an_address_of_a_reference_alone_leads_to_its_only_finding_or_lists_them(client):
    own = "/findings/soc-south-west-2025/F2/"
    assert client.get("/findings/F2/?width=wide")["Location"] == f"{own}?width=wide"
    assert client.get("/findings/F999/").status_code == 404
    hidden = factories.inspection.make(public_at=None)
    factories.finding.make(inspection=hidden, reference="F2", summary="Too early.")
    assert client.get("/findings/f2/")["Location"] == own  # and nothing of the hidden one
    second = factories.finding.make(inspection=factories.inspection.make(), reference="f2")
    page = client.get("/findings/F2/")
    assert page.status_code == 200
    assert {own, second.get_absolute_url()} <= hrefs(page)
    assert "2 inspections have a finding with this reference." in text(page)
    assert "Too early." not in text(page)
    assert hidden.title not in text(page)


def test_a_finding_s_address_leads_on_after_its_inspection_was_renamed_or_changed(client):
    old = "/findings/soc-south-west-2025/F2/"
    rename(Inspection, "soc-south-west-2025", "today")
    rename(Finding, "F2", "P2")
    assert client.get(old)["Location"] == "/findings/today/P2/"
    finding = Finding.objects.get(reference="P2")
    finding.inspection = factories.inspection.make(slug="elsewhere")
    finding.save()
    for was in (old, "/findings/today/P2/", "/findings/today/f2/"):
        assert client.get(was)["Location"] == "/findings/elsewhere/P2/"
    Inspection.objects.filter(slug="elsewhere").update(public_at=None)
    assert client.get(old).status_code == 404


def test_what_is_not_published_is_led_to_by_nothing(client):
    for model in (Inspection, Finding, Plan):
        rename(model, ROWS[model][1], "today")
    Inspection.objects.update(public_at=timezone.now() + timedelta(days=30))
    for model in (Inspection, Finding, Plan):
        _, old, addresses = ROWS[model]
        for address in addresses:
            assert client.get(address.format(old)).status_code == 404
    for address in ("/findings/?inspection=soc-south-west-2025", f"/actions/?plan={ROWS[Plan][1]}"):
        page = client.get(address)
        assert page.status_code == 400
        assert b"today" not in page.content


def test_what_was_deleted_leads_nowhere(client):
    theme = factories.theme.make(slug="short-lived")
    theme.slug = "gone"
    theme.save()
    theme.delete()
    assert client.get("/themes/short-lived/").status_code == 404


def test_the_new_address_leads_no_further_and_the_audit_is_not_asked_for_it(client):
    rename(Theme, "workforce", "people")
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/themes/people/").status_code == 200
        assert client.get("/findings/?theme=people").status_code == 200
    assert not any('"audit_change"."before"' in query["sql"] for query in seen.captured_queries)


@pytest.mark.parametrize("column", ["slug", "reference"])
def test_an_index_finds_what_a_column_once_held(column):
    changes = Change.objects.of_old_values("findings_theme", column, ["workforce"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert f"change_old_{column}" in changes.order_by().explain()


def test_the_form_says_what_will_move_and_saving_says_that_it_has(client, steward):
    organisation = Organisation.objects.get(slug="wiltshire")
    form = reverse("admin:forces_organisation_change", args=[organisation.pk])
    said = "If you change this, the page at /forces/wiltshire/ moves."
    assert said in text(client.get(form))
    assert "the page at" not in text(client.get(reverse("admin:forces_organisation_add")))
    facts = organisation_facts(organisation, slug="wilts", version=version_now())
    saved = client.post(form, facts | {"why": "Shorter."}, follow=True)
    moved = "The page has moved from /forces/wiltshire/ to /forces/wilts/."
    assert moved in text(saved)
    assert client.get("/forces/wiltshire/")["Location"] == "/forces/wilts/"


def test_a_slug_that_only_changed_its_case_leads_on_and_nothing_is_kept_by_browsers(client):
    factories.theme.make(slug="CaseSlug")
    Theme.objects.filter(slug="CaseSlug").update(slug="caseslug")
    answer = client.get("/themes/CaseSlug/")
    assert (answer.status_code, answer["Location"]) == (301, "/themes/caseslug/")
    assert answer["Cache-Control"] == "no-cache"  # what moved may move back


def test_a_theme_leads_at_once_to_the_last_that_replaced_it_and_in_a_circle_nowhere(client):
    first, second, last = (factories.theme.make(slug=slug) for slug in ("one", "two", "three"))
    Theme.objects.filter(pk=first.pk).update(replaced_by=second)
    Theme.objects.filter(pk=second.pk).update(replaced_by=last)
    assert client.get("/themes/one/")["Location"] == "/themes/three/"
    last.replaced_by = Theme.objects.get(pk=first.pk)
    with pytest.raises(ValidationError, match="in a circle"):
        last.full_clean()
    last.save()
    assert client.get("/themes/one/").status_code == 200
