"""Reading: the rows of sheets become records, and every cell that cannot be taken a problem."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from lib.sheets.cells import Row

from .cells import WRONG, CellReader
from .columns import Column
from .records import CellChange, KindTable, Part, Record
from .resources import SheetResource, plain_key
from .runs import Run


class Reader(CellReader):
    """Reads the tables of one kind; `records` are what they make."""

    def __init__(self, resource: SheetResource, tables: list[KindTable], run: Run) -> None:
        # A table of nothing but sources comes after those of the facts that they are of.
        facts = {column.column_name for column in resource.fact_columns}
        tables = sorted(tables, key=lambda table: facts.isdisjoint(table.columns))
        super().__init__(resource, tables, run)
        self.records: list[Record] = []
        self.wrong: list[Record] = []  # whose key cannot be taken

    def read(self) -> None:
        """Read all tables: keys first, so that rows may name one another, then the other cells."""
        for table in self.tables:
            self.prepare(table)
        keyed = [found for table in self.tables for found in self.read_keys(table)]
        stored = (
            {
                self.resource.key_of(instance): instance
                for instance in self.resource.stored_rows(
                    [values for *_, values in keyed], self.run
                )
            }
            if keyed
            else {}
        )
        by_key: dict[tuple[Any, ...], Record] = {}
        again: list[tuple[Record, KindTable, Row]] = []
        for table, row, values in keyed:
            key = tuple(plain_key(values[name]) for name in self.resource.key)
            if key in by_key:
                again.append((by_key[key], table, row))
                continue
            by_key[key] = self.start(table, row, values, stored.get(key))
        self.stored_sources = (
            self.resource.citations_of(record.instance for record in self.records)
            if self.resource.citation_model
            else {}
        )
        self.stored_links = {
            column.column_name: self.links_of(column)
            for column in self.resource.fact_columns
            if column.is_list
        }
        for record in self.records:
            self.read_fact(record)
            self.read_source(record, record.table, record.row)
        for record, table, row in again:
            self.read_again(record, table, row)
        self.miss_columns()
        for record in self.records:
            self.finish(record)

    def miss_columns(self) -> None:
        """Say once of a table which columns its new rows need and it lacks."""
        for table in self.tables:
            new = [r for r in self.records if r.table is table and r.original is None]
            for column in self.resource.fact_columns if new else ():
                if column.required and column.column_name not in table.columns:
                    rule = f"New rows need the column “{column.column_name}”, which is missing."
                    self.refuse(table, new[0].row, column.column_name, rule)
                    for record in new:
                        record.problems.append(self.problems[-1])

    def read_keys(self, table: KindTable) -> Iterator[tuple[KindTable, Row, dict[str, Any]]]:
        """Each row with the values of its key; rows whose key is wrong are kept apart."""
        for row in table.rows:
            record = Record(table, row, {})
            for column in self.resource.key_columns:
                value = self.read_cell(table, row, column, record.values, record)
                record.values[column.column_name] = value
            if record.wrong_columns:
                self.read_wrong(record)
            else:
                yield table, row, record.values

    def read_wrong(self, record: Record) -> None:
        """Look at the other cells of a row whose key cannot be taken, for what else is wrong."""
        record.values = {
            name: None if value is WRONG else value for name, value in record.values.items()
        }
        for column in self.resource.fact_columns + self.resource.citation_columns:
            if not column.widget.depends_on_row and self.is_filled(
                record.table, record.row, column
            ):
                self.read_cell(record.table, record.row, column, record.values, record)
        record.set_import_type()
        record.label = f"row {record.row.number}"
        self.wrong.append(record)

    def start(
        self, table: KindTable, row: Row, values: dict[str, Any], stored: models.Model | None
    ) -> Record:
        """The record of a key, which the first row that has it begins."""
        record = Record(table, row, values)
        record.original = stored
        record.instance = stored or self.resource.new_instance(values, self.run)
        if stored is None:
            self.run.create(record.instance)
        record.label = self.label_of(values)
        self.records.append(record)
        return record

    def label_of(self, values: dict[str, Any]) -> str:
        """A record's key in words."""
        texts = (
            column.widget.render(values[column.column_name]) for column in self.resource.key_columns
        )
        return " / ".join(filter(None, texts))

    def label(self, instance: models.Model) -> str:
        """A stored row's key in words."""
        return self.label_of(
            {column.column_name: column.get_value(instance) for column in self.resource.key_columns}
        )

    # The fact

    def read_fact(self, record: Record) -> None:
        """Read the cells of a fact into its row, and say what changes."""
        table, row, instance = record.table, record.row, record.instance
        for column in self.resource.fact_columns:
            if column.column_name not in table.columns:
                if column.required and record.original is None:
                    record.wrong_columns.add(column.column_name)  # said once, of the heading
                continue
            if not self.resource.reads(column, self.run):
                continue
            value = self.read_cell(table, row, column, record.values, record)
            record.values[column.column_name] = None if value is WRONG else value
            if value is WRONG or column.field is None:
                continue
            if column.is_list:
                self.read_links(record, column, value)
            elif record.original is None:
                column.assign(instance, value)
            elif not column.is_same(instance, value):
                old = column.widget.render(self.stored_value(column, instance))
                new = column.widget.render(value)
                record.changes.append(CellChange(column.column_name, old, new))
                record.changed_fields |= set(column.attributes)
                column.assign(instance, value)

    def stored_value(self, column: Column, instance: models.Model) -> Any:  # noqa: ANN401
        """The value that a stored row has in a column; a row that it refers to is read once."""
        if column.field.is_relation:
            pk = getattr(instance, column.field.attname)
            return pk and self.related(column, pk)
        return column.get_value(instance)

    def related(self, column: Column, pk: int) -> models.Model:
        """A row that stored rows refer to in a column, read once."""
        model = column.field.related_model
        key = model, pk
        if key not in self.run.cache:
            self.run.cache[key] = model._base_manager.get(pk=pk)
        return self.run.cache[key]

    def links_of(self, column: Column) -> dict[int, dict[int, int]]:
        """By row, the rows that a many-to-many field links it to, each with the link's key."""
        field, found = column.field, {}
        through = field.remote_field.through
        keys = [record.instance.pk for record in self.records if record.original is not None]
        links = through._base_manager.filter(**{f"{field.m2m_field_name()}__in": keys})
        ends = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id", "pk"
        for start, end, link in links.order_by("pk").values_list(*ends):
            found.setdefault(start, {})[end] = link
        return found

    def read_links(self, record: Record, column: Column, rows: list[models.Model]) -> None:
        """Which links a cell adds and takes away."""
        stored = self.stored_links[column.column_name].get(record.instance.pk, {})
        wanted = {row.pk for row in rows}
        added = [row for row in rows if row.pk not in stored]
        removed = [pk for pk in stored if pk not in wanted]
        record.added_links[column.column_name] = added
        record.removed_links[column.column_name] = [stored[pk] for pk in removed]
        if record.original is not None and (added or removed):
            old = column.widget.render([self.related(column, pk) for pk in stored])
            change = CellChange(column.column_name, old, column.widget.render(rows))
            record.changes.append(change)

    def read_again(self, record: Record, table: KindTable, row: Row) -> None:
        """Read a further row of a fact: a further source, and no other word on the fact."""
        first = f"row {record.row.number}"
        if record.table is not table:
            first += f" of {record.table.file} {record.table.sheet}".rstrip()
        if not self.resource.citation_model:
            self.refuse(
                table,
                row,
                self.resource.key[0],
                f"This row and {first} are about the same.",
                "Keep one of them.",
                record,
            )
            return
        for column in self.resource.fact_columns:
            if not self.is_filled(table, row, column) or not self.resource.reads(column, self.run):
                continue
            value = self.read_cell(table, row, column, record.values, record)
            if value is not WRONG and column.column_name in record.wrong_columns:
                continue
            if value is not WRONG and not is_equal(value, record.values.get(column.column_name)):
                shown = column.widget.render(record.values.get(column.column_name)) or "nothing"
                self.refuse(
                    table,
                    row,
                    column.column_name,
                    f"Row {row.number} and {first}, which says “{shown}”, are about the same.",
                    "In a further row for a further source, leave this cell blank or equal.",
                    record,
                )
        self.read_source(record, table, row)

    # Its source

    def read_source(self, record: Record, table: KindTable, row: Row) -> None:
        """Read where a fact was read, as a citation that is new, changed or there already."""
        resource, columns = self.resource, self.resource.citation_columns
        if not columns or not any(self.is_filled(table, row, column) for column in columns):
            return
        source_column = resource.fields[resource.citation_key[0]]
        if not self.is_filled(table, row, source_column):
            self.refuse(
                table, row, source_column.column_name, "This row names no source.", "", record
            )
            return
        values: dict[str, Any] = {}
        for column in columns:
            if column.column_name in table.columns:
                values[column.column_name] = self.read_cell(table, row, column, values, record)
        if any(value is WRONG for value in values.values()):
            return
        place = tuple(plain_key(values.get(name) or "") for name in resource.citation_key)
        if place in record.places:
            self.refuse(
                table,
                row,
                source_column.column_name,
                f"Row {record.places[place].number} cites the same place for the same.",
                "Keep one of them.",
                record,
            )
            return
        record.places[place] = row
        stored = next(
            (
                citation
                for citation in self.stored_sources.get(record.instance.pk, ())
                if self.place_of(citation) == place
            ),
            None,
        )
        citation = stored or resource.citation_model(**{resource.citation_fact: record.instance})
        part = Part(citation, row, table, stored is None)
        for column in columns:
            if column.column_name in values and not column.is_same(
                citation, values[column.column_name]
            ):
                value = values[column.column_name]
                if stored is not None:
                    old = column.widget.render(column.get_value(citation))
                    new = column.widget.render(value)
                    record.changes.append(CellChange(column.column_name, old, new))
                column.assign(citation, value)
                part.changed |= set(column.attributes)
        if part.is_new or part.changed:
            record.parts.append(part)
        if part.is_new and record.original is not None:
            words = [column.widget.render(values.get(column.column_name)) for column in columns]
            record.changes.append(CellChange("source", "", ", ".join(filter(None, words))))

    def place_of(self, citation: models.Model) -> tuple[Any, ...]:
        """Which place in which source a stored citation names."""
        columns = [self.resource.fields[name] for name in self.resource.citation_key]
        return tuple(plain_key(getattr(citation, c.field.attname) or "") for c in columns)

    def finish(self, record: Record) -> None:
        """Ask the resource what else it fills, and whether a source is missing."""
        self.resource.complete(record, self)
        self.run.name(record.instance)
        if (
            not record.places
            and not record.problems
            and not self.stored_sources.get(record.instance.pk)
            and self.resource.needs_source(record)
        ):
            self.refuse(
                record.table,
                record.row,
                self.resource.citation_key[0],
                "This row does not say where it was read.",
                "Name a source.",
                record,
            )


def is_equal(one: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two cells say the same, lists in any order."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(value in other for value in one)
    return one == other
