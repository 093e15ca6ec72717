"""RESULTS.md: what was measured, where and when."""

import os
import platform
import subprocess
from datetime import date
from pathlib import Path

from .processes import HERE, PROJECT

TITLES = {
    "pages": "A page that is not kept: CPU of one request, with PostgreSQL's",
    "kept_pages": "A page asked again, nothing changed",
    "downloads": "Files of all findings: CPU, with PostgreSQL's",
    "other_readers": "Other readers of one worker during a download",
    "mixed": "Addresses of every kind, one worker, nothing kept",
    "many_readers": "Many readers at once, two workers",
    "at_rest": "The memory of a worker, two of them as `make run` starts them",
    "growth": "Pages of other regions, as one grows to 148,500 findings",
}
# What a table's figures mean, where its lines cannot say it.
NOTES = {
    "pages": """\
Three facets: most of what is left is the frame of every page and the panel of facets, and these
three are cheap in SQLite. Region: the frame, the figures of charts, and a comparison with links at
every number. Themes: every theme beside every force, each cell with two linked numbers.""",
    "downloads": """\
Memory is that beyond what a worker held after one page of the list. What CSV costs beyond `\\copy`
is PostgreSQL's: it spells codes, dates and lists of names as the file has them, and looks in each
text for formulas and for signs that a spreadsheet cannot hold.""",
    "other_readers": """\
Rows are passed on in one process with pages: what a reader waits for at worst is one batch.""",
    "growth": """\
A region counts by the lists of all findings, which are ten times as long then.""",
    "many_readers": """\
Readers who ask without a pause fill two workers however fast a page is: with N of them, each waits
for about N ÷ 2 others, so that no site could meet these targets against the median of the same
pages. The targets were set when no page was kept. So p95 is held against the median of pages that
are not kept, which is what a reader waited for then, where nobody pauses; and against that of the
kept pages themselves, which is harder, where each reader pauses before a page, for a second on
average, as people who read do. Every ratio is told.""",
}
INTRODUCTION = """# Results of `make benchmark`

Each figure is the median of interleaved rounds, with the lowest and the highest round; a ratio is
that of two medians, with the lowest and the highest ratio within a round. CPU is that of one
process each, in milliseconds a request; the site's and the stock admin's include what PostgreSQL
worked for it. Datasette has the same rows in SQLite, with indexes, a full-text search, the same
facets, and no limit of time.
"""


class Report:
    """The results of one run; those of the other size stay in the file."""

    def __init__(self, size, counts, postgres):
        self.size, self.parts = size, {}
        rows = ", ".join(f"{number:,} {what}" for what, number in counts.items())
        pins = (HERE / "peers.txt").read_text().split()
        datasette = next(pin for pin in pins if pin.startswith("datasette=="))
        self.facts = [
            f"- {date.today():%-d %B %Y}, commit {commit()}",
            f"- {machine()}; load when it began: {os.getloadavg()[0]:.1f}",
            f"- Python {platform.python_version()}, PostgreSQL {postgres},"
            f" {datasette.replace('==', ' ').title()}",
            f"- {rows}",
        ]

    def add(self, part, rows):
        self.parts[part] = rows
        for row in rows:
            print(f"{row.name}: {row.figures} {verdict(row)}", flush=True)

    def write(self, file):
        """Write the file: this size's section anew, the other's as it was."""
        sections = split(file.read_text()) if file.exists() else {}
        sections[self.size] = self.section()
        ordered = [sections[size] for size in ("nation", "decades") if size in sections]
        file.write_text("\n".join([INTRODUCTION, *ordered]))

    def section(self):
        lines = [f"## {self.size}", "", *self.facts, ""]
        for part, rows in self.parts.items():
            lines += [f"### {TITLES[part]}", ""]
            lines += [NOTES[part], ""] if part in NOTES else []
            lines += ["| | measured | must be | met |"]
            lines += ["| --- | --- | --- | --- |"]
            lines += [
                f"| {row.name} | {row.figures} | {row.target} | {verdict(row)} |" for row in rows
            ]
            lines.append("")
        return "\n".join(lines)


def verdict(row):
    return {True: "yes", False: "**no**", None: ""}[row.is_met]


def split(text):
    """The sections of the file by size."""
    sections = text.split("\n## ")[1:]
    return {part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in sections}


def commit():
    """The commit that is measured, and whether there is more than that."""

    def git(*words):
        return subprocess.run(
            ["git", *words], cwd=PROJECT, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = git("status", "--porcelain", "--", ".", ":!tests/benchmark/RESULTS.md")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def machine():
    cpus = Path("/proc/cpuinfo").read_text().split("\n")
    model = next((line.partition(": ")[2] for line in cpus if line.startswith("model name")), "")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return f"{os.cpu_count()} × {model or platform.machine()}, {memory:.0f} GB, {platform.system()}"
