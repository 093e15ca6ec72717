"""Rows about how organisations were graded."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from forces.addresses import WHEN_INSPECTED, organisation_list
from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from forces.summaries import Succession, descendants, predecessors, successions
from lib.sentences import quantity

from .choices import Grade, MissingReason, Precision, Scale
from .dates import months_between, period
from .models import (
    Fieldwork,
    GradeMeaning,
    Grading,
    Inspection,
    PolicingBodyComment,
    Question,
    with_last_inspected,
)


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
    young = [row for row in organisations if row.valid_from and row.pk not in by_organisation]
    if young:
        by_organisation |= gradings_before(young, at)
    return [
        HeadlineGrading.of(organisation, by_organisation.get(organisation.pk))
        for organisation in organisations
    ]


def gradings_before(organisations: Iterable[Organisation], at: datetime) -> dict[int, Grading]:
    """An unsaved grading for each of these organisations without one, by the organisation's id.

    It says whether the organisation did not exist when its region was last inspected, and has the
    gradings of what came before it.
    """
    chosen = Organisation.objects.filter(pk__in=[organisation.pk for organisation in organisations])
    days = dict(with_last_inspected(chosen, at).values_list("pk", "last_inspected_on"))
    rows = successions()
    earlier = {before for row in rows for before in row.before}
    graded = Grading.objects.published(at).for_comparison().filter(organisation__in=earlier)
    gradings = {grading.organisation: grading for grading in graded} if earlier else {}
    unsaved = {}
    for organisation in organisations:
        existed = organisation.valid_from <= days[organisation.pk]
        reason = MissingReason.NOT_FOUND if existed else MissingReason.DID_NOT_EXIST
        grading = Grading(organisation=organisation, missing_reason=reason)
        grading.before = _nearest(organisation, rows, gradings)
        unsaved[organisation.pk] = grading
    return unsaved


def _nearest(
    organisation: Organisation, rows: Sequence[Succession], gradings: dict[Organisation, Grading]
) -> list[HeadlineGrading]:
    """The nearest organisations before this one that have a grading, with it."""
    found, seen, waiting = [], {organisation}, predecessors(organisation, rows)
    while waiting:
        earlier = waiting.pop(0)
        if earlier in seen:
            continue
        seen.add(earlier)
        if earlier in gradings:
            found.append(HeadlineGrading(earlier, gradings[earlier]))
        else:
            waiting += predecessors(earlier, rows)
    return found


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
    scope: Mapping[str, str] = MappingProxyType({})

    @property
    def forces_url(self) -> str:
        return organisation_list(**forces_of(self.region), **self.scope)

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
        dates = [g.inspection.published_on for g in gradings if g.inspection_id]
        return max(filter(None, dates), default=None)


def when_inspected(headline_gradings: Iterable[HeadlineGrading], on: date) -> dict[str, str]:
    """What the list of forces and units needs to hold those that were inspected; often nothing."""
    changed = any(
        row.organisation.has_ended(on) or row.grading.missing_reason == MissingReason.DID_NOT_EXIST
        for row in headline_gradings
    )
    return {"exists": WHEN_INSPECTED} if changed else {}


def grades_by_region(
    headline_gradings: Iterable[HeadlineGrading], **scope: str
) -> list[RegionGrades]:
    """One row for each region, by name, with the organisations that existed when it was inspected.

    Needs each organisation's region. `scope` has more parameters for lists of them.
    """
    rows = []
    ordered = sorted(headline_gradings, key=lambda row: row.organisation.region.name)
    for region, group in groupby(ordered, key=lambda row: row.organisation.region):
        of_region = [
            row for row in group if row.grading.missing_reason != MissingReason.DID_NOT_EXIST
        ]
        forces = [row for row in of_region if not row.organisation.is_unit]
        unit = next((row for row in of_region if row.organisation.is_unit), None)
        counts = grade_counts(forces, **forces_of(region), **scope)
        rows.append(RegionGrades(region, unit, forces, counts, scope))
    return rows


class EvidenceSpan(NamedTuple):
    """When the evidence behind gradings was gathered and published, and its age, in words.

    `counted_from` says from where its age counts, unless that is fieldwork throughout.
    """

    fieldwork: str
    published: str
    age: str
    counted_from: str


def evidence_span(gradings: Iterable[Grading], on: date) -> EvidenceSpan:
    """The span of the evidence behind these gradings, with its age in months on a day.

    Where no source dates the fieldwork, the age counts from publication. Needs `for_display()`.
    """
    gradings = [
        grading for grading in gradings if grading.inspection_id and grading.inspection.published_on
    ]
    if not gradings:
        return EvidenceSpan("", "", "", "")
    dated = [grading for grading in gradings if grading.fieldwork]
    dates = [grading.inspection.published_on for grading in gradings]
    undated = [g.inspection.published_on for g in gradings if not g.fieldwork]
    first = min([*undated, *(grading.fieldwork_from for grading in dated)])
    last = max([*undated, *(grading.fieldwork_to for grading in dated)])
    newest, oldest = months_between(last, on), months_between(first, on)
    return EvidenceSpan(
        _fieldwork_span(dated),
        period(min(dates), max(dates)),
        quantity(oldest, "month")
        if newest == oldest
        else f"{newest} to {quantity(oldest, 'month')}",
        _counted_from(len(dated), len(undated)),
    )


def _fieldwork_span(dated: Sequence[Grading]) -> str:
    """When the fieldwork behind these gradings took place, as exact as the roughest of them."""
    if not dated:
        return ""
    roughest = max((grading.fieldwork_precision for grading in dated), key=list(Precision).index)
    first, last = min(g.fieldwork_from for g in dated), max(g.fieldwork_to for g in dated)
    return period(first, last, roughest)


def _counted_from(dated: int, undated: int) -> str:
    """From where the age of evidence counts, if that is not fieldwork alone."""
    if not undated:
        return ""
    if not dated:
        return "counted from publication, as we found no fieldwork dates"
    return "counted from publication where we found no fieldwork dates"


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


def gradings_of_successors(
    rows: Sequence[OrganisationGradings],
    questions: Sequence[Question],
    successions: Sequence[Succession],
) -> list[OrganisationGradings]:
    """A row for each organisation that these became since: it did not exist then.

    Its unsaved gradings have those of the organisations before it.
    """
    inspected = {row.organisation: row for row in rows}
    later = []
    for organisation in descendants(inspected, successions):
        if organisation.valid_from is None:
            continue
        gradings = []
        for place, question in enumerate(questions):
            grading = Grading(
                organisation=organisation,
                question=question,
                missing_reason=MissingReason.DID_NOT_EXIST,
            )
            then = {row.organisation: row.gradings[place] for row in rows}
            grading.before = _nearest(organisation, successions, then)
            gradings.append(grading)
        later.append(OrganisationGradings(organisation, None, gradings))
    return later


class CommentsClock(NamedTuple):
    """Local policing bodies' comments on an inspection: their last day, and those found.

    `missing` has the forces for which none were found; `late_since` is empty until they are late.
    """

    due_on: date
    late_since: date | None
    found: list[PolicingBodyComment]
    missing: list[Organisation]

    @property
    def is_over(self) -> bool:
        """Whether the last day has passed."""
        return self.late_since is not None


def comments_clock(
    inspection: Inspection, organisations: Iterable[Organisation], on: date
) -> CommentsClock | None:
    """The comments of the local policing bodies of those of these organisations that are forces.

    None where no last day for them is known. If there is only a regional unit, they are those of
    all forces that commented.
    """
    due_on = inspection.comments_due_on
    if due_on is None:
        return None
    forces = [organisation for organisation in organisations if not organisation.is_unit]
    comments = list(inspection.policing_body_comments.select_related("organisation", "inspection"))
    found = [row for row in comments if not forces or row.organisation in forces]
    with_comments = {row.organisation for row in found}
    return CommentsClock(
        due_on,
        due_on + timedelta(days=1) if due_on < on else None,
        found,
        [force for force in forces if force not in with_comments],
    )


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
