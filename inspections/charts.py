"""Figures of how organisations were graded, drawn from the rows of summaries."""

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

from lib.charts.layout import (
    CLEAR,
    LINE,
    NARROW,
    TEXT,
    Figure,
    base_layout,
    caption,
    row_layout,
    text_width,
)
from lib.charts.shapes import Segment, stacked_rows

from .choices import Grade, MonitoringKind
from .models import MonitoringEvent
from .summaries import ComparableRun, HeadlineGrading, ProgrammeGrades, RegionGrades

STEPS = list(Grade)
BAR = 18  # the height of a row's marks
MOST_YEARS, MOST_YEARS_NARROW = 14, 4  # labels of single years that fit below a chart


def mark(grades: Sequence[int], size: int) -> dict[str, Any]:
    """The filled square that stands for a grade, in its colour."""
    return {
        "symbol": "square",
        "size": size,
        "color": [f"var(--grade-{Grade(grade).slug})" for grade in grades],
        "line": {"width": 1, "color": "var(--ink)"},
    }


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
            grade.letters,
        )
        for grade in reversed(STEPS)
    ]
    unknown = [len(row.forces) - row.graded for row in rows]
    segments.append(Segment("No grade known", CLEAR, "var(--ink-soft)", "var(--edge)", unknown))
    return stacked_rows([row.region.name for row in rows], segments)


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
            grade.letters,
        )
        for grade in reversed(STEPS)
    ]
    names = [row.programme.short_name for row in rows]
    return stacked_rows(names, segments)


MONITORED = 0.1  # where events of monitoring stand, below the worst grade
EVENT_MARKS = {
    MonitoringKind.CAUSE_OPENED: "triangle-up",
    MonitoringKind.CAUSE_CLOSED: "triangle-down-open",
    MonitoringKind.REVISIT: "circle-open",
}


def run_traces(runs: Sequence[ComparableRun], on: date) -> list[dict[str, Any]]:
    """Each run of grades as a line of steps up to the next grade or a day, and its marks."""
    starts = sorted({g.inspection.published_on for run in runs for g in run.gradings})
    traces = []
    for run in runs:
        days = [grading.inspection.published_on for grading in run.gradings]
        grades = [grading.grade for grading in run.gradings]
        end = next((start for start in starts if start > days[-1]), on)
        traces += [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [*days, end],
                "y": [*grades, grades[-1]],
                "line": {"shape": "hv", "color": "var(--ink)", "width": 2},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": days,
                "y": grades,
                "marker": mark(grades, 13),
                "text": [
                    f"{grading.judgment}, {grading.inspection}, {grading.inspection.published}"
                    for grading in run.gradings
                ],
                "hovertemplate": "%{text}<extra></extra>",
                "showlegend": False,
            },
        ]
    return traces


def event_traces(events: Sequence[MonitoringEvent]) -> list[dict[str, Any]]:
    """A mark for each cause of concern opened or closed, and each revisit."""
    traces = []
    for kind, symbol in EVENT_MARKS.items():
        rows = [event for event in events if event.kind == kind]
        if rows:
            trace = {
                "type": "scatter",
                "mode": "markers",
                "x": [event.happened_on for event in rows],
                "y": [MONITORED] * len(rows),
                "marker": {"symbol": symbol, "size": 11, "color": "var(--ink)"},
                "text": [f"{event.get_kind_display()}, {event.happened}" for event in rows],
                "hovertemplate": "%{text}<extra></extra>",
                "showlegend": False,
            }
            traces.append(trace)
    return traces


def engaged(events: Sequence[MonitoringEvent], on: date) -> list[tuple[date, date]]:
    """From when until when an organisation was in Engage; until a day where it still is."""
    spans, since = [], None
    for event in sorted(events, key=lambda one: one.happened_on):
        if event.kind == MonitoringKind.ENGAGE_IN and since is None:
            since = event.happened_on
        elif event.kind == MonitoringKind.ENGAGE_OUT and since is not None:
            spans.append((since, event.happened_on))
            since = None
    return [*spans, (since, on)] if since else spans


@caption("Grade at each publication; a line runs on until the next grade that we know")
def grades_through_time(
    runs: Sequence[ComparableRun], on: date, events: Sequence[MonitoringEvent] = ()
) -> Figure:
    """An organisation's grades on one strand as steps, oldest first, up to a day.

    A dashed line stands between grades that may not be compared. Where there are events of
    monitoring, they have a row below the grades, and time in Engage is shaded.
    """
    first = min((g.inspection.published_on for run in runs for g in run.gradings), default=on)
    spans = [span for span in engaged(events, on) if span[1] > first]
    shown = [event for event in events if event.happened_on >= first]
    marks = event_traces(shown)
    breaks = [run.gradings[0].inspection.published_on for run in runs if run.is_break]
    row = [MONITORED] if marks else []
    years = max(1, on.year - first.year + 1)
    layout = base_layout(
        height=210 + 34 * bool(marks),
        margin={"l": 172, "t": 26, "b": 26, "r": 8},
        yaxis={
            "range": [-0.4 if marks else 0.6, 5.4],
            "tickvals": [*row, *(step.value for step in STEPS)],
            "ticktext": [*(["Monitoring"] if marks else []), *(step.label for step in STEPS)],
            "showgrid": True,
            "gridcolor": "var(--line)",
            "automargin": False,
            "ticklabelstandoff": 8,  # a mark on the axis itself leaves the words alone
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
            **({"range": [f"{first.year}-01-01", f"{on.year}-12-31"]} if runs else {}),
        },
        shapes=[
            *(
                {
                    "type": "rect",
                    "x0": max(since, first),
                    "x1": until,
                    "xref": "x",
                    "y0": 0,
                    "y1": 1,
                    "yref": "y domain",
                    "fillcolor": "var(--panel)",
                    "line": {"width": 0},
                    "layer": "below",
                }
                for since, until in spans
            ),
            *(
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
            ),
        ],
        annotations=[
            {
                "x": since + (until - since) / 2,
                "yref": "paper",
                "y": 1,
                "yanchor": "bottom",
                "text": "in Engage",
                "showarrow": False,
                "font": {"color": "var(--ink-soft)"},
            }
            for since, until in [(max(since, first), until) for since, until in spans]
        ],
        narrow={
            "margin": {"l": 108},
            "xaxis": {"dtick": f"M{12 * ceil(years / MOST_YEARS_NARROW)}", "tickangle": 0},
            "yaxis": {
                "ticktext": [
                    *(["Monitoring"] if marks else []),
                    *(step.label.replace(" ", "<br>") for step in STEPS),
                ]
            },
        },
    )
    return {"data": [*run_traces(runs, on), *marks], "layout": layout}
