"""Rows about themes and kinds of finding."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet, Window
from django.db.models.functions import Length, RowNumber

from forces.addresses import Scope
from forces.models import Organisation

from ..addresses import REGION_WIDE, finding_list
from ..choices import NEGATIVE_KINDS, POSITIVE_KINDS, PRACTICE_KINDS, FindingKind
from ..models import Finding, Theme
from .counts import MOST_LISTED, FindingCounts, kind_counts

HEAT_LEVELS = 4


class ThemeRow(NamedTuple):
    """A theme with the counts of its findings, and how many are about the region as a whole."""

    theme: Theme
    counts: FindingCounts
    region_wide: int


def findings_by_theme(findings: QuerySet[Finding], **scope: str | list[str]) -> list[ThemeRow]:
    """One row for each theme of these findings, the most frequent first."""
    themes = (
        Theme.objects.in_use()
        .filter(findings__in=findings)
        .annotate(
            **kind_counts("findings", "findings__kind"),
            region_wide=Count("findings", filter=Q(findings__is_region_wide=True), distinct=True),
        )
        .order_by("-total", "name")
    )
    return [
        ThemeRow(
            theme,
            FindingCounts(
                theme.positive, theme.negative, theme.total, scope | {"theme": theme.slug}
            ),
            theme.region_wide,
        )
        for theme in themes
    ]


class Cell(NamedTuple):
    """How many findings one theme has in one column; `level` is its shade, from 0 to 4."""

    count: int
    level: int
    url: str


class Column(NamedTuple):
    """A column of the matrix: its name and its link."""

    name: str
    short_name: str
    url: str


class MatrixRow(NamedTuple):
    """A theme and its cells, in the order of the columns."""

    theme: Theme
    cells: list[Cell]
    url: str


class Matrix(NamedTuple):
    """A table of counts, one row for each theme; `id` tells two on one page apart."""

    caption: str
    columns: list[Column]
    rows: list[MatrixRow]
    id: str = ""


def shade_rows(
    themes: Iterable[Theme],
    counts: Mapping[int, Sequence[int]],
    choices: Sequence[Scope],
    scope: Scope,
) -> list[MatrixRow]:
    """The rows of a matrix: each theme's count in each column, darker where there are more.

    `counts` has a list for each theme's id. `choices` has each column's parameters of a list.
    """
    most = max((count for theme in themes for count in counts[theme.pk]), default=0)
    steps = max(most, HEAT_LEVELS)
    return [
        MatrixRow(
            theme,
            [
                Cell(
                    count,
                    ceil(count * HEAT_LEVELS / steps),
                    finding_list(**scope, theme=theme.slug, **choice),
                )
                for count, choice in zip(counts[theme.pk], choices, strict=True)
            ],
            finding_list(**scope, theme=theme.slug),
        )
        for theme in themes
    ]


def counts_by_theme(findings: QuerySet[Finding], field: str) -> dict[tuple[int, int | str], int]:
    """How many findings each pair of a theme's id and a field's value has."""
    pairs = (
        Finding.objects.filter(pk__in=findings.values("pk")).order_by().values_list("themes", field)
    )
    return {
        (theme, value): count for theme, value, count in pairs.annotate(Count("pk", distinct=True))
    }


def theme_by_organisation(
    themes: Sequence[ThemeRow],
    findings: QuerySet[Finding],
    organisations: Sequence[Organisation],
    region_wide: bool = True,
    **scope: str | list[str],
) -> Matrix:
    """The findings of each theme by whom they name; a finding counts for each it names.

    The region as a whole has the first column if `region_wide`.
    """
    named = counts_by_theme(findings, "organisations")
    columns = [
        Column("Region-wide", "Region-wide", finding_list(**scope, organisation=REGION_WIDE))
    ] * region_wide
    columns += [
        Column(organisation.name, organisation.short_name, organisation.get_absolute_url())
        for organisation in organisations
    ]
    counts = {
        row.theme.pk: [row.region_wide] * region_wide
        + [named.get((row.theme.pk, organisation.pk), 0) for organisation in organisations]
        for row in themes
    }
    choices = [{"organisation": REGION_WIDE}] * region_wide + [
        {"organisation": organisation.slug} for organisation in organisations
    ]
    rows = shade_rows([row.theme for row in themes], counts, choices, scope)
    return Matrix("Findings by theme and by whom they name", columns, rows)


def theme_by_kind(
    themes: Sequence[ThemeRow], findings: QuerySet[Finding], **scope: str | list[str]
) -> Matrix:
    """The findings of each theme by kind; what needs to improve comes first."""
    pairs = counts_by_theme(findings, "kind")
    kinds = [
        kind
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if any(kind == value for _, value in pairs)
    ]
    columns = [
        Column(
            kind.label.capitalize(), kind.label.capitalize(), finding_list(**scope, kind=kind.slug)
        )
        for kind in kinds
    ]
    counts = {
        row.theme.pk: [pairs.get((row.theme.pk, kind), 0) for kind in kinds] for row in themes
    }
    rows = shade_rows(
        [row.theme for row in themes], counts, [{"kind": kind.slug} for kind in kinds], scope
    )
    return Matrix("Findings by theme and kind", columns, rows, "-by-kind")


class KindRow(NamedTuple):
    """The findings of one kind: how many there are, and the first of them."""

    kind: FindingKind
    findings: list[Finding]
    total: int
    url: str

    @property
    def is_practice(self) -> bool:
        return self.kind in PRACTICE_KINDS


def findings_by_kind(findings: QuerySet[Finding], **scope: str | list[str]) -> list[KindRow]:
    """One row for each kind that occurs, with its first findings; what is to improve is first."""
    totals = dict(findings.order_by().values_list("kind").annotate(Count("pk", distinct=True)))
    place = Window(
        RowNumber(), partition_by="kind", order_by=("inspection", Length("reference"), "reference")
    )
    first = list(
        Finding.objects.filter(pk__in=findings.values("pk"))
        .defer("search")
        .annotate(place=place)
        .filter(place__lte=MOST_LISTED)
        .by_reference()
        .with_responses()
        .prefetch_related("themes", "citations")
    )
    return [
        KindRow(
            kind,
            [finding for finding in first if finding.kind == kind],
            totals[kind],
            finding_list(**scope, kind=kind.slug),
        )
        for kind in (*NEGATIVE_KINDS, *POSITIVE_KINDS)
        if kind in totals
    ]
