"""Rows about how organisations were graded."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from forces.addresses import organisation_list
from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from lib.sentences import quantity

from .choices import Grade, MissingReason, Precision, Scale
from .dates import months_between, period
from .models import Fieldwork, GradeMeaning, Grading, Inspection, Question


class HeadlineGrading(NamedTuple):
    """An organisation with its newest grading on the headline question.

    If there is none, the grading is an unsaved one that says so.
    """

    organisation: Organisation
    grading: Grading

    @classmethod
    def of(cls, organisation: Organisation, grading: Grading | None) -> "HeadlineGrading":
        """An organisation with this grading, or with an unsaved one that says none was found."""
        not_found = Grading(organisation=organisation, missing_reason=MissingReason.NOT_FOUND)
        return cls(organisation, grading or not_found)


def headline_gradings(organisations: Iterable[Organisation], at: datetime) -> list[HeadlineGrading]:
    """One row for each organisation, in the order given."""
    gradings = Grading.objects.published(at).for_comparison().filter(organisation__in=organisations)
    by_organisation = {grading.organisation_id: grading for grading in gradings}
    return [
        HeadlineGrading.of(organisation, by_organisation.get(organisation.pk))
        for organisation in organisations
    ]


class GradeCount(NamedTuple):
    """How many organisations have one grade, or one reason for having none, and their list."""

    slug: str
    name: str
    count: int
    url: str

    @property
    def is_grade(self) -> bool:
        """Whether it counts organisations with a grade, not a reason for having none."""
        return self.slug in {grade.slug for grade in Grade}


def grade_counts(headline_gradings: Iterable[HeadlineGrading], **scope: str) -> list[GradeCount]:
    """How many organisations have each grade, best first, then each reason for having none.

    Grades and reasons that do not occur are left out. `scope` holds the parameters of a list of
    these organisations.
    """
    names = [(grade.slug, grade.label) for grade in reversed(Grade)]
    names += [(reason.slug, reason.label) for reason in MissingReason]
    slugs = [row.grading.grade_slug for row in headline_gradings]
    return [
        GradeCount(slug, name, slugs.count(slug), organisation_list(**scope, grade=slug))
        for slug, name in names
        if slug in slugs
    ]


def forces_of(region: Region) -> dict[str, str]:
    """The parameters of the list of a region's forces."""
    return {"region": region.slug, "kind": OrganisationKind.FORCE.value}


class RegionGrades(NamedTuple):
    """A region's unit, if it has one, and its forces' grades; a region itself has no grade."""

    region: Region
    unit: HeadlineGrading | None
    forces: list[HeadlineGrading]
    counts: list[GradeCount]

    @property
    def forces_url(self) -> str:
        return organisation_list(**forces_of(self.region))

    @property
    def graded(self) -> int:
        """How many of its forces have a known grade."""
        return sum(force.grading.grade is not None for force in self.forces)

    @property
    def forces_by_grade(self) -> list[HeadlineGrading]:
        """Its forces, worst grade first, those without a known grade last."""
        return sorted(
            self.forces,
            key=lambda force: force.grading.grade or len(Grade) + 1,
        )

    @property
    def published_on(self) -> date | None:
        """The newest publication among its gradings, or None."""
        gradings = [row.grading for row in [*self.forces, self.unit] if row]
        dates = [grading.inspection.published_on for grading in gradings if grading.inspection_id]
        return max(dates, default=None)


def grades_by_region(headline_gradings: Iterable[HeadlineGrading]) -> list[RegionGrades]:
    """One row for each region, by name; needs each organisation's region."""
    rows = []
    ordered = sorted(headline_gradings, key=lambda row: row.organisation.region.name)
    for region, group in groupby(ordered, key=lambda row: row.organisation.region):
        of_region = list(group)
        forces = [row for row in of_region if not row.organisation.is_unit]
        unit = next((row for row in of_region if row.organisation.is_unit), None)
        counts = grade_counts(forces, **forces_of(region))
        rows.append(RegionGrades(region, unit, forces, counts))
    return rows


class EvidenceSpan(NamedTuple):
    """When the evidence behind gradings was gathered and published, and its age, in words."""

    fieldwork: str
    published: str
    age: str


def evidence_span(gradings: Iterable[Grading], on: date) -> EvidenceSpan:
    """The span of the evidence behind these gradings, with its age in months on a day.

    What no source says is empty. Needs `for_display()`.
    """
    gradings = [grading for grading in gradings if grading.inspection_id]
    dated = [grading for grading in gradings if grading.fieldwork]
    dates = [grading.inspection.published_on for grading in gradings]
    published = period(min(dates), max(dates)) if dates else ""
    if not dated:
        return EvidenceSpan("", published, "")
    first, last = min(g.fieldwork_from for g in dated), max(g.fieldwork_to for g in dated)
    roughest = max((grading.fieldwork_precision for grading in dated), key=list(Precision).index)
    newest, oldest = months_between(last, on), months_between(first, on)
    age = (
        quantity(oldest, "month")
        if newest == oldest
        else f"{newest} to {quantity(oldest, 'month')}"
    )
    return EvidenceSpan(period(first, last, roughest), published, age)


class OrganisationGradings(NamedTuple):
    """An organisation in one inspection: its fieldwork, and its gradings in question order."""

    organisation: Organisation
    fieldwork: Fieldwork | None
    gradings: list[Grading]


def gradings_by_organisation(
    inspection: Inspection, questions: Sequence[Question]
) -> list[OrganisationGradings]:
    """One row for each organisation that the inspection visited or graded, the unit first.

    For a question without a grading there is an unsaved one, which says that none was found.
    """
    gradings = {
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
    organisations = {fact.organisation for fact in [*gradings.values(), *fieldwork.values()]}
    return [
        OrganisationGradings(
            organisation,
            fieldwork.get(organisation.pk),
            [
                gradings.get((organisation.pk, question.pk))
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
    """A grade on a scale: its place among the steps, and its meaning if one is recorded."""

    grade: Grade
    steps: list[bool]
    meaning: str


def grades_by_scale() -> list[tuple[Scale, list[ScaleGrade]]]:
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
