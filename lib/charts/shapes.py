"""Kinds of figure that more than one app draws."""

from collections.abc import Sequence
from itertools import accumulate
from math import ceil
from typing import Any, NamedTuple

from lib.sentences import lower_first

from .layout import NARROW, TEXT, Figure, row_layout, text_width

PAD = 10  # what a word needs in a bar besides its own width, in pixels
FULL = 1.004  # an axis ends where the outline of the longest bar does
LEVEL = 18  # the height of a line of words above the first bar
ENTRY, ENTRY_HEIGHT = 45, 22  # a legend's entry: its mark and the space around it


class Segment(NamedTuple):
    """One colour of a stacked bar chart: its label, its paints, and a count for each row.

    `letters`, if it has any, stand in its bars where its word does not fit.
    """

    label: str
    fill: str
    ink: str
    outline: str
    counts: list[int]
    letters: str = ""

    @property
    def word(self) -> str:
        """Its label as it stands beside a number."""
        return lower_first(self.label)


class EndWord(NamedTuple):
    """The word of a row's last segment, right of the bar."""

    row: int
    total: int
    word: str


class AboveWord(NamedTuple):
    """A word above the first bar, with a line down to its segment's middle."""

    value: float
    word: str
    anchor: str  # the side of the word at which the line stands
    level: int

    def span(self, scale: float) -> tuple[float, float]:
        """From where to where the word reaches, in pixels."""
        at, width = self.value * scale, text_width(self.word, TEXT) + PAD
        return (at, at + width) if self.anchor == "left" else (at - width, at)

    def is_clear_of(self, other: "AboveWord", scale: float) -> bool:
        """Whether neither covers the other, nor the other's line."""
        low, high = sorted((self, other), key=lambda word: word.level)
        start, end = low.span(scale)
        if low.level < high.level:
            return not start < high.value * scale < end
        other_start, other_end = high.span(scale)
        return end <= other_start or other_end <= start


class Words(NamedTuple):
    """Where the words of a stacked bar chart stand in a given width."""

    texts: list[list[str]]  # in each segment: its count, and its word where both fit
    ends: list[EndWord]
    above: list[AboveWord]
    missing: list[bool]  # whether a segment has its word nowhere, so that it needs a legend


def place_words(segments: Sequence[Segment], room: float, with_above: bool) -> Words:
    """Each segment's word in its bars, at a row's end, or above the first bar."""
    rows = list(zip(*(segment.counts for segment in segments), strict=True))
    totals = [sum(row) for row in rows]
    scale = room / max([*totals, 1])
    words = [segment.word for segment in segments]
    texts, ends, named = [], [], set()
    for place, (segment, word) in enumerate(zip(segments, words, strict=True)):
        names = list(filter(None, (word, segment.letters)))
        texts.append([text_in_bar(names, count, count * scale) for count in segment.counts])
        if any(text.endswith(word) for text in texts[-1]):
            named.add(place)
    for row, (counts, total) in enumerate(zip(rows, totals, strict=True)):
        last = max((place for place, count in enumerate(counts) if count), default=None)
        if last is None or texts[last][row].endswith(word := words[last]):
            continue
        if total * scale + text_width(word, TEXT) + PAD <= room:
            ends.append(EndWord(row, total, word))
            named.add(last)
    above: list[AboveWord] = []
    first = list(zip(segments, rows[0], accumulate(rows[0]), strict=True)) if rows else []
    for place in reversed(range(len(first)) if with_above else ()):
        segment, count, end = first[place]
        if count and place not in named:
            word = word_above(segment.word, end - count / 2, above, scale, room)
            if word:
                above.append(word)
                named.add(place)
    missing = [any(segment.counts) and place not in named for place, segment in enumerate(segments)]
    return Words(texts, ends, above, missing)


def text_in_bar(names: Sequence[str], count: int, width: float) -> str:
    """A count with the first of its segment's names that fits a bar, if one does."""
    for name in names:
        text = f"{count}\u00a0{name}"
        if text_width(text, TEXT) + PAD <= width:
            return text
    return str(count or "")


