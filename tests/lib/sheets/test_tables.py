"""The table in a sheet: headings by their words, and what is no data."""

import pytest

from lib.sheets.cells import column_letters
from lib.sheets.reading import read_book
from lib.sheets.tables import find_table

from .workbooks import ods, ods_row, ods_table, ods_text, xlsx

KNOWN = {"force": "force", "question": "question", "Grade given": "grade", "published_on": "day"}
REQUIRED = ("force", "question", "grade")


def table_of(data, name="S.csv", known=KNOWN, required=REQUIRED, **more):
    (sheet,) = read_book(name, data.encode() if isinstance(data, str) else data).sheets
    return find_table(sheet, known, required=required, **more)


def rows_of(table):
    return {row.number: [v for v in row.values if v is not None] for row in table.rows}


def left_out(table):
    return {item.address: item.why for item in table.left_out}


HEAD = "Force,Question,Grade given,Published on\n"


def test_the_heading_row_is_found_by_its_words_wherever_it_stands():
    table = table_of(f"Gradings of forces,,,\nKind,gradings\n\n{HEAD}Devon,Q1,Good,2025\n")
    assert (table.number, rows_of(table)) == (4, {5: ["Devon", "Q1", "Good", "2025"]})
    assert {h.name: column_letters(h.index) for h in table.headings} == {
        "force": "A",
        "question": "B",
        "grade": "C",
        "day": "D",
    }
    assert left_out(table) == dict.fromkeys(["S!A1", "S!A2"], "It stands above the headings.")
    assert table.meta == {"kind": "gradings"}
    assert table.problems == []
    assert table.cell(table.rows[0], "grade").address == "S!C5"
    assert table.cell(table.rows[0], "grade").value == "Good"
    assert table.cell(table.rows[0], "nothing") is None


def test_a_sheet_without_two_headings_is_no_table():
    assert table_of("Notes,Force\nDevon,good\n") is None
    assert table_of("Force\nDevon\n", known={"force"}, required=()).number == 1


def test_headings_may_have_stray_spaces_any_case_and_line_breaks():
    table = table_of('\xa0FORCE , question,"Grade\ngiven",published_on\nDevon,Q1,Good,2025\n')
    assert [heading.name for heading in table.headings] == ["force", "question", "grade", "day"]


def test_each_unknown_heading_is_a_problem_with_the_nearest_that_is_known():
    table = table_of("Force,Question,Grad givn,Colour\nDevon,Q1,Good,red\n")
    assert [(p.address, p.value) for p in table.problems] == [
        ("S!C1", "Grad givn"),
        ("S!D1", "Colour"),
    ]
    assert "Did you mean “Grade given”?" in table.problems[0].sentence
    assert "Did you mean" not in table.problems[1].sentence


def test_a_heading_that_stands_twice_is_a_problem():
    table = table_of("Force,Question,force\nDevon,Q1,Dorset\n")
    (problem,) = table.problems
    assert (problem.address, "S!A1" in problem.sentence) == ("S!C1", True)


def test_values_without_a_heading_are_a_problem_once():
    table = table_of(HEAD.strip() + ",\nDevon,Q1,Good,2025,x\nDorset,Q1,Good,2025,y\n")
    (problem,) = table.problems
    assert (problem.address, problem.value) == ("S!E2", "x")
    assert "no heading" in problem.sentence


def test_two_rows_of_headings_are_one():
    def fill(book):
        sheet = book.add_worksheet("S")
        sheet.merge_range(0, 1, 0, 2, "Fieldwork", book.add_format())
        sheet.write_row(1, 0, ["Force", "from", "to", "Source"])
        sheet.write_row(2, 0, ["Devon", "2024", "2025", "x"])

    known = {"force", "fieldwork_from", "fieldwork_to", "source"}
    table = table_of(xlsx(fill), "a.xlsx", known, ())
    assert {h.name: column_letters(h.index) for h in table.headings} == {
        "force": "A",
        "fieldwork_from": "B",
        "fieldwork_to": "C",
        "source": "D",
    }
    assert (list(rows_of(table)), table.left_out, table.problems) == ([3], [], [])
    of_csv = table_of(",Fieldwork,,\nForce,from,to,Source\nDevon,1,2,x\n", known=known, required=())
    assert [h.name for h in of_csv.headings] == [h.name for h in table.headings]


def test_wide_sheets_name_their_columns_in_words_that_only_the_caller_knows():
    def accepts(text):
        return text.endswith("(PEEL, 2025)")

    one = table_of("Force,Q1 (PEEL, 2025),Q2\n".replace("PEEL, 2025", "PEEL 2025"), required=())
    assert one is None
    table = table_of(
        'Force,"Q1 (PEEL, 2025)","Q2 (PEEL, 2025)"\nDevon,Good,Good\n', required=(), accepts=accepts
    )
    assert [(h.name, h.text) for h in table.headings] == [
        ("force", "Force"),
        ("", "Q1 (PEEL, 2025)"),
        ("", "Q2 (PEEL, 2025)"),
    ]
    two = table_of(',"PEEL, 2025",\nForce,Q1,Q2\nDevon,Good,Good\n', required=(), accepts=accepts)
    assert [h.text for h in two.headings] == [h.text for h in table.headings]


