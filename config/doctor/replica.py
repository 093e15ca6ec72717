"""The replica of the database, where one is named: whether public pages can be read there."""

import time
from contextlib import closing

import psycopg2
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.utils import ConnectionHandler

from lib.as_at.tables import SCHEMA
from lib.replicas import INTERVAL, MOST_LAG, POSITION, REPLAYED
from lib.sentences import plural

from .database import ask, connect, missing_rights, some
from .examination import Fault, warning

SERVER = "SELECT pg_is_in_recovery(), pg_postmaster_start_time(), current_database()"
MAY_IDENTIFY = "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')"
IDENTIFIER = "SELECT system_identifier FROM pg_control_system()"
MEND = "Name a streaming replica of the database in REPLICA_URL, or leave it out."


def replica_can_be_read():
    """Faults of the replica; with most of them, the primary makes its pages too."""
    if not settings.REPLICA:
        return
    named = ConnectionHandler({DEFAULT_DB_ALIAS: settings.REPLICA})[DEFAULT_DB_ALIAS]
    try:
        replica = connect(named)
    except psycopg2.OperationalError as error:
        yield Fault(
            f"The replica cannot be reached: {' '.join(str(error).split())}",
            "Correct REPLICA_URL, or see whether the replica runs and lets this machine in.",
        )
        return
    with closing(replica), replica.cursor() as cursor:
        try:
            primary = connect(connection)
        except psycopg2.OperationalError:  # which the part of the database tells
            return
        with closing(primary), primary.cursor() as at_primary:
            yield from replica_follows(cursor, at_primary)


def replica_follows(cursor, at_primary):
    """Faults of what the replica is, what its role may read there, and how far it lags."""
    ((is_in_recovery, started_at, name),) = ask(cursor, SERVER)
    ((_, primary_started_at, primary_name),) = ask(at_primary, SERVER)
    if started_at == primary_started_at:
        yield Fault("REPLICA_URL names the same server as DATABASE_URL.", MEND)
    elif not is_in_recovery:
        yield Fault("The server of REPLICA_URL is a primary: it follows no other.", MEND)
    elif follows_another(cursor, at_primary):
        yield Fault("The server of REPLICA_URL is a replica of another database server.", MEND)
    elif name != primary_name:
        yield Fault(
            f"REPLICA_URL names the database {name}, and DATABASE_URL {primary_name}.",
            "Name the same database in both.",
        )
    else:
        yield from role_may_read(cursor)
        yield from replica_keeps_up(cursor, at_primary)


def follows_another(cursor, at_primary):
    """Whether two servers differ in what replicas share with their primary, if both roles may ask
    for it."""
    servers = (cursor, at_primary)
    if any(ask(one, MAY_IDENTIFY) != [(True,)] for one in servers):
        return False
    replica, primary = (ask(one, IDENTIFIER) for one in servers)
    return replica != primary


def role_may_read(cursor):
    """A fault where the replica's role may not read what pages show."""
    if missing := missing_rights(cursor, "SELECT"):
        ((role,),) = ask(cursor, "SELECT current_user")
        yield Fault(
            f"The role {role} of REPLICA_URL lacks rights: {some(missing)}.",
            f"At the primary, as their owner: GRANT USAGE ON SCHEMA {SCHEMA} TO {role}; "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA public, {SCHEMA} TO {role};",
        )


def replica_keeps_up(cursor, at_primary):
    """A warning where the replica still lacks what the primary had a moment ago."""
    ((_, written),) = ask(at_primary, POSITION)
    deadline = time.monotonic() + MOST_LAG
    while (replayed := ask(cursor, REPLAYED)[0][1]) < written:
        if time.monotonic() > deadline:
            yield warning(
                f"The replica lags by more than {MOST_LAG:.0f} {plural(MOST_LAG, 'second')}, and "
                f"is not read: it lacks {written - replayed:,} bytes of the primary’s log.",
                "See whether its disk and network keep up, and that nobody has paused it (SELECT "
                "pg_wal_replay_resume() ends that).",
            )
            return
        time.sleep(INTERVAL)
