"""Pictures are drawn one after another, outside the threads that serve pages, and kept for good."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import BoundedSemaphore, Lock
from time import sleep

from django.core.cache import caches

from lib.observability import metrics

logger = logging.getLogger(__name__)

LONGEST_DRAWING = 10  # seconds of processor time for a picture; it takes about a tenth of one
LONGEST_WAIT = 8  # seconds, including the pictures before it
# Threads of a process that wait for pictures; one more waits for a moment to be among them. The
# others serve pages.
MOST_WAITING = 2
MOMENT = 0.5  # seconds

Picture = str | bytes  # as SVG or PNG


class DrawingBusy(Exception):
    """A picture is not drawn in time: others are before it, or enough readers wait for theirs."""


# One at a time of each sort, so that no chart waits until a page is set.
pictures = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")
papers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="typesetting")
_doors = BoundedSemaphore(MOST_WAITING + 1)
_places = BoundedSemaphore(MOST_WAITING)
_drawings: dict[str, Future] = {}  # those that are not finished, by their keys
_lock = Lock()


def draw_in_turn(
    key: str, draw: Callable[[], Picture], executor: ThreadPoolExecutor = pictures
) -> Picture:
    """What was drawn for a key, or is now; empty if it cannot be drawn.

    Raises `DrawingBusy` if it cannot be drawn now.
    """
    kept = caches["drawings"].get(key)
    if kept is not None:
        return kept
    try:
        return _wait_for(key, draw, executor)
    except DrawingBusy:
        metrics.drawings.labels("busy").inc()
        raise


def waiting() -> int:
    """How many pictures and PDFs this process makes, or has still to make."""
    return len(_drawings)


@contextmanager
def _place() -> Iterator[None]:
    """A place among those who wait for pictures; raises `DrawingBusy` if there is none."""
    if not _doors.acquire(blocking=False):
        raise DrawingBusy
    try:
        if not _places.acquire(timeout=MOMENT):
            raise DrawingBusy
        try:
            yield
        finally:
            _places.release()
    finally:
        _doors.release()


def _wait_for(key: str, draw: Callable[[], Picture], executor: ThreadPoolExecutor) -> Picture:
    """A drawing, once it is made: whoever else asks for it meanwhile waits for the same one."""
    with _place():
        with _lock:
            drawing = _drawings.get(key)
            if drawing is None:
                # What it logs is of the request that asked first.
                run = copy_context().run
                drawing = _drawings[key] = executor.submit(run, _draw_and_keep, key, draw)
                metrics.drawings_waiting.inc()
                drawing.add_done_callback(lambda _: metrics.drawings_waiting.dec())
        drawing.add_done_callback(lambda _: _drawings.pop(key, None))
        try:
            return drawing.result(timeout=LONGEST_WAIT)
        except TimeoutError as late:
            raise DrawingBusy from late  # it is drawn all the same, and kept


def _draw_and_keep(key: str, draw: Callable[[], Picture]) -> Picture:
    """Draw a picture and cache it for good; if that fails, cache an empty text for five minutes.

    Where processes share the cache, one of them draws, and the others wait for it.
    """
    drawings, begun = caches["drawings"], f"{key}:begun"
    while not drawings.add(begun, True, timeout=LONGEST_DRAWING + 1):
        sleep(0.1)
    try:
        picture, keep = drawings.get(key), None
        if picture is None:
            try:
                picture = draw()
            except Exception:  # the engine is young, and the page can do without it
                logger.exception("A figure could not be drawn; its page's tables say the same")
                picture, keep = "", 300
            metrics.drawings.labels("made" if picture else "failed").inc()
            drawings.set(key, picture, timeout=keep)
        return picture
    finally:
        drawings.delete(begun)
