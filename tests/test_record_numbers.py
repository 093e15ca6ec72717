"""Every number on the pages of the whole record opens a list of exactly so many rows (promise 1).

The suite opens every page of a kind that there are few of, and some of the many: reports on one
force, findings, forces. With WHOLE_RECORD=1 it opens them all, which takes two minutes.
"""

import os

import pytest

from findings.models import Finding
from forces.models import Organisation
from inspections.models import Inspection

from .addresses import public_addresses
from .counts import claims_of, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("record"), pytest.mark.slow]

ALL = bool(os.environ.get("WHOLE_RECORD"))
# Of each kind of page that there are many of, one in so many.
STEPS = {
    "forces:organisation_detail": (Organisation, "slug", 26),
    "forces:organisation_summary": (Organisation, "slug", 52),
    "inspections:inspection_detail": (Inspection, "slug", 48),
    "findings:finding_detail": (Finding, "reference", 150),
}
# Of the whole record it would have more columns than a chart has room for.
TOO_WIDE = {"/themes/charts/theme_by_organisation/"}
# Pages of a question that their address chooses, and of the forces with the most and the least.
CHOSEN = {
    "/inspections/peel-2023-25/?question=responding-to-the-public",
    "/?programme=peel-2023-25&question=responding-to-the-public",
    "/regions/eastern/?programme=peel-2023-25&question=investigating-crime",
    "/regions/south-west/?programme=peel-2023-25&question=investigating-crime",
    "/compare/?organisation=gloucestershire&organisation=devon-and-cornwall",
    "/forces/gloucestershire/",
    "/forces/northamptonshire/",
}


def addresses():
    """The pages to open."""
    many = {"/forces/", "/inspections/", "/findings/"}
    few = {
        address
        for address in public_addresses()
        if "?" not in address
        and not (address.startswith(tuple(many)) and address not in many)
        and address not in TOO_WIDE
    }
    some = {
        row.get_absolute_url() + ("summary/" if name.endswith("summary") else "")
        for name, (model, field, step) in STEPS.items()
        for row in model.objects.order_by(field)[:: 1 if ALL else step]
    }
    return sorted(few | some | CHOSEN)


def test_every_number_opens_exactly_its_rows(client):
    claims = claims_of((address, client.get(address)) for address in addresses())
    assert len(claims) > 500
    assert wrong(claims) == []
