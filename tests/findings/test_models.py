from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db.models import ProtectedError
from model_bakery.recipe import foreign_key

from findings.choices import (
    ENDED_STATUSES,
    NEGATIVE_KINDS,
    POSITIVE_KINDS,
    ActionStatus,
    ClosureStatus,
    DueSetBy,
    FindingKind,
    FindingProgress,
    Stance,
    UpdateState,
)
from findings.models import (
    Action,
    ActionCitation,
    Confirmation,
    ConfirmationCitation,
    Evidence,
    Finding,
    FindingCitation,
    Plan,
    ProgressUpdate,
    Response,
    ResponseCitation,
    Theme,
)
from findings.progress import with_history, with_overdue_action, with_progress
from inspections.choices import Attribution
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
DAY = NOW.date()
EMBARGOED = [None, NOW + timedelta(microseconds=1), NOW + timedelta(days=1)]
PUBLIC = [NOW, NOW - timedelta(days=1)]


# Themes and kinds


def test_a_theme_that_was_merged_is_no_longer_in_use():
    theme = factories.theme.make()
    merged = factories.theme.make(replaced_by=theme)
    assert theme in Theme.objects.in_use()
    assert merged not in Theme.objects.in_use()
    assert list(theme.replaces.all()) == [merged]


def test_every_kind_speaks_either_well_or_ill():
    assert {*POSITIVE_KINDS, *NEGATIVE_KINDS} == set(FindingKind)
    assert not {*POSITIVE_KINDS} & {*NEGATIVE_KINDS}


@pytest.mark.parametrize(
    ("kind", "is_positive"),
    [
        ("cause_of_concern", False),
        ("recommendation", False),
        ("afi", False),
        ("innovative_practice", True),
        ("promising_practice", True),
        ("strength", True),
        ("weakness", False),
    ],
)
def test_findings_are_told_apart_by_what_their_kind_says(kind, is_positive):
    finding = factories.finding.make(kind=FindingKind(kind))
    assert finding.is_positive is is_positive
    assert (finding in Finding.objects.positive()) is is_positive
    assert (finding in Finding.objects.negative()) is not is_positive


def test_findings_stand_in_the_order_of_their_references():
    inspection = factories.inspection.make()
    for reference in ("X10", "X2", "X1", "X25", "X9"):
        factories.finding.make(inspection=inspection, reference=reference)
    assert [row.reference for row in inspection.findings.by_reference()] == [
        "X1",
        "X2",
        "X9",
        "X10",
        "X25",
    ]


# Search


def found(text, config="english"):
    made = Finding.objects.filter(inspection__region__is_synthetic=True)
    return set(
        made.filter(search=SearchQuery(text, config=config, search_type="websearch")).values_list(
            "reference", flat=True
        )
    )


@pytest.fixture
def texts():
    inspection = factories.inspection.make()
    for reference, summary, detail in [
        ("recruit", "The unit recruited nobody.", ""),
        ("systems", "Officers cannot get into IT systems.", ""),
        ("pronoun", "Officers say that it works, and it does.", ""),
        ("opening", "It works.", ""),
        ("detail", "Nothing.", "Two OCGs and one SOC group, under C2 and MO3."),
    ]:
        factories.finding.make(
            inspection=inspection, reference=reference, summary=summary, detail=detail
        )


@pytest.mark.parametrize("word", ["recruit", "recruits", "recruiting", "RECRUITED"])
def test_a_word_finds_all_its_forms(texts, word):
    assert found(word) == {"recruit"}


def test_an_abbreviation_is_found_and_the_pronoun_that_looks_like_it_is_not(texts):
    assert found("IT", config="simple") == {"systems"}
    assert found("it", config="simple") == {"systems"}


@pytest.mark.parametrize("abbreviation", ["SOC", "soc", "OCGs", "C2", "MO3"])
def test_an_abbreviation_in_the_detail_is_found(texts, abbreviation):
    assert found(abbreviation, config="simple") == {"detail"}


def test_one_crime_group_finds_several(texts):
    assert found("OCG") == {"detail"}


def test_a_search_follows_what_a_finding_now_says():
    finding = factories.finding.make(summary="Nobody rode a bicycle.")
    assert found("bicycles") == {finding.reference}
    finding.summary = "Nobody rode a horse."
    finding.save()
    assert found("bicycles") == set()
    assert found("horses") == {finding.reference}


