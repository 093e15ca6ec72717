"""The list of gradings: its filters, and what a row says."""

import json
from datetime import date

import pytest

from inspections.choices import Certainty, Grade, MissingReason
from inspections.models import Question
from tests import factories
from tests.pages import elements, text

pytestmark = pytest.mark.django_db


def listed(client, query=""):
    """The rows of the list as its download has them, those of the facts left out."""
    rows = json.loads(client.get(f"/gradings/?format=json&{query}").getvalue())["rows"]
    return [row for row in rows if row["organisation"].startswith("made-up")]


@pytest.fixture
def strand():
    return factories.strand.make()


@pytest.fixture
def force():
    return factories.force.make()


def graded(force, strand, grade, published_on, **fields):
    question = factories.question.make(strand=strand)
    inspection = factories.inspection.make(
        programme=question.programme, published_on=published_on, region=force.region
    )
    return factories.grading.make(
        inspection=inspection, organisation=force, question=question, grade=grade, **fields
    )


def test_the_newest_grades_on_a_strand_can_be_picked_out(client, force, strand):
    graded(force, strand, Grade.GOOD, date(2019, 5, 2))
    graded(force, strand, Grade.INADEQUATE, date(2021, 5, 2))
    graded(force, strand, None, date(2024, 5, 2), missing_reason=MissingReason.NOT_FOUND)
    graded(force, factories.strand.make(), Grade.OUTSTANDING, date(2018, 5, 2))
    asked = f"newest=yes&strand={strand.slug}"
    assert [row["grade"] for row in listed(client, asked)] == ["inadequate"]
    assert {row["grade"] for row in listed(client, "newest=yes")} == {"inadequate", "outstanding"}
    assert len(listed(client, f"strand={strand.slug}")) == 3


def spelled(value):
    """A value as a download has it."""
    if isinstance(value, Grade | Certainty):
        return value.name.lower()
    return value.isoformat() if isinstance(value, date) else value


def test_what_to_know_of_a_grade_is_told_and_can_be_asked_for(client, force, strand):
    known = (
        ({"is_carried_forward": True}, "carried=yes", "Carried forward"),
        (
            {"certainty": Certainty.INFERRED, "note": "Nobody read it"},
            "certainty=inferred",
            "Worked out, not read in a source. Nobody read it.",
        ),
        (
            {
                "first_grade": Grade.OUTSTANDING,
                "corrected_on": date(2025, 8, 8),
                "correction_reason": "Nobody knows.",
            },
            "corrected=yes",
            "First published as outstanding, corrected on 8 August 2025: Nobody knows.",
        ),
        (
            {"not_comparable_because": "Nobody compares."},
            "",
            "Not comparable with an earlier grade: Nobody compares.",
        ),
    )
    for place, (fields, _, _) in enumerate(known):
        graded(force, strand, Grade.GOOD, date(2024 - place, 5, 2), **fields)
    said = [row.text for row in elements(client.get(f"/gradings/?strand={strand.slug}"), "tr")][1:]
    everything = listed(client)
    for place, (fields, query, remark) in enumerate(known):
        assert [remark in row for row in said].index(True) == place
        assert sum(remark in row for row in said) == 1
        row = everything[place]
        assert {name: row[name] for name in fields} == {
            name: spelled(value) for name, value in fields.items()
        }
        if query:
            assert listed(client, query) == [row]


def test_sources_that_differ_are_told_with_who_says_what(client, force, strand):
    grading = graded(force, strand, Grade.GOOD, date(2024, 5, 2))
    graded(force, strand, Grade.GOOD, date(2019, 5, 2))
    factories.grading_citation.make(
        grading=grading, grade_given=Grade.INADEQUATE, source__publisher="The Made-up Post"
    )
    (row,) = listed(client, "differ=yes")
    assert row["differing_sources"] == [grading.citations.get().source.slug]
    assert "The Made-up Post gives inadequate." in text(client.get("/gradings/?differ=yes"))


def test_a_grading_without_a_date_says_so_and_comes_last(client, force, strand):
    graded(force, strand, Grade.GOOD, None)
    graded(force, strand, Grade.GOOD, date(2014, 5, 2))
    cells = elements(client.get(f"/gradings/?strand={strand.slug}"), "td")
    assert [cell.text for cell in cells if "date" in cell.classes] == [
        "2 May 2014",
        "not found in our sources",
    ]
    assert [row["published_on"] for row in listed(client)] == ["2014-05-02", None]


def test_what_is_under_embargo_is_not_listed(client, force, strand):
    grading = graded(force, strand, Grade.GOOD, date(2024, 5, 2))
    grading.inspection.public_at = None
    grading.inspection.save()
    assert listed(client) == []


def test_a_grade_on_the_list_has_the_response_to_its_report_beside_it(client, force, strand):
    grading = graded(force, strand, Grade.GOOD, date(2024, 5, 2))
    address = f"/gradings/?organisation={force.slug}"
    assert "no response found" in text(client.get(address))
    for stance, said_on in (("disputed", date(2024, 6, 1)), ("accepted", date(2024, 5, 3))):
        factories.response.make(
            inspection=grading.inspection, organisation=force, stance=stance, said_on=said_on
        )
    said = text(client.get(address))
    assert "disputes the report" in said
    assert "accepts the report" not in said


def test_a_question_s_page_leads_to_the_list_of_exactly_its_newest_grades(client, force, strand):
    graded(force, strand, Grade.GOOD, date(2024, 5, 2))
    page = client.get(strand.get_absolute_url())
    links = [link for link in elements(page, "a") if "data-count" in link.attributes]
    assert {link.attributes["data-count"] for link in links} == {"1"}
    for link in links:
        query = link.attributes["href"].partition("?")[2]
        assert len(listed(client, query)) == 1


def test_a_strand_is_found_by_what_its_questions_ask(client, force, strand):
    grading = graded(force, strand, Grade.GOOD, date(2024, 5, 2))
    Question.objects.filter(pk=grading.question_id).update(name="How quolls are counted")
    assert strand.name in text(client.get("/search/?q=quolls"))
