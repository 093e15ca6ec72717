"""The whole site by keyboard alone, without scripts: Tab, Space and Enter lead from the front page
to an action and back."""

import re

import pytest
from playwright.sync_api import expect

from tests import factories

from .keyboard import MOST_TABS, tab_to


@pytest.fixture
def page(browser):
    """A page on which no script runs."""
    context = browser.new_context(java_script_enabled=False, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def follow(page, name, within="main"):
    tab_to(page, page.locator(within).get_by_role("link", name=name, exact=True).first)
    page.keyboard.press("Enter")


def heading_is(page, words):
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


@pytest.mark.django_db
def test_the_first_stop_leads_past_the_navigation(page, site):
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("element => Boolean(element.closest('main'))")


@pytest.mark.django_db
def test_from_the_country_to_a_region_a_force_and_its_one_page_summary(page, site):
    page.goto(site)
    follow(page, "South West")
    heading_is(page, "South West: tackling serious and organised crime")
    follow(page, "Gloucestershire")
    heading_is(page, "Gloucestershire Constabulary")
    follow(page, "One-page summary for printing")
    expect(page).to_have_url(f"{site}/forces/gloucestershire/summary/")
    follow(page, "South West")
    heading_is(page, "South West: tackling serious and organised crime")


@pytest.mark.django_db
def test_organisations_are_chosen_by_boxes_and_compared(page, site):
    page.goto(site)
    follow(page, "Forces", within="header.masthead")
    follow(page, "Compare two to six")
    for body in ("Dorset", "Gloucestershire"):
        tab_to(page, page.get_by_label(body, exact=True))
        page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Compare"))
    page.keyboard.press("Enter")
    heading_is(page, "Dorset and Gloucestershire compared")
    expect(page).to_have_url(
        re.compile(r"/compare/\?organisation=dorset&organisation=gloucestershire$")
    )


@pytest.mark.django_db
def test_findings_on_a_theme_are_filtered_downloaded_and_followed_to_an_action_and_back(page, site):
    page.goto(site)
    follow(page, "Findings", within="header.masthead")
    tab_to(page, page.get_by_label("People and skills", exact=True))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Apply"))
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("8 findings of 25")
    tab_to(page, page.get_by_role("link", name="CSV", exact=True))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len([row for row in rows if re.match(r"[\w-]+/F\d", row)]) == 8
    follow(page, "F15")
    expect(page.locator("dd", has_text=re.compile("^F15$"))).to_be_visible()
    follow(page, re.compile("^Move more officers into specialist crime roles"))
    expect(page).to_have_url(re.compile(r"/plans/gloucestershire-reported-steps/#action-\d$"))
    follow(page, "F15")
    expect(page).to_have_url(f"{site}/findings/soc-south-west-2025/F15/")


@pytest.mark.django_db
def test_a_search_and_an_order_are_made_and_taken_back(page, site):
    page.goto(site)
    tab_to(page, page.get_by_label("Search forces, findings and themes"))
    page.keyboard.type("investigators")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=investigators$"))
    follow(page, re.compile(r"^All \d findings$"))
    expect(page).to_have_url(re.compile(r"/findings/\?q=investigators$"))
    follow(page, "Kind")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Kind")
    follow(page, "Clear all")
    expect(page.locator("#count")).to_have_text("25 findings")


@pytest.mark.django_db(transaction=True)
def test_a_long_list_is_paged_through(page, live_server):
    factories.made_up_region(findings=60)
    page.goto(f"{live_server.url}/findings/?region=made-up-northmarch")
    for link, place in (("Next", 2), ("Previous", 1)):
        follow(page, link)
        expect(page.get_by_text(f"Page {place} of 3")).to_be_visible()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "width"),
    [
        ("/findings/?theme=workforce", 1280),
        ("/regions/south-west/", 320),
        ("/compare/?organisation=dorset&organisation=wiltshire", 320),
    ],
)
def test_who_tabs_through_a_page_always_sees_where_they_are(page, site, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}{address}")
    unseen, stops = [], 0
    while stops < MOST_TABS:
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (element === document.body) return null;
                const { top, bottom, left, right, width } = element.getBoundingClientRect();
                const { outlineStyle, outlineWidth } = getComputedStyle(element);
                const marked = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
                const inside = width > 0 && bottom > 0 && top < innerHeight && right > 0 && left <
                innerWidth;
                return { name: element.outerHTML.slice(0, 120), seen: marked && inside };
            }"""
        )
        if stop is None:
            break
        stops += 1
        if not stop["seen"]:
            unseen.append(stop["name"])
    assert stops > 30
    assert unseen == []
