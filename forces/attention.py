"""What somebody should look into: rows picked out in one way, which the desk counts and the admin lists."""

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Count, Model, Q
from django.urls import reverse
from django.utils.http import urlencode

from . import access

PARAMETER = "attention"
EVERYWHERE = None


class AttentionRule(NamedTuple):
    """A reason to look into rows of a model: its name in addresses, its words, and `pick(rows, user, on)`.

    It concerns whoever holds the permission that it `needs`, and their rows alone; unless told, that is to see such rows.
    """

    name: str
    words: str
    model: type[Model]
    pick: Callable
    needs: str = ""
    of_one: str = ""

    def phrase(self, count):
        """Its words behind a number."""
        return (count == 1 and self.of_one) or self.words

    @property
    def permission(self):
        return self.needs or access.permission_to("view", self.model)

    def concerns(self, user, on):
        return access.may(user, self.permission, None, on)

    def rows(self, rows, user, on):
        """Those of the rows that this person should look into on a day."""
        return access.rows(user, self.permission, self.pick(rows, user, on), on)

    def address(self, organisation=EVERYWHERE):
        """The admin's list of exactly these rows: all of them, or one organisation's."""
        chosen = {PARAMETER: self.name} | (
            {f"{self.model.ORGANISATION_PATHS[0]}__id__exact": organisation} if organisation else {}
        )
        return f"{reverse(f'admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist')}?{urlencode(chosen)}"


class AttentionCount(NamedTuple):
    """A matter and how many rows it has for somebody; `of_organisations` by organisation, where rows belong to organisations."""

    rule: AttentionRule
    count: int
    of_organisations: dict

    @property
    def url(self):
        return self.rule.address()


def count_attention(matters, user, on):
    """An item for each matter that concerns a person, in the order given: one query a model."""
    concerning = [rule for rule in matters if rule.concerns(user, on)]
    held = defaultdict(dict)
    for model in dict.fromkeys(rule.model for rule in concerning):
        mine = [rule for rule in concerning if rule.model is model]
        counts = {
            rule.name: Count(
                "pk",
                filter=Q(
                    pk__in=rule.rows(model._default_manager.all(), user, on).order_by().values("pk")
                ),
            )
            for rule in mine
        }
        rows = access.rows(
            user, access.permission_to("view", model), model._default_manager.order_by(), on
        )
        if hasattr(model, "ORGANISATION_PATHS"):
            by_organisation = rows.values_list(model.ORGANISATION_PATHS[0]).annotate(**counts)
        else:
            by_organisation = [(EVERYWHERE, *rows.aggregate(**counts).values())]
        for organisation, *numbers in by_organisation:
            for rule, number in zip(mine, numbers, strict=True):
                held[rule][organisation] = number
    return [AttentionCount(rule, sum(held[rule].values()), held[rule]) for rule in concerning]
