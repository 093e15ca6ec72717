"""What an address asks for of what changed: days, whom and what it is about, and kinds."""

import re

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import get_text_list

from forces.models import Organisation, Region
from inspections.dates import day
from lib.audit.old_addresses import current_values
from lib.parameters import printable, single_day, unknown_parameters

from . import summaries
from .addresses import change_list
from .choices import ChangeKind
from .models import Plan, Theme

DAYS = ("since", "until")
NAMES = (*DAYS, "organisation", "region", "theme", "plan", "kind")
SLUG = re.compile(r"[-\w]{1,100}", re.ASCII)


class Field:
    """A choice among public rows of a model, by their slugs.

    `chosen` are those that the address names, `lost` the slugs that no such row has, and `moved`
    has today's slugs for old ones.
    """

    def __init__(self, name, label, rows, params, few=True):
        self.name, self.label = name, label
        slugs = list(dict.fromkeys(filter(None, params.getlist(name))))
        known = [slug for slug in slugs if SLUG.fullmatch(slug)]
        self.rows = list(rows if few else rows.filter(slug__in=known))
        by_slug = {row.slug: row for row in self.rows}
        missing = {slug for slug in known if slug not in by_slug}
        self.moved = current_values(rows, "slug", missing) if missing else {}
        self.chosen = [by_slug[slug] for slug in slugs if slug in by_slug]
        self.lost = [slug for slug in slugs if slug not in by_slug and slug not in self.moved]

    @property
    def slugs(self):
        return [row.slug for row in self.chosen] + list(self.moved.values())

    @property
    def options(self):
        """The slug and name of each row, and whether it is chosen."""
        return [(row.slug, str(row), row in self.chosen) for row in self.rows]


class ChangeFilter:
    """The changes that an address asks for, and what is wrong with that address.

    `moved` says that it has an old slug: the page leads on to `params`.
    """

    def __init__(self, params, at, other_params=()):
        self.at, self.errors = at, []
        organisations = Organisation.objects.published(at).select_related("region")
        self.fields = [
            Field("organisation", "Force or unit", organisations.order_by("short_name"), params),
            Field("region", "Region", Region.objects.published(at), params),
            Field("theme", "Theme", Theme.objects.published(at).in_use(), params),
            Field("plan", "Plan", Plan.objects.published(at), params, few=False),
        ]
        self.errors += [
            f"{field.label}: there is no “{printable(slug)}”."
            for field in self.fields
            for slug in field.lost
        ]
        self.moved = any(field.moved for field in self.fields)
        self.since, self.until = (single_day(params, name, self.errors) for name in DAYS)
        if self.since and self.until and self.since > self.until:
            self.errors.append(f"{day(self.since)} comes after {day(self.until)}.")
        self.kinds = self._read_kinds(params)
        self.ignored = unknown_parameters(params, (*NAMES, *other_params))

    def _read_kinds(self, params):
        by_slug = {kind.slug: kind for kind in ChangeKind}
        slugs = list(dict.fromkeys(filter(None, params.getlist("kind"))))
        for slug in slugs:
            if slug not in by_slug:
                self.errors.append(f"Kind: there is no “{printable(slug)}”.")
        return [kind for kind in ChangeKind if kind.slug in slugs]

    # The rows

    def scope(self, *kinds):
        """What `summaries.changes` takes."""
        chosen = {field.name: field.chosen for field in self.fields}
        return summaries.ChangeScope(
            chosen["organisation"], chosen["region"], chosen["theme"], chosen["plan"], kinds
        )

    @cached_property
    def counts(self):
        """How many there are of each kind, whichever kinds are chosen."""
        return summaries.change_counts(self.at, self.since, self.until, self.scope())

    @property
    def count(self):
        by_kind = self.counts.by_kind
        return sum(by_kind.get(kind, 0) for kind in self.kinds) if self.kinds else self.counts.total

    def rows(self, start, stop):
        scope = self.scope(*self.kinds)
        return summaries.changes(self.at, self.since, self.until, scope, start=start, stop=stop)

    def batches(self):
        """All rows, a thousand at a time."""
        scope = self.scope(*self.kinds)
        return summaries.changes_in_batches(self.at, self.since, self.until, scope)

    # The page

    @cached_property
    def params(self):
        """The choices as parameters, always in the same order, without empty ones."""
        params = QueryDict(mutable=True)
        for name, values in self._given().items():
            if values:
                params.setlist(name, values)
        return params

    def _given(self):
        days = {"since": self.since, "until": self.until}
        given = {name: [on.isoformat()] for name, on in days.items() if on}
        given |= {field.name: sorted(field.slugs) for field in self.fields}
        return given | {"kind": [kind.slug for kind in self.kinds]}

    def address(self, **changes):
        """The address of these changes, or of those with other choices."""
        return change_list(**dict(self.params.lists()) | changes)

    @property
    def any_kind(self):
        return self.address(kind=[])

    @property
    def is_filtered(self):
        return bool(self.params)

    @property
    def kind_options(self):
        """Each kind that there is, with its count, its address, and whether it is chosen."""
        return [
            (kind, self.counts.by_kind.get(kind, 0), self.address(kind=[kind.slug]), chosen)
            for kind in ChangeKind
            for chosen in [kind in self.kinds]
            if chosen or kind in self.counts.by_kind
        ]

    def words(self):
        """The choices in words, for the head of a download and the name of a feed."""
        said = [f"since {day(self.since)}"] if self.since else []
        said += [f"until {day(self.until)}"] if self.until else []
        return "; ".join(said + self.choices_in_words()) or "none"

    def choices_in_words(self):
        """The choices but those of days, a phrase each."""
        said = [
            f"{field.label}: {get_text_list([str(row) for row in field.chosen], 'or')}"
            for field in self.fields
            if field.chosen
        ]
        return said + [kind.label for kind in self.kinds]
