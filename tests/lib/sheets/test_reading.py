"""Each trap that real sheets set, on a file made for it."""

import datetime
import re
import time

import pytest

from lib.sheets.reading import read_book

from . import workbooks
from .workbooks import (
    cells_of,
    ods,
    ods_blank,
    ods_row,
    ods_table,
    ods_text,
    ods_value,
    raw_xlsx,
    refusal,
    sheet_of,
    xlsx,
)

# One sheet in three formats


def test_a_sheet_reads_alike_as_csv_xlsx_and_ods():
    day = datetime.date(2025, 6, 12)
    rows = [["Force", "Reference", "Note"], ["Avon & Somerset", "007", "a\nb"], [], ["Devon", "x"]]
    of_xlsx = workbooks.xlsx_of_rows(*rows, ["", "", day])
    of_ods = ods(
        ods_table(
            ods_row(ods_text("Force"), ods_text("Reference"), ods_text("Note")),
            ods_row(
                ods_text("Avon &amp; Somerset"),
                ods_text("007"),
                ods_text("<text:p>a</text:p><text:p>b</text:p>"),
            ),
            ods_row(ods_blank(16384)),
            ods_row(ods_text("Devon"), ods_text("x"), ods_blank(16382)),
            ods_row(ods_blank(2), ods_value("date", "2025-06-12", "12/06/25")),
        )
    )
    assert cells_of(of_xlsx) == cells_of(of_ods, "file.ods")
    of_csv = b'Force,Reference,Note\nAvon & Somerset,007,"a\nb"\n\nDevon,x\n,,2025-06-12\n'
    assert cells_of(of_csv, "file.csv") == cells_of(of_xlsx) | {"C5": "2025-06-12"}
    assert cells_of(of_xlsx)["C5"] == day


def test_addresses_count_from_the_sheet_s_own_first_cell():
    data = raw_xlsx('<row r="4"><c r="C4"><v>1</v></c></row><row><c><v>2</v></c></row>')
    assert cells_of(data) == {"C4": 1, "A5": 2}
    of_ods = ods(
        ods_table(ods_row(ods_blank(16384), repeated=3), ods_row(ods_blank(2), ods_text("x")))
    )
    assert cells_of(of_ods, "a.ods") == {"C4": "x"}


def test_a_name_of_a_file_says_nothing_of_its_kind():
    assert cells_of(workbooks.xlsx_of_rows(["a"]), "rows.csv") == {"A1": "a"}
    assert sheet_of(b"a,b\n", "gradings.2025.xlsx").name == "gradings.2025"


# Numbers, texts and dates


@pytest.mark.parametrize("epoch", [False, True])
def test_dates_of_both_epochs_are_the_days_that_excel_shows(epoch):
    def fill(book):
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        book.add_worksheet().write_datetime("A1", datetime.date(2025, 6, 12), dates)

    assert cells_of(xlsx(fill, date_1904=epoch)) == {"A1": datetime.date(2025, 6, 12)}


def test_a_code_that_is_text_stays_text_and_a_whole_number_has_no_point():
    data = raw_xlsx(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>007</t></is></c><c r="B1"><v>7</v></c>'
        '<c r="C1"><v>7.5</v></c><c r="D1" t="b"><v>1</v></c></row>'
    )
    values = sheet_of(data).rows[0].values
    assert values == ["007", 7, 7.5, True]
    assert [type(value) for value in values] == [str, int, float, bool]


def test_a_date_that_shows_only_its_month_is_a_problem():
    def fill(book):
        sheet = book.add_worksheet()
        for row, shown in enumerate(["mmm-yy", "mmmm yyyy", "yyyy", "d mmm yy", "[$-809]dd/mm/yy"]):
            sheet.write_datetime(
                row, 0, datetime.date(2025, 3, 1), book.add_format({"num_format": shown})
            )
        sheet.write_number(5, 0, 2025, book.add_format({"num_format": '0 "years"'}))

    found = cells_of(xlsx(fill))
    assert {place for place, value in found.items() if isinstance(value, str)} == {"A1", "A2", "A3"}
    assert "2025-03" in found["A1"]
    styles = (
        '<number:date-style style:name="N1"><number:month/><number:text>-</number:text>'
        '<number:year/></number:date-style><number:date-style style:name="N2"><number:day/>'
        "<number:month/><number:year/></number:date-style>"
        '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="ce2" style:family="table-cell" style:data-style-name="N2"/>'
    )
    columns = '<table:table-column table:default-cell-style-name="ce1"/>'
    own = ods_value("date", "2025-03-01", "1/3/25", 'table:style-name="ce2"')
    table = ods_table(
        ods_row(ods_value("date", "2025-03-01", "Mar-25")), ods_row(own), before=columns
    )
    found = cells_of(ods(table, styles), "a.ods")
    assert ("2025-03" in found["A1"], found["A2"]) == (True, datetime.date(2025, 3, 1))


