"""Charts in a real browser: pictures without scripts, charts to explore by keyboard, and pictures
again in print."""

import re

import pytest
from playwright.sync_api import expect

from tests.addresses import charts

pytestmark = pytest.mark.django_db

CHARTS = charts()
# Each chart on the first page that shows it: those of one name are explored alike.
SHOWN = {name: address for address in reversed(CHARTS) for name in CHARTS[address]}
ONCE = {address: [name for name in SHOWN if SHOWN[name] == address] for address in SHOWN.values()}
FIRST = "/themes/"
VALUE = re.compile(r"\S: \S|\S, \S")
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
    refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


@pytest.fixture
def amiss(page):
    """Whatever the page says or the browser refuses: a test that does not expect it asserts that
    there is none."""
    said = []
    page.add_init_script(WATCH)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return lambda: said + page.evaluate("refused")


def chart(page, name):
    """A chart, unfolded where the page shows a table first."""
    figure = page.locator(f"figure[data-chart={name}]")
    folded = page.locator("details:not([open])", has=figure)
    if folded.count():
        folded.locator("> summary").press("Enter")  # no mouse that would rest upon a chart
    return figure


def picture(page, name):
    """The address of the picture that a chart shows, once it is there."""
    image = chart(page, name).locator("img")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") > 0
    return image.evaluate("image => image.currentSrc")


def explore(page, name):
    """Opens a chart by keyboard."""
    button = chart(page, name).get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text(re.compile("^Show the picture again"), timeout=20_000)
    return chart(page, name).locator(".plot")


@pytest.fixture(scope="module")
def without_scripts(browser):
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("address", CHARTS)
def test_without_scripts_every_chart_is_a_picture_that_says_what_it_shows(
    without_scripts, site, address
):
    page = without_scripts
    page.goto(f"{site}{address}")
    figures = page.locator("figure").all()
    assert tuple(figure.get_attribute("data-chart") for figure in figures) == CHARTS[address]
    for name in CHARTS[address]:
        picture(page, name)
        sentence = chart(page, name).locator("strong").inner_text()
        assert chart(page, name).locator("img").get_attribute("alt").startswith(sentence)
        expect(chart(page, name).get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("address", ONCE)
def test_every_chart_opens_by_keyboard_and_the_policy_has_nothing_to_refuse(
    page, site, amiss, address
):
    page.goto(f"{site}{address}")
    for name in ONCE[address]:
        plot = explore(page, name)
        expect(plot.locator(".main-svg").first).to_be_visible()
        expect(chart(page, name).locator("picture")).to_be_hidden()
        plot.focus()
        status = chart(page, name).get_by_role("status")
        page.keyboard.press("ArrowRight")
        expect(plot.locator(".hoverlayer .hovertext").first).to_be_visible()
        expect(status).to_have_text(VALUE)
        first = status.text_content()
        for key in ("End", "ArrowLeft", "ArrowLeft", "ArrowRight", "Home"):
            page.keyboard.press(key)  # faster than labels are drawn
        expect(status).to_have_text(first)
        button = chart(page, name).get_by_role("button")
        button.focus()
        page.keyboard.press("Enter")
        expect(chart(page, name).locator("img")).to_be_visible()
        expect(chart(page, name).locator(".plot")).to_have_count(0)
    assert amiss() == []


def test_a_series_whose_word_fits_nowhere_is_switched_off_and_on_in_the_key(page, site, amiss):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{site}/")
    plot = explore(page, "grades_by_region")
    entry = plot.get_by_role("checkbox").first
    expect(entry).to_have_attribute("aria-checked", "true")
    for key, state in (("Space", "false"), ("Enter", "true")):
        entry.focus()
        page.keyboard.press(key)
        entry = plot.get_by_role("checkbox").first
        expect(entry).to_have_attribute("aria-checked", state)
        expect(entry).to_be_focused()
    assert amiss() == []


def test_nothing_of_the_library_is_fetched_before_somebody_explores(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}{FIRST}")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "plotly" in url or ".json" in url]
    explore(page, "findings_by_theme")
    assert len([url for url in asked if "plotly.min" in url]) == 1


@pytest.mark.parametrize(
    ("scheme", "width", "query"),
    [("light", 1280, ""), ("dark", 1280, "scheme=dark"), ("light", 320, "width=narrow")],
)
def test_a_picture_suits_the_screen(page, site, scheme, width, query):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}{FIRST}")
    assert picture(page, "findings_by_theme").partition("?")[2] == query


def test_print_gets_the_light_picture_of_a_dark_screen(page, site):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site}{FIRST}")
    picture(page, "findings_by_theme")
    page.emulate_media(media="print", color_scheme="dark")
    expect(chart(page, "findings_by_theme").locator("img")).to_have_js_property("complete", True)
    assert "dark" not in picture(page, "findings_by_theme")


def test_print_gets_the_picture_of_what_is_being_explored(page, site):
    page.goto(f"{site}{FIRST}")
    plot = explore(page, "findings_by_theme")
    page.emulate_media(media="print")
    expect(chart(page, "findings_by_theme").locator("img")).to_be_visible()
    expect(plot).to_be_hidden()
    expect(chart(page, "findings_by_theme").locator("button")).to_be_hidden()


def test_an_open_chart_follows_the_screen(page, site, amiss):
    page.emulate_media(color_scheme="light")
    page.goto(f"{site}{FIRST}")
    plot = explore(page, "findings_by_theme")
    bar = plot.locator(".bars path").first
    before, high = bar.evaluate("path => path.style.fill"), plot.bounding_box()["height"]
    page.emulate_media(color_scheme="dark")
    expect(bar).not_to_have_css("fill", before)
    page.set_viewport_size({"width": 320, "height": 900})
    page.wait_for_function(
        "([plot, high]) => plot.clientHeight > high", arg=[plot.element_handle(), high]
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert amiss() == []


def test_where_no_picture_can_be_drawn_the_chart_takes_its_place_unasked(page, site):
    page.route("**/*.svg*", lambda route: route.fulfill(status=404, body="none"))
    page.goto(f"{site}/plans/")
    expect(chart(page, "actions_by_status").locator(".plot .main-svg").first).to_be_visible(
        timeout=20_000
    )
    expect(chart(page, "actions_by_status").locator("img")).to_be_hidden()


def test_where_the_library_cannot_be_had_the_picture_stays_and_says_so(page, site):
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(f"{site}/plans/")
    button = chart(page, "actions_by_status").get_by_role("button")
    button.click()
    expect(chart(page, "actions_by_status").get_by_role("status")).to_have_text(
        re.compile("could not be loaded")
    )
    expect(chart(page, "actions_by_status").locator("img")).to_be_visible()
    page.unroute("**/plotly.min.js")
    explore(page, "actions_by_status")
