"""What stewards are told to look into: inspections and gradings."""

import pytest
from django.utils import timezone

from inspections.attention import findings_of_grades_only
from inspections.choices import Coverage, MissingReason
from inspections.models import Grading, Inspection
from tests import accounts, factories

pytestmark = pytest.mark.django_db


def test_an_inadequate_grade_needs_a_cause_of_concern_of_its_organisation():
    grading = factories.grading.make(grade=1)
    wanting = Grading.objects.filter(pk=grading.pk).without_cause_of_concern()
    assert wanting.exists()
    cause = factories.finding.make(inspection=grading.inspection, kind="cause_of_concern")
    assert wanting.exists()
    cause.organisations.add(grading.organisation)
    assert not wanting.exists()
    cause.organisations.clear()
    type(cause).objects.filter(pk=cause.pk).update(is_region_wide=True)
    assert not wanting.exists()
    type(cause).objects.filter(pk=cause.pk).update(kind="weakness")
    assert wanting.exists()
    Grading.objects.filter(pk=grading.pk).update(grade=2)
    assert not wanting.exists()


def test_a_steward_is_warned_of_findings_of_an_inspection_that_is_marked_as_grades_only(client):
    steward = accounts.sign_in(client, "steward")
    inspection = factories.inspection.make(findings_recorded=Coverage.GRADES_ONLY)
    listed_at = "/admin/inspections/inspection/?attention=findings_of_grades_only"

    def warned():
        today = timezone.localdate()
        return inspection in findings_of_grades_only(Inspection.objects.all(), steward, today)

    assert not warned()
    factories.finding.make(inspection=inspection, _quantity=2)
    assert warned()
    assert inspection in client.get(listed_at).context["cl"].queryset
    assert f'href="{listed_at}" data-count="1"' in client.get("/admin/").content.decode()
    for coverage in (Coverage.IN_PART, Coverage.WHOLE):
        Inspection.objects.filter(pk=inspection.pk).update(findings_recorded=coverage)
        assert not warned()


def test_a_grade_that_no_source_gives_needs_none():
    grading = factories.grading.make()
    assert Grading.objects.filter(pk=grading.pk).uncited().exists()
    Grading.objects.filter(pk=grading.pk).update(grade=None, missing_reason=MissingReason.NOT_FOUND)
    assert not Grading.objects.filter(pk=grading.pk).uncited().exists()
