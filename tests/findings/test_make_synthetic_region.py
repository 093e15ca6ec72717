from datetime import date
from io import StringIO

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from findings.choices import ActionStatus, ClosureStatus, FindingKind, Stance
from findings.management.synthetic.regions import make_synthetic_region
from findings.management.synthetic.sizes import SIZES, Size
from findings.models import Action, Confirmation, Evidence, Finding, ProgressUpdate, Response, Theme
from forces.models import Organisation, Region
from inspections.choices import Grade
from inspections.dates import midnight
from inspections.models import Inspection, Question
from lib.audit.models import Change
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("organisations", "findings", "plans"), [(1, 0, 0), (200, 70, 4)])
def test_a_region_is_made_up_at_any_size(organisations, findings, plans):
    made = factories.made_up_region(organisations=organisations, findings=findings, plans=plans)
    assert made.region.is_synthetic
    assert set(made.region.organisations.all()) == set(made.organisations)
    assert (len(made.organisations), made.region.organisations.units().count()) == (
        organisations,
        1,
    )
    assert (
        made.inspection.gradings.count()
        == made.inspection.fieldwork.count()
        == len(made.gradings)
        == organisations
    )
    assert made.inspection.findings.count() == len(made.findings) == findings
    assert made.inspection.plans.count() == len(made.plans) == plans
    assert Action.objects.filter(plan__in=made.plans).count() == len(made.actions)


def test_a_made_up_region_lacks_nothing_that_a_page_may_show():
    made = factories.made_up_region(organisations=12, findings=60, plans=4)
    assert {grading.grade for grading in made.gradings} == {*Grade, None}
    assert {finding.kind for finding in made.findings} == set(FindingKind)
    assert {row.stance for row in Response.objects.filter(inspection=made.inspection)} == set(
        Stance
    )
    assert 0 < made.inspection.responses.count() < 12
    assert {action.status for action in made.actions} == set(ActionStatus) - {
        ActionStatus.ANNOUNCED,
        ActionStatus.SUPERSEDED,
    }
    assert Confirmation.objects.filter(
        finding__in=made.findings, closure_status=ClosureStatus.CLOSED
    ).exists()
    assert {row.is_public for row in Evidence.objects.filter(action__in=made.actions)} == {
        True,
        False,
    }
    for queryset in ("undated", "unowned", "unconfirmed"):
        assert getattr(Action.objects.filter(plan__in=made.plans), queryset)().exists()
    assert Action.objects.filter(plan__in=made.plans).overdue(date(2026, 1, 1)).exists()
    assert Action.objects.filter(plan__in=made.plans).exclude(due_moved_because="").exists()
    assert not made.inspection.findings.filter(themes=None).exists()
    assert {row.is_region_wide for row in made.findings} == {True, False}


def count_rows(models):
    return sum(model._base_manager.count() for model in models)


@pytest.mark.slow
def test_a_region_of_many_inspections_breaks_no_rule_and_each_of_its_rows_is_in_the_audit():
    models = apps.get_models(include_auto_created=True)
    last, rows = Change.objects.aggregate(last=Max("pk"))["last"], count_rows(models)
    made = make_synthetic_region(
        "Northmarch", 4, 18, 2, factories.PUBLISHED_ON, factories.PUBLIC_AT, 3, actions=24
    )
    connection.check_constraints()
    changes = Change.objects.filter(pk__gt=last, operation="INSERT")
    assert count_rows(models) - rows == changes.count() * 2  # each row, and its change
    audited = set(changes.values_list("table", flat=True))
    for model in [model for model in models if model._meta.db_table in audited]:
        new = changes.filter(table=model._meta.db_table).values("row")
        for row in model._default_manager.filter(pk__in=new):
            row.full_clean()
    inspections = made.region.inspections.newest_first()
    assert [row.findings.count() for row in inspections] == [6, 6, 6]
    assert [row.plans.count() for row in inspections] == [2, 2, 2]
    assert inspections[0] == made.inspection
    assert max(row.public_at for row in inspections[1:]) < midnight(factories.PUBLISHED_ON)
    for fact in (*made.findings, *made.actions, made.inspection):
        assert fact.citations.exists()
    assert len(made.actions) == Action.objects.in_region(made.region).count() == 24
    assert all(
        finding.inspection_id == action.plan.inspection_id
        for action in Action.objects.in_region(made.region).for_display()
        for finding in action.findings.all()
    )


