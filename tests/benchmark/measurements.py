"""What is measured, part by part; each gives back the lines of its table."""

import contextlib
import json
import resource
import subprocess
import threading
import time
from functools import cached_property
from typing import NamedTuple

import psycopg2

from config.local.postgres import programs

from . import data, lines, processes
from .asking import Failure, Probe, ask, download, interleave
from .ratios import measured, percentile, ratio, short
from .readers import ask_mixed

PAGE = "/findings/?theme=workforce"


class Row(NamedTuple):
    """A line of RESULTS.md: what was measured, and what it must be.

    `is_met` is None where there is no target.
    """

    name: str
    figures: str
    target: str = ""
    is_met: bool | None = None


class Bench:
    """The servers that the parts share, each started when first asked for."""

    def __init__(self, address, postgres, folder, options, stack):
        self.address, self.postgres, self.folder = address, postgres, folder
        self.options, self.stack = options, stack
        self.rare = data.rare_word(address)
        self.mixed = lines.mixed_addresses(self.rare)

    def site(
        self,
        settings="settings",
        address=None,
        workers=1,
        application="config.wsgi",
        worker_class="config.gunicorn.SiteWorker",
    ):
        """The site with a settings file of this folder."""
        variables = processes.environment(address or self.address, f"tests.benchmark.{settings}")
        return self.stack.enter_context(
            processes.gunicorn(application, variables, workers, worker_class=worker_class)
        )

    @cached_property
    def uncached(self):
        return self.site()

    @cached_property
    def cached(self):
        return self.site("settings_with_cache")

    @cached_property
    def admin(self):
        plain = "django.core.wsgi:get_wsgi_application()"
        return self.site("settings_of_stock_admin", application=plain, worker_class="gthread")

    @cached_property
    def datasette(self):
        file = self.folder / "findings.db"
        data.write_sqlite(self.address, file)
        python = self.stack.enter_context(processes.peers())
        return self.stack.enter_context(processes.datasette(python, file))

    @cached_property
    def bare(self):
        return self.stack.enter_context(
            processes.gunicorn(
                "tests.benchmark.bare",
                processes.environment(self.address, "") | {"BARE_PAGES": str(self.folder)},
            )
        )

    def store_for_bare(self, number, address):
        """Store what the site answers, for the bare view to send: that address, and its ETag."""
        answer = ask(self.cached.port, address)
        names = ("Content-Type", "Content-Encoding")
        headers = {name: answer.headers[name] for name in names if name in answer.headers}
        page = self.folder / str(number)
        page.write_bytes(answer.content)
        page.with_suffix(".json").write_text(json.dumps(headers))
        return f"/{number}/", answer.headers.get("ETag")

    def value(self, query):
        """What a query gives, a single value."""
        with contextlib.closing(psycopg2.connect(self.address)) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            return cursor.fetchone()[0]

    def version_of_postgres(self):
        return self.value("SHOW server_version")


def cpu(samples):
    return [sample.cpu for sample in samples]


def wall(samples):
    return [sample.wall for sample in samples]


def pages(bench):
    """Pages that are not kept, beside Datasette's and the admin's: milliseconds of CPU."""
    compared = lines.page_lines(
        bench.rare, bench.value("SELECT id FROM findings_theme WHERE slug = 'workforce'")
    )
    probes = lines.page_probes(
        compared, bench.uncached, bench.datasette, bench.admin, bench.postgres
    )
    probes["kept"] = [
        Probe("site", bench.cached.port, PAGE, (bench.cached, bench.postgres)),
        Probe("Datasette", bench.datasette.port, compared[0].datasette, (bench.datasette,)),
    ]
    samples = interleave(probes, bench.options.rounds, bench.options.seconds)
    rows = [page_row(line.name, samples[line.name], line.most) for line in compared]
    rows.append(page_row("findings, one theme, kept", samples["kept"], 0.04))
    sources = samples["sources"]["site"]
    if not isinstance(sources, str):
        rows.append(
            Row(
                "sources, CPU",
                f"{measured(cpu(sources))} ms",
                "≤ 30 ms",
                measured(cpu(sources)).middle <= 30,
            )
        )
    return rows


def page_row(name, samples, most):
    """A page: the CPU of each, and the ratio of ours to Datasette's."""
    said = [
        f"{who}: {taken}" if isinstance(taken, str) else f"{who} {measured(cpu(taken))} ms"
        for who, taken in samples.items()
    ]
    target = f"≤ {most} × Datasette" if most else ""
    if any(isinstance(samples[who], str) for who in ("site", "Datasette")):
        return Row(name, "; ".join(said), target, False if most else None)
    times = ratio(cpu(samples["site"]), cpu(samples["Datasette"]))
    waits = ratio(wall(samples["site"]), wall(samples["Datasette"]))
    figures = f"{times} × Datasette (by the clock {waits} ×); {'; '.join(said)}"
    return Row(name, figures, target, times.middle <= most if most else None)


