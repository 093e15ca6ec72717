#!/usr/bin/env bash
# icalendar writes the name of a calendar as it stands: commas and new lines in it are not escaped.
#
# One would guess: Calendar.add("name", …) escapes as add("summary", …) does, for RFC 7986 says that NAME is text, and
# X-WR-CALNAME is read as such everywhere.
# What happens: of names that the library does not know as text, NAME and X-WR-CALNAME among them, the value goes out
# unchanged. A comma stays bare, so that some readers end the name there; and a value with a new line, which DESCRIPTION
# takes, ends to_ical() with an AssertionError. Wrapped in vText it is escaped.
# Seen with icalendar 7.3.2 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check icalendar==7.3.2

cat > names.py <<'PY'
import sys

from icalendar import Calendar, Event, vText


def written(component, field, value):
    """The line of a field as it is written, or the error."""
    component.add(field, value)
    try:
        lines = component.to_ical().decode().splitlines()
    except AssertionError:
        return "AssertionError"
    return next(line for line in lines if line.startswith(field.upper())).partition(":")[2]


seen = {}
for value in ("North, South", "North\nSouth"):
    for make, field in ((Event, "summary"), (Calendar, "name"), (Calendar, "x-wr-calname")):
        seen[field, value] = written(make(), field, value)
        print(f"{field} of {value!r}: {seen[field, value]}")
    seen["as text", value] = written(Calendar(), "name", vText(value))
    print(f"name of {value!r} as text: {seen['as text', value]}")
escaped = {"North, South": "North\\, South", "North\nSouth": "North\\nSouth"}
expected = {}
for value, text in escaped.items():
    bare = value if "\n" not in value else "AssertionError"
    expected |= {("summary", value): text, ("as text", value): text}
    expected |= {("name", value): bare, ("x-wr-calname", value): bare}
sys.exit(seen != expected)
PY
venv/bin/python names.py
