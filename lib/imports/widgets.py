"""How a cell is understood, and how a value is written into one: a widget for each sort of value.

import-export's own widgets guess: any word but their own list is False, `12/06/2025` may be
December. These refuse what they do not know, and say how to mend it.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.db.models import Choices, Model
from django.utils import timezone
from django.utils.text import get_text_list
from import_export.widgets import Widget

from lib.sheets.layout import ColumnKind
from lib.sheets.values import (
    PartialDate,
    as_identifier,
    clean_text,
    comma_list_problem,
    match_key,
    parse_boolean,
    parse_date,
    parse_moment,
    parse_whole_number,
    split_list,
)

from .problems import CellError

if TYPE_CHECKING:
    from .runs import RowsByName, Run

CANDIDATES = 3
LONGEST_TEXT = 20_000  # PostgreSQL refuses to index a text of a megabyte for search


class SheetWidget(Widget):
    """A cell of a sheet as a value, and back."""

    depends_on_row = False  # or on the cell alone, so that what it means can be kept
    sort: ColumnKind = "text"  # how a template types its column
    takes_several = False
    mend = ""

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> Any:  # noqa: ANN401
        """The value of a cell; raises `ValueError` with a sentence for one that it refuses.

        As it stands, unless a sort of widget says otherwise.
        """
        return value

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        return "" if value is None else str(value)

    def options(self) -> list[str]:
        """The values that a template offers; none where anything may be written."""
        return []

    def prepare(self, values: Iterable[object], run: "Run") -> None:
        """Look up at once what these cells name."""

    def known(self, run: "Run") -> Iterable[str]:
        """The values that a cell may have, as far as they are known."""
        return self.options()


class TextWidget(SheetWidget):
    """Text; `lines` keeps its line breaks."""

    def __init__(self, lines: bool = False) -> None:
        super().__init__()
        self.lines = lines

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> str:
        if isinstance(value, bool | date | time):
            mend = "Format the cell as text and type it again."
            raise CellError("This cell holds no text.", mend)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = clean_text(value, lines=self.lines)
        if len(text) > LONGEST_TEXT:
            raise CellError(f"This text is longer than {LONGEST_TEXT:,} letters.", "Shorten it.")
        return text


class IdentifierWidget(SheetWidget):
    """A code or slug, kept as it is written: "007" stays "007"."""

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> str:
        return as_identifier(value)


class IntegerWidget(SheetWidget):
    """A whole number."""

    sort = "number"

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> int:
        return parse_whole_number(value)


class YesNoWidget(SheetWidget):
    """Yes or no."""

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> bool:
        return parse_boolean(value)

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        return "" if value is None else "yes" if value else "no"

    def options(self) -> list[str]:
        return ["yes", "no"]


class ChoiceWidget(SheetWidget):
    """One of a closed list of values, by value or label in any case."""

    def __init__(self, choices: type[Choices], by_label: bool = False) -> None:
        super().__init__()
        self.choices, self.by_label = choices, by_label
        self.by_word = {
            match_key(word).replace("'", "’"): choice
            for choice in choices
            for word in (str(choice.label), str(choice.value), choice.name)
            if not word.isdecimal()
        }

    @property
    def mend(self) -> str:
        return f"Write {get_text_list(self.options())}."

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> Any:  # noqa: ANN401
        found = self.by_word.get(match_key(value).replace("'", "’"))
        if found is None:
            raise CellError("This is none of the values of this column.", self.mend)
        return found.value

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        if value in (None, ""):
            return ""
        choice = self.choices(value)
        return str(choice.label) if self.by_label else str(choice.value)

    def options(self) -> list[str]:
        return [self.render(choice.value) for choice in self.choices]


class DateWidget(SheetWidget):
    """A date; with `partial`, also one that is exact to the month or the year."""

    sort = "date"

    def __init__(self, partial: bool = False) -> None:
        super().__init__()
        self.partial = partial

    @property
    def mend(self) -> str:
        return "Write it as 2025-06-12, 12 June 2025 or 12/06/2025 (day first)" + (
            ", or 2025-06 or 2025 where the day is not known." if self.partial else "."
        )

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> PartialDate | date:
        found = parse_date(value)
        if self.partial:
            return found
        if found.precision != "day":
            raise CellError("This date lacks its day.", self.mend)
        return found.on

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        if value is None:
            return ""
        if not isinstance(value, PartialDate):
            return value.isoformat()
        return value.on.isoformat()[: {"day": 10, "month": 7, "year": 4}[value.precision]]


class MomentWidget(SheetWidget):
    """A day and a time of day in our time zone; a day alone is its first moment."""

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> datetime:
        moment = parse_moment(value)
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        if value is None:
            return ""
        text = timezone.localtime(value).replace(tzinfo=None).isoformat(" ")
        return text.removesuffix(":00") if value.second == 0 else text


class RowWidget(SheetWidget):
    """A cell that names a row of a table, by one of these fields in any case.

    A row that the same run creates counts too. `within` names the field that leads to a row with a
    slug, within which names are unique: "south-west/F1"; without the slug, a name that only one row
    has will do.
    """

    def __init__(self, model: type[Model], *fields: str, within: str = "") -> None:
        super().__init__()
        self.model, self.by, self.within = model, fields or ("slug",), within

    @property
    def noun(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def names(self) -> str:
        """By what a row is named, in words."""
        words = {"slug": "short name", "url": "address"}
        names = [words.get(name, name.replace("_", " ")) for name in self.by]
        said = get_text_list(list(dict.fromkeys(names)))
        return f"{self.within}’s short name, a slash and its {said}" if self.within else said

    @property
    def mend(self) -> str:
        return f"Name the {self.noun} by its {self.names}."

    def prepare(self, values: Iterable[object], run: "Run") -> None:
        self.rows(run).need(self.split(clean_text(value))[1] for value in values)

    def rows(self, run: "Run") -> "RowsByName":
        """The rows that a cell may name."""
        return run.rows(self.model, self.by, self.within)

    def split(self, text: str) -> tuple[str, str]:
        """The slug within which a name is unique, empty if it is not said, and the name."""
        outer, _, name = text.rpartition("/") if self.within else ("", "", text)
        return outer.strip().casefold(), name.strip()

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> Model:
        text = clean_text(value)
        rows = self.rows(run)
        outer, name = self.split(text)
        found = rows.find(name)
        if outer:
            named = found
            found = [row for row in named if getattr(row, self.within).slug.casefold() == outer]
            if named and not found:
                raise CellError(
                    f"This {self.within} has no {self.noun} with this {self.by[0]}.",
                    f"Did you mean {get_text_list([self.render(one) for one in named[:9]])}?",
                )
        if len(found) == 1:
            return found[0]
        if found:
            raise CellError(
                f"More than one {self.noun} has this name.",
                f"Write {get_text_list([self.render(one) for one in found])}.",
            )
        near = get_close_matches(name.casefold(), rows.texts(), CANDIDATES)
        near = list(dict.fromkeys(self.render(rows.find(one)[0]) for one in near))
        raise CellError(
            f"There is no {self.noun} with this name.",
            f"Did you mean {get_text_list(near)}?"
            if near
            else f"Write its {self.names}, or add it first.",
        )

    def known(self, run: "Run") -> Iterable[str]:
        whole = (self.render(row) for row in self.rows(run).found()) if self.within else ()
        return [*self.rows(run).texts(), *whole]

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        if value is None:
            return ""
        name = str(getattr(value, self.by[0]))
        return f"{getattr(value, self.within).slug}/{name}" if self.within else name


class ManyWidget(SheetWidget):
    """A cell that lists several values, with semicolons between them."""

    takes_several = True

    def __init__(self, each: SheetWidget) -> None:
        super().__init__()
        self.each = each
        self.depends_on_row = each.depends_on_row

    @property
    def mend(self) -> str:
        return f"Put semicolons between several values. {self.each.mend}".strip()

    def prepare(self, values: Iterable[object], run: "Run") -> None:
        self.each.prepare((part for value in values for part in split_list(str(value))), run)

    def clean(
        self, value: object, row: dict[str, Any] | None = None, run: "Run | None" = None
    ) -> list[Any]:
        texts = split_list(value) if isinstance(value, str) else [value]
        found = []
        for text in texts:
            try:
                one = self.each.clean(text, row=row, run=run)
            except ValueError as error:
                if sentence := comma_list_problem(str(text), self.each.known(run)):
                    raise CellError(sentence) from None
                mend = getattr(error, "mend", "") or self.mend
                raise CellError(f"“{text}”: {error}", mend) from None
            if one not in found:
                found.append(one)
        return found

    def render(self, value: Any, obj: Model | None = None, **kwargs: Any) -> str:  # noqa: ANN401
        return ";".join(self.each.render(one) for one in value or ())

    def options(self) -> list[str]:
        return []
