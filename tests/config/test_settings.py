"""What the environment may and must say."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import env_database
from tests.settings_anew import read, start

LOADED = "import config.wsgi, sys; print({'prometheus_client', 'sentry_sdk'} & set(sys.modules))"
HIDE = "import sys; sys.modules[{!r}] = None; import importlib.util as u; find = u.find_spec; "
HIDE += "u.find_spec = lambda name, *a: None if name == {!r} else find(name, *a); "


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_secret_key_they_refuse_with_a_sentence(key):
    done = start(SECRET_KEY=key)
    assert done.returncode
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .startswith("django.core.exceptions.ImproperlyConfigured: SECRET_KEY is not set.")
    )


def test_a_secret_may_stand_in_a_file(tmp_path):
    key, password = tmp_path / "key", tmp_path / "password"
    key.write_text("from a file\n")
    password.write_text("p:/@ %ss\n")
    files = {"SECRET_KEY": None, "SECRET_KEY_FILE": key, "DATABASE_PASSWORD_FILE": password}
    files |= {"DATABASE_URL": "postgresql://site@db.example/record"}
    files = {name: value and str(value) for name, value in files.items()}
    database = "settings.DATABASES['default']"
    assert (
        read(f"SECRET_KEY, {database}['USER'], {database}['PASSWORD'], {database}['HOST']", **files)
        == "from a file site p:/@ %ss db.example"
    )


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("DATABASE_URL and DATABASE_URL_FILE are both set.", {"DATABASE_URL": "postgresql://a/b"}),
        ("DATABASE_URL_FILE is /nowhere, which cannot be read: No such file or directory.", {}),
        ("DATABASE_URL_FILE is /dev/null, which is empty.", {"DATABASE_URL_FILE": "/dev/null"}),
        (
            "DATABASE_PASSWORD is set, but DATABASE_URL has a password of its own.",
            {"DATABASE_URL": "postgresql://site:two@db.example/record", "DATABASE_URL_FILE": ""},
        ),
        (
            "DATABASE_PASSWORD is set, but DATABASE_URL names no user.",
            {"DATABASE_URL": "postgresql://db.example/record", "DATABASE_URL_FILE": ""},
        ),
    ],
)
def test_a_secret_that_cannot_be_had_is_told(told, given, monkeypatch):
    usual = {"DATABASE_URL": "", "DATABASE_URL_FILE": "/nowhere", "DATABASE_PASSWORD": "one"}
    for name, value in (usual | given).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=re.escape(told)):
        env_database("DATABASE_URL")


def test_a_variable_that_was_renamed_is_refused_with_its_new_name():
    done = start(ONE_PERSON_MAY_SIGN_OFF="1")
    assert "ONE_PERSON_MAY_SIGN_OFF is now called ONE_PERSON_MAY_APPROVE." in done.stderr


def test_debug_is_off_unless_asked_for():
    assert read("DEBUG", DEBUG=None) == "False"
    assert read("DEBUG", DEBUG="1") == "True"


def test_a_production_site_speaks_https_alone():
    assert (
        read(
            "SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE",
            HTTPS=None,
        )
        == "True True True"
    )


def test_the_database_is_the_one_that_database_url_names():
    address = "postgresql://reader:pass%20word@db.example:6432/record?sslmode=require"
    assert read("DATABASES['default']['HOST']", DATABASE_URL=address) == "db.example"
    assert read("DATABASES['default']['PASSWORD']", DATABASE_URL=address) == "pass word"
    assert read("DATABASES['default']['OPTIONS']['sslmode']", DATABASE_URL=address) == "require"


@pytest.mark.parametrize("address", ["sqlite:///facts.db", "localhost/facts"])
def test_a_database_that_is_no_postgresql_is_refused_with_a_sentence(address):
    done = start(DATABASE_URL=address)
    assert "ImproperlyConfigured: DATABASE_URL names no PostgreSQL" in done.stderr.splitlines()[-1]


def test_without_database_url_it_is_the_embedded_one(tmp_path):
    folder = tmp_path / "Data & more"
    assert read(
        "DATABASES['default']['OPTIONS']['host']", DATABASE_URL=None, DATA_DIR=str(folder)
    ) == str(folder / "postgresql")


def test_hosts_and_origins_are_lists_with_commas():
    assert (
        read("ALLOWED_HOSTS", ALLOWED_HOSTS="one.example, two.example,")
        == "['one.example', 'two.example']"
    )


def test_links_in_mails_begin_with_the_address_that_is_named_or_the_first_host():
    assert (
        read("SITE_ADDRESS", SITE_ADDRESS="https://findings.example/") == "https://findings.example"
    )
    assert (
        read("SITE_ADDRESS", ALLOWED_HOSTS=".findings.example,other.example", HTTPS="1")
        == "https://findings.example"
    )
    assert read("SITE_ADDRESS", ALLOWED_HOSTS="", HTTPS="0") == "http://localhost"


def test_the_policy_of_pages_allows_nothing_inline_and_nothing_foreign(client, db):
    for address in ("/", "/admin/login/", "/nowhere/", "/healthz"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "data:" not in policy


@pytest.mark.slow
def test_without_their_settings_no_extra_is_loaded_and_without_packages_none_is_set():
    done = start(LOADED, DATABASE_URL="postgresql://site@127.0.0.1:9/x", DEBUG="1")
    assert done.stdout.strip() == "set()", done.stderr
    for name, value, module, extra in (
        ("METRICS_PORT", "9109", "prometheus_client", "metrics"),
        ("SENTRY_DSN", "http://key@127.0.0.1:9/1", "sentry_sdk", "sentry"),
        ("CACHE_URL", "redis://127.0.0.1:9/0", "redis", "valkey"),
        ("EVIDENCE_BUCKET", "evidence", "storages", "s3"),
    ):
        hide = HIDE.format(module, module)
        code = f"{hide}from config import commands; commands.main(['doctor'])"
        done = start(code, **{name: value})
        assert done.returncode
        assert done.stderr == (
            f"{name} is set, and what it takes is not installed: "
            f"`pip install --require-hashes --no-deps -r requirements-{extra}.txt`.\n"
        )
