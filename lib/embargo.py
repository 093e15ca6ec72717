"""Rows that facts use, such as themes: what only facts under embargo use is under embargo too."""

from datetime import datetime

from django.db.models import Exists, Model, OuterRef, Q


def shown_by_use(model: type[Model], at: datetime) -> Q:
    """The condition that a public fact uses a row, or that none does at all.

    A fact is any model whose rows refer to it and whose queryset has a `published(at)`.
    """
    public, used = Q(), Q()
    for relation in model._meta.related_objects:
        facts = relation.related_model._default_manager
        if hasattr(facts, "published") and relation.related_model is not model:
            row = {relation.field.name: OuterRef("pk")}
            public |= Q(Exists(facts.published(at).order_by().filter(**row)))
            used |= Q(Exists(facts.order_by().filter(**row)))
    return public | ~used
