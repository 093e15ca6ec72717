"""Data downloads: what a file holds, in which form, and what becomes of an unfinished one."""

import csv
import gc
import io
import json
from datetime import date
from functools import partial
from threading import BoundedSemaphore

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import timezone
from openpyxl import load_workbook

from forces.choices import OrganisationKind
from forces.models import Alias, Organisation
from lib.lists import downloads
from lib.lists.columns import Download, Many, choice, column
from lib.lists.filtersets import FilterSet
from lib.sheets.formulas import defuse
from tests import factories
from tests.pages import text

pytestmark = pytest.mark.django_db
AT = timezone.now()
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    " =1",
    "\xa0=1",
    "\u2003-1",
    "\x1f=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "\r\n=1\r2",
]
NO_FORMULAS = ['"', "a, b", "a\r\nb", "a\rb", "a\x01b\ufffec\uffff", "<b>&amp;</b>", "%s {}", "’é"]


class Forces(FilterSet):
    """Forces of made-up regions."""

    synthetic = "region__is_synthetic"

    def get_rows(self):
        return Organisation.objects.filter(region__is_synthetic=True).order_by("-pk")


def download():
    aliases = Many(
        Alias.objects,
        "organisation",
        ["name"],
        [column("aliases", "name", "What else it is called")],
    )
    columns = [
        column("name", "name", "Its name"),
        *choice("kind", "kind", OrganisationKind, "What it is"),
        column("number", "pk", "A number", "integer"),
        column("code", "ons_code", "Its code", "code"),
        column("valid_from", "valid_from", "Its first day", "date"),
        column("is_made_up", "region__is_synthetic", "Whether it is made up", "boolean"),
        aliases,
    ]
    return Download(Organisation.objects, columns)


def respond(file_format, method="GET", more_keys=()):
    filterset, wanted = Forces(QueryDict(), AT), download()
    about = downloads.about("Forces", "http://localhost/forces/", filterset, AT)
    keys = [*filterset.filter_queryset().values_list("pk", flat=True), *more_keys]
    lines = partial(downloads.lines_of, keys, wanted)
    request = RequestFactory().generic(method, "/")
    return downloads.respond(request, file_format, "forces", about, wanted.columns, lines)


def csv_records():
    content = respond("csv").getvalue().decode()
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline="")))


def workbook():
    return load_workbook(io.BytesIO(respond("xlsx").getvalue()))


def force(name, **fields):
    return factories.force.make(name=name, ons_code=None, **fields)


def test_the_formats_agree_cell_by_cell_and_no_spreadsheet_runs_any(monkeypatch):
    monkeypatch.setattr(downloads, "FIRST_BATCH", 2)
    monkeypatch.setattr(downloads, "BATCH", 7)
    monkeypatch.setattr(downloads, "PIECE", 3)
    names = [*FORMULAS, *NO_FORMULAS]
    for name in names:
        made = force(name, valid_from=date(1850, 1, 2) if name == "+1" else date(2013, 4, 1))
        factories.alias.make(organisation=made, name=f"b {name}")
        factories.alias.make(organisation=made, name=f"={name}")
    last = force("Last")
    of_json = json.loads(respond("json").getvalue())
    keys = [one["name"] for one in of_json["columns"]]
    rows = of_json["rows"]
    assert keys == [
        *("name", "kind", "kind_name", "number"),
        *("code", "valid_from", "is_made_up", "aliases"),
    ]
    assert [list(row) for row in rows] == [keys] * (len(names) + 1)

    # JSON, which nothing runs, keeps the texts but for characters that no sheet can hold.
    kept = {"\r\n=1\r2": "\n=1\n2", "a\r\nb": "a\nb", "a\rb": "a\nb", "\x1f=1": "�=1"}
    kept["a\x01b\ufffec\uffff"] = "a�b�c�"
    expected = [kept.get(name, name) for name in reversed(names)]
    assert [row["name"] for row in rows] == ["Last", *expected]
    assert rows[0] == {
        "name": "Last",
        "kind": "force",
        "kind_name": "force",
        "number": last.pk,
        "code": None,
        "valid_from": None,
        "is_made_up": True,
        "aliases": [],
    }
    assert rows[1]["valid_from"] == "2013-04-01"
    assert rows[1]["aliases"] == ["=’é", "b ’é"]

    def spelled(value):
        if value is None:
            return ""
        if isinstance(value, list):
            value = "; ".join(value)
        return str(value).lower() if isinstance(value, bool) else defuse(str(value))

    header, *records = csv_records()
    assert header == keys
    assert records == [[spelled(row[key]) for key in keys] for row in rows]

    (header, *records) = workbook()["Rows"].iter_rows(values_only=True)
    assert list(header) == keys
    for record, row in zip(records, rows, strict=True):
        values = dict(zip(keys, record, strict=True))
        assert values.pop("number") == row["number"]
        assert values.pop("is_made_up") is row["is_made_up"]
        # A sheet knows no day before 1900.
        day = values.pop("valid_from")
        assert (day and str(day)[:10]) == row["valid_from"]
        assert day is None or isinstance(day, str) is (row["name"] == "+1")
        assert {key: value or "" for key, value in values.items()} == {
            key: spelled(row[key]) for key in values
        }


