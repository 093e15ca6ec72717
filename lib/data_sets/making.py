"""Making a data set: in one snapshot, and kept only if it holds anything new."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.utils import timezone

from ..audit.data_version import DataVersion, versions
from . import texts
from .archive import Entry, write_archive
from .descriptors import About
from .facts import all_tables
from .models import FORMATS, DataSet, path_of, storage
from .workbooks import fits_a_workbook, write_workbook

ONE_AT_A_TIME = 7_304_116  # the number of the lock that only one maker has


class Busy(Exception):
    """Another process is making a data set."""


class Made(NamedTuple):
    """What making came to: the newest data set, and whether it is a new one."""

    data_set: DataSet
    is_new: bool


def make_data_set() -> Made:
    """Make the data set of what is public now, unless the newest one holds just that.

    Raises `Busy` where another process is at it.
    """
    with one_snapshot(), TemporaryDirectory() as name:
        folder, newest, reading = Path(name), DataSet.objects.first(), versions.read()
        if newest and newest.is_of(reading.version):
            return Made(newest, False)
        archive, what = folder / "archive", about()
        entries = write_archive(
            archive, all_tables(reading.at), lambda entries: texts.describe(what, entries)
        )
        if newest and newest.file_in("zip").sha256 == sha256_of(archive):
            newest.remember(reading.version)
            return Made(newest, False)
        others = write_others(folder, what, entries, reading.at)
        return Made(keep({"zip": archive} | others, entries, reading.at, reading.version), True)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """A transaction that sees one moment, and may take its time."""
    begun = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not begun:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            raise Busy
        # All rows are read, so no plan shall favour the first ones.
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL cursor_tuple_fraction = 1")
        yield


def about() -> About:
    """What every data set says of itself."""
    named, licence = settings.DATA_SETS, settings.DATA_LICENCE
    url = licence if licence.startswith(("https://", "http://")) else ""
    return About(named["name"], named["title"], named["description"], licence, url)


def write_others(
    folder: Path, what: About, entries: Sequence[Entry], at: datetime
) -> Mapping[str, Path]:
    """Write the same rows in the other formats that can be had here; their files by format."""
    written = {}
    if fits_a_workbook(entries):
        written["xlsx"] = folder / "workbook"
        said = {
            "title": what.title,
            "description": what.description,
            "as_at": timezone.localtime(at).isoformat(timespec="minutes"),
            "licence": what.licence or None,
        }
        write_workbook(written["xlsx"], said, entries)
    if find_spec("pyarrow"):  # optional, and only loaded where it is used
        written["parquet"] = folder / "parquet"
        import_module("lib.data_sets.parquet").write_parquet(written["parquet"], entries)
    return written


def keep(
    written: Mapping[str, Path], entries: Sequence[Entry], at: datetime, version: DataVersion
) -> DataSet:
    """Store files as the newest data set; none stays without it."""
    day = timezone.localdate(at)
    data_set = DataSet(
        day=day,
        number=DataSet.objects.filter(day=day).count() + 1,
        as_at=at,
        tables=[
            {
                "name": entry.table.name,
                "title": entry.table.title,
                "description": entry.table.description,
                "rows": entry.rows,
            }
            for entry in entries
        ],
        files=[],
    )
    try:
        for file_format, path in written.items():
            name = f"{settings.DATA_SETS['name']}-{data_set.label}.{FORMATS[file_format].ending}"
            described = {"name": name, "format": file_format, "size": path.stat().st_size}
            data_set.files.append(described | {"sha256": sha256_of(path)})
            place = path_of(name)
            storage().delete(place)  # left by one that was broken off
            with path.open("rb") as file:
                storage().save(place, File(file))
        data_set.remember(version)
    except BaseException:
        for one in data_set.files:
            storage().delete(path_of(one["name"]))
        raise
    return data_set


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
