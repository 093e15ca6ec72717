"""A figure drawn as SVG on the server, without a browser, in the colours of tokens.css."""

import hashlib
import json
import logging
import re
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import plotly.graph_objects as go
from django.contrib.staticfiles import finders

from . import turns
from .engine import Engine, is_installed
from .layout import BROAD, TEXT, THIN, Figure, narrow_figure

logger = logging.getLogger(__name__)

can_draw = is_installed()
if not can_draw:
    logger.warning(
        "plotly-mirage is not installed: no chart has a picture, each page's tables say the same"
    )

# How the engine measures text: like `text_width`, but in JavaScript, since an engine with a time
# limit cannot call Python. Its own measure depends on the fonts of this machine.
MEASURE = f"""
    function _measureTextRaw(text, family, size) {{
        let ems = 0;
        for (const c of String(text)) {{
            ems += {json.dumps(THIN)}.includes(c) ? 0.33
                : {json.dumps(BROAD)}.includes(c) ? 0.9
                : /\\p{{Uppercase}}/u.test(c) ? 0.7
                : 0.58;
        }}
        return [ems, 1.2, 0.95, 0.25].map((share) => (share * size).toFixed(2)).join();
    }}
"""
_engine = Engine(MEASURE)
SVG = "http://www.w3.org/2000/svg"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@cache
def tokens(scheme: str) -> dict[str, str]:
    """The custom properties of tokens.css in a "light" or a "dark" scheme."""
    css = re.sub(r"/\*.*?\*/", "", _stylesheet(), flags=re.S)
    light, _, dark = re.split(r"(@media[^{]*prefers-color-scheme:\s*dark[^{]*)", css, maxsplit=1)
    declared = [
        re.findall(r"--([\w-]+):\s*([^;}]+)", block)
        for block in ([light] if scheme == "light" else [light, dark])
    ]
    return {name: value.strip() for block in declared for name, value in block}


@cache
def _stylesheet() -> str:
    return Path(finders.find("css/tokens.css")).read_text()


@cache
def _edition() -> str:
    """A hash of what a drawing depends on besides its figure: the colours, and this file."""
    return hashlib.sha256(_stylesheet().encode() + Path(__file__).read_bytes()).hexdigest()


def draw(figure: Figure, scheme: str = "light", narrow: bool = False) -> str | None:
    """The figure as SVG in the colours of a scheme; None if it cannot be drawn.

    Raises `DrawingBusy` if it cannot be drawn now.
    """
    if not can_draw:
        return None
    figure = narrow_figure(figure) if narrow else figure
    key = (
        "drawing:"
        + hashlib.sha256(
            f"{_edition()}{scheme}{json.dumps(figure, default=str, sort_keys=True)}".encode()
        ).hexdigest()
    )
    return turns.draw_in_turn(key, partial(_draw, figure, scheme)) or None


def _draw(figure: Figure, scheme: str) -> str:
    spec, colours = go.Figure(figure).to_json(), tokens(scheme)
    # Replace only strings that are a colour and nothing else: a name may contain anything. The
    # engine measures text, so it gets a plain font family.
    paints = colours | {"sans": "sans-serif"}
    spec = json.loads(
        re.sub(
            r'"var\(--([\w-]+)\)"',
            lambda found: json.dumps(paints.get(found[1], found[0][1:-1])),
            spec,
        )
    )
    if scheme == "dark":
        # So that it can be read on a light background too.
        spec["layout"]["paper_bgcolor"] = colours["paper"]
    return minify_svg(NOT_IN_XML.sub("\ufffd", _draw_by_engine(spec)), colours)


def _draw_by_engine(spec: dict[str, Any]) -> str:
    return _engine.draw(spec["data"], spec["layout"], turns.LONGEST_DRAWING)


DEFAULTS = {
    "fill-opacity": "1",
    "font-size": str(TEXT),
    "font-weight": "normal",
    "opacity": "1",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "text-anchor": "start",
}
KEPT = DEFAULTS.keys() | {
    "d",
    "dy",
    "fill",
    "height",
    "shape-rendering",
    "stroke",
    "stroke-dasharray",
    "transform",
    "width",
    "x",
    "y",
}
UNSEEN = (None, "", "none", "transparent")


