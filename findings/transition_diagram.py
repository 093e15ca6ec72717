"""The allowed moves of an action as a picture, computed from their one table."""

from typing import NamedTuple

from .choices import ActionStatus
from .workflow import TRANSITIONS

WIDTH, STEP = 390, 50
LEFT, RIGHT, HIGH = (
    78,
    282,
    30,
)  # where the boxes of the statuses begin and end, and how high they are
BULGE = 13  # by how much an arrow stands out for each status that it passes
APART = 7  # between where arrows leave a box and where they arrive


class Box(NamedTuple):
    """A status in the picture."""

    status: ActionStatus
    top: int
    middle: int
    is_now: bool
    is_next: bool


class Arrow(NamedTuple):
    """An allowed move: the path that it takes, and whether it is open to the action now."""

    path: str
    is_open: bool


class Moves(NamedTuple):
    """The picture: forward moves to the right of the statuses, backward moves to the left."""

    now: ActionStatus
    boxes: list[Box]
    arrows: list[Arrow]
    height: int
    width = WIDTH
    left, across, centre = LEFT, RIGHT - LEFT, (LEFT + RIGHT) // 2
    high = HIGH

    @property
    def next(self):
        return TRANSITIONS[self.now]

    @property
    def table(self):
        return TRANSITIONS.items()


def moves(status):
    """The picture of all moves, with those marked that an action in this status may take."""
    now = ActionStatus(status)
    middle = {status: STEP * place + STEP // 2 for place, status in enumerate(ActionStatus)}
    boxes = [
        Box(
            status,
            middle[status] - HIGH // 2,
            middle[status],
            status == now,
            status in TRANSITIONS[now],
        )
        for status in ActionStatus
    ]
    arrows = [
        Arrow(path(middle[before], middle[after]), before == now)
        for before, nexts in TRANSITIONS.items()
        for after in nexts
    ]
    # Those that are open are drawn last, above the others.
    return Moves(now, boxes, sorted(arrows, key=lambda arrow: arrow.is_open), STEP * len(middle))


def path(before, after):
    """An SVG path between two boxes: straight down to the next, round the side to all others."""
    if after - before == STEP:
        return f"M{(LEFT + RIGHT) // 2} {before + HIGH // 2}V{after - HIGH // 2}"
    down = after > before
    side, away = (RIGHT, 1) if down else (LEFT, -1)
    start, end = (before + APART, after - APART) if down else (before - APART, after + APART)
    out = side + away * (12 + BULGE * abs(after - before) // STEP * 4 // 3)
    return f"M{side} {start}C{out} {start} {out} {end} {side} {end}"
