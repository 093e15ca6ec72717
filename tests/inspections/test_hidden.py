"""What only hidden gradings are about is hidden on the pages of their public programme."""

from datetime import date

import pytest
from django.utils import timezone

from findings.models import Finding
from forces.models import Organisation
from inspections.choices import Grade
from inspections.models import Inspection, Programme, Strand
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def hidden_report_on(question):
    """An inspection that is not public, which graded a force on a question."""
    hidden = factories.inspection.make(programme=question.programme, public_at=None)
    factories.grading.make(
        inspection=hidden,
        organisation=factories.force.make(region=hidden.region),
        question=question,
        grade=Grade.GOOD,
    )
    return hidden


def test_a_question_that_only_hidden_gradings_answer_is_hidden_until_they_are_public(client):
    soc = Programme.objects.get(slug="soc")
    question = factories.question.make(
        programme=soc,
        position=90,
        strand=factories.strand.make(name="Quolls"),
        name="How quolls are counted",
    )
    hidden = hidden_report_on(question)
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


def test_a_unit_that_only_hidden_gradings_are_about_is_in_no_table_and_no_history(client):
    soc = Programme.objects.get(slug="soc")
    hidden = factories.inspection.make(programme=soc, public_at=None, region__name="Quollmarch")
    before = Organisation.objects.units().first()
    unit = factories.unit.make(
        short_name="Quoll unit",
        region=hidden.region,
        split_from=before,
        valid_from=date(2025, 1, 1),
    )
    factories.grading.make(
        inspection=hidden,
        organisation=unit,
        question=soc.questions.get(is_headline=True),
        grade=Grade.GOOD,
    )
    for address in (
        "/inspections/soc/",
        "/inspections/soc/?format=csv",
        before.get_absolute_url(),
        f"{before.get_absolute_url()}summary/",
        before.region.get_absolute_url(),
        "/compare/?organisation=dorset&organisation=wiltshire",
        "/",
    ):
        assert "Quoll" not in client.get(address).getvalue().decode(), address


def test_a_hidden_question_on_another_strand_takes_no_strand_from_what_is_public():
    soc = Programme.objects.get(slug="soc")
    (strand,) = Strand.objects.filter(questions__programme=soc).distinct()
    count = Finding.objects.on_strand(strand, timezone.now()).count()
    assert count
    question = factories.question.make(programme=soc, position=90, strand=factories.strand.make())
    hidden_report_on(question)
    assert Finding.objects.on_strand(strand, timezone.now()).count() == count
