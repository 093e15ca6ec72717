"""CSV in any of the usual encodings, with any of the usual delimiters."""

import pytest

from .workbooks import cells_of, refusal


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_usual_encoding_is_read(encoding):
    data = "Force;Note\nDyfed–Powys;“é”\n".encode(encoding)
    assert cells_of(data, "a.csv") == {
        "A1": "Force",
        "B1": "Note",
        "A2": "Dyfed–Powys",
        "B2": "“é”",
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_lines(delimiter):
    lines = [
        ["Gradings, south west"],
        ["Force", "Themes", "Summary"],
        ["Devon", '"a; b; c; d"', '"one, two, three, four"'],
        ["Dorset", '"a;b"', '"one"'],
    ]
    data = "\n".join(delimiter.join(line) for line in lines).encode()
    if delimiter == ",":
        data = data.replace(b"Gradings, south west", b'"Gradings, south west"')
    found = cells_of(data, "a.csv")
    assert (found["A1"], found["B3"], found["C3"]) == (
        "Gradings, south west",
        "a; b; c; d",
        "one, two, three, four",
    )


def test_lists_in_every_row_are_not_taken_for_columns():
    found = cells_of(b"Force,Themes\nDevon,a;b;c;d\nDorset,a;b;c;d\n", "a.csv")
    assert (found["A2"], found["B3"]) == ("Devon", "a;b;c;d")


def test_a_row_of_csv_has_the_number_that_a_spreadsheet_shows():
    assert cells_of(b'a,"b\nb"\r\n\r\nc,d\r\n', "a.csv") == {
        "A1": "a",
        "B1": "b\nb",
        "A3": "c",
        "B3": "d",
    }


def test_a_quotation_mark_that_never_ends_does_not_swallow_the_file():
    assert "Line 3" in refusal(b'a,b\n1,"2\n3,4\n', "a.csv")
