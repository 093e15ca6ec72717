"""The day that an address names, and when it ends."""

import re
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from lib.parameters import ParameterError, printable, single_value

PARAMETER = "as_at"
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def end_of(day: date) -> datetime:
    """The last moment of a day, in our time zone."""
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return midnight - timedelta(microseconds=1)


def in_words(day: date) -> str:
    """A day as pages write it: "1 September 2025"."""
    return date_format(day, "j F Y")


def parse_day(params: QueryDict, today: date, errors: list[str]) -> date | None:
    """The day that the address names; None with an error.

    A day that is not over is no day in the past: `today` is given back as it is.
    """
    text = single_value(params, PARAMETER, errors)
    if errors:
        return None
    try:
        day = date.fromisoformat(text) if ISO.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        wrong = f"“{printable(text)}” is not a day." if text else "No day is given."
        sentence = f"{wrong} Write one as 2025-09-01."
        errors.append(ParameterError(PARAMETER, sentence))
    elif day > today:
        sentence = f"{in_words(day)} is still to come. Choose today or an earlier day."
        errors.append(ParameterError(PARAMETER, sentence))
        day = None
    return day
