"""Pages of regions, forces and units."""

from .cards import OrganisationCard
from .compare import Compare
from .organisations import OrganisationDetail, OrganisationList, OrganisationSummary
from .regions import RegionDetail, RegionList

__all__ = [
    "Compare",
    "OrganisationCard",
    "OrganisationDetail",
    "OrganisationList",
    "OrganisationSummary",
    "RegionDetail",
    "RegionList",
]
