"""A calendar stays one whatever it is called, and whatever stands in it."""

from datetime import UTC, date, datetime

import icalendar
import vobject

from lib.calendars import Entry, calendar

ODD = "A,B; \\C:\r\nEND:VCALENDAR\rD\x0b ]]> <i> & $$"


def test_no_name_and_no_text_ends_a_calendar_or_breaks_it():
    entry = Entry("one", date(2026, 1, 1), ODD, ODD, "https://example.org/")
    content = calendar("A,B:\r\nEND:VCALENDAR", ODD, [entry], "example.org", datetime.now(UTC))
    assert not any(letter < 32 and letter not in b"\r\n" for letter in content)
    whole, again = icalendar.Calendar.from_ical(content), vobject.readOne(content.decode())
    (event,) = whole.walk("VEVENT")
    assert str(whole["x-wr-calname"]) == again.x_wr_calname.value == "A - B: END:VCALENDAR"
    assert str(event["summary"]) == again.vevent.summary.value == " ".join(ODD.split())
    assert "\nEND:VCALENDAR\n" in str(event["description"])
