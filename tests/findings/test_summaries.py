from datetime import date, timedelta

import pytest
from django.utils import timezone

from findings import summaries
from findings.choices import ActionStatus, DueSetBy, FindingKind, Stance
from findings.models import Action, Finding, Plan
from forces.models import Organisation
from tests import factories

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def south_west(at):
    return Finding.objects.published(at).filter(inspection__region__slug="south-west")


@pytest.fixture
def organisations():
    return list(Organisation.objects.filter(region__slug="south-west").unit_first())


def only(*findings):
    return Finding.objects.filter(pk__in=[finding.pk for finding in findings])


def theme_by_organisation(findings, organisations):
    return summaries.theme_by_organisation(
        summaries.findings_by_theme(findings), findings, organisations
    )


def finding_on(*themes, **fields):
    finding = factories.finding.make(**fields)
    finding.themes.set(themes)
    return finding


def test_findings_by_theme_count_those_of_the_facts(south_west):
    rows = summaries.findings_by_theme(south_west)
    assert [
        (row.theme.slug, row.counts.negative, row.counts.positive, row.counts.total) for row in rows
    ][:3] == [
        ("workforce", 4, 4, 8),
        ("investigation", 2, 3, 5),
        ("threat-assessment", 3, 1, 4),
    ]
    assert sum(row.counts.total for row in rows) == 34


def test_findings_by_theme_count_practice_among_what_is_positive():
    theme = factories.theme.make()
    kinds = (
        FindingKind.STRENGTH,
        FindingKind.INNOVATIVE_PRACTICE,
        FindingKind.PROMISING_PRACTICE,
        FindingKind.AFI,
    )
    (row,) = summaries.findings_by_theme(only(*(finding_on(theme, kind=kind) for kind in kinds)))
    assert (row.counts.positive, row.counts.negative, row.counts.total) == (3, 1, 4)


def test_findings_by_theme_leave_out_themes_that_no_finding_has_and_those_that_were_merged():
    merged = factories.theme.make(replaced_by=factories.theme.make())
    assert summaries.findings_by_theme(only(finding_on(merged), finding_on())) == []


def test_findings_by_theme_count_a_finding_once_though_it_names_two_organisations():
    finding = finding_on(factories.theme.make(), organisations=factories.force.make(_quantity=2))
    (row,) = summaries.findings_by_theme(
        Finding.objects.filter(organisations__in=finding.organisations.all())
    )
    assert row.counts.total == 1


def test_the_numbers_of_a_row_open_the_findings_browser_within_the_same_scope(south_west):
    row = summaries.findings_by_theme(south_west, region="south-west")[0]
    assert row.counts.url == "/findings/?region=south-west&theme=workforce"
    assert row.counts.positive_url == (
        "/findings/?region=south-west&theme=workforce&kind=strength&kind=innovative-practice&kind=promising-practice"
    )


def test_theme_by_organisation_counts_a_finding_in_each_column_that_it_names(
    south_west, organisations
):
    matrix = theme_by_organisation(south_west, organisations)
    counts = {row.theme.slug: [cell.count for cell in row.cells] for row in matrix.rows}
    assert [column.short_name for column in matrix.columns] == [
        "Region-wide",
        *(str(organisation) for organisation in organisations),
    ]
    assert counts["workforce"] == [1, 3, 0, 0, 0, 4, 0]
    assert counts["threat-assessment"] == [3, 1, 1, 1, 1, 2, 1]


def test_theme_by_organisation_is_not_narrowed_by_an_organisation_that_the_findings_were_chosen_by():
    one, two = factories.force.make(_quantity=2)
    finding = finding_on(factories.theme.make(), organisations=[one, two])
    (row,) = theme_by_organisation(
        Finding.objects.filter(organisations=one, pk=finding.pk), [one, two]
    ).rows
    assert [cell.count for cell in row.cells] == [0, 1, 1]


def test_the_most_is_the_darkest_and_nothing_has_no_shade():
    theme, other = factories.theme.make(_quantity=2)
    findings = [finding_on(theme, is_region_wide=True) for _ in range(9)] + [
        finding_on(other, is_region_wide=True)
    ]
    organisation = factories.force.make()
    levels = [
        [cell.level for cell in row.cells]
        for row in theme_by_organisation(only(*findings), [organisation]).rows
    ]
    assert levels == [[4, 0], [1, 0]]


