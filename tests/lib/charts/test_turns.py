"""Each figure is drawn once, in its turn, and no page waits for it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Timer
from time import sleep

import pytest

from lib.charts import svg, turns
from lib.charts.pictures import Legend
from lib.charts.shapes import Segment, stacked_rows
from lib.charts.svg import draw
from lib.charts.tables import Table
from lib.charts.views import Chart, chart_response
from lib.sentences import Part

pytestmark = pytest.mark.usefixtures("drawings")

LEGEND = Legend("Skills lead.", "Findings by theme", ["Source: reports."])


@pytest.fixture
def figure():
    segment = Segment("one", "var(--strength)", "var(--paper)", "var(--edge)", [1])
    return stacked_rows(["Skills"], [segment])


@pytest.fixture
def chart(figure):
    table = Table([], [], {}, "", {})
    parts = [Part("Skills lead.")]
    return Chart("skills", parts, "Findings", figure, table, "/charts/skills", "/embed/skills/")


def test_a_figure_whose_turn_does_not_come_is_not_taken_for_one_that_cannot_be_drawn(
    figure, chart, monkeypatch, rf
):
    busy = Event()
    turns.pictures.submit(busy.wait)
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.1)
    late = chart_response(rf.get("/"), chart, "svg", LEGEND)
    assert (late.status_code, late["Retry-After"]) == (503, "5")
    assert late["Content-Type"] == "image/svg+xml"
    assert "This chart is still being drawn" in late.content.decode()
    narrow = chart_response(rf.get("/", {"width": "narrow"}), chart, "svg", LEGEND)
    for response, width in ((late, chart.width), (narrow, chart.narrow_width)):
        assert f'<svg width="{width}"' in response.content.decode()  # or its words would be small
    late = chart_response(rf.get("/"), chart, "png", LEGEND)
    assert (late.status_code, late["Content-Type"]) == (503, "text/plain")
    busy.set()
    monkeypatch.setattr(turns, "LONGEST_WAIT", 20)
    assert draw(figure)
    assert draw(figure, narrow=True)


def test_who_asks_for_a_figure_while_it_is_drawn_waits_for_the_same_drawing(figure, monkeypatch):
    """And so that pages never wait, only so many readers do: one more waits for a moment to be
    among them, and the next is told at once to come again."""
    begun, go_on, drawn = Event(), Event(), []

    def slowly(spec):
        begun.set()
        go_on.wait()
        drawn.append(spec)
        return "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"

    monkeypatch.setattr(svg, "_draw_by_engine", slowly)
    with ThreadPoolExecutor(turns.MOST_WAITING + 1) as readers:
        waiting = [readers.submit(draw, figure) for _ in range(turns.MOST_WAITING)]
        assert begun.wait(5)
        while turns._places._value:
            sleep(0.01)
        with pytest.raises(turns.DrawingBusy):
            draw(figure)
        monkeypatch.setattr(turns, "MOMENT", 30)
        waiting.append(readers.submit(draw, figure))
        while turns._doors._value:
            sleep(0.01)
        with pytest.raises(turns.DrawingBusy):
            turns.draw_in_turn("another", lambda: pytest.fail("set"), turns.papers)
        go_on.set()
        assert len({reader.result() for reader in waiting}) == len(drawn) == 1
    assert not turns._drawings
    assert draw(figure)
    assert (turns._doors._value, turns._places._value) == (3, 2)  # a thread of four serves pages


def test_a_page_that_is_set_keeps_no_chart_waiting(figure):
    busy = Event()
    turns.papers.submit(busy.wait)
    try:
        assert draw(figure)
    finally:
        busy.set()


def test_a_figure_is_drawn_although_the_program_that_draws_was_killed(figure, drawings):
    first = draw(figure)
    svg._engine.process.kill()
    svg._engine.process.wait()
    drawings.clear()
    assert draw(figure) == first
    program = svg._engine.process
    os.kill(program.pid, signal.SIGSTOP)  # it is interrupted, and not asked again
    with pytest.raises(RuntimeError, match="interrupted"):
        svg._engine.draw([], {}, 0.02)
    assert program.returncode is not None


def test_processes_that_share_the_cache_draw_a_figure_once(drawings):
    """Another process has begun: this one takes what it draws."""
    drawings.add("key:begun", True)
    Timer(0.3, lambda: (drawings.set("key", "<svg/>"), drawings.delete("key:begun"))).start()
    assert turns._draw_and_keep("key", lambda: pytest.fail("drawn again")) == "<svg/>"
