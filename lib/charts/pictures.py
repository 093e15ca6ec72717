"""A chart as a picture that stands alone: its drawing with title, source, date and address, as SVG
or PNG."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from . import turns
from .layout import TEXT, text_width
from .svg import NOT_IN_XML, SVG, tokens

TITLE = 18  # the size of the title's letters
LEADING = 1.4
SLACK = 0.93  # widths are estimates
EDGE = 16  # pixels around everything
ZOOM = 2  # pixels of a PNG for each of the drawing: sharp on paper and on fine screens
# resvg draws no letter that its fonts lack, and a server may have none: so the letters are our own.
FONT, FAMILY = Path(__file__).parent / "fonts" / "DejaVuSans.ttf", "DejaVu Sans"
PROGRAM = Path(__file__).parent / "rasterise.py"


class Legend(NamedTuple):
    """The words around a drawing: its title, what it measures, and its particulars, a line each."""

    title: str
    measure: str
    particulars: Sequence[str]


def break_lines(text: str, size: float, width: float) -> list[str]:
    """A text in lines that fit a width; a word that is longer, as an address is, is broken."""
    lines, line, width = [], "", width * SLACK
    for word in text.split():
        while text_width(word, size) > width:
            fits = max(1, *(n for n in range(1, len(word)) if text_width(word[:n], size) <= width))
            lines += [line, word[:fits]] if line else [word[:fits]]
            line, word = "", word[fits:]
        longer = f"{line} {word}".strip()
        if text_width(longer, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def add_title(drawing: str, title: str) -> str:
    """The drawing with a title, which browsers and screen readers show."""
    root = ElementTree.fromstring(drawing)  # noqa: S314, for it is our own drawing
    named = ElementTree.Element("title")
    named.text = NOT_IN_XML.sub("\ufffd", title)
    root.insert(0, named)
    return _to_text(root)


def add_legend(drawing: str, legend: Legend, scheme: str) -> str:
    """The drawing on paper, with the words around it and a title."""
    colours = tokens(scheme)
    drawn = ElementTree.fromstring(drawing)  # noqa: S314, for it is our own drawing
    width, height = float(drawn.get("width")), float(drawn.get("height"))
    root = ElementTree.Element(f"{{{SVG}}}svg", drawn.attrib)
    paper = ElementTree.SubElement(root, f"{{{SVG}}}rect", fill=colours["paper"])
    top = EDGE

    def write(text: str, size: int, ink: str) -> None:
        nonlocal top
        for line in break_lines(NOT_IN_XML.sub("\ufffd", text), size, width):
            top += size * LEADING
            place = {"x": f"{EDGE}", "y": f"{top - size * 0.4:.0f}", "font-size": f"{size}"}
            ElementTree.SubElement(root, f"{{{SVG}}}text", place, fill=colours[ink]).text = line

    write(legend.title, TITLE, "ink")
    write(legend.measure, TEXT, "ink-soft")
    top += EDGE
    marks = ElementTree.SubElement(root, f"{{{SVG}}}g", transform=f"translate({EDGE},{top:.0f})")
    marks.extend(drawn)
    top += height + EDGE / 2
    for line in legend.particulars:
        write(line, TEXT, "ink-soft")
    size = {"width": f"{width + 2 * EDGE:.0f}", "height": f"{top + EDGE:.0f}"}
    paper.attrib |= size
    root.attrib |= size | {"viewBox": f"0 0 {size['width']} {size['height']}"}
    return add_title(_to_text(root), legend.title)


def stand_in(width: int, height: int, scheme: str) -> str:
    """A picture that says that the drawing of this width is not there yet."""
    words = Legend("This chart is still being drawn", "Load the page again in a few seconds.", [])
    drawing = f'<svg xmlns="{SVG}" width="{width - 2 * EDGE}" height="{height}"/>'
    return add_legend(drawing, words, scheme)


def png(picture: str) -> bytes:
    """An SVG as PNG, with the same letters on every machine; empty if it cannot be drawn.

    Raises `turns.DrawingBusy` if it cannot be drawn now.
    """
    key = "png:" + hashlib.sha256(picture.encode()).hexdigest()
    return turns.draw_in_turn(key, partial(_rasterise, picture)) or b""


def _rasterise(picture: str) -> bytes:
    program = [sys.executable, str(PROGRAM), str(ZOOM), str(FONT), FAMILY]
    done = subprocess.run(
        program, input=picture.encode(), capture_output=True, timeout=turns.LONGEST_DRAWING
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout


def _to_text(root: ElementTree.Element) -> str:
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    root.set("xmlns", SVG)
    return ElementTree.tostring(root, encoding="unicode")
