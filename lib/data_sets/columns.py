"""The columns of import files, as a data set reads them: what the one takes, the other holds."""

from collections.abc import Mapping

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, Func, Model, OuterRef, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate, Concat
from django.utils.text import capfirst

from ..imports import columns as imports
from ..imports.resources import SheetResource
from ..imports.widgets import (
    ChoiceWidget,
    DateWidget,
    IdentifierWidget,
    IntegerWidget,
    MomentWidget,
    RowWidget,
    SheetWidget,
    YesNoWidget,
)
from ..lists.columns import Column, Kind, partial_date
from .tables import where_public

Public = Mapping[type[Model], QuerySet]


class Moment(Func):
    """A moment in UTC, to the second, as ISO 8601 has it."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    output_field = TextField()


def column_of(
    column: imports.Column, resource: SheetResource, public: Public, prefix: str = ""
) -> Column:
    """A column of an import file; `prefix` is the path from the rows of a table to those it fills.

    `public` has the public rows of each model.
    """
    name, meaning = column.column_name, meaning_of(column)
    own = getattr(resource, f"expression_{name}", None)
    if own:
        return Column(name, own(), meaning, "text", is_list=True)
    if column.is_list:
        return Column(name, names_of_many(column), meaning, "code", is_list=True)
    path = prefix + column.attribute
    if isinstance(column.widget, RowWidget):
        return Column(name, name_of_row(column, path, public), meaning, "code")
    if isinstance(column.widget, MomentWidget):
        return Column(name, Moment(path), meaning, "moment")
    if column.precision:
        exact = partial_date(path, prefix + column.precision)
        return Column(name, exact, meaning, "partial_date")
    return Column(name, F(path), meaning, kind_of(column.widget), words=words_of(column.widget))


def kind_of(widget: SheetWidget) -> Kind:
    """What the values of a cell are."""
    match widget:
        case YesNoWidget():
            return "boolean"
        case IntegerWidget():
            return "integer"
        case DateWidget():
            return "date"
        case ChoiceWidget() | IdentifierWidget():
            return "code"
    return "text"


def words_of(widget: SheetWidget) -> dict[str, str] | None:
    """What a file says for each value of a closed list; None where any may stand."""
    if not isinstance(widget, ChoiceWidget):
        return None
    return {str(one.value): widget.render(one.value) for one in widget.choices if one.value != ""}


def name_of_row(column: imports.Column, path: str, public: Public) -> Combinable:
    """What names the row to which a path leads. Another row of the same table must be public."""
    widget, field = column.widget, column.field
    name: Combinable = F(f"{path}__{widget.by[0]}")
    if widget.within:
        name = within(f"{path}__{widget.within}__slug", f"{path}__{widget.by[0]}")
    if field.related_model is field.model:
        return where_public(public[field.model], path, name)
    return Case(When(**{f"{path}__isnull": False}, then=name)) if widget.within else name


def within(slug: str, name: str) -> Concat:
    """What names a row within another: "south-west/F1"."""
    return Concat(slug, Value("/"), name, output_field=TextField())


def names_of_many(column: imports.Column) -> ArraySubquery:
    """The names of the rows to which a row is linked, in their order."""
    field, each = column.field, column.widget.each
    links = field.remote_field.through._default_manager
    path = field.m2m_reverse_field_name()
    name: Combinable = F(f"{path}__{each.by[0]}")
    if each.within:
        name = within(f"{path}__{each.within}__slug", f"{path}__{each.by[0]}")
    rows = links.filter(**{field.m2m_field_name(): OuterRef("pk")})
    names = rows.annotate(name_of_many=name).values("name_of_many")
    # The order of plain C is the same in every database.
    return ArraySubquery(names.order_by(Collate("name_of_many", "C")))


def linked_column(name: str, column: imports.Column, meaning: str) -> Column:
    """The column of one row of such a list, in a table of the links."""
    field, each = column.field, column.widget.each
    path = field.m2m_reverse_field_name()
    if each.within:
        return Column(
            name,
            within(f"{path}__{each.within}__slug", f"{path}__{each.by[0]}"),
            meaning,
            "code",
        )
    return Column(name, F(f"{path}__{each.by[0]}"), meaning, "code")


def meaning_of(column: imports.Column) -> str:
    """What stands in a column, in a sentence."""
    if column.help:
        return column.help
    field = column.field
    return str(field.help_text) or f"{capfirst(str(field.verbose_name))}."


def is_required(column: imports.Column) -> bool:
    """Whether a row always has a value in a column."""
    field = column.field
    if field is None or field.many_to_many:
        return False
    return not field.null and not (field.blank and field.empty_strings_allowed)