def test_a_cell_that_names_no_style_has_the_first():
    # What the library makes of it: findings/calamine-forgets-the-first-style.sh
    data = raw_xlsx('<row r="1"><c r="A1"><v>45820</v></c><c r="B1" s="0"><v>45820</v></c></row>')
    assert cells_of(data) == {"A1": 45820, "B1": 45820}
    parts = workbooks.unzipped(data)
    styles = parts["xl/styles.xml"].replace(b'<xf numFmtId="0"', b'<xf numFmtId="14"')
    data = workbooks.zipped(parts | {"xl/styles.xml": styles})
    assert cells_of(data) == dict.fromkeys(["A1", "B1"], datetime.date(2025, 6, 12))
    styles = styles.replace(b'numFmtId="14"', b'numFmtId="17"')
    found = cells_of(workbooks.zipped(parts | {"xl/styles.xml": styles}))
    assert ["2025-03" in found[place] for place in ("A1", "B1")] == [True, True]


def test_a_text_in_a_section_of_characters_is_that_text():
    # What the library makes of it: findings/calamine-drops-cdata.sh
    section = "<![CDATA[R&D <1>]]>"
    data = raw_xlsx(f'<row r="1"><c r="A1" t="str"><f>A2</f><v>{section}</v></c></row>')
    assert cells_of(data) == {"A1": "R&D <1>"}
    data = ods(ods_table(ods_row(ods_text(f"<text:p>a {section} b</text:p>"))))
    assert cells_of(data, "a.ods") == {"A1": "a R&D <1> b"}


def test_times_are_problems_not_dates():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_number("A1", 1.5, book.add_format({"num_format": "[h]:mm"}))
        sheet.write_number("B1", 0.4375, book.add_format({"num_format": "hh:mm"}))

    assert all("time of day" in text for text in cells_of(xlsx(fill)).values())
    row = ods_row(
        ods_value("time", "PT36H00M00S", "36:00"), ods_value("time", "PT10H30M00S", "10:30")
    )
    found = cells_of(ods(ods_table(row)), "a.ods")
    assert len(found) == 2
    assert all("time of day" in text for text in found.values())


def test_cells_of_spaces_and_signs_without_width_are_empty():
    assert cells_of("a,\xa0,\u200b, \u2003\ufeff,b\n".encode(), "a.csv") == {"A1": "a", "E1": "b"}


def test_a_text_that_a_download_defused_is_as_it_was():
    assert cells_of(b"'=1+1,'- a,'quoted',-\n", "a.csv") == {
        "A1": "=1+1",
        "B1": "- a",
        "C1": "'quoted'",
        "D1": "-",
    }


# Formulas and errors


def test_a_formula_counts_by_its_value_and_one_without_is_a_problem():
    data = raw_xlsx(
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1+1</f></c>'
        '<c r="C1"><f>1+1</f><v></v></c><c r="D1" t="str"><f>""</f><v></v></c>'
        '<c r="E1" t="str"><f>"a"</f><v>a</v></c></row>'
    )
    found = cells_of(data)
    assert (found["A1"], found["E1"], "D1" in found) == (2, "a", False)
    assert "never worked out" in found["B1"]
    assert found["B1"] == found["C1"]
    of_ods = ods(ods_table(ods_row('<table:table-cell table:formula="of:=1+1"/>')))
    assert "never worked out" in cells_of(of_ods, "a.ods")["A1"]


