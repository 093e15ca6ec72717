"""Changes that are new to somebody: those that the site has shown only since a moment.

The day of a change does not tell: what is entered today may have been published months ago. So
each run of `send_alerts` notes which changes the site shows, and each counts as known from its
publication on, or from the run that first saw it if that is later than the run before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from lib.followers.models import KnownChange, Run

from ..choices import ChangeKind
from ..models import Action
from .change_index import IndexRow, union_of_changes
from .change_rows import EVERYTHING, NEWEST_FIRST, Change, fill
from .change_scope import ChangeScope

# What names a change for good. A grade may be corrected again: that is another change.
KEY = (
    f"concat_ws('/', kind, fact, \"row\","
    f" CASE WHEN kind = '{ChangeKind.CORRECTION.value}' THEN new END)"
)
ACTION = (
    "action/"  # what the keys of actions begin with: that there is one is no change of /changes/
)
PUBLIC = "(at <= %s OR at IS NULL)"


class NewActions(NamedTuple):
    """Some of the actions that are new to somebody, and how many there are."""

    rows: list[Action]
    total: int


class NewChanges(NamedTuple):
    """The newest of the changes that are new to somebody, and how many there are."""

    rows: list[Change]
    total: int


def note_known_changes(at: datetime) -> datetime:
    """Note which changes and actions the public sees; returns the moment up to which all are noted.

    One run waits for another. The first one takes every change as known from its publication on.
    """
    union, params = union_of_changes(at, EVERYTHING)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL statement_timeout = 0; LOCK TABLE {Run._meta.db_table} IN EXCLUSIVE MODE"
        )
        last = Run.objects.order_by("ran_at").last()
        if last and last.ran_at >= at:
            return last.ran_at
        known_at = "COALESCE(at, to_timestamp(0))"
        if last:
            known_at, params = "CASE WHEN at > %s THEN at ELSE %s END", [last.ran_at, at, *params]
        cursor.execute(
            f"INSERT INTO {KnownChange._meta.db_table} (key, known_at)"  # noqa: S608
            f" SELECT {KEY}, {known_at} FROM {union} WHERE {PUBLIC} ON CONFLICT DO NOTHING",
            [*params, at],
        )
        actions = Action.objects.published(at).order_by().values("pk")
        sql, params = actions.query.sql_with_params()
        cursor.execute(
            f"INSERT INTO {KnownChange._meta.db_table} (key, known_at)"  # noqa: S608
            f" SELECT '{ACTION}' || id, COALESCE(%s, to_timestamp(0)) FROM ({sql}) AS action (id)"
            " ON CONFLICT DO NOTHING",
            [last and at, *params],
        )
        Run.objects.create(ran_at=at)
    return at


def new_changes(
    since: datetime,
    at: datetime,
    scope: ChangeScope = EVERYTHING,
    *,
    about: str = "",
    ids: Sequence[int] | None = None,
    most: int,
) -> NewChanges:
    """What became known after one moment up to another, and is public; `most` of it, newest first.

    `about` is "finding" or "action": then only what changed about one, or about those with these
    ids. What has no known day is there too.
    """
    known = KnownChange.objects.filter(known_at__gt=since, known_at__lte=at)
    if not known.exists():
        return NewChanges([], 0)
    union, params = union_of_changes(at, scope)
    conditions, values = [PUBLIC, "known_at > %s", "known_at <= %s"], [at, since, at]
    if scope.kinds:
        conditions.append("kind = ANY(%s)")
        values.append([ChangeKind(kind).value for kind in scope.kinds])
    if about and ids is None:
        conditions.append(f"{about} IS NOT NULL")
    elif about:
        conditions.append(f"{about} = ANY(%s)")
        values.append(list(ids))
    # Materialised: a join with few new keys would carry out the whole union for each.
    names = ", ".join(f'"{name}"' for name in IndexRow._fields)
    sql = (
        f"WITH change AS MATERIALIZED (SELECT *, {KEY} AS key FROM {union})"  # noqa: S608
        f" SELECT {names}, count(*) OVER ()"
        f" FROM change JOIN {KnownChange._meta.db_table} USING (key)"
        f" WHERE {' AND '.join(conditions)} {NEWEST_FIRST} LIMIT {int(most)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *values])
        found = cursor.fetchall()
    rows = fill([IndexRow(*row[:-1]) for row in found], at) if found else []
    return NewChanges(rows, found[0][-1] if found else 0)


def new_actions(
    since: datetime, at: datetime, ids: Sequence[int] | None = None, *, most: int
) -> NewActions:
    """The actions that the site has shown only since a moment; with `ids`, those among them."""
    known = KnownChange.objects.filter(
        known_at__gt=since, known_at__lte=at, key__startswith=ACTION
    ).values_list("key", flat=True)
    new = {int(key.removeprefix(ACTION)) for key in known}
    if ids is not None:
        new.intersection_update(ids)
    if not new:
        return NewActions([], 0)
    rows = Action.objects.published(at).filter(pk__any_of=sorted(new)).by_organisation()
    return NewActions(list(rows.for_display()[:most]), rows.count())
