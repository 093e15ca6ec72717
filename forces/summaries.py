"""Rows about mergers, new names and splits of forces and units."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from lib.lists.freshness import until_changed

from .models import Organisation, Region


@until_changed
def regions_by_slug(at: datetime) -> dict[str, Region]:
    """Every public region."""
    return {region.slug: region for region in Region.objects.published(at)}


@until_changed
def organisations_by_slug(at: datetime) -> dict[str, Organisation]:
    """Every organisation, public or not, the units first: to look up those that a list names."""
    organisations = Organisation.objects.select_related("region").unit_first()
    return {organisation.slug: organisation for organisation in organisations}


class Succession(NamedTuple):
    """A merger, a new name or a split: its day, and the organisations before and after it."""

    on: date
    before: tuple[Organisation, ...]
    after: tuple[Organisation, ...]

    @property
    def is_split(self) -> bool:
        """Whether parts were split off, not one organisation made."""
        return any(part.split_from_id == self.before[0].pk for part in self.after)

    @property
    def keeps_both(self) -> bool:
        """Whether the one split goes on, or the one joined was there before."""
        if self.is_split:
            return self.before[0].valid_to is None or self.before[0].valid_to > self.on
        return self.after[0].valid_from is None or self.after[0].valid_from < self.on


@until_changed
def successions(at: datetime) -> list[Succession]:
    """Every merger, new name and split that the public may know of, the oldest first."""
    joined, split = defaultdict(list), defaultdict(list)
    organisations = Organisation.objects.published(at).select_related("region").unit_first()
    public = {organisation.pk: organisation for organisation in organisations}
    for organisation in public.values():
        if after := public.get(organisation.successor_id):
            joined[organisation.valid_to, after].append(organisation)
        if before := public.get(organisation.split_from_id):
            split[organisation.valid_from, before].append(organisation)
    rows = [Succession(on, tuple(before), (after,)) for (on, after), before in joined.items()]
    rows += [Succession(on, (before,), tuple(after)) for (on, before), after in split.items()]
    return sorted(rows, key=lambda row: row.on)


def successions_of(
    organisations: Iterable[Organisation], rows: Sequence[Succession]
) -> list[Succession]:
    """Those of these rows in which any of these organisations had a part."""
    concerned = set(organisations)
    return [row for row in rows if concerned & {*row.before, *row.after}]


def predecessors(organisation: Organisation, rows: Sequence[Succession]) -> list[Organisation]:
    """What came directly before an organisation."""
    return [before for row in rows if organisation in row.after for before in row.before]


def descendants(
    organisations: Iterable[Organisation], rows: Sequence[Succession]
) -> list[Organisation]:
    """What came after these organisations, directly or later; takes the oldest row first."""
    line = dict.fromkeys(organisations)
    first = len(line)
    for row in rows:
        if any(before in line for before in row.before):
            line |= dict.fromkeys(row.after)
    return list(line)[first:]
