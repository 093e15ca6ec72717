"""What is in the files of a data set, as other people's programs read them."""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import date, datetime

import csvw
import duckdb
import frictionless
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from lib.data_sets.archive import write_archive
from lib.data_sets.facts import all_tables
from lib.sheets.formulas import restore
from tests.crawl import AT
from tests.embargoed import HIDDEN, RESTRICTED

from .conftest import HARD

pytestmark = pytest.mark.slow

PARQUET_TYPES = {
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}

SQL_TYPES = {
    "date": "DATE",
    "datetime": "TIMESTAMP WITH TIME ZONE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}


@pytest.fixture(scope="session")
def package(made):
    """What the data package says of each table, by its name."""
    described = json.load(made.open("zip").open("datapackage.json"))
    return {table["name"]: table for table in described["resources"]}


@pytest.fixture(scope="session")
def rows(made, package):
    """The rows of each table as the CSV files have them, the headings first."""
    archive = made.open("zip")

    def rows_of(path):
        with archive.open(path) as file:
            return list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))

    return {name: rows_of(table["path"]) for name, table in package.items()}


@pytest.fixture(scope="session")
def parquet(made, tmp_path_factory):
    """The folder of the Parquet files."""
    return made.extract("parquet", tmp_path_factory.mktemp("parquet"))


def cells(rows, table, **names):
    """The only row of a table with these values, by its headings."""
    head, *lines = rows[table]
    found = [dict(zip(head, line, strict=True)) for line in lines]
    (row,) = (one for one in found if names.items() <= one.items())
    return row


def problems_of(path):
    report = frictionless.validate(str(path), type="package")
    return report.flatten(["type", "fieldName"]), len(report.tasks)


