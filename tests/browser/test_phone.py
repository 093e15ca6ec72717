"""What a phone shows of tables that are wider than it."""

import pytest

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
