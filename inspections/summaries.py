"""Rows about how bodies were graded."""

from itertools import groupby
from typing import NamedTuple

from forces.models import Organisation, Region
from lib.sentences import quantity

from .choices import Grade, MissingReason, Precision, Scale
from .dates import months_between, period
from .models import Fieldwork, GradeMeaning, Grading


class HeadlineGrading(NamedTuple):
    """A body with the grading that stands for it; where none is known, one that says so."""

    organisation: Organisation
    grading: Grading

    @classmethod
    def of(cls, organisation, grading):
        """With this grading, or where there is none with one that says that none was found."""
        not_found = Grading(organisation=organisation, missing_reason=MissingReason.NOT_FOUND)
        return cls(organisation, grading or not_found)


def headline_gradings(organisations, at):
    """One row a body, in the order given: its newest public grading on the headline question."""
    gradings = Grading.objects.published(at).for_comparison().filter(organisation__in=organisations)
    known = {grading.organisation_id: grading for grading in gradings}
    return [
        HeadlineGrading.of(organisation, known.get(organisation.pk))
        for organisation in organisations
    ]


class GradeCount(NamedTuple):
    """How many bodies have one grade; `slug` is "not-found" and the like where there is no grade."""

    slug: str
    name: str
    count: int

    @property
    def known(self):
        """Whether it counts bodies with a grade, not a reason for having none."""
        return self.slug in {grade.slug for grade in Grade}


def grade_counts(headline_gradings):
    """How many bodies have each grade, best first, then each reason for having none; only those that occur."""
    names = [(grade.slug, grade.label) for grade in reversed(Grade)]
    names += [(reason.slug, reason.label) for reason in MissingReason]
    held = [headline_grading.grading.grade_slug for headline_grading in headline_gradings]
    return [GradeCount(slug, name, held.count(slug)) for slug, name in names if slug in held]


class RegionGrades(NamedTuple):
    """A region's unit, where it has one, and the spread of grades among its forces: never a grade of its own."""

    region: Region
    unit: HeadlineGrading | None
    forces: list[HeadlineGrading]
    counts: list[GradeCount]

    @property
    def known(self):
        return sum(headline_grading.grading.grade is not None for headline_grading in self.forces)

    @property
    def forces_by_grade(self):
        """Its forces, worst grade first, those without a known grade last."""
        return sorted(
            self.forces,
            key=lambda headline_grading: headline_grading.grading.grade or len(Grade) + 1,
        )

    @property
    def published_on(self):
        """The newest publication among its gradings, or None."""
        dates = [
            s.grading.inspection.published_on
            for s in [*self.forces, self.unit]
            if s and s.grading.inspection_id
        ]
        return max(dates, default=None)


def grades_by_region(headline_gradings):
    """One row a region, by name; needs each body's region."""
    rows = []
    ordered = sorted(
        headline_gradings, key=lambda headline_grading: headline_grading.organisation.region.name
    )
    for region, group in groupby(
        ordered, key=lambda headline_grading: headline_grading.organisation.region
    ):
        organisations = list(group)
        forces = [
            headline_grading
            for headline_grading in organisations
            if not headline_grading.organisation.is_unit
        ]
        unit = next(
            (
                headline_grading
                for headline_grading in organisations
                if headline_grading.organisation.is_unit
            ),
            None,
        )
        rows.append(RegionGrades(region, unit, forces, grade_counts(forces)))
    return rows


class Evidence(NamedTuple):
    """The span of the evidence behind gradings: empty where no source gives it."""

    fieldwork: str
    published: str
    age: str


def evidence(gradings, on):
    """When the evidence of gradings was gathered and published, and how old it is on a day; needs `for_display()`."""
    gradings = [grading for grading in gradings if grading.inspection_id]
    visited = [grading for grading in gradings if grading.fieldwork]
    dates = [grading.inspection.published_on for grading in gradings]
    published = period(min(dates), max(dates)) if dates else ""
    if not visited:
        return Evidence("", published, "")
    first, last = min(g.fieldwork_from for g in visited), max(g.fieldwork_to for g in visited)
    roughest = max((grading.fieldwork_precision for grading in visited), key=list(Precision).index)
    newest, oldest = months_between(last, on), months_between(first, on)
    age = (
        quantity(oldest, "month")
        if newest == oldest
        else f"{newest} to {quantity(oldest, 'month')}"
    )
    return Evidence(period(first, last, roughest), published, age)


class OrganisationGradings(NamedTuple):
    """A body in one inspection: when it was visited, and its gradings in the order of the questions."""

    organisation: Organisation
    fieldwork: Fieldwork | None
    gradings: list[Grading]


def gradings_by_organisation(inspection, questions):
    """One row a body that the inspection visited or graded, the unit first; a question without an answer says so."""
    held = {
        (grading.organisation_id, grading.question_id): grading
        for grading in inspection.gradings.for_display()
        .select_related("organisation__region")
        .prefetch_related("citations")
    }
    fieldwork = {
        fieldwork.organisation_id: fieldwork
        for fieldwork in inspection.fieldwork.select_related(
            "organisation__region"
        ).prefetch_related("citations")
    }
    organisations = {fact.organisation for fact in [*held.values(), *fieldwork.values()]}
    return [
        OrganisationGradings(
            organisation,
            fieldwork.get(organisation.pk),
            [
                held.get((organisation.pk, question.pk))
                or Grading(
                    inspection=inspection,
                    organisation=organisation,
                    question=question,
                    missing_reason=MissingReason.NOT_FOUND,
                )
                for question in questions
            ],
        )
        for organisation in sorted(
            organisations,
            key=lambda organisation: (not organisation.is_unit, organisation.short_name),
        )
    ]


class ScaleGrade(NamedTuple):
    """A grade on a scale: its step, and its meaning where one is recorded."""

    grade: Grade
    steps: list[bool]
    meaning: str


def grades_by_scale():
    """Each scale with its grades, best first; the scale in use comes first."""
    meanings = {(row.scale, row.grade): row.meaning for row in GradeMeaning.objects.all()}
    return [
        (
            scale,
            [
                ScaleGrade(
                    grade,
                    [step == grade for step in scale.grades],
                    meanings.get((scale, grade), ""),
                )
                for grade in reversed(scale.grades)
            ],
        )
        for scale in Scale
    ]
