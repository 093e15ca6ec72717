"""Files that are too large, broken, protected or hostile are refused in a sentence."""

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.sheets.cells import SheetError
from lib.sheets.reading import read_book
from lib.sheets.tables import find_table

from . import workbooks
from .workbooks import ods, ods_row, ods_table, ods_text, ods_value, raw_xlsx, refusal, xlsx_of_rows


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"%PDF-1.7", "no spreadsheet"),
        (b"<html><table></table>", "no spreadsheet"),
        (b"a,b\0\n", "no text"),
        (b"PK\x03\x04 broken", "damaged"),
        (workbooks.zipped({"Z.xml": "<a/>"}).replace(b"Z.xml", b"\0.xml"), "damaged"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"Workbook", ".xls"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        (workbooks.zipped({"word/document.xml": "<a/>"}), "no spreadsheet"),
        (
            workbooks.zipped({"[Content_Types].xml": "<a>wordprocessingml</a>"}),
            "no spreadsheet",
        ),
        (
            ods("", **{"META-INF/manifest.xml": "<a><manifest:encryption-data/></a>"}),
            "password",
        ),
        (ods("<table:table"), "damaged"),
        (b"x" * 20_000_001, "20 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(data, words):
    assert words in refusal(data)


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("lib.sheets.archives.MAX_UNPACKED", 5_000_000)
    parts = workbooks.unzipped(xlsx_of_rows(["a"]))
    bomb = workbooks.zipped(parts | {"xl/media/image.xml": b"\0" * 60_000_000})
    # The second one's directory tells a sixtieth of the truth.
    lie = bomb.replace((60_000_000).to_bytes(4, "little"), (1_000_000).to_bytes(4, "little"))
    tracemalloc.start()
    assert "Unpacked, this file has 60 MB" in refusal(bomb)
    assert "damaged" in refusal(lie)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_declares_entities_is_refused(encoding):
    lol = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    ).encode(encoding)
    assert "document type" in refusal(ods("", **{"styles.xml": lol}))
    parts = workbooks.unzipped(workbooks.xlsx_of_rows(["a"])) | {"xl/sharedStrings.xml": lol}
    assert "document type" in refusal(workbooks.zipped(parts))


def test_a_sheet_that_reaches_too_far_is_refused_before_room_is_made(monkeypatch):
    near, far = ('<row><c r="A1"><v>1</v></c></row>', '<row><c r="XFD1048576"><v>1</v></c></row>')
    assert "Sheet1!XFD1048576" in refusal(raw_xlsx(near + far))
    many = ods_value("float", 1, "1", 'table:number-columns-repeated="16384"')
    assert "reaches to" in refusal(ods(ods_table(ods_row(many, repeated=1_048_576))), "a.ods")
    monkeypatch.setattr("lib.sheets.csv_text.MAX_CELLS", 100)
    assert "cells: split it" in refusal(b"a,\n" * 51, "a.csv")


def test_a_number_of_texts_that_is_not_true_takes_no_memory():
    parts = workbooks.unzipped(xlsx_of_rows(["a", 'uniqueCount="5"']))
    strings = parts["xl/sharedStrings.xml"].replace(b'count="2"', b'count="99999999999"')
    strings = strings.replace(b'uniqueCount="2"', b'uniqueCount="99999999999"')
    assert strings.count(b"99999999999") == 2
    book = read_book("a.xlsx", workbooks.zipped(parts | {"xl/sharedStrings.xml": strings}))
    assert book.sheets[0].rows[0].values == ["a", 'uniqueCount="5"']


def test_sections_without_an_end_take_time_by_their_length_alone():
    started = time.perf_counter()
    assert "damaged" in refusal(ods("<![CDATA[" * 30_000), "a.ods")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("tag", "relation"),
    [
        ("<!-- <sst> --><sst {}>", "sharedStrings"),
        ('<sst a=">" {}>', "sharedStrings"),
        ('<sst a=""{}>', "sharedStrings"),
        ("<a-b:sst {}>", "sharedStrings"),
        ("<sst {}>", "other"),
    ],
)
def test_a_number_of_texts_takes_no_memory_wherever_it_stands(tag, relation):
    parts = workbooks.unzipped(xlsx_of_rows(["a"]))
    texts = tag.format('uniqueCount="99999999999"') + "<si><t>a</t></si></sst>"
    if "a-b" in tag:
        texts = texts.replace("</", "</a-b:").replace("<si", "<a-b:si").replace("<t", "<a-b:t")
    path = "xl/_rels/workbook.xml.rels"
    parts[path] = parts[path].replace(b'/sharedStrings"', f'/{relation}"'.encode())
    book = read_book("a.xlsx", workbooks.zipped(parts | {"xl/sharedStrings.xml": texts}))
    assert book.sheets[0].rows[0].values == ["a"]


def test_a_workbook_in_another_encoding_is_refused():
    parts = workbooks.unzipped(xlsx_of_rows(["a"]))
    path = "xl/worksheets/sheet1.xml"
    parts[path] = parts[path].replace(b'encoding="UTF-8"', b'encoding="UTF-7"')
    assert "encoding UTF-7" in refusal(workbooks.zipped(parts))
    parts[path] = parts[path].replace(b"UTF-7", b"none such")
    assert "damaged" in refusal(workbooks.zipped(parts))


SEEDS = [
    workbooks.unzipped(
        raw_xlsx(
            '<row r="2" hidden="1"><c r="B2" s="0"><f>1</f><v>1</v></c><c r="C2" t="e">'
            '<v>#SPILL!</v></c><c t="inlineStr"><is><t>x</t></is></c></row>',
            after='<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>',
        )
    ),
    workbooks.unzipped(
        ods(
            ods_table(
                ods_row(
                    ods_text("a", 'table:number-columns-repeated="3"'),
                    ods_value("date", "2025-06-12", "12 June"),
                    repeated=2,
                )
            )
        )
    ),
]
HOSTILE = (b"", b"-1", b"99999999999", b"1048577", b"NaN", b"AAAA1", b"<", b"&#0;", b"\xff", b'"')


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.data())
def test_damage_of_any_sort_is_refused_and_never_raises_anything_else(seed, data):
    parts = dict(seed)
    name = data.draw(st.sampled_from(sorted(parts)))
    part = parts[name]
    at = data.draw(st.integers(0, len(part)))
    cut = data.draw(st.integers(0, 12))
    parts[name] = part[:at] + data.draw(st.sampled_from(HOSTILE)) + part[at + cut :]
    try:
        book = read_book("a", workbooks.zipped(parts))
    except SheetError as refused:
        assert str(refused).endswith(".")
    else:
        for sheet in book.sheets:
            find_table(sheet, {"force", "grade"})
