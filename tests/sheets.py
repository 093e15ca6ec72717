"""Import files for tests, and what imports of them do."""

import csv
import io

import openpyxl
from django.apps import apps
from django.utils import timezone

from lib.imports.running import Options, SentFile, import_files, preview_files

OURS = ("forces", "inspections", "findings")


def csv_file(name, *rows):
    """A CSV file of these rows, the first of which are the headings in one text."""
    headings, *rows = rows
    text = io.StringIO()
    csv.writer(text).writerows([headings.split(","), *rows])
    return SentFile(f"{name}.csv", text.getvalue().encode())


def xlsx_file(name, sheets, change=None):
    """A workbook with sheets of rows by name; `change` may change it before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    data = io.BytesIO()
    book.save(data)
    return SentFile(f"{name}.xlsx", data.getvalue())


def previewed(*files, by=None, **options):
    """What importing these files would do."""
    return preview_files(files, by, timezone.now(), Options(**options))


def imported(*files, by=None, **options):
    """The run of an import that nothing keeps from being written."""
    preview, run = import_files(files, by, timezone.now(), Options(**options))
    assert run, [str(problem) for problem in preview.problems]
    return run


def refusals(*files, **options):
    """What is wrong with files: the address of each error without its sheet, and its rule."""
    return [
        (problem.address.rpartition("!")[2], problem.rule)
        for problem in previewed(*files, **options).problems
    ]


def changes(preview):
    """By kind, how many rows a preview would create, change and leave."""
    return {
        kind.resource.kind: (len(kind.created), len(kind.changed), kind.unchanged)
        for kind in preview.kinds
    }


def everything():
    """Every row of every table of ours, by table and key."""
    return {
        model._meta.db_table: {row["id"]: row for row in model._base_manager.values()}
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS
    }
