"""Dates as inspections speak of them: periods, ages and the statutory clock."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from .choices import Precision

COMMENTS_WITHIN = timedelta(days=55)


def day(on, precision=Precision.DAY):
    """A date in words, no more exact than its source: "12 June 2025" or "June 2025"."""
    return date_format(on, "j F Y" if precision == Precision.DAY else "F Y")


def period(start, end, precision=Precision.DAY):
    """A span in words, its shared parts said once: "June to July 2024"; empty where not known."""
    if start is None:
        return ""
    first, last = day(start, precision), day(end or start, precision)
    if first == last:
        return first
    if start.year == end.year:
        first = first.removesuffix(f" {start.year}")
    return f"{first} to {last}"


def months_between(earlier, later):
    """Whole calendar months from one date's month to another's."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def midnight(on):
    """The moment at which a day begins here."""
    return timezone.make_aware(datetime.combine(on, time.min))


def comments_due(published_on):
    """The last day for the local policing body's comments, within 56 days.

    The first of these is the day of publication. Source: Police Act 1996 s.55(5A).
    """
    return published_on + COMMENTS_WITHIN
