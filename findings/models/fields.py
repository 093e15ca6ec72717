"""Fields that more than one model has."""

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Value

from lib.folding import folded

# A word that is not in capitals. Abbreviations are indexed apart and without stemming: some, like
# "IT", are stop words in English.
NOT_AN_ABBREVIATION = r"\m(?![A-Z][A-Z0-9]+s?\M)\w+\M"


def search_vector(*fields):
    """A generated column to search for English words by stem, and for abbreviations exactly.

    Signs and accents are folded, as `findings.search` folds what it looks for.
    """
    texts = [folded(F(field)) for field in fields]
    abbreviations = [
        Func(
            text,
            Value(NOT_AN_ABBREVIATION),
            Value(" "),
            Value("g"),
            function="regexp_replace",
            output_field=models.TextField(),
        )
        for text in texts
    ]
    return models.GeneratedField(
        expression=SearchVector(*texts, config="english")
        + SearchVector(*abbreviations, config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