def kept_pages(bench):
    """Pages asked again, nothing changed, beside a bare view of the same bytes.

    Told in requests a second of CPU: by the clock, whatever else the machine does counts too.
    """
    probes = {}
    for number, address in enumerate(["/", PAGE, f"/regions/{data.REGION}/", "/forces/"]):
        bare, tag = bench.store_for_bare(number, address)
        site = bench.cached
        probes[address] = [
            Probe("site", site.port, address, (site, bench.postgres)),
            Probe("304", site.port, address, (site, bench.postgres), {"If-None-Match": tag or ""}),
            Probe("bare", bench.bare.port, bare, (bench.bare,)),
        ]
    samples, rows = interleave(probes, bench.options.rounds, bench.options.seconds), []
    for address, taken in samples.items():
        if failed := [f"{who}: {one}" for who, one in taken.items() if isinstance(one, str)]:
            rows.append(Row(address, "; ".join(failed), "≥ 0.6 ×", False))
            continue
        for who, least, name in (("site", 0.6, "asked again"), ("304", 0.7, "304")):
            rate = ratio(cpu(taken["bare"]), cpu(taken[who]))
            clock = ratio(wall(taken["bare"]), wall(taken[who]))
            figures = f"{rate} × the requests of a bare view (by the clock {clock} ×)"
            rows.append(Row(f"{address}, {name}", figures, f"≥ {least} ×", rate.middle >= least))
    return rows


def copy_out(bench):
    """What psql takes to copy the same rows: seconds of CPU, its own and the server's."""
    program = programs() / "psql"
    query = " ".join(data.FINDINGS.split())
    command = [program, "--quiet", "--no-psqlrc", bench.address]
    before = resource.getrusage(resource.RUSAGE_CHILDREN), bench.postgres.cpu()
    subprocess.run(
        [*command, "--command", f"\\copy ({query}) TO '/dev/null' WITH (FORMAT csv, HEADER)"],
        check=True,
    )
    time.sleep(0.2)  # until the server has counted what its process took
    after = resource.getrusage(resource.RUSAGE_CHILDREN), bench.postgres.cpu()
    own = after[0].ru_utime + after[0].ru_stime - before[0].ru_utime - before[0].ru_stime
    return own + after[1] - before[1]


def downloads(bench):
    """Files of all findings, beside `\\copy` of the same rows."""
    site, taken = bench.uncached, {kind: [] for kind in lines.DOWNLOADS}
    ask(site.port, "/findings/")  # what its pages keep of the list is no part of a file
    copies, failed = [], {}
    for _ in range(3):
        copies.append(copy_out(bench))
        for kind in taken:
            address = f"/findings/?format={kind}"
            try:
                taken[kind].append(download(site, address, (site, bench.postgres)))
            except (Failure, OSError) as failure:
                failed[kind] = str(failure)
    rows = [Row("\\copy", f"{measured(copies)} s of CPU")]
    for kind, most in lines.DOWNLOADS.items():
        target = f"≤ {most} × \\copy"
        if kind in failed:
            rows.append(Row(kind.upper(), failed[kind], target, False))
            continue
        times = ratio([one.cpu for one in taken[kind]], copies)
        figures = f"{times} × \\copy; {measured([one.seconds for one in taken[kind]])} s"
        rows.append(Row(kind.upper(), figures, target, times.middle <= most))
        first = measured([one.first_byte for one in taken[kind]])
        limit = 1 if kind == "xlsx" else 0.1
        rows.append(
            Row(f"{kind.upper()}, first byte", f"{first} s", f"≤ {limit} s", first.middle <= limit)
        )
        more = max(one.megabytes for one in taken[kind])
        rows.append(
            Row(f"{kind.upper()}, memory", f"+{short(more)} MB at most", "≤ +8 MB", more <= 8)
        )
    return rows


def other_readers(bench):
    """What others wait for while one downloads, beside what they wait for without."""
    site, quiet, busy = bench.uncached, [], []
    for _ in range(3):
        quiet += [ask(site.port, PAGE).seconds for _ in range(10)]
        reader = threading.Thread(target=ask, args=(site.port, "/findings/?format=csv"))
        reader.start()
        during = []
        while reader.is_alive() and len(during) < 30:
            during.append(ask(site.port, PAGE).seconds)
        reader.join()
        busy += during
    rows = []
    for name, percent in (("median", 50), ("p95", 95)):
        times = percentile(busy, percent) / percentile(quiet, percent)
        rows.append(Row(f"{name} during a download", f"{short(times)} ×", "≤ 1.5 ×", times <= 1.5))
    return rows


