"""The kinds of import files, and which kind a sheet is."""

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import NamedTuple, TypeVar

from lib.sheets.values import match_key
from lib.sheets.writing import FileFormat, write_templates

from .resources import SheetResource

AnyResource = TypeVar("AnyResource", bound=type[SheetResource])

_kinds: dict[str, type[SheetResource]] = {}


class Bundle(NamedTuple):
    """Kinds that are often filled in together, in one file."""

    name: str
    title: str
    kinds: tuple[str, ...]

    def template(self, file_format: FileFormat) -> bytes:
        """A file with a sheet for each of the kinds."""
        resources = [_kinds[kind]() for kind in self.kinds]
        parts = [(resource.title, resource.template_columns) for resource in resources]
        return write_templates(self.title, parts, file_format)


_bundles: dict[str, Bundle] = {}


def bundle(name: str, title: str, kinds: tuple[str, ...]) -> None:
    """Let these kinds be filled in together."""
    _bundles[name] = Bundle(name, title, kinds)


def bundles() -> dict[str, Bundle]:
    """The kinds that are often filled in together, by name."""
    return dict(_bundles)


def register(kind: str, after: tuple[str, ...] = ()) -> Callable[[AnyResource], AnyResource]:
    """Let a resource's kind be imported; `after` are the kinds that its rows may name."""

    def add(resource: AnyResource) -> AnyResource:
        # Set here, as a resource may have a column of that name.
        resource.kind, resource.after = kind, after
        _kinds[kind] = resource
        return resource

    return add


def in_order() -> list[type[SheetResource]]:
    """All kinds, each after those that its rows may name."""
    graph = {name: resource.after for name, resource in _kinds.items()}
    return [_kinds[name] for name in TopologicalSorter(graph).static_order()]


def find(name: str) -> type[SheetResource] | None:
    """The kind of this name, in any case."""
    return _kinds.get(match_key(name).replace(" ", "_"))


def names() -> list[str]:
    """The names of all kinds, in order."""
    return [resource.kind for resource in in_order()]


def headings() -> set[str]:
    """The headings that any kind knows."""
    return {name for resource in _kinds.values() for name in resource.fields}


def accepts(heading: str) -> bool:
    """Whether any kind has another form in which this heading means something."""
    return any(resource.accepts(heading) for resource in _kinds.values())


def likely(found: list[str], file_name: str = "") -> list[type[SheetResource]]:
    """The kinds that these headings fit best, one unless they fit several alike."""
    folded = {match_key(heading) for heading in found}
    fits: list[tuple[tuple[int, int], type[SheetResource]]] = []
    for resource in in_order():
        known = {match_key(name) for name in resource.fields}
        key = {match_key(name) for name in resource.key}
        if resource.recognises(found):
            fits.append(((1, 0), resource))
        elif folded & known and key & folded:
            missing = len(key - folded) + len(folded - known)
            fits.append(((0, len(folded & known) - 3 * missing), resource))
    if not fits:
        return []
    best = max(fit for fit, _ in fits)
    found_kinds = [resource for fit, resource in fits if fit == best]
    name = match_key(file_name)
    named = [resource for resource in found_kinds if match_key(resource.kind) in name]
    return named if len(named) == 1 else found_kinds
