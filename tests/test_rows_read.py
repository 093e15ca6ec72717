"""What a page of one force, region, inspection or plan costs does not grow with the others."""

import pytest
from django.db import connection
from django.test import Client

from . import factories
from .addresses import slugs_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = [
    "/forces/{organisation}/",
    "/forces/{organisation}/summary/",
    "/regions/{region}/",
    "/regions/{region}/charts/findings_by_theme.json",
    "/compare/?organisation={organisation}&organisation={other}",
    "/inspections/{inspection}/",
    "/plans/{plan}/",
]


# A page may read a short table whole: 600 findings more have some hundred confirmations.
ABOUT_ALIKE = 150


def rows_read():
    """How many rows of findings and actions, and of what hangs on them, this transaction read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0)"
            " FROM pg_stat_xact_user_tables WHERE relname LIKE 'findings_%'"
        )
        return dict(cursor.fetchall())


def rows_read_by_pages(made):
    slugs = slugs_of(made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # At these sizes reading a whole table may be cheapest: the question is whether it must be.
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    read = {}
    for made_of_all in ("/findings/", "/actions/"):  # pages count by these lists
        assert Client().get(made_of_all).status_code == 200
    for page in PAGES:
        before = rows_read()
        answer = Client().get(page.format(**slugs))
        assert answer.status_code == 200, page
        read[page] = {table: count - before.get(table, 0) for table, count in rows_read().items()}
    return read


def test_a_page_of_one_organisation_reads_no_row_of_another():
    made = factories.made_up_region("Northmarch", organisations=6, findings=70)
    factories.made_up_region("Southmarch", organisations=10, findings=600, plans=10)
    few = rows_read_by_pages(made)
    factories.made_up_region("Eastmarch", organisations=10, findings=600, plans=10)
    many = rows_read_by_pages(made)
    assert {
        (page, table): (few[page].get(table, 0), count)
        for page in PAGES
        for table, count in many[page].items()
        if count > few[page].get(table, 0) + ABOUT_ALIKE
    } == {}
