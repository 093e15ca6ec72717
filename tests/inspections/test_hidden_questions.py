"""A question that only hidden gradings answer is hidden in the pages of its public programme."""

import pytest

from inspections.choices import Grade
from inspections.models import Inspection, Programme
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_question_that_only_hidden_gradings_answer_is_hidden_until_they_are_public(client):
    soc = Programme.objects.get(slug="soc")
    question = factories.question.make(
        programme=soc, strand=factories.strand.make(name="Quolls"), name="How quolls are counted"
    )
    hidden = factories.inspection.make(programme=soc, public_at=None)
    factories.grading.make(
        inspection=hidden,
        organisation=factories.force.make(region=hidden.region),
        question=question,
        grade=Grade.GOOD,
    )
    public = Inspection.objects.get(slug="soc-south-west-2025")
    addresses = [soc.get_absolute_url(), public.get_absolute_url(), "/questions/", "/gradings/"]
    addresses += ["/search/?q=quolls", "/compare/?organisation=dorset&organisation=wiltshire", "/"]
    for address in addresses:
        page = client.get(address).content.decode()
        assert "quolls are counted" not in page, address
        assert ">Quolls<" not in page, address
    hidden.public_at = public.public_at
    hidden.save()
    assert "quolls are counted" in client.get(soc.get_absolute_url()).content.decode()
