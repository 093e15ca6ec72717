"""What the database refuses of findings and responses, and says why before it has to."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import DateField

from findings.addresses import REGION_WIDE
from findings.choices import DueSetBy, FindingKind
from findings.models import (
    ActionCitation,
    ConfirmationCitation,
    FindingCitation,
    Response,
    ResponseCitation,
)
from inspections.choices import Attribution
from lib.lists.facets import NONE
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 12)


@pytest.mark.parametrize("thing", ["region", "force", "inspection", "theme", "plan"])
def test_a_slug_that_says_something_else_in_the_address_of_a_list_is_refused(thing):
    row = getattr(factories, thing).make()
    for slug in (NONE, REGION_WIDE, "-dorset"):
        row.slug = slug
        name = "organisation" if thing == "force" else thing
        assert_refused(row, f"{name}_is_chosen_by_its_slug")


@pytest.mark.parametrize(
    ("thing", "day"),
    [
        ("force", "valid_from"),
        ("alias", "valid_to"),
        ("membership", "starts_on"),
        ("source", "published_on"),
        ("inspection", "published_on"),
        ("fieldwork", "fieldwork_from"),
        ("response", "said_on"),
        ("plan", "ends_on"),
        ("action", "due_on"),
        ("due_date_change", "due_on"),
        ("evidence", "review_on"),
        ("confirmation", "confirmed_on"),
    ],
)
def test_a_year_of_another_age_is_a_slip_of_the_pen(thing, day):
    for year in (1025, 2205):
        row = getattr(factories, thing).prepare(_save_related=True)
        if thing == "fieldwork":
            row.fieldwork_to = date(year, 12, 31)
        elif thing == "action":
            row.due_set_by = DueSetBy.ORGANISATION
        setattr(row, day, date(year, 12, 31))
        name = "organisation" if thing == "force" else thing
        assert_refused(row, f"{name}_{day}_is_of_our_time")


def test_every_day_that_somebody_enters_is_held_to_our_time():
    copies = {"first_due_on", "was_on"}  # of due_on
    loose = {
        f"{model.__name__}.{field.name}"
        for app in ("forces", "inspections", "findings")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if type(field) is DateField and field.name not in copies
        if not any(
            constraint.name.endswith(f"{field.name}_is_of_our_time")
            for constraint in model._meta.constraints
        )
    }
    assert loose == set()


def test_no_slip_of_the_pen_ends_an_embargo():
    assert_refused(
        factories.inspection.prepare(
            public_at=datetime(202, 6, 12, tzinfo=UTC), _save_related=True
        ),
        "inspection_public_at_is_of_our_time",
    )


def test_a_police_force_may_be_as_old_as_the_first():
    factories.force.make(valid_from=date(1829, 9, 29))


def test_a_theme_does_not_replace_itself():
    theme = factories.theme.make()
    theme.replaced_by = theme
    assert_refused(theme, "theme_does_not_replace_itself")


def test_a_reference_is_unique_in_its_inspection_whatever_its_case():
    finding = factories.finding.make(reference="x1")
    factories.finding.make(inspection=factories.inspection.make(), reference="x1")
    again = factories.finding.prepare(inspection=finding.inspection, reference="X1")
    assert_refused(again, "finding_reference_is_unique_in_its_inspection")


@pytest.mark.parametrize(
    "kind", [kind for kind in FindingKind if kind != FindingKind.RECOMMENDATION]
)
def test_only_a_recommendation_has_a_cause(kind):
    cause = factories.finding.make(kind=FindingKind.CAUSE_OF_CONCERN)
    finding = factories.finding.make(kind=FindingKind.RECOMMENDATION, cause=cause)
    finding.full_clean()
    finding.kind = kind
    assert_refused(finding, "only_a_recommendation_has_a_cause")


def test_a_recommendation_belongs_to_a_cause_of_concern_and_nothing_else():
    weakness = factories.finding.make(kind=FindingKind.WEAKNESS)
    with pytest.raises(ValidationError, match="belongs to a cause of concern"):
        factories.finding.make(kind=FindingKind.RECOMMENDATION, cause=weakness).full_clean()


def test_a_finding_belongs_to_no_cause_that_is_itself():
    finding = factories.finding.make(kind=FindingKind.RECOMMENDATION)
    finding.cause = finding
    with pytest.raises(ValidationError, match="belongs to a cause of concern"):
        finding.full_clean()
    assert_refused_by_database(finding, "finding_does_not_point_at_itself")


def test_a_finding_does_not_repeat_itself():
    finding = factories.finding.make()
    finding.repeats = finding
    assert_refused(finding, "finding_does_not_point_at_itself")


@pytest.mark.parametrize(
    ("model", "fact"),
    [
        (FindingCitation, factories.finding),
        (ResponseCitation, factories.response),
        (ActionCitation, factories.action),
        (ConfirmationCitation, factories.confirmation),
    ],
)
def test_a_fact_cites_one_place_of_a_source_once(model, fact):
    place = {
        model.FACT: fact.make(),
        "source": factories.source.make(),
        "locator": "¶4",
        "attribution": Attribution.PRESS,
    }
    model.objects.create(**place)
    assert_refused(model(**place), f"{model.FACT}_cites_a_place_once")
    model(**place | {"locator": "¶5"}).full_clean()


@pytest.fixture
def said():
    return {
        "organisation": factories.force.make(),
        "stance": "accepted",
        "role": "made-up officer",
        "summary": "Nothing.",
    }


def test_a_response_answers_an_inspection_or_a_finding(said):
    finding = factories.finding.make()
    Response(**said, inspection=finding.inspection).full_clean()
    Response(**said, finding=finding).full_clean()
    for both_or_neither in (
        Response(**said),
        Response(**said, inspection=finding.inspection, finding=finding),
    ):
        assert_refused(both_or_neither, "response_answers_an_inspection_or_a_finding")


def test_a_response_to_an_inspection_is_recorded_once(said):
    inspection = factories.inspection.make()
    Response.objects.create(**said, inspection=inspection)
    assert_refused(
        Response(**said, inspection=inspection), "response_to_an_inspection_is_recorded_once"
    )
    Response(**said | {"summary": "More."}, inspection=inspection).full_clean()


def test_an_organisation_responds_once_to_a_finding(said):
    finding = factories.finding.make()
    Response.objects.create(**said, finding=finding)
    assert_refused(Response(**said, finding=finding), "one_response_per_finding_and_respondent")
    Response(**said, finding=finding, respondent="policing_body").full_clean()


def test_silence_is_no_stance(said):
    with pytest.raises(ValidationError, match="none"):
        Response(**said | {"stance": "none"}, inspection=factories.inspection.make()).full_clean()
