"""Constraints told in memory say what the database says."""

from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower

from findings.models import Finding
from forces.models import Organisation
from inspections.models import Fieldwork, Grading, Source
from lib.imports.conditions import NotKnown, holds, names_in, unique_names

pytestmark = pytest.mark.django_db

CHECKS = [
    pytest.param(model, constraint, id=constraint.name)
    for app in ("forces", "inspections", "findings")
    for model in apps.get_app_config(app).get_models()
    for constraint in model._meta.constraints
    if isinstance(constraint, models.CheckConstraint)
]


@pytest.mark.parametrize(("model", "constraint"), CHECKS)
def test_every_check_can_be_told_in_memory(model, constraint):
    for row in model._base_manager.all()[:3]:
        assert holds(constraint.condition, row) is not False


ROWS = [
    Grading(grade=4),
    Grading(grade=4, missing_reason="not_graded"),
    Grading(missing_reason="not_graded"),
    Grading(),
    Grading(grade=9),
    Grading(grade=4, certainty="inferred"),
    Grading(grade=4, first_grade=3, correction_reason="Wrong."),
    Grading(grade=4, first_grade=4, correction_reason="Wrong."),
    Source(url="https://example.org/x"),
    Source(url="javascript:alert(1)"),
    Source(url=None),
    Source(url="HTTP://EXAMPLE.ORG"),
    Source(published_on=date(1989, 12, 31)),
    Source(published_on=date(2025, 6, 12)),
    Fieldwork(fieldwork_from=date(2025, 1, 2), fieldwork_to=date(2025, 1, 1)),
    Fieldwork(fieldwork_from=date(2025, 1, 1), fieldwork_to=date(2025, 1, 1)),
    Finding(pk=7, cause_id=7),
    Finding(pk=7, cause_id=8, kind="recommendation"),
    Finding(pk=7, cause_id=8, kind="strength"),
    Finding(pk=7, repeats_id=7),
    Organisation(slug="none"),
    Organisation(slug="-x"),
    Organisation(slug="x", successor_id=1),
    Organisation(pk=3, slug="x", successor_id=3, valid_to=date(2025, 1, 1)),
    Organisation(slug="x", valid_from=date(2025, 1, 1), valid_to=date(2025, 1, 1)),
    Organisation(slug="x", split_from_id=1),
]


def database_says(constraint, row):
    try:
        constraint.validate(type(row), row)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_a_row_keeps_or_breaks_each_check_as_the_database_says(row):
    for constraint in type(row)._meta.constraints:
        if not isinstance(constraint, models.CheckConstraint):
            continue
        told = holds(constraint.condition, row)
        assert (told is not False) == database_says(constraint, row), constraint.name


def test_null_is_neither_true_nor_false():
    row = Organisation(valid_to=None)
    assert holds(Q(valid_to__gt=date(2025, 1, 1)), row) is None
    assert holds(~Q(valid_to__gt=date(2025, 1, 1)), row) is None
    assert holds(Q(valid_to__isnull=True) | Q(valid_to__gt=date(2025, 1, 1)), row) is True
    assert holds(Q(valid_to__isnull=False) & Q(valid_to__gt=date(2025, 1, 1)), row) is False


def test_exactly_one_of_two_is_told():
    assert holds(Q(region__isnull=True) ^ Q(successor__isnull=True), Organisation()) is False
    assert holds(Q(region__isnull=True) ^ Q(slug="x"), Organisation(slug="y")) is True


def test_what_only_the_database_knows_is_left_to_it():
    for condition in (Q(slug__regex="x"), Q(slug=Length("name")), Q(nothing=1)):
        with pytest.raises(NotKnown):
            holds(condition, Organisation(slug="x"))


def test_the_fields_that_a_condition_reads_are_known():
    assert names_in(Q(slug="x") | ~Q(valid_to__gt=F("valid_from"))) == {
        "slug",
        "valid_to",
        "valid_from",
    }
    assert unique_names(models.UniqueConstraint(Lower("slug"), name="x")) == [("slug", True)]
    with pytest.raises(NotKnown):
        unique_names(models.UniqueConstraint(Length("slug") + 1, name="x"))
