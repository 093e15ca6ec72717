from datetime import date

import plotly.graph_objects as go
import pytest

from forces.models import Organisation, Region
from inspections.charts import grade_by_organisation, grades_by_region, grades_through_time
from inspections.charts.through_time import engaged_periods, moments
from inspections.choices import Grade, MissingReason, MonitoringKind, Scale
from inspections.models import (
    Grading,
    Inspection,
    MonitoringEvent,
    Programme,
    Question,
)
from inspections.summaries import ComparableRun, HeadlineGrading, RegionGrades, comparable_runs
from lib.charts.layout import TEXT, narrow_figure, narrow_height, text_width


@pytest.mark.parametrize(
    ("first", "months"), [(2062, 12), (2026, 12), (2013, 12), (2012, 24), (1990, 36)]
)
def test_grades_through_time_name_as_many_years_as_fit(first, months):
    inspection = Inspection(published_on=date(first, 3, 1), programme=Programme(scale=Scale.FIVE))
    run = ComparableRun([Grading(grade=Grade.GOOD, inspection=inspection)], is_break=False)
    figure = grades_through_time([run], date(2026, 11, 28))
    assert figure["layout"]["xaxis"]["dtick"] == f"M{months}"
    narrow = narrow_figure(figure)["layout"]["xaxis"]
    assert int(narrow["dtick"][1:]) >= months
    assert (2027 - first) * 12 / int(narrow["dtick"][1:]) <= 5 + 1


@pytest.mark.django_db
def test_on_a_phone_the_words_of_grades_through_time_fit_beside_it():
    gradings = list(Grading.objects.for_display().filter(organisation__slug="gloucestershire"))
    figure = grades_through_time([ComparableRun(gradings, is_break=False)], date(2026, 11, 28))
    layout = narrow_figure(figure)["layout"]
    words = [word for label in layout["yaxis"]["ticktext"] for word in label.split("<br>")]
    assert max(text_width(word, TEXT) for word in words) + 8 <= layout["margin"]["l"]


def graded(name, grade):
    """An organisation and its grade, or None where it is not known."""
    reason = MissingReason.NOT_FOUND if grade is None else ""
    grading = Grading(grade=grade, missing_reason=reason)
    return HeadlineGrading(Organisation(short_name=name), grading)


def test_grade_by_organisation_fill_one_step_of_each_that_is_graded():
    rows = [graded("Alder", Grade.GOOD), graded("Birch", None), graded("Cedar", Grade.INADEQUATE)]
    figure = go.Figure(grade_by_organisation(rows))
    steps, filled = figure.data
    assert list(zip(steps.y, steps.x, strict=True)) == [
        (name, step) for name in ("Alder", "Cedar") for step in range(1, 6)
    ]
    assert (filled.y, filled.x, filled.text) == (
        ("Alder", "Cedar"),
        (4, 1),
        ("Good", "Inadequate"),
    )
    assert filled.marker.color == ("var(--grade-good)", "var(--grade-inadequate)")
    notes = {note.text: note for note in figure.layout.annotations}
    assert notes["not found in our sources"].y == "Birch"
    # Only a phone has the words beside the names: elsewhere they head the steps.
    assert [(notes[word].y, notes[word].name) for word in ("Good", "Inadequate")] == [
        ("Alder", "narrow"),
        ("Cedar", "narrow"),
    ]
    # Where a font is wider than we thought, the word grows away from the picture's edge.
    assert notes["Inadequate"].xanchor == notes["Inadequate"].align == "right"


def test_on_a_phone_a_grade_that_would_run_into_its_force_s_name_has_two_lines_and_room_for_them():
    short, long = (
        grade_by_organisation([graded(name, Grade.REQUIRES_IMPROVEMENT)])["layout"]
        for name in ("Kent", "Devon and Cornwall")
    )
    assert [layout["annotations"][-1]["text"] for layout in (short, long)] == [
        "Requires improvement",
        "Requires<br>improvement",
    ]
    assert narrow_height(long) > narrow_height(short)


def test_grades_by_region_count_the_forces_of_each_grade_and_those_without_one():
    forces = [graded("Alder", Grade.GOOD), graded("Birch", None), graded("Cedar", Grade.GOOD)]
    rows = [
        RegionGrades(Region(name="North"), None, forces, []),
        RegionGrades(Region(name="South"), None, forces[1:2], []),
    ]
    bars = {bar.name: bar for bar in go.Figure(grades_by_region(rows)).data}
    assert next(iter(bars)) == "Outstanding"
    assert bars["Good"].y == ("North", "South")
    assert (bars["Good"].x, bars["No grade known"].x) == ((2, None), (1, 1))
    assert [count for bar in bars.values() for count in bar.x if count] == [2, 1, 1]


