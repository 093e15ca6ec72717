"""Many readers and editors at once, on the site as production runs it, for two minutes."""

import asyncio
import html
import re
import time
from collections import Counter
from statistics import median

import pytest

from findings.models import ProgressUpdate
from lib.audit.models import Change
from lib.sentences import plural
from tests import factories
from tests.benchmark import data, processes
from tests.benchmark.lines import mixed_addresses
from tests.benchmark.ratios import percentile, short
from tests.benchmark.readers import ask
from tests.faults.crowd import send_crowd
from tests.faults.people import connected, make_editors
from tests.faults.sites import site_on

pytestmark = pytest.mark.faults

READERS, EDITORS, SECONDS = 200, 10, 120
# What a person takes to read a page, or to write a report: on average, and up to twice as long.
READS_FOR, WRITES_FOR = 15, 10  # seconds
CHARTS = re.compile(r'"(/[^"]+/charts/[^"]+\.svg[^"]*)"')
FILES = [
    *("/findings/?theme=workforce&format=csv", "/findings/?format=csv", "/actions/?format=xlsx"),
    *("/findings/?kind=weakness&region=south-west&format=json", "/changes/?format=atom"),
]
PROGRAMS = [f"/api/v1/{name}/" for name in ("findings", "actions", "gradings", "organisations")]


@pytest.fixture(scope="module")
def nation():
    """The address of a database with 15,000 findings, and its process."""
    with processes.database() as (address, postgres):
        data.fill(address, "nation")
        yield address, processes.Process(postgres)


@pytest.fixture
def site(nation, django_db_blocker):
    """The site on it, as production runs it; this process reads and writes its rows too."""
    with (
        django_db_blocker.unblock(),
        connected(nation[0]),
        site_on(None, workers=2, address=nation[0], ONE_PERSON_MAY_APPROVE="1") as site,
    ):
        yield site


def everything(site, nation):
    """Addresses of every kind: pages thrice as often as charts, files and what programs read."""
    pages = mixed_addresses(data.rare_word(nation[0]))
    charts = {
        html.unescape(chart) for page in pages for chart in CHARTS.findall(content_of(site, page))
    }
    return [*pages * 3, *sorted(charts)[:12], *FILES, *PROGRAMS]


def content_of(site, address):
    response = asyncio.run(ask(site.port, address, headers={"Accept-Encoding": "identity"}))
    assert response.status == 200, address
    return response.content.decode()


def wait_alone(site, addresses):
    """What one reader waits for each address who comes alone, after something has changed."""
    waits = []
    for number in range(4):
        factories.theme.make()
        for address in sorted(set(addresses)):
            started = time.perf_counter()
            assert asyncio.run(ask(site.port, address)).status == 200, address
            if number:  # the first time, charts are drawn and indexes read
                waits.append(time.perf_counter() - started)
    return waits


def test_two_hundred_readers_and_ten_editors_are_served_without_an_error_or_anything_stale(
    nation, site, fault_table
):
    addresses = everything(site, nation)
    alone = median(wait_alone(site, addresses))
    working = (processes.Process(site.process.pid), nation[1])
    cpu = sum(process.cpu() for process in working)
    seen = send_crowd(
        port=site.port,
        addresses=addresses,
        readers=READERS,
        seconds=SECONDS,
        pause=READS_FOR,
        editors=make_editors(EDITORS, 4, "approver"),
        editors_pause=WRITES_FOR,
    )
    waits = [wait for wait, _ in seen["waits"]]
    typed = [wait for wait, _ in seen["editors_waits"]]
    cpu = (sum(process.cpu() for process in working) - cpu) / (len(waits) + len(typed))
    p95 = percentile(waits, 95)
    slowest = max(map(tuple, seen["waits"]))
    fault_table(
        f"{READERS} readers, a page each {READS_FOR} seconds, and {EDITORS} editors, for "
        f"{SECONDS} seconds at 15,000 findings",
        f"{len(waits):,} responses, {len(seen['errors'])} {plural(len(seen['errors']), 'error')}, "
        f"{len(seen['again'])} {plural(len(seen['again']), 'download')} told to come again in ten "
        "seconds; median "
        f"{short(1000 * median(waits))} ms, p95 {short(1000 * p95)} ms, "
        f"{short(p95 / alone)} × the median of a reader alone ({short(1000 * alone)} ms); "
        f"slowest {short(slowest[0])} s, `{slowest[1]}`",
        f"{len(seen['saved'])} reports saved and published, p95 of a page "
        f"{short(1000 * percentile(typed, 95))} ms; {short(1000 * cpu)} ms of CPU a page, of "
        "readers and editors",
        f"{len(seen['stale'])} stale",
    )
    assert seen["errors"] == []
    # Only files are made a few at a time.
    assert {"format=" in address and wait == "10" for address, wait in seen["again"]} <= {True}
    assert len(seen["again"]) < 0.01 * len(waits)
    assert seen["stale"] == []
    assert len(seen["saved"]) >= EDITORS
    told = Counter(ProgressUpdate.objects.approved().values_list("note", flat=True))
    assert {name: told[name] for name in seen["saved"]} == dict.fromkeys(seen["saved"], 1)
    written = Change.objects.filter(table="findings_progressupdate", operation="INSERT")
    once = Counter(written.exclude(request=None).values_list("after__note", flat=True))
    assert once == Counter(seen["saved"])
    assert p95 < 10 * alone
