"""Numbers of findings and actions, and rows of tables of them, as HTML and as template tags."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString

from lib.markup import NONE_RECORDED, join, link, number

from .summaries import ActionCounts, FindingCounts, Matrix, PlanRow, ThemeRow
from .summaries.themes import Cell, Mark

register = template.Library()

SILENT = '<span aria-hidden="true">–</span><span class="visually-hidden">none recorded</span>'
BAR = (
    '<span class="progress-bar">'
    '<svg width="120" height="8" viewBox="0 0 120 8" preserveAspectRatio="none" aria-hidden="true">'
    '<rect class="done" width="{width}" height="8"/>'
    '<rect class="all" x=".5" y=".5" width="119" height="7"/></svg> '
    '<small><a href="{complete_url}" data-count="{complete}">{complete}</a>'
    ' of <a href="{url}" data-count="{total}">{total}</a> complete</small></span>'
)
BAR_WIDTH = 120


@register.simple_tag
def count_or_dash(count: int, url: str) -> SafeString:
    """A count of findings where nothing says how far they are recorded: none is not 0."""
    return number(count, url) if count else join([SILENT])


@register.simple_tag
def found(counts: FindingCounts, count: int, url: str) -> SafeString:
    """How many findings there are, if they are recorded; where only some are, nought is unknown."""
    if not counts.is_recorded:
        return join(['<span class="none">not recorded here</span>'])
    if counts.is_partial and not count:
        return join([NONE_RECORDED])
    return number(count, url)


@register.simple_tag
def progress_bar(actions: ActionCounts | PlanRow, has_other_plan: bool = False) -> SafeString:
    """How many actions are complete; if there are none, why.

    `has_other_plan` says whether a plan responds to something else.
    """
    if actions.total:
        bar = BAR.format(
            width=round(actions.complete / actions.total * BAR_WIDTH),
            complete=actions.complete,
            complete_url=escape(actions.complete_url),
            total=actions.total,
            url=escape(actions.url),
        )
        return join([bar])
    if actions.has_plan:
        return join(['<span class="none">no action recorded</span>'])
    if has_other_plan:
        return join(['<span class="none long">no plan recorded for this programme</span>'])
    return join(['<span class="none">no plan recorded</span>'])


@register.simple_tag
def heat_rows(matrix: Matrix) -> SafeString:
    """The rows of a table of counts, one for each theme."""
    labels = [f'<td role="cell" data-label="{escape(one.short_name)}"' for one in matrix.columns]
    return join(
        f'<tr role="row"><th role="rowheader" scope="row">{link(row.url, row.theme)}</th>'
        f"{''.join(map(heat_cell, labels, row.cells))}</tr>"
        for row in matrix.rows
    )


def heat_cell(start: str, cell: Cell) -> str:
    improve, strengths, level = cell
    if not improve.count and not strengths.count:
        return f'{start} class="silent">{SILENT}</td>'
    shade = f' class="level-{level}"' if level else ""
    negative = heat_mark(improve, "■", "to improve") if improve.count else ""
    positive = heat_mark(strengths, "○", "done well") if strengths.count else ""
    return f"{start}{shade}>{negative} {positive}</td>"


def heat_mark(mark: Mark, sign: str, words: str) -> str:
    return (
        f'<a href="{escape(mark.url)}" data-count="{mark.count}"><span aria-hidden="true">{sign}'
        f'</span> {mark.count}<span class="visually-hidden"> {words}</span></a>'
    )


@register.simple_tag
def theme_rows(themes: Iterable[ThemeRow]) -> SafeString:
    """The rows of a table of themes and how many findings each has."""
    cell = '<td role="cell" data-label="{}" class="number">{}</td>'
    return join(
        '<tr role="row"><th role="rowheader" scope="row">'
        + link(row.theme.get_absolute_url(), row.theme)
        + "</th>"
        + cell.format(
            "Strengths and practice", count_or_dash(row.counts.positive, row.counts.positive_url)
        )
        + cell.format("To improve", count_or_dash(row.counts.negative, row.counts.negative_url))
        + cell.format("All", number(row.counts.total, row.counts.url))
        + "</tr>"
        for row in themes
    )


@register.simple_tag
def plan_rows(plans: Iterable[PlanRow]) -> SafeString:
    """The rows of a table of plans, each with its actions by what the force says."""
    return join(
        f'<tr role="row"><th role="rowheader" scope="row">'
        f"{link(row.plan.get_absolute_url(), row.plan)}</th>"
        f'<td role="cell" data-label="Force or unit">'
        f"{link(row.organisation.get_absolute_url(), row.organisation)}</td>"
        f'<td role="cell" data-label="Complete">{progress_bar(row)}</td>'
        f'<td role="cell" data-label="By status">{by_status(row)}</td></tr>'
        for row in plans
    )


def by_status(row: PlanRow) -> str:
    counts = [f"{number(one.count, one.url)} {escape(one.status.label)}" for one in row.counts]
    return ", ".join(counts)