def test_theme_by_kind_has_a_column_for_each_kind_that_occurs(south_west):
    matrix = summaries.theme_by_kind(summaries.findings_by_theme(south_west), south_west)
    assert [column.name for column in matrix.columns] == [
        "Weakness",
        "Strength",
        "Innovative practice",
    ]
    assert [cell.count for cell in matrix.rows[0].cells] == [4, 3, 1]


def test_only_organisations_have_columns_where_only_organisations_are_asked_for(
    south_west, organisations
):
    matrix = summaries.theme_by_organisation(
        summaries.findings_by_theme(south_west), south_west, organisations, region_wide=False
    )
    assert [column.short_name for column in matrix.columns] == [
        str(organisation) for organisation in organisations
    ]


@pytest.mark.parametrize("findings", [5, 60])
def test_matrices_take_a_query_each_however_many_the_findings(findings, django_assert_num_queries):
    region = factories.made_up_region(findings=findings, organisations=4)
    chosen = Finding.objects.filter(inspection=region.inspection)
    with django_assert_num_queries(3):
        themes = summaries.findings_by_theme(chosen)
        summaries.theme_by_organisation(themes, chosen, region.organisations)
        summaries.theme_by_kind(themes, chosen)


def test_findings_by_region_count_each_finding_once(south_west):
    factories.finding.make(inspection=factories.inspection.make(region=None))
    rows = summaries.findings_by_region(Finding.objects.all())
    assert rows == [("South West", "south-west", south_west.count()), (None, None, 1)]


def test_findings_by_organisation_give_zeros_to_those_that_none_names(south_west, organisations):
    counts = summaries.findings_by_organisation(south_west, organisations)
    said = {
        str(organisation): (counts[organisation.pk].positive, counts[organisation.pk].negative)
        for organisation in organisations
    }
    assert said["Gloucestershire"] == (9, 3)
    assert (
        summaries.findings_by_organisation(south_west, [force := factories.force.make()])[
            force.pk
        ].total
        == 0
    )


def test_findings_by_organisation_tell_region_wide_ones_first_and_apart(south_west, organisations):
    region, *rows = summaries.findings_by_named_organisation(
        south_west, organisations, inspection="soc-south-west-2025"
    )
    assert region.organisation is None
    assert [finding.reference for finding in region.findings] == [
        "F1",
        "F4",
        "F6",
        "F7",
        "F8",
        "F12",
        "F14",
    ]
    dorset = next(row for row in rows if row.organisation.slug == "dorset")
    assert (
        dorset.counts.total,
        dorset.findings,
        [finding.reference for finding in dorset.region_wide],
    ) == (2, [], ["F6", "F14"])


def test_findings_that_name_nobody_stand_last():
    finding = finding_on()
    (row,) = summaries.findings_by_named_organisation(only(finding), [])
    assert (row.organisation, row.counts, row.findings) == (None, None, [finding])


def test_actions_by_status_give_one_row_a_plan(at):
    rows = summaries.actions_by_status(
        Action.objects.published(at).filter(plan__organisation__region__slug="south-west")
    )
    said = {
        row.plan.slug: (row.complete, row.total, [(held.status, held.count) for held in row.counts])
        for row in rows
    }
    assert said["avon-and-somerset-improvement-plan"] == (0, 6, [("in_progress", 6)])
    assert said["south-west-regional-response"] == (1, 2, [("in_progress", 1), ("complete", 1)])
    assert sum(total for _, total, _ in said.values()) == 14


def test_actions_by_organisation_count_what_is_overdue():
    plan = factories.plan.make()
    due = {"due_on": ON - timedelta(days=1), "due_set_by": DueSetBy.ORGANISATION}
    factories.action.make(plan=plan, **due)
    factories.action.make(plan=plan, status=ActionStatus.COMPLETE, **due)
    idle = factories.force.make()
    counts = summaries.actions_by_organisation(
        Action.objects.filter(plan=plan), [plan.organisation, idle], ON
    )
    assert counts[plan.organisation_id][:3] == (2, 1, 1)
    assert counts[idle.pk][:3] == (0, 0, 0)