def test_a_response_is_searched_as_a_finding_is():
    response = factories.response.make(summary="Has invested in IT and people.")
    answered = Response.objects.filter(organisation=response.organisation)
    assert answered.filter(search=SearchQuery("investing", config="english")).exists()
    assert answered.filter(search=SearchQuery("IT", config="simple")).exists()
    assert not answered.filter(search=SearchQuery("has", config="simple")).exists()


# What is public


def make_everything(public_at):
    """One row of each sort that an inspection's embargo must hide."""
    inspection = factories.inspection.make(public_at=public_at)
    finding = factories.finding.make(inspection=inspection)
    action = factories.action.make(plan__inspection=inspection, findings=[finding])
    update = factories.update.make(action=action)
    return [
        finding,
        factories.response.make(inspection=inspection),
        factories.response.make(inspection=None, finding=finding),
        action.plan,
        action,
        update,
        factories.evidence.make(action=action, is_public=True),
        factories.evidence.make(action=None, update=update, is_public=True),
        factories.confirmation.make(finding=finding),
    ]


@pytest.mark.parametrize("public_at", PUBLIC)
def test_what_is_public_shows(public_at):
    for row in make_everything(public_at):
        assert row in type(row).objects.published(NOW)


@pytest.mark.parametrize("public_at", EMBARGOED)
def test_what_is_under_embargo_or_undecided_does_not_show(public_at):
    for row in make_everything(public_at):
        assert row not in type(row).objects.published(NOW)


def test_a_plan_that_answers_no_inspection_is_public():
    action = factories.action.make(plan__inspection=None)
    assert action.plan in Plan.objects.published(NOW)
    assert action in Action.objects.published(NOW)


@pytest.mark.parametrize("public_at", EMBARGOED)
def test_an_action_of_a_public_plan_does_not_tell_of_a_finding_under_embargo(public_at):
    public, hidden = (
        factories.finding.make(),
        factories.finding.make(inspection__public_at=public_at),
    )
    action = factories.action.make(plan__inspection=None, findings=[public, hidden])
    update = factories.update.make(action=action)
    assert action not in Action.objects.published(NOW)
    assert update not in ProgressUpdate.objects.published(NOW)
    assert (
        with_progress(Finding.objects, NOW).get(pk=public.pk).progress == FindingProgress.NO_ACTION
    )


def test_restricted_evidence_is_never_public():
    evidence = factories.evidence.make()
    assert not evidence.is_public
    assert evidence not in Evidence.objects.published(NOW)


# Actions


@pytest.mark.parametrize("status", ActionStatus)
def test_an_action_is_open_until_it_is_complete_not_pursued_or_superseded(status):
    action = make_action(status=status)
    ended = status in ("complete", "not_pursued", "superseded")
    assert (status in ENDED_STATUSES) is ended
    assert action.has_ended is ended
    assert (action in Action.objects.open()) is not ended
    assert (action in Action.objects.complete()) is (status == "complete")


def make_action(status=ActionStatus.IN_PROGRESS, due_on=None, **fields):
    if status == ActionStatus.SUPERSEDED:
        fields["superseded_by"] = factories.action.make()
    return factories.action.make(
        status=status, due_on=due_on, due_set_by=DueSetBy.ORGANISATION if due_on else "", **fields
    )


@pytest.mark.parametrize(
    ("status", "due_on", "is_overdue"),
    [
        ("in_progress", DAY - timedelta(days=1), True),
        ("not_started", DAY - timedelta(days=1), True),
        ("pending_sign_off", DAY - timedelta(days=1), True),
        ("in_progress", DAY, False),
        ("in_progress", DAY + timedelta(days=1), False),
        ("in_progress", None, False),
        ("complete", DAY - timedelta(days=1), False),
        ("not_pursued", DAY - timedelta(days=1), False),
        ("superseded", DAY - timedelta(days=1), False),
    ],
)
def test_an_action_is_overdue_when_it_is_dated_and_past_and_not_ended(status, due_on, is_overdue):
    finding = factories.finding.make()
    action = make_action(ActionStatus(status), due_on, findings=[finding])
    assert action.is_overdue(DAY) is is_overdue
    assert (action in Action.objects.overdue(DAY)) is is_overdue
    assert (finding in with_overdue_action(Finding.objects, DAY, NOW)) is is_overdue


def test_a_finding_is_not_overdue_for_an_action_under_embargo():
    finding = factories.finding.make()
    make_action(
        due_on=DAY - timedelta(days=1), findings=[finding], plan__inspection__public_at=None
    )
    assert finding not in with_overdue_action(Finding.objects, DAY, NOW)


