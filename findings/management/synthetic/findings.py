"""Findings that nobody found."""

from itertools import cycle

from findings.choices import FindingKind
from findings.models import Finding, FindingCitation, Theme
from lib.bulk_copy import copy_create, copy_rows, next_keys

from .citations import cite


def make_synthetic_findings(inspections, organisations, count, vocabulary):
    """Findings of every kind in turn, spread over inspections; half have two themes.

    One in five is region-wide, the others name one organisation each.
    """
    themes = themes_in_use()
    region, findings = inspections[0].region, []
    for n, pk, kind in zip(range(count), next_keys(Finding, count), cycle(FindingKind)):
        inspection = inspections[n * len(inspections) // count]
        # A recommendation follows its cause of concern.
        follows = kind == FindingKind.RECOMMENDATION and findings[-1].inspection == inspection
        findings.append(
            Finding(
                pk=pk,
                inspection=inspection,
                reference=f"{region.slug}-{n + 1}",
                kind=kind,
                is_region_wide=n % 5 == 4,
                unnamed_organisations="some forces" if n % 10 == 9 else "",
                summary=(
                    f"Made up: {kind.label} {n + 1}, which nobody found: "
                    f"{vocabulary.finding(kind)}."
                ),
                detail=detail(n, vocabulary),
                cause=findings[-1] if follows else None,
            )
        )
    copy_create(findings)
    copy_rows(
        Finding.organisations.through,
        ["finding_id", "organisation_id"],
        (
            (finding.pk, organisations[n % len(organisations)].pk)
            for n, finding in enumerate(findings)
            if not finding.is_region_wide
        ),
    )
    copy_rows(
        Finding.themes.through,
        ["finding_id", "theme_id"],
        (
            (finding.pk, themes[(n + step) % len(themes)].pk)
            for n, finding in enumerate(findings)
            for step in range(1 + (n % 2 and len(themes) > 1))
        ),
    )
    cite(FindingCitation, ((row, row.inspection) for row in findings))
    return findings


def detail(n, vocabulary):
    """More about half of the findings; one in ten names what searches take for a small word."""
    if n % 10 == 0:
        return "It concerns IT that nobody uses."
    return vocabulary.example() if n % 10 < 5 else ""


def themes_in_use():
    """The themes that findings may have, or made-up ones where there are none."""
    return list(Theme.objects.in_use()) or copy_create(
        (
            Theme(name=f"Made-up theme {n}", slug=f"made-up-theme-{n}", definition="Made up.")
            for n in range(1, 11)
        ),
    )
