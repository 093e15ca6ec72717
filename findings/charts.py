"""Figures of findings and actions, drawn from the rows of summaries."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from lib.charts.layout import CLEAR, TEXT, WIDE, Figure, caption, row_layout, text_width
from lib.charts.shapes import Segment, stacked_rows

from .choices import ActionStatus
from .models import Plan
from .summaries import Cell, DueDateHistory, Matrix, PlanRow, ThemeRow

MOST_COLUMNS = 12
IMPROVE, STRENGTHS = "■", "○"  # marks that need no colour; components/heat.html has the same
COLUMN, PAGE = 118, 1160  # pixels: the width of an organisation's name, and of the page
NAMES = 230  # and of the names of themes
MOST_DUE_DATES = 40  # rows that one picture holds

# Fill and outline of each status: darker as actions move on, grey once they are dropped.
PAINTS = {
    ActionStatus.COMPLETE: ("var(--claimed)", "var(--claimed)"),
    ActionStatus.PENDING_SIGN_OFF: ("var(--heat-4)", "var(--claimed)"),
    ActionStatus.EMBEDDING: ("var(--heat-3)", "var(--claimed)"),
    ActionStatus.IN_PROGRESS: ("var(--heat-2)", "var(--claimed)"),
    ActionStatus.ANNOUNCED: (CLEAR, "var(--line)"),
    ActionStatus.NOT_STARTED: (CLEAR, "var(--claimed)"),
    ActionStatus.NOT_PURSUED: ("var(--panel)", "var(--edge)"),
    ActionStatus.SUPERSEDED: (CLEAR, "var(--edge)"),
}


@caption(
    "Findings by theme: strengths and practice to the right, what needs to improve to the left"
)
def findings_by_theme(rows: Sequence[ThemeRow]) -> Figure:
    """Diverging bars: what needs to improve on the left, what is done well on the right."""
    names = [row.theme.name for row in rows]
    most = max(max(row.counts.negative, row.counts.positive) for row in rows)

    def bars(label: str, side: int, counts: list[int], colour: str, hint: str) -> dict[str, Any]:
        return {
            "type": "bar",
            "name": label,
            "orientation": "h",
            "y": names,
            "x": [side * count or None for count in counts],
            "text": [count or "" for count in counts],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": colour},
            "hovertemplate": f"%{{y}}: %{{text}} {hint}<extra></extra>",
            "showlegend": False,
        }

    def side_label(label: str, side: int, **changes: Any) -> dict[str, Any]:
        return {
            "text": label,
            "x": 0,
            "xanchor": "left" if side > 0 else "right",
            "xshift": side * 4,
            "align": "left" if side > 0 else "right",
            "yref": "paper",
            "y": 1,
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"color": "var(--strength)" if side > 0 else "var(--weakness)"},
        } | changes

    figure = {
        "data": [
            bars(
                "To improve",
                -1,
                [row.counts.negative for row in rows],
                "var(--weakness)",
                "to improve",
            ),
            bars(
                "Strengths and practice",
                1,
                [row.counts.positive for row in rows],
                "var(--strength)",
                "done well",
            ),
        ],
        "layout": row_layout(
            names,
            top=30,
            barmode="relative",
            xaxis={
                "range": [-most * 1.12, most * 1.12],
                "showticklabels": False,
                "zeroline": True,
                "zerolinecolor": "var(--ink)",
                "zerolinelayer": "above traces",
            },
            narrow={"top": 44, "xaxis": {"zeroline": False, "range": [-most * 1.25, most * 1.25]}},
        ),
    }
    figure["layout"]["annotations"] += [
        side_label("To improve", -1),
        side_label("Strengths and practice", 1, name="wide"),
        side_label("Strengths<br>and practice", 1, name="narrow", visible=False),
    ]
    return figure


def marks(cell: Cell) -> str:
    """The numbers of a cell, each with its mark in a line of its own."""
    counts = [(IMPROVE, cell.improve.count), (STRENGTHS, cell.strengths.count)]
    return "<br>".join(f"{mark}\u00a0{count}" for mark, count in counts if count) or "–"


def marks_in_words(cell: Cell) -> str:
    """The numbers of a cell in words: "2 to improve, 1 done well"."""
    counts = [(cell.improve.count, "to improve"), (cell.strengths.count, "done well")]
    return ", ".join(f"{count} {words}" for count, words in counts if count) or "none recorded"


@caption(f"{IMPROVE} to improve, {STRENGTHS} strengths and practice; darker with more to improve")
def theme_by_organisation(matrix: Matrix) -> Figure:
    """A grid of two counts a cell, one column for each organisation, shaded by what to improve."""
    names = [row.theme.name for row in matrix.rows]
    columns = zip(*(row.cells for row in matrix.rows), strict=True)
    heads = [column.short_name for column in matrix.columns]
    upright = round(max(text_width(head, TEXT) for head in heads)) + 12
    fits = NAMES + COLUMN * len(heads) <= PAGE
    return {
        "data": [
            {
                "type": "bar",
                "name": column.short_name,
                "orientation": "h",
                "y": names,
                "x": [1] * len(names),
                "text": [marks(cell) for cell in cells],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "constraintext": "none",
                "textfont": {
                    "color": ["var(--ink)" if cell.count else "var(--ink-soft)" for cell in cells]
                },
                "marker": {
                    "color": [
                        f"var(--heat-{cell.level})" if cell.level else CLEAR for cell in cells
                    ],
                    "line": {"width": 2, "color": "var(--paper)"},
                },
                "customdata": [marks_in_words(cell) for cell in cells],
                "hovertemplate": f"%{{y}}, {column.short_name}: %{{customdata}}<extra></extra>",
                "showlegend": False,
            }
            for column, cells in zip(matrix.columns, columns, strict=True)
        ],
        "layout": row_layout(
            names,
            bar=32,
            top=44 if fits else upright,
            width=min(max(WIDE, NAMES + COLUMN * len(heads)), PAGE),
            barmode="stack",
            bargap=0,
            xaxis={
                "range": [0, len(matrix.columns)],
                "tickvals": [place + 0.5 for place in range(len(matrix.columns))],
                "ticktext": [head.replace(" and ", " and<br>") if fits else head for head in heads],
                "tickangle": 0 if fits else -90,
                "ticklabeloverflow": "allow",
                "side": "top",
                "automargin": False,
            },
            narrow={"top": upright, "xaxis": {"tickangle": -90, "ticktext": heads}},
        ),
    }


def plan_names(plans: Sequence[Plan]) -> list[str]:
    """The names of plans, all different: plotly would merge rows with the same name."""
    names = [plan.name for plan in plans]
    for longer in (lambda plan: plan.full_name, lambda plan: f"{plan.full_name} ({plan.slug})"):
        times = Counter(names)
        names = [
            longer(plan) if times[name] > 1 else name
            for plan, name in zip(plans, names, strict=True)
        ]
    return names


@caption("Actions by what the force says about them. The inspectorate has not confirmed them.")
def actions_by_status(rows: Sequence[PlanRow]) -> Figure:
    """One row for each plan: its actions by what the force says, complete ones first."""
    segments = []
    by_status = [{own.status: own.count for own in row.counts} for row in rows]
    for status, (fill, outline) in PAINTS.items():
        counts = [own.get(status, 0) for own in by_status]
        if any(counts):
            ink = "var(--paper)" if status == ActionStatus.COMPLETE else "var(--ink)"
            segments.append(Segment(status.label.capitalize(), fill, ink, outline, counts))
    return stacked_rows(plan_names([row.plan for row in rows]), segments)


@caption("Due dates as first set and as they are now; a line shows how far a date moved")
def due_dates(rows: Sequence[DueDateHistory], on: date) -> Figure:
    """One row for each action: its first due date, where it moved to, and when it was completed.

    A vertical line is today. Beyond `MOST_DUE_DATES` rows, the first are drawn.
    """
    rows = rows[:MOST_DUE_DATES]
    moved = [row for row in rows if row.moves and row.action.due_on]
    marks = [
        ("First due date", "circle-open", [(row, row.action.first_due_on) for row in rows]),
        ("Due date now", "circle", [(row, row.action.due_on) for row in rows if row.action.due_on]),
        (
            "Completed, the force says",
            "diamond",
            [(row, row.completed_on) for row in rows if row.completed_on],
        ),
    ]
    lines = {
        "type": "scatter",
        "mode": "lines",
        "x": [day for row in moved for day in (row.action.first_due_on, row.action.due_on, None)],
        "y": [name for row in moved for name in (row.name, row.name, None)],
        "line": {"color": "var(--edge)", "width": 2},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    points = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": label,
            "x": [day for _, day in days],
            "y": [row.name for row, _ in days],
            "marker": {
                "symbol": symbol,
                "size": 11,
                "color": "var(--strength)" if symbol == "diamond" else "var(--claimed)",
                "line": {"width": 1, "color": "var(--ink)"},
            },
            "cliponaxis": False,
            "hovertemplate": "%{y}: %{x|%-d %b %Y}<extra></extra>",
        }
        for label, symbol, days in marks
        if days
    ]
    return {
        "data": [*([lines] if moved else []), *points],
        "layout": row_layout(
            [row.name for row in rows],
            top=52,
            bottom=24,
            xaxis={
                "type": "date",
                "tickformat": "%Y",
                "dtick": "M12",
                "ticklabelmode": "period",
                "showgrid": True,
                "gridcolor": "var(--line)",
                "automargin": False,
            },
            shapes=[
                {
                    "type": "line",
                    "x0": on,
                    "x1": on,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "line": {"color": "var(--ink-soft)", "width": 1, "dash": "dot"},
                }
            ],
            narrow={"top": 78},
        ),
    }
