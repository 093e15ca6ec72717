"""What is measured with: the facts and synthetic regions, and the same rows in SQLite."""

import contextlib
import json
import sqlite3
from itertools import chain

import psycopg2

from . import processes

REGION = "made-up-northmarch"
# A row for each finding, with what the pages of the site show and filter by.
FINDINGS = """
    SELECT inspection.slug AS inspection, finding.reference, finding.kind,
        COALESCE(region.slug, '') AS region, programme.slug AS programme,
        COALESCE(strand.slug, '') AS strand, finding.is_region_wide::int AS region_wide,
        ARRAY(SELECT slug FROM findings_finding_themes link
            JOIN findings_theme theme ON theme.id = theme_id WHERE finding_id = finding.id
            ORDER BY slug) AS themes,
        ARRAY(SELECT slug FROM findings_finding_organisations link
            JOIN forces_organisation organisation ON organisation.id = organisation_id
            WHERE finding_id = finding.id ORDER BY slug) AS organisations,
        ARRAY(SELECT DISTINCT stance FROM findings_response response
            WHERE response.finding_id = finding.id) AS responses,
        COALESCE((SELECT closure_status FROM findings_confirmation confirmation
            WHERE finding_id = finding.id ORDER BY confirmed_on DESC, id DESC LIMIT 1), '')
            AS closure,
        COALESCE((SELECT max(status) FROM findings_action_findings link
            JOIN findings_action action ON action.id = action_id
            WHERE link.finding_id = finding.id), '') AS progress,
        finding.summary, finding.detail
    FROM findings_finding finding
    JOIN inspections_inspection inspection ON inspection.id = finding.inspection_id
    JOIN inspections_programme programme ON programme.id = inspection.programme_id
    LEFT JOIN forces_region region ON region.id = inspection.region_id
    LEFT JOIN inspections_question question ON question.id = finding.section_id
    LEFT JOIN inspections_strand strand ON strand.id = question.strand_id
"""
TABLES = {
    "findings": FINDINGS,
    "organisations": """
        SELECT organisation.slug, organisation.name, organisation.kind, region.slug AS region,
            (SELECT count(*) FROM findings_finding_organisations
                WHERE organisation_id = organisation.id) AS findings,
            (SELECT count(*) FROM findings_action action JOIN findings_plan plan
                ON plan.id = action.plan_id WHERE organisation_id = organisation.id) AS actions
        FROM forces_organisation organisation
        JOIN forces_region region ON region.id = organisation.region_id
    """,
    "gradings": """
        SELECT inspection.slug AS inspection, organisation.slug AS organisation,
            question.name AS question, grade, missing_reason
        FROM inspections_grading grading
        JOIN inspections_inspection inspection ON inspection.id = grading.inspection_id
        JOIN forces_organisation organisation ON organisation.id = grading.organisation_id
        JOIN inspections_question question ON question.id = grading.question_id
    """,
    "themes": """
        SELECT slug, name, definition, (SELECT count(*) FROM findings_finding_themes
            WHERE theme_id = theme.id) AS findings FROM findings_theme theme
    """,
    "sources": "SELECT slug, publisher, title, url, kind, published_on FROM inspections_source",
}
INDEXED = ("inspection", "kind", "region", "programme", "strand", "closure", "progress")


def fill(address, size):
    """The facts, and synthetic regions beside them."""
    fixtures = sorted(str(path) for path in (processes.PROJECT / "fixtures").glob("*.csv"))
    processes.manage(address, "migrate", "--verbosity=0")
    processes.manage(
        address, "import_data", *fixtures, "--commit", "--as-published", "--verbosity=0"
    )
    processes.manage(address, "make_synthetic_region", "Northmarch", f"--size={size}")
    tidy(address)


def tidy(address):
    """Let PostgreSQL know its tables, as it does by itself in time."""
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")


def create_database(address, name):
    """Another database on the same server: its address."""
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
    return address.replace("/findings?", f"/{name}?")


def counts(address):
    """How many rows the main tables have."""
    tables = {
        "regions": "forces_region",
        "forces and units": "forces_organisation",
        "inspections": "inspections_inspection",
        "findings": "findings_finding",
        "plans": "findings_plan",
        "actions": "findings_action",
        "changes in the audit trail": "audit_change",
    }
    with contextlib.closing(psycopg2.connect(address)) as connection:
        cursor, found = connection.cursor(), {}
        for name, table in tables.items():
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            (found[name],) = cursor.fetchone()
    return found


def rare_word(address):
    """The name of an operation that one to three findings mention."""
    with contextlib.closing(psycopg2.connect(address)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            r"SELECT substring(detail FROM 'Operation (\w+)') AS name FROM findings_finding"
            " WHERE detail LIKE 'Operation %' GROUP BY 1 HAVING count(*) <= 3"
            " ORDER BY count(*), 1 LIMIT 1"
        )
        found = cursor.fetchone()
        if not found:  # where there are many findings, each name is in several
            cursor.execute(
                r"SELECT substring(detail FROM 'Operation (\w+)') AS name FROM findings_finding"
                " WHERE detail LIKE 'Operation %' GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
            )
            found = cursor.fetchone()
    return found[0]


def write_sqlite(address, file):
    """The same rows in SQLite, with indexes for facets and a full-text search."""
    with (
        contextlib.closing(psycopg2.connect(address)) as source,
        contextlib.closing(sqlite3.connect(file)) as target,
    ):
        for table, query in TABLES.items():
            cursor = source.cursor(table)  # on the server: all rows at once would take gigabytes
            cursor.itersize = 10_000
            cursor.execute(query)
            first = cursor.fetchone()  # only then does it know its columns
            names = [column.name for column in cursor.description]
            target.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            marks = ", ".join("?" * len(names))
            insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608
            target.executemany(insert, map(plain, chain([first], cursor)))
        for column in INDEXED:
            target.execute(f"CREATE INDEX by_{column} ON findings ({column})")
        target.execute("CREATE INDEX gradings_by_inspection ON gradings (inspection)")
        target.execute(
            "CREATE VIRTUAL TABLE findings_fts USING fts5"
            " (summary, detail, tokenize='porter', content='findings')"
        )
        target.execute("INSERT INTO findings_fts (findings_fts) VALUES ('rebuild')")
        target.execute("ANALYZE")
        target.commit()


def plain(row):
    """A row as SQLite holds it: lists as JSON, days as text."""
    return [
        json.dumps(value)
        if isinstance(value, list)
        else value
        if value is None or isinstance(value, (int, str))
        else str(value)
        for value in row
    ]