def minify_svg(raw: str, colours: dict[str, str]) -> str:
    """plotly's drawing without invisible elements and without style attributes.

    A strict Content-Security-Policy forbids style attributes.
    """
    drawn = ElementTree.fromstring(raw)  # noqa: S314, for it is our own drawing
    width, height = drawn.get("width"), drawn.get("height")
    root = ElementTree.Element(
        "svg", xmlns=SVG, width=width, height=height, viewBox=f"0 0 {width} {height}"
    )
    root.attrib |= {"font-family": colours["sans"], "font-size": str(TEXT), "fill": colours["ink"]}
    for child in drawn:
        root.extend(minify_node(child, colours["ink"]))
    return ElementTree.tostring(root, encoding="unicode")


def minify_node(node: ElementTree.Element, ink: str) -> list[ElementTree.Element]:
    """What is left of a drawn element: nothing, itself, or the children of a group."""
    tag = node.tag.removeprefix(f"{{{SVG}}}")
    given = node.attrib | dict(re.findall(r"([\w-]+):\s*([^;]+)", node.get("style", "")))
    if tag == "defs" or given.get("display") == "none":
        return []
    kept = {name: shorten_value(value) for name, value in given.items() if name in KEPT}
    if "crisp" in node.get("class", "").split():
        kept["shape-rendering"] = "crispEdges"
    if kept.get("stroke") in UNSEEN or "0" in (
        kept.get("stroke-width"),
        kept.get("stroke-opacity"),
    ):
        kept = {name: value for name, value in kept.items() if not name.startswith("stroke")}
    if kept.get("fill-opacity") == "0" or kept.get("fill") == "transparent":
        kept |= {"fill": "none", "fill-opacity": "1"}
    if re.fullmatch(r"(rotate\(0,.*)?", kept.get("transform", "-")):
        del kept["transform"]
    if node.get("class") == "legend":
        # plotly indents a legend by 14 pixels; move it back to the margin.
        kept["transform"] = "translate(-14,0)" + kept.get("transform", "")
    kept = {name: value for name, value in kept.items() if value != DEFAULTS.get(name)}
    children = [small for child in node for small in minify_node(child, ink)]

    if tag == "g":
        if not (children and kept):
            return children
    elif tag in ("text", "tspan"):
        if not (children or node.text):
            return []
        if kept.get("fill") == ink:
            del kept["fill"]
    elif (
        (kept.get("fill") == "none" and "stroke" not in kept)
        or (tag == "path" and kept.get("d", "M0,0") in ("M0,0", "M0,0Z"))
        or "0" in (kept.get("width"), kept.get("height"))
    ):
        return []
    small = ElementTree.Element(tag, kept)
    small.text = node.text
    small.tail = node.tail
    small.extend(children)
    return [fold_shift(small)]


def fold_shift(node: ElementTree.Element) -> ElementTree.Element:
    """The element with its `translate` moved into a group's only child, or a text's x and y."""
    shift = re.fullmatch(r"translate\(([-\d.]+),([-\d.]+)\)", node.get("transform", ""))
    if (
        node.tag == "g"
        and len(node) == 1
        and node.keys() == ["transform"]
        and "transform" not in node[0].attrib
    ):
        node[0].set("transform", node.get("transform"))
        return fold_shift(node[0])
    if node.tag == "text" and shift and not len(node):
        del node.attrib["transform"]
        for name, by in zip("xy", shift.groups(), strict=True):
            node.set(name, f"{float(node.get(name, 0)) + float(by):.0f}")
    return node


def shorten_value(value: str) -> str:
    """A colour as hex, a length to a tenth of a pixel and without its unit."""
    if found := re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", value):
        return "#{:02x}{:02x}{:02x}".format(*map(int, found.groups()))
    value = re.sub(r"(?<=\d)px\b", "", value)
    return re.sub(r"-?\d*\.\d+", lambda number: f"{round(float(number[0]), 1) or 0:g}", value)
