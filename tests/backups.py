"""Commands on databases and folders of their own: to make backups of, and to put them back to."""

import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection, connections

from config.storages import folder
from findings.models import Evidence
from lib.lists import freshness


@contextmanager
def connected_to(name):
    """Have this process read another database."""
    usual = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = name
    freshness.forget()
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = usual
        freshness.forget()


@contextmanager
def in_folder(evidence):
    """Keep files of evidence and of data sets in a folder of the test's own."""
    kept = {"evidence": folder(evidence), "data_sets": folder(evidence / "data-sets")}
    with pytest.MonkeyPatch.context() as patch:
        for alias, options in kept.items():
            patch.setitem(storages._storages, alias, storages.create_storage(options))
        patch.setattr(Evidence._meta.get_field("file"), "storage", storages["evidence"])
        yield


def run_command(*words, database, evidence):
    """A command in a process of its own, with a database and a folder: its code, and its words."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    folders = {"EVIDENCE_DIR": str(evidence), "DATA_SETS_DIR": str(evidence / "data-sets")}
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": address} | folders,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr
