"""Pages of inspections, programmes and sources, and pages that explain the site."""

from .inspections import (
    About,
    Accessibility,
    Glossary,
    Grades,
    GradingList,
    InspectionList,
    Privacy,
    SourceDetail,
    SourceList,
    StrandChart,
    StrandDetail,
    StrandList,
)
from .programmes import inspection_detail

__all__ = [
    "About",
    "Accessibility",
    "Glossary",
    "Grades",
    "GradingList",
    "InspectionList",
    "Privacy",
    "SourceDetail",
    "SourceList",
    "StrandChart",
    "StrandDetail",
    "StrandList",
    "inspection_detail",
]
