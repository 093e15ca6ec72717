"""The facts that most tests read: the regional inspections of serious and organised crime, with the
findings, responses and plans of the one of the South West of June 2025.

They are a part of `fixtures/`, small enough that a test may count them; tests of the whole record
ask for the fixture `record`.
"""

import csv
import re
import sys
from pathlib import Path

INSPECTION = "soc-south-west-2025"


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def values(rows, column):
    return {value for row in rows for value in row[column].split(";")} - {""}


def core(kinds):
    """The core of each kind's rows."""

    def keep(kind, column, allowed):
        kinds[kind] = [row for row in kinds[kind] if row[column] in allowed]

    for row in kinds["inspections"]:
        if row["findings_recorded"] and row["inspection"] != INSPECTION:
            row["findings_recorded"] = "grades_only"
    keep("programmes", "programme", {"soc"})
    keep("questions", "programme", {"soc"})
    keep("strands", "strand", values(kinds["questions"], "strand"))
    inspections = {row["inspection"] for row in kinds["inspections"] if row["programme"] == "soc"}
    for kind in ("inspections", "fieldwork", "gradings", "policing_body_comments"):
        keep(kind, "inspection", inspections)
    kinds["findings"] = [
        row for row in kinds["findings"] if re.fullmatch(r"F\d+", row["reference"])
    ]
    keep("themes", "theme", values(kinds["findings"], "themes"))
    keep("closures", "finding", values(kinds["findings"], "reference"))
    keep("responses", "inspection", {INSPECTION})
    keep("plans", "inspection", {INSPECTION})
    keep("actions", "plan", values(kinds["plans"], "plan"))
    kinds["monitoring"] = []
    cited = {
        source
        for kind, rows in kinds.items()
        if kind != "sources"
        for row in rows
        if (source := row.get("source"))
    }
    cited |= {row["source"] for row in kinds["sources"] if row["kind"] == "legislation"}
    keep("sources", "source", cited)
    return kinds


def write(folder, into):
    """Write the core of the import files in one folder into another."""
    paths = sorted(Path(folder).glob("*.csv"))
    headings = {path.stem: path.read_text(encoding="utf-8").splitlines()[0] for path in paths}
    for kind, rows in core({path.stem: read(path) for path in paths}).items():
        if not rows:
            continue
        with (Path(into) / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headings[kind].split(","))
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write(*sys.argv[1:])
