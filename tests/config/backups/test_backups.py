"""Backups, of which nothing is left if they fail, and what they are put back to."""

import json
import shutil
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection

from config.backups import making, manifest, programs
from config.backups.models import Backup
from config.backups.stored_files import StoredFile, fetch, put_back
from findings.models import Action
from tests import postgres
from tests.backups import connected_to, in_folder
from tests.evidence_files import PDF, kept
from tests.object_store import ObjectStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def backup(transactional_db, tmp_path):
    """A backup of the facts and a file of evidence, which `sha256sum` finds whole."""
    kept(action=Action.objects.first(), content=PDF)
    call_command("backup", tmp_path, verbosity=0)
    (folder,) = tmp_path.iterdir()
    yield folder
    shutil.rmtree(storages["evidence"].location)


def tables_of(name):
    with postgres.asking(postgres.url(name)) as ask:
        return ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")


def files_in(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def make(folder):
    """The sentence with which a backup is refused; nothing of it is left."""
    with pytest.raises(CommandError) as refused:
        call_command("backup", folder, verbosity=0)
    assert list(folder.iterdir()) == []
    return str(refused.value)


@pytest.mark.slow
def test_a_backup_comes_back_whole_or_not_at_all(backup, tmp_path, empty_database):
    about = json.loads((backup / "manifest.json").read_text())
    ((_, name, _),) = about["files"]
    assert (backup.stat().st_mode & 0o777, about["lost"]) == (0o700, [])
    assert about["rows"]["findings_evidence"] == 1
    assert not {"django_session", "cache"} & set(about["rows"])
    made = Backup.objects.get()
    assert (made.name, made.files, made.lost) == (backup.name, 1, 0)
    assert made.size == sum(path.stat().st_size for path in files_in(backup))

    elsewhere, dump = tmp_path / "elsewhere", backup / "database.dump"

    def restore():
        with connected_to(empty_database), in_folder(elsewhere):
            call_command("restore", backup, stdout=(said := StringIO()))
        return said.getvalue()

    def refuse():
        with pytest.raises(CommandError) as refused:
            restore()
        return str(refused.value)

    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    assert refuse() == f"{backup} is not whole: database.dump has changed."
    dump.unlink()
    assert "database.dump is missing" in refuse()
    # What the sums do not show: the database's part of the restore fails after files were stored.
    dump.write_bytes(whole[: len(whole) // 2])
    manifest.write_sums(backup)
    assert refuse().startswith("pg_restore failed: ")
    assert files_in(elsewhere) == []
    dump.write_bytes(whole)
    for change, refusal in (
        (
            {"roles": ["nobody_here"]},
            "rights to nobody_here, and this server has no such",
        ),
        (
            {"migrations": [["findings", "0999_later"]], "version": "9.0.0"},
            "Install 9.0.0 or later",
        ),
        ({"format": 2, "version": "9.0.0"}, "writes backups in another form"),
        # A file may be written nowhere but among evidence and data sets.
        ({"files": [["default", "config.py", ""]]}, "no backup of ours: default/config.py"),
        ({"files": [["evidence", "../config.py", ""]]}, "no backup of ours: evidence/../config.py"),
    ):
        (backup / "manifest.json").write_text(json.dumps(about | change))
        manifest.write_sums(backup)
        assert refusal in refuse()
    (backup / "manifest.json").write_text(json.dumps(about))
    manifest.write_sums(backup)

    assert tables_of(empty_database) == []
    assert restore().count("1 stored file, of which 1 had to be put back") == 1
    assert "is not empty. Make a new one" in refuse()
    assert (elsewhere / name).read_bytes() == PDF


def test_a_file_that_goes_with_its_row_while_a_backup_begins_is_not_missed(
    transactional_db, tmp_path, monkeypatch, elsewhere
):
    usual, snapshots = making.snapshot, []
    action = Action.objects.first()

    @contextmanager
    def snapshot():
        """The first one sees a row that goes, and its file too, before the file is copied."""
        piece = None if snapshots else elsewhere(lambda: kept(action=action, content=PDF))
        with usual() as name:
            snapshots.append(name)
            if piece:
                elsewhere(piece.delete)
            yield name

    monkeypatch.setattr(making, "snapshot", snapshot)
    call_command("backup", tmp_path, verbosity=0)
    (folder,) = tmp_path.iterdir()
    about = manifest.read_backup(folder)
    assert (len(snapshots), about["files"], about["lost"]) == (2, [], [])
    assert about["rows"]["findings_evidence"] == 0


@pytest.fixture
def site_role(transactional_db):
    """A role that may read a table and owns none, as the site's does."""
    role = f"site_of_{connection.settings_dict['NAME']}"
    with postgres.asking(postgres.url(connection.settings_dict["NAME"])) as ask:
        ask("CREATE ROLE {role}", role=role)
        ask("GRANT SELECT ON forces_region TO {role}", role=role)
        yield role
        ask("DROP OWNED BY {role}", role=role)
        ask("DROP ROLE {role}", role=role)


def test_rights_come_back_and_whoever_has_no_more_can_make_no_backup(
    site_role, backup, empty_database, monkeypatch, tmp_path
):
    may_read = "SELECT has_table_privilege(%s, 'forces_region', 'SELECT')"
    with connected_to(empty_database):
        call_command("restore", backup)
    with postgres.asking(postgres.url(empty_database)) as ask:
        assert ask(may_read, site_role) == [True]
        ask("DROP OWNED BY {role}", role=site_role)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "assume_role", site_role)
    connection.close()
    (tmp_path / "more").mkdir()
    assert make(tmp_path / "more").startswith(f"The role {site_role} may not read all of the data")
    connection.close()


def test_a_file_that_was_lost_or_changed_is_named_and_the_rest_is_kept(backup, tmp_path, capsys):
    ((_, name, _),) = json.loads((backup / "manifest.json").read_text())["files"]
    Path(storages["evidence"].path(name)).write_bytes(b"changed")
    with pytest.raises(CommandError, match="Put these files back from an earlier backup"):
        call_command("backup", tmp_path / "second")
    (second,) = (tmp_path / "second").iterdir()
    assert f"Missing or changed, and so not in it: evidence/{name}" in capsys.readouterr().out
    assert json.loads((second / "manifest.json").read_text())["files"] == []
    assert [backup.lost for backup in Backup.objects.all()] == [1, 0]
    call_command("backup", second, "--check")
    assert "is whole: version " in capsys.readouterr().out


def test_an_older_pg_dump_is_one_sentence(transactional_db, tmp_path, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 15.4"')
    program.chmod(0o700)
    (tmp_path / "backups").mkdir()
    monkeypatch.setattr(programs, "candidates", lambda name: [program])
    assert make(tmp_path / "backups").startswith(
        "pg_dump of PostgreSQL 18, the server's version, is needed here, and only version 15 is"
    )


def test_a_password_stands_in_no_command_line(transactional_db, tmp_path, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo "pg_dump (PostgreSQL) 18.0"; exit; }\n'
        'echo "$@, and by the environment $PGPASSWORD" >&2; exit 1'
    )
    program.chmod(0o700)
    (tmp_path / "backups").mkdir()
    monkeypatch.setattr(programs, "candidates", lambda name: [program])
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "much-too-secret")
    said = make(tmp_path / "backups")
    assert said.startswith("pg_dump failed: --no-password --dbname=")
    assert said.endswith("by the environment much-too-secret")
    assert said.count("much-too-secret") == 1


def test_a_place_that_cannot_hold_a_backup_is_named(tmp_path):
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(CommandError, match=rf"^No backup was made: {place}: File exists\.$"):
        call_command("backup", place, verbosity=0)


def test_what_a_killed_backup_left_goes_with_the_next_one(tmp_path):
    left, running = (
        tmp_path / f"inspection-findings-2026-01-0{day}T000000Z.unfinished" for day in (1, 2)
    )
    left.mkdir()
    (left / "database.dump").touch()
    with (
        making.unfinished_folder(running.with_suffix("")),
        making.unfinished_folder(tmp_path / "x"),
    ):
        assert not left.exists()
        assert running.exists()
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_bucket_are_fetched_and_put_back(tmp_path, monkeypatch):
    store = ObjectStore()
    storage = store.storage(monkeypatch)
    monkeypatch.setitem(storages._storages, "evidence", storage)
    with closing(store):
        name = storage.save("ab/minutes", ContentFile(PDF))
        file = StoredFile("evidence", name, manifest.hashlib.sha256(PDF).hexdigest())
        assert fetch(file, tmp_path)
        assert not fetch(file._replace(name="ab/lost"), tmp_path)
        assert not put_back(file, tmp_path)
        store.objects[name] = b"another"
        with pytest.raises(FileExistsError):
            put_back(file, tmp_path)
        store.objects.clear()
        assert put_back(file, tmp_path)
        assert store.objects == {name: PDF}
