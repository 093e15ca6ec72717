"""Which findings may repeat an earlier one."""

from datetime import date

import pytest

from findings import summaries
from findings.choices import FindingKind
from findings.models import Finding
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def force():
    return factories.force.make()


@pytest.fixture
def theme():
    return factories.theme.make()


def found(year, force, *themes, **fields):
    inspection = factories.inspection.make(published_on=date(year, 3, 1), region=force.region)
    finding = factories.finding_on(*themes, inspection=inspection, **fields)
    finding.organisations.add(force)
    return finding


def proposed(*findings):
    rows = summaries.repeat_candidates(factories.only(*findings))
    return [(row.finding, [one.finding for one in row.candidates]) for row in rows]


def test_an_earlier_finding_on_the_theme_about_the_same_force_is_proposed(force, theme):
    earlier, later = found(2019, force, theme), found(2024, force, theme)
    assert proposed(later, earlier) == [(later, [earlier])]


def test_only_the_nearest_inspection_that_has_any_is_looked_at(force, theme):
    first, second = found(2015, force, theme), found(2019, force, theme)
    other, last = found(2021, force, factories.theme.make()), found(2024, force, theme)
    assert proposed(first, second, other, last) == [(last, [second]), (second, [first])]


@pytest.mark.parametrize("kind", [FindingKind.STRENGTH, FindingKind.INNOVATIVE_PRACTICE])
def test_what_is_done_well_repeats_nothing(force, theme, kind):
    assert proposed(found(2019, force, theme), found(2024, force, theme, kind=kind)) == []


def test_another_force_another_theme_and_the_same_inspection_propose_nothing(force, theme):
    later = found(2024, force, theme)
    same = factories.finding_on(theme, inspection=later.inspection)
    same.organisations.add(force)
    elsewhere = found(2019, factories.force.make(), theme)
    other_theme = found(2019, force, factories.theme.make())
    assert proposed(later, same, elsewhere, other_theme) == []


def test_what_repeats_one_already_is_not_proposed_again(force, theme):
    earlier = found(2019, force, theme)
    later = found(2024, force, theme, repeats=earlier)
    assert proposed(earlier, later) == []


def test_the_strand_of_their_sections_is_something_in_common(force):
    strand = factories.strand.make()
    questions = [factories.question.make(strand=strand) for _ in range(2)]
    earlier = found(2019, force, section=questions[0])
    later = found(2024, force, section=questions[1])
    (row,) = summaries.repeat_candidates(factories.only(earlier, later))
    assert [one.shared for one in row.candidates] == [[strand.name]]


def test_those_with_most_in_common_come_first(force, theme):
    other = factories.theme.make()
    one, both = found(2019, force, theme), found(2019, force, theme, other)
    both.inspection, later = one.inspection, found(2024, force, theme, other)
    both.save()
    assert proposed(one, both, later) == [(later, [both, one])]


def test_the_number_of_queries_is_fixed(force, theme, django_assert_num_queries):
    for year in (2019, 2024):
        found(year, force, theme)
    with django_assert_num_queries(3):
        summaries.repeat_candidates(Finding.objects.all())
    for year in range(2011, 2019):
        found(year, force, theme)
    with django_assert_num_queries(3):
        summaries.repeat_candidates(Finding.objects.all())
