"""The database: whether it answers, is made as the site needs it, and gives the right rights."""

from contextlib import closing

import psycopg2
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config import checks, gunicorn
from config.observability.regular_work import last_backup, regular_work
from config.upgrades.later import later_migrations
from lib.as_at.tables import SCHEMA, edition

from .examination import LONGEST_ASKED, Fault, warning

OLDEST = 15  # major version
FURTHEST = 5  # seconds that clocks may differ
MOST_NAMED = 5
IN_PUBLIC = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
MISSING_RIGHTS = """
    SELECT name || ' (' || string_agg(what, ', ' ORDER BY what) || ')' FROM unnest(%s) AS name,
        unnest(%s) AS what
    WHERE to_regclass('public.' || quote_ident(name)) IS NOT NULL
        AND NOT has_table_privilege('public.' || quote_ident(name), what)
    GROUP BY name
    UNION ALL
    SELECT relname || ' (USAGE)' FROM pg_class
        JOIN pg_depend ON objid = pg_class.oid AND deptype = 'a'
        -- Conditions are asked in any order, but not those of a CASE.
        WHERE 'INSERT' = ANY(%s)
            AND CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(pg_class.oid, 'USAGE') END
    UNION ALL
    SELECT nspname || ' (USAGE)' FROM pg_namespace
        WHERE nspname = %s AND NOT has_schema_privilege(oid, 'USAGE')
    UNION ALL
    SELECT nspname || '.' || relname || ' (SELECT)' FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = %s AND relkind = 'v' AND NOT has_table_privilege(pg_class.oid, 'SELECT')
    ORDER BY 1
"""


def database_is_sound():
    """Faults of the server, the database, its tables, and what the site's role may do there."""
    try:
        raw = connect(connection)
    except psycopg2.OperationalError as error:
        said = " ".join(str(error).split())
        yield Fault(
            f"The database cannot be reached: {said}",
            "Correct DATABASE_URL, or see whether PostgreSQL runs and lets this machine in.",
        )
        return
    with closing(raw), raw.cursor() as cursor:
        yield from server_fits(raw, cursor)
        yield from clock_agrees(cursor)
        yield from letters_are_read(cursor)
        yield from rights_fit(cursor)
    is_migrated = True
    for fault in tables_fit():
        is_migrated = False
        yield fault
    if is_migrated:
        yield from regular_work_is_done()


def connect(database):
    """A connection of our own to a database of Django's, which can change nothing there."""
    params = database.get_connection_params() | {"connect_timeout": LONGEST_ASKED}
    raw = psycopg2.connect(**params)
    raw.set_session(readonly=True)  # for its one transaction: a pooler would keep what lasts longer
    return raw


def server_fits(raw, cursor):
    """Faults of the server."""
    if raw.server_version < OLDEST * 10_000:
        yield Fault(
            f"The server is PostgreSQL {raw.server_version // 10_000}.",
            f"Move to version {OLDEST} or newer.",
        )
    free = sum(
        (1 if name == "max_connections" else -1) * number
        for name, number in ask(
            cursor,
            "SELECT name, setting::int FROM pg_settings WHERE name IN ('max_connections',"
            " 'superuser_reserved_connections', 'reserved_connections')",
        )
    )
    needed = gunicorn.workers * gunicorn.threads
    if free < needed:
        yield Fault(
            f"The server takes {free} connections, and one host of the site needs up to {needed}.",
            "Raise max_connections in postgresql.conf, or run fewer workers.",
        )
    ((is_there,),) = ask(
        cursor, "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %s)", settings.TIME_ZONE
    )
    if not is_there:
        yield Fault(
            f"The server does not know the time zone {settings.TIME_ZONE}: days would be wrong.",
            "Install the time zones of its system (the package tzdata).",
        )


def clock_agrees(cursor):
    """A fault where this machine's clock and the server's differ."""
    before = timezone.now()
    ((theirs,),) = ask(cursor, "SELECT clock_timestamp()")
    after = timezone.now()
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds())
    if apart > FURTHEST:
        yield Fault(
            f"The clock of this machine and that of the database are {apart:.0f} seconds apart: "
            "embargoes would end, and codes be valid, at another time than they should.",
            "Set both by NTP (`timedatectl set-ntp true`).",
        )