def test_an_open_action_without_a_date_is_undated():
    undated, dated, ended = (
        make_action(),
        make_action(due_on=DAY),
        make_action(ActionStatus.COMPLETE),
    )
    assert undated in Action.objects.undated()
    assert not {dated, ended} & {*Action.objects.undated()}


def test_an_open_action_without_an_owner_is_unowned():
    unowned, owned = make_action(), make_action(owner_role="made-up officer")
    ended = make_action(ActionStatus.COMPLETE)
    assert unowned in Action.objects.unowned()
    assert not {owned, ended} & {*Action.objects.unowned()}


def test_a_complete_action_is_unconfirmed_until_a_finding_that_it_answers_is_closed():
    finding = factories.finding.make()
    action = make_action(ActionStatus.COMPLETE, findings=[finding])
    factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.BEING_PROGRESSED, confirmed_on=DAY
    )
    assert action in Action.objects.unconfirmed()
    factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.CLOSED, confirmed_on=DAY + timedelta(days=1)
    )
    assert action not in Action.objects.unconfirmed()
    factories.confirmation.make(
        finding=finding,
        closure_status=ClosureStatus.BEING_PROGRESSED,
        confirmed_on=DAY + timedelta(days=2),
    )
    assert action in Action.objects.unconfirmed()


def test_a_complete_action_that_answers_nothing_is_unconfirmed():
    assert make_action(ActionStatus.COMPLETE) in Action.objects.unconfirmed()


def test_an_action_that_is_not_complete_is_not_unconfirmed():
    assert make_action(ActionStatus.PENDING_SIGN_OFF) not in Action.objects.unconfirmed()


# Progress: both lanes read together


def progress_of(finding):
    return with_progress(Finding.objects, NOW).get(pk=finding.pk).progress


@pytest.mark.parametrize(
    ("statuses", "progress"),
    [
        ([], "no_action"),
        (["not_started"], "in_progress"),
        (["in_progress"], "in_progress"),
        (["embedding"], "in_progress"),
        (["pending_sign_off"], "in_progress"),
        (["complete"], "complete"),
        (["complete", "in_progress"], "in_progress"),
        (["complete", "not_pursued"], "complete"),
        (["complete", "superseded"], "complete"),
        (["not_pursued"], "not_pursued"),
        (["superseded"], "not_pursued"),
    ],
)
def test_the_progress_of_a_finding_is_what_its_organisations_say(statuses, progress):
    finding = factories.finding.make()
    for status in statuses:
        make_action(ActionStatus(status), findings=[finding])
    assert progress_of(finding) == progress


@pytest.mark.parametrize("statuses", [[], ["in_progress"], ["complete"], ["not_pursued"]])
def test_a_finding_is_confirmed_when_the_inspectorate_has_closed_it_whatever_its_organisations_say(
    statuses,
):
    finding = factories.finding.make()
    for status in statuses:
        make_action(ActionStatus(status), findings=[finding])
    factories.confirmation.make(finding=finding, closure_status=ClosureStatus.CLOSED)
    assert progress_of(finding) == FindingProgress.CONFIRMED


@pytest.mark.parametrize(
    "closure_status",
    [closure_status for closure_status in ClosureStatus if closure_status != ClosureStatus.CLOSED],
)
def test_no_other_view_of_the_inspectorate_confirms_a_finding(closure_status):
    finding = factories.finding.make()
    make_action(ActionStatus.COMPLETE, findings=[finding])
    factories.confirmation.make(finding=finding, closure_status=closure_status)
    assert progress_of(finding) == FindingProgress.COMPLETE


def test_the_inspectorate_s_latest_view_counts_and_of_one_day_the_last_written():
    finding = factories.finding.make()
    for closure_status, confirmed_on in [
        (ClosureStatus.CLOSED, DAY),
        (ClosureStatus.AWAITING_REVIEW, DAY - timedelta(days=1)),
    ]:
        factories.confirmation.make(
            finding=finding, closure_status=closure_status, confirmed_on=confirmed_on
        )
    assert progress_of(finding) == FindingProgress.CONFIRMED
    factories.confirmation.make(
        finding=finding, closure_status=ClosureStatus.BEING_PROGRESSED, confirmed_on=DAY
    )
    assert progress_of(finding) == FindingProgress.NO_ACTION
    assert [row.closure_status for row in finding.confirmations.latest_first()] == [
        ClosureStatus.BEING_PROGRESSED,
        ClosureStatus.CLOSED,
        ClosureStatus.AWAITING_REVIEW,
    ]


def test_an_action_that_answers_another_finding_is_no_progress_of_this_one():
    finding = factories.finding.make()
    make_action(ActionStatus.COMPLETE, findings=[factories.finding.make()])
    assert progress_of(finding) == FindingProgress.NO_ACTION


