import pytest

from tests.atom import read_feed
from tests.pages import elements, hrefs, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("record"), pytest.mark.slow]
REGRADED = (
    "Northamptonshire, grade on “Responding to the public” (PEEL 2023-25) corrected from adequate "
    "to requires improvement: the data that the force first gave was wrong."
)


def test_the_regrade_of_northamptonshire_is_a_correction_with_its_source(reader):
    page = reader.get("/corrections/")
    (row,) = [row for row in elements(page, "tr") if row.attributes.get("id")]
    assert row.text.startswith(f"8 August 2024 {REGRADED} Adequate Requires improvement")
    assert (
        "Northamptonshire Police, Fire and Crime Commissioner note on the grade change" in row.text
    )
    assert "/inspections/peel-2023-25-northamptonshire/#gradings" in hrefs(page)
    address = "/changes/?since=2024-08-01&until=2024-08-31&organisation=northamptonshire"
    assert REGRADED in text(reader.get(address))
    (entry,) = read_feed(reader.get(f"{address}&format=atom")).entries
    assert entry.updated == "2024-08-08T00:00:00+01:00"


def test_every_change_of_the_record_is_told_and_its_feeds_are_valid(reader):
    addresses = ["/changes/?format=atom", "/findings/?format=atom"]
    addresses += ["/changes/?kind=monitoring&format=atom"]
    assert [len(read_feed(reader.get(address)).entries) for address in addresses] == [50] * 3
