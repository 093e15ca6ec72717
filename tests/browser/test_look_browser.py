"""What the eye needs of every kind of page: letters that are large enough, and no word of the menu
on a line of its own."""

import pytest

from ..addresses import charts
from .barriers import small_words

pytestmark = pytest.mark.django_db

PAGES = [
    *charts(),
    "/inspections/soc/",
    "/inspections/peel-2018-19/",
    "/inspections/soc-south-west-2025/",
    "/findings/",
    "/findings/F1/",
    "/gradings/",
    "/sources/",
    "/forces/dorset/summary/",
    "/about/grades/",
    "/search/?q=crime",
]
LOOK = """
() => {
    const small = [];
    // The letters of a picture are of the smallest size: none may be shown smaller than drawn.
    for (const image of document.querySelectorAll(".chart img")) {
        const { width } = image.getBoundingClientRect();
        if (width && width < image.naturalWidth - 1) small.push(image.currentSrc);
    }
    const lines = {};
    for (const word of document.querySelectorAll(".masthead nav li"))
        (lines[word.getBoundingClientRect().top] ??= []).push(word.textContent.trim());
    const alone = Object.values(lines).filter((line) => line.length === 1);
    return [small, alone, document.documentElement.scrollWidth > innerWidth];
}
"""
OPEN = """
() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    for (const image of document.images) image.loading = "eager";
}
"""


@pytest.mark.parametrize("address", PAGES)
def test_no_letter_is_small_and_no_word_of_the_menu_alone(page, site, address):
    page.goto(f"{site}{address}")
    page.evaluate(OPEN)
    for width in (320, 700, 768, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_load_state("networkidle")
        assert small_words(page) == [], width
        assert page.evaluate(LOOK) == [[], [], False], width