def test_a_link_shows_its_text_worked_out_or_not():
    link = "HYPERLINK(&quot;https://example.org&quot;,&quot;Report&quot;)"
    data = raw_xlsx(
        f'<row r="1"><c r="A1" t="str"><f>{link}</f><v>Report</v></c><c r="B1"><f>{link}</f></c>'
        '<c r="C1"><f>HYPERLINK(A1)</f></c></row>'
    )
    found = cells_of(data)
    assert (found["A1"], found["B1"]) == ("Report", "Report")
    assert "never worked out" in found["C1"]
    of_csv = b'"=HYPERLINK(""https://example.org"",""Report"")",=A1+1\n'
    found = cells_of(of_csv, "a.csv")
    assert (found["A1"], "formula as text" in found["B1"]) == ("Report", True)


def test_errors_are_named_even_those_that_the_library_does_not_know():
    data = raw_xlsx(
        '<row r="1"><c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c t="e" r="B1" cm="1"><f>A1:A9</f><v>#SPILL!</v></c><c r="C1"><v>5</v></c></row>'
    )
    found = cells_of(data)
    assert ("#DIV/0!" in found["A1"], "#SPILL!" in found["B1"], found["C1"]) == (True, True, 5)
    newer = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
    older = newer.replace('calcext:value-type="error"', "").replace("#DIV/0!", "Err:502")
    found = cells_of(ods(ods_table(ods_row(newer, older))), "a.ods")
    assert ("#DIV/0!" in found["A1"], "Err:502" in found["B1"]) == (True, True)
    assert "#REF!" in cells_of(b"a,#REF!,#1\n", "a.csv")["B1"]
    assert cells_of(b"a,#REF!,#1\n", "a.csv")["C1"] == "#1"


# ODS as LibreOffice writes it


def test_repeated_cells_markup_notes_and_hidden_digits_of_ods_are_read():
    note = "<office:annotation><text:p>not this</text:p></office:annotation><text:p>this</text:p>"
    table = ods_table(
        ods_row(ods_text("same", 'table:number-columns-repeated="3"'), ods_text("end")),
        ods_row(
            ods_text("<text:p>one <text:span>two</text:span> three</text:p>"),
            ods_value("float", "3.456", "3"),
            ods_text(note),
            repeated=2,
        ),
    )
    second = {"A2": "one two three", "B2": 3.456, "C2": "this"}
    third = {place.replace("2", "3"): value for place, value in second.items()}
    first = {"A1": "same", "B1": "same", "C1": "same", "D1": "end"}
    assert cells_of(ods(table), "a.ods") == first | second | third


def test_tabs_and_line_breaks_of_ods_are_kept():
    table = ods_table(
        ods_row(
            ods_text("<text:p>a<text:tab/>b</text:p>"),
            ods_text("<text:p>a<text:line-break/>b<text:line-break></text:line-break>c</text:p>"),
        )
    )
    assert cells_of(ods(table), "a.ods") == {"A1": "a\tb", "B1": "a\nb\nc"}


def test_a_text_of_ods_that_cannot_be_read_whole_is_a_problem():
    odd = '<x:tab xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"/>'
    found = cells_of(ods(ods_table(ods_row(ods_text(f"<text:p>a{odd}b</text:p>")))), "a.ods")
    assert "Not all of this cell's text" in found["A1"]
    untyped = "<table:table-cell><text:p>a</text:p></table:table-cell>"
    found = cells_of(ods(ods_table(ods_row(untyped))), "a.ods")
    assert "Not all of this cell's text" in found["A1"]


def test_true_as_a_number_is_one():
    found = cells_of(ods(ods_table(ods_row(ods_value("float", "1", "TRUE")))), "a.ods")
    assert found == {"A1": 1}


# Hidden things, covers, sheets that are no data


def test_hidden_sheets_are_left_out_and_hidden_rows_and_columns_are_listed():
    def fill(book):
        sheet = book.add_worksheet("Shown")
        for row in range(6):
            sheet.write_row(row, 0, ["a", "b", "c"])
        for row in (1, 2, 4, 900):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        book.add_worksheet("Lists").hide()
        book.add_worksheet("Deep").very_hidden()
        book.add_chartsheet("Chart")

    book = read_book("a.xlsx", xlsx(fill))
    (sheet,) = book.sheets
    assert sheet.hidden == ["Shown!2:3", "Shown!5:5", "Shown!B:B"]
    assert len(sheet.rows) == 6
    assert [item.address for item in book.left_out] == ["Lists", "Deep", "Chart"]


