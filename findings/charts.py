"""Figures of findings and actions, drawn from the rows of summaries."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from lib.charts.layout import CLEAR, TEXT, WIDE, Figure, as_text, caption, row_layout, text_width
from lib.charts.shapes import Segment, stacked_rows
from lib.charts.tables import table
from lib.lists.columns import choice, column

from .choices import ActionStatus
from .models import Plan, Theme
from .summaries import Cell, Column, DueDateHistory, Matrix, PlanRow, StatusCount, ThemeRow

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


TO_IMPROVE, GOOD = "Findings of what should improve", "Findings of strengths and practice"


@table(
    column("theme", lambda row: row.theme.slug, "What they are about", "code"),
    column("theme_name", lambda row: row.theme.name, "The name of that theme"),
    column("to_improve", lambda row: row.counts.negative, TO_IMPROVE, "integer"),
    column("strengths", lambda row: row.counts.positive, GOOD, "integer"),
    shown={
        "theme_name": "Theme",
        "to_improve": "To improve",
        "strengths": "Strengths and practice",
    },
    links={
        "theme_name": lambda row: row.theme.get_absolute_url(),
        "to_improve": lambda row: row.counts.negative_url,
        "strengths": lambda row: row.counts.positive_url,
    },
)
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


class MatrixCell(NamedTuple):
    """A cell of a matrix with its row's theme and its column."""

    theme: Theme
    url: str
    column: Column
    cell: Cell


def cells(matrix: Matrix) -> Iterator[MatrixCell]:
    """The cells of a matrix, row by row."""
    for row in matrix.rows:
        for named, cell in zip(matrix.columns, row.cells, strict=True):
            yield MatrixCell(row.theme, row.url, named, cell)


@table(
    column("theme", lambda row: row.theme.slug, "What they are about", "code"),
    column("theme_name", lambda row: row.theme.name, "The name of that theme"),
    column("organisation", lambda row: row.column.slug, "Whom they name: a force or unit", "code"),
    column("organisation_name", lambda row: row.column.name, "Its name, or the region as a whole"),
    column("organisation_short_name", lambda row: row.column.short_name, "The short one"),
    column("to_improve", lambda row: row.cell.improve.count, TO_IMPROVE, "integer"),
    column("strengths", lambda row: row.cell.strengths.count, GOOD, "integer"),
    records=cells,
    shown={
        "theme_name": "Theme",
        "organisation_short_name": "Force or unit",
        "to_improve": "To improve",
        "strengths": "Done well",
    },
    across="organisation_short_name",
    links={
        "theme_name": lambda row: row.url,
        "to_improve": lambda row: row.cell.improve.url,
        "strengths": lambda row: row.cell.strengths.url,
    },
)
@caption(f"{IMPROVE} to improve, {STRENGTHS} strengths and practice; darker with more to improve")
def theme_by_organisation(matrix: Matrix) -> Figure:
    """A grid of two counts a cell, one column for each organisation, shaded by what to improve."""
    names = [row.theme.name for row in matrix.rows]
    columns = zip(*(row.cells for row in matrix.rows), strict=True)
    heads = [as_text(column.short_name) for column in matrix.columns]
    upright = round(max(text_width(column.short_name, TEXT) for column in matrix.columns)) + 12
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
                "hovertemplate": f"%{{y}}, {head}: %{{customdata}}<extra></extra>",
                "showlegend": False,
            }
            for column, head, cells in zip(matrix.columns, heads, columns, strict=True)
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


class PlanStatus(NamedTuple):
    """How many actions of a plan have one status; `name` tells plans of one name apart."""

    plan: Plan
    name: str
    status: StatusCount


def statuses(rows: Sequence[PlanRow]) -> Iterator[PlanStatus]:
    """The counts of every plan."""
    names = plan_names([row.plan for row in rows])
    for row, name in zip(rows, names, strict=True):
        for status in row.counts:
            yield PlanStatus(row.plan, name, status)


@table(
    column("plan", lambda row: row.plan.slug, "The plan", "code"),
    column("plan_name", lambda row: row.name, "Its name"),
    column("organisation", lambda row: row.plan.organisation.slug, "Whose it is", "code"),
    column("organisation_name", lambda row: row.plan.organisation.name, "The name of that"),
    choice(
        "status", lambda row: row.status.status, ActionStatus, "What the force says of its actions"
    ),
    column("actions", lambda row: row.status.count, "How many actions it says that of", "integer"),
    records=statuses,
    shown={"plan_name": "Plan", "status_name": "Status", "actions": "Actions"},
    across="status_name",
    links={
        "plan_name": lambda row: row.plan.get_absolute_url(),
        "actions": lambda row: row.status.url,
    },
)
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


@table(
    column("action", lambda row: row.name, "The action, by its number in the plan"),
    column("action_summary", lambda row: row.action.summary, "What it is"),
    choice("status", lambda row: row.action.status, ActionStatus, "What the force says of it"),
    column("first_due_on", lambda row: row.action.first_due_on, "When it was first due", "date"),
    column("due_on", lambda row: row.action.due_on, "When it is due now", "date"),
    column("days_moved", lambda row: row.days, "How many days later that is", "integer"),
    column("times_moved", lambda row: len(row.moves), "How often the date moved", "integer"),
    column("completed_on", lambda row: row.completed_on, "When it was, the force says", "date"),
    column("is_overdue", lambda row: row.overdue, "Whether it is open, and late", "boolean"),
    shown={
        "action": "Action",
        "action_summary": "What it is",
        "first_due_on": "First due",
        "due_on": "Due now",
        "days_moved": "Days later",
        "completed_on": "Completed, the force says",
        "is_overdue": "Overdue",
    },
    links={"action": lambda row: row.action.get_absolute_url()},
)
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
