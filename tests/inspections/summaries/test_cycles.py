"""How organisations were graded through time, cycle by cycle."""

from datetime import date

import pytest
from django.utils import timezone

from forces.models import Organisation
from inspections import summaries
from inspections.choices import Grade, MissingReason, Scale
from inspections.models import Grading, Question
from tests import factories
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists_read_anew")]

# Names of the made-up cycles, by their first years: the last cannot be compared with the second.
FIRST, SECOND, LAST = "Made-up 2014", "Made-up 2018", "Made-up 2021"
NOT_COMPARABLE = "Nobody compares them."


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """A force, and a question of each of three cycles on one strand."""
    with kept(django_db_blocker):
        strand = factories.strand.make(name="Made-up subject", slug="made-up-subject")
        first = factories.programme.make(short_name=FIRST, first_year=2014, scale=Scale.FOUR)
        second = factories.programme.make(
            short_name=SECOND, first_year=2018, scale=Scale.FOUR, follows=first
        )
        last = factories.programme.make(
            short_name=LAST, first_year=2021, follows=second, not_comparable_because=NOT_COMPARABLE
        )
        for cycle in (first, second, last):
            factories.question.make(programme=cycle, strand=strand)
        yield factories.force.make(), strand


@pytest.fixture
def force(made, db):
    return Organisation.objects.get(pk=made[0].pk)


@pytest.fixture
def questions(made, db):
    asked = Question.objects.filter(strand=made[1]).select_related("programme", "strand")
    return list(asked.order_by("programme__first_year"))


@pytest.fixture
def cycles(questions):
    return tuple(question.programme for question in questions)


@pytest.fixture
def strand(questions):
    return questions[0].strand


def graded(organisation, question, grade, published_on, **fields):
    inspection = factories.inspection.make(
        programme=question.programme, region=organisation.region, published_on=published_on
    )
    return factories.grading.make(
        inspection=inspection, organisation=organisation, question=question, grade=grade, **fields
    )


def through_time(organisation):
    gradings = organisation.gradings.published(timezone.now()).for_display().newest_first()
    return summaries.strands_through_time(
        organisation,
        list(gradings.prefetch_related("citations")),
        list(Question.objects.select_related("programme", "strand")),
    )


def cells(row):
    return [[grading.judgment for grading in cell.gradings] for cell in row.cells]


def test_a_strand_has_a_row_and_each_cycle_from_the_first_graded_one_a_column(force, questions):
    graded(force, questions[1], Grade.GOOD, date(2019, 5, 2))
    matrix = through_time(force)
    assert [period.name for period in matrix.periods] == [SECOND, LAST]
    ((row,),) = (group.rows for group in matrix.groups)
    assert cells(row) == [["Good"], ["not found in our sources"]]


def test_what_was_not_asked_and_what_was_not_found_are_told_apart(force, questions):
    other = factories.question.make(
        programme=questions[2].programme, strand=factories.strand.make()
    )
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, other, Grade.GOOD, date(2021, 11, 2))
    asked, asked_last = (group.rows[0] for group in through_time(force).groups)
    assert {tuple(cells(asked)[1]), tuple(cells(asked)[2])} == {("not found in our sources",)}
    assert cells(asked_last) == [[], [], ["Good"]]


def test_a_break_stands_only_before_the_cycle_that_is_not_comparable(force, questions):
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    matrix = through_time(force)
    assert [period.break_reason for period in matrix.periods] == ["", "", NOT_COMPARABLE]
    assert [(before.name, after.name) for before, after in matrix.breaks] == [(SECOND, LAST)]
    (group,) = matrix.groups
    assert [cell.is_break for cell in group.rows[0].cells] == [False, False, True]


def test_all_questions_on_a_strand_in_one_cycle_are_shown(force, questions, strand):
    second = factories.question.make(programme=questions[0].programme, strand=strand)
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, second, Grade.INADEQUATE, date(2014, 11, 2))
    (group,) = through_time(force).groups
    cell = group.rows[0].cells[0]
    assert {grading.judgment for grading in cell.gradings} == {"Good", "Inadequate"}
    assert cell.names_questions


