"""What a figure looks like, and how it becomes a picture: the house's layout, the drawing as SVG, and the answer that sends it.

A figure is a dictionary of `data` and `layout` in plotly's words. Pages need little more than its size, so plotly itself, which
checks every word and takes its time, comes in where one is drawn or sent.
"""

import hashlib
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache as once
from pathlib import Path
from textwrap import shorten, wrap
from typing import NamedTuple
from urllib.parse import urlencode
from xml.etree import ElementTree

import plotly.graph_objects as go
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control

logger = logging.getLogger(__name__)

try:
    from mirage.engine import MirageEngine
except ImportError:
    MirageEngine = None
    logger.warning("plotly-mirage is not installed: no chart has a picture, each page's tables say the same")

CLEAR = "rgba(0,0,0,0)"
WIDE, NARROW = 640, 340
TEXT = 14
LABEL = 34  # letters of a line of a row's name, which must fit above its marks on a phone
LINE = 17  # what a second line takes; the table has what does not fit in two
ABOVE = 30  # the room that a row's name takes above its marks
THIN, BROAD = " .,:;'\u2019|!()[]/-ijlIftr", "mwMW%@&"
# How the engine measures a text: as `breadth` does, and in its own language, since a time limit keeps it from asking ours.
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
LIFT = 14  # by which the first row's name stands out of its row
PARAMETERS = {
    "svg": {"scheme": ("light", "dark"), "width": ("wide", "narrow")},
    "json": {"width": ("wide", "narrow")},
}
SVG = "http://www.w3.org/2000/svg"
NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what neither a drawing nor a spreadsheet can hold
CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


class Chart(NamedTuple):
    """A figure with what the page says about it and where its drawings are."""

    name: str
    sentence: str
    measure: str
    figure: dict
    address: str
    query: str = ""

    def at(self, ending, **parameters):
        query = "&".join(filter(None, [self.query, urlencode(parameters)]))
        return f"{self.address}.{ending}?{query}" if query else f"{self.address}.{ending}"

    @property
    def light(self):
        return self.at("svg")

    @property
    def dark(self):
        return self.at("svg", scheme="dark")

    @property
    def light_narrow(self):
        return self.at("svg", width="narrow")

    @property
    def dark_narrow(self):
        return self.at("svg", scheme="dark", width="narrow")

    @property
    def data(self):
        return self.at("json")

    @property
    def data_narrow(self):
        return self.at("json", width="narrow")

    @property
    def width(self):
        return self.figure["layout"]["width"]

    @property
    def height(self):
        return self.figure["layout"]["height"]

    @property
    def narrow_width(self):
        return NARROW

    @property
    def narrow_height(self):
        return narrow_height(self.figure["layout"])


def merged(layout, changes):
    """A layout with changes, dictionary by dictionary."""
    both = {
        name: merged(layout[name], change) if isinstance(change, dict) and isinstance(layout.get(name), dict) else change
        for name, change in changes.items()
    }
    return layout | both


def house_layout(narrow=None, **changes):
    """The look that every figure shares; `narrow` holds what changes on a phone, of rows `top` too."""
    axis = {
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 8},
        "color": "var(--ink-soft)",
    }
    layout = {
        "template": "none",
        "width": WIDE,
        "font": {"family": "var(--sans)", "size": TEXT, "color": "var(--ink)"},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hoverlabel": {
            "bgcolor": "var(--panel)",
            "bordercolor": "var(--line)",
            "font": {"family": "var(--sans)", "color": "var(--ink)"},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "bottom",
            "traceorder": "normal",
            "bgcolor": CLEAR,
        },
        "xaxis": axis,
        "yaxis": axis,
        "annotations": [],
        "meta": {"narrow": narrow or {}},
    }
    return merged(layout, changes)


def house_rows(names, bar=18, gap=10, top=0, bottom=0, width=WIDE, narrow=None, **changes):
    """The layout of a figure with one row a name, first on top: named beside its marks when wide, above them when narrow.

    `top` and `bottom` are the margins; the first is where a key, the words of an axis or a note on `yref="paper"` stand.
    A note named "narrow" shows on a phone alone.
    """
    lines = {name: in_two_lines(name) for name in names}
    labels = {name: "<br>".join(held) for name, held in lines.items()}
    margin = round(max((breadth(line, TEXT) for held in lines.values() for line in held), default=0)) + 16
    more = LINE * any(len(held) > 1 for held in lines.values())
    gap += more
    layout = house_layout(
        narrow,
        width=width,
        height=len(labels) * (bar + gap) + top + bottom,
        margin={"l": margin, "t": top, "b": bottom},
        bargap=gap / (bar + gap),
        legend={"x": -margin / (width - margin)},
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(labels),
            "range": [len(labels) - 0.5, -0.5],
            "showticklabels": False,
        },
        annotations=[
            {
                "name": "row",
                "text": label,
                "xref": "paper",
                "x": 0,
                "xanchor": "left",
                "align": "left",
                "xshift": -margin - 1,
                "yref": "y",
                "y": name,
                "showarrow": False,
            }
            for name, label in labels.items()
        ],
        meta={"bar": bar, "more": more},
    )
    return merged(layout, changes)


