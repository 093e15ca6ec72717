"""The day that an address names, and when it ends."""

import re
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from lib.parameters import printable, single_value

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
    """The day that the address names; None where it names none, or with an error.

    A day that is not over is no day in the past: `today` is given back as it is.
    """
    text = single_value(params, PARAMETER, errors).strip()
    if not text or errors:
        return None
    try:
        day = date.fromisoformat(text) if ISO.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        errors.append(f"“{printable(text)}” is not a day. Write one as 2025-09-01.")
    elif day > today:
        errors.append(f"{in_words(day)} is still to come. Choose today or an earlier day.")
        day = None
    return day
