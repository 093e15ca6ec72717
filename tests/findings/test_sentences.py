import pytest

from findings import sentences
from findings.choices import ActionStatus, Stance
from findings.models import Finding, Plan, Theme
from findings.summaries import (
    Cell,
    Column,
    FindingCounts,
    Mark,
    Matrix,
    MatrixRow,
    PlanRow,
    RegionCount,
    ThemeRow,
)
from forces.models import Organisation
from tests import factories


def said(parts):
    return "".join(part.text for part in parts)


def theme(name, positive, negative):
    return ThemeRow(
        Theme(name=name, slug=name.lower()),
        FindingCounts(positive, negative, positive + negative, {}),
        (0, 0),
    )


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (8, 25, "eight of 25 findings"),
        (0, 25, "none of 25 findings"),
        (2, 2, "both findings"),
        (3, 3, "all three findings"),
        (1, 1, "the only finding"),
    ],
)
def test_a_share_is_told_in_words(part, whole, words):
    assert sentences.share(part, whole, "finding") == words


@pytest.mark.parametrize(
    ("rows", "total", "sentence"),
    [
        ([], 0, "No finding is recorded."),
        ([], 1, "No theme is recorded for the only finding."),
        ([], 3, "No theme is recorded for any of three findings."),
        ([theme("Skills", 1, 0)], 1, "Skills is the only theme raised, by the only finding."),
        (
            [theme("Skills", 4, 4), theme("Threat", 1, 3)],
            25,
            "Skills is the theme raised most, for better and worse alike: eight of 25 findings.",
        ),
        (
            [theme("Skills", 3, 0), theme("Threat", 1, 0)],
            9,
            "Skills is the theme raised most, always for better: three of nine findings.",
        ),
        (
            [theme("Skills", 0, 3), theme("Threat", 1, 0)],
            9,
            "Skills is the theme raised most, always for worse: three of nine findings.",
        ),
        (
            [theme("Skills", 1, 3), theme("Threat", 1, 0)],
            9,
            "Skills is the theme raised most, more often for worse: four of nine findings.",
        ),
        (
            [theme("Skills", 2, 0), theme("Threat", 0, 2), theme("Drugs", 0, 1)],
            9,
            "Skills and Threat are raised most, each by two of nine findings.",
        ),
        (
            [theme("Skills", 1, 0), theme("Threat", 0, 1)],
            2,
            "Skills and Threat are each raised by one of two findings.",
        ),
        (
            [theme("Skills", 2, 0), theme("Threat", 0, 2)],
            2,
            "Skills and Threat are each raised by both findings.",
        ),
        (
            [theme("Skills", 1, 0), theme("Threat", 1, 0), theme("Drugs", 1, 0)],
            1,
            "Skills, Threat and Drugs are each raised by the only finding.",
        ),
        (
            [*[theme(name, 2, 0) for name in "ABCD"], theme("E", 1, 0)],
            9,
            "Four themes are raised most, each by two of nine findings.",
        ),
    ],
)
def test_findings_by_theme_say_which_is_raised_most(rows, total, sentence):
    assert said(sentences.findings_by_theme(rows, total)) == sentence


def cell(count):
    return Cell(Mark(count // 2, {}), Mark(count - count // 2, {}), 1)


def matrix(**counts):
    """A matrix of bodies by name, each with its counts by theme, after the column of the region as
    a whole."""
    columns = [Column(name, name, "") for name in ("Region-wide", *counts)]
    themes = zip(*counts.values(), strict=True)
    return Matrix(
        "",
        columns,
        [MatrixRow(None, [cell(9), *(cell(count) for count in row)], "") for row in themes],
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (matrix(), "No finding on a theme names a force or unit."),
        (matrix(Dorset=[0, 0]), "No finding on a theme names a force or unit."),
        (
            matrix(Dorset=[2, 1], Wiltshire=[5, 0]),
            "Dorset is named on more themes than any other: both themes.",
        ),
        (
            matrix(Dorset=[2, 0, 0], Wiltshire=[0, 0, 1], Kent=[0, 0, 0]),
            "Dorset and Wiltshire are named on most themes, each on one of three themes.",
        ),
        (
            matrix(Dorset=[2, 0], Wiltshire=[0, 1]),
            "Every force and unit is named on the same number of themes: one of two themes.",
        ),
        (
            matrix(A=[1, 0], B=[1, 0], C=[1, 0], D=[1, 0], E=[0, 0]),
            "Four forces and units are named on most themes, each on one of two themes.",
        ),
    ],
)
def test_theme_by_organisation_says_who_is_named_on_most_themes(rows, sentence):
    assert sentences.theme_by_organisation(rows) == sentence


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["Kent"], "Findings of Kent are not recorded here."),
        (["Kent", "Essex"], "Findings of Kent and Essex are not recorded here."),
        (["A", "B", "C", "D"], "Findings of four forces are not recorded here."),
    ],
)
def test_theme_by_organisation_says_who_is_left_out(names, sentence):
    left_out = [Organisation(short_name=name, kind="force") for name in names]
    rows = matrix(Dorset=[2])._replace(left_out=left_out)
    assert sentences.theme_by_organisation(rows) == (
        f"Dorset is named on more themes than any other: the only theme. {sentence}"
    )


