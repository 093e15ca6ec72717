"""A replica that serves the public: never older than a second, never missed when it fails."""

import itertools
import json
import time

import pytest

from tests import postgres
from tests.settings_anew import start

from .replication import replica_of
from .sites import own_postgres, site_on

pytestmark = pytest.mark.faults
SESSION = {"Cookie": "session=0"}
RENAME = "UPDATE findings_theme SET name = %s WHERE slug = 'workforce'"


@pytest.fixture(scope="module")
def servers(django_db_setup):
    with own_postgres() as primary, replica_of(primary) as replica:
        yield primary, replica


@pytest.fixture(scope="module")
def site(servers):
    primary, replica = servers
    with site_on(primary, REPLICA_URL=replica.url) as site:
        yield site


numbers = itertools.count()


def name_shown(site, **headers):
    """The name of a theme as a page shows it that nobody has asked for before."""
    response, page = site.get(f"/themes/workforce/?new={next(numbers)}", **headers)
    assert response.status == 200, site.said()[-3000:]
    return page.partition("<h1")[2].partition(">")[2].partition("</h1>")[0].strip()


def rename(primary, name):
    with primary.asking() as ask:
        ask(RENAME, name)


def until(found, seconds=5):
    """How long it takes until something is so."""
    began = time.monotonic()
    while not found():
        assert time.monotonic() < began + seconds, "It is never so."
        time.sleep(0.02)
    return time.monotonic() - began


def is_in_use(site):
    """Whether the site says that it reads the replica."""
    site.get(f"/themes/?new={next(numbers)}")
    told = [line for line in site.said().splitlines() if "The replica is" in line]
    return bool(told) and "is read" in told[-1]


def test_a_replica_that_lags_is_left_out_and_a_session_always_sees_the_primary(
    servers, site, fault_table
):
    primary, replica = servers
    until(lambda: is_in_use(site))
    with replica.asking() as ask:
        ask("SELECT pg_wal_replay_pause()")
    rename(primary, "Renamed while it lags")
    assert name_shown(site, **SESSION) == "Renamed while it lags"
    assert name_shown(site) != "Renamed while it lags"  # so it comes from the replica
    late = until(lambda: name_shown(site) == "Renamed while it lags")
    assert late < 1.5
    # Hundreds of changes later the primary counts from a later point, which the replica must not.
    with primary.asking() as ask:
        for number in range(120):
            ask("UPDATE findings_theme SET name = %s WHERE slug = 'workforce'", str(number))
    for _ in range(5):
        name_shown(site, **SESSION)
    rename(primary, "Renamed again")
    assert name_shown(site) == "Renamed again"
    with replica.asking() as ask:
        ask("SELECT pg_wal_replay_resume()")
    until(lambda: is_in_use(site))
    assert name_shown(site) == "Renamed again"
    fault_table("replica lags", f"pages {late:.1f} s late at most, then the primary's", "nothing")


@pytest.mark.parametrize("fault", ["dies", "hangs"])
def test_no_reader_misses_a_replica_that_fails(servers, site, fault_table, fault):
    primary, replica = servers
    until(lambda: is_in_use(site))
    replica.end("immediate") if fault == "dies" else replica.hang()
    longest = 0
    try:
        for number in range(12):
            rename(primary, f"{fault} {number}")
            began = time.monotonic()
            assert name_shown(site) == f"{fault} {number}"
            longest = max(longest, time.monotonic() - began)
        assert longest < 3.5
        assert not is_in_use(site)
    finally:
        replica.start() if fault == "dies" else replica.go_on()
    back = until(lambda: is_in_use(site))
    fault_table(
        f"replica {fault}",
        f"pages of the primary; the longest wait {longest:.1f} s",
        "nothing",
        f"read again {back:.1f} s after it answers",
    )


def test_the_public_reads_on_while_the_primary_is_gone(servers, site, fault_table):
    primary, _ = servers
    rename(primary, "The last name")
    until(lambda: is_in_use(site))
    until(lambda: name_shown(site) == "The last name")
    primary.end("immediate")
    began = time.monotonic()
    missed = longest = 0
    while (now := time.monotonic()) < began + 2:
        response, _ = site.get(f"/themes/workforce/?new={next(numbers)}")
        missed += response.status != 200
        longest = max(longest, time.monotonic() - now)
    assert name_shown(site) == "The last name"
    assert site.get("/admin/login/", **SESSION)[0].status == 503
    assert not missed
    primary.start()
    rename(primary, "A new name")
    back = until(lambda: name_shown(site) == "A new name")
    fault_table(
        "primary dies, with a replica",
        f"pages of the replica; the longest wait {longest:.1f} s",
        "503",
        f"a change is seen {back:.1f} s after it starts again",
    )


def doctor(database, replica):
    """What the doctor says of a replica: each fault or warning with its mend."""
    code = "from config import commands; commands.main(['doctor', '--json'])"
    told = json.loads(start(code, DATABASE_URL=database, REPLICA_URL=replica).stdout)
    return [f"{one['sentence']} {one['mend']}" for one in told if one["part"] == "replica"]


def test_the_doctor_says_what_is_wrong_with_a_replica(servers):
    primary, replica = servers
    # It asks a primary that was gone again after five seconds.
    until(lambda: doctor(primary.url, replica.url) == [], 20)
    (other,) = doctor(postgres.url(), replica.url)
    assert other.startswith("The server of REPLICA_URL is a replica of another database server. ")
    (name,) = doctor(primary.url, replica.address("postgres"))
    assert name.startswith("REPLICA_URL names the database postgres, and DATABASE_URL findings. ")
    with primary.asking() as ask:
        ask("CREATE ROLE only_some LOGIN")
        ask("GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_some")
        ask("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    with replica.asking() as ask:
        until(lambda: ask("SELECT 1 FROM pg_roles WHERE rolname = 'only_some'"))
    as_role = replica.tcp_url.replace("postgres@", "only_some@")
    (rights,) = doctor(primary.url, as_role)
    assert rights.startswith("The role only_some of REPLICA_URL lacks rights: as_at.")
    assert rights.endswith("SELECT ON ALL TABLES IN SCHEMA public, as_at TO only_some;")
    with replica.asking() as ask:
        ask("SELECT pg_wal_replay_pause()")
        rename(primary, "What the replica lacks")
        (lags,) = doctor(primary.url, replica.url)
        ask("SELECT pg_wal_replay_resume()")
    assert lags.startswith("The replica lags by more than 1 second, and is not read: it lacks ")
