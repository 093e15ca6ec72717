"""Figures for Prometheus: of all processes, on a port of their own."""

import json
import re
import socket
import time
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.serving import Server, free_port


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