def test_the_archive_is_a_valid_data_package_whose_rules_are_enforced(made, package, tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(made.files["zip"])
    assert problems_of(path) == ([], len(package))
    folder = made.extract("zip", tmp_path / "wrong")
    # Of these two, and of those that they name.
    whole = json.loads((folder / "datapackage.json").read_text())
    named = ["findings", "findings_themes"]
    for name in named:
        keys = package[name]["schema"].get("foreignKeys", [])
        named += {key["reference"]["resource"] for key in keys} - {"", *named}
    whole["resources"] = [one for one in whole["resources"] if one["name"] in named]
    assert len(whole["resources"]) < len(package)
    (folder / "datapackage.json").write_text(json.dumps(whole))
    findings = folder / package["findings"]["path"]
    findings.write_text(findings.read_text().replace(",strength,", ",strong,", 1))
    links = folder / package["findings_themes"]["path"]
    links.write_text(links.read_text().replace(",governance", ",governing", 1))
    wrong, _ = problems_of(folder / "datapackage.json")
    assert ["constraint-error", "kind"] in wrong
    assert "foreign-key" in {kind for kind, _ in wrong}


def test_its_csv_on_the_web_is_valid(made, tmp_path):
    folder = made.extract("zip", tmp_path)
    described = csvw.CSVW(str(folder / "csv-metadata.json"), validate=True)
    assert described.is_valid, [str(warning.message) for warning in described.warnings]
    assert len(described.tables) == len(made.data_set.tables)


def test_both_descriptions_name_every_file_column_and_row_as_it_is(made, package, rows):
    archive = made.open("zip")
    on_the_web = json.load(archive.open("csv-metadata.json"))["tables"]
    explained = archive.read("COLUMNS.md").decode()
    assert archive.infolist()[-1].filename == "LICENCE.txt"
    assert [table["url"] for table in on_the_web] == [one["path"] for one in package.values()]
    said = {table["name"]: table["rows"] for table in made.data_set.tables}
    for table, web in zip(package.values(), on_the_web, strict=True):
        head, *lines = rows[table["name"]]
        assert [field["name"] for field in table["schema"]["fields"]] == head
        assert [column["titles"] for column in web["tableSchema"]["columns"]] == head
        assert {len(line) for line in lines} <= {len(head)}
        assert len(lines) == said[table["name"]]
        data = archive.read(table["path"])
        assert (table["bytes"], table["hash"]) == (
            len(data),
            f"sha256:{hashlib.sha256(data).hexdigest()}",
        )
        assert data.count(b"\r\n") == len(lines) + 1
        _, _, part = explained.partition(f"## {table['path']}\n")
        assert re.findall(r"^\| `(\w+)`", part.partition("\n## ")[0], re.M) == head


def test_codes_dates_and_hard_texts_stand_as_they_are(rows):
    finding = cells(rows, "findings", reference="007")
    assert restore(finding["summary"]) == HARD
    assert finding["finding"] == "soc-south-west-2025/007"
    assert finding["region_wide"] in ("true", "false")
    event = cells(rows, "monitoring", happened_on="2022-07")
    assert event["organisation"] == "dorset"
    assert cells(rows, "aliases", name="NA")["valid_to"] == "1829-09-29"
    inspection = cells(rows, "inspections", inspection="soc-south-west-2025")
    assert inspection["published_on"] == "2025-06-12"
    assert datetime.fromisoformat(inspection["public_at"]).utcoffset() is not None
    update = cells(rows, "progress_updates", status="embedding")
    assert restore(update["note"]) == HARD
    assert cells(rows, "due_date_changes")["due_before"] == "2025-09-01"
    assert cells(rows, "evidence")["title"] == "Minutes"


def test_nothing_in_any_file_is_embargoed_restricted_or_names_staff(made, parquet):
    texts = [
        archive.read(entry)
        for archive in (made.open("zip"), made.open("xlsx"))
        for entry in archive.namelist()
    ]
    texts += [
        str(pyarrow.parquet.read_table(path).to_pylist()).encode()
        for path in parquet.glob("*.parquet")
    ]
    assert any(b"soc-south-west-2025" in text for text in texts)
    for word in (HIDDEN, RESTRICTED, "sergeant", "made-up-officer"):
        assert [text[:60] for text in texts if word.encode() in text.lower()] == []


def test_parquet_has_the_types_and_the_values_that_csv_declares(package, rows, parquet):
    assert {path.stem for path in parquet.glob("*.parquet")} == set(package)
    for name, table in package.items():
        read_back = pyarrow.parquet.read_table(parquet / f"{name}.parquet")
        declared = {field["name"]: field["type"] for field in table["schema"]["fields"]}
        assert {one.name: one.type for one in read_back.schema} == {
            column: PARQUET_TYPES.get(kind, pa.string()) for column, kind in declared.items()
        }
        head, *lines = rows[name]
        texts = [[as_text(row[column]) for column in head] for row in read_back.to_pylist()]
        assert texts == [list(map(restore, line)) for line in lines]


def as_text(value):
    """A typed value as CSV has it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value)


def test_pandas_duckdb_and_polars_read_the_right_types(
    made, package, parquet, tmp_path, monkeypatch
):
    path = str(parquet / "findings.parquet")
    polars = pl.read_parquet(path).filter(reference="007").row(0, named=True)
    assert (polars["reference"], polars["summary"]) == ("007", HARD)
    assert pl.read_parquet(parquet / "aliases.parquet").schema["valid_to"] == pl.Date
    pandas = pd.read_parquet(path).set_index("reference").loc["007"]
    assert (pandas["finding"], pandas["summary"]) == ("soc-south-west-2025/007", HARD)
    plans = pd.read_parquet(parquet / "plans.parquet", dtype_backend="pyarrow")
    assert str(plans.dtypes["ends_on"]) == "date32[day][pyarrow]"
    monkeypatch.chdir(parquet)
    moved = duckdb.sql("SELECT due_before, number, approved_at FROM 'due_date_changes.parquet'")
    assert list(map(str, moved.types)) == ["DATE", "BIGINT", "TIMESTAMP WITH TIME ZONE"]
    aliases = duckdb.sql("SELECT valid_to FROM 'aliases.parquet' WHERE name = 'NA'")
    assert aliases.fetchall() == [(date(1829, 9, 29),)]
    # CSV, with the types that the package declares
    folder = made.extract("zip", tmp_path)
    for name, table in package.items():
        types = {
            field["name"]: SQL_TYPES.get(field["type"], "VARCHAR")
            for field in table["schema"]["fields"]
        }
        from_csv = duckdb.read_csv(str(folder / table["path"]), columns=types, header=True)
        assert dict(zip(from_csv.columns, map(str, from_csv.types), strict=True)) == types
        assert from_csv.shape[0] == duckdb.sql(f"FROM '{name}.parquet'").shape[0]


def test_the_workbook_agrees_with_csv_cell_by_cell(made, package, rows):
    book = openpyxl.load_workbook(io.BytesIO(made.files["xlsx"]), read_only=True)
    assert book.sheetnames == [*package, "About"]
    for name in package:
        head, *lines = rows[name]
        sheet = book[name].iter_rows(values_only=True)
        assert list(next(sheet)) == head
        assert [list(map(as_cell, row)) for row in sheet] == lines


def as_cell(value):
    """A typed cell as CSV has it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return as_text(value)


def test_equal_data_make_an_equal_archive_whenever_it_is_made(db, tmp_path):
    sums = set()
    for name in ("first", "second"):
        path = tmp_path / name
        write_archive(path, all_tables(AT), lambda entries: {"rows.txt": str(len(entries))})
        sums.add(hashlib.sha256(path.read_bytes()).hexdigest())
        with zipfile.ZipFile(path) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert len(sums) == 1
