"""Full-text search of findings: for words, “quoted phrases”, and -words to leave out.

It searches findings, the responses to them, and the names of their organisations. Several words
must all be there; of several references, or of a whole sentence, any will do.
"""

import re
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchRank,
    SearchVector,
)
from django.db.models import Case, F, Q, When
from django.utils.functional import cached_property
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from forces.models import Alias, Organisation
from inspections.glossary import TERMS
from inspections.search import MOST_CHARACTERS, MOST_TERMS, TERM
from lib.folding import call, fold, folded, marked
from lib.parameters import printable

from .models import Finding, Response

SENTENCE = 6  # so many words, or more, are a sentence that somebody pasted
ADDRESS = re.compile(r"\S*?/findings/(?:[-\w]+/)?([-\w]+)(?:[/?#]\S*)?", re.ASCII | re.IGNORECASE)
REFERENCE = re.compile(r"[a-z][-a-z0-9]*\d", re.IGNORECASE)
# "F 12" is "F12".
APART = re.compile(r"\b([a-z]{1,2}) (\d{1,4})\b", re.IGNORECASE)
PUNCTUATION = " .,:;!?()[]{}<>#'\""
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
        self.reference = APART.sub(r"\1\2", text.strip(PUNCTUATION))
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
        words=SearchVector(folded(F("name")), folded(F("short_name")), config="simple")
    )
    aliases = Alias.objects.annotate(words=SearchVector(folded(F("name")), config="simple"))
    naming = Finding.organisations.through.objects.filter(
        Q(organisation__in=organisations.filter(words=names).values("pk"))
        | Q(organisation__in=aliases.filter(words=names).values("organisation"))
    )
    responses = Response.objects.filter(search=query, finding__isnull=False)
    return (
        Q(search=query)
        | reduce(or_, (Q(reference__iexact=term.reference) for term in terms))
        | Q(pk__in=responses.values("finding"))
        | Q(pk__in=naming.values("finding"))
    )


def references_in(text):
    """The references that a text consists of, as people paste them; none if it says more."""
    text = APART.sub(r"\1\2", ADDRESS.sub(r" \1 ", text))
    words = [word.strip(PUNCTUATION) for word in re.split(r"[\s,;/&]+", text)]
    words = [word for word in words if re.search(r"\w", word) and word.lower() not in ("and", "or")]
    return words if all(map(REFERENCE.fullmatch, words)) else []


class Search:
    """A search for terms; `errors` says what cannot be searched for.

    `is_any` if a finding needs only one of the terms, `is_sentence` if these are words.
    """

    def __init__(self, text):
        self.text = text
        self.errors = []
        self.terms = []
        self.is_any = self.is_sentence = False
        self.is_readable = len(text) <= MOST_CHARACTERS and "\0" not in text
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
        text = fold(text)
        self.terms = self._references(text) or self._words(text)
        if not self.terms and not self.organisation:
            self.errors.append(
                f"The search “{printable(self.text)}” holds no word that can be searched for."
            )
        if len(self.terms) > MOST_TERMS and not self.is_any:
            self.errors.append(
                f"The search “{printable(self.text)}” holds more than {MOST_TERMS} words."
            )

    def _references(self, text):
        references = dict.fromkeys(references_in(text))
        self.is_any = len(references) > 1
        return [Term(reference, False) for reference in references]

    def _words(self, text):
        found = TERM.findall(ADDRESS.sub(r' "\1" ', text))
        typed = [(phrase or word, bool(sign)) for sign, phrase, word in found]
        worded = [(term, negated) for term, negated in typed if re.search(r"\w", term)]
        terms = [
            Term(term, negated) for term, negated in dict.fromkeys(worded) if not is_stop_word(term)
        ]
        is_negated = any(term.is_negated for term in terms)
        self.is_any = self.is_sentence = len(terms) >= SENTENCE and not is_negated
        return terms

    @property
    def query(self):
        """The words sought, any of them; None if there are only words to leave out."""
        sought = [term.query for term in self.terms if not term.is_negated]
        return reduce(or_, sought) if sought else None

    @cached_property
    def organisation(self):
        """The organisation that the whole text is a name or the initials of; None if of none."""
        return Organisation.objects.lookup(self.text).first() if self.text else None

    def filter(self, findings):
        """The findings that have every term, or any if that is enough, and no negated one.

        If the text is a name of an organisation, those that name it are found in any case.
        """
        sought = [term for term in self.terms if not term.is_negated]
        groups = [sought] if self.is_any else [[term] for term in sought]
        matches = [reduce(and_, map(having, groups))] if sought else []
        if (sought or not self.terms) and self.organisation:
            naming = Finding.organisations.through.objects.filter(organisation=self.organisation)
            matches.append(Q(pk__in=naming.values("finding")))
        if matches:
            findings = findings.filter(reduce(or_, matches))
        # One condition for all: with a dozen, PostgreSQL expects almost no rows, and its plan for
        # so few takes a minute when there are many.
        unwanted = [term for term in self.terms if term.is_negated]
        return findings.filter(~having(unwanted)) if unwanted else findings

    def names(self, reference):
        """Whether a reference is among the terms."""
        return reference.lower() in {term.reference.lower() for term in self.terms}

    def best_first(self, findings):
        """Findings in the order of how well they match; those that match alike stay as they are."""
        if not self.query:
            return findings
        is_sought = reduce(or_, (Q(reference__iexact=term.reference) for term in self.terms))
        return findings.annotate(
            is_sought=Case(When(is_sought, 1), default=0),
            rank=SearchRank(F("search"), self.query),
        ).order_by("-is_sought", "-rank", *findings.query.order_by)

    def with_headline(self, findings):
        """Findings with `headline`: the folded summary with matches marked, for `highlight`."""
        if not self.query:
            return findings
        headline = SearchHeadline(
            # What stands between these signs would be taken for a tag and left out.
            call("translate", folded(F("summary")), "<>", "  "),
            self.query,
            config="english",
            start_sel=START,
            stop_sel=STOP,
            highlight_all=True,
        )
        return findings.annotate(headline=headline)

    def highlight(self, finding):
        """A finding's summary as HTML with the matches marked."""
        text = finding.summary
        if headline := getattr(finding, "headline", ""):
            text = marked(text, headline, START, STOP)
        for term in self.terms:
            # The English headline does not mark abbreviations that look like stop words.
            if not term.is_negated and term.text.lower() in STOP_WORDS:
                text = re.sub(rf"\b{re.escape(term.text.upper())}\b", rf"{START}\g<0>{STOP}", text)
        return mark_safe(conditional_escape(text).translate(MARKS))  # noqa: S308 (escaped as the words stand)
