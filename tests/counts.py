"""What the numbers of pages claim, and how many rows the lists have that they open."""

from copy import copy
from urllib.parse import parse_qsl, urlencode, urljoin

from django.http import QueryDict
from django.urls import resolve
from django.utils import timezone

from findings.change_filters import ChangeFilter

from .pages import elements


def in_one_order(address):
    """An address whose parameters stand in the order of their names, which says the same."""
    path, _, query = address.partition("#")[0].partition("?")
    return f"{path}?{urlencode(sorted(parse_qsl(query)))}"


def claims_of(pages):
    """The numbers that pages claim: by the address that each opens, the numbers and who says so."""
    claims = {}
    for address, page in pages:
        assert page.status_code == 200, address
        for element in elements(page):
            if "data-count" in element.attributes:
                opened = in_one_order(urljoin(address, element.attributes["href"]))
                claims.setdefault(opened, set()).add(
                    (int(element.attributes["data-count"]), address)
                )
    return claims


def wrong(claims):
    """The claims whose lists have other numbers of rows."""
    lists = Lists()
    return [
        f"{address} says {count}, {opened} has {rows}"
        for opened, said in claims.items()
        for rows in [lists.count(opened)]
        for count, address in said
        if count != rows
    ]


class Lists:
    """The lists as they are now.

    Which rows have which value is read once, of all facets as on the page, and each address then
    chooses among them; only a search, or another question, is read anew.
    """

    def __init__(self):
        self.at, self.filtersets = timezone.now(), {}

    def read(self, filter_class, query=""):
        key = filter_class, query
        if key not in self.filtersets:
            self.filtersets[key] = filter_class(QueryDict(query), self.at)
        return self.filtersets[key]

    def count(self, address):
        """How many rows the list at an address has."""
        path, _, query = address.partition("?")
        params, filter_class = QueryDict(query), resolve(path).func.view_class.filter_class
        if filter_class is ChangeFilter:
            changes = ChangeFilter(params, self.at)
            assert not (changes.errors or changes.ignored or changes.moved), address
            return changes.count
        facets = self.read(filter_class).facets
        scope = [(name, value) for name, value in parse_qsl(query) if name not in facets]
        filterset = copy(self.read(filter_class, urlencode(scope)))
        filterset.choices = {name: filterset._parse(name, params.getlist(name)) for name in facets}
        filterset._name_unknown_values()
        assert not (filterset.errors or filterset.ignored or filterset.moved), address
        return filterset.count
