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
    "growth": "Pages of other regions, as one grows to 148,500 findings",
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
            lines += [f"### {TITLES[part]}", "", "| | measured | must be | met |"]
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
