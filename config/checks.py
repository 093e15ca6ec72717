"""Checks of the database that Django runs before it migrates."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import Error, register
from django.core.checks.registry import Tags
from django.db import connections

# The words of a quotation, where nothing but its letters is taken for letters.
READS_SIGNS = "SELECT to_tsvector('simple', U&'\\201Cone\\201D \\2013 two\\2019s') @@ 'one & two'"
LETTERS = "SELECT datctype FROM pg_database WHERE datname = current_database()"


@register(Tags.database)
def search_reads_signs(databases: Iterable[str] | None = None, **kwargs: Any) -> list[Error]:
    """Full-text search must not take dashes and curly quotes for letters, as it does with C."""
    return [
        Error(
            f"The database’s LC_CTYPE is {letters}, so search would take dashes and curly quotes "
            "for letters.",
            hint="Make it with LC_CTYPE 'C.UTF-8', as OPERATING.md says; `make run` on data of an "
            "earlier version needs `make fresh`.",
            id="config.E001",
        )
        for letters in map(misread_letters, databases or ())
        if letters
    ]


def misread_letters(database: str) -> str:
    """The LC_CTYPE of a database whose search takes signs for letters; else nothing."""
    with connections[database].cursor() as cursor:
        cursor.execute(READS_SIGNS)
        if cursor.fetchone()[0]:
            return ""
        cursor.execute(LETTERS)
        return cursor.fetchone()[0]
