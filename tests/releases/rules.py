"""What a migration after 1.0.0 must not do while the version before it still serves."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations
from django.db.models import GeneratedField, ManyToManyField

OLD_READS_IT = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
NOT_TO_BE_SEEN_THROUGH = (
    migrations.AlterField,
    migrations.RunPython,
    migrations.RunSQL,
    migrations.AlterUniqueTogether,
)


def faults_of(migration):
    """What is wrong with a migration, an operation a sentence; one that says in `is_safe_because`
    why it neither breaks the version before nor keeps anybody waiting has no fault."""
    if getattr(migration, "is_safe_because", ""):
        return []
    operations = list(in_the_database(migration.operations))
    new = {one.name_lower for one in operations if isinstance(one, migrations.CreateModel)}
    return [
        f"{type(one).__name__}: {fault}"
        for one in operations
        if getattr(one, "model_name", "").lower() not in new and (fault := fault_of(one))
    ]


def in_the_database(operations):
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from in_the_database(operation.database_operations)
        else:
            yield operation


def fault_of(operation):
    """What is wrong with an operation on a table that the version before knows."""
    if isinstance(operation, OLD_READS_IT):
        return "the version before still reads it; stop using it now, remove it a release later."
    if isinstance(operation, NOT_TO_BE_SEEN_THROUGH):
        return "say in is_safe_because why nobody waits, and what the version before sees."
    if isinstance(operation, migrations.AddIndex) and not isinstance(
        operation, AddIndexConcurrently
    ):
        return "nobody can write meanwhile; use AddIndexConcurrently."
    if isinstance(operation, migrations.AddConstraint) and not isinstance(
        operation, AddConstraintNotValid
    ):
        return "all rows are read under a lock; use AddConstraintNotValid, then ValidateConstraint."
    if isinstance(operation, migrations.AddField):
        return fault_of_field(operation.field)
    return ""


def fault_of_field(field):
    if isinstance(field, GeneratedField):
        return "all rows are written anew under a lock; fill a column of its own instead."
    if field.null or field.has_db_default() or isinstance(field, ManyToManyField):
        return ""
    return "the version before writes no value; let it be null, or give a db_default."
