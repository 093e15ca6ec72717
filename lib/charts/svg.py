"""A figure drawn as SVG on the server, without a browser, in the colours of tokens.css."""

import hashlib
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import plotly.graph_objects as go
from django.contrib.staticfiles import finders
from django.core.cache import caches

from .layout import BROAD, TEXT, THIN, narrow_figure

logger = logging.getLogger(__name__)

try:
    from mirage.engine import MirageEngine
except ImportError:
    MirageEngine = None
    logger.warning(
        "plotly-mirage is not installed: no chart has a picture, each page's tables say the same"
    )

# How the engine measures a text: as `text_width` does, and in its own language, since a time limit keeps it from asking ours.
MEASURE = f"""
    function _measureTextRaw(text, family, size) {{
        let ems = 0;
        for (const c of String(text)) {{
            ems += {json.dumps(THIN)}.includes(c) ? 0.33 : {json.dumps(BROAD)}.includes(c) ? 0.9 : /\\p{{Uppercase}}/u.test(c) ? 0.7 : 0.58;
        }}
        return [ems, 1.2, 0.95, 0.25].map((share) => (share * size).toFixed(2)).join();
    }}
"""
LONGEST_DRAWING = 10  # seconds of the process that a figure may take; it takes about one
LONGEST_WAIT = 20  # seconds, with those that are drawn before it
SVG = "http://www.w3.org/2000/svg"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@cache
def tokens(scheme):
    """The custom properties of tokens.css, as they hold on a light or a dark screen."""
    css = re.sub(r"/\*.*?\*/", "", _stylesheet(), flags=re.S)
    light, _, dark = re.split(r"(@media[^{]*prefers-color-scheme:\s*dark[^{]*)", css, maxsplit=1)
    declared = [
        re.findall(r"--([\w-]+):\s*([^;}]+)", block)
        for block in ([light] if scheme == "light" else [light, dark])
    ]
    return {name: value.strip() for block in declared for name, value in block}


@cache
def _stylesheet():
    return Path(finders.find("css/tokens.css")).read_text()


@cache
def _edition():
    """What a drawing depends on besides its figure: the colours, and this file."""
    return hashlib.sha256(_stylesheet().encode() + Path(__file__).read_bytes()).hexdigest()


def draw(figure, scheme="light", narrow=False):
    """The figure as SVG in the colours of a scheme; None where it cannot be drawn, or not now."""
    if MirageEngine is None:
        return None
    figure = narrow_figure(figure) if narrow else figure
    key = (
        "drawing:"
        + hashlib.sha256(
            f"{_edition()}{scheme}{json.dumps(figure, default=str, sort_keys=True)}".encode()
        ).hexdigest()
    )
    svg = caches["drawings"].get(key)
    if svg is None:
        waiting = _executor.submit(_draw_and_keep, key, figure, scheme)
        try:
            svg = waiting.result(timeout=LONGEST_WAIT)
        except TimeoutError:
            # Others are being drawn: it is kept once it is, where its turn has come.
            waiting.cancel()
    return svg or None


# An engine takes some 30 MB: one figure is drawn at a time.
_executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")


def _draw_and_keep(key, figure, scheme):
    """The drawing, kept for good; empty where it cannot be made, so that such a figure is tried and logged once in a while."""
    kept_drawings = caches["drawings"]
    svg, keep = kept_drawings.get(key), None
    if svg is None:
        try:
            svg = _draw(go.Figure(figure).to_json(), tokens(scheme), scheme)
        except Exception:  # the engine is young, and the page stands without it
            logger.exception("A figure could not be drawn; its page's tables say the same")
            svg, keep = "", 300
        kept_drawings.set(key, svg, timeout=keep)
    return svg


def _draw(spec, colours, scheme):
    # A colour is all that its string says: a name may say whatever it likes. The engine, which measures text, gets a plain family.
    paints = colours | {"sans": "sans-serif"}
    spec = json.loads(
        re.sub(
            r'"var\(--([\w-]+)\)"',
            lambda found: json.dumps(paints.get(found[1], found[0][1:-1])),
            spec,
        )
    )
    if scheme == "dark":
        spec["layout"]["paper_bgcolor"] = colours[
            "paper"
        ]  # so that it can be read where nothing dark lies behind it
    return minify_svg(NOT_IN_XML.sub("\ufffd", _draw_by_engine(spec)), colours)


def _draw_by_engine(spec):
    # A fresh engine each time: a used one remembers how wide a text was in other figures, so what it drew before would show.
    engine = MirageEngine()
    # Its own measure asks whatever fonts this machine has; ours answers the same everywhere.
    engine.context.eval(MEASURE)
    engine.context.set_time_limit(LONGEST_DRAWING)
    return engine.render_svg(spec["data"], spec["layout"])


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


def minify_svg(raw, colours):
    """What plotly drew, without what no one sees, and without style attributes, which a strict policy refuses."""
    drawn = ElementTree.fromstring(raw)  # noqa: S314, for it is our own drawing
    width, height = drawn.get("width"), drawn.get("height")
    root = ElementTree.Element(
        "svg", xmlns=SVG, width=width, height=height, viewBox=f"0 0 {width} {height}"
    )
    root.attrib |= {"font-family": colours["sans"], "font-size": str(TEXT), "fill": colours["ink"]}
    for child in drawn:
        root.extend(minify_node(child, colours["ink"]))
    return ElementTree.tostring(root, encoding="unicode")


def minify_node(node, ink):
    """The elements that a drawn element comes down to: none, itself, or a group's children."""
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
        # plotly indents a legend by 14 pixels; here it hangs at the margin, like everything else.
        kept["transform"] = "translate(-14,0)" + kept.get("transform", "")
    kept = {name: value for name, value in kept.items() if value != DEFAULTS.get(name)}
    children = [slim for child in node for slim in minify_node(child, ink)]

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
    slim = ElementTree.Element(tag, kept)
    slim.text = node.text
    slim.tail = node.tail
    slim.extend(children)
    return [fold_shift(slim)]


def fold_shift(node):
    """The element with its shift taken up: by a group's only child, by a text's own place."""
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


def shorten_value(value):
    """A colour as hex, a length to a tenth of a pixel and without its unit."""
    if found := re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", value):
        return "#{:02x}{:02x}{:02x}".format(*map(int, found.groups()))
    value = re.sub(r"(?<=\d)px\b", "", value)
    return re.sub(r"-?\d*\.\d+", lambda number: f"{round(float(number[0]), 1) or 0:g}", value)
