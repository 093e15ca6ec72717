"""What people write in cells, and what is understood or refused."""

import datetime
import time

import pytest

from lib.sheets import values
from lib.sheets.cells import Cell
from lib.sheets.values import PartialDate, parse_date

DAY = datetime.date(2025, 6, 12)


@pytest.mark.parametrize(
    "written",
    [
        DAY,
        datetime.datetime(2025, 6, 12),
        "2025-06-12",
        "2025-06-12T00:00:00",
        "12 June 2025",
        "12\xa0Jun 2025",
        "12th june, 2025",
        "Thursday 12 June 2025",
        "Thu, 12 Jun. 2025",
        "12/06/2025",
        "12/6/2025",
        "12.06.2025",
        " 12/06/2025 00:00 ",
    ],
)
def test_a_day_is_understood_in_each_form_day_first(written):
    assert parse_date(written) == PartialDate(DAY, "day")


@pytest.mark.parametrize(
    ("written", "on", "precision"),
    [
        ("2025-03", datetime.date(2025, 3, 1), "month"),
        ("March 2025", datetime.date(2025, 3, 1), "month"),
        ("Sept 2024", datetime.date(2024, 9, 1), "month"),
        ("2024", datetime.date(2024, 1, 1), "year"),
        (2024, datetime.date(2024, 1, 1), "year"),
    ],
)
def test_less_than_a_day_is_a_less_precise_date(written, on, precision):
    assert parse_date(written) == PartialDate(on, precision)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("12/06/25", "two digits"),
        ("12.6.25", "two digits"),
        ("12-Jun-25", "two digits"),
        ("12 June '25", "two digits"),
        ("2025-26", "two years or a month"),
        ("2025/26", "two years or a month"),
        ("2025-2026", "two years or a month"),
        ("2024–25", "two years or a month"),
        ("2025-13", "two years or a month"),
        ("Mar-26", "a day or a year"),
        ("March 26", "a day or a year"),
        ("12 June", "a day or a year"),
        ("6 June", "no year"),
        ("12/06", "no year"),
        ("06/13/2025", "month first"),
        ("31/06/2025", "no calendar"),
        ("2025-02-30", "no calendar"),
        ("32/13/2025", "no calendar"),
        ("0205-06-12", "not a date"),
        ("soon", "not a date"),
        ("12 Mai 2025", "not a date"),
        ("", "not a date"),
        ("12/06/2025 14:30", "not a date"),
        (datetime.datetime(2025, 6, 12, 14, 30), "time of day"),
        (45820, "is a number, not a date"),
        (2024.5, "is a number, not a date"),
        (True, "a yes or no, not a date"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_no_date(written, words):
    with pytest.raises(ValueError, match=words):
        parse_date(written)


def test_one_value_that_fits_only_month_first_spoils_its_column():
    cells = [Cell(text, f"S!C{row}") for row, text in enumerate(["03/04/2025", "04/13/2025"], 2)]
    problem = values.month_first_problem(cells)
    assert "“04/13/2025” in S!C3" in problem
    either_way = [cells[0], Cell("13/04/2025", "S!C4"), Cell(DAY, "")]
    assert values.month_first_problem(either_way) == ""


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-06-12 00:01", datetime.datetime(2025, 6, 12, 0, 1)),
        ("2025-06-12T00:01Z", datetime.datetime(2025, 6, 12, 0, 1, tzinfo=datetime.UTC)),
        (datetime.datetime(2025, 6, 12, 9), datetime.datetime(2025, 6, 12, 9)),
        ("12/06/2025", datetime.datetime(2025, 6, 12)),
    ],
)
def test_a_moment_is_a_day_and_perhaps_a_time(written, moment):
    assert values.parse_moment(written) == moment