def test_csv_is_one_line_of_names_and_rows_and_nothing_else():
    force('A "made-up" force, of two')
    assert (
        respond("csv")
        .getvalue()
        .decode()
        .splitlines()[1]
        .startswith('"A ""made-up"" force, of two",force,"force",')
    )
    assert respond("csv").getvalue().startswith(b"\xef\xbb\xbfname,kind,kind_name,number,code,")
    assert respond("csv").getvalue().count(b"\r\n") == 2


def test_what_a_file_says_of_itself_stands_beside_its_rows(settings):
    settings.DATA_LICENCE = "Open Government Licence v3.0"
    force("Somewhere")
    about = json.loads(respond("json").getvalue())["about"]
    assert list(about) == ["title", "address", "filters", "as_at", "rows", "licence", "note"]
    assert (about["rows"], about["licence"]) == (1, "Open Government Licence v3.0")
    assert about["note"].startswith("1 of the rows is made up")
    book = workbook()
    assert book.sheetnames == ["Rows", "About"]
    notes = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
    assert about.items() <= notes.items()
    assert notes["kind_name"] == "What it is: in words"
    answer = respond("csvm")
    assert answer["Content-Type"] == "application/csvm+json"
    table = json.loads(answer.content)
    assert table["url"] == "http://localhost/forces/?format=csv"
    assert table["dc:extent"].startswith("1 row; ")
    assert table["dc:license"] == "Open Government Licence v3.0"
    columns = {one["name"]: one for one in table["tableSchema"]["columns"]}
    assert list(columns) == csv_records()[0]
    assert columns["number"]["datatype"] == "integer"
    assert columns["aliases"]["separator"] == "; "
    assert 'rel="describedby"' in respond("csv")["Link"]


@pytest.mark.parametrize("file_format", downloads.FORMATS)
def test_a_file_without_rows_is_whole_and_one_that_is_only_asked_about_is_not_made(file_format):
    whole = respond(file_format).getvalue()
    if file_format == "json":
        assert json.loads(whole)["rows"] == []
    elif file_format == "csv":
        assert whole.count(b"\r\n") == 1
    else:
        assert workbook()["Rows"].max_row == 1
    with connection.execute_wrapper(refuse_details):
        answer = respond(file_format, "HEAD")
        assert answer.getvalue() == b""
    assert answer["Content-Type"] == downloads.FORMATS[file_format].content_type
    day = timezone.localdate(AT).isoformat()
    assert answer["Content-Disposition"] == f'attachment; filename="forces-{day}.{file_format}"'


def refuse_details(execute, sql, params, many, context):
    assert "ORDINALITY" not in sql
    return execute(sql, params, many, context)


@pytest.mark.parametrize("file_format", downloads.FORMATS)
def test_a_file_of_which_a_row_is_not_there_is_broken_off(file_format):
    force("Somewhere")
    with pytest.raises(downloads.Incomplete):
        respond(file_format, more_keys=[0]).getvalue()


def leave(answer):
    """What the server does once a reader is gone; `close` would end the test's connection too."""
    answer._iterator.close()


def test_only_a_few_are_made_at_a_time_and_the_next_is_asked_to_wait(client, monkeypatch):
    gc.freeze()  # what other tests left need not be looked through
    monkeypatch.setattr(downloads, "SLOTS", BoundedSemaphore(downloads.MOST_AT_ONCE))
    asked = "/findings/?format=csv"
    reading = client.get(asked)
    next(reading._iterator)
    waiting = [client.get(asked) for _ in range(downloads.MOST_AT_ONCE - 1)]
    refused = client.get(asked)
    assert (refused.status_code, refused["Retry-After"]) == (503, "10")
    assert "We make only a few files at a time" in text(refused)
    assert client.get("/findings/").status_code == client.head(asked).status_code == 200
    leave(reading)
    assert client.get(asked).getvalue()
    waiting.clear()  # never sent, as where a later middleware fails
    gc.collect()
    whole = [client.get(asked) for _ in range(downloads.MOST_AT_ONCE)]
    assert whole[0].getvalue() == whole[1].getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_file_shows_one_moment_and_its_query_ends_with_its_reader(monkeypatch):
    monkeypatch.setattr(downloads, "FIRST_BATCH", 1)
    region = factories.region.make()
    for name in ("First", "Second"):
        force(name, region=region)
    address = f"/forces/?region={region.slug}&format=csv"
    answer, other = Client().get(address), connection.copy()
    pieces = answer._iterator
    assert [next(pieces)[3:15], b"First" in next(pieces)] == [b"organisation", True]
    with other.cursor() as cursor:
        cursor.execute("UPDATE forces_organisation SET name = name || ' later'")
        assert b"Second," in (rest := b"".join(pieces)).replace(b'"', b"")
        assert b"later" not in rest
        answer = Client().get(address)
        assert b"First later" in [next(answer._iterator), next(answer._iterator)][1]
        leave(answer)
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in%'"
        )
        assert cursor.fetchone() == (0,)
    other.close()
