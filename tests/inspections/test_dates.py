from datetime import date

import pytest

from inspections.choices import Precision
from inspections.dates import comments_due, day, months_between, period, span


def test_a_day_is_said_in_full():
    assert day(date(2025, 6, 12)) == "12 June 2025"


def test_a_day_is_said_no_more_exactly_than_its_source_gives_it():
    assert day(date(2025, 6, 1), Precision.MONTH) == "June 2025"


@pytest.mark.parametrize(
    ("start", "end", "precision", "words"),
    [
        (date(2024, 3, 1), date(2024, 3, 31), Precision.MONTH, "March 2024"),
        (date(2024, 6, 1), date(2024, 7, 31), Precision.MONTH, "June to July 2024"),
        (date(2023, 12, 1), date(2024, 1, 31), Precision.MONTH, "December 2023 to January 2024"),
        (date(2023, 6, 1), date(2024, 6, 30), Precision.MONTH, "June 2023 to June 2024"),
        (date(2024, 6, 3), date(2024, 6, 3), Precision.DAY, "3 June 2024"),
        (date(2024, 6, 3), date(2024, 6, 14), Precision.DAY, "3 June to 14 June 2024"),
        (date(2023, 12, 18), date(2024, 1, 5), Precision.DAY, "18 December 2023 to 5 January 2024"),
        (date(2024, 6, 3), None, Precision.DAY, "3 June 2024"),
        (None, None, Precision.DAY, ""),
        (None, date(2024, 6, 3), Precision.DAY, ""),
    ],
)
def test_a_period_says_once_what_its_ends_share(start, end, precision, words):
    assert period(start, end, precision) == words


def test_months_name_none_where_only_the_year_is_known():
    year = (date(2014, 1, 1), Precision.YEAR)
    known = (date(2020, 7, 9), Precision.DAY)
    month = (date(2020, 5, 1), Precision.MONTH)
    assert span([known, year], Precision.MONTH) == "2014 to July 2020"
    assert span([year, year], Precision.MONTH) == "2014"
    assert span([known, month], Precision.MONTH) == "May to July 2020"
    assert span([known, month]) == f"May 2020 to {day(known[0])}"
    assert span([]) == ""


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [
        (date(2024, 3, 31), date(2024, 3, 1), 0),
        (date(2024, 3, 1), date(2025, 6, 12), 15),
        (date(2024, 7, 31), date(2025, 6, 12), 11),
        (date(2024, 12, 31), date(2025, 1, 1), 1),
        (date(2025, 6, 12), date(2024, 6, 12), -12),
    ],
)
def test_months_are_counted_from_one_calendar_month_to_another(earlier, later, months):
    assert months_between(earlier, later) == months


@pytest.mark.parametrize(
    ("published_on", "last_day"),
    [
        (date(2025, 6, 12), date(2025, 8, 6)),
        (date(2024, 2, 1), date(2024, 3, 27)),  # over 29 February
        (date(2025, 12, 18), date(2026, 2, 11)),
    ],
)
def test_comments_are_due_on_the_last_of_56_days_that_begin_with_publication(
    published_on, last_day
):
    assert comments_due(published_on) == last_day
    assert (last_day - published_on).days + 1 == 56