def word_above(
    word: str, value: float, above: Sequence[AboveWord], scale: float, room: float
) -> AboveWord | None:
    """The word at the lowest level where it covers none of those above a bar."""
    for level in range(len(above) + 1):
        for anchor in ("left", "right"):
            one = AboveWord(value, word, anchor, level)
            start, end = one.span(scale)
            within = start >= 0 and end <= room + PAD
            if within and all(one.is_clear_of(other, scale) for other in above):
                return one
    return None


def legend_height(labels: Sequence[str], width: float) -> int:
    """How high a legend of these labels is; plotly gives each the width of the longest."""
    if not labels:
        return 0
    entry = max(text_width(label, TEXT) for label in labels) + ENTRY
    return ceil(len(labels) / max(1, int(width / entry))) * ENTRY_HEIGHT + 6


def stacked_rows(names: Sequence[str], segments: Sequence[Segment]) -> Figure:
    """One stacked bar for each name, with its counts and words in and at the segments.

    Only where a segment's word fits nowhere is it in a legend.
    """
    layout = row_layout(names, barmode="stack")
    room = layout["width"] - layout["margin"]["l"]
    wide, narrow = place_words(segments, room, True), place_words(segments, NARROW, False)
    lines = LEVEL * max((word.level + 1 for word in wide.above), default=0)
    keys = [
        legend_height(
            [one.label for one, missing in zip(segments, words.missing, strict=True) if missing],
            width,
        )
        for words, width in ((wide, layout["width"]), (narrow, NARROW))
    ]
    most = max([*map(sum, zip(*(segment.counts for segment in segments), strict=True)), 1])
    rows = layout["height"]
    layout = row_layout(
        names,
        top=lines + keys[0],
        barmode="stack",
        xaxis={"showticklabels": False, "range": [0, most * FULL]},
        showlegend=any(wide.missing),
        narrow={"top": keys[1], "showlegend": any(narrow.missing)},
    )
    layout["legend"]["y"] = 1 + lines / rows if rows else 1
    layout["annotations"] += [
        end_note(names[end.row], end, name)
        for words, name in ((wide, "wide"), (narrow, "narrow"))
        for end in words.ends
    ] + [above_note(names[0], word, layout["meta"]) for word in wide.above]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": segment.label,
            "y": names,
            "x": [count or None for count in segment.counts],
            "text": wide.texts[place],
            "showlegend": wide.missing[place],
            "meta": {"narrow": {"text": narrow.texts[place], "showlegend": narrow.missing[place]}},
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "constraintext": "none",
            "textfont": {"color": segment.ink},
            "marker": {"color": segment.fill, "line": {"width": 1, "color": segment.outline}},
            "hovertemplate": f"%{{y}}: %{{x}} {segment.word}<extra></extra>",
        }
        for place, segment in enumerate(segments)
    ]
    return {"data": bars, "layout": layout}


def end_note(row: str, end: EndWord, name: str) -> dict[str, Any]:
    """The word right of a bar, on a wide screen or on a phone."""
    return {
        "name": name,
        "visible": name == "wide",
        "x": end.total,
        "xanchor": "left",
        "align": "left",
        "xshift": PAD / 2,
        "y": row,
        "text": end.word,
        "showarrow": False,
        "font": {"color": "var(--ink-soft)"},
    }


def above_note(row: str, word: AboveWord, meta: dict[str, Any]) -> dict[str, Any]:
    """The word above the first bar, with its line."""
    return {
        "name": "wide",
        "x": word.value,
        "y": row,
        "yshift": meta["bar"] / 2,
        "ax": 0,
        "ay": -(meta["gap"] / 2 + word.level * LEVEL),
        "xanchor": word.anchor,
        "align": word.anchor,
        "yanchor": "bottom",
        "text": word.word,
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1,
        "arrowcolor": "var(--edge)",
        "borderpad": 0,
        "font": {"color": "var(--ink-soft)"},
    }
