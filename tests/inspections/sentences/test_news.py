from datetime import date

import pytest

from findings.summaries import with_own_responses
from inspections.models import Grading
from inspections.sentences import evidence_dates, newest_report
from inspections.summaries import HeadlineGrading, evidence_span
from lib.sentences import plain_text

from ...pages import elements, text

pytestmark = pytest.mark.django_db
SOC = "soc-south-west-2025"


def gradings(slug, inspection):
    rows = Grading.objects.for_display().filter(
        organisation__slug=slug, inspection__slug=inspection, grade__isnull=False
    )
    return list(with_own_responses(rows))


def said(rows):
    return plain_text(newest_report(rows, evidence_span(rows, date(2026, 11, 30))))


def test_a_force_s_page_leads_with_its_newest_grade_its_evidence_and_its_response(reader):
    page = reader.get("/forces/gloucestershire/")
    (lede,) = (line for line in elements(page, "p") if "lede" in line.classes)
    for news in ("Inadequate", "published 12 June 2025", " old", "disputes the report"):
        assert news in " ".join(lede.text.split())
    newest = "Inadequate on tackling serious and organised crime"
    assert text(page).index(newest) < text(page).index("Through time")


def test_where_no_response_is_found_the_news_says_so():
    assert said(gradings("wiltshire", SOC)) == (
        "Requires improvement on tackling serious and organised crime in the newest dated report "
        "whose grades we know, An inspection of the "
        "south-west regional response to serious and organised crime, published 12 June 2025. "
        "Its evidence is 28 to 29 months old. No response found."
    )


def test_dates_of_evidence_are_said_once_for_those_who_share_them():
    rows = [
        HeadlineGrading.of(one.organisation, one)
        for slug in ("dorset", "gloucestershire", "wiltshire")
        for one in gradings(slug, SOC)
    ]
    assert evidence_dates(rows) == (
        "Dorset: fieldwork March 2024, published 12 June 2025. Gloucestershire and Wiltshire: "
        "fieldwork June to July 2024, published 12 June 2025."
    )
    assert evidence_dates(rows[:1]) == "Fieldwork March 2024, published 12 June 2025."
