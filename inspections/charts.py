"""Figures of how organisations were graded, drawn from the rows of summaries."""

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

from lib.charts.layout import CLEAR, Figure, base_layout, caption, row_layout
from lib.charts.shapes import Segment, stacked_rows

from .choices import Grade
from .models import Grading
from .summaries import HeadlineGrading, ProgrammeGrades, RegionGrades

STEPS = list(Grade)
MOST_YEARS = 14  # labels of single years that fit below a chart


def mark(grades: Sequence[int], size: int) -> dict[str, Any]:
    """The filled square that stands for a grade, in its colour."""
    return {
        "symbol": "square",
        "size": size,
        "color": [f"var(--grade-{Grade(grade).slug})" for grade in grades],
        "line": {"width": 1, "color": "var(--ink)"},
    }


@caption("Grade for tackling serious and organised crime; the table above has its dates")
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
            narrow={
                "top": 52,
                "xaxis": {
                    "tickfont": {"size": 10.5},
                    "tickangle": 0,
                    "ticktext": [
                        step.label.replace(" ", "<br>").replace("improvement", "improve-<br>ment")
                        for step in STEPS
                    ],
                },
            },
        ),
    }
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


@caption("Forces of each region by their newest grade for tackling serious and organised crime")
def grades_by_region(rows: Sequence[RegionGrades]) -> Figure:
    """One row for each region: its forces by grade, best first, and those without a grade last."""
    segments = [
        Segment(
            grade.label,
            f"var(--grade-{grade.slug})",
            f"var(--on-grade-{grade.slug})",
            "var(--paper)",
            [sum(force.grading.grade == grade for force in row.forces) for row in rows],
        )
        for grade in reversed(STEPS)
    ]
    unknown = [len(row.forces) - row.graded for row in rows]
    segments.append(Segment("No grade known", CLEAR, "var(--ink-soft)", "var(--edge)", unknown))
    return stacked_rows([row.region.name for row in rows], segments, top=56, narrow_top=72)


@caption("Newest grades by the programme that gave them; only within one may they be compared")
def grades_by_programme(rows: Sequence[ProgrammeGrades]) -> Figure:
    """One row for each programme: the newest grades that it gave, best first."""
    segments = [
        Segment(
            grade.label,
            f"var(--grade-{grade.slug})",
            f"var(--on-grade-{grade.slug})",
            "var(--paper)",
            [sum(count.count for count in row.counts if count.slug == grade.slug) for row in rows],
        )
        for grade in reversed(STEPS)
    ]
    names = [row.programme.short_name for row in rows]
    return stacked_rows(names, segments, top=56, narrow_top=72)


@caption("Grade for tackling serious and organised crime at each publication")
def grades_through_time(gradings: Sequence[Grading], on: date) -> Figure:
    """An organisation's grades as steps, oldest first, up to a day.

    Where the scale changed, the line is broken, and a note says why.
    """
    graded = [
        grading
        for grading in gradings
        if grading.grade is not None and grading.inspection.published_on
    ]
    ends = [grading.inspection.published_on for grading in graded[1:]] + [on]
    runs = []
    for grading, end in zip(graded, ends, strict=True):
        if not runs or runs[-1][-1][0].scale != grading.scale:
            runs.append([])
        runs[-1].append((grading, end))
    traces = []
    for run in runs:
        starts = [grading.inspection.published_on for grading, _ in run]
        grades = [grading.grade for grading, _ in run]
        traces += [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [*starts, run[-1][1]],
                "y": [*grades, grades[-1]],
                "line": {"shape": "hv", "color": "var(--ink)", "width": 2},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": starts,
                "y": grades,
                "marker": mark(grades, 13),
                "text": [f"{grading.judgment}, {grading.inspection.title}" for grading, _ in run],
                "hovertemplate": "%{text}, %{x|%e %B %Y}<extra></extra>",
                "showlegend": False,
            },
        ]
    breaks = [run[0][0].inspection.published_on for run in runs[1:]]
    years = max(1, on.year - graded[0].inspection.published_on.year + 1) if graded else 1
    layout = base_layout(
        height=210,
        margin={"l": 172, "t": 26, "b": 26, "r": 8},
        yaxis={
            "range": [0.6, 5.4],
            "tickvals": [step.value for step in STEPS],
            "ticktext": [step.label for step in STEPS],
            "showgrid": True,
            "gridcolor": "var(--line)",
            "automargin": False,
        },
        xaxis={
            "type": "date",
            "tickformat": "%Y",
            "dtick": f"M{12 * ceil(years / MOST_YEARS)}",
            "ticklabelmode": "period",
            "showgrid": True,
            "gridcolor": "var(--line)",
            "linecolor": "var(--line)",
            "showline": True,
            **(
                {"range": [f"{graded[0].inspection.published_on.year}-01-01", f"{on.year}-12-31"]}
                if graded
                else {}
            ),
        },
        shapes=[
            {
                "type": "line",
                "x0": changed_on,
                "x1": changed_on,
                "xref": "x",
                "y0": 0,
                "y1": 1,
                "yref": "y domain",
                "line": {"dash": "dash", "color": "var(--edge)", "width": 1},
            }
            for changed_on in breaks
        ],
        annotations=[
            {
                "x": changed_on,
                "yref": "paper",
                "y": 1,
                "yanchor": "bottom",
                "text": "scale changed, not comparable",
                "showarrow": False,
                "font": {"size": 12, "color": "var(--ink-soft)"},
            }
            for changed_on in breaks
        ],
        narrow={
            "margin": {"l": 100},
            "yaxis": {"ticktext": [step.label.replace(" ", "<br>") for step in STEPS]},
        },
    )
    return {"data": traces, "layout": layout}
