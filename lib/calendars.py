"""Calendars of days on which something is due (iCalendar, RFC 5545), for programs to subscribe to.

Each day is there twice: as an event of that day, and as a to-do that is due on it. A to-do has no
start: some programs hide one on the very day, and show the event.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from icalendar import Calendar, Component, Event, Todo, vText, vUri

HOURS_BETWEEN_VISITS = timedelta(hours=12)
CONTENT_TYPE = "text/calendar; charset=utf-8"
NOT_IN_CALENDARS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Entry(NamedTuple):
    """A day on which something is due.

    `key` stays the same whatever moves, and `sequence` counts how often the day has moved. Where
    it is no longer due it `is_done`, at a moment if that is known, or else `is_cancelled`.
    """

    key: str
    on: date
    title: str
    text: str
    url: str
    sequence: int = 0
    is_done: bool = False
    done_at: datetime | None = None
    is_cancelled: bool = False


def calendar(name: str, about: str, entries: Iterable[Entry], host: str, at: datetime) -> bytes:
    """A calendar as a file: `about` describes it, and `at` is when it was written."""
    whole = Calendar()
    whole.add("prodid", f"-//{host}//deadlines//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    # One common reader ends a name at its first comma.
    name = re.sub(r"\s*,\s*", " - ", name)
    for field, value in (("name", name), ("x-wr-calname", name), ("x-wr-caldesc", about)):
        # As text: of what it does not know, the library escapes nothing, and fails at a new line.
        whole.add(field, vText(on_one_line(value)))
    for field in ("refresh-interval", "x-published-ttl"):
        whole.add(field, HOURS_BETWEEN_VISITS, parameters={"value": "DURATION"})
    for entry in entries:
        whole.add_component(event(entry, host, at))
        whole.add_component(todo(entry, host, at))
    return whole.to_ical()


def event(entry: Entry, host: str, at: datetime) -> Event:
    """The event of a day: cancelled once nothing is due on it."""
    component = describe(Event(), entry, f"{entry.key}@{host}", at)
    component.add("dtstart", entry.on)
    component.add("dtend", entry.on + timedelta(days=1))
    component.add("transp", "TRANSPARENT")
    ended = entry.is_done or entry.is_cancelled
    component.add("status", "CANCELLED" if ended else "CONFIRMED")
    return component


def todo(entry: Entry, host: str, at: datetime) -> Todo:
    """The to-do that is due on a day: completed or cancelled once it is not."""
    component = describe(Todo(), entry, f"todo-{entry.key}@{host}", at)
    component.add("due", entry.on)
    if entry.is_done:
        component.add("status", "COMPLETED")
        if entry.done_at:
            component.add("completed", entry.done_at.astimezone(UTC))
    else:
        component.add("status", "CANCELLED" if entry.is_cancelled else "NEEDS-ACTION")
    return component


def describe(component: Component, entry: Entry, uid: str, at: datetime) -> Component:
    """The component with what an event and a to-do say alike."""
    component.add("uid", uid)
    component.add("dtstamp", at.astimezone(UTC))
    component.add("sequence", entry.sequence)
    component.add("summary", on_one_line(entry.title))
    text = f"{entry.text}\n\n{entry.url}" if entry.text else entry.url
    component.add("description", clean(text))
    component.add("url", vUri(entry.url))
    return component


def on_one_line(text: str) -> str:
    """A name or a title as calendars can hold it."""
    return clean(" ".join(text.split()))


def clean(text: str) -> str:
    """A text without the characters that calendars cannot hold."""
    return NOT_IN_CALENDARS.sub("\ufffd", text)
