r"""What making a data set of 15,000 findings takes: `python -m tests.benchmark.data_sets`.

Prints, for each format, the seconds and by how much the process grew. We promise less than 10
seconds for the zip and 50 MB.
"""

import argparse
import os
import subprocess
import sys

from . import data, processes


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.data_sets", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--as-it-is", action="store_true", help="fill nothing: measure what DATABASE_URL names"
    )
    if parser.parse_args().as_it_is:
        run(os.environ["DATABASE_URL"])
    else:
        with processes.database() as (address, _):
            data.fill(address, "nation")
            run(address)


def run(address):
    variables = processes.environment(address, "tests.benchmark.settings")
    command = [sys.executable, "-m", "tests.benchmark.data_set_runs"]
    subprocess.run(command, cwd=processes.PROJECT, env=variables, check=True)


if __name__ == "__main__":
    main()
