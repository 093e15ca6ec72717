"""How fast the site is beside Datasette, the stock admin, a bare view and `\\copy`: `make
benchmark`.

Each server runs in a process of its own on a PostgreSQL that is there for this run alone, and all
are asked in turn. It writes RESULTS.md beside this file. What machine it is, and what else it does,
changes every time; ratios much less.
"""

import argparse
import contextlib
import signal
import tempfile
from pathlib import Path

from . import data, measurements, processes, results


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--size", default="nation", choices=("nation", "decades"), help="how many rows (nation)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often to ask every page (5)")
    parser.add_argument("--seconds", type=float, default=1, help="how long to ask each (1)")
    parser.add_argument(
        "--only", nargs="*", choices=measurements.PARTS, help="which parts to measure (all)"
    )
    options = parser.parse_args()
    parts = options.only or list(measurements.PARTS)
    with contextlib.ExitStack() as stack:
        address, postgres_pid = stack.enter_context(processes.database())
        postgres = processes.Process(postgres_pid)
        data.fill(address, options.size)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = measurements.Bench(address, postgres, folder, options, stack)
        report = results.Report(options.size, data.counts(address), bench.version_of_postgres())
        for part in parts:
            report.add(part, measurements.PARTS[part](bench))
            report.write(Path(__file__).with_name("RESULTS.md"))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be ended is to clear up
    main()
