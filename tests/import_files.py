"""The import files of the facts (`fixtures/*.csv`), read with nothing but the csv module."""

import csv
from functools import cache

from django.conf import settings


def words(text):
    return text.split()


SOUTH_WEST = words("avon-and-somerset devon-and-cornwall dorset gloucestershire wiltshire")
# What makes two rows of a file rows of one fact, each with a source of its own.
KEYS = {
    "regions": ["region"],
    "strands": ["strand"],
    "themes": ["theme"],
    "sources": ["source"],
    "organisations": ["organisation"],
    "programmes": ["programme"],
    "questions": ["programme", "question"],
    "grade_meanings": ["scale", "grade"],
    "inspections": ["inspection"],
    "fieldwork": ["inspection", "organisation"],
    "gradings": ["inspection", "organisation", "question"],
    "findings": ["reference"],
    "responses": [
        "inspection",
        "finding",
        "organisation",
        "respondent",
        "role",
        "said_on",
        "summary",
    ],
    "policing_body_comments": ["inspection", "organisation"],
    "plans": ["plan"],
    "actions": ["plan", "number"],
    "closures": ["finding", "closure_status", "confirmed_on"],
    "monitoring": ["organisation", "event", "happened_on", "summary"],
}
CITING = words("inspections fieldwork gradings findings responses actions closures monitoring")


@cache
def rows(kind):
    path = settings.BASE_DIR / "fixtures" / f"{kind}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def facts(kind):
    """The first row of each fact, by its key, in the file's order."""
    found = {}
    for row in rows(kind):
        found.setdefault(tuple(row[column] for column in KEYS[kind]), row)
    return found


def parts(cell):
    return [part for part in cell.split(";") if part]


def lines(table):
    """A table's rows: bars part its columns, a line after "> " goes on, and a dash is nothing."""
    whole = table.strip().replace("\n> ", " | ").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in whole]
    return [["" if cell == "-" else cell for cell in row] for row in rows]


def inspection(slug):
    return facts("inspections")[(slug,)]


def gradings(programme=None):
    """The gradings of a programme, or of all but the regional one, by their keys."""
    return {
        key: row
        for key, row in facts("gradings").items()
        if inspection(key[0])["programme"] == programme
        or (programme is None and inspection(key[0])["programme"] != "soc")
    }


def judgment(inspection, organisation, question):
    row = facts("gradings")[inspection, organisation, question]
    return row["grade"] or row["missing_reason"]
