"""What happened between inspections."""

from datetime import date

import pytest

from inspections.models import MonitoringEvent
from tests import factories
from tests.refusals import assert_refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return MonitoringEvent(
        organisation=factories.force.make(),
        kind="engage_in",
        happened_on=date(2021, 10, 1),
        precision="month",
        summary="Moved into Engage.",
    )


def test_an_event_is_recorded_once(event):
    event.save()
    event.pk = None
    assert_refused(event, "monitoring_event_is_recorded_once")


def test_an_event_is_dated_as_exactly_as_known(event):
    assert event.happened == "October 2021"
    event.precision = "year"
    assert event.happened == "2021"


def test_an_event_of_an_inspection_under_embargo_does_not_show(event):
    event.save()
    now = factories.PUBLIC_AT
    assert MonitoringEvent.objects.published(now).filter(pk=event.pk).exists()
    event.inspection = factories.inspection.make(public_at=None)
    event.save()
    assert not MonitoringEvent.objects.published(now).filter(pk=event.pk).exists()
