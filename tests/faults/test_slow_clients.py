"""A hundred slow clients of each kind, without a proxy, and what others meanwhile wait for."""

import itertools
import statistics

import pytest

from tests.serving import Server

from .slow_clients import PATIENCE, SlowClients, kinds, waits

NUMBER = 100
LONGEST = 1  # seconds that others may wait for a kept page, and for a list that is made anew
LARGE = 4_000_000  # bytes of a static file
ASKED = 30  # pages by others
DOWNLOAD = "/findings/?format=json"


def addresses():
    """A page that is kept, and a list that nobody has asked for, in turn."""
    for number in itertools.count():
        yield "/regions/south-west/"
        yield f"/findings/?asked={number}"


def asked_by_others(port, slow):
    """What others wait for while slow clients are there: the slowest of a hundred."""
    pages = addresses()
    waits(port, itertools.islice(pages, 8), PATIENCE)  # wakes both processes
    with SlowClients(port, slow, NUMBER) as clients:
        taken = waits(port, itertools.islice(pages, ASKED), PATIENCE)
        assert clients.connected() > 0.9 * NUMBER * len(slow), clients.closed
    assert len(taken) == ASKED
    return statistics.quantiles(taken, n=100, method="inclusive")[-1]


@pytest.mark.slow
def test_slow_clients_keep_nobody_waiting(db, tmp_path, fault_table):
    (tmp_path / "large.bin").write_bytes(bytes(LARGE))
    with (tmp_path / "log").open("w+") as log:
        site = Server(log, tmp_path, 2)
        try:
            site.ready()
            slow = kinds("/findings/", DOWNLOAD, "/follow/", "/static/large.bin")
            waited = asked_by_others(site.port, slow)
            assert waited < LONGEST
            fault_table(
                f"{NUMBER} slow clients of each of {len(slow)} kinds, no proxy",
                f"pages, 99 of 100 within {1000 * waited:.0f} ms",
            )
            assert "Traceback" not in site.said()
        finally:
            site.end()