def test_a_programme_that_is_no_cycle_has_a_row_of_its_own_in_time_order(force, questions, strand):
    alone = factories.programme.make(short_name="Alone", scale=Scale.FOUR)
    question = factories.question.make(programme=alone, strand=strand, part="overall")
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, question, Grade.INADEQUATE, date(2019, 3, 1))
    (group,) = through_time(force).groups
    own = group.rows[1]
    assert (own.name, cells(own)) == ("Alone", [[], ["Inadequate"], []])


def test_an_undated_inspection_of_no_cycle_is_put_under_no_year(force, questions, strand):
    question = factories.question.make(programme=factories.programme.make(), strand=strand)
    graded(force, questions[2], Grade.GOOD, date(2021, 11, 2))
    graded(force, question, Grade.GOOD, None)
    matrix = through_time(force)
    assert [period.name for period in matrix.periods] == ["No date", LAST]
    assert cells(matrix.groups[0].rows[1]) == [["Good"], []]


def test_an_organisation_graded_in_no_cycle_has_its_years(force, strand):
    question = factories.question.make(strand=strand)
    graded(force, question, Grade.GOOD, date(2025, 6, 12))
    matrix = through_time(force)
    assert [period.name for period in matrix.periods] == ["2025"]
    assert cells(matrix.groups[0].rows[0]) == [["Good"]]


def test_a_question_of_no_strand_stands_by_its_own_name(force):
    question = factories.question.make(strand=None)
    graded(force, question, Grade.GOOD, date(2025, 6, 12))
    (group,) = through_time(force).groups
    assert (group.name, group.url) == (question.name, "")


def test_a_strand_without_a_known_grade_is_named_with_the_reason(force, questions, strand):
    other = factories.question.make(
        programme=questions[0].programme, strand=factories.strand.make(name="Worded")
    )
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, other, None, date(2014, 11, 2), missing_reason=MissingReason.NOT_GRADED)
    matrix = through_time(force)
    assert [group.name for group in matrix.groups] == [strand.name]
    assert [(one.name, one.reasons) for one in matrix.silent] == [("Worded", ["not graded"])]


def test_sources_that_differ_count_as_a_grade_to_show(force, questions):
    graded(force, questions[0], None, date(2014, 1, 2), missing_reason=MissingReason.SOURCES_DIFFER)
    (group,) = through_time(force).groups
    assert cells(group.rows[0])[0] == ["sources differ"]


def test_an_organisation_that_ended_has_no_cycle_that_came_later(questions):
    ended = factories.force.make(valid_to=date(2018, 4, 1))
    graded(ended, questions[0], Grade.GOOD, date(2014, 11, 2))
    assert [period.name for period in through_time(ended).periods] == [FIRST, SECOND]


def test_what_is_under_embargo_is_in_no_column(force, questions):
    grading = graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    grading.inspection.public_at = None
    grading.inspection.save()
    assert through_time(force).groups == []


# Grades that may be compared


def runs(force):
    questions = list(Question.objects.select_related("programme", "strand"))
    cycles = summaries.cycles_of(question.programme for question in questions)
    (group,) = through_time(force).groups
    return [
        ([grading.judgment for grading in run.gradings], run.is_break)
        for run in summaries.comparable_runs(group.dated, cycles)
    ]


def test_a_line_joins_grades_of_comparable_cycles_and_breaks_before_the_others(force, questions):
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, questions[1], Grade.INADEQUATE, date(2018, 11, 2))
    graded(force, questions[2], Grade.GOOD, date(2021, 11, 2))
    assert runs(force) == [(["Good", "Inadequate"], False), (["Good"], True)]


def test_a_break_is_kept_where_the_cycle_that_makes_it_has_no_grade(force, cycles, questions):
    later = factories.programme.make(short_name="Later", first_year=2023, follows=cycles[2])
    question = factories.question.make(programme=later, strand=questions[0].strand)
    five = factories.programme.make(short_name="Other", scale=Scale.FIVE)
    assert five not in cycles
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    graded(force, question, Grade.GOOD, date(2024, 11, 2))
    assert runs(force) == [(["Good"], False), (["Good"], True)]


