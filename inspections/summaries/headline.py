"""Rows about organisations by their newest grade on the headline question."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from forces.addresses import WHEN_INSPECTED, organisation_list
from forces.choices import OrganisationKind
from forces.models import Organisation, Region
from forces.summaries import Succession, predecessors, successions
from lib.lists.freshness import until_changed

from ..choices import Grade, MissingReason
from ..models import (
    Grading,
    Inspection,
    Programme,
    Question,
    current_or_inspected,
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


@until_changed
def organisations_to_compare(at: datetime, programme: Programme | None) -> list[Organisation]:
    """Every public organisation that exists, or did when it was last inspected, the units first.

    Those that a programme covers, if one is given.
    """
    public = Organisation.objects.published(at)
    organisations = current_or_inspected(public, at, programme)
    return list(organisations.select_related("region").unit_first())


@until_changed
def headline_by_organisation(at: datetime, question: Question | None) -> dict[int, Grading]:
    """The newest grading of each organisation, by its id, on a question or the headline one."""
    gradings = Grading.objects.published(at).for_comparison(question)
    return {grading.organisation_id: grading for grading in gradings}


def headline_gradings(
    organisations: Iterable[Organisation], at: datetime, question: Question | None = None
) -> list[HeadlineGrading]:
    """One row for each organisation, in the order given; another question may be the headline."""
    gradings = headline_by_organisation(at, question)
    by_organisation = {
        organisation.pk: gradings[organisation.pk]
        for organisation in organisations
        if organisation.pk in gradings
    }
    young = [row for row in organisations if row.valid_from and row.pk not in by_organisation]
    if young:
        by_organisation |= gradings_before(young, at, question)
    return [
        HeadlineGrading.of(organisation, by_organisation.get(organisation.pk))
        for organisation in organisations
    ]


def gradings_before(
    organisations: Iterable[Organisation], at: datetime, question: Question | None = None
) -> dict[int, Grading]:
    """An unsaved grading for each of these organisations without one, by the organisation's id.

    It says whether the organisation did not exist when its region was last inspected, and has the
    gradings of what came before it.
    """
    chosen = Organisation.objects.filter(pk__in=[organisation.pk for organisation in organisations])
    programme = question and question.programme
    days = dict(with_last_inspected(chosen, at, programme).values_list("pk", "last_inspected_on"))
    rows = successions(at)
    earlier = {before for row in rows for before in row.before}
    graded = Grading.objects.published(at).for_comparison(question)
    graded = graded.filter(organisation__in=earlier)
    gradings = {grading.organisation: grading for grading in graded} if earlier else {}
    unsaved = {}
    for organisation in organisations:
        reason = why_ungraded(organisation, days[organisation.pk])
        grading = Grading(organisation=organisation, missing_reason=reason)
        grading.before = nearest(organisation, rows, gradings)
        unsaved[organisation.pk] = grading
    return unsaved


def why_ungraded(organisation: Organisation, inspected_on: date) -> MissingReason:
    """Why no grade is known: nobody found one, or the organisation is younger than its region's
    newest inspection."""
    existed = organisation.valid_from is None or organisation.valid_from <= inspected_on
    return MissingReason.NOT_FOUND if existed else MissingReason.DID_NOT_EXIST


def nearest(
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

    @property
    def letters(self) -> str:
        """The grade's initials, or the sign of the reason for having none."""
        signs = {grade.slug: grade.letters for grade in Grade}
        return (signs | {reason.slug: reason.sign for reason in MissingReason})[self.slug]

    @property
    def squares(self) -> str:
        """A square for each organisation that it counts, filled if that has a grade."""
        return self.count * ("■" if self.is_grade else "□")


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
    def newest(self) -> Inspection | None:
        """The newest inspection with a date among those that gave its gradings, or None."""
        gradings = [row.grading for row in [*self.forces, self.unit] if row]
        dated = [g.inspection for g in gradings if g.inspection_id and g.inspection.published_on]
        return max(dated, key=lambda inspection: inspection.published_on, default=None)


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