def plan(organisation, complete, total):
    return PlanRow(
        Plan(name="Plan", organisation=Organisation(short_name=organisation)),
        [],
        total,
        complete,
        {},
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "No action is recorded."),
        ([plan("Dorset", 0, 1)], "Dorset says that the only action is not yet complete."),
        ([plan("Dorset", 1, 1)], "Dorset says that the only action is complete."),
        ([plan("Dorset", 1, 6)], "Dorset says that one of six actions is complete."),
        ([plan("Dorset", 0, 6)], "Dorset says that none of six actions are complete."),
        (
            [plan("Dorset", 1, 6), plan("Wiltshire", 3, 8)],
            "The forces say that four of 14 actions are complete.",
        ),
        ([plan("Dorset", 2, 2)], "Dorset says that two of two actions are complete."),
    ],
)
def test_actions_by_status_say_what_the_organisations_say(rows, sentence):
    assert said(sentences.actions_by_status(rows)) == sentence


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ([], "No finding is recorded yet."),
        ([1], "One finding is recorded for Region 0."),
        ([25], "25 findings are recorded for Region 0."),
        ([20, 5], "25 findings are recorded: 20 for Region 0 and five for Region 1."),
        (
            [20, 5, None],
            "26 findings are recorded: 20 for Region 0, five for Region 1 and one for the whole "
            "country.",
        ),
    ],
)
def test_findings_by_region_say_where_something_is_recorded(counts, sentence):
    rows = [
        RegionCount(f"Region {n}", f"region-{n}", count) if count else RegionCount(None, None, 1)
        for n, count in enumerate(counts)
    ]
    assert said(sentences.findings_by_region(rows)) == sentence


@pytest.mark.parametrize(
    ("complete", "sentence"),
    [
        (0, "Dorset says that the only action is not yet complete."),
        (1, "Dorset says that the only action is complete."),
    ],
)
def test_a_plan_of_one_action_speaks_of_it_alone(complete, sentence):
    row = plan("Dorset", complete, 1)
    assert said(sentences.plan(row.plan, [row])) == sentence


def test_plans_tell_both_lanes_apart():
    parts = sentences.plans([plan("Dorset", 4, 14)], 1)
    assert (
        said(parts) == "The forces say that four of 14 actions are complete. The inspectorate has "
        "confirmed one finding as closed."
    )
    assert [(part.url, part.count) for part in parts if part.url] == [
        (f"/actions/?status={ActionStatus.COMPLETE.slug}", 4),
        ("/actions/", 14),
        ("/findings/?progress=confirmed", 1),
    ]


def test_a_theme_says_how_much_it_has_of_all_and_which_way_it_leans():
    counts = FindingCounts(1, 2, 3, {"theme": "technology"})
    parts = sentences.theme(Theme(name="IT and equipment"), counts, 25)
    assert (
        said(parts)
        == "Three of 25 findings are about “IT and equipment”: two to improve and one strength "
        "or practice."
    )
    none = FindingCounts(0, 0, 0, {})
    assert (
        said(sentences.theme(Theme(name="IT"), none, 0))
        == "No finding is recorded on this theme; no findings on others."
    )


@pytest.mark.django_db
def test_a_finding_says_who_it_names_and_only_responses_to_itself():
    force, other = factories.force.make(short_name="A"), factories.force.make(short_name="B")
    one = factories.finding.make(organisations=[force])
    both = factories.finding.make(inspection=one.inspection, organisations=[force, other])
    wide = factories.finding.make(is_region_wide=True, unnamed_organisations="some forces")
    for organisation in (force, other):
        factories.response.make(
            inspection=one.inspection, organisation=organisation, stance=Stance.DISPUTED
        )

    def sentence(finding):
        return said(sentences.finding(Finding.objects.with_responses().get(pk=finding.pk)))

    assert sentence(one) == "This finding names A."
    assert sentence(both) == "This finding names two forces."
    assert sentence(factories.finding.make()) == "This finding names no particular force."
    assert sentence(wide) == (
        "This finding is about the region as a whole; the source refers to “some forces” and "
        "names no force."
    )
    for finding in (one, both):
        factories.response.make(
            inspection=None,
            finding=finding,
            organisation=force,
            stance=Stance.ACCEPTED_IN_PART,
        )
    assert sentence(one) == "This finding names A. The force accepts it in part."
    assert sentence(both) == "This finding names two forces. One accepts it in part."


@pytest.mark.django_db
def test_responses_to_the_report_stand_in_one_sentence_for_each_stance():
    inspection = factories.inspection.make()
    responses = [
        factories.response.make(
            inspection=inspection,
            organisation=factories.force.make(short_name=name),
            stance=stance,
            is_for_region=name == "B",
        )
        for name, stance in (
            ("A", Stance.DISPUTED),
            ("B", Stance.DISPUTED),
            ("C", Stance.ACCEPTED_IN_PART),
        )
    ]
    assert said(sentences.report_responses(responses)) == (
        "C accepts the inspection report in part. "
        "A and B, for the region, dispute the inspection report. "
    )
    assert sentences.report_responses([]) == []