def in_two_lines(name):
    """A row's name in at most two lines, cut where they do not hold it."""
    first, *rest = wrap(name, LABEL) or [name]
    return [first, shorten(" ".join(rest), LABEL, placeholder=" …")] if rest else [first]


def narrow_height(layout):
    """How high a figure is on a phone."""
    changes, margin = layout["meta"]["narrow"], layout["margin"]
    rows = sum(note.get("name") == "row" for note in layout["annotations"])
    if not rows:
        return layout["height"]
    above, lift = ABOVE + layout["meta"]["more"], LIFT + layout["meta"]["more"]
    return rows * (layout["meta"]["bar"] + above) + changes.get("top", margin["t"]) + lift + margin["b"]


def narrowed(figure):
    """The same figure for a phone: nothing shrinks, rows are named above their marks, and its own changes hold."""
    layout = merged(figure["layout"], {"width": NARROW, "height": narrow_height(figure["layout"])})
    changes = dict(layout["meta"]["narrow"])
    lift = 0
    if bar := layout["meta"].get("bar"):
        above, lift = ABOVE + layout["meta"]["more"], LIFT + layout["meta"]["more"]
        top = changes.pop("top", layout["margin"]["t"]) + lift
        rows = layout["height"] - top - layout["margin"]["b"]
        layout |= {"bargap": above / (bar + above)}
        changes = merged(
            {"margin": {"l": 0, "t": top}, "xaxis": {"ticklabelstandoff": lift}, "legend": {"x": 0, "y": 1 + lift / rows if rows else 1}},
            changes,
        )
    layout["annotations"] = [note | narrowed_note(note, bar, lift) for note in layout["annotations"]]
    return figure | {"layout": merged(layout, changes)}


def narrowed_note(note, bar, lift):
    """What changes of a note on a phone."""
    if note.get("name") == "row":
        return {"xshift": -1, "yanchor": "bottom", "yshift": bar / 2}
    shift = {"yshift": lift} if bar and note.get("yref") == "paper" else {}
    return shift | ({"visible": True} if note.get("name") == "narrow" else {})


def breadth(text, size):
    """About how many pixels a text takes in a wide system font, the same on every machine."""
    return size * sum(0.33 if c in THIN else 0.9 if c in BROAD else 0.7 if c.isupper() else 0.58 for c in text)


@once
def tokens(scheme):
    """The custom properties of tokens.css, as they hold on a light or a dark screen."""
    css = re.sub(r"/\*.*?\*/", "", _stylesheet(), flags=re.S)
    light, _, dark = re.split(r"(@media[^{]*prefers-color-scheme:\s*dark[^{]*)", css, maxsplit=1)
    declared = [re.findall(r"--([\w-]+):\s*([^;}]+)", block) for block in ([light] if scheme == "light" else [light, dark])]
    return {name: value.strip() for block in declared for name, value in block}


@once
def _stylesheet():
    return Path(finders.find("css/tokens.css")).read_text()


@once
def _edition():
    """What a drawing depends on besides its figure: the colours, and this file."""
    return hashlib.sha256(_stylesheet().encode() + Path(__file__).read_bytes()).hexdigest()


def draw(figure, scheme="light", narrow=False):
    """The figure as SVG in the colours of a scheme; None where it cannot be drawn, or not now."""
    if MirageEngine is None:
        return None
    figure = narrowed(figure) if narrow else figure
    key = "drawing:" + hashlib.sha256(f"{_edition()}{scheme}{json.dumps(figure, default=str, sort_keys=True)}".encode()).hexdigest()
    svg = caches["drawings"].get(key)
    if svg is None:
        waiting = _pencil.submit(_kept, key, figure, scheme)
        try:
            svg = waiting.result(timeout=LONGEST_WAIT)
        except TimeoutError:
            # Others are being drawn: it is kept once it is, where its turn has come.
            waiting.cancel()
    return svg or None


# An engine takes some 30 MB: one figure is drawn at a time.
_pencil = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")


def _kept(key, figure, scheme):
    """The drawing, kept for good; empty where it cannot be made, so that such a figure is tried and logged once in a while."""
    cache = caches["drawings"]
    svg, keep = cache.get(key), None
    if svg is None:
        try:
            svg = _drawn(go.Figure(figure).to_json(), tokens(scheme), scheme)
        except Exception:  # the engine is young, and the page stands without it
            logger.exception("A figure could not be drawn; its page's tables say the same")
            svg, keep = "", 300
        cache.set(key, svg, timeout=keep)
    return svg


