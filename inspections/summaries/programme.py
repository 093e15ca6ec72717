"""Rows about the grades of one programme: organisations by questions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from textwrap import shorten
from typing import NamedTuple

from forces.addresses import organisation_list
from forces.choices import OrganisationKind
from forces.models import Organisation, Region

from ..choices import NOT_GRADED_REASONS, Grade, MissingReason, Precision, Scale
from ..dates import span
from ..models import Grading, Inspection, Programme, Question, current_or_inspected
from ..tiles import TILES, Tile
from .headline import GradeCount, HeadlineGrading, grade_counts, when_inspected, why_ungraded
from .scales import ScaleGrade, scale_grades

LONGEST_HEAD = 36  # letters of a question's name that fit above a narrow column
SHORTEST_HEAD = 12
# What no short head ends with.
SMALL_WORDS = {"a", "an", "and", "at", "for", "in", "of", "on", "the", "to", "under", "with"}


def short_head(name: str) -> str:
    """A question's name as the head of a narrow column: cut where it reads well, if it is long."""
    if len(name) <= LONGEST_HEAD:
        return name
    for head in (name.rpartition(" and ")[0], name.partition(",")[0]):
        fits = SHORTEST_HEAD <= len(head) <= LONGEST_HEAD and "," not in head
        if fits and head.split()[-1] not in SMALL_WORDS:
            return head
    words = shorten(name, LONGEST_HEAD - 6, placeholder="").split()
    while words[-1].lower() in SMALL_WORDS:
        words.pop()
    return f"{' '.join(words)}…"


class Mark(NamedTuple):
    """A sign beside a grade, and what it says."""

    sign: str
    words: str


WORKED_OUT = Mark("≈", "worked out, not read in a source")
CARRIED_FORWARD = Mark("←", "carried forward from an earlier inspection")
CORRECTED = Mark("*", "corrected after publication")
CONFLICTING = Mark("≠", "a source gives another grade")
MARKS = (WORKED_OUT, CARRIED_FORWARD, CORRECTED, CONFLICTING)


def marks(grading: Grading) -> list[Mark]:
    """What a reader should know of a grade at once; needs `citations`."""
    if grading.grade is None:
        return []
    said = {
        WORKED_OUT: grading.is_inferred,
        CARRIED_FORWARD: grading.is_carried_forward,
        CORRECTED: grading.first_grade is not None,
        CONFLICTING: bool(grading.conflicting),
    }
    return [mark for mark, is_said in said.items() if is_said]


class GradeCell(NamedTuple):
    """A grading in a crowded table: the head of its column, and what is marked beside it."""

    grading: Grading
    head: str
    marks: list[Mark]

    @property
    def text(self) -> str:
        """The grade as a short word, or the sign of the reason why there is none."""
        if self.grading.grade is None:
            return MissingReason(self.grading.missing_reason).sign
        return Grade(self.grading.grade).short


class ForceGradings(NamedTuple):
    """A force or unit, and its newest grading on each question of a programme."""

    organisation: Organisation
    cells: list[GradeCell]

    @property
    def gradings(self) -> list[Grading]:
        return [cell.grading for cell in self.cells]

    @property
    def graded(self) -> int:
        """How many of its grades are known."""
        return sum(grading.grade is not None for grading in self.gradings)

    @property
    def asked(self) -> int:
        """How many questions may have a grade: those that no source says were not asked of it."""
        return sum(grading.missing_reason not in NOT_GRADED_REASONS for grading in self.gradings)

    @property
    def reason(self) -> MissingReason | None:
        """Why it has no grade at all, if that is one reason."""
        reasons = {grading.missing_reason for grading in self.gradings}
        return MissingReason(reasons.pop()) if len(reasons) == 1 and reasons != {""} else None

    @property
    def newest(self) -> Inspection | None:
        """The newest inspection that gave it any of these gradings."""
        inspections = [row.inspection for row in self.gradings if row.inspection_id]
        return max(inspections, key=lambda row: row.published_on or date.min, default=None)


def gradings_by_question(
    programme: Programme, questions: Sequence[Question], at: datetime
) -> list[ForceGradings]:
    """One row for each force or unit that the programme covers, the units first.

    For a question without a grading there is an unsaved one, which says why.
    """
    is_headline = any(question.is_headline for question in questions)
    organisations = current_or_inspected(
        Organisation.objects.published(at).select_related("region").unit_first(),
        at,
        None if is_headline else programme,
    )
    gradings = (
        Grading.objects.published(at)
        .filter(question__in=questions)
        .newest()
        .select_related("inspection")
        .prefetch_related("citations")
    )
    by_place = {(grading.organisation_id, grading.question_id): grading for grading in gradings}
    rows = []
    for organisation in organisations:
        row = ForceGradings(organisation, [])
        for question in questions:
            grading = by_place.get((organisation.pk, question.pk)) or Grading(
                missing_reason=why_ungraded(organisation, organisation.last_inspected_on)
            )
            grading.question, grading.organisation = question, organisation
            row.cells.append(GradeCell(grading, short_head(question.name), marks(grading)))
        rows.append(row)
    return rows


