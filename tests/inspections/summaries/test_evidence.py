"""How old the evidence behind grades is."""

from datetime import date

import pytest

from inspections import summaries
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_age_of_evidence_counts_from_publication_where_fieldwork_is_not_dated():
    inspection = factories.inspection.make(published_on=date(2025, 1, 15))
    for dated in (True, False):
        grading = factories.grading.make(inspection=inspection)
        if dated:
            factories.fieldwork.make(
                inspection=inspection,
                organisation=grading.organisation,
                fieldwork_from=date(2024, 6, 3),
                fieldwork_to=date(2024, 6, 12),
            )
    dated, undated = inspection.gradings.for_display().order_by("pk")
    on = date(2026, 1, 15)
    spans = [
        summaries.evidence_span(rows, on) for rows in ([dated], [undated], [dated, undated], [])
    ]
    assert [(span.age, span.counted_from) for span in spans] == [
        ("19 months", ""),
        ("12 months", "counted from publication, as we found no fieldwork dates"),
        ("12 to 19 months", "counted from publication where we found no fieldwork dates"),
        ("", ""),
    ]
