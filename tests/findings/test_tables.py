"""What lists say of findings and actions, on their pages and in downloads."""

import json

import pytest
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, DueSetBy, Stance
from findings.models import Finding
from findings.progress import with_progress
from findings.tables import by_stance, sources_cell
from forces.models import Organisation
from inspections.choices import Attribution
from inspections.models import GradingCitation, Source
from tests import factories

pytestmark = pytest.mark.django_db


def rows_of(client, address, key):
    """The rows of a download by a column, each of whose values stands in one row."""
    rows = json.loads(client.get(f"{address}?format=json").getvalue())["rows"]
    return dict(zip((row[key] for row in rows), rows, strict=True))


def finding_row(client, finding):
    return rows_of(client, "/findings/", "finding")[finding.full_reference]


def test_a_finding_without_anything_has_empty_cells(client):
    row = finding_row(client, factories.finding.make())
    lists = ("organisations", "themes", "respondents", "responses", "actions", "action_statuses")
    assert [row[name] for name in lists] == [[]] * len(lists)
    for name in ("closure_status", "closure_status_name", "force_says", "cause", "repeats"):
        assert row[name] is None
    assert (row["progress"], row["progress_name"]) == ("no_action", "no action recorded")


def test_a_finding_s_progress_has_two_lanes_and_is_that_of_its_filter(client):
    findings = [factories.finding.make() for _ in range(6)]
    for finding, statuses in zip(
        findings,
        [
            [ActionStatus.COMPLETE],
            [ActionStatus.COMPLETE, ActionStatus.IN_PROGRESS],
            [ActionStatus.NOT_PURSUED],
            [ActionStatus.COMPLETE],
            [],
            [],
        ],
        strict=True,
    ):
        for status in statuses:
            factories.action.make(findings=[finding], status=status)
    for finding, status in ((findings[3], "closed"), (findings[0], "being_progressed")):
        factories.confirmation.make(finding=finding, closure_status=ClosureStatus(status))
    rows = rows_of(client, "/findings/", "finding")
    rows = [rows[finding.full_reference] for finding in findings]
    assert [(row["force_says"], row["closure_status"]) for row in rows] == [
        ("complete", "being_progressed"),
        ("in_progress", None),
        ("not_pursued", None),
        ("complete", "closed"),
        (None, None),
        (None, None),
    ]
    of_filter = dict(with_progress(Finding.objects, timezone.now()).values_list("pk", "progress"))
    assert [row["progress"] for row in rows] == [of_filter[finding.pk] for finding in findings]


def test_an_action_under_embargo_is_not_said(client):
    finding = factories.finding.make()
    hidden = factories.finding.make(inspection=factories.inspection.make(public_at=None))
    factories.action.make(findings=[finding, hidden], status=ActionStatus.COMPLETE)
    cause = factories.finding.make(inspection=hidden.inspection, kind="cause_of_concern")
    Finding.objects.filter(pk=finding.pk).update(repeats=cause)
    row = finding_row(client, finding)
    assert (row["actions"], row["force_says"], row["repeats"]) == ([], None, None)


def test_a_source_without_a_place_in_it_has_its_comma_at_the_name():
    source = Source(pk=1, publisher="HMICFRS")
    citation = GradingCitation(source=source, attribution=Attribution.INSPECTORATE)
    assert sources_cell([citation]) == "<small>HMICFRS, the inspectorate’s words</small>"


def test_an_organisation_without_a_sourced_grade_has_the_reason_and_no_source(reader):
    row = rows_of(reader, "/forces/", "organisation")["essex"]
    assert (row["grade"], row["missing_reason"]) == (None, "not_found")
    assert (row["certainty"], row["sources"]) == (None, [])


def test_responses_of_the_same_stance_stand_together_and_silence_last(client):
    (finding,) = Finding.objects.with_responses().filter(reference="F6")
    for slug, stance in (
        ("swrocu", Stance.ACCEPTED),
        ("avon-and-somerset", Stance.ACCEPTED),
        ("gloucestershire", Stance.DISPUTED),
    ):
        organisation = Organisation.objects.get(slug=slug)
        factories.response.make(
            inspection=None, finding=finding, organisation=organisation, stance=stance
        )
    row = finding_row(client, finding)
    assert sorted(zip(row["respondents"], row["responses"], strict=True)) == [
        ("avon-and-somerset", "accepted"),
        ("gloucestershire", "disputed"),
        ("swrocu", "accepted"),
    ]
    (finding,) = Finding.objects.with_responses().filter(reference="F6")
    groups = [
        (stance and stance.value, [str(a.organisation) for a in answers])
        for stance, answers in by_stance(finding.finding_responses)
    ]
    assert groups == [
        ("accepted", ["SWROCU", "Avon and Somerset"]),
        ("disputed", ["Gloucestershire"]),
        (None, ["Devon and Cornwall", "Dorset", "Wiltshire"]),
    ]


def test_a_finding_names_its_source_its_locators_and_whose_words_they_are(client):
    row = finding_row(client, Finding.objects.get(reference="F6"))
    assert row["published_on"] == "2025-06-12"
    assert row["locators"] == ["¶8, ¶12"]
    assert row["attributions"] == ["press"]
    assert row["source_names"][0].startswith("Police Professional: ")
    assert row["is_region_wide"] is True
    assert row["organisations"] == [
        *("swrocu", "avon-and-somerset", "devon-and-cornwall"),
        *("dorset", "gloucestershire", "wiltshire"),
    ]


def test_a_moved_date_keeps_the_first_who_set_it_and_why_it_moved(client):
    undated = factories.action.make()
    action = factories.action.make(
        due_on="2025-02-01",
        first_due_on="2025-01-01",
        due_set_by=DueSetBy.ORGANISATION,
        due_moved_because="of the snow",
    )
    rows = rows_of(client, "/actions/", "action")
    plain, row = (rows[f"{one.plan.slug}/{one.number}"] for one in (undated, action))
    assert [plain[name] for name in ("owner", "due_on", "due_set_by", "findings")] == [
        *(None, None, None),
        [],
    ]
    assert plain["is_overdue"] is False
    assert (row["due_on"], row["first_due_on"]) == ("2025-02-01", "2025-01-01")
    assert (row["due_set_by"], row["due_set_by_name"]) == (
        "organisation",
        "the force or unit itself",
    )
    assert (row["due_moved_because"], row["is_overdue"]) == ("of the snow", True)


def test_no_cell_of_a_list_shows_its_html(reader):
    for address in ("/findings/", "/actions/"):
        page = reader.get(address).content.decode()
        assert "<small><a href=" in page, address
        assert "&lt;" not in page, address
