"""The runs of `tests.benchmark.downloads`, in a process that has the settings from its start."""

import os
import sys
import time
from pathlib import Path
from statistics import median

import django

django.setup()

from django.db import connection  # noqa: E402 the models need the settings
from django.test import RequestFactory  # noqa: E402
from django.utils import timezone  # noqa: E402

from findings.models import Finding  # noqa: E402
from findings.resources.downloads import finding_download  # noqa: E402
from findings.views import FindingList  # noqa: E402
from lib.audit.data_version import one_moment, reading  # noqa: E402
from lib.lists import downloads  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class Sink:
    """A file that counts the bytes written to it, and notes when the first came."""

    def __init__(self):
        self.size, self.first = 0, None

    def write(self, data):
        if data and self.size > 5_000:  # the line of names is no row
            self.first = self.first or time.perf_counter()
        self.size += len(data)


def copy(sink):
    """All findings in one COPY: what a download reads, as it is."""
    sql, params = downloads.batch_query(finding_download(timezone.now()))
    ids = list(
        Finding.objects.published(timezone.now()).by_reference().values_list("pk", flat=True)
    )
    given = {id(downloads.IDS): ids, id(downloads.LINE): 2}
    with connection.cursor() as cursor:
        query = cursor.mogrify(sql, [given.get(id(param), param) for param in params]).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", sink)


def download(sink, file_format):
    """A file of all findings."""
    request = RequestFactory().get("/findings/", {"format": file_format}, HTTP_HOST="localhost")
    with one_moment(), reading():
        for piece in FindingList.as_view()(request):
            sink.write(piece)


def database_time():
    """The seconds of processor time that the server has had for this connection."""
    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory():
    """The megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def run(make, *arguments):
    """Processor seconds, ours and in all; seconds to the first row; megabytes sent, and held."""
    sink, held = Sink(), memory()
    ours, theirs, started = time.process_time(), database_time(), time.perf_counter()
    make(sink, *arguments)
    ours = time.process_time() - ours
    total = ours + database_time() - theirs
    return total, ours, sink.first - started, sink.size / 1e6, memory() - held


def main(rounds):
    results = {"copy": [], **{name: [] for name in downloads.FORMATS}}
    for number in range(rounds + 1):
        for name, found in results.items():
            made = run(copy) if name == "copy" else run(download, name)
            if number:  # the first round only warms up
                found.append(made)
    heads = ("CPU ms", "ours", "× copy", "range", "first ms", "MB", "+MB")
    print(f"{'':>6}" + "".join(f"{head:>11}" for head in heads))
    for name, found in results.items():
        totals, ours, firsts, sizes, grown = zip(*found, strict=True)
        times = [one / copied[0] for one, copied in zip(totals, results["copy"], strict=True)]
        cells = (
            f"{median(totals) * 1000:.0f}",
            f"{median(ours) * 1000:.0f}",
            f"{median(times):.2f}",
            f"{min(times):.2f}–{max(times):.2f}",
            f"{median(firsts) * 1000:.0f}",
            f"{sizes[0]:.1f}",
            f"{max(grown):.1f}",
        )
        print(f"{name:>6}" + "".join(f"{cell:>11}" for cell in cells))


if __name__ == "__main__":
    main(int(sys.argv[1]))
