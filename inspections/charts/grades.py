"""Figures of the newest grades, one row for each organisation, region or programme."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from forces.models import Region
from lib.charts.layout import (
    CLEAR,
    LINE,
    NARROW,
    TEXT,
    Figure,
    caption,
    row_layout,
    text_width,
)
from lib.charts.shapes import Segment, stacked_rows
from lib.charts.tables import table
from lib.lists.columns import column

from ..choices import Grade
from ..models import Grading, Programme
from ..resources.downloads import graded_columns
from ..summaries import GradeCount, HeadlineGrading, ProgrammeGrades, RegionGrades

STEPS = list(Grade)
BAR = 18  # the height of a row's marks
GRADE = "The grade, or the reason why none is known"


def mark(grades: Sequence[int], size: int) -> dict[str, Any]:
    """The filled square that stands for a grade, in its colour."""
    return {
        "symbol": "square",
        "size": size,
        "color": [f"var(--grade-{Grade(grade).slug})" for grade in grades],
        "line": {"width": 1, "color": "var(--ink)"},
    }


def gradings(rows: Sequence[HeadlineGrading]) -> list[Grading]:
    """What each row says of its organisation."""
    return [row.grading for row in rows]


@table(
    graded_columns(),
    records=gradings,
    shown={
        "organisation_name": "Force or unit",
        "grade_name": "Grade",
        "missing_reason_name": "Why there is no grade",
        "fieldwork_from": "Fieldwork from",
        "fieldwork_to": "Fieldwork to",
        "published_on": "Published",
        "inspection_title": "Inspection",
    },
    links={
        "organisation_name": lambda row: row.organisation.get_absolute_url(),
        "inspection_title": lambda row: row.inspection.get_absolute_url(),
    },
)
@caption("Grade for tackling serious and organised crime")
def grade_by_organisation(rows: Sequence[HeadlineGrading]) -> Figure:
    """One row for each organisation: five steps from worst to best, with its grade filled."""
    names = [row.organisation.short_name for row in rows]
    graded = [row for row in rows if row.grading.grade is not None]
    grades = [row.grading.grade for row in graded]
    shared = {"type": "scatter", "mode": "markers", "showlegend": False, "cliponaxis": False}
    figure = {
        "data": [
            shared
            | {
                "x": [step.value for _ in graded for step in STEPS],
                "y": [row.organisation.short_name for row in graded for _ in STEPS],
                "marker": {
                    "symbol": "square",
                    "size": 11,
                    "color": CLEAR,
                    "line": {"width": 1, "color": "var(--edge)"},
                },
                "hoverinfo": "skip",
            },
            shared
            | {
                "x": grades,
                "y": [row.organisation.short_name for row in graded],
                "marker": mark(grades, 17),
                "text": [row.grading.judgment for row in graded],
                "hovertemplate": "%{y}: %{text}<extra></extra>",
            },
        ],
        "layout": row_layout(
            names,
            top=44,
            xaxis={
                "range": [0.5, 5.5],
                "tickvals": [step.value for step in STEPS],
                "ticktext": [step.label.replace(" ", "<br>") for step in STEPS],
                "ticklabeloverflow": "allow",
                "side": "top",
                "automargin": False,
            },
            bar=BAR,
            narrow={"top": 0, "xaxis": {"showticklabels": False}},
        ),
    }
    # On a phone no five words fit in a line: each grade is beside its name, in two lines where one
    # would run into the name.
    beside = {
        row.grading.judgment
        for row in graded
        if text_width(f"{row.organisation.short_name}  {row.grading.judgment}", TEXT) > NARROW
    }
    if any(" " in judgment for judgment in beside):
        figure["layout"]["meta"]["more"] = LINE
    figure["layout"]["annotations"] += [
        {
            "name": "narrow",
            "visible": False,
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "align": "right",
            "y": row.organisation.short_name,
            "yanchor": "bottom",
            "yshift": BAR / 2,
            "text": row.grading.judgment.replace(" ", "<br>")
            if row.grading.judgment in beside
            else row.grading.judgment,
            "showarrow": False,
            "font": {"color": "var(--ink-soft)"},
        }
        for row in graded
    ]
    figure["layout"]["annotations"] += [
        {
            "x": 3,
            "y": row.organisation.short_name,
            "text": row.grading.judgment,
            "showarrow": False,
            "font": {"color": "var(--ink-soft)"},
        }
        for row in rows
        if row.grading.grade is None
    ]
    return figure


def segment(grade: Grade, counts: list[int]) -> Segment:
    """The part of each row that has a grade, in its colour."""
    colour, ink = f"var(--grade-{grade.slug})", f"var(--on-grade-{grade.slug})"
    return Segment(grade.label, colour, ink, "var(--paper)", counts, grade.letters)


class CountOf(NamedTuple):
    """How many organisations have a grade, or a reason for none, in a region or a programme."""

    of: Region | Programme
    name: str
    count: GradeCount


def counts_of_regions(rows: Sequence[RegionGrades]) -> Iterator[CountOf]:
    """The counts of each region's forces."""
    for row in rows:
        yield from (CountOf(row.region, row.region.name, count) for count in row.counts)