def test_findings_by_kind_list_the_first_and_count_all(monkeypatch):
    monkeypatch.setattr(summaries.themes, "MOST_LISTED", 2)
    findings = [finding_on(kind=FindingKind.AFI) for _ in range(3)]
    (row,) = summaries.findings_by_kind(only(*findings), theme="made-up")
    assert (row.total, len(row.findings), row.url) == (3, 2, "/findings/?theme=made-up&kind=afi")


def sight(finding, at):
    return summaries.follow_up(
        Finding.objects.with_responses().select_related("section", "cause").get(pk=finding.pk), at
    )


def test_a_line_of_sight_leads_from_the_source_to_the_next_grade(at):
    question = factories.question.make()
    inspection = factories.inspection.make(programme=question.programme)
    later = factories.inspection.make(programme=question.programme, published_on=date(2026, 1, 15))
    organisation = factories.force.make()
    finding = factories.finding.make(inspection=inspection, organisations=[organisation])
    now = factories.grading.make(
        inspection=inspection, organisation=organisation, question=question
    )
    after = factories.grading.make(inspection=later, organisation=organisation, question=question)
    action = factories.action.make(findings=[finding])
    update = factories.update.make(action=action)
    factories.evidence.make(action=action, is_public=True)
    factories.evidence.make(action=action, is_public=False, title="Restricted minutes")
    confirmation = factories.confirmation.make(finding=finding)
    seen = sight(finding, at)
    assert [(row.organisation, row.gradings, row.response) for row in seen.named] == [
        (organisation, [now], None)
    ]
    assert (seen.actions, seen.updates, seen.confirmations, seen.next_gradings) == (
        [action],
        [update],
        [confirmation],
        [after],
    )
    assert [shown.title for shown in seen.evidence] == ["Made-up minutes"]
    assert (seen.citations, seen.recommendations) == ([], [])


def test_a_line_of_sight_shows_nothing_of_an_inspection_under_embargo(at):
    question = factories.question.make()
    organisation = factories.force.make()
    inspection = factories.inspection.make(programme=question.programme)
    finding = factories.finding.make(
        inspection=inspection, organisations=[organisation], kind=FindingKind.CAUSE_OF_CONCERN
    )
    hidden = factories.inspection.make(
        programme=question.programme, published_on=date(2026, 12, 1), public_at=None
    )
    factories.grading.make(inspection=hidden, organisation=organisation, question=question)
    factories.finding.make(inspection=hidden, kind=FindingKind.RECOMMENDATION, cause=finding)
    factories.action.make(findings=[finding], plan=factories.plan.make(inspection=hidden))
    seen = sight(finding, at)
    assert (seen.recommendations, seen.actions, seen.next_gradings) == ([], [], [])


def test_the_next_grade_of_a_region_wide_finding_is_that_of_each_organisation_of_the_region(at):
    question = factories.question.make()
    inspection = factories.inspection.make(programme=question.programme)
    organisation = factories.force.make(region=inspection.region)
    later = factories.inspection.make(programme=question.programme, published_on=date(2026, 1, 15))
    latest = factories.inspection.make(programme=question.programme, published_on=date(2026, 2, 15))
    grading = factories.grading.make(inspection=later, organisation=organisation, question=question)
    factories.grading.make(inspection=latest, organisation=organisation, question=question)
    factories.grading.make(inspection=later, question=question)
    assert sight(
        factories.finding.make(inspection=inspection, is_region_wide=True), at
    ).next_gradings == [grading]


def test_what_others_do_well_leaves_out_whom_the_finding_names_and_what_is_no_strength(at):
    theme = factories.theme.make()
    organisation, other = factories.force.make(_quantity=2)
    finding = finding_on(theme, organisations=[organisation])
    finding_on(theme, organisations=[organisation, other], kind=FindingKind.STRENGTH)
    finding_on(theme, organisations=[other], kind=FindingKind.AFI)
    finding_on(factories.theme.make(), organisations=[other], kind=FindingKind.STRENGTH)
    strength = finding_on(theme, organisations=[other], kind=FindingKind.STRENGTH)
    practice = finding_on(theme, organisations=[other], kind=FindingKind.PROMISING_PRACTICE)
    elsewhere = summaries.peer_practice(finding, at)
    assert (elsewhere.total, elsewhere.findings) == (2, [practice, strength])
    assert elsewhere.url.endswith(f"&organisation=-{organisation.slug}")


