"""Dates and periods in words, ages in months, and the time limit for comments."""

from datetime import datetime, time, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format

from .choices import Precision

COMMENTS_WITHIN = timedelta(days=55)
COMMENTS_SINCE = 2018
LENGTHS = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}
FORMATS = {Precision.DAY: "j F Y", Precision.MONTH: "F Y", Precision.YEAR: "Y"}


@lru_cache(maxsize=5_000)  # a page says the same few days again and again
def day(on, precision=Precision.DAY):
    """A date in words, as exact as its source: "12 June 2025", "June 2025" or "2025"."""
    return date_format(on, FORMATS[Precision(precision)])


def month(on, precision=Precision.DAY):
    """A date in few letters: "Jun 2025", or the year where no more is known."""
    return date_format(on, "Y" if precision == Precision.YEAR else "M Y")


def iso(on, precision=Precision.DAY):
    """A date in ISO form, as exact as its source: "2025-06-12", "2025-06" or "2025"."""
    return on.isoformat()[: LENGTHS[Precision(precision)]]


def period(start, end, precision=Precision.DAY):
    """A period in words, with the year once: "June to July 2024"; empty if not known."""
    if start is None:
        return ""
    first, last = day(start, precision), day(end or start, precision)
    if first == last:
        return first
    if start.year == end.year:
        first = first.removesuffix(f" {start.year}")
    return f"{first} to {last}"


def roughest(*precisions):
    """The least exact of these precisions."""
    return max(map(Precision, precisions), key=list(Precision).index)


def span(dates, finest=Precision.DAY):
    """The first and the last of dates with their precision, in words: "2014 to 20 July 2020".

    Each is as exact as known, and no more exact than `finest`.
    """
    if not dates:
        return ""
    (start, first), (end, last) = min(dates), max(dates)
    first, last = roughest(first, finest), roughest(last, finest)
    if first == last:
        return period(start, end, first)
    return " to ".join(dict.fromkeys([day(start, first), day(end, last)]))


def months_between(earlier, later):
    """The number of months from the month of one date to that of another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def midnight(on):
    """The moment when a day begins, in our time zone."""
    return timezone.make_aware(datetime.combine(on, time.min))


def comments_due(published_on):
    """The last day for the local policing body's comments, within 56 days.

    The first of these is the day of publication. Source: Police Act 1996 s.55(5A), which is younger
    than the Act: None before the year from which we state it.
    """
    return published_on + COMMENTS_WITHIN if published_on.year >= COMMENTS_SINCE else None
