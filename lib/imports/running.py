"""Running: files are read and checked as a whole, shown, and written all or nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, connection, transaction
from django.utils.text import get_text_list

from lib.audit.conflicts import is_deadlock, retry_on_deadlock
from lib.audit.context import author_details, change_context
from lib.audit.models import Change
from lib.sheets import tables as sheet_tables
from lib.sheets.cells import Book, LeftOut, Sheet, SheetError
from lib.sheets.reading import read_book

from . import kinds
from .checking import Checker
from .models import ImportRun
from .problems import Problem
from .reading import Reader
from .records import CellChange, KindTable, Record
from .resources import SheetResource
from .runs import Run
from .writing import Writer, constraints_now

ONE_AT_A_TIME = 7_304_115  # the number of the lock that makes imports queue


class SentFile(NamedTuple):
    """A file as it was sent."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class Options(NamedTuple):
    """How files are to be read: the kind if it is named, and columns to leave out or carry down."""

    kind: str = ""
    as_published: bool = False
    leave_out: tuple[str, ...] = ()
    carry_down: tuple[str, ...] = ()


@dataclass
class KindPreview:
    """What an import would do to the rows of one kind."""

    resource: SheetResource
    created: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    unchanged: int = 0
    rejected: int = 0
    vanished: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.resource.title

    @property
    def warning(self) -> str:
        """What cannot be taken back; empty where all can."""
        stays = self.resource.only_added and self.created
        return "These rows are only ever added: the import cannot be undone." if stays else ""

    @property
    def counts(self) -> dict[str, int]:
        return {
            "created": len(self.created),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
        }

    def cells_of(self, record: Record) -> list[CellChange]:
        """The cells of a new row as they were understood."""
        return [
            CellChange(column.column_name, "", column.widget.render(value))
            for column in self.resource.columns
            if not column.of_citation
            and (value := record.values.get(column.column_name)) not in (None, "", [])
        ]


