from datetime import date

import plotly.graph_objects as go
import pytest

from forces.models import Organisation, Region
from inspections.charts import grade_by_organisation, grades_by_region, grades_through_time
from inspections.choices import Grade, MissingReason, Scale
from inspections.models import Grading, Inspection, Programme, Question
from inspections.summaries import HeadlineGrading, RegionGrades, Run
from lib.charts.layout import TEXT, narrow_figure, text_width


@pytest.mark.parametrize(
    ("first", "months"), [(2062, 12), (2026, 12), (2013, 12), (2012, 24), (1990, 36)]
)
def test_grades_through_time_name_as_many_years_as_fit(first, months):
    inspection = Inspection(published_on=date(first, 3, 1), programme=Programme(scale=Scale.FIVE))
    run = Run([Grading(grade=Grade.GOOD, inspection=inspection)], is_break=False)
    figure = grades_through_time([run], date(2026, 11, 28))
    assert figure["layout"]["xaxis"]["dtick"] == f"M{months}"


@pytest.mark.django_db
def test_on_a_phone_the_words_of_grades_through_time_fit_beside_it():
    gradings = list(Grading.objects.for_display().filter(organisation__slug="gloucestershire"))
    figure = grades_through_time([Run(gradings, is_break=False)], date(2026, 11, 28))
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
    notes = {note.text: note.y for note in figure.layout.annotations}
    assert notes["not found in our sources"] == "Birch"
    assert not {"Good", "Inadequate"} & set(notes)


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
        programme = Programme(scale=scale)
        inspection = Inspection(
            title=f"In {year}", published_on=date(year, 3, 1), programme=programme
        )
        return Grading(grade=grade, inspection=inspection, question=Question(programme=programme))

    before = [
        grading(2016, Grade.GOOD, Scale.FOUR),
        grading(2018, Grade.INADEQUATE, Scale.FOUR),
    ]
    after = [grading(2023, Grade.ADEQUATE, Scale.FIVE)]
    runs = [Run(before, is_break=False), Run(after, is_break=True)]
    figure = go.Figure(grades_through_time(runs, date(2026, 11, 28)))
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [trace.y for trace in lines] == [(4, 1, 1), (3, 3)]
    assert [trace.x[-1] for trace in lines] == [date(2023, 3, 1), date(2026, 11, 28)]
    assert [shape.x0 for shape in figure.layout.shapes] == [date(2023, 3, 1)]
