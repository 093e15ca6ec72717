"""Processes that are killed while somebody saves, imports or downloads: nothing that was
acknowledged is lost, nothing is there twice, nothing is there by half."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from findings.models import Evidence, Finding, ProgressUpdate, Theme
from findings.storage import evidence_storage
from lib.audit.models import Change
from lib.imports.models import ImportRun
from lib.sentences import plural
from tests.benchmark.readers import ask
from tests.faults.insisting import InsistingEditor, save_until
from tests.faults.people import connected, make_editors
from tests.faults.sites import own_postgres, site_on
from tests.programs import program
from tests.serving import free_port

pytestmark = pytest.mark.faults

# As PostgreSQL is delivered: what it says is written is on the disk.
SAFE = {"fsync": "on", "full_page_writes": "on"}
EDITORS, ACTIONS = 8, 8  # actions of each editor
WORKERS, WORKERS_KILLED, DATABASES_KILLED = 4, 20, 5
MOMENTS = Random(14)  # noqa: S311 the same moments each time, as far as the machine lets them be


@pytest.fixture(scope="module")
def database():
    with own_postgres(**SAFE) as database:
        yield database


@pytest.fixture
def rows(database, django_db_blocker):
    """This process reads and writes that database too."""
    with django_db_blocker.unblock(), connected(database.url):
        yield


@pytest.fixture
def site(database, rows, tmp_path, monkeypatch):
    """A site on it, whose evidence lies in a folder of its own."""
    monkeypatch.setitem(vars(evidence_storage()), "location", str(tmp_path))
    with site_on(database, workers=WORKERS, EVIDENCE_DIR=str(tmp_path)) as site:
        yield site


def kill_worker(site):
    """Kill one of the workers; it is one that is there for sure, which others may be again."""
    if workers := site.workers():
        os.kill(MOMENTS.choice(workers), signal.SIGKILL)


def kill_database(database):
    """Kill every process of a database, as a machine that stops does, and start it again."""
    for pid in database.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    database.process.wait()
    connections.close_all()
    database.start()


# Saving


def test_what_is_saved_while_processes_are_killed_is_there_once_and_whole(
    database, site, fault_table
):
    people = make_editors(EDITORS, ACTIONS)
    names, keys = [name for name, *_ in people], [key for *_, own in people for key, _ in own]
    editors = [InsistingEditor(site.port, *person) for person in people]
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(asyncio.run, save_until(ended, editors))
        try:
            for number in range(WORKERS_KILLED + DATABASES_KILLED):
                time.sleep(MOMENTS.uniform(0.5, 3))
                if number % 5 == 4:
                    kill_database(database)
                    time.sleep(2)  # or nobody would get anything saved before the next
                else:
                    kill_worker(site)
        finally:
            ended.set()
        work.result()
    assert [error for editor in editors for error in editor.errors] == []
    saved = [name for editor in editors for name in editor.saved]
    assert len(saved) > 2 * EDITORS
    pieces = Evidence.objects.filter(update__action__in=keys)
    assert sorted(pieces.values_list("title", flat=True)) == sorted(saved)
    # Each request did one thing, whole: a note with its piece of evidence.
    changes = Change.objects.filter(
        table__in=["findings_progressupdate", "findings_evidence"], name__in=names
    )
    wrote = {}
    for change in changes.filter(operation__in=["INSERT", "UPDATE"]):
        told = wrote.setdefault(change.request, {})
        told.setdefault(change.table, []).append(change.after)
    for told in wrote.values():
        (note,), (piece,) = told["findings_progressupdate"], told["findings_evidence"]
        assert note["note"] == piece["title"]
    assert len(wrote) == len(saved)
    drafts = ProgressUpdate.objects.filter(action__in=keys)
    assert len(set(drafts.values_list("action", flat=True))) == drafts.count()
    left = check_files(pieces)
    broken = sum(editor.broken for editor in editors)
    fault_table(
        f"workers killed {WORKERS_KILLED} times and the database {DATABASES_KILLED} times "
        f"while {EDITORS} editors save {len(saved)} notes with files",
        "–",
        f"{broken} {plural(broken, 'connection')} that broke; what was sent again was saved once",
        f"0 lost, 0 twice, 0 half; {left} {plural(left, 'file')} without a row, swept",
    )


def check_files(pieces):
    """Each row has its file; files without a row are swept: how many there were."""
    store = evidence_storage()
    for piece in pieces:
        content = Path(piece.file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == piece.sha256
    with_row = {Path(piece.file.path) for piece in Evidence.objects.exclude(file="")}
    files = {path for path in Path(store.location).rglob("*") if path.is_file()}
    long_ago = time.time() - 7_200
    for path in files:
        os.utime(path, (long_ago, long_ago))
    call_command("sweep_evidence", "--delete", stdout=StringIO())
    assert {path for path in Path(store.location).rglob("*") if path.is_file()} == with_row & files
    return len(files - with_row)


# Importing


def test_an_import_that_is_killed_has_written_all_or_nothing_and_can_be_run_again(
    database, rows, tmp_path, fault_table
):
    whole, began = start_import(database, tmp_path, "whole"), time.monotonic()
    while is_writing():
        time.sleep(0.01)
    length, outcomes = time.monotonic() - began, Counter()
    finish(whole)
    for number in range(10):
        name = f"killed-{number}"
        importer = start_import(database, tmp_path, name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            importer.wait(MOMENTS.uniform(0, 0.9 * length))
        kill_database(database) if number % 5 == 4 else importer.kill()
        importer.communicate()
        while is_writing():  # what was killed is taken back by the server, in its own time
            time.sleep(0.01)
        found = count_imported(name)
        assert found in (NOTHING, ALL)
        outcomes[found] += 1
        finish(start_import(database, tmp_path, name))
        assert count_imported(name) == ALL
    assert outcomes[NOTHING] >= 5, outcomes
    fault_table(
        f"an import of {ROWS:,} rows is killed 8 times, and the database 2 times under it",
        "what was there before",
        f"nothing of it {outcomes[NOTHING]} times, all of it {outcomes[ALL]} times",
        "0 half; run again, each row is there once",
    )


ROWS = 2_000
NOTHING, ALL = (0, 0, 0), (ROWS, ROWS, 1)


def count_imported(name):
    """How many rows of an import are there, how many the audit knows, and how many such imports."""
    return (
        Theme.objects.filter(slug__startswith=f"{name}-").count(),
        Change.objects.filter(
            table="findings_theme", after__slug__startswith=f"{name}-", operation="INSERT"
        ).count(),
        ImportRun.objects.filter(
            files__0__name=f"{name}.csv", counts__themes__created=ROWS
        ).count(),
    )


def start_import(database, folder, name):
    """A process that imports a file of themes, and has begun to write."""
    file = folder / f"{name}.csv"
    lines = [f"{name}-{row},{name} {row},What it is." for row in range(ROWS)]
    file.write_text("\n".join(["theme,name,definition", *lines]))
    importer = subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "import_data", "--commit", str(file)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while importer.poll() is None and not is_writing():
        time.sleep(0.01)
    return importer


def finish(importer):
    """Let an import end by itself."""
    said, _ = importer.communicate()
    assert importer.returncode == 0, said


def is_writing():
    """Whether somebody else has begun to write in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND backend_xid IS NOT NULL)"
        )
        return cursor.fetchone()[0]


