"""What the public gets, by its address, each asked for once in a process: pages as tests read them,
and a crawl of every page with the charts and downloads that it leads to."""

import gzip
from datetime import datetime
from functools import cache
from urllib.parse import urlencode, urljoin

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from .addresses import chart_addresses, download_addresses, public_addresses

AT = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_default_timezone())
BROWSER = {"accept-encoding": "gzip, deflate, br"}


def assert_nothing_was_written():
    """Fail where a page would not be of the facts alone, and so be no page for other tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned()")
        assert connection.in_atomic_block, "A test that really commits asks by `client`."
        assert cursor.fetchone() == (None,), "Ask by `client` once anything is written."


class Reader(Client):
    """A stranger whose pages are those of all such strangers: what one test has asked for, others
    read without asking again."""

    answers = {}

    def get(self, address, data=None, **headers):
        if data:
            address = f"{address.partition('?')[0]}?{urlencode(data, doseq=True)}"
        assert_nothing_was_written()
        key = connection.settings_dict["NAME"], address, repr(headers)
        if key not in self.answers:
            answer = super().get(address, **headers)
            if answer.streaming:  # a download is read once
                return answer
            self.answers[key] = answer
        return self.answers[key]


class Crawl:
    """The answers to whoever asks at one moment, compressed as to a browser."""

    def __init__(self):
        self.client, self.answers = Client(headers=BROWSER), {}
        self.pages = self.all_of(public_addresses())
        drawn = {
            urljoin(address, chart)
            for address, page in self.pages.items()
            for chart in chart_addresses(page)
        }
        self.figures = sorted(chart for chart in drawn if ".json" in chart)
        # Each is drawn once, not four times.
        self.charts = sorted(
            chart for chart in drawn if "scheme=" not in chart and "width=" not in chart
        )

    def get(self, address):
        if address not in self.answers:
            assert_nothing_was_written()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("django.utils.timezone.now", lambda: AT)
                answer = self.answers[address] = self.client.get(address)
                answer.whole = answer.getvalue()  # a download is read once
        return self.answers[address]

    def all_of(self, addresses):
        return {address: self.get(address) for address in addresses}

    @property
    def downloads(self):
        return self.all_of(download_addresses())


@cache
def crawled():
    """The crawl of this process, made by the first test that asks for it."""
    return Crawl()


def unpacked(answer):
    """All that was sent, unpacked where it was compressed."""
    content = answer.whole if hasattr(answer, "whole") else answer.getvalue()
    return gzip.decompress(content) if answer.get("Content-Encoding") == "gzip" else content
