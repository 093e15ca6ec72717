"""Checks that Django runs before it migrates: of the database, and of what draws charts."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
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


@register()
def charts_are_drawn_by_the_maintained_engine(**kwargs: Any) -> list[Error]:
    """Two packages bring the module `quickjs`: where both are installed, the old one wins."""
    try:
        old = distribution("quickjs")
    except PackageNotFoundError:
        return []
    return [
        Error(
            f"quickjs {old.version} is installed, which nobody maintains: charts would be drawn by "
            "it rather than by quickjs-ng.",
            hint="Uninstall quickjs and quickjs-ng, then run `make install`, or `python -m pip "
            "install --require-hashes --no-deps -r requirements.txt`: both install nothing that "
            "packages ask for besides.",
            id="config.E002",
        )
    ]