# Downloading


@pytest.mark.parametrize("through", ["no proxy", "nginx"])
def test_a_download_that_is_killed_is_never_taken_for_a_whole_one(
    database, site, tmp_path, fault_table, through
):
    if not Finding.objects.filter(reference="made-up-kills-1").exists():
        call_command("make_synthetic_region", "Kills", findings=6_000, verbosity=0)
    outcomes = Counter()
    with nginx(site.port) if through == "nginx" else contextlib.nullcontext(site.port) as port:
        for number in range(8):
            file_format = ("csv", "json", "xlsx")[number % 3]
            began = time.monotonic()
            whole = asyncio.run(download(port, file_format))
            length = time.monotonic() - began
            assert whole.status == 200
            kill = (site, None) if number % 4 < 3 else (None, database)
            try:
                got = asyncio.run(download(port, file_format, length, *kill))
            except (OSError, EOFError, ValueError):
                outcomes["broken off"] += 1
            else:
                outcomes["whole" if got.status == 200 else "refused"] += 1
                assert got.status != 200 or rows_of(got, file_format) == rows_of(whole, file_format)
            until_served(port)
    assert outcomes["broken off"] >= 2 and outcomes["whole"] <= 3, outcomes
    fault_table(
        f"workers killed 6 times and the database 2 times during downloads, {through}",
        ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
        + "; 0 broken off that look whole",
    )


async def download(port, file_format, length=0, site=None, database=None):
    """A file of all findings. All workers of a site are killed while it is sent, or a database."""
    asking = asyncio.create_task(
        ask(port, f"/findings/?format={file_format}", headers={"Accept-Encoding": "identity"})
    )
    await asyncio.sleep(MOMENTS.uniform(0.2, 0.7) * length)
    for pid in site.workers() if site else ():
        os.kill(pid, signal.SIGKILL)
    if database:
        kill_database(database)
    return await asking


def rows_of(response, file_format):
    """The rows of a file, which is read to its end."""
    if file_format == "csv":
        return response.content
    if file_format == "json":
        return json.loads(response.content)["rows"]
    with ZipFile(BytesIO(response.content)) as book:
        return book.read("xl/worksheets/sheet1.xml")


def until_served(port):
    """Wait until a page is answered again."""
    for _ in range(100):
        with contextlib.suppress(OSError, EOFError, ValueError):
            if asyncio.run(ask(port, "/readyz")).status == 200:
                return
        time.sleep(0.1)
    pytest.fail("The site did not come back.")


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{site};
            proxy_set_header Host $host;
            proxy_http_version 1.1;
        }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(site):
    """nginx before a site, as OPERATING.md has it: the port at which it is asked."""
    with tempfile.TemporaryDirectory() as folder:
        port, file = free_port(), Path(folder, "conf")
        file.write_text(NGINX.format(folder=folder, port=port, site=site))
        Path(folder).chmod(0o755)  # its workers are another user's
        process = subprocess.Popen([program("nginx"), "-c", str(file)], stderr=subprocess.DEVNULL)
        try:
            until_served(port)
            yield port
        finally:
            process.terminate()
            process.wait()
