"""The day that an address names, and when it ends."""

from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from lib.parameters import ParameterError, single_day

PARAMETER = "as_at"


def end_of(day: date) -> datetime:
    """The last moment of a day, in our time zone."""
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return midnight - timedelta(microseconds=1)


def in_words(day: date) -> str:
    """A day as pages write it: "1 September 2025"."""
    return date_format(day, "j F Y")


def parse_day(params: QueryDict, today: date, errors: list[str]) -> date | None:
    """The day that the address names; None with an error.

    Of a day that is not over there is no page in the past: `today` is given back as it is.
    """
    day = single_day(params, PARAMETER, errors)
    if day and day > today:
        sentence = f"{in_words(day)} is still to come. Choose today or an earlier day."
        errors.append(ParameterError(PARAMETER, sentence))
    elif day is None and not errors:
        errors.append(ParameterError(PARAMETER, "No day is given. Write one as 2025-09-01."))
    return None if errors else day