def sort_gradings(
    rows: Sequence[ForceGradings], place: int | None, descending: bool = False
) -> list[ForceGradings]:
    """Rows by their grade on the question at a place, best first, or else units first, by name.

    Those without a grade come last in either direction, by the reason.
    """
    if place is None:
        by_name = sorted(rows, key=lambda row: row.organisation.short_name, reverse=descending)
        return sorted(by_name, key=lambda row: not row.organisation.is_unit)
    direction = 1 if descending else -1
    reasons = list(MissingReason)

    def rank(row: ForceGradings) -> tuple[bool, int]:
        grading = row.gradings[place]
        if grading.grade is None:
            return True, reasons.index(grading.missing_reason)
        return False, direction * grading.grade

    return sorted(rows, key=rank)


class Legend(NamedTuple):
    """What the words and signs of a table of grades mean: only those that it needs."""

    grades: list[ScaleGrade]
    reasons: list[MissingReason]
    marks: list[Mark]


def legend(scale: str, rows: Sequence[ForceGradings]) -> Legend:
    """The grades of a scale with their meanings, and the signs that these rows hold."""
    cells = [cell for row in rows for cell in row.cells]
    reasons = {cell.grading.missing_reason for cell in cells}
    seen = {mark for cell in cells for mark in cell.marks}
    return Legend(
        scale_grades(Scale(scale)),
        [reason for reason in MissingReason if reason in reasons],
        [mark for mark in MARKS if mark in seen],
    )


def publication_span(rows: Sequence[ForceGradings]) -> str:
    """The months of the first and the last publication behind these gradings, in words."""
    inspections = [g.inspection for row in rows for g in row.gradings if g.inspection_id]
    dates = [(i.published_on, i.published_precision) for i in inspections if i.published_on]
    return span(dates, Precision.MONTH)


class RegionRows(NamedTuple):
    """Forces and units of a region, or of the country if the region is None."""

    region: Region | None
    rows: list[ForceGradings]


def group_by_region(rows: Sequence[ForceGradings]) -> list[RegionRows]:
    """A group a region, by name, each in the order of its rows."""
    ordered = sorted(rows, key=lambda row: row.organisation.region.name)
    return [
        RegionRows(region, list(group))
        for region, group in groupby(ordered, key=lambda row: row.organisation.region)
    ]


class QuestionGrades(NamedTuple):
    """A question, a short head for its column, and the forces' gradings on it.

    `scope` has the parameters of a list of forces with the same grades.
    """

    question: Question
    head: str
    forces: list[HeadlineGrading]
    scope: dict[str, str]

    @property
    def counts(self) -> list[GradeCount]:
        """How many forces have each grade, best first, then each reason for having none."""
        return grade_counts(self.forces, **self.scope)

    @property
    def by_grade(self) -> list[GradeCount]:
        """How many forces have each grade of the scale, best first, noughts included."""
        counts = {count.slug: count for count in self.counts}
        grades = reversed(Scale(self.question.programme.scale).grades)
        return [counts.get(g.slug) or GradeCount(g.slug, g.label, 0, "") for g in grades]

    @property
    def unknown(self) -> GradeCount:
        """How many forces have no known grade."""
        count = sum(row.grading.grade is None for row in self.forces)
        without = [f"-{grade.slug}" for grade in Grade]
        return GradeCount("", "No grade", count, organisation_list(**self.scope, grade=without))


def grades_by_question(
    rows: Sequence[ForceGradings], questions: Sequence[Question], on: date
) -> list[QuestionGrades]:
    """One row for each question, with the forces that existed when they were inspected."""
    by_question = []
    for place, question in enumerate(questions):
        gradings = [
            HeadlineGrading(row.organisation, row.gradings[place])
            for row in rows
            if not row.organisation.is_unit
        ]
        scope = forces_with(question) | when_inspected(gradings, on)
        then = [g for g in gradings if g.grading.missing_reason != MissingReason.DID_NOT_EXIST]
        by_question.append(QuestionGrades(question, short_head(question.name), then, scope))
    return by_question


def forces_with(question: Question) -> dict[str, str]:
    """The parameters of the list of forces with their grades on a question."""
    return {"kind": OrganisationKind.FORCE.value, **grades_of(question)}


def grades_of(question: Question) -> dict[str, str]:
    """The parameters that choose a question's grades; none for the headline one."""
    if question.is_headline:
        return {}
    return {"programme": question.programme.slug, "question": question.slug}


class TileRow(NamedTuple):
    """A force's tile, its grade, and what is marked beside that."""

    tile: Tile
    organisation: Organisation
    grading: Grading
    marks: list[Mark]

    @property
    def letters(self) -> str:
        """The grade's initials, or the sign of the reason why there is none."""
        if self.grading.grade is None:
            return MissingReason(self.grading.missing_reason).sign
        return Grade(self.grading.grade).letters


class TileMap(NamedTuple):
    """The tiles of forces by row and column, the forces without one, and the marks to explain."""

    tiles: list[TileRow]
    without: list[HeadlineGrading]
    marks: list[Mark]


def tile_map(gradings: Iterable[HeadlineGrading]) -> TileMap:
    """The map of the forces among these; needs `citations` of their gradings."""
    forces = [row for row in gradings if not row.organisation.is_unit]
    tiles = [
        TileRow(TILES[slug], row.organisation, row.grading, marks(row.grading))
        for row in forces
        if (slug := row.organisation.slug) in TILES
    ]
    seen = {mark for tile in tiles for mark in tile.marks}
    return TileMap(
        sorted(tiles, key=lambda row: (row.tile.row, row.tile.column)),
        [row for row in forces if row.organisation.slug not in TILES],
        [mark for mark in MARKS if mark in seen],
    )
