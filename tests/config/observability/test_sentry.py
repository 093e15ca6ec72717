"""Errors that are sent to Sentry: their place and their id, and nothing of who asked."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import brotli
import pytest

from tests import settings_anew

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
