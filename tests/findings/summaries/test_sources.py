"""What is listed on the page of a source."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from findings.models import FindingCitation
from findings.summaries import facts_citing
from inspections.choices import Attribution
from inspections.models import Source
from tests import factories
from tests.pages import elements, text

pytestmark = pytest.mark.django_db


def cite(source, *places):
    for reference, locator in places:
        finding = FindingCitation.objects.filter(finding__reference=reference).first()
        FindingCitation.objects.create(
            finding=finding.finding if finding else factories.finding.make(reference=reference),
            source=source,
            locator=locator,
            attribution=Attribution.PRESS,
        )


def test_facts_stand_in_the_order_of_their_names_whenever_they_were_entered():
    source = factories.source.make()
    cite(source, ("Z10", "¶2"), ("Z2", "¶10"), ("Z2", "¶9"))
    (row,) = facts_citing(source, datetime.now(UTC))
    assert (row.sort, row.count, row.more) == ("findings", 3, 0)
    assert [(fact.label, fact.locator) for fact in row.facts] == [
        ("Z2", "¶9"),
        ("Z2", "¶10"),
        ("Z10", "¶2"),
    ]


def test_a_fact_that_cites_a_source_in_two_places_counts_as_two_citations_not_two_facts(client):
    source = factories.source.make()
    cite(source, ("Z2", "¶9"), ("Z2", "¶10"))
    page = client.get(reverse("inspections:source_list"))
    assert "Times cited" in text(page)
    (link,) = (
        link
        for link in elements(page, "a")
        if link.attributes["href"] == source.get_absolute_url() and "number" in link.classes
    )
    assert link.text == "2"


def test_a_page_lists_the_first_facts_and_counts_all(monkeypatch, client):
    monkeypatch.setattr("findings.summaries.sources.MOST_LISTED", 2)
    source = factories.source.make()
    cite(source, *((f"Z{n}", "") for n in range(4)))
    assert "Findings (4) Z0; Z1, and 2 more" in text(client.get(source.get_absolute_url()))
    assert Source.objects.fact_counts(datetime.now(UTC), [source.pk]) == {source.pk: 4}
