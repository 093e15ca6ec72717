"""Pages of regions, forces and units."""

from .compare import Compare, CompareChart
from .organisations import (
    OrganisationChart,
    OrganisationDetail,
    OrganisationList,
    OrganisationSummary,
)
from .regions import RegionChart, RegionDetail, RegionList, RegionListChart

__all__ = [
    "Compare",
    "CompareChart",
    "OrganisationChart",
    "OrganisationDetail",
    "OrganisationList",
    "OrganisationSummary",
    "RegionChart",
    "RegionDetail",
    "RegionList",
    "RegionListChart",
]
