"""Each request has a line in the log, and an id that its response, its errors and its entries
carry."""

import json
import logging
import re
from io import BytesIO
from itertools import islice
from wsgiref.util import FileWrapper

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.template.loader import render_to_string

from config import after_response
from config.caching.kept_responses import KeptResponses
from config.observability.logs import LinesOfJSON
from config.observability.request_log import RequestLog
from lib.observability import queries, requests
from tests.serving import wsgi_environ

pytestmark = pytest.mark.django_db
FIELDS = {
    *("at", "level", "logger", "event", "request", "route", "method", "status", "milliseconds"),
    *("queries", "query_milliseconds", "cache", "data_version", "bytes"),
}


@pytest.fixture(autouse=True)
def no_request():
    """What a test begins is over with it."""
    token = requests._current.set(None)
    yield
    requests._current.reset(token)


@pytest.fixture
def ask(pages, monkeypatch, settings, caplog):
    """Ask the site as a web server does: the response's headers and content, and its entry."""
    # Between requests, the connection would end that holds the test's transaction.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    settings.REQUEST_LOG = True
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(LinesOfJSON())
    site = RequestLog(KeptResponses(WSGIHandler()))

    def get(address, method="GET", pieces=None, **variables):
        environ = wsgi_environ(address, method, REMOTE_ADDR="203.0.113.7", **variables)
        head = []
        caplog.clear()
        response = site(environ, lambda *given: head.append(given))
        content = b"".join(islice(response, pieces))
        getattr(response, "close", lambda: None)()
        ((_, headers, *_),) = head
        entries = [json.loads(line) for line in caplog.text.splitlines()]
        (entry,) = [entry for entry in entries if entry["logger"] == "requests"]
        assert {one["request"] for one in entries} == {entry["request"]}
        return dict(headers), content, entry

    return get


def test_a_line_says_how_a_page_was_come_by_and_nothing_of_who_asked(ask):
    address = "/themes/workforce/?utm_source=a-friend"
    made, _, kept = (ask(address) for _ in range(3))
    for headers, content, entry in (made, kept):
        assert set(entry) == FIELDS
        assert entry["request"] == headers["X-Request-ID"]
        assert entry["bytes"] == len(content)
        assert (entry["route"], entry["status"]) == ("findings:theme_detail", 200)
        assert not {"203.0.113.7", "friend", "workforce"} & set(re.split(r"[\W_]", str(entry)))
    assert (made[2]["cache"], kept[2]["cache"]) == ("made", "kept")
    assert made[2]["data_version"] == kept[2]["data_version"] > 0
    assert made[2]["queries"] > kept[2]["queries"] == 1
    assert 0 < made[2]["query_milliseconds"] < made[2]["milliseconds"]
    assert made[0]["X-Request-ID"] != kept[0]["X-Request-ID"]
    for _ in range(2):  # from the middleware, and then before it
        _, content, unchanged = ask(address, HTTP_IF_NONE_MATCH=made[0]["ETag"])
        assert (unchanged["status"], unchanged["cache"]) == (304, "unchanged")
        assert content == b""
        assert unchanged["data_version"] == made[2]["data_version"]


def test_a_download_is_logged_at_its_end_and_says_if_its_reader_left(ask):
    address = "/findings/?format=csv"
    _, content, whole = ask(address)
    _, part, cut = ask(address, pieces=1)
    assert "cut_short" not in whole
    assert (whole["bytes"], whole["cache"]) == (len(content), "made")
    assert cut["cut_short"]
    assert cut["bytes"] == len(part) < len(content)


def test_a_file_stays_for_the_server_to_send_and_is_logged_once_sent(caplog, settings):
    settings.REQUEST_LOG = True
    caplog.set_level(logging.INFO)
    closed = []
    file = FileWrapper(BytesIO(b"file"))
    file.close = lambda: closed.append(True)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "4")])
        return file

    environ = {"REQUEST_METHOD": "GET", "wsgi.file_wrapper": FileWrapper}
    sent = RequestLog(application)(environ | {"PATH_INFO": "/static/x.css"}, lambda *head: None)
    assert sent is file
    assert not caplog.records
    sent.close()
    assert closed == [True]
    (record,) = caplog.records
    assert (record.details["route"], record.details["bytes"]) == ("static", 4)


def test_an_id_is_taken_from_a_trusted_proxy_alone_and_only_if_it_is_one(ask, settings):
    given = "req-2026:0001.a"
    assert ask("/robots.txt", HTTP_X_REQUEST_ID=given)[2]["request"] != given
    settings.BEHIND_PROXY = True
    assert ask("/robots.txt", HTTP_X_REQUEST_ID=given)[0]["X-Request-ID"] == given
    for bad in ("short", "x" * 65, "two words", "line\nline", "é" * 10, ""):
        taken = ask("/robots.txt", HTTP_X_REQUEST_ID=bad)[0]["X-Request-ID"]
        assert re.fullmatch("[0-9a-f]{16}", taken)


def test_a_reader_of_an_error_page_can_quote_its_id(ask):
    headers, content, entry = ask("/nowhere/at-all/")
    assert (entry["status"], entry["route"]) == (404, "none")
    assert f"<code>{headers['X-Request-ID']}</code>" in content.decode()
    for name in ("400", "403", "405", "429", "500", "503"):
        assert f"<code>{requests.request_id()}</code>" in render_to_string(f"{name}.html")
        assert (
            "quote" not in after_response.sender.submit(render_to_string, f"{name}.html").result()
        )


def test_a_line_can_be_switched_off_and_the_id_stays(settings, caplog):
    settings.REQUEST_LOG = False
    caplog.set_level(logging.INFO)
    heads = []

    def application(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}
    RequestLog(application)(environ, lambda status, headers, exc_info: heads.append(headers))
    assert [name for name, _ in heads[0]] == ["X-Request-ID"]
    assert not caplog.records


def test_a_slow_query_is_logged_with_its_route_and_without_what_was_asked(caplog, settings):
    settings.SLOW_QUERY_MS = 50
    connection.ensure_connection()
    requests.begin("/themes/workforce/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT pg_sleep(0.06), %s, 'it''s written'", ["a reader’s words"])
    (record,) = caplog.records
    assert record.getMessage() == "slow query"
    assert record.details["route"] == "findings:theme_detail"
    assert record.details["milliseconds"] >= 60
    assert record.details["sql"] == "SELECT pg_sleep(0.06), %s, '…'"


def test_each_new_connection_counts_its_queries_once():
    queries._watch_connection(connection)
    queries._watch_connection(connection)
    assert connection.execute_wrappers.count(queries.count_query) == 1


def test_what_is_done_after_a_response_is_logged_under_its_request(caplog):
    class Response:
        _resource_closers = []

    request = requests.begin("/")
    seen = []
    after_response.run_after(Response, lambda: seen.append(requests.request_id()))
    Response._resource_closers[0]()
    after_response.sender.submit(int).result()
    assert seen == [request.id]
