"""What one run of an import knows: who runs it, and the rows that cells may name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models.functions import Lower

SMALL = 2_000  # a table of so few rows is read whole, so that near names can be proposed


def in_any_case(rows: models.QuerySet, field: str, texts: Iterable[str]) -> models.QuerySet:
    """The rows whose field has one of these texts, in any case."""
    return rows.alias(in_any_case=Lower(field)).filter(
        in_any_case__in={text.lower() for text in texts}
    )


def rows_of(model: type[models.Model]) -> models.QuerySet:
    """The rows of a model, without columns that are only searched."""
    fields = model._meta.concrete_fields
    generated = [field.name for field in fields if isinstance(field, models.GeneratedField)]
    return model._base_manager.defer(*generated)


class RowsByName:
    """The rows of a table by the texts that name them, with those that the run will create."""

    def __init__(self, model: type[models.Model], by: tuple[str, ...], within: str = "") -> None:
        self.model, self.by = model, by
        self.read_with = [within] if within else []
        self.by_text: dict[str, dict[int, models.Model]] = defaultdict(dict)
        self.asked: set[str] = set()
        self.is_whole: bool | None = None

    def add(self, row: models.Model) -> None:
        """Let a row be found by each of its names."""
        for name in self.by:
            text = getattr(row, name)
            if text:
                self.by_text[str(text).casefold()].setdefault(row.pk, row)

    def need(self, texts: Iterable[str]) -> None:
        """Read the rows that these texts may name, those that were not asked for before."""
        if self.is_whole is None:
            self.is_whole = self.model._base_manager.count() <= SMALL
            if self.is_whole:
                for row in rows_of(self.model).prefetch_related(*self.read_with):
                    self.add(row)
        new = {text for text in texts if text} - self.asked
        self.asked |= new
        if self.is_whole or not new:
            return
        for name in self.by:
            rows = in_any_case(rows_of(self.model), name, new)
            for row in rows.prefetch_related(*self.read_with):
                self.add(row)

    def find(self, text: str) -> list[models.Model]:
        """The rows with this name."""
        self.need([text])
        return list(self.by_text.get(text.casefold(), {}).values())

    def found(self) -> list[models.Model]:
        """The rows that are known by now."""
        return [row for rows in self.by_text.values() for row in rows.values()]

    def texts(self) -> list[str]:
        """The names that are known by now."""
        return [text for text, rows in self.by_text.items() if rows]


class Run:
    """One run: its circumstances, and the rows that its cells may name, each read once."""

    def __init__(
        self,
        by: AbstractBaseUser | None,
        at: datetime,
        as_published: bool = False,
        is_written: bool = False,
    ) -> None:
        self.by, self.at, self.as_published, self.is_written = by, at, as_published, is_written
        self.cache: dict[Any, Any] = {}
        self._rows: dict[tuple[type[models.Model], tuple[str, ...], str], RowsByName] = {}
        self.new: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        self._numbers = count(-1, -1)

    def rows(self, model: type[models.Model], by: tuple[str, ...], within: str = "") -> RowsByName:
        """The rows of a model by these names, with those that this run creates.

        `within` is what is read with each: the field within which its names are unique.
        """
        if (model, by, within) not in self._rows:
            self._rows[model, by, within] = rows = RowsByName(model, by, within)
            rows.need(())
            for row in self.new[model]:
                rows.add(row)
        return self._rows[model, by, within]

    def create(self, row: models.Model) -> None:
        """Give a row that will be created a provisional key, below nought, and let it be found."""
        row.pk = next(self._numbers)
        self.new[type(row)].append(row)
        self.name(row)

    def name(self, row: models.Model) -> None:
        """Let a row be found by the names that it has now."""
        for (model, *_), rows in self._rows.items():
            if model is type(row):
                rows.add(row)

    def created(self, model: type[models.Model]) -> Iterator[models.Model]:
        """The rows of a model that this run creates."""
        return iter(self.new[model])
