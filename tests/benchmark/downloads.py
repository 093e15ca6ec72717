r"""What data downloads cost beside \copy: `python -m tests.benchmark.downloads [--findings 15000]`.

Each round makes the file of all findings in every format, and has PostgreSQL copy the same columns
out as they are, as \copy of psql does. Cost is processor time, ours and the database's together;
ratios are those within a round.
"""

import argparse
import contextlib
import os
import subprocess
import sys

from .__main__ import PROJECT, database, fill


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.downloads", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--findings", type=int, default=15_000, help="how many to make up (15,000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often to make each file (5)")
    parser.add_argument(
        "--as-it-is", action="store_true", help="fill nothing: measure what DATABASE_URL names"
    )
    options = parser.parse_args()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmark.settings",
        "SECRET_KEY": "only for measuring",
        "HTTPS": "0",
    }
    with contextlib.ExitStack() as stack:
        if not options.as_it_is:
            environment["DATABASE_URL"] = stack.enter_context(database())
            fill(environment, options.findings)
        command = [sys.executable, "-m", "tests.benchmark.download_runs", str(options.rounds)]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True)


if __name__ == "__main__":
    main()
