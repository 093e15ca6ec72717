"""Sources, and facts that cite them."""

from datetime import date

import pytest
from django.db.models import ProtectedError

from inspections.choices import Attribution, Precision
from inspections.models import (
    FieldworkCitation,
    GradingCitation,
    InspectionCitation,
)
from tests import factories
from tests.refusals import assert_refused, assert_refused_by_database

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 12)


def test_a_source_is_called_by_its_title():
    source = factories.source.make(publisher="Nobody", title="A page", url="https://example.org/a")
    assert (source.label, str(source)) == ("A page", "Nobody: A page")


def test_a_source_without_a_recorded_title_is_called_by_its_site():
    assert factories.source.make(title="", url="https://example.org/a/page/").label == "example.org"


@pytest.mark.parametrize(
    ("published_on", "precision", "words"),
    [
        (DAY, Precision.DAY, "12 June 2025"),
        (DAY, Precision.MONTH, "June 2025"),
        (None, Precision.DAY, ""),
    ],
)
def test_a_source_tells_when_it_was_published_as_exactly_as_is_known(
    published_on, precision, words
):
    source = factories.source.make(published_on=published_on, published_precision=precision)
    assert source.published == words


def test_sources_without_an_address_do_not_clash():
    factories.source.make(url=None)
    factories.source.make(url=None).full_clean()


def test_the_address_of_a_source_is_on_the_web():
    factories.source.make(url="HTTPS://example.org?q=a#b")
    assert_refused(factories.source.prepare(url="ftp://example.org/report"), "source_is_on_the_web")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)//http://x",
        "data:text/html,x",
        "//example.org/",
        "https://",
        "http://[",
        " http://a.b",
        "http://a b",
    ],
)
def test_no_page_can_link_to_what_a_browser_would_run_or_not_understand(url):
    assert_refused_by_database(factories.source.prepare(url=url), "source_is_on_the_web")


def test_a_source_that_a_fact_rests_on_cannot_be_deleted():
    with pytest.raises(ProtectedError):
        factories.grading_citation.make().source.delete()


def make_facts():
    """One inspection, visit and grading, each with the model that cites it."""
    grading = factories.grading.make()
    fieldwork = factories.fieldwork.make(inspection=grading.inspection)
    return [
        (InspectionCitation, "inspection", grading.inspection),
        (FieldworkCitation, "fieldwork", fieldwork),
        (GradingCitation, "grading", grading),
    ]


def test_a_fact_cites_one_place_of_a_source_once():
    source = factories.source.make()
    for model, fact, row in make_facts():
        place = {fact: row, "source": source, "locator": "¶4", "attribution": Attribution.PRESS}
        model.objects.create(**place)
        assert_refused(model(**place), f"{fact}_cites_a_place_once")
        model(**place | {"locator": "¶5"}).full_clean()
        model(**place | {"source": factories.source.make()}).full_clean()


def test_the_comments_of_a_local_policing_body_on_an_inspection_are_recorded_once():
    comment = factories.policing_body_comment.make()
    again = factories.policing_body_comment.prepare(
        inspection=comment.inspection,
        organisation=comment.organisation,
        source=factories.source.make(),
    )
    assert_refused(again, "one_policing_body_comment_per_inspection_and_organisation")


def test_citations_come_with_their_source_in_one_query(django_assert_num_queries):
    factories.grading_citation.make(locator="¶4", source__publisher="Nobody")
    with django_assert_num_queries(1):
        citation = GradingCitation.objects.latest("pk")
        assert str(citation) == "Nobody ¶4"