def _drawn(spec, colours, scheme):
    # A colour is all that its string says: a name may say whatever it likes. The engine, which measures text, gets a plain family.
    paints = colours | {"sans": "sans-serif"}
    spec = json.loads(re.sub(r'"var\(--([\w-]+)\)"', lambda found: json.dumps(paints.get(found[1], found[0][1:-1])), spec))
    if scheme == "dark":
        spec["layout"]["paper_bgcolor"] = colours["paper"]  # so that it can be read where nothing dark lies behind it
    return _slim(NO_XML.sub("\ufffd", _engine_draws(spec)), colours)


def _engine_draws(spec):
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
KEPT = DEFAULTS.keys() | {"d", "dy", "fill", "height", "shape-rendering", "stroke", "stroke-dasharray", "transform", "width", "x", "y"}
UNSEEN = (None, "", "none", "transparent")


def _slim(raw, colours):
    """What plotly drew, without what no one sees, and without style attributes, which a strict policy refuses."""
    drawn = ElementTree.fromstring(raw)  # noqa: S314, for it is our own drawing
    width, height = drawn.get("width"), drawn.get("height")
    root = ElementTree.Element("svg", xmlns=SVG, width=width, height=height, viewBox=f"0 0 {width} {height}")
    root.attrib |= {"font-family": colours["sans"], "font-size": str(TEXT), "fill": colours["ink"]}
    for child in drawn:
        root.extend(_slimmed(child, colours["ink"]))
    return ElementTree.tostring(root, encoding="unicode")


def _slimmed(node, ink):
    """The elements that a drawn element comes down to: none, itself, or a group's children."""
    tag = node.tag.removeprefix(f"{{{SVG}}}")
    given = node.attrib | dict(re.findall(r"([\w-]+):\s*([^;]+)", node.get("style", "")))
    if tag == "defs" or given.get("display") == "none":
        return []
    kept = {name: _short(value) for name, value in given.items() if name in KEPT}
    if "crisp" in node.get("class", "").split():
        kept["shape-rendering"] = "crispEdges"
    if kept.get("stroke") in UNSEEN or "0" in (kept.get("stroke-width"), kept.get("stroke-opacity")):
        kept = {name: value for name, value in kept.items() if not name.startswith("stroke")}
    if kept.get("fill-opacity") == "0" or kept.get("fill") == "transparent":
        kept |= {"fill": "none", "fill-opacity": "1"}
    if re.fullmatch(r"(rotate\(0,.*)?", kept.get("transform", "-")):
        del kept["transform"]
    if node.get("class") == "legend":
        # plotly indents a legend by 14 pixels; here it hangs at the margin, like everything else.
        kept["transform"] = "translate(-14,0)" + kept.get("transform", "")
    kept = {name: value for name, value in kept.items() if value != DEFAULTS.get(name)}
    children = [slim for child in node for slim in _slimmed(child, ink)]

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
    return [_settled(slim)]


def _settled(node):
    """The element with its shift taken up: by a group's only child, by a text's own place."""
    shift = re.fullmatch(r"translate\(([-\d.]+),([-\d.]+)\)", node.get("transform", ""))
    if node.tag == "g" and len(node) == 1 and node.keys() == ["transform"] and "transform" not in node[0].attrib:
        node[0].set("transform", node.get("transform"))
        return _settled(node[0])
    if node.tag == "text" and shift and not len(node):
        del node.attrib["transform"]
        for name, by in zip("xy", shift.groups(), strict=True):
            node.set(name, f"{float(node.get(name, 0)) + float(by):.0f}")
    return node


def _short(value):
    """A colour as hex, a length to a tenth of a pixel and without its unit."""
    if found := re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", value):
        return "#{:02x}{:02x}{:02x}".format(*map(int, found.groups()))
    value = re.sub(r"(?<=\d)px\b", "", value)
    return re.sub(r"-?\d*\.\d+", lambda number: f"{round(float(number[0]), 1) or 0:g}", value)


def chart_response(request, figure, ending, own=()):
    """A figure as a picture or as data for plotly.js; `own` names the page's parameters, which its view has checked."""
    if ending not in PARAMETERS:
        raise Http404("A chart comes as svg or json.")
    chosen = {}
    for name, values in request.GET.lists():
        if name in own:
            continue
        if len(values) > 1 or values[0] not in PARAMETERS[ending].get(name, ()):
            raise BadRequest("A chart has a scheme, light or dark, and a width, wide or narrow.")
        chosen[name] = values[0]
    narrow = chosen.get("width") == "narrow"
    if ending == "svg":
        content = draw(figure, chosen.get("scheme", "light"), narrow)
        if content is None:
            raise Http404("This chart cannot be drawn here.")
        response = HttpResponse(content, content_type="image/svg+xml")
    else:
        data = go.Figure(narrowed(figure) if narrow else figure).to_json()
        response = HttpResponse(data, content_type="application/json")
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    patch_cache_control(response, public=True, max_age=60)
    return get_conditional_response(request, etag=response["ETag"], response=response)
