"""What a phone shows of tables that are wider than it."""

import re

import pytest

from tests import factories

from ..addresses import COMPARISON

pytestmark = pytest.mark.django_db

WHOLLY_SEEN = """
(cells) => {
    const { left, right } = cells[0].closest(".scroll").getBoundingClientRect();
    return cells.map((cell) => cell.getBoundingClientRect()).filter((cell) => cell.left >= left &&
    cell.right <= right + 1).length;
}
"""

# Where the words of a cell stand, which may reach beyond it.
WORDS = """
(cell) => {
    const words = document.createRange();
    words.selectNodeContents(cell);
    return words.getBoundingClientRect().toJSON();
}
"""


@pytest.mark.parametrize(
    "address",
    ["/compare/?organisation=dorset&organisation=gloucestershire", f"/compare/{COMPARISON}"],
)
def test_two_organisations_stand_side_by_side_under_what_is_compared(page, site, address):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{site}{address}")
    for cells in ("thead th", "tbody tr:first-child td"):
        assert page.locator(f".compare {cells}").evaluate_all(WHOLLY_SEEN) == 2
    for row in page.locator(".compare tbody tr").all():
        label, told = row.locator("th").evaluate(WORDS), row.locator("td > *").first.bounding_box()
        assert label["bottom"] <= told["y"] + 1
        assert label["right"] <= 320


def test_no_table_scrolls_sideways(page, site):
    page.set_viewport_size({"width": 320, "height": 900})
    for address in ("/forces/gloucestershire/", "/themes/", "/questions/", "/inspections/soc/"):
        page.goto(f"{site}{address}")
        widths = page.locator(".scroll").evaluate_all(
            "(all) => all.map((one) => one.scrollWidth - one.clientWidth)"
        )
        assert max(widths) <= 1, address


def test_a_programme_is_one_card_a_force(page, site):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{site}/inspections/soc/")
    card = page.locator(".matrix tr", has=page.get_by_role("link", name="Gloucestershire"))
    inside = card.bounding_box()
    assert inside["x"] + inside["width"] <= 320
    heads = card.locator("td").evaluate_all(
        "(cells) => cells.map((cell) => getComputedStyle(cell, '::before').content)"
    )
    assert heads == [
        '"Tackling serious and organised crime"',
        '"Newest report"',
        '"Grades known"',
    ]
    for cell in card.locator("td").all():
        box = cell.bounding_box()
        assert box["x"] >= inside["x"]
        assert box["x"] + box["width"] <= inside["x"] + inside["width"] + 1


def paper(page, address):
    """The width and the height of the paper that a page is printed on."""
    page.goto(address)
    printed = page.pdf(prefer_css_page_size=True)
    ((width, height),) = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed))
    return float(width), float(height)


def test_a_programme_of_many_questions_is_printed_across_the_paper(page, live_server):
    wide = factories.graded_programme(forces=3, questions=9)
    width, height = paper(page, f"{live_server.url}{wide.get_absolute_url()}")
    assert width > height


def test_a_programme_of_few_questions_is_printed_upright_with_its_head_on_each_page(page, site):
    width, height = paper(page, f"{site}/inspections/soc/")
    assert width < height
    page.emulate_media(media="print")
    head = page.locator(".matrix thead").evaluate("(head) => getComputedStyle(head).display")
    assert head == "table-header-group", "each page begins with the head"


def test_a_row_of_a_list_is_a_card_whose_cells_have_their_labels(page, site):
    page.set_viewport_size({"width": 320, "height": 900})
    for address, labels in {
        "/findings/": ["In our words", "Kind", "Themes"],
        "/actions/": ["In our words", "Force or unit"],
        "/gradings/": ["What was asked", "Grade"],
        "/forces/": ["Grade", "Response to the report"],
        "/plans/": ["Force or unit", "Complete"],
        "/inspections/": ["Published", "Region"],
    }.items():
        page.goto(f"{site}{address}")
        card = page.locator("table.stacked tbody tr").first
        cells = card.locator("td")
        assert (
            cells.evaluate_all("(cells) => cells.map((cell) => cell.dataset.label)")[: len(labels)]
            == labels
        ), address
        boxes = [cell.bounding_box() for cell in cells.all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes), address
        tops = [box["y"] for box in boxes]
        assert tops == sorted(set(tops)), f"{address}: one below the other"
        words = sum(box["height"] for box in (*boxes, card.locator("th").bounding_box()))
        assert card.bounding_box()["height"] <= words + 20, f"{address}: no taller than its words"
        assert card.get_attribute("role") == "row", "software reads a table all the same"
