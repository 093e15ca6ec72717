"""What one programme's inspections found, and region pages that speak of one alone."""

import json
from datetime import date

import pytest
from django.utils import timezone

from findings import summaries
from findings.choices import FindingKind
from findings.models import Finding
from inspections.choices import Coverage
from inspections.models import Programme
from tests import factories
from tests.pages import elements
from tests.selections import listed

pytestmark = pytest.mark.django_db


@pytest.fixture
def force():
    return factories.force.make()


def found(force, programme, *themes, kind=FindingKind.WEAKNESS, **fields):
    inspection = factories.inspection.make(programme=programme, region=force.region, **fields)
    finding = factories.finding_on(*themes, inspection=inspection, kind=kind)
    finding.organisations.add(force)
    return finding


def test_findings_by_programme_are_counted_cycles_first_each_by_age(force):
    late = factories.programme.make(short_name="Late", first_year=2021)
    early = factories.programme.make(short_name="Early", first_year=2014)
    late.follows = early
    late.save()
    alone = factories.programme.make(short_name="Alone", first_year=2010)
    for programme in (alone, late, early, early):
        found(force, programme)
    found(force, early, kind=FindingKind.STRENGTH, findings_recorded=Coverage.WHOLE)
    rows = summaries.findings_by_programme(listed(force.findings.all()), organisation=force.slug)
    assert [(row.programme, row.counts.negative, row.counts.positive) for row in rows] == [
        (early, 2, 1),
        (late, 1, 0),
        (alone, 1, 0),
    ]
    assert rows[0].counts.url == f"/findings/?organisation={force.slug}&programme={early.slug}"
    assert rows[0].counts.is_partial


def test_findings_of_others_in_the_same_programme_do_not_count(force):
    programme = factories.programme.make()
    found(force, programme)
    found(factories.force.make(), programme)
    (row,) = summaries.findings_by_programme(listed(force.findings.all()))
    assert row.counts.total == 1


def test_a_theme_s_findings_stand_under_the_programme_that_made_them(force):
    theme, programmes = factories.theme.make(), [factories.programme.make() for _ in range(2)]
    found(force, programmes[0], theme)
    found(force, programmes[1], theme, kind=FindingKind.STRENGTH)
    findings = force.findings.all()
    findings = listed(findings)
    themes = summaries.findings_by_theme(findings)
    matrix = summaries.theme_by_programme(themes, findings, programmes)
    ((first, second),) = (row.cells for row in matrix.rows)
    assert [(one.improve.count, one.strengths.count) for one in (first, second)] == [(1, 0), (0, 1)]
    assert f"programme={programmes[0].slug}" in first.improve.url


def test_a_region_page_counts_the_headline_programme_alone(client, force):
    theme, headline = factories.theme.make(), Programme.objects.headline()
    found(force, headline, theme, findings_recorded=Coverage.WHOLE)
    found(force, factories.programme.make(), theme, theme, findings_recorded=Coverage.WHOLE)
    counts = [
        (link.attributes["href"], link.attributes["data-count"])
        for link in elements(client.get(force.region.get_absolute_url()), "a")
        if link.attributes.get("href", "").startswith("/findings/?")
        and "data-count" in link.attributes
    ]
    assert counts
    assert {count for _, count in counts} <= {"0", "1"}
    assert all(f"programme={headline.slug}" in href for href, _ in counts)


def test_findings_are_on_the_strand_of_their_section_or_the_only_one_of_their_programme(force):
    one, other = factories.strand.make(), factories.strand.make()
    only = factories.question.make(strand=one)
    mixed = factories.question.make(strand=one)
    factories.question.make(programme=mixed.programme, strand=other)
    whole = found(force, only.programme)
    section = found(force, mixed.programme)
    section.section = mixed
    section.save()
    unknown = found(force, mixed.programme)
    chosen = Finding.objects.filter(pk__in=[row.pk for row in (whole, section, unknown)])
    assert set(chosen.on_strand(one, timezone.now())) == {whole, section}
    assert set(chosen.on_strand(other, timezone.now())) == set()


@pytest.mark.parametrize("published_on", [date(2024, 3, 1), None])
def test_the_list_of_findings_can_be_asked_for_a_strand_and_a_programme(
    client, force, published_on
):
    question = factories.question.make(strand=factories.strand.make())
    finding = found(force, question.programme, published_on=published_on)
    for query in (f"strand={question.strand.slug}", f"programme={question.programme.slug}"):
        rows = json.loads(client.get(f"/findings/?format=json&{query}").getvalue())["rows"]
        assert [row["finding"] for row in rows] == [finding.full_reference]
