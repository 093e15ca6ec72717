"""`python -m tests.releases.make`: keeps what this release leaves in a database.

It writes `<version>.migrations`, the SHA-256 of each migration of ours, and the folder `<version>`,
a backup of the core of the facts with people, progress and evidence that do not exist.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.backups.manifest import sha256_of
from config.locations import PROJECT
from config.version import VERSION
from tests import environment, postgres

HERE = Path(__file__).parent
OWN = "release_to_be_kept"


def migrations():
    """The migrations of our apps, by their paths, each with its SHA-256."""
    paths = [
        path
        for pattern in ("*/migrations/0*.py", "lib/*/migrations/0*.py", "config/*/migrations/0*.py")
        for path in PROJECT.glob(pattern)
    ]
    return {path.relative_to(PROJECT).as_posix(): sha256_of(path) for path in sorted(paths)}


def kept_migrations(release):
    """The migrations that a release had, likewise."""
    lines = (HERE / f"{release}.migrations").read_text().splitlines()
    return dict(reversed(line.split("  ")) for line in lines)


def main():
    """Copy the database that tests know, fill in what people write, and keep a backup of it."""
    held = postgres.attach()
    with postgres.asking() as ask, tempfile.TemporaryDirectory() as folder:
        postgres.have(ask, postgres.facts())
        postgres.copy(ask, postgres.facts(), OWN)
        environ = os.environ | {"DATABASE_URL": postgres.url(OWN)}
        try:
            for words in (["tests.releases.people"], ["django", "backup", folder, "-v0"]):
                environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
                subprocess.run([sys.executable, "-m", *words], cwd=PROJECT, env=environ, check=True)
            (made,) = Path(folder).iterdir()
            shutil.rmtree(HERE / VERSION, ignore_errors=True)
            shutil.copytree(made, HERE / VERSION)
        finally:
            postgres.drop(ask, OWN)
            shutil.rmtree(environment.EVIDENCE, ignore_errors=True)
    held.close()
    lines = [f"{sha256}  {path}\n" for path, sha256 in migrations().items()]
    (HERE / f"{VERSION}.migrations").write_text("".join(lines))


if __name__ == "__main__":
    main()
