"""Themes, findings and responses, how they are searched, and by what every row is called."""

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db.models import ProtectedError

from findings.choices import (
    NEGATIVE_KINDS,
    POSITIVE_KINDS,
    ActionStatus,
    FindingKind,
    Stance,
)
from findings.models import (
    Action,
    Finding,
    ProgressUpdate,
    Response,
    Theme,
)
from tests import factories

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("recipe", [factories.update, factories.confirmation])
def test_what_has_a_history_cannot_be_deleted(recipe):
    row = recipe.make()
    with pytest.raises(ProtectedError):
        (row.action if recipe is factories.update else row.finding).delete()


def test_an_inspection_with_findings_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.finding.make().inspection.delete()


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
