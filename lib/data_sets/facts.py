"""The tables of facts: of each kind of import file its rows, where each was read, and its lists.

The files of the first two are import files: loaded into an empty site, they make the same pages.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Model

from ..imports.downloads import downloaded_kinds
from ..imports.resources import SheetResource
from ..imports.widgets import ManyWidget, RowWidget
from ..lists.columns import Column
from .columns import Public, column_of, is_required, linked_column
from .tables import IMPORT_FILES, LINKS, Link, Table, registered_tables

READ = "Where the rows of “{}” were read: a row for each of them and place in a source."
LINKED = "The column “{}” of “{}” as a table: a row for each value in its lists."


def all_tables(at: datetime) -> list[Table]:
    """All tables of a data set, as they are to be seen at a moment, each after what it names."""
    resources = [resource() for resource in downloaded_kinds()]
    public = {resource.model: resource.public_rows(at) for resource in resources}
    names = {resource.model: (resource.kind, name_column(resource)) for resource in resources}
    facts = [Facts(resource, public, names) for resource in resources]
    return [
        *(table for one in facts for table in one.import_files()),
        *(table for one in facts for table in one.links()),
        *registered_tables(at),
    ]


def name_column(resource: SheetResource) -> str:
    """The column by which others name a row; empty where there is none."""
    return resource.name_column or (resource.key[0] if len(resource.key) == 1 else "")


def first_sentence(text: str) -> str:
    """The first sentence of a text."""
    return f"{text.partition('.')[0]}."


class Facts:
    """The tables of one kind. `names` has the table and the column that name a row of a model."""

    def __init__(
        self,
        resource: SheetResource,
        public: Public,
        names: dict[type[Model], tuple[str, str]],
    ) -> None:
        self.resource, self.public, self.names = resource, public, names
        self.rows = public[resource.model]
        left_out = resource.not_in_data_sets
        self.columns = [
            column
            for column in resource.columns
            if not column.of_citation and column.column_name not in left_out
        ]

    def import_files(self) -> Iterator[Table]:
        """The facts, and where they were read."""
        resource = self.resource
        read = [column_of(column, resource, self.public) for column in self.columns]
        links = [link for column in self.columns if (link := self.link_of(column.column_name))]
        always = {c.column_name for c in self.columns if is_required(c)}
        yield Table(
            resource.kind,
            resource.title,
            first_sentence(type(resource).__doc__ or ""),
            self.rows,
            [*read, *resource.derived],
            resource.key,
            frozenset(always | self.derived_always),
            [*links, *(Link(*link) for link in resource.further_links)],
            folder=IMPORT_FILES,
        )
        if resource.citation_model:
            yield self.citations()

    @property
    def derived_always(self) -> set[str]:
        """The further columns that have a value in every row: those by which it is named."""
        linked = {name for names, *_ in self.resource.further_links for name in names}
        return {self.resource.name_column, *linked} - {""}

    def key_of(self, fact: str) -> list[Column]:
        """The columns that name a fact, in a table whose rows lead to it by a path."""
        columns = self.resource.key_columns
        return [column_of(one, self.resource, self.public, f"{fact}__") for one in columns]

    def key_always(self) -> set[str]:
        """Those that have a value in every row."""
        return {c.column_name for c in self.resource.key_columns if is_required(c)}

    def key_link(self) -> Link:
        return Link(self.resource.key, self.resource.kind, self.resource.key)

    def citations(self) -> Table:
        """Where facts were read."""
        resource, fact = self.resource, self.resource.citation_fact
        cited = resource.citation_columns
        rows = resource.citation_model._default_manager.filter(
            **{f"{fact}__in": self.rows.order_by().values("pk")}
        )
        always = {column.column_name for column in cited if is_required(column)}
        return Table(
            f"{resource.kind}_citations",
            f"{resource.title}: citations",
            READ.format(resource.title),
            rows.select_related(None),
            [*self.key_of(fact), *(column_of(one, resource, self.public) for one in cited)],
            (*resource.key, *resource.citation_key),
            frozenset(always | self.key_always()),
            [self.key_link(), Link(("source",), *self.target("source"))],
            (f"{fact}_id", "pk"),
            IMPORT_FILES,
        )

    def links(self) -> Iterator[Table]:
        """The lists of facts, a row for each value."""
        for column in self.columns:
            if not column.is_list:
                continue
            name, field = column.column_name, column.field
            fact, table = field.m2m_field_name(), self.names[field.related_model]
            links = field.remote_field.through._default_manager
            public = self.rows.order_by().values("pk")
            one = linked_column(table[1], column, f"One of its {name}.")
            yield Table(
                f"{self.resource.kind}_{name}",
                f"{self.resource.title}: {name}",
                LINKED.format(name, self.resource.title),
                links.filter(**{f"{fact}__in": public}),
                [*self.key_of(fact), one],
                (*self.resource.key, one.name),
                frozenset(self.key_always() | {one.name}),
                [self.key_link(), Link((one.name,), *self.to(table))],
                (f"{fact}_id", f"{field.m2m_reverse_field_name()}_id"),
                LINKS,
            )

    def link_of(self, name: str) -> Link | None:
        """The link of a column that names one row of another kind by a single column."""
        column = self.resource.fields[name]
        if column.is_list or isinstance(column.widget, ManyWidget):
            return None
        if not isinstance(column.widget, RowWidget) or not column.field.is_relation:
            return None
        table, named_by = self.names.get(column.field.related_model, ("", ""))
        return Link((name,), table, (named_by,)) if named_by else None

    def target(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The table and the column that a column names a row by."""
        return self.to(self.names[self.resource.fields[name].field.related_model])

    def to(self, named: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
        table, by = named
        return table, (by,)