def test_grades_of_a_cycle_and_of_another_programme_are_never_joined(force, questions, strand):
    alone = factories.programme.make(short_name="Alone", scale=Scale.FOUR)
    question = factories.question.make(programme=alone, strand=strand)
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    graded(force, question, Grade.INADEQUATE, date(2019, 3, 1))
    assert runs(force) == [(["Good"], False), (["Inadequate"], True)]


def test_a_grade_that_is_not_comparable_by_itself_breaks_the_line(force, questions):
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    graded(
        force, questions[1], Grade.GOOD, date(2019, 11, 2), not_comparable_because="Nobody says."
    )
    assert runs(force) == [(["Good"], False), (["Good"], True)]


def test_two_questions_at_once_are_joined_by_no_line_and_are_no_break(force, questions, strand):
    second = factories.question.make(programme=questions[0].programme, strand=strand)
    first = graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    factories.grading.make(
        inspection=first.inspection, organisation=force, question=second, grade=Grade.INADEQUATE
    )
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    assert runs(force) == [(["Good"], False), (["Inadequate"], False), (["Good"], False)]


def test_a_grade_carried_forward_is_no_new_point(force, questions):
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2), is_carried_forward=True)
    assert runs(force) == [(["Good"], False)]


# What organisations have in common


def in_common(*organisations):
    gradings = Grading.objects.filter(organisation__in=organisations).for_display()
    return summaries.strands_in_common(
        organisations,
        list(gradings.prefetch_related("citations")),
        list(Question.objects.select_related("programme", "strand")),
    )


def test_only_strands_on_which_two_organisations_have_a_grade_are_in_common(force, questions):
    other, alone = (
        factories.force.make(),
        factories.question.make(programme=questions[0].programme, strand=factories.strand.make()),
    )
    graded(force, questions[0], Grade.GOOD, date(2014, 11, 2))
    graded(force, alone, Grade.GOOD, date(2014, 11, 2))
    graded(other, questions[2], Grade.ADEQUATE, date(2021, 11, 2))
    (group,) = in_common(force, other).groups
    assert group.name == questions[0].strand.name
    assert [row.name for row in group.rows] == [force.short_name, other.short_name]
    assert [cells(row)[2] for row in group.rows] == [["not found in our sources"], ["Adequate"]]


# Everyone's newest grade


def newest(strand):
    return summaries.grades_by_programme(strand, Grading.objects.published(timezone.now()))


def test_everyone_s_newest_grade_stands_under_the_programme_that_gave_it(force, questions, strand):
    other = factories.force.make()
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    graded(force, questions[2], Grade.INADEQUATE, date(2021, 11, 2))
    graded(other, questions[1], Grade.GOOD, date(2019, 11, 2))
    assert [
        (row.programme.short_name, [one.organisation for one in row.organisations], row.total)
        for row in newest(strand)
    ] == [(LAST, [force], 1), (SECOND, [other], 1)]


def test_a_reason_for_having_no_grade_is_never_the_newest_grade(force, questions, strand):
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    graded(force, questions[2], None, date(2021, 11, 2), missing_reason=MissingReason.NOT_FOUND)
    assert [row.programme.short_name for row in newest(strand)] == [SECOND]


def test_a_grade_without_a_date_is_as_new_as_its_cycle(force, questions, strand):
    graded(force, questions[0], Grade.GOOD, date(2015, 3, 1))
    graded(force, questions[2], Grade.GOOD, None)
    graded(force, questions[1], Grade.GOOD, date(2020, 1, 1))
    assert [row.programme.short_name for row in newest(strand)] == [LAST]


def test_forces_without_a_grade_on_a_strand_are_named(force, questions, strand):
    forces = type(force).objects
    region = force.region
    region.is_synthetic = False
    region.save()
    assert force in summaries.without_grade(forces.all(), newest(strand))
    graded(force, questions[1], Grade.GOOD, date(2018, 11, 2))
    assert force not in summaries.without_grade(forces.all(), newest(strand))
