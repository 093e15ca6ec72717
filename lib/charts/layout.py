"""The look that every figure shares, and how it changes on a phone."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from textwrap import shorten, wrap
from typing import Any, TypeVar

Figure = dict[str, Any]  # `data` and `layout`, as plotly has them
Layout = dict[str, Any]
Draw = TypeVar("Draw", bound=Callable[..., Figure])

CLEAR = "rgba(0,0,0,0)"
WIDE, NARROW = 672, 288  # as wide as text runs, and as a phone
TEXT = 14
LABEL = 32  # letters in a line of a row's name, which stands above its marks on a phone
MOST = 36  # in each of two lines, if a name would otherwise be cut
LINE = 17  # the height of a second line; what does not fit in two is in the table
ABOVE = 30  # the height of a row's name above its marks
LIFT = 14  # how far the first row's name reaches above its row
THIN, BROAD = " .,:;'\u2019|!()[]/-ijlIftr", "mwMW%@&"


def caption(words: str) -> Callable[[Draw], Draw]:
    """Give the function that draws a figure its caption."""

    def decorate(draw: Draw) -> Draw:
        draw.caption = words
        return draw

    return decorate


def merge_layouts(layout: Layout, changes: Layout) -> Layout:
    """A layout with changes, merged at every level."""
    both = {
        name: merge_layouts(layout[name], change)
        if isinstance(change, dict) and isinstance(layout.get(name), dict)
        else change
        for name, change in changes.items()
    }
    return layout | both


def base_layout(narrow: Layout | None = None, **changes: Any) -> Layout:
    """The look that every figure shares; `narrow` holds what changes on a phone."""
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
    return merge_layouts(layout, changes)


def row_layout(
    names: Sequence[str],
    bar: int = 18,
    gap: int = 10,
    top: int = 0,
    bottom: int = 0,
    width: int = WIDE,
    narrow: Layout | None = None,
    **changes: Any,
) -> Layout:
    """The layout of a figure with one row a name, the first on top; all sizes in pixels.

    A name is beside its marks, or on a phone above them. `top` is the space above the rows, for a
    legend, the labels of an axis or a note on `yref="paper"`; `narrow` may hold another `top`. A
    note named "narrow" is shown on phones only, one named "wide" only elsewhere.
    """
    lines = {name: in_two_lines(name) for name in names}
    labels = {name: "<br>".join(map(as_text, parts)) for name, parts in lines.items()}
    widths = [text_width(line, TEXT) for parts in lines.values() for line in parts]
    margin = round(max(widths, default=0)) + 16
    more = LINE * any(len(parts) > 1 for parts in lines.values())
    gap += more
    layout = base_layout(
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
        meta={"bar": bar, "gap": gap, "more": more},
    )
    return merge_layouts(layout, changes)


# What plotly would take for markup, and two dollar signs for a formula, which no engine draws.
MARKUP = {ord(sign): f"&#{ord(sign)};" for sign in "&<>$"}


def as_text(words: str) -> str:
    """Words from the data, such as a name, as a figure says them."""
    return words.translate(MARKUP)


@lru_cache(maxsize=5_000)
def in_two_lines(name: str) -> tuple[str, ...]:
    """A row's name in at most two lines, cut where it does not fit."""
    for letters in (LABEL, MOST):
        first, *rest = wrap(name, letters) or [name]
        if len(rest) < 2:
            break
    return (first, shorten(" ".join(rest), letters, placeholder=" …")) if rest else (first,)


def narrow_height(layout: Layout) -> int:
    """How high a figure is on a phone."""
    changes, margin = layout["meta"]["narrow"], layout["margin"]
    rows = sum(note.get("name") == "row" for note in layout["annotations"])
    if not rows:
        return layout["height"]
    above, lift = ABOVE + layout["meta"]["more"], LIFT + layout["meta"]["more"]
    return (
        rows * (layout["meta"]["bar"] + above)
        + changes.get("top", margin["t"])
        + lift
        + margin["b"]
    )


def narrow_figure(figure: Figure) -> Figure:
    """The figure for a phone: names above their marks, text at full size, `narrow` applied.

    A trace has its own `narrow` in its `meta`.
    """
    layout = merge_layouts(
        figure["layout"], {"width": NARROW, "height": narrow_height(figure["layout"])}
    )
    changes = dict(layout["meta"]["narrow"])
    lift = 0
    if bar := layout["meta"].get("bar"):
        above, lift = ABOVE + layout["meta"]["more"], LIFT + layout["meta"]["more"]
        top = changes.pop("top", layout["margin"]["t"]) + lift
        rows = layout["height"] - top - layout["margin"]["b"]
        layout |= {"bargap": above / (bar + above)}
        changes = merge_layouts(
            {
                "margin": {"l": 0, "t": top},
                "xaxis": {"ticklabelstandoff": lift},
                "legend": {"x": 0, "y": 1 + lift / rows if rows else 1},
            },
            changes,
        )
    layout["annotations"] = [note | narrow_note(note, bar, lift) for note in layout["annotations"]]
    traces = [trace | trace.get("meta", {}).get("narrow", {}) for trace in figure["data"]]
    return {"data": traces, "layout": merge_layouts(layout, changes)}


def narrow_note(note: dict[str, Any], bar: int | None, lift: int) -> dict[str, Any]:
    """What is different about a note on a phone."""
    if note.get("name") == "row":
        return {"xshift": -1, "yanchor": "bottom", "yshift": bar / 2}
    shift = {"yshift": lift} if bar and note.get("yref") == "paper" else {}
    name = note.get("name")
    return shift | ({"visible": name == "narrow"} if name in ("narrow", "wide") else {})


@lru_cache(maxsize=20_000)  # charts of one page ask for the same words again and again
def text_width(text: str, size: float) -> float:
    """The width of a text in pixels: an estimate for a wide system font, the same everywhere."""
    return size * sum(
        0.33 if c in THIN else 0.9 if c in BROAD else 0.7 if c.isupper() else 0.58 for c in text
    )
