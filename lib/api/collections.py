"""Collections: the rows of a list, page by page, and each by its own address.

A collection is the view of a list page with other clothes: its filters, its order and what it says
of a row are those of the page and of its downloads.

    class Findings(Collection, FindingList):
        name, page_view = "findings", "findings:finding_detail"
        key = {"inspection": "inspection__slug", "reference": "reference"}
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.db.models import Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import http_date
from django.utils.timezone import make_aware

from lib.audit.data_version import versions
from lib.audit.models import Change
from lib.audit.old_addresses import MovedPermanently, current_values
from lib.lists import downloads
from lib.lists.columns import Download, column
from lib.lists.filtersets import FilterSet
from lib.lists.formats import FORMATS
from lib.lists.views import TableList
from lib.parameters import ParameterError

from . import parameters
from .parameters import Asked
from .problems import problem

# What stands for the arguments of an address while it is taken apart.
SLOT = 900_000
TABLES = re.compile(r'(?:FROM|JOIN) "(\w+)"')
GONE = "The row at which the last page ended is not in this list any more: begin again."

NO_CHANGES = "“changed_since” says what changed up to now: leave it out, or the day."


def address_of(request: HttpRequest, view: str, paths: Sequence[str]) -> Concat:
    """An expression for the address of a row: that of a view whose arguments are these fields."""
    slots = [SLOT + place for place in range(len(paths))]
    address = request.build_absolute_uri(reverse(view, args=slots))
    pieces: list[Any] = []
    for slot, path in zip(slots, paths, strict=True):
        start, address = address.split(str(slot), 1)
        pieces += [Value(start), Cast(path, TextField())]
    return Concat(*pieces, Value(address), output_field=TextField())


class Collection(TableList):
    """The rows of a list for programs; with arguments, the one row that they name.

    `name` is its place in addresses. `key` has the arguments of a row's address, each with the path
    to its value. `page_view` is the page where readers find a row, whose arguments `page_key` names
    if they are others.
    """

    name = ""
    key: Mapping[str, str] = {}
    page_view = ""
    page_key: Sequence[str] = ()
    # What else must be true of a path in `get_related`.
    links: Mapping[str, Q] = {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = self.get_one(kwargs) if kwargs else self.get_many()
        if response.status_code == 200:
            response["Last-Modified"] = http_date(self.get_last_change().timestamp())
        return response

    # Many rows

    def get_many(self) -> HttpResponse:
        """A page of the rows that match."""
        params = self.request.GET
        filterset = self.filterset = self.filter_class(params, self.at, parameters.OF_MANY)
        if not filterset.errors and (moved := self.get_moved(filterset)):
            return MovedPermanently(moved)
        download = self.get_api_download(filterset)
        fields = [one.name for one in download.columns]
        known = (*filterset.names, *parameters.OF_MANY)
        parameters.refuse_unknown(params, filterset.errors, known)
        asked = parameters.read(params, filterset.errors, self.sorts(), fields, self.at)
        if asked.changed_since and self.request.as_at:
            filterset.errors.append(ParameterError("changed_since", NO_CHANGES))
        if filterset.errors:
            return self.refuse(filterset.errors)
        if asked.sort:
            filterset.params["sort"] = asked.sort
        keys = self.get_keys(filterset, download, asked)
        start = 0
        if asked.cursor is not None:
            if asked.cursor not in keys:
                return self.refuse([ParameterError("cursor", GONE)])
            start = keys.index(asked.cursor) + 1
        page = keys[start : start + asked.limit]
        following = None
        if start + asked.limit < len(keys):
            renewed = params.copy()
            renewed["cursor"] = str(page[-1])
            query = renewed.urlencode(safe=",:")
            following = self.request.build_absolute_uri(f"{self.request.path}?{query}")
        about = self.get_about(filterset, len(keys))
        head = {"about": about, "next": following}
        response = self.respond(head, "rows", self.get_lines(download, asked.fields, page))
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        return response

    def get_moved(self, filterset: FilterSet) -> str | None:
        """The address with today's slugs, where this one has old ones."""
        renewed = filterset.renewed_params(self.request.GET)
        return renewed and f"{self.request.path}?{renewed.urlencode()}"

    def get_keys(self, filterset: FilterSet, download: Download, asked: Asked) -> list[int]:
        """The keys of all rows that are asked for, in their order."""
        keys = list(self.get_page_keys(filterset, 0, filterset.count))
        if asked.changed_since is None:
            return keys
        changed = self.get_changed(download, asked.changed_since)
        return [key for key in keys if key in changed]

    @classmethod
    def sorts(cls) -> list[str]:
        """The columns of the page by which the rows may be sorted."""
        return cls.table_class.sorts() if cls.table_class else []

    # One row

    def get_one(self, named: Mapping[str, Any]) -> HttpResponse:
        """The row that an address names, or that once had this address."""
        filterset = self.filterset = self.filter_class(QueryDict(), self.at)
        download = self.get_api_download(filterset)
        errors: list[str] = []
        parameters.refuse_unknown(self.request.GET, errors, parameters.OF_ONE)
        names = [one.name for one in download.columns]
        fields = parameters.read_fields(self.request.GET, errors, names)
        if errors:
            return self.refuse(errors)
        rows = filterset.rows.order_by()
        values = {path: named[name] for name, path in self.key.items()}
        found = rows.filter(**values).values_list("pk", flat=True).first()
        if found is None:
            return self.get_renamed(rows, values)
        about = self.get_about(filterset, 1)
        return self.respond({"about": about}, "row", self.get_lines(download, fields, [found]))

    def get_renamed(self, rows: QuerySet, values: Mapping[str, Any]) -> HttpResponse:
        """Leads on to the address that a row has today instead of this one."""
        today, narrowed = dict(values), rows
        for path, value in values.items():
            owner, _, field = path.rpartition("__")
            if isinstance(value, str) and not narrowed.filter(**{path: value}).exists():
                owners = self.get_owners(narrowed, owner)
                today[path] = current_values(owners, field, [value]).get(value, value)
            narrowed = narrowed.filter(**{path: today[path]})
        if today == values or not narrowed.exists():
            raise Http404
        view = self.request.resolver_match.view_name
        kwargs = {name: today[path] for name, path in self.key.items()}
        query = self.request.GET.urlencode()
        address = reverse(view, kwargs=kwargs)
        return MovedPermanently(f"{address}?{query}" if query else address)

    def get_owners(self, rows: QuerySet, path: str) -> QuerySet:
        """The rows to which a path leads from these."""
        if not path:
            return rows
        model = rows.model
        for step in path.split("__"):
            model = model._meta.get_field(step).related_model
        return model._default_manager.filter(pk__in=rows.values(path))

    # What is said of the rows

    def get_api_download(self, filterset: FilterSet) -> Download:
        """What a download holds, with the addresses of the row itself and of its page."""
        rows, parts = self.get_download(filterset)
        own = address_of(self.request, f"api:{self.name}_row", list(self.key.values()))
        addresses = [
            column("self", own, "The address of this row here"),
            column("page", self.get_page_address(), "The page where readers find it"),
        ]
        return Download(rows, [*addresses, *parts])

    def get_page_address(self) -> Concat:
        """An expression for the address of the page where readers find a row."""
        paths = self.page_key or list(self.key.values())
        return address_of(self.request, self.page_view, paths)

    def get_lines(
        self, download: Download, fields: Sequence[str], keys: Sequence[int]
    ) -> list[str]:
        """The rows with these keys as JSON, with these fields or with all."""
        chosen = [one for one in download.columns if not fields or one.name in fields]
        batches = downloads.lines_of(keys, download, FORMATS["json"], chosen)
        return [line for batch in batches for line in batch]

    def get_about(self, filterset: FilterSet, count: int) -> dict[str, Any]:
        """What is said once of all rows; `count` is how many there are on all pages."""
        params = self.request.GET.copy()
        params.pop("cursor", None)
        query = params.urlencode(safe=",:")
        address = f"{self.request.path}?{query}" if query else self.request.path
        about = downloads.about(
            self.title, self.request.build_absolute_uri(address), filterset, self.at
        )
        return about._replace(rows=count)._asdict()

    def respond(self, head: Mapping[str, Any], name: str, lines: Sequence[str]) -> HttpResponse:
        """Rows that are JSON already, after what is said of them: a list, or one alone."""
        start = json.dumps(head, ensure_ascii=False)[:-1]
        rows = ",\n".join(lines)
        rows = f"[\n{rows}\n]" if name == "rows" else rows
        return HttpResponse(f'{start}, "{name}": {rows}}}\n', content_type="application/json")

    def refuse(self, errors: Sequence[str]) -> HttpResponse:
        """What is wrong with the address."""
        return problem(self.request, 400, errors)

    # What changed

    def get_last_change(self) -> datetime:
        """When something last changed, an embargo ended, or the day began."""
        version = versions.current(self.at).version
        moments = [make_aware(datetime.combine(self.on, time())), version.released_at]
        moments += Change.objects.order_by("-pk").values_list("at", flat=True)[:1]
        return max(filter(None, moments))

    def get_changed(self, download: Download, since: datetime) -> set[int]:
        """The keys of the rows of which something that is said here changed since a moment."""
        model = download.rows.model
        related = self.get_related()
        tables = {model._meta.db_table, *self.get_tables(download)}
        tables |= {rows.model._meta.db_table for rows in related.values()}
        changes = Change.objects.filter(at__gte=since, table__in=tables)
        touched = changes.touched()
        changed = set(touched.get(model._meta.db_table, ()))
        for path, rows in related.items():
            if keys := touched.get(rows.model._meta.db_table):
                among = rows.order_by().filter(pk__any_of=list(keys)).values("pk")
                condition = Q(**{f"{path}__in": among}) & self.links.get(path, Q())
                changed |= self.get_matching(model, condition)
        changed |= self.get_matching(model, self.get_also_changed(since))
        return changed | self.get_detached(changes)

    def get_tables(self, download: Download) -> set[str]:
        """The tables from which the fields are read."""
        sql, _ = downloads.batch_query(download)
        return set(TABLES.findall(sql))

    def get_matching(self, model: type[Model], condition: Q) -> set[int]:
        """The keys of the rows that meet a condition."""
        if not condition:
            return set()
        rows = model._default_manager.order_by().filter(condition)
        return set(rows.values_list("pk", flat=True))

    def get_related(self) -> dict[str, QuerySet]:
        """What else is said with a row: the path to it, and those of it that are public."""
        return {}

    def get_also_changed(self, since: datetime) -> Q:
        """The rows that changed by the passing of time alone, such as the end of an embargo."""
        return Q()

    def get_detached(self, changes: QuerySet) -> set[int]:
        """The rows that lost something by one of these changes."""
        return set()
