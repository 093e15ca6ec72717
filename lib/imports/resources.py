"""Kinds of import files: each is a resource of django-import-export that names its columns.

Of that library we use the declaration of columns with their widgets, the result of each row and the
rendering of cells. It reads and writes row by row and stops at an error, so reading, checking and
writing as a whole are ours (`reading`, `checking`, `writing`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from import_export.resources import ModelResource

from lib.sheets.cells import Row
from lib.sheets.values import PartialDate
from lib.sheets.writing import FileFormat, TemplateColumn, write_template

from .columns import Column
from .problems import Problem
from .records import KindTable, Record
from .runs import Run, in_any_case, rows_of
from .widgets import ManyWidget

if TYPE_CHECKING:
    from .reading import Reader

VERSION = "1"  # of the templates; goes up when a column changes its meaning


class EveryField:
    """What import-export shall not add by itself: only declared columns count."""

    def __contains__(self, name: str) -> bool:
        return True


def plain_key(value: Any) -> Any:  # noqa: ANN401
    """A value as keys are compared: rows by their key, text in any case."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, PartialDate):
        return value.on
    return value.casefold() if isinstance(value, str) else value


class SheetResource(ModelResource):
    """A kind of import file: the model it fills, its columns, and what makes two rows the same.

    One row is one fact and one source. A further row with the same key adds a source; its other
    cells are blank or equal.
    """

    kind = ""  # set by `kinds.register`
    after: tuple[str, ...] = ()
    # The names of the columns that together name a row.
    key: tuple[str, ...] = ()
    # The table of sources, and its field that leads to the fact.
    citation_model: type[models.Model] | None = None
    citation_fact = ""
    citation_key: tuple[str, ...] = ("source", "locator")
    # The column that says to what a row belongs: a row that belongs to the same and that the file
    # lacks is reported.
    within = ""
    # Whether rows are only ever added, so that an import of them cannot be undone.
    only_added = False
    # Left out of downloads: it is not a record of facts.
    is_downloaded = True
    # Of data sets: columns that they hold besides, worked out from others, which imports pass over;
    # columns that they lack, as they are the same for all public rows; and further keys of other
    # kinds, each as columns here, the kind, and columns there.
    derived: tuple[Any, ...] = ()
    not_in_data_sets: tuple[str, ...] = ()
    further_links: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    # The column by which rows of other kinds name one of these; empty where no single one does.
    name_column = ""

    class Meta:
        exclude = EveryField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name, column in self.fields.items():
            column.bind(name, self.citation_model if column.of_citation else self.model)

    @property
    def model(self) -> type[models.Model]:
        """The model whose rows it fills."""
        return self._meta.model

    @property
    def title(self) -> str:
        """Its kind in words."""
        return capfirst(self.kind.replace("_", " "))

    @cached_property
    def columns(self) -> list[Column]:
        """Its columns in their order in a file."""
        return list(self.fields.values())

    @cached_property
    def key_columns(self) -> list[Column]:
        """The columns that name a row."""
        return [self.fields[name] for name in self.key]

    @cached_property
    def fact_columns(self) -> list[Column]:
        """The columns of the fact that are not its key."""
        return [c for c in self.columns if c.column_name not in self.key and not c.of_citation]

    @cached_property
    def citation_columns(self) -> list[Column]:
        """The columns of the source."""
        return [column for column in self.columns if column.of_citation]

    # Reading

    def unfold(self, table: KindTable, run: Run) -> KindTable:
        """The table with one row a fact, where a file may have another form."""
        return table

    @classmethod
    def accepts(cls, heading: str) -> bool:
        """Whether a heading that names no column means something in another form of this kind."""
        return False

    @classmethod
    def recognises(cls, headings: list[str]) -> bool:
        """Whether these headings are those of another form of this kind."""
        return False

    def reads(self, column: Column, run: Run) -> bool:
        """Whether this run takes a column from a file."""
        return True

    def key_of(self, instance: models.Model) -> tuple[Any, ...]:
        """What names a stored row."""
        return tuple(
            plain_key(
                getattr(instance, column.field.attname)
                if column.field is not None
                else column.get_value(instance)
            )
            for column in self.key_columns
        )

    def public_rows(self, at: datetime) -> models.QuerySet:
        """The rows of this kind that the public may see at a moment."""
        return self.model._default_manager.published(at)

    def get_queryset(self) -> models.QuerySet:
        """The stored rows of this kind, without columns that are only searched."""
        return rows_of(self.model).order_by("pk")

    def stored_rows(self, rows: Iterable[dict[str, Any]], run: Run) -> Iterator[models.Model]:
        """The stored rows that these keys may name, and those that belong to the same rows."""
        column = self.key_columns[0]
        values = [row[column.column_name] for row in rows]
        if column.field.is_relation:
            found = {value.pk for value in values if value and value.pk > 0}
            wanted = Q(**{f"{column.attribute}__in": found})
            if None in values:
                wanted |= Q(**{f"{column.attribute}__isnull": True})
            queryset = self.get_queryset().filter(wanted)
        else:
            queryset = in_any_case(self.get_queryset(), column.attribute, values)
        if run.is_written:
            queryset = queryset.select_for_update(no_key=True, of=("self",))
        return queryset.iterator(chunk_size=2_000)

    def new_instance(self, values: dict[str, Any], run: Run) -> models.Model:
        """A row that is not stored, with its key."""
        instance = self.model()
        for column in self.key_columns:
            column.assign(instance, values[column.column_name])
        return instance

    def complete(self, record: Record, reader: "Reader") -> None:
        """Fill what no column says, and read what belongs to the fact besides; before checks."""

    def check(self, record: Record, run: Run) -> Iterator[tuple[str, str, str]]:
        """What else is wrong with a record: column, rule, and how to mend it."""
        return iter(())

    def needs_source(self, record: Record) -> bool:
        """Whether a fact must say where it was read."""
        return self.citation_model is not None

    # Writing

    def after_writing(self, records: list[Record], run: Run) -> None:
        """What else is written, once these records are."""

    # Templates and downloads

    @property
    def template_columns(self) -> list[TemplateColumn]:
        """Its columns as a template shows them."""
        return [
            TemplateColumn(
                column.column_name,
                column.help_text,
                column.example or None,
                column.required,
                column.widget.options(),
                several=column.widget.takes_several,
                kind=column.widget.sort,
            )
            for column in self.columns
        ]

    def template(self, file_format: FileFormat) -> bytes:
        """A file to fill in, with a filled example, help and drop-downs."""
        columns = self.template_columns
        return write_template(self.kind, VERSION, self.title, columns, file_format)

    def download_rows(self) -> Iterator[list[str]]:
        """Every stored row in the form of an import file: a line for each fact and source."""
        instances = list(self.download_queryset())
        citations = self.citations_of(instances) if self.citation_model else {}
        blank = [""] * len(self.columns)
        for instance in instances:
            cells = [
                "" if column.of_citation else self.cell_of(column, instance)
                for column in self.columns
            ]
            for index, citation in enumerate(citations.get(instance.pk) or [None]):
                line = list(cells if index == 0 else blank)
                for place, column in enumerate(self.columns):
                    if column.of_citation:
                        line[place] = column.export(citation) if citation else ""
                    elif column.column_name in self.key:
                        line[place] = cells[place]
                yield line

    def cell_of(self, column: Column, instance: models.Model) -> str:
        """A cell of a download; `dehydrate_…` says it where no field does, as in the library."""
        dehydrate = getattr(self, f"dehydrate_{column.column_name}", None)
        return dehydrate(instance) if dehydrate else column.export(instance)

    def download_queryset(self) -> models.QuerySet:
        """The stored rows in the order of a download, with what their cells name."""
        columns = [c for c in self.columns if not c.of_citation and c.field is not None]
        related = [c.attribute for c in columns if c.field.is_relation and not c.is_list]
        lists = [c.attribute for c in columns if c.is_list]
        # And the rows within which the names of those are unique.
        for column in columns:
            each = column.widget.each if isinstance(column.widget, ManyWidget) else column.widget
            if getattr(each, "within", ""):
                (lists if column.is_list else related).append(f"{column.attribute}__{each.within}")
        return self.get_queryset().select_related(*related).prefetch_related(*lists)

    def citations_of(self, instances: Iterable[models.Model]) -> dict[int, list[models.Model]]:
        """The sources of these rows, the preferred one first."""
        found: dict[int, list[models.Model]] = {}
        fact = self.citation_model._meta.get_field(self.citation_fact)
        keys = [instance.pk for instance in instances if instance.pk > 0]
        rows = self.citation_model._base_manager.filter(**{f"{self.citation_fact}__in": keys})
        for row in rows.select_related("source").order_by("pk"):
            found.setdefault(getattr(row, fact.attname), []).append(row)
        return found

    def problem(
        self, table: KindTable, row: Row, column: str, rule: str, mend: str = ""
    ) -> Problem:
        """A problem of a cell, or of the whole row where it has no such column."""
        index = table.columns.get(column, 0)
        cell = row.cell(index)
        value = str(cell.value) if cell.value is not None and column in table.columns else ""
        return Problem(table.file, cell.address, row.number, column, value[:80], rule, mend)
