"""The figure of an organisation's grades through time, with what happened between inspections."""

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any, NamedTuple

from lib.charts.layout import Figure, base_layout, caption
from lib.charts.tables import table
from lib.lists.columns import Column, choice, column

from ..choices import MonitoringKind
from ..dates import iso
from ..models import Grading, MonitoringEvent
from ..resources.downloads import graded_columns
from ..summaries import ComparableRun
from .grades import STEPS, mark

COMPARABLE = "Whether the grade may be compared with the one before"
MOST_YEARS, MOST_YEARS_NARROW = 14, 4  # labels of single years that fit below a chart
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


def engaged_periods(events: Sequence[MonitoringEvent], on: date) -> list[tuple[date, date]]:
    """From when until when an organisation was in Engage; until a day where it still is."""
    spans, since = [], None
    for event in sorted(events, key=lambda one: one.happened_on):
        if event.kind == MonitoringKind.ENGAGE_IN and since is None:
            since = event.happened_on
        elif event.kind == MonitoringKind.ENGAGE_OUT and since is not None:
            spans.append((since, event.happened_on))
            since = None
    return [*spans, (since, on)] if since else spans


ENGAGE = (MonitoringKind.ENGAGE_IN, MonitoringKind.ENGAGE_OUT)


class Moment(NamedTuple):
    """A grade as it was published, or an event of monitoring: a mark of the chart.

    `is_comparable` says whether a grade may be compared with the one before, if there is one.
    """

    fact: Grading | MonitoringEvent
    is_comparable: bool | None = None

    @property
    def grading(self) -> Grading | None:
        return self.fact if isinstance(self.fact, Grading) else None

    @property
    def event(self) -> MonitoringEvent | None:
        return None if self.grading else self.fact

    @property
    def on(self) -> date:
        return self.grading.inspection.published_on if self.grading else self.event.happened_on

    @property
    def iso(self) -> str:
        if self.grading:
            return self.grading.inspection.published_iso
        return iso(self.event.happened_on, self.event.precision)


def moments(
    runs: Sequence[ComparableRun], on: date, events: Sequence[MonitoringEvent] = ()
) -> list[Moment]:
    """What the chart marks, oldest first; of events under way at the first grade their start."""
    first = min((g.inspection.published_on for run in runs for g in run.gradings), default=on)
    graded = [
        Moment(grading, not run.is_break if place or at else None)
        for at, run in enumerate(runs)
        for place, grading in enumerate(run.gradings)
    ]
    ends = {day for span in engaged_periods(events, on) if span[1] > first for day in span}
    marked = [
        Moment(event)
        for event in events
        if (event.kind in EVENT_MARKS and event.happened_on >= first)
        or (event.kind in ENGAGE and event.happened_on in ends)
    ]
    return sorted([*graded, *marked], key=lambda moment: moment.on)


# What columns are called that say of an event what they say of a grading.
OF_BOTH = ("organisation", "inspection", "sources", "locators", "attributions")


def of_moment(of: Column) -> Column:
    """A column of gradings for rows that may be events."""
    read = of.expression
    if of.name.startswith(OF_BOTH):
        return of._replace(expression=read and (lambda row: read(row.fact)))
    return of._replace(expression=read and (lambda row: row.grading and read(row.grading)))


@table(
    column("date", lambda row: row.iso, "When it was published, or happened", "partial_date"),
    choice(
        "event",
        lambda row: row.event and row.event.kind,
        MonitoringKind,
        "What happened between inspections",
    ),
    column("is_comparable", lambda row: row.is_comparable, COMPARABLE, "boolean"),
    column("event_summary", lambda row: row.event and row.event.summary, "What sources say of it"),
    [of_moment(one) for one in graded_columns()],
    records=moments,
    shown={
        "date": "Published, or happened",
        "grade_name": "Grade",
        "event_name": "Between inspections",
        "fieldwork_from": "Fieldwork from",
        "fieldwork_to": "Fieldwork to",
        "question_name": "Question",
        "is_comparable": "Comparable with the one before",
        "inspection_title": "Inspection",
    },
    links={"inspection_title": lambda row: row.fact.inspection.get_absolute_url()},
)
@caption("Grade at each publication; a line runs on until the next grade that we know")
def grades_through_time(
    runs: Sequence[ComparableRun], on: date, events: Sequence[MonitoringEvent] = ()
) -> Figure:
    """An organisation's grades on one strand as steps, oldest first, up to a day.

    A dashed line stands between grades that may not be compared. Where there are events of
    monitoring, they have a row below the grades, and time in Engage is shaded.
    """
    first = min((g.inspection.published_on for run in runs for g in run.gradings), default=on)
    spans = [span for span in engaged_periods(events, on) if span[1] > first]
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
