"""What import files say of findings, responses, plans, actions and progress."""

import pytest

from findings.models import Action, Confirmation, Finding, ProgressUpdate, Response
from tests import accounts, factories
from tests.sheets import changes, csv_file, imported, previewed, refusals

pytestmark = pytest.mark.django_db

FINDINGS = "reference,inspection,kind,organisations,themes,summary,cause,source,locator,attribution"
RESPONSES = "inspection,finding,organisation,role,stance,summary,said_on,source,locator,attribution"
ACTIONS = "plan,number,findings,summary,status,due_on,due_set_by,source,locator,attribution"
CITED = ["made-up", "p. 1", "press"]


@pytest.fixture(autouse=True)
def source():
    return factories.source.make(slug="made-up")


@pytest.fixture
def inspection():
    return factories.inspection.make(slug="made-up")


@pytest.fixture
def plan():
    return factories.plan.make(slug="made-up")


def finding(reference, kind="weakness", organisations="", themes="", cause=""):
    return [reference, "made-up", kind, organisations, themes, "None.", cause, *CITED]


def test_organisations_and_themes_of_a_finding_are_lists(inspection):
    theme = factories.theme.make(slug="learning-made-up", name="Made-up learning")
    file = csv_file(
        "findings",
        FINDINGS,
        finding(
            "made-up-1",
            organisations="Wiltshire Police; Dorset",
            themes=f"workforce;{theme.name}",
        ),
    )
    imported(file)
    made = Finding.objects.get(reference="made-up-1")
    assert set(made.organisations.values_list("slug", flat=True)) == {"wiltshire", "dorset"}
    assert set(made.themes.values_list("slug", flat=True)) == {"workforce", "learning-made-up"}


def test_one_wrong_value_of_a_list_is_named(inspection):
    row = finding("made-up-1", themes="workforce;wrkforce")
    (problem,) = previewed(csv_file("findings", FINDINGS, row)).problems
    assert (problem.value, problem.rule, problem.mend) == (
        "workforce;wrkforce",
        "“wrkforce”: There is no theme with this name.",
        "Did you mean workforce?",
    )


@pytest.mark.parametrize(
    ("column", "text"), [("themes", "workforce, learning"), ("organisations", "Dorset, Wiltshire")]
)
def test_a_list_with_commas_is_told_to_have_semicolons(inspection, column, text):
    row = finding("made-up-1", **{column: text})
    ((_, rule),) = refusals(csv_file("findings", FINDINGS, row))
    assert rule.startswith(f"“{text}” looks like a list. Put “;” between values")


def test_a_recommendation_may_name_a_cause_of_concern_of_its_own_file(inspection):
    rows = [
        finding("made-up-2", "recommendation", cause="made-up-1"),
        finding("made-up-1", "Cause of concern"),
        finding("made-up-3", "recommendation", cause="made-up-2"),
    ]
    assert refusals(csv_file("findings", FINDINGS, *rows)) == [
        ("G4", "A recommendation belongs to a cause of concern.")
    ]
    imported(csv_file("findings", FINDINGS, *rows[:2]))
    assert Finding.objects.get(reference="made-up-2").cause.reference == "made-up-1"


def test_a_reference_is_the_same_in_any_case(inspection):
    imported(csv_file("findings", FINDINGS, finding("Made-Up-1")))
    assert changes(previewed(csv_file("findings", FINDINGS, finding("Made-Up-1")))) == {
        "findings": (0, 0, 1)
    }
    assert changes(previewed(csv_file("findings", FINDINGS, finding("made-UP-1")))) == {
        "findings": (0, 0, 1)
    }
    assert refusals(csv_file("findings", FINDINGS, finding("Made-up-2"), finding("made-UP-2")))


def test_a_finding_is_named_by_its_inspection_and_alone_only_where_no_other_is_called_so(
    inspection,
):
    other = factories.inspection.make(slug="made-up-other")
    imported(csv_file("findings", FINDINGS, finding("made-up-1", "Cause of concern")))
    further = ["made-up-1", "", *finding("", "Cause of concern")[2:8], "p. 2", "press"]
    alone = finding("made-up-2", "recommendation", cause="made-up-1")
    imported(csv_file("findings", FINDINGS, alone, further))  # as files did before
    assert Finding.objects.get(reference="made-up-1").citations.count() == 2
    twin = factories.finding.make(reference="Made-up-1", inspection=other)
    assert refusals(csv_file("findings", FINDINGS, alone, further)) == [
        ("G2", "More than one finding has this name."),
        (
            "B3",
            "Several inspections have a finding with this reference: made-up and made-up-other. "
            "Say which.",
        ),
    ]
    problem, _ = previewed(csv_file("findings", FINDINGS, alone, further)).problems
    assert problem.mend == "Write made-up/made-up-1 or made-up-other/Made-up-1."
    alone[6] = "made-up/MADE-UP-1"
    assert changes(previewed(csv_file("findings", FINDINGS, alone))) == {"findings": (0, 0, 1)}
    alone[6] = "soc-south-west-2025/made-up-1"
    ((_, rule),) = refusals(csv_file("findings", FINDINGS, alone))
    assert rule == "This inspection has no finding with this reference."
    row = finding("made-up-1", "Cause of concern")
    row[1] = "made-up-other"
    imported(csv_file("findings", FINDINGS, row))
    assert Finding.objects.get(pk=twin.pk).kind == "cause_of_concern"


