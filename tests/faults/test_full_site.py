"""A site whose disks are full: readers read on, editors are told, and it goes on by itself."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

from config.local.postgres import postgres_user
from findings.models import Evidence
from lib.forms.uploads import NO_ROOM
from tests.benchmark.readers import ask
from tests.faults.disks import small_disk
from tests.faults.insisting import InsistingEditor
from tests.faults.people import connected, make_editors
from tests.faults.sites import own_postgres, site_on

pytestmark = pytest.mark.faults
READ = ("/", "/forces/", "/findings/?q=police", "/findings/?format=csv")


def test_where_the_database_has_no_room_readers_read_on_and_what_was_sent_is_saved_later(
    tmp_path, django_db_blocker, fault_table
):
    with (
        tempfile.TemporaryDirectory() as rows,
        small_disk(Path(rows), 256) as disk,
        own_postgres() as database,
    ):
        lie_on(disk, database)
        with (
            site_on(database, workers=2, EVIDENCE_DIR=str(tmp_path)) as site,
            django_db_blocker.unblock(),
            connected(database.url),
        ):
            ((name, session, actions),) = make_editors(1, 1)
            editor = InsistingEditor(site.port, name, session, actions)
            page, content = asyncio.run(editor.fill_in(actions[0][0], "Ten posts are filled."))
            disk.fill()
            refused = asyncio.run(editor.ask_once(page, content))
            assert refused.status == 503
            assert "The database has no more room. Nothing was saved." in refused.content.decode()
            assert all(asyncio.run(ask(site.port, address)).status == 200 for address in READ)
            assert not Evidence.objects.filter(title="Ten posts are filled.").exists()
            assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
            disk.make_room()
            assert asyncio.run(editor.ask_once(page, content)).status == 302
            piece = Evidence.objects.get(title="Ten posts are filled.")
            assert (tmp_path / piece.file.name).stat().st_size == piece.size
    fault_table(
        "the disk of the database is full",
        "every page and file",
        "that there is no more room and nothing was saved (503); the same form, sent again once "
        "there was room, was saved once",
        "no row, no file; no restart",
    )


def test_where_temporary_files_have_no_room_the_server_takes_what_is_sent_and_says_so(
    tmp_path, django_db_blocker, fault_table
):
    with (
        tempfile.TemporaryDirectory() as temporary,
        small_disk(Path(temporary), 8) as disk,
        own_postgres() as database,
        site_on(database, TMPDIR=temporary, EVIDENCE_DIR=str(tmp_path)) as site,
        django_db_blocker.unblock(),
        connected(database.url),
    ):
        ((name, session, actions),) = make_editors(1, 1)
        editor = InsistingEditor(site.port, name, session, actions)
        page, content = asyncio.run(editor.fill_in(actions[0][0], "Ten posts.", 3_000_000))
        disk.fill()
        told = asyncio.run(editor.ask_once(page, content))
        assert told.status == 200
        assert NO_ROOM in told.content.decode()
        assert ">Ten posts.</textarea>" in told.content.decode().replace("\n", "")
        assert all(asyncio.run(ask(site.port, address)).status == 200 for address in READ)
        assert not Evidence.objects.filter(title="Ten posts.").exists()
        disk.make_room()
        assert asyncio.run(editor.ask_once(page, content)).status == 302
        assert Evidence.objects.get(title="Ten posts.").size == 3_000_000
    fault_table(
        "the disk of temporary files is full, through the web server",
        "every page and file",
        "the form, with what was typed, says that there was no room for its file of 3 MB",
        "the same form is saved once there is room",
    )


def lie_on(disk, database):
    """Have the tables of a database lie on a disk; what it logs before is elsewhere."""
    folder = Path(disk.folder, "tables")
    folder.mkdir()
    if user := postgres_user():
        shutil.chown(folder, user, user)
    with database.asking("postgres") as ask_it:
        ask_it(f"CREATE TABLESPACE small LOCATION '{folder}'")
        ask_it("ALTER DATABASE findings SET TABLESPACE small")
