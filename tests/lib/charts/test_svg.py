import gzip
import json
import re
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
import quickjs
from django.core.exceptions import BadRequest
from django.http import Http404
from django.template.loader import render_to_string

from lib.charts import svg, turns
from lib.charts.layout import (
    ABOVE,
    LIFT,
    LINE,
    NARROW,
    TEXT,
    WIDE,
    base_layout,
    narrow_figure,
    narrow_height,
    row_layout,
    text_width,
)
from lib.charts.pictures import Legend, add_title
from lib.charts.shapes import Segment, stacked_rows
from lib.charts.svg import draw, tokens
from lib.charts.tables import Table
from lib.charts.views import Chart, chart_response
from lib.sentences import Part

GRADES = ["inadequate", "requires-improvement", "adequate", "good", "outstanding"]
LEGEND = Legend("Skills lead.", "Findings by theme", ["Source: reports."])
NAMES = ["People & skills", *(f"Theme {number}" for number in range(2, 11))]


@pytest.fixture
def figure():
    counts = [range(1, 11), range(10, 0, -1)]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": NAMES,
            "x": list(row),
            "text": list(row),
            "textfont": {"color": "var(--paper)"},
            "marker": {"color": f"var(--{name})"},
        }
        for name, row in zip(["strength", "weakness"], counts, strict=True)
    ]
    return {"data": bars, "layout": row_layout(NAMES, top=30, barmode="stack", narrow={"top": 50})}


def with_traces(figure, **changes):
    """The same figure, each of its traces changed."""
    return figure | {"data": [trace | changes for trace in figure["data"]]}


@pytest.fixture
def chart(figure):
    return Chart(
        "findings",
        [Part("Skills lead.")],
        "Findings by theme",
        figure,
        Table([], [], {}, "", {}),
        "/compare/charts/findings",
        "/embed/compare/charts/findings/",
        "organisation=a&organisation=b",
    )


def elements(svg):
    return list(ElementTree.fromstring(svg).iter())  # noqa: S314, for we drew it


def contrast(one, other):
    def luminance(colour):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def words(svg):
    return [element.text for element in elements(svg) if element.tag.endswith("text")]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
def test_a_drawing_says_what_the_figure_says_in_colours_of_its_scheme(figure, scheme, narrow):
    svg = draw(figure, scheme, narrow=narrow)
    assert set(NAMES) | {"strength", "weakness", "1", "10"} <= set(words(svg))
    colours = tokens(scheme)
    assert colours["strength"] in svg
    assert set(re.findall(r"#\w+", svg)) <= set(colours.values())
    assert "var(" not in svg
    # A dark one carries its paper, and a light one none.
    width = str(NARROW if narrow else WIDE)
    papers = [one.get("fill") for one in elements(svg) if one.get("width") == width][1:]
    assert papers == ([colours["paper"]] if scheme == "dark" else [])
    assert ("<rect" in svg) == (scheme == "dark")
    # It obeys a policy that refuses styles.
    for element in elements(svg):
        assert not {"style", "class", "clip-path", "id"} & set(element.keys())
        assert element.tag.endswith(("svg", "}g", "path", "rect", "text", "tspan"))
    assert len(gzip.compress(svg.encode())) <= 1600  # of ten rows


@pytest.mark.slow
def test_a_drawing_is_the_same_from_every_thread_and_at_every_time(figure, drawings):
    first = draw(figure)

    def again(_):
        drawings.clear()
        return draw(figure)

    with ThreadPoolExecutor(turns.MOST_WAITING) as pool:
        assert set(pool.map(again, range(4))) == {first}


def test_a_drawing_is_made_once(figure, drawings, monkeypatch):
    first = draw(figure)
    monkeypatch.setattr(svg, "_draw", lambda *given: pytest.fail("drawn again"))
    assert draw(figure) == first


@pytest.mark.slow
def test_a_drawing_does_not_depend_on_what_was_drawn_before(figure, drawings):
    first = draw(figure)
    draw(with_traces(figure, textfont={"size": 9}))
    drawings.clear()
    assert draw(figure) == first


def test_a_figure_that_cannot_be_drawn_is_logged_once(figure, drawings, monkeypatch, caplog):
    monkeypatch.setattr(svg, "_draw_by_engine", lambda spec: spec["no such word"])
    assert [draw(figure), draw(figure)] == [None, None]
    assert len(caplog.records) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("var(--nonesuch)", "var(--nonesuch)"),
        ("The var(--ink) plan", "The var(--ink) plan"),
        ("A \x07 bell", "A \ufffd bell"),
        ("\uffff", "\ufffd"),
        ("\\u0007", "\\u0007"),
        ('"', '"'),
        ("Plan $$ and $5 to $6", "Plan $$ and $5 to $6"),
        ("R&D at &#36; &amp; <Co>", "R&D at &#36; &amp; <Co>"),
    ],
)
def test_a_row_may_have_any_name(name, said):
    figure = stacked_rows(
        [name], [Segment("one", "var(--strength)", "var(--paper)", "var(--edge)", [1])]
    )
    assert said in [element.text for element in elements(draw(figure))]


@pytest.mark.slow
def test_a_figure_that_takes_too_long_keeps_no_other_from_being_drawn(
    figure, drawings, monkeypatch, caplog
):
    """Month by month since the year 202: it would draw for minutes, were it let."""
    years = ["0202-01-01", "2026-01-01"]
    axis = {"type": "date", "dtick": "M1", "tickformat": "%Y", "range": years}
    endless = {
        "data": [{"type": "scatter", "x": years, "y": [1, 2]}],
        "layout": base_layout(height=200, xaxis=axis),
    }
    with monkeypatch.context() as patch:
        patch.setattr(turns, "LONGEST_DRAWING", 1)
        assert draw(endless) is None
    assert "interrupted" in caplog.text
    assert draw(figure)


@pytest.mark.parametrize(
    "text",
    [
        *NAMES,
        "É Ünder ΑΩ Ж ß ǅ 𝐀",
        "WWW%@&",
        "🚓",
        "",
        "Gloucestershire Constabulary’s plan (2025–26)",
    ],
)
def test_the_engine_measures_a_text_as_the_layout_does(text):
    engine = quickjs.Context()
    engine.eval(svg.MEASURE)
    wide, high, *_ = engine.get("_measureTextRaw")(text, "any", "14").split(",")
    assert (float(wide), float(high)) == pytest.approx((text_width(text, 14), 16.8), abs=0.005)


def test_without_the_engine_there_is_no_picture(figure, chart, monkeypatch, rf):
    monkeypatch.setattr(svg, "can_draw", False)
    assert draw(figure) is None
    with pytest.raises(Http404):
        chart_response(rf.get("/"), chart, "svg", LEGEND)
    assert chart_response(rf.get("/"), chart, "json", LEGEND).status_code == 200


def test_a_narrow_figure_keeps_its_letters_and_names_rows_above_their_marks(figure):
    layout = narrow_figure(figure)["layout"]
    assert (layout["width"], layout["font"]) == (NARROW, figure["layout"]["font"])
    assert layout["margin"]["l"] == 0
    assert {note["yanchor"] for note in layout["annotations"]} == {"bottom"}
    assert layout["margin"]["t"] > 50
    assert figure["layout"]["width"] == WIDE


def test_a_narrow_figure_without_rows_takes_its_own_changes():
    figure = {
        "data": [],
        "layout": base_layout(height=200, margin={"l": 40, "t": 9}, narrow={"margin": {"l": 20}}),
    }
    layout = narrow_figure(figure)["layout"]
    assert (layout["height"], layout["margin"]["l"], layout["margin"]["t"]) == (200, 20, 9)


@pytest.mark.slow
def test_a_note_for_phones_shows_there_alone(figure):
    note = {
        "name": "narrow",
        "visible": False,
        "text": "only here",
        "x": 1,
        "y": NAMES[0],
        "showarrow": False,
    }
    figure["layout"]["annotations"].append(note)
    assert "only here" not in draw(figure)
    assert "only here" in draw(figure, narrow=True)


def test_a_long_name_stands_in_two_lines_that_fit_a_phone():
    layout = row_layout(["South West Regional Organised Crime Unit improvement plan", "Another"])
    assert [note["text"] for note in layout["annotations"]] == [
        "South West Regional Organised<br>Crime Unit improvement plan",
        "Another",
    ]
    assert layout["height"] == 2 * (18 + 10 + LINE)
    assert narrow_height(layout) == 2 * (18 + ABOVE + LINE) + LIFT + LINE