def test_hidden_things_of_ods_are_told_too():
    styles = (
        '<style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    columns = (
        '<table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse"/>'
    )
    row = (ods_text("a"), ods_text("b"), ods_text("c"))
    shown = ods_table(
        ods_row(*row),
        ods_row(*row, repeated=2, more='table:visibility="filter"'),
        name="Shown",
        before=columns,
    )
    hidden = ods_table(ods_row(*row), name="Lists").replace("ta1", "ta2")
    book = read_book("a.ods", ods(shown + hidden, styles))
    assert [sheet.hidden for sheet in book.sheets] == [["Shown!2:3", "Shown!C:C"]]
    assert [item.address for item in book.left_out] == ["Lists"]


def test_a_cover_names_kind_and_version_and_sheets_that_say_so_are_not_read():
    def fill(book):
        cover = book.add_worksheet("Cover")
        for number, row in enumerate(
            [["Findings 2025"], [], ["Kind:", "findings"], ["VERSION", 2]]
        ):
            cover.write_row(number, 0, row)
        book.add_worksheet("Rows").write_row(0, 0, ["a", "b", "c"])
        book.add_worksheet("Example").write_row(0, 0, ["This sheet is not read. It helps."])

    book = read_book("a.xlsx", xlsx(fill))
    assert [sheet.name for sheet in book.sheets] == ["Rows"]
    assert book.sheets[0].meta == {"kind": "findings", "version": "2"}
    assert [item.address for item in book.left_out] == ["Cover", "Example"]


def test_a_sheet_with_a_column_of_kinds_is_no_cover():
    data = b"source,kind\na,report\nkind,b\n"
    assert len(sheet_of(data, "sources.csv").rows) == 3


def test_strict_workbooks_are_read_and_those_that_show_no_sheet_are_refused():
    strict = {
        name: part.replace(
            workbooks.OOXML.encode() + b"/officeDocument/2006/relationships",
            workbooks.STRICT.encode() + b"/officeDocument/relationships",
        ).replace(
            workbooks.OOXML.encode() + b"/spreadsheetml/2006/main",
            workbooks.STRICT.encode() + b"/spreadsheetml/main",
        )
        for name, part in workbooks.unzipped(workbooks.xlsx_of_rows(["a", 5])).items()
    }
    assert cells_of(workbooks.zipped(strict)) == {"A1": "a", "B1": 5}
    parts = workbooks.unzipped(workbooks.xlsx_of_rows(["a"]))
    parts["xl/workbook.xml"] = re.sub(
        rb"<sheets>.*</sheets>", b"<sheets/>", parts["xl/workbook.xml"]
    )
    assert "shows no sheets" in refusal(workbooks.zipped(parts))


def test_xml_with_a_prefix_is_read_like_any_other():
    data = raw_xlsx(
        '<x:row r="1" hidden="1"><x:c r="A1" t="e"><x:v>#CALC!</x:v></x:c><x:c r="B1"><x:v>2</x:v>'
        "</x:c></x:row>",
        prefix="x",
    )
    assert ("#CALC!" in cells_of(data)["A1"], cells_of(data)["B1"]) == (True, 2)
    assert sheet_of(data).hidden == ["Sheet1!1:1"]


def test_a_used_range_of_many_rows_for_one_is_read_quickly():
    def fill(book):
        sheet = book.add_worksheet()
        look = book.add_format({"bold": True})
        sheet.write_row(0, 0, ["a", "b"])
        for row in range(1, 10_000):
            for column in range(4):
                sheet.write_blank(row, column, None, look)

    data = xlsx(fill)
    started = time.process_time()
    assert cells_of(data) == {"A1": "a", "B1": "b"}
    assert time.process_time() - started < 3


@pytest.mark.parametrize("value", ["1E999", "-1E999", "NaN"])
def test_a_number_that_is_none_is_a_problem_of_its_cell(value):
    (row,) = sheet_of(raw_xlsx(f'<row r="1"><c r="A1"><v>{value}</v></c></row>')).rows
    assert row.cell(0).problem.startswith("The cell holds a number that is too large, or none")
    assert isinstance(row.cell(0).value, str)
