"""What the environment may and must say."""

import re
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.environment import env_database
from config.observability import metrics
from tests.settings_anew import read


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_secret_key_they_refuse_with_a_sentence(key):
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is not set\."):
        read(SECRET_KEY=key)


def test_a_secret_may_stand_in_a_file(tmp_path):
    key, password = tmp_path / "key", tmp_path / "password"
    key.write_text("from a file\n")
    password.write_text("p:/@ %ss\n")
    files = {"SECRET_KEY": None, "SECRET_KEY_FILE": key, "DATABASE_PASSWORD_FILE": password}
    files |= {"DATABASE_URL": "postgresql://site@db.example/record"}
    settings = read(**{name: value and str(value) for name, value in files.items()})
    assert settings.SECRET_KEY == "from a file"
    database = settings.DATABASES["default"]
    told = [database[name] for name in ("USER", "PASSWORD", "HOST")]
    assert told == ["site", "p:/@ %ss", "db.example"]


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
    told = "ONE_PERSON_MAY_SIGN_OFF is now called ONE_PERSON_MAY_APPROVE."
    with pytest.raises(ImproperlyConfigured, match=told):
        read(ONE_PERSON_MAY_SIGN_OFF="1")


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"^EVIDENCE_MB is “1,000”\. Set it"):
        read(EVIDENCE_MB="1,000")


def test_debug_is_off_unless_asked_for():
    assert read(DEBUG=None).DEBUG is False
    assert read(DEBUG="1").DEBUG is True


def test_a_production_site_speaks_https_alone():
    settings = read(HTTPS=None)
    assert settings.SECURE_SSL_REDIRECT is True
    assert settings.SESSION_COOKIE_SECURE is settings.CSRF_COOKIE_SECURE is True


def test_the_database_is_the_one_that_database_url_names():
    address = "postgresql://reader:pass%20word@db.example:6432/record?sslmode=require"
    database = read(DATABASE_URL=address).DATABASES["default"]
    assert (database["HOST"], database["PASSWORD"]) == ("db.example", "pass word")
    assert database["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize("address", ["sqlite:///facts.db", "localhost/facts"])
def test_a_database_that_is_no_postgresql_is_refused_with_a_sentence(address):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL names no PostgreSQL"):
        read(DATABASE_URL=address)


def test_without_database_url_it_is_the_embedded_one(tmp_path):
    folder = tmp_path / "Data & more"
    database = read(DATABASE_URL=None, DATA_DIR=str(folder)).DATABASES["default"]
    assert database["OPTIONS"]["host"] == str(folder / "postgresql")


def test_hosts_and_origins_are_lists_with_commas():
    hosts = read(ALLOWED_HOSTS="one.example, two.example,").ALLOWED_HOSTS
    assert hosts == ["one.example", "two.example"]


def test_links_in_mails_begin_with_the_address_that_is_named_or_the_first_host():
    hosts = ".findings.example,other.example"
    for named in ({"SITE_ADDRESS": "https://findings.example/"}, {"ALLOWED_HOSTS": hosts}):
        assert read(**named, HTTPS="1").SITE_ADDRESS == "https://findings.example"
    assert read(ALLOWED_HOSTS="", HTTPS="0").SITE_ADDRESS == "http://localhost"


def test_the_policy_of_pages_allows_nothing_inline_and_nothing_foreign(client, db):
    for address in ("/", "/admin/login/", "/nowhere/", "/healthz"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "data:" not in policy


@pytest.mark.parametrize(
    ("name", "value", "module", "extra"),
    [
        ("METRICS_PORT", "9109", "prometheus_client", "metrics"),
        ("SENTRY_DSN", "http://key@127.0.0.1:9/1", "sentry_sdk", "sentry"),
        ("CACHE_URL", "redis://127.0.0.1:9/0", "redis", "valkey"),
        ("EVIDENCE_BUCKET", "evidence", "storages", "s3"),
    ],
)
def test_without_its_package_no_extra_is_set(name, value, module, extra, monkeypatch):
    find = environment.find_spec
    monkeypatch.setattr(environment, "find_spec", lambda sought: sought != module and find(sought))
    monkeypatch.setitem(sys.modules, module, None)
    if name == "METRICS_PORT":  # which is read before the settings are
        monkeypatch.setattr(metrics, name, int(value))
    with pytest.raises(ImproperlyConfigured) as refused:
        read(**{name: value})
    assert str(refused.value) == (
        f"{name} is set, and what it takes is not installed: "
        f"`pip install --require-hashes --no-deps -r requirements-{extra}.txt`."
    )
