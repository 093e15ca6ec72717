"""What those who run the site may watch it with, and that it brings nothing along unasked."""

import json
import re
import socket
import time
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import brotli
import pytest

from tests import settings_anew
from tests.serving import Server, free_port

LOADED = "import config.wsgi, sys; print({'prometheus_client', 'sentry_sdk'} & set(sys.modules))"
HIDE = "import sys; sys.modules[{!r}] = None; import importlib.util as u; find = u.find_spec; "
HIDE += "u.find_spec = lambda name, *a: None if name == {!r} else find(name, *a); "
PRIVATE = ("secret words", "someone@example.org", "a-token", "editor-7", "203.0.113.7")
FAIL = """
import os
import django
django.setup()
import logging
from django.db import connection
from django.test import RequestFactory
from lib.observability import requests
requests.begin("/follow/confirm/a-token/")
try:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'secret words someone@example.org'::int")
except Exception:
    logging.getLogger("any").exception("Not Found: %s", "editor-7 from 203.0.113.7")
try:
    {}["someone@example.org"]
except KeyError:
    logging.getLogger("any").exception("It failed")
import sentry_sdk
sentry_sdk.flush(5)
print(requests.request_id())
"""


@pytest.mark.slow
def test_without_their_settings_no_extra_is_loaded_and_without_packages_none_is_set():
    done = settings_anew.start(LOADED, DATABASE_URL="postgresql://site@127.0.0.1:9/x", DEBUG="1")
    assert done.stdout.strip() == "set()", done.stderr
    for name, value, module, extra in (
        ("METRICS_PORT", "9109", "prometheus_client", "metrics"),
        ("SENTRY_DSN", "http://key@127.0.0.1:9/1", "sentry_sdk", "sentry"),
        ("CACHE_URL", "redis://127.0.0.1:9/0", "redis", "valkey"),
        ("EVIDENCE_BUCKET", "evidence", "storages", "s3"),
    ):
        hide = HIDE.format(module, module)
        code = f"{hide}from config import commands; commands.main(['doctor'])"
        done = settings_anew.start(code, **{name: value})
        assert done.returncode
        assert done.stderr == (
            f"{name} is set, and what it takes is not installed: "
            f"`pip install --require-hashes --no-deps -r requirements-{extra}.txt`.\n"
        )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_figures_of_all_processes_are_on_a_port_of_their_own(tmp_path, monkeypatch):
    port = free_port()
    monkeypatch.setenv("METRICS_PORT", str(port))
    monkeypatch.setenv("REQUEST_LOG", "1")
    with (tmp_path / "log").open("w+") as log:
        site = Server(log, tmp_path, 2)
        try:
            site.ready()
            for _ in range(6):
                assert site.get("/themes/?q=secret")[0].status == 200
            site.get("/nowhere/secret/")
            assert site.get("/metrics")[0].status == 404
            with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as ask:
                ask.request("GET", "/metrics")
                figures = ask.getresponse().read().decode()
        finally:
            site.end()
        said = site.said()
    counts = dict(re.findall(r"^(findings_\S+) (\S+)$", figures, re.M))
    shown = 'findings_requests_total{method="GET",route="findings:theme_list",status="200"}'
    assert float(counts[shown]) == 6
    assert float(counts['findings_requests_total{method="GET",route="none",status="404"}']) == 2
    assert float(counts['findings_request_seconds_count{route="findings:theme_list"}']) == 6
    assert float(counts['findings_cached_total{cache="made"}']) >= 1
    assert float(counts["findings_queries_total"]) >= 6
    assert float(counts["findings_downloads"]) == 0
    assert "secret" not in figures
    entries = [json.loads(line) for line in said.splitlines()]
    assert not [entry for entry in entries if "traceback" in entry]
    logged = [entry for entry in entries if entry["logger"] == "requests"]
    assert len([entry for entry in logged if entry["route"] == "findings:theme_list"]) == 6
    assert "secret" not in json.dumps(logged)
    for _ in range(100):  # the program that shows them ends with the site
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("The figures are still shown.")


@pytest.mark.slow
@pytest.mark.django_db
def test_an_error_is_sent_with_its_place_and_its_id_and_with_nothing_of_who_asked():
    sent = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(brotli.decompress(content).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        dsn = f"http://key@127.0.0.1:{server.server_port}/1"
        done = settings_anew.start(FAIL, SENTRY_DSN=dsn, DJANGO_SETTINGS_MODULE="config.settings")
        server.shutdown()
    assert done.returncode == 0, done.stderr
    told = "".join(sent)
    assert "SQLSTATE 22P02" in told
    assert "KeyError" in told
    assert f'"request":"{done.stdout.strip()}"' in told.replace(": ", ":")
    assert '"transaction":"follow_confirm"' in told.replace(": ", ":")
    events = [line for line in told.splitlines() if '"exception"' in line]
    assert len(events) == 2
    for words in PRIVATE:
        # Lines of code are our own, and quote themselves here.
        assert not [event for event in events if words in without_code(event)], words


def without_code(event):
    known = json.loads(event)
    for exception in known["exception"]["values"]:
        for frame in exception["stacktrace"]["frames"]:
            for name in ("context_line", "pre_context", "post_context"):
                frame.pop(name, None)
    return json.dumps(known)
