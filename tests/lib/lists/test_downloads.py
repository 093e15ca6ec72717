import csv
import io
import json

import django_tables2 as tables
import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import timezone
from openpyxl import load_workbook

from forces.models import Organisation
from lib.lists import downloads
from lib.lists.filtersets import FilterSet
from lib.lists.tables import ListTable
from tests import factories

pytestmark = pytest.mark.django_db
AT = timezone.now()
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    " =1",
    "\xa0=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(A1)",
]


class Bodies(FilterSet):
    """Bodies of made-up regions."""

    synthetic = "region__is_synthetic"

    def get_rows(self):
        return Organisation.objects.filter(region__is_synthetic=True).order_by("pk")


class BodyTable(ListTable):
    """Bodies, by name and by length of name."""

    name = tables.Column("Name")
    letters = tables.Column("Letters", accessor="pk")
    code = tables.Column("Code", accessor="ons_code")

    def value_letters(self, record):
        return len(record.name)


def downloaded(file_format, method="GET"):
    filterset = Bodies(QueryDict(), AT)
    table = BodyTable(filterset.filter_queryset(), filterset=filterset)
    about = downloads.about("Bodies", "http://localhost/bodies/", filterset, AT)
    request = RequestFactory().generic(method, "/")
    return downloads.respond(request, file_format, "bodies", about, table, AT)


def organisation(response):
    return b"".join(response.streaming_content)


def csv_rows():
    text = organisation(downloaded("csv")).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_rows():
    sheet = load_workbook(io.BytesIO(organisation(downloaded("xlsx")))).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def json_file():
    return json.loads(organisation(downloaded("json")))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_spreadsheet_runs_no_cell(text):
    factories.force.make(name=text)
    assert csv_rows()[-1][0] == xlsx_rows()[-1][0] == f"'{text}"


@pytest.mark.parametrize("ending", ["\r", "\r\n", "\n"])
def test_every_format_ends_lines_alike(ending):
    factories.force.make(name=f"{ending}=1{ending}2")
    assert csv_rows()[-1][0] == xlsx_rows()[-1][0] == "'\n=1\n2"
    assert json_file()["rows"][-1]["name"] == "\n=1\n2"


@pytest.mark.parametrize("text", HOSTILE)
def test_json_which_nothing_runs_keeps_the_text(text):
    factories.force.make(name=text)
    assert json_file()["rows"][-1]["name"] == text


def test_a_negative_number_is_no_formula():
    assert downloads.defuse(-3) == -3


def test_characters_that_a_spreadsheet_cannot_hold_are_replaced_everywhere_alike():
    factories.force.make(name="a\x01b\ufffec\uffff")
    assert csv_rows()[-1][0] == xlsx_rows()[-1][0] == json_file()["rows"][-1]["name"] == "a�b�c�"


def test_a_sheet_says_what_it_is_before_its_columns():
    factories.force.make(name="Somewhere")
    expected = ["Title", "Address", "Filters", "As at", "Rows", "Note"]
    for rows in (csv_rows(), xlsx_rows()):
        assert [row[0] for row in rows[:6]] == expected
        assert rows[1][1] == "http://localhost/bodies/"
        assert str(rows[4][1]) == "1"
        assert rows[5][1].startswith("1 of the rows are made up")
        assert rows[7] == ["Name", "Letters", "Code"]
    assert list(json_file()["about"]) == ["title", "address", "filters", "as_at", "rows", "note"]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell():
    factories.force.make(name="Somewhere")
    assert xlsx_rows()[-1][1] == json_file()["rows"][-1]["letters"] == 9
    assert json_file()["rows"][-1]["code"] == csv_rows()[-1][2] == ""


@pytest.mark.parametrize("file_format", downloads.FORMATS)
def test_more_rows_than_a_chunk_are_all_there_and_in_order(file_format, monkeypatch):
    monkeypatch.setattr(downloads, "CHUNK", 3)
    names = [organisation.name for organisation in factories.force.make(_quantity=10)]
    rows = {
        "csv": lambda: [row[0] for row in csv_rows()[8:]],
        "xlsx": lambda: [row[0] for row in xlsx_rows()[8:]],
        "json": lambda: [row["name"] for row in json_file()["rows"]],
    }
    assert rows[file_format]() == names


def test_a_file_without_rows_is_whole():
    assert json_file()["rows"] == []
    assert csv_rows()[-1] == ["Name", "Letters", "Code"]


@pytest.mark.parametrize(("file_format", "content_type"), downloads.CONTENT_TYPES.items())
def test_a_file_has_a_name_with_its_date_and_its_own_type(file_format, content_type):
    response = downloaded(file_format)
    assert response["Content-Type"] == content_type
    day = timezone.localdate(AT).isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="bodies-{day}.{file_format}"'


@pytest.mark.parametrize("file_format", downloads.FORMATS)
def test_a_file_that_is_only_asked_about_is_not_made(file_format, django_assert_num_queries):
    with django_assert_num_queries(1):  # the counts
        response = downloaded(file_format, "HEAD")
    assert response.getvalue() == b""
    assert response["Content-Type"] == downloads.CONTENT_TYPES[file_format]
