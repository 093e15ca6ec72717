"""The runs of `tests.benchmark.data_sets`, in a process that has done nothing else."""

import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory

import django

django.setup()

from django.utils import timezone  # noqa: E402 the models need the settings

from lib.data_sets import making, texts  # noqa: E402
from lib.data_sets.archive import write_archive  # noqa: E402
from lib.data_sets.facts import all_tables  # noqa: E402
from lib.data_sets.workbooks import write_workbook  # noqa: E402


def describe(entries):
    return texts.describe(making.about(), entries)


def measure(name, work):
    """Do something; print how long it took, and how much more memory the process ever took."""
    begun, before = time.monotonic(), getrusage(RUSAGE_SELF).ru_maxrss
    done = work()
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{name:8} {time.monotonic() - begun:5.1f} s  {grown:+6.1f} MB")
    return done


def main():
    with TemporaryDirectory() as name, making.one_snapshot():
        folder, tables = Path(name), all_tables(timezone.now())
        entries = measure("zip", lambda: write_archive(folder / "zip", tables, describe))
        measure("xlsx", lambda: write_workbook(folder / "xlsx", {}, entries))
        print(f"{sum(entry.rows for entry in entries):,} rows")


if __name__ == "__main__":
    main()
