"""Conditions of constraints, told of rows in memory rather than by a query for each.

`holds` knows the lookups that constraints use, with SQL's three values: a comparison with NULL is
unknown, and a check that is unknown passes. Of any other lookup it knows nothing and raises
`NotKnown`; the caller then asks the database, as Django does.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "in": lambda value, values: value in values,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "range": lambda value, ends: ends[0] <= value <= ends[1],
    "startswith": lambda value, start: value.startswith(start),
    "iregex": lambda value, pattern: re.search(pattern, value, re.IGNORECASE) is not None,
}


class NotKnown(Exception):
    """A condition or expression that only the database can tell."""


def value_of(row: models.Model, name: str) -> Any:  # noqa: ANN401
    """A field's value as the database would store it."""
    if name in ("pk", "id"):
        return row.pk
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        raise NotKnown(name) from None
    value = getattr(row, field.attname)
    return field.to_python(value) if isinstance(field, models.DateTimeField) else value


def holds(condition: Q, row: models.Model) -> bool | None:
    """Whether a condition is true of a row; None where that is unknown, as with NULL."""
    results = [
        holds(child, row) if isinstance(child, Q) else compare(row, *child)
        for child in condition.children
    ]
    if condition.connector == Q.OR:
        result = True if True in results else None if None in results else False
    elif condition.connector == Q.XOR:
        result = None if None in results else results.count(True) % 2 == 1
    else:
        result = False if False in results else None if None in results else True
    return (None if result is None else not result) if condition.negated else result


def compare(row: models.Model, path: str, wanted: Any) -> bool | None:  # noqa: ANN401
    """Whether one comparison is true of a row."""
    name, _, lookup = path.partition("__")
    value = value_of(row, name)
    if lookup == "isnull":
        return (value is None) is wanted
    if (lookup or "exact") not in COMPARISONS:
        raise NotKnown(path)
    if isinstance(wanted, F):
        wanted = value_of(row, wanted.name)
    elif hasattr(wanted, "resolve_expression"):
        raise NotKnown(path)
    if value is None or wanted is None:
        return None
    return COMPARISONS[lookup or "exact"](value, wanted)


def names_in(condition: Q) -> set[str]:
    """The fields that a condition reads."""
    names: set[str] = set()
    for child in condition.children:
        if isinstance(child, Q):
            names |= names_in(child)
        else:
            names.add(child[0].partition("__")[0])
            if isinstance(child[1], F):
                names.add(child[1].name)
    return names


def unique_names(constraint: models.UniqueConstraint) -> list[tuple[str, bool]]:
    """The fields that are unique together, each with whether its case is passed over."""
    if constraint.fields:
        return [(name, False) for name in constraint.fields]
    names = []
    for expression in constraint.expressions:
        inner = expression.source_expressions[0] if isinstance(expression, Lower) else expression
        if not isinstance(inner, F):
            raise NotKnown(str(expression))
        names.append((inner.name, isinstance(expression, Lower)))
    return names
