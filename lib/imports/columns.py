"""Columns of import files: one definition gives template, help, check, import and download."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.db import models
from import_export.fields import Field

from lib.sheets.values import PartialDate

from .widgets import (
    ChoiceWidget,
    DateWidget,
    IdentifierWidget,
    IntegerWidget,
    ManyWidget,
    MomentWidget,
    RowWidget,
    SheetWidget,
    TextWidget,
    YesNoWidget,
)


def enum_of(field: models.Field) -> type[models.Choices] | None:
    """The class of a field's choices."""
    choices = getattr(field, "choices", None)
    if not choices:
        return None
    names = {str(value).upper() or "EMPTY": (value, label) for value, label in field.flatchoices}
    sort = models.IntegerChoices if isinstance(field, models.IntegerField) else models.TextChoices
    return sort(field.name, names)


def widget_for(field: models.Field, partial: bool = False) -> SheetWidget:
    """The widget that fits a field of a model."""
    if field.many_to_many:
        return ManyWidget(RowWidget(field.related_model))
    if field.is_relation:
        return RowWidget(field.related_model)
    if field.choices:
        return ChoiceWidget(enum_of(field))
    match field:
        case models.DateTimeField():
            return MomentWidget()
        case models.DateField():
            return DateWidget(partial)
        case models.BooleanField():
            return YesNoWidget()
        case models.IntegerField():
            return IntegerWidget()
        case models.SlugField():
            return IdentifierWidget()
        case models.TextField():
            return TextWidget(lines=True)
    return TextWidget()


def as_precise(on: date, precision: str) -> PartialDate:
    """A stored date as a file can say it: of a month or year, the first day stands for all."""
    first = {"month": {"day": 1}, "year": {"day": 1, "month": 1}}.get(precision, {})
    return PartialDate(on.replace(**first), precision)


def last_day(found: PartialDate) -> date:
    """The last day of a date that may be a month or a year."""
    month = 12 if found.precision == "year" else found.on.month
    days = monthrange(found.on.year, month)[1]
    return found.on if found.precision == "day" else found.on.replace(month=month, day=days)


class Column(Field):
    """A column of a kind of import file, and the field of the model that it fills.

    `precision` names the field that says how exact a date is, and with `ends_period` a month stands
    for its last day; `of_citation` says that a column belongs to the source and not to the fact.
    """

    def __init__(
        self,
        attribute: str | None = None,
        *,
        help: str = "",
        example: str = "",
        required: bool | None = None,
        widget: SheetWidget | None = None,
        precision: str = "",
        ends_period: bool = False,
        of_citation: bool = False,
        may_say: tuple[str, ...] = (),
    ) -> None:
        super().__init__(attribute=attribute, widget=widget or SheetWidget())
        self.help, self.example, self.required = help, example, required
        self.precision, self.of_citation, self.may_say = precision, of_citation, may_say
        self.ends_period = ends_period
        self.field: models.Field | None = None
        self.has_own_widget = widget is not None

    def bind(self, name: str, model: type[models.Model]) -> None:
        """Take from the model's field what the declaration leaves open."""
        self.column_name, self.attribute = name, self.attribute or name
        names = {field.name for field in model._meta.get_fields()}
        self.field = model._meta.get_field(self.attribute) if self.attribute in names else None
        if self.field is None:
            self.required = bool(self.required)
            return
        if not self.has_own_widget:
            self.widget = widget_for(self.field, bool(self.precision))
        self.help = self.help or str(self.field.help_text)
        if self.required is None:
            self.required = (
                not self.field.blank
                and not self.field.many_to_many
                and not self.field.has_default()
                and not isinstance(self.field, models.BooleanField)
            )

    @property
    def help_text(self) -> str:
        """What stands in it, for whoever fills it in."""
        sentences = [self.help, self.widget.mend if not self.widget.options() else ""]
        return " ".join(dict.fromkeys(filter(None, sentences)))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The fields that it fills."""
        return (self.attribute, self.precision) if self.precision else (self.attribute,)

    @property
    def is_list(self) -> bool:
        """Whether it fills a many-to-many field."""
        return self.field is not None and self.field.many_to_many

    @property
    def blank(self) -> Any:  # noqa: ANN401
        """What a blank cell means."""
        field = self.field
        if field is None or field.many_to_many:
            return [] if isinstance(self.widget, ManyWidget) else None
        if field.has_default():
            return field.get_default()
        return "" if field.empty_strings_allowed and not field.null else None

    def get_value(self, instance: models.Model) -> Any:  # noqa: ANN401
        """The value of a row's field as the widget would read it."""
        if self.field is None:
            return None
        if self.field.is_relation and not self.is_list:
            return (
                instance and getattr(instance, self.field.attname) and super().get_value(instance)
            )
        value = getattr(instance, self.attribute)
        if self.is_list:
            return list(value.all())
        if self.precision and isinstance(value, date):
            return as_precise(value, getattr(instance, self.precision))
        return value

    def assign(self, instance: models.Model, value: Any) -> None:  # noqa: ANN401
        """Give a row's field this value."""
        if isinstance(value, PartialDate):
            setattr(instance, self.attribute, last_day(value) if self.ends_period else value.on)
            if self.precision:
                setattr(instance, self.precision, value.precision)
        else:
            setattr(instance, self.attribute, value)

    def is_same(self, instance: models.Model, value: Any) -> bool:  # noqa: ANN401
        """Whether a row's field has this value already."""
        if self.field is not None and self.field.is_relation:
            return getattr(instance, self.field.attname) == (value.pk if value else None)
        return self.get_value(instance) == value