def mixed(bench):
    """Addresses of every kind, and the memory of the worker that answered them."""
    waits, errors = ask_mixed(bench.uncached.port, bench.mixed, 1, 120)
    if not waits:
        return [errors_row(errors)]
    size = bench.options.size
    p95, worst = percentile([wait for wait, _ in waits], 95), max(waits)
    most = {"nation": 180, "decades": 350}[size]
    memory = bench.uncached.megabytes()
    rows = [
        Row("p95", f"{short(p95)} s"),
        Row("worst address", f"{short(worst[0])} s: `{worst[1]}`", "≤ 1 s", worst[0] <= 1),
        errors_row(errors),
        Row("memory of a worker", f"{short(memory)} MB", f"≤ {most} MB", memory <= most),
    ]
    if size != "nation":
        smaller = data.create_database(bench.address, "nation")
        data.fill(smaller, "nation")
        site = bench.site(address=smaller)
        others, _ = ask_mixed(site.port, lines.mixed_addresses(data.rare_word(smaller)), 1, 120)
        times = p95 / percentile([wait for wait, _ in others], 95)
        rows.append(Row("p95 ÷ p95 at 15,000", f"{short(times)} ×", "≤ 5 ×", times <= 5))
    return rows


def errors_row(errors):
    kinds = ", ".join(sorted({f"{what} at `{address}`" for address, what in errors}))
    return Row("errors", f"{len(errors)} {kinds}".strip(), "0", not errors)


def many_readers(bench):
    """Many readers at once, two workers, pages kept as in production."""
    site = bench.site("settings_with_cache", workers=2)
    medians = {}
    for name, port in (("not kept", bench.uncached.port), ("kept", site.port)):
        ask_mixed(port, bench.mixed, 1, 20)  # warms up
        alone, _ = ask_mixed(port, bench.mixed, 1, 20, seed=2)
        medians[name] = percentile([wait for wait, _ in alone], 50)
    rows = [
        Row(f"one reader, median, pages {name}", f"{short(1000 * unloaded)} ms")
        for name, unloaded in medians.items()
    ]
    for readers, most in ((32, 5), (100, 10)):
        for pause, how, beside in ((0, "without a pause", "not kept"), (1, "who read", "kept")):
            waits, errors = ask_mixed(site.port, bench.mixed, readers, 20, pause=pause)
            name = f"{readers} readers {how}"
            if not waits:
                rows.append(Row(name, "no answer", f"≤ {most} ×", False))
                continue
            p95 = percentile([wait for wait, _ in waits], 95)
            times = {one: p95 / unloaded for one, unloaded in medians.items()}
            rate = f"{short(len(waits) / 20)} pages a second"
            told = ", ".join(f"{short(one)} × that of pages {what}" for what, one in times.items())
            target = f"≤ {most} × of pages {beside}"
            met = times[beside] <= most
            rows += [Row(name, f"p95 {short(p95)} s, {told}; {rate}", target, met)]
            rows += [errors_row(errors)]
    return rows


def at_rest(bench):
    """The memory of the workers of a site that nobody has asked, started as `make run` does."""
    site = bench.stack.enter_context(
        processes.gunicorn(
            "config.wsgi",
            processes.environment(bench.address, "tests.benchmark.settings_with_cache"),
            workers=2,
            settings="config.gunicorn",
        )
    )
    ask(site.port, "/healthz")  # both have started
    rest = site.megabytes()
    rows = [Row("at rest", f"{short(rest)} MB", "≤ 100 MB", rest <= 100)]
    ask_mixed(site.port, bench.mixed, 4, 20)
    return [*rows, Row("in use, all kinds of address", f"{short(site.megabytes())} MB")]


def growth(bench):
    """Pages of other regions, before and after one grows by a hundred times."""
    site = bench.uncached

    def waits():
        taken = {}
        for address in lines.GROWING:
            answers = [ask(site.port, address) for _ in range(6)][1:]
            failed = {str(answer.status) for answer in answers} - {"200"}
            taken[address] = ", ".join(failed) or [answer.seconds for answer in answers]
        return taken

    before = waits()
    processes.manage(
        bench.address,
        *("make_synthetic_region", "Growing", "--findings=148500", "--verbosity=0"),
    )
    data.tidy(bench.address)
    rows = []
    for address, after in waits().items():
        if isinstance(after, str):
            rows.append(Row(f"`{address}`", f"answers {after}", "≤ 1.2 ×", False))
            continue
        times = ratio(after, before[address])
        rows.append(Row(f"`{address}`", f"{times} ×", "≤ 1.2 ×", times.middle <= 1.2))
    return rows


PARTS = {
    "pages": pages,
    "kept_pages": kept_pages,
    "downloads": downloads,
    "other_readers": other_readers,
    "mixed": mixed,
    "many_readers": many_readers,
    "at_rest": at_rest,
    "growth": growth,
}
