"""What gunicorn does before it serves the site."""

import gc
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from config import checks, gunicorn
from findings.files import max_upload_bytes
from lib.sheets import archives


def test_gunicorn_refuses_a_database_that_takes_signs_for_letters(database_with_c, monkeypatch):
    monkeypatch.setattr(checks, "connections", {"default": database_with_c})
    monkeypatch.setattr(gunicorn, "connections", Mock())
    with pytest.raises(SystemExit, match=r"^The database’s LC_CTYPE is C"):
        gunicorn.on_starting(None)


def test_a_database_that_does_not_answer_yet_keeps_no_site_from_starting(monkeypatch):
    closed = []

    def unreachable(databases):
        raise OperationalError

    monkeypatch.setattr(checks, "search_reads_signs", unreachable)
    monkeypatch.setattr(
        gunicorn, "connections", SimpleNamespace(close_all=lambda: closed.append(True))
    )
    gunicorn.on_starting(None)
    assert closed == [True]


def test_workers_share_what_was_loaded_before_them():
    try:
        gunicorn.pre_fork(None, None)
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()


def test_staff_may_send_a_file_and_the_public_no_more_than_a_form(settings):
    takes = gunicorn.SiteWorker.most_body_bytes
    assert takes(None, "/admin/findings/action/1/progress/") > 1.2 * max_upload_bytes()
    settings.EVIDENCE_MB = 1
    assert takes(None, "/admin/imports/importrun/") > 1.2 * archives.MAX_BYTES
    assert takes(None, "/follow/") < 0.2 * max_upload_bytes()


def test_a_proxy_lets_go_of_a_connection_before_we_do():
    # nginx keeps those to a site for 60 seconds, and would meet a closed one.
    assert gunicorn.keepalive > 60
