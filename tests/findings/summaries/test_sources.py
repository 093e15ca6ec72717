"""What is listed under each source."""

from datetime import UTC, datetime

import pytest

from findings.models import FindingCitation
from findings.summaries import sources_by_kind
from inspections.choices import Attribution
from tests import factories

pytestmark = pytest.mark.django_db


def test_facts_stand_in_the_order_of_their_names_whenever_they_were_entered():
    source = factories.source.make()
    for reference, locator in (("Z10", "¶2"), ("Z2", "¶10"), ("Z2", "¶9")):
        finding = FindingCitation.objects.filter(finding__reference=reference).first()
        FindingCitation.objects.create(
            finding=finding.finding if finding else factories.finding.make(reference=reference),
            source=source,
            locator=locator,
            attribution=Attribution.PRESS,
        )
    rows = [row for _, rows in sources_by_kind(datetime.now(UTC)) for row in rows]
    (row,) = (row for row in rows if row.source == source)
    assert [(fact.label, fact.locator) for fact in row.facts["findings"]] == [
        ("Z2", "¶9"),
        ("Z2", "¶10"),
        ("Z10", "¶2"),
    ]
