from xml.etree import ElementTree

import plotly.graph_objects as go

from findings import charts
from findings.choices import ActionStatus
from findings.models import Plan, Theme
from findings.summaries import (
    Cell,
    Column,
    FindingCounts,
    Mark,
    Matrix,
    MatrixRow,
    PlanRow,
    StatusCount,
    ThemeRow,
)
from forces.models import Organisation
from lib.charts.svg import SVG, draw, tokens


def theme(name):
    return Theme(name=name, slug=name.lower())


def test_findings_by_theme_draw_what_needs_to_improve_to_the_left():
    rows = [
        ThemeRow(theme("Skills"), FindingCounts(4, 3, 7, {}), (0, 0)),
        ThemeRow(theme("Threat"), FindingCounts(0, 1, 1, {}), (0, 0)),
    ]
    improve, well = go.Figure(charts.findings_by_theme(rows)).data
    assert (improve.y, improve.x, improve.text) == (("Skills", "Threat"), (-3, -1), ("3", "1"))
    assert (well.x, well.text) == ((4, None), ("4", ""))
    left, right = go.Figure(charts.findings_by_theme(rows)).layout.xaxis.range
    assert left < -4
    assert right == -left  # so that one bar is as long as another of the same count


def test_theme_by_organisation_prints_two_counts_a_cell_and_shades_what_is_to_improve():
    none = Mark(0, {})
    cells = [
        Cell(Mark(4, {}), Mark(1, {}), 4),
        Cell(none, none, 0),
        Cell(none, Mark(3, {}), 0),
    ]
    columns = [Column(name, name, "") for name in ("Region-wide", "Dorset", "Kent")]
    region, dorset, kent = go.Figure(
        charts.theme_by_organisation(Matrix("", columns, [MatrixRow(theme("Skills"), cells, "")]))
    ).data
    assert (region.text, region.marker.color) == (("■\u00a04<br>○\u00a01",), ("var(--heat-4)",))
    assert [bar.customdata for bar in (region, dorset, kent)] == [
        ("4 to improve, 1 done well",),
        ("none recorded",),
        ("3 done well",),
    ]
    assert (dorset.text, dorset.marker.color, dorset.name) == (("–",), (charts.CLEAR,), "Dorset")
    assert (kent.text, kent.marker.color) == (("○\u00a03",), (charts.CLEAR,))


def test_a_name_above_a_column_is_no_markup_and_no_formula():
    columns = [Column("", "R&D <b>$5 to $6</b>", "")]
    cells = [Cell(Mark(4, {}), Mark(1, {}), 4)]
    figure = charts.theme_by_organisation(Matrix("", columns, [MatrixRow(theme("A"), cells, "")]))
    assert "R&D <b>$5 to $6</b>" in [
        text.text
        for text in ElementTree.fromstring(draw(figure)).iter(f"{{{SVG}}}text")  # noqa: S314
    ]


def test_actions_by_status_draw_only_the_statuses_that_occur():
    rows = [
        PlanRow(Plan(name="One"), [StatusCount(ActionStatus.IN_PROGRESS, 6, "")], 6, 0, {}),
        PlanRow(
            Plan(name="Two"),
            [
                StatusCount(ActionStatus.IN_PROGRESS, 1, ""),
                StatusCount(ActionStatus.COMPLETE, 2, ""),
            ],
            3,
            2,
            {},
        ),
    ]
    complete, under_way = go.Figure(charts.actions_by_status(rows)).data
    assert (complete.name, complete.x) == ("Complete", (None, 2))
    assert (under_way.name, under_way.x, under_way.y) == ("In progress", (6, 1), ("One", "Two"))


def test_plans_of_one_name_are_rows_apart_called_by_their_organisations():
    a, b = Organisation(short_name="Alder"), Organisation(short_name="Birch")
    plans = [
        Plan(name=name, slug=slug, organisation=organisation)
        for name, slug, organisation in [("Plan", "1", a), ("Plan", "2", b), ("Other", "3", a)]
    ]
    rows = [
        PlanRow(plan, [StatusCount(ActionStatus.COMPLETE, place, "")], place, place, {})
        for place, plan in enumerate(plans, 1)
    ]
    (bar,) = go.Figure(charts.actions_by_status(rows)).data
    assert (bar.y, bar.x) == (("Alder: Plan", "Birch: Plan", "Other"), (1, 2, 3))
    plans.append(Plan(name="Alder: Plan", slug="4", organisation=a))
    assert charts.plan_names(plans) == [
        "Alder: Plan (1)",
        "Birch: Plan",
        "Other",
        "Alder: Plan (4)",
    ]


def test_every_status_has_paints_of_its_own_from_the_tokens():
    assert charts.PAINTS.keys() == set(ActionStatus)
    assert len(set(charts.PAINTS.values())) == len(ActionStatus)
    paints = {paint for pair in charts.PAINTS.values() for paint in pair} - {charts.CLEAR}
    assert paints <= {f"var(--{token})" for token in tokens("light")}