def letters_are_read(cursor):
    """Faults of how the database was made."""
    ((encoding,),) = ask(cursor, "SHOW server_encoding")
    mend = "Make a new database, as OPERATING.md says under “Two roles in the database”."
    if encoding != "UTF8":
        yield Fault(f"The database's encoding is {encoding}; it must be UTF8.", mend)
    elif ask(cursor, checks.READS_SIGNS) == [(True,)]:
        return
    else:
        ((letters,),) = ask(cursor, checks.LETTERS)
        yield Fault(
            f"The database's LC_CTYPE is {letters}: search takes dashes and quotes for letters.",
            mend,
        )


def rights_fit(cursor):
    """Faults of what the site's role may do: too much, or too little."""
    ((role, is_superuser),) = ask(
        cursor, "SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    of_theirs = f"SELECT relname FROM pg_class WHERE {IN_PUBLIC} AND relowner = %s::regrole"  # noqa: S608
    owned = ask(cursor, of_theirs, role)
    if is_superuser:
        yield Fault(
            f"The site's role {role} is a superuser: no trigger or right binds it, so the audit "
            "trail can be changed.",
            "Make the two roles of OPERATING.md, and name the site's in DATABASE_URL.",
        )
        return
    if owned:
        yield warning(
            f"The site's role {role} owns tables: it can go round the triggers of the audit trail.",
            "Let another role own them, as OPERATING.md says under “Two roles in the database”.",
        )
    for right, what in (("TRUNCATE", "empty"), ("TRIGGER", "add triggers to")):
        if right == "TRIGGER" and owned:
            continue
        may = ask(
            cursor,
            f"SELECT relname FROM pg_class WHERE {IN_PUBLIC} AND has_table_privilege(oid, %s)",  # noqa: S608
            right,
        )
        if may:
            yield Fault(
                f"The site's role {role} may {what} tables: {some(may)}.",
                f"As their owner: REVOKE {right} ON ALL TABLES IN SCHEMA public FROM {role};",
            )
    if missing := missing_rights(cursor, "SELECT", "INSERT", "UPDATE", "DELETE"):
        yield Fault(
            f"The site's role {role} lacks rights: {some(missing)}.",
            "As their owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public "
            f"TO {role}; GRANT USAGE ON SCHEMA {SCHEMA} TO {role}; "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role};",
        )


def missing_rights(cursor, *rights):
    """What a role lacks of these rights to the site's tables, by name."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    tables.add(settings.CACHES["default"]["LOCATION"])
    wanted = list(rights)
    return ask(cursor, MISSING_RIGHTS, sorted(tables), wanted, wanted, SCHEMA, SCHEMA)


def tables_fit():
    """Faults where the tables are not those of this version."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    if later := later_migrations(loader.applied_migrations):
        yield Fault(
            f"The database was migrated by a later version ({'.'.join(later[0])}).",
            "Install that version, or restore the backup made before it.",
        )
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    if plan:
        names = [(f"{migration.app_label}.{migration.name}",) for migration, _ in plan]
        yield Fault(
            f"These migrations are not applied: {some(names)}.",
            "Run `migrate` as the owner of the database.",
        )
        return
    with connection.cursor() as cursor:
        made = ask(cursor, "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", SCHEMA)
    if made != [(edition(),)]:
        yield Fault(
            "The views for pages as at a day in the past are not those of this version.",
            "Run `migrate` as the owner of the database.",
        )


def regular_work_is_done():
    """Warnings where what a timer should do was not done lately, or failed."""
    now = timezone.now()
    backup, is_late = last_backup(now)
    if is_late:
        since = f"since {timezone.localdate(backup.made_at):%-d %B %Y}" if backup else "yet"
        yield warning(
            f"No backup has been made {since}.",
            "Let a timer run `backup` each night, as OPERATING.md says.",
        )
    for name, run, is_late in regular_work(now):
        if is_late:
            since = f"since {timezone.localdate(run.ended_at):%-d %B %Y}" if run else "yet"
            yield warning(
                f"`{name}` has not run {since}.", "Let a timer run it, as OPERATING.md says."
            )
        elif run.failed:
            yield warning(
                f"`{name}` failed when it last ran.", "Look at /admin/system/ to see what it said."
            )


def ask(cursor, query, *values):
    """The rows that a query gives."""
    cursor.execute(query, values)
    return cursor.fetchall()


def some(rows):
    """The first few of these names, in words."""
    names = [name for (name,) in rows]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