def test_an_action_under_embargo_is_no_progress():
    finding = factories.finding.make()
    make_action(findings=[finding], plan__inspection__public_at=None)
    assert progress_of(finding) == FindingProgress.NO_ACTION


def test_the_progress_of_many_findings_is_one_query(django_assert_num_queries):
    made = factories.made_up_region(findings=60)
    with django_assert_num_queries(1):
        rows = list(with_progress(made.inspection.findings, NOW))
    assert {row.progress for row in rows} == set(FindingProgress)


# What history keeps


def test_updates_stand_newest_first():
    first = factories.update.make()
    second = factories.update.make(action=first.action)
    draft = factories.draft.make(action=first.action)
    assert list(first.action.updates.all()) == [draft, second, first]
    assert list(first.action.updates.signed_off()) == [second, first]


def test_an_update_counts_from_when_it_was_signed_off_and_not_from_when_it_was_written():
    late = factories.update.make(signed_at=NOW)
    factories.update.make(action=late.action, at=NOW, signed_at=NOW - timedelta(days=1))
    assert late.action.updates.signed_off().first() == late


@pytest.mark.parametrize(
    "state", [state for state in UpdateState if state != UpdateState.PUBLISHED]
)
def test_only_what_is_signed_off_is_public_with_its_evidence(state):
    draft = factories.draft.make(state=state, comment="Say more.")
    evidence = factories.evidence.make(action=None, update=draft, is_public=True)
    assert draft not in ProgressUpdate.objects.published(NOW)
    assert evidence not in Evidence.objects.published(NOW)
    (told,) = with_history(Action.objects.filter(pk=draft.action.pk))
    assert not told.updates.all()
    assert draft.action in Action.objects.published(NOW)


def test_a_date_has_moved_when_it_is_no_longer_the_first():
    moved = factories.action.make(
        due_on=DAY,
        first_due_on=DAY - timedelta(days=9),
        due_set_by="organisation",
        due_moved_because="So.",
    )
    taken_away = factories.action.make(first_due_on=DAY, due_moved_because="So.")
    factories.action.make(due_on=DAY, due_set_by="organisation")
    factories.action.make()
    assert set(Action.objects.moved().filter(plan__organisation__region__is_synthetic=True)) == {
        moved,
        taken_away,
    }


@pytest.mark.parametrize("recipe", [factories.update, factories.confirmation])
def test_what_has_a_history_cannot_be_deleted(recipe):
    row = recipe.make()
    with pytest.raises(ProtectedError):
        (row.action if recipe is factories.update else row.finding).delete()


def test_an_inspection_with_findings_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.finding.make().inspection.delete()


# Natural keys


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        (Theme, factories.theme),
        (Finding, factories.finding),
        (Response, factories.response),
        (
            Response,
            factories.response.extend(inspection=None, finding=foreign_key(factories.finding)),
        ),
        (Plan, factories.plan),
        (Action, factories.action),
        (Confirmation, factories.confirmation),
    ],
)
def test_a_natural_key_leads_back_to_its_row(model, recipe):
    recipe.make()
    row = recipe.make()
    assert model.objects.get_by_natural_key(*row.natural_key()) == row


@pytest.mark.parametrize(
    ("model", "fact"),
    [
        (FindingCitation, factories.finding),
        (ResponseCitation, factories.response),
        (ActionCitation, factories.action),
        (ConfirmationCitation, factories.confirmation),
    ],
)
def test_the_natural_key_of_a_citation_leads_back_to_it(model, fact):
    place = {
        model.FACT: fact.make(),
        "source": factories.source.make(),
        "attribution": Attribution.PRESS,
    }
    citation = model.objects.create(**place, locator="¶4")
    model.objects.create(**place, locator="¶5")
    assert model.objects.get_by_natural_key(*citation.natural_key()) == citation


# How styles and addresses call them


@pytest.mark.parametrize(
    ("row", "slug"),
    [
        (Finding(kind=FindingKind.CAUSE_OF_CONCERN), "cause-of-concern"),
        (Response(stance=Stance.ACCEPTED_IN_PART), "accepted-in-part"),
        (Action(status=ActionStatus.PENDING_SIGN_OFF), "pending-sign-off"),
        (ProgressUpdate(status=ActionStatus.NOT_STARTED), "not-started"),
    ],
)
def test_a_choice_is_called_by_its_slug(row, slug):
    assert slug in {
        getattr(row, name, None) for name in ("kind_slug", "stance_slug", "status_slug")
    }
