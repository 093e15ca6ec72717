"""What paper shows: pages made by Chromium as a reader prints them."""

import re

import pytest

pytestmark = pytest.mark.django_db

PAPER = {"width": 688, "height": 1000}  # A4 within its margins
PAGE = re.compile(rb"/Type\s*/Page\b")
# What a rule writes after an element, where it is shown.
AFTER = "(element) => getComputedStyle(element, '::after').content"


def printed(page):
    return page.pdf(prefer_css_page_size=True)


def test_a_page_has_its_title_above_and_its_number_below(page, site):
    page.goto(f"{site}/findings/?theme=workforce")
    page.emulate_media(media="print")
    title = page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--title').trim()"
    )
    assert title == '"Findings"', "the margin of each page shows it"
    (margins,) = page.evaluate(
        """() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
        .filter((rule) => rule.media?.mediaText === "print")
        .flatMap((rule) => [...rule.cssRules])
        .filter((rule) => rule instanceof CSSPageRule && !rule.selectorText)
        .map((rule) => rule.cssText)"""
    )
    for part in ("var(--title)", "counter(page)", "counter(pages)"):
        assert part in margins
    assert (
        page.locator(".chips").evaluate("(chips) => getComputedStyle(chips, '::before').content")
        == '"Filters:"'
    )
    assert page.locator(".chips").inner_text().strip() == "Theme: People and skills"
    assert page.locator(".stacked thead").evaluate("(head) => getComputedStyle(head).display") == (
        "table-header-group"
    ), "each page begins with the head"
    links = page.locator('td small a[href^="http"]')
    assert "attr(href)" not in links.first.evaluate(AFTER)
    assert links.first.get_attribute("href") in links.first.evaluate(AFTER)


def test_paper_says_where_a_source_is_read(page, site):
    page.emulate_media(media="print")
    page.goto(f"{site}/forces/gloucestershire/")
    citation = page.locator('td small > a[href^="/sources/"]').first
    source = citation.get_attribute("href")
    assert source in citation.evaluate(AFTER)
    for address, link in ((source, ".page a"), ("/sources/", ".browse td > a")):
        page.goto(f"{site}{address}")
        outside = page.locator(f'{link}[href^="http"]').first
        assert outside.get_attribute("href") in outside.evaluate(AFTER), address


def test_nothing_is_wider_than_the_paper(page, site):
    """Chromium would print the whole page smaller."""
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    for address in ("/", "/regions/south-west/", "/forces/gloucestershire/", "/themes/"):
        page.goto(f"{site}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") == 688, address


def test_the_summary_of_a_force_is_one_page(page, site):
    for force in ("gloucestershire", "avon-and-somerset"):
        page.goto(f"{site}/forces/{force}/summary/")
        assert len(PAGE.findall(printed(page))) == 1, force


def test_paper_shows_what_a_screen_folds_and_no_row_without_its_head(page, site):
    page.goto(f"{site}/forces/gloucestershire/")
    page.emulate_media(media="print")
    for fold in page.locator("details.older").all():
        box = fold.locator(":scope > :not(summary)").first.bounding_box()
        assert box["height"] > 0
    styles = page.locator("table:has(thead)").evaluate_all(
        """(tables) => tables.map((table) => {
            const [head, row] = [table.tHead, table.querySelector("tbody tr")].map(
                (part) => getComputedStyle(part));
            return [head.display, head.breakAfter, row.breakInside];
        })"""
    )
    assert len(styles) > 2
    assert set(map(tuple, styles)) == {("table-header-group", "avoid", "avoid")}
    page.set_viewport_size(PAPER)
    for chart in page.locator("figure.chart").all():
        height = chart.bounding_box()["height"]
        assert height < 0.65 * PAPER["height"], "no chart is alone on a page: others have room"


def test_a_page_is_full_before_the_next_begins(page, site):
    """A grid or a chart that must not part from what follows once left whole pages empty."""
    for address, most in (("/forces/kent/", 4), ("/regions/south-west/", 4), ("/plans/", 3)):
        page.goto(f"{site}{address}")
        assert len(PAGE.findall(printed(page))) <= most, address
