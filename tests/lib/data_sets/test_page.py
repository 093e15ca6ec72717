"""When data sets are made, the page that lists them, and their files on the web."""

import hashlib
import json
import re
from contextlib import closing, redirect_stdout
from datetime import timedelta
from html import unescape
from io import StringIO

import duckdb
import psycopg2
import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from findings.choices import ActionStatus
from findings.models import Action
from inspections.models import Inspection
from lib.data_sets import making
from lib.data_sets.making import ONE_AT_A_TIME, make_data_set
from lib.data_sets.models import DataSet, path_of, storage
from tests import factories
from tests.pages import elements, hrefs, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def run():
    """What the command says."""
    said = StringIO()
    call_command("make_data_set", stdout=said)
    return said.getvalue()


@pytest.fixture(autouse=True)
def _without_pyarrow(monkeypatch):
    """As where it is not installed; the set of the session has Parquet."""
    monkeypatch.setattr(making, "find_spec", lambda name: None)


@pytest.fixture
def data_page(client, made):
    """The page where the set of the session is the newest, as its row says, with its files."""
    for file_format, content in made.files.items():
        if not storage().exists(place := path_of(made.data_set.file_in(file_format).name)):
            storage().save(place, ContentFile(content))
    made.data_set.pk = None
    made.data_set.save(force_insert=True)
    return client.get("/data/")


def test_before_one_is_made_the_page_says_so(client):
    page = client.get("/data/")
    assert "No data set has been made yet." in text(page)
    assert client.get("/data/latest.zip").status_code == 404


def test_one_is_made_when_what_is_public_has_changed(client):
    day = f"{timezone.localdate()}"
    assert f"inspection-findings-{day}.zip" in run()
    assert "Nothing in it has changed since." in text(client.get("/data/"))
    assert run() == f"Nothing that is public has changed since {day}.\n"
    # What only staff see changes the version of the data, and no file.
    at = timezone.now()
    factories.draft.make(action=Action.objects.first())
    factories.finding.make(inspection=factories.inspection.make(public_at=at + timedelta(hours=1)))
    assert "The record has changed since." in text(client.get("/data/"))
    assert run() == f"Nothing that is public has changed since {day}.\n"
    assert "Nothing in it has changed since." in text(client.get("/data/"))
    # An embargo that ends is a change.
    Inspection.objects.filter(public_at__gt=at).update(public_at=at)
    assert f"inspection-findings-{day}-2.zip" in run()
    second, first = DataSet.objects.all()
    assert [one.file_in("zip").sha256 for one in (first, second)] == [
        sha256(client.get(one.address_of(one.file_in("zip")))) for one in (first, second)
    ]
    page = client.get("/data/")
    addresses = [address for one in (first, second) for _, address in one.links]
    assert set(addresses) <= set(hrefs(page))
    newest = client.get("/data/latest.zip")
    assert (newest.status_code, newest["Location"]) == (302, addresses[2])
    # Without pyarrow
    assert [file.format for file in second.data_files] == ["zip", "xlsx"]
    assert "parquet" not in text(page).lower()
    assert client.get("/data/latest.parquet.zip").status_code == 404
    rows = {table["name"]: table["rows"] for table in second.tables}
    for name in ("findings", "gradings", "actions", "sources"):
        listed = client.get(f"/{name}/?format=json")
        assert rows[name] == len(json.loads(b"".join(listed.streaming_content))["rows"])


def sha256(response):
    return hashlib.sha256(b"".join(response.streaming_content)).hexdigest()


def test_only_one_process_makes_one_at_a_time():
    with closing(psycopg2.connect(**connection.get_connection_params())) as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        assert run() == "Another process is making a data set.\n"
    assert not DataSet.objects.exists()


def test_of_one_that_cannot_be_stored_nothing_stays(monkeypatch):
    kept = []

    def save(name, content):
        kept.append(name)
        if len(kept) == 2:
            raise OSError("No space left on device")
        return usual(name, content)

    usual = storage().save
    monkeypatch.setattr(storage(), "save", save)
    with pytest.raises(OSError, match="No space"):
        make_data_set()
    assert not DataSet.objects.exists()
    assert [name for name in kept if storage().exists(name)] == []


def test_a_file_says_what_it_is_and_stays_for_ever(client, made, data_page):
    file = made.data_set.file_in("zip")
    address = made.data_set.address_of(file)
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == made.files["zip"]
    head = client.head(address)
    for one in (answer, head):
        assert one["ETag"] == f'"{file.sha256}"'
        assert one["Content-Length"] == str(len(made.files["zip"]))
        assert one["Content-Type"] == "application/zip"
        assert one["Content-Disposition"] == f'attachment; filename="{file.name}"'
        assert one["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    for wrong in (
        f"/data/2001-01-01/{file.name}",
        f"/data/{made.data_set.day}/other.zip",
        "/data/2026-13-01/other.zip",
        "/data/latest.exe",
        "/data/?page=2",
        "/data/?page=some",
    ):
        assert client.get(wrong).status_code == 404
    assert client.get(f"/data/latest.zip?as_at={timezone.localdate()}").status_code == 302
    storage().delete(path_of(file.name))
    assert client.get(address).status_code == 410


def test_the_page_says_what_the_files_hold(client, made, data_page):
    shown = text(data_page)
    data = json.loads(elements(data_page, "script")[0].text)
    (described,) = (one for one in data["@graph"] if one["@type"] == "Dataset")
    for file, one in zip(made.data_set.data_files, described["distribution"], strict=True):
        assert file.sha256 in shown
        assert f"{file.size:,} bytes" in shown
        assert one["contentUrl"].endswith(file.name)
    for table in made.data_set.tables:
        assert table["name"] in shown


def test_the_examples_of_the_page_run(made, data_page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = made.data_set.file_in("zip").name
    (tmp_path / name).write_bytes(made.files["zip"])
    made.extract("parquet", tmp_path)
    code = re.findall(r"<code>(.*?)</code>", data_page.content.decode(), re.DOTALL)
    python, sql, _ = map(unescape, code)
    told = StringIO()
    with redirect_stdout(told):
        exec(compile(python, "pandas", "exec"), scope := {})  # noqa: S102 our own example
    counts = dict(duckdb.sql(sql).fetchall())
    assert dict(scope["findings"].groupby("kind").size()) == counts
    assert str(ActionStatus.EMBEDDING) in set(
        scope["load"](scope["zipfile"].ZipFile(name), "actions")["status"]
    )
    dates = scope["load"](scope["zipfile"].ZipFile(name), "due_date_changes").dtypes
    assert (str(dates["due_before"])[:10], str(dates["number"])) == ("datetime64", "Int64")
