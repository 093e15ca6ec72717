"""Rows that facts use, such as themes: what only facts under embargo use is under embargo too."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull


@lru_cache(maxsize=16)  # a page asks several times, of one moment
def shown_by_use(model: type[Model], at: datetime) -> Q:
    """The condition that a public fact uses a row, or that none does at all.

    A fact is any model whose rows refer to it and whose queryset has a `published(at)`.
    """
    public, links = [], []
    for relation in model._meta.related_objects:
        facts, name = relation.related_model._default_manager, relation.field.name
        if not hasattr(facts, "published") or relation.related_model is model:
            continue
        public.append(facts.published(at).filter(**{name: OuterRef("pk")}).values("pk"))
        if relation.many_to_many:
            facts, name = relation.through._default_manager, relation.field.m2m_reverse_field_name()
        links.append(facts.filter(**{name: OuterRef("pk")}).values(name))
    return ~any_row(links) | any_row(public)


def any_row(querysets: Sequence[QuerySet]) -> Q:
    """The condition that one of these has a row; they give one column, and refer to the outer row.

    Where `Exists` stands beside others in a condition, PostgreSQL may read all facts at once, of
    every row. Of these it reads one at a time, and no more once it has found one.
    """
    return Q(IsNull(Coalesce(*(Subquery(rows.order_by()[:1]) for rows in querysets), None), False))
