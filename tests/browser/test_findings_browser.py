"""The lists in a real browser: filtering in place, by keyboard too, and the same without
scripts."""

import re

import pytest
from playwright.sync_api import expect

from findings.choices import ActionStatus
from findings.models import Plan
from tests import factories

pytestmark = pytest.mark.django_db
THEME = "People and skills"


@pytest.fixture
def findings(page, site):
    """The findings browser, open; whatever its console says is a failure."""
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{site}/findings/")
    page.evaluate("window.stayed = true")
    yield page
    assert said == []


def count_is(page, text):
    expect(page.locator("#count")).to_have_text(text)


def test_a_box_filters_in_place_keeping_address_focus_scroll_and_what_was_open(findings):
    findings.emulate_media(
        reduced_motion="reduce"
    )  # so that no scrolling of ours is still under way
    findings.locator("#in-region > summary").click()
    findings.get_by_label(THEME, exact=True).focus()
    findings.evaluate("scrollTo({top: 150, behavior: 'instant'})")
    before = findings.get_by_label(THEME, exact=True).bounding_box()["y"]
    findings.keyboard.press("Space")
    count_is(findings, "8 findings of 25")
    expect(findings).to_have_url(re.compile(r"/findings/\?theme=workforce$"))
    expect(findings.get_by_label(THEME, exact=True)).to_be_focused()
    expect(findings.get_by_label(THEME, exact=True)).to_be_checked()
    expect(findings.locator("#in-region")).to_have_attribute("open", "")
    expect(findings.get_by_role("status")).to_have_text("8 findings of 25")
    assert findings.get_by_label(THEME, exact=True).bounding_box()["y"] == pytest.approx(
        before, abs=5
    )
    assert findings.evaluate("window.stayed")


def test_going_back_and_forward_shows_what_the_address_says(findings):
    findings.get_by_label(THEME, exact=True).check()
    count_is(findings, "8 findings of 25")
    findings.get_by_label("strength", exact=True).check()
    count_is(findings, "3 findings of 25")
    findings.go_back()
    count_is(findings, "8 findings of 25")
    expect(findings.get_by_label("strength", exact=True)).not_to_be_checked()
    findings.go_back()
    count_is(findings, "25 findings")
    findings.go_forward()
    count_is(findings, "8 findings of 25")
    expect(findings.get_by_label(THEME, exact=True)).to_be_checked()


def test_a_search_and_a_choice_go_together_and_a_chip_takes_one_away(findings):
    findings.get_by_label("Words").fill("force")
    findings.keyboard.press("Enter")
    expect(findings).to_have_url(re.compile(r"/findings/\?q=force$"))
    findings.get_by_role("link", name="Tick what to exclude").click()
    findings.get_by_label(f"not {THEME}").check()
    expect(findings).to_have_url(re.compile(r"\?q=force&boxes=exclude&theme=-workforce$"))
    expect(findings.get_by_label(f"not {THEME}")).to_be_checked()
    findings.get_by_role("link", name="Remove “force”").click()
    count_is(findings, "17 findings of 25")
    expect(findings.locator("#count")).to_be_focused()
    findings.get_by_role("link", name="Clear all").click()
    count_is(findings, "25 findings")
    expect(findings).to_have_url(re.compile(r"/findings/$"))
    assert findings.evaluate("window.stayed")


def test_sorting_in_place_keeps_the_reader_on_the_heading(findings):
    for state in ("ascending", "descending"):
        findings.get_by_role("columnheader", name="Kind").get_by_role("link").focus()
        findings.keyboard.press("Enter")
        expect(findings.get_by_role("columnheader", name="Kind")).to_have_attribute(
            "aria-sort", state
        )
        expect(
            findings.get_by_role("columnheader", name="Kind").get_by_role("link")
        ).to_be_focused()
    expect(findings).to_have_url(re.compile(r"\?sort=-kind$"))
    assert findings.evaluate("window.stayed")


def test_the_title_the_printed_address_and_the_label_of_made_up_rows_follow(page, live_server):
    factories.made_up_region(findings=3)
    page.goto(f"{live_server.url}/findings/?region=south-west")
    expect(page.locator(".made-up")).to_have_count(0)
    page.get_by_role("link", name="Clear all").click()
    count_is(page, "28 findings")
    expect(page.locator(".made-up")).to_be_visible()
    page.get_by_label(THEME, exact=True).check()
    expect(page).to_have_title(re.compile(rf"Theme: {THEME}"))
    expect(page.locator(".printed")).to_have_text(f"{live_server.url}/findings/?theme=workforce")


def test_a_link_to_a_finding_is_a_link(findings):
    findings.get_by_role("link", name="F7", exact=True).click()
    expect(findings).to_have_url(re.compile(r"/findings/soc-south-west-2025/F7/$"))
    findings.go_back()
    count_is(findings, "25 findings")


def test_a_file_is_a_file(findings):
    with findings.expect_download() as download:
        findings.get_by_role("link", name="CSV", exact=True).click()
    assert re.fullmatch(r"findings-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)


def test_the_next_page_starts_at_its_top(page, live_server):
    factories.made_up_region(findings=40)
    page.goto(f"{live_server.url}/findings/")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    expect(page.locator("#count")).to_be_in_viewport()
    expect(page.locator("#count")).to_be_focused()


def test_the_list_of_actions_has_room_for_the_longest_status(page, live_server):
    factories.action.make(
        plan=Plan.objects.get(slug="gloucestershire-reported-steps"),
        number=9,
        status=ActionStatus.EMBEDDING,
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/actions/")
    assert (
        page.locator("#list .scroll").evaluate("(table) => table.scrollWidth - table.clientWidth")
        == 0
    )


@pytest.fixture
def without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/findings/")
    yield page
    context.close()


def test_without_scripts_the_form_does_the_same(without_scripts):
    page = without_scripts
    page.get_by_label(THEME, exact=True).check()
    page.get_by_label("strength", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    count_is(page, "3 findings of 25")
    page.get_by_role("link", name="Remove Kind: strength").click()
    count_is(page, "8 findings of 25")
    page.get_by_label("Words").fill("apprenticeship")
    page.get_by_role("button", name="Search", exact=True).last.click()
    count_is(page, "1 finding of 25")


@pytest.mark.parametrize("address", ["/forces/", "/findings/", "/actions/"])
def test_no_column_of_a_list_is_cut_off_on_a_screen_of_1280_pixels(page, site, address):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}{address}")
    hidden = page.locator("#list .scroll").evaluate("(box) => box.scrollWidth - box.clientWidth")
    assert hidden == 0
