"""No page asks the database more of 30 bodies and 600 findings than of six bodies and few
findings."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from findings import summaries as finding_summaries
from findings.filters import FindingFilter
from findings.models import Finding
from inspections import summaries as grading_summaries
from lib.lists import downloads, freshness
from lib.lists.postings import Postings

from . import factories
from .addresses import slugs_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# The most questions that each page may ask.
MOST = {
    "/": 7,
    "/regions/{region}/": 14,
    "/forces/": 13,
    "/forces/{organisation}/": 26,
    "/forces/{organisation}/summary/": 19,
    "/forces/{organisation}/summary/?since=2025-01-01": 41,
    "/compare/": 3,
    "/compare/?organisation={organisation}&organisation={other}": 14,
    "/inspections/": 1,
    "/inspections/{inspection}/": 16,
    "/inspections/soc/": 7,
    "/inspections/soc/?format=json": 7,
    "/questions/": 3,
    "/questions/serious-and-organised-crime/": 12,
    "/gradings/": 10,
    "/gradings/?newest=yes&strand=serious-and-organised-crime&grade=good": 10,
    "/sources/": 9,
    "/data/": 2,
    "/about/": 0,
    "/about/accessibility/": 0,
    "/about/privacy/": 0,
    "/about/grades/": 1,
    "/about/glossary/": 0,
    "/changes/?organisation={organisation}&kind=grading&kind=finding": 20,
    "/changes/?organisation={organisation}&format=atom": 20,
    "/corrections/": 20,
    "/findings/": 14,
    "/findings/?theme=workforce&kind=strength&organisation=-none": 17,
    "/findings/?q=nobody&sort=-progress&page=2": 19,
    "/search/": 0,
    "/search/?q=nobody": 13,
    "/search/?q=made": 13,
    "/findings/{finding}/": 28,
    "/themes/": 4,
    "/themes/workforce/": 8,
    "/plans/": 6,
    "/plans/{plan}/": 11,
    "/plans/{plan}/due-dates/": 11,
    "/actions/": 10,
    "/actions/?overdue=yes&status=-complete&organisation={organisation}": 12,
    "/actions/?sort=due&page=2": 11,
    "/charts/grades_by_region.json": 5,
    "/regions/{region}/charts/findings_by_theme.json": 4,
    "/api/": 0,
    "/api/organisations/": 13,
    "/api/v1/openapi.json": 78,
    "/api/v1/findings/?theme=workforce": 15,
    "/api/v1/findings/{finding}/": 15,
    "/api/v1/organisations/?changed_since=2025-01-01": 29,
    "/charts/grades_by_region/": 6,
    "/regions/{region}/charts/findings_by_theme/": 9,
    "/forces/{organisation}/charts/grades_through_time/": 7,
    "/forces/{organisation}/charts/grades_through_time/?format=csv": 7,
    "/compare/charts/grade_by_organisation/?organisation={organisation}&organisation={other}": 5,
    "/embed/forces/{organisation}/": 11,
    "/embed/forces/{organisation}/charts/findings_by_theme/": 13,
}
# These make what they show, if it was not made before; others count by them.
LISTS = ("/findings/", "/actions/")
# Besides, every page asks for the version of the data: before it is made, and as it is made.
VERSION = 2
MATRIX = 6
# Searches that find nearly everything, nearly nothing, or look at most words.
WORST = [
    "-workforce",
    '-"people and skills"',
    "IT",
    "police " * 12,
    "-police " * 12,
    " ".join(f"-nothing{n}" for n in range(12)),
]


def queries(function, *arguments):
    with CaptureQueriesContext(connection) as seen:
        function(*arguments)
    return len(seen)


def addresses(made):
    slugs = slugs_of(made)
    return {address: address.format(**slugs) for address in MOST}


def lists_made():
    """What a process keeps that has made the lists alone, by which other pages count."""
    freshness.forget()
    for count_by in LISTS:
        Client().get(count_by)
    return {
        name: kept for name, kept in freshness._kept.items() if isinstance(kept.value, Postings)
    }


def asked_by(address, lists=None):
    """How many questions a page asks that no process has made yet, but for these lists."""
    freshness.forget()
    if address.partition("?")[0] not in LISTS:
        freshness._kept.update(lists)
    return queries(get, address)


def asked_by_each(made):
    """How many questions each page asks of a made-up region."""
    lists = lists_made()
    return {address: asked_by(filled, lists) for address, filled in addresses(made).items()}


def get(address):
    answer = Client().get(address)
    assert answer.status_code == 200, address
    answer.getvalue()


def matrices(made):
    """What the two matrices ask: organisations by questions, and themes by organisations."""
    findings = FindingFilter.select(timezone.now(), inspection=made.inspection.slug)
    themes = finding_summaries.findings_by_theme(findings)
    return [
        queries(
            grading_summaries.gradings_by_organisation,
            made.inspection,
            made.inspection.programme.questions.all(),
            timezone.now(),
        ),
        queries(finding_summaries.theme_by_organisation, themes, findings, made.organisations),
    ]


def test_the_number_of_questions_is_fixed():
    small = factories.made_up_region("Northmarch", organisations=6, findings=70)
    few = asked_by_each(small)
    of_small = matrices(small)
    large = factories.made_up_region("Southmarch", organisations=30, findings=600, plans=30)
    many = asked_by_each(large)
    of_large = matrices(large)
    assert {
        address: (few[address], many[address]) for address in MOST if few[address] != many[address]
    } == {}
    assert {
        address: asked for address, asked in many.items() if asked > MOST[address] + VERSION
    } == {}
    assert of_small == of_large
    assert max(of_large) <= MATRIX
    # What was asked once is kept as long as nothing changes.
    assert Client().get("/findings/").status_code == 200
    assert queries(Client().get, "/findings/?boxes=exclude") == VERSION
    # A download asks once for each part of its rows.
    parts = 1 + -(-(Finding.objects.count() - downloads.FIRST_BATCH) // downloads.BATCH)
    assert asked_by("/findings/?format=csv") <= VERSION + 9 + parts
    # How fast many findings are searched is for the benchmark to say; here no answer is an error.
    choices = (
        "theme=-workforce&kind=strength&organisation=-none&response=none&overdue=no&q=nobody",
        "page=101",
        "sort=-progress&page=100",
    )
    for choice in [*(urlencode({"q": sought, "sort": "kind"}) for sought in WORST), *choices]:
        assert Client().get(f"/findings/?{choice}").status_code in (200, 400), choice
