"""The search in the list of sources: for words, “quoted phrases”, and -words to leave out."""

import re

from django.db.models import Q

from lib.parameters import printable

MOST_CHARACTERS = 200
MOST_TERMS = 12
TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')


class SourceSearch:
    """A search for what a source's title, publisher or address has, all of it in any order."""

    def __init__(self, text):
        self.text, self.errors = text, []
        quoted = text.replace("“", '"').replace("”", '"')
        found = [(minus, phrase or word) for minus, phrase, word in TERM.findall(quoted)]
        self.terms = [(minus, term) for minus, term in found if term]
        if len(text) > MOST_CHARACTERS or len(self.terms) > MOST_TERMS:
            self.errors.append(
                f"Search for at most {MOST_TERMS} words and {MOST_CHARACTERS} characters."
            )
        elif not text.isprintable():
            self.errors.append(f"“{printable(text)}” cannot be searched for.")

    def filter(self, rows):
        for minus, term in self.terms:
            has = Q(title__icontains=term) | Q(publisher__icontains=term)
            has |= Q(url__isnull=False, url__icontains=term)
            rows = rows.exclude(has) if minus else rows.filter(has)
        return rows
