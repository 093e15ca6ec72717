"""All that is stored, or all that is public in a data set, imported where nothing is, is the same
site."""

import re
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from findings.models import Action, Finding, FindingCitation
from forces.models import Region
from inspections.models import Inspection, Source
from lib.data_sets.archive import write_archive
from lib.data_sets.facts import all_tables

from . import factories
from .addresses import public_addresses
from .crawl import AT
from .sheets import OURS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUMBER = re.compile(r"(?<=grading-)\d+")  # a place in a page is called by the key of its row


@pytest.fixture
def pages(client, monkeypatch):
    """Every public page, by its address, as it is at one moment."""

    def ask():
        with monkeypatch.context() as patch:
            patch.setattr("django.utils.timezone.now", lambda: AT)
            return {
                address: NUMBER.sub("#", client.get(address).content.decode())
                for address in public_addresses()
            }

    return ask


def empty_the_tables():
    """Delete every row of ours, as only a superuser may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label in OURS and model._meta.model_name != "membership":
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608
        cursor.execute("SET LOCAL session_replication_role = origin")


def make_namesake():
    """A finding that shares the reference of another, and what refers to both."""
    first = Finding.objects.get(reference="F1")
    second = factories.finding.make(
        inspection=Inspection.objects.exclude(pk=first.inspection_id).first(),
        reference="F1",
        repeats=first,
        organisations=list(first.inspection.region.organisations.all()[:2]),
    )
    FindingCitation.objects.create(
        finding=second, source=Source.objects.first(), attribution="press"
    )
    action = Action.objects.first()
    action.findings.add(first, second)


def archived(path):
    """All that is public, as the bytes of a data set."""
    write_archive(path, all_tables(AT), lambda entries: {})
    return path.read_bytes()


def test_every_public_page_is_equal_after_a_way_through_import_files(pages, tmp_path):
    make_namesake()
    before = pages()
    assert len([address for address in before if address.endswith("/F1/")]) == 2
    assert len(before) > 60
    call_command("export_data", str(tmp_path / "export"), verbosity=0)
    archive = archived(tmp_path / "zip")
    ZipFile(tmp_path / "zip").extractall(tmp_path / "set")
    # In any order, as a shell may name them.
    of_the_set = sorted((tmp_path / "set" / "data").glob("*.csv"), reverse=True)
    for files in (sorted((tmp_path / "export").glob("*.csv")), of_the_set):
        empty_the_tables()
        assert not Region.objects.exists()
        call_command("import_data", *map(str, files), commit=True, as_published=True, verbosity=0)
        assert archived(tmp_path / "again") == archive
    after = pages()
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