def test_neighbours_follow_the_order_of_references(at):
    inspection = factories.inspection.make()
    two, ten, hundred = (
        factories.finding.make(inspection=inspection, reference=f"made-up-{n}")
        for n in ("b2", "b10", "b100")
    )
    assert summaries.neighbours(ten, at) == (two, hundred)
    assert summaries.neighbours(two, at) == (None, ten)
    assert summaries.neighbours(hundred, at) == (ten, None)


def test_organisations_without_a_plan_are_named_where_something_was_found(at):
    regions = {
        region.slug: [organisation.slug for organisation in organisations]
        for region, organisations in summaries.planless_by_region(Organisation.objects, at)
    }
    assert regions == {"south-west": ["devon-and-cornwall", "dorset", "wiltshire"]}


def test_a_plan_under_embargo_leaves_its_organisation_without_one(at):
    Plan.objects.filter(slug="avon-and-somerset-improvement-plan").update(
        inspection=factories.inspection.make(public_at=None)
    )
    ((_, organisations),) = summaries.planless_by_region(Organisation.objects, at)
    assert "avon-and-somerset" in [organisation.slug for organisation in organisations]


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "finding that names no one body"), (2, "findings that name no one body")],
)
def test_what_is_counted_is_said_in_the_singular_where_it_is_one(count, text):
    findings = summaries.Findings(total=count, nameless=count, closed=0)
    rows = summaries.unknown_of_organisations([], findings)
    assert [(row.count, row.text) for row in rows] == [(count, text)]


def test_what_is_unknown_of_actions_is_told_only_where_there_is_any(at):
    actions = Action.objects.published(at).filter(plan__slug="south-west-regional-response")
    assert [(row.count, row.text) for row in summaries.unknown_of_actions(actions)] == [
        (1, "open action without a due date"),
        (1, "open action without an owner"),
        (1, "action called complete, with no finding that the inspectorate has closed"),
    ]
    assert summaries.unknown_of_actions(Action.objects.none()) == []


def test_an_action_is_told_with_what_took_its_place():
    plan = factories.plan.make()
    new = factories.action.make(plan=plan)
    old = factories.action.make(plan=plan, status=ActionStatus.SUPERSEDED, superseded_by=new)
    told = {
        row.action: row.superseded_by
        for row in summaries.actions_of_plan(Action.objects.filter(plan=plan), ON)
    }
    assert told == {new: None, old: new}


def test_inspections_by_date_count_what_is_recorded():
    inspection = factories.inspection.make()
    question = factories.question.make(programme=inspection.programme)
    factories.grading.make(inspection=inspection, question=question)
    factories.grading.make(
        inspection=inspection, question=question, grade=None, missing_reason="not_found"
    )
    factories.finding.make(inspection=inspection, _quantity=3)
    (row,) = summaries.inspections_by_date(type(inspection).objects.filter(pk=inspection.pk))
    assert (row.gradings, row.graded, row.findings) == (2, 1, 3)


def test_the_answers_of_those_named_stand_in_the_line_of_sight(at):
    response = factories.response.make(stance=Stance.DISPUTED)
    finding = factories.finding.make(
        inspection=response.inspection, organisations=[response.organisation]
    )
    assert [row.response for row in sight(finding, at).named] == [response]


def test_slippage_by_organisation_counts_the_dates_that_moved_and_tells_the_furthest():
    def dated(days, **fields):
        first = date(2026, 1, 1)
        due = None if days is None else first + timedelta(days=days)
        said = {
            "due_on": due,
            "due_set_by": (due and DueSetBy.ORGANISATION) or "",
            "due_moved_because": "So.",
        }
        return factories.action.make(first_due_on=first, **said, **fields)

    force, other, third = (factories.force.make(short_name=f"Body {letter}") for letter in "CAB")
    for days in (0, 5, 40, -90):
        dated(days, plan__organisation=force)
    dated(-3, plan__organisation=other)
    dated(None, plan__organisation=third)
    actions = Action.objects.filter(plan__organisation__in=[force, other, third])
    rows = summaries.slippage_by_organisation(actions)
    assert [(row.organisation, row.moved, row.days) for row in rows] == [
        (other, 1, -3),
        (third, 1, None),
        (force, 3, 40),
    ]
    assert [row.furthest for row in rows] == ["3 days earlier", "date taken away", "40 days later"]
    assert rows[-1].url == f"/actions/?organisation={force.slug}&moved=yes"
