"""The doctor on a sound installation, and on others that are really broken: it names each fault."""

import json
import os
import secrets
import shutil
import socket
import socketserver
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.template import engines
from django.utils import timezone

from config.database import database as settings_of
from config.doctor import database, examination, site, surroundings
from config.doctor.examination import examine, hide, known_secrets
from config.doctor.management.commands.doctor import PARTS
from config.local.folders import make_private_folder
from tests.faults.sites import own_postgres
from tests.serving import free_port

pytestmark = pytest.mark.slow
PASSWORD = "pass/word+of the site"
RIGHTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO findings_site",
    "GRANT SELECT ON ALL TABLES IN SCHEMA as_at TO findings_site",
)


@pytest.fixture(scope="module")
def server(django_db_setup):
    """A PostgreSQL that asks for passwords, and lets the site's role do what OPERATING.md says."""
    folder = Path(tempfile.gettempdir(), f"findings-doctor-{secrets.token_hex(4)}")
    make_private_folder(folder)
    rules = folder / "pg_hba.conf"
    rules.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    rules.chmod(0o644)
    with own_postgres(folder, hba_file=str(rules)) as server:
        with server.asking() as ask:
            ask("CREATE ROLE findings_site LOGIN PASSWORD %s", PASSWORD)
            for right in RIGHTS:
                ask(right)
            ask("CREATE DATABASE with_c TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def collected():
    """The names of static files: to work them out takes as long as all else together."""
    return surroundings.expected_static_files()


@pytest.fixture(scope="module")
def static_root(tmp_path_factory, collected):
    """A folder in which static files are collected, as their list says; they are empty."""
    root = tmp_path_factory.mktemp("static")
    (root / "staticfiles.json").write_text(json.dumps({"paths": collected}))
    for name in collected.values():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.fixture
def installation(server, static_root, collected, settings, monkeypatch, django_db_blocker):
    """Settings under which nothing is wrong, on that server."""
    # What tests alone need, and a site must not have; a browser opened before needs it to stay.
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "async.E001"]
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "")
    monkeypatch.setattr(surroundings, "expected_static_files", lambda: collected)
    monkeypatch.setitem(settings.TEMPLATES[0]["OPTIONS"], "string_if_invalid", "")
    usual = dict(connection.settings_dict)
    connections.close_all()
    connection.settings_dict.update(
        HOST="127.0.0.1",
        PORT=str(server.port),
        USER="findings_site",
        PASSWORD=PASSWORD,
        NAME="findings",
    )
    settings.SECRET_KEY = "a1b2c3d4e5" * 6
    settings.ALLOWED_HOSTS = ["findings.example"]
    settings.SITE_ADDRESS = "https://findings.example"
    settings.HTTPS = settings.BEHIND_PROXY = True
    settings.STATIC_ROOT = static_root
    with django_db_blocker.unblock():
        yield settings
        connections.close_all()
    connection.settings_dict.update(usual)


def faults(*parts):
    """What is wrong with some parts, each with its mend."""
    found = examine({name: PARTS[name] for name in parts})
    return [f"{fault.sentence} {fault.mend}" for fault in found if not fault.is_warning]


def the_fault(*parts):
    (fault,) = faults(*parts)
    return fault


@contextmanager
def listening(handler, server=socketserver.ThreadingTCPServer):
    """A server of this test's own; its port."""
    with server(("127.0.0.1", 0), handler) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield served.server_address[1]
        served.shutdown()


def test_a_sound_installation_has_no_fault_and_warnings_are_none(installation):
    call_command("doctor", stdout=(said := StringIO()))
    *warnings, last = said.getvalue().splitlines()
    assert last.startswith("Checked settings, proxy, database, static files, mail, storage, ")
    assert last.endswith(": no fault, 3 warnings.")
    assert "Warning (database): No backup has been made yet." in warnings
    assert "Warning (database): `make_data_set` has not run yet." in warnings


