"""Full-text search of findings: for words, “quoted phrases”, and -words to leave out.

It searches findings, the responses to them, and the names of their organisations.
"""

import re
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchVector
from django.db.models import Exists, Q
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from forces.models import Alias, Organisation
from inspections.glossary import TERMS
from lib.folding import fold
from lib.lists.filtersets import printable

from .models import Finding, Response

MOST_CHARACTERS = 200
MOST_TERMS = 12
TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
START, STOP = "\ue000", "\ue001"
MARKS = {ord(START): "<mark>", ord(STOP): "</mark>"}

MEANINGS = {term.abbreviation.lower(): fold(term.name) for term in TERMS if term.abbreviation}
ABBREVIATIONS = {meaning.lower(): abbreviation for abbreviation, meaning in MEANINGS.items()}

# PostgreSQL's English stop words, which are not indexed. A test compares them.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves what which who whom this
    that these those am is are was were be been being have has had having do does did doing a an
    the and but if or because as until while of at by for with about against between into through
    during before after above below to from up down in out on off over under again further then
    once here there when where why how all any both each few more most other some such no nor not
    only own same so than too very s t can will just don should now
        """,
    )
)


def is_stop_word(word):
    """Whether a word is not indexed; if in capitals or in the glossary, it is an abbreviation."""
    parts = re.findall(r"\w+", word.lower())
    return (
        STOP_WORDS.issuperset(parts)
        and not (len(word) > 1 and word.isupper())
        and word.lower() not in MEANINGS
    )


def query_of(text):
    """A query for a phrase, with English words by their stem, and words like "IT" exactly."""
    query = SearchQuery(text, config="english", search_type="phrase")
    words = re.findall(r"\w+", text)
    for word in words:
        if word.lower() in STOP_WORDS and not is_stop_word(word):
            query &= SearchQuery(word, config="simple")
    if "-" in text and not any(map(is_stop_word, words)):
        query |= SearchQuery(text.replace("-", " "), config="english", search_type="phrase")
    return query


class Term:
    """A word or phrase that a finding must have, or must not have if `is_negated`."""

    def __init__(self, text, is_negated):
        self.text, self.is_negated = text, is_negated
        word = text.lower()
        self.query = query_of(text)
        for other in (
            MEANINGS.get(word) or MEANINGS.get(word.removesuffix("s")),
            ABBREVIATIONS.get(word),
        ):
            if other:
                self.query |= query_of(other)


def having(terms):
    """The condition that a finding, a response to it or the name of one it names has any term."""
    query = reduce(or_, (term.query for term in terms))
    names = reduce(
        or_, (SearchQuery(term.text, config="simple", search_type="phrase") for term in terms)
    )
    organisations = Organisation.objects.annotate(
        words=SearchVector("name", "short_name", config="simple")
    )
    aliases = Alias.objects.annotate(words=SearchVector("name", config="simple"))
    naming = Finding.organisations.through.objects.filter(
        Q(organisation__in=organisations.filter(words=names).values("pk"))
        | Q(organisation__in=aliases.filter(words=names).values("organisation"))
    )
    saying = Response.objects.filter(search=query)
    # Few responses have the words, so only findings of their inspections are checked for whether
    # a response is theirs.
    near = Q(inspection__in=saying.exclude(inspection=None).values("inspection"))
    near |= Q(pk__in=saying.exclude(finding=None).values("finding"))
    return (
        Q(search=query)
        | reduce(or_, (Q(reference__iexact=term.text) for term in terms))
        | near & Q(Exists(Response.objects.beside().filter(search=query)))
        | Q(pk__in=naming.values("finding"))
    )


class Search:
    """A search for terms; `errors` says what cannot be searched for."""

    def __init__(self, text):
        self.text = text
        self.errors = []
        self.terms = []
        if len(text) > MOST_CHARACTERS:
            self.errors.append(
                f"The search “{printable(text)}” is longer than {MOST_CHARACTERS} characters."
            )
            return
        if "\0" in text:
            self.errors.append(
                f"The search “{printable(text)}” holds a character that cannot be searched for."
            )
            return
        found = TERM.findall(fold(text))
        typed = [(phrase or word, bool(sign)) for sign, phrase, word in found]
        worded = [(term, negated) for term, negated in typed if re.search(r"\w", term)]
        self.terms = [
            Term(term, negated) for term, negated in dict.fromkeys(worded) if not is_stop_word(term)
        ]
        if not self.terms:
            self.errors.append(
                f"The search “{printable(text)}” holds no word that can be searched for."
            )
        if len(self.terms) > MOST_TERMS:
            self.errors.append(
                f"The search “{printable(text)}” holds more than {MOST_TERMS} words."
            )

    def filter(self, findings):
        """The findings that have every term and none of the negated ones."""
        for term in self.terms:
            if not term.is_negated:
                findings = findings.filter(having([term]))
        # One condition for all: with a dozen, PostgreSQL expects almost no rows, and its plan for
        # so few takes a minute when there are many.
        unwanted = [term for term in self.terms if term.is_negated]
        return findings.filter(~having(unwanted)) if unwanted else findings

    def with_headline(self, findings):
        """Findings with `headline`: the summary with matches marked, for `highlight`."""
        sought = [term.query for term in self.terms if not term.is_negated]
        if not sought:
            return findings
        headline = SearchHeadline(
            "summary",
            reduce(or_, sought),
            config="english",
            start_sel=START,
            stop_sel=STOP,
            highlight_all=True,
        )
        return findings.annotate(headline=headline)

    def highlight(self, finding):
        """A finding's summary as HTML with the matches marked."""
        text = getattr(finding, "headline", finding.summary)
        for term in self.terms:
            # The English headline does not mark abbreviations that look like stop words.
            if not term.is_negated and term.text.lower() in STOP_WORDS:
                text = re.sub(rf"\b{re.escape(term.text.upper())}\b", rf"{START}\g<0>{STOP}", text)
        return mark_safe(conditional_escape(text).translate(MARKS))  # noqa: S308 (escaped as the words stand)
