"""How fast the main pages are with many made-up findings: `python -m tests.benchmark [--findings
15000] [--against main~3]`.

The site runs as it would in production, on a PostgreSQL of its own. Each round asks every page in
turn, and between them a
bare view that sends the same bytes through the same middleware; `--against` runs an older commit
beside it on the same rows.
Requests a second depend on the machine and on what else it does; the ratios, medians over the
rounds of one run, do not.
"""

import argparse
import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psycopg2

from config.local import folders, postgres

PROJECT = Path(__file__).resolve().parents[2]
READERS = 4
REGION = "made-up-northmarch"
PAGES = [
    "/",
    f"/regions/{REGION}/",
    f"/regions/{REGION}/charts/findings_by_theme.svg",
    "/forces/",
    f"/forces/{REGION}-aldermere/",
    f"/compare/?organisation={REGION}-unit&organisation={REGION}-aldermere",
    f"/inspections/{REGION}-inspection/",
    "/findings/",
    "/findings/?theme=workforce",
    "/findings/?theme=workforce&kind=weakness&response=-disputed&sort=-progress",
    "/findings/?q=weakness",
    f"/findings/{REGION}-inspection/{REGION}-1/",
    "/themes/",
    "/themes/workforce/",
    "/plans/",
    f"/plans/{REGION}-unit-plan/",
    "/actions/",
    "/sources/",
    "/about/",
]


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--findings", type=int, default=15_000, help="how many to make up (15,000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often to ask every page (5)")
    parser.add_argument("--seconds", type=float, default=1, help="how long to ask each (1)")
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="measure the pages whose address holds this"
    )
    parser.add_argument(
        "--against",
        metavar="COMMIT",
        help="an older commit to compare with; one that has this benchmark",
    )
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        environment = os.environ | {
            "DATABASE_URL": stack.enter_context(database()),
            "DJANGO_SETTINGS_MODULE": "tests.benchmark.settings",
            "SECRET_KEY": "only for measuring",
            "HTTPS": "0",
        }
        fill(environment, options.findings)
        ports = {"now": stack.enter_context(site(PROJECT, environment))}
        if options.against:
            ports["before"] = stack.enter_context(
                site(stack.enter_context(worktree(options.against)), environment)
            )
        pages = [page for page in PAGES if options.only in page]
        report(measured(pages, ports, options.rounds, options.seconds))


@contextlib.contextmanager
def database():
    """The address of a server that is there for this run alone."""
    folder = Path(tempfile.gettempdir()) / f"findings-benchmark-{secrets.token_hex(4)}"
    lock, server = folders.acquire_lock(folder), postgres.Server(folder)
    try:
        server.start()
        yield folders.database_url(folder)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def fill(environment, findings):
    """The facts, and a made-up region beside them."""
    fixtures = sorted(str(path) for path in (PROJECT / "fixtures").glob("*.csv"))
    load = ["import_data", *fixtures, "--commit", "--as-published"]
    make_up = [
        "make_synthetic_region",
        "Northmarch",
        "--organisations=50",
        f"--findings={findings}",
        "--plans=50",
    ]
    for command in (["migrate"], load, make_up):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity=0"],
            cwd=PROJECT,
            env=environment,
            check=True,
        )
    with contextlib.closing(psycopg2.connect(environment["DATABASE_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")


@contextlib.contextmanager
def worktree(commit):
    """A folder that holds an older commit."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "before"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", folder, commit],
            cwd=PROJECT,
            check=True,
        )
        try:
            yield folder
        finally:
            subprocess.run(
                ["git", "worktree", "remove", "--force", folder], cwd=PROJECT, check=True
            )


@contextlib.contextmanager
def site(folder, environment):
    """The port at which the site of a folder answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.set_inheritable(True)
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            "--workers=2",
            "--threads=4",
            "--no-control-socket",
        ]
        command += [f"--bind=fd://{listener.fileno()}", "--log-level=warning"]
        process = subprocess.Popen(
            command, cwd=folder, env=environment, pass_fds=[listener.fileno()]
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait()


def measured(pages, ports, rounds, seconds):
    """By page: what it weighs, and by who answers its requests a second in every round."""
    bare = {page: f"/bare/?{urlencode({'of': page})}" for page in pages}
    asked = {
        page: [
            ("bare", ports["now"], bare[page]),
            *((name, port, page) for name, port in ports.items()),
        ]
        for page in pages
    }
    results = {page: {name: [] for name, _, _ in asked[page]} for page in pages}
    with ThreadPoolExecutor(READERS) as readers:
        for number in range(rounds + 1):
            for page in pages:
                for name, port, address in asked[page]:
                    answers = [readers.submit(ask, port, address, seconds) for _ in range(READERS)]
                    rates, weights = zip(*(answer.result() for answer in answers), strict=True)
                    if number:  # the first round only warms up
                        results[page][name].append(sum(rates))
                    results[page]["weight"] = weights[0]
            print(f"Round {number} of {rounds}", file=sys.stderr, flush=True)
    return results


def ask(port, address, seconds):
    """Ask for an address again and again: requests a second, and the bytes of the last answer."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    ) as connection:
        started, asked = time.perf_counter(), 0
        while not asked or time.perf_counter() - started < seconds:
            connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{address} answers {answer.status}")
            asked += 1
        return asked / (time.perf_counter() - started), len(content)


def report(results):
    print(f"{'kB':>6}{'now/s':>8}{'bare/s':>8}{'× bare':>8}{'× before':>10}")
    for page, rates in results.items():
        of_bare = median(now / bare for now, bare in zip(rates["now"], rates["bare"], strict=True))
        of_before = [
            now / before for now, before in zip(rates["now"], rates.get("before", []), strict=False)
        ]
        gain = f"{median(of_before):>10.2f}" if of_before else f"{'–':>10}"
        speeds = f"{median(rates['now']):>8.1f}{median(rates['bare']):>8.1f}{of_bare:>8.3f}{gain}"
        print(f"{rates['weight'] / 1000:>6.1f}{speeds}  {page.replace(REGION, '…')}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be ended is to clear up
    main()
