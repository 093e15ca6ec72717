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


def test_what_only_hidden_gradings_are_about_is_on_no_page_until_they_are_public(client):
    """A question with its strand, a unit that was split off with its region, and a programme."""
    soc = Programme.objects.get(slug="soc")
    headline = soc.questions.get(is_headline=True)
    question = factories.question.make(
        programme=soc,
        position=90,
        strand=factories.strand.make(name="Quolls"),
        name="How quolls are counted",
    )
    hidden = hidden_report_on(question)

    before = Organisation.objects.units().first()
    elsewhere = factories.inspection.make(programme=soc, public_at=None, region__name="Quollmarch")
    unit = factories.unit.make(
        short_name="Quoll unit",
        region=elsewhere.region,
        split_from=before,
        valid_from=date(2025, 1, 1),
    )
    factories.grading.make(
        inspection=elsewhere, organisation=unit, question=headline, grade=Grade.GOOD
    )

    programme = factories.programme.make(short_name="Quoll", slug="quoll", first_year=2030)
    dorset = Organisation.objects.get(slug="dorset")
    draft = factories.inspection.make(programme=programme, organisation=dorset, public_at=None)
    factories.grading.make(
        inspection=draft,
        organisation=dorset,
        question=factories.question.make(programme=programme, strand=headline.strand),
    )

    public = Inspection.objects.get(slug="soc-south-west-2025")
    for address in (
        *(soc.get_absolute_url(), "/inspections/soc/?format=csv", public.get_absolute_url()),
        *("/", "/questions/", headline.strand.get_absolute_url(), "/gradings/"),
        *(before.get_absolute_url(), f"{before.get_absolute_url()}summary/"),
        *(before.region.get_absolute_url(), dorset.get_absolute_url()),
        "/compare/?organisation=dorset&organisation=wiltshire",
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "quoll" not in page.getvalue().decode().lower(), address
    found = client.get("/search/?q=quolls").content.decode()
    assert "quolls are counted" not in found
    assert ">Quolls<" not in found
    for path in ("/gradings/", "/findings/", "/actions/"):
        assert client.get(f"{path}?programme=quoll").status_code == 400, path
    hidden.public_at = public.public_at
    hidden.save()
    assert "quolls are counted" in client.get(soc.get_absolute_url()).content.decode()


def test_a_hidden_question_on_another_strand_takes_no_strand_from_what_is_public():
    soc = Programme.objects.get(slug="soc")
    (strand,) = Strand.objects.filter(questions__programme=soc).distinct()
    count = Finding.objects.on_strand(strand, timezone.now()).count()
    assert count
    question = factories.question.make(programme=soc, position=90, strand=factories.strand.make())
    hidden_report_on(question)
    assert Finding.objects.on_strand(strand, timezone.now()).count() == count
