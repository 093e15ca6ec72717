import io
from xml.etree import ElementTree

import pytest
from PIL import Image

from lib.charts.layout import text_width
from lib.charts.pictures import EDGE, FONT, ZOOM, Legend, add_legend, add_title, break_lines, png
from lib.charts.svg import SVG

DRAWING = (
    f'<svg xmlns="{SVG}" width="300" height="40" viewBox="0 0 300 40" '
    'font-family="Nonesuch, sans-serif"><path d="M0,0H300V40H0Z"/></svg>'
)
LEGEND = Legend(
    "Skills & <people> lead \x07.",
    "Dorset. Findings by theme",
    ["Source: reports", "As at 2 March 2026. https://example.org/" + "very/long/" * 9],
)


def words(picture):
    root = ElementTree.fromstring(picture)  # noqa: S314, for we drew it
    return [element.text for element in root.iter(f"{{{SVG}}}text")]


def test_a_picture_that_stands_alone_says_what_it_is():
    picture = add_legend(DRAWING, LEGEND, "light")
    root = ElementTree.fromstring(picture)  # noqa: S314, for we drew it
    assert root[0].tag == f"{{{SVG}}}title"
    assert root[0].text == "Skills & <people> lead \ufffd."
    assert root.get("width") == str(300 + 2 * EDGE)
    said = words(picture)
    assert said[:4] == [root[0].text, "Dorset. Findings by theme", "Source: reports", said[3]]
    assert "".join(said[3:]).replace(" ", "").endswith("2March2026." + LEGEND.particulars[1][20:])
    assert all(text_width(line, 14) <= 300 for line in said)
    assert {int(text.get("font-size")) for text in root.iter(f"{{{SVG}}}text")} == {18, 14}
    assert max(float(text.get("y")) for text in root.iter(f"{{{SVG}}}text")) < float(
        root.get("height")
    )


def test_a_picture_on_a_page_has_a_title_alone():
    root = ElementTree.fromstring(add_title(DRAWING, "Skills lead."))  # noqa: S314
    assert [root[0].text, len(root)] == ["Skills lead.", 2]


@pytest.mark.parametrize("text", ["", "x", "a " * 300, "x" * 300, "a " + "W" * 90 + " b"])
def test_lines_fit_and_lose_no_letter(text):
    lines = break_lines(text, 14, 200)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 14) <= 200 for line in lines)


def test_a_png_has_letters_of_its_own_and_is_the_same_each_time(drawings):
    """It needs no font of the machine: resvg leaves out every letter that no font of its has."""
    picture = add_legend(DRAWING, LEGEND, "light")
    first = png(picture)
    drawings.clear()
    assert png(picture) == first
    image = Image.open(io.BytesIO(first)).convert("L")
    assert image.width == ZOOM * (300 + 2 * EDGE)
    title = image.crop((0, 0, image.width, ZOOM * (EDGE + 24)))
    assert sum(count for shade, count in enumerate(title.histogram()) if shade < 128) > 200
    assert "Bitstream" in (FONT.parent / "LICENSE").read_text()
