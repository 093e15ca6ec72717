"""What import files say of regions, forces and units: one definition for each column."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Model, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Collate, Concat
from django.utils.text import get_text_list

from lib.data_sets.tables import Link, Table, register
from lib.imports import kinds
from lib.imports.problems import CellError
from lib.imports.reading import Reader
from lib.imports.records import CellChange, Part, Record
from lib.imports.resources import Column, SheetResource
from lib.imports.runs import Run
from lib.imports.widgets import RowWidget, SheetWidget
from lib.lists import columns
from lib.sheets.values import clean_text, parse_date, split_list

from .models import Alias, Organisation, Region
from .names import Named, meant_by, name_key

UNTIL = " (until "
BY_NAME = Collate("name", "C")  # the same order in every database


class OrganisationWidget(RowWidget):
    """A cell that names a force or unit: by slug, name, code, other name or initials."""

    mend = "Name the force or unit by its short name, name, code or another name."

    def __init__(self) -> None:
        super().__init__(Organisation)

    def prepare(self, values: Iterable[object], run: Run) -> None:
        """Read all forces and units at once, when one is first named."""

    def named(self, run: Run) -> dict[int, tuple[Named, Organisation]]:
        """Every force and unit with its names, with those that this run creates."""
        known = run.cache.get(OrganisationWidget)
        if known is None:
            rows = Organisation.objects.prefetch_related("aliases").select_related("region")
            known = run.cache[OrganisationWidget] = {row.pk: (row.as_named(), row) for row in rows}
        for row in run.created(Organisation):
            if row.slug:
                names = [row.name, row.short_name, *run.cache.get((Alias, row.pk), ())]
                codes = list(filter(None, row.codes))
                known[row.pk] = Named(row.pk, list(filter(None, names)), codes), row
        return known

    def known(self, run: Run) -> Iterable[str]:
        return [name for named, _ in self.named(run).values() for name in named.names]

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: Run | None = None
    ) -> Organisation:
        text = clean_text(value)
        known = self.named(run)
        meant = meant_by(text, [named for named, _ in known.values()])
        if meant.sure:
            return known[next(iter(meant.sure))][1]
        if meant.candidates:
            slugs = sorted(known[pk][1].slug for pk in meant.candidates)
            raise CellError(
                "This may be more than one force or unit.", f"Write {get_text_list(slugs)}."
            )
        keys = {name_key(name): one.slug for named, one in known.values() for name in named.names}
        near = dict.fromkeys(keys[key] for key in get_close_matches(name_key(text), keys, 3))
        raise CellError(
            "No force or unit has this name.",
            f"Did you mean {get_text_list(list(near))}?"
            if near
            else "Write its slug, name or code.",
        )


class AliasesWidget(SheetWidget):
    """A list of other names, each with “(until 2015-04-01)” where it is an old one."""

    mend = "Put semicolons between names; after an old one write (until 2015-04-01)."

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: Run | None = None
    ) -> list[tuple[str, Any]]:
        return [self.read(text) for text in split_list(value)]

    def read(self, text: str) -> tuple[str, Any]:
        """A name, and the first day without it."""
        name, until, rest = text.partition(UNTIL)
        if not until:
            return text, None
        on = parse_date(rest.removesuffix(")"))
        if on.precision != "day":
            raise CellError("This date lacks its day.", self.mend)
        return name, on.on

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        return ";".join(f"{name}{UNTIL}{on})" if on else name for name, on in value or ())


@kinds.register("regions")
class RegionResource(SheetResource):
    """Regions."""

    key = ("region",)

    region = Column("slug", help="Its short name in addresses.", example="south-west")
    name = Column(example="South West")
    made_up = Column("is_synthetic", example="no")

    class Meta:
        model = Region


@kinds.register("organisations", after=("regions",))
class OrganisationResource(SheetResource):
    """Forces and regional units, with their other names and with what came before and after."""

    key = ("organisation",)

    organisation = Column("slug", help="Its short name in addresses.", example="wiltshire")
    kind = Column(example="force")
    name = Column(example="Wiltshire Police")
    short_name = Column(example="Wiltshire")
    region = Column(widget=RowWidget(Region, "slug", "name"), example="south-west")
    ons_code = Column(example="E23000038")
    police_uk_id = Column(example="wiltshire")
    also_called = Column(
        widget=AliasesWidget(),
        help="Other names that people use, with semicolons between them.",
        example="Wilts;Wiltshire Constabulary",
    )
    formerly = Column(
        widget=AliasesWidget(),
        help="Names that it once had, each with the first day without it.",
        example="Old Police (until 2015-04-01)",
    )
    valid_from = Column()
    valid_to = Column()
    successor = Column(widget=OrganisationWidget())
    split_from = Column(widget=OrganisationWidget())

    class Meta:
        model = Organisation

    def complete(self, record: Record, reader: Reader) -> None:
        """Compare the other names with those that are stored."""
        run, force = reader.run, record.instance
        stored = {}
        if record.original is not None:
            stored = {alias.name.casefold(): alias for alias in self.aliases(reader)[force.pk]}
        named = []
        for column in ("also_called", "formerly"):
            for name, until in record.values.get(column) or ():
                named.append(name)
                alias = stored.get(name.casefold()) or Alias(organisation=force, name=name)
                part = Part(alias, record.row, record.table, alias.pk is None)
                if alias.valid_to != until or part.is_new:
                    old = AliasesWidget().render([(name, alias.valid_to)])
                    new = AliasesWidget().render([(name, until)])
                    if record.original is not None:
                        old = "" if part.is_new else old
                        record.changes.append(CellChange(column, old, new))
                    alias.valid_to = until
                    part.changed = {"valid_to"}
                    record.parts.append(part)
        run.cache[Alias, force.pk] = named

    def aliases(self, reader: Reader) -> dict[int, list[Alias]]:
        """The stored other names of each force and unit of a file."""
        key = self, "aliases"
        if key not in reader.run.cache:
            found = {record.instance.pk: [] for record in reader.records}
            for alias in Alias.objects.filter(organisation__in=list(found)):
                found[alias.organisation_id].append(alias)
            reader.run.cache[key] = found
        return reader.run.cache[key]

    def check(self, record: Record, run: Run) -> Iterator[tuple[str, str, str]]:
        """An other name must be no other's."""
        for part in record.parts:
            if part.is_new:
                same = self.alias_owners(run).setdefault(
                    part.instance.name.casefold(), part.instance.organisation_id
                )
                if same != part.instance.organisation_id:
                    column = "formerly" if part.instance.valid_to else "also_called"
                    yield column, f"“{part.instance.name}” already names another.", "Leave it out."

    def alias_owners(self, run: Run) -> dict[str, int]:
        """Whose name each other name is."""
        if (self, "owners") not in run.cache:
            rows = Alias.objects.values_list("name", "organisation")
            run.cache[self, "owners"] = {name.casefold(): pk for name, pk in rows}
        return run.cache[self, "owners"]

    def download_queryset(self) -> QuerySet:
        return super().download_queryset().prefetch_related("aliases")

    def expression_also_called(self) -> Combinable:
        names = Alias.objects.filter(organisation=OuterRef("pk"), valid_to=None)
        return ArraySubquery(names.order_by(BY_NAME).values("name"))

    def expression_formerly(self) -> Combinable:
        names = Alias.objects.filter(organisation=OuterRef("pk"), valid_to__isnull=False)
        until = Cast("valid_to", CharField())
        text = Concat("name", Value(UNTIL), until, Value(")"))
        return ArraySubquery(names.order_by(BY_NAME).annotate(text=text).values("text"))

    def dehydrate_also_called(self, force: Organisation) -> str:
        names = [(alias.name, None) for alias in force.aliases.all() if not alias.valid_to]
        return AliasesWidget().render(names)

    def dehydrate_formerly(self, force: Organisation) -> str:
        names = [(a.name, a.valid_to) for a in force.aliases.all() if a.valid_to]
        return AliasesWidget().render(names)


@register("aliases")
def aliases(at: datetime) -> Table:
    """Other names of public forces and units."""
    public = Organisation.objects.published(at).order_by().values("pk")
    return Table(
        "aliases",
        "Aliases",
        "Other names of forces and units, in use or earlier.",
        Alias.objects.filter(organisation__in=public),
        [
            columns.column("organisation", "organisation__slug", "The force or unit.", "code"),
            columns.column("name", "name", "The other name."),
            columns.column(
                "valid_to", "valid_to", "The first day without it; empty if in use.", "date"
            ),
        ],
        ("name",),
        frozenset({"organisation", "name"}),
        [Link(("organisation",), "organisations", ("organisation",))],
        ("organisation_id", BY_NAME),
    )
