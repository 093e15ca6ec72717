"""What browsers are told of each kind of response: every one names its headers, whole."""

import pytest
from django.db import OperationalError, connection

from config.browser_policy.headers import OFF
from tests import accounts, evidence_files, factories

pytestmark = pytest.mark.django_db

PAGE = "/themes/"
PICTURE = "/themes/charts/findings_by_theme.svg"
# What a page may load; what is shown or saved alone may load nothing.
OWN, NOTHING = "script-src 'self'", "default-src 'none'"
# The kind of response: its address, its status, who may use it, and what its policy allows.
KINDS = {
    "page": (PAGE, 200, "same-origin", OWN),
    "download": ("/findings/?format=csv", 200, "cross-origin", OWN),
    "image": (PICTURE, 200, "cross-origin", NOTHING),
    "embed": (f"/embed{PICTURE.removesuffix('.svg')}/", 200, "cross-origin", NOTHING),
    "API": ("/api/v1/themes/", 200, "cross-origin", OWN),
    "API, nothing there": ("/api/v1/nowhere/", 404, "cross-origin", OWN),
    "feed": ("/changes/?format=atom", 200, "cross-origin", OWN),
    "calendar": ("{calendar}", 200, "cross-origin", OWN),
    "static file": ("/static/favicon.svg", 200, "cross-origin", OWN),
    "evidence": ("{evidence}", 200, "same-origin", NOTHING),
    "sign-in": ("/admin/login/", 302, "same-origin", OWN),
    "staff page": ("/admin/", 200, "same-origin", OWN),
    "staff page, nothing there": ("/admin/nowhere/", 404, "same-origin", OWN),
    "404": ("/nowhere/", 404, "same-origin", OWN),
    "400": ("/findings/?theme=nowhere", 400, "same-origin", OWN),
    "another host": ("/", 400, "same-origin", OWN),
    "503": ("/compare/", 503, "same-origin", OWN),
}


def fails(*args, **kwargs):
    raise OperationalError from type("Down", (Exception,), {"pgcode": "57P03"})()


def test_every_kind_of_response_says_who_may_use_it_and_for_what(client, settings, monkeypatch):
    settings.WHITENOISE_USE_FINDERS = True
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    accounts.sign_in(client, "superuser")
    piece = evidence_files.kept(factories.update.make())
    calendar = f"{piece.update.action.plan.get_absolute_url()}deadlines.ics"
    client.raise_request_exception = False
    for kind, (address, status, used_by, loads) in KINDS.items():
        address = address.format(evidence=evidence_files.address(piece), calendar=calendar)
        with monkeypatch.context() as patch:
            if status == 503:
                patch.setattr(connection, "cursor", fails)
            host = "elsewhere.example" if kind == "another host" else "localhost"
            answer = client.get(address, secure=True, headers={"host": host})
        answer.getvalue()
        assert answer.status_code == status, kind
        headers = answer.headers
        assert headers["Cross-Origin-Resource-Policy"] == used_by, kind
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", kind
        assert headers["Referrer-Policy"] == "same-origin", kind
        assert headers["X-Content-Type-Options"] == "nosniff", kind
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", kind
        assert headers["Permissions-Policy"].split(", ") == [f"{name}=()" for name in OFF], kind
        assert headers["Reporting-Endpoints"] == 'csp="/csp-reports"', kind
        assert loads in headers["Content-Security-Policy"], kind
        assert ("report-to csp" in headers["Content-Security-Policy"]) == (loads == OWN), kind


def test_a_page_that_has_not_changed_leaves_what_was_said_of_it(client):
    for address in (PAGE, PICTURE):
        etag = client.get(address)["ETag"]
        unchanged = client.get(address, headers={"if-none-match": etag})
        assert unchanged.status_code == 304
        assert not {"Content-Security-Policy", "Cross-Origin-Resource-Policy"} & set(
            unchanged.headers
        )
