"""Checking: what a model says of its rows is told of every record before anything is written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models.functions import Lower

from .conditions import NotKnown, holds, names_in, unique_names, value_of
from .reading import Reader
from .records import Part, Record
from .resources import SheetResource
from .runs import Run


class Checker:
    """Checks the records of one kind as its model would, without asking the database for each."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.resource: SheetResource = reader.resource
        self.run: Run = reader.run
        self.columns: dict[str, str] = {}
        for column in self.resource.columns:
            if not column.of_citation:
                for attribute in column.attributes:
                    self.columns.setdefault(attribute, column.column_name)
        self.citation_columns = {
            attribute: column.column_name
            for column in self.resource.citation_columns
            for attribute in column.attributes
        }

    def check(self) -> None:
        """Check what will be created or changed; then say of each record what becomes of it."""
        touched = []
        for record in self.reader.records:
            record.set_import_type()
            if record.original is None or record.changed_fields:
                touched.append(record)
        self.check_fields(touched)
        self.check_constraints(touched)
        self.check_unique(touched)
        for record in touched:
            if not record.problems:
                self.check_whole(record)
        self.check_parts()
        for record in self.reader.records:
            record.set_import_type()

    def refuse(
        self, record: Record, attribute: str, sentence: str, part: Part | None = None
    ) -> None:
        """Keep a problem of a field at its column, or else at the first column of the key."""
        names = self.citation_columns if part else self.columns
        column = names.get(attribute, self.resource.key[0])
        table, row = (part.table, part.row) if part else (record.table, record.row)
        mend = self.resource.fields[column].widget.mend if attribute in names else ""
        self.reader.refuse(table, row, column, sentence, mend, record)

    def tell(self, record: Record, error: ValidationError, part: Part | None = None) -> None:
        """Keep each sentence of a validation error."""
        by_field = (
            error.message_dict
            if hasattr(error, "error_dict")
            else {NON_FIELD_ERRORS: error.messages}
        )
        for attribute, sentences in by_field.items():
            for sentence in sentences:
                self.refuse(record, attribute, sentence, part)

    def wrong_fields(self, record: Record) -> set[str]:
        """The fields whose cells were refused already."""
        return {
            attribute
            for name in record.wrong_columns
            for attribute in (
                self.resource.fields[name].attributes if name in self.resource.fields else ()
            )
        }

    # Fields

    def check_fields(self, records: list[Record]) -> None:
        """Length, form and choices of each field, as `clean_fields` says."""
        left_out = unchecked_fields(self.resource.model)
        for record in records:
            wrong = self.wrong_fields(record) if record.wrong_columns else set()
            try:
                record.instance.clean_fields(exclude=left_out | wrong)
            except ValidationError as error:
                self.tell(record, error)

    def check_whole(self, record: Record) -> None:
        """What the model's `clean` says, and the resource."""
        try:
            record.instance.clean()
        except ValidationError as error:
            self.tell(record, error)
        except ObjectDoesNotExist:
            return  # it refers to a row of this import that lacks something, which is said there
        for column, rule, mend in self.resource.check(record, self.run):
            self.reader.refuse(record.table, record.row, column, rule, mend, record)

    def check_parts(self) -> None:
        """The same for what is written with the facts, such as the citations of sources."""
        for record in self.reader.records:
            for part in record.parts:
                try:
                    part.instance.clean_fields(exclude=unchecked_fields(type(part.instance)))
                    for constraint in checks_of(type(part.instance)):
                        if not passes(constraint, part.instance):
                            raise ValidationError(sentence_of(constraint))
                except ValidationError as error:
                    self.tell(record, error, part)

    # Constraints

    def check_constraints(self, records: list[Record]) -> None:
        """Each check constraint, for the records whose cells are read."""
        for constraint in checks_of(self.resource.model):
            names = names_in(constraint.condition)
            known = [name for name in self.columns if name in names]
            for record in records:
                if record.wrong_columns and names & self.wrong_fields(record):
                    continue
                if not passes(constraint, record.instance):
                    self.refuse(record, (known or [""])[-1], sentence_of(constraint))

    def check_unique(self, records: list[Record]) -> None:
        """What must be unique: among the records, and beside the rows that are stored."""
        model = self.resource.model
        for names, condition, sentence, distinct_nulls in uniques_of(model):
            if {self.columns.get(name) for name, _ in names} == set(self.resource.key):
                continue  # records are told apart by it
            mine: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
            for record in records:
                if record.wrong_columns and {name for name, _ in names} & self.wrong_fields(record):
                    continue
                if condition is not None and holds(condition, record.instance) is not True:
                    continue
                values = tuple(
                    folded(value_of(record.instance, name), case) for name, case in names
                )
                if distinct_nulls and None in values:
                    continue
                mine[values].append(record)
            if not mine:
                continue
            others = set(self.stored_values(model, names, condition, mine))
            for values, found in mine.items():
                for record in found if values in others else found[1:]:
                    beside = "" if values in others else f" Row {found[0].row.number} has the same."
                    self.refuse(record, names[-1][0], sentence + beside)

    def stored_values(
        self,
        model: type[models.Model],
        names: list[tuple[str, bool]],
        condition: models.Q | None,
        wanted: Iterable[tuple[Any, ...]],
    ) -> Iterator[tuple[Any, ...]]:
        """The values of stored rows, other than those of the records, that some record has too."""
        first, passes_over_case = names[0]
        rows = model._base_manager.all()
        if condition is not None:
            rows = rows.filter(condition)
        firsts = {values[0] for values in wanted}
        if passes_over_case:
            rows = rows.annotate(unique_value=Lower(first)).filter(unique_value__in=firsts)
        elif None not in firsts:
            rows = rows.filter(**{f"{first}__in": firsts})
        ours = {record.original.pk for record in self.reader.records if record.original is not None}
        for pk, *values in rows.order_by().values_list("pk", *(name for name, _ in names)):
            if pk not in ours:
                yield tuple(
                    folded(value, case) for value, (_, case) in zip(values, names, strict=True)
                )


