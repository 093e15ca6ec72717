"""A steward sees the pages of an inspection before they are public, and publishes it."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.models import Inspection
from lib.audit.models import Change
from tests import accounts, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    finding = factories.finding.make(inspection__public_at=None, summary="Nobody saw this.")
    finding.organisations.add(factories.force.make(region=finding.inspection.region))
    return finding.inspection


@pytest.fixture
def steward(client):
    accounts.sign_in(client, "steward")
    return client


def preview(inspection, address=""):
    return reverse("admin:inspections_inspection_preview", args=[inspection.pk]) + address


def test_a_draft_is_previewed_with_its_pages_and_stays_a_draft(steward, draft):
    changes = Change.objects.count()
    page = steward.get(preview(draft))
    assert page.status_code == 200
    assert draft.title in page.content.decode()
    assert f'href="{preview(draft, "inspections/")}"' in page.content.decode()
    address = draft.findings.get().get_absolute_url().removeprefix("/")
    assert "Nobody saw this." in steward.get(preview(draft, address)).content.decode()
    draft.refresh_from_db()
    assert (draft.public_at, Change.objects.count()) == (None, changes)
    assert steward.get(draft.get_absolute_url()).status_code == 404
    # Styles and the pages of staff are those of the site.
    form = reverse("admin:inspections_inspection_change", args=[draft.pk])
    for address in ("/static/css/base.css", form):
        assert f'href="{address}"' in page.content.decode()


def test_all_that_a_preview_loads_and_leads_to_is_previewed_and_kept_by_nobody(steward, draft):
    page = steward.get(preview(draft, "themes/"), HTTP_ACCEPT_ENCODING="gzip")
    lists = steward.get(preview(draft, "findings/")).content.decode()
    sent = page.content.decode() + lists
    named = re.findall(r'\s(src|srcset|action|hx-get|data-figure(?:-narrow)?)="(/[^"]*)"', sent)
    ours = [(name, address) for name, address in named if not address.startswith("/static/")]
    assert len({name for name, _ in ours}) == 6
    assert [pair for pair in ours if not pair[1].startswith(preview(draft))] == []
    chart = steward.get(unescape(dict(ours)["data-figure"]))
    for answer in (page, chart):
        assert answer.status_code == 200
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
        assert "public" not in answer["Cache-Control"]
        assert "Content-Encoding" not in answer


def test_an_old_address_leads_to_the_preview_of_todays(steward, draft):
    region = draft.region
    old = region.slug
    region.slug = "made-up-anew"
    region.save()
    moved = steward.get(preview(draft, f"regions/{old}/"))
    assert (moved.status_code, moved.url) == (301, preview(draft, "regions/made-up-anew/"))


@pytest.mark.parametrize(
    "address", ["admin/", "healthz", "nowhere/", "inspections/nowhere/", "findings/?format=csv"]
)
def test_a_preview_shows_nothing_but_public_pages(steward, draft, address):
    assert steward.get(preview(draft, address)).status_code == 404


def test_an_inspection_is_published_once_with_its_reason(steward, draft):
    publish = reverse("admin:inspections_inspection_publish", args=[draft.pk])
    before = timezone.now()
    assert "is public now" in steward.post(publish, follow=True).content.decode()
    first = Inspection.objects.get(pk=draft.pk).public_at
    assert first >= before
    assert "was public already" in steward.post(publish, follow=True).content.decode()
    assert Inspection.objects.get(pk=draft.pk).public_at == first
    (change,) = Change.objects.of_itself("inspections_inspection", draft.pk).filter(
        after__has_key="public_at", operation="UPDATE"
    )
    assert (change.reason, change.name) == (
        "Published after its public pages were seen.",
        "steward",
    )


def test_an_inspection_under_embargo_is_published_early_by_the_button(steward):
    later = timezone.now() + timezone.timedelta(days=3)
    inspection = factories.inspection.make(public_at=later)
    steward.post(reverse("admin:inspections_inspection_publish", args=[inspection.pk]))
    assert Inspection.objects.get(pk=inspection.pk).public_at < later
