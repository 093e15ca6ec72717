"""What rows of gradings come to, in a sentence."""

from django.urls import reverse
from django.utils.http import urlencode

from forces.choices import OrganisationKind
from forces.sentences import Part, counted, listed, number, opened

from .choices import Grade

KNOWN = [grade.slug for grade in Grade]


def judged(slug, name, count=1):
    """A grade as a verb: "is adequate", "require improvement"."""
    if slug == Grade.REQUIRES_IMPROVEMENT.slug:
        return "requires improvement" if count == 1 else "require improvement"
    return f"{'is' if count == 1 else 'are'} {name.lower()}"


def region_standing(row):
    """What a region's unit and forces were graded, as parts of a sentence that link to the bodies they count."""
    parts = []
    if row.unit:
        grading = row.unit.grading
        parts += [
            Part("The "),
            Part("regional unit", row.unit.organisation.get_absolute_url()),
            Part(f" {judged(grading.grade_slug, grading.judgment)}. "),
        ]
    total = len(row.forces)
    for place, count in enumerate(row.counts):
        query = urlencode(
            {
                "region": row.region.slug,
                "kind": OrganisationKind.FORCE,
                "grade": count.slug,
            }
        )
        if place:
            parts.append(Part(" and " if place == len(row.counts) - 1 else ", "))
        who = (
            number(count.count)
            if place
            else f"{opened(number(count.count))} of its {counted(total, 'force')}"
        )
        grade = judged(count.slug, count.name, count.count)
        parts += [
            Part(who, f"{reverse('forces:organisation_list')}?{query}", count.count),
            Part(f" {grade}"),
        ]
    return [
        *parts,
        Part(". " if row.counts else ""),
        Part("The region itself is not graded."),
    ]


def grades_by_region(rows):
    """How much is known of the forces' grades, and what they are, in one sentence."""
    forces = [standing for row in rows for standing in row.forces]
    known = [
        standing.grading for standing in forces if standing.grading.grade is not None
    ]
    if not known:
        return "No force's grade was found in our sources."
    spread = [
        f"{number(count)} {grade.label.lower()}"
        for grade in reversed(Grade)
        if (count := sum(grading.grade == grade for grading in known))
    ]
    return f"Of {counted(len(forces), 'force')}, the grades of {number(len(known))} are known: {listed(spread)}."


def national_standing(rows):
    """How much is known of the country, as parts of a sentence that link to the bodies they count."""
    forces = [standing for row in rows for standing in row.forces]
    units = [row.unit for row in rows if row.unit]
    known = sum(row.known for row in rows)
    known_units = sum(unit.grading.grade is not None for unit in units)
    return [
        Part(opened(counted(len(rows), "region")) + ", "),
        _bodies(OrganisationKind.UNIT, len(units), "regional unit"),
        Part(" and "),
        _bodies(OrganisationKind.FORCE, len(forces), "force"),
        Part(". The grade for tackling serious and organised crime is known of "),
        _bodies(OrganisationKind.UNIT, known_units, "unit", grade=KNOWN),
        Part(" and "),
        _bodies(OrganisationKind.FORCE, known, "force", grade=KNOWN),
        Part("; of the others it was not found in our sources."),
    ]


def _bodies(kind, count, noun, **choices):
    query = urlencode({"kind": kind.value} | choices, doseq=True)
    return Part(counted(count, noun), f"{reverse('forces:organisation_list')}?{query}", count)