def folded(value: Any, case: bool) -> Any:  # noqa: ANN401
    """A value as a unique index compares it."""
    return value.lower() if case and isinstance(value, str) else value


def unchecked_fields(model: type[models.Model]) -> set[str]:
    """The fields that a cell cannot get wrong: rows were looked up, and keys are ours."""
    return {
        field.name
        for field in model._meta.fields
        if field.is_relation or field.primary_key or isinstance(field, models.GeneratedField)
    }


def checks_of(model: type[models.Model]) -> list[models.CheckConstraint]:
    """The check constraints of a model."""
    return [one for one in model._meta.constraints if isinstance(one, models.CheckConstraint)]


def passes(constraint: models.CheckConstraint, row: models.Model) -> bool:
    """Whether a row keeps a check constraint."""
    try:
        return holds(constraint.condition, row) is not False
    except NotKnown:
        try:
            constraint.validate(type(row), row)
        except ValidationError:
            return False
        return True


def sentence_of(constraint: models.BaseConstraint) -> str:
    """The sentence of a constraint for whoever breaks it."""
    return str(constraint.get_violation_error_message())


def uniques_of(
    model: type[models.Model],
) -> Iterator[tuple[list[tuple[str, bool]], models.Q | None, str, bool]]:
    """What must be unique: names, each with whether its case is passed over; where; a sentence;
    and whether empty values count as different."""
    for field in model._meta.fields:
        if field.unique and not field.primary_key:
            sentence = f"Another {model._meta.verbose_name} has this {field.verbose_name}."
            yield [(field.name, False)], None, sentence, True
    for one in model._meta.constraints:
        if isinstance(one, models.UniqueConstraint):
            try:
                names = unique_names(one)
            except NotKnown:
                continue  # the database tells it when the rows are written
            yield names, one.condition, sentence_of(one), one.nulls_distinct is not False
