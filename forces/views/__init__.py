"""Pages of regions, forces and units."""

from .cards import OrganisationCard
from .compare import Compare
from .organisations import (
    OrganisationDetail,
    OrganisationList,
    OrganisationPaper,
    OrganisationSummary,
)
from .regions import RegionDetail, RegionList, RegionPaper

__all__ = [
    "Compare",
    "OrganisationCard",
    "OrganisationDetail",
    "OrganisationList",
    "OrganisationPaper",
    "OrganisationSummary",
    "RegionDetail",
    "RegionList",
    "RegionPaper",
]