def test_grades_through_time_break_where_the_scale_changed():
    def grading(year, grade, scale):
        programme = Programme(pk=1, scale=scale)
        inspection = Inspection(
            pk=year, title=f"In {year}", published_on=date(year, 3, 1), programme=programme
        )
        return Grading(grade=grade, inspection=inspection, question=Question(programme=programme))

    before = [
        grading(2016, Grade.GOOD, Scale.FOUR),
        grading(2018, Grade.INADEQUATE, Scale.FOUR),
    ]
    after = [grading(2023, Grade.ADEQUATE, Scale.FIVE)]
    runs = comparable_runs([*before, *after], [])
    # One id for both programmes: the scale alone tells them apart.
    assert [len(run.gradings) for run in runs] == [2, 1]
    figure = go.Figure(grades_through_time(runs, date(2026, 11, 28)))
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [trace.y for trace in lines] == [(4, 1, 1), (3, 3)]
    assert [trace.x[-1] for trace in lines] == [date(2023, 3, 1), date(2026, 11, 28)]
    assert [shape.x0 for shape in figure.layout.shapes] == [date(2023, 3, 1)]


def event(kind, *day):
    return MonitoringEvent(kind=kind, happened_on=date(*day))


def test_time_in_engage_is_shaded_until_it_ended_or_until_today():
    on, kind = date(2026, 11, 28), MonitoringKind
    events = [
        event(kind.ENGAGE_OUT, 2023, 9, 1),
        event(kind.ENGAGE_IN, 2021, 12, 1),
        event(kind.ENGAGE_IN, 2021, 12, 1),
        event(kind.ENGAGE_IN, 2025, 2, 1),
    ]
    assert engaged_periods(events, on) == [
        (date(2021, 12, 1), date(2023, 9, 1)),
        (date(2025, 2, 1), on),
    ]
    assert engaged_periods([event(kind.ENGAGE_OUT, 2023, 9, 1)], on) == []


def test_causes_of_concern_have_marks_below_the_grades():
    programme = Programme(scale=Scale.FIVE)
    inspection = Inspection(published_on=date(2021, 3, 1), programme=programme)
    run = ComparableRun([Grading(grade=Grade.GOOD, inspection=inspection)], is_break=False)
    kind = MonitoringKind
    events = [
        event(kind.CAUSE_OPENED, 2022, 3, 1),
        event(kind.CAUSE_CLOSED, 2024, 3, 1),
        event(kind.CAUSE_CLOSED, 2019, 3, 1),
        event(kind.OVERSIGHT, 2023, 3, 1),
    ]
    figure = go.Figure(grades_through_time([run], date(2026, 11, 28), events))
    marks = {trace.marker.symbol: trace.x for trace in figure.data[2:]}
    assert marks == {
        "triangle-up": (date(2022, 3, 1),),
        "triangle-down-open": (date(2024, 3, 1),),
    }
    assert figure.layout.yaxis.ticktext[0] == "Monitoring"


def test_the_rows_of_grades_through_time_are_what_the_chart_marks_in_the_order_of_time():
    def graded(year, grade):
        inspection = Inspection(published_on=date(year, 3, 1), programme=Programme())
        return Grading(grade=grade, inspection=inspection)

    def event(kind, year):
        return MonitoringEvent(kind=kind, happened_on=date(year, 6, 1), precision="year")

    runs = [
        ComparableRun([graded(2018, Grade.GOOD), graded(2020, Grade.ADEQUATE)], is_break=False),
        ComparableRun([graded(2024, Grade.GOOD)], is_break=True),
    ]
    events = [
        event(MonitoringKind.REVISIT, 2016),  # before the first grade
        event(MonitoringKind.ENGAGE_IN, 2017),  # but this goes on after it
        event(MonitoringKind.ENGAGE_OUT, 2019),
        event(MonitoringKind.CAUSE_CLOSED, 2021),
        event(MonitoringKind.OVERSIGHT, 2022),  # the chart has no mark for this
    ]
    rows = moments(runs, date(2026, 11, 28), events)
    assert [(row.iso, row.is_comparable) for row in rows] == [
        ("2017", None),
        ("2018-03-01", None),
        ("2019", None),
        ("2020-03-01", True),
        ("2021", None),
        ("2024-03-01", False),
    ]
