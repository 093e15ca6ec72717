"""Forces and units that do not exist, and the question on which they are graded."""

from itertools import product

from django.utils.text import slugify

from forces.choices import OrganisationKind
from forces.models import Organisation
from inspections.choices import Scale
from inspections.models import Programme, Question
from lib.bulk_copy import copy_create

FRONTS = [
    "Alder",
    "Bracken",
    "Cinder",
    "Dunnock",
    "Elder",
    "Fern",
    "Gorse",
    "Hazel",
    "Iron",
    "Juniper",
]
BACKS = ["mere", "holt", "stead", "garth", "combe", "fell", "beck", "wold"]
PLACES = [front + back for back, front in product(BACKS, FRONTS)]


def headline_question():
    """The question that organisations are compared on, or a made-up one where there is none."""
    if question := Question.objects.select_related("programme").filter(is_headline=True).first():
        return question
    programme = Programme.objects.create(
        name="Made-up inspections", short_name="Made up", slug="made-up", scale=Scale.FIVE
    )
    return Question.objects.create(
        programme=programme, slug="made-up", name="A made-up question", position=1, is_headline=True
    )


def make_synthetic_organisations(region, count):
    """A regional unit and forces, with made-up names."""
    unit = Organisation(
        region=region,
        kind=OrganisationKind.UNIT,
        name=f"{region} Regional Organised Crime Unit (made up)",
        short_name=f"{region} unit",
        slug=f"{region.slug}-unit",
    )
    names = [
        PLACES[n % len(PLACES)] + f" {n // len(PLACES) + 1}" * (n >= len(PLACES))
        for n in range(count - 1)
    ]
    forces = [
        Organisation(
            region=region,
            kind=OrganisationKind.FORCE,
            name=f"{place} Police, {region} (made up)",
            short_name=f"{place} ({region})",
            slug=f"{region.slug}-{slugify(place)}",
        )
        for place in names
    ]
    return copy_create([unit, *forces])
