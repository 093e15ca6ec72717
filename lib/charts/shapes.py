"""Kinds of figure that more than one app draws."""

from collections.abc import Sequence
from typing import NamedTuple

from .layout import Figure, row_layout


class Segment(NamedTuple):
    """One colour of a stacked bar chart: its label, its paints, and a count for each row."""

    label: str
    fill: str
    ink: str
    outline: str
    counts: list[int]


def stacked_rows(
    names: Sequence[str], segments: Sequence[Segment], top: int, narrow_top: int
) -> Figure:
    """One stacked bar for each name, with its counts in the segments.

    `top` is the height of the legend in pixels, `narrow_top` that on a phone.
    """
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": segment.label,
            "y": names,
            "x": [count or None for count in segment.counts],
            "text": [count or "" for count in segment.counts],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "constraintext": "none",
            "textfont": {"color": segment.ink},
            "marker": {"color": segment.fill, "line": {"width": 1, "color": segment.outline}},
            "hovertemplate": f"%{{y}}: %{{x}} {segment.label.lower()}<extra></extra>",
        }
        for segment in segments
    ]
    layout = row_layout(
        names,
        top=top,
        barmode="stack",
        xaxis={"showticklabels": False},
        narrow={"top": narrow_top},
    )
    return {"data": bars, "layout": layout}
