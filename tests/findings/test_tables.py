import pytest
from django.http import QueryDict
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, DueSetBy, Stance
from findings.filters import ActionFilter, FindingFilter
from findings.models import Action, Finding
from findings.progress import for_list, with_progress
from findings.tables import ActionTable, FindingTable, by_stance, sources_cell
from forces.filters import OrganisationFilter
from forces.models import Organisation
from forces.tables import OrganisationTable
from inspections.choices import Attribution
from inspections.models import GradingCitation, Source
from tests import factories

pytestmark = pytest.mark.django_db


def finding_row(finding):
    at = timezone.now()
    table = FindingTable(
        for_list(with_progress(Finding.objects.filter(pk=finding.pk), at), at),
        filterset=FindingFilter(QueryDict(), at),
    )
    return cells(table)


def action_row(action):
    table = ActionTable(
        Action.objects.filter(pk=action.pk).for_display(),
        filterset=ActionFilter(QueryDict(), timezone.now()),
    )
    return cells(table)


def cells(table):
    (row,) = table.plain_rows(10)
    return dict(zip([name for name, _ in table.plain_columns()], row, strict=True))


def test_a_finding_without_anything_says_so_in_every_cell():
    row = finding_row(factories.finding.make())
    assert row["themes"] == "none recorded"
    assert row["responses"] == "no particular force"
    assert row["progress"] == "force says: no action recorded; inspectorate: none recorded"


def test_a_finding_s_progress_has_two_lanes():
    finding = factories.finding.make()
    factories.action.make(findings=[finding], status=ActionStatus.COMPLETE)
    factories.confirmation.make(finding=finding, closure_status=ClosureStatus.BEING_PROGRESSED)
    assert (
        finding_row(finding)["progress"] == "force says: complete; inspectorate: being progressed"
    )


def test_an_action_under_embargo_is_not_said():
    finding = factories.finding.make()
    hidden = factories.finding.make(inspection=factories.inspection.make(public_at=None))
    factories.action.make(findings=[finding, hidden], status=ActionStatus.COMPLETE)
    assert finding_row(finding)["progress"].startswith("force says: no action recorded")


def test_a_source_without_a_place_in_it_has_its_comma_at_the_name():
    source = Source(pk=1, publisher="HMICFRS")
    citation = GradingCitation(source=source, attribution=Attribution.INSPECTORATE)
    assert sources_cell([citation]) == "<small>HMICFRS, the inspectorate’s words</small>"


def test_an_organisation_without_a_sourced_grade_says_so_and_is_blank_in_no_cell():
    filterset = OrganisationFilter(QueryDict("region=eastern"), timezone.now())
    rows = OrganisationTable(
        filterset.with_counts(filterset.filter_queryset()), filterset=filterset
    ).plain_rows(10)
    row = next(row for row in rows if row[0].startswith("Essex"))
    assert row[1] == "not found in our sources"
    assert row[-1] == "none recorded"
    assert "" not in row


def test_responses_of_the_same_stance_stand_together_and_silence_last():
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
    assert finding_row(finding)["responses"] == (
        "region-wide; SWROCU, Avon and Somerset: accepted; Gloucestershire: disputed; "
        "Devon and Cornwall, Dorset, Wiltshire"
    )
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


def test_a_finding_names_its_source_its_locators_and_whose_words_they_are():
    row = finding_row(Finding.objects.get(reference="F6"))
    assert row["published"] == "2025-06-12; Police Professional ¶8, ¶12 (press paraphrase)"
    assert row["responses"] == (
        "region-wide; SWROCU, Avon and Somerset, Devon and Cornwall, Dorset, Gloucestershire, "
        "Wiltshire"
    )


def test_an_action_without_owner_date_or_finding_says_so():
    row = action_row(factories.action.make())
    assert row["owner"] == row["due"] == row["findings"] == "none recorded"


def test_a_moved_date_keeps_the_first_who_set_it_and_why_it_moved():
    action = factories.action.make(
        due_on="2025-02-01",
        first_due_on="2025-01-01",
        due_set_by=DueSetBy.ORGANISATION,
        due_moved_because="of the snow",
    )
    assert action_row(action)["due"] == (
        "2025-02-01, set by the force or unit itself; first 2025-01-01, moved because of the snow; "
        "overdue"
    )


def test_no_cell_of_a_list_shows_its_html(client):
    for address in ("/findings/", "/actions/"):
        page = client.get(address).content.decode()
        assert "<small><a href=" in page, address
        assert "&lt;" not in page, address