def test_lines_grow_a_little_before_a_name_is_cut():
    name = "Devon and Cornwall work on offender management and crime recording"
    (note,) = row_layout([name])["annotations"]
    assert note["text"].replace("<br>", " ") == name
    assert max(text_width(line, TEXT) for line in note["text"].split("<br>")) <= NARROW


def test_a_name_too_long_for_two_lines_is_cut():
    lines = row_layout(["plan " * 20])["annotations"][0]["text"].split("<br>")
    assert len(lines) == 2
    assert lines[1].endswith(" …")
    assert max(text_width(line, TEXT) for line in lines) <= NARROW


def test_a_figure_of_no_rows_has_a_layout():
    assert row_layout([], top=20)["height"] == 20


def test_a_chart_knows_its_addresses_and_sizes(chart):
    assert chart.light == "/compare/charts/findings.svg?organisation=a&organisation=b"
    assert (
        chart.dark_narrow
        == "/compare/charts/findings.svg?organisation=a&organisation=b&scheme=dark&width=narrow"
    )
    assert (
        chart.data_narrow
        == "/compare/charts/findings.json?organisation=a&organisation=b&width=narrow"
    )
    assert chart._replace(query="").data == "/compare/charts/findings.json"
    assert (chart.width, chart.height) == (WIDE, chart.figure["layout"]["height"])
    assert (chart.narrow_width, chart.narrow_height) == (
        NARROW,
        narrow_figure(chart.figure)["layout"]["height"],
    )


def test_a_picture_comes_with_its_type_and_runs_nothing(figure, chart, rf):
    asked = rf.get("/", {"scheme": "dark", "width": "narrow"})
    response = chart_response(asked, chart, "svg", LEGEND)
    drawing = draw(figure, "dark", narrow=True)
    assert response.content.decode() == add_title(drawing, LEGEND.title)
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_data_of_a_chart_is_the_figure(figure, chart, rf):
    response = chart_response(rf.get("/"), chart, "json", LEGEND)
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content) == json.loads(go.Figure(figure).to_json())
    narrow = chart_response(rf.get("/?width=narrow"), chart, "json", LEGEND)
    assert json.loads(narrow.content)["layout"]["width"] == NARROW


@pytest.mark.parametrize(
    "query",
    [
        "scheme=blue",
        "width=",
        "width=narrow&width=wide",
        "caption=no",
        "scheme=dark%00",
        "scheme=" + "x" * 10_000,
    ],
)
def test_an_unknown_value_of_a_chart_is_refused(chart, rf, query):
    with pytest.raises(BadRequest):
        chart_response(rf.get(f"/?{query}"), chart, "svg", LEGEND)


def test_an_unknown_parameter_of_a_chart_is_ignored(chart, rf):
    assert chart_response(rf.get("/?theme=workforce"), chart, "svg", LEGEND).status_code == 200


def test_the_parameters_of_its_page_are_the_pages_affair(chart, rf):
    assert (
        chart_response(
            rf.get("/?organisation=a&organisation=b"),
            chart,
            "svg",
            LEGEND,
            page_parameters=["organisation"],
        ).status_code
        == 200
    )


def test_a_chart_has_three_endings(chart, rf):
    with pytest.raises(Http404):
        chart_response(rf.get("/"), chart, "pdf", LEGEND)


def test_the_page_shows_the_picture_that_fits_and_prints_the_light_one(chart):
    html = render_to_string("components/chart.html", {"chart": chart})
    assert re.search(r"<strong>\s*Skills lead\.\s*</strong>Findings by theme", html)
    assert 'alt="Skills lead. The table has the same figures."' in html
    sources = re.findall(r'<source media="([^"]+)" srcset="([^"]+)"', html)
    assert all("screen and" in media for media, address in sources if "dark" in address)
    assert 'loading="lazy"' not in html
    assert 'loading="lazy"' in render_to_string(
        "components/chart.html", {"chart": chart, "lazy": True}
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("grade", GRADES)
def test_a_number_on_a_grades_colour_can_be_read(grade, scheme):
    colours = tokens(scheme)
    assert contrast(colours[f"on-grade-{grade}"], colours[f"grade-{grade}"]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_number_on_a_step_of_heat_can_be_read(step, scheme):
    assert contrast(tokens(scheme)["ink"], tokens(scheme)[f"heat-{step}"]) >= 4.5