@pytest.mark.parametrize("written", ["2025-06", "2025-06-12 25:00", "noon"])
def test_a_moment_without_a_day_or_with_no_time_of_day_is_refused(written):
    with pytest.raises(ValueError, match="Write it as"):
        values.parse_moment(written)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "nan",
            "None",
            "N/A",
            " n/a ",
            "N/A\xa0",
            "#N/A",
            "Not recorded",
            "(not known)",
            "–",
            "TBC",
        ),
        *("01/01/1900", "1/1/1900", "00/01/1900", "1900-01-01", "1900-01-01T00:00:00"),
        datetime.date(1900, 1, 1),
        datetime.datetime(1899, 12, 30),
        datetime.date(1904, 1, 1),
    ],
)
def test_a_word_for_nothing_is_a_blank_that_needs_a_reason(written):
    assert values.is_blank_word(written)


@pytest.mark.parametrize(
    "written", ["", None, "Nan Smith Road", "no", 0, "0", DAY, "nothing found"]
)
def test_other_words_and_true_blanks_are_no_such_word(written):
    assert not values.is_blank_word(written)


def test_a_name_loses_stray_spaces_and_line_breaks():
    assert values.clean_text(" Avon\xa0and\n Somerset\u200b\t") == "Avon and Somerset"
    assert values.clean_text("co\u00adoperate\x00") == "cooperate"
    assert (
        values.clean_text(" one \r\n\r\n\r\n\r\n two  words\r ", lines=True) == "one\n\ntwo words"
    )
    assert values.clean_text(None) == ""


def test_headings_and_choices_compare_without_case_and_spaces():
    assert (
        values.match_key(" Published\xa0ON ") == values.match_key("published_on") == "published on"
    )


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("a; b ;;a", ["a", "b"]),
        ("a\nb\r\nc", ["a", "b", "c"]),
        ("• a\n• b\n- c", ["a", "b", "c"]),
        ("Old (until 2015; then new); b", ["Old (until 2015; then new)", "b"]),
        ("a, b", ["a, b"]),
        ("", []),
        (None, []),
    ],
)
def test_a_list_is_split_by_semicolons_and_lines_alone(written, parts):
    assert values.split_list(written) == parts


def test_a_list_takes_time_by_its_length_alone():
    started = time.perf_counter()
    assert values.split_list(";" * 200_000) == []
    assert time.perf_counter() - started < 5


def test_a_list_by_commas_is_refused_with_the_way_to_write_it():
    known = {"Leadership", "Partnership working", "Devon, Cornwall"}
    problem = values.comma_list_problem("leadership, Partnership  working", known)
    assert "leadership; Partnership working" in problem
    assert values.comma_list_problem("Devon, Cornwall", known) == ""
    assert values.comma_list_problem("fraud, cyber", known) == ""
    assert values.comma_list_problem("Leadership", known) == ""


@pytest.mark.parametrize("written", ["007", "2023-011", "7.0"])
def test_a_code_stays_as_it_is_written(written):
    assert values.as_identifier(f" {written} ") == written


@pytest.mark.parametrize("written", [7, 7.0, True, DAY])
def test_a_code_that_is_no_text_is_refused(written):
    with pytest.raises(ValueError, match="Format the column as text"):
        values.as_identifier(written)


@pytest.mark.parametrize("written", ["Yes", "y", "TRUE", True, 1, 1.0, "1.0"])
def test_yes_is_yes_in_each_form(written):
    assert values.parse_boolean(written) is True


@pytest.mark.parametrize("written", ["No", "n", False, 0, "false"])
def test_no_is_no_in_each_form(written):
    assert values.parse_boolean(written) is False


@pytest.mark.parametrize("written", ["", "maybe", "x", 2, None])
def test_other_words_are_neither_yes_nor_no(written):
    with pytest.raises(ValueError, match="neither yes nor no"):
        values.parse_boolean(written)


def test_a_whole_number_has_digits_only():
    assert [values.parse_whole_number(value) for value in (3, "3", 3.0, " 12 ")] == [3, 3, 3, 12]
    for value in ("1,2", "3.5", "-1", "", True, "³", "1e3", "9" * 10):
        with pytest.raises(ValueError, match="not a whole number"):
            values.parse_whole_number(value)
