"""Rules for what staff should look into: the first page counts the rows, the admin lists them."""

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
    """A reason to look into rows of a model, which `pick(rows, user, on)` picks out.

    `name` is for addresses; `words` say what there are several of, `of_one` what there is one of.
    A rule concerns those who have the permission that it `needs` (by default to view the rows),
    and only the rows that they have it on.
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
        """The rows among these that this person should look into on a day."""
        return access.rows(user, self.permission, self.pick(rows, user, on), on)

    def address(self, organisation=EVERYWHERE):
        """The address of the admin's list of these rows, all of them or one organisation's."""
        filters = {PARAMETER: self.name}
        if organisation:
            filters[f"{self.model.ORGANISATION_PATHS[0]}__id__exact"] = organisation
        opts = self.model._meta
        changelist = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        return f"{changelist}?{urlencode(filters)}"


class AttentionCount(NamedTuple):
    """A rule and how many rows it picks out for somebody.

    `of_organisations` are the counts by organisation's id, where rows belong to organisations.
    """

    rule: AttentionRule
    count: int
    of_organisations: dict

    @property
    def url(self):
        return self.rule.address()


def count_attention(rules, user, on):
    """A count for each rule that concerns a person, in the order given; one query a model."""
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
