"""Migrations after 1.0.0 lock nothing for long, and let the version before go on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import F, Q

from .make import HERE, kept_migrations
from .rules import faults_of

OURS = ("config/", "lib/", "forces/", "inspections/", "findings/")
INDEX = models.Index(fields=["title"], name="title")


def constraint(name="longer"):
    return models.CheckConstraint(condition=~Q(title=""), name=name)


def faults(*operations, **attributes):
    made = type("Migration", (migrations.Migration,), {"operations": operations, **attributes})
    return [fault.partition(":")[0] for fault in faults_of(made("0002", "findings"))]


def test_no_later_migration_breaks_the_version_before_or_keeps_people_waiting():
    releases = [path.stem for path in HERE.glob("*.migrations")]
    first = set(kept_migrations(min(releases)))
    later = {
        f"{app}.{name}": faults_of(migration)
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if (path := path_of(migration)).startswith(OURS) and path not in first
    }
    assert {name: found for name, found in later.items() if found} == {}


def path_of(migration):
    return f"{type(migration).__module__.replace('.', '/')}.py"


def test_what_locks_or_breaks_is_named_and_what_does_not_is_not():
    text, nullable = models.TextField(), models.TextField(null=True)
    assert (
        faults(
            migrations.AddField("finding", "a", nullable),
            migrations.AddField("finding", "b", models.TextField(db_default="")),
            migrations.AddField("finding", "c", models.ManyToManyField("findings.Theme")),
            migrations.CreateModel("New", [("title", text)]),
            migrations.AddIndex("new", INDEX),
            migrations.RemoveIndex("finding", "old"),
            AddIndexConcurrently("finding", INDEX),
        )
        == []
    )
    upper = models.GeneratedField(expression=F("title"), output_field=text, db_persist=True)
    broken = (
        migrations.AddField("finding", "a", text),
        migrations.AddField("finding", "b", upper),
        migrations.AddIndex("finding", INDEX),
        migrations.AddConstraint("finding", constraint()),
        migrations.AlterField("finding", "title", text),
        migrations.RemoveField("finding", "title"),
        migrations.RenameField("finding", "title", "name"),
        migrations.DeleteModel("Finding"),
        migrations.RunSQL("SELECT 1"),
        migrations.SeparateDatabaseAndState([migrations.RunPython(print)]),
    )
    names = [type(operation).__name__ for operation in broken[:-1]] + ["RunPython"]
    assert faults(*broken) == names
    assert faults(*broken, is_safe_because="Nobody has it yet.") == []
