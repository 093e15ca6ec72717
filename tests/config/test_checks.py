from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from config import checks
from config.local import folders, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_c(monkeypatch):
    """As on a database whose LC_CTYPE is C."""
    monkeypatch.setattr(checks, "misread_letters", lambda database: "C")


def test_this_database_reads_signs():
    assert checks.search_reads_signs(["default"]) == []
    assert checks.search_reads_signs() == []


def test_a_database_with_c_takes_signs_for_letters(database_with_c, monkeypatch):
    monkeypatch.setattr(checks, "connections", {"default": database_with_c})
    (error,) = checks.search_reads_signs(["default"])
    assert error.msg.startswith("The database’s LC_CTYPE is C, so search would take dashes")


def test_migrating_such_a_database_is_refused(with_c):
    with pytest.raises(SystemCheckError, match="LC_CTYPE is C"):
        call_command("migrate", verbosity=0, skip_checks=False)


def test_a_start_of_the_site_on_it_ends_with_a_sentence(with_c, monkeypatch, tmp_path):
    with pytest.raises(folders.StartupError, match=r"LC_CTYPE is C.*`make fresh`"):
        run.fill_database()


def test_make_run_offers_make_fresh_for_data_that_it_made_with_c(with_c, tmp_path):
    with pytest.raises(folders.StartupError, match="`make fresh` sets that folder aside"):
        run.refuse_other_layout(tmp_path)
    assert connection.introspection.table_names()


def test_the_engine_that_draws_charts_is_the_maintained_one(monkeypatch):
    assert not checks.charts_are_drawn_by_the_maintained_engine()
    monkeypatch.setattr(checks, "distribution", lambda name: SimpleNamespace(version="1.19"))
    (error,) = checks.charts_are_drawn_by_the_maintained_engine()
    assert "quickjs 1.19 is installed" in error.msg
    with pytest.raises(folders.StartupError, match=r"quickjs 1.19 is installed.*--no-deps"):
        run.fill_database()
