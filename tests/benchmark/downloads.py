r"""What downloads cost beside \copy of the same columns: `python -m tests.benchmark.downloads`.

Each round makes the file of all findings in every format, and has PostgreSQL copy the same columns
out as they are, as \copy of psql does; `make benchmark` compares with fewer columns. Cost is
processor time, ours and the database's together; ratios are those within a round.
"""

import argparse
import os
import subprocess
import sys

from . import data, processes


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.downloads", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often to make each file (5)")
    parser.add_argument(
        "--as-it-is", action="store_true", help="fill nothing: measure what DATABASE_URL names"
    )
    options = parser.parse_args()
    if options.as_it_is:
        run(os.environ["DATABASE_URL"], options.rounds)
    else:
        with processes.database() as (address, _):
            data.fill(address, "nation")
            run(address, options.rounds)


def run(address, rounds):
    variables = processes.environment(address, "tests.benchmark.settings")
    command = [sys.executable, "-m", "tests.benchmark.download_runs", str(rounds)]
    subprocess.run(command, cwd=processes.PROJECT, env=variables, check=True)


if __name__ == "__main__":
    main()
