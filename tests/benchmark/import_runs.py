"""One run of the benchmark of imports, in a process of its own: prints seconds and megabytes."""

import csv
import io
import resource
import sys
import time

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from findings.models import Finding, FindingCitation, Theme  # noqa: E402
from forces.models import Region  # noqa: E402
from inspections.models import Inspection, Programme, Source  # noqa: E402
from lib.imports.running import SentFile, import_files, preview_files  # noqa: E402

COLUMNS = [
    *("reference", "inspection", "kind", "region_wide", "themes", "summary", "detail"),
    *("source", "locator", "attribution"),
]
SUMMARY = "Two forces do not share what they know about an organised crime group, number {}."
DETAIL = "They use different systems. Nobody sees the whole, and so chances to disrupt are lost."


def make_inspection(name):
    """An inspection with what its findings refer to, made once."""
    region, _ = Region.objects.get_or_create(slug="measured", defaults={"name": "Measured"})
    programme, _ = Programme.objects.get_or_create(
        slug="measured",
        defaults={"name": "Measured", "short_name": "Measured", "scale": "five"},
    )
    Source.objects.get_or_create(
        slug="measured",
        defaults={"publisher": "Nobody", "title": "Measured", "kind": "press"},
    )
    for number in range(10):
        Theme.objects.get_or_create(
            slug=f"measured-{number}",
            defaults={"name": f"Measured {number}", "definition": "None."},
        )
    inspection, _ = Inspection.objects.get_or_create(
        slug=f"measured-{name}",
        defaults={"programme": programme, "region": region, "title": f"Measured {name}"},
    )
    return inspection


def rows_of(inspection, count):
    """The findings of an inspection, as the rows of an import file."""
    for number in range(count):
        themes = f"measured-{number % 10};measured-{(number + 3) % 10}"
        yield [
            *(f"{inspection.slug}-{number}", inspection.slug, "weakness", "yes", themes),
            *(SUMMARY.format(number), DETAIL, "measured", f"paragraph {number}", "press"),
        ]


def file_of(inspection, count):
    """The same as a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows_of(inspection, count)])
    return SentFile("findings.csv", text.getvalue().encode())


def bulk_create(count):
    """Write findings with their links and citations as Django does at once."""
    inspection = make_inspection("by-hand")
    source = Source.objects.get(slug="measured")
    themes = {theme.slug: theme.pk for theme in Theme.objects.all()}
    links = Finding.themes.through
    rows = list(rows_of(inspection, count))

    def run():
        with transaction.atomic():
            findings = Finding.objects.bulk_create(
                Finding(
                    reference=row[0],
                    inspection=inspection,
                    kind=row[2],
                    is_region_wide=True,
                    summary=row[5],
                    detail=row[6],
                )
                for row in rows
            )
            links.objects.bulk_create(
                links(finding=finding, theme_id=themes[slug])
                for finding, row in zip(findings, rows, strict=True)
                for slug in row[4].split(";")
            )
            FindingCitation.objects.bulk_create(
                FindingCitation(finding=finding, source=source, locator=row[8], attribution=row[9])
                for finding, row in zip(findings, rows, strict=True)
            )

    return run


def dry_run(count):
    """Preview a file of new findings."""
    file = file_of(make_inspection("imported"), count)

    def run():
        preview = preview_files([file], None, timezone.now())
        assert len(preview.kinds[0].created) == count, preview.problems[:3]

    return run


def import_once(count):
    """Import a file of new findings."""
    file = file_of(make_inspection("imported"), count)

    def run():
        preview, written = import_files([file], None, timezone.now())
        assert written and preview.changes == count, preview.problems[:3]

    return run


def import_again(count):
    """Import a file of findings that are there already."""
    file = file_of(make_inspection("imported"), count)

    def run():
        preview, _ = import_files([file], None, timezone.now())
        assert preview.kinds[0].unchanged == count, preview.problems[:3]

    return run


def import_changed(count):
    """Import a file that changes a text and a theme of each finding."""
    text = io.StringIO()
    rows = rows_of(make_inspection("imported"), count)
    changed = [[*row[:4], row[4].replace("-1", "-2"), f"{row[5]} Still.", *row[6:]] for row in rows]
    csv.writer(text).writerows([COLUMNS, *changed])
    file = SentFile("findings.csv", text.getvalue().encode())

    def run():
        preview, _ = import_files([file], None, timezone.now())
        assert len(preview.kinds[0].changed) == count, preview.problems[:3]

    return run


RUNS = {
    "bulk_create": bulk_create,
    "dry_run": dry_run,
    "import": import_once,
    "import_again": import_again,
    "import_changed": import_changed,
}

if __name__ == "__main__":
    name, count = sys.argv[1:]
    run = RUNS[name](int(count))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
