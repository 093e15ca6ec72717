"""Writing: what checked records create and change goes to the database in bulk."""

from collections import defaultdict
from collections.abc import Callable

from django.db import DatabaseError, connection, models, transaction

from lib.audit.conflicts import is_deadlock

from .reading import Reader
from .records import Record

BATCH = 500
NOT_ALLOWED = "The database does not allow this row: %s."


def waits(row: models.Model) -> bool:
    """Whether a row refers to one of its own table that is not written yet."""
    return any(
        field.is_relation
        and field.related_model is type(row)
        and (getattr(row, field.attname) or 0) < 0
        and field.get_cached_value(row).pk < 0
        for field in row._meta.concrete_fields
    )


def relink(row: models.Model) -> None:
    """Let a row refer to the keys that its new relatives have now."""
    for field in row._meta.concrete_fields:
        if field.is_relation and (getattr(row, field.attname) or 0) < 0:
            setattr(row, field.name, field.get_cached_value(row))


class Writer:
    """Writes the records of one kind."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.resource = reader.resource
        self.records = reader.records

    def write(self) -> None:
        """Create and change rows, then their links, then what belongs to them."""
        self.create_in_turn([record for record in self.records if record.original is None])
        if self.reader.problems:
            return
        for record in self.records:
            relink(record.instance)
        self.change(
            [
                (record, record.instance, record.changed_fields)
                for record in self.records
                if record.original is not None and record.changed_fields
            ]
        )
        for column in self.resource.fact_columns:
            if column.is_list:
                self.link(column.field, column.column_name)
        parts = [(record, part) for record in self.records for part in record.parts]
        added = [(record, part.instance) for record, part in parts if part.is_new]
        for _, part in parts:
            relink(part.instance)
        by_model = defaultdict(list)
        for record, instance in added:
            by_model[type(instance)].append((record, instance))
        for model, rows in by_model.items():
            self.create(model, rows)
        self.change(
            [(record, part.instance, part.changed) for record, part in parts if not part.is_new]
        )
        self.resource.after_writing(self.records, self.reader.run)

    def create_in_turn(self, records: list[Record]) -> None:
        """Insert facts, those first to which others of the same table refer."""
        while records and not self.reader.problems:
            ready = [record for record in records if not waits(record.instance)]
            if not ready:
                for record in records:
                    self.refuse(record, "These rows refer to one another in a circle.")
                return
            later = {id(record) for record in records} - {id(record) for record in ready}
            for record in ready:
                relink(record.instance)
                record.instance.pk = None  # the database gives it
            self.create(self.resource.model, [(record, record.instance) for record in ready])
            records = [record for record in records if id(record) in later]

    def create(self, model: type[models.Model], rows: list[tuple[Record, models.Model]]) -> None:
        """Insert rows, each a part of its record."""
        self.in_batches(rows, lambda some: model._base_manager.bulk_create([r for _, r in some]))

    def change(self, rows: list[tuple[Record, models.Model, set[str]]]) -> None:
        """Update rows, those with the same changed fields together."""
        alike = defaultdict(list)
        for record, instance, fields in rows:
            alike[type(instance), tuple(sorted(fields))].append((record, instance))
        for (model, fields), found in alike.items():
            self.in_batches(
                found,
                lambda some, model=model, fields=fields: model._base_manager.bulk_update(
                    [row for _, row in some], fields
                ),
            )

    def link(self, field: models.ManyToManyField, name: str) -> None:
        """Write the links of a many-to-many field."""
        through = field.remote_field.through
        start, end = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        removed = [pk for record in self.records for pk in record.removed_links.get(name, ())]
        if removed:
            through._base_manager.filter(pk__in=removed).delete()
        links = [
            (record, through(**{start: record.instance.pk, end: row.pk}))
            for record in self.records
            for row in record.added_links.get(name, ())
        ]
        self.create(through, links)

    def in_batches(
        self,
        rows: list[tuple[Record, models.Model]],
        write: Callable[[list[tuple[Record, models.Model]]], object],
    ) -> None:
        """Write rows in batches; where the database refuses one, find out which row it is."""
        for first in range(0, len(rows), BATCH):
            some = rows[first : first + BATCH]
            try:
                with transaction.atomic():
                    write(some)
            except DatabaseError as error:
                if is_deadlock(error):
                    raise
                self.find_refused(some, write)

    def find_refused(
        self,
        rows: list[tuple[Record, models.Model]],
        write: Callable[[list[tuple[Record, models.Model]]], object],
    ) -> None:
        """Write rows one by one, and keep a problem of each that the database refuses."""
        for record, row in rows:
            try:
                with transaction.atomic():
                    write([(record, row)])
            except DatabaseError as error:
                if is_deadlock(error):
                    raise
                self.refuse(record, sentence_of(type(row), error))

    def refuse(self, record: Record, sentence: str) -> None:
        """Keep a problem of a record at its key."""
        self.reader.refuse(record.table, record.row, self.resource.key[0], sentence, "", record)


def sentence_of(model: type[models.Model], error: DatabaseError) -> str:
    """The sentence of the constraint that a row broke in the database."""
    broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return next(
        (
            str(constraint.get_violation_error_message())
            for constraint in model._meta.constraints
            if constraint.name == broken
        ),
        NOT_ALLOWED % (broken or str(error).partition("\n")[0]),
    )


def constraints_now() -> None:
    """Have the database check at once what it would check at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
