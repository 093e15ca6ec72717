"""Several synthetic regions at once, as many as measuring takes."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import NamedTuple

from django.db import connection

from .actions import people
from .findings import themes_in_use
from .organisations import headline_question
from .regions import make_synthetic_region


class Size(NamedTuple):
    """How many regions, and how many of everything else each of them has.

    `plans` is how many organisations have a plan for each inspection. Without a number of actions,
    each finding that asks for one has one.
    """

    regions: int
    organisations: int
    inspections: int
    findings: int
    plans: int
    actions: int | None = None

    @property
    def in_words(self):
        """What it comes to, all regions together."""
        totals = {
            "regions": 1,
            "forces and units": self.organisations,
            "inspections": self.inspections,
            "findings": self.findings,
            "plans": self.inspections * self.plans,
            "actions": self.actions,
        }
        words = [f"{self.regions * each:,} {what}" for what, each in totals.items()]
        return f"{', '.join(words[:-1])} and {words[-1]}"


SIZES = {
    # About as many regions and forces as England and Wales have; an action for each finding
    # that asks for one.
    "nation": Size(10, 5, 10, 1_500, 5, 857),
    # Three reports a year on every region, for twenty-five years.
    "decades": Size(40, 6, 75, 25_000, 6, 50_000),
}


def region_names(name, size):
    """The names of its regions: the first has the name itself."""
    return [name, *(f"{name} {place}" for place in range(2, size.regions + 1))]


def make_synthetic_regions(name, size, published_on, public_at, at_once=2):
    """Write regions of a size; yields each once it is written, so that progress can be shown.

    Each is written in a transaction of its own, `at_once` at the same time: while one is thought
    up, the database writes another.
    """
    # What regions share is made before, or one would wait for the other's transaction.
    headline_question(), themes_in_use(), people()

    def make(region_name):
        return make_synthetic_region(
            region_name,
            size.organisations,
            size.findings,
            size.plans,
            published_on,
            public_at,
            size.inspections,
            size.actions,
        )

    def make_in_thread(region_name):
        try:
            return make(region_name)
        finally:
            connection.close()

    names = region_names(name, size)
    if 1 in (at_once, size.regions):
        yield from map(make, names)
        return
    with ThreadPoolExecutor(at_once) as writers:
        waiting = {writers.submit(make_in_thread, each) for each in names}
        try:
            while waiting:
                written, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in written)
        finally:
            writers.shutdown(cancel_futures=True)
