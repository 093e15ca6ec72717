"""Every row is called by a key that means something."""

import pytest

from inspections.choices import Grade, Scale
from inspections.models import (
    Fieldwork,
    GradeMeaning,
    Grading,
    GradingCitation,
    Inspection,
    Programme,
    Question,
    Source,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        (Source, factories.source),
        (Programme, factories.programme),
        (Question, factories.question),
        (Inspection, factories.inspection),
        (Fieldwork, factories.fieldwork),
        (Grading, factories.grading),
        (GradingCitation, factories.grading_citation),
    ],
)
def test_a_natural_key_leads_back_to_its_row(model, recipe):
    recipe.make()
    row = recipe.make()
    assert model.objects.get_by_natural_key(*row.natural_key()) == row


def test_the_natural_key_of_a_grade_s_meaning_leads_back_to_it():
    meaning = GradeMeaning.objects.create(scale=Scale.FOUR, grade=Grade.GOOD, meaning="Made up.")
    assert GradeMeaning.objects.get_by_natural_key(*meaning.natural_key()) == meaning