def counts_of_programmes(rows: Sequence[ProgrammeGrades]) -> Iterator[CountOf]:
    """The counts of each programme's grades."""
    for row in rows:
        yield from (CountOf(row.programme, row.programme.name, count) for count in row.counts)


@table(
    column("region", lambda row: row.of.slug, "The region", "code"),
    column("region_name", lambda row: row.name, "Its name"),
    column("grade", lambda row: row.count.slug, GRADE, "code"),
    column("grade_name", lambda row: row.count.name, "That in words"),
    column("forces", lambda row: row.count.count, "How many forces it is true of", "integer"),
    records=counts_of_regions,
    shown={"region_name": "Region", "grade_name": "Grade", "forces": "Forces"},
    across="grade_name",
    links={
        "region_name": lambda row: row.of.get_absolute_url(),
        "forces": lambda row: row.count.url,
    },
)
@caption("Forces of each region by their newest grade for tackling serious and organised crime")
def grades_by_region(rows: Sequence[RegionGrades]) -> Figure:
    """One row for each region: its forces by grade, best first, and those without a grade last."""
    segments = [
        segment(grade, [sum(force.grading.grade == grade for force in row.forces) for row in rows])
        for grade in reversed(STEPS)
    ]
    unknown = [len(row.forces) - row.graded for row in rows]
    segments.append(Segment("No grade known", CLEAR, "var(--ink-soft)", "var(--edge)", unknown))
    return stacked_rows([row.region.name for row in rows], segments)


@table(
    column("programme", lambda row: row.of.slug, "The programme of inspections", "code"),
    column("programme_name", lambda row: row.name, "Its name"),
    column("grade", lambda row: row.count.slug, "The grade", "code"),
    column("grade_name", lambda row: row.count.name, "That in words"),
    column("grades", lambda row: row.count.count, "How many newest grades are such", "integer"),
    records=counts_of_programmes,
    shown={"programme_name": "Programme", "grade_name": "Grade", "grades": "Grades"},
    across="grade_name",
    links={
        "programme_name": lambda row: row.of.get_absolute_url(),
        "grades": lambda row: row.count.url,
    },
)
@caption("Newest grades by the programme that gave them; only within one may they be compared")
def grades_by_programme(rows: Sequence[ProgrammeGrades]) -> Figure:
    """One row for each programme: the newest grades that it gave, best first."""
    segments = [
        segment(
            grade,
            [sum(count.count for count in row.counts if count.slug == grade.slug) for row in rows],
        )
        for grade in reversed(STEPS)
    ]
    names = [row.programme.short_name for row in rows]
    return stacked_rows(names, segments)
