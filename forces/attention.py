"""Rules that pick out what staff should look into, and how many rows each picks out."""

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
    """A reason to look into rows of a model; `pick(rows, user, on)` picks them out.

    `name` is for addresses. `words` describe several rows, and `of_one` a single row. A rule is for
    people with the permission that it `needs` (by default, to view the rows), and picks out only
    rows for which they have it.
    """

    name: str
    words: str
    model: type[Model]
    pick: Callable
    needs: str = ""
    of_one: str = ""

    def phrase(self, count):
        """The words that follow a number."""
        return (count == 1 and self.of_one) or self.words

    @property
    def permission(self):
        return self.needs or access.permission_to("view", self.model)

    def concerns(self, user, on):
        return access.may(user, self.permission, None, on)

    def rows(self, rows, user, on):
        """Those of these rows that this person should look into on a day."""
        return access.rows(user, self.permission, self.pick(rows, user, on), on)

    def address(self, organisation=EVERYWHERE):
        """The address of the admin's list of these rows; only one organisation's if it is given."""
        filters = {PARAMETER: self.name}
        if organisation:
            filters[f"{self.model.ORGANISATION_PATHS[0]}__id__exact"] = organisation
        opts = self.model._meta
        changelist = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        return f"{changelist}?{urlencode(filters)}"


class AttentionCount(NamedTuple):
    """A rule, and how many rows it picks out for a person.

    `of_organisations` has the counts by the id of the organisation that the rows belong to.
    """

    rule: AttentionRule
    count: int
    of_organisations: dict

    @property
    def url(self):
        return self.rule.address()


def count_attention(rules, user, on):
    """A count for each rule that is for this person, in the order given; one query per model."""
    concerning = [rule for rule in rules if rule.concerns(user, on)]
    by_rule = defaultdict(dict)
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
                by_rule[rule][organisation] = number
    return [AttentionCount(rule, sum(by_rule[rule].values()), by_rule[rule]) for rule in concerning]
