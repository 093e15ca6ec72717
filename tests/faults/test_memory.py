"""A worker that has answered a hundred thousand requests needs no more memory than before."""

import pytest

from tests import accounts
from tests.benchmark.processes import Process
from tests.benchmark.readers import in_own_process
from tests.faults.people import connected, session_of
from tests.faults.sites import own_postgres, site_on

pytestmark = pytest.mark.faults

REQUESTS, AT_ONCE, MEASURED = 100_000, 4, 10  # times
# Of a hundred requests so many are for pages that are kept, for lists that nobody has asked for
# before, and for pages of staff.
SHARES = {"kept": 80, "lists": 15, "staff": 5}
KEPT = ["/", "/forces/", "/findings/", "/findings/?theme=workforce", "/inspections/", "/plans/"]
KEPT += ["/themes/", "/actions/", "/sources/", "/compare/", "/changes/", "/about/"]
LISTS = ["/findings/?q=force+{}", "/actions/?q=plan+{}", "/findings/?theme=workforce&q={}"]
STAFF = ["/admin/", "/admin/findings/action/", "/admin/findings/finding/", "/admin/findings/plan/"]


def test_the_memory_of_a_worker_stays_flat_over_a_hundred_thousand_requests(
    django_db_blocker, fault_table
):
    with own_postgres() as database, site_on(database, workers=1) as site:
        with django_db_blocker.unblock(), connected(database.url):
            session = session_of(accounts.make("superuser"))
        (worker,) = site.workers()
        sizes = []
        for number in range(MEASURED):
            plan = {"port": site.port, "session": session, "first": number * REQUESTS}
            plan |= {"count": REQUESTS // MEASURED, "at_once": AT_ONCE, "shares": SHARES}
            plan |= {"addresses": {"kept": KEPT, "lists": LISTS, "staff": STAFF}}
            assert in_own_process("tests.faults.requests", plan) == []
            sizes.append(Process(worker).megabytes())
        assert site.workers() == [worker]
    half, last = sizes[MEASURED // 2 - 1], sizes[-1]
    fault_table(
        f"{REQUESTS:,} requests to one worker",
        "every page",
        "every page",
        f"{half:.0f} MB after half of them, {last:.0f} MB after all: "
        + ", ".join(f"{size:.0f}" for size in sizes),
    )
    assert last < 1.02 * half, sizes
