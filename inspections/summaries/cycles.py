"""Rows about organisations through time: what was asked, cycle by cycle, and how it was graded."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from forces.models import Organisation

from ..choices import MissingReason
from ..models import Grading, Programme, Question, Strand

NO_YEAR = "No date"


def cycles_of(programmes: Iterable[Programme]) -> list[Programme]:
    """Those of these programmes that follow one another, in their order: the cycles."""
    by_id = {programme.pk: programme for programme in programmes}
    followed = {programme.follows_id: programme for programme in by_id.values()}
    first = [one for one in by_id.values() if one.follows_id not in by_id and one.pk in followed]
    cycles = []
    for programme in sorted(first, key=lambda one: (one.first_year or 0, one.name)):
        while programme:
            cycles.append(programme)
            programme = followed.get(programme.pk)
    return cycles


def is_comparable(before: Grading, after: Grading, cycles: Sequence[Programme]) -> bool:
    """Whether a grade may be compared with an earlier one: nobody says that it may not."""
    return not break_between(before, after, cycles)


def break_between(before: Grading, after: Grading, cycles: Sequence[Programme]) -> str:
    """Why a grade may not be compared with an earlier one, in words; empty if it may."""
    first, second = before.question.programme, after.question.programme
    if first.scale != second.scale:
        return "another scale of grades"
    is_same = first == second
    if not is_same and (first not in cycles or second not in cycles):
        return "another programme of inspections"
    if is_same or after.not_comparable_because:
        return after.not_comparable_because
    between = cycles[cycles.index(first) + 1 : cycles.index(second) + 1]
    return next(filter(None, (one.not_comparable_because for one in between)), "")


class Period(NamedTuple):
    """A cycle, or a year of inspections that belong to none: a column.

    `break_reason` says why its grades cannot be compared with those of the column before it.
    """

    name: str
    programme: Programme | None = None
    first_year: int | None = None
    break_reason: str = ""


class StrandCell(NamedTuple):
    """What was judged on one strand in one period; nothing if it was not asked."""

    gradings: list[Grading]
    is_break: bool
    period: str = ""

    @property
    def names_questions(self) -> bool:
        """Whether more than one question was asked, so that each must be named."""
        return len({grading.question for grading in self.gradings}) > 1


class StrandRow(NamedTuple):
    """A strand in the cycles, or in a programme that is none, which is then named."""

    name: str
    note: str
    cells: list[StrandCell]

    @property
    def gradings(self) -> list[Grading]:
        """The gradings that are recorded, oldest period first."""
        return [grading for cell in self.cells for grading in cell.gradings if grading.pk]

    @property
    def has_grade(self) -> bool:
        """Whether any grade is known, or sources give several."""
        return any(
            grading.grade is not None or grading.missing_reason == MissingReason.SOURCES_DIFFER
            for grading in self.gradings
        )


class StrandGroup(NamedTuple):
    """Everything asked on one strand, or by a question that belongs to none."""

    name: str
    slug: str
    url: str
    rows: list[StrandRow]

    @property
    def gradings(self) -> list[Grading]:
        """The gradings that are recorded."""
        return [grading for row in self.rows for grading in row.gradings]

    @property
    def dated(self) -> list[Grading]:
        """The grades of which the day is known, oldest first, without those carried forward."""
        dated = [
            grading
            for grading in self.gradings
            if grading.grade is not None
            and grading.inspection.published_on
            and not grading.is_carried_forward
        ]
        return sorted(dated, key=lambda one: (one.inspection.published_on, one.question.position))

    @property
    def newest(self) -> list[Grading]:
        """The grades of the newest inspection that gave any."""
        graded = [grading for grading in self.gradings if grading.grade is not None]
        if not graded:
            return []
        last = max(graded, key=placed_on).inspection
        return [grading for grading in graded if grading.inspection == last]

    @property
    def is_asked_again(self) -> bool:
        """Whether a period after the newest grade asked again, and its grade was not found."""
        newest = self.newest
        columns = [
            [grading for cell in cells for grading in cell.gradings]
            for cells in zip(*(row.cells for row in self.rows), strict=True)
        ]
        graded = [place for place, column in enumerate(columns) if any(g in newest for g in column)]
        return any(
            grading.missing_reason == MissingReason.NOT_FOUND
            for column in columns[max(graded, default=len(columns)) + 1 :]
            for grading in column
        )


def placed_on(grading: Grading) -> tuple[date, int]:
    """A key that sorts gradings by time as the database does; see `PLACED_ON`."""
    programme = grading.question.programme
    published_on = grading.inspection.published_on
    latest = date((programme.first_year or 1900) + 2, 1, 1)
    return published_on or latest, grading.inspection_id


class Silence(NamedTuple):
    """A strand on which no grade is known, and why, as far as that is known."""

    name: str
    url: str
    reasons: list[str]

    @property
    def why(self) -> str:
        """The reasons in words."""
        return " or ".join(self.reasons)


class StrandMatrix(NamedTuple):
    """An organisation through time: a column a period, a group of rows a strand."""

    periods: list[Period]
    groups: list[StrandGroup]
    silent: list[Silence]

    @property
    def has_own(self) -> bool:
        """Whether a row is of a programme that is no cycle, beside cycles."""
        cycles = any(period.programme for period in self.periods)
        return cycles and any(row.name for group in self.groups for row in group.rows)

    @property
    def breaks(self) -> list[tuple[Period, Period]]:
        """Pairs of a period and the next, with which it cannot be compared."""
        pairs = zip(self.periods, self.periods[1:], strict=False)
        return [(before, after) for before, after in pairs if after.break_reason]


def periods_of(
    gradings: Iterable[Grading], cycles: Sequence[Programme], until: int | None = None
) -> list[Period]:
    """The columns for these gradings: cycles from the first with a grading on, at most to a year.

    Inspections of other programmes stand under the cycle that had begun by then; those before the
    first cycle have their years as columns, and those without a date have one before all others.
    """
    programmes = {grading.question.programme for grading in gradings}
    places = [place for place, cycle in enumerate(cycles) if cycle in programmes]
    shown = [
        cycle
        for cycle in cycles[places[0] if places else len(cycles) :]
        if until is None or cycle.first_year is None or cycle.first_year <= until
    ]
    begun = min((cycle.first_year for cycle in shown if cycle.first_year), default=None)
    own = {year_of(grading) for grading in gradings if grading.question.programme not in cycles}
    years = sorted(year for year in own if year and (begun is None or year < begun))
    columns = [Period(str(year), first_year=year) for year in years]
    for cycle in shown:
        reason = cycle.not_comparable_because if columns else ""
        columns.append(Period(cycle.short_name, cycle, cycle.first_year, reason))
    return [Period(NO_YEAR), *columns] if None in own else columns


def period_of(grading: Grading, periods: Sequence[Period]) -> int:
    """The place of the column in which a grading of no cycle stands."""
    year = year_of(grading)
    begun = [
        place
        for place, period in enumerate(periods)
        if year and period.first_year and period.first_year <= year
    ]
    return begun[-1] if begun else 0


def year_of(grading: Grading) -> int | None:
    """The year in which a grading was published; None where no source dates it."""
    published_on = grading.inspection.published_on
    return published_on and published_on.year


def cycle_row(
    gradings: Sequence[Grading],
    questions: Sequence[Question],
    periods: Sequence[Period],
    organisation: Organisation,
) -> StrandRow:
    """The row of a strand in the cycles; what was asked and is not recorded was not found."""
    by_question = defaultdict(list)
    for grading in gradings:
        by_question[grading.question_id].append(grading)
    cells = []
    for period in periods:
        judged = []
        for question in questions:
            if question.programme != period.programme:
                continue
            judged += by_question[question.pk] or [not_recorded(question, organisation)]
        cells.append(StrandCell(judged, bool(period.break_reason), period.name))
    return StrandRow("", "", cells)


def not_recorded(question: Question, organisation: Organisation) -> Grading:
    """An unsaved grading, which says why there is none."""
    reason = MissingReason.NOT_FOUND if question.is_graded else MissingReason.NOT_GRADED
    return Grading(organisation=organisation, question=question, missing_reason=reason)


def own_rows(gradings: Sequence[Grading], periods: Sequence[Period]) -> list[StrandRow]:
    """A row for each question of a programme that is no cycle, by programme and place in it."""
    by_question = defaultdict(list)
    for grading in gradings:
        by_question[grading.question].append(grading)
    rows = []
    ordered = sorted(by_question, key=lambda one: (one.programme.name, one.position))
    for question in ordered:
        cells = [StrandCell([], bool(period.break_reason), period.name) for period in periods]
        for grading in sorted(by_question[question], key=placed_on):
            cells[period_of(grading, periods)].gradings.append(grading)
        programme = question.programme.short_name
        is_whole = question.part == "overall" or question.name == programme
        name, note = (programme, "") if is_whole else (question.name, programme)
        rows.append(StrandRow(name, note, cells))
    return rows


def subject(question: Question) -> Strand | Question:
    """What ties questions of several programmes together: a strand, or else the question alone."""
    return question.strand or question


def by_subject(questions: Iterable[Question]) -> dict[Strand | Question, list[Question]]:
    """Questions by their subject, in the order of strands."""
    groups = defaultdict(list)
    for question in questions:
        groups[subject(question)].append(question)
    ordered = sorted(groups, key=lambda one: (isinstance(one, Question), one.position, one.name))
    return {one: groups[one] for one in ordered}


def strands_through_time(
    organisation: Organisation,
    gradings: Sequence[Grading],
    questions: Sequence[Question],
    periods: Sequence[Period] | None = None,
) -> StrandMatrix:
    """How one organisation was graded: a group of rows for each strand with a known grade.

    The gradings are its own, for display; the questions are all, each with programme and strand.
    """
    cycles = cycles_of(question.programme for question in questions)
    asked = {question.pk: question for question in questions}
    for grading in gradings:
        grading.question = asked.get(grading.question_id, grading.question)
        grading.inspection.programme = grading.question.programme
    ended = organisation.valid_to.year if organisation.valid_to else None
    periods = periods_of(gradings, cycles, ended) if periods is None else periods
    shown = {period.programme for period in periods}
    groups, silent = [], []
    for one, strand_questions in by_subject(questions).items():
        graded = [grading for grading in gradings if grading.question in strand_questions]
        in_cycles = [grading for grading in graded if grading.question.programme in cycles]
        elsewhere = [grading for grading in graded if grading.question.programme not in cycles]
        in_time = [question for question in strand_questions if question.programme in shown]
        rows = [
            *([cycle_row(in_cycles, in_time, periods, organisation)] if in_time else []),
            *own_rows(elsewhere, periods),
        ]
        known = [row for row in rows if row.has_grade]
        url = one.get_absolute_url() if isinstance(one, Strand) else ""
        if known:
            groups.append(StrandGroup(one.name, one.slug, url, known))
        elif rows:
            reasons = [
                grading.get_missing_reason_display()
                for row in rows
                for cell in row.cells
                for grading in cell.gradings
            ]
            silent.append(Silence(one.name, url, list(dict.fromkeys(reasons))))
    return StrandMatrix(list(periods), groups, silent)


class ComparableRun(NamedTuple):
    """Grades that may be compared with one another, oldest first.

    `is_break` says whether they may not be with those before; otherwise several questions were
    asked at once.
    """

    gradings: list[Grading]
    is_break: bool


def comparable_runs(
    gradings: Sequence[Grading], cycles: Sequence[Programme]
) -> list[ComparableRun]:
    """Dated grades of one strand, oldest first, as runs that a line may join."""
    by_inspection = defaultdict(list)
    for grading in gradings:
        by_inspection[grading.inspection_id].append(grading)
    runs, before = [], []
    for group in by_inspection.values():
        is_break = bool(before) and not is_comparable(before[-1], group[0], cycles)
        if len(before) == len(group) == 1 and not is_break:
            runs[-1].gradings.append(group[0])
        else:
            runs += [
                ComparableRun([grading], is_break and not place)
                for place, grading in enumerate(group)
            ]
        before = group
    return runs


def strands_in_common(
    organisations: Sequence[Organisation],
    gradings: Sequence[Grading],
    questions: Sequence[Question],
) -> StrandMatrix:
    """The strands on which at least two organisations have a known grade, a row for each of them.

    What one organisation alone was graded on is left out.
    """
    for grading in gradings:
        grading.inspection.programme = grading.question.programme
    cycles = cycles_of(question.programme for question in questions)
    periods = periods_of(gradings, cycles)
    by_strand = defaultdict(list)
    for organisation in organisations:
        own = [grading for grading in gradings if grading.organisation_id == organisation.pk]
        for group in strands_through_time(organisation, own, questions, periods).groups:
            rows = [
                StrandRow(
                    organisation.short_name,
                    ", ".join(filter(None, (row.name, row.note))),
                    row.cells,
                )
                for row in group.rows
            ]
            by_strand[group.slug].append(group._replace(rows=rows))
    order = [one.slug for one in by_subject(questions)]
    shared = [
        parts[0]._replace(rows=[row for part in parts for row in part.rows])
        for slug, parts in sorted(by_strand.items(), key=lambda item: order.index(item[0]))
        if len(parts) > 1
    ]
    return StrandMatrix(periods, shared, [])