def test_a_secret_in_a_file_is_hidden_too(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("from-a-file\n")
    monkeypatch.setenv("OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("POSTGRES_PASSWORD_FILE", "/nowhere")
    assert hide("It says from-a-file.", known_secrets()) == "It says ********."


def test_all_faults_are_told_at_once_in_words_and_as_json_without_a_secret(
    installation, monkeypatch
):
    connection.settings_dict["PASSWORD"] = "wrong-and-secret"
    installation.SECRET_KEY = "too-short"
    monkeypatch.setenv("EVIDENCE_SCANNER_TOKEN", "no-such-scanner")
    installation.EVIDENCE_SCANNER = ["no-such-scanner"]
    with pytest.raises(CommandError, match=r"^3 faults, 0 warnings\.$"):
        call_command("doctor", stdout=(said := StringIO()))
    words = said.getvalue()
    assert "Fault (settings): SECRET_KEY is short or plain enough to be guessed." in words
    assert 'Fault (database): The database cannot be reached: connection to server at "127' in words
    assert 'password authentication failed for user "findings_site"' in words
    assert f"EVIDENCE_SCANNER begins with {examination.HIDDEN}, which cannot be run" in words
    with pytest.raises(CommandError):
        call_command("doctor", "--json", stdout=(said := StringIO()))
    assert [fault["part"] for fault in json.loads(said.getvalue())] == [
        "settings",
        "settings",
        "database",
    ]
    for secret in ("too-short", "wrong-and-secret", "no-such-scanner"):
        assert secret not in words + said.getvalue()


def test_rights_that_lack_or_that_go_too_far_are_named(installation, server):
    with server.asking() as ask:
        ask("REVOKE INSERT, DELETE ON findings_finding FROM findings_site")
        ask("REVOKE SELECT ON as_at.findings_finding FROM findings_site")
        ask("REVOKE USAGE ON SCHEMA as_at FROM PUBLIC")  # a restore without privileges grants none
        ask("GRANT TRUNCATE ON findings_theme, audit_change TO findings_site")
        too_far, lacks = faults("database")
        assert "may empty tables: audit_change, findings_theme. As their owner: REVOKE" in too_far
        missing, _, mend = lacks.partition(" As their owner: ")
        assert missing.endswith(
            "lacks rights: as_at (USAGE), as_at.findings_finding (SELECT), "
            "findings_finding (DELETE, INSERT)."
        )
        ask("REVOKE TRUNCATE ON findings_theme, audit_change FROM findings_site")
        ask(mend)
        ask("ALTER ROLE findings_site SUPERUSER")
        assert "role findings_site is a superuser" in the_fault("database")
        ask("ALTER ROLE findings_site NOSUPERUSER")
    assert faults("database") == []


def test_tables_of_another_version_are_named(installation, server):
    with server.asking() as ask:
        (row,) = ask(
            "DELETE FROM django_migrations WHERE app = 'findings' RETURNING row_to_json"
            "(django_migrations)::text"
        )
        assert the_fault("database").startswith(
            "These migrations are not applied: findings.0001_initial. Run `migrate` as the owner"
        )
        ask(
            "INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, %s)",
            row,
            table="django_migrations",
        )
        ask("INSERT INTO django_migrations (app, name, applied) VALUES ('findings', '0999', now())")
        assert "migrated by a later version (findings.0999)" in the_fault("database")
        ask("DELETE FROM django_migrations WHERE name = '0999'")
        (edition,) = ask("SELECT obj_description('as_at'::regnamespace, 'pg_namespace')")
        ask("COMMENT ON SCHEMA as_at IS 'another'")
        assert "as at a day in the past are not those of this" in the_fault("database")
        ask(f"COMMENT ON SCHEMA as_at IS '{edition}'")


def test_a_database_made_with_c_is_named(installation):
    connection.settings_dict["NAME"] = "with_c"
    found = faults("database")
    assert found[0].startswith("The database's LC_CTYPE is C: search takes dashes and quotes for")
    assert "migrations are not applied: " in found[-1]


def test_a_clock_that_differs_and_too_few_connections_are_named(installation, monkeypatch):
    now = timezone.now
    monkeypatch.setattr(database.timezone, "now", lambda: now() + timedelta(seconds=90))
    assert "that of the database are 90 seconds apart" in the_fault("database")
    monkeypatch.undo()
    monkeypatch.setattr(database.gunicorn, "workers", 1_000)
    assert "and one host of the site needs up to " in the_fault("database")


def test_a_database_that_hangs_is_told_after_seconds_and_one_that_ended_at_once(
    installation, server, monkeypatch
):
    monkeypatch.setattr(database, "LONGEST_ASKED", 2)  # the driver waits no less
    server.hang()
    started = time.monotonic()
    assert "The database cannot be reached: " in the_fault("database")
    assert 1 < time.monotonic() - started < examination.LONGEST
    server.go_on()
    connection.settings_dict["PORT"] = str(free_port())
    assert "Connection refused" in the_fault("database")


def test_a_replica_that_is_none_is_named(installation):
    def told(replica):
        installation.REPLICA = replica
        return the_fault("replica")

    own = connection.settings_dict
    assert told(own).startswith("REPLICA_URL names the same server as DATABASE_URL. Name a ")
    other = settings_of(os.environ["DATABASE_URL"])
    assert told(other).startswith("The server of REPLICA_URL is a primary: it follows no other. ")
    gone = told(own | {"PORT": str(free_port()), "PASSWORD": "of the replica"})
    assert gone.startswith("The replica cannot be reached: connection to server at")
    assert "Connection refused" in gone
    assert hide("It says of the replica.", known_secrets()) == "It says ********."
    # Whatever is wrong with the database itself is told there, and once.
    own["PORT"] = str(free_port())
    installation.REPLICA = other
    assert faults("replica") == []


def test_what_hangs_is_left_behind(installation, monkeypatch):
    monkeypatch.setattr(examination, "LONGEST", 0.1)
    found = examine({"a store": lambda: time.sleep(0.5) or [], "others": lambda: 1 / 0})
    assert [fault.sentence for fault in found] == [
        "Checking a store took longer than 0.1 seconds.",
        "It could not be checked to the end: ZeroDivisionError: division by zero",
    ]


def test_a_mail_server_that_refuses_and_words_that_mails_must_not_have_are_named(installation):
    class Refuser(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"554 no mail from here\r\n")

    installation.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    installation.EMAIL_HOST = "127.0.0.1"
    installation.EMAIL_USE_TLS = False
    installation.SITE_ADDRESS = "https://localhost"
    installation.DEFAULT_FROM_EMAIL = "inspection-findings@localhost"
    with listening(Refuser) as installation.EMAIL_PORT:
        refused, sender, links = faults("mail")
    assert "no mail from here" in refused
    assert "Set DEFAULT_FROM_EMAIL to an address of your own." in sender
    assert "Links in mails would lead to https://localhost" in links
    installation.EMAIL_PORT = free_port()
    assert "Connection refused" in faults("mail")[0]


def test_a_folder_that_cannot_be_written_to_is_named(installation, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(storages["evidence"], "_location", tmp_path / "file" / "evidence")
    storages["evidence"].__dict__.pop("location", None)
    storages["evidence"].__dict__.pop("base_location", None)
    try:
        assert the_fault("storage").startswith(
            f"Files of evidence cannot be kept in {tmp_path}/file/evidence: Not a directory."
        )
    finally:
        monkeypatch.undo()
        storages["evidence"].__dict__.pop("location", None)
        storages["evidence"].__dict__.pop("base_location", None)


def test_a_shared_store_that_is_gone_or_hangs_is_named(installation, monkeypatch):
    def told(address):
        store = {"BACKEND": "config.caching.shared_cache.SharedCache", "LOCATION": address}
        monkeypatch.setitem(installation.CACHES, "pages", store)
        return the_fault("cache")

    gone = told(f"redis://:far-too-secret@127.0.0.1:{free_port()}/0")
    assert "The store of CACHE_URL does not respond: Error 111" in gone
    monkeypatch.setattr(surroundings, "LONGEST_ASKED", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hangs = told(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        assert "The store of CACHE_URL does not respond: Timeout" in hangs


def test_settings_that_do_not_fit_together_are_named(installation):
    installation.BEHIND_PROXY = False
    assert "redirected to its own address without end. Set BEHIND_PROXY=1" in the_fault("proxy")
    installation.BEHIND_PROXY = True
    installation.SITE_ADDRESS = "http://elsewhere.example"
    scheme, host = faults("proxy")
    assert "SITE_ADDRESS begins with http://, and HTTPS is on" in scheme
    assert "The host of SITE_ADDRESS, elsewhere.example, is not in ALLOWED_HOSTS" in host
    installation.DEBUG = True
    installation.ALLOWED_HOSTS = ["*"]
    apps = [{"client_id": "findings", "secret": ""}]
    installation.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps}}
    debug, hosts, provider = faults("settings")
    assert debug.startswith("DEBUG is on")
    assert hosts.startswith("ALLOWED_HOSTS is *")
    assert provider.startswith("OIDC_ISSUER is set without OIDC_CLIENT_ID or OIDC_CLIENT_SECRET")


def test_a_proxy_that_tells_nothing_of_https_is_named_by_asking(installation):
    answers = {}

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answers["status"])
            self.send_header("Location", installation.SITE_ADDRESS + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    def ask(status):
        answers["status"] = status
        return [fault.sentence for fault in site.visitors_are_answered()]

    with listening(Proxy, ThreadingHTTPServer) as port:
        installation.SITE_ADDRESS = f"http://127.0.0.1:{port}"
        about = f"{installation.SITE_ADDRESS}/about/"
        assert ask(200) == []
        assert ask(301) == [f"{about} redirects to {about}, which is itself, without end."]
        assert "not in ALLOWED_HOSTS" in ask(400)[0]
        assert ask(502) == [f"{about} gives 502."]
    installation.SITE_ADDRESS = f"http://127.0.0.1:{free_port()}"
    assert "does not respond: [Errno 111] Connection refused" in ask(0)[0]


def test_static_files_of_another_version_or_none_are_named(installation, static_root):
    note = static_root / "staticfiles.json"
    collected = json.loads(note.read_text())["paths"]
    (static_root / collected["css/tokens.css"]).unlink()
    assert "static files are missing: 1, such as css/tokens.css. Run `collectst" in the_fault(
        "static files"
    )
    collected["css/tokens.css"] = "css/tokens.0123456789ab.css"
    note.write_text(json.dumps({"paths": collected}))
    assert "static files are of another version: 1, such as css/tokens.css" in the_fault(
        "static files"
    )
    note.unlink()
    assert the_fault("static files").startswith(
        f"No static files are collected in {static_root}: No"
    )