def test_a_response_is_to_an_inspection_or_to_a_finding(inspection):
    factories.finding.make(reference="made-up-1", inspection=inspection)
    row = ["made-up", "", "Wiltshire", "chief constable", "accepted", "Agrees.", "2025-06", *CITED]
    imported(csv_file("responses", RESPONSES, row))
    made = Response.objects.get(inspection=inspection)
    assert (made.respondent, made.said_precision) == ("organisation", "month")
    row[1], row[3] = "made-up-1", "deputy chief constable"
    ((_, rule),) = refusals(csv_file("responses", RESPONSES, row))
    assert rule == "A response is to an inspection or to a finding: exactly one of the two."


def test_a_closure_is_added_once(inspection):
    factories.finding.make(reference="made-up-1", inspection=inspection)
    headings = "finding,closure_status,confirmed_on,source,locator,attribution"
    file = csv_file("closures", headings, ["made-up-1", "closed", "2026-01-02", *CITED])
    sentence = "These rows are only ever added: the import cannot be undone."
    assert [kind.warning for kind in previewed(file).kinds] == [sentence]
    imported(file)
    assert [kind.warning for kind in previewed(file).kinds] == [""]
    imported(file)
    assert Confirmation.objects.get(finding__reference="made-up-1").citations.count() == 1


# Plans


def action(number=1, status="in_progress", due="", by="", summary="Nobody will do this."):
    return ["made-up", number, "", summary, status, due, by, *CITED]


def test_an_action_keeps_its_first_due_date(plan):
    imported(csv_file("actions", ACTIONS, action(due="2026-09-30", by="organisation")))
    made = Action.objects.get(plan=plan)
    assert (str(made.first_due_on), made.status) == ("2026-09-30", "in_progress")


def test_a_due_date_says_who_set_it(plan):
    assert refusals(csv_file("actions", ACTIONS, action(due="2026-09-30"))) == [
        ("G2", "Give a due date and who set it, or neither.")
    ]


def test_status_and_date_of_an_action_that_is_stored_change_by_its_workflow_alone(plan):
    imported(csv_file("actions", ACTIONS, action()))
    file = csv_file(
        "actions", ACTIONS, action(status="complete", due="2026-09-30", by="organisation")
    )
    assert refusals(file) == [
        ("E2", "The status of an action changes only by a progress update."),
        ("F2", "A due date is moved on the page of the action, with the reason."),
    ]
    imported(csv_file("actions", ACTIONS, action(summary="Somebody will.")))
    assert Action.objects.get(plan=plan).summary == "Somebody will."


PROGRESS = "plan,number,status,superseded_by,note"


def test_progress_is_a_draft_of_whoever_imports_it(plan):
    imported(csv_file("actions", ACTIONS, action()))
    editor = accounts.make("steward")
    file = csv_file("progress", PROGRESS, ["made-up", 1, "embedding", "", "It is delivered."])
    imported(file, by=editor)
    update = ProgressUpdate.objects.get(action__plan=plan)
    assert (update.by, update.state, update.moved_from) == (editor, "draft", "in_progress")
    assert Action.objects.get(plan=plan).status == "in_progress"
    assert changes(previewed(file, by=editor)) == {"progress": (0, 0, 1)}


def test_progress_follows_the_workflow_and_has_somebody_s_name(plan):
    imported(csv_file("actions", ACTIONS, action()))
    file = csv_file("progress", PROGRESS, ["made-up", 1, "complete", "", "It is done."])
    assert refusals(file) == [("E2", "Progress is somebody’s word.")]
    ((place, rule),) = [
        (problem.address, problem.rule)
        for problem in previewed(file, by=accounts.make("steward")).problems
    ]
    assert (place, rule) == (
        "progress!C2",
        "An action that is in progress cannot become complete.",
    )


def test_an_action_that_is_replaced_names_another_of_its_plan(plan):
    imported(csv_file("actions", ACTIONS, action(), action(2)))
    steward = accounts.make("steward")
    file = csv_file("progress", PROGRESS, ["made-up", 1, "superseded", 3, "Replaced."])
    assert [problem.rule for problem in previewed(file, by=steward).problems] == [
        "The plan has no action 3."
    ]
    file = csv_file("progress", PROGRESS, ["made-up", 1, "superseded", 2, "Replaced."])
    imported(file, by=steward)
    assert ProgressUpdate.objects.get(action__plan=plan).superseded_by.number == 2