def test_what_is_no_row_is_left_out_and_listed():
    table = table_of(
        f"{HEAD}South West,,,\nDevon,Q1,Good,2025\nTotal,,,1\nForce,Question,Grade given,\n"
        "Dorset,Q1,Good,2025\n\nEastern,,,\nEssex,Q2,Good,\n\nNote: as of June,x,,\n"
        "Outstanding,,,3\n,,,\n* provisional,,,\n"
    )
    assert list(rows_of(table)) == [3, 6, 9]
    assert left_out(table) == {
        "S!A2": "Only one cell is filled: a heading or a note.",
        "S!A4": "It is a total.",
        "S!A5": "It repeats the headings.",
        "S!A8": "Only one cell is filled: a heading or a note.",
        "S!A11": "It is a note.",
        "S!A12": "It stands below a gap, and most of what a row needs is empty.",
        "S!A14": "Only one cell is filled: a heading or a note.",
    }
    assert table.problems == []


def test_a_row_below_a_gap_that_lacks_little_is_a_row():
    assert list(rows_of(table_of(f"{HEAD}Devon,Q1,Good,2025\n\nDorset,Q1,,2025\n"))) == [2, 4]


def test_a_block_of_formulas_below_the_rows_is_no_data():
    def fill(book):
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["Force", "Question", "Grade given", "Published on"])
        sheet.write_row(1, 0, ["Devon", "Q1", "Good"])
        sheet.write_formula(1, 3, "=2000+25", None, 2025)
        sheet.write(2, 0, "Good")
        sheet.write_formula(2, 1, '=COUNTIF(C2:C2,"Good")', None, 1)

    table = table_of(xlsx(fill), "a.xlsx")
    assert rows_of(table) == {2: ["Devon", "Q1", "Good", 2025]}
    assert left_out(table) == {"S!A3": "It holds formulas only."}


def merged_xlsx():
    def fill(book):
        sheet = book.add_worksheet("S")
        sheet.merge_range("A1:D1", "A title", book.add_format())
        sheet.write_row(1, 0, ["Force", "Question", "Grade given", "Published on"])
        sheet.merge_range("A3:A5", "Devon", book.add_format())
        for row, question in ((2, "Q1"), (3, "Q2"), (4, "Q3")):
            sheet.write_row(row, 1, [question, "Good", "2025"])

    return xlsx(fill)


def merged_ods():
    covered = "<table:covered-table-cell/>"
    three = 'table:number-rows-spanned="3" table:number-columns-spanned="1"'
    heads = map(ods_text, ["Force", "Question", "Grade given", "Published on"])
    rows = [
        ods_row(first, *map(ods_text, [question, "Good", "2025"]))
        for first, question in (
            (ods_text("Devon", three), "Q1"),
            (covered, "Q2"),
            (covered, "Q3"),
        )
    ]
    title = ods_text("A title", 'table:number-columns-spanned="4" table:number-rows-spanned="1"')
    more = covered.replace("/>", ' table:number-columns-repeated="3"/>')
    return ods(ods_table(ods_row(title, more), ods_row(*heads), *rows, name="S"))


@pytest.mark.parametrize(("data", "name"), [(merged_xlsx(), "a.xlsx"), (merged_ods(), "a.ods")])
def test_merged_cells_are_carried_down_only_where_asked(data, name):
    table = table_of(data, name, carry_down=["force"])
    assert [row.values[0] for row in table.rows] == ["Devon"] * 3
    assert not any(row.problems for row in table.rows)
    table = table_of(data, name)
    assert [row.cell(0).value for row in table.rows] == ["Devon", None, None]
    assert [("S!A3:A5" in row.cell(0).problem) for row in table.rows] == [False, True, True]


def test_columns_of_people_s_names_are_left_out_by_name_and_never_kept():
    table = table_of(
        "Force,Question,Inspecting\xa0Officer,Grade given\nDevon,Q1,Jo Bloggs,Good\n",
        leave_out=["inspecting officer"],
    )
    assert rows_of(table) == {2: ["Devon", "Q1", "Good"]}
    assert left_out(table) == {"S!C1": "The column is left out by name."}
    assert table.problems == []
    assert "Jo Bloggs" not in repr(table)


def test_our_own_column_of_errors_is_not_read():
    table = table_of(HEAD.strip() + ",Errors (this column is not read)\nDevon,Q1,Good,2025,C: no\n")
    assert (table.problems, rows_of(table)) == ([], {2: ["Devon", "Q1", "Good", "2025"]})
