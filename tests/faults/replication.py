"""A streaming replica of a test's own PostgreSQL."""

import contextlib
import secrets
import shutil
import tempfile
from pathlib import Path

from config.local import folders
from config.local.postgres import postgres_user, run
from tests.serving import free_port

from .sites import OwnPostgres


@contextlib.contextmanager
def replica_of(primary, **options):
    """A running replica of a server: an `OwnPostgres` that only reads."""
    folder = Path(tempfile.gettempdir(), f"findings-replica-{secrets.token_hex(4)}")
    folders.make_private_folder(folder)
    replica = OwnPostgres(folder, free_port(), hot_standby_feedback="on", **options)
    replica.cluster.mkdir(mode=0o700)
    if user := postgres_user():
        shutil.chown(replica.cluster, user, user)
    try:
        run(
            "pg_basebackup",
            *("--pgdata", replica.cluster),
            *("--dbname", f"host=127.0.0.1 port={primary.port} user=postgres"),
            *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"),
        )
        replica.start()
        yield replica
    finally:
        if (replica.cluster / "postmaster.pid").exists():
            with contextlib.suppress(ProcessLookupError):
                replica.go_on()
        replica.stop()
        shutil.rmtree(folder, ignore_errors=True)
