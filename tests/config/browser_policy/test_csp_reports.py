"""What browsers report of the pages' policy is logged, briefly, and harms nothing."""

import json
import logging

import pytest

from config.browser_policy import csp_reports
from config.browser_policy.csp_reports import (
    LARGEST,
    MOST_A_MINUTE,
    MOST_KINDS,
    MOST_OF_AN_ADDRESS,
)
from config.observability import logs

OLD = {
    "csp-report": {
        "document-uri": "https://findings.example/themes/workforce/?q=private",
        "violated-directive": "script-src-elem 'self'",
        "blocked-uri": "https://elsewhere.example:8443/track.js?who=me",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "body": {
            "documentURL": "https://findings.example/nowhere/?q=private",
            "effectiveDirective": "style-src-attr",
            "blockedURL": "inline",
        },
    },
    {"type": "csp-violation", "body": {"documentURL": "https://findings.example/"}},
    {"type": "deprecation", "body": {"id": "something"}},
]


@pytest.fixture(autouse=True)
def none_yet(monkeypatch):
    monkeypatch.setattr(csp_reports, "reports", csp_reports.Reports())
    monkeypatch.setattr("config.browser_policy.csp_reports.time.time", lambda: 1_800_000_000)


@pytest.fixture
def told(monkeypatch):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(json.loads(logs.LinesOfJSON().format(record)))
    csp_reports.logger.addHandler(handler)
    yield lines
    csp_reports.logger.removeHandler(handler)


def send(client, content, address="192.0.2.1", content_type="application/csp-report"):
    content = content if isinstance(content, bytes | str) else json.dumps(content)
    return client.post(
        "/csp-reports", content, content_type=content_type, REMOTE_ADDR=address
    ).status_code


# No test here has a database.
def test_a_report_is_one_line_without_what_was_asked_for(client, told):
    assert send(client, OLD) == 204
    assert send(client, NEW, content_type="application/reports+json") == 204
    common = {"level": "WARNING", "logger": "csp", "event": "refused by a page's policy"}
    assert [{name: line[name] for name in line if name != "at"} for line in told] == [
        common
        | {
            "directive": "script-src-elem",
            "blocked": "https://elsewhere.example",
            "route": "findings:theme_detail",
            "times": 1,
        },
        common
        | {
            "directive": "style-src-attr",
            "blocked": "inline",
            "route": "none",
            "times": 1,
        },
        common | {"directive": "", "blocked": "", "route": "forces:region_list", "times": 1},
    ]


def test_what_is_reported_again_is_counted(client, told, monkeypatch):
    monkeypatch.setattr(csp_reports, "MOST_OF_AN_ADDRESS", 200)
    for _ in range(100):
        assert send(client, OLD) == 204
    assert [line["times"] for line in told] == [1, 10, 100]


def test_reports_of_an_address_and_of_all_are_limited(client, monkeypatch):
    answers = [send(client, OLD) for _ in range(MOST_OF_AN_ADDRESS + 1)]
    assert answers == [204] * MOST_OF_AN_ADDRESS + [429]
    for number in range(MOST_A_MINUTE - MOST_OF_AN_ADDRESS):
        assert send(client, OLD, f"198.51.{number // 200}.{number % 200}") == 204
    assert send(client, OLD, "203.0.113.9") == 429
    monkeypatch.setattr("config.browser_policy.csp_reports.time.time", lambda: 1_800_000_060)
    assert send(client, OLD) == 204


def test_what_is_kept_of_reports_does_not_grow():
    for number in range(MOST_KINDS * 3):
        csp_reports.reports.count(f"rule {number}")
    assert len(csp_reports.reports.kinds) <= MOST_KINDS


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("", 400),
        ("nonsense", 400),
        (b"\xff", 400),
        ("[" * 9_000, 400),
        ("3", 400),
        ("{}", 400),
        ("[3]", 400),
        ('{"csp-report": []}', 400),
        ("[]", 204),
        ('{"csp-report": {"blocked-uri": {"a": [1]}, "document-uri": 7}}', 204),
        ('{"csp-report": {"blocked-uri": "http://[", "document-uri": "http://["}}', 400),
        ('{"csp-report": {"violated-directive": " ", "document-uri": "/\\u0000\\ud800"}}', 204),
        (b" " * (LARGEST + 1), 413),
    ],
)
def test_nothing_that_is_sent_is_an_error_of_ours(client, content, status):
    assert send(client, content) == status
