"""Rows about strands: what was asked, and how everyone's newest grade on it stands."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, QuerySet

from forces.choices import OrganisationKind
from forces.models import Organisation

from ..addresses import grading_list
from ..choices import Grade
from ..models import Grading, Programme, Question, Strand
from .headline import GradeCount


class StrandSummary(NamedTuple):
    """A strand, the questions that ask about it, and how many newest grades are known on it."""

    strand: Strand
    questions: list[Question]
    newest: int

    @property
    def newest_url(self) -> str:
        return grading_list(strand=self.strand.slug, newest="yes")

    @property
    def programmes(self) -> list[Programme]:
        """The programmes that ask about it, oldest first."""
        return list(dict.fromkeys(question.programme for question in self.questions))


def strands(at: datetime) -> list[StrandSummary]:
    """One row for each strand, in their order."""
    newest = dict(
        Grading.objects.published(at)
        .newest_on_strand()
        .order_by()
        .values_list("question__strand")
        .annotate(Count("pk"))
    )
    asked = defaultdict(list)
    for question in questions_by_year(at):
        asked[question.strand_id].append(question)
    return [
        StrandSummary(strand, asked[strand.pk], newest.get(strand.pk, 0))
        for strand in Strand.objects.published(at)
    ]


def questions_by_year(at: datetime, **chosen: object) -> list[Question]:
    """The questions of strands, or those chosen of them, the oldest programme first."""
    public = Question.objects.published(at).select_related("programme")
    rows = public.filter(strand__isnull=False, **chosen)
    return sorted(
        rows, key=lambda row: (row.programme.first_year or 0, row.programme.name, row.position)
    )


class GradedOrganisation(NamedTuple):
    """An organisation and its newest grades on a strand."""

    organisation: Organisation
    gradings: list[Grading]


class ProgrammeGrades(NamedTuple):
    """The organisations whose newest grade on a strand comes from one programme.

    `counts` has how many of these grades there are of each, the best first.
    """

    programme: Programme
    organisations: list[GradedOrganisation]
    counts: list[GradeCount]
    url: str

    @property
    def total(self) -> int:
        return sum(row.count for row in self.counts)

    def with_grades(self, *grades: Grade) -> list[GradedOrganisation]:
        """Those of its organisations that have one of these grades."""
        return [
            row
            for row in self.organisations
            if any(grading.grade in grades for grading in row.gradings)
        ]


def grades_by_programme(strand: Strand, gradings: QuerySet[Grading]) -> list[ProgrammeGrades]:
    """The newest grades on a strand by the programme that gave them, the newest programme first.

    Only grades of one programme may be compared.
    """
    newest = (
        gradings.newest_on_strand()
        .filter(question__strand=strand)
        .for_display()
        .select_related("organisation__region", "question__programme", "inspection")
        .prefetch_related("citations")
        .order_by("-organisation__kind", "organisation__short_name", "question__position")
    )
    by_programme = defaultdict(list)
    for grading in newest:
        by_programme[grading.question.programme].append(grading)
    ordered = sorted(by_programme, key=lambda one: (-(one.first_year or 0), one.name))
    return [programme_grades(strand, one, by_programme[one]) for one in ordered]


def programme_grades(
    strand: Strand, programme: Programme, gradings: Sequence[Grading]
) -> ProgrammeGrades:
    """The row of one programme."""
    scope = {"strand": strand.slug, "newest": "yes", "programme": programme.slug}
    by_organisation = defaultdict(list)
    for grading in gradings:
        by_organisation[grading.organisation].append(grading)
    grades = [grading.grade for grading in gradings]
    counts = [
        GradeCount(grade.slug, grade.label, grades.count(grade), url)
        for grade in reversed(Grade)
        if grade in grades
        for url in [grading_list(**scope, grade=grade.slug)]
    ]
    rows = [GradedOrganisation(*row) for row in by_organisation.items()]
    return ProgrammeGrades(programme, rows, counts, grading_list(**scope))


def without_grade(
    organisations: QuerySet[Organisation], rows: Iterable[ProgrammeGrades]
) -> list[Organisation]:
    """The forces among these organisations of which no grade is known."""
    graded = {row.organisation for one in rows for row in one.organisations}
    forces = organisations.filter(kind=OrganisationKind.FORCE, region__is_synthetic=False)
    return [force for force in forces.order_by("short_name") if force not in graded]
