"""A diagram of how an action may change its status, drawn from the table `TRANSITIONS`."""

from typing import NamedTuple

from .choices import ActionStatus
from .workflow import TRANSITIONS

WIDTH, STEP = 390, 50
LEFT, RIGHT, HIGH = 78, 282, 30  # where the boxes of statuses begin and end; their height
BULGE = 13  # how far an arrow curves outwards for each status that it passes
APART = 7  # from the middle of a box to where arrows leave it, or arrive


class Box(NamedTuple):
    """A status in the diagram."""

    status: ActionStatus
    top: int
    middle: int
    is_now: bool
    is_next: bool


class Arrow(NamedTuple):
    """A transition: the path of its arrow, and whether the action may take it now."""

    path: str
    is_open: bool


class TransitionDiagram(NamedTuple):
    """The diagram: steps forward are to the right of the statuses, steps back to the left."""

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


def draw(status):
    """The diagram of all transitions; those open to an action with this status are marked."""
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
    # Open ones are drawn last, above the others.
    arrows.sort(key=lambda arrow: arrow.is_open)
    return TransitionDiagram(now, boxes, arrows, STEP * len(middle))


def path(before, after):
    """An SVG path between two boxes: straight down to the next, round the side to all others."""
    if after - before == STEP:
        return f"M{(LEFT + RIGHT) // 2} {before + HIGH // 2}V{after - HIGH // 2}"
    down = after > before
    side, away = (RIGHT, 1) if down else (LEFT, -1)
    start, end = (before + APART, after - APART) if down else (before - APART, after + APART)
    out = side + away * (12 + BULGE * abs(after - before) // STEP * 4 // 3)
    return f"M{side} {start}C{out} {start} {out} {end} {side} {end}"
