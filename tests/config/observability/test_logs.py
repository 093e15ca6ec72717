"""What is written down, and how."""

import json
import logging
import os
import socket
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings

from config.observability.logs import LinesOfJSON
from config.sign_in import events

# Ends of lines as editors, terminals and parsers of logs know them, and what moves a cursor.
BREAKS = "\r\n\v\f\x00\x1b[2K\x7f\x85\x9b\u2028\u2029\u202e"


def test_an_entry_is_one_line_whatever_it_quotes():
    try:
        raise ValueError(f"within{BREAKS}forged")
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("any", logging.ERROR, "", 0, "Not Found: %s", (BREAKS,), caught)
    record.details = {"user": f"editor{BREAKS}", "reason": "\udcff"}
    line = LinesOfJSON().format(record)
    assert line.isascii()
    assert line.isprintable()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"]) == ("ERROR", "any")
    assert (entry["event"], entry["user"]) == (f"Not Found: {BREAKS}", f"editor{BREAKS}")
    assert entry["traceback"].startswith("Traceback (most")
    assert f"within{BREAKS}forged" in entry["traceback"]
    record.levelno = logging.WARNING  # as where Django refuses something
    assert "traceback" not in json.loads(LinesOfJSON().format(record))


@pytest.mark.django_db
def test_no_secret_of_an_address_is_written_down(client, caplog):
    for address in ("/follow/confirm/s3cret/", "/follow/stop/s3cret/"):
        assert client.get(address).status_code == 404
    client.get("/nowhere/")
    events.record("refused", client.get("/admin/weekly-mail/stop/s3cret/").wsgi_request)
    lines = [json.loads(LinesOfJSON().format(record)) for record in caplog.records]
    assert "s3cret" not in str(lines)
    assert [line.get("path") or line["event"] for line in lines] == [
        "Not Found: /follow/confirm/<str:token>/",
        "Not Found: /follow/stop/<str:token>/",
        "Not Found: /nowhere/",
        "Not Found: /admin/weekly-mail/stop/<str:token>/",
        "/admin/weekly-mail/stop/<str:token>/",
    ]


def test_a_host_that_is_not_ours_costs_a_short_line(client, caplog):
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 400
    for record in caplog.records:
        assert len(LinesOfJSON().format(record)) < 500
    assert "Invalid HTTP_HOST header" in caplog.text


def test_what_is_logged_is_written_so():
    root = settings.LOGGING["root"]["handlers"]  # pytest adds others to it
    assert {settings.LOGGING["handlers"][name]["formatter"] for name in root} == {"lines of JSON"}


@pytest.mark.slow
def test_what_strangers_send_to_the_running_site_ends_no_line_of_its_log(tmp_path):
    """Its database is not there, so each page is an error."""
    forged = "x\n" + json.dumps({"event": "signed in", "user": "superuser"})
    hostile = quote(f"{forged}{BREAKS}\x1b[31m".replace("\0", ""))
    environment = {
        "DATABASE_URL": "postgresql://site@127.0.0.1:9/findings",
        "STATIC_ROOT": str(tmp_path),
        "HTTPS": "0",
        "DEBUG": "1",  # no static files were collected
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gunicorn = ["-m", "gunicorn", "-c", "python:config.gunicorn", "--log-level=debug"]
        arguments = ["--access-logfile=-", "--workers=1", f"-b=fd://{listener.fileno()}"]
        site = subprocess.Popen(
            [sys.executable, *gunicorn, *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[listener.fileno()],
        )
        try:
            for start in (
                f"GET /nowhere/{hostile}/?{hostile}={hostile} HTTP/1.1",
                f"GET /findings/?q={hostile}&{hostile}=1 HTTP/1.1",
                f"POST /admin/{hostile}/ HTTP/1.1",
                "GET /\x1b[31m\x85 HTTP/1.1",
                "\x1b[31m",
            ):
                with socket.create_connection(listener.getsockname(), timeout=60) as visitor:
                    lines = [start, "Host: localhost", "User-Agent: \x9b31m\x85", "", ""]
                    visitor.sendall("\r\n".join(lines).encode("latin-1"))
                    visitor.recv(1)
        finally:
            site.terminate()
            said, _ = site.communicate(timeout=60)
    lines = said.removesuffix("\n").split("\n")
    assert [line for line in lines if not (line.isascii() and line.isprintable())] == []
    entries = [json.loads(line) for line in lines]
    assert {"gunicorn.access", "gunicorn.error", "django.request"} <= {
        entry["logger"] for entry in entries
    }
    failures = [entry for entry in entries if entry["logger"].startswith("lib.database.")]
    assert 1 < len(failures) < 5  # not each has a line
    assert not any("traceback" in entry for entry in entries)
    assert not any(entry["event"] == "signed in" for entry in entries)
