"""How fast findings are imported: `python -m tests.benchmark.imports [--findings 15000]`.

On a PostgreSQL of its own, each in a process of its own, it measures `bulk_create` of findings with
two themes and one citation each, then the dry run of the same rows as a file, its import, the same
import again, and one that changes a text and a theme of each. Each is told in seconds, in times of
`bulk_create`, and in memory beyond what the process had before. It fails where one takes more than
we promise.
"""

import argparse
import os
import subprocess
import sys

from .processes import PROJECT, database

MOST_SECONDS, MOST_TIMES, MOST_MEGABYTES = 20, 5, 150
RUNS = ("bulk_create", "dry_run", "import", "import_again", "import_changed")


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.imports", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--findings", type=int, default=15_000, help="how many (15,000)")
    findings = parser.parse_args().findings
    with database() as (address, _):
        environment = os.environ | {
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "only for measuring",
            "HTTPS": "0",
        }

        def run(*command):
            command = [sys.executable, *command]
            return subprocess.run(
                command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        run("manage.py", "migrate", "--verbosity=0")
        measured = {
            name: run("-m", "tests.benchmark.import_runs", name, str(findings)).split()
            for name in RUNS
        }
    return report({name: tuple(map(float, words)) for name, words in measured.items()})


def report(measured):
    """Print what was measured; 1 if anything took more than is promised, else 0."""
    usual, _ = measured["bulk_create"]
    print(f"{'seconds':>8}{'times':>8}{'MB':>8}")
    for name, (seconds, megabytes) in measured.items():
        print(f"{seconds:>8.1f}{seconds / usual:>8.1f}{megabytes:>8.0f}  {name}")
    slow = [
        name
        for name, (seconds, megabytes) in measured.items()
        if name != "bulk_create"
        and (seconds > MOST_SECONDS or seconds > MOST_TIMES * usual or megabytes > MOST_MEGABYTES)
    ]
    if slow:
        print(f"More than promised: {', '.join(slow)}", file=sys.stderr)
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