def real_rows():
    """All that is not made up, as text."""
    rows = [
        *Region.objects.filter(is_synthetic=False),
        *Organisation.objects.filter(region__is_synthetic=False),
        *Inspection.objects.filter(region__is_synthetic=False),
        *Question.objects.all(),
        *Theme.objects.all(),
        *Finding.objects.filter(inspection__region__is_synthetic=False),
        *Action.objects.filter(plan__inspection__region__is_synthetic=False),
        *ProgressUpdate.objects.filter(action__plan__inspection__region__is_synthetic=False),
    ]
    return serializers.serialize("json", rows)


def test_making_up_touches_nothing_real():
    before = real_rows()
    factories.made_up_region()
    assert real_rows() == before


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("south west", "There is a real region called South West already."),
        ("Tarian", "There is a force or unit called Tarian already"),
        ("dorset", "There is a force or unit called dorset already: Dorset Police."),
        ("!", "A name needs letters."),
    ],
)
def test_the_command_leaves_real_names_alone(name, refusal):
    with pytest.raises(CommandError, match=refusal):
        call_command("make_synthetic_region", name)
    assert not Region.objects.filter(is_synthetic=True).exists()


@pytest.mark.parametrize("option", ["--organisations=0", "--findings=-1", "--plans=-1"])
def test_the_command_refuses_impossible_sizes(option):
    with pytest.raises(CommandError, match="one force or more"):
        call_command("make_synthetic_region", "Northmarch", option)


def test_the_command_makes_up_a_region_once(capsys):
    call_command(
        "make_synthetic_region", "Northmarch", "--organisations=3", "--findings=7", "--plans=2"
    )
    assert (
        "Made up Northmarch: 3 forces and units, 7 findings, 2 plans with 4 actions"
        in capsys.readouterr().out
    )
    assert (
        Finding.objects.published(timezone.now())
        .filter(reference__startswith="made-up-northmarch-")
        .count()
        == 7
    )
    with pytest.raises(CommandError, match="There is a made-up region called Northmarch already"):
        call_command("make_synthetic_region", "NORTHMARCH")


def test_the_command_says_of_what_there_is_one_that_it_is_one(capsys):
    call_command(
        "make_synthetic_region", "Northmarch", "--organisations=1", "--findings=1", "--plans=1"
    )
    said = capsys.readouterr().out
    assert "Made up Northmarch: 1 force or unit, 1 finding, 1 plan with " in said


def test_the_command_makes_up_a_size_of_several_regions_and_shows_how_far_it_is(
    monkeypatch, capsys
):
    monkeypatch.setitem(SIZES, "nation", Size(3, 2, 2, 10, 1, 4))
    terminal = StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", terminal)
    call_command("make_synthetic_region", "Northmarch", size="nation", at_once=1)
    regions = Region.objects.filter(is_synthetic=True)
    assert {region.name for region in regions} == {"Northmarch", "Northmarch 2", "Northmarch 3"}
    words = "3 regions, 6 forces and units, 6 inspections, 30 findings, 6 plans and 12 actions"
    assert capsys.readouterr().out == f"Made up {words}, from /regions/made-up-northmarch/\n"
    found = Finding.objects.synthetic()
    actions = Action.objects.filter(plan__inspection__in=Inspection.objects.synthetic())
    assert (found.count(), actions.count()) == (30, 12)
    assert len({row.summary.rpartition(": ")[2] for row in found}) > 20
    bars = terminal.getvalue().split("\r")
    assert bars[1].startswith("░" * 30 + " 0 of 30 findings")
    assert bars[-1].startswith("█" * 30 + " 30 of 30 findings")
    with pytest.raises(CommandError, match="There is a made-up region called Northmarch 2 alr"):
        call_command("make_synthetic_region", "Northmarch 2")


def test_the_command_makes_up_an_inspection_under_embargo():
    call_command("make_synthetic_region", "Northmarch", "--embargoed")
    now = timezone.now()
    for model, slug in (
        (Inspection, "slug"),
        (Finding, "inspection__slug"),
        (Action, "plan__slug"),
    ):
        made_up = {f"{slug}__contains": "made-up"}
        assert model.objects.filter(**made_up).exists()
        assert not model.objects.published(now).filter(**made_up).exists()


def test_a_region_can_be_made_up_where_there_are_no_themes_and_no_questions():
    Question.objects.update(is_headline=False)
    Finding.themes.through.objects.all().delete()
    Theme.objects.all().delete()
    made = factories.made_up_region()
    assert made.inspection.programme.slug == "made-up"
    assert all(theme.slug.startswith("made-up-theme-") for theme in Theme.objects.all())
    assert not made.inspection.findings.filter(themes=None).exists()
