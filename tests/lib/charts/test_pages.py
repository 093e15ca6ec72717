"""A chart's own page: its picture, its table and its rows say the same."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest

from inspections.choices import Grade
from lib.charts.svg import SVG, tokens
from lib.lists.downloads import METADATA
from tests.addresses import chart_pages
from tests.pages import elements, hrefs, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = list(chart_pages())
COUNT = re.compile(r"(?:[■○]\xa0)?(\d+)(?:\xa0.*)?")


def with_format(address, file_format):
    return f"{address}{'&' if '?' in address else '?'}format={file_format}"


def numbers(records, columns):
    """The counts of a chart's rows, nought left out."""
    counted = [one["name"] for one in columns if one["type"] == "integer"]
    return sorted(row[name] for row in records for name in counted if row[name])


def drawn(picture):
    """The texts of a picture, and how many marks it has in the colour of each grade."""
    root = ElementTree.fromstring(picture)  # noqa: S314, for we drew it
    texts = ["".join(one.itertext()) for one in root.iter(f"{{{SVG}}}text")]
    texts += [one.text for one in root.iter(f"{{{SVG}}}tspan") if one.text]
    fills = [one.get("fill") for one in root.iter(f"{{{SVG}}}path")]
    return texts, {
        grade.label: fills.count(tokens("light")[f"grade-{grade.slug}"]) for grade in Grade
    }


@pytest.mark.parametrize("address", PAGES)
def test_picture_table_and_files_of_a_chart_have_the_same_rows(reader, address):
    page = reader.get(address)
    file = json.loads(reader.get(with_format(address, "json")).getvalue())
    records, columns = file["rows"], file["columns"]
    assert records
    # Each fact says where it was read.
    assert all(record.get("sources", ["-"]) for record in records)
    assert file["about"]["address"] == f"http://testserver{address}"

    # Cell by cell the CSV says what the JSON says.
    lines = reader.get(with_format(address, "csv")).getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(lines, newline="")))
    assert list(rows[0]) == [column["name"] for column in columns]
    kinds = {column["name"]: column["type"] for column in columns}
    for row, record in zip(rows, records, strict=True):
        for name, value in row.items():
            if kinds[name] == "integer":
                assert int(value) == record[name]
            elif kinds[name] == "code" and isinstance(record[name], str):
                assert value == record[name]
    described = json.loads(reader.get(with_format(address, METADATA)).content)
    named = [column["name"] for column in described["tableSchema"]["columns"]]
    assert named == list(rows[0])

    # The table has these numbers, and so has the picture: no engine's axes stay empty.
    table = [
        int(link.attributes["data-count"])
        for grid in elements(page, "table")
        for link in grid.all("a")
        if "data-count" in link.attributes
    ]
    counts = numbers(records, columns)
    assert sorted(table) == counts
    (image,) = (one for one in elements(page, "img") if one.closest("figure"))
    texts, marks = drawn(reader.get(image.attributes["src"]).content)
    if counts:
        assert sorted(int(found[1]) for found in map(COUNT.fullmatch, texts) if found) == counts
    else:
        graded = [record["grade_name"] for record in records if record["grade_name"]]
        assert marks == {grade.label: graded.count(grade.label) for grade in Grade}
        assert graded


@pytest.mark.parametrize("address", PAGES[:1])
def test_the_page_of_a_chart_says_how_to_quote_it(reader, address):
    page = reader.get(address)
    (quote,) = (one for one in elements(page, "textarea") if one.attributes["id"] == "quote")
    (sentence,) = (one for one in elements(page, "strong") if one.closest("figcaption"))
    assert quote.text.startswith(sentence.text)
    assert quote.text.endswith(f" http://testserver{address}")
    assert "Source: Inspection findings, which cites" in quote.text
    assert "/#chart-grades_by_region" in hrefs(page)


def test_a_chart_has_no_other_formats_and_only_charts_have_pages(reader):
    answer = reader.get(with_format(PAGES[0], "pdf"))
    assert answer.status_code == 400
    assert "There is no format “pdf”: take csv, csvm, json or xlsx." in text(answer)
    for path in ("/charts/secret/", "/charts/rows/", "/forces/essex/charts/grades_through_time/"):
        assert reader.get(path).status_code == 404, path