@dataclass
class Preview:
    """What an import of some files would do, or everything that keeps it from being done."""

    files: list[SentFile]
    kinds: list[KindPreview] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[tuple[str, LeftOut]] = field(default_factory=list)
    kinds_of_files: dict[str, list[str]] = field(default_factory=dict)
    readers: list[Reader] = field(default_factory=list)
    # By file, what its sheets are; for the copy with errors.
    books: dict[str, tuple[Book, list[sheet_tables.Table]]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether it can be written."""
        return not self.problems

    @property
    def wrong_files(self) -> list[str]:
        """The names of the files that could be read and have errors."""
        wrong = {problem.file for problem in self.problems}
        return [name for name in self.books if name in wrong]

    @property
    def changes(self) -> int:
        """How many rows would be created or changed."""
        return sum(len(kind.created) + len(kind.changed) for kind in self.kinds)

    @property
    def digest(self) -> str:
        """A short text that is equal for previews that say the same."""
        words = [
            (kind.resource.kind, record.label, record.changes, kind.cells_of(record))
            for kind in self.kinds
            for record in (*kind.created, *kind.changed)
        ]
        return hashlib.sha256(repr((words, self.problems)).encode()).hexdigest()[:16]


# Files


def tables_of(file: SentFile, options: Options, preview: Preview, run: Run) -> Iterator[KindTable]:
    """The tables of a file, each of one kind; what cannot be read becomes a problem."""
    try:
        book = read_book(file.name, file.data)
    except SheetError as error:
        preview.problems.append(Problem(file.name, "", None, "", "", str(error)))
        return
    preview.books[file.name] = book, []
    preview.left_out += [(file.name, item) for item in book.left_out]
    named = options.kind
    found_any = False
    for sheet in book.sheets:
        table = table_of(file, sheet, named, options, preview, run)
        if table is not None:
            found_any = True
            yield table
    if not found_any and not any(problem.file == file.name for problem in preview.problems):
        preview.problems.append(
            Problem(file.name, "", None, "", "", "No sheet of this file has headings that we know.")
        )


def table_of(
    file: SentFile, sheet: Sheet, named: str, options: Options, preview: Preview, run: Run
) -> KindTable | None:
    """The table of a sheet; None where it has none, or its kind is not clear."""
    how = {"leave_out": options.leave_out, "carry_down": options.carry_down}
    resource_class = kinds.find(named) if named else kinds.find(sheet.meta.get("kind", ""))
    if resource_class is None:
        rough = sheet_tables.find_table(sheet, kinds.headings(), accepts=kinds.accepts, **how)
        if rough is None:
            place = LeftOut(sheet.name, "", "It has no headings that we know.")
            preview.left_out.append((file.name, place))
            return None
        texts = [heading.text for heading in rough.headings]
        resource_class = kinds.find(rough.meta.get("kind", ""))
        fits = [resource_class] if resource_class else kinds.likely(texts, file.name)
        if (titled := kinds.find(sheet.name)) in fits:
            fits = [titled]
        if len(fits) != 1:
            names = get_text_list([one.kind for one in fits or kinds.in_order()])
            rule = f"Its headings do not say which kind of sheet it is: {names}."
            mend = "Name the kind."
            preview.problems.append(
                Problem(file.name, rough.headings[0].address, rough.number, "", "", rule, mend)
            )
            return None
        resource_class = fits[0]
    resource = resource_class()
    how["leave_out"] = (*options.leave_out, *(column.name for column in resource.derived))
    found = sheet_tables.find_table(
        sheet,
        {name: name for name in resource.fields},
        required=[c.column_name for c in resource.columns if c.required],
        accepts=resource.accepts,
        **how,
    )
    if found is None:
        rule = f"It has no headings of a sheet of {resource.kind}."
        preview.problems.append(Problem(file.name, sheet.name, None, "", "", rule))
        return None
    preview.books[file.name][1].append(found)
    for place in found.hidden:
        preview.left_out.append((file.name, LeftOut(place, "", "It is hidden, and was read.")))
    preview.left_out += [(file.name, item) for item in found.left_out]
    preview.problems += [
        Problem(file.name, problem.address, found.number, "", problem.value, problem.sentence)
        for problem in found.problems
    ]
    headings = [(heading.text, heading.index) for heading in found.headings if not heading.name]
    columns = {name: heading.index for name, heading in found.by_name.items()}
    table = KindTable(file.name, sheet.name, resource.kind, columns, found.rows, dict(headings))
    table = resource.unfold(table, run)
    for name in missing_columns(resource, table):
        rule = f"The column “{name}” is missing."
        place = found.headings[0].address
        preview.problems.append(Problem(file.name, place, found.number, name, "", rule))
    return table


def missing_columns(resource: SheetResource, table: KindTable) -> list[str]:
    """The columns of the key that a table lacks; others are missed only by new rows."""
    return [
        column.column_name
        for column in resource.key_columns
        if column.required and column.column_name not in table.columns
    ]


# The whole


def preview_files(
    files: Sequence[SentFile],
    by: AbstractBaseUser | None,
    at: datetime,
    options: Options = Options(),  # noqa: B008
    is_written: bool = False,
) -> Preview:
    """What importing these files would do."""
    run = Run(by, at, options.as_published, is_written)
    preview = Preview(list(files))
    by_kind: dict[str, list[KindTable]] = defaultdict(list)
    for file in files:
        for table in tables_of(file, options, preview, run):
            by_kind[table.kind].append(table)
            preview.kinds_of_files.setdefault(file.name, []).append(table.kind)
    for resource_class in kinds.in_order():
        if resource_class.kind in by_kind:
            preview_kind(resource_class(), by_kind[resource_class.kind], run, preview)
    preview.problems = in_order(preview)
    return preview


def preview_kind(
    resource: SheetResource, tables: list[KindTable], run: Run, preview: Preview
) -> None:
    """Read and check the tables of one kind."""
    reader = Reader(resource, tables, run)
    reader.read()
    Checker(reader).check()
    summary = KindPreview(resource, rejected=len(reader.wrong), vanished=vanished(reader))
    for record in reader.records:
        if record.is_new():
            summary.created.append(record)
        elif record.is_update():
            summary.changed.append(record)
        elif record.is_skip():
            summary.unchanged += 1
        else:
            summary.rejected += 1
    preview.kinds.append(summary)
    preview.readers.append(reader)
    preview.problems += reader.problems


def vanished(reader: Reader) -> list[str]:
    """The stored rows that one would expect in the files and that are not there.

    Those that belong to the same as the rows of the files; where rows of a kind belong to nothing,
    those that an earlier file of the same name brought.
    """
    resource, stored = reader.resource, reader.resource.get_queryset()
    if resource.within:
        column = resource.fields[resource.within]
        parents = {getattr(record.instance, column.field.attname) for record in reader.records}
        stored = stored.filter(**{f"{column.attribute}__in": parents - {None}})
    else:
        runs: set[int] = set()
        for name in {table.file for table in reader.tables}:
            runs |= set(ImportRun.objects.of_file(name).values_list("pk", flat=True))
        brought = Change.objects.filter(
            run__in=runs, table=resource.model._meta.db_table, operation="INSERT"
        )
        stored = stored.filter(pk__in=set(brought.order_by().values_list("row", flat=True)))
    here = {record.instance.pk for record in reader.records}
    gone = set(stored.values_list("pk", flat=True)) - here
    related = [c.attribute for c in resource.key_columns if c.field and c.field.is_relation]
    rows = resource.get_queryset().filter(pk__in=gone).select_related(*related)
    return [reader.label(row) for row in rows]


def in_order(preview: Preview) -> list[Problem]:
    """Problems in the order in which a person mends them: by file, sheet, row and column."""
    place = {file.name: number for number, file in enumerate(preview.files)}
    sheets = {
        (name, sheet.name): number
        for name, (book, _) in preview.books.items()
        for number, sheet in enumerate(book.sheets)
    }

    def key(problem: Problem) -> tuple[Any, ...]:
        sheet, _, cell = problem.address.rpartition("!")
        letters = cell.rstrip("0123456789")
        of_sheet = sheets.get((problem.file, sheet), -1)
        return place.get(problem.file, 0), of_sheet, problem.row or 0, len(letters), letters

    return sorted(dict.fromkeys(preview.problems), key=key)


def lock_imports() -> None:
    """Wait until no other import is written or undone, in this transaction.

    An import may wait longer for locks than the pages of one row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")  # each statement ends in time all the same
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


class NotClean(Exception):
    """Ends the transaction of an import that cannot be written."""


def import_files(
    files: Sequence[SentFile],
    by: AbstractBaseUser | None,
    at: datetime,
    options: Options = Options(),  # noqa: B008
    seen: str = "",
) -> tuple[Preview, ImportRun | None]:
    """Write what these files say, all or nothing; without a run where nothing was written.

    `seen` is the digest of the preview that somebody agreed to: if the import would do something
    else by now, or change nothing, it does nothing.
    """
    preview = Preview(list(files))

    @retry_on_deadlock
    def run_whole() -> ImportRun:
        nonlocal preview
        lock_imports()
        preview = preview_files(files, by, at, options, is_written=True)
        if not preview.is_clean or (seen and (seen != preview.digest or not preview.changes)):
            raise NotClean
        run = write(preview, by, at)
        if not preview.is_clean:
            raise NotClean
        return run

    try:
        run = run_whole()
    except NotClean:
        run = None
    return preview, run


def write(preview: Preview, by: AbstractBaseUser | None, at: datetime) -> ImportRun:
    """Write a clean preview, in the order of its kinds, and keep the run."""
    run = ImportRun.objects.create(
        files=[
            {
                "name": file.name,
                "sha256": file.sha256,
                "kinds": sorted(set(preview.kinds_of_files.get(file.name, ()))),
            }
            for file in preview.files
        ],
        counts={kind.resource.kind: kind.counts for kind in preview.kinds},
        by=by,
        at=at,
    )
    details = {"reason": run.reason, "run": run.pk}
    with change_context(author_details(by) if by else {}, details):
        for reader in preview.readers:
            Writer(reader).write()
            preview.problems += reader.problems
            if reader.problems:
                return run
        try:
            with transaction.atomic():
                constraints_now()
        except DatabaseError as error:
            if is_deadlock(error):
                raise
            words = str(error).partition("\n")[0]
            preview.problems.append(Problem("", "", None, "", "", words))
    return run
