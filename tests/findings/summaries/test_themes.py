"""Findings by theme, and by theme and organisation or kind."""

from contextlib import nullcontext

import pytest
from django.utils import timezone

from findings import summaries
from findings.choices import FindingKind
from findings.filters import FindingFilter
from findings.models import Finding
from lib.audit.data_version import reading
from tests import factories
from tests.selections import listed

pytestmark = pytest.mark.django_db


def theme_by_organisation(findings, organisations):
    findings = listed(findings)
    return summaries.theme_by_organisation(
        summaries.findings_by_theme(findings), findings, organisations
    )


def test_findings_by_theme_count_those_of_the_facts(south_west):
    rows = summaries.findings_by_theme(listed(south_west))
    assert [
        (row.theme.slug, row.counts.negative, row.counts.positive, row.counts.total) for row in rows
    ][:3] == [
        ("workforce", 4, 4, 8),
        ("investigation", 2, 3, 5),
        ("threat-assessment", 3, 1, 4),
    ]
    assert sum(row.counts.total for row in rows) == 34


def test_findings_by_theme_count_practice_among_what_is_positive():
    theme = factories.theme.make()
    kinds = (
        FindingKind.STRENGTH,
        FindingKind.INNOVATIVE_PRACTICE,
        FindingKind.PROMISING_PRACTICE,
        FindingKind.AFI,
    )
    (row,) = summaries.findings_by_theme(
        listed(factories.only(*(factories.finding_on(theme, kind=kind) for kind in kinds)))
    )
    assert (row.counts.positive, row.counts.negative, row.counts.total) == (3, 1, 4)


def test_findings_by_theme_leave_out_themes_that_no_finding_has_and_those_that_were_merged():
    merged = factories.theme.make(replaced_by=factories.theme.make())
    assert (
        summaries.findings_by_theme(
            listed(factories.only(factories.finding_on(merged), factories.finding_on()))
        )
        == []
    )


def test_findings_by_theme_count_a_finding_once_though_it_names_two_organisations():
    finding = factories.finding_on(
        factories.theme.make(), organisations=factories.force.make(_quantity=2)
    )
    (row,) = summaries.findings_by_theme(
        listed(Finding.objects.filter(organisations__in=finding.organisations.all()))
    )
    assert row.counts.total == 1


def test_the_numbers_of_a_row_open_the_findings_browser_within_the_same_scope(south_west):
    row = summaries.findings_by_theme(listed(south_west), region="south-west")[0]
    assert row.counts.url == "/findings/?region=south-west&theme=workforce"
    assert row.counts.positive_url == (
        "/findings/?region=south-west&theme=workforce&kind=strength&kind=innovative-practice&kind=promising-practice"
    )


def test_theme_by_organisation_counts_a_finding_in_each_column_that_it_names(
    south_west, organisations
):
    matrix = theme_by_organisation(south_west, organisations)
    counts = {
        row.theme.slug: [(cell.improve.count, cell.strengths.count) for cell in row.cells]
        for row in matrix.rows
    }
    assert [column.short_name for column in matrix.columns] == [
        "Region-wide",
        *(str(organisation) for organisation in organisations),
    ]
    none = (0, 0)
    assert counts["workforce"] == [(1, 0), (2, 1), none, none, none, (1, 3), none]
    assert counts["threat-assessment"] == [(3, 0), *[(1, 0)] * 4, (1, 1), (1, 0)]


def test_theme_by_organisation_is_not_narrowed_by_an_organisation_that_was_chosen():
    one, two = factories.force.make(_quantity=2)
    finding = factories.finding_on(factories.theme.make(), organisations=[one, two])
    (row,) = theme_by_organisation(
        Finding.objects.filter(organisations=one, pk=finding.pk), [one, two]
    ).rows
    assert [cell.count for cell in row.cells] == [0, 1, 1]


def test_strengths_alone_have_no_shade_and_each_number_opens_its_own_findings():
    theme, force = factories.theme.make(), factories.force.make()
    findings = [
        factories.finding_on(theme, organisations=[force], kind=FindingKind.STRENGTH)
        for _ in range(3)
    ]
    weak = factories.finding_on(theme, organisations=[force], kind=FindingKind.AFI)
    (row,) = theme_by_organisation(factories.only(*findings), [force]).rows
    assert (row.cells[1].improve.count, row.cells[1].strengths.count) == (0, 3)
    assert row.cells[1].level == 0
    (row,) = theme_by_organisation(factories.only(*findings, weak), [force]).rows
    (_, cell) = row.cells
    assert (cell.improve.count, cell.strengths.count, cell.level) == (1, 3, 1)
    assert cell.improve.url.endswith(
        f"?theme={theme.slug}&organisation={force.slug}"
        "&kind=cause-of-concern&kind=recommendation&kind=afi&kind=weakness"
    )
    assert cell.strengths.url.endswith(
        "&kind=strength&kind=innovative-practice&kind=promising-practice"
    )


def test_the_most_to_improve_is_the_darkest_and_nothing_has_no_shade():
    theme, other = factories.theme.make(_quantity=2)
    findings = [factories.finding_on(theme, is_region_wide=True) for _ in range(9)] + [
        factories.finding_on(other, is_region_wide=True)
    ]
    organisation = factories.force.make()
    levels = [
        [cell.level for cell in row.cells]
        for row in theme_by_organisation(factories.only(*findings), [organisation]).rows
    ]
    assert levels == [[4, 0], [1, 0]]


def test_theme_by_kind_has_a_column_for_each_kind_that_occurs(south_west):
    matrix = summaries.theme_by_kind(summaries.findings_by_theme(listed(south_west)))
    assert [column.name for column in matrix.columns] == [
        "Weakness",
        "Strength",
        "Innovative practice",
    ]
    assert [cell.count for cell in matrix.rows[0].cells] == [4, 3, 1]


def test_only_organisations_have_columns_where_only_organisations_are_asked_for(
    south_west, organisations
):
    findings = listed(south_west)
    matrix = summaries.theme_by_organisation(
        summaries.findings_by_theme(findings), findings, organisations, region_wide=False
    )
    assert [column.short_name for column in matrix.columns] == [
        str(organisation) for organisation in organisations
    ]


def test_matrices_ask_the_database_nothing_that_was_read_before(django_assert_num_queries):
    region = factories.made_up_region(findings=60, organisations=4)
    with reading():
        for asked in (None, 0):
            with django_assert_num_queries(0) if asked == 0 else nullcontext():
                findings = FindingFilter.select(timezone.now(), inspection=region.inspection.slug)
                themes = summaries.findings_by_theme(findings)
                summaries.theme_by_organisation(themes, findings, region.organisations)
                summaries.theme_by_kind(themes)


def test_findings_by_kind_list_the_first_and_count_all(monkeypatch):
    monkeypatch.setattr("findings.summaries.themes.MOST_LISTED", 2)
    findings = [factories.finding_on(kind=FindingKind.AFI) for _ in range(3)]
    (row,) = summaries.findings_by_kind(listed(factories.only(*findings)), theme="made-up")
    assert (row.total, len(row.findings), row.url) == (3, 2, "/findings/?theme=made-up&kind=afi")
