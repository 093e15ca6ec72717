"""Pages as at a day in the past: what had been published by then, and nothing that came later."""

import re
from datetime import timedelta
from difflib import unified_diff

import pytest
from django.test import Client
from django.utils import timezone

from lib.as_at.days import end_of
from lib.lists import freshness

from .histories import BEGINS, DAYS, History

pytestmark = [pytest.mark.django_db]

BANNER = re.compile(r'<p class="past">.*?</p>\s*', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="as_at" value="[0-9-]+">')
CHOSEN = re.compile(r'(name="as_at" value=")[0-9-]+')
NOTE = re.compile(r"As published by [^,]+, read from the record as it stands now\. ")
ADDRESSES = [
    "/",
    "/charts/grades_by_region.json",
    "/regions/westmarch/",
    "/regions/westmarch/charts/findings_by_theme.json",
    "/forces/",
    "/forces/?format=json",
    "/forces/ashford/",
    "/forces/birch/",
    "/forces/cedar/summary/",
    "/compare/?organisation=ashford&organisation=birch&organisation=cedar",
    "/findings/",
    "/findings/?format=csv",
    "/findings/?organisation=birch&format=json",
    "/findings/?q=nobody&sort=-progress",
    "/actions/",
    "/actions/?overdue=yes",
    "/actions/?format=csv",
    "/actions/?sort=due",
    "/gradings/",
    "/gradings/?format=json",
    "/plans/",
    "/themes/",
    "/themes/charts/findings_by_theme.json",
    "/inspections/",
    "/inspections/soc/",
    "/questions/serious-and-organised-crime/",
    "/sources/?format=csv",
    "/search/?q=nobody",
]


def without_day(text, day):
    """What a page as at a day says besides that it is one."""
    for marked, instead in ((BANNER, ""), (HIDDEN, ""), (CHOSEN, r"\1"), (NOTE, "")):
        text = marked.sub(instead, text)
    ampersand = r"(?:&amp;|&|\\u0026)"
    text = re.sub(rf"\?as_at={day}{ampersand}", "?", text)
    return re.sub(rf"(?:\?|{ampersand})as_at={day}", "", text)


def ask(address, monkeypatch, at, day=None):
    """The status and the words of an answer to whoever asks at a moment, for a day if it is given."""
    monkeypatch.setattr(timezone, "now", lambda: at)
    if day:
        address += f"{'&' if '?' in address else '?'}as_at={day}"
    answer = Client().get(address)
    text = answer.getvalue().decode()
    return answer.status_code, without_day(text, day) if day else text


def difference(then, now):
    """The lines in which two answers differ, which begin with their status."""
    then, now = (
        [str(status), *filter(None, map(str.strip, text.splitlines()))]
        for status, text in (then, now)
    )
    return list(unified_diff(then, now, lineterm="", n=0))[2:22]


@pytest.mark.parametrize("seed", [int(s) for s in __import__("os").environ.get("SEEDS","1 2").split()])
def test_a_page_as_at_a_day_is_the_page_of_that_day(seed, monkeypatch):
    history, stored = History(seed), {}
    days = sorted(history.choose.sample(range(10, DAYS - 10), 3))
    for day in (BEGINS + timedelta(days=after) for after in days):
        history.live(until=day)
        own = [one.get_absolute_url() for one in history.pages()]
        chosen = [*history.choose.sample(ADDRESSES, 12), *own]
        freshness.forget()
        stored[day] = {address: ask(address, monkeypatch, end_of(day)) for address in chosen}
    history.live(until=BEGINS + timedelta(days=DAYS))
    today = end_of(history.day)
    different = {
        (day, address): lines
        for day, answers in stored.items()
        for address, then in answers.items()
        if (lines := difference(then, ask(address, monkeypatch, today, day)))
    }
    assert different == {}, "\n".join(f"{key} {lines}" for key, lines in different.items())
