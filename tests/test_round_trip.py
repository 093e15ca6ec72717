"""All that is stored, written as import files and imported where nothing is, is the same site."""

import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from forces.models import Region

from .addresses import public_addresses
from .crawl import AT, crawled, unpacked
from .sheets import OURS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUMBER = re.compile(r"(?<=grading-)\d+")  # a place in a page is called by the key of its row


def as_read(pages):
    """What pages say, by their addresses."""
    return {
        address: NUMBER.sub("#", unpacked(page).decode())
        for address, page in pages.items()
        if page.status_code == 200
    }


def empty_the_tables():
    """Delete every row of ours, as only a superuser may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label in OURS and model._meta.model_name != "membership":
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_every_public_page_is_equal_after_a_way_through_import_files(client, monkeypatch, tmp_path):
    before = as_read(crawled().pages)
    assert len(before) == len(crawled().pages) > 60
    call_command("export_data", str(tmp_path), verbosity=0)
    empty_the_tables()
    assert not Region.objects.exists()
    files = map(str, sorted(tmp_path.glob("*.csv")))
    call_command("import_data", *files, commit=True, as_published=True, verbosity=0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    after = as_read({address: client.get(address) for address in public_addresses()})
    assert set(after) == set(before)
    assert [address for address in before if after[address] != before[address]] == []


def test_a_site_without_any_rows_has_pages(client):
    empty_the_tables()
    addresses = [address for address in public_addresses() if "organisation=" not in address]
    assert "/" in addresses
    assert {
        address: status
        for address in addresses
        if (status := client.get(address).status_code) not in (200, 404)
    } == {}
    assert client.get("/?programme=soc").status_code == 400
