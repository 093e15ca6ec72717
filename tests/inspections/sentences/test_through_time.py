"""Sentences about grades through time, on one strand or in one report."""

from datetime import date

from forces.models import Organisation
from inspections import sentences, summaries
from inspections.choices import (
    Grade,
    MissingReason,
    MonitoringKind,
    Precision,
    QuestionPart,
)
from inspections.models import Grading, Inspection, MonitoringEvent, Programme, Question
from inspections.summaries import (
    ComparableRun,
    OrganisationGradings,
    StrandCell,
    StrandGroup,
    StrandRow,
)

PROGRAMME = Programme(pk=1, name="Made up", short_name="MU", scale="five", first_year=2020)


def grading(grade, year, question="Made up", pk=1):
    inspection = Inspection(pk=year, published_on=date(year, 3, 1), programme=PROGRAMME)
    reason = MissingReason.NOT_FOUND if grade is None else ""
    asked = Question(name=question, programme=PROGRAMME, position=1)
    return Grading(pk=pk, grade=grade, missing_reason=reason, inspection=inspection, question=asked)


def group(name, *gradings):
    row = StrandRow("", "", [StrandCell(list(gradings), is_break=False)])
    return StrandGroup(name, name.lower(), "", [row])


def test_grades_through_time_are_told_in_order_with_the_rule_of_breaks():
    first, second = grading(Grade.INADEQUATE, 2017), grading(Grade.GOOD, 2021)
    assert sentences.grades_through_time("Crime", [ComparableRun([first, second], False)]) == (
        "Crime: inadequate in 2017 then good in 2021."
    )
    runs = [ComparableRun([first], False), ComparableRun([second], True)]
    assert sentences.grades_through_time("Crime", runs) == (
        "Crime: inadequate in 2017 then good in 2021. "
        "Grades either side of the dashed line cannot be compared."
    )
    third = ComparableRun([grading(Grade.GOOD, 2024)], True)
    assert sentences.grades_through_time("Crime", [*runs, third]).endswith(
        "Grades either side of a dashed line cannot be compared."
    )
    assert sentences.grades_through_time("Crime", runs[:1]) == (
        "Crime: inadequate in 2017; we have found no other grade with a date."
    )


def test_the_worst_and_the_best_newest_grades_open_a_page():
    groups = [
        group("Crime recording", grading(Grade.INADEQUATE, 2017), grading(Grade.OUTSTANDING, 2024)),
        group("Workforce", grading(Grade.INADEQUATE, 2021)),
        group("Leadership", grading(Grade.GOOD, 2021), grading(None, 2024)),
        group("Victims", grading(None, 2024)),
    ]
    assert sentences.newest_grades(groups) == [
        "Inadequate on workforce (2021).",
        "Outstanding on crime recording (2024).",
    ]


def test_a_newest_grade_that_was_asked_again_since_does_not_pass_for_the_present_one():
    newer = grading(None, 2024, pk=2)
    cells = [StrandCell([grading(Grade.INADEQUATE, 2021)], False), StrandCell([newer], False)]
    asked_again = StrandGroup("Leadership", "leadership", "", [StrandRow("", "", cells)])
    assert sentences.newest_grades([asked_again]) == [
        "Inadequate when last known on leadership (2021); inspectors have asked again since, but "
        "we have not found what grade they gave."
    ]
    newer.missing_reason = MissingReason.NOT_GRADED
    assert sentences.newest_grades([asked_again]) == ["Inadequate on leadership (2021)."]


def test_a_strand_with_several_grades_at_once_is_named_in_parts():
    mixed = group("Children", grading(Grade.GOOD, 2025), grading(Grade.INADEQUATE, 2025, pk=2))
    assert sentences.newest_grades([mixed]) == ["Inadequate on parts of children (2025)."]


def test_a_report_on_one_force_is_told_by_grade_the_best_first():
    force = Organisation(short_name="Quollshire")
    gradings = [
        grading(Grade.INADEQUATE, 2024, "Calls"),
        grading(Grade.GOOD, 2024, "Crime"),
        grading(Grade.GOOD, 2024, "Victims"),
        grading(None, 2024, "Leadership"),
    ]
    assert sentences.own_inspection(OrganisationGradings(force, None, gradings)) == (
        "Quollshire is good on “Crime” and “Victims” and is inadequate on “Calls”."
    )
    gradings[1].question.part = QuestionPart.OVERALL
    assert sentences.own_inspection(OrganisationGradings(force, None, gradings[1:3])) == (
        "Quollshire is good overall and on “Victims”."
    )
    assert sentences.own_inspection(OrganisationGradings(force, None, gradings[3:])) == (
        "No grade of Quollshire in this report was found in our sources."
    )


CAPTION = "Grade at each publication; a line runs on until the next grade that we know"


def test_the_key_of_a_chart_names_only_marks_that_it_may_have():
    kind = MonitoringKind
    assert sentences.grades_and_events([]) == CAPTION
    events = [MonitoringEvent(kind=one) for one in (kind.CAUSE_CLOSED, kind.OVERSIGHT)]
    assert sentences.grades_and_events(events) == (
        f"{CAPTION}. Monitoring of any inspection: ▽ closed"
    )


def test_events_of_one_kind_and_time_stand_together_the_newest_first():
    def event(kind, on, precision=Precision.DAY):
        return MonitoringEvent(kind=kind, happened_on=on, precision=precision, summary="Nobody.")

    kind, month = MonitoringKind, Precision.MONTH
    events = [
        event(kind.ENGAGE_IN, date(2021, 12, 1), month),
        event(kind.CAUSE_OPENED, date(2025, 5, 21)),
        event(kind.ENGAGE_IN, date(2021, 12, 1), month),
        event(kind.ENGAGE_IN, date(2021, 12, 1)),
    ]
    rows = summaries.monitoring_by_day(events)
    assert [(row.kind, row.happened, row.happened_iso, len(row.events)) for row in rows] == [
        (kind.CAUSE_OPENED, "21 May 2025", "2025-05-21", 1),
        (kind.ENGAGE_IN, "December 2021", "2021-12", 2),
        (kind.ENGAGE_IN, "1 December 2021", "2021-12-01", 1),
    ]
