"""What a program may ask of a collection besides its filters: which page, which fields, what
changed."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from django.http import QueryDict
from django.utils.timezone import make_aware

from lib.parameters import ParameterError, printable, single_value, unknown_parameters

LIMIT, MOST_ROWS = 100, 1_000
NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
CURSOR = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?", re.ASCII)
OF_ONE = ("fields",)
OF_MANY = ("sort", "limit", "cursor", "changed_since", *OF_ONE)


class Asked(NamedTuple):
    """What an address asks for: `fields` are empty for all, `cursor` is the last row's key."""

    sort: str = ""
    limit: int = LIMIT
    cursor: int | None = None
    changed_since: datetime | None = None
    fields: tuple[str, ...] = ()


def read(
    params: QueryDict,
    errors: list[str],
    sorts: Collection[str],
    fields: Collection[str],
    at: datetime,
) -> Asked:
    """What the address asks for; what it gets wrong is added to the errors."""

    def refuse(name: str, sentence: str) -> None:
        errors.append(ParameterError(name, sentence))

    sort, limit, cursor, since = (single_value(params, name, errors) for name in OF_MANY[:4])
    if sort and sort.removeprefix("-") not in sorts:
        refuse("sort", f"This list cannot be sorted by “{printable(sort)}”.")
    if limit and not (NUMBER.fullmatch(limit) and int(limit) <= MOST_ROWS):
        refuse("limit", f"“{printable(limit)}” is no number of rows from 1 to {MOST_ROWS:,}.")
        limit = ""
    if cursor and not CURSOR.fullmatch(cursor):
        refuse("cursor", f"“{printable(cursor)}” is no cursor: take the address in “next”.")
        cursor = ""
    moment = parse_moment(since) if since else None
    if since and moment is None:
        refuse("changed_since", f"“{printable(since)}” is no moment: {MOMENTS}")
    elif moment and moment > at:
        refuse("changed_since", f"“{printable(since)}” is in the future.")
    return Asked(
        sort,
        int(limit or LIMIT),
        int(cursor) if cursor else None,
        moment,
        read_fields(params, errors, fields),
    )


def read_fields(params: QueryDict, errors: list[str], fields: Collection[str]) -> tuple[str, ...]:
    """The fields that an address asks for, with commas between them; empty for all."""
    lists = filter(None, params.getlist("fields"))
    names = tuple(dict.fromkeys(name for names in lists for name in names.split(",")))
    for name in names:
        if name not in fields:
            errors.append(ParameterError("fields", f"There is no field “{printable(name)}”."))
    return names


MOMENTS = "write a day, such as 2025-09-01, or a moment, such as 2025-09-01T09:00:00Z."


def parse_moment(text: str) -> datetime | None:
    """A moment in ISO form, or the beginning of a day; None for anything else."""
    if not MOMENT.fullmatch(text):
        return None
    try:
        if "T" not in text:
            return make_aware(datetime.combine(date.fromisoformat(text), time()))
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def refuse_unknown(params: QueryDict, errors: list[str], known: Sequence[str]) -> None:
    """Add an error for each parameter that is not known here, or that says nothing."""
    for name in unknown_parameters(params, known):
        errors.append(ParameterError(name, f"There is no parameter “{name}” here."))
    for name in known:
        if "" in params.getlist(name):
            errors.append(
                ParameterError(name, f"“{name}” has no value: give it one or leave it out.")
            )
